//go:build !noebpf && !tapdump_small

package probes

import (
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
)

// DropSource yields the packets that the kernel throws away, of the network that the
// process is in, as from "any": with cooked headers (LINUX_SLL2), since many have none of
// their own. Interrupt, Abandon and Wake may be called from other goroutines.
type DropSource struct {
	drops   *drops
	reasons reasons
	symbols symbols
	snapLen int
	idle    func() error
	event   int // descriptor that ends a wait
	held    bool
	offset  int64  // from the clock of records to the time
	frame   []byte // of the last packet
	reason  string // of the last packet
	place   string

	names      map[uint32]string // of devices, as they were at the beginning
	numbers    map[uint32]int    // of devices that packets came from, in interfaces
	interfaces []capture.Interface

	woken, stop, left atomic.Bool
	warnings          []string
}

// The ring has so many bytes unless another number is asked for, and at least so many.
const (
	defaultDropRing = 8 << 20
	leastDropRing   = 64 << 10
)

// sll2Header is the length of a cooked header (tcpdump.org, LINKTYPE_LINUX_SLL2).
const sll2Header = 20

// OpenDrops begins to yield, with so many bytes of packets at most, from a ring of so
// many bytes; 0: as usual. It takes CAP_BPF and CAP_PERFMON, or root.
func OpenDrops(snapLen, buffer int) (*DropSource, error) {
	size := leastDropRing
	if buffer == 0 {
		buffer = defaultDropRing
	}
	for size < buffer && size < 1<<30 {
		size *= 2
	}
	if snapLen <= 0 || snapLen > capture.MaxSnapLen {
		snapLen = capture.MaxSnapLen
	}
	s := &DropSource{snapLen: snapLen, event: -1, symbols: readSymbols()}
	if len(s.symbols.from) == 0 {
		s.warnings = append(s.warnings, "places in the kernel have no names, as /proc/kallsyms does not show addresses (CAP_SYSLOG, kernel.kptr_restrict)")
	}
	var err error
	if s.event, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return nil, err
	}
	if s.drops, s.reasons, err = openDrops(max(snapLen-sll2Header, 0), size); err != nil {
		unix.Close(s.event)
		return nil, err
	}
	s.setClock()
	s.numbers, s.names = make(map[uint32]int), make(map[uint32]string)
	s.interfaces = []capture.Interface{s.described(s.Device())}
	if devices, err := net.Interfaces(); err == nil {
		for _, d := range devices {
			s.names[uint32(d.Index)] = d.Name
		}
	}
	return s, nil
}

func (s *DropSource) described(name string) capture.Interface {
	return capture.Interface{Name: name, LinkType: s.LinkType(), SnapLen: uint32(s.snapLen)}
}

// number is that of a device in interfaces, which it is added to. Those that are not
// known, or came later, have that of the whole.
func (s *DropSource) number(device uint32) int {
	n, known := s.numbers[device]
	if name := s.names[device]; !known && name != "" {
		n = len(s.interfaces)
		s.interfaces = append(s.interfaces, s.described(name))
		s.numbers[device] = n
	}
	return n
}

// setClock finds what the time is when the clock of records is 0: the time may be set
// meanwhile.
func (s *DropSource) setClock() {
	var mono unix.Timespec
	if unix.ClockGettime(unix.CLOCK_MONOTONIC, &mono) == nil {
		s.offset = time.Now().UnixNano() - mono.Nano()
	}
}

// Next implements capture.Source.
func (s *DropSource) Next(pkt *capture.Packet) error {
	if s.held {
		s.drops.ring.Release()
		s.held = false
	}
	for {
		if s.left.Load() || s.drops.ring == nil {
			return io.EOF
		}
		if record := s.drops.ring.Next(); record != nil {
			if len(record) < dropSize || !s.fill(pkt, record) {
				s.drops.ring.Release()
				continue
			}
			s.held = true
			return nil
		}
		if s.woken.Swap(false) {
			return live.ErrWake
		}
		if s.stop.Load() {
			return io.EOF
		}
		if s.idle != nil {
			if err := s.idle(); err != nil {
				return err
			}
		}
		if err := s.wait(); err != nil {
			return err
		}
	}
}

