package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/tapdump/tapdump/capture"
)

// loop delivers the packets of src that pass the filter, up to -c. That src
// failed is complained about here; the error returned is of what packets go to.
func (c *command) loop(src capture.Source) error {
	var pkt capture.Packet
	left, rejected := c.opts.MaxPackets, 0
	for {
		if c.events.pending.Load() != 0 && c.handleEvents(src) {
			return nil
		}
		if err := src.Next(&pkt); err != nil {
			if errors.Is(err, capture.ErrWake) {
				continue
			}
			return c.sourceEnded(err)
		}
		if !c.filter.match(&pkt) {
			// A source that has always more is never idle, and what was printed
			// does not wait for the next match.
			if rejected++; rejected%256 == 0 {
				if err := c.flush(); err != nil {
					return err
				}
			}
			continue
		}
		c.captured++
		if err := c.deliver(&pkt); err != nil {
			return err
		}
		if left--; left == 0 {
			return nil
		}
	}
}

// sourceEnded judges the error of a source's Next.
func (c *command) sourceEnded(err error) error {
	switch {
	case c.out.err != nil:
		return c.out.err // it failed while the source was idle
	case errors.Is(err, io.EOF), c.interrupted():
		return nil
	}
	c.complain(fmt.Errorf("pcap_loop: %w", err))
	return nil
}

// interrupted tells whether a signal asked to end.
func (c *command) interrupted() bool { return c.events.pending.Load()&eventStop != 0 }

// handleEvents does what signals and the clock ask for, and tells whether to
// stop at once. A live source ends by itself, with what it has received.
func (c *command) handleEvents(src capture.Source) (stop bool) {
	live, _ := src.(*capture.Live)
	e := c.events.take()
	if e&eventInfo != 0 && live != nil {
		c.printCounts(live, true)
	}
	if e&eventTick != 0 {
		c.printProgress()
	}
	if e&eventFlush != 0 && c.writer != nil {
		c.writer.Flush() // its error stays, and ends the run at the next packet
	}
	return e&eventStop != 0 && live == nil
}
