// dccp_options.go: options of Datagram Congestion Control Protocol (RFC 4340 section 5.8).

package printer

// Options (RFC 4340 section 5.8).
const (
	dccpFirstLong   = 32 // those below have no length
	dccpChangeL     = 32
	dccpConfirmL    = 33
	dccpChangeR     = 34
	dccpConfirmR    = 35
	dccpInitCookie  = 36
	dccpNDPCount    = 37
	dccpAckVector0  = 38
	dccpAckVector1  = 39
	dccpDataDropped = 40
	dccpTimestamp   = 41
	dccpTimeEcho    = 42
	dccpElapsedTime = 43
	dccpDataCRC     = 44
	dccpFirstCCID   = 128
)

var dccpOptionNames = []tok{
	{0, "nop"},
	{1, "mandatory"},
	{2, "slowreceiver"},
	{dccpChangeL, "change_l"},
	{dccpConfirmL, "confirm_l"},
	{dccpChangeR, "change_r"},
	{dccpConfirmR, "confirm_r"},
	{dccpInitCookie, "initcookie"},
	{dccpNDPCount, "ndp_count"},
	{dccpAckVector0, "ack_vector0"},
	{dccpAckVector1, "ack_vector1"},
	{dccpDataDropped, "data_dropped"},
	{dccpTimestamp, "timestamp"},
	{dccpTimeEcho, "timestamp_echo"},
	{dccpElapsedTime, "elapsed_time"},
	{dccpDataCRC, "data_checksum"},
}

var dccpFeatures = []string{
	"reserved", "ccid", "allow_short_seqno", "sequence_window", "ecn_incapable", "ack_ratio",
	"send_ack_vector", "send_ndp_count", "minimum checksum coverage", "check data checksum",
}

// dccpFeaturesStrict are names in versions that check options.
var dccpFeaturesStrict = append(dccpFeatures[:8:8], "minimum_checksum_coverage", "check_data_checksum")

func (p *Printer) dccpOptions(b []byte, left int) {
	p.str(" <")
	for {
		n := p.dccpOption(b, left)
		if n == 0 || left <= n {
			break
		}
		b = b[n:]
		left -= n
		p.str(", ")
	}
	p.char('>')
}

// dccpOption prints the option at the start of b and returns its length, or 0
// when it has none that makes sense. left is what the header has for options.
func (p *Printer) dccpOption(b []byte, left int) int {
	kind, n := u8(b, 0), 1
	if kind >= dccpFirstLong {
		if n = int(u8(b, 1)); n < 2 {
			p.dccpOptionName(kind)
			p.str(" optlen too short")
			return 0
		}
	}
	if left < n {
		p.dccpOptionName(kind)
		p.str(" optlen goes past header length")
		return 0
	}
	if !has(b, 0, n) {
		p.truncMark()
		return 0
	}
	p.dccpOptionName(kind)
	if n < 2 {
		return n
	}
	if kind >= dccpFirstCCID {
		switch n {
		case 4:
			p.printf(" %d", u16(b, 2))
		case 6:
			p.printf(" %d", u32(b, 2))
		}
		return n
	}
	p.dccpOptionData(kind, b[2:n])
	return n
}

func (p *Printer) dccpOptionName(kind uint8) {
	if kind >= dccpFirstCCID {
		p.printf("CCID option %d", kind)
		return
	}
	p.printf("%s", tokStr(dccpOptionNames, "Option %d", kind))
}

// dccpOptionData prints what an option has behind its length.
func (p *Printer) dccpOptionData(kind uint8, data []byte) {
	switch kind {
	case dccpChangeL, dccpConfirmL, dccpChangeR, dccpConfirmR:
		p.dccpFeature(data)
	case dccpInitCookie, dccpAckVector0, dccpAckVector1, dccpDataDropped:
		if len(data) > 0 {
			p.str(" 0x")
			p.dccpHex(data)
		}
	case dccpDataCRC:
		if len(data) > 0 {
			p.char(' ')
			p.dccpHex(data)
		}
	case dccpNDPCount:
		p.dccpNumbers(data)
	case dccpTimestamp:
		if len(data) != 4 {
			p.str(" [optlen != 6]")
			return
		}
		p.printf(" %d", u32(data, 0))
	case dccpTimeEcho:
		p.dccpTimeEcho(data)
	case dccpElapsedTime:
		switch len(data) {
		case 2:
			p.printf(" %d", u16(data, 0))
		case 4:
			p.printf(" %d", u32(data, 0))
		default:
			p.str(" [optlen != 4 or 6]")
		}
	}
}

// dccpFeature prints the negotiation of a feature (RFC 4340 section 6).
func (p *Printer) dccpFeature(data []byte) {
	if len(data) == 0 {
		p.str(" optlen too short")
		return
	}
	if name := strName(dccpFeatures, data[0]); name != "" {
		p.char(' ')
		p.str(name)
		p.dccpNumbers(data[1:])
	}
}

