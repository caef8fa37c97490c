package pcapfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// writtenFiles are names of files in every format that is written.
var writtenFiles = []string{"out.pcap", "out.pcapng", "out.pcap.gz", "out.pcap.zst", "out.pcap.lz4", "out.pcapng.gz", "out.pcapng.zst", "out.pcapng.lz4"}

// readable counts the packets that can be read from a file, which may lack its
// end.
func readable(t *testing.T, name string) int {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, packets, _ := readAll(file)
	return len(packets)
}

// TestDelay: packets come into the file though neither it nor the buffer is full,
// nothing asks for it, and no more come.
func TestDelay(t *testing.T) {
	for _, name := range writtenFiles {
		for _, rotated := range []bool{false, true} {
			t.Run(fmt.Sprint(name, rotated), func(t *testing.T) {
				t.Parallel()
				name := filepath.Join(t.TempDir(), name)
				f := ethernet
				f.Pcapng, f.Compression = ByName(name)
				f.Delay = time.Millisecond
				var w interface {
					Write(*capture.Packet) error
					Close() error
				}
				var err error
				if rotated {
					w, err = Rotate(name, capture.LinkEN10MB, f, Rules{Classic: Classic{Size: 1 << 20}})
				} else {
					w, err = Create(name, capture.LinkEN10MB, f)
				}
				if err != nil {
					t.Fatal(err)
				}
				for n := range 3 {
					if err := w.Write(packet(100)); err != nil {
						t.Fatal(err)
					}
					for end := time.Now().Add(testenv.Patience); readable(t, name) <= n; time.Sleep(time.Millisecond) {
						if time.Now().After(end) {
							t.Fatalf("packet %d is not in the file", n)
						}
					}
				}
				if err := w.Close(); err != nil || readable(t, name) != 3 {
					t.Errorf("%v, %d packets, want 3", err, readable(t, name))
				}
			})
		}
	}
}

// counted counts what is written, and how often.
type counted struct {
	mu     sync.Mutex
	writes int
	buf    bytes.Buffer
}

func (c *counted) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	return c.buf.Write(b)
}

