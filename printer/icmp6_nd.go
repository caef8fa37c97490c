// icmp6_nd.go: IPv6 Neighbor Discovery (RFC 4861) and its options (RFC 4191, RFC
// 6275, RFC 8106).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	icmp6Nonce  = versions.Since(versions.V5_0, "ICMPv6", "option 14 is `unknown`", "`nonce option (14), length 8 (1): 01 02 03 04 05 06`")
	icmp6PREF64 = versions.Since(versions.V5_0, "ICMPv6", "option 38 is `unknown`", "`pref64 option (38), length 16 (2): 64:ff9b::/96 (plc 0), lifetime 1800s`")
)

// Option types (IANA icmpv6-parameters, IPv6 Neighbor Discovery Option Formats).
const (
	icmp6OptSource         = 1
	icmp6OptTarget         = 2
	icmp6OptPrefix         = 3
	icmp6OptRedirected     = 4
	icmp6OptMTU            = 5
	icmp6OptAdvertInterval = 7
	icmp6OptHomeAgent      = 8
	icmp6OptNonce          = 14
	icmp6OptRoute          = 24
	icmp6OptRDNSS          = 25
	icmp6OptDNSSL          = 31
	icmp6OptPREF64         = 38
)

var icmp6OptionNames = []tok{
	{icmp6OptSource, "source link-address"},
	{icmp6OptTarget, "destination link-address"},
	{icmp6OptPrefix, "prefix info"},
	{icmp6OptRedirected, "redirected header"},
	{icmp6OptMTU, "mtu"},
	{icmp6OptRDNSS, "rdnss"},
	{icmp6OptDNSSL, "dnssl"},
	{icmp6OptAdvertInterval, "advertisement interval"},
	{icmp6OptHomeAgent, "homeagent information"},
	{icmp6OptRoute, "route info"},
}

var icmp6OptionNamesNonce = amended(icmp6OptionNames, tok{icmp6OptNonce, "nonce"}, tok{icmp6OptPREF64, "pref64"})

var icmp6RouterFlags = []tok{
	{0x80, "managed"},
	{0x40, "other stateful"},
	{0x20, "home agent"},
	{0x02, "ipv6 only"},
}

var icmp6NeighborFlags = []tok{
	{0x80000000, "router"},
	{0x40000000, "solicited"},
	{0x20000000, "override"},
}

var icmp6PrefixFlags = []tok{
	{0x80, "onlink"},
	{0x40, "auto"},
	{0x20, "router"},
}

// icmp6Preferences are the values of a router's preference, two bits (RFC 4191
// section 2.1).
var icmp6Preferences = [4]string{"medium", "high", "rsv", "low"}

func icmp6Preference(flags uint8) string { return icmp6Preferences[flags>>3&3] }

// icmp6Neighbor prints a message of Neighbor Discovery, its options with -v, and
// reports whether it was whole.
func (p *Printer) icmp6Neighbor(b []byte, length int, kind uint8) bool {
	options := icmp6HeaderLen
	switch kind {
	case icmp6RouterAdvert:
		options = 16
		if p.vflag > 0 {
			flags := u8(b, 5)
			p.printf("\n\thop limit %d, Flags [%s], pref %s, router lifetime %ds, reachable time %dms, retrans timer %dms",
				u8(b, 4), bitStr(icmp6RouterFlags, "none", flags), icmp6Preference(flags), u16(b, 6), u32(b, 8), u32(b, 12))
		}
	case icmp6NeighborSolicit:
		options = 24
		p.printf(", who has %s", ip6At(b, 8))
	case icmp6NeighborAdvert:
		options = 24
		p.printf(", tgt is %s", ip6At(b, 8))
		if p.vflag > 0 {
			p.printf(", Flags [%s]", bitStr(icmp6NeighborFlags, "none", u32(b, 4)))
		}
	case icmp6Redirect:
		options = 40
		p.printf(", %s", ip6At(b, 24))
		p.printf(" to %s", ip6At(b, 8))
	}
	return p.vflag == 0 || p.icmp6Options(b, options, length)
}

// icmp6Options prints the options from b[first] on and reports whether they were
// whole; if not, it has marked it. length is that of the message.
func (p *Printer) icmp6Options(b []byte, first, length int) bool {
	for i := first; i < len(b); {
		if !has(b, i, 2) {
			p.truncMark()
			return false
		}
		if i >= length {
			break
		}
		kind, units := b[i], int(b[i+1])
		n := 8 * units
		if n == 0 || !has(b, i, n) {
			p.truncMark()
			return false
		}
		p.printf("\n\t  %s option (%d), length %d (%d): ", tokStr(p.tableSince(icmp6Nonce, icmp6OptionNamesNonce, icmp6OptionNames), "unknown", kind), kind, n, units)
		went := p.icmp6Option(b, first, i, n, kind)
		if went == bad {
			p.truncMark()
			return false
		}
		if went == dump && p.vflag <= 1 {
			p.unknownData(b[i+2:], "\n\t  ", n-2)
			break
		}
		if p.vflag > 1 {
			p.unknownData(b[i+2:], "\n\t    ", n-2)
		}
		i += n
	}
	return true
}

