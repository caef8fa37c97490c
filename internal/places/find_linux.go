package places

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/text"
)

// Supported reports whether this system has network namespaces.
const Supported = true

// Finder finds places. The zero value looks where they are.
type Finder struct {
	Root string // in front of the paths of all files but those about processes
	Proc string // in place of /proc

	started time.Time // when the system was
	decoded map[string]decodedFile
	asked   map[int]uint64     // when the processes began that were asked for by their numbers
	seen    map[int]member     // by the number of the process
	members map[string]process // of each container by its control group
}

func reason(err error) string { return syserr.Reason(err) }

// Find finds and opens places, each namespace once, under the name that comes first.
// Notes are for people. errs, which are of type *Error, say what was not found.
func (f *Finder) Find(specs []Spec) (found []*Place, notes []string, errs []error) {
	if !features.HasPlaces {
		return nil, nil, []error{features.Places.Need("")}
	}
	own, err := live.OwnNamespace()
	if err != nil {
		return nil, nil, []error{&Error{Spec: specs[0], Reason: "the program's own namespace cannot be opened: " + reason(err), Err: err}}
	}
	var all *survey
	for _, spec := range specs {
		var places []*Place
		var err error
		switch spec.Option {
		case OptionNetNS:
			places, err = f.netNS(spec, own)
		case OptionPID:
			places, err = f.pid(spec)
		default:
			if all == nil {
				all = f.containers()
			}
			var note string
			places, note, err = all.find(spec, own)
			if note != "" {
				notes = append(notes, note)
			}
		}
		if err != nil {
			errs = append(errs, err)
		}
		for _, p := range places {
			if slices.ContainsFunc(found, func(has *Place) bool { return has.ID == p.ID }) {
				p.Close()
				continue
			}
			if p.ID == own && p.Namespace != nil {
				p.Namespace.Close()
				p.Namespace = nil
			}
			p.Spec = spec
			named(found, p)
			found = append(found, p)
		}
	}
	return found, notes, errs
}

// Folders in which ip(8) puts files for the namespaces that it makes.
var netNSFolders = [...]string{"/run/netns", "/var/run/netns"}

// netNS opens a namespace that ip(8) has named, or the one of a path.
func (f *Finder) netNS(spec Spec, own live.NamespaceID) ([]*Place, error) {
	switch {
	case spec.Value == Own:
		return []*Place{{ID: own}}, nil
	case spec.Value == All:
		return f.allNetNS(spec)
	case strings.Contains(spec.Value, "/"):
		return f.netNSPath(spec)
	}
	for _, dir := range netNSFolders {
		p, err := openNamed(f.path(dir), spec.Value)
		if err == nil {
			return []*Place{p}, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, notOpened(spec, err)
		}
	}
	e := &Error{Spec: spec, Reason: "there is no such network namespace", Detail: "looked in " + strings.Join(netNSFolders[:], " and "), Err: fs.ErrNotExist, Absent: true}
	e.Remedy = alike(spec.Value, f.netNSNames())
	return nil, e
}

// netNSNames lists the files for namespaces.
func (f *Finder) netNSNames() (names []string) {
	for _, dir := range netNSFolders {
		entries, err := os.ReadDir(f.path(dir))
		if err != nil {
			continue // it is not there
		}
		for _, e := range entries {
			if !slices.Contains(names, e.Name()) {
				names = append(names, e.Name())
			}
		}
	}
	slices.Sort(names)
	return names
}

func (f *Finder) allNetNS(spec Spec) (all []*Place, err error) {
	for _, name := range f.netNSNames() {
		for _, dir := range netNSFolders {
			p, err := openNamed(f.path(dir), name)
			if err == nil {
				all = append(all, p)
				break
			}
			// What is there before it is mounted, and what has been removed since, is none.
			if !errors.Is(err, unix.EINVAL) && !errors.Is(err, fs.ErrNotExist) {
				return all, notOpened(Spec{spec.Option, name}, err)
			}
		}
	}
	if all == nil {
		return nil, &Error{Spec: spec, Reason: "there is no network namespace with a name", Detail: "looked in " + strings.Join(netNSFolders[:], " and "),
			Remedy: "ip netns add makes one; --container all is for those of containers.", Absent: true}
	}
	return all, nil
}

