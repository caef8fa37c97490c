package filters

import (
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
)

// Limits of the search in streams.
const (
	// MaxStreamBytes is how much memory the search takes for all directions of
	// connections together; of more, the one that was silent for longest is
	// forgotten.
	MaxStreamBytes = 256 << 20
	// streamBytes and segmentBytes are what a direction and a segment that waits
	// take in all tables, payload aside.
	streamBytes  = 512
	segmentBytes = 64
	// maxTail is how far before a segment a hit may begin that ends in it.
	maxTail = 4096
	// MaxHeld is how many bytes of one direction wait for a missing segment;
	// with more, the missing one counts as lost.
	MaxHeld = 64 << 10
	// maxHeldSegments bounds how many segments of one direction wait.
	maxHeldSegments = 64
)

// flowKey is one direction of a connection.
type flowKey struct{ src, dst netip.AddrPort }

// stream is what is known of one direction.
type stream struct {
	key        flowKey
	next       uint32 // the sequence number awaited
	tail       []byte // the last bytes searched, without a whole hit
	before     rune   // what was in front of tail, for Find.end
	held       []segment
	heldBytes  int
	newer, old *stream // in the order of their last segments
}

// segment is payload that came before its turn.
type segment struct {
	seq  uint32
	data []byte
}

// streams searches the payload of TCP connections as the receiver reads it.
type streams struct {
	find    *Find
	window  int // bytes of tail that are kept
	flows   map[flowKey]*stream
	newest  *stream
	oldest  *stream
	used    int // bytes that all take
	limit   int // of used
	scratch []byte
	spill   int // where in the payload added last a hit ends that began before it; 0: none

	forgotten uint64 // directions, to stay within limit
	gaps      uint64 // missing segments that too much waited for
}

func newStreams(find *Find) *streams {
	s := &streams{find: find, window: maxTail, flows: make(map[flowKey]*stream), limit: MaxStreamBytes}
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
		if st != nil && st.next != seq {
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
	s.touch(st)
	if p.Length > 0 {
		found = s.segment(st, seq, p)
	}
	// After FIN or RST there is nothing more, unless a gap is still open.
	if flags&header.RST != 0 || flags&header.FIN != 0 && len(st.held) == 0 {
		s.drop(st)
	}
	for s.used > s.limit && s.oldest != s.newest {
		s.drop(s.oldest)
		s.forgotten++
	}
	return found
}

// segment takes payload with its first sequence number.
func (s *streams) segment(st *stream, seq uint32, p *header.Packet) (found bool) {
	data, cut := p.Payload, p.Length-len(p.Payload)
	ahead := int32(seq - st.next)
	if ahead < 0 {
		old := int(-ahead)
		if old >= p.Length {
			return false // sent again, and searched already
		}
		data, cut = without(old, data, cut)
		ahead = 0
	}
	if ahead > 0 && ahead <= MaxHeld && s.hold(st, seq, data, cut) {
		return false
	}
	if ahead > 0 {
		s.gaps++
		return s.restart(st, seq, data, cut)
	}
	found = s.search(st, data, cut)
	return s.release(st) || found
}

// restart gives up what is missing: what was held is searched up to the begin of
// the new segment, then that.
func (s *streams) restart(st *stream, seq uint32, data []byte, cut int) (found bool) {
	for len(st.held) > 0 {
		first := s.earliest(st)
		if int32(st.held[first].seq-seq) > 0 {
			break
		}
		st.skipTo(st.held[first].seq)
		found = s.release(st) || found
	}
	switch ahead := int32(seq - st.next); {
	case ahead > 0:
		st.skipTo(seq)
	case ahead < 0:
		data, cut = without(int(-ahead), data, cut)
	}
	found = s.search(st, data, cut) || found
	return s.release(st) || found
}

// without leaves out the first n bytes of a segment, of which cut bytes at the end
// were not captured.
func without(n int, data []byte, cut int) (rest []byte, restCut int) {
	captured := min(n, len(data))
	return data[captured:], max(cut-(n-captured), 0)
}

// skipTo goes on behind what is missing.
func (st *stream) skipTo(seq uint32) {
	st.next, st.tail, st.before = seq, st.tail[:0], startOfText
}

// hold keeps a segment for later. It is false when there is no room, or nothing
// to keep because its payload was not captured whole.
func (s *streams) hold(st *stream, seq uint32, data []byte, cut int) bool {
	if cut > 0 || st.heldBytes+len(data) > MaxHeld || len(st.held) == maxHeldSegments {
		return false
	}
	for i := range st.held {
		if st.held[i].seq == seq && len(st.held[i].data) >= len(data) {
			return true // sent again
		}
	}
	st.held = append(st.held, segment{seq, append([]byte(nil), data...)})
	st.heldBytes += len(data)
	s.used += segmentBytes + len(data)
	return true
}

func (s *streams) earliest(st *stream) int {
	first := 0
	for i := range st.held {
		if int32(st.held[i].seq-st.held[first].seq) < 0 {
			first = i
		}
	}
	return first
}

// release searches the held segments whose turn has come.
func (s *streams) release(st *stream) (found bool) {
	for len(st.held) > 0 {
		first := s.earliest(st)
		g := st.held[first]
		behind := int32(st.next - g.seq)
		if behind < 0 {
			return found
		}
		last := len(st.held) - 1
		st.held[first] = st.held[last]
		st.held[last] = segment{}
		st.held = st.held[:last]
		st.heldBytes -= len(g.data)
		s.used -= segmentBytes + len(g.data)
		if int(behind) < len(g.data) {
			spill := s.spill
			found = s.search(st, g.data[behind:], 0) || found
			s.spill = spill // of the segment that is there, not of the held one
		}
	}
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
	st.next += uint32(len(data) + cut)
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
	st := &stream{key: key, next: seq, before: startOfText}
	s.flows[key] = st
	s.used += streamBytes
	return st
}

// touch makes st the newest.
func (s *streams) touch(st *stream) {
	if s.newest == st {
		return
	}
	s.unlink(st)
	st.old = s.newest
	if s.newest != nil {
		s.newest.newer = st
	}
	s.newest = st
	if s.oldest == nil {
		s.oldest = st
	}
}

func (s *streams) unlink(st *stream) {
	if st.newer != nil {
		st.newer.old = st.old
	} else if s.newest == st {
		s.newest = st.old
	}
	if st.old != nil {
		st.old.newer = st.newer
	} else if s.oldest == st {
		s.oldest = st.newer
	}
	st.newer, st.old = nil, nil
}

func (s *streams) drop(st *stream) {
	s.unlink(st)
	s.used -= streamBytes + cap(st.tail) + segmentBytes*len(st.held) + st.heldBytes
	delete(s.flows, st.key)
}
