package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/pcapfile"
)

// loop delivers the packets of src that pass the filter, up to -c. That src
// failed is complained about here; the error returned is of what packets go to.
func (c *command) loop(src capture.Source) error {
	var pkt capture.Packet
	left, rejected := c.opts.MaxPackets, 0
	for {
		if c.events.pending.Load() != 0 {
			if stop, err := c.handleEvents(src); stop || err != nil {
				return err
			}
		}
		if err := src.Next(&pkt); err != nil {
			if errors.Is(err, live.ErrWake) || c.goesOn(err) {
				continue
			}
			return c.sourceEnded(err)
		}
		if !c.filter.match(&pkt) || !c.matches(&pkt) {
			// A source that has always more is never idle, and what was printed
			// does not wait for the next match.
			if rejected++; rejected%256 == 0 {
				if err := c.flushLines(); err != nil {
					return err
				}
			}
			continue
		}
		c.captured++
		if err := c.deliver(&pkt); err != nil {
			var limit *pcapfile.LimitError
			if errors.As(err, &limit) && c.opts.MaxBytes > 0 {
				c.captured-- // it is in no file; for -W tcpdump counts it, and so do we
			}
			return c.limitReached(err)
		}
		if left--; left == 0 {
			return nil
		}
	}
}

// sourceEnded judges the error of a source's Next.
func (c *command) sourceEnded(err error) error {
	switch {
	case c.idleErr != nil:
		return c.idleErr
	case errors.Is(err, io.EOF), c.ending():
		return nil
	}
	c.complain(fmt.Errorf("pcap_loop: %w", err))
	return nil
}

// limitReached turns the rules' end of writing into the end of the run.
func (c *command) limitReached(err error) error {
	var limit *pcapfile.LimitError
	if errors.As(err, &limit) {
		c.say("%s\n", limit)
		return nil
	}
	return err
}

// interrupted tells whether a signal asked to end; ending, whether --duration
// is over too.
func (c *command) interrupted() bool { return c.events.pending.Load()&eventStop != 0 }
func (c *command) ending() bool      { return c.events.pending.Load()&eventEnd != 0 }

// handleEvents does what signals and the clock ask for, and tells whether to
// stop at once. A live source ends by itself, with what it has received.
func (c *command) handleEvents(src capture.Source) (stop bool, err error) {
	live, _ := src.(*live.Live)
	e := c.events.take()
	if e&eventInfo != 0 && live != nil {
		c.printCounts(live, true)
	}
	if e&eventTick != 0 {
		if c.refreshesTop() {
			if err := c.refreshTop(); err != nil {
				return true, err
			}
		} else {
			c.printProgress()
		}
	}
	if e&eventDevices != 0 {
		c.follow.update()
	}
	if e&eventFlush != 0 && c.writer != nil {
		if err := c.writer.Flush(); err != nil {
			return true, c.limitReached(c.outputError(err))
		}
	}
	return e&eventEnd != 0 && live == nil, nil
}
