// wpan_nested.go: elements nested in the MLME payload element (IEEE Std
// 802.15.4-2015 7.4.4).

package printer

// Nested elements whose content is shown: the first two have the long format
// (table 7-17), the others the short one (table 7-16).
const (
	wpanNestedVendor  = 0x08
	wpanNestedHopping = 0x09
	wpanTSCHSync      = 0x1a
	wpanTSCHLinks     = 0x1b
	wpanTSCHTimeslot  = 0x1c
)

var wpanNestedLong = []tok{
	{wpanNestedVendor, "Vendor Specific MLME Nested IE"},
	{wpanNestedHopping, "Channel Hopping IE"},
}

var wpanNestedShort = []tok{
	{wpanTSCHSync, "TSCH Synchronization IE"},
	{wpanTSCHLinks, "TSCH Slotframe and Link IE"},
	{wpanTSCHTimeslot, "TSCH Timeslot IE"},
	{0x1d, "Hopping timing IE"},
	{0x1e, "Enhanced Beacon Filter IE"},
	{0x1f, "MAC Metrics IE"},
	{0x20, "All MAC Metrics IE"},
	{0x21, "Coexistence Specification IE"},
	{0x22, "SUN Device Capabilities IE"},
	{0x23, "SUN FSK Generic PHY IE"},
	{0x24, "Mode Switch Parameter IE"},
	{0x25, "PHY Parameter Change IE"},
	{0x26, "O-QPSK PHY Mode IE"},
	{0x27, "PCA Allocation IE"},
	{0x28, "LECIM DSSS Operating Mode IE"},
	{0x29, "LECIM FSK Operating Mode IE"},
	{0x2b, "TVWS PHY Operating Mode Description IE"},
	{0x2c, "TVWS Device Capabilities IE"},
	{0x2d, "TVWS Device Category IE"},
	{0x2e, "TVWS Device Identification IE"},
	{0x2f, "TVWS Device Location IE"},
	{0x30, "TVWS Channel Information Query IE"},
	{0x31, "TVWS Channel Information Source IE"},
	{0x32, "CTM IE"},
	{0x33, "Timestamp IE"},
	{0x34, "Timestamp Difference IE"},
	{0x35, "TMCTP Specification IE"},
	{0x36, "RCC PHY Operating Mode IE"},
}

// wpanNested prints the n bytes of nested elements in b.
func (p *Printer) wpanNested(b []byte, n int) {
	for n != 0 {
		if n < 2 {
			p.str("[ERROR: Truncated MLME IE]")
			return
		}
		header := le16(b, 0)
		name, id, size := wpanNestedName(header)
		p.printf("\n\t\t%s [ length = %d, ", name, size)
		if n < 2+size {
			p.str("[ERROR: Truncated IE data]")
			return
		}
		b = at(b, 2)
		if size > 0 {
			p.wpanNestedElement(id, b, size)
		}
		p.str("] ")
		b, n = at(b, size), n-2-size
	}
}

// wpanNestedName takes the header of a nested element apart.
func wpanNestedName(header uint16) (name tokArg, id uint16, size int) {
	if header&0x8000 != 0 {
		id = header >> 11 & 15
		return tokStr(wpanNestedLong, "Reserved 0x%02x", id), id, int(header & 0x3ff)
	}
	id = header >> 8 & 0x7f
	unknown := "Reserved 0x%02x"
	if id < 0x10 {
		unknown = "Reserved for long format 0x%x"
	}
	return tokStr(wpanNestedShort, unknown, id), id, int(header & 0xff)
}

func (p *Printer) wpanNestedElement(id uint16, b []byte, n int) {
	switch id {
	case wpanNestedVendor:
		p.wpanVendor(b, n)
	case wpanNestedHopping:
		p.wpanChannelHopping(b, n)
	case wpanTSCHSync:
		if n < 6 {
			p.str("[ERROR: Length != 6]")
		}
		p.printf("ASN = %010x, Join Metric = %d ", uint64(le32(b, 0))|uint64(u8(b, 4))<<32, u8(b, 5))
	case wpanTSCHLinks:
		p.wpanSlotframes(b, n)
	case wpanTSCHTimeslot:
		p.wpanTimeslot(b, n)
	default:
		p.wpanElementData(b, n)
	}
}

