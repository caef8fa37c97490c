// brcmtag.go: the management tags of Broadcom's switch chips, behind the
// Ethernet addresses or in front of the frame.

package printer

import "github.com/tapdump/tapdump/versions"

var brcmTagFields = versions.Since(versions.V5_0, "Broadcom tag", "`TC` and `TE` of ingress tags from the second byte; `DST map: 0x0080`, `RC: exception`, `RC: reserved`; `OP: IG` where the first byte is not zero",
	"from the first byte; `DST map: [port 7]`, `RC: [exception]`, `RC: [mirror, reserved-7]`; `OP: #2` for other operations, without fields")

const (
	brcmTagLen     = 4
	brcmTagIngress = 0x20
)

// brcmTagOperations are what the upper three bits say.
var brcmTagOperations = []tok{{0, "EG"}, {1, "IG"}}

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

var brcmTagReasonBits = amended(brcmTagReasons, tok{0x40, "reserved-6"}, tok{0x80, "reserved-7"})

var brcmTagPorts = []tok{
	{0x001, "port 0"},
	{0x002, "port 1"},
	{0x004, "port 2"},
	{0x008, "port 3"},
	{0x010, "port 4"},
	{0x020, "port 5"},
	{0x040, "port 6"},
	{0x080, "port 7"},
	{0x100, "port 8"},
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
	if p.follows(brcmTagFields) {
		p.brcmTagOf(b)
		return
	}
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

// brcmTagOf prints a tag as Broadcom's switches write it
// (https://www.tcpdump.org/linktypes/broadcom-switch-tag.html).
func (p *Printer) brcmTagOf(b []byte) {
	operation := b[0] >> 5
	p.printf("BRCM tag OP: %s", tokStr(brcmTagOperations, "#%d", operation))
	switch operation {
	case 0:
		p.printf(", CID: %d, RC: [%s], TC: %d, port: %d", b[1],
			bitStr(brcmTagReasonBits, "none", b[2]), b[3]>>5, b[3]&0x1f)
	case 1:
		p.printf(", TC: %d, TE: %s, TS: %d, DST map: [%s]", b[0]>>2&7,
			brcmTagEncapsulations[b[0]&3], b[1]>>7, bitStr(brcmTagPorts, "none", u16(b, 2)&0x1ff))
	}
	p.str(", ")
}
