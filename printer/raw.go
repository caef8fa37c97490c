// raw.go: IP packets without a link-layer header.

package printer

import "github.com/tapdump/tapdump/versions"

var rawVersion = versions.Since(versions.V5_0, "raw IP",
	"`-e` prints `ip: `, and another version is `unknown ip 5`",
	"`-e` prints `IP ` or `IP6 `, another version is `IP5 (invalid)`, and a link type of one version is decoded as that")

func (p *Printer) rawLink(b []byte, length int) {
	p.proto = "raw"
	if p.follows(rawVersion) {
		p.rawByVersion(b, length)
		return
	}
	if p.eflag {
		p.str("ip: ")
	}
	p.ipN(b, length)
}

// rawByVersion prints an IP packet of the version that its first byte says.
func (p *Printer) rawByVersion(b []byte, length int) {
	if length < 1 {
		p.printf("truncated-ip %d", length)
		return
	}
	switch v := u8(b, 0) >> 4; v {
	case 4:
		p.rawIPv4(b, length)
	case 6:
		p.rawIPv6(b, length)
	default:
		p.printf("IP%d", v)
		p.invalid()
	}
}

// rawIPv4Link prints a packet of the link type of IPv4 alone.
func (p *Printer) rawIPv4Link(b []byte, length int) {
	if !p.follows(rawVersion) {
		p.rawLink(b, length)
		return
	}
	p.rawIPv4(b, length)
}

// rawIPv6Link prints a packet of the link type of IPv6 alone.
func (p *Printer) rawIPv6Link(b []byte, length int) {
	if !p.follows(rawVersion) {
		p.rawLink(b, length)
		return
	}
	p.rawIPv6(b, length)
}

func (p *Printer) rawIPv4(b []byte, length int) {
	if p.eflag {
		p.str("IP ")
	}
	p.ip4(b, length)
}

func (p *Printer) rawIPv6(b []byte, length int) {
	if p.eflag {
		p.str("IP6 ")
	}
	p.ip6(b, length)
}
