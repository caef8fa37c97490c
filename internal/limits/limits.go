// Package limits has the program get by with what the system lets it have:
// address space (ulimit -v) and processes (ulimit -u, pids.max), which threads are
// for Linux. Where that is not enough, it says so in one line, where Go's runtime
// would print a listing of itself.
//
// Go's runtime reserves 724 MiB of address space before any Go code runs. Programs
// that are linked as the Makefile does (-E tapdump_start) begin in this package:
// code that comes first says what is wrong, and keeps the runtime from reserving
// another 512 MiB where space is short. It also sees whether there is a standard
// output.
package limits

import "fmt"

// How many threads a run has at most on one processor, and how many more
// processes the one that runs commands takes. Nine are seen as a rule; on a busy
// machine more calls of the system block at the same time, each in its thread.
const (
	runThreads       = 12
	commandProcesses = 9
)

// Error says what there is too little of.
type Error struct {
	Left, Needed int    // processes
	Limit        string // that says so
}

func (e *Error) Error() string {
	return fmt.Sprintf("too few processes are allowed: %d more, by %s, and %d are needed", e.Left, e.Limit, e.Needed)
}
