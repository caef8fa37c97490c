package live

import (
	"errors"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// device is what a capture and its engine both know of the device.
type device struct {
	name     string
	place    string // where it is, for people; "": where the program is
	network  uint32 // number of its namespace, 0: the program's own
	index    int    // by which the system knows it; 0 for all, and where nobody asks
	made     int    // that of the monitor interface that was made for it; 0: none
	radio    bool   // a monitor interface can be made for it, as far as is known
	cfg      Config
	link     capture.LinkType
	links    []capture.LinkType // to choose from
	warnings []string

	unstamped string // the warning that it does not stamp packets as asked
}

func (d *device) warn(text string) { d.warnings = append(d.warnings, text) }

// title is what people read as the device's name: eth0@web.
func (d *device) title() string { return d.titled(d.name) }

// titled is what people read as the name of an interface at the device's place.
func (d *device) titled(name string) string {
	if d.place == "" {
		return name
	}
	return name + "@" + d.place
}

// placed has an error about the device name its place, too.
func (d *device) placed(err error) error {
	var e *Error
	if d.place == "" || !errors.As(err, &e) || e.Device != d.name {
		return err
	}
	named := *e
	named.Device = d.title()
	return &named
}

// described is the device as an interface.
func (d *device) described() capture.Interface {
	return capture.Interface{Name: d.title(), LinkType: d.link, SnapLen: uint32(d.cfg.SnapLen), Namespace: d.network}
}

// engine is where the packets of one device come from: what differs between
// systems, which have one kind each. openEngine opens it.
//
// One goroutine uses it at a time, but that interrupt, abandon, stats and sockets
// may be called at any time.
type engine interface {
	// start lets packets in that filter accepts, as Live.Start does.
	start(filter []bpf.Instruction) (inKernel bool, err error)
	// newPoller makes what waits for engines of this kind: for this one alone, or
	// for several that are merged.
	newPoller(merging bool) (poller, error)
	// attach has what happens end a wait of p. Packets come as from number of
	// Interfaces; when they come from several interfaces, from the number that
	// numbered has for the name, if it has one.
	attach(p poller, number int, numbered func(name string) (int, bool)) error

	// next fills p with the next packet that has arrived; ok is false when there
	// is none. p.Data is valid until the next call.
	next(p *capture.Packet) (ok bool, err error)
	// lanes is how many queues there are.
	lanes() int
	// queues is what packets are taken from instead of by next, when there are
	// several, or other engines. It comes after attach.
	queues() ([]queue, error)
	// failure is why no more packets come, though nobody asked for the end, once
	// all that came have been taken; nil: they may come.
	failure() error
	// lost counts the packets dropped since it was last asked; see Live.Lost.
	lost() uint64

	// interrupt has no more packets be received, as soon as that can be.
	interrupt()
	// drained reports whether all that was received before interrupt has been
	// taken.
	drained() (bool, error)
	// abandon has nothing be read any more, so that close need not wait.
	abandon()
	// release gives back what an engine that has failed has no use for. Its
	// counts stay.
	release() error
	// close gives back everything.
	close() error

	// stats counts packets since start.
	stats() (capture.Stats, error)
	// sockets are the descriptors of sockets that packets come from.
	sockets() []int
}

// batching is an engine that has several packets at a time.
type batching interface {
	// more fills pkts with the packets behind that of next which stay valid as long as
	// that one, and returns how many.
	more(pkts []capture.Packet) int
}

// poller waits for engines of one kind.
type poller interface {
	// wait returns when a packet may have come, or rouse was called; it may
	// return sooner. limit bounds it; 0 does not.
	wait(limit time.Duration) error
	// rouse ends a wait, also one that is to come. It may be called at any time.
	rouse()
	// settle moves on the bounds of queues as time goes by, and reports whether it
	// has moved any, or taken packets.
	settle(now time.Time) (moved bool, err error)
	// late notes that a packet came too late by that much to be put in order.
	late(by time.Duration)
	// patience is how long a packet may wait for others; 0 where settle sees to
	// it. step is how often one that waits is looked after.
	patience() (limit, step time.Duration)
	// close ends waiting for good; the engines stay.
	close() error
}

// queue has packets in the order of their time stamps, which are nanoseconds
// since 1970 here.
type queue interface {
	// take takes in what has arrived, and returns how many packets that are.
	take() (n int, err error)
	// front is the stamp of the earliest packet; math.MaxInt64 without any.
	front() int64
	// back is that of the latest, from which clocks that are ahead of ours are
	// known; 0 without any, and where patience sees to them.
	back() int64
	// bound is a time: no packet stamped before is still to be taken.
	bound() int64
	// load fills p with the first packet, which is valid until drop; ok is false
	// when it is not wanted after all.
	load(p *capture.Packet) (ok bool, err error)
	// drop removes the first packet, and returns the front of what is left.
	drop() (front int64)
	// crowded reports whether so much waits that the system may run out of room.
	crowded() bool
}
