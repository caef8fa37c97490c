package apps

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// feeder plays packets of many conversations, told apart by the client's address and
// port.
type feeder struct {
	d   *Decoder
	pkt *capture.Packet
	p   header.Packet
}

func newFeeder(t testing.TB, o Options, payload int) *feeder {
	f := &feeder{d: New(o)}
	f.pkt = headertest.Spec{Src: "10.0.0.1", Dst: "192.0.2.2", SrcPort: 40000, DstPort: 5001, Protocol: header.ProtocolTCP, Payload: make([]byte, payload)}.Packet(1_700_000_000, 0)
	if !header.Decode(f.pkt, &f.p) {
		t.Fatal("a packet of the test is wrong")
	}
	return f
}

func (f *feeder) add(conversation int, seq uint32, flags uint8) {
	addr := f.p.Src.As4()
	addr[1], addr[2], addr[3] = byte(conversation>>16), byte(conversation>>8), byte(conversation)
	copy(f.p.IP[12:16], addr[:])
	f.p.Src = netip.AddrFrom4(addr)
	binary.BigEndian.PutUint32(f.p.Transport[4:], seq)
	f.p.Transport[13] = flags
	f.d.Begin(f.pkt)
	f.d.Add(&f.p)
}

// TestIdle: conversations in which nothing was said for long are forgotten, and do not
// count as lost.
func TestIdle(t *testing.T) {
	f := newFeeder(t, Options{}, 10)
	for c := range 1000 {
		f.add(c, 1, header.PSH)
		f.pkt.Time.Sec++
	}
	f.pkt.Time.Sec += IdleSeconds - 500
	f.add(5000, 1, header.PSH)
	if n := len(f.d.conversations.known); n < 499 || n > 502 {
		t.Errorf("%d conversations are known, want 500 and one", n)
	}
	f.pkt.Time.Sec -= 10 * IdleSeconds // a clock that is set back forgets nothing
	f.add(5001, 1, header.PSH)
	f.pkt.Time.Sec += 20 * IdleSeconds
	f.add(5002, 1, header.PSH)
	if n := len(f.d.conversations.known); n != 1 || f.d.Losses().Conversations != 0 {
		t.Errorf("%d conversations are known, want 1; %d were lost", n, f.d.Losses().Conversations)
	}
}

// TestEnded: what was closed is given up.
func TestEnded(t *testing.T) {
	f := newFeeder(t, Options{}, 0)
	f.add(1, 10, header.SYN)
	f.add(2, 10, header.SYN)
	if n := len(f.d.conversations.known); n != 2 {
		t.Fatalf("%d conversations are known, want 2", n)
	}
	f.add(1, 11, header.RST)
	if n := len(f.d.conversations.known); n != 1 {
		t.Errorf("%d conversations are known behind a RST, want 1", n)
	}
}

// TestBound: streams that are made to be held take no more memory than is allowed, and
// what had to be forgotten is counted.
func TestBound(t *testing.T) {
	const limit = 16 << 20
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f := newFeeder(t, Options{MaxMemory: limit}, 1000)
	for c := range 5000 {
		for segment := range uint32(20) {
			f.add(c, 2+2000*segment, header.PSH) // each one leaves a hole before it
		}
		if x := &f.d.conversations; x.size > x.limit {
			t.Fatalf("%d bytes are counted, the limit is %d", x.size, x.limit)
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int(after.HeapAlloc) - int(before.HeapAlloc); grown > 2*limit {
		t.Errorf("%d MiB are in use, the limit is %d", grown>>20, limit>>20)
	}
	if f.d.Losses().Conversations == 0 {
		t.Error("nothing is counted as forgotten")
	}
	size := 0
	for _, c := range f.d.conversations.known {
		size += c.size
	}
	if size != f.d.conversations.size {
		t.Errorf("%d bytes are counted, conversations have %d", f.d.conversations.size, size)
	}
}
