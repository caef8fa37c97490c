package syntax_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
)

// TestElsewhere: for a frame that an expression takes, the one with a header put
// in front is taken by an expression of those for packets elsewhere, and by that
// for this header.
func TestElsewhere(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	made := slices.DeleteFunc(frames(rnd, 3000), func(f *frame) bool { return !plainFrame(f) || f.ext })
	vm := func(expr string) *bpf.VM {
		p, err := compile.Compile(expr, capture.LinkEN10MB, compile.ModeSavefileLittle, compile.Options{Names: &suggestNames})
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		vm, err := bpf.NewVM(p.Instructions, p.Rules())
		if err != nil {
			t.Fatal(err)
		}
		return vm
	}
	for _, c := range []struct {
		expr, vlan string
		mpls       bool // what it asks for can stand behind MPLS labels
	}{
		{"tcp port 80", "vlan and tcp port 80", true},
		{"udp or tcp dst port https", "vlan and (udp or tcp dst port https)", true},
		{"(tcp or udp) and portrange 22-80", "vlan and (tcp or udp) and portrange 22-80", true},
		{"  host 192.0.2.1 \n and not icmp", "vlan and host 192.0.2.1 and not icmp", true},
		{"tcp[tcpflags] & tcp-syn != 0", "vlan and tcp[tcpflags] & tcp-syn != 0", true},
		{"ip6 and not (udp src port 53 or icmp6)", "vlan and ip6 and not (udp src port 53 or icmp6)", true},
		{"icmp6[icmp6type] = 128 or arp", "vlan and (icmp6[icmp6type] = 128 or arp)", false},
		{"src and dst portrange 22-443 and ip6", "vlan and src and dst portrange 22-443 and ip6", true},
		{"sctp and port 80 or len > 1000", "vlan and (sctp and port 80 or len > 1000)", false},
	} {
		p, err := compile.Compile(c.expr, capture.LinkEN10MB, compile.ModeDead, compile.Options{Names: &suggestNames})
		if err != nil {
			t.Fatal(err)
		}
		list := p.Elsewhere(&suggestNames)
		if list[0].Expr != c.vlan {
			t.Errorf("%s: %q, want %q", c.expr, list[0].Expr, c.vlan)
		}
		find := func(packets string) *bpf.VM {
			i := slices.IndexFunc(list, func(e compile.Elsewhere) bool { return e.Packets == packets })
			if i < 0 {
				t.Fatalf("%s: nothing for packets that %s", c.expr, packets)
			}
			return vm(list[i].Expr)
		}
		plain, vlan := vm(c.expr), find("carry VLAN tags")
		var mpls, hopByHop *bpf.VM
		if c.mpls {
			mpls = find("carry MPLS labels")
		}
		if c.expr != "  host 192.0.2.1 \n and not icmp" {
			hopByHop = find("have a hop-by-hop options header (IPv6)")
		}
		moved := [3]int{}
		for _, f := range made {
			want := plain.Run(f.data, uint32(len(f.data)), nil) != 0
			check := func(i int, where string, vm *bpf.VM, data []byte) {
				t.Helper()
				if want {
					moved[i]++
				}
				if got := vm.Run(data, uint32(len(data)), nil) != 0; got != want && len(f.data) < 900 {
					t.Fatalf("%s: %s takes %v, want %v: %v: %x", c.expr, where, got, want, f, data)
				}
			}
			tagged := slices.Concat(f.data[:12], []byte{0x81, 0, 0, 5}, f.data[12:])
			check(0, "behind a VLAN tag", vlan, tagged)
			if c.mpls && (isIP(f) || isIP6(f)) {
				check(1, "behind an MPLS label", mpls, slices.Concat(f.data[:12], []byte{0x88, 0x47, 0, 0, 0x51, 64}, f.data[14:]))
			}
			if hopByHop != nil && isIP6(f) && f.proto != 1 {
				with := slices.Concat(f.data[:20], []byte{0}, f.data[21:54], []byte{byte(f.proto), 1, 1, 12}, make([]byte, 12), f.data[54:])
				if c.expr != "tcp[tcpflags] & tcp-syn != 0" { // that takes no IPv6
					check(2, "behind a hop-by-hop header", hopByHop, with)
				}
			}
		}
		if moved[0] == 0 || c.mpls && moved[1] == 0 {
			t.Errorf("%s: takes %v of %d frames: more kinds of frames are needed", c.expr, moved, len(made))
		}
	}
}

// TestElsewhereOfLists: the terms of a list of numbers have their word in common.
func TestElsewhereOfLists(t *testing.T) {
	for _, expr := range []string{"vpi (1 or 2)", "vci (1 or 2 or 3) and tcp port 80", "tcp[0] = 1 or vpi (1 or 2)"} {
		p, err := compile.Compile(expr, capture.LinkSUNATM, compile.ModeDead, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		list := p.Elsewhere(nil)
		for _, e := range list {
			if strings.Count(e.Expr, "(") != strings.Count(e.Expr, ")") {
				t.Errorf("%s: %q", expr, e.Expr)
			}
		}
		if want := "vlan and "; len(list) == 0 || !strings.HasPrefix(list[0].Expr, want) {
			t.Errorf("%s: %v, want the first to begin with %q", expr, list, want)
		}
	}
}

// TestInstead6 has relations with the header of TCP over IPv4, and over IPv6.
func TestInstead6(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"tcp[tcpflags] & tcp-syn != 0", "(ip6[6] = 6 and ip6[40 + tcpflags] & tcp-syn != 0)"},
		{"port 80 and (tcp[13] = 2)", "port 80 and (ip6[6] = 6 and ip6[40 + 13] = 2)"},
		{"not udp[0:2] = 53 or icmp[icmptype] = icmp-echo", "not (ip6[6] = 17 and ip6[40 + 0:2] = 53) or icmp6[icmp6type] = icmp6-echo"},
		{"tcp[((tcp[12] & 0xf0) >> 2):4] = 0x47455420", "(ip6[6] = 6 and ip6[40 + (((ip6[40 + 12] & 0xf0) >> 2)):4] = 0x47455420)"},
		{"tcp and ip[8] = 64", ""},
	} {
		p, err := compile.Compile(c.expr, capture.LinkEN10MB, compile.ModeDead, compile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if list := p.Elsewhere(nil); len(list) > 0 && list[len(list)-1].Packets[:8] == "are IPv6" {
			got = list[len(list)-1].Expr
			if _, err := compile.Compile(got, capture.LinkEN10MB, compile.ModeDead, compile.Options{}); err != nil {
				t.Errorf("%s: %q: %v", c.expr, got, err)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.expr, got, c.want)
		}
	}
}
