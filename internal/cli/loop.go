package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/recorder"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// course is what captures and savefiles differ in while packets come.
type course interface {
	// match reports whether a packet passes the filter.
	match(pkt *capture.Packet) bool
	// handle does what signals and the clock ask for, and reports whether to stop
	// at once.
	handle(events uint32) (stop bool, err error)
	// goesOn reports whether packets come after an error of the source.
	goesOn(err error) bool
}

// loop delivers the packets of src that pass the filter, up to -c. That src
// failed is complained about here; the error returned is of what packets go to.
func (s *session) loop(src capture.Source, on course) error {
	var pkt capture.Packet
	left, rejected := s.limit(), 0
	for {
		if s.events.pending.Load() != 0 {
			if stop, err := s.handleEvents(on); stop || err != nil {
				return err
			}
		}
		if err := src.Next(&pkt); err != nil {
			if errors.Is(err, live.ErrWake) || on.goesOn(err) {
				continue
			}
			return s.sourceEnded(err)
		}
		if !s.matches(on, &pkt) || !s.passes(&pkt) {
			// A source that has always more is never idle, and what was printed
			// does not wait for the next match.
			if rejected++; rejected%256 == 0 {
				if err := s.sinks.flushPrinted(); err != nil {
					return err
				}
			}
			continue
		}
		s.captured++
		if s.captured <= s.plan.Running.Skip {
			left-- // which -c does not count, and --skip does
			continue
		}
		if err := s.sinks.packet(&pkt); err != nil {
			var limit *pcapfile.LimitError
			if errors.Is(err, recorder.ErrDone) || errors.As(err, &limit) && s.plan.Write.Rules.Series.MaxBytes > 0 {
				s.captured-- // it is in no file; for -W tcpdump counts it, and so do we
			}
			return s.limitReached(err)
		}
		if left--; left == 0 {
			return nil
		}
	}
}

// limit is how many packets of a source are taken, those of --skip included; 0: all.
func (s *session) limit() int {
	r := &s.plan.Running
	if r.MaxPackets == 0 {
		return 0
	}
	return r.MaxPackets + int(r.Skip)
}

// matches reports whether a packet passes the filter and is of our shard. What one
// that does not says of names is heard all the same.
func (s *session) matches(on course, pkt *capture.Packet) bool {
	if on.match(pkt) && s.shard.takes(pkt) {
		return true
	}
	if s.analysis != nil {
		s.analysis.listen(pkt)
	}
	return false
}

// sourceEnded judges the error of a source's Next.
func (s *session) sourceEnded(err error) error {
	switch {
	case s.idleErr != nil:
		return s.limitReached(s.idleErr)
	case errors.Is(err, io.EOF), s.ending():
		return nil
	}
	s.complain(fmt.Errorf("pcap_loop: %w", err))
	s.analysis.reportProblem(syserr.Text(err))
	return nil
}

// limitReached turns the rules' end of writing into the end of the run.
func (s *session) limitReached(err error) error {
	var limit *pcapfile.LimitError
	switch {
	case errors.As(err, &limit):
		s.say("%s\n", limit)
		return nil
	case errors.Is(err, recorder.ErrDone):
		return nil // what it wrote was said
	}
	return err
}

// handleEvents does what signals and the clock ask for.
func (s *session) handleEvents(on course) (stop bool, err error) {
	e := s.events.take()
	stop, err = on.handle(e)
	if err == nil {
		err = s.recording.handle(e)
	}
	if err != nil {
		return true, s.limitReached(err)
	}
	if e&eventFlush == 0 || s.sinks.file == nil {
		return stop, nil
	}
	if err := s.sinks.file.write(); err != nil {
		return true, s.limitReached(err)
	}
	return stop, nil
}
