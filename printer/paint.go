package printer

import (
	"bytes"
	"slices"
)

// paint puts the sequences of parts and of what is highlighted around them, all that
// was printed of the packet having been written. What is highlighted covers parts.
func (p *Printer) paint(h *Highlight) {
	var hits []Range
	var spans []span
	if t := p.painter; t != nil {
		t.close(p.out)
		spans = t.spans
	}
	if h != nil {
		hits = p.ranges
	}
	if len(hits) == 0 && len(spans) == 0 {
		return
	}
	gaps := p.gaps()
	p.scratch = append(p.scratch[:0], p.out[p.start:]...)
	text := p.scratch
	p.out = p.out[:p.start]
	for at := 0; at < len(text); {
		for ; len(gaps) > 0 && gaps[0].at-p.start <= at; gaps = nextGaps(gaps[1:]) {
			gaps[0].at = len(p.out)
		}
		for len(hits) > 0 && hits[0].End <= at {
			hits = hits[1:]
		}
		for len(spans) > 0 && spans[0].end-p.start <= at {
			spans = spans[1:]
		}
		on, off, end := "", "", len(text)
		if len(spans) > 0 {
			if s := &spans[0]; s.start-p.start <= at {
				on, off, end = p.painter.on[s.part], colorOff, s.end-p.start
			} else {
				end = s.start - p.start
			}
		}
		if len(hits) > 0 {
			if r := hits[0]; r.Start <= at {
				on, off, end = h.On, h.Off, r.End
			} else {
				end = min(end, r.Start)
			}
		}
		if len(gaps) > 0 {
			end = min(end, gaps[0].at-p.start)
		}
		end = min(end, len(text))
		p.paintPiece(text[at:end], on, off)
		at = end
	}
	for ; len(gaps) > 0; gaps = nextGaps(gaps[1:]) {
		gaps[0].at = len(p.out)
	}
}

// paintPiece writes text between two sequences. They end with each line, or the colour
// would end up in other tools' lines.
func (p *Printer) paintPiece(text []byte, on, off string) {
	p.str(on)
	for on != "" {
		n := bytes.IndexByte(text, '\n')
		if n < 0 {
			break
		}
		p.bytes(text[:n])
		p.str(off)
		p.char('\n')
		p.str(on)
		text = text[n+1:]
	}
	p.bytes(text)
	p.str(off)
}

// gaps are the steps of a deferral that begin with the first gap of this packet, whose
// offsets move with what is put in front of them.
func (p *Printer) gaps() []deferredStep {
	if p.later == nil || p.painter == nil {
		return nil
	}
	return nextGaps(p.later.steps[p.painter.firstStep:])
}

// nextGaps are steps from the next gap on.
func nextGaps(steps []deferredStep) []deferredStep {
	for len(steps) > 0 && steps[0].kind != deferNumber {
		steps = steps[1:]
	}
	return steps
}

// escapeParts applies Options.Escape piece by piece, so that it is known where each
// part is afterwards.
func (p *Printer) escapeParts() {
	t := p.painter
	t.close(p.out)
	borders := t.borders[:0]
	for i := range t.spans {
		borders = append(borders, &t.spans[i].start, &t.spans[i].end)
	}
	for gaps := p.gaps(); len(gaps) > 0; gaps = nextGaps(gaps[1:]) {
		borders = append(borders, &gaps[0].at)
	}
	slices.SortFunc(borders, func(a, b *int) int { return *a - *b })
	p.scratch = append(p.scratch[:0], p.out[p.start:]...)
	rest, at := p.scratch, p.start
	p.out = p.out[:p.start]
	for _, border := range borders {
		n := *border - at
		rest, at = p.escapePiece(rest, n), *border
		*border = len(p.out)
	}
	p.escapePiece(rest, len(rest))
	t.borders = borders
}

// escapePiece writes the first n bytes of text and returns what follows.
func (p *Printer) escapePiece(text []byte, n int) []byte {
	from := len(p.out)
	p.bytes(text[:n])
	p.out = p.opts.Escape(p.out, from)
	return text[n:]
}
