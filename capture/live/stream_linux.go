package live

import (
	"errors"
	"io"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// stream yields the packets of one or more rings.
type stream struct {
	parts   []*Live       // whose rings these are
	rings   []*ring       // without those of devices that are gone
	timeout time.Duration // in which the kernel hands over what it holds
	idle    func() error
	merging bool // there are several rings, or may be
	patient bool // waits for devices when there are none

	interfaces []capture.Interface
	owners     []*Live // of each of interfaces

	epoll    int // of the rings' sockets, and of wake
	events   *os.File
	ready    syscall.RawConn
	wake     int // eventfd
	backlog  *backlog
	stop     atomic.Bool
	left     atomic.Bool // abandoned
	woken    atomic.Bool
	closing  sync.Mutex // guards wake against Interrupt after close
	stopped  time.Time  // when the end was noticed
	draining bool       // no more packets are let in
	deadline time.Time  // for draining
	down     bool       // a device is down or gone
	merge    merge
}

func newStream(timeout time.Duration) (*stream, error) {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd2", err)
	}
	s := &stream{wake: wake, timeout: timeout, backlog: openBacklog()}
	s.merge = merge{lateness: minLateness, now: time.Now, clear: s.backlog.clear, counted: (*ring).counted}
	s.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, errors.Join(os.NewSyscallError("epoll_create1", err), unix.Close(wake), s.backlog.close())
	}
	err = unix.SetNonblock(s.epoll, true)
	s.events = os.NewFile(uintptr(s.epoll), "epoll")
	if err == nil {
		s.ready, err = s.events.SyscallConn()
	}
	if err == nil {
		err = s.watch(wake)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// add takes in a device whose rings are ready to yield packets, under the next
// number of interfaces.
func (s *stream) add(part *Live) error {
	number := s.register(part.described(), part)
	var many *interfaces
	if part.index == 0 {
		many = &interfaces{stream: s, part: part, all: number}
	}
	if s.merging {
		if err := part.rings[0].stampOnArrival(); err != nil {
			return part.failure("setsockopt (SO_TIMESTAMPNS)", err)
		}
	}
	for _, r := range part.rings {
		r.iface, r.many = number, many
		if err := s.watch(r.fd); err != nil {
			return part.failure("can't wait for packets", err)
		}
		s.rings = append(s.rings, r)
		if s.merging {
			s.merge.add(r)
		}
	}
	s.parts = append(s.parts, part)
	return nil
}

// register gives an interface of part a number.
func (s *stream) register(d capture.Interface, part *Live) int {
	s.interfaces = append(s.interfaces, d)
	s.owners = append(s.owners, part)
	return len(s.interfaces) - 1
}

// watch has events of fd end a wait.
func (s *stream) watch(fd int) error {
	err := unix.EpollCtl(s.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	return os.NewSyscallError("epoll_ctl", err)
}

// next fills p with the next packet, waiting for it.
func (s *stream) next(p *capture.Packet) error {
	if s.merging {
		return s.nextMerged(p)
	}
	for {
		if s.left.Load() {
			return io.EOF
		}
		ok, err := s.rings[0].next(p)
		if ok || err != nil {
			return err
		}
		if err := s.wait(false); err != nil {
			return err
		}
	}
}

// How often a draining stream looks at the kernel's counts, and one whose device
// is down whether that is up or gone.
const (
	drainStep = 2 * time.Millisecond
	downStep  = 20 * time.Millisecond
)

// wait returns when there may be a packet. With held there is one already, but
// it has to wait for others. wait fails when there will be no more packets, or
// none yet.
func (s *stream) wait(held bool) error {
	if s.woken.Swap(false) {
		return ErrWake
	}
	var step time.Duration
	switch {
	case s.stop.Load():
		done, err := s.drain()
		if err != nil {
			return err
		}
		if done && held {
			return nil // nothing has to wait any more
		}
		if done {
			return io.EOF
		}
		step = drainStep
	case len(s.rings) == 0 && !s.patient:
		return io.EOF
	case held:
		step = mergeStep
	case s.down:
		step = downStep
	}
	if s.down {
		if err := s.checkDevices(); err != nil {
			return err
		}
	}
	if s.idle != nil {
		if err := s.idle(); err != nil {
			return err
		}
	}
	if step > 0 {
		time.Sleep(step)
		_, err := s.poll(0)
		return err
	}
	// When each packet ends a wait, a system call that waits is cheaper than the
	// runtime's way; when many packets do, the other way round.
	if len(s.rings) > 0 && s.rings[0].version == unix.TPACKET_V2 {
		_, err := s.poll(-1)
		return err
	}
	var failure error
	err := s.ready.Read(func(uintptr) (happened bool) {
		happened, failure = s.poll(0)
		return happened
	})
	if err != nil {
		return &Error{Reason: "can't poll on packet socket: " + syserr.Text(err), Err: err}
	}
	return failure
}

// poll takes notice of what has happened, or happens within timeout
// milliseconds, -1 for no limit.
func (s *stream) poll(timeout int) (happened bool, err error) {
	var events [8]unix.EpollEvent
	n, err := unix.EpollWait(s.epoll, events[:], timeout)
	if err != nil && err != unix.EINTR {
		return true, &Error{Reason: "can't poll on packet socket: " + syserr.Text(err), Err: err}
	}
	for _, e := range events[:max(n, 0)] {
		switch {
		case e.Fd == int32(s.wake):
			var count [8]byte
			unix.Read(s.wake, count[:])
		case e.Events&unix.EPOLLERR != 0:
			if err := s.socketError(int(e.Fd)); err != nil {
				return true, err
			}
		case e.Events&unix.EPOLLHUP != 0:
			return true, &Error{Reason: "Hangup on packet socket"}
		}
	}
	return n > 0, nil
}

// socketError finds out what EPOLLERR means.
func (s *stream) socketError(fd int) error {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil {
		err = unix.Errno(code)
	}
	switch {
	case errors.Is(err, unix.ENETDOWN):
		for _, r := range s.rings {
			if r.fd == fd {
				r.down, s.down = true, true
			}
		}
		return nil
	case errors.Is(err, unix.Errno(0)):
		return nil
	}
	return &Error{Reason: "Error condition on packet socket: " + syserr.Text(err), Err: err}
}

// drain stops packets from coming in, and reports whether all that did have been
// read. What the kernel holds back it hands over when its time has passed.
func (s *stream) drain() (done bool, err error) {
	if !s.draining {
		if !s.arrived() {
			return false, nil
		}
		for _, r := range s.rings {
			if err := r.filter(rejectAll); err != nil {
				return false, &Error{Reason: "can't set the kernel filter: " + syserr.Text(err), Err: err}
			}
		}
		s.draining = true
		s.deadline = time.Now().Add(2*s.timeout + time.Second)
	}
	for _, r := range s.rings {
		if ok, err := r.drained(); err != nil {
			return false, err
		} else if !ok && time.Now().Before(s.deadline) {
			return false, nil
		}
	}
	s.merge.ended, s.merge.scanned = true, false
	return true, nil
}

// arrived reports whether the packets that had been received when the capture
// was to end are in the rings: some may have been waiting for a processor.
func (s *stream) arrived() bool {
	now := time.Now()
	if s.stopped.IsZero() {
		s.stopped = now
	}
	clear := s.backlog.clear(now) >= s.stopped.UnixNano()
	waited := now.Sub(s.stopped)
	return clear && waited >= minLateness || waited > maxBacklog
}

// checkDevices tells devices that are down, and may come up again, from those
// that are gone. When the only one is and everything has been read, it fails.
func (s *stream) checkDevices() error {
	s.down = false
	for _, part := range s.parts {
		if len(part.rings) == 0 || !part.rings[0].down {
			continue
		}
		r := part.rings[0]
		if !part.gone {
			gone, up, err := r.deviceState()
			if err != nil {
				return err
			}
			if gone {
				part.lose(time.Now().Add(2*s.timeout + time.Second))
			}
			r.down = gone || !up
		}
		s.down = s.down || r.down
	}
	if s.merging || !s.parts[0].gone {
		return nil
	}
	if done, err := s.parts[0].exhausted(); !done || err != nil {
		return err
	}
	return &Error{Reason: interfaceGone}
}

// lose notes that the device is gone. What it has left is read up to the
// deadline.
func (l *Live) lose(deadline time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone, l.deadline = true, deadline
}

// exhausted reports whether all packets of a device that is gone have been read.
func (l *Live) exhausted() (bool, error) {
	for _, r := range l.rings {
		if ok, err := r.drained(); err != nil {
			return false, err
		} else if !ok && time.Now().Before(l.deadline) {
			return false, nil
		}
	}
	return true, nil
}

// depart takes a device that is gone out of several, once everything from it has
// been given out, and returns the error that says so.
func (s *stream) depart() error {
	for i, part := range s.parts {
		if !part.gone {
			continue
		}
		done, err := part.exhausted()
		if err != nil {
			return err
		}
		for _, r := range part.rings {
			done = done && s.merge.emptied(r)
		}
		if !done {
			continue
		}
		s.parts = append(s.parts[:i:i], s.parts[i+1:]...)
		s.rings = slices.DeleteFunc(s.rings, func(r *ring) bool { return slices.Contains(part.rings, r) })
		for _, r := range part.rings {
			s.merge.remove(r)
		}
		if err := part.release(); err != nil {
			return err
		}
		return &Error{Device: part.device, Reason: interfaceGone, GoesOn: len(s.parts) > 0 || s.patient}
	}
	return nil
}

// deviceState reports whether the device that a ring is bound to has been
// removed, and whether it is up.
func (r *ring) deviceState() (gone, up bool, err error) {
	if r.device == "" {
		return false, true, nil // all devices
	}
	sa, err := unix.Getsockname(r.fd)
	if err != nil {
		return false, false, &Error{Reason: "getsockname failed: " + syserr.Text(err), Err: err}
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
		return false, false, &Error{Device: r.device, Reason: "Can't get flags: " + syserr.Text(err), Err: err}
	}
	return false, flags&unix.IFF_UP != 0, nil
}

// interrupt makes next yield what has been received and end.
func (s *stream) interrupt() {
	s.stop.Store(true)
	s.rouse()
}

// abandon makes next end.
func (s *stream) abandon() {
	s.left.Store(true)
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
	return &Error{Reason: "failed to get statistics from socket: " + syserr.Text(err), Err: err}
}

// close ends waiting for good; the rings stay.
func (s *stream) close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.wake < 0 {
		return nil
	}
	err := errors.Join(s.events.Close(), unix.Close(s.wake), s.backlog.close())
	s.wake = -1
	return err
}
