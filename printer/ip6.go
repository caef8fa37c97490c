// ip6.go: the Internet Protocol, version 6 (RFC 8200), the order of its
// extension headers.

package printer

import "github.com/tapdump/tapdump/versions"

var ip6BigTCP = versions.Since(versions.V5_0, "IPv6",
	"payload length 0 without the jumbo payload option is an empty payload",
	"TCP and UDP in more than 65535 bytes go on: `[real length 66000, presumed BIG TCP]`")

const ip6HeaderLen = 40

// ip6 prints an IPv6 packet.
func (p *Printer) ip6(b []byte, length int) {
	if !p.ordinary6(b, length) {
		p.ip6Any(b, length)
	}
}

// ip6Any is ip6 for what is not ordinary.
func (p *Printer) ip6Any(b []byte, length int) {
	p.enter()
	defer p.leave()
	p.proto = "ip6"
	if !p.eflag {
		p.str("IP6 ")
	}
	if length < ip6HeaderLen {
		p.refuse("length", length, "<", ip6HeaderLen)
		return
	}
	if v := u8(b, 0) >> 4; v != 6 {
		p.printf(" [version %d != 6]", v)
		p.invalid()
		return
	}
	payload := int(u16(b, 4))
	// A jumbogram says 0 (RFC 2675 section 3): all that there is may hold
	// its option.
	total := length + ip6HeaderLen
	if payload != 0 {
		total = payload + ip6HeaderLen
		p.ip6TooLong(uint32(total), length)
	}
	next := u8(b, 6)
	if p.vflag > 0 {
		p.ip6Header(b, next, payload)
	}
	if len(b) < ip6HeaderLen {
		p.truncMark()
		return
	}
	p.ip6Chain(ip6Packet{
		b:      limit(b, min(length, total)),
		length: length, payload: uint32(payload), left: uint32(total),
	}, next)
}

// ip6TooLong complains about a packet that says it is longer than what it came
// in.
func (p *Printer) ip6TooLong(total uint32, length int) {
	if int64(total) > int64(length) {
		p.printf("[header+payload length %d > length %d]", total, uint32(length))
		p.invalid()
		p.char(' ')
	}
}

// ip6Header appends the header's fields, as -v shows them.
func (p *Printer) ip6Header(b []byte, next uint8, payload int) {
	flow := u32(b, 0)
	p.char('(')
	if class := flow >> 20 & 0xff; class != 0 {
		p.str("class 0x")
		p.hex(uint64(class), 2)
		p.str(", ")
	}
	if label := flow & 0xfffff; label != 0 {
		p.str("flowlabel 0x")
		p.hex(uint64(label), 5)
		p.str(", ")
	}
	hopLimit := u8(b, 7)
	p.str("hlim ")
	p.uint(uint64(hopLimit))
	p.str(", next-header ")
	p.ipProtoName(next)
	p.str(" (")
	p.uint(uint64(next))
	p.str("), payload length ")
	p.uint(uint64(payload))
	p.str(") ")
}

// ip6Packet is a packet on the way through its extension headers.
type ip6Packet struct {
	b       []byte // as far as captured and not behind the packet's end
	length  int    // of what the packet came in
	payload uint32 // from the header, or a jumbogram's
	at      int    // where the next header stands
	left    uint32 // bytes of the packet from there on
	jumbo   bool
	hop     bool // hop-by-hop options were seen
	options bool // so was any extension header
	frag    bool
}

// ip6Chain prints the extension headers one by one and then the payload.
func (p *Printer) ip6Chain(pkt ip6Packet, next uint8) {
	first := true
	for n := ip6HeaderLen; n > 0 && pkt.at < len(pkt.b); first = false {
		if pkt.left < uint32(n) {
			p.truncMark()
			return
		}
		pkt.at += n
		pkt.left -= uint32(n)
		if first {
			switch next {
			case protoTCP, protoUDP, protoSCTP, protoDCCP: // show addresses with ports
			default:
				p.ip6Addresses(pkt.b)
			}
		}
		b := at(pkt.b, pkt.at)
		switch next {
		case protoHopByHop:
			n = p.ip6HopByHop(&pkt, b, first)
		case protoDstOpts:
			n = p.ip6DestinationOptions(b)
		case protoFragment:
			n = p.ip6Fragment(pkt.b, pkt.at)
			if n < 0 || pkt.at+n >= len(pkt.b) {
				return
			}
			pkt.frag = true
		case protoRouting:
			if len(b) == 0 {
				p.truncMark()
				return
			}
			n = p.ip6Routing(b)
		case protoMobilityOld, protoMobility:
			// a payload behind it is for the future (RFC 6275 section 6.1.1)
			if n = p.mobility(b, ipHeader{b: pkt.b, version: 6}); n >= 0 {
				u8(b, 0)
			}
			return
		default:
			p.ip6Payload(&pkt, b, next)
			return
		}
		if n < 0 {
			return
		}
		pkt.options = true
		next = u8(b, 0)
		p.proto = "ip6"
	}
}

