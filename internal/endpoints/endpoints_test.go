package endpoints

import (
	"math/rand/v2"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// TestPair: both directions have the same pair, which gives its ends back.
func TestPair(t *testing.T) {
	for _, s := range []headertest.Spec{
		{Src: "192.0.2.9", Dst: "192.0.2.1", SrcPort: 40000, DstPort: 80},
		{Src: "2001:db8::9", Dst: "2001:db8::1", SrcPort: 40000, DstPort: 80},
		{Src: "2001:db8:1::1", Dst: "2001:db8::1", SrcPort: 40000, DstPort: 80},
		{Src: "192.0.2.1", Dst: "192.0.2.1", SrcPort: 40000, DstPort: 80},
		{Src: "0.0.0.0", Dst: "255.255.255.255", SrcPort: 68, DstPort: 67},
	} {
		s.Protocol = header.ProtocolUDP
		p := headertest.Decode(t, s)
		k, forward := Of(p)
		s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
		back, backward := Of(headertest.Decode(t, s))
		if k != back || forward == backward {
			t.Errorf("%+v and back are %v %t and %v %t", s, k, forward, back, backward)
		}
		addr, port := k.Endpoint(!forward)
		if addr != p.Src || port != uint16(p.SrcPort) {
			t.Errorf("%s %d became %s %d", p.Src, p.SrcPort, addr, port)
		}
		other := k
		if other.Label(3); other == k {
			t.Error("a label makes no difference")
		}
	}
}

// TestIndex: an index finds what a map finds, whatever was added and removed before.
func TestIndex(t *testing.T) {
	var pairs [500]Pair
	x := NewIndex(func(i uint32) *Pair { return &pairs[i] })
	known := make(map[Pair]uint32)
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		i := uint32(r.IntN(len(pairs)))
		pairs[i] = Pair{ports: uint64(i)}
		if _, ok := known[pairs[i]]; ok {
			x.Remove(i)
			delete(known, pairs[i])
		} else {
			x.Add(i)
			known[pairs[i]] = i
		}
		look := Pair{ports: uint64(r.IntN(len(pairs)))}
		got, ok := x.Find(&look)
		want, is := known[look]
		if got != want || ok != is {
			t.Fatalf("%v: %d %t, want %d %t", look, got, ok, want, is)
		}
	}
}
