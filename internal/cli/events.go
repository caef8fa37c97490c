package cli

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"
)

// What happens beside the packets.
const (
	eventStop    uint32 = 1 << iota // a signal: end after what has been received
	eventOver                       // --duration has passed: likewise
	eventInfo                       // print the counts
	eventFlush                      // write what is gathered for -w
	eventTick                       // a second has passed
	eventDevices                    // interfaces may have appeared
	eventPulse                      // some time has passed
	eventScreen                     // a key was pressed, or the terminal is another

	eventEnd = eventStop | eventOver
)

// events gathers signals for the loop, which looks at pending before each
// packet.
type events struct {
	pending  atomic.Uint32
	stopped  chan struct{} // closed by the first of eventEnd
	hurried  chan struct{} // closed by a second signal to end
	handling atomic.Bool   // signals to end are events; before, they end the process
	before   atomic.Pointer[func()]
	ending   atomic.Bool // a signal ends the process
	signals  chan os.Signal
	begin    chan struct{} // listening is known
	done     chan struct{}
	listening
}

// listening says what events there are.
type listening struct {
	live     bool          // SIGUSR1 asks for the counts
	tick     bool          // there is an event each second
	pulse    time.Duration // and one after so long each, for what is to be noticed soon; 0: there is none
	duration time.Duration // after which to end; 0: never
	wake     func()        // makes a waiting source look
	stop     func()        // makes a waiting source end
	abandon  func()        // makes it end without what it still has; nil: it always does
}

// A second signal to end within sameRequest of the first is no second request:
// timeout(1) sends one to the process and one to its group. A later one means
// that nobody wants to wait: what is gathered is still written, for no file to
// end in the middle of a packet, but if that takes longer than lastChance the
// signal does what it does to other programs.
const (
	sameRequest = 200 * time.Millisecond
	lastChance  = 250 * time.Millisecond
)

// prepare makes the channels; nothing happens yet.
func (e *events) prepare() {
	e.stopped = make(chan struct{})
	e.hurried = make(chan struct{})
	e.signals = make(chan os.Signal, 16)
	e.begin = make(chan struct{})
	e.done = make(chan struct{})
}

// watch has signals to end do so from now on, also where they were ignored when
// the program started, as those of the terminal are for what a script starts in
// the background.
func (e *events) watch() {
	signal.Notify(e.signals, syscall.SIGINT, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(e.signals, syscall.SIGHUP)
	}
	go e.run()
}

// listen, after watch, turns signals and time into events. Until handle is
// called, a signal to end still ends the process.
func (e *events) listen(l listening) {
	// A closed pipe is told by the error of writing to it.
	signal.Notify(e.signals, syscall.SIGPIPE)
	notifyRequests(e.signals, l.live)
	e.listening = l
	e.begin <- struct{}{}
}

// handle makes events of signals to end: from here on a run has something to
// finish.
func (e *events) handle() { e.handling.Store(true) }

// letGo has f, if any, be called before a signal ends the process.
func (e *events) letGo(f func()) { e.before.Store(&f) }

// endBy ends the process.
func (e *events) endBy(sig syscall.Signal) {
	e.ending.Store(true)
	if f := e.before.Load(); f != nil && *f != nil {
		(*f)()
	}
	endBy(sig)
}

// release lets signals to end do so again. It does not return where one already
// ends the process: what the run has failed with may follow from that.
func (e *events) release() {
	e.handling.Store(false)
	if e.ending.Load() {
		select {}
	}
}

func (e *events) run() {
	var second, pulse, over, tooLate <-chan time.Time
	var asked time.Time // when the first signal to end came
	for {
		select {
		case <-e.done:
			return
		case <-e.begin:
			if e.tick {
				t := time.NewTicker(time.Second)
				defer t.Stop()
				second = t.C
			}
			if e.pulse > 0 {
				t := time.NewTicker(e.pulse)
				defer t.Stop()
				pulse = t.C
			}
			if e.duration > 0 {
				t := time.NewTimer(e.duration)
				defer t.Stop()
				over = t.C
			}
		case <-second:
			e.post(eventTick)
		case <-pulse:
			e.post(eventPulse)
		case <-over:
			e.post(eventOver)
		case <-tooLate:
			e.endBy(syscall.SIGINT)
		case sig := <-e.signals:
			switch {
			case sig == syscall.SIGPIPE:
			case eventOf(sig) != eventStop:
				e.post(eventOf(sig))
			case !e.handling.Load():
				e.endBy(sig.(syscall.Signal))
			case asked.IsZero():
				asked = time.Now()
				e.post(eventStop)
			case time.Since(asked) >= sameRequest && tooLate == nil:
				close(e.hurried)
				tooLate = time.After(lastChance)
				if e.abandon != nil {
					e.abandon()
				}
			case tooLate != nil: // a third ends at once
				e.endBy(sig.(syscall.Signal))
			}
		}
	}
}
func (e *events) post(event uint32) {
	old := e.pending.Or(event)
	switch {
	case old&event != 0:
	case event&eventEnd == 0:
		e.wake()
	case old&eventEnd == 0:
		close(e.stopped)
		e.stop()
	}
}

// take returns what has happened since the last call. That the run is to end
// stays.
func (e *events) take() uint32 {
	p := e.pending.Load()
	if p&^eventEnd != 0 {
		e.pending.And(eventEnd)
	}
	return p
}

// close ends watch and listen.
func (e *events) close() {
	signal.Stop(e.signals)
	close(e.done)
}
