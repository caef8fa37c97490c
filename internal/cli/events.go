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
	eventStop  uint32 = 1 << iota // a signal: end after what has been received
	eventOver                     // --duration has passed: likewise
	eventInfo                     // print the counts
	eventFlush                    // write what is gathered for -w
	eventTick                     // a second has passed

	eventEnd = eventStop | eventOver
)

// events gathers signals for the loop, which looks at pending before each
// packet.
type events struct {
	pending atomic.Uint32
	stopped chan struct{} // closed by the first of eventEnd
	signals chan os.Signal
	done    chan struct{}
	listening
}

// listening says what events there are.
type listening struct {
	live     bool          // SIGUSR1 asks for the counts
	tick     bool          // there is an event each second
	duration time.Duration // after which to end; 0: never
	wake     func()        // makes a waiting source look
	stop     func()        // makes a waiting source end
}

// listen starts to turn signals and time into events.
func (e *events) listen(l listening) {
	e.stopped = make(chan struct{})
	e.signals = make(chan os.Signal, 16)
	e.done = make(chan struct{})
	e.listening = l
	// A closed pipe is told by the error of writing to it.
	signal.Notify(e.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(e.signals, syscall.SIGHUP)
	}
	notifyRequests(e.signals, l.live)
	go e.run()
}

func (e *events) run() {
	var second, over <-chan time.Time
	if e.tick {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		second = t.C
	}
	if e.duration > 0 {
		t := time.NewTimer(e.duration)
		defer t.Stop()
		over = t.C
	}
	for {
		select {
		case <-e.done:
			return
		case <-second:
			e.post(eventTick)
		case <-over:
			e.post(eventOver)
		case sig := <-e.signals:
			if sig != syscall.SIGPIPE {
				e.post(eventOf(sig))
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
	default:
		if event == eventStop {
			// Whoever asks again does not want to wait: the system ends the program.
			signal.Reset(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
		}
		if old&eventEnd == 0 {
			close(e.stopped)
			e.stop()
		}
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

// close ends listen.
func (e *events) close() {
	signal.Stop(e.signals)
	close(e.done)
}
