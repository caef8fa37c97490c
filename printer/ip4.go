// ip4.go: the Internet Protocol, version 4 (RFC 791).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	ip4BigTCP = versions.Since(versions.V4_99, "IPv4",
		"total length 0 is that of segmentation offload: `length 1500 [was 0, presumed TSO]`",
		"of TCP and UDP alone, and `[was 0, presumed BIG TCP]` above 65535; with others `[total length 0 < header length 20] (invalid)`")
	ip4Bounded = versions.Since(versions.V4_99, "IPv4",
		"a total length beyond the packet is that of the payload", "the payload is no longer than the packet")
)

// IPv4 option types (IANA ip-parameters).
const (
	ip4OptEnd         = 0
	ip4OptNop         = 1
	ip4OptRecordRoute = 7
	ip4OptTimestamp   = 68
	ip4OptTraceroute  = 82
	ip4OptSecurity    = 130
	ip4OptLSRR        = 131
	ip4OptSSRR        = 137
	ip4OptRouterAlert = 148
)

var ip4OptNames = []tok{
	{ip4OptEnd, "EOL"},
	{ip4OptNop, "NOP"},
	{ip4OptTimestamp, "timestamp"},
	{ip4OptSecurity, "security"},
	{ip4OptRecordRoute, "RR"},
	{ip4OptSSRR, "SSRR"},
	{ip4OptLSRR, "LSRR"},
	{ip4OptRouterAlert, "RA"},
	{ip4OptTraceroute, "traceroute"},
}

const (
	ip4MinHeader  = 20
	ip4Reserved   = 0x8000
	ip4DontFrag   = 0x4000
	ip4MoreFrags  = 0x2000
	ip4OffsetMask = 0x1fff
)

var ip4Flags = []tok{
	{ip4MoreFrags, "+"},
	{ip4DontFrag, "DF"},
	{ip4Reserved, "rsvd"}, // RFC 3514
}

// ip4 prints an IPv4 packet.
func (p *Printer) ip4(b []byte, length int) {
	if !p.ordinary4(b, length) {
		p.ip4Any(b, length)
	}
}

// ip4Any is ip4 for what is not ordinary.
func (p *Printer) ip4Any(b []byte, length int) {
	p.enter()
	defer p.leave()
	p.proto = "ip"
	if !p.eflag {
		p.str("IP ")
	}
	if length < ip4MinHeader {
		p.refuse("length", length, "<", ip4MinHeader)
		return
	}
	first := u8(b, 0)
	if first>>4 != 4 {
		p.printf(" [version %d != 4]", first>>4)
		p.invalid()
		return
	}
	headerLen := int(first&0xf) * 4
	if headerLen < ip4MinHeader {
		p.refuse("header length", headerLen, "<", ip4MinHeader)
		return
	}
	total := int(u16(b, 2))
	if total > length {
		p.printf("[total length %d > length %d]", total, length)
		p.invalid()
		p.char(' ')
	}
	offloaded := total == 0 && p.ip4Offloaded(b)
	if offloaded {
		total = length
	}
	if total < headerLen {
		p.printf("[total length %d < header length %d]", total, headerLen)
		p.invalid()
		return
	}
	if len(b) < ip4MinHeader {
		p.truncMark()
		return
	}
	b = limit(b, min(length, total))
	if p.vflag > 0 && !p.ip4Header(b, length, headerLen, offloaded) {
		p.ip4Addresses(b)
		p.str(": ")
		p.truncMark()
		return
	}
	if total > length && length >= headerLen && p.follows(ip4Bounded) {
		total = length
	}
	p.ip4Payload(b, headerLen, total-headerLen)
}

// ip4Offloaded reports whether a packet without a length is one whose segmentation
// was left to the network card.
func (p *Printer) ip4Offloaded(b []byte) bool {
	if !p.follows(ip4BigTCP) {
		return true
	}
	proto := u8(b, 9)
	return proto == protoTCP || proto == protoUDP
}

// ip4Addresses appends source and destination.
func (p *Printer) ip4Addresses(b []byte) {
	src, dst := ip4At(b, 12), ip4At(b, 16)
	p.markFlow(0, 0, ipHeader{b: b, version: 4})
	p.appendAddr4(src)
	p.str(" > ")
	p.appendAddr4(dst)
	p.endFlow()
}

