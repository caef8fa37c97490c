// Package live captures packets from network interfaces: from the AF_PACKET ring on
// Linux, and from the BPF device on macOS and the BSDs. Open prepares a capture,
// which is a capture.Source once it has been started:
//
//	src, err := live.Open("eth0", live.Config{})
//	if err != nil {
//		return err
//	}
//	defer src.Close()
//	filter, err := compile.NewMatcher("udp port 53", src.LinkType(), compile.Options{SnapLen: src.SnapLen()})
//	if err != nil {
//		return err
//	}
//	if err := src.StartFilter(filter); err != nil {
//		return err
//	}
//	for pkt, err := range capture.Packets(src) { ... }
//
// Start(nil) takes every packet. Interrupt ends the capture from another goroutine or
// a signal. Devices lists the interfaces, Merge makes one capture of several, Watch
// reports interfaces that come and go. Config.Namespace says that a device is in
// another network namespace, on Linux.
//
// # Errors
//
// Failures of the system are of type *Error, with the reason in libpcap's words and,
// where one is known, a remedy: without the privilege to capture, CAP_NET_RAW on
// Linux, Open says so. Calls that come too early or too late return ErrNotStarted and
// its like. Warnings tells what a device could not do as asked.
//
// # Goroutines
//
// Functions may be called from several goroutines. What of a Live may be called while
// Next runs stands there.
//
// # For who works on it
//
// What differs between systems is behind three small interfaces (engine.go): an
// engine has the packets of one device, a poller waits for engines, a queue has
// packets that a merge puts in order. Everything else is there once. The package
// knows neither the filter language nor the printers.
package live

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Config says how a device is to be captured from. The zero value captures
// everything the device sees by itself, whole, at the defaults.
type Config struct {
	// SnapLen is the number of bytes kept of a packet; 0 means MaxSnapLen, and 128 MiB
	// of messages of D-Bus, which are never cut.
	SnapLen int
	// Promiscuous asks the device for packets that are not addressed to it.
	Promiscuous bool
	// Monitor asks a Wi-Fi device for all frames in the air. On Linux it makes an
	// interface for that, which Close removes, and so does the end of the process.
	Monitor bool
	// Direction keeps only packets that went that way; DirUnknown keeps all.
	Direction capture.Direction
	// BufferSize is the size of the kernel's ring in bytes; 0 means a default
	// that shrinks when memory is short.
	BufferSize int
	// Immediate hands over each packet as soon as it arrives, at the cost of a
	// wake-up for each.
	Immediate bool
	// Timeout is how long the kernel may hold back packets to hand over many
	// at once; 0 means the default, 50 ms. Not used with Immediate.
	Timeout time.Duration
	// TimestampType is who stamps the packets.
	TimestampType capture.TimestampType
	// Nanoseconds asks for time stamps of that precision. On Linux, what does not come
	// from a network interface has none, and cannot be opened then.
	Nanoseconds bool
	// Workers is the number of rings that share one device's packets
	// (PACKET_FANOUT), for devices that are busy on several CPUs; 0 means one.
	Workers int
	// Namespace is the network namespace that the device is in, on Linux; nil
	// means that of the program.
	Namespace *Namespace
	// Place is what that is called in names of interfaces: eth0@web. It may be
	// given without a Namespace.
	Place string
	// Like is the version whose libpcap is followed where they differ, on Linux.
	Like versions.Version
}

// DefaultBuffer is the size in bytes of the kernel's ring when none is asked for;
// some systems have less.
const DefaultBuffer = 8 << 20

// FirstSocket is the lowest descriptor of sockets that packets come from, on
// Linux, and where so many files may be open. The number of one that is closed is
// not soon that of a file, so that a process can forbid itself to write to those
// it has, and to those that it will open.
const FirstSocket = 512

// defaultTimeout keeps a line from arriving on the screen more than a tenth of
// a second late.
const defaultTimeout = 50 * time.Millisecond

// Live is a capture from one device, or from several that have been merged.
// Between Open and Start no packet is queued; Next yields packets after Start.
//
// Interrupt, Abandon, Wake and Stats may be called from other goroutines while Next
// runs; nothing else may, Close neither: Interrupt or Abandon first, then Close when
// Next has returned.
type Live struct {
	device        // of merged captures what they have in common
	engine engine // nil of a merged capture
	stream *stream
	state  liveState
	read   bool          // Next has been called
	whole  *Live         // that this one has been merged into
	match  matching      // the filter that the kernel could not run; nil: none
	last   capture.Stats // when it was closed

	mu    sync.Mutex // guards parts, which Stats and Interrupt read
	parts []*Live    // of a merged capture, those that are gone too
}

