// mpcp.go: Multipoint MAC Control Protocol of Ethernet passive optical
// networks (IEEE Std 802.3, clause 64).

package printer

const (
	mpcpPause           = 1
	mpcpGate            = 2
	mpcpReport          = 3
	mpcpRegisterRequest = 4
	mpcpRegister        = 5
	mpcpRegisterAck     = 6
)

const (
	mpcpHeaderLen  = 6
	mpcpGrantLen   = 6
	mpcpGrantCount = 0x07 // of the flags of a gate: how many grants follow
)

var (
	mpcpOpcodes = []tok{
		{mpcpPause, "Pause"},
		{mpcpGate, "Gate"},
		{mpcpReport, "Report"},
		{mpcpRegisterRequest, "Register Request"},
		{mpcpRegister, "Register"},
		{mpcpRegisterAck, "Register ACK"},
	}
	mpcpGateFlags = []tok{
		{0x08, "Discovery"},
		{0x10, "Force Grant #1"},
		{0x20, "Force Grant #2"},
		{0x40, "Force Grant #3"},
		{0x80, "Force Grant #4"},
	}
	mpcpRegisterRequestFlags = []tok{
		{1, "Register"},
		{3, "De-Register"},
	}
	mpcpRegisterFlags = []tok{
		{1, "Re-Register"},
		{2, "De-Register"},
		{3, "ACK"},
		{4, "NACK"},
	}
	mpcpRegisterAckFlags = []tok{
		{0, "NACK"},
		{1, "ACK"},
	}
	mpcpQueues = []tok{
		{0x01, "Q0"},
		{0x02, "Q1"},
		{0x04, "Q2"},
		{0x08, "Q3"},
		{0x10, "Q4"},
		{0x20, "Q5"},
		{0x40, "Q6"},
		{0x80, "Q7"},
	}
)

func (p *Printer) mpcp(b []byte, length int) {
	p.proto = "mpcp"
	opcode, timestamp := u16(b, 0), u32(b, 2)
	p.printf("MPCP, Opcode %s", tokStr(mpcpOpcodes, "Unknown (%d)", opcode))
	if opcode != mpcpPause {
		p.printf(", Timestamp %d ticks", timestamp)
	}
	p.printf(", length %d", uint32(length))
	if p.vflag == 0 {
		return
	}
	body := b[mpcpHeaderLen:]
	switch opcode {
	case mpcpPause:
	case mpcpGate:
		p.mpcpGate(body)
	case mpcpReport:
		p.mpcpReport(body)
	case mpcpRegisterRequest:
		p.printf("\n\tFlags [ %s ], Pending-Grants %d",
			bitStr(mpcpRegisterRequestFlags, "Reserved", u8(body, 0)), u8(body, 1))
	case mpcpRegister:
		p.printf("\n\tAssigned-Port %d, Flags [ %s ]\n\tSync-Time %d ticks, Echoed-Pending-Grants %d",
			u16(body, 0), bitStr(mpcpRegisterFlags, "Reserved", u8(body, 2)), u16(body, 3), u8(body, 5))
	case mpcpRegisterAck:
		p.printf("\n\tEchoed-Assigned-Port %d, Flags [ %s ]\n\tEchoed-Sync-Time %d ticks",
			u16(body, 1), bitStr(mpcpRegisterAckFlags, "Reserved", u8(body, 0)), u16(body, 3))
	default:
		p.unknownData(b, "\n\t", length)
	}
}

func (p *Printer) mpcpGate(b []byte) {
	flags := u8(b, 0)
	grants := int(flags & mpcpGrantCount)
	p.printf("\n\tGrant Numbers %d, Flags [ %s ]", grants, bitStr(mpcpGateFlags, "?", flags&^mpcpGrantCount))
	i := 1
	for n := 1; n <= grants; n++ {
		p.printf("\n\tGrant #%d, Start-Time %d ticks, duration %d ticks", n, u32(b, i), u16(b, i+4))
		i += mpcpGrantLen
	}
	p.printf("\n\tSync-Time %d ticks", u16(b, i))
}

func (p *Printer) mpcpReport(b []byte) {
	sets := u8(b, 0)
	p.printf("\n\tTotal Queue-Sets %d", sets)
	i := 1
	// tcpdump leaves out the last set and numbers all alike
	for n := 1; n < int(sets); n++ {
		bitmap := u8(b, i)
		p.printf("\n\t  Queue-Set #%d, Report-Bitmap [ %s ]", sets, bitStr(mpcpQueues, "Unknown", bitmap))
		i++
		for queue := 1; bitmap != 0; queue++ {
			if bitmap&1 != 0 {
				p.printf("\n\t    Q%d Report, Duration %d ticks", queue, u16(b, i))
				i += 2
			}
			bitmap >>= 1
		}
	}
}
