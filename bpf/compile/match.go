package compile

import (
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// Matcher is an expression at work on packets, wherever they come from. Of a live
// capture Match takes what the kernel takes, so that it does not matter whether the
// kernel has sorted them already. Packets of several link types, and of savefiles in
// either byte order, may come in turn.
//
// Goroutines may share a Matcher.
type Matcher struct {
	expr    string
	o       Options
	link    capture.LinkType
	socket  *bpf.VM // for packets as a socket of Linux has them
	kernel  []bpf.Instruction
	program *Program

	kinds atomic.Pointer[[]kind] // the link types and byte orders that have come
	mu    sync.Mutex             // of those who add to kinds
	err   error                  // of the first kind that the expression is not valid for

	scratch sync.Pool // of *[]byte
}

// kind is what has to be known of packets to filter them.
type kind struct {
	link      capture.LinkType
	swapped   bool
	vm        *bpf.VM // nil: no packet passes
	ancillary bool    // it asks which way a packet went
}

// maxKinds bounds how many kinds are told apart: damaged files may have thousands.
const maxKinds = 64

// NewMatcher compiles an expression for packets of a link type, that of
// capture.Source's LinkType. The empty expression takes every packet. The error is
// an *Error.
//
// A packet of another link type has the expression compiled when the first one
// comes; where it is not valid for that, none of them passes: see Err. The
// functions of o.Names may be called then.
//
// `inbound` and `outbound` go by Packet.Direction where the header does not say;
// neither takes a packet whose direction is not known. `ifindex` is an error but
// on link type LINUX_SLL2, whose header has the number.
func NewMatcher(expr string, link capture.LinkType, o Options) (*Matcher, error) {
	m := &Matcher{expr: expr, link: link, o: o}
	p, err := m.compile(link, false)
	if err != nil {
		return nil, err
	}
	m.program = p
	first, err := newKind(p, link, false)
	if err != nil {
		return nil, err
	}
	m.kinds.Store(&[]kind{first})
	m.socket, m.kernel = first.vm, p.Instructions
	if !p.byMode {
		return m, nil
	}
	live, err := Compile(expr, link, ModeLive, o)
	if err != nil {
		return nil, err
	}
	rules := live.Rules()
	rules.Ancillary = true
	if m.socket, err = bpf.NewVM(live.Instructions, rules); err != nil {
		return nil, err
	}
	switch {
	case CaptureMode() == ModeLive:
		m.kernel = live.Instructions
	case first.ancillary:
		m.kernel = nil // that kernel does not tell the direction
	}
	return m, nil
}

// compile makes the program for captured packets of a kind.
func (m *Matcher) compile(link capture.LinkType, swapped bool) (*Program, error) {
	return compileFor(m.expr, options{Options: m.o, link: link, mode: SavefileMode(swapped), directions: true})
}

func newKind(p *Program, link capture.LinkType, swapped bool) (kind, error) {
	rules := p.Rules()
	rules.Ancillary = true
	vm, err := bpf.NewVM(p.Instructions, rules)
	return kind{link: link, swapped: swapped, vm: vm, ancillary: bpf.LoadsAncillary(p.Instructions)}, err
}

// Match reports whether a packet passes. It does not allocate, but for the first
// packet of a link type. It changes nothing in pkt.
func (m *Matcher) Match(pkt *capture.Packet) bool {
	k := m.find(pkt.LinkType, pkt.Swapped)
	if k == nil {
		k = m.add(pkt.LinkType, pkt.Swapped)
	}
	if k.vm == nil {
		return false
	}
	length := pkt.Length - uint32(pkt.Added) // what the kernel would have seen
	if at := tagPutBack(pkt); at > 0 && pkt.LinkType == m.link {
		return m.matchTagged(pkt, at, length)
	}
	if !k.ancillary {
		return k.vm.Run(pkt.Data, length, nil) != 0
	}
	packetType, known := packetTypeOf(pkt)
	if !known {
		return k.vm.Run(pkt.Data, length, nil) != 0
	}
	anc := bpf.Ancillary{PacketType: packetType}
	return k.vm.Run(pkt.Data, length, &anc) != 0
}

// tagLength is that of a VLAN tag (IEEE 802.1Q, clause 9).
const tagLength = 4

// tagPutBack is where a live packet has a VLAN tag that the kernel had taken off; 0
// if there is none.
func tagPutBack(pkt *capture.Packet) int {
	at := 0
	switch {
	case pkt.LinkType == capture.LinkEN10MB && pkt.Added == tagLength:
		at = 12
	case pkt.LinkType == capture.LinkLINUX_SLL && int(pkt.Added) == pkt.LinkType.HeaderLength()+tagLength:
		at = 14
	}
	if len(pkt.Data) < at+tagLength {
		return 0
	}
	return at
}

// matchTagged is Match for a packet with a tag that the kernel saw beside it.
func (m *Matcher) matchTagged(pkt *capture.Packet, at int, length uint32) bool {
	scratch, _ := m.scratch.Get().(*[]byte)
	if scratch == nil {
		scratch = new([]byte)
	}
	*scratch = append(append((*scratch)[:0], pkt.Data[:at]...), pkt.Data[at+tagLength:]...)
	packetType, _ := packetTypeOf(pkt) // a live packet's is known
	anc := bpf.Ancillary{
		PacketType:     packetType,
		VLANTagPresent: 1,
		VLANProtocol:   uint32(binary.BigEndian.Uint16(pkt.Data[at:])),
		VLANTag:        uint32(binary.BigEndian.Uint16(pkt.Data[at+2:])),
	}
	matches := m.socket.Run(*scratch, length, &anc) != 0
	m.scratch.Put(scratch)
	return matches
}

// packetTypeOf is what Linux calls the way of a packet (<linux/if_packet.h>).
func packetTypeOf(pkt *capture.Packet) (packetType uint32, known bool) {
	switch {
	case pkt.Direction == capture.DirOut:
		return 4, true
	case pkt.Direction == capture.DirUnknown:
		return 0, false
	case pkt.Reception == capture.ReceivedBroadcast:
		return 1, true
	case pkt.Reception == capture.ReceivedMulticast:
		return 2, true
	case pkt.Reception == capture.ReceivedPromiscuous:
		return 3, true
	}
	return 0, true
}

// MatchBytes reports whether a packet passes of which data was captured, of
// wireLen bytes on the wire, of the link type that the Matcher was made for. With
// anc nil everything is in the packet, VLAN tags too. Otherwise anc is what a
// socket of Linux tells beside it: VLANTagPresent and VLANTag of a tag that the
// kernel took off, PacketType and Interface as far as the expression asks for
// them. MatchBytes does not allocate.
func (m *Matcher) MatchBytes(data []byte, wireLen uint32, anc *bpf.Ancillary) bool {
	if anc != nil {
		return m.socket.Run(data, wireLen, anc) != 0
	}
	return (*m.kinds.Load())[0].vm.Run(data, wireLen, nil) != 0
}

// find is the kind of a packet, nil if it is new.
func (m *Matcher) find(link capture.LinkType, swapped bool) *kind {
	kinds := *m.kinds.Load()
	for i := range kinds {
		if k := &kinds[i]; k.link == link && k.swapped == swapped {
			return k
		}
	}
	return nil
}

// add is the kind of a packet that may be new.
func (m *Matcher) add(link capture.LinkType, swapped bool) *kind {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k := m.find(link, swapped); k != nil {
		return k
	}
	k := kind{link: link, swapped: swapped}
	kinds := *m.kinds.Load()
	if len(kinds) == maxKinds {
		m.fail(fmt.Errorf("packets of more than %d link types", maxKinds))
		return &k
	}
	if first := kinds[0]; link == first.link && !m.program.byMode {
		k.vm, k.ancillary = first.vm, first.ancillary
	} else if p, err := m.compile(link, swapped); err != nil {
		m.fail(err)
	} else if k, err = newKind(p, link, swapped); err != nil {
		m.fail(err)
	}
	more := append(kinds[:len(kinds):len(kinds)], k)
	m.kinds.Store(&more)
	return &k
}

func (m *Matcher) fail(err error) {
	if m.err == nil && !RejectsAll(err) {
		m.err = err
	}
}

// Err is why packets of a link type other than NewMatcher's did not pass although
// nothing was found out about them: the expression is not valid for it. It is nil
// as long as there were none.
func (m *Matcher) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// Kernel is the program for the kernel of this system, to be attached to what
// packets are received from: on Linux one for a socket (ModeLive). nil: that kernel
// cannot decide, so that every packet has to be let in. The result must not be
// changed.
func (m *Matcher) Kernel() []bpf.Instruction { return m.kernel }