// openNamed opens the namespace of a file in a folder.
func openNamed(dir, name string) (*Place, error) {
	ns, err := live.OpenNamespace(filepath.Join(dir, name))
	if err != nil {
		return nil, err
	}
	return &Place{Name: visible(name), Namespace: ns, ID: ns.ID(), end: end{words: "The namespace was removed", dir: dir, name: name}}, nil
}

// netNSPath opens the namespace of a path. In /proc it is that of a process, which
// ends with it.
func (f *Finder) netNSPath(spec Spec) ([]*Place, error) {
	path := filepath.Clean(spec.Value)
	var pid int
	if n, err := fmt.Sscanf(path, "/proc/%d/ns/net", &pid); err == nil && n == 1 && path == fmt.Sprintf("/proc/%d/ns/net", pid) {
		return f.pid(Spec{OptionPID, strconv.Itoa(pid)})
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, notOpened(spec, err)
	}
	p, err := openNamed(filepath.Split(path))
	if err != nil {
		return nil, notOpened(spec, err)
	}
	if strings.HasPrefix(path, "/proc/") {
		p.end = end{words: p.end.words} // where nothing tells of files that go
	}
	return []*Place{p}, nil
}

// pid opens the namespace of a process.
func (f *Finder) pid(spec Spec) ([]*Place, error) {
	n, err := strconv.Atoi(spec.Value)
	if err != nil || n < 1 {
		return nil, &Error{Spec: spec, Reason: "this is no number of a process"}
	}
	p, err := f.process(n)
	if began, known := f.asked[n]; err == nil && known && began != p.began {
		err = unix.ESRCH // the number is another's now
	}
	var place *Place
	if err == nil {
		place, err = f.openProcess(p, "The process has ended")
	}
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		return nil, &Error{Spec: spec, Reason: "there is no such process, or it has ended", Err: err, Absent: true}
	case err != nil:
		return nil, notOpened(spec, err)
	}
	if f.asked == nil {
		f.asked = make(map[int]uint64)
	}
	f.asked[n] = p.began
	return []*Place{place}, nil
}

// find opens the namespace of a container, or of all that run.
func (s *survey) find(spec Spec, own live.NamespaceID) (places []*Place, note string, err error) {
	if spec.Value == All {
		return s.all(spec, own)
	}
	matching := s.matching(spec.Value)
	running := slices.DeleteFunc(slices.Clone(matching), func(c *container) bool { return c.pid == 0 })
	if len(running) == 0 {
		return nil, "", s.none(spec, matching)
	}
	var refused error
	for _, c := range running {
		p, err := s.open(c)
		if err != nil {
			refused = err
			continue
		}
		if slices.ContainsFunc(places, func(has *Place) bool { return has.ID == p.ID }) {
			p.Close() // of one pod
			continue
		}
		places = append(places, p)
	}
	if len(places) > 1 {
		for _, p := range places {
			p.Close()
		}
		return nil, "", &Error{Spec: spec, Reason: "several containers may be meant", Detail: listed(running), Remedy: "Name one by more of its ID, or as POD/CONTAINER."}
	}
	if len(places) == 0 {
		return nil, "", notOpened(spec, refused)
	}
	places[0].Name = running[0].title()
	if running[0].pod == spec.Value {
		places[0].Name = visible(spec.Value)
	}
	return places, "", nil
}

// matching are the containers that a name may mean: by their names, else by the
// beginning of their IDs.
func (s *survey) matching(name string) (all []*container) {
	if strings.Trim(name, "/") == "" {
		return nil
	}
	for _, c := range s.found {
		full := c.pod + "/" + c.name
		if slices.Contains([]string{c.id, c.name, c.pod, full, c.podSpace + "/" + c.pod, c.podSpace + "/" + full}, name) {
			all = append(all, c)
		}
	}
	if all != nil || !isHex(name) {
		return all
	}
	for _, c := range s.found {
		if strings.HasPrefix(c.id, name) {
			all = append(all, c)
		}
	}
	return all
}

