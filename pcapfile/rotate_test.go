package pcapfile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// testClock is a clock that tests set.
type testClock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *testClock {
	return &testClock{t: time.Date(2026, 3, 4, 5, 6, 7, 0, time.Local)}
}

func (c *testClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *testClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// plain is a name for a subtest, whose folder has that name: without
// conversions.
func plain(name string) string { return strings.ReplaceAll(name, "%", "") }

// listing is "NAME:PACKETS" of all files in dir.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		n := 0
		if r, err := Open(filepath.Join(dir, e.Name())); err == nil {
			packets, err := drain(r)
			if err != nil {
				t.Errorf("%s: %v", e.Name(), err)
			}
			n = len(packets)
			r.Close()
		}
		list = append(list, fmt.Sprintf("%s:%d", e.Name(), n))
	}
	sort.Strings(list)
	return strings.Join(list, " ")
}

// TestClassic writes packets of 84 bytes in a file, 1 s after each other, with
// the rules of -C, -G and -W; TestClassicAgainstReference shows that these
// names and counts are those of tcpdump.
func TestClassic(t *testing.T) {
	for _, c := range []struct {
		name    string
		rules   Classic
		packets int
		want    string
		limit   string
	}{
		{"o", Classic{Size: 200}, 6, "o1:3 o:3", ""},
		{"o", Classic{Size: 24}, 3, "o1:1 o2:1 o:1", ""},
		{"o", Classic{Size: 24, Files: 1}, 3, "o:1", ""},
		{"o", Classic{Size: 24, Files: 2}, 5, "o0:1 o1:1", ""},
		{"o", Classic{Size: 24, Files: 11}, 3, "o00:1 o01:1 o02:1", ""},
		{"o", Classic{Files: 3}, 3, "o:3", ""},
		{"o", Classic{Seconds: 2}, 5, "o:1", ""},
		{"o%M%S", Classic{Seconds: 2}, 5, "o0607:2 o0609:2 o0611:1", ""},
		{"o%M%S", Classic{}, 5, "o%M%S:5", ""},
		{"o%M%S", Classic{Size: 24}, 2, "o%M%S1:1 o%M%S:1", ""},
		{"o%M%S", Classic{Seconds: 2, Files: 2}, 9, "o0607:2 o0609:2", "Maximum file limit reached: 2"},
		{"o%M%S", Classic{Seconds: 4, Size: 150}, 9, "o06071:2 o0607:2 o06111:2 o0611:2 o0615:1", ""},
		{"o%M%S", Classic{Seconds: 4, Size: 24, Files: 2}, 9, "o06070:1 o06071:1 o06110:1 o06111:1 o06150:1", ""},
		{"o%M%S", Classic{Seconds: 4, Size: 24, Files: 20}, 5, "o060700:1 o060701:1 o060702:1 o060703:1 o061100:1", ""},
	} {
		t.Run(fmt.Sprintf("%s %+v", plain(c.name), c.rules), func(t *testing.T) {
			dir, clock := t.TempDir(), newClock()
			r, err := rotate(filepath.Join(dir, c.name), capture.LinkEN10MB, ethernet, Rules{Classic: c.rules}, clock.now)
			if err != nil {
				t.Fatal(err)
			}
			err = nil
			for range c.packets {
				if err = r.Write(packet(60)); err != nil {
					break
				}
				clock.add(time.Second)
			}
			var limit *LimitError
			if c.limit == "" && err != nil || c.limit != "" && (!errors.As(err, &limit) || err.Error() != c.limit) {
				t.Errorf("Write returned %v, want %q", err, c.limit)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if got := listing(t, dir); got != c.want {
				t.Errorf("files %s, want %s", got, c.want)
			}
			if err := r.Close(); err != nil {
				t.Errorf("second Close: %v", err)
			}
		})
	}
}

func TestRotateErrors(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name  string
		rules Rules
		want  string
	}{
		{"", Rules{Classic: Classic{Size: 1}}, "an empty string is not a valid file name"},
		{"-", Rules{Series: Series{Packets: 1}}, "the standard output is one file and cannot be rotated; name a file with -w"},
		{"o", Rules{Series: Series{Packets: 1}, Classic: Classic{Size: 1}}, "-C, -G and -W have rules of their own"},
		{filepath.Join(dir, "no", "o"), Rules{}, filepath.Join(dir, "no", "o") + ": No such file or directory"},
		{filepath.Join(dir, strings.Repeat("x", 4090)), Rules{Classic: Classic{Size: 1, Files: 10}}, "too many output files or filename is too long (> 4096)"},
		{strings.Repeat("%A", 1000), Rules{Classic: Classic{Seconds: 1}}, "MakeFilename: strftime"},
	} {
		if _, err := Rotate(c.name, capture.LinkEN10MB, ethernet, c.rules); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("Rotate(%.20q, %+v): %v, want %s", c.name, c.rules, err, c.want)
		}
	}
}

