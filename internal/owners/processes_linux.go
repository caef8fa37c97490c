package owners

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/probes"
)

// processes finds those that hold sockets, in /proc.
type processes struct {
	root    int // descriptor of /proc
	booted  int64
	users   map[uint32]string
	holders map[uint32]holder    // of sockets, by their inodes
	missing map[uint32]time.Time // sockets that nobody held, and when that was found
	seen    map[uint32]bool      // processes of the last scan
	groups  map[uint64]string    // containers by the identifiers of control groups
	titles  map[string]string    // of containers, by their identifiers
	path    string               // of the control groups; "": there are none

	described map[uint32]description

	scanned time.Time // when a scan of all ended
	took    time.Duration
	grouped time.Time
	buf     []byte
}

// holder is a process with a socket, and the descriptor of that.
type holder struct{ process, fd uint32 }

func openProcesses() (*processes, error) {
	root, err := unix.Open("/proc", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: "/proc", Err: err}
	}
	p := &processes{root: root, users: readUsers(), groups: make(map[uint64]string), missing: make(map[uint32]time.Time), buf: make([]byte, 32<<10)}
	p.booted = p.bootTime()
	// What is there is known from the beginning, and the control groups stay open.
	p.scan(nil)
	if path, _, err := probes.Groups(); err == nil {
		p.path = path
	}
	return p, nil
}

// readUsers are the names of users, from /etc/passwd: passwd(5).
func readUsers() map[uint32]string {
	all := make(map[uint32]string)
	data, _ := os.ReadFile("/etc/passwd") // without it they have numbers
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(line, ":")
		if len(fields) < 3 {
			continue
		}
		if id, err := strconv.ParseUint(fields[2], 10, 32); err == nil {
			if _, known := all[uint32(id)]; !known {
				all[uint32(id)] = fields[0]
			}
		}
	}
	return all
}

// A scan of all processes is followed by none for so many times as long as it took, and
// for this time at least.
const (
	scanShare  = 8
	scanPause  = 20 * time.Millisecond
	maxMissing = 4096
)

// missAgain is when all processes are looked at again for a socket that no process held:
// the kernel has some of its own.
const missAgain = time.Second

// find finds the process that holds a socket. likely is one that is looked at first: who
// took up a connection takes up others; 0: none is.
func (p *processes) find(inode, likely uint32) (process uint32, ok bool) {
	if h, known := p.holders[inode]; known {
		if p.holds(h, inode) {
			return h.process, true
		}
		delete(p.holders, inode)
	}
	if likely != 0 {
		p.take(likely)
		if h, ok := p.holders[inode]; ok {
			return h.process, true
		}
	}
	missed, known := p.missing[inode]
	pause := max(scanPause, scanShare*p.took)
	if time.Since(p.scanned) < pause || known && time.Since(missed) > patience && time.Since(missed) < missAgain {
		p.scan(p.seen) // new ones may be looked at at any time
	} else {
		p.scan(nil)
	}
	h, ok := p.holders[inode]
	switch {
	case ok:
		delete(p.missing, inode)
	case !known || time.Since(missed) >= missAgain:
		if len(p.missing) >= maxMissing {
			clear(p.missing)
		}
		p.missing[inode] = time.Now()
	}
	return h.process, ok
}

// holds reports whether a process still has a socket.
func (p *processes) holds(h holder, inode uint32) bool {
	n, err := unix.Readlinkat(p.root, uintText(h.process)+"/fd/"+uintText(h.fd), p.buf)
	got, ok := socketInode(p.buf[:max(n, 0)])
	return err == nil && ok && got == inode
}

// holding reports whether one of a process's descriptors is a socket.
func (p *processes) holding(process, inode uint32) (held bool) {
	if h, known := p.holders[inode]; known && h.process == process && p.holds(h, inode) {
		return true
	}
	p.sockets(process, func(fd, got uint32) { held = held || got == inode })
	return held
}

