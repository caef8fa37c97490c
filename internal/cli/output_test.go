package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
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
