package hosts

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// host is one of those that are captured on.
type host struct {
	target Target
	say    func(host, text string)
	link
	found
	clock clock

	reader  *pcapfile.Reader
	owners  map[uint32]*capture.Owner // by the numbers that processes have there
	numbers []int                     // of its interfaces, in those of the Capture
	queue   []*batch
	free    chan *batch // those that are not under way
	ended   bool        // nothing more comes
	gone    bool        // and we had not asked for that
	reached bool        // a shell there has answered
	copied  bool        // this program, as far as that went
	script  string      // by which the capture begins

	received uint64

	mu           sync.Mutex
	counts       Counts
	perInterface []capture.Stats
	tcpdump      tcpdumpSays
	givenUp      bool // no process is to be started any more
}

// link is the process by which a host is reached.
type link struct {
	cmd     *exec.Cmd
	stdin   *os.File
	stdout  *os.File
	words   chan []string // that it answers, but for times and counts
	said    chan struct{} // closed at the end of its standard error
	exited  chan struct{} // closed when it has
	status  error         // then
	packets *idleReader
}

// found is what there is on a host.
type found struct {
	connection []string // of ssh
	system     string   // as uname has it
	tapdump    bool
	hasTcpdump bool
}

// tcpdumpSays is what a tcpdump there has said.
type tcpdumpSays struct {
	heard    bool // what it says is listened to
	captured uint64
	stats    capture.Stats
	device   string
}

var (
	errNoCounts = errors.New("its counts are not known")
	errSilent   = errors.New("nothing is heard of it any more")
)

func newHost(target Target, say func(host, text string)) *host {
	h := &host{target: target, say: say, free: make(chan *batch, mostBatches)}
	h.words, h.said, h.exited = make(chan []string, 64), make(chan struct{}), make(chan struct{})
	for range mostBatches {
		h.free <- &batch{host: h}
	}
	return h
}

// connect starts the process, and waits for a shell there. How long that takes is up
// to who types a password.
func (h *host) connect() error {
	errs, err := h.spawn()
	if err != nil {
		return err
	}
	go h.listen(errs)
	go func() {
		h.status = h.cmd.Wait()
		close(h.exited)
	}()
	if _, err := io.WriteString(h.stdin, firstLine); err != nil {
		return h.ending()
	}
	if _, err := h.await("hello"); err != nil {
		return err
	}
	h.reached = true
	return nil
}

// spawn starts the process, and returns its standard error.
func (h *host) spawn() (errs *os.File, err error) {
	var there []*os.File // its ends of the pipes
	defer func() {
		for _, f := range there {
			f.Close()
		}
	}()
	pipe := func(ours **os.File, reads bool) (theirs *os.File) {
		if err != nil {
			return nil
		}
		var r, w *os.File
		if r, w, err = os.Pipe(); err != nil {
			return nil
		}
		if *ours, theirs = w, r; reads {
			*ours, theirs = r, w
		}
		there = append(there, theirs)
		return theirs
	}
	in, out, errsThere := pipe(&h.stdin, false), pipe(&h.stdout, true), pipe(&errs, true)
	if err != nil {
		return nil, err
	}
	// An interrupt ends the capture: what is still to come, counts among it, comes
	// through this process, whose terminal we share since it may have to ask.
	h.cmd = exec.Command("/bin/sh", append([]string{"-c", `trap "" HUP INT QUIT TERM; ` + h.target.Command + ` "$@"`, "sh"}, h.target.Words...)...)
	if h.target.Local {
		h.cmd.Env = withoutVariable(os.Environ(), "SSH_CONNECTION")
	}
	h.cmd.Stdin, h.cmd.Stdout, h.cmd.Stderr = in, out, errsThere
	if err := h.start(); err != nil {
		errs.Close()
		return nil, err
	}
	return errs, nil
}

// start starts the process, unless it was given up.
func (h *host) start() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.givenUp {
		return errors.New("the connection was given up")
	}
	return h.cmd.Start()
}

// giveUp has the process be sent a signal if there is one, and none be started.
func (h *host) giveUp(signal os.Signal) (has bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.givenUp = true
	if h.cmd == nil || h.cmd.Process == nil {
		return false
	}
	return h.cmd.Process.Signal(signal) == nil // else it has ended
}

func withoutVariable(environment []string, name string) (rest []string) {
	for _, v := range environment {
		if !strings.HasPrefix(v, name+"=") {
			rest = append(rest, v)
		}
	}
	return rest
}

// send has the shell there run a piece of a script.
func (h *host) send(script string) error {
	if _, err := fmt.Fprintf(h.stdin, "%d\n%s", len(script), script); err != nil {
		return h.ending()
	}
	return nil
}

// await waits for one of some words, and keeps those that come before it.
func (h *host) await(one ...string) (word string, err error) {
	for {
		words, ok := h.word()
		if !ok {
			return "", h.ending()
		}
		for _, w := range one {
			if words[0] == w {
				return w, nil
			}
		}
		h.keep(words)
	}
}

