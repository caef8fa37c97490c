// vat.go: the audio packets of LBL's vat and of vt, without a specification
// but their sources.

package printer

func (p *Printer) vat(b []byte, length int) {
	p.proto = "vat"
	if length < 2 {
		p.printf("udp/va/vat, length %d < 2", length)
		return
	}
	ts := u16(b, 0)
	if ts&0xf060 != 0 {
		p.printf("udp/vt %d %d / %d", length, ts&0x3ff, ts>>10)
		return
	}
	if length < 8 {
		p.printf("udp/vat, length %d < 8", length)
		return
	}
	header, stamp := u32(b, 0), u32(b, 4)
	start := "" // of a talk spurt
	if header&0x800000 != 0 {
		start = "*"
	}
	p.printf("udp/vat %d c%d %d%s", length-8, header&0xffff, stamp, start)
	if header&0x1f0000 != 0 {
		p.printf(" f%d", header>>16&0x1f)
	}
	if header&0x3f000000 != 0 {
		p.printf(" s%d", header>>24&0x3f)
	}
}
