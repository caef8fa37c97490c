// Package segments puts the payload of one direction of a TCP connection in the
// order in which its receiver reads it, for whoever looks at streams: the search of
// --find-stream and the decoders of application protocols. What comes before its
// turn waits, within bounds; then what is missing counts as lost. The package
// touches nothing but its own memory, and keeps no payload that was in order.
//
//	d.Add(t.Sequence(), p.Payload, p.Length-len(p.Payload))
//	for d.Next() {
//		if d.Piece.Missing > 0 {
//			... // what came before it is lost
//		}
//		read(d.Piece.Data)
//	}
package segments

// Limits of what one direction keeps.
const (
	// MaxHeld is how many bytes wait for a missing segment; with more, the missing
	// one counts as lost.
	MaxHeld = 64 << 10
	// MaxSegments is how many segments wait.
	MaxSegments = 64
	// segmentBytes is what one that waits takes beside its payload.
	segmentBytes = 64
)

// Piece is payload in its turn.
type Piece struct {
	Missing int    // bytes before it that are lost
	Data    []byte // valid until the next call of a method
	Cut     int    // bytes behind Data that were on the wire and not captured
	Held    bool   // it came with an earlier segment, and waited
}

// Direction is one direction of a connection. The zero value has seen nothing;
// Begin says where it begins. It is for one goroutine.
type Direction struct {
	Piece Piece // that Next went to

	next      uint32 // the sequence number awaited
	held      []segment
	heldBytes int
	last      segment // added last, and not given out yet
	pending   bool    // last is there
	gaps      uint64
}

// segment is payload with its first sequence number.
type segment struct {
	seq  uint32
	data []byte
	cut  int
}

// Begin awaits the byte with sequence number next.
func (d *Direction) Begin(next uint32) { d.next = next }

// Awaited is the sequence number of the next byte.
func (d *Direction) Awaited() uint32 { return d.next }

// Waiting reports whether segments wait for one that is missing.
func (d *Direction) Waiting() bool { return len(d.held) > 0 }

// Held is the memory that segments take which wait, in bytes.
func (d *Direction) Held() int { return d.heldBytes + segmentBytes*len(d.held) }

// Gaps is how often something was given up as lost.
func (d *Direction) Gaps() uint64 { return d.gaps }

// Add takes a segment's payload with the sequence number of its first byte; cut more
// bytes were on the wire and not captured. Next has what is to be read now: it has
// to be called until it is false before the next Add.
func (d *Direction) Add(seq uint32, data []byte, cut int) {
	ahead := int32(seq - d.next)
	if ahead < 0 && int(-ahead) >= len(data)+cut {
		return // sent again, and read already
	}
	if ahead > 0 && ahead <= MaxHeld && d.hold(seq, data, cut) {
		return
	}
	if ahead > 0 {
		d.gaps++
	}
	d.last, d.pending = segment{seq, data, cut}, true
}

// hold keeps a segment for later. It is false when there is no room, or nothing
// to keep because its payload was not captured whole.
func (d *Direction) hold(seq uint32, data []byte, cut int) bool {
	if cut > 0 || d.heldBytes+len(data) > MaxHeld || len(d.held) == MaxSegments {
		return false
	}
	for i := range d.held {
		if d.held[i].seq == seq && len(d.held[i].data) >= len(data) {
			return true // sent again
		}
	}
	d.held = append(d.held, segment{seq: seq, data: append([]byte(nil), data...)})
	d.heldBytes += len(data)
	return true
}

// Next goes to the next Piece, and reports whether there is one.
func (d *Direction) Next() bool {
	for {
		s, held, ok := d.take()
		if !ok {
			d.last.data = nil
			return false
		}
		d.Piece = Piece{Data: s.data, Cut: s.cut, Held: held}
		switch ahead := int32(s.seq - d.next); {
		case ahead > 0:
			d.Piece.Missing = int(ahead)
			d.next = s.seq
		case ahead < 0:
			if int(-ahead) >= len(s.data)+s.cut {
				continue // all of it was in another one
			}
			d.Piece.Data, d.Piece.Cut = without(int(-ahead), s.data, s.cut)
		}
		d.next += uint32(len(d.Piece.Data) + d.Piece.Cut)
		return true
	}
}

// take takes the segment out whose turn is next. Of those that wait that is the
// earliest, if it is not ahead of what was read; once something is given up, all
// that are not behind the segment that was added last.
func (d *Direction) take() (s segment, held, ok bool) {
	first := -1
	for i := range d.held {
		if first < 0 || int32(d.held[i].seq-d.held[first].seq) < 0 {
			first = i
		}
	}
	if d.pending {
		if first < 0 || int32(d.last.seq-d.next) <= 0 || int32(d.held[first].seq-d.last.seq) > 0 {
			d.pending = false
			return d.last, false, true
		}
	} else if first < 0 || int32(d.held[first].seq-d.next) > 0 {
		return s, false, false
	}
	s = d.held[first]
	last := len(d.held) - 1
	d.held[first] = d.held[last]
	d.held[last] = segment{}
	d.held = d.held[:last]
	d.heldBytes -= len(s.data)
	return s, true, true
}

// without leaves out the first n bytes of a segment, of which cut bytes at the end
// were not captured.
func without(n int, data []byte, cut int) (rest []byte, restCut int) {
	captured := min(n, len(data))
	return data[captured:], max(cut-(n-captured), 0)
}
