// calmfast.go: CALM FAST, networking without IP for intelligent transport
// systems (ISO 29281).

package printer

func (p *Printer) calmFast(b []byte, length int, src linkAddr) {
	p.proto = "calm_fast"
	p.str("CALM FAST")
	if src.isSet() {
		p.printf(" src:%s", src)
	}
	p.str("; ")
	if length < 2 {
		p.printf(" (length %d < 2)", uint32(length))
		p.invalid()
		need(b, 0, length)
		return
	}
	p.printf("SrcNwref:%d; ", u8(b, 0))
	p.printf("DstNwref:%d; ", u8(b, 1))
	if p.vflag > 0 {
		p.hexASCIIDump("\n\t", b[2:], length-2)
	}
}