// word is the next answer; not ok when nothing more comes.
func (h *host) word() (words []string, ok bool) {
	select {
	case words = <-h.words:
		return words, true
	case <-h.said:
	case <-h.exited:
		h.settle()
	}
	select {
	case words = <-h.words:
		return words, true
	default:
		return nil, false
	}
}

// settle waits, when the process has ended, for what it said last. Others may hold
// its standard error, as what ssh leaves for later connections does.
func (h *host) settle() {
	select {
	case <-h.said:
	case <-time.After(settling):
	}
}

const settling = 500 * time.Millisecond

// keep notes an answer.
func (h *host) keep(words []string) {
	switch {
	case words[0] == "connection":
		h.connection = words[1:]
	case words[0] == "system":
		h.system = strings.Join(words[1:], " ")
	case words[0] == "has" && len(words) == 2 && words[1] == "tapdump":
		h.tapdump = true
	case words[0] == "has" && len(words) == 2 && words[1] == "tcpdump":
		h.hasTcpdump = true
	}
}

// ending is the error that says how the process has ended, or that it does not.
func (h *host) ending() error {
	select {
	case <-h.exited:
	case <-time.After(settling):
		return errors.New("the connection is closed")
	}
	h.settle()
	if h.status == nil {
		return errors.New("it has ended")
	}
	var exit *exec.ExitError
	const unreached = 255 // ssh(1)
	if errors.As(h.status, &exit) && exit.ExitCode() == unreached {
		if !h.reached {
			return errors.New("there is no connection to it")
		}
		return errors.New("the connection has ended")
	}
	return fmt.Errorf("it has ended (%w)", h.status)
}

// ask finds out what there is on the host.
func (h *host) ask() error {
	if err := h.send(asking); err != nil {
		return err
	}
	_, err := h.await("asked")
	return err
}

// prepare gets the host to where begin has the capture begin: by tapdump if there is
// one, else by a copy of this program, else by tcpdump.
func (h *host) prepare(o *Options, filter string) error {
	args := func(options []string) []string {
		return append(append(append([]string{}, options...), "--"), operands(filter)...)
	}
	h.script = running(args(o.Tapdump), false)
	if !h.tapdump {
		copied, err := h.copyProgram(o.Program)
		switch {
		case err != nil:
			return err
		case copied:
			h.script = running(args(o.Tapdump), true)
		case !h.hasTcpdump:
			return errors.New("there is no tapdump and no tcpdump in the PATH there, and " + h.cannotRun())
		case o.Lacks != "":
			return errors.New("there is only tcpdump there, which does not have " + o.Lacks + ": leave that out, or install tapdump there")
		default:
			h.say(h.target.Name, "there is no tapdump there, and "+h.cannotRun()+": capturing with tcpdump")
			h.mu.Lock()
			h.tcpdump.heard = true
			h.mu.Unlock()
			if o.Owners {
				h.say(h.target.Name, "whose packets are is not known there, as tcpdump does not know")
			}
			h.script = runningTcpdump(args(o.Tcpdump))
		}
	}
	return nil
}

// begin begins the capture.
func (h *host) begin() error {
	if err := h.send(h.script); err != nil {
		return err
	}
	h.packets = &idleReader{file: h.stdout}
	if err := h.packets.skip([]byte(mark + "capture\n")); err != nil {
		return h.ending()
	}
	h.setClock()
	var err error
	if h.reader, err = (pcapfile.ReadOptions{Processes: h.learn}).NewReader(h.packets); err != nil {
		return h.notBegun(err)
	}
	return nil
}

// notBegun is the error of a host that sends no packets. Why, programs there have said.
func (h *host) notBegun(err error) error {
	h.stdin.Close()
	select {
	case <-h.exited:
		h.settle()
		return errors.New("nothing is captured there")
	case <-time.After(settling):
		return err
	}
}

