package cli

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/places"
	"github.com/tapdump/tapdump/internal/syserr"
)

// String is what people read as the device.
func (at spot) String() string {
	if at.place == nil || at.place.Name == "" {
		return at.device
	}
	return at.device + "@" + at.place.Name
}

// within calls f in the namespace of the device.
func (at spot) within(f func() error) error {
	if at.place == nil {
		return f()
	}
	return at.place.Namespace.Do(f)
}

// wishes are the places of a command line.
func wishes(asked []args.Place) []places.Spec {
	specs := make([]places.Spec, len(asked))
	for i, p := range asked {
		specs[i] = places.Spec(p)
	}
	return specs
}

// findPlaces finds the places that are asked for, all of which can be entered.
func (c *command) findPlaces(asked []args.Place) ([]*places.Place, error) {
	var finder places.Finder
	found, notes, errs := finder.Find(wishes(asked))
	for _, note := range notes {
		c.remark(note)
	}
	for _, p := range found {
		if err := p.Enter(); err != nil {
			errs = append(errs, err)
		}
	}
	if errs == nil {
		return found, nil
	}
	for _, p := range found {
		p.Close()
	}
	return nil, errs[0]
}

// devicesAt lists the devices of a place.
func devicesAt(p *places.Place) (devices []live.Device, err error) {
	err = p.Namespace.Do(func() (err error) {
		devices, err = live.Devices()
		return err
	})
	return devices, err
}

// listPlaces prints what there is to capture from in places, and perhaps the
// addresses.
func (c *command) listPlaces(asked []args.Place, addresses bool) error {
	if err := c.checkPlaces(asked); err != nil {
		return err
	}
	found, err := c.findPlaces(asked)
	if err != nil {
		return err
	}
	for _, p := range found {
		devices, err := devicesAt(p)
		if err != nil {
			return err
		}
		for i := range devices {
			devices[i].Name = spot{p, devices[i].Name}.String()
			c.out.buf = fmt.Appendf(c.out.buf, "%s\n", &devices[i])
			c.appendAddresses(&devices[i], addresses)
		}
		p.Close()
	}
	return nil
}

// checkPlaces refuses places where there are none, and for a program that has more
// rights than its user.
func (c *command) checkPlaces(asked []args.Place) error {
	switch {
	case asked == nil:
		return nil
	case !places.Supported:
		return errorText("--" + asked[0].Option + ": network namespaces are Linux's, and this system has none")
	case c.setID != nil:
		return errorText("--" + asked[0].Option + " is for root: a set-UID program does not enter other network namespaces for its user")
	}
	return nil
}

// spots are the devices to capture from.
func (r *liveRun) spots() ([]spot, error) {
	asked := r.plan.Device.Places
	if asked == nil {
		names, err := r.expandDevices(r.chosen.names)
		return here(names), err
	}
	found, err := r.findPlaces(asked)
	if err != nil {
		return nil, err
	}
	r.places = &openPlaces{run: r, all: found, changed: make(chan struct{}, 1), done: make(chan struct{})}
	return r.places.spots()
}

// openPlaces are the places that are captured in, without a helper.
type openPlaces struct {
	run     *liveRun
	all     []*places.Place
	at      []spot // of each part
	parts   []*live.Live
	ends    *places.Ends
	changed chan struct{} // filled when one has ended
	done    chan struct{} // closed at the end

	mu    sync.Mutex
	ended []*places.Place // which is still to be said
}

// spots are the devices of -i in the places; without -i, the interfaces that are up,
// but loopbacks. What is in no place is an error, what is not in all is said.
func (o *openPlaces) spots() (all []spot, err error) {
	r := o.run
	given := r.chosen.names
	lacking := make(map[string][]string) // places, by what they lack
	var addresses []netip.Addr
	for _, p := range o.all {
		devices, err := devicesAt(p)
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, addressesOf(devices)...)
		if given == nil {
			n := len(all)
			for i := range devices {
				if d := &devices[i]; d.Up && !d.Loopback && !d.Pseudo {
					all = append(all, spot{p, d.Name})
				}
			}
			if len(all) == n {
				lacking[""] = append(lacking[""], placeTitle(p))
			}
			continue
		}
		for _, device := range given {
			names, down, err := pick(device, devices, r.plan.Device.Monitor)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				if at := (spot{p, name}); !slices.Contains(all, at) {
					all = append(all, at)
				}
			}
			if down != nil {
				r.warn(spot{p, strings.Join(down, ", ")}.String() + ": not up, and not captured from (with --follow-interfaces, once up)")
			} else if names == nil {
				lacking[device] = append(lacking[device], placeTitle(p))
			}
		}
	}
	if n := r.inspect; n != nil && n.hosts != nil {
		n.hosts = stats.NewHosts(addresses) // the ends that are here are there
	}
	return all, o.sayLacking(given, lacking, all)
}

