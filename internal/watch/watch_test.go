//go:build unix

package watch

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// runs runs a watch, and gives what fires. At the end the watch has ended well.
func runs(t *testing.T, run func(Fire, func(error)) error, close func() error) <-chan string {
	t.Helper()
	fired, done := make(chan string, 1000), make(chan error)
	go func() {
		done <- run(func(_ time.Time, what string) { fired <- what }, func(err error) { fired <- "warning: " + err.Error() })
	}()
	t.Cleanup(func() {
		close()
		if err := <-done; err != nil {
			t.Errorf("it ended: %v", err)
		}
	})
	return fired
}

// next is what fires next.
func next(t *testing.T, fired <-chan string) string {
	t.Helper()
	select {
	case what := <-fired:
		return what
	case <-time.After(testenv.Patience):
		t.Fatal("nothing fires")
		return ""
	}
}

// nothing is that nothing more fires for now: of what happened before, a last event
// would have come first.
func nothing(t *testing.T, fired <-chan string) {
	t.Helper()
	select {
	case what := <-fired:
		t.Errorf("it fires: %s", what)
	default:
	}
}

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

func watchFile(t *testing.T, path string) <-chan string {
	t.Helper()
	f, err := NewFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return runs(t, f.Run, f.Close)
}

// pause is longer than what belongs together.
func pause() { time.Sleep(burst + burst/4) }

// TestFile: making, writing and touching a file is an event each; others in its folder
// and removing it are none.
func TestFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	name := filepath.Join(dir, "incident")
	fired := watchFile(t, name)
	put(t, filepath.Join(dir, "other"), "x")
	put(t, filepath.Join(dir, "incidents"), "x")
	put(t, name, "")
	if got := next(t, fired); got != made {
		t.Errorf("made, it says %q", got)
	}
	pause()
	put(t, name, "more")
	if got := next(t, fired); got != written {
		t.Errorf("written, it says %q", got)
	}
	pause()
	if err := os.Chtimes(name, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if got := next(t, fired); got != touched {
		t.Errorf("touched, it says %q", got)
	}
	pause()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	pause()
	if err := os.Rename(filepath.Join(dir, "other"), name); err != nil {
		t.Fatal(err)
	}
	if got := next(t, fired); got != made {
		t.Errorf("moved there, it says %q", got)
	}
	nothing(t, fired)
}

// TestFileBehindLink: a link leads to the file that is written.
func TestFileBehindLink(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	put(t, filepath.Join(other, "target"), "")
	if err := os.Symlink(filepath.Join(other, "target"), filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	fired := watchFile(t, filepath.Join(dir, "link"))
	pause()
	put(t, filepath.Join(other, "target"), "x")
	if got := next(t, fired); got != written {
		t.Errorf("it says %q", got)
	}
}

// TestFileNowhere: a folder that is not there is an error that names it.
func TestFileNowhere(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "")
	for _, folder := range []string{filepath.Join(dir, "missing"), filepath.Join(dir, "file")} {
		if _, err := NewFile(filepath.Join(folder, "x")); err == nil || !strings.Contains(err.Error(), "can't watch the folder "+folder+": ") {
			t.Errorf("the error is %v", err)
		}
	}
}

func watchSocket(t *testing.T, path string) (*Socket, <-chan string) {
	t.Helper()
	s, err := NewSocket(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Remove() })
	return s, runs(t, s.Run, s.Close)
}

// send connects to a socket and sends something; it stays connected if it is to.
func send(t *testing.T, path, text string, stay bool) {
	t.Helper()
	c, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_, _ = fmt.Fprint(c, text) // it may be closed already
	if !stay {
		c.Close()
	}
}

// short is a folder whose name is short enough for a socket's.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "w")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// TestSocket: each connection fires, with its line; one that says nothing or too much
// is no trouble, and only the user may make one.
func TestSocket(t *testing.T) {
	t.Parallel()
	path := filepath.Join(short(t), "s")
	s, fired := watchSocket(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode() != os.ModeSocket|0o600 {
		t.Errorf("the socket's mode: %v, %v", info.Mode(), err)
	}
	if s.Descriptor() < 3 || s.Path() != path {
		t.Errorf("the descriptor is %d, the path %s", s.Descriptor(), s.Path())
	}
	for _, c := range []struct {
		text, want string
		stay       bool
	}{
		{"the pump failed\nmore", "the pump failed", false},
		{" no end ", "no end", false},
		{"", "somebody connected", false},
		{"", "somebody connected", true},
		{"half a li", "half a li", true},
		{strings.Repeat("x", 5000), strings.Repeat("x", maxLine), true},
		{"\n", "somebody connected", true},
	} {
		send(t, path, c.text, c.stay)
		if got := next(t, fired); got != c.want {
			t.Errorf("of %.20q it says %q", c.text, got)
		}
	}
	for range 50 {
		send(t, path, "x\n", false)
	}
	for range 50 {
		if got := next(t, fired); got != "x" {
			t.Errorf("it says %q", got)
		}
	}
	nothing(t, fired)
}

// TestSocketTaken: a socket that nobody listens to makes room, one in use and other files
// do not, and asking is no connection.
func TestSocketTaken(t *testing.T) {
	t.Parallel()
	dir := short(t)
	path := filepath.Join(dir, "s")
	left, err := NewSocket(path)
	if err != nil {
		t.Fatal(err)
	}
	left.Close() // as after kill -9
	_, fired := watchSocket(t, path)
	if _, err := NewSocket(path); err == nil || !strings.Contains(err.Error(), "another program listens") {
		t.Errorf("in use: %v", err)
	}
	send(t, path, "after\n", false)
	if got := next(t, fired); got != "after" {
		t.Errorf("it says %q", got)
	}
	put(t, filepath.Join(dir, "file"), "keep me")
	if _, err := NewSocket(filepath.Join(dir, "file")); err == nil || !strings.Contains(err.Error(), "is no socket") {
		t.Errorf("a file: %v", err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(b) != "keep me" {
		t.Errorf("the file has %q, %v", b, err)
	}
	if _, err := NewSocket(filepath.Join(dir, "missing", "s")); err == nil || !strings.Contains(err.Error(), "can't make the socket: ") {
		t.Errorf("nowhere: %v", err)
	}
	if _, err := NewSocket(filepath.Join(dir, strings.Repeat("x", 150))); err == nil || !strings.Contains(err.Error(), "name a shorter one") {
		t.Errorf("a long name: %v", err)
	}
}

// TestRepeat: a command fires when it fails after it had not, and is left alone at the end.
func TestRepeat(t *testing.T) {
	outcomes := []string{"", "one", "two", "", "", "three", ""}
	n := 0
	run := func() error {
		if n++; n > len(outcomes) {
			return fmt.Errorf("gone: %w", ErrOver)
		}
		if outcomes[n-1] == "" {
			return nil
		}
		return errors.New(outcomes[n-1])
	}
	var fired []string
	err := Repeat(run, time.Millisecond, nil, func(_ time.Time, what string) { fired = append(fired, what) })
	if !errors.Is(err, ErrOver) || strings.Join(fired, " ") != "one three" {
		t.Errorf("fired %q, %v", fired, err)
	}
	stop := make(chan struct{})
	ended := func() error { close(stop); return errors.New("killed") }
	if err := Repeat(ended, time.Hour, stop, func(time.Time, string) { t.Error("it fires at the end") }); err != nil {
		t.Error(err)
	}
}
