// wpan.go: low-rate wireless networks (IEEE Std 802.15.4-2015 clause 7).

package printer

import "hash/crc32"

// Frame types (table 7-1).
const (
	wpanBeacon       = 0
	wpanData         = 1
	wpanAck          = 2
	wpanCommand      = 3
	wpanMultipurpose = 5
)

var wpanTypes = [8]string{"Beacon", "Data", "ACK", "Command", "Reserved", "Multipurpose", "Fragment", "Extended"}

// Bits of the frame control field of general frames (7.2.1).
const (
	wpanSecurity       = 0x0008
	wpanPANCompression = 0x0040
	wpanNoSequence     = 0x0100
	wpanElements       = 0x0200
)

var wpanFlags = []tok{
	{wpanSecurity, "Security Enabled, "},
	{0x0010, "Frame Pending, "},
	{0x0020, "AR, "},
	{wpanPANCompression, "PAN ID Compression, "},
	{wpanNoSequence, "Sequence Number Suppression, "},
	{wpanElements, "IE present, "},
}

// Bits of the frame control field of multipurpose frames (7.3.5); the short
// field is its first byte.
const (
	wpanMultiLong       = 0x0008
	wpanMultiPAN        = 0x0100
	wpanMultiSecurity   = 0x0200
	wpanMultiNoSequence = 0x0400
	wpanMultiElements   = 0x8000
)

var wpanMultiFlags = []tok{
	{wpanMultiSecurity, "Security Enabled, "},
	{0x0800, "Frame Pending, "},
	{0x4000, "AR, "},
	{wpanMultiPAN, "PAN ID Present, "},
	{wpanMultiNoSequence, "Sequence Number Suppression, "},
	{wpanMultiElements, "IE present, "},
}

// Lengths of addresses by their modes (table 7-3).
const (
	wpanShort    = 2
	wpanExtended = 8
)

var wpanAddrLens = [4]int{0, -1, wpanShort, wpanExtended}

// wpanFrame is a frame on the way through its headers.
type wpanFrame struct {
	b []byte // from the next field on, to the end of the capture
	// left are the bytes of the frame from there on, without message integrity
	// code and frame check sequence. In a short multipurpose frame it can wrap
	// below zero; then the end of the capture counts.
	left          uint32
	control       uint16
	fcs, computed uint32
	level         uint8 // of security
	mic           []byte
}

func (f *wpanFrame) skip(n int) {
	f.b = at(f.b, n)
	f.left -= uint32(n)
}

func (p *Printer) wpanLink(b []byte, length int) {
	p.llHdrLen += p.wpan(b, len(b))
}

