package watch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/syserr"
)

// File waits for somebody to make, write or touch a file, by inotify(7).
type File struct {
	events *os.File
	places []place
	bursts bursts
}

// place is where the file is, or what a link to it leads to.
type place struct {
	folder, name string
	watch        int32 // -1: gone
}

// NewFile watches the folder of a file, which need not be there yet. If it is a symbolic
// link, what that leads to is watched as well.
func NewFile(path string) (*File, error) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("can't watch files: %w", syserr.Worded(err))
	}
	f := &File{events: os.NewFile(uintptr(fd), "inotify")}
	all := []string{path}
	if target, err := filepath.EvalSymlinks(path); err == nil && target != filepath.Clean(path) {
		all = append(all, target)
	}
	for _, p := range all {
		if err := f.add(fd, p); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

func (f *File) add(fd int, path string) error {
	const mask = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_MODIFY | unix.IN_CLOSE_WRITE | unix.IN_ATTRIB |
		unix.IN_DELETE_SELF | unix.IN_MOVE_SELF | unix.IN_ONLYDIR
	p := place{folder: filepath.Dir(path), name: filepath.Base(path)}
	watch, err := unix.InotifyAddWatch(fd, p.folder, mask)
	if err != nil {
		return fmt.Errorf("can't watch the folder %s: %w", p.folder, syserr.Worded(err))
	}
	p.watch = int32(watch)
	f.places = append(f.places, p)
	return nil
}

// Run calls fire when it happens, until Close; what happens within 200 ms after is the
// same. warn is told what is not seen. The error says why nothing will be any more.
func (f *File) Run(fire Fire, warn func(error)) error {
	// Room for several, each with the longest name.
	buf := make([]byte, 16*(unix.SizeofInotifyEvent+unix.NAME_MAX+1))
	for {
		n, err := f.events.Read(buf)
		switch {
		case errors.Is(err, os.ErrClosed):
			return nil
		case err != nil:
			return fmt.Errorf("can't watch it any more: %w", syserr.Worded(err))
		}
		if err := f.take(buf[:n], fire, warn); err != nil {
			return err
		}
	}
}

// take looks through events as the kernel has them (struct inotify_event).
func (f *File) take(b []byte, fire Fire, warn func(error)) error {
	for len(b) >= unix.SizeofInotifyEvent {
		watch := int32(binary.NativeEndian.Uint32(b))
		mask := binary.NativeEndian.Uint32(b[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(b[12:]))
		if end > len(b) {
			break
		}
		name := strings.TrimRight(string(b[unix.SizeofInotifyEvent:end]), "\x00")
		b = b[end:]
		if mask&unix.IN_Q_OVERFLOW != 0 {
			warn(errors.New("so much happened in its folder that some was not seen"))
			continue
		}
		for i := range f.places {
			p := &f.places[i]
			if p.watch != watch {
				continue
			}
			if what := happened(mask); name == p.name && what != "" {
				if now := time.Now(); f.bursts.begins(now) {
					fire(now, what)
				}
			}
			if mask&(unix.IN_IGNORED|unix.IN_DELETE_SELF|unix.IN_MOVE_SELF) != 0 {
				p.watch = -1
				if !slices.ContainsFunc(f.places, func(p place) bool { return p.watch >= 0 }) {
					return fmt.Errorf("the folder %s is gone", p.folder)
				}
			}
		}
	}
	return nil
}

// happened is what an event says; "" for others than we wait for.
func happened(mask uint32) string {
	switch {
	case mask&(unix.IN_CREATE|unix.IN_MOVED_TO) != 0:
		return made
	case mask&(unix.IN_MODIFY|unix.IN_CLOSE_WRITE) != 0:
		return written
	case mask&unix.IN_ATTRIB != 0:
		return touched
	}
	return ""
}

// Close ends Run.
func (f *File) Close() error { return f.events.Close() }