// sayLacking says what places lack of what is given, and fails where it is in none.
func (o *openPlaces) sayLacking(given []string, lacking map[string][]string, has []spot) error {
	if given == nil {
		given = []string{""}
	}
	for _, device := range given {
		text := strings.Join(lacking[device], ", ") + ": no interface is up but loopbacks"
		if device != "" {
			text = device + ": not in " + strings.Join(lacking[device], ", ")
		}
		switch {
		case len(lacking[device]) == len(o.all):
			return errorText(text + "\nThe option -D lists the interfaces, beside --netns and its like those of places.")
		case lacking[device] != nil:
			o.run.remark(text)
		}
	}
	if has == nil {
		return errorText("no interface is up of those that are asked for\n--follow-interfaces waits for one.")
	}
	return nil
}

// placeTitle is what people read as a place.
func placeTitle(p *places.Place) string {
	if p.Name == "" {
		return places.Own
	}
	return p.Name
}

// pick are the names of devices that one of -i stands for: of those that are up, and
// of those that are down. A Wi-Fi device need not be up for its radio to be listened to.
func pick(device string, devices []live.Device, monitor bool) (up, down []string, err error) {
	for i := range devices {
		d := &devices[i]
		matches, err := matchesDevice(device, d.Name)
		switch {
		case d.Pseudo && strings.HasPrefix(device, d.Name+":"): // nflog:5
			up = append(up, device)
		case err != nil:
			return nil, nil, err
		case !matches || d.Pseudo && device != d.Name:
		case d.Up || d.Pseudo, monitor && d.Wireless && device == d.Name:
			up = append(up, d.Name)
		default:
			down = append(down, d.Name)
		}
	}
	return up, down, nil
}

// watch has it be told when places end. Parts are what is captured from at spots.
func (o *openPlaces) watch(parts []*live.Live, at []spot) {
	o.parts, o.at = parts, at
	var err error
	o.ends, err = places.WatchEnds(func(p *places.Place) {
		o.mu.Lock()
		o.ended = append(o.ended, p)
		o.mu.Unlock()
		select {
		case o.changed <- struct{}{}:
		default:
		}
	})
	if err != nil {
		o.ends = nil
		o.run.warn("nothing tells of the end of places, which are kept until the capture ends: " + syserr.Text(err))
		return
	}
	for _, p := range o.all {
		if err := o.ends.Add(p); err != nil {
			o.run.warn("nothing tells of the end of " + placeTitle(p) + ", which is kept until the capture ends: " + syserr.Text(err))
		}
	}
}

// begin has events tell when places have ended.
func (o *openPlaces) begin() {
	if o != nil {
		go forward(o.changed, o.done, &o.run.events)
	}
}

// forward has events tell of changes, until all is done.
func forward(changed, done <-chan struct{}, e *events) {
	for {
		select {
		case <-changed:
			e.post(eventDevices)
		case <-done:
			return
		}
	}
}

// update ends the capture in places that have ended: a socket there would keep them.
func (o *openPlaces) update() {
	if o == nil {
		return
	}
	o.mu.Lock()
	ended := o.ended
	o.ended = nil
	o.mu.Unlock()
	for _, p := range ended {
		for i, at := range o.at {
			if at.place == p {
				o.parts[i].End(p.Ended())
			}
		}
		o.run.forgetOwners(uint32(p.ID.Inode))
		p.Close()
	}
}

func (o *openPlaces) close() {
	if o == nil {
		return
	}
	close(o.done)
	if o.ends != nil {
		o.ends.Close()
	}
	for _, p := range o.all {
		p.Close() // again, where it has ended
	}
}
