// fddi.go: Fiber Distributed Data Interface (ANSI X3.139, ISO 9314-2).

package printer

const fddiHeaderLen = 13

// The frame control field: class, address length and format in the upper half.
const (
	fddiFormat   = 0xf0
	fddiSMT      = 0x40
	fddiLLCAsync = 0x50
)

var (
	fddiControls = []tok{
		{0x40, "void "},
		{0x80, "nrt "},
		{0xc0, "rt "},
		{0x41, "info "},
		{0x4f, "nsa "},
		{0xc2, "beacon "},
		{0xc3, "claim "},
	}
	fddiFormats = []tok{
		{0xc0, "mac"},
		{fddiSMT, "smt"},
		{fddiLLCAsync, "async"},
		{0xd0, "sync"},
		{0x60, "imp_async"},
		{0xe0, "imp_sync"},
	}
)

func (p *Printer) fddiLink(b []byte, length int) {
	p.llHdrLen += p.fddi(b, length)
}

// fddi prints a frame and returns the length of its headers.
func (p *Printer) fddi(b []byte, length int) int {
	p.proto = "fddi"
	if !has(b, 0, fddiHeaderLen) {
		p.truncMark()
		return len(b)
	}
	control := b[0]
	if p.eflag {
		p.fddiHeader(b, length)
	}
	dst, src := linkAddrAt(linkAddrEther, b, 1, 6), linkAddrAt(linkAddrEther, b, 7, 6)
	payload := b[fddiHeaderLen:]
	switch control & fddiFormat {
	case fddiLLCAsync:
		n := p.llc(payload, length-fddiHeaderLen, src, dst)
		if n < 0 {
			p.defaultDump(payload, len(payload))
			n = -n
		}
		return fddiHeaderLen + n
	case fddiSMT:
		p.str("<SMT printer not yet implemented>")
	default:
		if !p.eflag {
			p.fddiHeader(b, length)
		}
		p.defaultDump(payload, len(payload))
	}
	return fddiHeaderLen
}

func (p *Printer) fddiHeader(b []byte, length int) {
	if p.qflag == 0 {
		p.fddiControl(b[0])
	}
	p.printf("%s > %s, length %d: ", macAt(b, 7), macAt(b, 1), uint32(length))
}

func (p *Printer) fddiControl(control uint8) {
	if s := tokName(fddiControls, uint32(control)); s != "" {
		p.str(s)
	} else if s := tokName(fddiFormats, uint32(control&fddiFormat)); s != "" {
		p.printf("%s%x ", s, control&^fddiFormat)
	} else {
		p.printf("%02x ", control)
	}
}
