// Package fdpass has messages go from one process to another together with open files
// (SCM_RIGHTS, unix(7)).
package fdpass

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/features"
)

// Channel is one end of a pair of sockets, through which messages go with files.
type Channel struct {
	FD   int
	file *os.File
	conn syscall.RawConn
}

// maxMessage bounds messages, in bytes, and maxFiles how many files come with one.
const (
	maxMessage = 64 << 10
	maxFiles   = 128
)

// Pair makes a channel of this process, and the other end as a file for another one.
func Pair() (ours *Channel, theirs *os.File, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, os.NewSyscallError("socketpair", err)
	}
	theirs = os.NewFile(uintptr(pair[1]), "channel")
	if ours, err = New(pair[0]); err != nil {
		theirs.Close()
		return nil, nil, err
	}
	return ours, theirs, nil
}

// New makes a channel of a descriptor, which is the channel's from then on.
func New(fd int) (*Channel, error) {
	// Of a descriptor that does not block Go waits for what comes.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, err
	}
	c := &Channel{FD: fd, file: os.NewFile(uintptr(fd), "channel")}
	var err error
	if c.conn, err = c.file.SyscallConn(); err != nil {
		c.file.Close()
		return nil, err
	}
	return c, nil
}

// File is the channel for another process, which makes one of it by New.
func (c *Channel) File() *os.File { return c.file }

// Close closes it, which the other end sees.
func (c *Channel) Close() error { return c.file.Close() }

// Send sends v as JSON, with files, which stay open here.
func (c *Channel) Send(v any, files []int) error {
	if !features.HasPlaces {
		return features.Places.Need("")
	}
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

// Receive receives what Send sent; io.EOF when the other end is closed.
func (c *Channel) Receive(v any) (files []int, err error) {
	if !features.HasPlaces {
		return nil, features.Places.Need("")
	}
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
		CloseAll(files)
	}
	return files, err
}

// CloseAll closes files.
func CloseAll(files []int) {
	for _, fd := range files {
		unix.Close(fd)
	}
}
