// Package headertest builds packets for tests, and decodes them with package
// header. It touches nothing but memory, and is used by tests alone.
package headertest

import (
	"encoding/binary"
	"net/netip"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/traffic"
)

// Spec is a packet to build. The zero value of a field leaves it out, or means
// what is usual: Ethernet, a TTL of 64.
type Spec struct {
	Link       capture.LinkType // EN10MB, RAW, LINUX_SLL or LINUX_SLL2; 0: EN10MB
	VLAN       []uint16         // tags, the outermost first
	HideTags   bool             // as Linux does in cooked packets: see below
	Src, Dst   string           // addresses of the same version
	TTL        uint8
	ID         uint16
	Extensions []uint8 // IPv6 extension headers, all empty
	Fragment   int     // offset in units of eight bytes
	Protocol   uint8
	SrcPort    uint16
	DstPort    uint16
	Seq, Ack   uint32
	Flags      uint8
	Window     uint16
	Options    []byte // of TCP, a multiple of four bytes
	Type, Code uint8  // of ICMP
	Payload    []byte
	Padding    int    // bytes of link-layer padding
	Checksum   uint16 // of the transport header; 0: the right one
}

// Packet is the packet at a time.
func (s Spec) Packet(sec, nsec int64) *capture.Packet {
	b := s.Bytes()
	link := s.Link
	if link == 0 {
		link = capture.LinkEN10MB
	}
	return &capture.Packet{Time: capture.Timestamp{Sec: sec, Nsec: nsec}, Data: b, Length: uint32(len(b)), LinkType: link}
}

// Decode returns the headers of the packet. Without addresses it goes from
// 192.0.2.1 to 192.0.2.2, without a protocol it is TCP.
func Decode(t testing.TB, s Spec) *header.Packet {
	t.Helper()
	if s.Src == "" {
		s.Src, s.Dst = "192.0.2.1", "192.0.2.2"
	}
	if s.Protocol == 0 {
		s.Protocol = header.ProtocolTCP
	}
	p := new(header.Packet)
	if !header.Decode(s.Packet(0, 0), p) {
		t.Fatalf("%+v cannot be decoded", s)
	}
	return p
}

// Made returns the packets of n packets of made traffic that can be decoded, as
// headers and as captured, and the bytes of their payloads.
func Made(n int) (packets []*header.Packet, raw []*capture.Packet, bytes int) {
	src := traffic.New(2, n)
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		kept := pkt
		kept.Data = append([]byte(nil), pkt.Data...)
		p := new(header.Packet)
		if header.Decode(&kept, p) {
			packets, raw = append(packets, p), append(raw, &kept)
			bytes += len(p.Payload)
		}
	}
	return packets, raw, bytes
}

// Bytes is the packet from its link-layer header on.
func (s Spec) Bytes() []byte {
	src, dst := netip.MustParseAddr(s.Src), netip.MustParseAddr(s.Dst)
	t := s.transport()
	s.checksum(t, src, dst)
	var b []byte
	if src.Is4() {
		b = s.ip4(t, src, dst)
	} else {
		b = s.ip6(t, src, dst)
	}
	return append(s.link(src.Is4(), b), make([]byte, s.Padding)...)
}

func (s *Spec) transport() []byte {
	var t []byte
	switch s.Protocol {
	case header.ProtocolTCP:
		t = binary.BigEndian.AppendUint16(t, s.SrcPort)
		t = binary.BigEndian.AppendUint16(t, s.DstPort)
		t = binary.BigEndian.AppendUint32(t, s.Seq)
		t = binary.BigEndian.AppendUint32(t, s.Ack)
		t = append(t, byte((20+len(s.Options))/4)<<4, s.Flags)
		t = binary.BigEndian.AppendUint16(t, s.Window)
		t = append(append(t, 0, 0, 0, 0), s.Options...)
	case header.ProtocolUDP:
		t = binary.BigEndian.AppendUint16(t, s.SrcPort)
		t = binary.BigEndian.AppendUint16(t, s.DstPort)
		t = binary.BigEndian.AppendUint16(t, uint16(8+len(s.Payload)))
		t = append(t, 0, 0)
	default:
		t = append(t, s.Type, s.Code, 0, 0)
	}
	return append(t, s.Payload...)
}

