// ospf6.go: Open Shortest Path First, version 3, for IPv6 (RFC 5340).

package printer

const (
	ospf6HeaderLen      = 16
	ospf6LLSHeaderLen   = 4
	ospf6TrailerLen     = 16 // of authentication, without its data
	ospf6OptionLLS      = 0x0200
	ospf6FirstNeighbor  = ospf6HeaderLen + 20
	ospf6FirstSummary   = ospf6HeaderLen + 12
	ospf6FirstLSA       = ospf6HeaderLen + 4
	ospf6HelloOptions   = ospf6HeaderLen + 4 // the first byte is the priority
	ospf6DatabaseOption = ospf6HeaderLen
)

var (
	// RFC 5340 section A.2, RFC 5838 section 2.2, RFC 5613 section 2.1, RFC 7166
	// section 2.1
	ospf6Options = []tok{
		{0x0001, "V6"},
		{0x0002, "External"},
		{0x0004, "Deprecated"},
		{0x0008, "NSSA"},
		{0x0010, "Router"},
		{0x0020, "Demand Circuit"},
		{0x0100, "AFs Support"},
		{ospf6OptionLLS, "LLS"},
		{0x0400, "Authentication Trailer"},
	}
	ospf6DatabaseFlags = []tok{
		{0x04, "Init"},
		{0x02, "More"},
		{0x01, "Master"},
		{0x10, "IPv6 MTU"},
	}
	ospf6AuthTypes = []tok{{1, "HMAC"}}
)

// ospf6 prints a packet.
func (p *Printer) ospf6(b []byte, length int) {
	p.proto = "ospf3"
	kind := u8(b, 1)
	version := u8(b, 0)
	p.printf("OSPFv%d, %s, length %d", version, tokStr(ospfTypes, "unknown packet type (%d)", kind), uint32(length))
	if tokName(ospfTypes, uint32(kind)) == "" || p.vflag == 0 {
		return
	}
	end := int(u16(b, 2))
	if end > length {
		p.printf(" [len %d]", end)
		return
	}
	p.ospfArea(b)
	if instance := u8(b, 14); instance != 0 {
		p.printf(", Instance %d", instance)
	}
	if version != 3 {
		return
	}
	if !p.ospf6Body(b, end) || !p.ospf6Trailers(b, end, length-end) {
		p.truncMark()
	}
}

// ospf6Body prints what stands between the header and end and reports whether
// all of it was captured.
func (p *Printer) ospf6Body(b []byte, end int) bool {
	switch u8(b, 1) {
	case ospfHelloPacket:
		p.ospf6Hello(b, end)
	case ospfDatabasePacket:
		p.printf("\n\tOptions [%s]", bitStr(ospf6Options, "none", u32(b, ospf6DatabaseOption)))
		p.printf(", DD Flags [%s]", bitStr(ospf6DatabaseFlags, "none", u8(b, 23)))
		p.printf(", MTU %d, DD-Sequence 0x%08x", u16(b, 20), u32(b, 24))
		return p.vflag <= 1 || p.ospf6LSAHeaders(b, ospf6FirstSummary, end)
	case ospfRequestPacket:
		if p.vflag <= 1 {
			return true
		}
		for i := ospf6HeaderLen; i < end; i += 12 {
			if !has(b, i, 12) {
				return false
			}
			p.printf("\n\t  Advertising Router %s", ip4At(b, i+8))
			p.ospf6LSAType(u16(b, i+2), b, i+4)
		}
	case ospfUpdatePacket:
		return p.vflag <= 1 || p.ospf6Update(b, end)
	case ospfAckPacket:
		return p.vflag <= 1 || p.ospf6LSAHeaders(b, ospf6HeaderLen, end)
	}
	return true
}

// ospf6Hello prints a hello (RFC 5340 section A.3.2).
func (p *Printer) ospf6Hello(b []byte, end int) {
	p.printf("\n\tOptions [%s]", bitStr(ospf6Options, "none", u32(b, ospf6HelloOptions)))
	p.printf("\n\t  Hello Timer %ds, Dead Timer %ds, Interface-ID %s, Priority %d",
		u16(b, 24), u16(b, 26), ip4At(b, 16), u8(b, ospf6HelloOptions))
	if u32(b, 28) != 0 {
		p.printf("\n\t  Designated Router %s", ip4At(b, 28))
	}
	if u32(b, 32) != 0 {
		p.printf(", Backup Designated Router %s", ip4At(b, 32))
	}
	if p.vflag <= 1 {
		return
	}
	p.str("\n\t  Neighbor List:")
	for i := ospf6FirstNeighbor; i < end; i += 4 {
		p.printf("\n\t    %s", ip4At(b, i))
	}
}

// ospf6Update prints advertisements up to end (RFC 5340 section A.3.5).
func (p *Printer) ospf6Update(b []byte, end int) bool {
	i := ospf6FirstLSA
	for left := u32(b, ospf6HeaderLen); i < end && left > 0; left-- {
		if !p.ospf6LSA(at(b, i), end-i) {
			return false
		}
		i += int(u16(b, i+18))
	}
	return true
}

// ospf6Trailers prints the n bytes behind the packet, at b[i:]: a data block
// for link-local signaling, which the options announce, and authentication. It
// reports whether they are whole and well-formed.
func (p *Printer) ospf6Trailers(b []byte, i, n int) bool {
	var options uint32
	switch u8(b, 1) {
	case ospfHelloPacket:
		options = u32(b, ospf6HelloOptions)
	case ospfDatabasePacket:
		options = u32(b, ospf6DatabaseOption)
	}
	if options&ospf6OptionLLS != 0 && n > 0 {
		size := p.ospf6LLS(at(b, i), n)
		if size == 0 {
			return false
		}
		i += size
		n -= size
	}
	return n == 0 || p.ospf6Auth(at(b, i), n)
}

// ospf6LLS prints a block of at most n bytes for link-local signaling, without its
// TLVs (RFC 5613 section 2.2), and returns its length: 0 when it is cut or malformed.
func (p *Printer) ospf6LLS(b []byte, n int) int {
	if n < ospf6LLSHeaderLen {
		return 0
	}
	p.printf("\n\tLLS Checksum 0x%04x", u16(b, 0))
	size := int(u16(b, 2))
	p.printf(", Data Length %d", size)
	if size < ospf6LLSHeaderLen || size > n || !has(b, ospf6LLSHeaderLen, size-ospf6LLSHeaderLen) {
		return 0
	}
	return size
}

// ospf6Auth prints an authentication trailer of at most n bytes (RFC 7166
// section 4.1) and reports whether it is whole and well-formed.
func (p *Printer) ospf6Auth(b []byte, n int) bool {
	if n < ospf6TrailerLen {
		return false
	}
	p.printf("\n\tAuthentication Type %s", tokStr(ospf6AuthTypes, "unknown (0x%04x)", u16(b, 0)))
	size := int(u16(b, 2))
	p.printf(", Length %d", size)
	if size < ospf6TrailerLen || size > n {
		return false
	}
	p.printf(", SAID %d", u16(b, 6))
	p.printf(", CSN 0x%08x", u32(b, 8))
	p.printf(":%08x", u32(b, 12))
	if !has(b, ospf6TrailerLen, size-ospf6TrailerLen) {
		return false
	}
	if p.vflag > 1 {
		p.unknownData(b[ospf6TrailerLen:], "\n\tAuthentication Data ", size-ospf6TrailerLen)
	}
	return true
}
