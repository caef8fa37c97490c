package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
)

// notedSink notes what is asked of it, and fails at that if it is told to.
type notedSink struct {
	name  string
	notes *[]string
	fails string
}

func (n notedSink) note(call string) error {
	*n.notes = append(*n.notes, n.name+" "+call)
	if call == n.fails {
		return errors.New(n.name + " fails")
	}
	return nil
}

func (n notedSink) packet(*capture.Packet) error { return n.note("packet") }
func (n notedSink) flush() error                 { return n.note("flush") }
func (n notedSink) close() error                 { return n.note("close") }
func (n notedSink) follow(capture.Source)        { _ = n.note("follow") }
func (n notedSink) lost(l *losses)               { l.conversations++; _ = n.note("lost") }

// notedWriter is that for the savefile.
type notedWriter struct {
	*calls
	notedSink
}

func (n notedWriter) Write(*capture.Packet) error { return n.note("packet") }
func (n notedWriter) Idle() error                 { return n.note("idle") }
func (n notedWriter) Flush() error                { return n.note("flush") }
func (n notedWriter) Close() error                { return n.note("close") }

// TestSinksInOrder: a packet goes to the savefile first; what fails there goes
// nowhere else. All others are flushed and closed though the savefile fails, which
// is closed last, whatever failed before.
func TestSinksInOrder(t *testing.T) {
	for _, c := range []struct{ fails, call, want, err string }{
		{"", "packet", "file packet, a packet, b packet", ""},
		{"file packet", "packet", "file packet", "file fails"},
		{"a packet", "packet", "file packet, a packet", "a fails"},
		{"", "flush", "file idle, a flush, b flush", ""},
		{"file idle", "flush", "file idle, a flush, b flush", "file fails"},
		{"a flush", "flush", "file idle, a flush", "a fails"},
		{"", "flushPrinted", "a flush, b flush", ""},
		{"", "close", "a close, a lost, b close, b lost, file close", ""},
		{"a close", "close", "a close, a lost, b lost, file close", "a fails"},
		{"file close", "close", "a close, a lost, b close, b lost, file close", "file fails"},
		{"", "follow", "a follow, b follow", ""},
	} {
		var notes []string
		var stderr bytes.Buffer
		s := newSession(newCommand("tapdump", strings.NewReader(""), io.Discard, &stderr), &args.Plan{Write: &args.Write{}})
		noted := func(name string) notedSink {
			n := notedSink{name: name, notes: &notes}
			if of, call, _ := strings.Cut(c.fails, " "); of == name {
				n.fails = call
			}
			return n
		}
		s.sinks.file = &fileSink{packetWriter: notedWriter{&calls{}, noted("file")}}
		s.sinks.list = []sink{s.sinks.file, noted("a"), noted("b")}
		var err error
		switch c.call {
		case "packet":
			err = s.sinks.packet(&capture.Packet{})
		case "flush":
			err = s.whileIdle()
		case "flushPrinted":
			err = s.sinks.flushPrinted()
		case "follow":
			s.sinks.follow(nil)
		case "close":
			err = s.closeSinks()
			if !strings.Contains(stderr.String(), "2 TCP conversations were forgotten") {
				t.Errorf("%s: what both lost is not said: %s", c.fails, &stderr)
			}
			if err := s.closeSinks(); err != nil || s.sinks.file != nil || len(notes) != strings.Count(c.want, ",")+1 {
				t.Errorf("%s: closed again: %v", c.fails, err)
			}
		}
		if got := strings.Join(notes, ", "); got != c.want {
			t.Errorf("%s, %q: called were %q, want %q", c.call, c.fails, got, c.want)
		}
		if text := ""; err != nil && err.Error() != c.err || err == nil && c.err != text {
			t.Errorf("%s, %q: the error is %v, want %q", c.call, c.fails, err, c.err)
		}
	}
}

// TestSinksOpen: what cannot be opened ends the run; what was opened before it
// ends as it should.
func TestSinksOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	name := makeCapture(t, 5)
	if err := os.WriteFile("dump_logs", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ options, says, prints string }{
		{"--stats json -w nowhere/x", "nowhere/x: No such file or directory", `{"format":1,`},
		{"--stats json --dumpfile 1", "--dumpfile: ./dump_logs is there and no directory", ""},
	} {
		var stdout, stderr bytes.Buffer
		status := runInProcess("tapdump", append(strings.Fields(c.options), "-r", name), &stdout, &stderr)
		if status != 1 || !strings.Contains(stderr.String(), c.says) || !strings.HasPrefix(stdout.String(), c.prints) || c.prints == "" && stdout.Len() > 0 {
			t.Errorf("%s: exit status %d, prints %.80q, says %q", c.options, status, &stdout, &stderr)
		}
	}
}

// TestCopiesInto: packets go over as they are only where a savefile is all that
// they go to, and nobody wants each at once.
func TestCopiesInto(t *testing.T) {
	t.Chdir(t.TempDir())
	name := makeCapture(t, 5)
	for options, want := range map[string]bool{
		"-w o": true, "-w o -c 3": true, "-w -": true, "-w o -U": false, "-w o --print": false, "-w o --port 53": false, "-w o -C 1": false, "": false,
	} {
		c := newTestCommand("tapdump", strings.NewReader(""), io.Discard, io.Discard)
		plan, err := c.parse(append(strings.Fields(options), "-r", name))
		if err != nil {
			t.Fatal(err)
		}
		r := newFileRun(newSession(c, plan))
		src, err := r.openSavefile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.openSavefileSinks(src, nil); err != nil {
			t.Fatal(err)
		}
		if got := r.copiesInto() != nil; got != want {
			t.Errorf("%s: packets go over as they are: %t", options, got)
		}
		if err := errors.Join(r.closeSinks(), src.Close()); err != nil {
			t.Error(err)
		}
	}
}

