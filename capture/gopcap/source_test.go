package gopcap_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gopacket/gopacket"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/gopcap"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/testenv"
)

// made is a Handle that has what a test gives it.
type made struct {
	link    uint32
	reads   chan read
	refuse  int // how many filters it refuses, the first ones
	mu      sync.Mutex
	filters [][]bpf.Instruction
	closed  bool
	waits   chan struct{} // filled when a read finds nothing
}

type read struct {
	data []byte
	info gopacket.CaptureInfo
	err  error
}

func newMade() *made {
	return &made{link: 1, reads: make(chan read, 1<<16), waits: make(chan struct{}, 1)}
}

func (m *made) LinkType() uint32 { return m.link }

func (m *made) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	select {
	case r := <-m.reads:
		return r.data, r.info, r.err
	default:
	}
	select {
	case m.waits <- struct{}{}:
	default:
	}
	r := <-m.reads
	return r.data, r.info, r.err
}

func (m *made) SetRawBPFFilter(program []bpf.Instruction) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.filters = append(m.filters, program)
	if m.refuse > 0 {
		m.refuse--
		return errors.New("it is refused")
	}
	return nil
}

func (m *made) Close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
}

// add has a packet be captured.
func (m *made) add(at time.Time, data string, length int) {
	m.reads <- read{data: []byte(data), info: gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(data), Length: length}}
}

func mustNew(t *testing.T, m *made, snapLen int) *gopcap.Source {
	t.Helper()
	s, err := gopcap.New(m, "made0", snapLen)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		close(m.reads) // a read that waits ends
		s.Close()
	})
	return s
}

func mustStart(t *testing.T, s *gopcap.Source, filter []bpf.Instruction, again *bpf.VM) {
	t.Helper()
	if inKernel, err := s.Start(filter, again); err != nil || !inKernel {
		t.Fatalf("Start: %t, %v", inKernel, err)
	}
}

// collect returns the next n packets.
func collect(t *testing.T, s *gopcap.Source, n int) (all []capture.Packet) {
	t.Helper()
	for range n {
		var p capture.Packet
		if err := s.Next(&p); err != nil {
			t.Fatalf("after %d packets: %v", len(all), err)
		}
		all = append(all, p)
	}
	return all
}

// beginsWith is a filter for packets that begin with a byte.
func beginsWith(c byte) []bpf.Instruction {
	return []bpf.Instruction{
		{Op: bpf.LD | bpf.ABS | bpf.B},
		{Op: bpf.JMP | bpf.JEQ | bpf.K, Jf: 1, K: uint32(c)},
		{Op: bpf.RET | bpf.K, K: capture.MaxSnapLen},
		{Op: bpf.RET | bpf.K},
	}
}

