package places

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture/live"
)

// process is one that is running.
type process struct {
	pid   int
	began uint64 // in ticks since the system started; no other process of that number has the same
}

// ticks is how many there are in a second, for all that proc(5) counts in them.
const ticks = 100

// proc is the path of a file about a process.
func (f *Finder) proc(pid int, name string) string {
	dir := f.Proc
	if dir == "" {
		dir = "/proc"
	}
	return filepath.Join(dir, strconv.Itoa(pid), name)
}

// process finds the running process of a number. The error is the system's.
func (f *Finder) process(pid int) (process, error) {
	stat, err := readFile(f.proc(pid, "stat"))
	if err != nil {
		return process{}, err
	}
	// The name, in parentheses, may have anything in it.
	fields := bytes.Fields(stat.data[bytes.LastIndexByte(stat.data, ')')+1:])
	const state, began = 0, 19 // behind the name; the third and the 22nd of all
	if len(fields) <= began || len(fields[state]) != 1 || fields[state][0] == 'Z' || fields[state][0] == 'X' {
		return process{}, unix.ESRCH
	}
	n, err := strconv.ParseUint(string(fields[began]), 10, 64)
	return process{pid, n}, err
}

// startedAt is when a process began, by the clock of files; the zero time where that
// cannot be known.
func (f *Finder) startedAt(p process) time.Time {
	if f.started.IsZero() {
		stat, err := readFile(filepath.Join(filepath.Dir(f.proc(0, "")), "stat"))
		if err != nil {
			return time.Time{}
		}
		_, text, _ := bytes.Cut(stat.data, []byte("\nbtime "))
		text, _, _ = bytes.Cut(text, []byte("\n"))
		seconds, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return time.Time{}
		}
		f.started = time.Unix(seconds, 0)
	}
	return f.started.Add(time.Duration(p.began) * (time.Second / ticks))
}

// beganBy reports whether a process had begun at a time.
func (f *Finder) beganBy(p process, at time.Time) bool {
	// The time when the system started is one of whole seconds, and moves when the
	// clock is set.
	const slack = 5 * time.Second
	began := f.startedAt(p)
	return !began.IsZero() && began.Before(at.Add(slack))
}

// openProcess opens the network namespace of a process.
func (f *Finder) openProcess(p process, words string) (*Place, error) {
	fd, err := unix.PidfdOpen(p.pid, 0)
	var tells *os.File
	switch {
	case err == nil:
		// As for namespaces, a number apart from those of files.
		if apart, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, live.FirstSocket); err == nil {
			unix.Close(fd)
			fd = apart
		}
		unix.SetNonblock(fd, true)
		tells = os.NewFile(uintptr(fd), "pidfd")
	case !errors.Is(err, unix.ENOSYS): // before Linux 5.3 nothing tells of the end
		return nil, err
	}
	place := &Place{Name: strconv.Itoa(p.pid), end: end{words: words, process: tells}}
	place.Namespace, err = live.OpenNamespace(f.proc(p.pid, "ns/net"))
	if err != nil {
		place.end.close()
		return nil, err
	}
	place.ID = place.Namespace.ID()
	// The number may have been another's by then.
	if again, err := f.process(p.pid); err != nil || again != p {
		place.Close()
		return nil, unix.ESRCH
	}
	return place, nil
}

// ofUser reports whether a process is in a user namespace of a user's making, or
// is that user's: what users say of others' processes does not count.
func (f *Finder) ofUser(pid, uid int) bool {
	var st unix.Stat_t
	if err := unix.Stat(f.proc(pid, ""), &st); err == nil && int(st.Uid) == uid {
		return true
	}
	fd, err := unix.Open(f.proc(pid, "ns/user"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	owner, err := unix.IoctlGetUint32(fd, unix.NS_GET_OWNER_UID)
	return err == nil && int(owner) == uid
}

// file is what was read of one.
type file struct {
	data []byte
	at   time.Time // when it was written
}

// maxFile bounds what is read of a file, in bytes.
const maxFile = 4 << 20

// readFile reads a file that others have written: no pipe, no link to another
// file, and not without end.
func readFile(name string) (file, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_NOCTTY, 0)
	if err != nil {
		return file{}, &os.PathError{Op: "open", Path: name, Err: err}
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return file{}, err
	}
	if !info.Mode().IsRegular() {
		return file{}, &os.PathError{Op: "read", Path: name, Err: unix.EINVAL}
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err == nil && len(data) == maxFile {
		err = fmt.Errorf("%s: longer than %d bytes", name, maxFile)
	}
	return file{data, info.ModTime()}, err
}
