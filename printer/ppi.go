// ppi.go: Per-Packet Information (CACE Technologies, PPI header specification
// 1.0.7): fields about the capture, then a frame of any link type.

package printer

import "github.com/tapdump/tapdump/capture"

const (
	ppiHeaderLen = 8
	ppiMaxLen    = 65532 // section 3.1.3
)

func (p *Printer) ppiLink(b []byte, length int) {
	p.proto = "ppi"
	if !has(b, 0, ppiHeaderLen) {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	n, link := int(le16(b, 2)), capture.LinkType(le32(b, 4))
	if n < ppiHeaderLen || n > ppiMaxLen {
		p.printf(" [length %d < %d or > %d]", n, ppiHeaderLen, ppiMaxLen)
		p.invalid()
		p.llHdrLen += len(b)
		return
	}
	if !has(b, 0, n) {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	if p.eflag {
		p.ppiHeader(b[0], link, n, length)
	}
	frame := b[n:]
	if p.canPrint(link) {
		p.enter()
		p.linkType(link, frame, length-n)
		p.leave()
		// tcpdump counts the headers of the frame twice
		n += p.llHdrLen
	} else {
		if !p.eflag {
			p.ppiHeader(b[0], link, n, length)
		}
		p.defaultDump(frame, len(frame))
	}
	p.llHdrLen += n
}

func (p *Printer) ppiHeader(version uint8, link capture.LinkType, headerLen, length int) {
	name, _ := link.TextsIn(p.opts.Like)
	if name == "" {
		name = "UNKNOWN"
	}
	if p.qflag == 0 {
		p.printf("V.%d DLT %s (%d) len %d", version, name, uint32(link), headerLen)
	} else {
		p.str(name)
	}
	p.printf(", length %d: ", uint32(length))
}
