// Package watch waits for what happens outside of the program: somebody touches a file
// or connects to a socket, a command fails.
//
// What it needs of the system it opens at once; Run, which waits, then only reads and
// takes connections, so that a sandbox can forbid the rest. Each Run is for a goroutine
// of its own, and calls its functions there. Memory is bounded.
package watch

import (
	"errors"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// Fire is called when something happened, with what.
type Fire func(at time.Time, what string)

// ErrOver is what Repeat's command returns where it cannot be run any more.
var ErrOver = errors.New("it cannot be run any more")

// Repeat runs a command, and again a time after it has ended, until stop is closed. It
// fires when the command fails, with what its error says, and not again before it has
// succeeded. The error is one of run that is ErrOver.
func Repeat(run func() error, every time.Duration, stop <-chan struct{}, fire Fire) error {
	wait := time.NewTimer(0)
	defer wait.Stop()
	failing := false
	for {
		select {
		case <-stop:
			return nil
		case <-wait.C:
		}
		err := run()
		select {
		case <-stop:
			return nil // it was ended, and did not fail
		default:
		}
		switch {
		case errors.Is(err, ErrOver):
			return err
		case err != nil && !failing:
			fire(time.Now(), syserr.Text(err))
		}
		failing = err != nil
		wait.Reset(every)
	}
}

// burst is how long a file has to be left alone before touching it is another event:
// writing it is many.
const burst = 200 * time.Millisecond

// bursts tells events apart from those that belong to the one before.
type bursts struct{ last time.Time }

// begins reports whether an event is the first after a pause.
func (b *bursts) begins(now time.Time) bool {
	first := b.last.IsZero() || now.Sub(b.last) >= burst
	b.last = now
	return first
}

// What happens to a file.
const (
	made    = "it was made"
	written = "it was written"
	touched = "it was touched"
)
