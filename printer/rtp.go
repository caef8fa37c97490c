// rtp.go: Real-time Transport Protocol (RFC 3550 section 5) and its draft
// version 1.

package printer

// rtpH261 is the payload type of H.261 video (RFC 3551 section 6).
const rtpH261 = 31

func (p *Printer) rtp(b []byte, length int) {
	p.proto = "rtp"
	if length < 8 {
		p.printf("udp/rtp, length %d < 8", length)
		return
	}
	header, stamp := u32(b, 0), u32(b, 4)
	name, size := "rtp", 12
	payload := header >> 16 & 0x7f
	marker, extended := header&0x800000 != 0, header&0x10000000 != 0
	options := false
	if header>>30 == 1 { // version 1 has no SSRC, but options
		name, size = "rtpv1", 8
		payload = header >> 16 & 0x3f
		marker, extended, options = header&0x400000 != 0, false, header&0x800000 != 0
	}
	if length < size {
		p.printf("udp/rtp, length %d < %d", length, size)
		return
	}
	p.printf("udp/%s %d c%d ", name, length-size, payload)
	if options || extended {
		p.char('+')
	}
	if marker {
		p.char('*')
	}
	p.printf(" %d %d", header&0xffff, stamp)
	if p.vflag == 0 {
		return
	}
	p.printf(" %d", u32(b, 8))
	at, words := size, (length-size)/4
	if options {
		n := rtpOptions(b, at, words)
		if n < 0 {
			p.str(" !opt")
			return
		}
		at += 4 * n
		words -= n
	}
	if extended {
		n := int(u32(b, at)&0xffff) + 1
		if n > words {
			p.str(" !ext")
			return
		}
		at += 4 * n
	}
	if payload == rtpH261 {
		p.printf(" 0x%04x", u32(b, at)>>16)
	}
}

// rtpOptions is the number of 32-bit words that the options of version 1 take
// at b[i], or -1 when they take more than words or one is empty.
func rtpOptions(b []byte, i, words int) int {
	for n := 0; ; {
		option := u32(b, i+4*n)
		size := int(option >> 16 & 0xff)
		if size == 0 || size > words-n {
			return -1
		}
		n += size
		if option&0x80000000 != 0 {
			return n
		}
	}
}
