package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// brokenWriter takes so many bytes and fails then.
type brokenWriter struct {
	room int
	err  error
}

func (w *brokenWriter) Write(b []byte) (int, error) {
	n := min(len(b), w.room)
	w.room -= n
	if n < len(b) {
		return n, w.err
	}
	return n, nil
}

// shared is an output that a test reads while the command writes.
type shared struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *shared) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *shared) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// liveRunner is a run that goes on while the test does something.
type liveRunner struct {
	stdout, stderr shared
	status         chan int
	process        *os.Process // nil: it runs in the test
}

// TestBrokenOutput: output that cannot be written is an error, unless nobody
// reads it any more.
func TestBrokenOutput(t *testing.T) {
	name := makeCapture(t, 3000)
	const banner = ", link-type EN10MB (Ethernet), snapshot length 262144\n"
	for _, options := range []string{"-nn", "-nn --jobs 1", "-nn -c 1", "--count", "-w -", "-U -w -", "--version"} {
		for _, test := range []struct {
			err    error
			status int
			says   string
		}{
			{syscall.ENOSPC, 1, "No space left on device"},
			{syscall.EPIPE, 0, ""},
		} {
			var stderr bytes.Buffer
			c := newTestCommand("tapdump", strings.NewReader(""), &brokenWriter{room: 5, err: test.err}, &stderr)
			status := c.main(append([]string{"tapdump", "-r", name}, strings.Fields(options)...))
			complaint := strings.TrimPrefix(stderr.String(), "reading from file "+name+banner)
			if status != test.status || !strings.Contains(complaint, test.says) || test.says == "" && complaint != "" ||
				strings.Count(complaint, "\n") > 1 {
				t.Errorf("tapdump %s, %v: exit status %d, %q; want %d and one line with %q",
					options, test.err, status, complaint, test.status, test.says)
			}
		}
	}
}

// TestPipe: what came through a pipe is printed although the next packet is
// still to come, and waiting for it can be interrupted.
func TestPipe(t *testing.T) {
	data, err := os.ReadFile(makeCapture(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	in, feed := io.Pipe()
	r := &liveRunner{status: make(chan int, 1)}
	go func() {
		r.status <- newTestCommand("tapdump", in, &r.stdout, &r.stderr).main([]string{"tapdump", "-nn", "-t", "-r", "-"})
	}()
	if _, err := feed.Write(data[:len(data)-10]); err != nil { // nine packets and a bit
		t.Fatal(err)
	}
	for end := time.Now().Add(testenv.Patience); strings.Count(r.stdout.String(), "\n") < 9; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not all nine packets are printed:\n%s%s", &r.stdout, &r.stderr)
		}
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(os.Interrupt); err != nil {
		t.Skipf("cannot interrupt: %v", err)
	}
	select {
	case status := <-r.status:
		if status != 0 || !strings.HasSuffix(r.stdout.String(), "\n\n") {
			t.Errorf("exit status %d, want 0 and an empty line at the end:\n%s%s", status, &r.stdout, &r.stderr)
		}
	case <-time.After(testenv.Patience):
		t.Fatal("it does not end")
	}
}

// packetsIn counts the packets that can be read from a savefile, which may lack
// its end.
func packetsIn(name string) (n int) {
	r, err := pcapfile.Open(name)
	if err != nil {
		return 0
	}
	defer r.Close()
	var pkt capture.Packet
	for r.Next(&pkt) == nil {
		n++
	}
	return n
}

// awaitPackets waits until the files that pattern matches have so many packets
// that can be read.
func awaitPackets(t *testing.T, pattern string, want int) {
	t.Helper()
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(5 * time.Millisecond) {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, name := range files {
			n += packetsIn(name)
		}
		if n == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %d packets can be read, want %d", pattern, n, want)
		}
	}
}

