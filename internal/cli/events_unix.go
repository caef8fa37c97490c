//go:build unix

package cli

import (
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

func notifyRequests(c chan<- os.Signal, live bool) {
	signal.Notify(c, syscall.SIGUSR2)
	if live {
		signal.Notify(c, infoSignals()...)
	}
}

func eventOf(sig os.Signal) uint32 {
	switch {
	case slices.Contains(infoSignals(), sig):
		return eventInfo
	case sig == syscall.SIGUSR2:
		return eventFlush
	}
	return eventStop
}

// endBy ends the program as a signal does that it does not handle, though the
// signal may have been ignored when the program started.
func endBy(sig syscall.Signal) {
	signal.Reset(sig)
	defaultAction(sig)
	syscall.Kill(os.Getpid(), sig) // of one's own process it cannot fail
	// Where the action cannot be set, the signal may still be ignored.
	time.Sleep(time.Second)
	os.Exit(128 + int(sig))
}
