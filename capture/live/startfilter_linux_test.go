package live

import (
	"errors"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
)

// tagged is a frame with a VLAN tag.
func tagged(frame []byte, tag byte) []byte {
	b := append([]byte(nil), frame[:12]...)
	return append(append(b, 0x81, 0, 0, tag), frame[12:]...)
}

// TestStartFilter: a filter means the same in the kernel and where the kernel does
// not take it: VLAN tags are found, and the direction.
func TestStartFilter(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		for _, c := range []struct {
			expr     string
			inKernel bool
			want     int
		}{
			{"vlan 5", true, 10},
			{"ip6 protochain 17 or vlan 5", false, 10}, // it loops
			{"inbound and udp port 9", true, 30},       // tagged ones too
			{"ip6 protochain 17 or (inbound and udp port 9)", false, 30},
			{"outbound and (ip6 protochain 17 or udp port 9)", false, 0},
		} {
			l := mustOpen(t, "rx0", Config{})
			f, err := compile.NewMatcher(c.expr, l.LinkType(), compile.Options{SnapLen: l.SnapLen()})
			if err != nil {
				t.Fatalf("%s: %v", c.expr, err)
			}
			if bpf.Loops(f.Kernel()) == c.inKernel {
				t.Fatalf("%s: the program loops: %v", c.expr, !c.inKernel)
			}
			if err := l.StartFilter(f); err != nil {
				t.Fatalf("%s: %v", c.expr, err)
			}
			if warned := len(l.Warnings()) > 0; warned == c.inKernel {
				t.Errorf("%s: warnings %q", c.expr, l.Warnings())
			}
			s := newSender(t, "tx0")
			for n := range 10 {
				s.send(udpFrame(9, uint32(n), 20))
				s.send(tagged(udpFrame(9, uint32(n), 20), 5))
				s.send(tagged(udpFrame(9, uint32(n), 20), 6))
			}
			received := 30 // what the kernel lets in
			if c.inKernel {
				received = c.want
			}
			waitReceived(t, l, uint64(received))
			l.Interrupt()
			got := collect(t, l)
			if len(got) != c.want {
				t.Errorf("%s: %d packets, want %d", c.expr, len(got), c.want)
			}
			for _, p := range got {
				if !f.Match(&p) {
					t.Errorf("%s: a packet that passed does not match: %x", c.expr, p.Data)
				}
			}
			l.Close()
		}
	})
}

// TestPassOver: where packets follow without end of which none is yielded, Wake and
// OnIdle have their turn.
func TestPassOver(t *testing.T) {
	stop := errors.New("enough")
	s := &stream{idle: func() error { return stop }}
	turns := func() (n int, err error) {
		for n = 1; ; n++ {
			if err := s.passOver(); err != nil {
				return n, err
			}
		}
	}
	if n, err := turns(); n != 256 || err != stop {
		t.Errorf("after %d packets %v, want what OnIdle returned after 256", n, err)
	}
	s.woken.Store(true)
	if n, err := turns(); n != 256 || err != ErrWake {
		t.Errorf("after %d packets %v, want ErrWake after 256", n, err)
	}
	if n, err := turns(); n != 256 || err != stop {
		t.Errorf("after %d packets %v: Wake has to count once", n, err)
	}
}

// TestStartFilterMerged: each part has its own filter.
func TestStartFilterMerged(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		veth(t, "tx1", "rx1")
		var parts []*Live
		for i, expr := range []string{"ip6 protochain 17 or vlan 5", "vlan 6"} {
			l := mustOpen(t, []string{"rx0", "rx1"}[i], Config{})
			f, err := compile.NewMatcher(expr, l.LinkType(), compile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := l.StartFilter(f); err != nil {
				t.Fatal(err)
			}
			parts = append(parts, l)
		}
		l, err := Merge(parts)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		for _, device := range []string{"tx0", "tx1"} {
			s := newSender(t, device)
			for n := range 5 {
				s.send(tagged(udpFrame(9, uint32(n), 20), 5))
				s.send(tagged(udpFrame(9, uint32(n), 20), 6))
			}
		}
		waitReceived(t, l, 15)
		l.Interrupt()
		count := map[int]int{}
		for _, p := range collect(t, l) {
			count[p.Interface*10+int(p.Data[15])]++
		}
		if count[5] != 5 || count[16] != 5 || len(count) != 2 {
			t.Errorf("packets by interface and tag: %v, want 5 of each 5 and 16", count)
		}
	})
}
