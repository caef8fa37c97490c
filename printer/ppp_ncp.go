// ppp_ncp.go: the options of PPP's network control protocols IPCP (RFC 1332, RFC
// 1877, RFC 2290, RFC 3544), IPV6CP (RFC 5072), CCP (RFC 1962 and those of its
// algorithms) and BACP (RFC 2125).

package printer

const (
	pppIPCPAddresses   = 1
	pppIPCPCompression = 2
	pppIPCPAddress     = 3
	pppIPCPHome        = 4
	pppIPCPDNS1        = 129
	pppIPCPNBNS1       = 130
	pppIPCPDNS2        = 131
	pppIPCPNBNS2       = 132
)

var pppIPCPOptions = []tok{
	{pppIPCPAddresses, "IP-Addrs"},
	{pppIPCPCompression, "IP-Comp"},
	{pppIPCPAddress, "IP-Addr"},
	{pppIPCPHome, "Home-Addr"},
	{pppIPCPDNS1, "Pri-DNS"},
	{pppIPCPNBNS1, "Pri-NBNS"},
	{pppIPCPDNS2, "Sec-DNS"},
	{pppIPCPNBNS2, "Sec-NBNS"},
}

const pppHeaderCompression = 0x61

var pppCompressions = []tok{
	{pppVJC, "VJ-Comp"},
	{pppHeaderCompression, "IP Header Compression"},
}

var pppCompressionSuboptions = []tok{
	{1, "RTP-Compression"},
	{2, "Enhanced RTP-Compression"},
}

// pppOptionIPCP is pppOptionLCP for IPCP.
func (p *Printer) pppOptionIPCP(b []byte, length int) int {
	kind, n, ok := p.pppOption("[|ipcp]", b, length)
	if !ok || !p.pppOptionHead(pppIPCPOptions, "unknown", kind, n) {
		return 0
	}
	decoded := true
	tail := b
	switch kind {
	case pppIPCPAddresses:
		if n != 10 {
			p.pppBogus("=", 10)
			return n
		}
		p.printf(": src %s, dst %s", ip4At(b, 2), ip4At(b, 6))
	case pppIPCPCompression:
		if n < 4 {
			p.pppBogus(">=", 4)
			return 0
		}
		behind, ok := p.pppIPCPCompression(b, n)
		if !ok {
			return 0
		}
		tail = at(b, behind)
	case pppIPCPAddress, pppIPCPHome, pppIPCPDNS1, pppIPCPNBNS1, pppIPCPDNS2, pppIPCPNBNS2:
		if n != 6 {
			p.pppBogus("=", 6)
			return 0
		}
		p.printf(": %s", ip4At(b, 2))
	default:
		decoded = false
	}
	if !decoded && p.vflag == 1 || p.vflag > 1 && has(tail, 2, n-2) {
		p.unknownData(at(tail, 2), "\n\t    ", n-2)
	}
	return n
}

// pppIPCPCompression prints a compression protocol option of n bytes and
// reports whether the list may go on. behind is where tcpdump's dump of the
// option starts: not at the option but behind the suboptions it printed.
func (p *Printer) pppIPCPCompression(b []byte, n int) (behind int, ok bool) {
	const size = 14
	proto := u16(b, 2)
	p.printf(": %s (0x%02x):", tokStr(pppCompressions, "Unknown", proto), proto)
	if proto != pppHeaderCompression {
		return 0, true
	}
	if n < size {
		p.pppBogus(">=", size)
		return 0, false
	}
	if !has(b, 2, size) {
		p.str("[|ipcp]")
		return 0, false
	}
	p.printf("\n\t    TCP Space %d, non-TCP Space %d, maxPeriod %d, maxTime %d, maxHdr %d",
		u16(b, 4), u16(b, 6), u16(b, 8), u16(b, 10), u16(b, 12))
	if n == size {
		return 0, true
	}
	left, i := n-size, size
	p.printf("\n\t      Suboptions, length %d", left)
	for left >= 2 {
		if !has(b, i, 2) {
			p.str("[|ipcp]")
			return 0, false
		}
		kind, m := b[i], int(b[i+1])
		if kind == 0 || m == 0 {
			break
		}
		p.printf("\n\t\t%s Suboption #%d, length %d", tokStr(pppCompressionSuboptions, "Unknown", kind), kind, m)
		if left < m {
			p.refuse("remaining suboptions length", left, "<", m)
			break
		}
		left -= m
		i += m
	}
	return i, true
}