// dccpTimeEcho prints a timestamp with the time since it was received (RFC 4340
// section 13.3).
func (p *Printer) dccpTimeEcho(data []byte) {
	switch len(data) {
	case 4:
		p.printf(" %d", u32(data, 0))
	case 6:
		p.printf(" %d (elapsed time %d)", u32(data, 0), u16(data, 4))
	case 8:
		p.printf(" %d (elapsed time %d)", u32(data, 0), u32(data, 4))
	default:
		p.str(" [optlen != 6 or 8 or 10]")
	}
}

func (p *Printer) dccpNumbers(data []byte) {
	for _, c := range data {
		p.printf(" %d", c)
	}
}

func (p *Printer) dccpHex(data []byte) {
	for _, c := range data {
		p.hex(uint64(c), 2)
	}
}

// dccpOptionsStrict is dccpOptions in versions that end with the first option that
// is wrong.
func (p *Printer) dccpOptionsStrict(b []byte, left int) {
	p.str(" <")
	for {
		n := p.dccpOptionStrict(b, left)
		if n == 0 {
			return
		}
		if left <= n {
			break
		}
		b = at(b, n)
		left -= n
		p.str(", ")
	}
	p.char('>')
}

// dccpOptionStrict prints the option at the start of b and returns its length, or 0
// when it is wrong, which has been said. left is what the header has for options.
// What there is of an option that is cut is printed.
func (p *Printer) dccpOptionStrict(b []byte, left int) int {
	kind, n := u8(b, 0), 1
	if kind >= dccpFirstCCID {
		p.printf("CCID option %d", kind)
	} else {
		p.tok(dccpOptionNames, "option-type-%d", uint32(kind))
	}
	if kind >= dccpFirstLong {
		if n = int(u8(b, 1)); n < 2 {
			p.refuse("optlen", n, "<", 2)
			return 0
		}
	}
	switch {
	case left < n:
		p.refuse("remaining length", left, "<", n)
		return 0
	case kind >= dccpFirstCCID:
		p.dccpCCIDStrict(b, n)
	case kind > 2 && kind < dccpFirstLong || kind > dccpDataCRC:
		p.invalid()
		return 0
	case n > 1 && !p.dccpOptionFits(kind, n) || n > 1 && !p.dccpOptionDataStrict(kind, b, n):
		return 0
	}
	return n
}

// dccpOptionFits reports whether an option that is known may have n bytes; it says
// so if not.
func (p *Printer) dccpOptionFits(kind uint8, n int) bool {
	least, most := 3, 255
	switch kind {
	case dccpChangeL, dccpChangeR:
		least = 4
	case dccpNDPCount:
		most = 8
	case dccpTimestamp, dccpDataCRC:
		if n != 6 {
			p.refuse("optlen", n, "!=", 6)
			return false
		}
	case dccpTimeEcho, dccpElapsedTime:
		return true
	}
	switch {
	case n < least:
		p.refuse("optlen", n, "<", least)
		return false
	case n > most:
		p.refuse("optlen", n, ">", most)
		return false
	}
	return true
}

// dccpOptionDataStrict prints what an option of n bytes has behind its length, and
// reports whether it makes sense; it says so if not.
func (p *Printer) dccpOptionDataStrict(kind uint8, b []byte, n int) bool {
	switch kind {
	case dccpChangeL, dccpConfirmL, dccpChangeR, dccpConfirmR:
		feature := u8(b, 2)
		if name := strName(dccpFeaturesStrict, feature); name != "" {
			p.char(' ')
			p.str(name)
		} else {
			p.printf(" feature-number-%d", feature)
			p.invalid()
		}
		p.dccpNumbersStrict(b, 3, n)
	case dccpNDPCount:
		p.dccpNumbersStrict(b, 2, n)
	case dccpTimestamp:
		p.printf(" %d", u32(b, 2))
	case dccpTimeEcho:
		if n != 6 && n != 8 && n != 10 {
			p.str(" [optlen != 6 or 8 or 10]")
			p.invalid()
			return false
		}
		p.printf(" %d", u32(b, 2))
		switch n {
		case 8:
			p.printf(" (elapsed time %d)", u16(b, 6))
		case 10:
			p.printf(" (elapsed time %d)", u32(b, 6))
		}
	case dccpElapsedTime:
		switch n {
		case 4:
			p.printf(" %d", u16(b, 2))
		case 6:
			p.printf(" %d", u32(b, 2))
		default:
			p.str(" [optlen != 4 or 6]")
			p.invalid()
			return false
		}
	default:
		p.dccpHexStrict(b, n)
	}
	return true
}

// dccpCCIDStrict prints what an option of a congestion control mechanism has.
func (p *Printer) dccpCCIDStrict(b []byte, n int) {
	switch n {
	case 4:
		p.printf(" %d", u16(b, 2))
	case 6:
		p.printf(" %d", u32(b, 2))
	default:
		p.dccpHexStrict(b, n)
	}
}

// dccpNumbersStrict prints the bytes from b[i] to b[n].
func (p *Printer) dccpNumbersStrict(b []byte, i, n int) {
	for ; i < n; i++ {
		p.printf(" %d", u8(b, i))
	}
}

// dccpHexStrict prints what is behind the length of an option of n bytes.
func (p *Printer) dccpHexStrict(b []byte, n int) {
	p.str(" 0x")
	for i := 2; i < n; i++ {
		p.hex(uint64(u8(b, i)), 2)
	}
}
