// Package header shows the bytes of packet headers as what they mean: a slice
// type per header with a method per field. Decode finds them in a packet of any
// link type that carries IP.
package header

import (
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"

	"github.com/tapdump/tapdump/capture"
)

// IP protocol numbers (IANA).
const (
	ProtocolICMP   = 1
	ProtocolTCP    = 6
	ProtocolUDP    = 17
	ProtocolICMPv6 = 58
)

// IPv6 extension headers (RFC 8200, section 4).
const (
	extHopByHop    = 0
	extRouting     = 43
	extFragment    = 44
	extAH          = 51
	extDestination = 60
	extMobility    = 135
	extHIP         = 139
	extShim6       = 140
)

// NoPort is the port of a protocol without ports.
const NoPort = -1

// AppendEndpoint appends address:port, an IPv6 address in brackets (RFC 3986);
// the address alone of a protocol without ports.
func AppendEndpoint(b []byte, a netip.Addr, port int32) []byte {
	if port == NoPort {
		return a.AppendTo(b)
	}
	if a.Is4() {
		b = a.AppendTo(b)
	} else {
		b = append(a.AppendTo(append(b, '[')), ']')
	}
	return strconv.AppendInt(append(b, ':'), int64(port), 10)
}

// Packet is a packet over IP whose headers were captured whole, apart from TCP
// options: TCP, UDP, ICMP or ICMPv6, and no fragment but the first.
//
// The slices lie one after another in the captured packet and are valid as long
// as that is.
type Packet struct {
	Offset    int    // of the IP header in the captured packet
	All       []byte // from the IP header on to the captured end of the payload
	IP        []byte // IPv4 with options, or IPv6 with extension headers
	Transport []byte
	Payload   []byte // what was captured of it; never of ICMP
	Length    int    // of the payload on the wire, by the IP header
	Version   uint8  // 4 or 6
	Protocol  uint8

	Src, Dst         netip.Addr
	SrcPort, DstPort int32 // NoPort for ICMP
}

// Ports returns the lower and the higher port.
func (p *Packet) Ports() (lower, higher int32) {
	return min(p.SrcPort, p.DstPort), max(p.SrcPort, p.DstPort)
}

// ICMP tells whether p is of either version of ICMP.
func (p *Packet) ICMP() bool {
	return p.Protocol == ProtocolICMP || p.Protocol == ProtocolICMPv6
}

// ProtocolName is the name of the transport protocol.
func ProtocolName(protocol uint8) string {
	switch protocol {
	case ProtocolTCP:
		return "TCP"
	case ProtocolUDP:
		return "UDP"
	case ProtocolICMP:
		return "ICMP"
	case ProtocolICMPv6:
		return "ICMPv6"
	}
	return ""
}

// Decode fills p with the headers of a captured packet. It is false for a
// packet that p cannot describe. Then Version is 0 if it is not IP at all;
// otherwise Version and, as far as they were captured, Protocol, Src and Dst are
// those of the packet. The rest of p is undefined. It does not allocate.
func Decode(pkt *capture.Packet, p *Packet) bool {
	p.Version, p.Protocol, p.Src, p.Dst = 0, 0, netip.Addr{}, netip.Addr{}
	b := network(pkt.LinkType, pkt.Data)
	if len(b) == 0 {
		return false
	}
	p.Offset = len(pkt.Data) - len(b)
	wire := int(min(uint64(pkt.Length), math.MaxInt)) - p.Offset // the length is what the file says
	switch b[0] >> 4 {
	case 4:
		return decode4(b, wire, p)
	case 6:
		return decode6(b, wire, p)
	}
	return false
}

// decode4 reads an IPv4 packet of which wire bytes were on the wire, link-layer
// padding included.
func decode4(b []byte, wire int, p *Packet) bool {
	p.Version = 4
	if len(b) < 20 {
		return false
	}
	ip := IPv4(b)
	p.Protocol = ip.Protocol()
	p.Src, p.Dst = netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:]))
	n, total := ip.HeaderLength(), ip.TotalLength()
	if total == 0 {
		total = wire // the sender's card cuts it into packets later (TSO)
	}
	if n < 20 || total < n || n > len(b) || ip.FragmentOffset() != 0 {
		return false
	}
	if p.Protocol == ProtocolICMPv6 {
		return false
	}
	return p.transport(b[:min(total, len(b))], n, total)
}

func decode6(b []byte, wire int, p *Packet) bool {
	p.Version = 6
	if len(b) < 40 {
		return false
	}
	ip := IPv6(b)
	p.Src, p.Dst = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
	total := 40 + ip.PayloadLength()
	if total == 40 {
		total = max(wire, 40) // a jumbogram (RFC 2675), or TSO
	}
	next, n, ok := skipExtensions(b[:min(total, len(b))], ip.NextHeader())
	p.Protocol = next
	if !ok || next == ProtocolICMP {
		return false
	}
	return p.transport(b[:min(total, len(b))], n, total)
}

// IsExtension tells whether next is an IPv6 extension header that Decode looks
// behind.
func IsExtension(next uint8) bool {
	switch next {
	case extHopByHop, extRouting, extFragment, extAH, extDestination, extMobility, extHIP, extShim6:
		return true
	}
	return false
}

// skipExtensions walks the extension headers of an IPv6 packet, and returns the
// protocol behind them and where it begins. It is false for a fragment other
// than the first, and where a header was cut; the protocol is then what the last
// header says that is there.
func skipExtensions(b []byte, next uint8) (protocol uint8, offset int, ok bool) {
	offset = 40
	for IsExtension(next) {
		if offset+8 > len(b) {
			return next, offset, false
		}
		h := b[offset:]
		size := 8 + 8*int(h[1])
		switch next {
		case extFragment:
			size = 8
			if binary.BigEndian.Uint16(h[2:])>>3 != 0 {
				return h[0], offset, false
			}
		case extAH:
			size = 8 + 4*int(h[1]) // RFC 4302, section 2.2
		}
		next = h[0]
		offset += size
	}
	return next, offset, offset <= len(b)
}

// transport reads the header that begins at n of the captured packet b, which
// had total bytes.
func (p *Packet) transport(b []byte, n, total int) bool {
	t := b[n:]
	size := 8
	switch p.Protocol {
	case ProtocolTCP:
		if len(t) < 20 {
			return false
		}
		size = TCP(t).HeaderLength()
		if size < 20 {
			return false
		}
	case ProtocolUDP:
	case ProtocolICMP, ProtocolICMPv6:
		size = 4
	default:
		return false
	}
	if total < n+size || len(t) < min(size, 20) {
		return false
	}
	p.All, p.IP = b, b[:n]
	p.SrcPort, p.DstPort = NoPort, NoPort
	p.Length = total - n - size
	if p.ICMP() {
		p.All, p.Transport, p.Payload, p.Length = b[:n+size], t[:size], nil, 0
		return true
	}
	p.SrcPort = int32(binary.BigEndian.Uint16(t))
	p.DstPort = int32(binary.BigEndian.Uint16(t[2:]))
	size = min(size, len(t)) // options may be cut
	p.Transport, p.Payload = t[:size], t[size:]
	return true
}