var pppIPv6CPOptions = []tok{{1, "Interface-ID"}}

// pppOptionIPv6CP is pppOptionLCP for IPV6CP.
func (p *Printer) pppOptionIPv6CP(b []byte, length int) int {
	kind, n, ok := p.pppOption("[|ip6cp]", b, length)
	if !ok || !p.pppOptionHead(pppIPv6CPOptions, "unknown", kind, n) {
		return 0
	}
	if kind == 1 {
		if n != 10 {
			p.pppBogus("=", 10)
			return n
		}
		if !has(b, 2, 8) {
			p.str("[|ip6cp]")
			return 0
		}
		p.printf(": %04x:%04x:%04x:%04x", u16(b, 2), u16(b, 4), u16(b, 6), u16(b, 8))
	}
	p.pppOptionTail(b, n, kind == 1)
	return n
}

const (
	pppCCPBSD     = 21
	pppCCPMVRCA   = 24
	pppCCPDeflate = 26
)

var pppCCPOptions = []tok{
	{0, "OUI"},
	{1, "Pred-1"},
	{2, "Pred-2"},
	{3, "Puddle"},
	{16, "HP-PPC"},
	{17, "Stac-LZS"},
	{18, "MPPC"},
	{19, "Gand-FZA"},
	{20, "V.42bis"},
	{pppCCPBSD, "BSD-Comp"},
	{23, "LZS-DCP"},
	{pppCCPMVRCA, "MVRCA"},
	{25, "DEC"},
	{pppCCPDeflate, "Deflate"},
	{255, "Reserved"},
}

// pppOptionCCP is pppOptionLCP for CCP.
func (p *Printer) pppOptionCCP(b []byte, length int) int {
	kind, n, ok := p.pppOption("[|ccp]", b, length)
	if !ok || !p.pppOptionHead(pppCCPOptions, "Unknown", kind, n) {
		return 0
	}
	decoded := true
	switch kind {
	case pppCCPBSD:
		if n < 3 {
			p.pppBogus(">=", 3)
			return n
		}
		p.printf(": Version: %d, Dictionary Bits: %d", u8(b, 2)>>5, u8(b, 2)&0x1f)
	case pppCCPMVRCA:
		if n < 4 {
			p.pppBogus(">=", 4)
			return n
		}
		features := u8(b, 2)
		pxp := "Disabled"
		if features&0x20 != 0 {
			pxp = "Enabled"
		}
		p.printf(": Features: %d, PxP: %s, History: %d, #CTX-ID: %d", features>>6, pxp, features&0x1f, u8(b, 3))
	case pppCCPDeflate:
		if n < 4 {
			p.pppBogus(">=", 4)
			return n
		}
		window, method := u8(b, 2)>>4, u8(b, 2)&0xf
		name := "unknown"
		if method == 8 {
			name = "zlib"
		}
		p.printf(": Window: %dK, Method: %s (0x%x), MBZ: %d, CHK: %d", window, name, method, u8(b, 3)>>2, u8(b, 3)&3)
	default:
		decoded = false
	}
	p.pppOptionTail(b, n, decoded)
	return n
}

var pppBACPOptions = []tok{{1, "Favored-Peer"}}

// pppOptionBACP is pppOptionLCP for BACP.
func (p *Printer) pppOptionBACP(b []byte, length int) int {
	kind, n, ok := p.pppOption("[|bacp]", b, length)
	if !ok || !p.pppOptionHead(pppBACPOptions, "Unknown", kind, n) {
		return 0
	}
	if kind == 1 {
		if n != 6 {
			p.pppBogus("=", 6)
			return n
		}
		p.printf(": Magic-Num 0x%08x", u32(b, 2))
	}
	p.pppOptionTail(b, n, kind == 1)
	return n
}
