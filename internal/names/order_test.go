package names

import (
	"net/netip"
	"slices"
	"testing"
)

// TestPolicy: the label, precedence and scope of an address in each prefix of the
// policy table, and of those beside it.
func TestPolicy(t *testing.T) {
	for _, c := range []struct {
		addr                     string
		label, precedence, scope int
	}{
		{"::1", 0, 50, 2},
		{"::", 3, 20, 14},
		{"::2", 3, 20, 14},
		{"::192.0.2.1", 3, 20, 14},
		{"::1:0:0", 1, 40, 14}, // not in ::/96
		{"::ffff:192.0.2.1", 4, 10, 14},
		{"192.0.2.1", 4, 10, 14},
		{"10.0.0.1", 4, 10, 14},
		{"127.0.0.1", 4, 10, 2},
		{"127.255.0.1", 4, 10, 2},
		{"169.254.1.1", 4, 10, 2},
		{"::ffff:169.254.1.1", 4, 10, 2},
		{"2001:db8::1", 1, 40, 14},
		{"2002::1", 2, 30, 14},
		{"2002:c000:201::1", 2, 30, 14},
		{"2003::1", 1, 40, 14},
		{"2102::1", 1, 40, 14},
		{"2001::1", 7, 40, 14},
		{"2001:0:ffff::1", 7, 40, 14},
		{"2001:1::1", 1, 40, 14},
		{"2001:100::1", 1, 40, 14},
		{"2101::1", 1, 40, 14},
		{"fec0::1", 5, 40, 5},
		{"feff::1", 5, 40, 5},
		{"fe80::1", 1, 40, 2},
		{"febf::1", 1, 40, 2},
		{"fe00::1", 1, 40, 14},
		{"fc00::1", 6, 40, 14},
		{"fdff::1", 6, 40, 14},
		{"fbff::1", 1, 40, 14},
		{"ff01::1", 1, 40, 1},
		{"ff02::1", 1, 40, 2},
		{"ff3e::1", 1, 40, 14},
		{"ffc5::1", 1, 40, 5},
	} {
		a := netip.MustParseAddr(c.addr)
		l := label(a)
		if l != c.label || precedence[l] != c.precedence || scope(a) != c.scope {
			t.Errorf("%s: label %d, precedence %d, scope %d; want %d, %d, %d", a, l, precedence[l], scope(a), c.label, c.precedence, c.scope)
		}
	}
}

// TestSortRules: each rule decides where those before it do not, whichever
// address comes first; where none does, the order stays.
func TestSortRules(t *testing.T) {
	for _, c := range []struct {
		rule            string
		first, source   string // a source of "" stands for no route
		second, source2 string
		undecided       bool
	}{
		{rule: "1: reachable", first: "192.0.2.1", source: "192.0.2.9", second: "2001:db8::1"},
		{rule: "2: scope", first: "192.0.2.1", source: "192.0.2.9", second: "2001:db8::1", source2: "fe80::9"},
		{rule: "5: label", first: "192.0.2.1", source: "192.0.2.9", second: "2001:db8::1", source2: "2002::9"},
		{rule: "6: precedence", first: "2001:db8::1", source: "2001:db8::9", second: "192.0.2.1", source2: "192.0.2.9"},
		{rule: "8: smaller scope", first: "fe80::1", source: "fe80::9", second: "2001:db8::1", source2: "2001:db8::9"},
		{rule: "none", first: "192.0.2.1", source: "192.0.2.9", second: "192.0.2.2", source2: "192.0.2.9", undecided: true},
	} {
		first, second := netip.MustParseAddr(c.first), netip.MustParseAddr(c.second)
		source := func(a netip.Addr) (netip.Addr, bool) {
			text := c.source
			if a == second {
				text = c.source2
			}
			if text == "" {
				return netip.Addr{}, false
			}
			return netip.MustParseAddr(text), true
		}
		for _, in := range [][]netip.Addr{{first, second}, {second, first}} {
			want := []netip.Addr{first, second}
			if c.undecided {
				want = slices.Clone(in)
			}
			got := slices.Clone(in)
			if sortAddrs(got, source); !slices.Equal(got, want) {
				t.Errorf("rule %s: %v becomes %v, want %v", c.rule, in, got, want)
			}
		}
	}
}

// TestSourceOf: packets to an address of this host come from it.
func TestSourceOf(t *testing.T) {
	tried := 0
	for _, text := range []string{"127.0.0.1", "::1"} {
		a := netip.MustParseAddr(text)
		if got, ok := sourceOf(a); ok && got != a {
			t.Errorf("packets to %s come from %s", a, got)
		} else if ok {
			tried++
		}
	}
	if tried == 0 {
		t.Skip("this host has no loopback")
	}
}
