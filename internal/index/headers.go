package index

import (
	"encoding/binary"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
)

// headers finds the keys of packets: of each header that a filter expression can look
// at, wherever its terms shift it to. What it takes for a header is what the programs of
// bpf/compile take for one, which is less strict than the protocols are.
type headers struct {
	keySet
	opaque bool   // a packet of the block may have keys that are not known
	links  uint64 // the link types of packets so far, as in linkTypes
}

// linkTypes are those whose packets have keys; those of others may have any.
var linkTypes = [...]capture.LinkType{
	capture.LinkEN10MB, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2, capture.LinkRAW,
	capture.LinkIPV4, capture.LinkIPV6, capture.LinkNULL, capture.LinkLOOP,
}

// Bits of linkTypes.
const (
	hasEthernet = 1 << iota
	hasCooked
	hasCooked2
	hasRaw
	hasIPv4
	hasIPv6
	hasNull
	hasLoop
)

// Ethernet types that keys are behind.
const (
	etherIPv4     = 0x0800
	etherARP      = 0x0806
	etherRARP     = 0x8035
	etherVLAN     = 0x8100
	etherIPv6     = 0x86dd
	etherMPLS     = 0x8847
	etherPPPoE    = 0x8864
	etherQinQ     = 0x88a8
	etherOldQinQ  = 0x9100
	etherBridging = 0x6558
)

// Protocols of IP with ports, and a header of IPv6.
const (
	protocolTCP      = 6
	protocolUDP      = 17
	protocolFragment = 44
	protocolSCTP     = 132
)

// Protocols of PPP.
const (
	pppIPv4 = 0x0021
	pppIPv6 = 0x0057
	pppMPLS = 0x0281
)

// Ports of UDP that tunnels have.
const (
	portVXLAN  = 4789
	portGeneve = 6081
)

// maxTunnels is how many tunnels one within another are followed, more than any
// expression asks for.
const maxTunnels = 8

func hasPorts(protocol byte) bool {
	return protocol == protocolTCP || protocol == protocolUDP || protocol == protocolSCTP
}

// begin starts a block.
func (h *headers) begin() {
	h.keySet.clear()
	h.opaque = false
}

// add takes the keys of a packet.
func (h *headers) add(pkt *capture.Packet) {
	b := pkt.Data
	switch pkt.LinkType {
	case capture.LinkEN10MB:
		h.links |= hasEthernet
		if !h.plain(b) {
			h.ethernet(b, 0)
		}
	case capture.LinkLINUX_SLL:
		h.links |= hasCooked
		h.cooked(b, 14, 16)
	case capture.LinkLINUX_SLL2:
		h.links |= hasCooked2
		h.cooked(b, 0, 20)
	case capture.LinkRAW:
		h.links |= hasRaw
		h.byVersion(b, 0)
	case capture.LinkIPV4:
		h.links |= hasIPv4
		h.ip4(b, 0)
	case capture.LinkIPV6:
		h.links |= hasIPv6
		h.ip6(b, 0)
	case capture.LinkNULL:
		h.links |= hasNull
		h.loopback(b)
	case capture.LinkLOOP:
		h.links |= hasLoop
		h.loopback(b)
	default:
		h.opaque = true
	}
}

func (h *headers) ethernet(b []byte, tunnels int) {
	if len(b) >= 6 {
		h.mac(b)
	}
	if len(b) >= 12 {
		h.mac(b[6:])
	}
	if len(b) >= 14 {
		h.network(binary.BigEndian.Uint16(b[12:]), b[14:], tunnels)
	}
}

// cooked is a header of Linux with the type and the payload at these offsets.
func (h *headers) cooked(b []byte, typ, payload int) {
	if len(b) < typ+2 {
		return
	}
	h.network(binary.BigEndian.Uint16(b[typ:]), b[min(payload, len(b)):], 0)
}

// byVersion is an IP packet, if its version says so.
func (h *headers) byVersion(b []byte, tunnels int) {
	if len(b) == 0 {
		return
	}
	switch b[0] >> 4 {
	case 4:
		h.etherType(etherIPv4)
		h.ip4(b, tunnels)
	case 6:
		h.etherType(etherIPv6)
		h.ip6(b, tunnels)
	}
}

// loopback has an address family in front, in the byte order of any machine.
func (h *headers) loopback(b []byte) {
	if len(b) < 4 {
		return
	}
	family := binary.BigEndian.Uint32(b)
	if family > 0xffff {
		family = binary.LittleEndian.Uint32(b)
	}
	switch family {
	case 2:
		h.etherType(etherIPv4)
		h.ip4(b[4:], 0)
	case 10, 24, 28, 30: // systems do not agree
		h.etherType(etherIPv6)
		h.ip6(b[4:], 0)
	}
}

// network is what an Ethernet type stands for, which is a key.
func (h *headers) network(typ uint16, b []byte, tunnels int) {
	h.etherType(typ)
	h.payload(typ, b, tunnels)
}

// payload is what stands behind an Ethernet type, behind VLAN tags and MPLS labels too.
func (h *headers) payload(typ uint16, b []byte, tunnels int) {
	for typ == etherVLAN || typ == etherQinQ || typ == etherOldQinQ {
		if len(b) >= 2 {
			h.number(compile.KeyVLAN, binary.BigEndian.Uint16(b)&0xfff)
		}
		if len(b) < 4 {
			return
		}
		typ, b = binary.BigEndian.Uint16(b[2:]), b[4:]
		h.etherType(typ)
	}
	switch typ {
	case etherIPv4:
		h.ip4(b, tunnels)
	case etherIPv6:
		h.ip6(b, tunnels)
	case etherARP, etherRARP:
		h.arp(b)
	case etherMPLS:
		h.mpls(b, tunnels)
	case etherPPPoE:
		h.pppoe(b, tunnels)
	}
}

