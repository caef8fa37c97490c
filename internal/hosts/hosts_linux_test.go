package hosts

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// pretended in the environment makes this test's binary the tapdump of a host: words
// are its parameters.
const pretended = "TAPDUMP_TEST_HOST"

// pretend is such a tapdump. Each of its packets has in it when it was made by the
// clock that all share; its times are by a clock of the host's own.
type pretend struct {
	ahead   time.Duration // the host's clock
	every   time.Duration // there is a packet; 0: never
	packets int           // before it goes; 0: it stays
	held    time.Duration // how long packets are held back
	link    capture.LinkType
}

func (p pretend) String() string {
	return fmt.Sprint(int64(p.ahead), int64(p.every), p.packets, int64(p.held), int(p.link))
}

func TestMain(m *testing.M) {
	if words := os.Getenv(pretended); words != "" {
		os.Exit(pretendHost(words))
	}
	os.Exit(m.Run())
}

func pretendHost(words string) (status int) {
	var p pretend
	var link int
	var held, ahead, every int64
	if _, err := fmt.Sscan(words, &ahead, &every, &p.packets, &held, &link); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	p.ahead, p.every, p.held, p.link = time.Duration(ahead), time.Duration(every), time.Duration(held), capture.LinkType(link)
	var mu sync.Mutex
	version, leash := Leashed(func(line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintln(os.Stderr, p.byItsClock(line))
	})
	if version != "" {
		fmt.Println(version)
		return 0
	}
	if leash == nil {
		fmt.Fprintln(os.Stderr, "nobody holds it")
		return 2
	}
	end := make(chan struct{})
	var once sync.Once
	leash.Hold(os.Stdin, func() { once.Do(func() { close(end) }) })
	fmt.Fprintln(os.Stderr, "pretending with", len(os.Args)-1, "arguments")
	return p.capture(end, leash)
}

// byItsClock is a line with the time by the host's clock.
func (p pretend) byItsClock(line string) string {
	words := strings.Fields(strings.TrimPrefix(line, mark))
	if words[0] != "clock" {
		return line
	}
	now, _, _ := parseClock(words[2])
	now = now.Add(p.ahead)
	return fmt.Sprintf("%sclock %s %d.%09d", mark, words[1], now.Unix(), now.Nanosecond())
}

func (p pretend) capture(end <-chan struct{}, leash *Leash) (status int) {
	interfaces := []capture.Interface{{Name: "eth0", LinkType: p.link, SnapLen: 262144}}
	w, err := pcapfile.NewWriter(os.Stdout, "-", p.link, pcapfile.Format{Pcapng: true, Nano: true, SnapLen: 262144, Interfaces: func() []capture.Interface { return interfaces }})
	if err != nil {
		return 2
	}
	if w.Flush() != nil {
		return 2
	}
	var tick <-chan time.Time
	if p.every > 0 {
		tick = time.Tick(p.every)
	}
	var flush <-chan time.Time
	sent := uint64(0)
	for p.packets == 0 || sent < uint64(p.packets) {
		select {
		case <-end:
			leash.Counts(sent, capture.Stats{Received: sent, Dropped: 3}, []capture.Stats{{Received: sent, Dropped: 3}})
			w.Close()
			return 0
		case <-flush:
			flush = nil
			if w.Flush() != nil {
				return 2
			}
		case <-tick:
			now := time.Now()
			pkt := capture.NewPacket(p.link, binary.BigEndian.AppendUint64(nil, uint64(now.UnixNano())))
			there := now.Add(p.ahead)
			pkt.Time = capture.Timestamp{Sec: there.Unix(), Nsec: int64(there.Nanosecond())}
			if w.Write(pkt) != nil {
				return 2
			}
			sent++
			if flush == nil {
				flush = time.After(p.held)
			}
		}
	}
	w.Close()
	return 3
}

