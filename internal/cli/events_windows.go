package cli

import (
	"os"
	"syscall"
)

func notifyRequests(chan<- os.Signal, bool) {}

func eventOf(os.Signal) uint32 { return eventStop }

// endBy ends the program.
func endBy(syscall.Signal) { os.Exit(1) }