// checksum fills in the checksum of the transport header.
func (s *Spec) checksum(t []byte, src, dst netip.Addr) {
	pseudo := append(src.AsSlice(), dst.AsSlice()...)
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(len(t)))
	pseudo = binary.BigEndian.AppendUint32(pseudo, uint32(s.Protocol))
	at := 2
	switch s.Protocol {
	case header.ProtocolTCP:
		at = 16
	case header.ProtocolUDP:
		at = 6
	case header.ProtocolICMP:
		pseudo = nil
	}
	if s.Checksum == 0 {
		s.Checksum = sum(append(pseudo, t...))
	}
	binary.BigEndian.PutUint16(t[at:], s.Checksum)
}

// sum is the Internet checksum (RFC 1071).
func sum(b []byte) uint16 {
	n := uint32(0)
	for i, c := range b {
		n += uint32(c) << (8 * (1 - i&1))
	}
	for n > 0xffff {
		n = n&0xffff + n>>16
	}
	return ^uint16(n)
}

func (s *Spec) ttl() uint8 {
	if s.TTL == 0 {
		return 64
	}
	return s.TTL
}

func (s *Spec) ip4(t []byte, src, dst netip.Addr) []byte {
	b := []byte{0x45, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+len(t)))
	b = binary.BigEndian.AppendUint16(b, s.ID)
	flags := uint16(0x4000)
	if s.Fragment > 0 {
		flags = uint16(s.Fragment)
	}
	b = binary.BigEndian.AppendUint16(b, flags)
	b = append(b, s.ttl(), s.Protocol, 0, 0)
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	binary.BigEndian.PutUint16(b[10:], sum(b))
	return append(b, t...)
}

func (s *Spec) ip6(t []byte, src, dst netip.Addr) []byte {
	next := append(append([]uint8(nil), s.Extensions...), s.Protocol)
	b := []byte{0x60, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(8*len(s.Extensions)+len(t)))
	b = append(b, next[0], s.ttl())
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	for i := range s.Extensions {
		h := [8]byte{0: next[i+1], 4: 1, 5: 2} // padding, where options are
		if s.Extensions[i] == 44 {
			h = [8]byte{0: next[i+1]}
			binary.BigEndian.PutUint16(h[2:], uint16(s.Fragment<<3))
		}
		b = append(b, h[:]...)
	}
	return append(b, t...)
}

func (s *Spec) link(is4 bool, b []byte) []byte {
	etherType := uint16(header.EtherTypeIPv6)
	if is4 {
		etherType = header.EtherTypeIPv4
	}
	below := etherType
	for i := len(s.VLAN) - 1; i >= 0; i-- {
		if i == 0 && s.HideTags {
			// The header shows the outermost tag (LINUX_SLL) or of none, and of what
			// is below them all; the others stay.
			etherType = below
			if s.Link == capture.LinkLINUX_SLL2 {
				break
			}
		}
		tag := binary.BigEndian.AppendUint16(nil, s.VLAN[i])
		b = append(binary.BigEndian.AppendUint16(tag, etherType), b...)
		etherType = header.EtherTypeVLAN
	}
	var h []byte
	switch s.Link {
	case capture.LinkRAW:
		return b
	case capture.LinkLINUX_SLL:
		h = []byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}
		h = binary.BigEndian.AppendUint16(h, etherType)
	case capture.LinkLINUX_SLL2:
		h = binary.BigEndian.AppendUint16(h, etherType)
		h = append(h, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0)
	default:
		h = []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}
		h = binary.BigEndian.AppendUint16(h, etherType)
	}
	return append(h, b...)
}
