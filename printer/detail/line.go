package detail

import (
	"strconv"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/text"
)

// line shows a packet on one line, with fields in columns. A field that is too
// wide moves those behind it.
func (v *Viewer) line(b []byte, e *Entry) []byte {
	p, start := e.Packet, len(b)
	b = append(v.clock.append(b, e.Time), ", "...)
	b = append(strconv.AppendUint(b, e.Passage, 10), ", "...)
	b = text.Pad(b, start, 30)
	for _, n := range [...]int{int(p.Version), len(p.IP), int(p.TTL()), totalLength(p)} {
		b = append(appendInt(b, n), ", "...)
	}
	b = text.Pad(b, start, 50)
	b = append(append(b, transportName(p)...), ", "...)
	switch {
	case p.Protocol == header.ProtocolTCP:
		b = lineTCP(b, start, e)
	case p.Protocol == header.ProtocolUDP:
		b = text.Pad(append(b, "8, "...), start, 55)
		b = text.Pad(append(appendInt(b, p.Length), ", "...), start, 70)
		b = lineEnds(b, start, p, 95, 120)
		b = append(b, directionName(e.Direction)...)
	default:
		i := header.ICMP(p.Transport)
		b = text.Pad(append(b, "4, "...), start, 60)
		b = append(appendInt(b, i.Type()), ", "...)
		b = text.Pad(append(appendInt(b, i.Code()), ", "...), start, 70)
		b = lineEnds(b, start, p, 95, 120)
		b = append(b, directionName(e.Direction)...)
	}
	return append(b, '\n')
}

func lineTCP(b []byte, start int, e *Entry) []byte {
	p := e.Packet
	t := header.TCP(p.Transport)
	b = append(appendInt(b, t.HeaderLength()), ", "...)
	b = append(appendInt(b, t.Sequence()), ", "...)
	b = append(appendInt(b, t.Acknowledgement()), ", "...)
	b = text.Pad(append(appendInt(b, t.Window()), ", "...), start, 90)
	b = text.Pad(append(flags(b, t.Flags()), ", "...), start, 112)
	b = text.Pad(append(appendInt(b, p.Length), ", "...), start, 120)
	b = lineEnds(b, start, p, 145, 170)
	b = text.Pad(append(append(b, directionName(e.Direction)...), ", "...), start, 185)
	return tcpOptions(b, t, ";")
}

// lineEnds appends both ends, up to those columns.
func lineEnds(b []byte, start int, p *header.Packet, sourceEnd, destinationEnd int) []byte {
	b = text.Pad(append(header.AppendEndpoint(b, p.Src, p.SrcPort), ", "...), start, sourceEnd)
	return text.Pad(append(header.AppendEndpoint(b, p.Dst, p.DstPort), ", "...), start, destinationEnd)
}