// icmp6Option prints the option of n bytes at b[i], all of which were captured.
func (p *Printer) icmp6Option(b []byte, first, i, n int, kind uint8) outcome {
	switch kind {
	case icmp6OptSource, icmp6OptTarget:
		p.out = appendColons(p.out, b[i+2:i+n])
	case icmp6OptPrefix:
		p.icmp6Prefix(b[i:], n)
	case icmp6OptRedirected:
		// the reference dumps from the first option on
		p.unknownData(b[first:], "\n\t    ", n)
	case icmp6OptMTU:
		p.printf(" %d", u32(b, i+4))
		if n != 8 {
			p.str("bad option length")
		}
	case icmp6OptRDNSS:
		p.printf(" lifetime %ds,", u32(b, i+4))
		for a := i + 8; a+16 <= i+n; a += 16 {
			p.printf(" addr: %s", ip6At(b, a))
		}
	case icmp6OptDNSSL:
		if !p.icmp6SearchList(b, first, i, n) {
			return bad
		}
	case icmp6OptAdvertInterval:
		p.printf(" %dms", u32(b, i+4))
	case icmp6OptHomeAgent:
		p.printf(" preference %d, lifetime %d", u16(b, i+4), u16(b, i+6))
	case icmp6OptRoute:
		if !p.icmp6Route(b[i : i+n]) {
			return bad
		}
	case icmp6OptNonce:
		if !p.follows(icmp6Nonce) {
			return dump
		}
		p.icmp6Nonce(b[i+2 : i+n])
	case icmp6OptPREF64:
		if !p.follows(icmp6PREF64) {
			return dump
		}
		p.icmp6PREF64(b[i:], n)
	default:
		return dump
	}
	return done
}

// icmp6Nonce prints a nonce (RFC 3971 section 5.3.2).
func (p *Printer) icmp6Nonce(nonce []byte) {
	for i, c := range nonce {
		if i > 0 {
			p.char(' ')
		}
		p.hex(uint64(c), 2)
	}
}

// icmp6PREF64Lengths are what prefix length codes stand for.
var icmp6PREF64Lengths = []string{"96", "64", "56", "48", "40", "32"}

// icmp6PREF64 prints the prefix of NAT64, an option of n bytes (RFC 8781 section 4).
func (p *Printer) icmp6PREF64(b []byte, n int) {
	if n != 16 {
		p.str("bad option length! ")
	}
	scaled := u16(b, 2)
	var prefix addr6
	copy(prefix[:], bytesAt(b, 4, 12))
	length := strName(icmp6PREF64Lengths, scaled&7)
	if length == "" {
		length = "??"
	}
	p.printf("%s/%s (plc %d), lifetime %ds", prefix, length, scaled&7, scaled&^7)
}

// icmp6Prefix prints a prefix information option of n bytes (RFC 4861 section
// 4.6.2).
func (p *Printer) icmp6Prefix(b []byte, n int) {
	remark := ""
	if n != 32 {
		remark = "badlen"
	}
	prefix, valid := ip6At(b, 16), u32(b, 4)
	p.printf("%s/%d%s, Flags [%s], valid time ", prefix, u8(b, 2), remark, bitStr(icmp6PrefixFlags, "none", u8(b, 3)))
	p.icmp6Lifetime(valid)
	p.str(", pref. time ")
	p.icmp6Lifetime(u32(b, 8))
}

func (p *Printer) icmp6Lifetime(seconds uint32) {
	if seconds == 0xffffffff {
		p.str("infinity")
		return
	}
	p.printf("%ds", seconds)
}

// icmp6SearchList prints a DNS search list option (RFC 8106 section 5.2), whose
// names end with an empty one.
func (p *Printer) icmp6SearchList(b []byte, first, i, n int) bool {
	p.printf(" lifetime %ds, domain(s):", u32(b, i+4))
	for name := i + 8; name < i+n && u8(b, name) != 0; {
		p.char(' ')
		if name = p.domainName(b, name, first); name < 0 {
			return false
		}
	}
	return true
}

// icmp6Route prints a route information option (RFC 4191 section 2.3), which
// holds as much of the prefix as is needed.
func (p *Printer) icmp6Route(b []byte) bool {
	if len(b) > 24 {
		return false
	}
	var prefix addr6
	copy(prefix[:], b[8:])
	p.printf(" %s/%d, pref=%s, lifetime=", prefix, b[2], icmp6Preference(b[3]))
	p.icmp6Lifetime(u32(b, 4))
	return true
}
