// mfr.go: multilink frame relay (FRF.16.1).

package printer

const (
	mfrBundleID  = 1
	mfrLinkID    = 2
	mfrMagic     = 3
	mfrTimestamp = 5
)

var mfrElements = []tok{
	{mfrBundleID, "Bundle ID"},
	{mfrLinkID, "Link ID"},
	{mfrMagic, "Magic Number"},
	{mfrTimestamp, "Timestamp"},
	{6, "Vendor Extension"},
	{7, "Cause"},
}

var mfrMessages = []tok{
	{1, "Add Link"},
	{2, "Add Link ACK"},
	{3, "Add Link Reject"},
	{4, "Hello"},
	{5, "Hello ACK"},
	{6, "Remove Link"},
	{7, "Remove Link ACK"},
}

func (p *Printer) mfrLink(b []byte, length int) {
	p.proto = "mfr"
	if len(b) < 2 {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	p.llHdrLen += p.mfr(b, length)
}

// mfr prints a frame and returns the length of its header.
func (p *Printer) mfr(b []byte, length int) int {
	p.proto = "mfr"
	if uint32(length) < 4 {
		p.printf("[length %d < 4]", uint32(length))
		p.invalid()
		return length
	}
	if !has(b, 0, 4) {
		p.truncMark()
		return length
	}
	flags := b[0] & frelayFragAll
	if flags == frelayFragAll && b[1] == 0 {
		p.printf("FRF.16 Control, Flags [%s], %s, length %d", bitStr(frelayFragFlags, "none", flags),
			tokStr(mfrMessages, "Unknown Message (0x%02x)", b[2]), uint32(length))
		if p.vflag > 0 && !p.mfrElements(b[3:], length-3) {
			p.truncMark()
			return length
		}
		return 3
	}
	p.printf("FRF.16 Frag, seq %d, Flags [%s]", frelaySequence(b), bitStr(frelayFragFlags, "none", flags))
	if flags == frelayBegin|frelayEnd || flags == frelayBegin {
		p.str(", ")
		p.frelay(b[2:], length-2)
		return 2
	}
	// without the first fragment nobody knows what it is
	p.unknownData(b, "\n\t", length)
	return 0
}

// mfrElements prints the information elements in the length bytes of a control
// frame and reports whether they were captured.
func (p *Printer) mfrElements(b []byte, length int) bool {
	const head = 2
	// Behind an element that sticks out of the frame what is left wraps
	// around, so that the end of the capture ends the list.
	i, n := 0, 0
	for left := uint32(length); left > head; left -= uint32(n) {
		if !has(b, i, head) {
			return false
		}
		kind := b[i]
		n = int(b[i+1])
		p.printf("\n\tIE %s (%d), length %d: ", tokStr(mfrElements, "Unknown", kind), kind, n)
		if kind == 0 || n <= head {
			return true
		}
		if !has(b, i, n) {
			return false
		}
		value := b[i+head : i+n]
		p.mfrElement(kind, value)
		if p.vflag > 1 {
			p.unknownData(value, "\n\t  ", len(value))
		}
		i += n
	}
	return true
}

func (p *Printer) mfrElement(kind uint8, value []byte) {
	const textMax = 50
	switch kind {
	case mfrMagic:
		if len(value) != 4 {
			p.printf("[IE data length %d != 4]", len(value))
			p.invalid()
			return
		}
		p.printf("0x%08x", u32(value, 0))
		return
	case mfrBundleID, mfrLinkID:
		for i := 0; i < len(value) && i < textMax && value[i] != 0; i++ {
			p.safeChar(value[i])
		}
		return
	case mfrTimestamp:
		if len(value) > 14 {
			p.printf("[Timestamp IE length %d > 14]", len(value))
			p.invalid()
			return
		}
	}
	if p.vflag <= 1 {
		p.unknownData(value, "\n\t  ", len(value))
	}
}
