package filters

import (
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/text"
)

// maxReason is how much of a value or a hit is told, in bytes.
const maxReason = 64

// AppendReason appends to dst why the packet passes that Match saw last: what was found
// in it, and the values that conditions asked for, as in sni=www.example.com. It is for
// people, and may allocate.
func (f *Filter) AppendReason(dst []byte, p *header.Packet) []byte {
	for i := range f.cfg.Conditions {
		if i > 0 {
			dst = append(dst, ", "...)
		}
		dst = f.cfg.Conditions[i].appendReason(dst, p, f.cfg.Facts)
	}
	if f.cfg.Find == nil {
		return dst
	}
	if len(f.cfg.Conditions) > 0 {
		dst = append(dst, ", "...)
	}
	return f.appendHit(dst, p)
}

// appendHit appends the first of what was found.
func (f *Filter) appendHit(dst []byte, p *header.Packet) []byte {
	if hits := f.Hits(nil, p); len(hits) > 0 {
		return appendQuoted(dst, p.All[hits[0].Start:hits[0].End])
	}
	if f.cfg.Facts != nil {
		decoded := f.cfg.Facts.Decoded()
		if hits := f.cfg.Find.Hits(nil, decoded); len(hits) > 0 {
			return append(appendQuoted(dst, decoded[hits[0].Start:hits[0].End]), " decoded"...)
		}
	}
	return append(dst, "a text"...) // one that is empty, or ends at a border of segments
}

func appendQuoted(dst, value []byte) []byte {
	if len(value) > maxReason {
		return append(append(dst, text.Quote(string(value[:maxReason]))...), "..."...)
	}
	return append(dst, text.Quote(string(value))...)
}

// appendReason appends a condition that holds, with the value for which it does.
func (c *condition) appendReason(dst []byte, p *header.Packet, facts Facts) []byte {
	if c.op == notEqual || c.op == matchesNot {
		return append(dst, c.text...) // it holds for all values
	}
	if c.beyond == nil {
		n, ok := c.field.of(p)
		if c.field == fieldFlags || !ok {
			return append(dst, c.text...)
		}
		return strconv.AppendInt(append(append(dst, fieldNames[c.field].name...), '='), n, 10)
	}
	for n := 0; facts != nil; n++ {
		value, number, ok := facts.Fact(c.beyond.fact, n)
		if !ok {
			break
		}
		if c.holdsFact(value, number) {
			return c.beyond.appendValue(append(append(dst, c.beyond.name...), '='), value, number)
		}
	}
	return append(dst, c.text...)
}

// appendValue appends a value as conditions have it; of words, those that were asked for.
func (f *factCondition) appendValue(dst, value []byte, number int64) []byte {
	switch f.kind {
	case FactText:
		return appendQuoted(dst, value)
	case FactDuration:
		return append(dst, time.Duration(number).String()...)
	case FactWords:
		from := len(dst)
		for i, word := range f.words {
			if number&(1<<i) != 0 {
				if len(dst) > from {
					dst = append(dst, '+')
				}
				dst = append(dst, word...)
			}
		}
		return dst
	}
	return strconv.AppendInt(dst, number, 10)
}
