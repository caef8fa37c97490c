// cdp.go: Cisco Discovery Protocol (Cisco: CDP frame format; the VoIP TLVs from
// the release notes of the ATA 186).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	cdpName       = versions.Since(versions.V5_0, "CDP", "`(packet length 3 < 4) (invalid)`", "`CDP (packet length 3 < 4) (invalid)`, `CDP [\\|cdp]`")
	cdpTypeDigits = versions.Since(versions.V5_0, "CDP", "`Device-ID (0x01)`", "`Device-ID (0x0001)`")
	cdpPowerTLV   = versions.Since(versions.V5_0, "CDP", "type 0x1a is dumped", "`Power available (0x001a), value length: 12 bytes: reqid 1, mgmtid 2, pwravail 15400 mW 0 mW`; types between 0x17 and 0x1a are not dumped, either")
	cdpNoCount    = versions.Since(versions.V5_0, "CDP", "`(not enough space for num)`", "`(malformed TLV)` and a dump for addresses of less than 4 bytes")
	cdpNameless   = versions.Since(versions.V5_0, "CDP", "without -v only the Device-ID", "also `, unknown field type` for types without a name up to 0x19")
)

const (
	cdpDeviceID     = 0x01
	cdpAddresses    = 0x02
	cdpPortID       = 0x03
	cdpCapabilities = 0x04
	cdpVersion      = 0x05
	cdpPlatform     = 0x06
	cdpPrefixes     = 0x07
	cdpVTPDomain    = 0x09
	cdpNativeVLAN   = 0x0a
	cdpDuplex       = 0x0b
	cdpVoIPReply    = 0x0e
	cdpVoIPRequest  = 0x0f
	cdpPower        = 0x10
	cdpMTU          = 0x11
	cdpTrust        = 0x12
	cdpUntrustedCoS = 0x13
	cdpSystemName   = 0x14
	cdpManagement   = 0x16
	cdpLocation     = 0x17
	cdpPowerAvail   = 0x1a
)

const cdpHeaderLen = 4

// cdpShape is the name of a TLV and the least and most bytes of its value, 0 when
// any number will do.
type cdpShape struct {
	name     string
	min, max int
}

var cdpTLVs = [...]cdpShape{
	cdpDeviceID:     {name: "Device-ID"},
	cdpAddresses:    {name: "Address"},
	cdpPortID:       {name: "Port-ID"},
	cdpCapabilities: {"Capability", 4, 4},
	cdpVersion:      {name: "Version String"},
	cdpPlatform:     {name: "Platform"},
	cdpPrefixes:     {name: "Prefixes"},
	0x08:            {name: "Protocol-Hello option"},
	cdpVTPDomain:    {name: "VTP Management Domain"},
	cdpNativeVLAN:   {"Native VLAN ID", 2, 2},
	cdpDuplex:       {"Duplex", 1, 1},
	cdpVoIPReply:    {"ATA-186 VoIP VLAN assignment", 3, 3},
	cdpVoIPRequest:  {"ATA-186 VoIP VLAN request", 2, 3},
	cdpPower:        {"power consumption", 1, 3},
	cdpMTU:          {"MTU", 4, 4},
	cdpTrust:        {"AVVID trust bitmap", 1, 1},
	cdpUntrustedCoS: {"AVVID untrusted ports CoS", 1, 1},
	cdpSystemName:   {name: "System Name"},
	0x15:            {name: "System Object ID (not decoded)"},
	cdpManagement:   {name: "Management Addresses", min: 4},
	cdpLocation:     {name: "Physical Location", min: 1},
	cdpPowerAvail:   {name: "Power available", min: 8},
}

var cdpCapabilityBits = []tok{
	{0x01, "Router"},
	{0x02, "Transparent Bridge"},
	{0x04, "Source Route Bridge"},
	{0x08, "L2 Switch"},
	{0x10, "L3 capable"},
	{0x20, "IGMP snooping"},
	{0x40, "L1 capable"},
}

func (p *Printer) cdp(b []byte, length int) {
	p.proto = "cdp"
	name := p.named(cdpName, "CDP")
	if length < cdpHeaderLen {
		p.printf(" (packet length %d < %d)", uint32(length), cdpHeaderLen)
		p.cdpInvalid(b, length)
		return
	}
	p.printf("%sv%d, ttl: %ds", name, u8(b, 0), u8(b, 1))
	sum := u16(b, 2)
	if p.vflag > 0 {
		p.printf(", checksum: 0x%04x (unverified), length %d", sum, uint32(length))
	}
	for i := cdpHeaderLen; i < length; {
		n := p.cdpTLV(at(b, i), length-i)
		if n == 0 {
			return
		}
		i += n
	}
	if p.vflag == 0 {
		p.printf(", length %d", uint32(length))
	}
}

