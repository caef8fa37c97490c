package places

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/features"
)

// end is how it is known that a place is no more.
type end struct {
	words     string
	process   *os.File // a pidfd, which tells when the process has ended; nil: none
	dir, name string   // the file that stands for the place; "": none
}

func (e *end) close() {
	if e.process != nil {
		e.process.Close()
		e.process = nil
	}
}

// Ends tells of places that are no more. A socket in a namespace keeps it, and its
// interfaces: it has to be told that they are of no use any more. Once places are
// added it needs no privileges, and opens no files.
type Ends struct {
	ended   func(*Place)
	inotify *os.File
	fd      int // of inotify

	mu     sync.Mutex
	places map[*Place]int32 // with the watch of its folder
}

// WatchEnds begins to watch. ended is called from a goroutine of its own, once for
// each place.
func WatchEnds(ended func(*Place)) (*Ends, error) {
	if !features.HasPlaces {
		return nil, features.Places.Need("")
	}
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, os.NewSyscallError("inotify_init1", err)
	}
	e := &Ends{ended: ended, inotify: os.NewFile(uintptr(fd), "inotify"), fd: fd, places: make(map[*Place]int32)}
	go e.run()
	return e, nil
}

// Add watches a place, too.
func (e *Ends) Add(p *Place) error {
	if p.end.process != nil {
		conn, err := p.end.process.SyscallConn()
		if err != nil {
			return err
		}
		e.set(p, -1)
		go func() {
			// Nothing is read of it: that there would be something is all. It fails
			// when it is closed, and nobody wants to know any more.
			err := conn.Read(func(fd uintptr) bool { return exited(int(fd)) })
			if err == nil {
				e.over(p)
			}
		}()
		return nil
	}
	if p.end.dir == "" {
		return nil
	}
	watch, err := unix.InotifyAddWatch(e.fd, p.end.dir, unix.IN_DELETE|unix.IN_MOVED_FROM|unix.IN_MOVED_TO)
	if err != nil {
		return os.NewSyscallError("inotify_add_watch", err)
	}
	e.set(p, int32(watch))
	// It may have gone before.
	if ns, err := live.OpenNamespace(filepath.Join(p.end.dir, p.end.name)); err != nil || ns.ID() != p.ID {
		go e.over(p)
	} else {
		return ns.Close()
	}
	return nil
}

func exited(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Ppoll(fds, &unix.Timespec{}, nil)
	return n > 0 && err == nil
}

func (e *Ends) set(p *Place, watch int32) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.places[p] = watch
}

// over tells of a place, once.
func (e *Ends) over(p *Place) {
	e.mu.Lock()
	_, has := e.places[p]
	delete(e.places, p)
	e.mu.Unlock()
	if has {
		e.ended(p)
	}
}

// run takes in what is told of files, until Close.
func (e *Ends) run() {
	b := make([]byte, 16<<10)
	for {
		n, err := e.inotify.Read(b)
		if err != nil {
			if errors.Is(err, unix.EINTR) {
				continue
			}
			return
		}
		for left := b[:n]; len(left) >= unix.SizeofInotifyEvent; {
			size := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(left[12:]))
			if size > len(left) {
				break
			}
			e.gone(int32(binary.NativeEndian.Uint32(left)), strings.TrimRight(string(left[unix.SizeofInotifyEvent:size]), "\x00"))
			left = left[size:]
		}
	}
}

// gone tells of the place whose file of that name has gone.
func (e *Ends) gone(watch int32, name string) {
	e.mu.Lock()
	var over []*Place
	for p, has := range e.places {
		if has == watch && p.end.name == name {
			over = append(over, p)
		}
	}
	e.mu.Unlock()
	for _, p := range over {
		e.over(p)
	}
}

// Close ends watching.
func (e *Ends) Close() error { return e.inotify.Close() }
