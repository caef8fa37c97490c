// Package header finds the headers of IPv4, IPv6, TCP, UDP, ICMP and ICMPv6 in a
// captured packet of any link type that carries IP, and shows their bytes as what
// they mean. It touches only the bytes it is given: no files, no system calls, no
// memory of earlier packets, and it does not allocate.
//
// Decode fills a Packet with slices of the captured bytes. A slice type for each
// header has a method for each field:
//
//	var p header.Packet
//	for pkt, err := range capture.Packets(src) {
//		if err == nil && header.Decode(pkt, &p) && p.Protocol == header.ProtocolTCP {
//			fmt.Println(p.Src, p.Dst, header.TCP(p.Transport).Sequence())
//		}
//	}
//
// Innermost does the same for what is in a tunnel: VXLAN, GRE and others.
//
// Fields have the order of bits and the units of the specification that the type
// names; numbers are converted from network byte order. A slice type can be made
// of other bytes, too: its methods panic where there are fewer than its comment
// asks for, as indexing does. Functions may be called from several goroutines, and
// what they return is a value.
//
// The package keeps its API as semantic versioning has it: docs/library.md.
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

// NoPort stands for the port of a protocol that has none: ICMP and ICMPv6.
const NoPort = -1

// AppendEndpoint appends an endpoint to b as text and returns b: address:port,
// with an IPv6 address in brackets (RFC 3986, section 3.2.2), or the address alone
// where port is NoPort.
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
// The slices lie one after another in capture.Packet.Data, are not copied, and
// are valid as long as that is. All is IP, Transport and Payload together; bytes
// behind the end of the IP packet, such as padding, are in none of them.
type Packet struct {
	Offset    int    // of the IP header in the captured packet, in bytes
	All       []byte // from the IP header on to the captured end of the payload
	IP        []byte // IPv4 with options, or IPv6 with extension headers
	Transport []byte // TCP with the options that were captured, UDP, or the first 4 bytes of ICMP
	Payload   []byte // what was captured of it; nil for ICMP and ICMPv6
	Length    int    // of the payload on the wire in bytes, by the IP header; 0 for ICMP and ICMPv6
	Version   uint8  // of IP: 4 or 6
	Protocol  uint8  // a number of IANA's: ProtocolTCP, say

	Src, Dst         netip.Addr // without a zone
	SrcPort, DstPort int32      // 0 to 65535, or NoPort for ICMP and ICMPv6
}

// Ports returns the lower and the higher port, NoPort twice for ICMP and ICMPv6.
func (p *Packet) Ports() (lower, higher int32) {
	return min(p.SrcPort, p.DstPort), max(p.SrcPort, p.DstPort)
}

// ICMP reports whether p is of ICMP or ICMPv6.
func (p *Packet) ICMP() bool {
	return p.Protocol == ProtocolICMP || p.Protocol == ProtocolICMPv6
}

// Fragment reports whether p is the first fragment of several (RFC 791, section
// 3.2; RFC 8200, section 4.5): Payload and Length are those of the fragment.
func (p *Packet) Fragment() bool {
	if p.Version == 4 {
		return p.IP[6]&0x20 != 0
	}
	next := IPv6(p.IP).NextHeader()
	for h := p.IP[40:]; len(h) >= 8 && IsExtension(next); {
		size := 8 + 8*int(h[1])
		switch next {
		case extFragment:
			return h[3]&1 != 0
		case extAH:
			size = 8 + 4*int(h[1])
		}
		if size > len(h) {
			break
		}
		next, h = h[0], h[size:]
	}
	return false
}

// ProtocolName is the name of a protocol that a Packet can have: "TCP", "UDP",
// "ICMP" or "ICMPv6"; "" for other numbers.
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

// Decode fills p with the headers of a captured packet, of which it reads Data,
// Length and LinkType, and reports whether p can describe it. It goes by the link
// type and passes over VLAN tags (IEEE 802.1Q, 802.1ad), PPPoE, MPLS labels and
// IPv6 extension headers, but looks into no tunnel: Innermost does. A total length of 0, as
// segmentation offload leaves it, is taken from the length on the wire.
//
// It returns false where a header was cut or contradicts itself, for a fragment
// other than the first, for other protocols, and for a link type that does not
// carry IP or is not known. Then Version is 0 if the packet is not IP at all;
// otherwise Version, Offset and, as far as they were captured, Protocol, Src and Dst
// are those of the packet. The rest of p is undefined. It does not allocate.
func Decode(pkt *capture.Packet, p *Packet) bool {
	b, wire := p.begin(pkt)
	n, total, ok := p.network(b, wire)
	return ok && p.transport(b[:min(total, len(b))], n, total)
}

// begin empties p and returns what a link-layer header carries, of which wire bytes
// were on the wire, link-layer padding included.
func (p *Packet) begin(pkt *capture.Packet) (b []byte, wire int) {
	b = network(pkt.LinkType, pkt.Data)
	p.Offset = len(pkt.Data) - len(b)
	return b, int(min(uint64(pkt.Length), math.MaxInt)) - p.Offset // the length is what the file says
}

// network reads the IP header at the beginning of b: what is above it begins at n,
// and total is where the packet ends, which may be behind what was captured.
func (p *Packet) network(b []byte, wire int) (n, total int, ok bool) {
	p.Version, p.Protocol, p.Src, p.Dst = 0, 0, netip.Addr{}, netip.Addr{}
	if len(b) == 0 {
		return 0, 0, false
	}
	switch b[0] >> 4 {
	case 4:
		return p.network4(b, wire)
	case 6:
		return p.network6(b, wire)
	}
	return 0, 0, false
}

func (p *Packet) network4(b []byte, wire int) (n, total int, ok bool) {
	p.Version = 4
	if len(b) < 20 {
		return 0, 0, false
	}
	ip := IPv4(b)
	p.Protocol = ip.Protocol()
	p.Src, p.Dst = netip.AddrFrom4([4]byte(b[12:])), netip.AddrFrom4([4]byte(b[16:]))
	n, total = ip.HeaderLength(), ip.TotalLength()
	if total == 0 {
		total = wire // the sender's card cuts it into packets later (TSO)
	}
	return n, total, n >= 20 && total >= n && n <= len(b) && ip.FragmentOffset() == 0
}

func (p *Packet) network6(b []byte, wire int) (n, total int, ok bool) {
	p.Version = 6
	if len(b) < 40 {
		return 0, 0, false
	}
	ip := IPv6(b)
	p.Src, p.Dst = netip.AddrFrom16([16]byte(b[8:])), netip.AddrFrom16([16]byte(b[24:]))
	total = 40 + ip.PayloadLength()
	if total == 40 {
		total = max(wire, 40) // a jumbogram (RFC 2675), or TSO
	}
	p.Protocol, n, ok = skipExtensions(b[:min(total, len(b))], ip.NextHeader())
	return n, total, ok
}

// IsExtension reports whether next is the number of an IPv6 extension header that
// Decode looks behind (RFC 8200, section 4; RFC 4302, 6275, 7401, 5533). ESP is none
// of them: what is behind it is encrypted.
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
		if (p.Protocol == ProtocolICMP) != (p.Version == 4) {
			return false
		}
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
