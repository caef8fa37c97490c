// eigrp.go: Cisco Enhanced Interior Gateway Routing Protocol (RFC 7868).

package printer

import "github.com/tapdump/tapdump/versions"

const (
	eigrpHeaderLen    = 20
	eigrpTLVHeaderLen = 4
)

var (
	eigrpRemainder = versions.Since(versions.V5_0, "EIGRP", "without -v, and of versions that are not decoded, nothing shows that a packet was cut; a message that is too short and cut is `[\\|eigrp]`",
		"`[\\|eigrp]` whenever the end was not captured; such a message is `(too short, < 20)`")
	eigrpInvalid = versions.Since(versions.V5_0, "EIGRP", "the bytes of a TLV of wrong length", "the TLV's head and `(invalid)`; `(only 3 bytes of data) (invalid)`")
)

var eigrpOpcodes = []tok{
	{1, "Update"},
	{3, "Query"},
	{4, "Reply"},
	{5, "Hello"},
	{6, "IPX SAP"},
	{7, "Probe"},
}

var eigrpFlags = []tok{
	{0x01, "Init"},
	{0x02, "Conditionally Received"},
	{0x04, "Restart"},
	{0x08, "End-of-Table"},
}

const (
	eigrpParameters = 0x0001
	eigrpVersion    = 0x0004
	eigrpIPInternal = 0x0102
	eigrpIPExternal = 0x0103
	eigrpATInternal = 0x0202
	eigrpATExternal = 0x0203
	eigrpATCable    = 0x0204
)

var eigrpTLVs = []tok{
	{eigrpParameters, "General Parameters"},
	{0x0002, "Authentication"},
	{0x0003, "Sequence"},
	{eigrpVersion, "Software Version"},
	{0x0005, "Next Multicast Sequence"},
	{eigrpIPInternal, "IP Internal routes"},
	{eigrpIPExternal, "IP External routes"},
	{eigrpATInternal, "AppleTalk Internal routes"},
	{eigrpATExternal, "AppleTalk External routes"},
	{eigrpATCable, "AppleTalk Cable setup"},
	{0x0302, "IPX Internal routes"},
	{0x0303, "IPX External routes"},
}

var eigrpOrigins = []tok{
	{1, "IGRP"},
	{2, "EIGRP"},
	{3, "Static"},
	{4, "RIP"},
	{5, "Hello"},
	{6, "OSPF"},
	{7, "IS-IS"},
	{8, "EGP"},
	{9, "BGP"},
	{10, "IDRP"},
	{11, "Connected"},
}

func (p *Printer) eigrp(b []byte, length int) {
	p.proto = "eigrp"
	switch {
	case p.follows(eigrpRemainder):
		if uint32(length) < eigrpHeaderLen {
			p.eigrpShort(u8(b, 1), length)
			need(b, 0, length)
			return
		}
	case !has(b, 0, eigrpHeaderLen):
		p.truncMark()
		return
	}
	version := u8(b, 0)
	switch {
	case version != 2:
		p.printf("EIGRP version %d packet not supported", version)
		p.eigrpEnd(b, length)
		return
	case p.vflag == 0:
		p.printf("EIGRP %s, length: %d", tokStr(eigrpOpcodes, "unknown (%d)", u8(b, 1)), uint32(length))
		p.eigrpEnd(b, length)
		return
	case length < eigrpHeaderLen:
		p.eigrpShort(u8(b, 1), length)
		return
	}
	need(b, 0, eigrpHeaderLen)
	opcode := u8(b, 1)
	left := length - eigrpHeaderLen
	p.printf("\n\tEIGRP v%d, opcode: %s (%d), chksum: 0x%04x, Flags: [%s]", version,
		tokStr(eigrpOpcodes, "unknown, type: %d", opcode), opcode, u16(b, 2), bitStr(eigrpFlags, "none", u32(b, 4)))
	p.printf("\n\tseq: 0x%08x, ack: 0x%08x, VRID: %d, AS: %d, length: %d", u32(b, 8), u32(b, 12), u16(b, 16), u16(b, 18), left)
	p.eigrpTLVs(b[eigrpHeaderLen:], left)
}

func (p *Printer) eigrpShort(opcode uint8, length int) {
	p.printf("EIGRP %s, length: %d (too short, < %d)", tokStr(eigrpOpcodes, "unknown (%d)", opcode), length, eigrpHeaderLen)
}

// eigrpEnd ends the packet unless all of the message was captured.
func (p *Printer) eigrpEnd(b []byte, length int) {
	if p.follows(eigrpRemainder) {
		need(b, 0, asInt(uint32(length)))
	}
}

// eigrpTLVs prints the TLVs in the left bytes of a message.
func (p *Printer) eigrpTLVs(b []byte, left int) {
	for left > 0 {
		n, went := p.eigrpTLV(b, left)
		switch went {
		case bad:
			p.invalid()
			p.eigrpEnd(b, left)
			return
		case cut:
			p.truncMark()
			return
		case stop:
			return
		}
		b, left = at(b, n), left-n
	}
}

