// llap.go: LocalTalk Link Access Protocol (Inside AppleTalk, chapter 1), on its
// own or in UDP as Kinetics' gateways send it.

package printer

const (
	llapHeaderLen = 3
	llapShortDDP  = 1
	llapDDP       = 2
)

// llap prints a frame and returns the length of its headers, or 0 when they are
// cut.
func (p *Printer) llap(b []byte, length int) int {
	p.proto = "llap"
	if length < llapHeaderLen {
		p.printf(" [|llap %d]", uint32(length))
		return length
	}
	if !has(b, 0, llapHeaderLen) {
		p.truncMark()
		return 0
	}
	dst, src, kind := b[0], b[1], b[2]
	b, length = b[llapHeaderLen:], length-llapHeaderLen
	switch kind {
	case llapShortDDP:
		if length < atalkShortLen {
			p.printf(" [|sddp %d]", length)
			return length
		}
		if !has(b, 0, atalkShortLen) {
			p.str(" [|sddp]")
			return 0
		}
		from := atalkAddr{node: src, socket: b[3]}
		p.atalkEndpoints(from, atalkAddr{node: dst, socket: b[2]})
		p.atalkPayload(b[4], b[atalkShortLen:], length-atalkShortLen, from)
		return llapHeaderLen + atalkShortLen
	case llapDDP:
		if length < atalkLongLen {
			p.printf(" [|ddp %d]", length)
			return length
		}
		if !has(b, 0, atalkLongLen) {
			p.str(" [|ddp]")
			return 0
		}
		from := atalkSource(b)
		p.atalkEndpoints(from, atalkDestination(b))
		p.atalkPayload(b[12], b[atalkLongLen:], length-atalkLongLen, from)
		return llapHeaderLen + atalkLongLen
	}
	p.printf("%d > %d at-lap#%d %d", src, dst, kind, length)
	return llapHeaderLen
}
