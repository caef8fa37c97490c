// Package live captures packets from network interfaces: from the AF_PACKET ring
// on Linux, and from the BPF device on macOS and the BSDs.
//
// It knows neither the filter language nor the printers.
package live

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/bpf"

	"github.com/tapdump/tapdump/capture"
)

// Config says how a device is to be captured from. The zero value captures
// everything the device sees by itself, whole, at the defaults.
type Config struct {
	// SnapLen is the number of bytes kept of a packet; 0 means MaxSnapLen.
	SnapLen int
	// Promiscuous asks the device for packets that are not addressed to it.
	Promiscuous bool
	// Monitor asks a Wi-Fi device for all frames in the air.
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
	TimestampType TimestampType
	// Workers is the number of rings that share one device's packets
	// (PACKET_FANOUT), for devices that are busy on several CPUs; 0 means one.
	Workers int
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
// Interrupt, Abandon, Wake and Stats may be called while Next runs; nothing else may.
type Live struct {
	device   string
	cfg      Config
	link     capture.LinkType
	links    []capture.LinkType
	warnings []string
	state    liveState
	read     bool          // Next has been called
	whole    *Live         // that this one has been merged into
	last     capture.Stats // when it was closed
	backend
}

// liveState is how far a capture has come.
type liveState uint8

const (
	liveOpened liveState = iota
	liveStarted
	liveMerged // into another
	liveClosed
)

// Errors of calls that come too early or too late.
var (
	ErrNotStarted = errors.New("the capture has not been started")
	ErrStarted    = errors.New("the capture has been started already")
	ErrMerged     = errors.New("the capture is part of another")
	ErrClosed     = errors.New("the capture is closed")
	ErrRead       = errors.New("packets of the capture have been read already")
	ErrNoParts    = errors.New("there is no capture to merge")
	ErrNoCounts   = errors.New("nothing is counted under that number")
)

// Open prepares a capture from device: its name, or its number in the list that
// Devices returns. The link type is known afterwards, so that a filter can be
// compiled for it, and no privileges are needed any more. Failures are of type
// *Error.
func Open(device string, cfg Config) (*Live, error) {
	if cfg.SnapLen <= 0 || cfg.SnapLen > capture.MaxSnapLen {
		cfg.SnapLen = capture.MaxSnapLen
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	l, err := open(device, cfg)
	var e *Error
	if errors.As(err, &e) && e.Reason == noSuchDevice {
		if name, isNumber, nerr := deviceByNumber(device); nerr != nil {
			return nil, nerr
		} else if isNumber {
			return open(name, cfg)
		}
		e.Remedy = similarDevices(device)
	}
	return l, err
}

// Device is the name of the device.
func (l *Live) Device() string { return l.device }

// LinkType is the link type of the packets that Next yields.
func (l *Live) LinkType() capture.LinkType { return l.link }

// LinkTypes lists the link types that SetLinkType accepts, the device's own
// first.
func (l *Live) LinkTypes() []capture.LinkType { return l.links }

// SetLinkType chooses one of LinkTypes. It has to come before Start.
func (l *Live) SetLinkType(link capture.LinkType) error {
	for _, has := range l.links {
		if has == link {
			l.link = link
			return nil
		}
	}
	return &Error{Reason: link.String() + " is not one of the DLTs supported by this device"}
}

// SnapLen is the snapshot length in bytes.
func (l *Live) SnapLen() int { return l.cfg.SnapLen }

// described is the device as an interface.
func (l *Live) described() capture.Interface {
	return capture.Interface{Name: l.device, LinkType: l.link, SnapLen: uint32(l.cfg.SnapLen)}
}

// Interfaces lists what Packet.Interface counts: the device, or those of merged
// captures in their order, and those that were added. From "any" come packets of
// interfaces that are listed, by name, when the first packet of each comes.
func (l *Live) Interfaces() []capture.Interface {
	if l.state == liveOpened {
		return []capture.Interface{l.described()}
	}
	return l.interfaces()
}

// Warnings lists what the device could not do as asked, worded for the user.
func (l *Live) Warnings() []string { return l.warnings }

func (l *Live) warn(text string) { l.warnings = append(l.warnings, text) }

// Start lets packets in that filter accepts; nil accepts all. No packet that
// arrived before is ever seen. It can be done once: then it is ErrStarted,
// ErrMerged or ErrClosed.
//
// When the filter cannot run in the kernel, inKernel is false, all packets are
// let in, and the caller has to filter what Next yields.
func (l *Live) Start(filter []bpf.RawInstruction) (inKernel bool, err error) {
	switch l.state {
	case liveStarted:
		return false, ErrStarted
	case liveMerged:
		return false, ErrMerged
	case liveClosed:
		return false, ErrClosed
	}
	if inKernel, err = l.start(filter); err == nil {
		l.state = liveStarted
	}
	return inKernel, err
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
	return l.next(pkt)
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

// Stats counts packets since Start; after Close, those up to then.
func (l *Live) Stats() (capture.Stats, error) {
	if l.state == liveClosed {
		return l.last, nil
	}
	return l.stats()
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
	l.last, _ = l.stats() // as far as they are known
	l.state = liveClosed
	return l.close()
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
	l := &Live{cfg: parts[0].cfg, link: parts[0].link, links: parts[0].links[:1], state: liveStarted}
	names := make([]string, len(parts))
	for i, part := range parts {
		names[i] = part.device
		l.cfg.SnapLen = max(l.cfg.SnapLen, part.cfg.SnapLen)
		l.cfg.Timeout = max(l.cfg.Timeout, part.cfg.Timeout)
	}
	l.device = strings.Join(names, ", ")
	if err := l.merge(parts); err != nil {
		return nil, err
	}
	for _, part := range parts {
		part.state, part.whole = liveMerged, l
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
	if err := l.add(part); err != nil {
		return err
	}
	part.state, part.whole = liveMerged, l
	return nil
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
	case l.state == liveMerged || l.compound():
		return ErrMerged
	case l.read:
		return ErrRead
	}
	return nil
}

// Error is a failure of live capture. Its text is worded as libpcap words it.
type Error struct {
	Device string // the device asked for; may be empty
	Reason string // what is wrong
	Detail string // particulars, shown in parentheses; may be empty
	Remedy string // what to do about it; may be empty
	Err    error  // the system's error; may be nil
	GoesOn bool   // the capture goes on with other devices, or waits for some
}

// Reasons, in libpcap's words, that more than one place knows.
const (
	noSuchDevice   = "No such device exists"
	noPermission   = "You don't have permission to perform this capture on that device"
	notUp          = "That device is not up"
	noMonitorMode  = "That device doesn't support monitor mode"
	captureNotSupp = "Packet capture is not supported on that device"
	interfaceGone  = "The interface disappeared"
)

func (e *Error) Error() string {
	var b strings.Builder
	if e.Device != "" {
		b.WriteString(e.Device + ": ")
	}
	b.WriteString(e.Reason)
	if e.Detail != "" {
		b.WriteString("\n(" + e.Detail + ")")
	}
	if e.Remedy != "" {
		b.WriteString("\n" + e.Remedy)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Absent reports whether the device is not there, or not up.
func (e *Error) Absent() bool { return e.Reason == noSuchDevice || e.Reason == notUp }

// Late tells of packets that came too late to be put in order.
type Late struct {
	Packets uint64
	By      time.Duration // at most
}

// ErrNotSupported is returned on systems without live capture.
var ErrNotSupported = errors.New("live capture is not available on this system")

// ErrWake is what Next returns once after Wake.
var ErrWake = errors.New("woken")

// Why a kernel does not take a filter.
const (
	loopRefusal   = "it loops (protochain), which the kernel does not"
	lengthRefusal = "it has %d instructions, and the kernel takes %d"
)

// programLoops reports whether a program jumps backwards. Not every kernel
// refuses that, and none may be made to loop for ever.
func programLoops(program []bpf.RawInstruction) bool {
	const jumpAlways = 0x05
	for _, ins := range program {
		if ins.Op == jumpAlways && int32(ins.K) < 0 {
			return true
		}
	}
	return false
}

// warnFilter says why the filter does not run in the kernel.
func (l *Live) warnFilter(refusal string) {
	l.warn("Kernel filter failed: " + refusal + "; all packets are fetched, and filtered here, which may lose some on a busy link")
}
