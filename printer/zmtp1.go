// zmtp1.go: ZeroMQ Message Transport Protocol, version 1.0 (ZeroMQ RFC 13), on
// TCP and in PGM.

package printer

// zmtp1Shown is how many bytes of a frame -v shows.
const zmtp1Shown = 128

var zmtp1Flags = []tok{
	{0x01, "MORE"},
	{0x02, "R1"},
	{0x04, "R2"},
	{0x08, "R3"},
	{0x10, "R4"},
	{0x20, "R5"},
	{0x40, "R6"},
	{0x80, "R7"},
}

// zmtp1 prints the frames of a TCP segment.
func (p *Printer) zmtp1(b []byte, length int) {
	p.proto = "zmtp1"
	p.str(": ZMTP/1.0")
	p.zmtp1Frames(b, 0, length)
}

// zmtp1Datagram prints a datagram in PGM, which begins with the offset of the
// first frame in it that begins a message (zmq_pgm(7)).
func (p *Printer) zmtp1Datagram(b []byte, length int) {
	p.proto = "zmtp1"
	offset := uint32(u16(b, 0))
	p.printf("\n\t frame offset 0x%04x", offset)
	part := b[2:]
	switch {
	case offset == 0xffff:
		// all of it belongs to an earlier message
		offset = uint32(length) - 2
	case 2+offset > uint32(length):
		p.str(" (exceeds datagram declared length)")
		trunc()
	}
	if offset > 0 {
		p.printf("\n\t frame intermediate part, %d bytes", offset)
		shown := asInt(offset)
		if shown > len(part) {
			shown = len(part)
			p.printf(" (%d captured)", shown)
		}
		if p.vflag == 1 {
			shown = min(shown, zmtp1Shown)
		}
		if p.vflag > 0 && shown > 1 {
			p.printf(", first %d byte(s):", shown)
			p.hexASCIIDump("\n\t ", part, shown)
		}
	}
	p.zmtp1Frames(b, asInt(2+offset), length)
}

func (p *Printer) zmtp1Frames(b []byte, i, length int) {
	end := min(len(b), length)
	for i < end {
		i += p.zmtp1Frame(b[i:], end-i)
	}
}

// zmtp1Frame prints a frame, of which all that is known to belong to the
// message are left bytes, and returns its size.
func (p *Printer) zmtp1Frame(b []byte, left int) int {
	p.str("\n\t")
	header, declared := 1, uint64(u8(b, 0))
	if declared != 0xff {
		p.printf(" frame flags+body  (8-bit) length %d", declared)
	} else {
		header = 9
		p.str(" frame flags+body (64-bit) length")
		declared = u64(b, 1)
		p.printf(" %d", declared)
	}
	if declared == 0 {
		return header
	}
	flags := u8(b, header)
	captured := uint64(left) - uint64(header)
	if declared > captured {
		p.printf(" (%d captured)", captured)
	}
	p.printf(", flags 0x%02x", flags)
	if p.vflag > 0 {
		p.printf(" (%s)", bitStr(zmtp1Flags, "none", flags))
		shown := min(captured, declared)
		if p.vflag == 1 {
			shown = min(shown, zmtp1Shown+1)
		}
		if shown > 1 {
			p.printf(", first %d byte(s) of body:", shown-1)
			p.hexASCIIDump("\n\t ", b[header+1:], asInt(uint32(shown-1)))
		}
	}
	// a length may be close to 2^64
	if declared > uint64(len(b)-header) {
		trunc()
	}
	return header + int(declared)
}