// wpanChannelHopping prints a channel hopping element (7.4.4.31).
func (p *Printer) wpanChannelHopping(b []byte, n int) {
	p.printf("Hopping Sequence ID = %d", u8(b, 0))
	if n == 1 {
		return
	}
	if n < 1+7 {
		p.str("[ERROR: IE truncated]")
		return
	}
	page, channels := u8(b, 1), int(le16(b, 2))
	p.printf("Channel Page = %d, Number of Channels = %d, ", page, channels)
	p.printf("Phy Configuration = 0x%08x, ", le32(b, 4))
	i := 8
	if page == 9 || page == 10 {
		size := (channels + 7) / 8
		if n < i+size {
			p.str("[ERROR: IE truncated]")
			return
		}
		p.str("Extended bitmap = 0x")
		for range size {
			p.hex(uint64(u8(b, i)), 2)
			i++
		}
		p.str(", ")
	}
	if n < i+2 {
		p.str("[ERROR: IE truncated]")
		return
	}
	count := int(le16(b, i))
	i += 2
	p.printf("Hopping Seq length = %d [ ", count)
	if n < i+2*count {
		p.str(" [ERROR: IE truncated]")
		return
	}
	p.wpanHopping(b, i, count)
	i += 2 * count
	if n < i+2 {
		p.str("[ERROR: IE truncated]")
		return
	}
	p.printf("Current hop = %d", le16(b, i))
}

var wpanLinkOptions = []tok{
	{0x01, "TX "},
	{0x02, "RX "},
	{0x04, "Shared "},
	{0x08, "Timekeeping "},
	{0x10, "Priority "},
}

// wpanSlotframes prints slotframes with their links (7.4.4.3).
func (p *Printer) wpanSlotframes(b []byte, n int) {
	count := int(u8(b, 0))
	p.printf("Slotframes = %d ", count)
	i := 1
	for range count {
		if n < i+4 {
			p.str("[ERROR: Truncated IE before slotframes]")
			return
		}
		links := int(u8(b, i+3))
		p.printf("\n\t\t\t[ Handle %d, size = %d, links = %d ", u8(b, i), le16(b, i+1), links)
		i += 4
		for range links {
			if n < i+5 {
				p.str("[ERROR: Truncated IE links]")
				break
			}
			p.wpanTSCHLink(at(b, i))
			i += 5
		}
		p.str("] ")
	}
}

func (p *Printer) wpanTSCHLink(b []byte) {
	options := u8(b, 4)
	p.printf("\n\t\t\t\t[ Timeslot =  %d, Offset = %d, Options = ", le16(b, 0), le16(b, 2))
	for i := range wpanLinkOptions {
		if t := &wpanLinkOptions[i]; uint32(options)&t.v != 0 {
			p.str(t.s)
		}
	}
	p.str("] ")
}

// wpanTimeslot prints a timeslot template (7.4.4.4). Its last two times have
// two or three bytes.
func (p *Printer) wpanTimeslot(b []byte, n int) {
	var maxTx, length uint32
	switch n {
	case 1:
		p.printf("Time slot ID = %d ", u8(b, 0))
		return
	case 25:
		maxTx, length = uint32(le16(b, 21)), uint32(le16(b, 23))
	case 27:
		maxTx, length = le24(b, 21), le24(b, 24)
	default:
		p.str("[ERROR: Length not 1, 25, or 27]")
		p.str("\n\t\t\t")
		p.wpanElementData(b, n)
		return
	}
	p.printf("Time slot ID = %d, CCA Offset = %d, CCA = %d, TX Offset = %d, RX Offset = %d, RX Ack Delay = %d, "+
		"TX Ack Delay = %d, RX Wait = %d, Ack Wait = %d, RX TX = %d, Max Ack = %d, Max TX = %d, Time slot Length = %d ",
		u8(b, 0), le16(b, 1), le16(b, 3), le16(b, 5), le16(b, 7), le16(b, 9),
		le16(b, 11), le16(b, 13), le16(b, 15), le16(b, 17), le16(b, 19), maxTx, length)
}
