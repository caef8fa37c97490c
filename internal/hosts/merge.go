package hosts

import (
	"errors"
	"io"
	"math"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// A packet is given out when no earlier one can come: when there is one of each other
// host, or when it, or one behind it, has waited for the window. That is so long
// at first, and grows up to most if packets come later than that.
const (
	leastWindow = 300 * time.Millisecond
	mostWindow  = time.Second
	// crowdedWindow is for when a host has no room for more: it is slowed down.
	crowdedWindow = 20 * time.Millisecond
)

// grace is how long hosts may take to end once they were asked to.
const grace = 5 * time.Second

// ErrWake is what Next returns after Wake.
var ErrWake = errors.New("woken")

// Next implements capture.Source. A GoneError says that a host has gone; the others go
// on.
func (c *Capture) Next(p *capture.Packet) error {
	c.giveBack()
	idle := false
	for {
		if c.abandoned.Load() {
			return io.EOF
		}
		c.takeArrived()
		if len(c.failures) > 0 {
			err := c.failures[0]
			c.failures = c.failures[1:]
			return err
		}
		first, wait := c.choose()
		switch {
		case first != nil:
			c.give(p, first)
			return nil
		case c.over():
			return io.EOF
		case !idle && c.idle != nil:
			if err := c.idle(); err != nil {
				return err
			}
			idle = true
		}
		var late <-chan time.Time
		if wait > 0 {
			late = time.After(wait)
		}
		select {
		case b := <-c.arrivals:
			c.take(b)
		case <-late:
		case <-c.wake:
			if !c.abandoned.Load() {
				return ErrWake
			}
		}
	}
}

// takeArrived takes what is there.
func (c *Capture) takeArrived() {
	for {
		select {
		case b := <-c.arrivals:
			c.take(b)
		default:
			return
		}
	}
}

// take takes a batch into its host's queue.
func (c *Capture) take(b *batch) {
	h := b.host
	if b.interfaces != nil {
		c.addInterfaces(h, b.interfaces)
	}
	h.received += uint64(len(b.packets))
	if b.err != nil {
		c.end(h, b.err)
	}
	if len(b.packets) == 0 {
		b.release()
		return
	}
	if !c.o.KeepClocks {
		b.correction = h.clock.correction()
	}
	b.look()
	h.queue = append(h.queue, b)
}

// look finds the corrected time of the next packet.
func (b *batch) look() {
	t := b.packets[b.next].Time
	b.at = t.Sec*1e9 + t.Nsec - int64(b.correction)
}

// end notes that nothing more comes from a host.
func (c *Capture) end(h *host, err error) {
	h.ended = true
	if c.interrupted.Load() {
		return
	}
	h.gone = true
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) || h.hasExited() {
		err = h.ending()
	}
	others := 0
	for _, other := range c.hosts {
		if !other.ended {
			others++
		}
	}
	c.failures = append(c.failures, &GoneError{h.target.Name, others, err})
}

// hasExited reports whether the process by which the host was reached has ended.
func (h *host) hasExited() bool {
	select {
	case <-h.exited:
		return true
	default:
		return false
	}
}

// choose is the host with the packet to give out. Without one, wait is how long until
// there is one at the latest; 0: until more comes.
func (c *Capture) choose() (first *host, wait time.Duration) {
	earliest, awaits, crowded := int64(math.MaxInt64), false, false
	var arrived time.Time // of the packet that has waited longest
	for _, h := range c.hosts {
		if len(h.queue) == 0 {
			awaits = awaits || !h.ended
			continue
		}
		b := h.queue[0]
		if b.at < earliest {
			first, earliest = h, b.at
		}
		if arrived.IsZero() || b.arrived.Before(arrived) {
			arrived = b.arrived
		}
		crowded = crowded || len(h.queue) >= mostBatches
	}
	if first == nil || !awaits {
		return first, 0
	}
	wait = c.window
	if crowded {
		wait = crowdedWindow
	}
	if wait -= time.Since(arrived); wait <= 0 {
		return first, 0
	}
	return nil, wait
}

// over reports whether all hosts have ended, and all of it was given out.
func (c *Capture) over() bool {
	for _, h := range c.hosts {
		if !h.ended || len(h.queue) > 0 {
			return false
		}
	}
	return true
}