// wait returns when there may be a packet, or somebody calls.
func (s *DropSource) wait() error {
	fds := []unix.PollFd{{Fd: int32(s.drops.ring.Descriptor()), Events: unix.POLLIN}, {Fd: int32(s.event), Events: unix.POLLIN}}
	if _, err := unix.Ppoll(fds, nil, nil); err != nil && err != unix.EINTR {
		return err
	}
	var b [8]byte
	_, _ = unix.Read(s.event, b[:]) // if it was that
	s.setClock()
	return nil
}

// fill makes a packet of a record, and reports whether it is one.
func (s *DropSource) fill(pkt *capture.Packet, b []byte) bool {
	data := b[dropSize:]
	protocol := [2]byte(b[dropProtocol:])
	if protocol == [2]byte{} { // the kernel has not come that far
		switch {
		case len(data) > 0 && data[0]>>4 == 4:
			protocol = [2]byte{0x08, 0x00}
		case len(data) > 0 && data[0]>>4 == 6:
			protocol = [2]byte{0x86, 0xdd}
		default:
			return false
		}
	}
	kind := b[dropType] & 7
	h := s.frame[:0]
	h = append(h, protocol[:]...)
	h = append(h, 0, 0)
	h = binary.BigEndian.AppendUint32(h, native.Uint32(b[dropDevice:]))
	h = binary.BigEndian.AppendUint16(h, native.Uint16(b[dropHardware:]))
	h = append(h, kind, 0)
	if b[dropHasMAC] != 0 {
		h[len(h)-1] = 6
		h = append(h, b[dropSender:dropSender+6]...)
	}
	for len(h) < sll2Header {
		h = append(h, 0)
	}
	h = append(h, data...)
	s.frame = h
	at := int64(native.Uint64(b[dropTime:])) + s.offset
	*pkt = capture.Packet{
		Time:     capture.Timestamp{Sec: at / 1e9, Nsec: at % 1e9},
		Data:     h[:min(len(h), s.snapLen)],
		Length:   native.Uint32(b[dropLength:]) + sll2Header,
		LinkType: capture.LinkLINUX_SLL2, Interface: s.number(native.Uint32(b[dropDevice:])),
	}
	pkt.Length = max(pkt.Length, uint32(len(pkt.Data)))
	const outgoing = 4
	pkt.Direction = capture.DirIn
	if kind == outgoing {
		pkt.Direction = capture.DirOut
	}
	s.reason, s.place = s.reasons.name(native.Uint32(b[dropReason:])), s.symbols.name(native.Uint64(b[dropPlace:]))
	return true
}

// Reason and Place are why the last packet was thrown away: as enum skb_drop_reason has
// it, without the beginning that all have; and the function that did.
func (s *DropSource) Reason() string { return s.reason }
func (s *DropSource) Place() string  { return s.place }

// Stats counts packets; those that were lost found no room in the ring.
func (s *DropSource) Stats() capture.Stats {
	return capture.Stats{Received: s.drops.received(), Dropped: s.drops.lost()}
}

func (s *DropSource) LinkType() capture.LinkType { return capture.LinkLINUX_SLL2 }
func (s *DropSource) SnapLen() int               { return s.snapLen }
func (s *DropSource) Device() string             { return "drops" }
func (s *DropSource) Warnings() []string         { return s.warnings }
func (s *DropSource) OnIdle(f func() error)      { s.idle = f }

// Interfaces implements capture.Source: the whole, then those that packets came from.
func (s *DropSource) Interfaces() []capture.Interface { return s.interfaces }

// Wake makes Next return live.ErrWake once, when it has no packet; Interrupt makes it end
// with what there is, Abandon at once.
func (s *DropSource) Wake()      { s.call(&s.woken) }
func (s *DropSource) Interrupt() { s.call(&s.stop) }
func (s *DropSource) Abandon()   { s.call(&s.left) }

func (s *DropSource) call(what *atomic.Bool) {
	what.Store(true)
	_, _ = unix.Write(s.event, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // a full one ends a wait too
}

// Close ends it.
func (s *DropSource) Close() error {
	err := s.drops.close()
	s.drops.ring = nil
	unix.Close(s.event)
	return err
}
