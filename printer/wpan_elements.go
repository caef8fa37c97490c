// wpan_elements.go: information elements (IEEE Std 802.15.4-2015 7.4), in the
// header of a frame and in its payload.

package printer

// Header elements (table 7-7) whose content is shown.
const (
	wpanVendorHeader   = 0x00
	wpanCSL            = 0x1a
	wpanRIT            = 0x1b
	wpanDSME           = 0x1c
	wpanRendezvous     = 0x1d
	wpanTimeCorrection = 0x1e
	wpanDSMEExtended   = 0x21
	wpanTermination1   = 0x7e // payload elements follow
	wpanTermination2   = 0x7f // the payload follows
)

var wpanHeaderElementNames = []tok{
	{wpanVendorHeader, "Vendor Specific Header IE"},
	{wpanCSL, "LE CSL IE"},
	{wpanRIT, "LE RIT IE"},
	{wpanDSME, "DSME PAN descriptor IE"},
	{wpanRendezvous, "Rendezvous Time IE"},
	{wpanTimeCorrection, "Time Correction IE"},
	{wpanDSMEExtended, "Extended DSME PAN descriptor IE"},
	{0x22, "Fragment Sequence Context Description IE"},
	{0x23, "Simplified Superframe Specification IE"},
	{0x24, "Simplified GTS Specification IE"},
	{0x25, "LECIM Capabilities IE"},
	{0x26, "TRLE Descriptor IE"},
	{0x27, "RCC Capabilities IE"},
	{0x28, "RCCN Descriptor IE"},
	{0x29, "Global Time IE"},
	{0x2a, "Omnibus Header IE"},
	{0x2b, "DA IE"},
	{wpanTermination1, "Header Termination 1 IE"},
	{wpanTermination2, "Header Termination 2 IE"},
}

// Groups of payload elements (table 7-15) whose content is shown.
const (
	wpanMLME        = 0x1
	wpanVendorGroup = 0x2
	wpanMultiplexed = 0x3
	wpanIETF        = 0x5
	wpanListEnd     = 0xf
)

var wpanGroups = []tok{
	{0x0, "ESDU IE"},
	{wpanMLME, "MLME IE"},
	{wpanVendorGroup, "Vendor Specific Nested IE"},
	{wpanMultiplexed, "Multiplexed IE (802.15.9)"},
	{0x4, "Omnibus Payload Group IE"},
	{wpanIETF, "IETF IE"},
	{wpanListEnd, "List termination"},
}

// wpanElementLists prints the header elements and the payload elements. It
// reports whether the frame had them all.
func (p *Printer) wpanElementLists(f *wpanFrame) bool {
	last, ok := p.wpanHeaderElements(f)
	if !ok || last != wpanTermination1 {
		return ok
	}
	if f.level >= wpanEncrypted {
		p.str("Payload IEs present, but encrypted, cannot print ")
		return true
	}
	return p.wpanPayloadElements(f)
}

// wpanHeaderElements prints the header elements and returns the number of the
// last one. It reports whether the frame had them all.
func (p *Printer) wpanHeaderElements(f *wpanFrame) (last uint16, ok bool) {
	for {
		if f.left < 2 {
			p.str("[ERROR: Truncated header IE]")
			return last, false
		}
		header := le16(f.b, 0)
		if header&0x8000 != 0 {
			p.str("[ERROR: Header IE with type 1] ")
		}
		n, id := int(header&0x7f), header>>7&0xff
		if id > 0x7f {
			p.printf("Reserved Element ID %02x, length = %d ", id, n)
		} else {
			p.wpanElementStart(tokStr(wpanHeaderElementNames, "Reserved 0x%02x", id), n)
		}
		if f.left < uint32(2+n) {
			p.str("[ERROR: Truncated IE data]")
			return last, false
		}
		if n > 0 {
			p.wpanHeaderElement(id, at(f.b, 2), n)
		}
		p.str("] ")
		f.skip(2 + n)
		if id == wpanTermination1 || id == wpanTermination2 || f.left == 0 {
			return id, true
		}
	}
}

