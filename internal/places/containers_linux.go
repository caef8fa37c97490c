package places

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// container is what is known of one.
type container struct {
	manager  string // docker, containerd, cri-o, podman
	id       string
	name     string
	pod      string // of Kubernetes, as podNamespace
	podSpace string
	infra    bool // it holds a pod's namespaces, and does nothing else
	pid      int  // of its first process; 0: it is stopped
	written  time.Time
	user     int // whose files these are
	first    process
}

// maxContainers bounds how many are told apart, maxEntries what is read of a folder.
const (
	maxContainers = 4096
	maxEntries    = 65536
)

// survey is what one look at the managers' files has found.
type survey struct {
	*Finder
	found  []*container
	byID   map[string]*container
	looked []string // folders that are there
	denied []string // what could not be read, and why
}

// containers lists the containers that there are, in the order of their names.
func (f *Finder) containers() *survey {
	s := &survey{Finder: f, byID: make(map[string]*container)}
	homes := f.users()
	s.docker(homes)
	s.containerd()
	s.storage(homes)
	s.control()
	for _, c := range s.found {
		s.locate(c)
	}
	slices.SortStableFunc(s.found, func(a, b *container) int { return strings.Compare(a.title(), b.title()) })
	return s
}

// title is what a container is called.
func (c *container) title() string {
	switch {
	case c.pod != "" && c.name != "" && !c.infra:
		return visible(c.pod) + "/" + visible(c.name)
	case c.pod != "":
		return visible(c.pod)
	case c.name != "":
		return visible(c.name)
	}
	return c.shortID()
}

func (c *container) shortID() string { return c.id[:min(len(c.id), 12)] }

// String is a container in a list of candidates.
func (c *container) String() string {
	text := c.title() + " ("
	if c.podSpace != "" {
		text += "namespace " + visible(c.podSpace) + ", "
	}
	return text + c.manager + ", " + c.shortID() + ")"
}

// isID reports whether a name is one that managers give containers by themselves.
func isID(name string) bool {
	return len(name) == 64 && isHex(name)
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" && s != "" }

// add takes in a container. Docker has containerd run its containers, and says more
// of them.
func (s *survey) add(c container) *container {
	if has := s.byID[c.id]; has != nil {
		if has.pid == 0 {
			has.pid, has.written = c.pid, c.written
		}
		return has
	}
	if len(s.found) == maxContainers {
		s.deny("containers", errors.New("there are more than "+strconv.Itoa(maxContainers)))
		return &c
	}
	s.found = append(s.found, &c)
	s.byID[c.id] = &c
	return &c
}

func (s *survey) deny(what string, err error) {
	if len(s.denied) < 8 {
		s.denied = append(s.denied, what+": "+reason(err))
	}
}

// list lists what is in a folder, under the names that it has there.
func (s *survey) list(dir string) (names []string) {
	d, err := os.Open(dir)
	if err == nil {
		defer d.Close()
		var entries []fs.DirEntry
		entries, err = d.ReadDir(maxEntries)
		if errors.Is(err, io.EOF) {
			err = nil
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
		slices.Sort(names)
		if len(entries) == maxEntries {
			err = errors.New("there are more files than are read")
		}
	}
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist):
	default:
		s.deny(strings.TrimPrefix(dir, s.Root), err)
	}
	return names
}

// look notes that a folder is there.
func (s *survey) look(dir string) {
	if _, err := os.Stat(dir); err == nil {
		s.looked = append(s.looked, strings.TrimPrefix(dir, s.Root))
	} else if !errors.Is(err, fs.ErrNotExist) {
		s.deny(strings.TrimPrefix(dir, s.Root), err)
	}
}

// decode reads a file of JSON into v, and reports whether it is there and whole.
// What does not change is decoded once.
func decode[T any](s *survey, name string) (v T, at time.Time, ok bool) {
	info, err := os.Lstat(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.deny(strings.TrimPrefix(name, s.Root), err)
		}
		return v, at, false
	}
	was, has := s.decoded[name]
	if v, is := was.value.(T); has && is && was.at.Equal(info.ModTime()) && was.size == info.Size() {
		return v, was.at, true
	}
	text, err := readFile(name)
	if err == nil {
		err = json.Unmarshal(text.data, &v)
	}
	if err != nil {
		s.deny(strings.TrimPrefix(name, s.Root), err)
		return v, at, false
	}
	if s.decoded == nil || len(s.decoded) >= 4*maxContainers {
		s.decoded = make(map[string]decodedFile)
	}
	s.decoded[name] = decodedFile{v, text.at, info.Size()}
	return v, text.at, true
}

// decodedFile is what was in a file, and of which it was.
type decodedFile struct {
	value any
	at    time.Time
	size  int64
}

// number reads a file with the number of a process.
func (s *survey) number(name string) (pid int, at time.Time) {
	text, err := readFile(name)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.deny(strings.TrimPrefix(name, s.Root), err)
		}
		return 0, at
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(text.data[:min(len(text.data), 32)])))
	if err != nil || pid < 0 {
		return 0, at
	}
	return pid, text.at
}

// users are those who may run containers of their own, with their home folders.
func (f *Finder) users() map[int]string {
	homes := make(map[int]string)
	text, err := readFile(filepath.Join(f.Root, "/etc/passwd"))
	if err != nil {
		return homes
	}
	for line := range strings.Lines(string(text.data)) {
		fields := strings.Split(line, ":")
		if len(fields) < 6 {
			continue
		}
		uid, err := strconv.Atoi(fields[2])
		// Those that a system makes for itself have no folder of run time.
		if err != nil || uid == 0 || !filepath.IsAbs(fields[5]) {
			continue
		}
		if _, err := os.Stat(f.path("/run/user", strconv.Itoa(uid))); err == nil && len(homes) < 256 {
			homes[uid] = fields[5]
		}
	}
	return homes
}

// path is a path below Root.
func (f *Finder) path(elements ...string) string {
	return filepath.Join(f.Root, filepath.Join(elements...))
}

// locate finds the first process of a container, if it is running: the one that its
// manager has named, unless that has ended and the number is another's, else one
// whose control group is the container's.
func (s *survey) locate(c *container) {
	if c.pid > 0 {
		p, err := s.process(c.pid)
		id := s.groupOf(c.pid)
		if err == nil && s.beganBy(p, c.written) && (id == "" || id == c.id) && (c.user == 0 || s.ofUser(c.pid, c.user)) {
			c.first = p
			return
		}
	}
	c.pid = 0
	if p, ok := s.members[c.id]; ok {
		c.pid, c.first = p.pid, p
	}
}
