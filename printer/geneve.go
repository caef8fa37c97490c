// geneve.go: Geneve (RFC 8926).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	geneveInvalid = versions.Since(versions.V5_0, "Geneve",
		"`[length 4 < 8]`, `truncated-geneve - 4 bytes missing`; options whose length is wrong are passed over", "`[len 4 < 8]`, `(opts_len 8 > 4`; they and an unknown version are `(invalid)`")
	geneveVendors = versions.Since(versions.V5_0, "Geneve", "option classes from 0x105 on are `Unknown`", "those up to 0x136 have names")
	geneveCut     = versions.Since(versions.V5_0, "Geneve", "options are printed if all were captured; an unknown payload may be cut", "those that were captured are printed, then `[\\|geneve]`; also for a payload")
)

const geneveHeaderLen = 8

var geneveFlags = []tok{
	{0x80, "O"},
	{0x40, "C"},
	{0x20, "R1"},
	{0x10, "R2"},
	{0x08, "R3"},
	{0x04, "R4"},
	{0x02, "R5"},
	{0x01, "R6"},
}

func (p *Printer) geneve(b []byte, length int) {
	p.proto = "geneve"
	p.str("Geneve")
	if uint32(length) < geneveHeaderLen {
		name := "length"
		if p.follows(geneveInvalid) {
			name = "len"
		}
		p.refuse(name, length, "<", geneveHeaderLen)
		return
	}
	if !has(b, 0, geneveHeaderLen) && !p.follows(geneveCut) {
		p.truncMark()
		return
	}
	if version := u8(b, 0) >> 6; version != 0 {
		p.printf(" ERROR: unknown-version %d", version)
		if p.follows(geneveInvalid) {
			p.invalid()
		}
		return
	}
	need(b, 0, geneveHeaderLen)
	proto := u16(b, 2)
	p.printf(", Flags [%s], vni 0x%x", bitStrSep(geneveFlags, "none", "", b[1]), u24(b, 4))
	if reserved := b[7]; reserved != 0 {
		p.printf(", rsvd 0x%x", reserved)
	}
	if p.eflag {
		p.printf(", proto %s (0x%04x)", tokStr(etherTypeNames, "unknown", proto), proto)
	}
	options := int(b[0]&0x3f) * 4
	b, length = b[geneveHeaderLen:], length-geneveHeaderLen
	if length < options {
		if p.follows(geneveInvalid) {
			p.printf(" (opts_len %d > %d", options, length)
			p.invalid()
		} else {
			p.printf(" truncated-geneve - %d bytes missing", options-length)
		}
		return
	}
	if !has(b, 0, options) && !p.follows(geneveCut) {
		p.truncMark()
		return
	}
	if options > 0 && !p.geneveOptions(b, options) {
		return
	}
	if p.vflag > 0 {
		p.str("\n\t")
	} else {
		p.str(": ")
	}
	b, length = b[options:], length-options
	if p.etherType(proto, b, length, linkAddr{}, linkAddr{}) {
		return
	}
	if proto == etherTEB {
		p.ether(b, length)
		return
	}
	p.printf("geneve-proto-0x%x", proto)
	if p.follows(geneveCut) {
		need(b, 0, length)
	}
}

// geneveOptions prints that there are options of size bytes, or each of them. It
// reports whether what follows can be printed.
func (p *Printer) geneveOptions(b []byte, size int) bool {
	p.str(", options [")
	if p.vflag == 0 {
		need(b, 0, size)
		p.printf("%d bytes]", size)
		return true
	}
	if !p.geneveOptionList(b, size) && p.follows(geneveInvalid) {
		need(b, 0, size)
		p.invalid()
		return false
	}
	p.char(']')
	return true
}

// geneveOptionList prints options (section 3.5), of size bytes together, and reports
// whether their lengths are right.
func (p *Printer) geneveOptionList(b []byte, size int) bool {
	for first := true; size > 0; first = false {
		if !first {
			p.str(", ")
		}
		class, kind := u16(b, 0), u8(b, 2)
		n := 4 + int(u8(b, 3)&0x1f)*4
		critical := ""
		if kind&0x80 != 0 {
			critical = "(C)"
		}
		p.printf("class %s (0x%x) type 0x%x%s len %d", p.geneveClass(class), class, kind, critical, n)
		if n > size {
			p.str(" [bad length]")
			return false
		}
		if p.vflag > 1 && n > 4 {
			p.str(" data")
			for i := 4; i < n; i += 4 {
				p.printf(" %08x", u32(b, i))
			}
		}
		need(b, 0, n)
		b, size = b[n:], size-n
	}
	return true
}

// geneveClass names an option class (IANA nvo3).
func (p *Printer) geneveClass(class uint16) string {
	switch {
	case class <= 0x00ff:
		return "Standard"
	case class == 0x0100:
		return "Linux"
	case class == 0x0101:
		return "Open vSwitch"
	case class == 0x0102:
		return "Open Virtual Networking (OVN)"
	case class == 0x0103:
		return "In-band Network Telemetry (INT)"
	case class == 0x0104:
		return "VMware"
	case class >= 0xfff0:
		return "Experimental"
	case p.follows(geneveVendors):
		return geneveVendor(class)
	}
	return "Unknown"
}

// geneveVendor is geneveClass for those that came later.
func geneveVendor(class uint16) string {
	for _, v := range geneveVendorClasses {
		if class >= v.first && class <= v.last {
			return v.name
		}
	}
	return "Unknown"
}

var geneveVendorClasses = []struct {
	first, last uint16
	name        string
}{
	{0x105, 0x105, "Amazon"},
	{0x106, 0x106, "Cisco"},
	{0x107, 0x107, "Oracle"},
	{0x108, 0x110, "Amazon"},
	{0x111, 0x118, "IBM"},
	{0x119, 0x128, "Ericsson"},
	{0x129, 0x129, "Oxide"},
	{0x130, 0x131, "Cisco"},
	{0x132, 0x135, "Google"},
	{0x136, 0x136, "InfoQuick"},
}
