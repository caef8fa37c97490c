// cip.go: Classical IP over ATM (RFC 2225) as Linux captures it: an LLC and SNAP
// header with an EtherType, or none.

package printer

// cipSNAP is how frames with a header begin.
const cipSNAP = "\xaa\xaa\x03\x00\x00\x00"

func (p *Printer) cipLink(b []byte, length int) {
	p.proto = "cip"
	if p.eflag {
		p.printf("%d: ", uint32(length))
	}
	need(b, 0, len(cipSNAP))
	if string(b[:len(cipSNAP)]) != cipSNAP {
		p.ip4(b, length)
		return
	}
	n := p.llc(b, length, linkAddr{}, linkAddr{})
	if n < 0 {
		p.defaultDump(b, len(b))
		n = -n
	}
	p.llHdrLen += n
}
