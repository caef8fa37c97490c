package cli

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/internal/testenv/vhci"
)

// beside is a capture by one of two programs, into a file or to lines.
type beside struct {
	cmd         *exec.Cmd
	out, stderr string // files
}

// startBeside starts one and waits until it captures.
func startBeside(t *testing.T, program string, args ...string) *beside {
	t.Helper()
	dir := testenv.OpenDir(t)
	b := &beside{cmd: exec.Command(program, args...), out: filepath.Join(dir, "out"), stderr: filepath.Join(dir, "stderr")}
	if i := len(args) - 1; args[i] == "-w" {
		b.cmd.Args = append(b.cmd.Args, b.out)
	}
	stdout, err1 := os.Create(filepath.Join(dir, "out"))
	stderr, err2 := os.Create(b.stderr)
	b.cmd.Stdout, b.cmd.Stderr, b.cmd.Env = stdout, stderr, append(os.Environ(), asProgram+"=1", "TZ=GMT0")
	if err := errors.Join(err1, err2, b.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if b.cmd.ProcessState == nil {
			b.cmd.Process.Kill()
			b.cmd.Wait()
		}
	})
	b.waitFor(t, b.stderr, "listening on")
	return b
}

// waitFor waits until a file has a text.
func (b *beside) waitFor(t *testing.T, file, text string) {
	t.Helper()
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(20 * time.Millisecond) {
		if content, err := os.ReadFile(file); err == nil && bytes.Contains(content, []byte(text)) {
			return
		}
		if time.Now().After(end) {
			said, _ := os.ReadFile(b.stderr)
			t.Fatalf("%v: no %q in %s; it says %s", b.cmd.Args, text, file, said)
		}
	}
}

// ending ends it, and returns what it put out and said, under the reference's name and
// without that of the file.
func (b *beside) ending(t *testing.T) (out, stderr string) {
	t.Helper()
	if err := errors.Join(b.cmd.Process.Signal(syscall.SIGTERM), b.cmd.Wait()); err != nil {
		t.Errorf("%v: %v", b.cmd.Args, err)
	}
	content, err1 := os.ReadFile(b.out)
	said, err2 := os.ReadFile(b.stderr)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	return string(content), strings.ReplaceAll(string(said), filepath.Base(b.cmd.Path)+": ", "tcpdump: ")
}

// withoutStamps is a pcap file of the monitor in which what is no frame has no time: with
// what there is at the start the kernel begins for each of those who listen, with a
// stamp of its own.
func withoutStamps(file string) string {
	const head, record = 24, 16
	b := []byte(file)
	for at := head; at+record+4 <= len(b); {
		length := int(binary.LittleEndian.Uint32(b[at+8:]))
		if code := binary.BigEndian.Uint16(b[at+record+2:]); code < 2 || code > 7 {
			clear(b[at : at+8])
		}
		at += record + length
	}
	return string(b)
}

// TestBluetoothBesideReference: of a thousand frames the reference and the program,
// which capture at once, have the same files, lines and counts.
func TestBluetoothBesideReference(t *testing.T) {
	tcpdump := testenv.Reference(t)
	if tcpdump == "" {
		t.Skip("set TAPDUMP_REFERENCE to a tcpdump to compare with it")
	}
	if list, err := exec.Command(tcpdump, "-D").Output(); err != nil || !strings.Contains(string(list), "bluetooth-monitor") {
		t.Skipf("the reference was built without Bluetooth: %v", err)
	}
	c, err := vhci.Open()
	if errors.Is(err, vhci.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// An adapter that nobody uses goes down after a while: maybe between two starts.
	if err := c.Up(); err != nil {
		t.Fatal(err)
	}
	device := fmt.Sprint("bluetooth", c.Adapter)
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const last = "the last frame"
	captures := []struct {
		args []string
		end  string // what is there once the last frame is
		both [2]*beside
	}{
		{args: []string{"-i", device, "-U", "-w"}, end: last},
		{args: []string{"-i", "bluetooth-monitor", "-U", "-w"}, end: last},
		{args: []string{"-i", device, "-nn", "-e", "-l", "-A"}, end: last},
	}
	for i := range captures {
		for k, program := range []string{tcpdump, own} {
			captures[i].both[k] = startBeside(t, program, captures[i].args...)
		}
	}
	for i := range 220 { // five frames each
		if err := c.Echo([]byte(strings.Repeat("x", i%50))); err != nil {
			t.Fatal(err)
		}
		if err := c.Ask(); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Say([]byte(last)); err != nil {
		t.Fatal(err)
	}
	for _, capture := range captures {
		for _, b := range capture.both {
			b.waitFor(t, b.out, capture.end)
		}
	}
	for _, capture := range captures {
		theirs, said := capture.both[0].ending(t)
		ours, saidHere := capture.both[1].ending(t)
		if slices.Contains(capture.args, "bluetooth-monitor") {
			ours, theirs = withoutStamps(ours), withoutStamps(theirs)
		}
		if ours != theirs || saidHere != said {
			at := 0
			for at < min(len(ours), len(theirs)) && ours[at] == theirs[at] {
				at++
			}
			t.Errorf("%v: %d bytes, the reference has %d\n%s\n%s\n%.99q\n%.99q", capture.args, len(ours), len(theirs), saidHere, said, ours[at:], theirs[at:])
		}
		var n int
		for line := range strings.Lines(said) {
			if strings.HasSuffix(line, " packets captured\n") {
				fmt.Sscan(line, &n)
			}
		}
		if n < 1000 {
			t.Errorf("%v: %d packets", capture.args, n)
		}
		t.Logf("%v: %d packets", capture.args, n)
	}
}
