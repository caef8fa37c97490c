package live

import (
	"errors"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/syserr"
)

// ringPoller waits for rings, and other sources, by epoll(7).
type ringPoller struct {
	engines []*ringEngine
	sources []int         // descriptors of devices that are no network interfaces
	timeout time.Duration // in which the kernel hands over what it holds
	marks   marks
	backlog *backlog

	epoll   int // of the rings' sockets, and of wake
	events  *os.File
	ready   syscall.RawConn
	check   func(uintptr) bool // what ready is read by; made once, since a wait makes nothing
	failure error              // of check
	wake    int                // eventfd; -1: closed
	closing sync.Mutex         // guards wake against rouse after close
	stopped time.Time          // when the end was noticed
}

func (e *ringEngine) newPoller(merging bool) (poller, error) { return pollerFor(e.name, merging) }

// pollerFor makes the poller of a device, or of several.
func pollerFor(device string, merging bool) (poller, error) {
	p, err := newRingPoller()
	if err == nil {
		return p, nil
	}
	failure := &Error{Reason: syserr.Text(err), Err: err}
	if !merging {
		failure.Device = device
	}
	return nil, failure
}

func newRingPoller() (*ringPoller, error) {
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("eventfd2", err)
	}
	p := &ringPoller{wake: wake, backlog: openBacklog()}
	p.marks = marks{lateness: minLateness, now: time.Now, clear: p.backlog.clear, counted: (*ring).counted}
	p.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, errors.Join(os.NewSyscallError("epoll_create1", err), unix.Close(wake), p.backlog.close())
	}
	err = unix.SetNonblock(p.epoll, true)
	p.events = os.NewFile(uintptr(p.epoll), "epoll")
	if err == nil {
		p.ready, err = p.events.SyscallConn()
	}
	p.check = func(uintptr) (happened bool) {
		if p.handedOver() {
			return true
		}
		happened, p.failure = p.poll(0)
		return happened
	}
	if err == nil {
		err = p.watch(wake)
	}
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// watch has events of fd end a wait.
func (p *ringPoller) watch(fd int) error {
	err := unix.EpollCtl(p.epoll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
	return os.NewSyscallError("epoll_ctl", err)
}

// remove takes an engine out.
func (p *ringPoller) remove(e *ringEngine) {
	p.engines = slices.DeleteFunc(p.engines, func(has *ringEngine) bool { return has == e })
	for _, r := range e.rings {
		p.marks.remove(r)
	}
}

// downStep is how often it is looked whether a device that is down is up or gone.
const downStep = 20 * time.Millisecond

func (p *ringPoller) wait(limit time.Duration) error {
	if limit == 0 && slices.ContainsFunc(p.engines, func(e *ringEngine) bool { return e.rings[0].down }) {
		limit = downStep
	}
	if limit > 0 {
		time.Sleep(limit)
		_, err := p.poll(0)
		return err
	}
	// When each packet ends a wait, a system call that waits is cheaper than the
	// runtime's way; when many packets do, the other way round.
	if len(p.engines) > 0 && p.engines[0].rings[0].version == unix.TPACKET_V2 {
		_, err := p.poll(-1)
		return err
	}
	p.failure = nil
	if err := p.ready.Read(p.check); err != nil {
		return &Error{Reason: "can't poll on packet socket: " + syserr.Text(err), Err: err}
	}
	return p.failure
}

// handedOver reports, without a system call, whether the next block is ours, where it
// is one ring's alone.
func (p *ringPoller) handedOver() bool {
	if len(p.marks.queues) > 0 || len(p.engines) != 1 || len(p.engines[0].rings) != 1 {
		return false
	}
	r := p.engines[0].rings[0]
	return r.version == unix.TPACKET_V3 && !r.held && r.handedOver()
}

// poll takes notice of what has happened, or happens within timeout
// milliseconds, -1 for no limit.
func (p *ringPoller) poll(timeout int) (happened bool, err error) {
	var events [8]unix.EpollEvent
	n, err := epollWait(p.epoll, events[:], timeout)
	if err != nil && err != unix.EINTR {
		return true, &Error{Reason: "can't poll on packet socket: " + syserr.Text(err), Err: err}
	}
	for _, e := range events[:max(n, 0)] {
		switch {
		case e.Fd == int32(p.wake):
			var count [8]byte
			unix.Read(p.wake, count[:])
		case slices.Contains(p.sources, int(e.Fd)):
			// Its next packet, or what is wrong, tells.
		case e.Events&unix.EPOLLERR != 0:
			if err := p.socketError(int(e.Fd)); err != nil {
				return true, err
			}
		case e.Events&unix.EPOLLHUP != 0:
			return true, &Error{Reason: "Hangup on packet socket"}
		}
	}
	return n > 0, nil
}

// epollWait is epoll_wait(2). The runtime need not hear of a call that does not wait: it
// would wake the thread that looks after those that do, for each block of packets.
func epollWait(epoll int, events []unix.EpollEvent, timeout int) (n int, err error) {
	if timeout != 0 {
		return unix.EpollWait(epoll, events, timeout)
	}
	r, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epoll), uintptr(unsafe.Pointer(&events[0])), uintptr(len(events)), 0, 0, 0)
	if errno != 0 {
		return -1, errno
	}
	return int(r), nil
}

// socketError finds out what EPOLLERR means.
func (p *ringPoller) socketError(fd int) error {
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil {
		err = unix.Errno(code)
	}
	switch {
	case errors.Is(err, unix.ENETDOWN):
		for _, e := range p.engines {
			for _, r := range e.rings {
				r.down = r.down || r.fd == fd
			}
		}
		return nil
	case errors.Is(err, unix.Errno(0)):
		return nil
	}
	return &Error{Reason: "Error condition on packet socket: " + syserr.Text(err), Err: err}
}

// arrived reports whether the packets that had been received when the capture
// was to end are in the rings: some may have been waiting for a processor.
func (p *ringPoller) arrived() bool {
	now := p.marks.now()
	if p.stopped.IsZero() {
		p.stopped = now
	}
	clear := p.marks.clear(now) >= p.stopped.UnixNano()
	waited := now.Sub(p.stopped)
	return clear && waited >= minLateness || waited > maxBacklog
}

func (p *ringPoller) rouse() {
	p.closing.Lock()
	defer p.closing.Unlock()
	if p.wake >= 0 {
		one := [8]byte{1, 0, 0, 0, 0, 0, 0, 1} // not zero in either byte order
		unix.Write(p.wake, one[:])             // fails when the counter is full: awake already
	}
}

func (p *ringPoller) settle(now time.Time) (moved bool, err error) {
	return p.marks.move(now, p.timeout)
}

func (p *ringPoller) late(by time.Duration) { p.marks.late(by) }

// mergeStep is how often it is looked whether the packets that others wait for
// have come.
const mergeStep = time.Millisecond

// patience is in the marks, whose rings all reach them in time.
func (p *ringPoller) patience() (limit, step time.Duration) { return 0, mergeStep }

func (p *ringPoller) close() error {
	p.closing.Lock()
	defer p.closing.Unlock()
	if p.wake < 0 {
		return nil
	}
	err := errors.Join(p.events.Close(), unix.Close(p.wake), p.backlog.close())
	p.wake = -1
	return err
}
