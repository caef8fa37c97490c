// wpan_payload.go: what follows the headers of beacons and commands (IEEE Std
// 802.15.4-2015 7.3.1, 7.5).

package printer

// wpanPayload prints what is left of a frame behind its headers.
func (p *Printer) wpanPayload(f *wpanFrame, kind uint8, version uint16) {
	switch kind {
	case wpanBeacon:
		if version < 2 && !p.wpanBeaconPayload(f) {
			return
		}
	case wpanCommand:
		p.wpanCommandPayload(f)
	}
	p.defaultDump(f.b, asInt(f.left))
}

// wpanBeaconPayload prints what beacons of the old versions start with. It
// reports whether the frame had it all.
func (p *Printer) wpanBeaconPayload(f *wpanFrame) bool {
	if f.left < 2 {
		p.str("[ERROR: Truncated before beacon information]")
		return false
	}
	p.wpanSuperframe(le16(f.b, 0))
	f.skip(2)
	if f.left < 1 {
		p.str("[ERROR: Truncated before GTS info]")
		return false
	}
	n, ok := p.wpanSlots(f.b, f.left)
	if !ok {
		return false
	}
	f.skip(n)
	if f.left < 1 {
		p.str("[ERROR: Truncated before pending addresses]")
		return false
	}
	if n, ok = p.wpanPending(f.b, f.left); !ok {
		return false
	}
	need(f.b, 0, n)
	f.skip(n)
	return true
}

// wpanSuperframe prints a superframe specification (7.3.1.3).
func (p *Printer) wpanSuperframe(s uint16) {
	if p.vflag < 1 {
		return
	}
	p.printf("\n\tBeacon order = %d, Superframe order = %d, ", s&15, s>>4&15)
	p.printf("Final CAP Slot = %d", s>>8&15)
	if s&0x1000 != 0 {
		p.str(", BLE enabled")
	}
	if s&0x4000 != 0 {
		p.str(", PAN Coordinator")
	}
	if s&0x8000 != 0 {
		p.str(", Association Permit")
	}
}

// wpanSlots prints the guaranteed time slots (7.3.1.4) in the left bytes of b
// and returns how many bytes they take. It reports whether they were all there.
func (p *Printer) wpanSlots(b []byte, left uint32) (n int, ok bool) {
	count := int(u8(b, 0) & 7)
	if count == 0 {
		if p.vflag > 0 {
			p.str("\n\tGTS Descriptor Count = 0, ")
		}
		return 1, true
	}
	n = 2 + 3*count
	if left < uint32(n) {
		p.str(" [ERROR: Truncated GTS Info List]")
		return n, false
	}
	if p.vflag < 2 {
		return n, true
	}
	p.printf("GTS Descriptor Count = %d, ", count)
	p.printf("GTS Directions Mask = %02x, [ ", u8(b, 1)&0x7f)
	for i := 2; i < n; i += 3 {
		p.str("[ ")
		p.wpanAddr(at(b, i), wpanShort)
		// tcpdump takes slot and length from within the address
		slot := u8(b, i+1)
		p.printf(", Start slot = %d, Length = %d ] ", slot&15, slot>>4)
	}
	p.char(']')
	return n, true
}

// wpanPending prints the list of addresses that data waits for (7.3.1.5) in the
// left bytes of b and returns how many bytes it takes. It reports whether all
// of it was there.
func (p *Printer) wpanPending(b []byte, left uint32) (n int, ok bool) {
	counts := u8(b, 0)
	short, extended := int(counts&7), int(counts>>4&7)
	n = 1 + short*wpanShort + extended*wpanExtended
	if p.vflag > 0 {
		p.printf("\n\tPending address list, # short addresses = %d, # extended addresses = %d", short, extended)
	}
	if left < uint32(n) {
		p.str(" [ERROR: Pending address list truncated]")
		return n, false
	}
	if p.vflag < 2 {
		return n, true
	}
	if short > 0 {
		p.str(", Short address list = [ ")
		p.wpanAddrList(b, 1, wpanShort, short)
	}
	if extended > 0 {
		p.str(", Extended address list = [ ")
		p.wpanAddrList(b, 1+short*wpanShort, wpanExtended, extended)
	}
	return n, true
}

func (p *Printer) wpanAddrList(b []byte, i, size, count int) {
	for range count {
		p.wpanAddr(at(b, i), size)
		p.char(' ')
		i += size
	}
	p.char(']')
}

// Commands (table 7-49) whose content is shown.
const (
	wpanAssociationReq  = 0x01
	wpanAssociationResp = 0x02
	wpanDisassociation  = 0x03
	wpanDataReq         = 0x04
	wpanPANConflict     = 0x05
	wpanOrphan          = 0x06
	wpanBeaconReq       = 0x07
	wpanRealignment     = 0x08
	wpanGTSReq          = 0x09
)

