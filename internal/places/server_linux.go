package places

import (
	"errors"
	"net/netip"
	"slices"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/fdpass"
	"github.com/tapdump/tapdump/internal/owners"
	"github.com/tapdump/tapdump/internal/syserr"
)

// server is a helper at work.
type server struct {
	channel  *fdpass.Channel
	matches  func(device, name string) (bool, error)
	wish     Wish
	finder   Finder
	ends     *Ends
	networks *owners.Networks // nil: nobody asks whose sockets are
	ended    chan *Place
	changed  chan struct{} // filled when interfaces may have

	places []*watched
	last   int             // number of a place
	said   map[string]bool // complaints and notes
	ready  bool            // that all was told that is there
	failed error           // of telling
}

// watched is a place whose interfaces are taken up.
type watched struct {
	*Place
	number  int
	watcher *live.Watcher
	first   chan struct{} // closed when the interfaces are known
	taken   map[int]bool  // indexes of interfaces, 0 for all together
}

// tell tells something.
func (s *server) tell(n News) { s.hand(n, nil) }

func (s *server) hand(n News, files []int) {
	if s.failed == nil {
		s.failed = s.channel.Send(n, files)
	}
}

// maxSaid bounds what is remembered of what was said.
const maxSaid = 4096

// say tells what was not told before.
func (s *server) say(n News) {
	text := n.Complaint + n.Note
	if s.said[text] || len(s.said) >= maxSaid {
		return
	}
	s.said[text] = true
	s.tell(n)
}

// look looks for places that are new.
func (s *server) look() {
	found, notes, errs := s.finder.Find(s.wish.Places)
	for _, note := range notes {
		s.say(News{Note: note})
	}
	var missing []string
	for _, err := range errs {
		var e *Error
		if errors.As(err, &e) && e.Absent {
			missing = append(missing, e.Spec.String())
		} else {
			s.say(News{Complaint: syserr.Text(err)})
		}
	}
	for _, p := range found {
		if slices.ContainsFunc(s.places, func(w *watched) bool { return w.ID == p.ID }) {
			p.Close()
			continue
		}
		if err := s.take(p); err != nil {
			s.say(News{Complaint: syserr.Text(err)})
			p.Close()
		}
	}
	if !s.ready {
		s.ready = true
		s.tell(News{Ready: true, Missing: missing})
	}
}

// take begins to watch the interfaces of a place, and takes up those that it has.
func (s *server) take(p *Place) error {
	if err := p.Enter(); err != nil {
		return err
	}
	var all []*Place
	for _, w := range s.places {
		all = append(all, w.Place)
	}
	named(all, p)
	s.last++
	w := &watched{Place: p, number: s.last, first: make(chan struct{}), taken: make(map[int]bool)}
	known := false
	err := p.Namespace.Do(func() (err error) {
		w.watcher, err = live.Watch(func() {
			if !known {
				known = true
				close(w.first)
			}
			select {
			case s.changed <- struct{}{}:
			default:
			}
		})
		return err
	})
	if err != nil {
		return err
	}
	if s.networks != nil {
		if err := p.Share(s.networks); err != nil {
			s.say(News{Complaint: "whose sockets are in " + p.title() + " is not known: " + reason(err)})
		}
	}
	s.places = append(s.places, w)
	if err := s.ends.Add(p); err != nil {
		s.say(News{Complaint: "nothing tells of the end of " + p.title() + ": " + reason(err)})
	}
	<-w.first
	s.open(w)
	return nil
}

// title is what people read as the place.
func (p *Place) title() string {
	if p.Name == "" {
		return Own
	}
	return p.Name
}

// open opens the interfaces of a place that were asked for, and hands them over.
func (s *server) open(w *watched) {
	links, err := w.watcher.Links()
	if err != nil {
		s.say(News{Complaint: w.title() + ": " + syserr.Text(err)})
		return
	}
	there := map[int]bool{0: true}
	for _, l := range links {
		there[l.Index] = true
		wanted := s.wish.Devices == nil && !l.Loopback
		for _, device := range s.wish.Devices {
			matches, err := s.matches(device, l.Name)
			if err != nil {
				s.say(News{Complaint: syserr.Text(err)})
			}
			wanted = wanted || matches
		}
		if wanted && l.Up && !w.taken[l.Index] {
			s.openDevice(w, l.Name, l.Index)
		}
	}
	if slices.Contains(s.wish.Devices, AnyDevice) && !w.taken[0] {
		s.openDevice(w, AnyDevice, 0)
	}
	for index := range w.taken {
		if !there[index] {
			delete(w.taken, index)
		}
	}
}

// openDevice opens one, and hands it over. What fails is not tried again.
func (s *server) openDevice(w *watched, name string, index int) {
	cfg := s.wish.Config
	cfg.Namespace, cfg.Place = w.Namespace, w.Name
	l, err := live.Open(name, cfg)
	var e *live.Error
	if errors.As(err, &e) && e.Absent() {
		return // it was
	}
	w.taken[index] = true
	if err != nil {
		s.say(News{Complaint: syserr.Text(err)})
		return
	}
	defer l.Close()
	if h, files, err := l.HandOver(); err != nil {
		s.say(News{Complaint: syserr.Text(err)})
	} else {
		s.hand(News{Device: &h, Place: w.number, Addresses: w.addresses()}, files)
	}
}

// maxAddresses bounds how many addresses of a place are told.
const maxAddresses = 1024

// addresses are those that a place has, as far as they can be listed.
func (p *Place) addresses() (all []netip.Addr) {
	_ = p.Namespace.Do(func() error {
		devices, err := live.Devices()
		for i := range devices {
			for _, a := range devices[i].Addresses {
				if len(all) < maxAddresses {
					all = append(all, a.Addr())
				}
			}
		}
		return err // directions go by private addresses then
	})
	return all
}

// end gives up a place that is no more.
func (s *server) end(p *Place) {
	i := slices.IndexFunc(s.places, func(w *watched) bool { return w.Place == p })
	if i < 0 {
		return
	}
	w := s.places[i]
	s.places = slices.Delete(s.places, i, i+1)
	s.tell(News{Ended: p.Ended(), Place: w.number, Namespace: uint32(p.ID.Inode)})
	w.watcher.Close()
	p.Close()
}
