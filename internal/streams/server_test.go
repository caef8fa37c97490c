package streams

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// log keeps what a server or a client says.
type log struct {
	mu    sync.Mutex
	lines []string
}

func (l *log) note(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, text)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

func (l *log) has(text string) bool { return strings.Contains(l.String(), text) }

// service is a server with a file that packets are written to.
type service struct {
	*Server
	*log
	file *pcapfile.Writer
}

// serve serves at a free port of the loopback, or at that one.
func serve(t *testing.T, port uint16, pcapng bool, o ServerOptions) *service {
	t.Helper()
	testenv.NeedsLoopback(t)
	a := Address{Host: "127.0.0.1", Port: port, TLS: o.TLS != nil}
	addrs, err := a.Resolve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s := &service{log: new(log)}
	o.Note, o.Pcapng = s.note, pcapng
	if s.Server, err = Listen(context.Background(), a, addrs, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close(0, nil) })
	s.begin(t, pcapng)
	return s
}

// interfaces are those of what is served.
var interfaces = []capture.Interface{{Name: "first", LinkType: capture.LinkEN10MB, SnapLen: 100}, {Name: "second", LinkType: capture.LinkRAW, SnapLen: 100}}

func (s *service) begin(t *testing.T, pcapng bool) {
	t.Helper()
	known := 1
	var err error
	s.file, err = pcapfile.NewWriter(s, "stream", capture.LinkEN10MB, pcapfile.Format{
		SnapLen: 1 << 16, Pcapng: pcapng, Interfaces: func() []capture.Interface { known++; return interfaces[:min(known-1, 2)] },
	})
	if err == nil {
		err = s.file.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Serve()
}

// packet is one with a number in it.
func packet(n, size int) *capture.Packet {
	data := make([]byte, size)
	binary.BigEndian.PutUint32(data, uint32(n))
	return &capture.Packet{Data: data, Length: uint32(size), LinkType: capture.LinkEN10MB, Time: capture.Timestamp{Sec: int64(n)}}
}

func (s *service) send(t *testing.T, from, to, size int) {
	t.Helper()
	for n := from; n < to; n++ {
		if err := s.file.Write(packet(n, size)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.file.Flush(); err != nil {
		t.Fatal(err)
	}
}

func (s *service) port() uint16 { return s.Addrs()[0].Port() }

// connect returns when the server knows of the connection.
func (s *service) connect(t *testing.T) net.Conn {
	t.Helper()
	s.backlog.mu.Lock()
	before := len(s.backlog.readers)
	s.backlog.mu.Unlock()
	conn, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s.await(t, before+1)
	return conn
}

// await waits until there are so many readers.
func (s *service) await(t *testing.T, readers int) {
	t.Helper()
	testenv.WaitFor(t, fmt.Sprintf("there are %d readers", readers), func() bool {
		s.backlog.mu.Lock()
		defer s.backlog.mu.Unlock()
		return len(s.backlog.readers) == readers
	})
}

// numbers reads a stream to its end, and returns the numbers of its packets.
func numbers(src io.Reader) (all []int, names []string, err error) {
	r, err := pcapfile.NewReader(src)
	if err != nil {
		return nil, nil, err
	}
	var pkt capture.Packet
	for {
		if err := r.Next(&pkt); err != nil {
			for _, d := range r.Interfaces() {
				names = append(names, d.Name)
			}
			if err == io.EOF {
				err = nil
			}
			return all, names, err
		}
		all = append(all, int(binary.BigEndian.Uint32(pkt.Data)))
	}
}

// checkNumbers reports numbers that are not those of a range.
func checkNumbers(t *testing.T, who string, got []int, from, to int) {
	t.Helper()
	if len(got) != to-from || len(got) > 0 && (got[0] != from || got[len(got)-1] != to-1) {
		t.Errorf("%s has %d packets, want %d to %d: %.20v", who, len(got), from, to-1, got)
	}
}

// TestServe: each reader gets a file of its own, of what comes from its connection on,
// and to the end.
func TestServe(t *testing.T) {
	for _, pcapng := range []bool{false, true} {
		t.Run(fmt.Sprintf("pcapng %t", pcapng), func(t *testing.T) {
			s := serve(t, 0, pcapng, ServerOptions{})
			if s.Wanted() {
				t.Error("without readers packets are wanted")
			}
			s.send(t, 0, 10, 60) // nobody gets them
			first := s.connect(t)
			s.send(t, 10, 20, 60)
			if pcapng {
				pkt := packet(20, 60)
				pkt.Interface, pkt.LinkType = 1, capture.LinkRAW
				if err := s.file.Write(pkt); err != nil {
					t.Fatal(err)
				}
				s.send(t, 21, 30, 60)
			} else {
				s.send(t, 20, 30, 60)
			}
			second := s.connect(t)
			s.send(t, 30, 50, 60)
			if err := s.file.Close(); err != nil {
				t.Fatal(err)
			}
			counts := s.Close(testenv.Patience, nil)
			for i, conn := range []net.Conn{first, second} {
				got, names, err := numbers(conn)
				if err != nil {
					t.Error(err)
				}
				checkNumbers(t, fmt.Sprintf("reader %d", i), got, 10+20*i, 50)
				if pcapng && len(names) != 2 {
					t.Errorf("reader %d knows the interfaces %q, want two", i, names)
				}
			}
			if counts.Served != 2 || counts.CutOff != 0 || counts.Refused != 0 {
				t.Errorf("counts %+v", counts)
			}
			if !s.has(": 40 packets, ") || !s.has(": 20 packets, ") {
				t.Errorf("it says\n%s", s)
			}
		})
	}
}

// TestStalled: a reader that takes nothing is cut off, in time for memory to stay
// bounded, and the others get all.
func TestStalled(t *testing.T) {
	const limit = 4 << 20
	s := serve(t, 0, false, ServerOptions{limit: limit})
	stalled := s.connect(t)
	stalled.(*net.TCPConn).SetReadBuffer(1 << 12)
	type result struct {
		all []int
		err error
	}
	results := make(chan result, 2)
	for range cap(results) {
		conn := s.connect(t)
		go func() {
			all, _, err := numbers(conn)
			results <- result{all, err}
		}()
	}
	const packets, size = 20_000, 1500
	behind := func() (held int) { // of the readers that read
		s.backlog.mu.Lock()
		defer s.backlog.mu.Unlock()
		if s.backlog.held > limit+segmentSize {
			t.Errorf("%d bytes are held, %d at most", s.backlog.held, limit)
		}
		for r := range s.backlog.readers {
			if r.name != stalled.LocalAddr().String() && r.at == s.backlog.oldest && r.at != s.backlog.newest {
				return s.backlog.held
			}
		}
		return 0
	}
	for n := 0; n < packets; n += 500 {
		s.send(t, n, n+500, size)
		testenv.WaitFor(t, "the others are not behind", func() bool { return behind() < limit/2 })
	}
	testenv.WaitFor(t, "the stalled one is cut off", func() bool { return s.has("; cut off, as it was more than 4 MiB behind") })
	counts := s.Close(testenv.Patience, nil)
	for range cap(results) {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
		}
		checkNumbers(t, "a reader", r.all, 0, packets)
	}
	if counts.CutOff != 1 || counts.Served != 3 {
		t.Errorf("counts %+v", counts)
	}
	// Its end does not look like that of the stream.
	if _, err := io.Copy(io.Discard, stalled); err == nil {
		t.Error("the stalled reader sees a clean end")
	}
}

// TestEnd: at the end nobody waits longer than allowed for a reader that takes nothing.
func TestEnd(t *testing.T) {
	s := serve(t, 0, false, ServerOptions{})
	s.connect(t)
	s.send(t, 0, 20_000, 1500)
	hurry := make(chan struct{})
	close(hurry)
	if c := s.Close(testenv.Patience, hurry); c.Served != 1 {
		t.Errorf("counts %+v", c)
	}
	if !s.has("; it did not take the rest in time") {
		t.Errorf("it says\n%s", s)
	}
}

// TestWrongClient: who sends something is no reader, and gets no more.
func TestWrongClient(t *testing.T) {
	s := serve(t, 0, false, ServerOptions{})
	conn := s.connect(t)
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	s.await(t, 0)
	testenv.WaitFor(t, "it is refused", func() bool { return s.has("refused: it sent something") })
	if got, _ := io.ReadAll(conn); len(got) != fileHeaderLen {
		t.Errorf("it got %d bytes", len(got))
	}
	if c := s.Close(testenv.Patience, nil); c.Refused != 1 || c.Served != 0 {
		t.Errorf("counts %+v", c)
	}
}

// TestManyConnections: of many connections as many are served as may be, and nothing is
// left of the others.
func TestManyConnections(t *testing.T) {
	many := 200
	if os.Getenv("TAPDUMP_STREAMS") != "" {
		many = 1000
	}
	s := serve(t, 0, false, ServerOptions{})
	goroutines := runtime.NumGoroutine()
	var conns []net.Conn
	for range many {
		conn, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, conn)
	}
	refused := func() int {
		s.Server.mu.Lock()
		defer s.Server.mu.Unlock()
		return int(s.counts.Refused)
	}
	testenv.WaitFor(t, "all are looked at", func() bool { return refused() == many-MaxReaders })
	s.await(t, MaxReaders)
	if n := runtime.NumGoroutine() - goroutines; n > 2*MaxReaders+2 {
		t.Errorf("%d goroutines more", n)
	}
	s.send(t, 0, 10, 60)
	for _, conn := range conns {
		conn.Close()
	}
	s.await(t, 0)
	testenv.WaitFor(t, "goroutines end", func() bool { return runtime.NumGoroutine() <= goroutines })
	// There is room again.
	conn := s.connect(t)
	s.send(t, 10, 20, 60)
	c := s.Close(testenv.Patience, nil)
	got, _, err := numbers(conn)
	if err != nil {
		t.Error(err)
	}
	checkNumbers(t, "the next reader", got, 10, 20)
	if c.Served != MaxReaders+1 || int(c.Refused) != many-MaxReaders || c.Notes == 0 {
		t.Errorf("counts %+v", c)
	}
}

// TestNoGarbage: packets are taken over without allocation while a reader gets them,
// and while there is none.
func TestNoGarbage(t *testing.T) {
	s := serve(t, 0, true, ServerOptions{})
	pkt := packet(1, 600)
	write := func() {
		for range 1000 {
			if err := s.file.Write(pkt); err != nil {
				t.Fatal(err)
			}
		}
	}
	check := func(when string) {
		if n := testing.AllocsPerRun(20, write); n > 20 {
			t.Errorf("%s: %v allocations in 1000 packets", when, n)
		}
	}
	check("without readers")
	conn := s.connect(t)
	done := make(chan struct{})
	go func() {
		io.Copy(io.Discard, conn)
		close(done)
	}()
	for range 5 { // until there are segments to use again
		write()
		testenv.WaitFor(t, "it is read", func() bool {
			s.backlog.mu.Lock()
			defer s.backlog.mu.Unlock()
			return s.backlog.oldest == s.backlog.newest
		})
	}
	check("with a reader")
	s.Close(testenv.Patience, nil)
	<-done
}

// TestBusyPort: what is in the way is said with what to do.
func TestBusyPort(t *testing.T) {
	s := serve(t, 0, false, ServerOptions{})
	_, err := Listen(context.Background(), Address{Host: "127.0.0.1"}, s.Addrs(), ServerOptions{})
	if err == nil || !strings.Contains(err.Error(), "Address already in use: another program listens there: give another port") {
		t.Error(err)
	}
}

// TestGone: a reader that leaves in the middle of a packet is let go, and the next one
// is served.
func TestGone(t *testing.T) {
	s := serve(t, 0, false, ServerOptions{})
	conn := s.connect(t)
	s.send(t, 0, 20_000, 1500)
	if _, err := io.ReadFull(conn, make([]byte, fileHeaderLen+100)); err != nil {
		t.Fatal(err)
	}
	conn.Close()
	s.await(t, 0)
	if s.Wanted() || s.backlog.held > segmentSize {
		t.Errorf("%d bytes are held for nobody", s.backlog.held)
	}
	next := s.connect(t)
	s.send(t, 20_000, 20_010, 60)
	c := s.Close(testenv.Patience, nil)
	got, _, err := numbers(next)
	if err != nil {
		t.Error(err)
	}
	checkNumbers(t, "the next reader", got, 20_000, 20_010)
	if c.Served != 2 || c.CutOff != 0 {
		t.Errorf("counts %+v", c)
	}
}

// TestListenWords: why a port cannot be opened is said with what to do.
func TestListenWords(t *testing.T) {
	for errno, want := range map[syscall.Errno]string{
		syscall.EADDRINUSE:    "another program listens there",
		syscall.EACCES:        "Permission denied: give a port above 1023",
		syscall.EADDRNOTAVAIL: "give an address that this machine has",
	} {
		err := listenError(&net.OpError{Op: "listen", Err: os.NewSyscallError("bind", errno)})
		if !strings.Contains(err.Error(), want) || !errors.Is(err, errno) {
			t.Errorf("%v: %v, want %q", errno, err, want)
		}
	}
}

// TestOneFamily: 0.0.0.0 is all of IPv4, and nothing of IPv6.
func TestOneFamily(t *testing.T) {
	testenv.NeedsLoopback(t)
	a, err := ParseServed("tcp://0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	addrs, err := a.Resolve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Listen(context.Background(), a, addrs, ServerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(0, nil)
	if got := s.Addrs(); len(got) != 1 || got[0].Addr().String() != "0.0.0.0" {
		t.Errorf("it listens at %v", got)
	}
}

// TestBothLoopbacks: what is served to nobody in particular is served over IPv4 and
// IPv6 at the same port, as far as there is a loopback of both.
func TestBothLoopbacks(t *testing.T) {
	testenv.NeedsLoopback(t)
	addrs, err := Address{}.Resolve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s, err := Listen(context.Background(), Address{}, addrs, ServerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(0, nil)
	for i, addr := range s.Addrs() {
		if !addr.Addr().IsLoopback() || addr.Port() == 0 || addr.Port() != s.Addrs()[0].Port() {
			t.Errorf("address %d is %s of %s", i, addr, s.Addrs())
		}
	}
}

// TestScan: packets are counted as far as they are whole.
func TestScan(t *testing.T) {
	for _, pcapng := range []bool{false, true} {
		var b bytes.Buffer
		w, err := pcapfile.NewWriter(&b, "memory", capture.LinkEN10MB, pcapfile.Format{Pcapng: pcapng})
		if err != nil {
			t.Fatal(err)
		}
		for n := range 5 {
			w.Write(packet(n, 61))
		}
		w.Flush()
		data, aside := b.Bytes(), 0
		if !pcapng {
			data = data[fileHeaderLen:]
		}
		if n := scan(data, pcapng, func([]byte) { aside++ }); n != 5 || pcapng && aside != 2 {
			t.Errorf("pcapng %t: %d packets, %d other blocks", pcapng, n, aside)
		}
		if n := scan(data[:len(data)-1], pcapng, nil); n != 4 {
			t.Errorf("pcapng %t: of half a packet less: %d", pcapng, n)
		}
	}
}