func mustVM(t *testing.T, program []bpf.Instruction) *bpf.VM {
	t.Helper()
	vm, err := bpf.NewVM(program, bpf.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	return vm
}

// TestFromBefore: packets from before the filter are filtered again, or left out;
// those that the kernel let through it are not.
func TestFromBefore(t *testing.T) {
	for _, c := range []struct {
		what  string
		again *bpf.VM
		want  string
	}{
		{"filtered again", mustVM(t, beginsWith('a')), "a1 a2 b4"},
		{"left out", nil, "b4"},
	} {
		m := newMade()
		past := time.Now()
		m.add(past, "a1", 2)
		m.add(past, "b1", 2)
		m.add(past, "a2", 2)
		m.add(past, "b3", 2)
		s := mustNew(t, m, 0)
		mustStart(t, s, beginsWith('a'), c.again)
		m.add(time.Now().Add(time.Second), "b4", 2) // as if the kernel had seen another packet
		var got []string
		for len(got) == 0 || got[len(got)-1] != "b4" {
			got = append(got, string(collect(t, s, 1)[0].Data))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %s", c.what, got, c.want)
		}
		// Nothing comes in between, so that nothing is half filtered.
		if want := [][]bpf.Instruction{{{Op: bpf.RET | bpf.K}}, beginsWith('a')}; !slices.EqualFunc(m.filters, want, slices.Equal) {
			t.Errorf("%s: the filters are %v", c.what, m.filters)
		}
	}
}

// TestFill: what becomes of lengths and stamps.
func TestFill(t *testing.T) {
	m := newMade()
	s := mustNew(t, m, 20)
	mustStart(t, s, nil, nil)
	at := time.Unix(1<<32, 123456789)
	long := strings.Repeat("x", 30)
	m.add(at, "cut", 1500)
	m.add(at, long, 30)
	m.reads <- read{} // a block without packets
	m.reads <- read{data: []byte("macmac" + "tag!" + "more"), info: gopacket.CaptureInfo{Timestamp: at, CaptureLength: 10, Length: 100}}
	m.reads <- read{data: []byte("system call" + long), info: gopacket.CaptureInfo{CaptureLength: 11}}
	got := collect(t, s, 4)
	stamp := capture.Timestamp{Sec: 1 << 32, Nsec: 123456789}
	for i, want := range []capture.Packet{
		{Time: stamp, Data: []byte("cut"), Length: 1500},
		{Time: stamp, Data: []byte(long[:20]), Length: 30},
		{Time: stamp, Data: []byte("macmactag!more"), Length: 104, Added: 4},
		{Time: got[3].Time, Data: []byte("system call"), Length: 11},
	} {
		g := got[i]
		if !bytes.Equal(g.Data, want.Data) || g.Time != want.Time || g.Length != want.Length || g.Added != want.Added || g.LinkType != capture.LinkEN10MB {
			t.Errorf("packet %d is %+v, want %+v", i, g, want)
		}
	}
	if since := time.Since(got[3].Time.Time()); since < 0 || since > testenv.Patience {
		t.Errorf("a packet without stamp is stamped %v ago", since)
	}
}

// TestRefused: a filter that the kernel does not take is said, and all packets come.
func TestRefused(t *testing.T) {
	m := newMade()
	s := mustNew(t, m, 77)
	m.refuse = 1
	if inKernel, err := s.Start(beginsWith('a'), nil); inKernel || err != nil {
		t.Errorf("Start: %t, %v", inKernel, err)
	}
	m.add(time.Now().Add(time.Second), "b", 1)
	collect(t, s, 1)
	if all := m.filters[len(m.filters)-1]; !slices.Equal(all, []bpf.Instruction{{Op: bpf.RET | bpf.K, K: 77}}) {
		t.Errorf("the last filter is %v", all)
	}
	if w := s.Warnings(); len(w) != 1 || !strings.HasPrefix(w[0], "Kernel filter failed: it is refused; ") {
		t.Errorf("warnings %q", w)
	}
	const want = "made0: go-pcap: it is refused"
	m = newMade()
	m.refuse = 1
	if _, err := gopcap.New(m, "made0", 0); err == nil || err.Error() != want {
		t.Errorf("New, which can set no filter: %v", err)
	}
	m = newMade()
	s = mustNew(t, m, 0)
	m.refuse = 2
	if _, err := s.Start(beginsWith('a'), nil); err == nil || err.Error() != want {
		t.Errorf("Start, which can set no filter: %v", err)
	}
}

// TestLinkTypes: what go-pcap does not know is refused.
func TestLinkTypes(t *testing.T) {
	for link, ok := range map[capture.LinkType]bool{capture.LinkEN10MB: true, capture.LinkNULL: true, capture.LinkRAW: false} {
		m := newMade()
		m.link = uint32(link)
		s, err := gopcap.New(m, "made0", 0)
		if (err == nil) != ok || !ok && !strings.Contains(err.Error(), "go-pcap knows Ethernet only, and this interface is RAW") {
			t.Errorf("%s: %v", link, err)
		}
		if ok && s.LinkType() != link {
			t.Errorf("%s is %s", link, s.LinkType())
		}
	}
}

// TestStates: what comes too early, twice or too late.
func TestStates(t *testing.T) {
	m := newMade()
	s := mustNew(t, m, 0)
	var p capture.Packet
	if err := s.Next(&p); err != live.ErrNotStarted {
		t.Errorf("before Start: %v", err)
	}
	mustStart(t, s, nil, nil)
	if _, err := s.Start(nil, nil); err != live.ErrStarted {
		t.Errorf("the second Start: %v", err)
	}
	s.Wake()
	if err := s.Next(&p); err != live.ErrWake {
		t.Errorf("after Wake: %v", err)
	}
	idle := errors.New("idle")
	s.OnIdle(func() error { return idle })
	if err := s.Next(&p); err != idle {
		t.Errorf("when idle: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := s.Next(&p); err != io.EOF {
		t.Errorf("after Close: %v", err)
	}
	if _, err := s.Start(nil, nil); err != live.ErrClosed {
		t.Errorf("Start after Close: %v", err)
	}
	if !m.closed || s.SnapLen() != capture.MaxSnapLen || s.Device() != "made0" || s.Interfaces()[0].Name != "made0" {
		t.Errorf("closed %t, %+v", m.closed, s.Interfaces())
	}
}

// TestEnds: the ways in which a capture ends.
func TestEnds(t *testing.T) {
	later := time.Now().Add(time.Hour)
	next := func(s *gopcap.Source) error { return s.Next(new(capture.Packet)) }
	t.Run("Interrupt", func(t *testing.T) {
		m := newMade()
		s := mustNew(t, m, 0)
		for range 5 {
			m.add(later, "x", 1)
		}
		mustStart(t, s, nil, nil)
		<-m.waits // all have been read
		s.Interrupt()
		collect(t, s, 5)
		if err := next(s); err != io.EOF {
			t.Error(err)
		}
		if last := m.filters[len(m.filters)-1]; !slices.Equal(last, []bpf.Instruction{{Op: bpf.RET | bpf.K}}) {
			t.Errorf("the last filter is %v", last)
		}
	})
	t.Run("Abandon", func(t *testing.T) {
		m := newMade()
		s := mustNew(t, m, 0)
		mustStart(t, s, nil, nil)
		m.add(later, "x", 1)
		s.Abandon()
		if err := next(s); err != io.EOF {
			t.Error(err)
		}
	})
	t.Run("while it waits", func(t *testing.T) {
		m := newMade()
		s := mustNew(t, m, 0)
		mustStart(t, s, nil, nil)
		s.OnIdle(func() error { s.Abandon(); return nil })
		if err := next(s); err != io.EOF {
			t.Error(err)
		}
	})
	for _, c := range []struct {
		err  error
		want string
	}{
		{io.EOF, "made0: The interface went down or disappeared"},
		{errors.New("a failure"), "made0: go-pcap: a failure"},
	} {
		m := newMade()
		s := mustNew(t, m, 0)
		mustStart(t, s, nil, nil)
		m.add(later, "x", 1)
		m.reads <- read{err: c.err}
		collect(t, s, 1)
		var e *live.Error
		if err := next(s); !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
		if err := next(s); err != io.EOF {
			t.Errorf("after the end: %v", err)
		}
	}
}

// TestReadAhead: more than is read ahead waits, and nothing is lost.
func TestReadAhead(t *testing.T) {
	m := newMade()
	s := mustNew(t, m, 0)
	mustStart(t, s, nil, nil)
	later := time.Now().Add(time.Hour)
	const packets, size = 40, 1 << 20
	for i := range packets {
		m.reads <- read{data: bytes.Repeat([]byte{byte(i)}, size), info: gopacket.CaptureInfo{Timestamp: later, CaptureLength: size, Length: size}}
	}
	for i, p := range collect(t, s, packets) {
		if p.Data[0] != byte(i) || p.Length != size {
			t.Errorf("packet %d is number %d", i, p.Data[0])
		}
	}
}