func (p *Printer) wpanElementStart(name tokArg, n int) {
	p.printf("\n\t%s [", name)
	if n > 0 {
		p.printf(" length = %d, ", n)
	}
}

func (p *Printer) wpanElementData(b []byte, n int) {
	p.str("IE Data = ")
	p.wpanHex(b, 0, n)
}

// wpanHeaderElement prints the n bytes of a header element.
func (p *Printer) wpanHeaderElement(id uint16, b []byte, n int) {
	if p.vflag <= 3 {
		p.wpanElementData(b, n)
		return
	}
	switch id {
	case wpanVendorHeader:
		p.wpanVendor(b, n)
	case wpanCSL:
		p.wpanListening(b, n)
	case wpanRIT:
		if n < 4 {
			p.str("[ERROR: Truncated RIT IE]")
			return
		}
		p.printf("Time to First Listen = %d, # of Repeat Listen = %d, Repeat Listen Interval = %d",
			u8(b, 0), u8(b, 1), le16(b, 2))
	case wpanDSME, wpanDSMEExtended:
		p.wpanDSMEDescriptor(id, b, n)
	case wpanRendezvous:
		if n != 4 {
			p.str("[ERROR: Length != 2]")
			return
		}
		p.printf("Rendezvous time = %d, Wake-up Interval = %d", le16(b, 0), le16(b, 2))
	case wpanTimeCorrection:
		if n != 2 {
			p.str("[ERROR: Length != 2]")
			return
		}
		v := le16(b, 0)
		if v&0x8000 != 0 {
			p.str("Negative ")
		}
		p.printf("Ack time correction = %d, ", int16(v<<4)>>4) // 12 bits, signed
	default:
		p.wpanElementData(b, n)
	}
}

// wpanVendor prints an element that starts with its vendor's identifier.
func (p *Printer) wpanVendor(b []byte, n int) {
	if n < 3 {
		p.str("[ERROR: Vendor OUI missing]")
		return
	}
	p.printf("OUI = 0x%02x%02x%02x, ", u8(b, 0), u8(b, 1), u8(b, 2))
	p.str("Data = ")
	p.wpanHex(b, 3, n)
}

// wpanListening prints an element about coordinated sampled listening (7.4.2.3).
func (p *Printer) wpanListening(b []byte, n int) {
	if n < 4 {
		p.str("[ERROR: Truncated CSL IE]")
		return
	}
	p.printf("CSL Phase = %d, CSL Period = %d", le16(b, 0), le16(b, 2))
	if n >= 6 {
		p.printf(", Rendezvous time = %d", le16(b, 4))
	}
	if n != 4 && n != 6 {
		p.str(" [ERROR: CSL IE length wrong]")
	}
}

// wpanDSMEDescriptor prints a PAN descriptor of the deterministic and
// synchronous multi-channel extension (7.4.2.5).
func (p *Printer) wpanDSMEDescriptor(id uint16, b []byte, n int) {
	if n < 2 {
		p.str("[ERROR: Truncated DSME PAN IE]")
		return
	}
	p.wpanSuperframe(le16(b, 0))
	if n < 3 {
		p.str("[ERROR: Truncated before pending addresses field]")
		return
	}
	i := 2
	size, ok := p.wpanPending(at(b, i), uint32(n-i))
	if !ok {
		return
	}
	i += size
	hopping := false
	if i, hopping = p.wpanDSMESuperframe(id == wpanDSMEExtended, b, i, n); i < 0 {
		return
	}
	if i = p.wpanDSMEBeacons(b, i, n); i < 0 {
		return
	}
	if i = p.wpanDSMEChannels(b, i, n); i >= 0 && hopping {
		p.wpanDSMEHopping(b, i, n)
	}
}

