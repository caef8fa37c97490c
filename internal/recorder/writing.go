package recorder

import (
	"errors"
	"fmt"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// patience is how long packets of a window that is open wait before they are written.
const patience = 200 * time.Millisecond

// write writes incidents to files, until the recorder is closed.
func (r *Recorder) write() {
	defer close(r.written)
	r.timer = time.NewTimer(patience)
	for {
		in := r.wanted()
		if in == nil {
			return
		}
		name, err := r.writeIncident(in)
		r.mu.Lock()
		r.queue = r.queue[1:]
		r.repin()
		if err != nil {
			r.failed = append(r.failed, r.failure(in, err))
		}
		r.room.Broadcast()
		said := *in
		r.mu.Unlock()
		if err == nil {
			r.options.Say(said.line(name, &r.options))
		}
	}
}

// wanted is the next incident to be written; nil: none will come.
func (r *Recorder) wanted() *incident {
	for {
		r.mu.Lock()
		if len(r.queue) > 0 {
			in := r.queue[0]
			r.mu.Unlock()
			return in
		}
		closed := r.closed
		r.mu.Unlock()
		if closed {
			return nil
		}
		<-r.wake
	}
}

// writeIncident writes an incident to a file of its own. It returns when the window is over,
// or when writing has failed.
func (r *Recorder) writeIncident(in *incident) (name string, err error) {
	r.mu.Lock()
	comment := in.comment(&r.options)
	r.mu.Unlock()
	name, err = r.files.Begin(in.cause.Time.Time(), comment)
	if err != nil {
		_ = r.files.End() // it returns that error again
		return name, err
	}
	c := r.ring.cursor(in.at, func(at uint64) (uint64, bool) { return r.await(in, at) })
	defer c.close()
	released := in.at
	for {
		ok, rerr := c.next(&r.entry)
		if rerr != nil {
			err = rerr
		}
		if !ok || rerr != nil {
			break
		}
		if werr := r.writePacket(in); werr != nil {
			if err == nil {
				r.stopped(in, werr)
			}
			err = werr // it counts the rest of the window, too
		}
		if at := c.at(); at-released >= wakeBytes {
			released = at
			r.release(in, at)
		}
	}
	if eerr := r.files.End(); err == nil {
		err = eerr
	}
	return name, err
}

// stopped says at once that writing has failed, if the window, at whose end it is said with
// what is missing, may last.
func (r *Recorder) stopped(in *incident, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var failed *pcapfile.WriteError
	if in.ended || !errors.As(err, &failed) {
		return
	}
	r.failed = append(r.failed, r.failure(in, fmt.Errorf("%s: %w; at the end of the window it is said what is missing", failed.Name, syserr.Worded(failed.Err))))
}

// failure says which incident an error is about.
func (r *Recorder) failure(in *incident, err error) error {
	return fmt.Errorf("incident at %s (%s): %w",
		in.cause.Time.Time().In(r.options.Location).Format("2006-01-02 15:04:05.000000"), in.cause.String(), err)
}

// writePacket writes the entry at hand, if it is of an incident's window.
func (r *Recorder) writePacket(in *incident) error {
	e := &r.entry
	switch {
	case e.time < in.from || e.time > in.until:
		return nil
	case !r.options.AnyLinkType && e.packet.LinkType != r.link:
		in.foreign++
		return nil
	}
	if in.packets == 0 {
		in.first, in.last = e.time, e.time
	}
	in.packets++
	in.first, in.last = min(in.first, e.time), max(in.last, e.time)
	return r.files.Write(&e.packet)
}

// release says that the ring is not needed before a position any more.
func (r *Recorder) release(in *incident, at uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	in.at = at
	r.repin()
	r.room.Broadcast()
}

// await implements more: it waits for packets behind a position, up to the end of the
// window.
func (r *Recorder) await(in *incident, at uint64) (limit uint64, ok bool) {
	r.release(in, at)
	for flushed := false; ; {
		r.mu.Lock()
		limit := r.ring.position()
		in.until = in.to
		if in.ended {
			limit = in.end
		}
		if limit > at {
			if err := r.ring.settle(); err != nil {
				r.failed = append(r.failed, err)
			}
			r.mu.Unlock()
			return limit, true
		}
		ended := in.ended
		r.mu.Unlock()
		if ended {
			return at, false
		}
		if !flushed {
			_ = r.files.Flush() // an error stays
			flushed = true
		}
		r.timer.Reset(patience)
		select {
		case <-r.wake:
		case <-r.timer.C:
		}
	}
}
