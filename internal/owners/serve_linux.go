package owners

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/probes"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Available reports whether owners can be found out on this system.
const Available = true

// helper answers questions about owners.
type helper struct {
	own       *network            // nil: it cannot find out anything
	networks  map[uint32]*network // by their numbers, own among them
	processes *processes
	sockets   *probes.Sockets // nil: the kernel tells nothing by itself
	blind     bool            // processes of other users are not seen
	uses      uses

	services map[service]uint32 // processes that had sockets of these ports last

	out     *bufio.Writer
	waiting []question
}

// service is where others connect to.
type service struct {
	network  uint32
	protocol uint8
	port     uint16
}

// maxServices bounds those whose process is remembered.
const maxServices = 4096

// question is one whose answer may become better for a short time.
type question struct {
	number  uint32
	flow    Flow
	refresh bool
	since   time.Time
	forget  bool // of flow the namespace; nothing is asked
}

// A process may only be known a little later: it closes its connection, or has just been
// started. In this time the helper looks again, before it says that it knows none.
const (
	patience  = 60 * time.Millisecond
	lookAgain = 10 * time.Millisecond
	// How often it takes what the kernel tells, when nobody asks.
	listenAgain = 100 * time.Millisecond
	maxWaiting  = 4096
)

// prepare gets ready to answer: what takes rights is opened. lacks are in words what
// cannot be found out.
func prepare() (h *helper, lacks []string, err error) {
	h = &helper{services: make(map[service]uint32), networks: make(map[uint32]*network)}
	if h.own, err = ownNetwork(); err != nil {
		return nil, nil, err
	}
	h.networks[h.own.number] = h.own
	if h.processes, err = openProcesses(); err != nil {
		return nil, nil, err
	}
	if h.blind = !seesOthers(); h.blind {
		lacks = append(lacks, "sockets of other users have no process: that takes root, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH")
	}
	if h.sockets, err = probes.OpenSockets(); err != nil {
		lacks = append(lacks, "processes that end at once may have no name, as the kernel does not tell of them (eBPF): "+syserr.Text(err))
	}
	return h, lacks, nil
}

// seesOthers reports whether it may look at processes of other users.
func seesOthers() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has [2]unix.CapUserData
	if unix.Capget(&header, &has[0]) != nil {
		return false
	}
	ptrace := has[0].Effective&(1<<unix.CAP_SYS_PTRACE) != 0
	return ptrace && has[0].Effective&(1<<unix.CAP_DAC_READ_SEARCH|1<<unix.CAP_DAC_OVERRIDE) != 0
}

// Serve answers questions that a Client writes to in, until that is closed. confine is
// called when nothing is needed any more but to read what is in /proc, and to take what
// comes through the descriptor of Networks; 0: nothing comes.
func Serve(in io.Reader, out io.Writer, networks int, confine func() error) error {
	if !features.HasOwners {
		return features.Owners.Need("")
	}
	arriving := make(chan arrival)
	if networks > 0 {
		n, err := OpenNetworks(networks)
		if err != nil {
			return err
		}
		go n.receive(arriving)
	}
	h, lacks, err := prepare()
	if err != nil {
		lacks = []string{syserr.Text(err)}
	} else if err := confine(); err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 64<<10)
	b, at := beginMessage(nil, messageReady)
	for _, text := range lacks {
		b = appendText(b, text, maxRemark)
	}
	if _, err := w.Write(endMessage(b, at)); err != nil {
		return nil // nobody wants to know any more
	}
	if err := w.Flush(); err != nil {
		return nil
	}
	if h == nil {
		h = new(helper)
	}
	h.out = w
	return h.serve(in, arriving)
}

// listen takes questions, until nobody asks any more.
func listen(in io.Reader, asked chan<- question) error {
	r := bufio.NewReaderSize(in, 64<<10)
	buf := make([]byte, maxMessage)
	for {
		b, err := readMessage(r, buf)
		if errors.Is(err, errNonsense) {
			return err
		}
		if err != nil {
			return nil
		}
		m := reading{b: b}
		var q question
		switch m.u8() {
		case messageAsk:
			q.number, q.refresh, q.flow = m.ask()
		case messageForget:
			q.forget, q.flow.Namespace = true, m.u32()
		default:
			m.bad = true
		}
		if !m.done() {
			return errNonsense
		}
		asked <- q
	}
}

// serve answers until nobody asks any more.
func (h *helper) serve(in io.Reader, arriving <-chan arrival) error {
	asked := make(chan question, maxWaiting)
	bad := make(chan error, 1)
	go func() {
		defer close(asked)
		if err := listen(in, asked); err != nil {
			bad <- err
		}
	}()
	tick := time.NewTimer(listenAgain)
	defer tick.Stop()
	for {
		select {
		case q, more := <-asked:
			if !more {
				select {
				case err := <-bad:
					return err
				default:
					return nil
				}
			}
			h.hear()
			q.since = time.Now()
			h.consider(q)
			for range len(asked) {
				q := <-asked
				q.since = time.Now()
				h.consider(q)
			}
			if len(h.waiting) > 0 {
				tick.Reset(lookAgain)
			}
		case a := <-arriving:
			h.arrive(a)
		case <-tick.C:
			h.hear()
			h.reconsider()
			if len(h.waiting) == 0 {
				tick.Reset(listenAgain)
			} else {
				tick.Reset(lookAgain)
			}
		}
		if h.out.Flush() != nil {
			return nil
		}
	}
}

