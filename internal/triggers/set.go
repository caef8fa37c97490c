package triggers

import (
	"fmt"
	"time"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
)

// Config says what a Set has to work with.
type Config struct {
	// Links are the link types of the packets, as far as they are known; none stands
	// for Ethernet. Filter expressions have to be valid for one of them.
	Links   []capture.LinkType
	Compile compile.Options  // of filter expressions
	Find    filters.FindMode // of Find; 0: filters.FindRegexp
	Stream  bool             // Find searches reassembled TCP streams
	Facts   filters.Facts    // what is known of the packet that is judged; nil: nothing
	// Decoded is the packet that is judged as Facts have it; nil: Set decodes it.
	Decoded func() (p *header.Packet, ok bool)
	// Live says that packets come as time goes on, which Tick is told.
	Live bool
}

// Firing says that a trigger fired.
type Firing struct {
	Rule   string            // as it was written
	Reason string            // what happened, for people
	Time   capture.Timestamp // when
	Packet bool              // the packet that is judged fired
}

// Set is the triggers of a run at work. It is for one goroutine.
type Set struct {
	cfg     Config
	rows    []row
	firings []Firing
	text    []byte

	decodes bool // a row needs packet
	packet  header.Packet

	seen  uint64            // packets
	last  capture.Timestamp // of the last of them; before, when the run began
	timed bool              // last is known
	clock pace
	lost  capture.Stats // what Lost knew
}

// row is one trigger at work.
type row struct {
	*Trigger
	matcher *compile.Matcher // of Filter
	filter  *filters.Filter  // of Find and Condition
	meter   meter            // of RateOf
	silent  bool             // of Silence: it fired, and no packet came since
	reason  string           // the last one of a packet
}

// pace relates the clock to the time of packets.
type pace struct {
	started bool
	seen    uint64    // packets at the tick
	busy    time.Time // the last tick before which packets came
}

// New makes a set. The error is an *Error.
func New(all []Trigger, cfg Config) (*Set, error) {
	if len(cfg.Links) == 0 {
		cfg.Links = []capture.LinkType{capture.LinkEN10MB}
	}
	s := &Set{cfg: cfg, rows: make([]row, len(all))}
	for i := range all {
		r := &s.rows[i]
		r.Trigger = &all[i]
		if err := s.prepare(r); err != nil {
			return nil, &Error{Rule: r.Rule, Err: err}
		}
	}
	return s, nil
}

// Error says what is wrong with a trigger.
type Error struct {
	Rule string
	Err  error // of a filter expression a *compile.Error
}

// maxShown is how much of a trigger is shown, in bytes.
const maxShown = 200

func (e *Error) Error() string {
	rule := e.Rule
	if len(rule) > maxShown {
		rule = rule[:maxShown] + "..."
	}
	return fmt.Sprintf("--trigger %s: %s", rule, e.Err)
}
func (e *Error) Unwrap() error { return e.Err }

func (s *Set) prepare(r *row) (err error) {
	switch r.Kind {
	case Filter:
		r.matcher, err = s.compile(r.Text)
	case Find:
		var find *filters.Find
		find, err = filters.NewFind(r.Text, max(s.cfg.Find, filters.FindRegexp))
		r.filter = filters.New(filters.Config{Find: find, Stream: s.cfg.Stream, Facts: s.cfg.Facts})
		s.decodes = true
	case Condition:
		r.filter = filters.New(filters.Config{Conditions: r.Conditions, Facts: s.cfg.Facts})
		s.decodes = true
	case RateOf:
		r.meter.rate = &r.Rate
	}
	return err
}

// compile compiles an expression for the first link type for which it is valid.
func (s *Set) compile(expr string) (m *compile.Matcher, err error) {
	for i, link := range s.cfg.Links {
		one, wrong := compile.NewMatcher(expr, link, s.cfg.Compile)
		switch {
		case wrong == nil:
			return one, nil
		case i == 0:
			err = wrong
		}
	}
	return nil, err
}

// Unusable says for which expressions packets of some link type could not be judged,
// and why.
func (s *Set) Unusable() (errs []error) {
	for i := range s.rows {
		if m := s.rows[i].matcher; m != nil {
			if err := m.Err(); err != nil {
				errs = append(errs, &Error{Rule: s.rows[i].Rule, Err: err})
			}
		}
	}
	return errs
}

// Losses are what filters had to forget.
func (s *Set) Losses() (l filters.Losses) {
	for i := range s.rows {
		if f := s.rows[i].filter; f != nil {
			one := f.Losses()
			l.Streams += one.Streams
			l.Gaps += one.Gaps
		}
	}
	return l
}