// give fills p with the first packet of a host.
func (c *Capture) give(p *capture.Packet, h *host) {
	b := h.queue[0]
	*p = b.packets[b.next]
	p.Time = capture.Timestamp{Sec: floorDiv(b.at, 1e9), Nsec: b.at - floorDiv(b.at, 1e9)*1e9}
	p.Interface = h.numbers[p.Interface]
	c.given = h
	if b.at >= c.last {
		c.last = b.at
		return
	}
	by := time.Duration(c.last - b.at)
	c.late.Packets++
	c.late.By = max(c.late.By, by)
	c.window = min(mostWindow, max(c.window, leastWindow+by))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// giveBack is done with the packet that the caller had.
func (c *Capture) giveBack() {
	h := c.given
	if h == nil {
		return
	}
	c.given = nil
	b := h.queue[0]
	if b.next++; b.next < len(b.packets) {
		b.look()
		return
	}
	h.queue = h.queue[1:]
	b.release()
}

// addInterfaces takes up interfaces of a host, of which the first may be known.
func (c *Capture) addInterfaces(h *host, all []capture.Interface) {
	for _, i := range all[len(h.numbers):] {
		h.numbers = append(h.numbers, len(c.interfaces))
		if i.Name == "" {
			h.mu.Lock()
			i.Name = h.tcpdump.device
			h.mu.Unlock()
		}
		if i.Name == "" {
			i.Name = "?"
		}
		i.Name += "@" + h.target.Name
		i.Comment = h.target.Name + ": " + h.clock.text(c.o.KeepClocks)
		c.interfaces = append(c.interfaces, i)
		c.owners = append(c.owners, h)
	}
}

// LinkType implements capture.Source: the first host's.
func (c *Capture) LinkType() capture.LinkType { return c.interfaces[0].LinkType }

// SnapLen implements capture.Source: the largest of all.
func (c *Capture) SnapLen() int {
	n := 0
	for _, i := range c.interfaces {
		n = max(n, int(i.SnapLen))
	}
	return n
}

// Interfaces implements capture.Source. Their names are those that they have there,
// with the host's behind.
func (c *Capture) Interfaces() []capture.Interface { return c.interfaces }

// OnIdle has f called, by the caller of Next, when Next is about to wait. Its error is
// returned.
func (c *Capture) OnIdle(f func() error) { c.idle = f }

// Wake has Next return ErrWake if it waits.
func (c *Capture) Wake() {
	select {
	case c.wake <- struct{}{}:
	default: // about to be woken already
	}
}

// Interrupt ends the capture on all hosts. Next returns what is under way, then io.EOF.
func (c *Capture) Interrupt() {
	c.once.Do(func() {
		c.interrupted.Store(true)
		for _, h := range c.hosts {
			h.stdin.Close()
		}
		time.AfterFunc(grace, func() {
			for _, h := range c.hosts {
				h.stdout.Close()
			}
		})
	})
}

// Abandon has Next return io.EOF at once.
func (c *Capture) Abandon() {
	c.abandoned.Store(true)
	c.Interrupt()
	c.Wake()
}

// Finish ends the capture on all hosts and waits until they have, so that their counts
// are known. Packets that are under way are counted alone.
func (c *Capture) Finish() {
	c.Interrupt()
	c.giveBack()
	for !c.abandoned.Load() {
		for _, h := range c.hosts {
			for _, b := range h.queue {
				b.release()
			}
			h.queue = nil
		}
		if c.over() {
			return
		}
		select {
		case b := <-c.arrivals:
			c.take(b)
		case <-c.wake:
		}
	}
}

// Close ends the capture without waiting for anything.
func (c *Capture) Close() error {
	c.Abandon()
	for _, h := range c.hosts {
		h.hangUp()
	}
	return nil
}

// Device is the names of the hosts.
func (c *Capture) Device() string {
	var names []string
	for _, h := range c.hosts {
		names = append(names, h.target.Name)
	}
	return strings.Join(names, ", ")
}

// Warnings has nothing: what there is to say of a host, Options.Say says.
func (c *Capture) Warnings() []string { return nil }
