package page

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
)

// A Server shows the page to browsers, and nothing else: GET and HEAD of the page, and of
// the capture that it offers, by HTTP/1.1 (RFC 9112), each over a connection of its own.
// What a browser sends beside that is not read. Its methods may be called from any
// goroutine.
type Server struct {
	listener   *net.TCPListener
	descriptor int
	page       []byte
	capture    *Offered // nil: none is offered
	path       string   // of the capture
	group      sync.WaitGroup

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

// Offered is a capture for the page.
type Offered struct {
	File io.ReaderAt
	Size int64
	Name string
}

const (
	maxConnections = 32
	maxRequest     = 16 << 10 // bytes of a request's head
	requestTime    = 10 * time.Second
	answerTime     = 30 * time.Second // for each piece of an answer
	lingerTime     = 2 * time.Second
	acceptPause    = 100 * time.Millisecond // after a connection could not be taken
	pieceBytes     = 256 << 10
)

// Listen opens what browsers connect to, at an address whose port may be 0. Nobody is
// answered before Serve.
func Listen(at netip.AddrPort, offered *Offered) (*Server, error) {
	s := &Server{capture: offered, open: make(map[net.Conn]struct{})}
	var known *Capture
	if offered != nil {
		// Pages of others cannot read it, and do not even know where it is.
		s.path = "/capture/" + rand.Text()
		known = &Capture{Path: s.path, Name: offered.Name}
	}
	var err error
	if s.page, err = HTML(known); err != nil {
		return nil, err
	}
	network := "tcp4"
	if !at.Addr().Is4() {
		network = "tcp6"
	}
	if s.listener, err = net.ListenTCP(network, net.TCPAddrFromAddrPort(at)); err != nil {
		return nil, fmt.Errorf("%s: %w", at, syserr.Worded(err))
	}
	raw, err := s.listener.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) { s.descriptor = int(fd) })
	}
	if err != nil {
		s.listener.Close() // nobody has connected
		return nil, err
	}
	return s, nil
}

// URL is where the page is.
func (s *Server) URL() string { return "http://" + s.listener.Addr().String() + "/" }

// Descriptor is the number of the one that connections are taken from.
func (s *Server) Descriptor() int { return s.descriptor }

// Serve answers until Close is called. note gets what is to be known, a line.
func (s *Server) Serve(note func(string)) {
	for {
		conn, err := s.listener.AcceptTCP()
		switch {
		case err == nil:
			s.take(conn)
		case errors.Is(err, net.ErrClosed):
			s.group.Wait()
			return
		default:
			note("a connection could not be taken: " + syserr.Reason(err))
			time.Sleep(acceptPause)
		}
	}
}

// Close ends the server, and all connections.
func (s *Server) Close() {
	s.listener.Close() // no connection depends on it
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	for conn := range s.open {
		conn.Close() // whoever reads or writes there ends
	}
}

// take answers a connection, if there are not too many.
func (s *Server) take(conn *net.TCPConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || len(s.open) >= maxConnections {
		conn.Close() // nothing was written to it
		return
	}
	s.open[conn] = struct{}{}
	s.group.Go(func() {
		s.answer(conn)
		s.mu.Lock()
		delete(s.open, conn)
		s.mu.Unlock()
		conn.Close() // all was written, or nobody wants it
	})
}

// answer reads a request and writes what it asks for. Whether the other side gets it is
// its business.
func (s *Server) answer(conn *net.TCPConn) {
	if conn.SetReadDeadline(time.Now().Add(requestTime)) != nil {
		return
	}
	head, err := readHead(conn)
	if err != nil {
		return
	}
	r := s.respond(head)
	if conn.SetWriteDeadline(time.Now().Add(answerTime)) != nil {
		return
	}
	if _, err := io.WriteString(conn, r.head()); err != nil {
		return
	}
	for at := int64(0); r.body != nil && at < r.size; at += pieceBytes {
		if conn.SetWriteDeadline(time.Now().Add(answerTime)) != nil {
			return
		}
		if _, err := io.Copy(conn, io.NewSectionReader(r.body, at, min(pieceBytes, r.size-at))); err != nil {
			return
		}
	}
	// What is still on its way from the browser would have the kernel throw away the answer.
	if conn.CloseWrite() == nil && conn.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		_, _ = io.CopyN(io.Discard, conn, maxRequest) // it may have more to say
	}
}

