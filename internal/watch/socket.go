package watch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// Socket waits for connections to a unix socket, which only its user may make.
type Socket struct {
	path     string
	listener *net.UnixListener
	fd       int
}

// What a connection may say, and how long it is waited for.
const (
	maxLine  = 256
	lineTime = 250 * time.Millisecond
)

// socketMode lets the user connect, and nobody else.
const socketMode = 0o600

// NewSocket makes the socket. One that nobody listens to any more makes room for it.
func NewSocket(path string) (*Socket, error) {
	if runtime.GOOS == "windows" {
		return nil, errors.New("there are no such sockets on this system: file:PATH does the same")
	}
	if strings.HasPrefix(path, "@") {
		path = "./" + path // else it would have no file on Linux, and no mode
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	listener, err := listen(path)
	if errors.Is(err, syscall.EINVAL) && len(path) > 100 {
		return nil, fmt.Errorf("the path has %d bytes, and a socket's may have about 100: name a shorter one", len(path))
	}
	if err != nil {
		return nil, fmt.Errorf("can't make the socket: %w", syserr.Worded(err))
	}
	s := &Socket{path: path, listener: listener}
	err = os.Chmod(path, socketMode) // where it could not be set before
	if err == nil {
		err = s.describe()
	}
	if err != nil {
		s.Close()
		s.Remove()
		return nil, fmt.Errorf("can't make the socket: %w", syserr.Worded(err))
	}
	return s, nil
}

func listen(path string) (*net.UnixListener, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(restrictMode)
	}}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	listener := l.(*net.UnixListener)
	listener.SetUnlinkOnClose(false) // in a sandbox it could not
	return listener, nil
}

// removeStale removes a socket that nobody listens to.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return nil // making it will tell what is wrong
	case info.Mode()&os.ModeSocket == 0:
		return errors.New("there is a file of that name, which is no socket: name another, or remove it")
	}
	// Of the wrong type, so that it is no connection for one who listens.
	c, err := net.Dial("unixgram", path)
	if err == nil {
		c.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return errors.New("another program listens to that socket, perhaps another capture: name another")
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("can't remove the socket that nobody listens to: %w", syserr.Worded(err))
	}
	return nil
}

// describe finds the number of the descriptor.
func (s *Socket) describe() error {
	raw, err := s.listener.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { s.fd = int(fd) })
}

// Path is where the socket is.
func (s *Socket) Path() string { return s.path }

// Descriptor is the number of the one that connections are taken from.
func (s *Socket) Descriptor() int { return s.fd }

// Run calls fire for each connection, until Close, with the line that it sends at once.
// Connections are taken one after the other. warn is told what is not seen.
func (s *Socket) Run(fire Fire, warn func(error)) error {
	for {
		c, err := s.listener.AcceptUnix()
		at := time.Now()
		switch {
		case errors.Is(err, net.ErrClosed):
			return nil
		case errors.Is(err, syscall.EPERM):
			return fmt.Errorf("can't take connections: %w", syserr.Worded(err))
		case err != nil:
			warn(fmt.Errorf("a connection was not taken: %w", syserr.Worded(err)))
			time.Sleep(lineTime) // there may be a descriptor for the next
			continue
		}
		line := readLine(c, at.Add(lineTime))
		c.Close()
		if line == "" {
			line = "somebody connected"
		}
		fire(at, line)
	}
}

// readLine is the line that comes until a time, or what came of it.
func readLine(c *net.UnixConn, until time.Time) string {
	if c.SetReadDeadline(until) != nil {
		return ""
	}
	buf, n := make([]byte, maxLine), 0
	for n < len(buf) {
		more, err := c.Read(buf[n:])
		n += more
		if err != nil || bytes.IndexByte(buf[n-more:n], '\n') >= 0 {
			break
		}
	}
	line, _, _ := strings.Cut(string(buf[:n]), "\n")
	return strings.TrimSpace(line)
}

// Close ends Run. The socket's file stays: Remove removes it.
func (s *Socket) Close() error { return s.listener.Close() }

// Remove removes the socket's file.
func (s *Socket) Remove() error { return os.Remove(s.path) }
