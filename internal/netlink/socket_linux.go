package netlink

import (
	"time"

	"golang.org/x/sys/unix"
)

// patience is for how long the kernel is waited for, which answers at once.
const patience = 5 * time.Second

// Open opens a socket of a protocol (unix.NETLINK_ROUTE ...) that waits so long for what
// it receives.
func Open(protocol int) (fd int, err error) {
	wait := unix.NsecToTimeval(int64(patience))
	fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
	if err != nil {
		return -1, err
	}
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Socket is one by which the kernel is asked. One goroutine uses it at a time.
type Socket struct {
	FD     int             // bound or not, but not connected: it writes to the kernel
	Buf    []byte          // memory for what the kernel sends at once
	Others func(m Message) // is given messages that answer nothing; nil: they are passed over
	number uint32          // of the last request
}

// Ask sends a request, and has take called for each message of the answer up to the
// one that ends it: the kernel's word that it is done, or the first one where neither
// that (NLM_F_ACK) nor a list (NLM_F_DUMP) is asked for. A message is valid during the call.
// The error is a unix.Errno, ETIMEDOUT where no answer comes, or a *LengthError.
func (s *Socket) Ask(request Message, take func(m Message)) error {
	s.number++
	request.setNumber(s.number)
	if _, err := unix.Write(s.FD, request); err != nil {
		return err
	}
	single := request.Flags()&(unix.NLM_F_ACK|unix.NLM_F_DUMP) == 0
	for since := time.Now(); time.Since(since) < patience; {
		n, from, err := unix.Recvfrom(s.FD, s.Buf, 0)
		switch kernel, ok := from.(*unix.SockaddrNetlink); {
		case err == unix.EINTR:
			continue
		case err == unix.EAGAIN:
			return unix.ETIMEDOUT
		case err != nil:
			return err
		case !ok || kernel.Pid != 0:
			continue // a process says it
		}
		answered, done, err := s.read(s.Buf[:n], single, take)
		if done || err != nil {
			return err
		}
		if answered {
			since = time.Now()
		}
	}
	return unix.ETIMEDOUT
}

// read reads what was received: whether some of it is an answer to the last request,
// and whether that is at its end.
func (s *Socket) read(b []byte, single bool, take func(m Message)) (answered, done bool, err error) {
	m := NewMessages(b)
	for m.Next() {
		if m.Number() != s.number {
			if s.Others != nil {
				s.Others(m.Message)
			}
			continue
		}
		answered = true
		if done, err = m.End(); done {
			return answered, done, err
		}
		if m.Kind() == unix.NLMSG_NOOP {
			continue
		}
		if take(m.Message); single {
			return answered, true, nil
		}
	}
	return answered, false, m.Err()
}