// eigrpTLV prints a TLV and returns its length. left counts the bytes to the end of
// the packet.
func (p *Printer) eigrpTLV(b []byte, left int) (n int, went outcome) {
	if left < eigrpTLVHeaderLen && p.follows(eigrpInvalid) {
		p.printf("\n\t  (only %d bytes of data)", left)
		return 0, bad
	}
	if !has(b, 0, eigrpTLVHeaderLen) {
		return 0, p.eigrpCut()
	}
	kind := u16(b, 0)
	n = int(u16(b, 2))
	value := b[eigrpTLVHeaderLen:]
	fits := n >= eigrpTLVHeaderLen && n <= left
	if !fits && !p.follows(eigrpInvalid) {
		p.unknownData(value, "\n\t    ", left)
		return 0, stop
	}
	p.printf("\n\t  %s TLV (0x%04x), length: %d", tokStr(eigrpTLVs, "Unknown", kind), kind, n)
	if !fits {
		return 0, bad
	}
	if !has(b, 0, n) {
		return 0, p.eigrpCut()
	}
	size := n - eigrpTLVHeaderLen
	if want := eigrpValueLen(kind); size < want {
		p.printf(" (too short, < %d)", eigrpTLVHeaderLen+want)
	} else {
		p.eigrpValue(kind, value, size)
	}
	if p.vflag > 1 {
		p.unknownData(value, "\n\t    ", size)
	}
	return n, done
}

// eigrpCut is the outcome of a TLV that was not captured. It ends the packet where
// all ends that are missing do.
func (p *Printer) eigrpCut() outcome {
	if p.follows(eigrpRemainder) {
		trunc()
	}
	return cut
}

// eigrpValueLen is the least length of the value of a TLV that is decoded.
func eigrpValueLen(kind uint16) int {
	switch kind {
	case eigrpParameters, eigrpATCable:
		return 8
	case eigrpVersion:
		return 4
	case eigrpIPInternal:
		return 22
	case eigrpIPExternal:
		return 42
	case eigrpATInternal:
		return 24
	case eigrpATExternal:
		return 40
	}
	return 0
}

func (p *Printer) eigrpValue(kind uint16, v []byte, size int) {
	switch kind {
	case eigrpParameters:
		p.printf("\n\t    holdtime: %ds, k1 %d, k2 %d, k3 %d, k4 %d, k5 %d", u16(v, 6), v[0], v[1], v[2], v[3], v[4])
	case eigrpVersion:
		p.printf("\n\t    IOS version: %d.%d, EIGRP version %d.%d", v[0], v[1], v[2], v[3])
	case eigrpIPInternal:
		if p.eigrpPrefix(v, 20) {
			p.eigrpMetrics(v[4:])
		}
	case eigrpIPExternal:
		if p.eigrpPrefix(v, 40) {
			p.printf("\n\t      origin-router %s", ip4At(v, 4))
			p.eigrpOrigin(u32(v, 8), v[22], v[23], u32(v, 12), u32(v, 16))
			p.eigrpMetrics(v[24:])
		}
	case eigrpATCable:
		p.printf("\n\t    Cable-range: %d-%d, Router-ID %d", u16(v, 0), u16(v, 2), u32(v, 4))
	case eigrpATInternal:
		p.eigrpCable(v, 20)
		p.eigrpMetrics(v[4:])
	case eigrpATExternal:
		p.eigrpCable(v, 36)
		p.printf("\n\t      origin-router %d", u32(v, 4))
		p.eigrpOrigin(u32(v, 8), v[16], v[17], u32(v, 12), uint32(u16(v, 18)))
		p.eigrpMetrics(v[20:])
	default:
		if p.vflag == 1 {
			p.unknownData(v, "\n\t    ", size)
		}
	}
}

// eigrpPrefix prints the destination whose prefix length stands at v[i], with as
// many bytes behind it as it needs, and the next hop. It reports whether the
// length makes sense.
func (p *Printer) eigrpPrefix(v []byte, i int) bool {
	n := int(v[i])
	if n > 32 {
		p.printf("\n\t    illegal prefix length %d", n)
		return false
	}
	var prefix addr4
	copy(prefix[:], bytesAt(v, i+1, (n+7)/8))
	p.printf("\n\t    IPv4 prefix: %15s/%d, nexthop: ", prefix, n)
	if hop := ip4At(v, 0); hop != (addr4{}) {
		p.printf("%s", hop)
	} else {
		p.str("self")
	}
	return true
}

// eigrpCable prints the AppleTalk network range at v[i] and the next hop.
func (p *Printer) eigrpCable(v []byte, i int) {
	p.printf("\n\t     Cable-Range: %d-%d, nexthop: ", u16(v, i), u16(v, i+2))
	if u32(v, 0) == 0 {
		p.str("self")
	} else {
		p.printf("%d.%d", u16(v, 0), u16(v, 2))
	}
}

func (p *Printer) eigrpOrigin(as uint32, proto, bits uint8, tag, metric uint32) {
	p.printf(", origin-as %d, origin-proto %s, flags [0x%02x], tag 0x%08x, metric %d",
		as, tokStr(eigrpOrigins, "unknown", proto), bits, tag, metric)
}

// eigrpMetrics prints the classic metric (RFC 7868 section 6.6.1.2); delays are in
// units of 10 microseconds.
func (p *Printer) eigrpMetrics(v []byte) {
	p.printf("\n\t      delay %d ms, bandwidth %d Kbps, mtu %d, hop %d, reliability %d, load %d",
		u32(v, 0)/100, u32(v, 4), u24(v, 8), v[11], v[12], v[13])
}
