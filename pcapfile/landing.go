package pcapfile

import (
	"encoding/binary"
	"io"
	"math/bits"

	"github.com/tapdump/tapdump/capture"
)

// maxLanding is the longest record for which records are looked for in the midst of a
// file, in bytes.
const maxLanding = 1 << 20

// lander finds records in the midst of a pcap file.
type lander struct {
	file    io.ReaderAt
	size    int64 // of the file, in bytes
	swapped bool
	format  pcapFormat
	longest int // record, in bytes
	how     bisecting
	first   capture.Timestamp // of the file

	base int64  // of bytes
	b    []byte // of the file
	seen []bool // offsets in b that a chain went over
}

// chain is a run of what could be records, at its end.
type chain struct {
	at     int64 // where the next record would begin
	latest int64 // time of its records so far, seconds
}

// firstTime is the time of the record at an offset.
func (l *lander) firstTime(at int64) (first capture.Timestamp, ok bool) {
	b := make([]byte, recordHeaderLen)
	if n, _ := l.file.ReadAt(b, at); n < len(b) {
		return first, false
	}
	return l.time(b), true
}

func (l *lander) u32(b []byte) uint32 {
	v := binary.NativeEndian.Uint32(b)
	if l.swapped {
		v = bits.ReverseBytes32(v)
	}
	return v
}

func (l *lander) time(header []byte) capture.Timestamp {
	return normal(capture.Timestamp{Sec: int64(l.u32(header)), Nsec: int64(l.u32(header[4:])) * l.format.unit})
}

// record returns how long the record is whose header is b, and its time; not ok if it
// cannot be one of an ordered file.
func (l *lander) record(b []byte) (size int, sec int64, ok bool) {
	captured, original := l.format.lengths.sort(l.u32(b[8:]), l.u32(b[12:]))
	if int64(captured) > int64(l.longest-l.format.recordHeader) || captured > original {
		return 0, 0, false
	}
	sec = int64(l.u32(b))
	if sec < l.first.Sec-maxDisorder || int64(l.u32(b[4:]))*l.format.unit >= 1e9 {
		return 0, 0, false
	}
	return l.format.recordHeader + int(captured), sec, true
}

// land takes a sample at the first record of which it is certain that it is one, behind
// an offset. It is not ok if there is none, or what comes is not in order.
func (l *lander) land(offset int64) (s sample, ok bool) {
	l.base = offset
	need := min(int64(2*l.longest), l.size-offset)
	if int64(cap(l.b)) < need {
		l.b = make([]byte, need)
	}
	l.b = l.b[:need]
	n, _ := l.file.ReadAt(l.b, offset)
	l.b = l.b[:n]
	chains := l.chains()
	proved := offset + int64(len(l.b)) // a record ends before, wherever one began
	for records := 0; len(chains) > 0; {
		i := earliest(chains)
		c := &chains[i]
		if len(chains) > 1 {
			if _, end := l.header(c.at); end || c.at > proved+int64(4*l.longest) {
				return s, false // more than one goes on
			}
		} else {
			header, end := l.header(c.at)
			switch {
			case end && records > 0:
				return s, true
			case end:
				return s, false
			case records == 0:
				s.at, s.first = c.at, l.time(header)
				s.latest = s.first
			}
			now := l.time(header)
			if now.Before(s.first) {
				s.first = now
			}
			s.disorder = max(s.disorder, s.latest.Sec-now.Sec)
			if s.latest.Before(now) {
				s.latest = now
			}
			if records++; records >= l.how.records && c.at >= proved {
				return s, true
			}
		}
		chains = l.advance(chains, i)
	}
	return s, false
}

// earliest is which of the chains has got least far.
func earliest(chains []chain) int {
	i := 0
	for j := range chains {
		if chains[j].at < chains[i].at {
			i = j
		}
	}
	return i
}

// advance has a chain go over a record. It ends if there can be none, or if another chain
// has got there.
func (l *lander) advance(chains []chain, i int) []chain {
	c := chains[i]
	header, end := l.header(c.at)
	alive := !end
	if alive {
		size, sec, ok := l.record(header)
		alive = ok && sec >= c.latest-maxDisorder
		c.at, c.latest = c.at+int64(size), max(c.latest, sec)
	}
	for j := range chains {
		alive = alive && (j == i || chains[j].at != c.at)
	}
	if alive {
		chains[i] = c
		return chains
	}
	chains[i] = chains[len(chains)-1]
	return chains[:len(chains)-1]
}

// header returns the record's header at an offset; end is true where the file ends.
func (l *lander) header(at int64) (b []byte, end bool) {
	n := int64(l.format.recordHeader)
	if at >= l.base && at+n <= l.base+int64(len(l.b)) {
		return l.b[at-l.base:], false
	}
	const ahead = 64 << 10
	if int64(cap(l.b)) < max(ahead, n) {
		l.b = make([]byte, max(ahead, n))
	}
	l.b = l.b[:cap(l.b)][:max(ahead, n)]
	m, _ := l.file.ReadAt(l.b, at)
	l.base, l.b = at, l.b[:m]
	return l.b, int64(m) < n
}

// maxChains is how many chains are followed at once.
const maxChains = 64

// chains follows records from each offset at which one could begin, to the middle of
// what is in memory. Chains that met are one.
func (l *lander) chains() (all []chain) {
	n := l.format.recordHeader
	half := min(l.longest, len(l.b)-n)
	if half < 0 {
		return nil
	}
	if cap(l.seen) < half {
		l.seen = make([]bool, half)
	}
	l.seen = l.seen[:half]
	clear(l.seen)
	limit := uint32(l.longest - n)
	for start := range half {
		// Of the checks of record the one that most offsets fail.
		if l.u32(l.b[start+8:]) > limit && l.format.lengths == capturedFirst {
			continue
		}
		at, latest, steps := start, int64(0), 0
		for at < half && !l.seen[at] {
			size, sec, ok := l.record(l.b[at:])
			if !ok || sec < latest-maxDisorder {
				at = -1
				break
			}
			l.seen[at] = true
			at, latest = at+size, max(latest, sec)
			steps++
		}
		if at < half || steps == 0 {
			continue
		}
		if at+n <= len(l.b) {
			if _, sec, ok := l.record(l.b[at:]); !ok || sec < latest-maxDisorder {
				continue
			}
		}
		c := chain{at: l.base + int64(at), latest: latest}
		known := false
		for _, other := range all {
			known = known || other.at == c.at
		}
		if !known {
			all = append(all, c)
		}
		if len(all) > maxChains {
			return nil
		}
	}
	return all
}