// wpanDSMESuperframe prints the superframe specification at b[i] of an element
// of n bytes; the extended one has two bytes. It returns what is next, negative
// when the element ends, and whether a hopping sequence comes at the end.
func (p *Printer) wpanDSMESuperframe(extended bool, b []byte, i, n int) (next int, hopping bool) {
	size := 1
	if extended {
		size = 2
	}
	if n < i+size {
		p.str("[ERROR: Truncated before DSME Superframe Specification]")
		return -1, false
	}
	order, flags := uint16(0), uint16(0)
	if extended {
		flags = le16(b, i)
		order, flags = flags&0xff, flags>>8
		hopping = flags&0x10 != 0
	} else {
		flags = uint16(u8(b, i))
		order, flags = flags&0xf, flags>>4
	}
	mode := "Channel adaptation mode"
	if flags&1 != 0 {
		mode = "Channel hopping mode"
	}
	p.printf("Multi-superframe Order = %d", order)
	p.printf(", %s", mode)
	if flags&4 != 0 {
		p.str(", CAP reduction enabled")
	}
	if flags&8 != 0 {
		p.str(", Deferred beacon enabled")
	}
	if hopping {
		p.str(", Hopping Sequence Present")
	}
	return i + size, hopping
}

// wpanDSMEBeacons prints time synchronization and beacon bitmap at b[i] of an
// element of n bytes. It returns what is next, negative when the element ends.
func (p *Printer) wpanDSMEBeacons(b []byte, i, n int) int {
	if n < i+8 {
		p.str(" [ERROR: Truncated before Time synchronization specification]")
		return -1
	}
	p.printf("Beacon timestamp = %d, offset = %d", uint64(le32(b, i))|uint64(le16(b, i+4))<<32, le16(b, i+6))
	i += 8
	if n < i+4 {
		p.str(" [ERROR: Truncated before Beacon Bitmap]")
		return -1
	}
	size := int(le16(b, i+2))
	p.printf("SD Index = %d, Bitmap len = %d, ", le16(b, i), size)
	i += 4
	if n < i+size {
		p.str(" [ERROR: Truncated in SD bitmap]")
		return -1
	}
	p.str(" SD Bitmap = ")
	p.wpanHex(b, i, i+size)
	return i + size
}

// wpanDSMEChannels is the same for the channel hopping specification.
func (p *Printer) wpanDSMEChannels(b []byte, i, n int) int {
	if n < i+5 {
		p.str(" [ERROR: Truncated before Channel hopping specification]")
		return -1
	}
	// tcpdump reads a length of two bytes, but skips only one
	size := int(le16(b, i+4))
	p.printf("Hopping Seq ID = %d, PAN Coordinator BSN = %d, Channel offset = %d, Bitmap length = %d, ",
		u8(b, i), u8(b, i+1), le16(b, i+2), size)
	i += 5
	if n < i+size {
		p.str(" [ERROR: Truncated in Channel offset bitmap]")
		return -1
	}
	p.str(" Channel offset bitmap = ")
	p.wpanHex(b, i, i+size)
	return i + size
}

func (p *Printer) wpanDSMEHopping(b []byte, i, n int) {
	if n < i+1 {
		p.str(" [ERROR: Truncated in Hopping Sequence length]")
		return
	}
	count := int(u8(b, i))
	i++
	p.printf("Hopping Seq length = %d [ ", count)
	if n < i+2*count {
		p.str(" [ERROR: Truncated in Channel offset bitmap]")
		return
	}
	p.wpanHopping(b, i, count)
}

// wpanHopping prints a hopping sequence of count channels.
func (p *Printer) wpanHopping(b []byte, i, count int) {
	for range count {
		p.printf("%02x ", le16(b, i))
		i += 2
	}
	p.char(']')
}

