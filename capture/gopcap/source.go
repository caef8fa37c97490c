package gopcap

import (
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gopacket/gopacket"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/kernelfilter"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Handle is what a Source takes of a *pcap.Handle of go-pcap, which is one.
type Handle interface {
	ReadPacketData() (data []byte, ci gopacket.CaptureInfo, err error)
	SetRawBPFFilter(program []bpf.Instruction) error
	LinkType() uint32
	Close()
}

// Source yields the packets of a Handle. It has the methods of live.Live that make
// sense for it. Interrupt, Abandon and Wake may be called from other goroutines while
// Next runs; nothing else may.
type Source struct {
	device   string
	handle   Handle
	link     capture.LinkType
	snapLen  int
	first    []bpf.Instruction // what the kernel runs before each filter
	delay    time.Duration     // by which the kernel holds packets back
	sockets  []int
	warnings []string

	since capture.Timestamp // packets stamped before it came past every filter
	again *bpf.VM           // decides about those; nil: none is wanted
	state sourceState
	shut  bool // no more packets are let in
	idle  func() error
	*reader
	closing  sync.Once
	closeErr error

	woken atomic.Bool
	stop  atomic.Bool // interrupted
	left  atomic.Bool // abandoned
	rouse chan struct{}
}

// sourceState is how far a capture has come.
type sourceState uint8

const (
	opened sourceState = iota
	started
	closed
)

var _ capture.Source = (*Source)(nil)

// New makes a Source of a Handle, which is the Source's from then on. Until Start no
// packet is let in any more. The device is what errors call it. snapLen is the number
// of bytes kept of a packet; 0 means capture.MaxSnapLen. A Handle opened for less has
// a smaller buffer, and may cut packets off before.
//
// go-pcap says of every interface on Linux that it is Ethernet. Open makes sure,
// New does not.
func New(h Handle, device string, snapLen int) (*Source, error) {
	s := &Source{
		device: device, handle: h, link: capture.LinkType(h.LinkType()), snapLen: snapLen,
		delay: usualDelay, reader: newReader(), rouse: make(chan struct{}, 1),
	}
	if s.link != capture.LinkEN10MB && s.link != capture.LinkNULL {
		return nil, unfit(device, s.link)
	}
	if snapLen <= 0 || snapLen > capture.MaxSnapLen {
		s.snapLen = capture.MaxSnapLen
	}
	if err := h.SetRawBPFFilter(kernelfilter.Reject()); err != nil {
		return nil, s.failed(err)
	}
	settle()
	now := time.Now()
	s.since = capture.Timestamp{Sec: now.Unix(), Nsec: int64(now.Nanosecond())}
	return s, nil
}

// unfit is the error for an interface whose packets go-pcap does not know.
func unfit(device string, link capture.LinkType) error {
	return &live.Error{Device: device, Reason: "go-pcap knows Ethernet only, and this interface is " + link.String()}
}

// Device is the name of the device.
func (s *Source) Device() string { return s.device }

// LinkType is the link type of the packets that Next yields.
func (s *Source) LinkType() capture.LinkType { return s.link }

// SnapLen is the snapshot length in bytes.
func (s *Source) SnapLen() int { return s.snapLen }

// Interfaces lists the device.
func (s *Source) Interfaces() []capture.Interface {
	return []capture.Interface{{Name: s.device, LinkType: s.link, SnapLen: uint32(s.snapLen)}}
}

// Warnings lists what could not be done as asked, worded for the user.
func (s *Source) Warnings() []string { return s.warnings }

// Sockets are the descriptors of the sockets that packets come from, on Linux,
// for a process that forbids itself to send. They are known after Open, not after
// New.
func (s *Source) Sockets() []int { return s.sockets }

// OnIdle has f called whenever Next has no packet and is about to wait; what f
// returns, Next returns. It is the time to flush output.
func (s *Source) OnIdle(f func() error) { s.idle = f }

// Start lets packets in that filter accepts; nil accepts all. It can be done once:
// then it is live.ErrStarted or live.ErrClosed.
//
// go-pcap captures from the moment it opens a device, whatever the filter will be.
// Of what was captured before New, those packets are yielded that again accepts,
// which is the same filter compiled for a savefile, since they have their VLAN tags
// back; nil accepts none.
//
// When the filter cannot run in the kernel, inKernel is false, all packets are let
// in, and the caller has to filter what Next yields.
func (s *Source) Start(filter []bpf.Instruction, again *bpf.VM) (inKernel bool, err error) {
	switch s.state {
	case started:
		return false, live.ErrStarted
	case closed:
		return false, live.ErrClosed
	}
	warning, err := kernelfilter.Set(filter, s.snapLen, nil, func(program []bpf.Instruction) error {
		return s.handle.SetRawBPFFilter(slices.Concat(s.first, program))
	})
	if err != nil {
		return false, s.failed(err)
	}
	if warning != "" {
		s.warnings = append(s.warnings, warning)
	}
	s.again = again
	s.state, s.running = started, true
	go s.read(s.handle)
	return warning == "", nil
}

// Next fills pkt with the next packet, waiting for it. pkt.Data is a copy of go-pcap's,
// which stays valid.
//
// It returns io.EOF at the end that Interrupt or Abandon make, and after Close;
// live.ErrNotStarted before Start; live.ErrWake after Wake; a *live.Error when the
// interface went down.
func (s *Source) Next(pkt *capture.Packet) error {
	switch s.state {
	case opened:
		return live.ErrNotStarted
	case closed:
		return io.EOF
	}
	for {
		a, err := s.arrival()
		if err != nil {
			return err
		}
		if a.err != nil {
			return s.ended(a.err)
		}
		if s.fill(pkt, a) {
			return nil
		}
	}
}

// ended words the error with which go-pcap stopped reading.
func (s *Source) ended(err error) error {
	s.state = closed
	if err == io.EOF {
		// That is all that go-pcap says of an interface that is down.
		return &live.Error{Device: s.device, Reason: "The interface went down or disappeared"}
	}
	return s.failed(err)
}

func (s *Source) failed(err error) error {
	return &live.Error{Device: s.device, Reason: "go-pcap: " + syserr.Text(err), Err: err}
}

// fill fills pkt, and reports whether it is wanted.
func (s *Source) fill(pkt *capture.Packet, a arrival) bool {
	*pkt = capture.Packet{Data: a.data, LinkType: s.link}
	captured := min(a.info.CaptureLength, len(a.data))
	stamp := a.info.Timestamp
	if a.info.Length == 0 { // it was captured by a system call on Linux, into a buffer that is longer
		pkt.Data, pkt.Length = a.data[:captured], uint32(captured)
	} else {
		// A VLAN tag that go-pcap put back is in the data, and in no length.
		pkt.Added = uint8(len(a.data) - captured)
		pkt.Length = uint32(a.info.Length) + uint32(pkt.Added)
	}
	unstamped := stamp.IsZero() // as of all captured by a system call
	if unstamped {
		stamp = a.read
	}
	pkt.Time = capture.Timestamp{Sec: stamp.Unix(), Nsec: int64(stamp.Nanosecond())}
	wanted := true
	switch {
	case unstamped: // it may be from before, or not
		wanted = s.again == nil || passes(s.again, pkt)
	case pkt.Time.Before(s.since):
		wanted = s.again != nil && passes(s.again, pkt)
	}
	// The filter cuts off what comes after it.
	pkt.Data = pkt.Data[:min(len(pkt.Data), s.snapLen)]
	return wanted
}

func passes(vm *bpf.VM, pkt *capture.Packet) bool {
	return vm.Run(pkt.Data, pkt.Length-uint32(pkt.Added), nil) != 0
}

// arrival waits for the next packet, or what ends the waiting.
func (s *Source) arrival() (arrival, error) {
	for {
		if s.left.Load() {
			return arrival{}, io.EOF
		}
		ending := s.stop.Load()
		if ending {
			if err := s.shutOff(); err != nil {
				return arrival{}, err
			}
		}
		if a, ok := s.take(); ok {
			return a, nil
		}
		if s.woken.Swap(false) {
			return arrival{}, live.ErrWake
		}
		if s.idle != nil {
			if err := s.idle(); err != nil {
				return arrival{}, err
			}
		}
		var quiet <-chan time.Time
		if ending {
			quiet = time.After(s.drainTime())
		}
		select {
		case <-s.more:
		case <-s.rouse:
		case <-quiet:
			return arrival{}, io.EOF
		}
	}
}

// usualDelay is how long the kernel holds packets of go-pcap back, rounded up.
const usualDelay = 20 * time.Millisecond

// drainTime is how long nothing has to come, once nothing is let in any more, for
// all that was captured to have been read: go-pcap does not tell.
func (s *Source) drainTime() time.Duration { return 250*time.Millisecond + 2*s.delay }

// shutOff lets no more packets in.
func (s *Source) shutOff() error {
	if s.shut {
		return nil
	}
	s.shut = true
	if err := s.handle.SetRawBPFFilter(kernelfilter.Reject()); err != nil {
		return s.failed(err)
	}
	return nil
}

// Interrupt makes Next yield everything captured so far and then io.EOF.
func (s *Source) Interrupt() { s.raise(&s.stop) }

// Abandon makes Next return io.EOF, whatever there still is to yield.
func (s *Source) Abandon() { s.raise(&s.left) }

// Wake makes Next return live.ErrWake once, when it has no packet.
func (s *Source) Wake() { s.raise(&s.woken) }

func (s *Source) raise(what *atomic.Bool) {
	what.Store(true)
	signal(s.rouse)
}

// Close ends the capture. Closing again does nothing.
func (s *Source) Close() error {
	s.state = closed
	s.closing.Do(func() {
		s.closeErr = s.shutOff()
		s.reader.close()
		s.handle.Close()
	})
	return s.closeErr
}
