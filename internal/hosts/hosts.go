// Package hosts captures on other hosts, over the user's own ssh or any other command
// that runs a shell there: tapdump there, or a copy of this program, or tcpdump. Their
// packets come as from one source, by time, with the offsets of the hosts' clocks
// taken out.
//
// A host's standard input carries what it is asked (script.go), its standard output
// packets, its standard error answers, in lines that begin with a mark, and what
// programs there say. Its standard input is also its leash: a capture ends when that
// is closed, and when nothing has come for a minute. So nothing stays there, whatever
// happens here, and a process that may not send signals any more can end it.
package hosts

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// Target is where to capture.
type Target struct {
	Name    string   // in messages, and in the names of interfaces
	Command string   // words of a shell that run a command there, whose words are appended
	Words   []string // behind these
	Local   bool     // the command may run here: what the environment says of an ssh connection is not its
}

// Options are how hosts are captured from.
type Options struct {
	Targets []Target
	// Filter is the expression, "" for none; Exclude says that the connections by which
	// packets come are not among them.
	Filter  string
	Tapdump []string // options of tapdump there
	Tcpdump []string // options of tcpdump there, where it has to do
	Lacks   string   // what of the options tcpdump does not have; "": nothing
	Owners  bool     // tapdump there is to say whose packets are, which tcpdump cannot
	Program string   // a file with this program, which can be copied there; "": none
	InTurn  bool     // one connection after the other, as each may ask for a password
	// KeepClocks leaves times as the hosts have them.
	KeepClocks bool
	// Connecting, if there is one, is called before the first connection, with what ends
	// all of them at once, for when the process ends before Start has returned: what
	// has not reached its host yet, or asks for a password, does not notice by itself.
	Connecting func(giveUp func())
	// Say says a line of a host. It is called by several goroutines.
	Say func(host, text string)
}

// Capture is a capture on several hosts. It is for one goroutine, but for Wake,
// Interrupt and Abandon.
type Capture struct {
	o        Options
	hosts    []*host
	arrivals chan *batch
	wake     chan struct{}
	idle     func() error

	interfaces []capture.Interface
	owners     []*host // of interfaces
	given      *host   // whose first packet the caller has
	window     time.Duration
	last       int64 // time of the last packet that was given out, ns
	late       Late
	failures   []error // to be returned by Next

	interrupted atomic.Bool
	abandoned   atomic.Bool
	once        sync.Once // of what Interrupt does
}

// Late counts packets that came too late to be put in order.
type Late struct {
	Packets uint64
	By      time.Duration // at most
}

// Counts are those of one host.
type Counts struct {
	Name     string
	Known    bool // There is
	There    capture.Stats
	Captured uint64 // packets that went off there
	Received uint64 // packets that came here
	Gone     bool   // it ended by itself
}

// GoneError says that a host has gone.
type GoneError struct {
	Name   string
	Others int // that go on
	Err    error
}

func (e *GoneError) Error() string {
	if e.Others == 0 {
		return fmt.Sprintf("%s: %s", e.Name, e.Err)
	}
	return fmt.Sprintf("%s: %s; the capture goes on with the others", e.Name, e.Err)
}

func (e *GoneError) Unwrap() error { return e.Err }

// Start connects to all hosts, and returns when packets can come from those that could
// be. The errors are of the others. Without any that could be, there is no Capture.
func Start(o Options) (*Capture, []error) {
	c := &Capture{o: o, arrivals: make(chan *batch), wake: make(chan struct{}, 1), window: leastWindow}
	var all []*host
	for _, target := range o.Targets {
		all = append(all, newHost(target, o.Say))
	}
	if o.Connecting != nil {
		o.Connecting(func() { giveUp(all) })
	}
	errs := make([]error, len(all))
	if o.InTurn {
		for i, h := range all {
			errs[i] = h.connect()
		}
	} else {
		atOnce(all, errs, (*host).connect)
	}
	atOnce(all, errs, (*host).ask)
	filter := withoutConnections(o.Filter, all)
	atOnce(all, errs, func(h *host) error { return h.prepare(&c.o, filter) })
	// Together: copies may have taken long, and nothing is read before all have begun.
	atOnce(all, errs, func(h *host) error {
		err := h.begin()
		if err == nil {
			h.say(h.target.Name, h.clock.text(o.KeepClocks))
		}
		return err
	})
	var failed []error
	for i, h := range all {
		if errs[i] == nil {
			c.hosts = append(c.hosts, h)
			continue
		}
		h.hangUp()
		failed = append(failed, fmt.Errorf("%s: %w", h.target.Name, errs[i]))
	}
	if len(c.hosts) == 0 {
		return nil, failed
	}
	for _, h := range c.hosts {
		c.addInterfaces(h, h.reader.Interfaces())
		go h.read(c.arrivals)
	}
	return c, failed
}

// settingTerminal is how long a program that asks for a password may take to set the
// terminal right, when it is to end.
const settingTerminal = 100 * time.Millisecond

// giveUp ends the processes by which hosts are reached.
func giveUp(all []*host) {
	has := false
	for _, h := range all {
		// Ignored, but by what asks for a password.
		if h.giveUp(syscall.SIGTERM) {
			has = true
		}
	}
	if !has {
		return
	}
	time.Sleep(settingTerminal)
	for _, h := range all {
		h.giveUp(os.Kill)
	}
}

// atOnce does something with all hosts that have not failed.
func atOnce(all []*host, errs []error, do func(*host) error) {
	var working sync.WaitGroup
	for i, h := range all {
		if errs[i] == nil {
			working.Go(func() { errs[i] = do(h) })
		}
	}
	working.Wait()
}

// Counts are those of all hosts. Known they are once Next has returned io.EOF, or after
// Finish.
func (c *Capture) Counts() []Counts {
	var all []Counts
	for _, h := range c.hosts {
		h.mu.Lock()
		n := h.counts
		h.mu.Unlock()
		n.Name, n.Received, n.Gone = h.target.Name, h.received, h.gone
		all = append(all, n)
	}
	return all
}

// Late counts the packets that came too late to be put in order.
func (c *Capture) Late() Late { return c.late }

// InterfaceStats are the counts of the system there for number i of Interfaces, which
// are known at the end.
func (c *Capture) InterfaceStats(i int) (capture.Stats, error) {
	h := c.owners[i]
	h.mu.Lock()
	defer h.mu.Unlock()
	for n, number := range h.numbers {
		if number == i && n < len(h.perInterface) {
			return h.perInterface[n], nil
		}
	}
	if h.counts.Known && len(h.numbers) == 1 {
		return h.counts.There, nil
	}
	return capture.Stats{}, errNoCounts
}
