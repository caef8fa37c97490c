package cli

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// onPage starts --stats top of the loopback on a terminal, in a shell that says how it
// ended and goes on with what is stopped when Enter is pressed.
func onPage(t *testing.T, width, height int, args string) *emulator {
	t.Helper()
	e := newEmulator(t, width, height)
	e.shell(t, `$TAPDUMP -i lo --stats top `+args+`
status=$?
while [ $status -gt 128 ] && kill -0 %1 2>/dev/null; do echo STOPPED; read line; fg >/dev/null; status=$?; done
echo ENDED $status; read line`)
	e.shows(t, "lo  0:0", "Filter")
	return e
}

// talkTo sends datagrams to ports of the loopback.
func talkTo(t *testing.T, ports ...int) {
	t.Helper()
	for _, port := range ports {
		conn, err := net.Dial("udp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte("some text")) // nobody listens there
		conn.Close()
	}
}

const onlyUDP = "udp dst portrange 1000-1003"

// TestTop: the page keeps its place, in any size; keys sort, change what is shown, pause
// and end it; the terminal is as it was then, with the last page on it.
func TestTop(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	e := onPage(t, 80, 24, onlyUDP)
	talkTo(t, 1000, 1001, 1001)
	e.shows(t, "3 packets", "Protocols", "  UDP   ", "Hosts (1)", "127.0.0.1 ", "Services (2)", "UDP 1001", "Conversations (3)", "q quit")
	for _, size := range [][2]int{{40, 10}, {200, 60}, {132, 43}, {20, 5}, {10, 2}, {1, 1}, {80, 24}} {
		e.resize(t, size[0], size[1])
		e.wait(t, fmt.Sprintf("a page of %dx%d", size[0], size[1]), func(text string) bool {
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			return strings.HasPrefix(lines[len(lines)-1], "q quit  ? help"[:min(size[0]-1, 14)]) || size[0] == 1 && lines[0] != ""
		})
	}
	e.types(t, "4")
	e.shows(t, "Services (2)")
	e.lacks(t, "Hosts")
	before := func(a, b string) func(string) bool {
		return func(text string) bool {
			x, y := strings.Index(text, a), strings.Index(text, b)
			return x >= 0 && y > x
		}
	}
	e.wait(t, "the larger service first", before("UDP 1001", "UDP 1000"))
	e.types(t, "n")
	e.wait(t, "services by name", before("UDP 1000", "UDP 1001"))
	e.types(t, "p")
	e.wait(t, "services by packets", before("UDP 1001", "UDP 1000"))
	e.types(t, "\x1b[B")
	e.lacks(t, "UDP 1001") // scrolled away
	e.types(t, "\t")
	e.shows(t, "Conversations (3)")
	e.types(t, " ")
	e.shows(t, "[paused]", " 3 packets")
	talkTo(t, 1002)
	e.types(t, "?")
	e.shows(t, "Tab, 1-5", "3 packets") // still
	e.types(t, "? ")
	e.shows(t, "4 packets")
	e.lacks(t, "[paused]")
	e.types(t, "z")
	e.shows(t, "counting from zero", " 0 packets")
	talkTo(t, 1003)
	e.shows(t, " 1 packets")
	e.types(t, "q")
	text := e.shows(t, "ENDED 0", "Packets 1 ", "UDP 1003", "5 packets captured")
	if strings.Contains(text, "UDP 1002") {
		t.Errorf("after the end the screen has\n%s", text)
	}
	e.givenBack(t)
}

// TestTopFilter: a filter is typed while it runs, with completion and with the errors of
// the command line; it counts from zero, and only it: what is captured stays.
func TestTopFilter(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	e := onPage(t, 80, 24, "-c 6 "+onlyUDP)
	talkTo(t, 1000, 1001)
	e.shows(t, " 2 packets")
	e.types(t, "/udp prt 1001\r")
	e.shows(t, "Filter: udp prt 1001", "  udp prt 1001\n      ^^^", "did you mean: udp port 1001")
	e.types(t, "\x1b")
	e.lacks(t, "Filter: ")
	e.shows(t, " 2 packets") // as before
	e.types(t, "/udp portr\t1001-1001\r")
	e.shows(t, "Filter ("+onlyUDP+") and (udp portrange 1001-1001)", " 0 packets")
	e.lacks(t, "Filter: ")
	talkTo(t, 1000, 1001)
	e.shows(t, " 1 packets", "UDP 1001")
	// The line can be edited: its middle, its end, and where it is longer than the screen.
	e.types(t, "/\x15"+strings.Repeat("x", 200))
	e.shows(t, "Filter: xxxx")
	e.types(t, "\x1b[H\x1b[3~\x0bor\x1b[D\x1b[D\x7f\x1bOFt\x01dst p\x05 1000")
	e.shows(t, "Filter: dst port 1000")
	e.types(t, "\r")
	e.shows(t, "and (dst port 1000)", " 0 packets")
	e.types(t, "/\x15\r")
	e.shows(t, "Filter "+onlyUDP+"\n", " 0 packets")
	talkTo(t, 1000, 1001)
	e.shows(t, "ENDED 0", "Packets 2 ", "6 packets captured") // -c counts all
	e.givenBack(t)
}

// TestTopEnds: whatever ends it, or stops it, the terminal is given back.
func TestTopEnds(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	t.Run("Ctrl-C", func(t *testing.T) {
		e := onPage(t, 80, 24, onlyUDP)
		e.types(t, "\x03")
		e.shows(t, "ENDED 0", "Packets 0 ")
		e.givenBack(t)
	})
	for _, one := range []struct {
		signal syscall.Signal
		want   string
	}{{syscall.SIGTERM, "ENDED 0"}, {syscall.SIGHUP, "ENDED 0"}, {syscall.SIGQUIT, "ENDED 131"}} {
		t.Run(one.signal.String(), func(t *testing.T) {
			e := onPage(t, 80, 24, onlyUDP)
			if err := syscall.Kill(e.program(t), one.signal); err != nil {
				t.Fatal(err)
			}
			e.shows(t, one.want)
			e.givenBack(t)
		})
	}
	t.Run("Ctrl-Z", func(t *testing.T) {
		e := onPage(t, 80, 24, onlyUDP)
		for range 2 {
			e.types(t, "\x1a")
			e.shows(t, "STOPPED")
			e.givenBack(t)
			e.types(t, "\n")
			e.shows(t, "lo  0:0", "q quit")
			e.lacks(t, "STOPPED")
		}
		e.types(t, "q")
		e.shows(t, "ENDED 0")
		e.givenBack(t)
	})
	t.Run("an error", func(t *testing.T) {
		e := onPage(t, 80, 24, "--duration 1 "+onlyUDP)
		e.shows(t, "ENDED 0")
		e.givenBack(t)
	})
	t.Run("what is said meanwhile", func(t *testing.T) {
		e := onPage(t, 80, 24, onlyUDP)
		if err := syscall.Kill(e.program(t), syscall.SIGUSR1); err != nil {
			t.Fatal(err)
		}
		e.shows(t, "tapdump: 0 packets captured, 0 packets received by filter", "packets/s")
		e.types(t, "q")
		e.shows(t, "ENDED 0", "tapdump: 0 packets captured, 0 packets received by filter", "\n0 packets captured\n")
		e.givenBack(t)
	})
}

// program is the process that has the page, the foreground of the terminal.
func (e *emulator) program(t *testing.T) int {
	t.Helper()
	for end := time.Now().Add(testenv.Patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		all, err := os.ReadDir("/proc")
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range all {
			pid, err := strconv.Atoi(entry.Name())
			if err != nil {
				continue
			}
			line, err := os.ReadFile("/proc/" + entry.Name() + "/cmdline")
			if err != nil || !strings.HasSuffix(strings.SplitN(string(line), "\x00", 2)[0], "/tapdump") {
				continue
			}
			if tty, err := os.Readlink("/proc/" + entry.Name() + "/fd/0"); err == nil && tty == e.slave.Name() {
				return pid
			}
		}
	}
	t.Fatal("there is no such process")
	return 0
}

// TestTopWithoutKeys: where the page cannot take keys, it is what it always was.
func TestTopWithoutKeys(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for name, script := range map[string]string{
		"keys come from elsewhere": `$TAPDUMP -i lo --stats top -c 1 ` + onlyUDP + ` < /dev/null`,
		"a cursor that stays":      `TERM=dumb $TAPDUMP -i lo --stats top -c 1 ` + onlyUDP,
		"a pipe":                   `$TAPDUMP -i lo --stats top -c 1 ` + onlyUDP + ` | cat`,
	} {
		e := newEmulator(t, 80, 24)
		e.shell(t, script+"\necho ENDED; read line")
		e.shows(t, "listening on lo")
		if e.modesNow(t) != e.modes {
			t.Errorf("%s: the modes of the terminal are others", name)
		}
		for end := time.Now().Add(testenv.Patience); !strings.Contains(e.text(), "ENDED"); {
			talkTo(t, 1000) // the announcement comes before packets do
			time.Sleep(time.Millisecond)
			if time.Now().After(end) {
				t.Fatalf("%s: %s", name, e.text())
			}
		}
		e.shows(t, "UDP 1000", "ENDED")
		e.mu.Lock()
		if all := e.all.String(); strings.Contains(all, "\x1b[?1049h") {
			t.Errorf("%s: takes the terminal over: %q", name, all)
		}
		e.mu.Unlock()
	}
}
