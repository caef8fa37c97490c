package printer

// deferral is what a printer that runs beside others leaves to be done in packet
// order: the lines have gaps where something depends on earlier packets, and
// whole packets are missing whose printers remember more than a few numbers.
type deferral struct {
	steps []deferredStep
	seen  []tcpSeen // segments, in the order of their steps
}

// deferredNone is the segment that is not deferred.
const deferredNone = 0

type deferredKind uint8

const (
	deferSegment deferredKind = iota // take note of a segment
	deferNumber                      // a number of that segment belongs here
	deferPacket                      // a packet's lines belong here
)

type deferredStep struct {
	kind   deferredKind
	number tcpNumberKind
	at     int    // where in the output
	value  uint32 // the segment's or packet's place, or the number as it was sent
	of     int    // the number's segment
}

// segment takes note of a segment and returns what stands for it in number.
func (d *deferral) segment(s *tcpSeen) int {
	d.seen = append(d.seen, *s)
	n := len(d.seen)
	d.steps = append(d.steps, deferredStep{kind: deferSegment, value: uint32(n - 1)})
	return n
}

// number leaves a gap at offset at for a number of a segment.
func (d *deferral) number(at int, v uint32, segment int, kind tcpNumberKind) {
	d.steps = append(d.steps, deferredStep{kind: deferNumber, number: kind, at: at, value: v, of: segment - 1})
}

func (d *deferral) reset() { d.steps, d.seen = d.steps[:0], d.seen[:0] }

// outOfOrder is what inOrder panics with.
type outOfOrder struct{}

// inOrder is called by a printer before it looks at, or changes, what
// conversations remembers (TCP's apart, which has gaps for it). When printers
// run in parallel, it ends the packet, which is then printed again in its turn.
func (p *Printer) inOrder() {
	if p.later != nil {
		panic(outOfOrder{})
	}
}

// settle appends the lines of a batch to dst with the gaps filled; p is the
// printer that goes through all packets in order.
func (p *Printer) settle(dst []byte, b *batch) []byte {
	if p.vflag != p.opts.Verbose {
		return p.settleFrom(dst, b, 0)
	}
	from := 0
	for i := range b.later.steps {
		s := &b.later.steps[i]
		if s.kind == deferSegment {
			b.bases = append(b.bases, p.conv.tcp.see(&b.later.seen[s.value]))
			continue
		}
		dst = append(dst, b.out[from:s.at]...)
		from = s.at
		if s.kind == deferNumber {
			dst = appendUint(dst, uint64(s.value-b.bases[s.of][s.number]))
			continue
		}
		dst = p.settlePacket(dst, b, int(s.value))
		if p.vflag != p.opts.Verbose {
			return p.settleFrom(dst, b, int(s.value)+1)
		}
	}
	return append(dst, b.out[from:]...)
}

// settleFrom prints all packets of a batch from the i-th on. A packet may change
// the verbosity for good; what others print without knowing is then of no use.
func (p *Printer) settleFrom(dst []byte, b *batch, i int) []byte {
	for ; i < len(b.packets); i++ {
		dst = p.settlePacket(dst, b, i)
	}
	return dst
}

func (p *Printer) settlePacket(dst []byte, b *batch, i int) []byte {
	p.count = b.first + uint64(i)
	p.conv.timeReference = b.reference
	for j := range b.packets[:i] {
		p.passTime(&b.packets[j], b.first+uint64(j)+1)
	}
	return p.PrintNoted(dst, &b.packets[i], b.note(i))
}
