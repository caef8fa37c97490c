package names

import (
	"cmp"
	"net"
	"net/netip"
	"slices"
)

// destination is an address with what RFC 6724, section 6, sorts it by.
type destination struct {
	addr       netip.Addr
	reachable  bool // there is a source address for it
	sameScope  bool // as the source's
	sameLabel  bool
	precedence int
	scope      int
}

// sortAddrs puts addresses into the order in which a program would try them:
// rules 1, 2, 5, 6 and 8 of RFC 6724, section 6, otherwise as they stand.
// source returns the address that packets to a destination would come from.
func sortAddrs(addrs []netip.Addr, source func(netip.Addr) (netip.Addr, bool)) {
	dests := make([]destination, len(addrs))
	for i, a := range addrs {
		d := destination{addr: a, scope: scope(a), precedence: precedence[label(a)]}
		if src, ok := source(a); ok {
			d.reachable = true
			d.sameScope = scope(src) == d.scope
			d.sameLabel = label(src) == label(a)
		}
		dests[i] = d
	}
	slices.SortStableFunc(dests, func(a, b destination) int {
		return cmp.Or(
			trueFirst(a.reachable, b.reachable),
			trueFirst(a.sameScope, b.sameScope),
			trueFirst(a.sameLabel, b.sameLabel),
			cmp.Compare(b.precedence, a.precedence),
			cmp.Compare(a.scope, b.scope),
		)
	})
	for i := range dests {
		addrs[i] = dests[i].addr
	}
}

func trueFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// sourceOf asks the system for the source address by connecting a UDP socket,
// which sends nothing.
func sourceOf(dst netip.Addr) (netip.Addr, bool) {
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(dst, 9)))
	if err != nil {
		return netip.Addr{}, false
	}
	defer conn.Close()
	local, err := netip.ParseAddrPort(conn.LocalAddr().String())
	return local.Addr().Unmap().WithZone(""), err == nil
}

// label is that of the policy table of the GNU C library's getaddrinfo(3). The
// table is older than the one in RFC 6724, section 2.1.
func label(a netip.Addr) int {
	if a.Unmap().Is4() {
		return 4 // ::ffff:0:0/96
	}
	b := a.As16()
	switch {
	case a == netip.IPv6Loopback():
		return 0
	case b[0] == 0x20 && b[1] == 0x02: // 2002::/16, 6to4
		return 2
	case [12]byte(b[:12]) == [12]byte{}: // ::/96
		return 3
	case b[0] == 0xfe && b[1]&0xc0 == 0xc0: // fec0::/10, site-local
		return 5
	case b[0]&0xfe == 0xfc: // fc00::/7, unique local
		return 6
	case b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0: // 2001::/32, Teredo
		return 7
	}
	return 1
}

// precedence is that of the same table, by label.
var precedence = [...]int{50, 40, 30, 20, 10, 40, 40, 40}

// scope is a multicast scope value (RFC 4291, section 2.7) that compares, as
// in RFC 6724, sections 3.1 and 3.2.
func scope(a netip.Addr) int {
	const (
		linkLocal = 2
		siteLocal = 5
		global    = 14
	)
	a = a.Unmap()
	switch {
	case a.IsLoopback(), a.IsLinkLocalUnicast():
		return linkLocal
	case a.Is6() && a.IsMulticast():
		return int(a.As16()[1] & 0xf)
	case a.Is6() && a.As16()[0] == 0xfe && a.As16()[1]&0xc0 == 0xc0: // fec0::/10
		return siteLocal
	}
	return global
}
