// domain_names.go: domain names (RFC 1035 section 4.1.4) and the bit labels of
// RFC 2673.

package printer

const (
	domainNameMax = 255 // characters of a name that are shown

	// The upper two bits of a label's length octet.
	domainLabelKind = 0xc0
	domainPlain     = 0x00
	domainExtended  = 0x40
	domainReserved  = 0x80
	domainPointer   = 0xc0

	domainBitLabel = 1 // the only extended label
)

// domainSkipName is the index behind the name at b[i], or -1 when the name is
// malformed or was not captured.
func domainSkipName(b []byte, i int) int {
	for {
		if !has(b, i, 1) {
			return -1
		}
		n := b[i]
		i++
		switch n & domainLabelKind {
		case domainPointer:
			return i + 1
		case domainReserved:
			return -1
		case domainExtended:
			if n&^domainLabelKind != domainBitLabel || !has(b, i, 1) {
				return -1
			}
			i += 1 + (domainBits(b[i])+7)/8
		default:
			if n == 0 {
				return i
			}
			i += int(n)
		}
	}
}

// domainBits is the number of bits that a bit label's count octet says.
func domainBits(count uint8) int {
	if count == 0 {
		return 256
	}
	return int(count)
}

// domainLabelLen is the length octet of the label at b[i] and how many bytes
// follow it; what that is for a pointer does not matter. It is -1, and printed
// why, for a label of no known kind, and -1 when it was not captured.
func (p *Printer) domainLabelLen(b []byte, i int) (octet uint8, n int) {
	if !has(b, i, 1) {
		return 0, -1
	}
	octet = b[i]
	switch octet & domainLabelKind {
	case domainReserved:
		p.str("<BAD LABEL TYPE>")
		return octet, -1
	case domainExtended:
		if kind := octet &^ domainLabelKind; kind != domainBitLabel {
			p.printf("<ELT %d>", kind)
			return octet, -1
		}
		if !has(b, i+1, 1) {
			return octet, -1
		}
		return octet, (domainBits(b[i+1])+7)/8 + 1
	}
	return octet, int(octet)
}

// domainName prints the name at b[i], whose pointers count from b[base], and
// returns the index behind it, or -1 when it is malformed or was not captured.
// What it could print of such a name stays.
func (p *Printer) domainName(b []byte, i, base int) int {
	p.bound()
	octet, n := p.domainLabelLen(b, i)
	if n < 0 {
		return -1
	}
	if octet == 0 {
		p.char('.')
		return i + 1
	}
	// Pointers have to point back, and each further than the one before it:
	// so the name ends.
	limit := uint32(i - base)
	i++
	end, followed, chars := i+n, false, 0
	if octet&domainLabelKind == domainPointer && i >= len(b) {
		return -1
	}
	for octet != 0 && i < len(b) {
		if octet&domainLabelKind == domainPointer {
			if !followed {
				end, followed = i+1, true
			}
			offset := uint32(octet&^domainLabelKind)<<8 | uint32(b[i])
			if offset >= limit {
				p.str("<BAD PTR>")
				return -1
			}
			limit = offset
			i = base + int(offset)
		} else {
			if !p.domainLabel(b, i, octet, n, &chars) {
				return -1
			}
			i += n
		}
		if octet, n = p.domainLabelLen(b, i); n < 0 {
			return -1
		}
		if i++; !followed {
			end = i + n
		}
	}
	if chars > domainNameMax {
		p.str("<DOMAIN NAME TOO LONG>")
	}
	return end
}

// domainLabel prints the label of n bytes at b[i] with the dot behind it, as far
// as the name is not too long yet, and reports whether it was captured. chars
// counts the name's characters.
func (p *Printer) domainLabel(b []byte, i int, octet uint8, n int, chars *int) bool {
	if octet&domainLabelKind == domainExtended {
		p.domainBitString(b, i)
	} else {
		if shown := min(n, domainNameMax-*chars); shown > 0 && p.safeLimited(at(b, i), shown) {
			return false
		}
		*chars += n
	}
	if *chars <= domainNameMax {
		p.char('.')
	}
	*chars++
	return true
}

// domainBitString prints the bit label whose count is at b[i] in hexadecimal.
func (p *Printer) domainBitString(b []byte, i int) {
	count := domainBits(b[i])
	p.str("\\[x")
	left := count
	for ; left > 7; left -= 8 {
		i++
		p.hex(uint64(u8(b, i)), 2)
	}
	i++
	if left > 4 {
		p.hex(uint64(u8(b, i)&(0xff<<(8-left))), 2)
	} else if left > 0 {
		p.hex(uint64(u8(b, i)>>4&(0xf<<(4-left))), 1)
	}
	p.printf("/%d]", count)
}
