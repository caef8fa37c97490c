package compile

import (
	"net/netip"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

// tryOut is the checker for expressions that are compiled with o: they compile,
// and some packets match, but not all. No host is looked up for it.
func tryOut(o options) syntax.Checker {
	o.NoOptimize, o.Hints = false, false
	o.Names = withoutHosts(o.Names)
	return func(expr string) *syntax.Error {
		p, err := compile(expr, &o, true)
		if e, ok := err.(*syntax.Error); ok {
			return e
		}
		if err != nil || len(p.Instructions) == 1 {
			problem := syntax.NewError(expr, syntax.Span{}, "no use")
			problem.Bound = true
			return problem
		}
		if name := p.expr.DoubtfulHost(); name != nil {
			return syntax.NewError(expr, name.Pos, "no host")
		}
		return nil
	}
}

// withoutHosts is names where every host has an address, so that none is asked
// for on the network.
func withoutHosts(names *Names) *Names {
	without := *names
	without.Hosts = func(string) []netip.Addr {
		return []netip.Addr{netip.AddrFrom4([4]byte{192, 0, 2, 1}), netip.MustParseAddr("2001:db8::1")}
	}
	return &without
}
