// ah.go: the IPsec authentication header (RFC 4302).

package printer

// ah prints the header and returns its length.
func (p *Printer) ah(b []byte) int {
	const fixed = 12
	p.proto = "ah"
	p.str("AH")
	words := u8(b, 1)
	n := (int(words) + 2) * 4 // section 2.2
	p.char('(')
	if p.vflag > 0 {
		p.printf("length=%d(%d-bytes),", words, n)
	}
	if reserved := u16(b, 2); reserved != 0 {
		p.printf("reserved=0x%x[MustBeZero],", reserved)
	}
	p.printf("spi=0x%08x,", u32(b, 4))
	p.printf("seq=0x%x,", u32(b, 8))
	p.str("icv=0x")
	for i := fixed; i < n; i++ {
		p.hex(uint64(u8(b, i)), 2)
	}
	p.str("): ")
	return n
}