// arp has IPv4 addresses behind Ethernet's.
func (h *headers) arp(b []byte) {
	if len(b) >= 14+4 {
		h.address4(b[14:])
	}
	if len(b) >= 24+4 {
		h.address4(b[24:])
	}
}

// mpls is a stack of labels (RFC 3032), and IP behind the last one.
func (h *headers) mpls(b []byte, tunnels int) {
	for len(b) > 4 {
		last := b[2]&1 != 0
		if b = b[4:]; last {
			h.byVersion(b, tunnels)
			return
		}
	}
}

// pppoe is a session of PPP (RFC 2516).
func (h *headers) pppoe(b []byte, tunnels int) {
	const header = 6
	if len(b) < header+2 {
		return
	}
	switch payload := b[header+2:]; binary.BigEndian.Uint16(b[header:]) {
	case pppIPv4:
		h.ip4(payload, tunnels)
	case pppIPv6:
		h.ip6(payload, tunnels)
	case pppMPLS:
		h.mpls(payload, tunnels)
	}
}

func (h *headers) ip4(b []byte, tunnels int) {
	if len(b) < 10 {
		return
	}
	h.protocol(b[9])
	if len(b) >= 12+4 {
		h.address4(b[12:])
	}
	if len(b) >= 16+4 {
		h.address4(b[16:])
	}
	first := binary.BigEndian.Uint16(b[6:])&0x1fff == 0
	if at := int(b[0]&0xf) * 4; first && hasPorts(b[9]) && at < len(b) {
		h.transport(b[9], b[at:], tunnels)
	}
}

func (h *headers) ip6(b []byte, tunnels int) {
	if len(b) < 7 {
		return
	}
	h.protocol(b[6])
	for _, at := range [...]int{8, 24} {
		switch {
		case len(b) >= at+16:
			h.address6(b[at:])
		case len(b) >= at+4:
			h.opaque = true // a network may be known by what is there
		}
	}
	switch {
	case len(b) <= 40:
	case b[6] == protocolFragment:
		h.protocol(b[40])
	case hasPorts(b[6]):
		h.transport(b[6], b[40:], tunnels)
	}
}

// transport has ports, and in UDP a tunnel perhaps.
func (h *headers) transport(protocol byte, b []byte, tunnels int) {
	if len(b) >= 2 {
		h.port(binary.BigEndian.Uint16(b))
	}
	if len(b) < 4 {
		return
	}
	to := binary.BigEndian.Uint16(b[2:])
	h.port(to)
	const headers = 8 + 8 // of UDP and of the tunnel
	if !isTunnel(protocol, to) || len(b) < headers {
		return
	}
	if tunnels == maxTunnels {
		h.opaque = true
		return
	}
	if to == portVXLAN { // RFC 7348
		h.ethernet(b[headers:], tunnels+1)
		return
	}
	at := headers + int(b[8]&0x3f)*4 // RFC 8926
	typ := binary.BigEndian.Uint16(b[10:])
	if at > len(b) {
		return
	}
	switch typ {
	case etherBridging:
		h.ethernet(b[at:], tunnels+1)
	case etherVLAN, etherQinQ, etherOldQinQ:
		h.opaque = true // behind a tag, programs look for the type in Geneve's header
	default:
		h.network(typ, b[at:], tunnels+1)
	}
}

// plain is ethernet for nearly all packets, TCP, UDP and others in IP without options and
// tags, in one go. It reports whether b was one.
func (h *headers) plain(b []byte) bool {
	const ip4, ip6 = 14 + 20 + 4, 14 + 40 + 4
	switch {
	case len(b) >= ip4 && b[12] == 8 && b[13] == 0:
		return h.plain4((*[ip4]byte)(b))
	case len(b) >= ip6 && b[12] == 0x86 && b[13] == 0xdd:
		return h.plain6((*[ip6]byte)(b))
	}
	return false
}

// plain4 is plain for IPv4, of which p is the beginning.
func (h *headers) plain4(p *[38]byte) bool {
	protocol, ports := p[23], binary.BigEndian.Uint32(p[34:])
	has := p[20]&0x1f == 0 && p[21] == 0 && hasPorts(protocol)
	if p[14]&0xf != 5 || has && isTunnel(protocol, uint16(ports)) {
		return false
	}
	h.etherType(etherIPv4)
	h.pair((*[12]byte)(p[:]))
	h.protocol(protocol)
	h.address4(p[26:])
	h.address4(p[30:])
	if has {
		h.port(uint16(ports >> 16))
		h.port(uint16(ports))
	}
	return true
}

// plain6 is plain for IPv6, of which p is the beginning.
func (h *headers) plain6(p *[58]byte) bool {
	protocol, ports := p[20], binary.BigEndian.Uint32(p[54:])
	has := hasPorts(protocol)
	if protocol == protocolFragment || has && isTunnel(protocol, uint16(ports)) {
		return false
	}
	h.etherType(etherIPv6)
	h.pair((*[12]byte)(p[:]))
	h.protocol(protocol)
	h.address6(p[22:])
	h.address6(p[38:])
	if has {
		h.port(uint16(ports >> 16))
		h.port(uint16(ports))
	}
	return true
}

// isTunnel reports whether packets to a port have others inside.
func isTunnel(protocol byte, to uint16) bool {
	return protocol == protocolUDP && (to == portVXLAN || to == portGeneve)
}
