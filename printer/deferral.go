package printer

// deferral is what a printer that runs beside others leaves to be done in packet
// order: the lines have gaps where something depends on earlier packets, and
// whole packets are missing whose printers remember more than a few numbers.
type deferral struct {
	seen  []tcpSeen      // segments, in order
	steps []deferredStep // gaps, in order
	whole []int          // of steps, those that are whole packets
}

// deferredNone is the segment that is not deferred.
const deferredNone = 0

type deferredKind uint8

const (
	deferNumber deferredKind = iota // a number of a segment belongs into the gap
	deferPacket                     // a packet's lines belong into the gap
)

type deferredStep struct {
	kind   deferredKind
	number tcpNumberKind
	value  uint32 // the number as it was sent, or the packet's place
	at     int    // where in the output
	of     int    // the number's segment; or how many segments are before the packet, and then the end of its lines
}

// segment takes note of a segment and returns what stands for it in number.
func (d *deferral) segment(s *tcpSeen) int {
	d.seen = append(d.seen, *s)
	return len(d.seen)
}

// number leaves a gap at offset at for a number of a segment.
func (d *deferral) number(at int, v uint32, segment int, kind tcpNumberKind) {
	d.steps = append(d.steps, deferredStep{kind: deferNumber, number: kind, at: at, value: v, of: segment - 1})
}

// packet leaves a gap at offset at for the lines of the i-th packet.
func (d *deferral) packet(at, i int) {
	d.whole = append(d.whole, len(d.steps))
	d.steps = append(d.steps, deferredStep{kind: deferPacket, at: at, value: uint32(i), of: len(d.seen)})
}

func (d *deferral) reset() { d.seen, d.steps, d.whole = d.seen[:0], d.steps[:0], d.whole[:0] }

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

// settle finds what belongs into the gaps of a batch; p is the printer that goes
// through all packets in order.
func (p *Printer) settle(b *batch) {
	d := &b.later
	if p.vflag != p.opts.Verbose {
		d.reset()
		d.packet(0, 0)
		p.settleFrom(b, 0, 0)
		return
	}
	for _, step := range d.whole {
		s := &d.steps[step]
		p.settleSegments(b, s.of)
		i := int(s.value)
		b.whole = p.settlePacket(b.whole, b, i)
		s.of = len(b.whole)
		if p.vflag != p.opts.Verbose {
			p.settleFrom(b, step, i+1)
			return
		}
	}
	p.settleSegments(b, len(d.seen))
}

// settleSegments takes note of the segments of a batch up to the n-th. It is a loop of
// its own, in which the processor looks for several conversations at a time.
func (p *Printer) settleSegments(b *batch, n int) {
	for i := len(b.bases); i < n; i++ {
		b.bases = append(b.bases, p.conv.tcp.see(&b.later.seen[i]))
	}
}

// settleFrom prints all packets of a batch from the i-th on into the gap of a step,
// which is its last. A packet may change the verbosity for good; what others print
// without knowing is then of no use.
func (p *Printer) settleFrom(b *batch, step, i int) {
	for ; i < b.len(); i++ {
		b.whole = p.settlePacket(b.whole, b, i)
	}
	s := &b.later.steps[step]
	b.later.steps, s.of, b.out = b.later.steps[:step+1], len(b.whole), b.out[:s.at]
}

func (p *Printer) settlePacket(dst []byte, b *batch, i int) []byte {
	p.count = b.first + uint64(i)
	p.conv.timeReference = b.reference
	for j := range b.packets[:min(i, len(b.packets))] { // Run has no such times
		p.passTime(&b.packets[j], b.first+uint64(j)+1)
	}
	return p.PrintNoted(dst, b.packet(i), b.note(i))
}

// appendFilled appends the lines of a batch, which is settled, to dst.
func (b *batch) appendFilled(dst []byte) []byte {
	from, whole := 0, 0
	for i := range b.later.steps {
		s := &b.later.steps[i]
		dst = append(dst, b.out[from:s.at]...)
		from = s.at
		if s.kind == deferNumber {
			dst = appendUint(dst, uint64(s.value-b.bases[s.of][s.number]))
			continue
		}
		dst = append(dst, b.whole[whole:s.of]...)
		whole = s.of
	}
	return append(dst, b.out[from:]...)
}
