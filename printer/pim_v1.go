package printer

// PIM version 1 runs inside IGMP.

const (
	pimV1Query        = 0
	pimV1Register     = 1
	pimV1RegisterStop = 2
	pimV1JoinPrune    = 3
	pimV1Reachability = 4
	pimV1Assert       = 5
	pimV1Graft        = 6
	pimV1GraftAck     = 7
)

var pimV1Types = []tok{
	{pimV1Query, "Query"},
	{pimV1Register, "Register"},
	{pimV1RegisterStop, "Register-Stop"},
	{pimV1JoinPrune, "Join/Prune"},
	{pimV1Reachability, "RP-reachable"},
	{pimV1Assert, "Assert"},
	{pimV1Graft, "Graft"},
	{pimV1GraftAck, "Graft-ACK"},
}

var pimV1Modes = []tok{{0, " Dense-mode"}, {1, " Sparse-mode"}, {2, " Sparse-Dense-mode"}}

// pimV1 prints a message; b begins with the IGMP header.
func (p *Printer) pimV1(b []byte, length int) {
	p.proto = "pimv1"
	kind := u8(b, 1)
	p.printf(" %s", tokStr(pimV1Types, "[type %d]", kind))
	switch kind {
	case pimV1Query:
		p.pimV1Hello(b)
	case pimV1Register:
		if !has(b, 8, 20) { // an IP header
			p.truncMark()
			return
		}
		p.printf(" for %s > %s", ip4At(b, 20), ip4At(b, 24))
	case pimV1RegisterStop:
		p.printf(" for %s > %s", ip4At(b, 8), ip4At(b, 12))
	case pimV1Reachability:
		if p.vflag > 0 {
			p.printf(" group %s", ip4At(b, 8))
			p.pimV1Mask(b, 12)
			p.printf(" RP %s hold ", ip4At(b, 16))
			p.duration(uint32(u16(b, 22)))
		}
	case pimV1Assert:
		p.pimV1AssertMessage(b)
	case pimV1JoinPrune, pimV1Graft, pimV1GraftAck:
		if p.vflag == 0 {
			break
		}
		if length < 8 {
			p.truncMark()
			return
		}
		p.pimV1Groups(at(b, 8), length-8)
	}
	if version := u8(b, 4) >> 4; version != 1 {
		p.printf(" [v%d]", version)
	}
}

func (p *Printer) pimV1Hello(b []byte) {
	if has(b, 8, 1) {
		p.printf("%s", tokStr(pimV1Modes, " mode-%d", b[8]>>4))
	}
	if p.vflag > 0 {
		p.str(" (Hold-time ")
		p.duration(uint32(u16(b, 10)))
		p.char(')')
	}
}

// pimV1Mask prints the netmask at b[i] unless it is a host's.
func (p *Printer) pimV1Mask(b []byte, i int) {
	if u32(b, i) != 0xffffffff {
		p.printf("/%s", ip4At(b, i))
	}
}

func (p *Printer) pimV1AssertMessage(b []byte) {
	p.printf(" for %s > %s", ip4At(b, 16), ip4At(b, 8))
	p.pimV1Mask(b, 12)
	tree := "SPT"
	if u8(b, 20)&0x80 != 0 {
		tree = "RP-tree"
	}
	p.printf(" %s pref %d metric %d", tree, u32(b, 20)&0x7fffffff, u32(b, 24))
}

// pimV1Groups prints joins and prunes: on one line when there is just one, else
// with -vv a line each.
func (p *Printer) pimV1Groups(b []byte, left int) {
	if has(b, 0, 30) && b[11] == 1 && int(u16(b, 20))+int(u16(b, 22)) == 1 {
		p.pimV1Single(b)
		return
	}
	line := func() {
		if p.vflag > 1 {
			p.char('\n')
		}
	}
	if left < 4 {
		p.truncMark()
		return
	}
	line()
	p.printf(" Upstream Nbr: %s", ip4At(b, 0))
	if left < 8 {
		p.truncMark()
		return
	}
	line()
	p.str(" Hold time: ")
	p.duration(uint32(u16(b, 6)))
	if p.vflag < 2 {
		return
	}
	if left < 12 {
		p.truncMark()
		return
	}
	i := 12
	for n := u8(b, 11); n > 0; n-- {
		size := p.pimV1Group(at(b, i), left-i)
		if size == 0 {
			p.truncMark()
			return
		}
		i += size
	}
}

// pimV1Single prints the only source of the only group.
func (p *Printer) pimV1Single(b []byte) {
	p.printf(" RPF %s ", ip4At(b, 0))
	if hold := u16(b, 6); hold != 180 {
		p.str("Hold ")
		p.duration(uint32(hold))
	}
	word := "Prune"
	if u16(b, 20) != 0 {
		word = "Join"
	}
	p.printf("%s (%s/%d, %s", word, ip4At(b, 26), b[25]&0x3f, ip4At(b, 12))
	p.pimV1Mask(b, 16)
	p.str(") ")
	p.str(pimV1Word(b[24]&0x01 != 0, "Sparse", "Dense"))
	p.str(pimV1Word(b[25]&0x80 != 0, " WC", ""))
	p.str(pimV1Word(b[25]&0x40 != 0, " RP", " SPT"))
}

func pimV1Word(set bool, yes, no string) string {
	if set {
		return yes
	}
	return no
}

// pimV1Group prints a group with its sources and returns its length, or 0 when
// the message, of which left bytes remain, ends within.
func (p *Printer) pimV1Group(b []byte, left int) int {
	if left < 4 {
		return 0
	}
	p.printf("\n\tGroup: %s", ip4At(b, 0))
	if left < 8 {
		return 0
	}
	p.pimV1Mask(b, 4)
	if left < 12 {
		return 0
	}
	joined, pruned := int(u16(b, 8)), int(u16(b, 10))
	p.printf(" joined: %d pruned: %d", joined, pruned)
	i := 12
	for n := range joined + pruned {
		if left-i < 6 {
			return 0
		}
		first, second := u8(b, i), u8(b, i+1)
		p.printf("\n\t%s %s%s%s%s/%d", pimV1Word(n < joined, "Join ", "Prune"), pimV1Word(first&0x01 != 0, "Sparse ", "Dense "),
			pimV1Word(second&0x80 != 0, "WC ", ""), pimV1Word(second&0x40 != 0, "RP ", "SPT "), ip4At(b, i+2), second&0x3f)
		i += 6
	}
	return i
}
