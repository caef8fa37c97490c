// juniper_pic.go: what the physical interface cards (PIC) of Juniper's routers
// put in front of a packet.

package printer

import (
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

var juniperCookieLength = versions.Since(versions.V5_0, "Juniper", "`(invalid)` for cookies of more than 8 bytes", "`[cookie length 10 > 8] (invalid)`")

const juniperCookieMax = 8

// The first byte of a cookie tells those of the services cards apart.
const (
	juniperCookieLS = 0x54 // link services
	juniperCookieAS = 0x47 // adaptive services
)

// Protocols of a link services cookie, in its sixth byte.
const (
	juniperLSQMask = 0x70
	juniperLSQIPv4 = 0x00
	juniperLSQIPv6 = 0x10
	juniperLSQMPLS = 0x20
	juniperLSQISO  = 0x30

	// juniperLSQToRE marks, in the fifth byte, what goes to the routing engine.
	juniperLSQToRE = 0x0c
)

// juniperUI is the control field of LLC's unnumbered information where the
// protocol's two bytes begin with it.
const juniperUI = llcUnnumbered << 8

// juniperPIC is the name of the card behind a link type and the length of its
// cookies; "" stands for link types without cookies.
func juniperPIC(t capture.LinkType) (name string, cookieLen int) {
	switch t {
	case capture.LinkJUNIPER_ATM1:
		return "ATM1", 4
	case capture.LinkJUNIPER_ATM2:
		return "ATM2", 8
	case capture.LinkJUNIPER_MLPPP:
		return "MLPPP", 2
	case capture.LinkJUNIPER_MLFR:
		return "MLFR", 2
	case capture.LinkJUNIPER_MFR:
		return "MFR", 4
	case capture.LinkJUNIPER_PPPOE:
		return "PPPoE", 0
	case capture.LinkJUNIPER_PPPOE_ATM:
		return "PPPoE ATM", 0
	case capture.LinkJUNIPER_GGSN:
		return "GGSN", 8
	case capture.LinkJUNIPER_MONITOR:
		return "MONITOR", 8
	case capture.LinkJUNIPER_SERVICES:
		return "AS", 8
	case capture.LinkJUNIPER_ES:
		return "ES", 0
	}
	return "", 0
}

// juniperCookie reads the cookie and the protocol behind it. It reports whether
// the cookie is no longer than one can be.
func (p *Printer) juniperCookie(f *juniperFrame) bool {
	name, n := juniperPIC(f.link)
	if name == "" {
		return true
	}
	b := f.payload()
	first := u8(b, 0)
	switch first {
	case juniperCookieLS:
		f.cookieKind = first
		n += 2
	case juniperCookieAS:
		f.cookieKind = first
		n = 8
	}
	// The links of a bundle carry no cookie, but FRF.16 headers with both the
	// begin and the end bit.
	if f.link == capture.LinkJUNIPER_MFR && first&0xc0 == 0xc0 {
		n = 0
	}
	f.cookieLen = n
	f.skip(n)
	if p.eflag {
		p.printf("%s-PIC, cookie-len %d", name, n)
	}
	if n > juniperCookieMax {
		if p.follows(juniperCookieLength) {
			p.refuse("cookie length", n, ">", juniperCookieMax)
		} else {
			p.invalid()
		}
		return false
	}
	copy(f.cookie[:n], bytesAt(b, 0, n))
	if p.eflag {
		if n > 0 {
			p.str(", cookie 0x")
		}
		for _, c := range f.cookie[:n] {
			p.hex(uint64(c), 2)
		}
		p.str(": ")
	}
	f.proto = u16(b, n)
	return true
}

// juniperCookieMeaning takes from the cookie what its link type puts there.
func (p *Printer) juniperCookieMeaning(f *juniperFrame) {
	c := &f.cookie
	switch f.link {
	case capture.LinkJUNIPER_MLPPP, capture.LinkJUNIPER_MLFR, capture.LinkJUNIPER_MFR:
		switch f.cookieKind {
		case juniperCookieLS:
			f.bundle = uint16(c[1])
		case juniperCookieAS:
			f.bundle = u16(c[:], 6) >> 3 & 0xfff
			f.proto = uint16(c[5] & juniperLSQMask)
			return
		default:
			f.bundle = uint16(c[0])
		}
		// The frame relay header stays behind, the protocol is already known.
		if f.link == capture.LinkJUNIPER_MLFR || f.link == capture.LinkJUNIPER_MFR && f.cookieKind == juniperCookieLS {
			f.skip(2)
		}
	case capture.LinkJUNIPER_ATM2:
		b := f.payload()
		need(b, 0, 4)
		if !f.isATM2Cell() {
			return
		}
		control := u32(b, 0)
		switch control {
		case 0, 0x08000000, 0x08380000: // the control words of JUNOS before and from 7.4 on
			f.headerLen += 4
		}
		if p.eflag {
			p.printf("control-word 0x%08x ", control)
		}
	}
}

// isATM2Cell reports whether an ATM2 cookie stands before a cell, such as one
// for operation and maintenance, rather than a frame.
func (f *juniperFrame) isATM2Cell() bool { return f.cookie[7]&0x70 != 0 }

// juniperLSQ prints a packet whose protocol a services cookie tells, and reports
// whether that was one of those.
func (p *Printer) juniperLSQ(f *juniperFrame) bool {
	b, length := f.payload(), f.length
	switch f.proto {
	case juniperLSQIPv4:
		// Packets to the routing engine have no cookie, so this one is IS-IS
		// over PPP coming in.
		if f.link == capture.LinkJUNIPER_MLPPP && f.cookie[4] == juniperLSQToRE {
			p.ppp(b, length)
		} else {
			p.ip4(b, length)
		}
	case juniperLSQIPv6:
		p.ip6(b, length)
	case juniperLSQMPLS:
		p.mpls(b, length)
	case juniperLSQISO:
		p.isoclns(b, length)
	default:
		return false
	}
	return true
}

func (p *Printer) juniperMLPPP(f *juniperFrame) {
	// On a link of a bundle there is no cookie, but the start of a PPP frame.
	start := u16(f.cookie[:], 0)
	if p.eflag && start != pppOSI && start != pppHDLC {
		p.printf("Bundle-ID %d: ", f.bundle)
	}
	switch {
	case p.juniperLSQ(f):
	case start == pppOSI:
		p.ppp(f.b[f.headerLen-2:], f.length+2)
	default:
		p.ppp(f.payload(), f.length)
	}
}

func (p *Printer) juniperMFR(f *juniperFrame) {
	switch f.cookieLen {
	case 0:
		p.mfr(f.payload(), f.length)
		return
	case juniperCookieMax:
		p.juniperLSQ(f)
		return
	}
	p.juniperBundle(f)
	switch f.proto {
	case llcISO<<8 | llcISO:
		b := f.payload()
		need(b, 0, 1)
		p.isoclns(b[1:], f.length-1)
	default:
		p.juniperNLPID(f)
	}
}

func (p *Printer) juniperMLFR(f *juniperFrame) {
	p.juniperBundle(f)
	switch f.proto {
	case llcUnnumbered, juniperUI:
		p.isoclns(f.payload(), f.length)
	default:
		p.juniperNLPID(f)
	}
}

// juniperBundle prints the number of the bundle, except on one of its links.
func (p *Printer) juniperBundle(f *juniperFrame) {
	if p.eflag && u32(f.cookie[:], 0) != 1 {
		p.printf("Bundle-ID %d, ", f.bundle)
	}
}

// juniperNLPID prints a packet whose network layer protocol identifier is the
// last byte of the headers.
func (p *Printer) juniperNLPID(f *juniperFrame) {
	switch f.proto {
	case juniperUI | nlpidQ933, juniperUI | nlpidIPv4, juniperUI | nlpidIPv6:
		p.isoclns(f.b[f.headerLen-1:], f.length+1)
	default:
		p.printf("unknown protocol 0x%04x, length %d", f.proto, uint32(f.length))
	}
}

func (p *Printer) juniperATM1(f *juniperFrame) {
	b, length := f.payload(), f.length
	if f.cookie[0] == 0x80 {
		p.oam(b, length, oamNoHEC)
		return
	}
	if p.juniperATMLLC(b, length) || p.juniperATMCisco(b, length) {
		return
	}
	p.juniperIP(b, length)
}

func (p *Printer) juniperATM2(f *juniperFrame) {
	b, length := f.payload(), f.length
	if f.isATM2Cell() {
		p.oam(b, length, oamNoHEC)
		return
	}
	if p.juniperATMLLC(b, length) {
		return
	}
	// Bridged Ethernet going out has a gap count.
	if f.flags&juniperFlagIn == 0 && u32(f.cookie[:], 0)&0x3f != 0 {
		p.ether(b, length)
		return
	}
	if p.juniperATMCisco(b, length) || p.juniperATMPPP(b, length) {
		return
	}
	p.juniperIP(b, length)
}

// juniperATMLLC prints an LLC frame (RFC 2684) with an NLPID or with SNAP, and
// reports whether it is one.
func (p *Printer) juniperATMLLC(b []byte, length int) bool {
	start := u24(b, 0)
	return (start == 0xfefe03 || start == 0xaaaa03) && p.llc(b, length, linkAddr{}, linkAddr{}) > 0
}

// juniperATMCisco prints a frame that starts with a control field and an NLPID,
// as Cisco's do, and reports whether it is one.
func (p *Printer) juniperATMCisco(b []byte, length int) bool {
	if u8(b, 0) != llcUnnumbered {
		return false
	}
	p.isoclns(b[1:], length-1)
	return true
}

// juniperATMPPP prints a PPP frame if it starts with one of the protocols that
// the routers speak over it, and reports whether it does.
func (p *Printer) juniperATMPPP(b []byte, length int) bool {
	switch u16(b, 0) {
	case pppIP, pppOSI, pppMPLS, pppMPLSMulti, pppIPCP, pppOSICP, pppMPLSCP,
		pppLCP, pppPAP, pppCHAP, pppMultilink, pppIPv6, pppIPv6CP:
		p.ppp(b, length)
		return true
	}
	return false
}

// Protocols of the GGSN card's cookie.
var juniperGGSNProtocols = []tok{
	{1, "Null"},
	{2, "IPv4"},
	{6, "IPv6"},
}

func (p *Printer) juniperGGSN(f *juniperFrame) {
	proto := f.cookie[2]
	if p.eflag {
		p.printf("proto %s (%d), vlan %d: ", tokStr(juniperGGSNProtocols, "Unknown", proto), proto, u16(f.cookie[:], 4))
	}
	switch proto {
	case 2:
		p.ip4(f.payload(), f.length)
	case 6:
		p.ip6(f.payload(), f.length)
	default:
		if !p.eflag {
			p.printf("unknown GGSN proto (%d)", proto)
		}
	}
}

// Kinds of security associations on the encryption services card.
var juniperESTypes = []tok{
	{1, "ESP ENCR-AUTH"},
	{2, "ESP ENCR-AH AUTH"},
	{3, "ESP AUTH"},
	{4, "AH AUTH"},
	{5, "ESP ENCR"},
}

const juniperESHeaderLen = 16

func (p *Printer) juniperES(b []byte, length int) {
	need(b, 0, juniperESHeaderLen)
	kind := b[3]
	inner := b
	switch kind {
	case 1, 2: // the card leaves the packet as it came
	case 3, 4, 5:
		inner, length = b[juniperESHeaderLen:], length-juniperESHeaderLen
	default:
		p.printf("ES Invalid type %d, length %d", kind, uint32(length))
		return
	}
	if p.eflag {
		p.printf("ES SA, index %d, ttl %d type %s (%d)", u16(b, 0), b[2], tokStr(juniperESTypes, "Unknown", kind), kind)
		if kind > 2 {
			p.printf(", spi %d, Tunnel %s > %s", u32(b, 4), ip4At(b, 8), ip4At(b, 12))
		}
		p.printf(", length %d\n", uint32(length))
	}
	p.ip4(inner, length)
}
