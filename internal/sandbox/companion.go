package sandbox

import (
	"fmt"
	"os"
	"os/exec"
)

// companion is a copy of this program, from before Confine, that does what the program
// itself may no longer. They talk by two pipes: it ends when the one with requests is
// closed, as when the program has ended in whatever way.
type companion struct {
	cmd      *exec.Cmd
	requests *os.File
	replies  *os.File
}

// The pipes are the first extra files of a companion.
const (
	requestsFile = 3
	repliesFile  = 4
	networksFile = 5 // of one that looks up owners in places
	queueFile    = 5 // of one that gives verdicts
)

// startCompanion starts one, which finds a variable in its environment, and files behind
// the pipes.
func startCompanion(variable string, files ...*os.File) (c companion, err error) {
	requestsIn, requests, err := os.Pipe()
	if err != nil {
		return c, err
	}
	defer requestsIn.Close()
	replies, repliesOut, err := os.Pipe()
	if err != nil {
		requests.Close()
		return c, err
	}
	defer repliesOut.Close()
	c = companion{requests: requests, replies: replies}
	if c.cmd, err = Self(variable, append([]*os.File{requestsIn, repliesOut}, files...)...); err == nil {
		c.cmd.Stdout, c.cmd.Stderr = os.Stdout, os.Stderr
		err = c.cmd.Start()
	}
	if err != nil {
		requests.Close()
		replies.Close()
		return c, err
	}
	return c, nil
}

// Self is a copy of this program that is to be started, which a variable in the
// environment tells what it is for, with files from descriptor 3 on. Signals of a
// terminal do not concern it.
func Self(variable string, files ...*os.File) (*exec.Cmd, error) {
	program, err := ownProgram()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), variable+"=1")
	cmd.ExtraFiles = files
	detach(cmd)
	return cmd, nil
}

// ownProgram is a path to this program, on Linux one that works wherever the
// program lies: -Z may name a user who cannot go there.
func ownProgram() (string, error) {
	const itself = "/proc/self/exe"
	if _, err := os.Stat(itself); err == nil {
		return itself, nil
	}
	return os.Executable()
}

// isCompanion reports whether this process was started as one, with that variable; it
// returns its pipes.
func isCompanion(variable string) (requests, replies *os.File, is bool) {
	if os.Getenv(variable) == "" {
		return nil, nil, false
	}
	os.Unsetenv(variable)
	requests, replies = os.NewFile(requestsFile, "requests"), os.NewFile(repliesFile, "replies")
	keepFromChildren(requestsFile, repliesFile)
	return requests, replies, true
}

// These variables in the environment make the program one that looks up owners: where it
// is, and in places, too.
const (
	ownersVariable      = "TAPDUMP_OWNER_LOOKUP"
	placeOwnersVariable = "TAPDUMP_OWNER_LOOKUP_IN_PLACES"
)

// Lookup is a copy of this program that looks up owners of packets.
type Lookup struct{ companion }

// StartLookup starts one, which has to call ServeLookup before anything else. Networks is
// what tells it of places, nil where there are none.
func StartLookup(networks *os.File) (*Lookup, error) {
	variable, files := ownersVariable, []*os.File(nil)
	if networks != nil {
		variable, files = placeOwnersVariable, []*os.File{networks}
	}
	c, err := startCompanion(variable, files...)
	if err != nil {
		return nil, fmt.Errorf("can't start a process that looks up owners: %w", err)
	}
	// Nobody waits for its end, which comes when requests is closed.
	go func() { _ = c.cmd.Wait() }()
	return &Lookup{c}, nil
}

// Requests and Replies are the ends of the pipes.
func (l *Lookup) Requests() *os.File { return l.requests }
func (l *Lookup) Replies() *os.File  { return l.replies }

// ServeLookup makes this process one that looks up owners, if it was started as one, by
// serve; it returns at the end, with true. Networks is the descriptor of what tells it of
// places, 0 where there are none. What a set-UID program has beyond its user is
// given up: owners are shown to the user.
func ServeLookup(id *SetID, serve func(requests, replies *os.File, networks int) error) (served bool, err error) {
	requests, replies, is := isCompanion(ownersVariable)
	networks := 0
	if !is {
		if requests, replies, is = isCompanion(placeOwnersVariable); is {
			networks = networksFile
			keepFromChildren(networksFile)
		}
	}
	if !is {
		return false, nil
	}
	if err := id.Drop(false); err != nil {
		return true, err
	}
	return true, serve(requests, replies, networks)
}
