package apps

import "slices"

// Limits of bytes that come with their offsets: CRYPTO frames of QUIC, fragments
// of DTLS handshake messages.
const (
	maxOffsetBytes = 64 << 10
	maxOffsetSpans = 64
)

// offsetBytes puts bytes in order that come with their offsets, in any order and
// more than once. The zero value awaits offset 0.
type offsetBytes struct {
	data  []byte // from base on
	room  int    // bytes of the array that data is in
	base  uint64
	spans []span // what of data is there, ascending, apart from each other
}

// span is a range of offsets behind base.
type span struct{ from, to int }

// add takes bytes. What lies beyond the limits is dropped: it may come again.
func (o *offsetBytes) add(offset uint64, b []byte) {
	if offset < o.base {
		old := o.base - offset
		if old >= uint64(len(b)) {
			return
		}
		offset, b = o.base, b[old:]
	}
	if offset-o.base > maxOffsetBytes || len(b) == 0 {
		return
	}
	from := int(offset - o.base)
	b = b[:min(len(b), maxOffsetBytes-from)]
	if !o.mark(span{from, from + len(b)}) {
		return
	}
	if need := from + len(b); need > len(o.data) {
		if need > cap(o.data) {
			o.data = append(make([]byte, 0, need+need/4), o.data...)
			o.room = cap(o.data)
		}
		o.data = o.data[:need]
	}
	copy(o.data[from:], b)
}

// mark notes that a range is there. It is false if there are too many.
func (o *offsetBytes) mark(n span) bool {
	first := 0
	for first < len(o.spans) && o.spans[first].to < n.from {
		first++
	}
	last := first
	for ; last < len(o.spans) && o.spans[last].from <= n.to; last++ {
		n.from, n.to = min(n.from, o.spans[last].from), max(n.to, o.spans[last].to)
	}
	if first == last && len(o.spans) == maxOffsetSpans {
		return false
	}
	o.spans = slices.Replace(o.spans, first, last, n)
	return true
}

// ready are the bytes that are there without a gap.
func (o *offsetBytes) ready() []byte {
	if len(o.spans) == 0 || o.spans[0].from > 0 {
		return nil
	}
	return o.data[:o.spans[0].to]
}

// consume is done with the first n bytes that are ready. Slices of ready stay valid
// until the next add.
func (o *offsetBytes) consume(n int) {
	if n == 0 {
		return
	}
	o.base += uint64(n)
	o.data = o.data[n:]
	for i := range o.spans {
		o.spans[i].from, o.spans[i].to = max(o.spans[i].from-n, 0), o.spans[i].to-n
	}
	if o.spans[0].to == 0 {
		o.spans = slices.Delete(o.spans, 0, 1)
	}
	switch {
	case len(o.spans) == 0:
		o.data, o.spans, o.room = nil, nil, 0
	case n > len(o.data):
		o.data = append([]byte(nil), o.data...) // most of the array is done with
		o.room = cap(o.data)
	}
}

// size is how many bytes of memory are held.
func (o *offsetBytes) size() int { return o.room + 16*cap(o.spans) }

// nextMessage returns the next handshake message that is there whole (RFC 8446 4).
// A message that can never be whole makes everything be dropped.
func (o *offsetBytes) nextMessage() (kind uint8, body []byte, ok bool) {
	b := o.ready()
	if len(b) < 4 {
		return 0, nil, false
	}
	n := 4 + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
	if n > maxOffsetBytes {
		o.consume(len(b))
		return 0, nil, false
	}
	if len(b) < n {
		return 0, nil, false
	}
	o.consume(n)
	return b[0], b[4:n], true
}