// TestPipeToFile: what came through a pipe is in the file although the next packet
// is still to come, compressed or not, from a compressed pipe or not.
func TestPipeToFile(t *testing.T) {
	plain, err := os.ReadFile(makeCapture(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	compressed := filepath.Join(t.TempDir(), "in.zst")
	for _, input := range []string{"plain", "compressed"} {
		for _, options := range []string{"-w x.pcap", "-w x.pcapng", "-w x.pcap.gz", "-w x.pcap.zst", "-w x.pcap.lz4", "-w x.pcap --print", "-w x.zst -C 100", "-w x.pcap --rotate-size 1m"} {
			feedData := plain[:len(plain)-10] // nine packets and a bit
			if input == "compressed" {
				feedData = squeezed(t, compressed, 9)
			}
			dir := t.TempDir()
			in, feed := io.Pipe()
			r := &liveRunner{status: make(chan int, 1)}
			go func() {
				args := append([]string{"tapdump", "-nn", "-r", "-"}, strings.Fields(options)...)
				args[5] = filepath.Join(dir, args[5]) // of -w
				r.status <- newCommand("tapdump", in, &r.stdout, &r.stderr).main(args)
			}()
			if _, err := feed.Write(feedData); err != nil {
				t.Fatal(err)
			}
			awaitPackets(t, dir+"/*", 9)
			feed.Close()
			select {
			case <-r.status: // 1, as the input is cut
			case <-time.After(testenv.Patience):
				t.Fatalf("%s: it does not end", options)
			}
			awaitPackets(t, dir+"/*", 9)
		}
	}
}

// squeezed is a compressed savefile of so many packets that is not at its end.
func squeezed(t *testing.T, name string, packets int) []byte {
	t.Helper()
	src := traffic.New(1, packets)
	w, err := pcapfile.Create(name, src.LinkType(), pcapfile.Format{SnapLen: src.SnapLen(), Compression: pcapfile.Zstd})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestUnwritten: how many packets could not be written is said, all of them, and
// whatever else is wrong.
func TestUnwritten(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("needs /dev/full")
	}
	name := makeCapture(t, 3000)
	const full = "No space left on device: packets that could not be written: %d, packets in the file: 0"
	for _, c := range []struct {
		options string
		err     error // of the standard output
		status  int
		says    string
	}{
		{"-w -", syscall.ENOSPC, 1, "standard output: " + fmt.Sprintf(full, 3000)},
		{"-w - -U", syscall.ENOSPC, 1, "standard output: " + fmt.Sprintf(full, 3000)},
		{"-w - --format pcapng", syscall.ENOSPC, 1, "standard output: " + fmt.Sprintf(full, 3000)},
		{"-w - -c 1234", syscall.ENOSPC, 1, "standard output: " + fmt.Sprintf(full, 1234)},
		{"-w full", nil, 1, "full: " + fmt.Sprintf(full, 3000)},
		{"-w full.pcapng", nil, 1, "full.pcapng: " + fmt.Sprintf(full, 3000)},
		{"-w full.gz", nil, 1, "full.gz: " + fmt.Sprintf(full, 3000)},
		{"-w full.pcap.zst", nil, 1, "full.pcap.zst: " + fmt.Sprintf(full, 3000)},
		{"-w full.parquet", nil, 1, "full.parquet: " + fmt.Sprintf(full, 3000)},
		{"-w - --format parquet", syscall.ENOSPC, 1, "standard output: " + fmt.Sprintf(full, 3000)},
		{"-w - --format parquet", syscall.EPIPE, 0, ""},
		{"-w full.pcapng.lz4", nil, 1, "full.pcapng.lz4: " + fmt.Sprintf(full, 3000)},
		{"-w full -C 100", nil, 1, "full: " + fmt.Sprintf(full, 3000)},
		// The file is full when it is closed.
		{"-w full -c 100", nil, 1, "full: " + fmt.Sprintf(full, 100)},
		{"-w full.pcapng.zst -c 100", nil, 1, "full.pcapng.zst: " + fmt.Sprintf(full, 100)},
		{"-w full -C 100 -c 100", nil, 1, "full: " + fmt.Sprintf(full, 100)},
		{"-w full --print --jobs 1 -c 100", syscall.EPIPE, 1, "full: " + fmt.Sprintf(full, 100)},
		{"-w full --stats text -c 100", syscall.EPIPE, 1, "full: " + fmt.Sprintf(full, 100)},
		// That nobody reads lines does not hide that packets are lost.
		{"-w full --print", syscall.EPIPE, 1, "full: No space left on device: packets that could not be written: "},
		{"-w - --print", syscall.EPIPE, 0, ""},
	} {
		dir := t.TempDir()
		for _, link := range []string{"full", "full.pcapng", "full.gz", "full.pcap.zst", "full.pcapng.zst", "full.pcapng.lz4", "full.parquet"} {
			if err := os.Symlink("/dev/full", filepath.Join(dir, link)); err != nil {
				t.Fatal(err)
			}
		}
		t.Chdir(dir)
		var stderr bytes.Buffer
		out := &brokenWriter{err: c.err}
		status := newCommand("tapdump", strings.NewReader(""), out, &stderr).main(append([]string{"tapdump", "-nn", "-r", name}, strings.Fields(c.options)...))
		_, says, _ := strings.Cut(stderr.String(), "snapshot length 262144\n")
		if status != c.status || c.says == "" && says != "" || c.says != "" && (!strings.HasPrefix(says, "tapdump: "+c.says) || strings.Count(says, "\n") != 1) {
			t.Errorf("tapdump %s: exit status %d, %q; want %d and %q", c.options, status, says, c.status, c.says)
		}
	}
}

// calls is a writer that notes what is asked of it.
type calls struct{ list []string }

func (c *calls) Write(*capture.Packet) error { return nil }
func (c *calls) Follow(...*pcapfile.Reader)  {}
func (c *calls) OmittedBlocks() string       { return "" }
func (c *calls) Flush() error                { c.list = append(c.list, "Flush"); return nil }
func (c *calls) Idle() error                 { c.list = append(c.list, "Idle"); return syscall.ENOSPC }
func (c *calls) Close() error                { return nil }

// TestWhileIdle: when no packet is waiting, a file that is written hears of it,
// and what fails then is an error of the run.
func TestWhileIdle(t *testing.T) {
	s := newSession(newCommand("tapdump", strings.NewReader(""), io.Discard, io.Discard), &args.Plan{})
	w := &calls{}
	s.sinks.file = &fileSink{packetWriter: w}
	s.sinks.list = []sink{s.sinks.file}
	if err := s.whileIdle(); err != syscall.ENOSPC || s.sourceEnded(err) != err {
		t.Errorf("%v, want the writer's error", err)
	}
	s.sinks.file.atOnce = true
	if err := s.whileIdle(); err != nil {
		t.Error(err)
	}
	if got := strings.Join(w.list, " "); got != "Idle Flush" {
		t.Errorf("called were %s; want Idle and, with -U, Flush", got)
	}
}

// TestWithinASecond: what the kernel holds back and what is gathered for a file
// stays below a second.
func TestWithinASecond(t *testing.T) {
	for _, d := range []time.Duration{args.FileHoldBack, 2 * args.MergedHoldBack} {
		if d+writeDelay >= time.Second {
			t.Errorf("packets are held back for %v and gathered for %v", d, writeDelay)
		}
	}
}

// TestWrongTime: a time that a pcap file cannot hold is refused, with the remedy.
func TestWrongTime(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "late.pcapng")
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{SnapLen: 100, Pcapng: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, sec := range []int64{1, 5e9} {
		if err := w.Write(&capture.Packet{Time: capture.Timestamp{Sec: sec}, Data: make([]byte, 60), Length: 60, LinkType: capture.LinkEN10MB}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var stderr bytes.Buffer
	status := runInProcess("tapdump", []string{"-r", name, "-w", filepath.Join(dir, "x.pcap")}, &stderr, &stderr)
	const want = "x.pcap: packet 2 is of 2128-06-11 08:53:20 UTC, and a pcap file holds times from 1970 to 2106: write pcapng (--format pcapng, or a name that ends in .pcapng)\n"
	if status != 1 || !strings.HasSuffix(stderr.String(), want) {
		t.Errorf("exit status %d, want 1: %q", status, &stderr)
	}
	if n := packetsIn(filepath.Join(dir, "x.pcap")); n != 1 {
		t.Errorf("%d packets are in the file, want 1", n)
	}
	if status := runInProcess("tapdump", []string{"-r", name, "-w", filepath.Join(dir, "x.pcapng")}, new(bytes.Buffer), new(bytes.Buffer)); status != 0 {
		t.Errorf("to pcapng: exit status %d", status)
	}
}

// TestDamaged: every whole packet before the damage is printed, then comes the
// error.
func TestDamaged(t *testing.T) {
	name := makeCapture(t, 10)
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, info.Size()-10); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := runInProcess("tapdump", []string{"-nn", "-t", "-r", name}, &stdout, &stderr)
	if lines := strings.Count(stdout.String(), "\n"); lines != 9 || status != 1 ||
		!strings.Contains(stderr.String(), "\ntapdump: pcap_loop: truncated dump file; tried to read ") {
		t.Errorf("exit status %d, %d lines, %q; want 1, 9 lines and what is wrong with the file", status, lines, &stderr)
	}
}