// liveState is how far a capture has come.
type liveState uint8

const (
	liveOpened liveState = iota
	liveStarted
	liveMerged // into another
	liveClosed
)

// Open prepares a capture from device: its name, or its number in the list that
// Devices returns. The link type is known afterwards, so that a filter can be
// compiled for it, and no privileges are needed any more. Failures are of type
// *Error, or ErrNotSupported.
func Open(device string, cfg Config) (*Live, error) {
	var l *Live
	err := cfg.Namespace.Do(func() (err error) {
		l, err = openListed(device, cfg)
		return err
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// completed has defaults in place of what is not given, for a device of that name.
func (cfg Config) completed(device string) Config {
	if cfg.SnapLen <= 0 || cfg.SnapLen > capture.MaxSnapLen {
		cfg.SnapLen = defaultSnapLen(device)
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	return cfg
}

// openListed opens the device with that name, or number in the list.
func openListed(device string, cfg Config) (*Live, error) {
	l, err := open(device, cfg)
	var e *Error
	if errors.As(err, &e) && e.Reason == noSuchDevice {
		if name, isNumber, nerr := deviceByNumber(device); nerr != nil {
			return nil, nerr
		} else if isNumber {
			return open(name, cfg)
		}
		if e.Remedy == "" {
			e.Remedy = similarDevices(device)
		}
	}
	return l, err
}

// open opens the device with that name.
func open(name string, cfg Config) (*Live, error) {
	cfg = cfg.completed(name)
	l := &Live{device: device{name: name, place: cfg.Place, network: cfg.Namespace.number(), cfg: cfg}}
	var err error
	if l.engine, err = openEngine(&l.device); err != nil {
		return nil, l.unopened(err)
	}
	p, err := l.engine.newPoller(false)
	if err != nil {
		return nil, errors.Join(err, l.engine.close())
	}
	l.stream = newStream(p)
	return l, nil
}

// Device is the name of the device, with that of its place: eth0@web.
func (l *Live) Device() string { return l.title() }

// Index is the number by which the system knows the device; 0 for all, and where
// it has none.
func (l *Live) Index() int { return l.index }

// MonitorIndex is that of the interface that was made for Config.Monitor; 0 without.
func (l *Live) MonitorIndex() int { return l.made }

// CanMonitor reports whether the device looks like one that Config.Monitor has a
// meaning for, on Linux.
func (l *Live) CanMonitor() bool { return l.radio }

// LinkType is the link type of the packets that Next yields.
func (l *Live) LinkType() capture.LinkType { return l.link }

// LinkTypes lists the link types that SetLinkType accepts, the device's own
// first.
func (l *Live) LinkTypes() []capture.LinkType { return l.links }

// SetLinkType chooses one of LinkTypes. It has to come before Start.
func (l *Live) SetLinkType(link capture.LinkType) error {
	if !slices.Contains(l.links, link) {
		return &Error{Reason: link.String() + " is not one of the DLTs supported by this device"}
	}
	l.link = link
	return nil
}

// SnapLen is the snapshot length in bytes.
func (l *Live) SnapLen() int { return l.cfg.SnapLen }

// Interfaces lists what Packet.Interface counts: the device, or those of merged
// captures in their order, and those that were added. From "any" come packets of
// interfaces that are listed, by name, when the first packet of each comes.
func (l *Live) Interfaces() []capture.Interface {
	if l.state == liveOpened {
		return []capture.Interface{l.described()}
	}
	return l.stream.interfaces
}

// Source is the number of the device through which packets of number i of
// Interfaces come: of "any" for the interfaces in it, else i.
func (l *Live) Source(i int) int {
	return slices.Index(l.stream.owners, l.stream.owners[i])
}

// Sockets are the descriptors of the sockets that packets come from, on Linux.
// Nothing is ever sent through them.
func (l *Live) Sockets() []int {
	var all []int
	for _, e := range l.engines() {
		all = append(all, e.sockets()...)
	}
	return all
}

// Sources are the descriptors of what packets come from that is no packet socket, by
// its kind.
type Sources struct{ Bluetooth, USB, Netfilter, DBus []int }

// Sources are the descriptors that packets come from which do not come from packet
// sockets; on Linux.
func (l *Live) Sources() (all Sources) {
	for _, e := range l.engines() {
		if src, ok := e.(interface{ join(all *Sources) }); ok {
			src.join(&all)
		}
	}
	return all
}

// Warnings lists what the device could not do as asked, worded for the user.
func (l *Live) Warnings() []string { return l.warnings }

// OnIdle has f called whenever Next has no packet and is about to wait; what f
// returns, Next returns. It is the time to flush output.
func (l *Live) OnIdle(f func() error) { l.stream.idle = f }

// Await has a merged capture whose devices are all gone wait for Add instead of
// ending.
func (l *Live) Await() { l.stream.patient = true }

// Start lets packets in that filter accepts; nil accepts all. No packet that
// arrived before is ever seen, but of USB those since Open are. It can be done once:
// then it is ErrStarted, ErrMerged or ErrClosed.
//
// When the filter cannot run in the kernel, inKernel is false, all packets are
// let in, and the caller has to filter what Next yields: not with the same program,
// since packets get their VLAN tags back, and the virtual machine refuses it.
// StartFilter sees to that.
func (l *Live) Start(filter []bpf.Instruction) (inKernel bool, err error) {
	switch l.state {
	case liveStarted:
		return false, ErrStarted
	case liveMerged:
		return false, ErrMerged
	case liveClosed:
		return false, ErrClosed
	}
	if inKernel, err = l.engine.start(filter); err != nil {
		return false, l.placed(err)
	}
	l.stream.merging = l.engine.lanes() > 1
	if err := l.stream.add(l); err != nil {
		return false, err
	}
	l.state = liveStarted
	return inKernel, nil
}

// Filter says which packets a capture yields: compile.NewMatcher makes one of an
// expression.
type Filter interface {
	// Kernel is the program that decides in the kernel; nil: it cannot.
	Kernel() []bpf.Instruction
	// Match decides about packets that were captured.
	Match(pkt *capture.Packet) bool
}

type matching func(pkt *capture.Packet) bool

// StartFilter is Start with a filter that works in any case: where the kernel
// cannot run its program, which Warnings tells, Next passes over packets that do not
// match.
func (l *Live) StartFilter(f Filter) error {
	program := f.Kernel()
	inKernel, err := l.Start(program)
	if err == nil && (!inKernel || len(program) == 0) {
		l.match, l.stream.sorts = f.Match, true
	}
	return err
}

// Next fills pkt with the next packet, waiting for it. pkt.Data lies in memory of
// the system's, valid until the next call.
//
// It returns io.EOF at the end that Interrupt or Abandon make, and after Close;
// ErrNotStarted before Start; ErrMerged for a part of another capture; ErrWake
// after Wake. When one of several devices goes, it returns once an *Error with
// GoesOn, and goes on with the others.
func (l *Live) Next(pkt *capture.Packet) error {
	if l.state != liveStarted {
		return l.idleError()
	}
	l.read = true
	return l.stream.next(pkt)
}

// NextBatch is Next for several packets: behind the first it fills pkts with those
// that have arrived, as far as it need not wait, and returns how many there are, one at
// least without an error. The data of all is valid until the next call.
func (l *Live) NextBatch(pkts []capture.Packet) (n int, err error) {
	if err := l.Next(&pkts[0]); err != nil {
		return 0, err
	}
	return 1 + l.stream.more(pkts[1:]), nil
}

// idleError is why a capture yields no packets.
func (l *Live) idleError() error {
	switch l.state {
	case liveOpened:
		return ErrNotStarted
	case liveMerged:
		return ErrMerged
	}
	return io.EOF
}

// engines are those of the parts, or its own.
func (l *Live) engines() []engine {
	if l.engine != nil {
		return []engine{l.engine}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]engine, len(l.parts))
	for i, part := range l.parts {
		all[i] = part.engine
	}
	return all
}

// Interrupt makes Next yield everything received so far and then io.EOF.
func (l *Live) Interrupt() {
	for _, e := range l.engines() {
		e.interrupt()
	}
	l.stream.stop.Store(true)
	l.stream.poller.rouse()
}

// Abandon makes Next return io.EOF, whatever there still is to yield.
func (l *Live) Abandon() {
	for _, e := range l.engines() {
		e.abandon()
	}
	l.stream.left.Store(true)
	l.stream.poller.rouse()
}

// Wake makes Next return ErrWake once, when it has no packet.
func (l *Live) Wake() {
	l.stream.woken.Store(true)
	l.stream.poller.rouse()
}

// Late counts the packets of merged captures, or of one with workers, that came
// too late to be put in order.
func (l *Live) Late() Late { return l.stream.merge.late }

// Cut counts the packets of which Next has yielded less than the snapshot length
// asks for, as there was no room: in immediate mode, long ones, while BufferSize
// is nearly full. It is known until Close, to the goroutine that calls Next.
func (l *Live) Cut() (n uint64) {
	for _, e := range l.engines() {
		if c, ok := e.(interface{ cut() uint64 }); ok {
			n += c.cut()
		}
	}
	return n
}

// Stats counts packets since Start; after Close, those up to then.
func (l *Live) Stats() (capture.Stats, error) {
	if l.state == liveClosed {
		return l.last, nil
	}
	return l.stats()
}

// stats adds up what the engines have counted.
func (l *Live) stats() (capture.Stats, error) {
	var st capture.Stats
	for _, e := range l.engines() {
		add, err := e.stats()
		if err != nil {
			return st, err
		}
		st.Received += add.Received
		st.Dropped += add.Dropped
		st.IfDropped += add.IfDropped
	}
	return st, nil
}

// InterfaceStats is Stats for number i of Interfaces. What comes from "any" is
// counted under its own number; those of the interfaces in it have ErrNoCounts.
func (l *Live) InterfaceStats(i int) (capture.Stats, error) {
	if i < 0 || i >= len(l.stream.owners) || l.Source(i) != i {
		return capture.Stats{}, ErrNoCounts
	}
	return l.stream.owners[i].Stats()
}

// Lost counts the packets of number i of Interfaces that the system dropped
// since Lost was last asked, as far as that is known: when Next has yielded the
// packet behind a gap, the packets of the gap are, and maybe those of the next
// gap. It costs no system call.
func (l *Live) Lost(i int) uint64 {
	if i < 0 || i >= len(l.stream.owners) {
		return 0
	}
	return l.stream.owners[i].engine.lost()
}

// Close ends the capture, and those that were merged into it; that of a part
// ends the whole. Closing again does nothing.
func (l *Live) Close() error {
	switch l.state {
	case liveClosed:
		return nil
	case liveMerged:
		return l.whole.Close()
	}
	for _, part := range l.parts {
		part.last, _ = part.stats() // as far as they are known
		part.state = liveClosed
	}
	l.last, _ = l.stats()
	l.state = liveClosed
	l.Abandon() // all readers, before one is waited for
	err := l.stream.poller.close()
	for _, e := range l.engines() {
		err = errors.Join(err, e.close())
	}
	return err
}

// Merge makes one capture of some that have been started. It yields their packets
// in the order of their time stamps, with an Interface that counts them as given,
// and owns them: closing it closes them. If one cannot be part (ErrNotStarted,
// ErrRead, ErrMerged, ErrClosed), or there is none (ErrNoParts), all stay as they
// are.
func Merge(parts []*Live) (*Live, error) {
	if len(parts) == 0 {
		return nil, ErrNoParts
	}
	for i, part := range parts {
		if err := part.mayMerge(); err != nil {
			return nil, err
		}
		if slices.Contains(parts[:i], part) {
			return nil, ErrMerged
		}
	}
	first := parts[0]
	l := &Live{device: device{cfg: first.cfg, link: first.link, links: first.links[:1]}, state: liveStarted}
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = part.title()
		l.cfg.SnapLen = max(l.cfg.SnapLen, part.cfg.SnapLen)
	}
	l.name = strings.Join(names, ", ")
	p, err := first.engine.newPoller(true)
	if err != nil {
		return nil, err
	}
	l.stream = newStream(p)
	l.stream.merging = true
	for _, part := range parts {
		if err := l.stream.add(part); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	for _, part := range parts {
		if err := l.takeOver(part); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Add takes one more capture, which has been started, into a merged one.
func (l *Live) Add(part *Live) error {
	if l.state != liveStarted {
		return l.idleError()
	}
	if err := part.mayMerge(); err != nil {
		return err
	}
	if l.engine != nil {
		return ErrStarted
	}
	if err := l.stream.add(part); err != nil {
		return err
	}
	return l.takeOver(part)
}

// takeOver makes a capture that the stream yields packets of a part of l.
func (l *Live) takeOver(part *Live) error {
	l.mu.Lock()
	l.parts = append(l.parts, part)
	l.mu.Unlock()
	part.state, part.whole = liveMerged, l
	return part.stream.poller.close()
}

// mayMerge reports why a capture cannot become part of another.
func (l *Live) mayMerge() error {
	switch {
	case l == nil:
		return ErrNoParts
	case l.state == liveOpened:
		return ErrNotStarted
	case l.state == liveClosed:
		return ErrClosed
	case l.state == liveMerged || l.engine == nil:
		return ErrMerged
	case l.read:
		return ErrRead
	}
	return nil
}

// Late is about packets that came too late to be put in order.
type Late struct {
	Packets uint64
	By      time.Duration // at most
}
