package pcapfile

// waiter is an input that may keep its reader waiting, and knows when it does.
type waiter interface {
	// OnIdle has f called before Read waits. Read returns f's error.
	OnIdle(f func() error)
	// Wake has it called again while Read waits. It may be called from any
	// goroutine.
	Wake()
}

// MayWait reports whether what is read may keep Next waiting for longer than a
// disk does: whether the source that NewReader was given has the methods OnIdle
// and Wake that a Reader has.
func (r *Reader) MayWait() bool { return r.waiter != nil }

// OnIdle has f called, by the caller of Next, whenever Next is about to wait, if
// it may. An error of f ends the reading.
func (r *Reader) OnIdle(f func() error) {
	switch {
	case r.waiter == nil:
	case r.in.ahead == nil:
		r.waiter.OnIdle(f)
	default: // another goroutine reads the source
		r.in.wake = make(chan struct{}, 1)
		r.in.idle = f
	}
}

// Wake has OnIdle's function called again while Next waits. It may be called from
// any goroutine after OnIdle.
func (r *Reader) Wake() {
	switch {
	case r.waiter == nil:
	case r.in.ahead == nil:
		r.waiter.Wake()
	default:
		select {
		case r.in.wake <- struct{}{}:
		default: // about to be woken already
		}
	}
}