// wpanTapLink prints a frame behind the header of the TAP link type, a list of
// values of which only the length counts.
func (p *Printer) wpanTapLink(b []byte, length int) {
	p.proto = "802.15.4_tap"
	if len(b) < 4 {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	n := int(le16(b, 2))
	if b[0] != 0 || n < 4 {
		p.invalid()
		return
	}
	if len(b) < n {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	p.llHdrLen += n + p.wpan(b[n:], len(b)-n)
}

// wpan prints a frame of length bytes. It returns 1 when the frame was well
// formed, 0 when not, which tcpdump takes for the length of a header.
func (p *Printer) wpan(b []byte, length int) int {
	p.proto = "802.15.4"
	if length < 2 {
		p.truncMark()
		return length
	}
	f := wpanFrame{b: b, left: uint32(length), control: le16(b, 0)}
	kind := uint8(f.control & 7)
	p.printf("IEEE 802.15.4 %s packet ", wpanTypes[kind])
	whole := false
	switch kind {
	case wpanBeacon, wpanData, wpanAck, wpanCommand:
		whole = p.wpanGeneral(&f, kind)
	case wpanMultipurpose:
		whole = p.wpanMultipurpose(&f)
	}
	if whole {
		return 1
	}
	return 0
}

func (p *Printer) wpanGeneral(f *wpanFrame, kind uint8) bool {
	f.takeFCS(4, 4)
	version := f.control >> 12 & 3
	p.printf("v%d ", version)
	p.wpanFlagList(wpanFlags, f.control)
	n := 2
	if f.control&wpanNoSequence != 0 {
		if version < 2 {
			p.str("[ERROR: Sequence number suppressed on frames where version < 2]")
		}
		if p.vflag > 0 {
			p.str("seq suppressed ")
		}
	} else {
		p.wpanSequence(u8(f.b, n))
		n++
	}
	if f.left < uint32(n) {
		p.truncMark()
		return false
	}
	f.skip(n)
	dst, src, ok := p.wpanModes(f.control>>10, f.control>>14)
	if !ok {
		return false
	}
	compress := f.control&wpanPANCompression != 0
	if version < 2 && compress && (dst == 0 || src == 0) {
		p.str("[ERROR: PAN ID Compression != 0, and only one address with frame version < 2]")
	}
	dstPAN, srcPAN := wpanPANs(version, compress, dst, src)
	if !p.wpanAddress(f, dstPAN, dst) {
		return false
	}
	p.str(" < ")
	if !p.wpanAddress(f, srcPAN, src) {
		return false
	}
	p.char(' ')
	if !p.wpanHeaderTail(f, f.control&wpanSecurity != 0, f.control&wpanElements != 0) {
		return false
	}
	p.wpanPayload(f, kind, version)
	return true
}

func (p *Printer) wpanMultipurpose(f *wpanFrame) bool {
	f.takeFCS(5, 3)
	n, long := 1, uint16(0) // the bits that only the long control field has
	if f.control&wpanMultiLong != 0 {
		n, long = 2, f.control
		p.printf("v%d ", f.control>>12&3)
		p.wpanFlagList(wpanMultiFlags, f.control)
	}
	if long&wpanMultiNoSequence == 0 {
		p.wpanSequence(u8(f.b, n))
		n++
	}
	if long != 0 && f.left < uint32(n) {
		p.truncMark()
		return false
	}
	f.skip(n)
	dst, src, ok := p.wpanModes(f.control>>4, f.control>>6)
	if !ok {
		return false
	}
	if !p.wpanAddress(f, long&wpanMultiPAN != 0, dst) {
		return false
	}
	p.str(" <  ")
	if !p.wpanAddress(f, false, src) {
		return false
	}
	p.char(' ')
	if !p.wpanHeaderTail(f, long&wpanMultiSecurity != 0, long&wpanMultiElements != 0) {
		return false
	}
	p.defaultDump(f.b, asInt(f.left))
	return true
}

func (p *Printer) wpanFlagList(table []tok, control uint16) {
	if p.vflag <= 2 {
		return
	}
	for i := range table {
		if t := &table[i]; uint32(control)&t.v != 0 {
			p.str(t.s)
		}
	}
}

func (p *Printer) wpanSequence(n uint8) {
	if p.vflag > 0 {
		p.printf("seq %02x ", n)
	}
}

// wpanModes returns the lengths of the addresses and reports whether both modes
// exist.
func (p *Printer) wpanModes(dstMode, srcMode uint16) (dst, src int, ok bool) {
	dst, src = wpanAddrLens[dstMode&3], wpanAddrLens[srcMode&3]
	if src < 0 {
		p.str("[ERROR: Invalid src address mode]")
		return dst, src, false
	}
	if dst < 0 {
		p.str("[ERROR: Invalid dst address mode]")
		return dst, src, false
	}
	return dst, src, true
}

// wpanPANs tells which of the addresses have a PAN identifier in front (7.2.1.5),
// by the lengths of the addresses.
func wpanPANs(version uint16, compress bool, dst, src int) (dstPAN, srcPAN bool) {
	hasDst, hasSrc := dst > 0, src > 0
	extended := dst == wpanExtended && src == wpanExtended
	switch {
	case version < 2:
		return hasDst, hasSrc && !compress
	case compress && extended, compress && hasDst != hasSrc:
		return false, false
	case compress:
		return true, false
	case extended:
		return true, false
	case dst == wpanShort && src == wpanExtended:
		// what 6TiSCH implementations send
		return true, false
	}
	return hasDst, hasSrc
}

// wpanAddress prints an address of n bytes with the PAN identifier if there is
// one. It reports whether the frame had them.
func (p *Printer) wpanAddress(f *wpanFrame, pan bool, n int) bool {
	if pan {
		if f.left < 2 {
			p.str("[ERROR: Truncated before dst_pan]")
			return false
		}
		p.printf("%04x:", le16(f.b, 0))
		f.skip(2)
	} else {
		p.str("-:")
	}
	if f.left < uint32(n) {
		p.str("[ERROR: Truncated before dst_addr]")
		return false
	}
	p.wpanAddr(f.b, n)
	f.skip(n)
	return true
}

func (p *Printer) wpanAddr(b []byte, n int) {
	switch n {
	case 0:
		p.str("none")
	case wpanShort:
		p.printf("%04x", le16(b, 0))
	case wpanExtended:
		p.appendLinkAddr(linkAddrAt(linkAddrLE64, b, 0, n))
	}
}

// wpanMICLens are the lengths of the message integrity code by the two low bits
// of the security level (table 9-6).
var wpanMICLens = [4]uint32{0, 4, 8, 16}

const wpanEncrypted = 4 // and above: the security levels with encryption

// wpanHeaderTail prints what follows the addresses up to the payload, and the
// check sequences. It reports whether the frame had it all.
func (p *Printer) wpanHeaderTail(f *wpanFrame, secured, elements bool) bool {
	if secured && !p.wpanSecurityHeader(f) {
		return false
	}
	micLen := wpanMICLens[f.level&3]
	if f.left < micLen {
		p.str("[ERROR: Truncated before MIC]")
		return false
	}
	f.left -= micLen
	f.mic = at(f.b, int(f.left))
	if elements && !p.wpanElementLists(f) {
		return false
	}
	if p.vflag <= 2 {
		return true
	}
	if micLen != 0 {
		p.str("\n\tMIC ")
		for i := range int(micLen) {
			p.hex(uint64(u8(f.mic, i)), 2)
		}
		p.char(' ')
	}
	if f.computed == f.fcs {
		p.printf("FCS %x ", f.fcs)
	} else {
		p.printf("wrong FCS %x vs %x (assume no FCS stored) ", f.fcs, f.computed)
	}
	return true
}

// wpanSecurityHeader prints the auxiliary security header (9.4). It reports
// whether the frame had it all.
func (p *Printer) wpanSecurityHeader(f *wpanFrame) bool {
	if f.left < 1 {
		p.str("[ERROR: Truncated before Aux Security Header]")
		return false
	}
	control := u8(f.b, 0)
	f.level = control & 7
	mode := control >> 3 & 3
	if p.vflag > 0 {
		p.printf("\n\tSecurity Level %d, Key Id Mode %d, ", f.level, mode)
	}
	n := 1
	if control&0x20 == 0 {
		if f.left < 1+4 {
			p.str("[ERROR: Truncated before Frame Counter]")
			return false
		}
		if p.vflag > 1 {
			p.printf("Frame Counter 0x%08x ", le32(f.b, n))
		}
		n += 4
	}
	if mode == 0 {
		if p.vflag > 1 {
			p.str("Implicit")
		}
	} else {
		size, ok := p.wpanKeySource(mode, at(f.b, n), f.left-uint32(n))
		if n += size; !ok {
			return false
		}
		if f.left < uint32(n)+1 {
			p.str("[ERROR: Truncated before Key Index]")
			return false
		}
		if p.vflag > 1 {
			p.printf("KeyIndex 0x%02x, ", u8(f.b, n))
		}
		n++
	}
	need(f.b, 0, n)
	f.skip(n)
	return true
}

// wpanKeySource prints the key source and returns its length. It reports
// whether the left bytes of the frame had it.
func (p *Printer) wpanKeySource(mode uint8, b []byte, left uint32) (n int, ok bool) {
	switch mode {
	case 2: // PAN and short address
		if left < 4 {
			p.str("[ERROR: Truncated before Key Source]")
			return 0, false
		}
		if p.vflag > 1 {
			// the 4 behind the address is tcpdump's, a digit in its format
			p.printf("KeySource 0x%04x:%x4x, ", le16(b, 0), le16(b, 2))
		}
		return 4, true
	case 3: // extended address
		if left < wpanExtended {
			p.str("[ERROR: Truncated before Key Source]")
			return 0, false
		}
		if p.vflag > 1 {
			p.printf("KeySource %s, ", linkAddrAt(linkAddrLE64, b, 0, wpanExtended))
		}
		// tcpdump goes on in the middle of the address
		return 4, true
	}
	return 0, true
}

// takeFCS looks whether the frame ends with a frame check sequence (7.2.10) and
// takes it off: four bytes in a frame of at least min4, two in one of at least
// min2. Which of them, and whether any, depends on the radio.
func (f *wpanFrame) takeFCS(min4, min2 uint32) {
	if f.left >= min4 {
		end := int(f.left) - 4
		f.fcs = le32(f.b, end)
		if f.computed = wpanCRC32(f.b[:end]); f.computed == f.fcs {
			f.left -= 4
			return
		}
	}
	if f.left >= min2 {
		end := int(f.left) - 2
		f.fcs = uint32(le16(f.b, end))
		if f.computed = uint32(wpanCRC16(f.b[:end])); f.computed == f.fcs {
			f.left -= 2
		}
	}
}

// wpanCRC16 is the CRC of ITU-T V.41, from zero, least significant bit first.
func wpanCRC16(b []byte) uint16 {
	var crc uint16
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			crc = crc>>1 ^ 0x8408&-(crc&1)
		}
	}
	return crc
}

// wpanCRC32 is the CRC of ANSI X3.66, from zero and not inverted, unlike
// Ethernet's.
func wpanCRC32(b []byte) uint32 {
	return ^crc32.Update(^uint32(0), crc32.IEEETable, b)
}
