package places

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/sandbox"
)

// Helper is a copy of this program that keeps the privileges to find places, enter
// them, and open packet sockets there, which it hands over. What it is to look for it
// learns at the start; nothing that comes later changes that.
type Helper struct {
	cmd  *exec.Cmd
	pipe *channel
	news chan News
	done chan struct{} // closed by Close
}

// helperVariable in the environment makes the program a helper, which has its end of
// the channel as its first extra file.
const (
	helperVariable = "TAPDUMP_PLACES_HELPER"
	helperFile     = 3
)

// channel is one end of a pair of sockets, through which messages go with files.
type channel struct {
	file *os.File
	fd   int
	conn syscall.RawConn
}

// maxMessage bounds messages, in bytes, and maxFiles how many files come with one.
const (
	maxMessage = 64 << 10
	maxFiles   = 128
)

// newChannel makes a channel of a descriptor.
func newChannel(fd int) (*channel, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	c := &channel{file: os.NewFile(uintptr(fd), "channel"), fd: fd}
	var err error
	c.conn, err = c.file.SyscallConn()
	return c, err
}

// send sends v as JSON, with files.
func (c *channel) send(v any, files []int) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxMessage || len(files) > maxFiles {
		return errors.New("a message is too long")
	}
	var rights []byte
	if len(files) > 0 {
		rights = unix.UnixRights(files...)
	}
	var sent error
	err = c.conn.Write(func(fd uintptr) bool {
		sent = unix.Sendmsg(int(fd), b, rights, nil, unix.MSG_NOSIGNAL)
		return !errors.Is(sent, unix.EAGAIN)
	})
	return errors.Join(err, sent)
}

// receive receives what send sent; io.EOF when the other end is closed.
func (c *channel) receive(v any) (files []int, err error) {
	b, oob := make([]byte, maxMessage), make([]byte, unix.CmsgSpace(4*maxFiles))
	var n, rights, flags int
	var failed error
	err = c.conn.Read(func(fd uintptr) bool {
		n, rights, flags, _, failed = unix.Recvmsg(int(fd), b, oob, unix.MSG_CMSG_CLOEXEC)
		return !errors.Is(failed, unix.EAGAIN) && !errors.Is(failed, unix.EINTR)
	})
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:rights])
	if err != nil {
		return nil, err
	}
	for i := range messages {
		some, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			return nil, err
		}
		files = append(files, some...)
	}
	switch {
	case n == 0:
		err = io.EOF
	case flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0:
		err = errors.New("a message was cut off: too many files may be open (ulimit -n)")
	default:
		err = json.Unmarshal(b[:n], v)
	}
	if err != nil {
		closeFiles(files)
	}
	return files, err
}

func closeFiles(files []int) {
	for _, fd := range files {
		unix.Close(fd)
	}
}

// StartHelper starts a copy of this program, which has to call Serve before anything
// else. It has told called, from a goroutine of its own, when there is News.
func StartHelper(wish Wish, told func()) (*Helper, error) {
	failed := func(err error) (*Helper, error) {
		return nil, fmt.Errorf("can't start a process that finds places: %w", err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return failed(os.NewSyscallError("socketpair", err))
	}
	theirs := os.NewFile(uintptr(pair[1]), "channel")
	defer theirs.Close()
	ours, err := newChannel(pair[0])
	if err != nil {
		return failed(err)
	}
	cmd, err := sandbox.Self(helperVariable, theirs)
	if err == nil {
		cmd.Stderr = os.Stderr
		err = cmd.Start()
	}
	if err != nil {
		ours.file.Close()
		return failed(err)
	}
	h := &Helper{cmd: cmd, pipe: ours, news: make(chan News, 64), done: make(chan struct{})}
	if err := ours.send(wish, nil); err != nil {
		h.Close()
		return failed(ErrGone)
	}
	go h.collect(told)
	return h, nil
}

// collect takes in what is told, to the end.
func (h *Helper) collect(told func()) {
	defer close(h.news)
	for {
		var n News
		files, err := h.pipe.receive(&n)
		if err != nil {
			told()
			return
		}
		n.Files = files
		select {
		case h.news <- n:
			told()
		case <-h.done:
			closeFiles(files)
			return
		}
	}
}

// Socket is the descriptor by which packet sockets come.
func (h *Helper) Socket() int { return h.pipe.fd }

// News is told, when there is any, in the order in which it was. It is closed when no
// more comes.
func (h *Helper) News() <-chan News { return h.news }

// Close ends the helper. It does not wait for it.
func (h *Helper) Close() error {
	close(h.done)
	return errors.Join(h.pipe.file.Close(), h.cmd.Process.Release())
}

// Serve makes this process a helper, if it was started as one; it returns at the end,
// with true. matches reports whether the name of an interface is one that was asked
// for.
func Serve(id *sandbox.SetID, matches func(device, name string) (bool, error)) (served bool, err error) {
	if os.Getenv(helperVariable) == "" {
		return false, nil
	}
	os.Unsetenv(helperVariable)
	if err := id.Drop(false); err != nil {
		return true, err
	}
	unix.CloseOnExec(helperFile)
	c, err := newChannel(helperFile)
	if err != nil {
		return true, err
	}
	s := &server{channel: c, matches: matches, said: make(map[string]bool), ended: make(chan *Place), changed: make(chan struct{}, 1)}
	if _, err := c.receive(&s.wish); err != nil {
		return true, nil // whoever started it is gone
	}
	s.ends, err = WatchEnds(func(p *Place) { s.ended <- p })
	if err != nil {
		return true, err
	}
	if err := sandbox.Confine(sandbox.Needs{Places: helperFile, NewSockets: live.FirstSocket}); err != nil {
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
			if _, err := s.channel.receive(&nothing); err != nil {
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
