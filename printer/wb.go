// wb.go: LBL's distributed whiteboard wb (Floyd, Jacobson, McCanne, Liu and Zhang, SIGCOMM 1995).

package printer

const (
	wbHeaderLen = 12
	wbOffsetLen = 8  // a site and where it is in a page
	wbPageLen   = 16 // state of a page
)

// Packet types.
const (
	wbDraw       = 0
	wbID         = 1
	wbRepairAsk  = 2
	wbRepair     = 3
	wbKill       = 4
	wbPrepareAsk = 5
	wbPrepare    = 7
)

func (p *Printer) wb(b []byte, length int) {
	p.proto = "wb"
	if length < wbHeaderLen {
		p.invalid()
		return
	}
	need(b, 0, wbHeaderLen)
	if b[11] != 0 {
		p.char('*')
	}
	kind := b[10]
	b, length = b[wbHeaderLen:], length-wbHeaderLen
	ok := false
	switch kind {
	case wbKill:
		p.str(" wb-kill")
		ok = true
	case wbID:
		ok = p.wbID(b, length)
	case wbRepairAsk:
		ok = p.wbRepairAsk(b, length)
	case wbRepair:
		ok = p.wbRepair(b, length)
	case wbDraw:
		ok = p.wbDraw(b, length)
	case wbPrepareAsk:
		ok = p.wbPrepareAsk(b, length)
	case wbPrepare:
		ok = p.wbPrepare(b, length)
	default:
		p.printf(" wb-%d!", kind)
	}
	if !ok {
		p.invalid()
	}
}

// wbID prints who is there: the page shown, the last page, how much of each
// site's drawings is known, and a name. It reports, as the functions below do,
// whether the packet is long enough.
func (p *Printer) wbID(b []byte, length int) bool {
	const size = 28
	p.str(" wb-id:")
	if length < size {
		return false
	}
	length -= size
	p.printf(" %d/%s:%d (max %d/%s:%d) ",
		u32(b, 12), ip4At(b, 16), u32(b, 20), u32(b, 0), ip4At(b, 4), u32(b, 8))
	need(b, 0, size)
	sites := int(u16(b, 24))
	if length < wbOffsetLen*sites {
		return false
	}
	length -= wbOffsetLen * sites
	b = p.wbOffsets(b[size:], sites)
	p.str("> \"")
	p.safePadded(b, length)
	p.char('"')
	return true
}

// wbOffsets prints n sites and offsets and returns what comes behind them.
func (p *Printer) wbOffsets(b []byte, n int) []byte {
	between := byte('<')
	for range n {
		p.printf("%c%s:%d", between, ip4At(b, 0), u32(b, 4))
		between = ','
		b = b[wbOffsetLen:]
	}
	return b
}

// wbRepairAsk prints a request for drawings that were missed.
func (p *Printer) wbRepairAsk(b []byte, length int) bool {
	const size = 20
	p.str(" wb-rreq:")
	if length < size {
		return false
	}
	p.printf(" please repair %s %s:%d<%d:%d>", ip4At(b, 0), ip4At(b, 4), u32(b, 8), u32(b, 12), u32(b, 16))
	return true
}

// wbPrepareAsk prints a request for the state of pages.
func (p *Printer) wbPrepareAsk(b []byte, length int) bool {
	const size = 16
	p.str(" wb-preq:")
	if length < size {
		return false
	}
	p.printf(" need %d/%s:%d", u32(b, 8), ip4At(b, 0), u32(b, 4))
	need(b, 0, size)
	return true
}

// wbPrepare prints the state of pages.
func (p *Printer) wbPrepare(b []byte, length int) bool {
	const size = 4
	p.str(" wb-prep:")
	if length < size {
		return false
	}
	n := u32(b, 0)
	b = b[size:]
	for ; n > 0; n-- {
		p.printf(" %d/%s:%d", u32(b, 0), ip4At(b, 4), u32(b, 8))
		need(b, 0, wbPageLen)
		// only the upper byte of the count, as in the reference
		b = p.wbOffsets(b[wbPageLen:], int(b[12]))
		p.char('>')
	}
	return true
}

// wbRepair prints drawings that somebody missed.
func (p *Printer) wbRepair(b []byte, length int) bool {
	const size = 20
	p.str(" wb-rrep:")
	if length < size {
		return false
	}
	p.printf(" for %s %s:%d<%d:%d>", ip4At(b, 0), ip4At(b, 4), u32(b, 8), u32(b, 12), u32(b, 16))
	p.wbDrawings(b[size:], u32(b, 12), u32(b, 16))
	return true
}

// wbDraw prints drawings.
func (p *Printer) wbDraw(b []byte, length int) bool {
	const size = 16
	p.str(" wb-dop:")
	if length < size {
		return false
	}
	p.printf(" %s:%d<%d:%d>", ip4At(b, 0), u32(b, 4), u32(b, 8), u32(b, 12))
	p.wbDrawings(b[size:], u32(b, 8), u32(b, 12))
	return true
}

const (
	wbSkip = 14
	wbHole = 15
)

var wbOperations = []tok{
	{2, "RECT"},
	{3, "LINE"},
	{4, "ML"},
	{5, "DEL"},
	{6, "XFORM"},
	{7, "ELL"},
	{8, "CHAR"},
	{9, "STR"},
	{10, "NOP"},
	{11, "PSCODE"},
	{12, "PSCOMP"},
	{13, "REF"},
	{wbSkip, "SKIP"},
	{wbHole, "HOLE"},
}

// wbDrawings prints with -v the operations numbered from first to last. Some
// stand for many.
func (p *Printer) wbDrawings(b []byte, first, last uint32) {
	const header = 8
	if p.vflag == 0 {
		return
	}
	p.str(" <")
	for ; first <= last; first++ {
		kind := u8(b, 7)
		p.printf(" %s", tokStr(wbOperations, "dop-%d!", kind))
		if kind == wbSkip || kind == wbHole {
			upTo := u32(b, 0)
			p.printf("%d", upTo-first+1)
			if first > upTo || upTo > last {
				p.str("[|]")
			}
			if upTo < first {
				return
			}
			first = upTo
		}
		b = at(b, (header+int(u16(b, 4))+3)&^3)
	}
	p.str(" >")
}
