package printer

// Babel's addresses and what may follow a TLV's fields.

// babelPrefix reads a prefix in an address encoding (RFC 8966 section 4.1.4): the
// first omitted bytes are those of last, the others stand in v. It returns the
// prefix, IPv4 ones mapped into IPv6, and the bytes it took of v, or -1 when it
// makes no sense.
func babelPrefix(encoding uint8, bits, omitted int, v []byte, last *addr6) (a addr6, n int) {
	size := (bits + 7) / 8
	if size > 16 {
		return a, -1
	}
	start := 0
	switch encoding {
	case 0:
		return a, 0
	case 1:
		if omitted > 4 || size > 4 {
			return a, -1
		}
		a, start = babelV4Prefix, 12
	case 2:
		if omitted > 16 {
			return a, -1
		}
	case 3: // link-local: the first 8 bytes are understood
		a[0], a[1] = 0xfe, 0x80
		if size <= 8 {
			return a, 0
		}
		if len(v) < size-8 {
			return a, -1
		}
		return a, copy(a[8:], v[:size-8])
	default:
		return a, -1
	}
	if omitted > 0 {
		if last == nil {
			return a, -1
		}
		copy(a[:start+omitted], last[:])
	}
	if size <= omitted {
		return a, 0
	}
	if len(v) < size-omitted {
		return a, -1
	}
	return a, copy(a[start+omitted:], v[:size-omitted])
}

// babelAddress reads a whole address.
func babelAddress(encoding uint8, v []byte) (addr6, int) {
	bits := 128
	if encoding == 1 {
		bits = 32
	}
	return babelPrefix(encoding, bits, 0, v, nil)
}

// babelPrefixPair reads a destination and a source prefix.
func babelPrefixPair(encoding uint8, bits, sourceBits, omitted int, v []byte, last *addr6) (a, source addr6, n int) {
	if a, n = babelPrefix(encoding, bits, omitted, v, last); n < 0 {
		return a, source, -1
	}
	source, m := babelPrefix(encoding, sourceBits, 0, v[n:], nil)
	if m < 0 {
		return a, source, -1
	}
	return a, source, n + m
}

func (p *Printer) babelPrintAddress(a addr6) {
	if a.isMapped() {
		p.appendAddr4(addr4(a[12:]))
	} else {
		p.appendAddr6(a)
	}
}

// babelPrintPrefix prints a prefix. Its length counts from the IPv4 address's
// first bit in the encoding of those.
func (p *Printer) babelPrintPrefix(a addr6, encoding uint8, bits int) {
	if encoding == 1 {
		bits = int(uint8(bits + 96))
	}
	if bits >= 96 && a.isMapped() {
		p.appendAddr4(addr4(a[12:]))
		bits -= 96
	} else {
		p.appendAddr6(a)
	}
	p.printf("/%d", bits)
}

// babelSubTLVs prints what follows the fields of a TLV (RFC 8966 section 4.4).
func (p *Printer) babelSubTLVs(b []byte, kind uint8) {
	for i := 0; i < len(b); {
		sub := b[i]
		i++
		if sub == 0 {
			p.str(" sub-pad1")
			continue
		}
		if sub&0x80 != 0 {
			p.str(" (M)")
		}
		if i == len(b) || int(b[i]) > len(b)-i-1 {
			p.invalid()
			return
		}
		v := b[i+1 : i+1+int(b[i])]
		i += 1 + len(v)
		if !p.babelSubTLV(sub, v, kind) {
			p.invalid()
			return
		}
	}
}

func (p *Printer) babelSubTLV(sub uint8, v []byte, kind uint8) bool {
	switch sub {
	case 1:
		p.str(" sub-padn")
	case 2:
		p.babelDiversity(v, kind)
	case 3:
		p.str(" sub-timestamp")
		switch {
		case kind == babelHello && len(v) >= 4:
			p.babelTimestamp(' ', u32(v, 0))
		case kind == babelIHU && len(v) >= 8:
			p.babelTimestamp(' ', u32(v, 0))
			p.babelTimestamp('|', u32(v, 4))
		case kind == babelHello, kind == babelIHU:
			return false
		default:
			p.str(" (bogus)")
		}
	default:
		p.printf(" sub-unknown-0x%02x", sub)
	}
	return true
}

// babelDiversity prints the radio channels of a route
// (draft-chroboczek-babel-diversity-routing).
func (p *Printer) babelDiversity(v []byte, kind uint8) {
	p.str(" sub-diversity")
	if len(v) == 0 {
		p.str(" empty")
		return
	}
	for i, channel := range v {
		if i == 0 {
			p.char(' ')
		} else {
			p.char('-')
		}
		switch channel {
		case 0:
			p.str("reserved")
		case 255:
			p.str("all")
		default:
			p.uint(uint64(channel))
		}
	}
	if kind != babelUpdate && kind != babelSSUpdate {
		p.str(" (bogus)")
	}
}

// babelTimestamp prints a time in microseconds.
func (p *Printer) babelTimestamp(before byte, v uint32) {
	p.printf("%c%d.%06ds", before, v/1000000, v%1000000)
}