// scan looks at all processes, or those that are not in but.
func (p *processes) scan(but map[uint32]bool) {
	began := time.Now()
	all := p.list()
	if but == nil {
		p.holders = make(map[uint32]holder, len(p.holders))
	}
	// Of several that hold a socket the oldest has it, but for the first of all, which
	// opens sockets for services. Numbers go up with time, mostly.
	first := slices.Index(all, 1)
	if first >= 0 {
		all = append(slices.Delete(all, first, first+1), 1)
	}
	seen := make(map[uint32]bool, len(all))
	for _, process := range all {
		seen[process] = true
		if but[process] {
			continue
		}
		p.take(process)
	}
	p.seen = seen
	if but == nil {
		p.scanned = time.Now()
		p.took = p.scanned.Sub(began)
	}
}

// take notes the sockets of a process that no other has.
func (p *processes) take(process uint32) {
	p.sockets(process, func(fd, inode uint32) {
		if _, known := p.holders[inode]; !known {
			p.holders[inode] = holder{process, fd}
		}
	})
}

// list are the numbers of all processes, the lowest first.
func (p *processes) list() (all []uint32) {
	if _, err := unix.Seek(p.root, 0, unix.SEEK_SET); err != nil {
		return nil
	}
	p.names(p.root, func(name []byte) {
		if n, ok := parseUint(name); ok {
			all = append(all, n)
		}
	})
	slices.Sort(all)
	return all
}

// sockets calls f with those that a process has.
func (p *processes) sockets(process uint32, f func(fd, inode uint32)) {
	dir, err := unix.Openat(p.root, uintText(process)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return // it has ended, or is not ours to see
	}
	defer unix.Close(dir)
	var link [64]byte
	p.names(dir, func(name []byte) {
		fd, ok := parseUint(name)
		if !ok {
			return
		}
		n, err := unix.Readlinkat(dir, string(name), link[:])
		if err != nil {
			return
		}
		if inode, ok := socketInode(link[:n]); ok {
			f(fd, inode)
		}
	})
}

// names calls f with the names in a folder.
func (p *processes) names(dir int, f func(name []byte)) {
	buf := make([]byte, 16<<10)
	for {
		n, err := unix.Getdents(dir, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n <= 0 {
			return
		}
		for b := buf[:n]; len(b) >= 19; {
			size := int(binary.NativeEndian.Uint16(b[unsafe.Offsetof(unix.Dirent{}.Reclen):]))
			if size < 19 || size > len(b) {
				return
			}
			name := b[unsafe.Offsetof(unix.Dirent{}.Name):size]
			if end := bytes.IndexByte(name, 0); end >= 0 {
				name = name[:end]
			}
			f(name)
			b = b[size:]
		}
	}
}

// socketInode is the number in socket:[4711].
func socketInode(link []byte) (uint32, bool) {
	rest, ok := bytes.CutPrefix(link, []byte("socket:["))
	if !ok || len(rest) == 0 || rest[len(rest)-1] != ']' {
		return 0, false
	}
	return parseUint(rest[:len(rest)-1])
}

func parseUint(b []byte) (n uint32, ok bool) {
	if len(b) == 0 || len(b) > 10 {
		return 0, false
	}
	var sum uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		sum = sum*10 + uint64(c-'0')
	}
	return uint32(sum), sum <= 1<<32-1
}

