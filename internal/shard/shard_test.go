package shard_test

import (
	"encoding/binary"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/shard"
	"github.com/tapdump/tapdump/internal/traffic"
)

const parts = 5

// workers are one for each part.
type workers []*shard.Divider

func newWorkers(n int) (w workers) {
	for i := range n {
		w = append(w, shard.New(shard.Part{Index: i, Of: n}))
	}
	return w
}

// part is the only one that takes a packet.
func (w workers) part(t *testing.T, pkt *capture.Packet) int {
	t.Helper()
	part := -1
	for i, d := range w {
		if !d.Takes(pkt) {
			continue
		}
		if part >= 0 {
			t.Fatalf("parts %d and %d take %x", part, i, pkt.Data)
		}
		part = i
	}
	if part < 0 {
		t.Fatalf("no part takes %x", pkt.Data)
	}
	return part
}

// mf sets the flag of IPv4 that more fragments follow.
func mf(pkt *capture.Packet) *capture.Packet {
	pkt.Data[14+6] |= 0x20
	return pkt
}

// TestPlaces: where packets go. Machines agree about it, whatever their version: a
// number that changes divides a job that is under way in two ways.
func TestPlaces(t *testing.T) {
	tcp := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolTCP, SrcPort: 40000, DstPort: 443, Flags: header.SYN}
	back := tcp
	back.Src, back.Dst, back.SrcPort, back.DstPort = tcp.Dst, tcp.Src, tcp.DstPort, tcp.SrcPort
	tagged := tcp
	tagged.VLAN = []uint16{7}
	raw := back
	raw.Link = capture.LinkRAW
	six := headertest.Spec{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: header.ProtocolUDP, SrcPort: 5353, DstPort: 53}
	sixBack := headertest.Spec{Src: six.Dst, Dst: six.Src, Protocol: six.Protocol, SrcPort: 53, DstPort: 5353}
	ping := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolICMP, Type: 8}
	pong := headertest.Spec{Src: "192.0.2.2", Dst: "192.0.2.1", Protocol: header.ProtocolICMP}
	esp := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.3", Protocol: 50}
	w := newWorkers(1000)
	for _, c := range []struct {
		name  string
		specs []headertest.Spec
		want  int
	}{
		{"a connection", []headertest.Spec{tcp, back, tagged, raw}, 259},
		{"over IPv6", []headertest.Spec{six, sixBack}, 402},
		{"ICMP", []headertest.Spec{ping, pong}, 518},
		{"ESP", []headertest.Spec{esp}, 199},
	} {
		for _, spec := range c.specs {
			if got := w.part(t, spec.Packet(0, 0)); got != c.want {
				t.Errorf("%s, from port %d of %s: part %d, want %d", c.name, spec.SrcPort, spec.Src, got, c.want)
			}
		}
	}
	arp := capture.Packet{Data: append(make([]byte, 12), 8, 6, 0, 1), Length: 16, LinkType: capture.LinkEN10MB}
	if got := w.part(t, &arp); got != 0 {
		t.Errorf("what is no IP is in part %d, want 0", got)
	}
}

// TestTunnel: the packet in a tunnel decides, both ways, whatever is around it.
func TestTunnel(t *testing.T) {
	inner := headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: header.ProtocolTCP, SrcPort: 40000, DstPort: 443}
	back := headertest.Spec{Src: "10.0.0.2", Dst: "10.0.0.1", Protocol: header.ProtocolTCP, SrcPort: 443, DstPort: 40000}
	w := newWorkers(1000)
	want := w.part(t, inner.Packet(0, 0))
	for i, spec := range []headertest.Spec{inner, back} {
		outer := headertest.Spec{
			Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolUDP, SrcPort: uint16(50000 + i), DstPort: 4789,
			Payload: append([]byte{8, 0, 0, 0, 0, 0, 1, 0}, spec.Bytes()...),
		}
		if got := w.part(t, outer.Packet(0, 0)); got != want {
			t.Errorf("in VXLAN: part %d, want %d", got, want)
		}
		// Later fragments of what is around it go with the first.
		outer.ID = uint16(i)
		w.part(t, mf(outer.Packet(0, 0)))
		outer.Fragment = 100
		if got := w.part(t, outer.Packet(0, 0)); got != want {
			t.Errorf("a later fragment of VXLAN: part %d, want %d", got, want)
		}
	}
	if l := w[want].Losses(); l != (shard.Losses{}) {
		t.Errorf("lost %+v", l)
	}
}