// TestOnlyCounts: packets are counted without being parsed only where nothing
// else is to be known of them.
func TestOnlyCounts(t *testing.T) {
	name := makeCapture(t, 5)
	for options, want := range map[string]bool{"--count": true, "--count -c 3": false, "--count --port 53": false, "": false} {
		c := newTestCommand("tapdump", strings.NewReader(""), io.Discard, io.Discard)
		plan, err := c.parse(append(strings.Fields(options), "-r", name))
		if err != nil {
			t.Fatal(err)
		}
		r := newFileRun(newSession(c, plan))
		if err := r.openSinks(opening{src: pretendedSource{}}); err != nil {
			t.Fatal(err)
		}
		if got := r.onlyCounts(); got != want {
			t.Errorf("%s: packets are only counted: %t", options, got)
		}
		if err := r.closeSinks(); err != nil {
			t.Error(err)
		}
	}
}

// TestErrorsOfOutputs: what fails twice for one reason is told once, a reader
// that is gone only if nothing else is wrong.
func TestErrorsOfOutputs(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	for _, c := range []struct {
		first, second error
		want          []error
	}{
		{nil, nil, nil}, {a, nil, []error{a}}, {nil, a, []error{a}}, {a, a, []error{a}}, {a, b, []error{a, b}},
		{errReaderGone, nil, []error{errReaderGone}}, {nil, errReaderGone, []error{errReaderGone}},
		{errReaderGone, a, []error{a}}, {a, errReaderGone, []error{a}},
		{failures{a, b}, syscall.EIO, []error{a, b, syscall.EIO}}, {a, failures{a, b}, []error{a, b}}, {failures{a, b}, b, []error{a, b}},
	} {
		got := alsoFailed(c.first, c.second)
		var list []error
		if several, ok := got.(failures); ok {
			list = several
		} else if got != nil {
			list = []error{got}
		}
		if len(list) != len(c.want) {
			t.Errorf("%v and %v: %v, want %v", c.first, c.second, list, c.want)
			continue
		}
		for i, err := range list {
			if err != c.want[i] {
				t.Errorf("%v and %v: %v, want %v", c.first, c.second, list, c.want)
			}
		}
	}
}

// TestEventsOfSavefiles: only what ends a run ends the reading of savefiles at
// once; a capture ends by itself.
func TestEventsOfSavefiles(t *testing.T) {
	for events, want := range map[uint32]bool{0: false, eventFlush: false, eventInfo: false, eventTick | eventFlush: false, eventOver: true, eventStop | eventFlush: true} {
		if stop, err := new(fileRun).handle(events); stop != want || err != nil {
			t.Errorf("events %#x stop the reading: %t, %v", events, stop, err)
		}
		if events&(eventInfo|eventTick) != 0 {
			continue // they are said
		}
		if stop, err := new(liveRun).handle(events); stop || err != nil {
			t.Errorf("events %#x stop a capture: %t, %v", events, stop, err)
		}
	}
}

// TestPumpEnds: what a pump has read comes whole, and then nothing but the error,
// as often as one asks.
func TestPumpEnds(t *testing.T) {
	c := newTestCommand("tapdump", nil, io.Discard, io.Discard)
	p := c.newPump(io.MultiReader(strings.NewReader("abc"), strings.NewReader("de")))
	got, err := io.ReadAll(p)
	if string(got) != "abcde" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	for range 2 {
		if n, err := p.Read(make([]byte, 4)); n != 0 || err != io.EOF {
			t.Errorf("at the end %d bytes are read, %v", n, err)
		}
	}
	close(c.events.stopped)
	stopped := c.newPump(blocked{make(chan struct{})})
	if n, err := stopped.Read(make([]byte, 4)); n != 0 || err != errStopped {
		t.Errorf("after a signal %d bytes are read, %v", n, err)
	}
}

// blocked is a pipe that nobody writes into.
type blocked struct{ forEver chan struct{} }

func (b blocked) Read([]byte) (int, error) { <-b.forEver; return 0, io.EOF }

// TestNotRead: where writing fails before the last savefile, the packets of the
// others are in no count, which is said.
func TestNotRead(t *testing.T) {
	t.Chdir(t.TempDir())
	name := makeCapture(t, 3000) // more than a writer gathers
	for files, want := range map[int]bool{1: false, 2: true, 3: true} {
		if err := os.WriteFile("list", []byte(strings.Repeat(name+"\n", files)), 0o600); err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		c := newTestCommand("tapdump", strings.NewReader(""), &brokenWriter{err: syscall.ENOSPC}, &stderr)
		status := c.main([]string{"tapdump", "-V", "list", "-w", "-"})
		if said := strings.Contains(stderr.String(), "what follows is not read"); status != 1 || said != want || !strings.Contains(stderr.String(), "No space left on device") {
			t.Errorf("of %d files: exit status %d, says %s", files, status, &stderr)
		}
	}
}