func uintText(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// description is what /proc said of a process, and when.
type description struct {
	owner *Owner
	at    time.Time
}

// What was said holds for a short time, as many flows may be of one process.
const (
	describedFor = 500 * time.Millisecond
	maxDescribed = 4096
)

// describe is what /proc says of a process. ok is false when it has ended.
func (p *processes) describe(process uint32) (o *Owner, ok bool) {
	now := time.Now()
	d, known := p.described[process]
	if known && now.Sub(d.at) < describedFor {
		return d.owner, true
	}
	if o, ok = p.status(process); !ok {
		delete(p.described, process)
		return nil, false
	}
	if known && *o == *d.owner {
		o = d.owner // it is the same one for whoever compares
	}
	if len(p.described) >= maxDescribed || p.described == nil {
		p.described = make(map[uint32]description)
	}
	p.described[process] = description{o, now}
	return o, true
}

// status reads what /proc says of a process: proc_pid_stat(5).
func (p *processes) status(process uint32) (o *Owner, ok bool) {
	name := uintText(process)
	stat := p.read(name + "/stat")
	open, close := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	if open < 0 || close < open {
		return nil, false
	}
	o = &Owner{Process: process, Command: string(stat[open+1 : close])}
	fields := bytes.Fields(stat[close+1:]) // from the third on
	if len(fields) > 19 {
		o.Parent, _ = parseUint(fields[1])
		ticks, err := strconv.ParseInt(string(fields[19]), 10, 64)
		if err == nil && p.booted > 0 {
			o.Started = p.booted + ticks*(int64(time.Second)/ticksPerSecond)
		}
	}
	for line := range bytes.Lines(p.read(name + "/status")) {
		if ids, ok := bytes.CutPrefix(line, []byte("Uid:")); ok {
			if f := bytes.Fields(ids); len(f) > 0 {
				o.UserID, _ = parseUint(f[0])
			}
		}
	}
	o.CommandLine = string(bytes.TrimRight(p.read(name+"/cmdline"), "\x00"))
	if n, err := unix.Readlinkat(p.root, name+"/exe", p.buf); err == nil {
		o.Path = string(p.buf[:n])
	}
	o.Container = p.titled(containerIn(string(p.read(name + "/cgroup"))))
	o.User = p.users[o.UserID]
	return o, true
}

// ticksPerSecond is USER_HZ, which is the same everywhere.
const ticksPerSecond = 100

// read reads a small file in /proc; of one that cannot be read there is nothing.
func (p *processes) read(name string) []byte {
	fd, err := unix.Openat(p.root, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	b := make([]byte, 4096)
	n, err := unix.Read(fd, b)
	if err != nil {
		return nil
	}
	return b[:n]
}

// bootTime is when the system started, in nanoseconds since 1970; 0: not known.
func (p *processes) bootTime() int64 {
	data, _ := os.ReadFile("/proc/stat")
	for line := range bytes.Lines(data) {
		if text, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			sec, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
			return sec * int64(time.Second)
		}
	}
	return 0
}

// Control groups are looked through again at most so often, and so many of them.
const (
	groupPause = time.Second
	maxGroups  = 20000
)

// maxTitles bounds the containers whose names are known.
const maxTitles = 4096

// title notes the name of a container.
func (p *processes) title(id, name string) {
	if len(p.titles) >= maxTitles || p.titles == nil {
		p.titles = make(map[string]string)
	}
	p.titles[id] = name
}

// titled is what a container is called: by its identifier, if it has no name that is known.
func (p *processes) titled(id string) string {
	if name := p.titles[id]; name != "" {
		return name
	}
	return id
}

// container is that of a control group (version 2), which is known by the number of its
// folder.
func (p *processes) container(group uint64) string {
	if id, known := p.groups[group]; known || p.path == "" || group <= 1 || time.Since(p.grouped) < groupPause {
		return p.titled(id)
	}
	p.grouped = time.Now()
	clear(p.groups)
	_ = filepath.WalkDir(p.path+"/", func(path string, entry os.DirEntry, err error) error {
		var st unix.Stat_t
		switch {
		case len(p.groups) > maxGroups:
			return filepath.SkipAll
		case err != nil || !entry.IsDir():
			return nil
		case unix.Stat(path, &st) == nil:
			p.groups[st.Ino] = containerOf(path)
		}
		return nil
	})
	return p.titled(p.groups[group])
}