// ip4Payload hands on what follows the header: the first fragment of a
// datagram to its protocol, of the others it prints only the protocol's name.
func (p *Printer) ip4Payload(b []byte, headerLen, length int) {
	offset, ttl, proto := u16(b, 6), u8(b, 8), u8(b, 9)
	if offset&ip4OffsetMask != 0 {
		if p.qflag > 1 {
			return
		}
		p.ip4Addresses(b)
		p.char(':')
		p.ipProtoFallback(proto)
		return
	}
	switch proto {
	case protoTCP, protoUDP, protoSCTP, protoDCCP: // show addresses with ports
	default:
		p.ip4Addresses(b)
		p.str(": ")
	}
	if len(b) < headerLen {
		p.printf(" [remaining caplen(%d) < header length(%d)]", len(b), headerLen)
		trunc()
	}
	p.ipProto(proto, b[headerLen:], length, ipHeader{
		b: b, version: 4, fragment: offset&ip4MoreFrags != 0, ttl: ttl,
	})
}

// ip4Header appends the header's fields, as -v shows them, and reports whether
// all of its options were captured.
func (p *Printer) ip4Header(b []byte, length, headerLen int, offloaded bool) bool {
	need(b, 0, ip4MinHeader)
	offset, proto := u16(b, 6), b[9]
	p.str("(tos 0x")
	p.hex(uint64(b[1]), 1)
	p.str(ip4ECN[b[1]&3])
	if b[8] > 0 {
		p.str(", ttl ")
		p.uint(uint64(b[8]))
	}
	p.str(", id ")
	p.uint(uint64(u16(b, 4)))
	p.str(", offset ")
	p.uint(uint64(offset&ip4OffsetMask) * 8)
	p.str(", flags [")
	switch flags := offset &^ ip4OffsetMask; flags {
	case 0:
		p.str("none")
	case ip4DontFrag:
		p.str("DF")
	default:
		p.appendBits(bitArg{ip4Flags, "", ", ", uint32(flags)})
	}
	p.str("], proto ")
	p.ipProtoName(proto)
	p.str(" (")
	p.uint(uint64(proto))
	p.str("), length ")
	if offloaded {
		presumed := "TSO"
		if length > 65535 && p.follows(ip4BigTCP) {
			presumed = "BIG TCP"
		}
		p.printf("%d [was 0, presumed %s]", uint32(length), presumed)
	} else {
		p.uint(uint64(u16(b, 2)))
	}
	whole := true
	if headerLen > ip4MinHeader {
		p.str(", options (")
		if whole = p.ip4Options(b[ip4MinHeader:], headerLen-ip4MinHeader); !whole {
			p.str(" [truncated-option]")
		}
		p.char(')')
	}
	if !p.Kflag && len(b) >= headerLen {
		if sum := checksum(b[:headerLen]); sum != 0 {
			is := u16(b, 10)
			p.str(", ")
			start := len(p.out)
			p.printf("bad cksum %x (->%x)!", is, checksumShould(is, sum))
			p.mark(PartWrong, start)
		}
	}
	if p.gflag {
		p.str(") ")
	} else {
		p.str(")\n    ")
	}
	return whole
}

// ip4ECN are the code points of explicit congestion notification (RFC 3168
// section 5).
var ip4ECN = [4]string{1: ",ECT(1)", 2: ",ECT(0)", 3: ",CE"}

// ip4Options appends the options in the length bytes that follow the fixed
// header and reports whether all of them were captured.
func (p *Printer) ip4Options(b []byte, length int) bool {
	for i, n := 0, 0; i < length; i += n {
		if i > 0 {
			p.char(',')
		}
		kind := u8(b, i)
		p.tok(ip4OptNames, "unknown %d", uint32(kind))
		n = 1
		if kind != ip4OptEnd && kind != ip4OptNop {
			n = int(u8(b, i+1))
			if n < 2 {
				p.printf(" [bad length %d]", n)
				return true
			}
		}
		if n > length-i {
			p.printf(" [bad length %d]", n)
			return true
		}
		if !has(b, i, n) {
			return false
		}
		switch kind {
		case ip4OptEnd:
			return true
		case ip4OptTimestamp:
			if !p.ip4Timestamps(b[i:], n) {
				return false
			}
		case ip4OptRecordRoute, ip4OptSSRR, ip4OptLSRR:
			if !p.ip4Route(b[i:], n) {
				return false
			}
		case ip4OptRouterAlert:
			if n < 4 {
				p.printf(" [bad length %d]", n)
			} else if v := u16(b, i+2); v != 0 {
				p.printf(" value %d", v)
			}
		}
	}
	return true
}

