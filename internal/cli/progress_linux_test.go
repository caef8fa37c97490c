package cli

import (
	"bytes"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/headertest"
)

// longFile writes a savefile whose records do not fit into a pipe.
func longFile(t *testing.T, name string) string {
	t.Helper()
	frame := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 17, SrcPort: 1000, DstPort: 2000, Payload: []byte("x")}
	writeFrames(t, name, 3000, func(int) []byte { return frame.Bytes() })
	return name
}

var progressLine = regexp.MustCompile(`(?m)^[0-9]+%, [0-9.]+ k?B of [0-9.]+ k?B.*B/s`)

// TestProgress: where reading takes long, the terminal says how far it has come, until
// something else is said, and nothing of it stays. Whoever reads the output sees nothing
// of it.
func TestProgress(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TERM", "xterm")
	longFile(t, "a.pcap")
	longFile(t, "b.pcap")
	if err := os.WriteFile("list", []byte("a.pcap\nb.pcap\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"tapdump", "--jobs=1", "-n", "--json", "-V", "list"}
	var want, said bytes.Buffer
	runIPScap("tapdump", args[1:], &want, &said)
	e := newEmulator(t, 80, 24)
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := newTestCommand("tapdump", strings.NewReader(""), out, e.slave)
	c.pace = pace{after: 0, every: time.Millisecond}
	status := make(chan int, 1)
	go func() {
		status <- c.main(args)
		out.Close()
	}()
	e.wait(t, "progress", progressLine.MatchString) // while nobody reads what is printed
	e.resize(t, 20, 24)
	e.wait(t, "progress in 20 columns", func(text string) bool {
		return regexp.MustCompile(`(?m)^[0-9]+%, [^\n]{1,14}$`).MatchString(text)
	})
	e.resize(t, 80, 24)
	printed, err := io.ReadAll(in)
	if err != nil || !bytes.Equal(printed, want.Bytes()) {
		t.Errorf("prints %d bytes, want %d (%v)", len(printed), want.Len(), err)
	}
	if got := <-status; got != 0 {
		t.Errorf("ends with %d", got)
	}
	e.lacks(t, "%")
}

// TestLineGoesFirst: what is said, and printed, on a terminal stands where the line was.
func TestLineGoesFirst(t *testing.T) {
	e := newEmulator(t, 20, 5)
	c := newTestCommand("tapdump", strings.NewReader(""), e.slave, e.slave)
	out := belowLine{c.console, e.slave}
	c.showLine("a line that is longer than the terminal")
	e.shows(t, "a line that is long")
	c.showLine("a line")
	e.lacks(t, "long")
	c.say("a message\n")
	e.shows(t, "a message\n")
	e.lacks(t, "a line")
	c.showLine("another")
	e.shows(t, "another")
	if _, err := out.Write([]byte("printed\n")); err != nil {
		t.Fatal(err)
	}
	e.shows(t, "a message\nprinted\n")
	c.showLine("the last")
	e.shows(t, "the last")
	c.sayAsItIs(nil)
	e.lacks(t, "the last")
}

// TestNoProgress: there is none in files, on terminals whose cursor does not move, while
// lines are printed on the terminal, and if the program is shown.
func TestNoProgress(t *testing.T) {
	t.Chdir(t.TempDir())
	longFile(t, "a.pcap")
	for _, one := range []struct {
		term   string
		args   string
		stderr bool // on the terminal
		want   bool
	}{
		{"xterm", "-r a.pcap -w b.pcap", true, true},
		{"xterm", "-r a.pcap --count", true, true},
		{"xterm", "-r a.pcap --stats text", true, true},
		{"xterm", "--make-index a.pcap", true, true},
		{"xterm", "-r a.pcap -w b.pcap", false, false},
		{"dumb", "-r a.pcap -w b.pcap", true, false},
		{"", "-r a.pcap -w b.pcap", true, false},
		{"xterm", "-n -r a.pcap", true, false},
		{"xterm", "-r a.pcap --json", true, false},
		{"xterm", "-r a.pcap --output TEXT", true, false},
		{"xterm", "-r a.pcap -d udp", true, false},
	} {
		t.Setenv("TERM", one.term)
		terminal, read := openTerminal(t)
		c := newTestCommand("tapdump", strings.NewReader(""), terminal, io.Discard)
		if one.stderr {
			c = newTestCommand("tapdump", strings.NewReader(""), terminal, terminal)
		}
		plan, err := c.parse(strings.Fields(one.args))
		if err != nil {
			t.Fatal(err)
		}
		if got := newSession(c, plan).showsProgress(); got != one.want {
			t.Errorf("TERM=%s %s: shows progress: %t, want %t", one.term, one.args, got, one.want)
		}
		read()
	}
}

// TestProgressLine: the line in all its forms.
func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		r     reached
		whole int64
		want  string
	}{
		{reached{}, 0, "0 B, 0 B/s"},
		{reached{bytes: 500, byteRate: 100}, 1000, "50%, 500 B of 1.0 kB, 0:05 left, 100 B/s"},
		{reached{bytes: 2e9, packets: 12, byteRate: 1e6, packetsRate: 1500}, 10e9, "20%, 2.0 GB of 10.0 GB, 2:13:20 left, 1.0 MB/s, 12 packets, 1.5k packets/s"},
		{reached{bytes: 999, byteRate: 1}, 1000, "99%, 999 B of 1.0 kB, 0:01 left, 1 B/s"},
		{reached{bytes: 1500, byteRate: 1}, 1000, "100%, 1.0 kB of 1.0 kB, 0:00 left, 1 B/s"},
		{reached{bytes: 1e6, byteRate: 1e3}, 0, "1.0 MB, 1.0 kB/s"},
	} {
		if got := c.r.line(c.whole); got != c.want {
			t.Errorf("%+v of %d: %q, want %q", c.r, c.whole, got, c.want)
		}
	}
}

// TestProgressConfined: the program itself shows it, in its sandbox and in a job's turn
// on the terminal.
func TestProgressConfined(t *testing.T) {
	t.Chdir(t.TempDir())
	longFile(t, "a.pcap")
	e := newEmulator(t, 80, 24)
	e.shell(t, `stty -echo; $TAPDUMP -n --json -r a.pcap | (read line < /dev/tty; cat > /dev/null)
echo ENDED; read line`)
	e.wait(t, "progress", progressLine.MatchString)
	e.shows(t, "reading from file a.pcap")
	e.types(t, "\n")
	text := e.shows(t, "ENDED")
	if strings.Contains(text, "%") || strings.Contains(text, "WARNING") {
		t.Errorf("after the end the screen has\n%s", text)
	}
}
