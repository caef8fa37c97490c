package places

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/fdpass"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/owners"
	"github.com/tapdump/tapdump/internal/sandbox"
)

// Helper is a copy of this program that keeps the privileges to find places, enter
// them, and open packet sockets there, which it hands over. What it is to look for it
// learns at the start; nothing that comes later changes that.
type Helper struct {
	cmd  *exec.Cmd
	pipe *fdpass.Channel
	news chan News
	done chan struct{} // closed by Close
}

// helperVariable in the environment makes the program a helper, which has its end of
// the channel as its first extra file.
const (
	helperVariable = "TAPDUMP_PLACES_HELPER"
	helperFile     = 3
	networksFile   = 4 // if owners are to be looked up
)

// StartHelper starts a copy of this program, which has to call Serve before anything
// else. It has told called, from a goroutine of its own, when there is News. The places are
// handed on to networks, too, if those are not nil.
func StartHelper(wish Wish, networks *owners.Networks, told func()) (*Helper, error) {
	if !features.HasPlaces {
		return nil, features.Places.Need("")
	}
	failed := func(err error) (*Helper, error) {
		return nil, fmt.Errorf("can't start a process that finds places: %w", err)
	}
	ours, theirs, err := fdpass.Pair()
	if err != nil {
		return failed(err)
	}
	defer theirs.Close()
	files := []*os.File{theirs}
	if wish.Owners = networks != nil; wish.Owners {
		files = append(files, networks.File())
	}
	cmd, err := sandbox.Self(helperVariable, files...)
	if err == nil {
		cmd.Stderr = os.Stderr
		err = cmd.Start()
	}
	if err != nil {
		ours.Close()
		return failed(err)
	}
	h := &Helper{cmd: cmd, pipe: ours, news: make(chan News, 64), done: make(chan struct{})}
	if err := ours.Send(wish, nil); err != nil {
		h.Close()
		return failed(ErrGone)
	}
	go h.collect(told)
	return h, nil
}

// collect takes in what is told, to the end.
func (h *Helper) collect(told func()) {
	for {
		var n News
		files, err := h.pipe.Receive(&n)
		if err != nil {
			close(h.news)
			told() // afterwards: who looks has to see that no more comes
			return
		}
		n.Files = files
		select {
		case h.news <- n:
			told()
		case <-h.done:
			fdpass.CloseAll(files)
			close(h.news)
			return
		}
	}
}

// Socket is the descriptor by which packet sockets come.
func (h *Helper) Socket() int { return h.pipe.FD }

// News is told, when there is any, in the order in which it was. It is closed when no
// more comes.
func (h *Helper) News() <-chan News { return h.news }

// Close ends the helper. It does not wait for it.
func (h *Helper) Close() error {
	close(h.done)
	return errors.Join(h.pipe.Close(), h.cmd.Process.Release())
}

// Serve makes this process a helper, if it was started as one; it returns at the end,
// with true. matches reports whether the name of an interface is one that was asked
// for.
func Serve(id *sandbox.SetID, matches func(device, name string) (bool, error)) (served bool, err error) {
	if !features.HasPlaces {
		return false, nil
	}
	if os.Getenv(helperVariable) == "" {
		return false, nil
	}
	os.Unsetenv(helperVariable)
	if err := id.Drop(false); err != nil {
		return true, err
	}
	unix.CloseOnExec(helperFile)
	c, err := fdpass.New(helperFile)
	if err != nil {
		return true, err
	}
	s := &server{channel: c, matches: matches, said: make(map[string]bool), ended: make(chan *Place), changed: make(chan struct{}, 1)}
	if _, err := c.Receive(&s.wish); err != nil {
		return true, nil // whoever started it is gone
	}
	s.ends, err = WatchEnds(func(p *Place) { s.ended <- p })
	if err != nil {
		return true, err
	}
	needs := sandbox.Needs{Places: helperFile, NewSockets: live.FirstSocket}
	if s.wish.Owners {
		needs.Networks = networksFile
		if s.networks, err = owners.OpenNetworks(networksFile); err != nil {
			return true, err
		}
	}
	if err := sandbox.Confine(needs); err != nil {
		s.tell(News{Complaint: "the process that finds places runs without a sandbox: " + reason(err)})
	}
	return true, s.serve()
}

// lookEach is how often a helper looks for places, and lookShare the part of its
// time that it looks at most.
const (
	lookEach  = 250 * time.Millisecond
	lookShare = 20
)

// serve looks for places and their interfaces until the other process is gone.
func (s *server) serve() error {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		var nothing struct{}
		for {
			if _, err := s.channel.Receive(&nothing); err != nil {
				return
			}
		}
	}()
	timer := time.NewTimer(0)
	for s.failed == nil {
		select {
		case <-gone:
			return nil
		case <-timer.C:
			began := time.Now()
			s.look()
			timer.Reset(max(lookEach, lookShare*time.Since(began)))
		case p := <-s.ended:
			s.end(p)
		case <-s.changed:
			for _, w := range s.places {
				s.open(w)
			}
		}
	}
	return nil // the other process is gone
}