// none says that no container of a name is running.
func (s *survey) none(spec Spec, stopped []*container) error {
	e := &Error{Spec: spec, Reason: "there is no such container", Err: fs.ErrNotExist, Absent: true}
	if len(stopped) > 0 {
		e.Reason, e.Err = "the container is not running", nil
		e.Detail = listed(stopped)
		return e
	}
	e.Detail = "looked at " + strings.Join(s.looked, ", ")
	if s.denied != nil {
		e.Detail += "; " + strings.Join(s.denied, "; ")
	}
	var names []string
	for _, c := range s.found {
		if c.pid > 0 && !slices.Contains(names, c.title()) {
			names = append(names, c.title())
		}
	}
	e.Remedy = alike(spec.Value, names)
	return e
}

// open opens the namespace of a running container.
func (s *survey) open(c *container) (*Place, error) {
	p, err := s.openProcess(c.first, "The container has ended")
	if err != nil {
		return nil, err
	}
	p.Name = c.title()
	p.Containers = map[string]string{c.id: c.title()}
	for _, other := range s.found {
		if c.pod != "" && other.pod == c.pod && other.podSpace == c.podSpace && len(p.Containers) < maxNamed {
			p.Containers[other.id] = other.title()
		}
	}
	return p, nil
}

// maxNamed bounds the containers of a pod whose names are kept.
const maxNamed = 256

// all opens the namespaces of all containers that run. Those with the network of
// this program's namespace have none of their own.
func (s *survey) all(spec Spec, own live.NamespaceID) (places []*Place, note string, err error) {
	var ours []string
	var refused error
	running := 0
	for _, c := range s.found {
		if c.pid == 0 {
			continue
		}
		running++
		p, err := s.open(c)
		switch {
		case errors.Is(err, unix.ESRCH), errors.Is(err, fs.ErrNotExist):
			continue // it has ended
		case err != nil:
			refused = err
			continue
		case p.ID == own:
			ours = append(ours, c.title())
			p.Close()
			continue
		}
		if c.pod != "" {
			p.Name = visible(c.pod) // whose namespace it is
		}
		places = append(places, p)
	}
	if ours != nil {
		note = strings.Join(ours, ", ") + ": in the network of this program, and left out (--netns " + Own + " is for that)"
	}
	switch {
	case refused != nil:
		return places, note, notOpened(spec, refused)
	case running == 0:
		e := &Error{Spec: spec, Reason: "no container is running", Detail: "looked at " + strings.Join(s.looked, ", "), Absent: true}
		if s.denied != nil {
			e.Detail += "; " + strings.Join(s.denied, "; ")
		}
		return nil, note, e
	case places == nil:
		return nil, note, &Error{Spec: spec, Reason: "no container that is running has a network of its own", Absent: true}
	}
	return places, note, nil
}

// listed are some containers for people.
func listed(all []*container) string {
	const most = 8
	var names []string
	for _, c := range all[:min(len(all), most)] {
		names = append(names, c.String())
	}
	if len(all) > most {
		names = append(names, fmt.Sprintf("and %d more", len(all)-most))
	}
	return strings.Join(names, ", ")
}

// alike is a sentence with the names that are like one, or some of those that there
// are.
func alike(name string, there []string) string {
	var near []string
	for _, has := range there {
		if len(has) < maxName && (text.Distance(has, name) <= 2 || len(name) > 2 && strings.Contains(has, name)) {
			near = append(near, visible(has))
		}
	}
	switch {
	case len(near) > 0:
		return "Did you mean " + strings.Join(near[:min(len(near), 5)], " or ") + "?"
	case len(there) > 0:
		shown := make([]string, min(len(there), 8))
		for i := range shown {
			shown[i] = visible(there[i])
		}
		more := ""
		if len(there) > len(shown) {
			more = fmt.Sprintf(" and %d more", len(there)-len(shown))
		}
		return "There are: " + strings.Join(shown, ", ") + more + "."
	}
	return ""
}
