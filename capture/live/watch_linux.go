package live

import (
	"encoding/binary"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/netlink"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Watcher knows which network interfaces there are, and tells when that changes.
// Once it is open it needs no privileges and no more sockets. Its methods may be
// called from any goroutine.
type Watcher struct {
	file    *os.File // a socket of rtnetlink(7)
	changed func()

	listed map[int]WatchedLink // of the list that the kernel is sending; nil: of none
	again  bool                // another is to come

	mu    sync.Mutex
	links map[int]WatchedLink // by index
	err   error               // why nothing is noticed any more
}

// Watched reports whether a device is one that a Watcher knows while it is there: a
// network interface.
func Watched(device string) bool { return device != anyDevice && sourceOf(device) == nil }

// Watch begins to watch. It has changed called, from a goroutine of its own,
// whenever what Links returns may have changed, the first time when it is known.
func Watch(changed func()) (*Watcher, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_ROUTE)
	if err != nil {
		return nil, watchError(err)
	}
	w := &Watcher{file: os.NewFile(uintptr(fd), "netlink"), changed: changed, links: make(map[int]WatchedLink)}
	err = unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: unix.RTMGRP_LINK})
	if err == nil {
		err = w.list()
	}
	if err != nil {
		w.file.Close()
		return nil, watchError(err)
	}
	go w.run()
	return w, nil
}

func watchError(err error) error {
	return &Error{Reason: "can't watch for interfaces: " + syserr.Text(err), Err: err}
}

// list has the kernel send what there is. It sends one list at a time.
func (w *Watcher) list() error {
	if w.again = w.listed != nil; w.again {
		return nil
	}
	w.listed = make(map[int]WatchedLink)
	_, err := w.file.Write(netlink.NewMessage(nil, unix.RTM_GETLINK, unix.NLM_F_DUMP).Append(make([]byte, unix.SizeofIfInfomsg)...))
	return err
}

// run takes in what the kernel sends, until Close.
func (w *Watcher) run() {
	b := make([]byte, 64<<10)
	for {
		n, err := w.file.Read(b)
		known := false
		switch {
		case errors.Is(err, os.ErrClosed):
			return
		case errors.Is(err, unix.ENOBUFS):
			err = w.list() // some messages were lost
		case err == nil:
			known, err = w.take(b[:n])
		}
		if err != nil {
			w.mu.Lock()
			w.err = watchError(err)
			w.mu.Unlock()
		}
		if known || err != nil {
			w.changed()
		}
		if err != nil {
			return
		}
	}
}

// take goes through messages, and reports whether one tells of an interface.
func (w *Watcher) take(b []byte) (any bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for m := netlink.NewMessages(b); m.Next(); {
		if _, err := m.End(); err != nil {
			return any, err
		}
		w.again = w.again || m.Flags()&unix.NLM_F_DUMP_INTR != 0
		switch m.Kind() {
		case unix.RTM_NEWLINK:
			if l, ok := parseLink(m.Body()); ok {
				w.links[l.Index], any = l, true
				if w.listed != nil {
					w.listed[l.Index] = l
				}
			}
		case unix.RTM_DELLINK:
			// A bridge tells so of a port that leaves it, too.
			if l, ok := parseLink(m.Body()); ok && m.Body()[0] == unix.AF_UNSPEC {
				delete(w.links, l.Index)
				delete(w.listed, l.Index)
				any = true
			}
		case unix.NLMSG_DONE:
			if any, err = true, w.listEnds(); err != nil {
				return any, err
			}
		}
	}
	return any, nil
}

// listEnds has what is in a whole list be what there is. In one during which
// something was lost, or changed, there may be too much or too little.
func (w *Watcher) listEnds() error {
	listed, again := w.listed, w.again
	w.listed, w.again = nil, false
	if again {
		return w.list()
	}
	if listed != nil {
		w.links = listed
	}
	return nil
}

// parseLink reads a struct ifinfomsg (linux/rtnetlink.h) and its attributes.
func parseLink(b []byte) (l WatchedLink, ok bool) {
	if len(b) < unix.SizeofIfInfomsg {
		return l, false
	}
	ne := binary.NativeEndian
	l.Index = int(ne.Uint32(b[4:]))
	flags := ne.Uint32(b[8:])
	l.Up, l.Loopback = flags&unix.IFF_UP != 0, flags&unix.IFF_LOOPBACK != 0
	l.Name = strings.TrimRight(string(netlink.Find(b[unix.SizeofIfInfomsg:], unix.IFLA_IFNAME)), "\x00")
	return l, l.Name != ""
}

// Links lists the interfaces in the order in which they were made. It fails when
// they are not watched any more.
func (w *Watcher) Links() ([]WatchedLink, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Collect(maps.Values(w.links))
	slices.SortFunc(all, func(a, b WatchedLink) int { return a.Index - b.Index })
	return all, w.err
}

// Close ends watching.
func (w *Watcher) Close() error { return w.file.Close() }