// cdpInvalid ends a malformed packet; what is left of it must be captured.
func (p *Printer) cdpInvalid(b []byte, left int) {
	p.invalid()
	need(b, 0, left)
}

// cdpTLV prints a TLV and returns its length, or 0 when it is malformed.
func (p *Printer) cdpTLV(b []byte, left int) int {
	const headerLen = 4
	if left < headerLen {
		p.printf(" (remaining packet length %d < %d)", left, headerLen)
		p.cdpInvalid(b, left)
		return 0
	}
	kind, n := int(u16(b, 0)), int(u16(b, 2))
	shape, known := p.cdpShape(kind)
	name := shape.name
	if name == "" {
		name = "unknown field type"
	}
	switch {
	case n < headerLen && p.vflag > 0:
		p.printf("\n\t%s (0x%0*x), TLV length: %d byte%s (too short)", name, p.cdpDigits(), kind, n, plural(n))
	case n < headerLen:
		p.printf(", %s TLV length %d too short", name, n)
	case n > left:
		p.printf(" (TLV length %d > %d)", n, left)
	default:
		shows := p.vflag > 0
		if shows {
			p.printf("\n\t%s (0x%0*x), value length: %d byte%s: ", name, p.cdpDigits(), kind, n-headerLen, plural(n-headerLen))
		} else if shows = p.cdpIsBrief(kind, shape, known); shows {
			p.printf(", %s ", name)
		}
		p.cdpField(kind, shape, known, shows, b[headerLen:], n-headerLen)
		return n
	}
	p.cdpInvalid(b, left)
	return 0
}

// cdpShape is the shape of a type of TLV. It reports whether that is one of those
// that may be known; without a name it is none of those that are.
func (p *Printer) cdpShape(kind int) (shape cdpShape, known bool) {
	most := cdpLocation
	if p.follows(cdpPowerTLV) {
		most = len(cdpTLVs) - 1
	}
	if kind > most {
		return cdpShape{}, false
	}
	shape = cdpTLVs[kind]
	if kind == cdpAddresses && p.follows(cdpNoCount) {
		shape.min = 4
	}
	return shape, true
}

// cdpIsBrief reports whether a TLV is shown when not verbose.
func (p *Printer) cdpIsBrief(kind int, shape cdpShape, known bool) bool {
	return kind == cdpDeviceID || known && shape.name == "" && p.follows(cdpNameless)
}

// cdpDigits is how many digits a type has.
func (p *Printer) cdpDigits() int {
	if p.follows(cdpTypeDigits) {
		return 4
	}
	return 2
}

// cdpField prints the value of a TLV, of n bytes, if it shows; what is not known is
// dumped when verbose.
func (p *Printer) cdpField(kind int, shape cdpShape, known, shows bool, value []byte, n int) {
	if n < shape.min || shape.max > 0 && n > shape.max {
		p.str(" (malformed TLV)")
		known = false
	}
	switch {
	case known && shows:
		p.cdpValue(kind, value, n)
	case p.vflag > 0:
		need(value, 0, n)
		p.unknownData(value, "\n\t  ", n)
	}
}

func (p *Printer) cdpValue(kind int, value []byte, n int) {
	switch kind {
	case cdpDeviceID, cdpPortID, cdpPlatform, cdpVTPDomain, cdpSystemName:
		p.char('\'')
		p.safeN(value, n)
		p.char('\'')
	case cdpAddresses, cdpManagement:
		p.cdpAddressList(value, n)
	case cdpCapabilities:
		bits := u32(value, 0)
		p.printf("(0x%08x): %s", bits, bitStr(cdpCapabilityBits, "none", bits))
	case cdpVersion:
		p.cdpText(value, n)
	case cdpPrefixes:
		p.cdpPrefixList(value, n)
	case cdpNativeVLAN:
		p.printf("%d", u16(value, 0))
	case cdpDuplex:
		if u8(value, 0) != 0 {
			p.str("full")
		} else {
			p.str("half")
		}
	case cdpVoIPReply, cdpVoIPRequest:
		// requests of two bytes have been seen; nobody says what they mean
		if n == 2 {
			p.printf("unknown 0x%04x", u16(value, 0))
		} else {
			p.printf("app %d, vlan %d", u8(value, 0), u16(value, 1))
		}
	case cdpPower:
		p.printf("%1.2fW", float64(beUint(value, 0, n))/1000)
	case cdpMTU:
		p.printf("%d bytes", u32(value, 0))
	case cdpTrust, cdpUntrustedCoS:
		p.printf("0x%02x", u8(value, 0))
	case cdpLocation:
		p.printf("0x%02x", u8(value, 0))
		if n > 1 {
			p.char('/')
			p.safeN(value[1:], n-1)
		}
	case cdpPowerAvail:
		p.cdpPowerList(value, n)
	default:
		need(value, 0, n)
	}
}

