package streams

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/syserr"
)

const (
	// MaxReaders is how many readers are served at the same time; others are refused.
	MaxReaders = 64
	// maxHandshakes is how many connections may be at their TLS handshake, and
	// handshakeTime how long each has for it.
	maxHandshakes = 64
	handshakeTime = 5 * time.Second
	// acceptPause is how long no connection is taken after one could not be, as there
	// were no descriptors left, say.
	acceptPause = 100 * time.Millisecond
)

// ServerOptions are how a Server serves.
type ServerOptions struct {
	TLS    *Config // nil: plain TCP
	Pcapng bool    // the file is of that format, and not pcap
	// Note gets what is to be known of readers, from any goroutine: of one that came
	// to its end, was cut off, or refused.
	Note func(text string)

	limit     int           // for tests: in place of MaxBacklog
	handshake time.Duration // and of handshakeTime
}

// Server serves a savefile as it is written to any number of readers: each gets the
// file's header, and then the packets that come from then on. A reader that is
// MaxBacklog behind is cut off; nobody waits for it. Its methods may be called from
// any goroutine.
type Server struct {
	backlog     *backlog
	options     ServerOptions
	listeners   []net.Listener
	descriptors []int          // of them
	group       sync.WaitGroup // of accepting, and of connections
	notes       notes

	mu     sync.Mutex
	open   map[*reader]struct{}
	counts Counts
	closed bool
	shakes int // connections at their handshake
}

// Counts says what became of connections.
type Counts struct {
	Served  uint64 // readers
	CutOff  uint64 // of these, those that were too slow
	Refused uint64 // connections that were none of readers, or too many
	Notes   uint64 // that were left out, as there were too many
}

// Listen opens what readers connect to, at all addresses of a. Of the loopback it is
// enough that one can be opened. Nobody is answered before Serve.
func Listen(ctx context.Context, a Address, addrs []netip.AddrPort, o ServerOptions) (*Server, error) {
	if !features.HasStreams {
		return nil, features.Streams.Need("")
	}
	o.limit, o.handshake = cmp.Or(o.limit, MaxBacklog), cmp.Or(o.handshake, handshakeTime)
	s := &Server{backlog: newBacklog(o.limit, o.Pcapng), options: o, open: make(map[*reader]struct{}), notes: notes{to: o.Note}}
	config := net.ListenConfig{}
	config.SetMultipathTCP(false)
	for _, addr := range addrs {
		if addr.Port() == 0 && len(s.listeners) > 0 {
			addr = netip.AddrPortFrom(addr.Addr(), s.Addrs()[0].Port()) // the same for all
		}
		network := "tcp"
		if addr.Addr().Is4() {
			network = "tcp4" // 0.0.0.0 is not [::], which is open to IPv6, too
		}
		l, err := config.Listen(ctx, network, addr.String())
		if err == nil {
			s.listeners = append(s.listeners, l)
			continue
		}
		if a.Host == "" && lacksFamily(err) {
			continue
		}
		s.closeListeners()
		return nil, fmt.Errorf("%s: %w", hostPort(addr.Addr().String(), addr.Port()), listenError(err))
	}
	if len(s.listeners) == 0 {
		return nil, errors.New("this system has no loopback to listen on: is the interface lo up?")
	}
	if err := s.describe(); err != nil {
		s.closeListeners()
		return nil, err
	}
	return s, nil
}

// Addrs are the addresses that are listened on.
func (s *Server) Addrs() (all []netip.AddrPort) {
	for _, l := range s.listeners {
		all = append(all, l.Addr().(*net.TCPAddr).AddrPort())
	}
	return all
}

// describe finds the numbers of the descriptors.
func (s *Server) describe() error {
	for _, l := range s.listeners {
		raw, err := l.(*net.TCPListener).SyscallConn()
		if err == nil {
			err = raw.Control(func(fd uintptr) { s.descriptors = append(s.descriptors, int(fd)) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Descriptors are the numbers of those that connections are taken from.
func (s *Server) Descriptors() []int { return s.descriptors }

// Serve begins to answer.
func (s *Server) Serve() {
	for _, l := range s.listeners {
		s.group.Go(func() { s.accept(l) })
	}
}

// Wanted reports whether there is anybody to write for.
func (s *Server) Wanted() bool { return s.backlog.wanted.Load() }

// Write takes whole records of the file, in the machine's byte order, the first call
// the header. It never fails, and waits for no reader.
func (s *Server) Write(b []byte) (int, error) {
	s.backlog.write(b)
	return len(b), nil
}

// accept takes connections until the listener is closed.
func (s *Server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		switch {
		case err == nil:
			s.take(conn.(*net.TCPConn))
		case errors.Is(err, net.ErrClosed):
			return
		default:
			s.notes.say("a connection could not be taken: " + syserr.Reason(err))
			time.Sleep(acceptPause)
		}
	}
}

// take serves a connection, or refuses it.
func (s *Server) take(conn *net.TCPConn) {
	r := &reader{server: s, raw: conn, conn: conn, name: conn.RemoteAddr().String()}
	s.mu.Lock()
	full := len(s.open) >= MaxReaders+maxHandshakes || s.options.TLS == nil && len(s.open) >= MaxReaders ||
		s.options.TLS != nil && s.shakes >= maxHandshakes
	closed := s.closed
	if !full && !closed {
		s.open[r] = struct{}{}
		if s.options.TLS != nil {
			s.shakes++
		}
		s.group.Go(r.serve)
	}
	s.mu.Unlock()
	if full || closed {
		conn.Close() // nothing was written to it
	}
	if full {
		s.refused(r, fmt.Sprintf("there are %d already", MaxReaders))
	}
}

// shaken counts a reader that has finished its handshake among the readers, and
// reports whether there is room for it.
func (s *Server) shaken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shakes--
	return len(s.open)-s.shakes <= MaxReaders
}

// refused counts a connection that gets nothing.
func (s *Server) refused(r *reader, why string) {
	s.mu.Lock()
	s.counts.Refused++
	s.mu.Unlock()
	s.notes.say("connection from " + r.name + " refused: " + why)
}

// Close ends the stream: no reader is let in any more, and those that there are get
// what they do not have yet, for which they have as long as patience, or until hurry
// is closed.
func (s *Server) Close(patience time.Duration, hurry <-chan struct{}) Counts {
	s.closeListeners()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.backlog.end()
	done := make(chan struct{})
	go func() {
		s.group.Wait()
		close(done)
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
	case <-hurry:
	}
	s.mu.Lock()
	for r := range s.open {
		r.late.Store(true)
		r.breakOff() // whatever it waits for ends by that
	}
	s.mu.Unlock()
	<-done
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Notes = s.notes.suppressed()
	return s.counts
}

func (s *Server) closeListeners() {
	for _, l := range s.listeners {
		l.Close() // no connection depends on it
	}
}
