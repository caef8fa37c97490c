package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// emulator is a terminal as a person sees it: as much of one as the program uses.
type emulator struct {
	master, slave *os.File
	modes         unix.Termios // at the beginning

	mu            sync.Mutex
	width, height int
	normal, other [][]rune // the screens
	inOther       bool
	row, column   int
	kept          [2]int // the cursor of the normal screen
	cursor        bool
	begun         []byte // of a sequence
	all           strings.Builder
}

// newEmulator makes a terminal of so many cells.
func newEmulator(t *testing.T, width, height int) *emulator {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	e := &emulator{master: master, cursor: true}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		e.slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		t.Skipf("needs a pseudo-terminal: %v", err)
	}
	t.Cleanup(func() { e.slave.Close() })
	e.modes = e.modesNow(t)
	e.resize(t, width, height)
	go func() {
		b := make([]byte, 4096)
		for {
			n, err := master.Read(b)
			if err != nil {
				return
			}
			e.write(b[:n])
		}
	}()
	return e
}

// modesNow are those of the terminal.
func (e *emulator) modesNow(t *testing.T) unix.Termios {
	t.Helper()
	modes, err := unix.IoctlGetTermios(int(e.master.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return *modes
}

// resize gives it another size, and empties its screens, as some terminals do.
func (e *emulator) resize(t *testing.T, width, height int) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.width, e.height, e.row, e.column = width, height, 0, 0
	e.normal, e.other = emptyScreen(width, height), emptyScreen(width, height)
	if err := unix.IoctlSetWinsize(int(e.master.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(height), Col: uint16(width)}); err != nil {
		t.Fatal(err)
	}
}

func emptyScreen(width, height int) [][]rune {
	all := make([][]rune, height)
	for i := range all {
		all[i] = []rune(strings.Repeat(" ", width))
	}
	return all
}

func (e *emulator) screen() [][]rune {
	if e.inOther {
		return e.other
	}
	return e.normal
}

func (e *emulator) write(b []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.all.Write(b)
	b = append(e.begun, b...)
	e.begun = nil
	for len(b) > 0 {
		n := e.step(b)
		if n == 0 {
			e.begun = append([]byte(nil), b...)
			return
		}
		b = b[n:]
	}
}

// step does what stands at the beginning, and returns how many bytes that has; 0: more
// has to come.
func (e *emulator) step(b []byte) int {
	switch c := b[0]; {
	case c == 0x1b:
		if len(b) < 2 {
			return 0
		}
		if b[1] != '[' {
			return 2
		}
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e {
				e.control(string(b[2:i]), b[i])
				return i + 1
			}
		}
		return 0
	case c == '\r':
		e.column = 0
	case c == '\n':
		e.lineFeed()
	case c < ' ':
	default:
		if !utf8.FullRune(b) {
			return 0
		}
		r, n := utf8.DecodeRune(b)
		if e.column == e.width {
			e.column = 0
			e.lineFeed()
		}
		e.screen()[e.row][e.column] = r
		e.column++
		return n
	}
	return 1
}

func (e *emulator) lineFeed() {
	if e.row < e.height-1 {
		e.row++
		return
	}
	s := e.screen()
	copy(s, s[1:])
	s[e.height-1] = []rune(strings.Repeat(" ", e.width))
}

func (e *emulator) control(parameters string, last byte) {
	s := e.screen()
	switch last {
	case 'H':
		row, column := 1, 1
		fmt.Sscanf(parameters, "%d;%d", &row, &column)
		e.row, e.column = min(row, e.height)-1, min(column, e.width)-1
	case 'A':
		n := 1
		fmt.Sscanf(parameters, "%d", &n)
		e.row = max(e.row-n, 0)
	case 'K':
		for i := e.column; i < e.width; i++ {
			s[e.row][i] = ' '
		}
	case 'J':
		from := 0
		if parameters != "2" {
			from = e.row
		}
		for i := from; i < e.height; i++ {
			s[i] = []rune(strings.Repeat(" ", e.width))
		}
	case 'h', 'l':
		switch parameters {
		case "?25":
			e.cursor = last == 'h'
		case "?1049":
			if last == 'h' {
				e.kept = [2]int{e.row, e.column}
				e.other = emptyScreen(e.width, e.height)
			} else {
				e.row, e.column = e.kept[0], e.kept[1]
			}
			e.inOther = last == 'h'
		}
	}
}

// text is what is seen.
func (e *emulator) text() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var b strings.Builder
	for _, line := range e.screen() {
		b.WriteString(strings.TrimRight(string(line), " ") + "\n")
	}
	return b.String()
}

// wait waits until ok is true of what is seen, and returns that.
func (e *emulator) wait(t *testing.T, what string, ok func(text string) bool) string {
	t.Helper()
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(5 * time.Millisecond) {
		text := e.text()
		if ok(text) {
			return text
		}
		if time.Now().After(end) {
			t.Fatalf("%s is not seen:\n%s", what, text)
		}
	}
}

// shows waits until all texts are seen.
func (e *emulator) shows(t *testing.T, texts ...string) string {
	t.Helper()
	return e.wait(t, fmt.Sprintf("%q", texts), func(text string) bool {
		for _, one := range texts {
			if !strings.Contains(text, one) {
				return false
			}
		}
		return true
	})
}

// lacks waits until a text is not seen.
func (e *emulator) lacks(t *testing.T, text string) {
	t.Helper()
	e.wait(t, "no "+text, func(seen string) bool { return !strings.Contains(seen, text) })
}

// types presses keys.
func (e *emulator) types(t *testing.T, keys string) {
	t.Helper()
	if _, err := e.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

// givenBack checks that the terminal is as it was.
func (e *emulator) givenBack(t *testing.T) {
	t.Helper()
	if now := e.modesNow(t); now != e.modes {
		t.Errorf("the modes of the terminal are %+v, they were %+v", now, e.modes)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.inOther || !e.cursor {
		t.Errorf("the alternate screen is shown: %t; the cursor: %t", e.inOther, e.cursor)
	}
}

// shell runs a script of sh on the terminal, as a login does: TAPDUMP is the program.
func (e *emulator) shell(t *testing.T, script string, variables ...string) *exec.Cmd {
	t.Helper()
	testenv.NeedsCommand(t, "sh")
	program := filepath.Join(t.TempDir(), "tapdump")
	if err := os.Symlink(os.Args[0], program); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-m", "-c", script)
	cmd.Env = append(os.Environ(), append([]string{asProgram + "=1", "TAPDUMP=" + program, "TERM=xterm", "NO_COLOR=1"}, variables...)...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = e.slave, e.slave, e.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}
