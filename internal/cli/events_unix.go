//go:build unix

package cli

import (
	"os"
	"os/signal"
	"syscall"
)

func notifyRequests(c chan<- os.Signal, live bool) {
	signal.Notify(c, syscall.SIGUSR2)
	if live {
		signal.Notify(c, syscall.SIGUSR1)
	}
}

func eventOf(sig os.Signal) uint32 {
	switch sig {
	case syscall.SIGUSR1:
		return eventInfo
	case syscall.SIGUSR2:
		return eventFlush
	}
	return eventStop
}

// endBy ends the program as a signal does that it does not handle.
func endBy(sig syscall.Signal) {
	signal.Reset(sig)
	syscall.Kill(os.Getpid(), sig) // of one's own process it cannot fail
}