// TestVanishedFolder checks what is said when the next file cannot be made, and
// when the file that is written has no name any more.
func TestVanishedFolder(t *testing.T) {
	for _, c := range []struct {
		rules Rules
		want  string
	}{
		{Rules{Classic: Classic{Size: 100}}, "o: the file was removed while it was written: packets that are lost: 2"},
		{Rules{}, "o: the file was removed while it was written: packets that are lost: 5"},
	} {
		if runtime.GOOS == "windows" {
			t.Skip("open files cannot be removed")
		}
		dir := filepath.Join(t.TempDir(), "sub")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		r, err := Rotate(filepath.Join(dir, "o"), capture.LinkEN10MB, ethernet, c.rules)
		if err != nil {
			t.Fatal(err)
		}
		os.RemoveAll(dir)
		for range 5 {
			if r.Write(packet(60)) != nil {
				break
			}
		}
		if err := r.Close(); err == nil || err.Error() != filepath.Join(dir, c.want) {
			t.Errorf("%+v: %v, want %s", c.rules, err, filepath.Join(dir, c.want))
		}
	}
}

// TestCommand runs a command on every file, the last one included.
func TestCommand(t *testing.T) {
	testenv.NeedsCommand(t, "gzip")
	dir, clock := t.TempDir(), newClock()
	r, err := rotate(filepath.Join(dir, "o%S"), capture.LinkEN10MB, ethernet, Rules{
		Series: Series{Packets: 1, KeepFiles: 100}, Command: "gzip", Warn: func(err error) { t.Error(err) },
	}, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		if err := r.Write(packet(60)); err != nil {
			t.Fatal(err)
		}
		clock.add(time.Second)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if n := r.Wait(nil); n != 0 {
		t.Errorf("the command is still at work on %d files", n)
	}
	want := ""
	for i := range 12 {
		want += fmt.Sprintf("o%02d.gz:1 ", 7+i)
	}
	if got := listing(t, dir); got != strings.TrimSpace(want) {
		t.Errorf("files %s, want %s", got, want)
	}
	// What the command made of a file is what is removed.
	if err := removeFile(filepath.Join(dir, "o07")); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "o07.gz")); err == nil {
		t.Error("o07.gz was not removed")
	}
}