// TestFragments: later fragments go with the first, if that came before and not too
// long ago; else by addresses, which is said.
func TestFragments(t *testing.T) {
	udp := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolUDP, SrcPort: 1000, DstPort: 2000, ID: 77}
	later := udp
	later.Fragment = 10
	six := headertest.Spec{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: header.ProtocolUDP, SrcPort: 1000, DstPort: 2000, Extensions: []uint8{0, 44}}
	sixFirst := six.Packet(100, 0)
	fragment := 14 + 40 + 8
	sixFirst.Data[fragment+3] |= 1
	six.Fragment = 10
	sixLater := six.Packet(100, 0)

	w := newWorkers(1000)
	stray := w.part(t, later.Packet(100, 0))
	whole := w.part(t, udp.Packet(100, 0))
	first := w.part(t, mf(udp.Packet(100, 0)))
	if stray == whole || first != whole {
		t.Fatalf("a stray is in part %d, a first fragment in %d, a whole packet in %d", stray, first, whole)
	}
	for _, c := range []struct {
		name string
		sec  int64
		id   uint16
		want int
	}{
		{"at once", 100, 77, whole},
		{"within the time", 160, 77, whole},
		{"later", 161, 77, stray},
		{"time goes back", 40, 77, whole},
		{"time goes back far", 39, 77, stray},
		{"of another packet", 100, 78, stray},
	} {
		spec := later
		spec.ID = c.id
		if got := w.part(t, spec.Packet(c.sec, 0)); got != c.want {
			t.Errorf("%s: part %d, want %d", c.name, got, c.want)
		}
	}
	if got, want := w.part(t, sixLater), w.part(t, sixFirst); got == want {
		t.Error("a later fragment of IPv6 goes by ports before the first came")
	}
	if got, want := w.part(t, sixLater), w.part(t, sixFirst); got != want {
		t.Errorf("a later fragment of IPv6 is in part %d, the first in %d", got, want)
	}
	if l := w[stray].Losses(); l.Strays < 4 || l.Forgotten > 0 {
		t.Errorf("lost %+v", l)
	}
}

// TestFragmentsAreBounded: of too many first fragments the oldest is forgotten, and
// counted unless its time was over.
func TestFragmentsAreBounded(t *testing.T) {
	spec := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolUDP, SrcPort: 1000, DstPort: 2000}
	w := newWorkers(2)
	pkt := mf(spec.Packet(0, 0))
	id := func(n int) {
		binary.BigEndian.PutUint16(pkt.Data[14+4:], uint16(n))
		pkt.Data[14+15] = byte(n >> 16) // the source
	}
	for n := range shard.MaxFragments + 10 {
		id(n)
		w.part(t, pkt)
	}
	for _, d := range w {
		if l := d.Losses(); l.Forgotten != 10 || l.Strays != 0 {
			t.Errorf("lost %+v, want 10 forgotten", l)
		}
	}
	pkt.Time.Sec = 100
	for n := range 5 {
		id(1<<17 + n)
		w.part(t, pkt)
	}
	if l := w[0].Losses(); l.Forgotten != 10 {
		t.Errorf("fragments whose time was over were counted: %+v", l)
	}
	if n := testing.AllocsPerRun(100, func() { w[0].Takes(pkt) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestBalance: parts of made traffic have about the same number of flows.
func TestBalance(t *testing.T) {
	w := newWorkers(parts)
	var counts [parts]int
	const n = 50_000
	src := traffic.New(3, n)
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		counts[w.part(t, &pkt)]++
	}
	for i, c := range counts {
		if c < n/parts*7/10 || c > n/parts*13/10 {
			t.Errorf("part %d has %d of %d packets", i, c, n)
		}
	}
}

// FuzzTakes: every packet is in exactly one part.
func FuzzTakes(f *testing.F) {
	f.Add(headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: header.ProtocolTCP}.Bytes())
	f.Add(headertest.Spec{Src: "2001:db8::1", Dst: "2001:db8::2", Protocol: header.ProtocolUDP, Extensions: []uint8{0, 44, 60}, Fragment: 3}.Bytes())
	w := newWorkers(3)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, link := range [...]capture.LinkType{capture.LinkEN10MB, capture.LinkRAW} {
			w.part(t, &capture.Packet{Data: data, Length: uint32(len(data)), LinkType: link})
		}
	})
}

func BenchmarkTakes(b *testing.B) {
	_, packets, _ := headertest.Made(10_000)
	d := shard.New(shard.Part{Index: 1, Of: 8})
	for b.Loop() {
		for _, pkt := range packets {
			d.Takes(pkt)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(packets)), "ns/packet")
}
