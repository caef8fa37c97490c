package filters

import (
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/recent"
	"github.com/tapdump/tapdump/internal/segments"
)

// Limits of the search in streams. Package segments bounds what waits for a missing
// segment.
const (
	// MaxStreamBytes is how much memory the search takes for all directions of
	// connections together; of more, the one that was silent for longest is
	// forgotten.
	MaxStreamBytes = 256 << 20
	// streamBytes is what a direction takes in all tables, payload aside.
	streamBytes = 640
	// maxTail is how far before a segment a hit may begin that ends in it.
	maxTail = 4096
)

// flowKey is one direction of a connection.
type flowKey struct{ src, dst netip.AddrPort }

// stream is what is known of one direction.
type stream struct {
	key      flowKey
	segments segments.Direction
	tail     []byte // the last bytes searched, without a whole hit
	before   rune   // what was in front of tail, for Find.end
	links    recent.Links[stream]
}

// streams searches the payload of TCP connections as the receiver reads it.
type streams struct {
	find    *Find
	window  int // bytes of tail that are kept
	flows   map[flowKey]*stream
	list    recent.List[stream] // in the order of their last segments
	used    int                 // bytes that all take
	limit   int                 // of used
	scratch []byte
	spill   int // where in the payload added last a hit ends that began before it; 0: none

	forgotten uint64 // directions, to stay within limit
	gaps      uint64 // missing segments that too much waited for, in all directions
}

func newStreams(find *Find) *streams {
	s := &streams{find: find, window: maxTail, flows: make(map[flowKey]*stream), limit: MaxStreamBytes,
		list: recent.NewList(func(st *stream) *recent.Links[stream] { return &st.links })}
	if find.exact {
		s.window = min(maxTail, len(find.literal.lower)-1)
	}
	return s
}

// add takes a segment, and reports whether it completes a hit.
func (s *streams) add(p *header.Packet) (found bool) {
	s.spill = 0
	t := header.TCP(p.Transport)
	seq, flags := t.Sequence(), t.Flags()
	key := flowKey{
		netip.AddrPortFrom(p.Src, uint16(p.SrcPort)),
		netip.AddrPortFrom(p.Dst, uint16(p.DstPort)),
	}
	st := s.flows[key]
	if flags&header.SYN != 0 {
		seq++
		if st != nil && st.segments.Awaited() != seq {
			s.drop(st) // another connection with the same ports
			st = nil
		}
	}
	if st == nil {
		if p.Length == 0 && flags&header.SYN == 0 {
			return false // nothing to remember yet
		}
		st = s.open(key, seq)
	}
	s.list.Touch(st)
	if p.Length > 0 {
		found = s.segment(st, seq, p)
	}
	// After FIN or RST there is nothing more, unless a gap is still open.
	if flags&header.RST != 0 || flags&header.FIN != 0 && !st.segments.Waiting() {
		s.drop(st)
	}
	for s.used > s.limit && s.list.Oldest != s.list.Newest {
		s.drop(s.list.Oldest)
		s.forgotten++
	}
	return found
}

// segment takes payload with its first sequence number.
func (s *streams) segment(st *stream, seq uint32, p *header.Packet) (found bool) {
	d := &st.segments
	held, gaps := d.Held(), d.Gaps()
	d.Add(seq, p.Payload, p.Length-len(p.Payload))
	for d.Next() {
		if d.Piece.Missing > 0 {
			st.tail, st.before = st.tail[:0], startOfText
		}
		spill := s.spill
		found = s.search(st, d.Piece.Data, d.Piece.Cut) || found
		if d.Piece.Held {
			s.spill = spill // of the segment that is there, not of the held one
		}
	}
	s.used += d.Held() - held
	s.gaps += d.Gaps() - gaps
	return found
}

// search looks for hits that end in data, which follows what was searched
// before; cut more bytes were not captured.
func (s *streams) search(st *stream, data []byte, cut int) (found bool) {
	tail := len(st.tail)
	b := append(append(s.scratch[:0], st.tail...), data...)
	s.scratch = b
	from, before := 0, st.before
	for from < len(b) {
		end := s.find.end(b[from:], before)
		if end <= 0 { // an empty hit shows nothing
			break
		}
		from += end
		before = s.find.before(b[from-1])
		if !found && from > tail {
			// A hit that lies in the new data alone is found there by itself.
			if alone := s.find.end(data, startOfText); alone < 0 || alone+tail > from {
				s.spill = from - tail
			}
		}
		found = true
	}
	if cut > 0 {
		from, before = len(b), startOfText
	}
	if keep := max(from, len(b)-s.window); keep > from {
		from, before = keep, s.find.before(b[keep-1])
	}
	s.used -= cap(st.tail)
	st.tail, st.before = append(st.tail[:0], b[from:]...), before
	s.used += cap(st.tail)
	return found
}

func (s *streams) open(key flowKey, seq uint32) *stream {
	st := &stream{key: key, before: startOfText}
	st.segments.Begin(seq)
	s.flows[key] = st
	s.used += streamBytes
	return st
}

func (s *streams) drop(st *stream) {
	s.list.Remove(st)
	s.used -= streamBytes + cap(st.tail) + st.segments.Held()
	delete(s.flows, st.key)
}
