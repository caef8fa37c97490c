// dsa.go: the distributed switch architecture tags of Marvell's switch chips,
// with an EtherType in front (EDSA) or without.

package printer

const (
	dsaTagLen  = 4
	dsaETagLen = 8
)

const (
	dsaToCPU = iota
	dsaFromCPU
	dsaToSniffer
	dsaForward
)

var dsaModes = []string{"To CPU", "From CPU", "To Sniffer", "Forward"}

var dsaCodes = []tok{
	{0, "BPDU (MGMT) Trap"},
	{1, "Frame2Reg"},
	{2, "IGMP/MLD Trap"},
	{3, "Policy Trap"},
	{4, "ARP Mirror"},
	{5, "Policy Mirror"},
}

func (p *Printer) dsaLink(b []byte, length int) {
	p.proto = "dsa"
	p.llHdrLen += p.etherExtended(b, length, etherExtension{tag: (*Printer).dsaTag, tagLen: dsaTagLen})
}

func (p *Printer) dsaEtherLink(b []byte, length int) {
	p.proto = "edsa"
	p.llHdrLen += p.etherExtended(b, length, etherExtension{tag: (*Printer).dsaETag, tagLen: dsaETagLen})
}

func (p *Printer) dsaTag(b []byte) {
	if p.eflag {
		p.str("Marvell DSA ")
	} else {
		p.str("DSA ")
	}
	p.dsaFields(b)
}

func (p *Printer) dsaETag(b []byte) {
	t := u16(b, 0)
	if p.eflag {
		p.printf("Marvell EDSA ethertype 0x%04x (%s), rsvd %d %d, ", t,
			tokStr(etherTypeNames, "Unknown", t), u8(b, 2), u8(b, 3))
	} else {
		p.printf("EDSA 0x%04x, ", t)
	}
	p.dsaFields(at(b, 4))
}

func (p *Printer) dsaFields(b []byte) {
	need(b, 0, dsaTagLen)
	mode, tagged, device := b[0]>>6, b[0]&0x20 != 0, b[0]&0x1f
	port, b18 := b[1]>>3, b[1]&0x04 != 0
	vid := u16(b, 2) & 0xfff
	if !p.eflag {
		p.dsaShort(mode, device, port, b18)
		c := byte('u')
		if tagged {
			c = 't'
		}
		p.printf("VLAN %d%c, ", vid, c)
		return
	}
	p.printf("mode %s, ", dsaModes[mode])
	switch mode {
	case dsaForward:
		p.printf("dev %d, %s %d, ", device, dsaChoose(b18, "trunk", "port"), port)
	case dsaFromCPU:
		p.printf("target dev %d, port %d, ", device, port)
	case dsaToCPU:
		code := b[1]&0x06 | b[2]>>4&1
		p.printf("source dev %d, port %d, code %s, ", device, port, tokStr(dsaCodes, "reserved", code))
	case dsaToSniffer:
		p.printf("source dev %d, port %d, %s sniff, ", device, port, dsaChoose(b18, "ingress", "egress"))
	}
	p.printf("%s, ", dsaChoose(tagged, "tagged", "untagged"))
	if b[1]&0x01 != 0 {
		p.str("CFI, ")
	}
	p.printf("VID %d, FPri %d, ", vid, b[2]>>5)
}

// dsaShort appends where the frame goes, as without -e.
func (p *Printer) dsaShort(mode, device, port uint8, b18 bool) {
	switch mode {
	case dsaForward:
		p.printf("Forward %s %d.%d, ", dsaChoose(b18, "trunk", "port"), device, port)
	case dsaFromCPU:
		p.printf("CPU > port %d.%d, ", device, port)
	case dsaToCPU:
		p.printf("port %d.%d > CPU, ", device, port)
	case dsaToSniffer:
		p.printf("port %d.%d > %s Sniffer, ", device, port, dsaChoose(b18, "Rx", "Tx"))
	}
}

func dsaChoose(set bool, yes, no string) string {
	if set {
		return yes
	}
	return no
}
