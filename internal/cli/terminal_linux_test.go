package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/headertest"
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

// TestColorsOnTerminals: a theme colours lines on a terminal, where nothing speaks
// against it; without one there are none.
func TestColorsOnTerminals(t *testing.T) {
	t.Setenv("TAPDUMP_COLORS", "")
	for _, c := range []struct {
		line, noColor, term string
		want                bool
	}{
		{"", "", "xterm", false},
		{"--color always", "", "xterm", false},
		{"--color dark", "", "xterm", true},
		{"--color dark --jobs 4", "", "xterm", true},
		{"--color auto,basic,flows", "", "", true},
		{"--color dark", "1", "xterm", false},
		{"--color dark", "", "dumb", false},
		{"--color never,dark", "", "xterm", false},
		{"--color always,dark", "1", "dumb", true},
		{"--find http", "", "xterm", true},
		{"--find http", "", "dumb", false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		terminal, read := openTerminal(t)
		var stderr bytes.Buffer
		command := newTestCommand("tapdump", strings.NewReader(""), terminal, &stderr)
		status := command.main(append([]string{"tapdump", "-A", "-n", "-r", "../../testdata/captures/lan.pcap"}, strings.Fields(c.line)...))
		if got := read(); status != 0 || strings.Contains(got, "\x1b[") != c.want {
			t.Errorf("%s, NO_COLOR=%s, TERM=%s: status %d, colours %t, %s", c.line, c.noColor, c.term, status, !c.want, &stderr)
		}
	}
}

// TestColorHostile: what a packet has cannot drive a terminal, though colours go into a
// pipe.
func TestColorHostile(t *testing.T) {
	t.Chdir(t.TempDir())
	request := netBIOSName("A\x1b[1m\x1b[0m\x07") + netBIOSName("CLIENT")
	file := writeSpecs(t, "nbt.pcap", headertest.Spec{
		Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 6, SrcPort: 1000, DstPort: 139, Payload: append([]byte{0x81, 0, 0, byte(len(request))}, request...),
	})
	for _, args := range []string{"--jobs 1", "--jobs 2", "--find DEMEJEFEOFEC", "-X"} {
		got := colored(t, "-nvv -r "+file+" --color always,mono "+args)
		if left := sgr.ReplaceAllString(got, ""); !strings.Contains(got, "^[[1m^[[0m^G") || strings.ContainsAny(left, "\x1b\x07") {
			t.Errorf("%s: prints %q", args, got)
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

// TestHintsOnTerminals: a hint comes by itself where a person reads it, one at
// most, and only if no packet matched.
func TestHintsOnTerminals(t *testing.T) {
	t.Chdir(t.TempDir())
	tagged := hintFrame
	tagged.VLAN = []uint16{5}
	writeFrames(t, "vlan.pcap", 3, func(int) []byte { return tagged.Bytes() })
	writeFrames(t, "plain.pcap", 3, func(int) []byte { return hintFrame.Bytes() })
	const address = "tapdump: hint: 80 is an address here: 0.0.0.80\n"
	for _, c := range []struct{ args, expr, want string }{
		{"-r vlan.pcap", "tcp and not dst 80",
			"tapdump: hint: 'tcp and not dst 80' matched 0 of 3 packets; 3 of them carry VLAN tags: try 'vlan and tcp and not dst 80'\n"},
		{"-r plain.pcap", "tcp and dst 80", address + "  tcp and dst 80\n          ^^^^^^\ndid you mean: tcp and dst port 80\n"},
		{"-r plain.pcap", "tcp or dst 80", ""},
		{"--hints -r plain.pcap", "tcp or dst 80", address + "  tcp or dst 80\n         ^^^^^^\ndid you mean: tcp or dst port 80\n"},
		{"-r plain.pcap -d", "tcp or dst 80", address + "  tcp or dst 80\n         ^^^^^^\ndid you mean: tcp or dst port 80\n"},
		{"-r plain.pcap", "tcp", ""},
	} {
		terminal, read := openTerminal(t)
		cmd := newCommand("tapdump", strings.NewReader(""), io.Discard, terminal)
		cmd.main(slices.Concat([]string{"tapdump"}, strings.Fields(c.args), []string{c.expr}))
		got := read()
		_, rest, found := strings.Cut(got, ", link-type EN10MB (Ethernet), snapshot length 262144\n")
		if !found || rest != c.want {
			t.Errorf("%s %q: says %q, want %q behind the announcement", c.args, c.expr, got, c.want)
		}
	}
}