// ip6Addresses appends source and destination.
func (p *Printer) ip6Addresses(b []byte) {
	src, dst := ip6At(b, 8), ip6At(b, 24)
	p.markFlow(0, 0, ipHeader{b: b, version: 6})
	p.appendAddr6(src)
	p.str(" > ")
	p.appendAddr6(dst)
	p.endFlow()
	p.str(": ")
}

// ip6HopByHop prints the hop-by-hop options, which only the first header may
// hold, and returns their length or -1.
func (p *Printer) ip6HopByHop(pkt *ip6Packet, b []byte, first bool) int {
	if pkt.hop {
		p.str("[The Hop-by-Hop Options header was already found]")
		p.invalid()
		return -1
	}
	if !first {
		p.str("[The Hop-by-Hop Options header don't follow the IPv6 header]")
		p.invalid()
		return -1
	}
	pkt.hop = true
	n := p.ip6HopByHopOptions(b, pkt)
	if pkt.payload == 0 && !pkt.jumbo {
		p.str("[No valid Jumbo Payload Hop-by-Hop option found]")
		p.invalid()
		return -1
	}
	return n
}

// ip6Payload hands on what follows the last header.
func (p *Printer) ip6Payload(pkt *ip6Packet, b []byte, proto uint8) {
	left := pkt.left
	switch {
	case pkt.jumbo:
		total := pkt.payload + ip6HeaderLen
		if total < uint32(pkt.at) {
			p.truncMark()
			return
		}
		p.ip6TooLong(total, pkt.length)
		pkt.b = limit(pkt.b, asInt(total))
		left = total - uint32(pkt.at)
		b = at(pkt.b, pkt.at)
	case pkt.payload == 0:
		// no payload, so none that could hold extension headers
		if pkt.options {
			p.truncMark()
			return
		}
		total := uint32(ip6HeaderLen)
		if pkt.length > 65535 && (proto == protoTCP || proto == protoUDP) && p.follows(ip6BigTCP) {
			total = uint32(pkt.length)
			if p.vflag > 0 {
				p.printf("[real length %d, presumed BIG TCP] ", total)
			}
		} else {
			pkt.b = limit(pkt.b, ip6HeaderLen)
		}
		left = total - uint32(pkt.at)
		b = at(pkt.b, pkt.at)
	}
	p.ipProto(proto, b, asInt(left), ipHeader{
		b: pkt.b, version: 6, fragment: pkt.frag, ttl: u8(pkt.b, 7),
	})
}

// ip6LastHop is where the packet shall end up: the last address of a routing
// header, else the destination.
func (p *Printer) ip6LastHop(ip ipHeader) addr6 {
	dst := ip6At(ip.b, 24)
	next := u8(ip.b, 6)
	for i, n := 0, ip6HeaderLen; i < len(ip.b); {
		i += n
		switch next {
		case protoHopByHop, protoDstOpts, protoMobilityOld, protoMobility:
			n = (int(u8(ip.b, i+1)) + 1) * 8
		case protoFragment:
			n = 8
		case protoRouting:
			return ip6LastSegment(at(ip.b, i), dst)
		default:
			return dst
		}
		next = u8(ip.b, i)
	}
	return dst
}

// ip6LastSegment is the last address of the routing header b, as far as it was
// captured, or dst.
func ip6LastSegment(b []byte, dst addr6) addr6 {
	if !has(b, 0, 4) || b[1]&1 != 0 {
		return dst
	}
	switch b[2] {
	case ip6RoutingSource, ip6RoutingMobile:
		for i := 0; i < int(b[1]/2) && has(b, 8+16*i, 16); i++ {
			dst = ip6At(b, 8+16*i)
		}
	case ip6RoutingSegments: // written backwards (RFC 8754 section 2)
		if has(b, 8, 16) {
			dst = ip6At(b, 8)
		}
	}
	return dst
}