// TestIdle: when nothing waits, packets are written at once; to a compressed file
// they are when the delay is over, or somebody wants them.
func TestIdle(t *testing.T) {
	for _, name := range writtenFiles {
		f := ethernet
		f.Pcapng, f.Compression = ByName(name)
		f.Delay = time.Hour
		var out counted
		w, err := NewWriter(&out, name, capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if err := errors.Join(w.Write(packet(100)), w.Idle()); err != nil {
				t.Fatal(err)
			}
		}
		if want := map[bool]int{true: 5, false: 0}[f.Compression == Uncompressed]; out.writes != want {
			t.Errorf("%s: packets one at a time are written in %d pieces, want %d", name, out.writes, want)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if _, got, _ := readAll(out.buf.Bytes()); len(got) != 5 {
			t.Errorf("%s: after Flush %d packets can be read, want 5", name, len(got))
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestDelayFails: that packets cannot be written is reported though no more come, and
// those that come are counted.
func TestDelayFails(t *testing.T) {
	for _, name := range writtenFiles {
		f := ethernet
		f.Pcapng, f.Compression = ByName(name)
		f.Delay = time.Millisecond
		failed := make(chan error, 1)
		f.Fail = func(err error) { failed <- err }
		w, err := NewWriter(&quota{io.Discard, 0}, "out", capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(packet(100)) // which tells no error yet, or already
		select {
		case err := <-failed:
			if !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%s: told %v", name, err)
			}
		case <-time.After(testenv.Patience):
			t.Fatalf("%s: Fail was not called", name)
		}
		w.Write(packet(100))
		const want = "out: No space left on device: packets that could not be written: 2, packets in the file: 0"
		if err := w.Close(); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", name, err, want)
		}
	}
}

// TestWrongTime: a time that a pcap file cannot hold is no other time in it.
func TestWrongTime(t *testing.T) {
	for _, c := range []struct {
		sec  int64
		want string
	}{
		{1<<32 - 1, ""}, {0, ""},
		{1 << 32, "2106-02-07 06:28:16 UTC"}, {-1, "1969-12-31 23:59:59 UTC"},
		{1 << 40, "1099511627776 seconds after 1970"}, {-1 << 62, "-4611686018427387904 seconds after 1970"},
	} {
		for _, compression := range []Compression{Uncompressed, Gzip} {
			f := ethernet
			f.Compression = compression
			var out bytes.Buffer
			w, err := NewWriter(&out, "out", capture.LinkEN10MB, f)
			if err != nil {
				t.Fatal(err)
			}
			w.Write(packet(10))
			pkt := packet(10)
			pkt.Time.Sec = c.sec
			err = w.Write(pkt)
			want := "out: packet 2 is of " + c.want + ", and a pcap file holds times from 1970 to 2106: write pcapng (--format pcapng, or a name that ends in .pcapng)"
			if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != want) {
				t.Errorf("%d s: %v, want %s", c.sec, err, want)
			}
			if cerr := w.Close(); cerr != err {
				t.Errorf("%d s: Close returns %v, want %v", c.sec, cerr, err)
			}
			_, got, err := readAll(out.Bytes())
			if n := 2 - min(1, len(c.want)); err != nil || len(got) != n {
				t.Errorf("%d s: %d packets are in the file, %v; want %d", c.sec, len(got), err, n)
			}
		}
	}
}

// TestWrongTimePcapng is TestWrongTime for pcapng, in nanoseconds.
func TestWrongTimePcapng(t *testing.T) {
	f := ethernet
	f.Pcapng = true
	for sec, ok := range map[int64]bool{0: true, 5e9: true, 18446744072: true, 18446744073: false, -1: false} {
		w, err := NewWriter(io.Discard, "out", capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		pkt := packet(10)
		pkt.Time.Sec = sec
		if err := w.Write(pkt); (err == nil) != ok || err != nil && !strings.HasSuffix(err.Error(), "and pcapng in nanoseconds holds times from 1970 to 2554") {
			t.Errorf("%d s: %v", sec, err)
		}
	}
}

// waitingPipe may keep its reader waiting.
type waitingPipe struct{ io.Reader }

func (waitingPipe) OnIdle(func() error) {}
func (waitingPipe) Wake()               {}

// TestSlowPipe: what has come through a pipe is given out before more comes, in
// every format, and OnIdle's function is called before Next waits.
func TestSlowPipe(t *testing.T) {
	for _, name := range writtenFiles {
		f := ethernet
		f.Pcapng, f.Compression = ByName(name)
		out := &counted{}
		w, err := NewWriter(out, name, capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		pipe, feed := io.Pipe()
		more := make(chan bool)
		go func() {
			for range more {
				w.Write(packet(100))
				w.Flush()
				feed.Write(out.buf.Next(1 << 20))
			}
			feed.Close()
		}()
		more <- true
		r, err := NewReader(waitingPipe{pipe})
		if err != nil {
			t.Fatal(err)
		}
		idle := make(chan struct{}, 1)
		r.OnIdle(func() error {
			select {
			case idle <- struct{}{}:
			default:
			}
			return nil
		})
		var pkt capture.Packet
		for i := range 3 {
			if err := r.Next(&pkt); err != nil || len(pkt.Data) != 100 {
				t.Fatalf("%s: packet %d: %v", name, i, err)
			}
			if i == 2 {
				break
			}
			if f.Compression == Uncompressed { // such a pipe has to tell itself that it waits
				more <- true
				continue
			}
			go func() {
				<-idle
				more <- true
			}()
		}
		close(more)
		r.Close()
	}
}

// TestIdleFails: an error of OnIdle's function ends the reading, also when Wake
// has it called.
func TestIdleFails(t *testing.T) {
	f := ethernet
	f.Compression = Zstd
	var out bytes.Buffer
	w, err := NewWriter(&out, "out", capture.LinkEN10MB, f)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(packet(100))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	pipe, feed := io.Pipe()
	defer feed.Close()
	go feed.Write(out.Bytes())
	r, err := NewReader(waitingPipe{pipe})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	calls := 0
	r.OnIdle(func() error {
		if calls++; calls == 1 {
			go r.Wake()
			return nil
		}
		return syscall.ENOSPC
	})
	var pkt capture.Packet
	for err = r.Next(&pkt); err == nil; err = r.Next(&pkt) {
	}
	if !strings.Contains(err.Error(), "No space left on device") || calls < 2 {
		t.Errorf("Next returns %v after %d calls", err, calls)
	}
}

// pieces is an output that keeps each piece that it is given.
type pieces [][]byte

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, bytes.Clone(b))
	return len(b), nil
}

// TestFirstPiece: a compressed file never holds the stream's header alone, which
// readers refuse: packets can be read of its first piece.
func TestFirstPiece(t *testing.T) {
	for _, name := range writtenFiles {
		f := ethernet
		f.Pcapng, f.Compression = ByName(name)
		if f.Compression == Uncompressed {
			continue
		}
		for _, size := range []int{100, 60_000} {
			var out pieces
			w, err := NewWriter(&out, name, capture.LinkEN10MB, f)
			if err != nil {
				t.Fatal(err)
			}
			for range 100 {
				if err := w.Write(packet(size)); err != nil {
					t.Fatal(err)
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if _, got, _ := readAll(out[0]); len(got) == 0 {
				t.Errorf("%s, packets of %d bytes: no packet can be read of the first piece, %d bytes", name, size, len(out[0]))
			}
		}
	}
}
