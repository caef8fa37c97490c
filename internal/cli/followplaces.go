package cli

import (
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/owners"
	"github.com/tapdump/tapdump/internal/places"
)

// placeFollower takes up the interfaces that appear in places, and the places that
// do. A helper opens them: this process has no right to.
type placeFollower struct {
	run     *liveRun
	helper  *places.Helper
	changed chan struct{}
	done    chan struct{}        // closed at the end
	parts   map[int][]*live.Live // that are captured from, by the number of the place
	count   int                  // of them
	ended   bool                 // nothing is told any more, which was said
}

func newPlaceFollower(r *liveRun) (*placeFollower, error) {
	for _, device := range r.chosen.names {
		if _, err := matchesDevice(device, ""); err != nil {
			return nil, err
		}
	}
	f := &placeFollower{run: r, changed: make(chan struct{}, 1), done: make(chan struct{}), parts: make(map[int][]*live.Live)}
	wish := places.Wish{Places: wishes(r.plan.Device.Places), Devices: r.chosen.names, Config: r.config(1)}
	var networks *owners.Networks
	r.startOwners() // before who tells it of places
	if r.analysis != nil && r.analysis.owners != nil {
		networks = r.analysis.owners.networks
		defer r.analysis.owners.told()
	}
	var err error
	f.helper, err = places.StartHelper(wish, networks, func() {
		select {
		case f.changed <- struct{}{}:
		default:
		}
	})
	if err != nil {
		r.analysis.end()
		return nil, err
	}
	r.handed = f.helper.Socket()
	if n := r.inspect; n != nil && n.hosts != nil {
		n.hosts = stats.NewHosts(nil) // those of places
	}
	return f, nil
}

func (f *placeFollower) close() {
	close(f.done)
	f.helper.Close()
}

// adopt makes a capture of a device that the helper has opened.
func (f *placeFollower) adopt(n places.News) (*live.Live, error) {
	r := f.run
	if r.inspect != nil && r.inspect.hosts != nil {
		r.inspect.hosts.AddOwn(n.Addresses...) // the ends that are here are there
	}
	part, err := live.TakeOver(*n.Device, n.Files, r.config(f.count+1))
	if err != nil {
		return nil, err
	}
	return part, r.prepareDevice(part)
}

func (f *placeFollower) take(number int, part *live.Live) {
	f.parts[number] = append(f.parts[number], part)
	f.count++
}

// open implements follower.
func (f *placeFollower) open() (parts []*live.Live, err error) {
	r := f.run
	var complaints []string
	ready := false
	for n := range f.helper.News() {
		switch {
		case n.Device != nil:
			part, err := f.adopt(n)
			if err != nil {
				closeAll(parts)
				return nil, err
			}
			f.take(n.Place, part)
			parts = append(parts, part)
		case n.Complaint != "":
			complaints = append(complaints, n.Complaint)
		case n.Note != "":
			r.remark(n.Note)
		case n.Ended != "":
			for _, part := range f.parts[n.Place] {
				parts = slices.DeleteFunc(parts, func(has *live.Live) bool { return has == part })
				part.Close()
			}
			f.forget(n)
		case n.Ready:
			ready = true
			if complaints == nil {
				f.sayMissing(len(parts), n.Missing)
			}
		}
		if ready && len(parts) > 0 {
			for _, text := range complaints {
				r.complain(errorText(text))
			}
			return parts, nil
		}
		if ready && len(complaints) > 0 {
			return nil, errorText(complaints[0])
		}
	}
	closeAll(parts)
	return nil, places.ErrGone
}

// sayMissing says what is waited for, when so many interfaces are captured from.
func (f *placeFollower) sayMissing(parts int, missing []string) {
	switch {
	case missing != nil:
		f.run.remark("waiting for " + strings.Join(missing, ", "))
	case parts == 0 && f.run.chosen.names == nil:
		f.run.remark("waiting for an interface that is up")
	case parts == 0:
		f.run.remark("waiting for an interface: " + strings.Join(f.run.chosen.names, ", "))
	}
}

// forget forgets a place that has ended.
func (f *placeFollower) forget(n places.News) {
	f.count -= len(f.parts[n.Place])
	delete(f.parts, n.Place)
	f.run.forgetOwners(n.Namespace)
}

// begin implements follower.
func (f *placeFollower) begin() { go forward(f.changed, f.done, &f.run.events) }

// update implements follower.
func (f *placeFollower) update() {
	for !f.ended {
		select {
		case n, more := <-f.helper.News():
			if !more {
				f.ended = true
				f.run.complain(places.ErrGone)
				return
			}
			f.tell(n)
		default:
			return
		}
	}
}

// tell takes in what the helper tells while a capture runs.
func (f *placeFollower) tell(n places.News) {
	r := f.run
	switch {
	case n.Device != nil:
		part, err := f.adopt(n)
		if err == nil {
			err = r.takeUp(part)
		}
		if err != nil {
			r.complain(err)
			return
		}
		f.take(n.Place, part)
	case n.Complaint != "":
		r.complain(errorText(n.Complaint))
	case n.Note != "":
		r.remark(n.Note)
	case n.Ended != "":
		for _, part := range f.parts[n.Place] {
			part.End(n.Ended)
		}
		f.forget(n)
	}
}

// lose implements follower.
func (f *placeFollower) lose(name string) {
	for number, parts := range f.parts {
		if i := slices.IndexFunc(parts, func(part *live.Live) bool { return part.Device() == name }); i >= 0 {
			f.parts[number] = slices.Delete(parts, i, i+1)
			f.count--
			return
		}
	}
}
