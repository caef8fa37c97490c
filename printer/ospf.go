// ospf.go: Open Shortest Path First, version 2 (RFC 2328).

package printer

import "github.com/tapdump/tapdump/versions"

var ospfChecks = versions.Since(versions.V5_0, "OSPF",
	"an advertisement that is cut has the mark `[\\|ospf2]`, or none; a TLV of no type or no length ends it silently; the padding of a TLV may go past the advertisement",
	"one that is cut has the mark `[\\|ospf2]`, twice where that ends the packet; such a TLV is `(invalid)`; `Bogus padded length 4 > 3`; lengths of sub-TLVs are without their header")

const (
	ospfHeaderLen = 24
	ospfMD5Len    = 16
)

// Packet types, also of version 3 (RFC 2328 section A.3.1).
const (
	ospfHelloPacket    = 1
	ospfDatabasePacket = 2
	ospfRequestPacket  = 3
	ospfUpdatePacket   = 4
	ospfAckPacket      = 5
)

// Authentication types (RFC 2328 section D).
const (
	ospfAuthNone   = 0
	ospfAuthSimple = 1
	ospfAuthMD5    = 2
)

const ospfOptionLLS = 0x10

var (
	ospfTypes = []tok{
		{ospfHelloPacket, "Hello"},
		{ospfDatabasePacket, "Database Description"},
		{ospfRequestPacket, "LS-Request"},
		{ospfUpdatePacket, "LS-Update"},
		{ospfAckPacket, "LS-Ack"},
	}
	ospfOptions = []tok{
		{0x01, "MultiTopology"},
		{0x02, "External"},
		{0x04, "Multicast"},
		{0x08, "NSSA"},
		{ospfOptionLLS, "LLS"},
		{0x20, "Demand Circuit"},
		{0x40, "Opaque"},
		{0x80, "Up/Down"},
	}
	ospfAuthTypes = []tok{
		{ospfAuthNone, "none"},
		{ospfAuthSimple, "simple"},
		{ospfAuthMD5, "MD5"},
	}
	ospfDatabaseFlags = []tok{
		{0x04, "Init"},
		{0x02, "More"},
		{0x01, "Master"},
		{0x08, "OOBResync"},
	}
)

// ospf prints a packet.
func (p *Printer) ospf(b []byte, length int, _ ipHeader) {
	p.proto = "ospf2"
	wire := uint32(length) // may wrap around, like in tcpdump
	if u16(b, 14) == ospfAuthMD5 {
		// the digest stands behind the packet
		wire -= ospfMD5Len
		b = limit(b, len(b)-ospfMD5Len)
	}
	kind := u8(b, 1)
	p.printf("OSPFv%d, %s, length %d", u8(b, 0), tokStr(ospfTypes, "unknown LS-type %d", kind), wire)
	if tokName(ospfTypes, uint32(kind)) == "" || p.vflag == 0 {
		return
	}
	claimed := uint32(u16(b, 2))
	if claimed != wire {
		p.printf(" [len %d]", claimed)
	}
	p.ospfArea(b)
	if !p.ospfAuth(b) {
		return
	}
	if version := u8(b, 0); version != 2 {
		p.printf(" ospf [version %d]", version)
		return
	}
	p.ospfBody(b, int(min(claimed, wire)))
	if wire > claimed {
		p.ospfLLS(b, wire)
	}
}

// ospfArea prints the router and the area, which stand at the same place in version
// 3.
func (p *Printer) ospfArea(b []byte) {
	p.printf("\n\tRouter-ID %s", ip4At(b, 4))
	if u32(b, 8) == 0 {
		p.str(", Backbone Area")
		return
	}
	p.printf(", Area %s", ip4At(b, 8))
}

// ospfAuth prints the authentication (RFC 2328 section D) and reports whether it is
// known.
func (p *Printer) ospfAuth(b []byte) bool {
	need(b, 0, ospfHeaderLen)
	kind := u16(b, 14)
	p.printf(", Authentication Type: %s (%d)", tokStr(ospfAuthTypes, "unknown", kind), kind)
	switch kind {
	case ospfAuthNone:
	case ospfAuthSimple:
		p.str("\n\tSimple text password: ")
		p.safePadded(b[16:], 8)
	case ospfAuthMD5:
		p.printf("\n\tKey-ID: %d, Auth-Length: %d, Crypto Sequence Number: 0x%08x", b[18], b[19], u32(b, 20))
	default:
		return false
	}
	return true
}

// ospfBody prints what stands between the header and end.
func (p *Printer) ospfBody(b []byte, end int) {
	switch u8(b, 1) {
	case ospfHelloPacket:
		p.ospfHello(b, end)
	case ospfDatabasePacket:
		p.ospfDatabase(b, end)
	case ospfRequestPacket:
		for i := ospfHeaderLen; i < end; i += 12 {
			p.ospfRequest(b, i)
		}
	case ospfUpdatePacket:
		p.ospfUpdate(b)
	case ospfAckPacket:
		for i := ospfHeaderLen; i < end; i += ospfLSAHeaderLen {
			p.ospfLSAHeader(at(b, i))
		}
	}
}

