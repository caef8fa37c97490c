package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/header/headertest"
)

// openTerminal makes a terminal. read returns what was written to it, once it
// is closed.
func openTerminal(t *testing.T) (terminal *os.File, read func() string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	fd := int(master.Fd())
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	modes, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	modes.Oflag &^= unix.OPOST // a line feed is one
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, modes); err != nil {
		t.Fatal(err)
	}
	written := make(chan string)
	go func() {
		b, _ := io.ReadAll(master) // ends with EIO when the other side is closed
		written <- string(b)
	}()
	return terminal, func() string {
		terminal.Close()
		defer master.Close()
		return <-written
	}
}

// netBIOSName encodes a name (RFC 1001, section 14.1).
func netBIOSName(name string) string {
	b := []byte{32}
	for _, c := range []byte((name + strings.Repeat(" ", 16))[:16]) {
		b = append(b, 'A'+c>>4, 'A'+c&15)
	}
	return string(append(b, 0))
}

// TestLinesOnTerminals: a name cannot drive the terminal that lines are seen on,
// however they are printed; pipes and files get its bytes.
func TestLinesOnTerminals(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("NO_COLOR", "1")
	const name, seen = "A\x1b[1m\x9b\xc2\x9b\x07\x7f\t\xc3\xa9", "A^[[1m\\x9b\\u009b^G^?\té"
	request := netBIOSName(name) + netBIOSName("CLIENT")
	file := writeSpecs(t, "nbt.pcap", headertest.Spec{
		Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 6, SrcPort: 1000, DstPort: 139, Payload: append([]byte{0x81, 0, 0, byte(len(request))}, request...),
	})
	for _, args := range []string{"--jobs 1", "--jobs 2", "--print --output HEADER", "--find DEMEJEFEOFEC", "-X"} {
		args := append(strings.Fields(args), "-n", "-vv", "-r", file)
		var pipe, stderr bytes.Buffer
		runIPScap("tapdump", args, &pipe, &stderr)
		if !strings.Contains(pipe.String(), name) {
			t.Errorf("%v: a pipe gets no bytes of the name: %q", args, &pipe)
		}
		terminal, read := openTerminal(t)
		c := newTestCommand("tapdump", strings.NewReader(""), terminal, &stderr)
		c.main(append([]string{"tapdump"}, args...))
		got := read()
		if !strings.Contains(got, seen) || strings.ContainsAny(got, "\x1b\x07\x7f") {
			t.Errorf("%v: a terminal gets %q, want %q in it", args, got, seen)
		}
		if want := strings.ReplaceAll(pipe.String(), name, seen); got != want {
			t.Errorf("%v: a terminal gets %q, want %q", args, got, want)
		}
	}
}

// TestComplaintsOnTerminals: nor can what a message quotes.
func TestComplaintsOnTerminals(t *testing.T) {
	terminal, read := openTerminal(t)
	c := newTestCommand("tapdump", strings.NewReader(""), io.Discard, terminal)
	c.main([]string{"tapdump", "-r", "no\x1b[2Jsuch\u009b"})
	if got := read(); got != "tapdump: no^[[2Jsuch\\u009b: No such file or directory\n" {
		t.Errorf("says %q", got)
	}
}
