package live

import (
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Devices of D-Bus; a third kind has an address behind its name.
const (
	dbusSystem  = "dbus-system"
	dbusSession = "dbus-session"
	dbusAt      = "dbus://"
)

func isDBus(name string) bool {
	return name == dbusSystem || name == dbusSession || strings.HasPrefix(name, dbusAt)
}

func listDBus() []Device {
	return []Device{
		{Name: dbusSystem, Description: "D-Bus system bus", Connection: ConnectionNotApplicable},
		{Name: dbusSession, Description: "D-Bus session bus", Connection: ConnectionNotApplicable},
	}
}

// dbusSource has the messages that a bus lets one of its clients see, each a packet,
// whole: libpcap does not shorten them to the snapshot length.
type dbusSource struct {
	conn    dbusConn
	kept    []byte        // messages that came while answers were awaited
	filter  *bpf.VM       // nil: all messages
	read    atomic.Uint64 // messages that the filter let through
	dropped atomic.Uint64 // those that there was no room for, while answers were awaited
}

// dbusKept bounds the messages that come while answers are awaited, in bytes.
const dbusKept = 16 << 20

// keep keeps a message for later.
func (s *dbusSource) keep(m []byte) {
	if len(s.kept)+len(m) > dbusKept {
		s.dropped.Add(1)
		return
	}
	s.kept = append(s.kept, m...)
}

func openDBus(d *device) (source, error) {
	address := strings.TrimPrefix(d.name, dbusAt)
	unconnected, unregistered := "Failed to open connection to: "+address+": ", "Failed to register bus "+address+": "
	atEnd := "\n"
	switch d.name {
	case dbusSystem:
		address, unconnected = systemDBus(), "Failed to get system bus: "
		unregistered, atEnd = unconnected, ""
	case dbusSession:
		address, unconnected = sessionDBus(), "Failed to get session bus: "
		unregistered, atEnd = unconnected, ""
	}
	fd, guid, err := connectDBus(address)
	if err != nil {
		return nil, dbusFailure(d.name, unconnected+syserr.Text(err), err)
	}
	s := &dbusSource{conn: dbusConn{fd: fd}}
	switch err = s.conn.register(guid, s.keep); {
	case err != nil:
		err = dbusFailure(d.name, unregistered+syserr.Text(err)+atEnd, err)
	case d.cfg.Monitor:
		err = &Error{Device: d.name, Reason: noMonitorMode}
	default:
		if err = s.conn.eavesdrop(s.keep); err != nil {
			err = dbusFailure(d.name, "Failed to add bus match: "+syserr.Text(err)+"\n", err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	d.link, d.links = capture.LinkDBUS, []capture.LinkType{capture.LinkDBUS}
	return s, nil
}

// dbusFailure has what libpcap has room for. Behind a line that ends there already,
// tcpdump shows an empty one.
func dbusFailure(device, reason string, err error) error {
	const room = 255
	reason = reason[:min(len(reason), room)]
	if strings.HasSuffix(reason, "\n") {
		reason += "\n"
	}
	return &Error{Device: device, Reason: reason, Err: err}
}

func (s *dbusSource) start(filter []bpf.Instruction) (inKernel bool, err error) {
	if len(filter) == 0 {
		return true, nil
	}
	s.filter, err = bpf.NewVM(filter, bpf.Rules{})
	return err == nil, nil // whoever called filters, too, when it is not run here
}

func (s *dbusSource) fd() int { return s.conn.fd }

func (s *dbusSource) next(p *capture.Packet) (ok bool, err error) {
	m, err := s.message()
	if err != nil {
		return false, err
	}
	if m == nil {
		switch err := s.conn.receive(); {
		case errors.Is(err, unix.EAGAIN):
			return false, nil
		case err != nil:
			return false, s.end(err)
		}
		p.Data = nil // maybe a part of one
		return true, nil
	}
	if s.filter != nil && s.filter.Run(m, uint32(len(m)), nil) == 0 {
		p.Data = nil
		return true, nil
	}
	s.read.Add(1)
	now := time.Now()
	p.Time = capture.Timestamp{Sec: now.Unix(), Nsec: int64(now.Nanosecond()) / 1000 * 1000}
	p.Data, p.Length = m, uint32(len(m))
	return true, nil
}

// message is the next message of those that have been read; nil when there is none.
func (s *dbusSource) message() ([]byte, error) {
	if len(s.kept) > 0 {
		n, _ := dbusLength(s.kept)
		m := s.kept[:n:n]
		s.kept = s.kept[n:]
		return m, nil
	}
	s.kept = nil
	m, _, err := s.conn.in.message()
	if err != nil {
		return nil, s.end(err)
	}
	return m, nil
}

// end is why no more messages come.
func (s *dbusSource) end(err error) error {
	return &Error{Reason: syserr.Text(errDBusClosed), Err: err}
}

func (s *dbusSource) stats() (capture.Stats, error) {
	return capture.Stats{Received: s.read.Load(), Dropped: s.dropped.Load()}, nil
}

func (s *dbusSource) close() error {
	if err := unix.Close(s.conn.fd); err != nil {
		return &Error{Reason: "close: " + syserr.Text(err), Err: err}
	}
	return nil
}
