// lane.go: LAN emulation over ATM, for Ethernet (ATM Forum af-lane-0021).

package printer

const (
	laneHeaderLen = 2
	laneControl   = 0xff00
)

var laneOpcodes = []tok{
	{0x0001, "configure request"},
	{0x0101, "configure response"},
	{0x0002, "join request"},
	{0x0102, "join response"},
	{0x0003, "ready query"},
	{0x0103, "ready indication"},
	{0x0004, "register request"},
	{0x0104, "register response"},
	{0x0005, "unregister request"},
	{0x0105, "unregister response"},
	{0x0006, "ARP request"},
	{0x0106, "ARP response"},
	{0x0007, "flush request"},
	{0x0107, "flush response"},
	{0x0008, "NARP request"},
	{0x0009, "topology request"},
}

func (p *Printer) lane(b []byte, length int) {
	p.proto = "lane"
	if u16(b, 0) == laneControl {
		p.printf("lec: proto %x vers %x %s", u8(b, 2), u8(b, 3), tokStr(laneOpcodes, "opcode-#%d", u16(b, 4)))
		return
	}
	p.proto = "ether"
	p.etherExtended(b[laneHeaderLen:], length-laneHeaderLen,
		etherExtension{header: (*Printer).laneHeader, headerBytes: b[:laneHeaderLen]})
}

// laneHeader prints the emulation client that sent a frame.
func (p *Printer) laneHeader(b []byte) { p.printf("lecid:%x ", u16(b, 0)) }