// ospfHello prints a hello (RFC 2328 section A.3.2).
func (p *Printer) ospfHello(b []byte, end int) {
	const neighbors = ospfHeaderLen + 20
	p.printf("\n\tOptions [%s]", bitStr(ospfOptions, "none", u8(b, 30)))
	p.printf("\n\t  Hello Timer %ds, Dead Timer %ds, Mask %s, Priority %d", u16(b, 28), u32(b, 32), ip4At(b, 24), u8(b, 31))
	if u32(b, 36) != 0 {
		p.printf("\n\t  Designated Router %s", ip4At(b, 36))
	}
	if u32(b, 40) != 0 {
		p.printf(", Backup Designated Router %s", ip4At(b, 40))
	}
	if neighbors < end {
		p.str("\n\t  Neighbor List:")
	}
	for i := neighbors; i < end; i += 4 {
		p.printf("\n\t    %s", ip4At(b, i))
	}
}

// ospfDatabase prints a description of the database (RFC 2328 section A.3.3).
func (p *Printer) ospfDatabase(b []byte, end int) {
	p.printf("\n\tOptions [%s]", bitStr(ospfOptions, "none", u8(b, 26)))
	p.printf(", DD Flags [%s]", bitStr(ospfDatabaseFlags, "none", u8(b, 27)))
	if mtu := u16(b, 24); mtu != 0 {
		p.printf(", MTU: %d", mtu)
	}
	p.printf(", Sequence: 0x%08x", u32(b, 28))
	for i := ospfHeaderLen + 8; i < end; i += ospfLSAHeaderLen {
		if p.ospfLSAHeader(at(b, i)) == 0 {
			return
		}
	}
}

// ospfRequest prints which advertisement is wanted (RFC 2328 section A.3.4).
func (p *Printer) ospfRequest(b []byte, i int) {
	need(b, i, 12)
	kind := u32(b, i)
	p.printf("\n\t  Advertising Router: %s, %s LSA (%d)", ip4At(b, i+8), tokStr(ospfLSATypes, "unknown", kind), kind)
	if ospfIsOpaque(kind) {
		p.printf(", Opaque-Type: %s LSA (%d), Opaque-ID: %d", tokStr(p.ospfOpaqueTypes(), "unknown", b[i+4]), b[i+4], u24(b, i+5))
		return
	}
	p.printf(", LSA-ID: %s", ip4At(b, i+4))
}

// ospfUpdate prints advertisements (RFC 2328 section A.3.5). They are counted, and
// may not end where the packet does.
func (p *Printer) ospfUpdate(b []byte) {
	count := u32(b, ospfHeaderLen)
	p.printf(", %d LSA%s", count, plural(int(count)))
	i := ospfHeaderLen + 4
	for n := uint32(1); n != 0 && n <= count; n++ {
		p.printf("\n\t  LSA #%d", n)
		i += p.ospfLSA(at(b, i))
	}
}

// TLVs of link-local signaling (RFC 5613 section 2).
const (
	ospfLLSExtended = 1
	ospfLLSMD5      = 2
)

var (
	ospfLLSTLVs = []tok{
		{ospfLLSExtended, "Extended Options"},
		{ospfLLSMD5, "MD5 Authentication"},
	}
	ospfLLSOptions = []tok{
		{1, "LSDB resync"},
		{2, "Restart"},
	}
)

// ospfLLS prints the data block for link-local signaling that hellos and database
// descriptions may have behind them (RFC 5613); length is that of both.
func (p *Printer) ospfLLS(b []byte, length uint32) {
	var options uint8
	switch u8(b, 1) {
	case ospfHelloPacket:
		options = u8(b, 30)
	case ospfDatabasePacket:
		options = u8(b, 26)
	}
	if options&ospfOptionLLS == 0 {
		return
	}
	i := int(u16(b, 2))
	if u16(b, 14) == ospfAuthMD5 {
		i += int(u8(b, 19))
	}
	if uint32(i) >= length {
		p.str("\n\t[LLS truncated]")
		return
	}
	p.printf("\n\t  LLS: checksum: 0x%04x", u16(b, i))
	p.printf(", length: %d", u16(b, i+2))
	for i += 4; uint32(i) < length; {
		i += p.ospfLLSTLV(b, i)
	}
}

// ospfLLSTLV prints a TLV and returns how long it is.
func (p *Printer) ospfLLSTLV(b []byte, i int) int {
	kind := u16(b, i)
	p.printf("\n\t    %s (%d)", tokStr(ospfLLSTLVs, "Unknown TLV", kind), kind)
	n := int(u16(b, i+2))
	p.printf(", length: %d", n)
	i += 4
	switch kind {
	case ospfLLSExtended:
		if n != 4 {
			p.str(" [should be 4]")
			n = 4
		}
		options := u32(b, i)
		p.printf("\n\t      Options: 0x%08x [%s]", options, bitStr(ospfLLSOptions, "?", options))
	case ospfLLSMD5:
		if n != 20 {
			p.str(" [should be 20]")
			n = 20
		}
		p.printf("\n\t      Sequence number: 0x%08x", u32(b, i))
	}
	return 4 + n
}
