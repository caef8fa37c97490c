package live

import (
	"errors"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// Handover is what one process tells another of a device that it has opened for it,
// beside the files. It can be written as JSON.
type Handover struct {
	Name, Place string
	Network     uint32 // number of the network namespace
	Index       int
	Link        capture.LinkType
	Links       []capture.LinkType
	Warnings    []string
	Promiscuous bool
	Cooked      bool
	Loopback    int32
	MTU         int
	Sockets     int    // how many files are sockets
	Counts      []bool // which counts of the interface there are files of, behind the sockets
}

// HandOver gives away a capture that has not been started: TakeOver makes one of it,
// in another process. The files are to be passed on, and stay open until Close.
func (l *Live) HandOver() (h Handover, files []int, err error) {
	e, ok := l.engine.(*ringEngine)
	if !ok || l.state != liveOpened {
		return h, nil, ErrStarted
	}
	if e.monitor != nil {
		return h, nil, &Error{Device: l.name, Reason: noMonitorMode, Detail: "the monitor interface goes with the process that made it"}
	}
	files = e.sockets()
	h = Handover{
		Name: l.name, Place: l.place, Network: l.network, Index: l.index, Link: l.link, Links: l.links, Warnings: l.warnings,
		Promiscuous: l.cfg.Promiscuous, Cooked: e.cooked, Loopback: e.loopback, MTU: e.mtu, Sockets: len(files),
	}
	if e.drops != nil {
		for _, f := range e.drops.files {
			h.Counts = append(h.Counts, f != nil)
			if f != nil {
				files = append(files, int(f.Fd()))
			}
		}
	}
	return h, files, nil
}

// errHandover is about what one process tells another.
var errHandover = errors.New("a device was handed over with other files than it has")

// TakeOver is Open for a device that another process has opened with the same
// configuration. It needs no privileges. The files are the capture's from then on;
// with an error, they are closed.
func TakeOver(h Handover, files []int, cfg Config) (*Live, error) {
	counts := 0
	for _, there := range h.Counts {
		if there {
			counts++
		}
	}
	if h.Sockets < 1 || len(files) != h.Sockets+counts || len(h.Counts) > len(dropCounts{}.files) {
		for _, fd := range files {
			unix.Close(fd)
		}
		return nil, errHandover
	}
	cfg = cfg.completed(h.Name)
	cfg.Promiscuous = h.Promiscuous
	l := &Live{device: device{
		name: h.Name, place: h.Place, network: h.Network, index: h.Index, cfg: cfg, link: h.Link, links: slices.Clone(h.Links), warnings: h.Warnings,
	}}
	e := &ringEngine{device: &l.device, cooked: h.Cooked, loopback: h.Loopback, mtu: h.MTU}
	for _, fd := range files[:h.Sockets] {
		e.rings = append(e.rings, &ring{fd: apart(fd)})
	}
	files = files[h.Sockets:]
	if h.Promiscuous {
		e.drops = &dropCounts{}
		for i, there := range h.Counts {
			if there {
				e.drops.files[i] = os.NewFile(uintptr(files[0]), "count")
				files = files[1:]
			}
		}
	}
	for _, fd := range files {
		unix.Close(fd)
	}
	l.engine = e
	p, err := e.newPoller(false)
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	l.stream = newStream(p)
	return l, nil
}
