package pcapfile

import (
	"cmp"
	"io"
	"math"
	"os"

	"github.com/tapdump/tapdump/capture"
)

// Span is a range of time: that of packets from From on, before To.
type Span struct{ From, To capture.Timestamp }

// The ends of a Span that is not bounded.
var (
	Earliest = capture.Timestamp{Sec: math.MinInt64}
	Latest   = capture.Timestamp{Sec: math.MaxInt64, Nsec: math.MaxInt64}
)

// Contains reports whether a packet of that time is in the span.
func (s Span) Contains(t capture.Timestamp) bool {
	t = normal(t)
	return !t.Before(s.From) && t.Before(s.To)
}

// normal is t with less than a second of nanoseconds: a file may have more.
func normal(t capture.Timestamp) capture.Timestamp {
	const second = 1e9
	if t.Nsec >= second {
		t.Sec, t.Nsec = t.Sec+t.Nsec/second, t.Nsec%second
	}
	return t
}

// times is the part of a Reader that sorts out packets by their time.
type times struct {
	within func(first capture.Timestamp) (Span, error) // nil: all packets are read
	stop   func() bool
	known  bool // span is
	span   Span
	latest capture.Timestamp // of the packets so far, with those that were sorted out
	any    bool              // there were some

	ordered bool              // from until on, nothing of the span comes
	until   capture.Timestamp // if ordered
	beyond  int               // packets in a row from until on
	skipped uint              // packets that were sorted out
}

// enoughBeyond is how many packets in a row have to be behind the span for the end to
// be believed: single stamps may be wrong.
const enoughBeyond = 1000

// keeps reports whether a packet that was read is one to give out. An error, io.EOF
// among them, ends the reading.
func (t *times) keeps(pkt *capture.Packet, timed bool) (bool, error) {
	if t.within == nil {
		return true, nil
	}
	if timed {
		now := normal(pkt.Time)
		if !t.known {
			if err := t.resolve(now); err != nil {
				return false, err
			}
		}
		if !t.any || t.latest.Before(now) {
			t.latest, t.any = now, true
		}
		if !now.Before(t.span.From) && now.Before(t.span.To) {
			t.beyond = 0
			return true, nil
		}
		if t.ordered {
			if t.beyond++; now.Before(t.until) {
				t.beyond = 0
			}
			if t.beyond == enoughBeyond {
				return false, io.EOF
			}
		}
	} else if t.known && t.span == (Span{Earliest, Latest}) {
		return true, nil
	}
	if t.skipped++; t.skipped%1024 == 0 && t.stop != nil && t.stop() {
		return false, io.EOF
	}
	return false, nil
}

// resolve asks which span it is, given the time of the file's first packet.
func (t *times) resolve(first capture.Timestamp) (err error) {
	t.span, err = t.within(first)
	t.known = err == nil
	return err
}

// Latest is the latest time of the packets that were read so far, those among them that
// ReadOptions.Within sorted out, without which it is not known.
func (r *Reader) Latest() (latest capture.Timestamp, ok bool) { return r.times.latest, r.times.any }

// choose returns the parts of a regular file, not compressed, that are to be read; nil:
// all of it. The Reader has read the bytes before offset at.
func (r *Reader) choose(o ReadOptions, f *os.File, at, size int64) ([]Extent, error) {
	if o.Parts != nil {
		if list, err := o.Parts(f, size, r.head, r.ng != nil); err != nil || list != nil {
			return list, err
		}
	}
	if r.times.within == nil || r.ng != nil {
		return nil, nil
	}
	return r.bisect(f, at-int64(r.in.end-r.in.pos), size, cmp.Or(o.bisecting, usualBisecting))
}

// FirstTime is the time of a savefile's first packet that has one; not ok if there is
// none, or none that can be read. The error is Open's.
func (o ReadOptions) FirstTime(name string) (first capture.Timestamp, ok bool, err error) {
	o.block = manyBlock
	o.Within = func(t capture.Timestamp) (Span, error) {
		first, ok = t, true
		return Span{}, io.EOF
	}
	r, err := o.Open(name)
	switch {
	case ok && err != nil:
		return first, ok, nil // Open asked
	case err != nil:
		return first, false, err
	}
	defer r.Close()
	var pkt capture.Packet
	_ = r.Next(&pkt) // what is wrong with it comes again when it is read
	return first, ok, nil
}

// LatestTime is the latest time of a savefile's packets, as far as they can be read; not
// ok if there are none. Files that cannot be bisected are read to their end. The error
// is Open's, or that of Within.
func (o ReadOptions) LatestTime(name string) (latest capture.Timestamp, ok bool, err error) {
	o.Within = func(capture.Timestamp) (Span, error) { return Span{Latest, Latest}, nil }
	r, err := o.Open(name)
	if err != nil {
		return latest, false, err
	}
	defer r.Close()
	var pkt capture.Packet
	_ = r.Next(&pkt) // what is wrong with it comes again when it is read
	latest, ok = r.Latest()
	return latest, ok, nil
}