func TestCommandFailure(t *testing.T) {
	testenv.NeedsCommand(t, "false")
	for _, c := range []struct{ command, want string }{
		{"false", "-z false failed on "}, {"no-such-command", "-z no-such-command could not be started on "},
	} {
		var mu sync.Mutex
		var got []string
		r, err := Rotate(filepath.Join(t.TempDir(), "o"), capture.LinkEN10MB, ethernet, Rules{
			Classic: Classic{Size: 24}, Command: c.command,
			Warn: func(err error) { mu.Lock(); got = append(got, err.Error()); mu.Unlock() },
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			r.Write(packet(60))
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		r.Wait(nil)
		if len(got) != 3 || !strings.HasPrefix(got[0], c.want) {
			t.Errorf("%s on 3 files: told %q, want 3 times %q", c.command, got, c.want)
		}
	}
}

// TestCommandLeft: when nobody waits any longer, files that wait get their
// command at once.
func TestCommandLeft(t *testing.T) {
	var mu sync.Mutex
	var started []string
	end, leave := make(chan struct{}), make(chan struct{})
	r, err := Rotate(filepath.Join(t.TempDir(), "o"), capture.LinkEN10MB, ethernet, Rules{
		Series:  Series{Packets: 1},
		Command: "c",
		Start: func(command, name string) (func() error, error) {
			mu.Lock()
			defer mu.Unlock()
			started = append(started, name)
			return func() error { <-end; return nil }, nil
		},
		Warn: func(err error) { t.Error(err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	const files = maxCommands + 5
	for range files {
		if err := r.Write(packet(60)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	if n := len(started); n > maxCommands {
		t.Errorf("%d commands run at a time, want %d at most", n, maxCommands)
	}
	mu.Unlock()
	close(leave)
	if n := r.Wait(leave); n != files {
		t.Errorf("it is at work on %d files, want %d", n, files)
	}
	mu.Lock()
	if len(started) != files {
		t.Errorf("the command was started on %d files, want %d", len(started), files)
	}
	mu.Unlock()
	close(end)
	if n := r.Wait(nil); n != 0 {
		t.Errorf("at the end it is still at work on %d files", n)
	}
}

// TestRotatorTogether uses a Rotator from several goroutines, for -race.
func TestRotatorTogether(t *testing.T) {
	r, err := Rotate(filepath.Join(t.TempDir(), "o"), capture.LinkEN10MB, ethernet, Rules{Series: Series{Every: time.Millisecond, KeepFiles: 3}})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for range 1000 {
				if err := r.Write(packet(60)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 100 {
		if err := r.Flush(); err != nil {
			t.Error(err)
		}
		r.Packets()
	}
	group.Wait()
	if err := r.Close(); err != nil || r.Packets() != 2000 {
		t.Errorf("%v; %d packets, want 2000", err, r.Packets())
	}
}

func TestRotatorAllocations(t *testing.T) {
	r, err := Rotate(os.DevNull, capture.LinkEN10MB, ethernet, Rules{Classic: Classic{Size: 1 << 40, Seconds: 1000}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	pkt := packet(400)
	if n := testing.AllocsPerRun(2000, func() {
		if err := r.Write(pkt); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a packet", n)
	}
}

// TestKilled ends a writing process with SIGKILL at random moments: all of its
// files can be read up to their last whole packet.
func TestKilled(t *testing.T) {
	if os.Getenv("PCAPFILE_WRITE_UNTIL_KILLED") != "" {
		writeUntilKilled(os.Getenv("PCAPFILE_WRITE_UNTIL_KILLED"))
	}
	if runtime.GOOS == "windows" {
		t.Skip("no SIGKILL")
	}
	for _, ending := range []string{"pcap", "pcapng", "pcap.gz", "pcap.zst", "pcapng.lz4"} {
		t.Run(ending, func(t *testing.T) {
			for range 4 {
				dir := t.TempDir()
				cmd := testenv.Self("-test.run=^TestKilled$")
				cmd.Env = append(os.Environ(), "PCAPFILE_WRITE_UNTIL_KILLED="+filepath.Join(dir, "out."+ending))
				// It ends itself if this test does before it.
				if _, err := cmd.StdinPipe(); err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				testenv.WaitFor(t, "it has made a file", func() bool { return len(filesIn(t, dir)) > 0 })
				time.Sleep(rand.N(60 * time.Millisecond))
				cmd.Process.Kill()
				if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
					t.Fatalf("it ended before: %v", err)
				}
				files := filesIn(t, dir)
				next := 0
				for i, name := range files {
					next = readKilled(t, name, next, i == len(files)-1)
				}
			}
		})
	}
}

// packetsPerFile of writeUntilKilled.
const packetsPerFile = 5000

func filesIn(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*")) // in order
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// readKilled checks one of the files, which begins with packet number next, and
// returns the number of the packet after its last.
func readKilled(t *testing.T, name string, next int, last bool) int {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Open(name)
	_, compression := ByName(name)
	if err != nil {
		// Killed between making the file and writing its header, or within the
		// write of its first block, which the kernel cuts at a page.
		if !last || info.Size() > 0 && compression == Uncompressed || info.Size()%4096 != 0 {
			t.Errorf("%s, %d bytes: %v", name, info.Size(), err)
		}
		return next
	}
	defer r.Close()
	n := 0
	var pkt capture.Packet
	for ; ; n++ {
		if err = r.Next(&pkt); err != nil {
			break
		}
		if want := numbered(next + n); !bytes.Equal(pkt.Data, want.Data) {
			t.Fatalf("%s: packet %d of %d differs", name, n, next+n)
		}
	}
	if !last && (err != io.EOF || n != packetsPerFile) {
		t.Errorf("%s: %d packets, then %v; want %d: it is complete", name, n, err, packetsPerFile)
	}
	if err != io.EOF && !strings.HasPrefix(err.Error(), "truncated") {
		t.Errorf("%s: after %d packets: %v", name, n, err)
	}
	if compression == Uncompressed {
		if whole := sizeOf(t, name, next, n); whole > info.Size() || whole < info.Size() && sizeOf(t, name, next, n+1) <= info.Size() {
			t.Errorf("%s: %d packets were read, %d bytes, of a file of %d bytes", name, n, whole, info.Size())
		}
	}
	return next + n
}

// sizeOf is the size of a file like the named one with n packets from number
// next on.
func sizeOf(t *testing.T, name string, next, n int) int64 {
	t.Helper()
	f := ethernet
	f.Pcapng, _ = ByName(name)
	w, err := NewWriter(io.Discard, name, capture.LinkEN10MB, f)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := w.Write(numbered(next + i)); err != nil {
			t.Fatal(err)
		}
	}
	return w.Size()
}

// numbered is a packet whose length and bytes tell its number.
func numbered(i int) *capture.Packet {
	pkt := packet(4 + i%1500)
	binary.BigEndian.PutUint32(pkt.Data, uint32(i))
	return pkt
}

func writeUntilKilled(name string) {
	f := ethernet
	f.Pcapng, f.Compression = ByName(name)
	r, err := Rotate(name, capture.LinkEN10MB, f, Rules{Series: Series{Packets: packetsPerFile}})
	for i := 0; err == nil && i < 300_000; i++ { // that is more than a kill waits for, if it comes at once
		err = r.Write(numbered(i))
	}
	if err == nil {
		_, err = io.ReadAll(os.Stdin)
	}
	fmt.Fprintln(os.Stderr, "not killed:", err)
	os.Exit(3)
}
