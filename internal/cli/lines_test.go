package cli

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer"
)

// heldWriter fails once it is let go.
type heldWriter struct{ let chan struct{} }

func (w *heldWriter) Write([]byte) (int, error) {
	<-w.let
	return 0, syscall.ENOSPC
}

// pretendedSource has no interfaces.
type pretendedSource struct{ capture.Source }

func (pretendedSource) Interfaces() []capture.Interface { return nil }

// TestLinesFailure: whichever call finds out that lines could not be written,
// the output is known to have failed. Lines that wait for others make flush find
// out while it waits.
func TestLinesFailure(t *testing.T) {
	pkt := &capture.Packet{LinkType: capture.LinkRAW, Data: []byte{0}, Length: 1}
	for _, call := range []struct {
		name string
		call func(l *parallelLines) error
	}{
		{"flush", (*parallelLines).flush},
		{"drain", (*parallelLines).drain},
		{"packet", func(l *parallelLines) (err error) {
			for err == nil {
				err = l.packet(pkt)
			}
			return err
		}},
		{"close", (*parallelLines).close},
	} {
		w := &heldWriter{make(chan struct{})}
		out := output{w: w}
		l := newParallelLines(&interfaceNames{source: pretendedSource{}}, nil, printer.Options{}, 1, &out, func() {})
		for range 2 { // two batches on their way, the third is the last there is
			if err := errors.Join(l.packet(pkt), l.flush()); err != nil {
				t.Fatalf("%s: %v before anything is written", call.name, err)
			}
		}
		if err := l.packet(pkt); err != nil {
			t.Fatal(err)
		}
		go func() {
			time.Sleep(5 * time.Millisecond) // so that the call waits
			close(w.let)
		}()
		if err := call.call(l); err == nil || out.err == nil || !errors.Is(err, out.err) {
			t.Errorf("%s returns %v, and the output's error is %v", call.name, err, out.err)
		}
		if call.name != "close" {
			_ = l.close() // the same error
		}
	}
}

// TestBothFail: a source and an output that fail are each told of once.
func TestBothFail(t *testing.T) {
	name := makeCapture(t, 10)
	info, err := os.Stat(name)
	if err == nil {
		err = os.Truncate(name, info.Size()-10)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, jobs := range []string{"1", "4"} {
		for range 20 {
			var stderr bytes.Buffer
			c := newCommand("tapdump", strings.NewReader(""), &brokenWriter{err: syscall.ENOSPC}, &stderr)
			status := c.main([]string{"tapdump", "-nn", "--jobs", jobs, "-r", name})
			says := stderr.String()
			if status != 1 || strings.Count(says, "Unable to write output: No space left on device\n") != 1 || strings.Count(says, "truncated dump file") != 1 {
				t.Fatalf("--jobs %s: exit status %d, and it says\n%s", jobs, status, says)
			}
		}
	}
}
