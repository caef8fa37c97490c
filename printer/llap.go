// llap.go: LocalTalk Link Access Protocol (Inside AppleTalk, chapter 1), on its
// own or in UDP as Kinetics' gateways send it.

package printer

const (
	llapHeaderLen = 3
	llapShortDDP  = 1
	llapDDP       = 2
)

// llap prints a frame and returns the length of its headers, or 0 when they are
// cut. One that is too short is all header.
func (p *Printer) llap(b []byte, length int) int {
	p.proto = "llap"
	switch {
	case p.follows(atalkLengths):
		if p.lacks("LLAP length", length, llapHeaderLen) {
			return length
		}
	case length < llapHeaderLen:
		p.printf(" [|llap %d]", uint32(length))
		return length
	case !has(b, 0, llapHeaderLen):
		p.truncMark()
		return 0
	}
	kind := u8(b, 2)
	dst, src := b[0], b[1]
	b, length = b[llapHeaderLen:], length-llapHeaderLen
	switch kind {
	case llapShortDDP:
		if n, ok := p.llapHas(b, length, atalkShortLen, "sddp", "SDDP length"); !ok {
			return n
		}
		from := atalkAddr{node: src, socket: u8(b, 3)}
		p.atalkEndpoints(from, atalkAddr{node: dst, socket: b[2]})
		p.atalkPayload(u8(b, 4), at(b, atalkShortLen), length-atalkShortLen, from)
		return llapHeaderLen + atalkShortLen
	case llapDDP:
		if n, ok := p.llapHas(b, length, atalkLongLen, "ddp", "DDP length"); !ok {
			return n
		}
		from := atalkSource(b)
		p.atalkEndpoints(from, atalkDestination(b))
		p.atalkPayload(u8(b, 12), at(b, atalkLongLen), length-atalkLongLen, from)
		return llapHeaderLen + atalkLongLen
	}
	p.printf("%d > %d at-lap#%d %d", src, dst, kind, length)
	return llapHeaderLen
}

// llapHas reports whether the frame has least bytes for the header of what it
// carries; if not, it says so and what is left is all header. Later versions go on
// to print what was captured of that.
func (p *Printer) llapHas(b []byte, length, least int, proto, what string) (headers int, ok bool) {
	switch {
	case p.follows(atalkLengths):
		p.proto = proto
		return length, !p.lacks(what, length, least)
	case length < least:
		p.printf(" [|%s %d]", proto, length)
		return length, false
	case !has(b, 0, least):
		p.printf(" [|%s]", proto)
		return 0, false
	}
	return 0, true
}
