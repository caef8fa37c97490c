// realtek.go: Realtek Remote Control Protocol (datasheet RTL8324, 8.20), Echo
// Protocol (8.22), Loop Detection Protocol (8.21) and the tags of Realtek switch
// chips (datasheet RTL8306SD, 8.10).

package printer

const (
	realtekRRCP  = 0x01
	realtekREP   = 0x02
	realtekRLDP  = 0x03
	realtekRLDP2 = 0x23
	realtekDSA   = 0x04

	// tags whose low four bits are data
	realtekTag8306   = 0x90
	realtekTag8366RB = 0xa0
)

const (
	realtekRRCPHello = 0
	realtekRRCPGet   = 1
	realtekRRCPSet   = 2
	realtekRRCPReply = 0x80
)

var realtekRRCPOpcodes = []tok{
	{realtekRRCPHello, "hello"},
	{realtekRRCPGet, "get"},
	{realtekRRCPSet, "set"},
}

func (p *Printer) realtek(b []byte, length int, src, dst linkAddr) {
	p.proto = "rtl"
	if src.isSet() && dst.isSet() {
		p.printf("%s > %s, ", src, dst)
	}
	switch protocol := u8(b, 0); {
	case protocol == realtekRRCP:
		p.realtekRRCP(b)
	case protocol == realtekREP:
		p.str("REP")
	case protocol == realtekRLDP || protocol == realtekRLDP2:
		p.str("RLDP")
	case protocol == realtekDSA:
		p.str("Realtek 8-byte DSA tag")
	case protocol&0xf0 == realtekTag8306:
		p.str("Realtek RTL8306 4-byte DSA tag")
	case protocol&0xf0 == realtekTag8366RB:
		p.str("Realtek RTL8366RB 4-byte DSA tag")
	default:
		p.printf("Realtek unknown type 0x%02x", protocol)
	}
}

func (p *Printer) realtekRRCP(b []byte) {
	p.proto = "rrcp"
	v := u8(b, 1)
	opcode, reply := v&^realtekRRCPReply, v&realtekRRCPReply != 0
	direction := "query"
	if reply {
		direction = "reply"
	}
	p.printf("RRCP %s: %s", direction, tokStr(realtekRRCPOpcodes, "unknown opcode (0x%02x)", opcode))
	register := opcode == realtekRRCPGet || opcode == realtekRRCPSet
	if register {
		p.printf(" addr=0x%04x, data=0x%08x", le16(b, 4), le32(b, 6))
	}
	p.printf(", auth=0x%04x", u16(b, 2))
	switch {
	case register:
		p.printf(", cookie=0x%08x%08x ", u32(b, 14), u32(b, 10))
	case opcode == realtekRRCPHello && reply:
		p.printf(" downlink_port=%d, uplink_port=%d, uplink_mac=%s, vendor_id=%08x ,chip_id=%04x ",
			u8(b, 4), u8(b, 5), macAt(b, 6), u32(b, 14), u16(b, 12))
	}
}
