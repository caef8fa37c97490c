package pcapfile

import (
	"io"
	"math"

	"github.com/tapdump/tapdump/capture"
)

// Bisecting.
//
// Where a span of time begins in a pcap file is looked for without reading what is
// before, and the reading ends behind it. That takes a file whose packets are in the
// order of their time, which no file says of itself: samples all over it show it. A
// packet may be later in the file than its time asks for, by what capturing from several
// queues or interfaces makes of it: by usualDisorder, or by four times what the samples
// show if that is more. What is further away from its place than that, and between two
// samples, is not found. If samples show that packets are out of order by more than
// maxDisorder, or a sample cannot be understood, the whole file is read.
//
// In the midst of a file records are found by their headers alone: from every offset
// behind the sample's, as far as the longest record reaches, records are followed as
// long as they could be some, and one chain must be left over. The true one is among
// them, and what packets carry (a savefile, for one) makes others at best: then that
// sample cannot be understood.

// bisecting are the figures of it.
type bisecting struct {
	least   int64 // smaller files are read
	stride  int64 // bytes of a file for each sample
	samples int   // at most
	close   int64 // how near to the span the reading begins, in bytes
	records int   // in a sample
}

var usualBisecting = bisecting{least: 16 << 20, stride: 16 << 20, samples: 96, close: 1 << 20, records: 64}

// How far packets may be from their place, in seconds.
const (
	usualDisorder = 2
	maxDisorder   = 60
)

// sample is what some records in the midst of a file show.
type sample struct {
	at            int64 // where the first of them begins
	first, latest capture.Timestamp
	disorder      int64 // seconds by which one is earlier than one before it
}

// bisect returns the part of a pcap file from offset at on in which packets of the span
// are, nil for all of it, and has reading end behind it.
func (r *Reader) bisect(file io.ReaderAt, at, size int64, how bisecting) ([]Extent, error) {
	l := &lander{file: file, size: size, swapped: r.swapped, format: r.pcap, how: how}
	l.longest = l.format.recordHeader + int(min(l.format.maxCaptured, uint32(r.head.SnapLen)))
	first, ok := l.firstTime(at)
	if !ok {
		return nil, nil // Next says what is wrong
	}
	if err := r.times.resolve(first); err != nil {
		return nil, err
	}
	span := r.times.span
	if span == (Span{Earliest, Latest}) || size-at < how.least || l.longest > maxLanding {
		return nil, nil
	}
	l.first = first
	all, ok := l.sampleAll(at)
	if !ok {
		return nil, nil
	}
	margin := int64(usualDisorder)
	for _, s := range all {
		margin = max(margin, 4*s.disorder)
	}
	r.times.ordered, r.times.until = true, later(span.To, margin)
	begin, ok := l.search(all, at, later(span.From, -margin))
	if !ok {
		r.times.ordered = false
		return nil, nil
	}
	return []Extent{{begin, math.MaxInt64}}, nil
}

// later is t and so many seconds; what has no bound stays so.
func later(t capture.Timestamp, seconds int64) capture.Timestamp {
	if t != Earliest && t != Latest {
		t.Sec += seconds
	}
	return t
}

// sampleAll takes samples all over the file, behind at, and is not ok if one of them
// shows that packets are not in the order of their time.
func (l *lander) sampleAll(at int64) (all []sample, ok bool) {
	behind := l.size - 4*int64(l.longest) // there is room for a sample in front of it
	if behind <= at {
		return nil, false
	}
	n := min(l.how.samples, int((l.size-at)/l.how.stride)+2)
	latest := l.first
	for i := 1; i <= n; i++ {
		s, ok := l.land(at + (behind-at)/int64(n)*int64(i))
		if !ok {
			return nil, false
		}
		if s.disorder = max(s.disorder, latest.Sec-s.first.Sec); s.disorder > maxDisorder {
			return nil, false
		}
		if latest.Before(s.latest) {
			latest = s.latest
		}
		s.latest = latest
		all = append(all, s)
	}
	return all, true
}

// search returns an offset, from at on, where a record begins and before which all
// packets are earlier than limit.
func (l *lander) search(all []sample, at int64, limit capture.Timestamp) (begin int64, ok bool) {
	low, high := sample{at: at, latest: l.first}, l.size
	for _, s := range all {
		if !s.latest.Before(limit) {
			high = s.at
			break
		}
		low = s
	}
	for high-low.at > l.how.close {
		s, ok := l.land(low.at + (high-low.at)/2)
		if !ok || s.at >= high {
			break // what is understood is near enough
		}
		if low.latest.Sec-s.first.Sec > maxDisorder {
			return 0, false
		}
		if s.latest.Before(low.latest) {
			s.latest = low.latest
		}
		if s.latest.Before(limit) {
			low = s
		} else {
			high = s.at
		}
	}
	return low.at, true
}
