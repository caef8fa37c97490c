// pktap.go: Apple's PKTAP: a header with interface and process, then a frame of
// any link type (https://www.tcpdump.org/linktypes/LINKTYPE_PKTAP.html).

package printer

import "github.com/tapdump/tapdump/capture"

const (
	pktapMinLen = 108
	pktapNone   = 0 // record types: nothing follows,
	pktapPacket = 1 // or a frame
)

func (p *Printer) pktapLink(b []byte, length int) {
	p.proto = "pktap"
	if length < pktapMinLen {
		p.printf(" (packet too short, %d < %d)", length, pktapMinLen)
		p.invalid()
		return
	}
	link, headerLen := capture.LinkType(le32(b, 8)), le32(b, 0)
	if headerLen < pktapMinLen {
		p.printf(" (pkt_len too small, %d < %d)", headerLen, pktapMinLen)
		p.invalid()
		return
	}
	if headerLen > uint32(length) {
		p.printf(" (pkt_len too big, %d > %d)", headerLen, length)
		p.invalid()
		return
	}
	n := int(headerLen)
	need(b, 0, n)
	if p.eflag {
		p.pktapHeader(link, n, length)
	}
	frame := b[n:]
	switch record := le32(b, 4); {
	case record == pktapNone:
		p.str("no data")
	case record == pktapPacket && p.canPrint(link):
		p.enter()
		p.linkType(link, frame, length-n)
		p.leave()
		// tcpdump counts the headers of the frame twice
		n += p.llHdrLen
	case record == pktapPacket:
		if !p.eflag {
			p.pktapHeader(link, n, length)
		}
		p.defaultDump(frame, len(frame))
	}
	p.llHdrLen += n
}

func (p *Printer) pktapHeader(link capture.LinkType, headerLen, length int) {
	name, _ := link.TextsIn(p.opts.Like)
	if name == "" {
		name = "UNKNOWN"
	}
	if p.qflag == 0 {
		p.printf("DLT %s (%d) len %d", name, uint32(link), headerLen)
	} else {
		p.str(name)
	}
	p.printf(", length %d: ", uint32(length))
}
