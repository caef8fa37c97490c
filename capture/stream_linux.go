package capture

import (
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// stream yields the packets of one or more rings.
type stream struct {
	rings   []*ring
	timeout time.Duration // in which the kernel hands over what it holds
	idle    func() error

	wake     int // eventfd
	stop     atomic.Bool
	woken    atomic.Bool
	closing  sync.Mutex // guards wake against Interrupt after Close
	polls    []unix.PollFd
	draining bool      // no more packets are let in
	deadline time.Time // for draining
	down     bool      // a device is down or gone
	merge    merge
}

func newStream(timeout time.Duration) (*stream, error) {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return &stream{wake: wake, timeout: timeout}, nil
}

// add takes in a ring that is ready to yield packets.
func (s *stream) add(r *ring) {
	s.rings = append(s.rings, r)
	s.polls = nil
	for _, r := range s.rings {
		s.polls = append(s.polls, unix.PollFd{Fd: int32(r.fd), Events: unix.POLLIN})
	}
	s.polls = append(s.polls, unix.PollFd{Fd: int32(s.wake), Events: unix.POLLIN})
}

// next fills p with the next packet, waiting for it.
func (s *stream) next(p *Packet) error {
	if len(s.rings) > 1 {
		return s.nextMerged(p)
	}
	for {
		ok, err := s.rings[0].next(p)
		if ok || err != nil {
			return err
		}
		if err := s.wait(-1); err != nil {
			return err
		}
	}
}

// Longest waits of a draining stream between looks at the kernel's counts, and
// of one whose device is down between looks whether it is up or gone.
const (
	drainStep = 2 * time.Millisecond
	downStep  = 20 * time.Millisecond
)

// wait returns when there may be a packet. A timeout in milliseconds that is not
// negative says that there is one already, but that it has to wait for others.
// wait fails when there will be no more packets, or none yet.
func (s *stream) wait(timeout int) error {
	if s.woken.Swap(false) {
		return ErrWake
	}
	switch {
	case s.stop.Load():
		done, err := s.drain()
		if err != nil {
			return err
		}
		if done && timeout < 0 {
			return io.EOF
		}
		timeout = int(drainStep / time.Millisecond)
	case timeout >= 0:
	case s.down:
		if err := s.checkDevices(); err != nil {
			return err
		}
		timeout = int(downStep / time.Millisecond)
	}
	if s.idle != nil {
		if err := s.idle(); err != nil {
			return err
		}
	}
	return s.poll(timeout)
}

func (s *stream) poll(timeout int) error {
	if _, err := unix.Poll(s.polls, timeout); err != nil && err != unix.EINTR {
		return &Error{Reason: "can't poll on packet socket: " + err.Error(), Err: err}
	}
	last := len(s.polls) - 1
	if s.polls[last].Revents != 0 {
		var count [8]byte
		unix.Read(s.wake, count[:]) // fails when another has taken it: nothing to do
	}
	for i := range s.polls[:last] {
		events := s.polls[i].Revents
		if events&unix.POLLERR != 0 {
			if err := s.socketError(s.rings[i]); err != nil {
				return err
			}
		} else if events&(unix.POLLHUP|unix.POLLNVAL) != 0 {
			return &Error{Reason: "Hangup on packet socket"}
		}
	}
	return nil
}

// socketError finds out what POLLERR means.
func (s *stream) socketError(r *ring) error {
	code, err := unix.GetsockoptInt(r.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil {
		err = unix.Errno(code)
	}
	switch {
	case errors.Is(err, unix.ENETDOWN):
		s.down = true
		return nil
	case errors.Is(err, unix.Errno(0)):
		return nil
	}
	return &Error{Reason: "Error condition on packet socket: " + err.Error(), Err: err}
}

// drain stops packets from coming in, and tells whether all that did have been
// read. What the kernel holds back it hands over when its time has passed.
func (s *stream) drain() (done bool, err error) {
	if !s.draining {
		for _, r := range s.rings {
			if err := r.filter(rejectAll); err != nil {
				return false, &Error{Reason: "can't set the kernel filter: " + err.Error(), Err: err}
			}
		}
		s.draining = true
		s.deadline = time.Now().Add(2*s.timeout + time.Second)
	}
	for _, r := range s.rings {
		if ok, err := r.drained(); err != nil {
			return false, statsError(err)
		} else if !ok {
			return time.Now().After(s.deadline), nil
		}
	}
	return true, nil
}

// checkDevices tells a device that is down, and may come up again, from one
// that is gone. In the latter case it fails once everything has been read.
func (s *stream) checkDevices() error {
	s.down = false
	for _, r := range s.rings {
		gone, up, err := r.deviceState()
		if err != nil {
			return err
		}
		s.down = s.down || gone || !up
		if !gone {
			continue
		}
		if done, err := s.drain(); err != nil {
			return err
		} else if done {
			e := &Error{Reason: "The interface disappeared"}
			if s.rings[0].device != r.device || s.rings[len(s.rings)-1].device != r.device {
				e.Device = r.device // there are several
			}
			return e
		}
	}
	return nil
}

// deviceState tells whether the device that a ring is bound to has been
// removed, and whether it is up.
func (r *ring) deviceState() (gone, up bool, err error) {
	if r.device == "" {
		return false, true, nil // all devices
	}
	sa, err := unix.Getsockname(r.fd)
	if err != nil {
		return false, false, &Error{Reason: "getsockname failed: " + err.Error(), Err: err}
	}
	// The kernel binds a socket whose device is gone to -1.
	if ll, ok := sa.(*unix.SockaddrLinklayer); ok && ll.Ifindex == -1 {
		return true, false, nil
	}
	flags, err := deviceFlags(r.fd, r.device)
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO) {
		return true, false, nil
	}
	if err != nil {
		return false, false, &Error{Device: r.device, Reason: "Can't get flags: " + err.Error(), Err: err}
	}
	return false, flags&unix.IFF_UP != 0, nil
}

// interrupt makes next yield what has been received and end.
func (s *stream) interrupt() {
	s.stop.Store(true)
	s.rouse()
}

// wakeUp makes next return ErrWake when it would wait.
func (s *stream) wakeUp() {
	s.woken.Store(true)
	s.rouse()
}

func (s *stream) rouse() {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.wake >= 0 {
		one := [8]byte{1, 0, 0, 0, 0, 0, 0, 1} // not zero in either byte order
		unix.Write(s.wake, one[:])             // fails when the counter is full: awake already
	}
}

func statsError(err error) error {
	return &Error{Reason: "failed to get statistics from socket: " + err.Error(), Err: err}
}

func (s *stream) close() error {
	s.closing.Lock()
	err := unix.Close(s.wake)
	s.wake = -1
	s.closing.Unlock()
	return err
}