// Packet judges a packet, and returns what fires by it, or fired in the time before it.
// The result is valid until the next call. It does not allocate unless something fires
// for a new reason.
func (s *Set) Packet(pkt *capture.Packet) []Firing {
	s.firings = s.firings[:0]
	decoded := false
	p := &s.packet
	switch {
	case !s.decodes:
	case s.cfg.Decoded != nil:
		p, decoded = s.cfg.Decoded()
	default:
		decoded = header.Decode(pkt, p)
	}
	for i := range s.rows {
		r := &s.rows[i]
		switch r.Kind {
		case Filter:
			if r.matcher.Match(pkt) {
				s.firePacket(r, pkt, nil)
			}
		case Find, Condition:
			if decoded && r.filter.Match(p) {
				s.firePacket(r, pkt, p)
			}
		case RateOf:
			s.advance(r, tenthOf(pkt.Time))
			r.meter.add(r.Rate.of(pkt))
		case Silence:
			r.silent = false
			if gap := between(s.last, pkt.Time); s.timed && !s.cfg.Live && gap >= r.Time {
				s.fireSilence(r, gap, later(s.last, r.Time))
			}
		}
	}
	s.seen++
	if !s.timed || !pkt.Time.Before(s.last) || between(pkt.Time, s.last) > time.Second {
		s.last, s.timed = pkt.Time, true // a little disorder is not the clock set back
	}
	return s.firings
}

// heldBack is for how long the kernel may hold back packets that came already: so far
// behind the clock rates are measured.
const heldBack = time.Second / 2

// Tick has time go on while no packet may come; now is read from a clock that does not
// jump. Of a live capture it is called several times a second. It returns what fires, as
// Packet does.
func (s *Set) Tick(now time.Time) []Firing {
	s.firings = s.firings[:0]
	c := &s.clock
	if !c.started || c.seen != s.seen {
		if !s.timed {
			s.last, s.timed = stampOf(now), true
		}
		c.started, c.seen, c.busy = true, s.seen, now
		return nil
	}
	quiet := now.Sub(c.busy)
	for i := range s.rows {
		switch r := &s.rows[i]; r.Kind {
		case RateOf:
			if at := tenthOf(later(s.last, quiet-heldBack)); quiet > heldBack && (at > r.meter.at || !r.meter.running) {
				s.advance(r, at)
			}
		case Silence:
			if quiet >= r.Time && !r.silent {
				r.silent = true
				s.fireSilence(r, quiet, stampOf(now))
			}
		}
	}
	return s.firings
}

// End judges what came after the last whole tenth of a second. It returns what fires,
// as Packet does.
func (s *Set) End() []Firing {
	s.firings = s.firings[:0]
	for i := range s.rows {
		if r := &s.rows[i]; r.Kind == RateOf && r.meter.running && r.meter.judge(false) {
			s.fireRate(r, s.last, r.meter.sum)
		}
	}
	return s.firings
}

// Lost takes what a capture has lost so far, and returns what fires, as Packet does.
func (s *Set) Lost(st capture.Stats, now time.Time) []Firing {
	s.firings = s.firings[:0]
	kernel, device := rise(st.Dropped, s.lost.Dropped), rise(st.IfDropped, s.lost.IfDropped)
	s.lost = st
	for i := range s.rows {
		if r := &s.rows[i]; r.Kind == Drops && kernel+device > 0 {
			s.firings = append(s.firings, Firing{Rule: r.Rule, Reason: lossReason(kernel, device), Time: stampOf(now)})
		}
	}
	return s.firings
}

// rise is how much a counter has risen, which may begin anew.
func rise(now, before uint64) uint64 {
	if now < before {
		return now
	}
	return now - before
}

// advance has a meter go on.
func (s *Set) advance(r *row, tenth int64) {
	if when, n, crosses := r.meter.advance(tenth); crosses {
		s.fireRate(r, when, n)
	}
}

func (s *Set) fireRate(r *row, when capture.Timestamp, n uint64) {
	s.text = r.Rate.Unit.appendTo(s.text[:0], n)
	s.firings = append(s.firings, Firing{Rule: r.Rule, Reason: string(s.text), Time: when})
}

func (s *Set) fireSilence(r *row, gap time.Duration, when capture.Timestamp) {
	s.firings = append(s.firings, Firing{Rule: r.Rule, Reason: silenceReason(gap), Time: when})
}

// firePacket notes that a packet fired; p is it decoded, nil where that is not known.
func (s *Set) firePacket(r *row, pkt *capture.Packet, p *header.Packet) {
	if p == nil && header.Decode(pkt, &s.packet) {
		p = &s.packet
	}
	s.text = s.text[:0]
	if r.filter != nil {
		s.text = r.filter.AppendReason(s.text, p)
		s.text = append(s.text, " in "...)
	}
	if s.text = appendPacket(s.text, pkt, p); string(s.text) != r.reason {
		r.reason = string(s.text)
	}
	s.firings = append(s.firings, Firing{Rule: r.Rule, Reason: r.reason, Time: pkt.Time, Packet: true})
}
