package pcapfile

import "github.com/tapdump/tapdump/capture"

// statistics are those of a pcapng file (section 4.6). An interface may have several
// blocks, of which the last counts.
type statistics struct {
	before  capture.Stats            // of sections that have ended
	current map[uint32]capture.Stats // by interface
	known   bool
}

// maxCounted is how many interfaces of a section have their counts remembered.
const maxCounted = 1 << 16

// take takes a block that is no packet.
func (s *statistics) take(r *Reader, b *block) {
	const fixed = 12
	switch {
	case b.kind == blockSection:
		s.before, s.current = s.sum(), nil
		return
	case b.kind != blockStatistics || len(b.body) < fixed:
		return
	}
	var st capture.Stats
	known := false
	for options := b.body[fixed:]; ; {
		code, value, rest, ok := r.option(options)
		if !ok || code == optionEnd {
			break
		}
		options = rest
		if len(value) != 8 {
			continue
		}
		switch code {
		case optionStatsAccepted:
			st.Received = r.u64(value)
		case optionStatsDropped:
			st.IfDropped, known = r.u64(value), true
		case optionStatsLost:
			st.Dropped, known = r.u64(value), true
		}
	}
	if !known {
		return
	}
	iface := r.u32(b.body)
	if _, again := s.current[iface]; !again && len(s.current) == maxCounted {
		return
	}
	if s.current == nil {
		s.current = make(map[uint32]capture.Stats)
	}
	s.current[iface], s.known = st, true
}

// sum is that of all interfaces.
func (s *statistics) sum() capture.Stats {
	all := s.before
	for _, st := range s.current {
		all.Received += st.Received
		all.Dropped += st.Dropped
		all.IfDropped += st.IfDropped
	}
	return all
}

// Counted is what a pcapng file says so far of packets that whoever wrote it received and
// lost (its statistics, section 4.6); false: it says nothing.
func (r *Reader) Counted() (capture.Stats, bool) {
	s := &r.passage.counts
	return s.sum(), s.known
}