// ip4Route appends the addresses of a source route or a recorded one, an option
// of n bytes; a comma stands behind those that the packet has passed. An
// address that sticks out of a malformed option is read all the same; ip4Route
// reports whether all of them were captured.
func (p *Printer) ip4Route(b []byte, n int) bool {
	if n < 3 {
		p.printf(" [bad length %d]", n)
		return true
	}
	if (n+1)&3 != 0 {
		p.printf(" [bad length %d]", n)
	}
	next := uint32(b[2]) - 1
	if next < 3 || (next+1)&3 != 0 || next > uint32(n)+1 {
		p.printf(" [bad ptr %d]", b[2])
	}
	for i := 3; i < n; i += 4 {
		if !has(b, i, 4) {
			return false
		}
		p.char(' ')
		p.appendAddr4(ip4At(b, i))
		if next > uint32(i) {
			p.char(',')
		}
	}
	return true
}

// Kinds of timestamp options: what stands beside the times.
const (
	ip4TimestampOnly      = 0
	ip4TimestampAddress   = 1
	ip4TimestampPrescribe = 3
)

// ip4Timestamps appends the times of a timestamp option of n bytes. A ^ stands
// where the next hop writes. It reports whether all entries were captured.
func (p *Printer) ip4Timestamps(b []byte, n int) bool {
	if n < 4 {
		p.printf("[bad length %d]", n)
		return true
	}
	p.str(" TS{")
	kind, overflow := b[3]&0xf, b[3]>>4
	size := 8
	if kind == ip4TimestampOnly {
		size = 4
	}
	if (n-4)&(size-1) != 0 {
		p.printf("[bad length %d]", n)
	}
	next := uint32(b[2]) - 1
	if next < 4 || (next-4)&uint32(size-1) != 0 || next > uint32(n)+1 {
		p.printf("[bad ptr %d]", b[2])
	}
	i := 4
	switch kind {
	case ip4TimestampOnly:
		p.str("TSONLY")
	case ip4TimestampAddress:
		p.str("TS+ADDR")
	case ip4TimestampPrescribe:
		p.str("PRESPEC")
	default:
		p.printf("[bad ts type %d]", kind)
		i, n = 0, 0
	}
	for ; i < n; i += size {
		if !has(b, i, size) {
			return false
		}
		if next == uint32(i) {
			p.str(" ^ ")
		} else {
			p.char(' ')
		}
		p.uint(uint64(u32(b, i+size-4)))
		p.char('@')
		if size == 8 {
			p.appendAddr4(ip4At(b, i))
		}
	}
	if next == uint32(i) {
		p.str(" ^ ")
	}
	if overflow != 0 {
		p.printf(" [%d hops not recorded]} ", overflow)
	} else {
		p.char('}')
	}
	return true
}

// ip4LastHop is where the packet shall end up: the last address of a source
// route, else the destination.
func (p *Printer) ip4LastHop(ip ipHeader) addr4 {
	dst := ip4At(ip.b, 16)
	headerLen := int(u8(ip.b, 0)&0xf) * 4
	for i, n := ip4MinHeader, 0; i < headerLen; i += n {
		kind := u8(ip.b, i)
		if kind == ip4OptEnd {
			return dst
		}
		n = 1
		if kind != ip4OptNop {
			n = int(u8(ip.b, i+1))
		}
		if n < 1 || n == 1 && kind != ip4OptNop || n > headerLen-i || !has(ip.b, i, n) {
			return dst
		}
		if (kind == ip4OptSSRR || kind == ip4OptLSRR) && n >= 7 {
			return ip4At(ip.b, i+n-4)
		}
	}
	return dst
}
