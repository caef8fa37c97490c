package sandbox

import (
	"fmt"
	"io"
	"os"
)

// verdictsVariable in the environment makes the program one that gives verdicts.
const verdictsVariable = "TAPDUMP_VERDICTS"

// StartVerdicts starts a copy of this program that gives packets of netfilter's queues
// their verdicts, through the socket that they come from: nobody else can, and it takes
// a right by which all of netfilter could be changed. It has to call ServeVerdicts
// before anything else, and is asked by what is written to requests.
func StartVerdicts(socket *os.File) (requests io.WriteCloser, err error) {
	c, err := startCompanion(verdictsVariable, socket)
	if err != nil {
		return nil, fmt.Errorf("can't start a process that lets packets go on: %w", err)
	}
	c.replies.Close()
	// Nobody waits for its end, which comes when requests is closed.
	go func() { _ = c.cmd.Wait() }()
	return c.requests, nil
}

// ServeVerdicts makes this process one that gives verdicts, if it was started as one, by
// serve; it returns at the end, with true. It keeps what a set-UID program has beyond its
// user.
func ServeVerdicts(id *SetID, serve func(requests *os.File, socket int) error) (served bool, err error) {
	requests, replies, is := isCompanion(verdictsVariable)
	if !is {
		return false, nil
	}
	replies.Close()
	keepFromChildren(queueFile)
	return true, id.Use(func() error {
		if Available {
			if err := Confine(Needs{Verdicts: true}); err != nil {
				return err
			}
		}
		return serve(requests, queueFile)
	})
}
