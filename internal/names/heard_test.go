package names

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"testing"
)

func TestHeard(t *testing.T) {
	server, one, two := netip.MustParseAddr("192.0.2.7"), netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	h := new(Heard)
	for _, l := range []Lesson{
		{Address: server, Name: []byte("first.example"), Packet: 10, Second: 100},
		{Address: server, Name: []byte("one.example"), Asker: one, Packet: 20, Second: 200, Expires: 1000},
		{Address: server, Name: []byte("two.example"), Asker: two, Packet: 30, Second: 300},
		{Address: server, Name: []byte("bad name"), Packet: 31},
		{Address: server, Name: []byte("\x1b[31m"), Packet: 31},
		{Address: server, Name: []byte("192.0.2.9"), Packet: 31},
		{Address: server, Name: nil, Packet: 31},
		{Address: server, Name: []byte(strings.Repeat("a", 254)), Packet: 31},
		{Address: netip.IPv4Unspecified(), Name: []byte("blocked.example"), Packet: 31},
	} {
		h.Hear(l)
	}
	for _, c := range []struct {
		what string
		as   As
		want string
	}{
		{"before anything is known", As{Packet: 9}, ""},
		{"with the packet that tells it", As{Packet: 10}, "first.example"},
		{"the newest", As{Packet: 29}, "one.example"},
		{"the newest of all", As{Packet: 30}, "two.example"},
		{"one's own answer", As{Packet: 40, Src: one}, "one.example"},
		{"to oneself", As{Packet: 40, Dst: one}, "one.example"},
		{"one's own answer in its last second", As{Packet: 40, Src: one, Second: 1000}, "one.example"},
		{"one's own answer is not valid any more", As{Packet: 40, Src: one, Second: 1001}, "two.example"},
		{"late", As{Packet: 1, Second: 300, Late: true}, "two.example"},
		{"late, before anything is known", As{Packet: 1, Second: 99, Late: true}, "first.example"},
		{"late, in between", As{Packet: 1, Second: 200, Late: true}, "one.example"},
		{"late, one's own", As{Packet: 1, Second: 400, Late: true, Dst: one}, "one.example"},
	} {
		got, ok := h.Append([]byte("x "), server, &c.as)
		if string(got) != "x "+c.want || ok != (c.want != "") {
			t.Errorf("%s: %q, %t; want %q", c.what, got, ok, c.want)
		}
	}
	if _, ok := h.Append(nil, netip.IPv4Unspecified(), &As{Packet: 99}); ok {
		t.Error("an address that blocks names has one")
	}
}

// TestHeardBounds: however many names there are, a bounded number is remembered, and
// those of the packets that may still be printed are among them.
func TestHeardBounds(t *testing.T) {
	h := new(Heard)
	a := netip.MustParseAddr("192.0.2.7")
	for n := range uint64(3000) {
		h.Hear(Lesson{Address: a, Name: fmt.Appendf(nil, "n%d.example", n), Packet: n})
	}
	for _, n := range []uint64{0, 1, 1500, 2999} {
		if got, _ := h.Append(nil, a, &As{Packet: n}); string(got) != fmt.Sprintf("n%d.example", n) {
			t.Errorf("as of packet %d: %q", n, got)
		}
	}
	for n := range uint64(3000) {
		h.Hear(Lesson{Address: a, Name: fmt.Appendf(nil, "m%d.example", n), Packet: 10*heardLag + n*heardLag})
	}
	known, _ := h.known.Load(a)
	if n := known.(*heardOf).count; n > 4*heardEach || n != h.names {
		t.Errorf("%d names are remembered, and counted as %d", n, h.names)
	}
	if testing.Short() {
		return
	}
	for n := range MaxHeard + 1000 {
		h.Hear(Lesson{Address: netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), Name: []byte("a.example"), Packet: 1})
	}
	if n := h.Forgotten(); n != 1001 {
		t.Errorf("%d addresses are forgotten, want 1,001", n)
	}
	if got, _ := h.Append(nil, netip.MustParseAddr("10.0.0.0"), &As{Packet: 9}); len(got) > 0 {
		t.Errorf("the oldest address is still called %s", got)
	}
}

// TestHeardShared: names are asked for while others are heard.
func TestHeardShared(t *testing.T) {
	h := new(Heard)
	a := netip.MustParseAddr("192.0.2.7")
	h.Hear(Lesson{Address: a, Name: []byte("n0.example"), Packet: 0})
	var wait sync.WaitGroup
	for range 3 {
		wait.Go(func() {
			for n := range uint64(2000) {
				if got, ok := h.Append(nil, a, &As{Packet: n}); !ok || got[0] != 'n' {
					t.Errorf("as of packet %d: %q", n, got)
				}
			}
		})
	}
	for n := range uint64(2000) {
		h.Hear(Lesson{Address: a, Name: fmt.Appendf(nil, "n%d.example", n), Packet: n})
	}
	wait.Wait()
}
