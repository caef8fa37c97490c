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
	eventStop  uint32 = 1 << iota // end after what has been received
	eventInfo                     // print the counts
	eventFlush                    // write what is gathered for -w
	eventTick                     // a second has passed
)

// events gathers signals for the loop, which looks at pending before each
// packet.
type events struct {
	pending atomic.Uint32
	stopped chan struct{} // closed by eventStop
	signals chan os.Signal
	done    chan struct{}
	wake    func() // makes a waiting source look
	stop    func() // makes a waiting source end
}

// listen starts to turn signals into events. With live, SIGUSR1
// asks for the counts. tick asks for an event each second.
func (e *events) listen(live, tick bool, wake, stop func()) {
	e.stopped = make(chan struct{})
	e.signals = make(chan os.Signal, 16)
	e.done = make(chan struct{})
	e.wake, e.stop = wake, stop
	// A closed pipe is told by the error of writing to it.
	signal.Notify(e.signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGPIPE)
	if !signal.Ignored(syscall.SIGHUP) {
		signal.Notify(e.signals, syscall.SIGHUP)
	}
	notifyRequests(e.signals, live)
	go e.run(tick)
}

func (e *events) run(tick bool) {
	var second <-chan time.Time
	if tick {
		t := time.NewTicker(time.Second)
		defer t.Stop()
		second = t.C
	}
	for {
		select {
		case <-e.done:
			return
		case <-second:
			e.post(eventTick)
		case sig := <-e.signals:
			if sig != syscall.SIGPIPE {
				e.post(eventOf(sig))
			}
		}
	}
}

func (e *events) post(event uint32) {
	if old := e.pending.Or(event); old&event != 0 {
		return
	}
	if event != eventStop {
		e.wake()
		return
	}
	// Whoever asks again does not want to wait: the system ends the program.
	signal.Reset(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	close(e.stopped)
	e.stop()
}

// take returns what has happened since the last call. eventStop stays.
func (e *events) take() uint32 {
	p := e.pending.Load()
	if p&^eventStop != 0 {
		e.pending.And(eventStop)
	}
	return p
}

// close ends listen.
func (e *events) close() {
	if e.signals == nil {
		return
	}
	signal.Stop(e.signals)
	close(e.done)
	e.signals = nil
}
