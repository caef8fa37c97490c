// brcmtag.go: the management tags of Broadcom's switch chips, behind the
// Ethernet addresses or in front of the frame.

package printer

const (
	brcmTagLen     = 4
	brcmTagIngress = 0x20
)

var brcmTagEncapsulations = []string{"None", "Untag", "Header", "Reserved"}

// brcmTagReasons say why the switch sent a frame to the processor.
var brcmTagReasons = []tok{
	{1, "mirror"},
	{2, "MAC learning"},
	{4, "switching"},
	{8, "prot term"},
	{16, "prot snoop"},
	{32, "exception"},
}

func (p *Printer) brcmTagLink(b []byte, length int) {
	p.proto = "brcm-tag"
	p.llHdrLen += p.etherExtended(b, length, etherExtension{tag: (*Printer).brcmTag, tagLen: brcmTagLen})
}

func (p *Printer) brcmTagPrependLink(b []byte, length int) {
	p.proto = "brcm-tag-prepend"
	need(b, 0, brcmTagLen)
	p.llHdrLen += brcmTagLen
	if p.eflag {
		p.brcmTag(b)
	}
	p.llHdrLen += p.ether(b[brcmTagLen:], length-brcmTagLen)
}

func (p *Printer) brcmTag(b []byte) {
	need(b, 0, brcmTagLen)
	operation := "EG"
	if b[0] != 0 {
		operation = "IG"
	}
	p.printf("BRCM tag OP: %s", operation)
	if b[0]&brcmTagIngress != 0 {
		p.printf(", TC: %d, TE: %s, TS: %d, DST map: 0x%04x, ", b[1]>>2&7,
			brcmTagEncapsulations[b[1]&3], b[1]>>7, u16(b, 2)&0x1ff)
		return
	}
	p.printf(", CID: %d, RC: %s, TC: %d, port: %d, ", b[1],
		tokStr(brcmTagReasons, "reserved", b[2]), b[3]>>5, b[3]&0x1f)
}