// copyProgram copies this program there, if it can run there.
func (h *host) copyProgram(name string) (copied bool, err error) {
	if name == "" || !runsOn(h.system) {
		return false, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	h.say(h.target.Name, fmt.Sprintf("there is no tapdump there: copying this one (%d MB), which is removed as it begins", (info.Size()+1e6-1)/1e6))
	h.copied = true
	if err := h.send(copying(info.Size(), "tapdump."+rand.Text())); err != nil {
		return false, err
	}
	if word, err := h.await("room", "failed"); err != nil || word == "failed" {
		return false, err
	}
	if _, err := io.CopyN(h.stdin, f, info.Size()); err != nil {
		return false, h.ending()
	}
	word, err := h.await("copied", "failed")
	return word == "copied", err
}

// cannotRun says why this program does not capture there.
func (h *host) cannotRun() string {
	if h.copied {
		return "a copy of this program does not run there (in TMPDIR, /tmp, /var/tmp, /dev/shm or the home it takes room, and leave to run programs)"
	}
	return "this program cannot run there (" + h.system + ")"
}

// runsOn reports whether this program runs on a system that uname -sm names.
func runsOn(system string) bool {
	name, machine, _ := strings.Cut(system, " ")
	machines := map[string]string{
		"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i386": "386", "i686": "386",
		"s390x": "s390x", "ppc64le": "ppc64le", "riscv64": "riscv64",
	}
	return strings.EqualFold(name, runtime.GOOS) && machines[machine] == runtime.GOARCH
}

// setClock finds out how far the clock there is from ours, and goes on doing that.
func (h *host) setClock() {
	const exchanges = 12
	const most = 5 * time.Second // for the first, of a program that has to begin
	for n := range exchanges {
		if h.askTime() != nil {
			break
		}
		for end := time.Now().Add(most); h.clock.known() <= n && time.Now().Before(end) && !h.hasExited(); {
			time.Sleep(time.Millisecond)
		}
		if h.clock.known() <= n {
			break // later ones may be answered
		}
	}
	go h.beat()
}

func (h *host) askTime() error {
	_, err := fmt.Fprintf(h.stdin, "%d\n", h.clock.ask(time.Now()))
	return err
}

// beat asks for the time every few seconds, by which the other side knows that we are
// there. Without any answer for a minute the host has gone.
func (h *host) beat() {
	const most = 5 * time.Second
	every := most / 16 // more often at first, when it shows whether programs there stay
	known, since := h.clock.known(), time.Now()
	for {
		select {
		case <-h.exited:
			return
		case <-time.After(every):
		}
		every = min(2*every, most)
		if h.askTime() != nil {
			return // the end was asked for
		}
		switch n := h.clock.known(); {
		case n > known:
			known, since = n, time.Now()
		case known > 0 && time.Since(since) > patience:
			h.packets.fail(errSilent)
			h.hangUp()
			return
		}
	}
}

// hangUp lets go of a process: it has nobody to hear or to speak to any more.
func (h *host) hangUp() {
	for _, f := range [...]*os.File{h.stdin, h.stdout} {
		if f != nil {
			f.Close() // it may be closed already
		}
	}
}

// listen takes what comes on the standard error: answers, and what is said to people.
func (h *host) listen(errs *os.File) {
	defer errs.Close()
	defer close(h.said)
	lines := bufio.NewReaderSize(errs, 64<<10)
	begun := "" // of a line in the middle of which an answer came
	for {
		line, err := lines.ReadSlice('\n')
		before, words, answer := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(mark))
		text := begun + string(before)
		begun = ""
		if answer {
			h.answered(strings.Fields(string(words)))
			begun = text
		}
		if (!answer || err != nil) && text != "" && !h.heardTcpdump(text) {
			h.say(h.target.Name, text)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

// answered takes the words of an answer.
func (h *host) answered(words []string) {
	now := time.Now()
	if len(words) == 0 {
		return
	}
	n, ok := numbers(words[1:])
	switch {
	case words[0] == "clock" && len(words) == 3:
		id, known := numbers(words[1:2])
		earliest, latest, valid := parseClock(words[2])
		if known && valid && h.clock.answered(id[0], earliest, latest, now) {
			h.say(h.target.Name, "the clock was set: now the "+h.clock.text(false))
		}
	case words[0] == "interface" && ok && len(n) == 3:
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.perInterface) > 1<<16 { // more than there can be
			return
		}
		h.perInterface = append(h.perInterface, capture.Stats{Received: n[0], Dropped: n[1], IfDropped: n[2]})
	case words[0] == "counts" && ok && len(n) == 4:
		h.mu.Lock()
		defer h.mu.Unlock()
		h.counts.Known, h.counts.Captured = true, n[0]
		h.counts.There = capture.Stats{Received: n[1], Dropped: n[2], IfDropped: n[3]}
	default:
		select {
		case h.words <- words:
		default: // nobody awaits so many
		}
	}
}

// heardTcpdump reports whether a line is one of a tcpdump there that needs not be
// shown: what it listens on, and counts.
func (h *host) heardTcpdump(text string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := &h.tcpdump
	if !t.heard {
		return false
	}
	if _, after, ok := strings.Cut(text, "listening on "); ok && strings.HasPrefix(text, "tcpdump: ") {
		t.device, _, _ = strings.Cut(after, ", ")
		return true
	}
	var n uint64
	for _, count := range [...]struct {
		to   *uint64
		what string
	}{
		{&t.captured, "captured"}, {&t.stats.Received, "received by filter"}, {&t.stats.Dropped, "dropped by kernel"},
		{&t.stats.IfDropped, "dropped by interface"},
	} {
		for _, packets := range [...]string{" packets ", " packet "} {
			before, ok := strings.CutSuffix(text, packets+count.what)
			if _, err := fmt.Sscan(before, &n); !ok || err != nil {
				continue
			}
			*count.to = n
			if count.to == &t.stats.Dropped {
				h.counts.Known, h.counts.Captured = true, t.captured
			}
			h.counts.There = t.stats
			return true
		}
	}
	return strings.HasPrefix(text, "dropped privs to ")
}