// hear takes what the kernel has told.
func (h *helper) hear() {
	if h.sockets == nil {
		return
	}
	var u probes.Use
	now := time.Now()
	for h.sockets.Next(&u) {
		if h.networks[u.Namespace] != nil {
			h.uses.add(&u, now)
		}
	}
}

// consider answers a question, or keeps it if the answer may become better.
func (h *helper) consider(q question) {
	if q.forget {
		h.forget(q.flow.Namespace)
		return
	}
	ends, final := h.ends(&q.flow, q.refresh)
	if !final && len(h.waiting) < maxWaiting {
		h.waiting = append(h.waiting, q)
		return
	}
	h.answer(q.number, &ends)
}

func (h *helper) reconsider() {
	h.waiting = slices.DeleteFunc(h.waiting, func(q question) bool {
		ends, final := h.ends(&q.flow, q.refresh)
		if !final && time.Since(q.since) < patience {
			return false
		}
		h.answer(q.number, &ends)
		return true
	})
}

func (h *helper) answer(number uint32, ends *Ends) {
	_, _ = h.out.Write(appendAnswer(nil, number, ends)) // Flush tells its error
}

// ends finds the owners of both ends. final is false if it may know more a little later.
func (h *helper) ends(f *Flow, thorough bool) (e Ends, final bool) {
	unknown := Ends{WhyFrom: Gone, WhyTo: Gone}
	if h.own == nil {
		return unknown, true
	}
	n := h.own
	if f.Namespace != 0 {
		if n = h.networks[f.Namespace]; n == nil {
			return unknown, false // it is under way, perhaps
		}
	}
	e.From, e.WhyFrom = h.end(n, f, f.From, f.To, thorough)
	e.To, e.WhyTo = h.end(n, f, f.To, f.From, thorough)
	return e, h.blind || e.WhyFrom != Gone && e.WhyTo != Gone
}

// end finds the owner of one end of a flow.
func (h *helper) end(n *network, f *Flow, local, remote netip.AddrPort, thorough bool) (*Owner, Unknown) {
	used, told := h.uses.find(useKey{n.number, f.Protocol, local, remote})
	if told && !thorough {
		return h.ofUse(used)
	}
	if !n.isLocal(local.Addr()) {
		return nil, Elsewhere
	}
	s, found, err := n.diagnosis.find(f.Protocol, local, remote, n.devices[f.Interface])
	switch {
	case told && (err != nil || !found || s.inode == 0 || h.processes.holding(used.Process, s.inode)):
		return h.ofUse(used)
	case err != nil, !found:
		return nil, NoSocket
	case s.inode == 0:
		return nil, Gone
	}
	service := service{n.number, f.Protocol, local.Port()}
	if process, ok := h.processes.find(s.inode, h.services[service]); ok {
		if len(h.services) > maxServices {
			clear(h.services)
		}
		h.services[service] = process
		if o, ok := h.processes.describe(process); ok {
			return o, Known
		}
	}
	if told {
		return h.ofUse(used)
	}
	return &Owner{UserID: s.user, User: h.processes.users[s.user]}, Gone
}

// ofUse is the owner that the kernel told of: as it is now, if it is still there. A
// thread may have a name of its own; the process's is said.
func (h *helper) ofUse(u *use) (*Owner, Unknown) {
	if o, ok := h.processes.describe(u.Process); ok && o.UserID == u.User && o.Started < u.heard+startSlack {
		said := *o
		said.Thread = u.Thread
		return &said, Known
	}
	command, _, _ := bytes.Cut(u.Command[:], []byte{0})
	return &Owner{
		Process: u.Process, Thread: u.Thread, UserID: u.User, User: h.processes.users[u.User],
		Command: string(command), Container: h.processes.container(u.Group),
	}, Known
}

// startSlack is how exact the time is when a process was started: one that has the number
// of another began later.
const startSlack = int64(2 * time.Second)

// use is one of a socket, and when it was heard of, in nanoseconds since 1970.
type use struct {
	probes.Use
	heard int64
}

// uses are the latest uses of sockets that the kernel told of: those of the last
// generation, and those of the one before.
type uses struct{ now, before map[useKey]*use }

type useKey struct {
	network       uint32
	protocol      uint8
	local, remote netip.AddrPort
}

const maxUses = 32768

func (u *uses) add(one *probes.Use, heard time.Time) {
	if len(u.now) >= maxUses || u.now == nil {
		u.now, u.before = make(map[useKey]*use), u.now
	}
	u.now[useKey{one.Namespace, one.Protocol, one.Local, one.Remote}] = &use{*one, heard.UnixNano()}
}

func (u *uses) find(k useKey) (*use, bool) {
	one := u.now[k]
	if one == nil {
		one = u.before[k]
	}
	return one, one != nil
}

// forget forgets those of a network.
func (u *uses) forget(network uint32) {
	for _, some := range [...]map[useKey]*use{u.now, u.before} {
		maps.DeleteFunc(some, func(k useKey, _ *use) bool { return k.network == network })
	}
}