var wpanCommands = []tok{
	{wpanAssociationReq, "Association Request command"},
	{wpanAssociationResp, "Association Response command"},
	{wpanDisassociation, "Disassociation Notification command"},
	{wpanDataReq, "Data Request command"},
	{wpanPANConflict, "PAN ID Conflict Notification command"},
	{wpanOrphan, "Orphan Notification command"},
	{wpanBeaconReq, "Beacon Request command"},
	{wpanRealignment, "Coordinator realignment command"},
	{wpanGTSReq, "GTS request command"},
	{0x0a, "TRLE Management Request command"},
	{0x0b, "TRLE Management Response command"},
	{0x13, "DSME Association Request command"},
	{0x14, "DSME Association Response command"},
	{0x15, "DSME GTS Request command"},
	{0x16, "DSME GTS Response command"},
	{0x17, "DSME GTS Notify command"},
	{0x18, "DSME Information Request command"},
	{0x19, "DSME Information Response command"},
	{0x1a, "DSME Beacon Allocation Notification command"},
	{0x1b, "DSME Beacon Collision Notification command"},
	{0x1c, "DSME Link Report command"},
	{0x20, "RIT Data Request command"},
	{0x21, "DBS Request command"},
	{0x22, "DBS Response command"},
	{0x23, "RIT Data Response command"},
	{0x24, "Vendor Specific command"},
}

func (p *Printer) wpanCommandPayload(f *wpanFrame) {
	if f.left < 1 {
		p.str("[ERROR: Truncated before Command ID]")
		return
	}
	command := u8(f.b, 0)
	p.printf("Command ID = %s ", tokStr(wpanCommands, "Reserved 0x%02x", command))
	f.skip(1)
	if f.left != 0 && p.wpanCommandContent(command, f.b, f.left) {
		f.skip(int(f.left))
	}
}

// wpanCommandContent prints the n bytes of a command. It reports whether that
// shows them all.
func (p *Printer) wpanCommandContent(command uint8, b []byte, n uint32) bool {
	switch command {
	case wpanAssociationReq:
		if n != 1 {
			p.str("Invalid Association request command length")
			return false
		}
		p.wpanCapabilities(u8(b, 0))
	case wpanAssociationResp:
		if n != 3 {
			p.str("Invalid Association response command length")
			return false
		}
		p.str("Short address = ")
		p.wpanAddr(b, wpanShort)
		p.tok(wpanAssociationStatus, ", Status = 0x%02x", uint32(u8(b, 2)))
	case wpanDisassociation:
		if n != 1 {
			p.str("Invalid Disassociation Notification command length")
			return false
		}
		p.wpanDisassociationReason(b)
	case wpanDataReq, wpanPANConflict, wpanOrphan, wpanBeaconReq:
		return false // these have no content
	case wpanRealignment:
		if n != 7 && n != 8 {
			p.str("Invalid Coordinator Realignment command length")
			return false
		}
		p.wpanRealign(b, n == 8)
	case wpanGTSReq:
		if n != 1 {
			p.str("Invalid GTS Request command length")
			return false
		}
		p.wpanSlotRequest(u8(b, 0))
	default:
		p.str("Command Data = ")
		p.wpanHex(b, 0, asInt(n))
		return false
	}
	return true
}

var wpanCapabilityNames = []tok{
	{0x04, "AC powered, "},
	{0x08, "Receiver on when idle, "},
	{0x10, "Fast association, "},
	{0x40, "Security supported, "},
	{0x80, "Allocate address, "},
}

// wpanCapabilities prints what a device can do (7.5.2); full or reduced function
// devices are told apart by a bit.
func (p *Printer) wpanCapabilities(c uint8) {
	if c&0x02 != 0 {
		p.str("FFD, ")
	} else {
		p.str("RFD, ")
	}
	for i := range wpanCapabilityNames {
		if t := &wpanCapabilityNames[i]; uint32(c)&t.v != 0 {
			p.str(t.s)
		}
	}
}

var wpanAssociationStatus = []tok{
	{0x00, ", Association successful"},
	{0x01, ", PAN at capacity"},
	{0x02, ", PAN access denied"},
	{0x03, ", Hooping sequence offset duplication"},
	{0x80, ", Fast association successful"},
}

func (p *Printer) wpanDisassociationReason(b []byte) {
	switch u8(b, 0) {
	case 0:
		p.str("Reserved")
	case 1:
		p.str("Reason = The coordinator wishes the device to leave PAN")
	case 2:
		p.str("Reason = The device wishes to leave the PAN")
	default:
		// tcpdump shows the byte two places on
		p.printf("Reason = 0x%02x", u8(b, 2))
	}
}

// wpanRealign prints a coordinator realignment (7.5.10); the channel page is
// there in the newer versions.
func (p *Printer) wpanRealign(b []byte, hasPage bool) {
	p.printf("Pan ID = 0x%04x, Coordinator short address = ", le16(b, 0))
	p.wpanAddr(at(b, 2), wpanShort)
	channel, page := uint16(u8(b, 4)), uint16(0x80)
	if hasPage {
		page = uint16(u8(b, 7))
	}
	if page&0x80 != 0 {
		// no page, but more of the channel
		p.printf(", Channel Number = %d", channel|page&0x7f<<8)
	} else {
		p.printf(", Channel Number = %d, page = %d", channel, page)
	}
	p.str(", Short address = ")
	p.wpanAddr(at(b, 5), wpanShort)
}

func (p *Printer) wpanSlotRequest(c uint8) {
	direction, what := "Transmit-only GTS", "GTS deallocations"
	if c&0x10 != 0 {
		direction = "Receive-only GTS"
	}
	if c&0x20 != 0 {
		what = "GTS allocation"
	}
	p.printf("GTS Length = %d, %s, %s", c&15, direction, what)
}

// wpanHex prints the bytes from b[i] to b[n].
func (p *Printer) wpanHex(b []byte, i, n int) {
	for ; i < n; i++ {
		p.printf("%02x ", u8(b, i))
	}
}