// errRequest is for a request that is none.
var errRequest = errors.New("the head of a request does not end")

// readHead reads up to the empty line behind a request.
func readHead(r io.Reader) (string, error) {
	var head []byte
	buf := make([]byte, 4096)
	for len(head) < maxRequest {
		n, err := r.Read(buf)
		head = append(head, buf[:n]...)
		if end := bytes.Index(head, []byte("\r\n\r\n")); end >= 0 {
			return string(head[:end]), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", errRequest
}

// response is an answer.
type response struct {
	status string
	kind   string // of the content
	more   string // headers
	size   int64
	body   io.ReaderAt // nil: there is none, or HEAD was asked
}

func refusal(status, text, more string) response {
	return response{status: status, kind: "text/plain; charset=utf-8", more: more, size: int64(len(text)), body: strings.NewReader(text)}
}

// common are the headers of all answers: nobody else's page may show or load this one, and
// this one loads nothing.
const common = "X-Content-Type-Options: nosniff\r\n" +
	"Referrer-Policy: no-referrer\r\n" +
	"X-Frame-Options: DENY\r\n" +
	"Content-Security-Policy: frame-ancestors 'none'\r\n" +
	"Cross-Origin-Opener-Policy: same-origin\r\n" +
	"Cross-Origin-Resource-Policy: same-origin\r\n" +
	"Cache-Control: no-store\r\n" +
	"Connection: close\r\n"

func (r *response) head() string {
	return "HTTP/1.1 " + r.status + "\r\nContent-Type: " + r.kind + "\r\nContent-Length: " + strconv.FormatInt(r.size, 10) + "\r\n" + common + r.more + "\r\n"
}

// respond decides what a request gets, of which head is all but the empty line.
func (s *Server) respond(head string) response {
	lines := strings.Split(head, "\r\n")
	method, target, version := cut2(lines[0])
	host, site, ok := headers(lines[1:])
	var r response
	switch {
	case !ok || version != "HTTP/1.1" && version != "HTTP/1.0":
		return refusal("400 Bad Request", "This is no request that is understood here.\n", "")
	case !isAddress(host):
		// A name may be anybody's who has it lead here.
		return refusal("421 Misdirected Request", "Name this server by its address, not by a name.\n", "")
	case method != "GET" && method != "HEAD":
		return refusal("405 Method Not Allowed", "There is nothing to change here.\n", "Allow: GET, HEAD\r\n")
	case target == "/":
		r = response{status: "200 OK", kind: "text/html; charset=utf-8", size: int64(len(s.page)), body: bytes.NewReader(s.page)}
	case s.capture != nil && target == s.path && (site == "" || site == "same-origin"):
		r = response{status: "200 OK", kind: "application/octet-stream", size: s.capture.Size, body: s.capture.File}
	default:
		r = refusal("404 Not Found", "There is nothing here.\n", "")
	}
	if method == "HEAD" {
		r.body = nil
	}
	return r
}

// cut2 splits a request's first line.
func cut2(line string) (method, target, version string) {
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ = strings.Cut(rest, " ")
	return method, target, version
}

// headers finds the two that matter; not ok where the lines are none of headers.
func headers(lines []string) (host, site string, ok bool) {
	hosts := 0
	for _, line := range lines {
		name, value, found := strings.Cut(line, ":")
		if !found || name == "" || strings.ContainsAny(name, " \t\r\n") {
			return "", "", false
		}
		switch value = strings.Trim(value, " \t"); strings.ToLower(name) {
		case "host":
			host = value
			hosts++
		case "sec-fetch-site":
			site = value
		}
	}
	return host, site, hosts == 1
}

// isAddress reports whether a Host header has an address, or localhost, which nobody else
// can have lead elsewhere.
func isAddress(host string) bool {
	if at, err := netip.ParseAddrPort(host); err == nil {
		return at.Addr().Zone() == ""
	}
	name := host
	if h, port, found := strings.Cut(host, ":"); found {
		if _, err := strconv.ParseUint(port, 10, 16); err == nil {
			name = h
		}
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	_, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(name, "["), "]"))
	return err == nil
}