// wpanPayloadElements prints the payload elements. It reports whether the frame
// had them all.
func (p *Printer) wpanPayloadElements(f *wpanFrame) bool {
	for {
		if f.left < 2 {
			p.str("[ERROR: Truncated header IE]")
			return false
		}
		header := le16(f.b, 0)
		if header&0x8000 == 0 {
			p.str("[ERROR: Payload IE with type 0] ")
		}
		n, group := int(header&0x3ff), header>>11&15
		p.wpanElementStart(tokStr(wpanGroups, "Reserved 0x%02x", group), n)
		if f.left < uint32(2+n) {
			p.str("[ERROR: Truncated IE data]")
			return false
		}
		if n > 0 {
			p.wpanPayloadElement(group, at(f.b, 2), n)
		}
		p.str("]\n\t")
		f.skip(2 + n)
		if group == wpanListEnd || f.left == 0 {
			return true
		}
	}
}

// wpanPayloadElement prints the n bytes of a payload element.
func (p *Printer) wpanPayloadElement(group uint16, b []byte, n int) {
	if p.vflag <= 3 {
		p.wpanElementData(b, n)
		return
	}
	switch group {
	case wpanMLME:
		p.wpanNested(b, n)
	case wpanVendorGroup:
		p.wpanVendor(b, n)
	case wpanMultiplexed:
		p.wpanMultiplex(b, n)
	case wpanIETF:
		p.printf("Subtype ID = 0x%02x, Subtype content = ", u8(b, 0))
		p.wpanHex(b, 1, n)
	default:
		p.wpanElementData(b, n)
	}
}

// wpanMultiplex prints an element that carries upper layers (IEEE Std 802.15.9-2016
// clause 7).
func (p *Printer) wpanMultiplex(b []byte, n int) {
	kind, id := u8(b, 0)&7, u8(b, 0)>>3
	data := 1
	switch kind {
	case 0: // whole frame
		p.str("Type = Full upper layer fragment, ")
		if n < 3 {
			p.str("[ERROR: Multiplex ID missing]")
			return
		}
		p.printf("tid = 0x%02x, Multiplex ID = 0x%04x, ", id, le16(b, 1))
		data = 3
	case 1: // whole frame of an upper layer with a small number
		p.str("Type = Full upper layer fragment with small Multiplex ID, ")
		p.printf("Multiplex ID = 0x%04x, ", id)
	case 2, 4:
		if data = p.wpanMultiplexFragment(kind, id, b, n); data < 0 {
			return
		}
	case 6:
		p.wpanMultiplexAbort(id, b, n)
		return
	default:
		p.printf("Type = %d (Reserved), tid = 0x%02x, ", kind, id)
	}
	p.str("Upper layer data = ")
	p.wpanHex(b, data, n)
}

// wpanMultiplexFragment prints the header of a fragment and returns its length,
// negative when the element ends before.
func (p *Printer) wpanMultiplexFragment(kind, id uint8, b []byte, n int) int {
	if n < 2 {
		p.str("[ERROR: fragment number missing]")
		return -1
	}
	number := u8(b, 1)
	which := "Last fragment"
	if kind == 2 {
		which = "Middle fragment"
		if number == 0 {
			which = "First fragment"
		}
	}
	p.printf("Type = %s, tid = 0x%02x, fragment = 0x%02x, ", which, id, number)
	if number != 0 {
		return 2
	}
	if n < 6 {
		p.str("[ERROR: Total upper layer size or multiplex ID missing]")
		return -1
	}
	p.printf("Total upper layer size = 0x%04x, Multiplex ID = 0x%04x, ", le16(b, 2), le16(b, 4))
	return 6
}

func (p *Printer) wpanMultiplexAbort(id uint8, b []byte, n int) {
	switch n {
	case 1:
		p.printf("Type = Abort, tid = 0x%02x, no max size given", id)
	case 3:
		p.printf("Type = Abort, tid = 0x%02x, max size = 0x%04x", id, le16(b, 1))
	default:
		p.printf("Type = Abort, tid = 0x%02x, invalid length = %d (not 1 or 3)", id, n)
		p.str("Abort data = ")
		p.wpanHex(b, 1, n)
	}
}
