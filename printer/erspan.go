// erspan.go: Encapsulated Remote Switched Port Analyzer, types I, II and III
// (draft-foschiano-erspan).

package printer

// Fields of the first word of types II and III.
const (
	erspanVersionII  = 1
	erspanVersionIII = 2

	erspanTruncated = 1 << 10
	erspanSession   = 0x3ff
)

// Fields of the last half-word of type III's header.
const (
	erspanPlatform = 1 // eight bytes of the platform follow

	erspanEthernet = 0 // frame types
	erspanIP       = 2
)

var erspanIntegrity = []string{"Good/unknown", "Short", "Oversized", "Bad"}

var erspanFrameTypes = []tok{{erspanEthernet, "Ethernet"}, {erspanIP, "IP"}}

// erspan prints a mirrored frame of type I, which has no header, or II, whose GRE
// packets have sequence numbers.
func (p *Printer) erspan(b []byte, length int, hasSequence bool) {
	p.proto = "erspan"
	p.str("erspan")
	if !hasSequence {
		p.str(" type1: ")
		p.ether(b, length)
		return
	}
	first, ok := p.erspanStart(b, length, erspanVersionII)
	if !ok {
		return
	}
	switch vlan := first >> 16 & 0xfff; first >> 11 & 3 {
	case 1:
		p.printf(" isl %d", vlan)
	case 2:
		p.printf(" vlan %d", vlan)
	case 3:
		p.str(" vlan payload")
	}
	p.erspanClass(first)
	if !p.erspanNeed(b, 4, 4, length) {
		return
	}
	index := u32(b, 4) & 0xfffff
	if p.vflag > 0 {
		p.printf(" index %d", index)
	}
	p.str(": ")
	p.ether(b[8:], length-8)
}

// erspanStart prints the session and what is in front of it. It returns the
// header's first word, or false where that is missing or of another version.
func (p *Printer) erspanStart(b []byte, length int, version uint32) (uint32, bool) {
	if !p.erspanNeed(b, 0, 4, length) {
		return 0, false
	}
	first := u32(b, 0)
	if v := first >> 28; v != version {
		p.printf(" erspan-unknown-version-%x", v)
		return 0, false
	}
	if p.vflag > 0 {
		p.printf(" type%d", version+1)
	}
	p.printf(" session %d", first&erspanSession)
	return first, true
}

// erspanClass prints the class of service and whether the frame was cut.
func (p *Printer) erspanClass(first uint32) {
	if p.vflag == 0 {
		return
	}
	p.printf(" cos %d", first>>13&7)
	if first&erspanTruncated != 0 {
		p.str(" truncated")
	}
}

// erspanIII prints a mirrored frame of type III.
func (p *Printer) erspanIII(b []byte, length int) {
	p.proto = "erspan"
	p.str("erspan")
	first, ok := p.erspanStart(b, length, erspanVersionIII)
	if !ok {
		return
	}
	p.printf(" bso %s", erspanIntegrity[first>>11&3])
	p.erspanClass(first)
	// timestamp, security group, flags
	i := 4
	for _, n := range [...]int{4, 2, 2} {
		if !p.erspanNeed(b, i, n, length) {
			return
		}
		i += n
	}
	flags := u16(b, i-2)
	kind := flags >> 10 & 0x1f
	p.printf(" ft %s", tokStr(erspanFrameTypes, "unknown %x", kind))
	if flags&erspanPlatform != 0 {
		if !p.erspanNeed(b, i, 8, length) {
			return
		}
		i += 8
	}
	p.str(": ")
	if kind == erspanEthernet {
		p.ether(b[i:], length-i)
	} else {
		p.str("Frame type unknown")
	}
}

// erspanNeed reports whether the packet has n bytes at b[i]; if not, it complains.
func (p *Printer) erspanNeed(b []byte, i, n, length int) bool {
	if p.lacks("len", length-i, n) {
		return false
	}
	need(b, i, n)
	return true
}