// on is a target where a host is pretended.
func on(t *testing.T, name string, p pretend) Target {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	script := "#!/bin/sh\nexec " + quote(self) + ` "$@"` + "\n"
	if err := os.WriteFile(filepath.Join(dir, "tapdump"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return Target{Name: name, Command: "env " + quote("PATH="+dir+":"+os.Getenv("PATH")) + " " + quote(pretended+"="+p.String()), Words: []string{"sh"}, Local: true}
}

// sayings gathers what is said.
type sayings struct {
	mu  sync.Mutex
	all []string
}

func (s *sayings) say(host, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all = append(s.all, host+": "+text)
}

func (s *sayings) has(part string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.all, func(line string) bool { return strings.Contains(line, part) })
}

func start(t *testing.T, o Options) (*Capture, *sayings) {
	t.Helper()
	testenv.NeedsCommand(t, "dd")
	said := new(sayings)
	o.Say = said.say
	o.Tapdump = []string{"-w", "-"}
	c, failed := Start(o)
	if failed != nil {
		t.Fatalf("%v\n%q", failed, said.all)
	}
	t.Cleanup(func() { c.Close() })
	return c, said
}

// truth is when a packet was made.
func truth(pkt *capture.Packet) int64 { return int64(binary.BigEndian.Uint64(pkt.Data)) }

func stamp(pkt *capture.Packet) int64 { return pkt.Time.Sec*1e9 + pkt.Time.Nsec }

// TestMerged: packets of hosts whose clocks are apart come in the order in which they
// were made, with the times of our clock, within a millisecond; an idle host keeps
// nobody waiting for ever.
func TestMerged(t *testing.T) {
	t.Parallel()
	const every = 2 * time.Millisecond
	c, said := start(t, Options{Targets: []Target{
		on(t, "ahead", pretend{ahead: 1204 * time.Millisecond, every: every, link: capture.LinkEN10MB}),
		on(t, "behind", pretend{ahead: -77 * time.Second, every: every, link: capture.LinkRAW}),
		on(t, "idle", pretend{link: capture.LinkEN10MB}),
	}})
	if got := fmt.Sprint(c.Interfaces()[0].Name, " ", c.Interfaces()[1].Name, " ", c.Interfaces()[2].Name); got != "eth0@ahead eth0@behind eth0@idle" {
		t.Errorf("the interfaces are %s", got)
	}
	for _, want := range []string{"ahead: clock is 1.", " s ahead (± ", "behind: clock is 77.", "idle: clock agrees with ours", "pretending with 3 arguments"} {
		if !said.has(want) {
			t.Errorf("nobody says %q: %q", want, said.all)
		}
	}
	var pkt capture.Packet
	before, from := int64(0), make([]int, 3)
	allowed := 1e6 // or what the exchanges could not find out
	for _, h := range c.hosts {
		_, within := h.clock.offset()
		allowed = max(allowed, float64(within)+1e5)
	}
	for range 600 {
		if err := c.Next(&pkt); err != nil {
			t.Fatal(err)
		}
		from[pkt.Interface]++
		if off := stamp(&pkt) - truth(&pkt); math.Abs(float64(off)) > allowed {
			t.Errorf("%s: a time is off by %v", c.Interfaces()[pkt.Interface].Name, time.Duration(off))
		}
		if now := truth(&pkt); float64(before-now) > 2*allowed && c.Late().Packets == 0 {
			t.Errorf("a packet comes %v after a later one", time.Duration(before-now))
		} else {
			before = max(before, now)
		}
		if want := c.Interfaces()[pkt.Interface].LinkType; pkt.LinkType != want {
			t.Errorf("link type %v, want %v", pkt.LinkType, want)
		}
	}
	if from[0] < 200 || from[1] < 200 || from[2] != 0 {
		t.Errorf("from the hosts are %d packets", from)
	}
	c.Interrupt()
	n := uint64(600)
	for err := c.Next(&pkt); err != io.EOF; err = c.Next(&pkt) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	captured := uint64(0)
	for i, h := range c.Counts() {
		if !h.Known || h.Gone || h.Captured != h.Received || h.There.Dropped != 3 {
			t.Errorf("the counts of %s are %+v", h.Name, h)
		}
		if st, err := c.InterfaceStats(i); err != nil || st.Received != h.Captured {
			t.Errorf("the interface of %s has %+v, %v", h.Name, st, err)
		}
		captured += h.Captured
	}
	if captured != n {
		t.Errorf("%d packets were captured, %d are here", captured, n)
	}
}

// TestKeepClocks: times may be left as they are.
func TestKeepClocks(t *testing.T) {
	t.Parallel()
	c, said := start(t, Options{KeepClocks: true, Targets: []Target{on(t, "ahead", pretend{ahead: time.Hour, every: time.Millisecond, link: capture.LinkEN10MB})}})
	var pkt capture.Packet
	if err := c.Next(&pkt); err != nil || stamp(&pkt)-truth(&pkt) != int64(time.Hour) {
		t.Errorf("a time is off by %v, %v", time.Duration(stamp(&pkt)-truth(&pkt)), err)
	}
	if !said.has("clock is 3600.000 s ahead") || !said.has(", not corrected") {
		t.Errorf("said was %q", said.all)
	}
}

// TestGone: a host that goes is said, with why, and the others go on; packets that it
// had sent come. When all are gone, the capture is over.
func TestGone(t *testing.T) {
	t.Parallel()
	c, _ := start(t, Options{Targets: []Target{
		on(t, "short", pretend{every: time.Millisecond, packets: 20, link: capture.LinkEN10MB}),
		on(t, "long", pretend{every: time.Millisecond, packets: 400, link: capture.LinkEN10MB}),
	}})
	var pkt capture.Packet
	from := make([]int, 2)
	var gone []string
	for {
		err := c.Next(&pkt)
		var g *GoneError
		if err == io.EOF {
			break
		} else if errors.As(err, &g) {
			gone = append(gone, g.Error())
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		from[pkt.Interface]++
	}
	want := []string{"short: it has ended (exit status 3); the capture goes on with the others", "long: it has ended (exit status 3)"}
	if !slices.Equal(gone, want) {
		t.Errorf("gone are %q, want %q", gone, want)
	}
	if from[0] != 20 || from[1] != 400 {
		t.Errorf("from the hosts are %d packets", from)
	}
	for _, h := range c.Counts() {
		if h.Known || !h.Gone {
			t.Errorf("the counts of %s are %+v", h.Name, h)
		}
	}
}

// TestLate: what comes later than the window is counted, and the window grows.
func TestLate(t *testing.T) {
	t.Parallel()
	c, _ := start(t, Options{Targets: []Target{
		on(t, "slow", pretend{every: 5 * time.Millisecond, held: 600 * time.Millisecond, link: capture.LinkEN10MB}),
		on(t, "fast", pretend{every: 5 * time.Millisecond, link: capture.LinkEN10MB}),
	}})
	var pkt capture.Packet
	for c.Late().Packets == 0 {
		if err := c.Next(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	if c.window <= leastWindow || c.window > mostWindow || c.Late().By <= 0 {
		t.Errorf("the window is %s, late were packets by %s", c.window, c.Late().By)
	}
}

// TestFinish: counts are known though nobody takes the last packets.
func TestFinish(t *testing.T) {
	t.Parallel()
	c, _ := start(t, Options{Targets: []Target{
		on(t, "one", pretend{every: time.Millisecond, link: capture.LinkEN10MB}),
		on(t, "two", pretend{link: capture.LinkEN10MB}),
	}})
	var pkt capture.Packet
	for range 3 {
		if err := c.Next(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	c.Finish()
	for _, h := range c.Counts() {
		if !h.Known || h.Captured != h.Received {
			t.Errorf("the counts of %s are %+v", h.Name, h)
		}
	}
	if err := c.Next(&pkt); err != io.EOF {
		t.Errorf("then comes %v", err)
	}
}

// TestWake: one that waits can be woken, has its function called before it waits, and
// can be abandoned.
func TestWake(t *testing.T) {
	t.Parallel()
	c, _ := start(t, Options{Targets: []Target{on(t, "idle", pretend{link: capture.LinkEN10MB})}})
	idle := 0
	c.OnIdle(func() error {
		if idle++; idle == 1 {
			c.Wake()
		} else {
			c.Abandon()
		}
		return nil
	})
	var pkt capture.Packet
	if err := c.Next(&pkt); err != ErrWake {
		t.Errorf("woken it returns %v", err)
	}
	if err := c.Next(&pkt); err != io.EOF || idle != 2 {
		t.Errorf("abandoned it returns %v, after %d calls", err, idle)
	}
}

// TestNotStarted: of hosts that cannot be captured on is said why; the others are.
func TestNotStarted(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"/usr/local/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"} {
		for _, name := range []string{"tapdump", "tcpdump"} {
			if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
				t.Skip("there is " + folder + "/" + name)
			}
		}
	}
	none := t.TempDir() // of commands, but for those of the shell
	for _, name := range []string{"sh", "dd", "uname"} {
		path, err := exec.LookPath(name)
		if err != nil {
			t.Skip(err)
		}
		if err := os.Symlink(path, filepath.Join(none, name)); err != nil {
			t.Fatal(err)
		}
	}
	without := t.TempDir() // rights
	for name, script := range map[string]string{
		"tapdump": "exit 1", "uname": "echo Plan9 mips", "tcpdump": "printf 'tcpdump: ' >&2; sleep 0.05; echo no rights >&2; exit 1",
	} {
		if err := os.WriteFile(filepath.Join(without, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	said := new(sayings)
	c, failed := Start(Options{
		Say: said.say,
		Targets: []Target{
			{Name: "rights", Command: "env " + quote("PATH="+without+":"+os.Getenv("PATH")), Words: []string{"sh"}},
			{Name: "false", Command: "echo no such host >&2; exit 255;", Words: []string{"sh"}},
			on(t, "there", pretend{every: time.Millisecond, link: capture.LinkEN10MB}),
			{Name: "noshell", Command: "/nowhere/to/be/found", Words: []string{"sh"}},
			{Name: "quiet", Command: "cat", Words: []string{"/dev/null"}},
			{Name: "bare", Command: "env " + quote("PATH="+none), Words: []string{"sh"}},
		},
	})
	if c == nil {
		t.Fatal(failed)
	}
	defer c.Close()
	var texts []string
	for _, err := range failed {
		text, _, _ := strings.Cut(err.Error(), " (")
		texts = append(texts, text)
	}
	want := []string{"rights: nothing is captured there", "false: there is no connection to it", "noshell: it has ended", "quiet: it has ended",
		"bare: there is no tapdump and no tcpdump in the PATH there, and this program cannot run there"}
	if !slices.Equal(texts, want) || !said.has("false: no such host") || !said.has("rights: tcpdump: no rights") {
		t.Errorf("failed are %q, want %q; said %q", texts, want, said.all)
	}
	var pkt capture.Packet
	if err := c.Next(&pkt); err != nil || c.Interfaces()[pkt.Interface].Name != "eth0@there" {
		t.Errorf("from the one that is there comes %v", err)
	}
}

// TestCopying: a copy goes where programs may run, and nothing of it stays; where that
// is nowhere, what follows is done all the same.
func TestCopying(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dd", "head", "wc"} {
		testenv.NeedsCommand(t, name)
	}
	const program = "#!/bin/sh\necho '" + Version + "'\n"
	const goesOn = "t went on; exit\n"
	for _, c := range []struct{ name, temporary, more, want string }{
		{"it is there", t.TempDir(), "", "room copied went"},
		{"it is missing", "/nowhere/to/be/found", "", "room copied went"},
		{"none lets programs run", t.TempDir(), "chmod() { command chmod 600 \"$2\"; }\n", "failed went"},
		{"none can be made", t.TempDir(), "mkdir() { return 1; }\n", "failed went"},
	} {
		name := "tapdump." + rand.Text()
		head, _, _ := strings.Cut(asking, "t connection")
		script := head + c.more + copying(int64(len(program)), name)
		in := program
		if strings.HasPrefix(c.want, "failed") {
			in = ""
		}
		cmd := exec.Command("/bin/sh", "-c", script)
		cmd.Env = append(os.Environ(), "TMPDIR="+c.temporary, "HOME="+t.TempDir())
		cmd.Stdin = strings.NewReader(fmt.Sprintf("%s%d\n%s", in, len(goesOn), goesOn))
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Run(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		var words []string
		for line := range strings.Lines(said.String()) {
			if _, answer, ok := strings.Cut(line, mark); ok {
				words = append(words, strings.Fields(answer)[0])
			}
		}
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%s: %s, want %s; %q", c.name, got, c.want, &said)
		}
		for _, folder := range []string{c.temporary, "/tmp", "/var/tmp", "/dev/shm"} {
			if _, err := os.Lstat(filepath.Join(folder, name)); err == nil {
				t.Errorf("%s: it is still in %s", c.name, folder)
			}
		}
	}
}

// TestLeashBreaks: a host's tapdump ends when whoever holds it has gone, though it has
// nothing to say.
func TestLeashBreaks(t *testing.T) {
	t.Parallel()
	cmd := testenv.Self()
	cmd.Env = append(os.Environ(), pretended+"="+pretend{link: capture.LinkEN10MB}.String(), leashVariable+"="+leashHold)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(testenv.Patience):
		cmd.Process.Kill()
		t.Error("it goes on without anybody")
	}
}