// cdpPowerList prints a request's and a management number, then the power that is
// available.
func (p *Printer) cdpPowerList(value []byte, n int) {
	p.printf("reqid %d, mgmtid %d, pwravail", u16(value, 0), u16(value, 2))
	for i := 4; i+4 <= n; i += 4 {
		p.printf(" %d mW", u32(value, i))
	}
}

// cdpText prints text of several lines, indented.
func (p *Printer) cdpText(value []byte, n int) {
	p.str("\n\t  ")
	for i := range n {
		if c := u8(value, i); c == '\n' {
			p.str("\n\t  ")
		} else {
			p.safeChar(c)
		}
	}
}

// cdpIPv6 is the protocol field of IPv6 addresses: LLC and SNAP headers.
const cdpIPv6 = "\xaa\xaa\x03\x00\x00\x00\x86\xdd"

// cdpAddressList prints a list of addresses: their number, and for each the
// type, length and bytes of its protocol and the length and bytes of itself.
func (p *Printer) cdpAddressList(b []byte, n int) {
	if n < 4 {
		p.str(" (not enough space for num)")
		need(b, 0, n)
		return
	}
	i := 4
	for count := u32(b, 0); count > 0; count-- {
		if n-i < 2 {
			p.str(" (not enough space for PT+PL)")
			need(b, i, n-i)
			return
		}
		kind, protoLen := u8(b, i), int(u8(b, i+1))
		i += 2
		if n-i < protoLen+2 {
			p.str(" (not enough space for P+AL)")
			need(b, i, n-i)
			return
		}
		addrLen := int(u16(b, i+protoLen))
		proto := b[i : i+protoLen]
		i += protoLen + 2
		if !p.cdpAddress(count, kind, proto, b, i, addrLen, n-i) {
			p.str(" (not enough space for A)")
			need(b, i, n-i)
			return
		}
		i += addrLen
		if count > 1 {
			p.char(' ')
		}
	}
	if n > i {
		p.printf(" (%d bytes of stray data)", n-i)
	}
}

// cdpAddress prints the address of addrLen bytes at b[i] and reports whether it
// has room in the left bytes of its TLV.
func (p *Printer) cdpAddress(count uint32, kind uint8, proto, b []byte, i, addrLen, left int) bool {
	const (
		nlpid, llc = 1, 2
		nlpidIPv4  = 0xcc
	)
	isIPv4 := kind == nlpid && len(proto) == 1 && proto[0] == nlpidIPv4 && addrLen == 4
	isIPv6 := kind == llc && string(proto) == cdpIPv6 && addrLen == 16
	if !isIPv4 && !isIPv6 {
		p.printf("pt=0x%02x, pl=%d, pb=", kind, len(proto))
		p.cdpHex(proto, len(proto))
		p.printf(", al=%d, a=", addrLen)
	}
	if left < addrLen {
		return false
	}
	switch {
	case isIPv4:
		p.printf("IPv4 (%d) %s", count, ip4At(b, i))
	case isIPv6:
		p.printf("IPv6 (%d) %s", count, ip6At(b, i))
	default:
		p.cdpHex(b[i:], addrLen)
	}
	return true
}

func (p *Printer) cdpHex(b []byte, n int) {
	for i := range n {
		p.printf(" %02x", u8(b, i))
	}
}

func (p *Printer) cdpPrefixList(b []byte, n int) {
	const prefixLen = 5
	if n%prefixLen != 0 {
		p.printf(" [length %d is not a multiple of 5]", n)
		need(b, 0, n)
		return
	}
	p.printf(" IPv4 Prefixes (%d):", n/prefixLen)
	for i := 0; i < n; i += prefixLen {
		prefix := bytesAt(b, i, prefixLen)
		p.printf(" %d.%d.%d.%d/%d", prefix[0], prefix[1], prefix[2], prefix[3], prefix[4])
	}
}
