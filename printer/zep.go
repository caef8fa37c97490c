// zep.go: ZigBee Encapsulation Protocol versions 1 and 2, frames of IEEE Std
// 802.15.4 over UDP (no public specification).

package printer

const (
	zepHeaderLen1 = 16
	zepHeaderLen2 = 32
	zepAckLen     = 8

	zepTypeAck = 2
)

func (p *Printer) zep(b []byte, length int) {
	p.proto = "zep"
	p.str("ZEP")
	if u8(b, 0) != 'E' || u8(b, 1) != 'X' {
		p.str(" [Preamble Code: ")
		p.safeChar(b[0])
		p.safeChar(u8(b, 1))
		p.char(']')
		p.invalid()
		return
	}
	version := u8(b, 2)
	p.printf("v%d ", version)
	headerLen, frameLen := 0, 0
	switch {
	case version == 1:
		headerLen, frameLen = p.zepVersion1(b, length)
	case u8(b, 3) == zepTypeAck:
		headerLen = p.zepAck(b, length)
	default:
		headerLen, frameLen = p.zepVersion2(b, length)
	}
	if headerLen == 0 {
		p.invalid()
		return
	}
	b, length = at(b, headerLen), length-headerLen
	if frameLen != 0 {
		p.str("\n\t")
		if p.wpan(b, frameLen) != 0 {
			need(b, 0, length)
			b, length = b[length:], 0
		}
	}
	p.defaultDump(b, length)
}

// zepFits reports whether a header of n bytes fits into length.
func (p *Printer) zepFits(length, n int) bool {
	if length < n {
		p.wrong("len", length, "<", n)
		return false
	}
	return true
}

// zepVersion1 prints a header and returns its length, 0 when it does not fit,
// and that of the frame behind it.
func (p *Printer) zepVersion1(b []byte, length int) (headerLen, frameLen int) {
	if !p.zepFits(length, zepHeaderLen1) {
		return 0, 0
	}
	p.printf("Channel ID %d, Device ID 0x%04x, ", u8(b, 3), u16(b, 4))
	p.zepQuality(b, 6)
	frameLen = int(u8(b, 15))
	p.printf("inner len = %d", frameLen)
	return zepHeaderLen1, frameLen
}

// zepVersion2 is zepVersion1 for a data packet of version 2.
func (p *Printer) zepVersion2(b []byte, length int) (headerLen, frameLen int) {
	if !p.zepFits(length, zepHeaderLen2) {
		return 0, 0
	}
	p.printf("Type %d, Channel ID %d, Device ID 0x%04x, ", u8(b, 3), u8(b, 4), u16(b, 5))
	p.zepQuality(b, 7)
	p.ntpTimeFormat(b, 9, "2006-01-02 15:04:05")
	sequence := u32(b, 17)
	frameLen = int(u8(b, 31))
	p.printf(", seq# = %d, inner len = %d", sequence, frameLen)
	return zepHeaderLen2, frameLen
}

// zepAck prints an acknowledgement and returns its length, 0 when it does not
// fit.
func (p *Printer) zepAck(b []byte, length int) int {
	if !p.zepFits(length, zepAckLen) {
		return 0
	}
	p.printf("ACK, seq# = %d", u32(b, 4))
	return zepAckLen
}

// zepQuality prints whether the frame ends with its check sequence or, in place
// of that, the quality of the link is known.
func (p *Printer) zepQuality(b []byte, i int) {
	if u8(b, i) != 0 {
		p.str("CRC, ")
	} else {
		p.printf("LQI %d, ", u8(b, i+1))
	}
}
