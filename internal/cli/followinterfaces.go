package cli

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
)

// follower takes up interfaces that appear while a capture runs
// (--follow-interfaces).
type follower interface {
	// open waits until there is an interface, and opens those that there are.
	open() ([]*live.Live, error)
	// begin has interfaces be taken into the capture from now on.
	begin()
	// update takes up what has appeared. That one cannot be is said, and keeps none
	// of the others.
	update()
	// lose notes that the interface of that name is not captured from any more.
	// Another one may have been taken up under it already.
	lose(name string)
	close()
}

// newFollower begins to watch.
func (r *liveRun) newFollower() (follower, error) {
	if r.plan.Device.Places != nil {
		return newPlaceFollower(r)
	}
	return newLinkFollower(r)
}

// linkFollower takes up the interfaces of -i where the program is.
type linkFollower struct {
	run     *liveRun
	given   []string // names and patterns
	watcher *live.Watcher
	changed chan struct{} // filled when interfaces may have
	done    chan struct{} // closed at the end
	has     []taken       // in the order in which they were taken up
	refused map[int]bool  // the indexes of those that could not be, which was said
	begun   bool          // there is a capture into which they are taken
	ended   bool          // nothing is watched any more, which was said
}

// taken is an interface that is captured from, by the name that it had then.
type taken struct {
	index int
	name  string
}

func (f *linkFollower) hasIndex(index int) bool {
	return slices.ContainsFunc(f.has, func(i taken) bool { return i.index == index })
}

func (f *linkFollower) take(part *live.Live) {
	f.has = append(f.has, taken{part.Index(), part.Device()})
	if made := part.MonitorIndex(); made != 0 {
		f.has = append(f.has, taken{index: made}) // its packets come already
	}
}

// newLinkFollower begins to watch.
func newLinkFollower(r *liveRun) (*linkFollower, error) {
	given := r.chosen.names
	f := &linkFollower{
		run: r, given: slices.Clone(given), changed: make(chan struct{}, 1), done: make(chan struct{}),
		refused: make(map[int]bool),
	}
	for i, device := range given {
		if _, err := matchesDevice(device, ""); err != nil {
			return nil, err
		}
		// A number means the interface that has it now.
		name, err := live.DeviceName(device)
		if err != nil {
			return nil, err
		}
		f.given[i] = name
	}
	var err error
	f.watcher, err = live.Watch(func() {
		select {
		case f.changed <- struct{}{}:
		default:
		}
	})
	return f, err
}

func (f *linkFollower) close() {
	close(f.done)
	f.watcher.Close()
}

// wanted lists the names of interfaces that are up, were asked for, and are not
// captured from, in the order of -i.
func (f *linkFollower) wanted() ([]string, error) {
	links, err := f.watcher.Links()
	if err != nil {
		return nil, err
	}
	there := make(map[int]bool)
	var names []string
	for _, device := range f.given {
		if !live.Watched(device) && !f.begun {
			names = append(names, device)
		}
		for _, l := range links {
			there[l.Index] = true
			matches, err := matchesDevice(device, l.Name)
			if err != nil {
				return nil, err
			}
			if matches && l.Up && !f.hasIndex(l.Index) && !f.refused[l.Index] && !slices.Contains(names, l.Name) {
				names = append(names, l.Name)
			}
		}
	}
	maps.DeleteFunc(f.refused, func(index int, _ bool) bool { return !there[index] })
	return names, nil
}

// await waits until one of the interfaces is there, and returns the names of
// those that are.
func (f *linkFollower) await() ([]string, error) {
	told := false
	for {
		<-f.changed
		names, err := f.wanted()
		if err != nil || len(names) > 0 {
			return names, err
		}
		if !told {
			f.run.remark("waiting for an interface: " + strings.Join(f.given, ", "))
			told = true
		}
	}
}

// open implements follower.
func (f *linkFollower) open() ([]*live.Live, error) {
	names, err := f.await()
	if err != nil {
		return nil, err
	}
	parts, err := f.run.openWithRights(here(names))
	for _, part := range parts {
		f.take(part)
	}
	return parts, err
}

// begin implements follower.
func (f *linkFollower) begin() {
	f.begun = true
	go forward(f.changed, f.done, &f.run.events)
}

// update implements follower.
func (f *linkFollower) update() {
	if f.ended {
		return
	}
	names, err := f.wanted()
	if err != nil {
		f.ended = true
		f.run.complain(err)
		return
	}
	for _, name := range names {
		if err := f.takeUp(name); err != nil {
			f.run.complain(err)
		}
	}
}

// takeUp begins to capture from an interface.
func (f *linkFollower) takeUp(name string) error {
	r := f.run
	part, err := r.openDevice(spot{device: name}, len(f.has)+1)
	if err != nil {
		var e *live.Error
		if errors.As(err, &e) && e.Absent() {
			return nil // it was
		}
		f.refuse(name)
		return err
	}
	index := part.Index()
	if f.hasIndex(index) {
		return part.Close()
	}
	if err := r.takeUp(part); err != nil {
		f.refused[index] = true
		return err
	}
	f.take(part)
	return nil
}

// takeUp takes an open device into the capture, and says so. One that cannot be is
// closed.
func (r *liveRun) takeUp(part *live.Live) error {
	if err := r.sameLinkType([]capture.Interface{r.own.Interfaces()[0], part.Interfaces()[0]}); err != nil {
		return errors.Join(err, part.Close())
	}
	filter, err := r.add(part)
	if err != nil {
		return errors.Join(err, part.Close())
	}
	r.merged.add(len(r.own.Interfaces())-1, filter.vm)
	r.passWarnings(part)
	r.say("%s: ", r.name)
	r.announceDevice(part)
	return nil
}

// add lets packets in from a part, and takes it into the capture.
func (r *liveRun) add(part *live.Live) (*deviceFilter, error) {
	p, err := r.compileFor(part, compile.CaptureMode())
	if err != nil {
		return nil, err
	}
	filter, err := r.startDevice(part, part.Start, p)
	if err != nil {
		return nil, err
	}
	return filter, r.own.Add(part)
}

// lose implements follower.
func (f *linkFollower) lose(name string) {
	if i := slices.IndexFunc(f.has, func(i taken) bool { return i.name == name }); i >= 0 {
		f.has = slices.Delete(f.has, i, i+1)
	}
	f.update()
}

// refuse notes that the interface of that name cannot be captured from.
func (f *linkFollower) refuse(name string) {
	links, err := f.watcher.Links()
	if err != nil {
		return // the next update says so
	}
	for _, l := range links {
		if l.Name == name {
			f.refused[l.Index] = true
		}
	}
}
