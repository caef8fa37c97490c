package printer

// Opaque types (RFC 5250 section 5, RFC 3630, RFC 3623, RFC 7770).
const (
	ospfOpaqueTE     = 1
	ospfOpaqueGrace  = 3
	ospfOpaqueRouter = 4
)

var ospfOpaqueTypes = []tok{
	{ospfOpaqueTE, "Traffic Engineering"},
	{ospfOpaqueGrace, "Graceful restart"},
	{ospfOpaqueRouter, "Router Information"},
}

// ospfOpaque prints an opaque advertisement and reports whether it is
// well-formed.
func (p *Printer) ospfOpaque(kind uint8, b []byte, n int) bool {
	switch kind {
	case ospfOpaqueTE:
		return p.ospfTE(b, n)
	case ospfOpaqueGrace:
		return p.ospfGrace(b, n)
	case ospfOpaqueRouter:
		return p.ospfRouterInfo(b, n)
	}
	p.ospfUndecoded(b, "\n\t    ", n)
	return true
}

// ospfUndecoded dumps what is not decoded, unless all of it will be.
func (p *Printer) ospfUndecoded(b []byte, indent string, n int) {
	if p.vflag <= 1 {
		p.unknownData(b, indent, n)
	}
}

// ospfPadded is n rounded up to the 32 bits that TLVs are aligned to.
func ospfPadded(n uint32) uint32 { return (n + 3) &^ 3 }

// ospfTLV prints, by format, the name, the type and the length of the TLV at
// b[i:], which has to be within left bytes with its header. It reports whether
// the TLV is well-formed and its header was captured.
func (p *Printer) ospfTLV(b []byte, i int, left uint32, format string, names []tok) (kind uint16, size uint32, ok bool) {
	if !has(b, i, 4) {
		return 0, 0, false
	}
	if left < 4 {
		p.printf("\n\t    Remaining LS length %d < 4", left)
		return 0, 0, false
	}
	kind, size = u16(b, i), uint32(u16(b, i+2))
	p.printf(format, tokStr(names, "unknown", kind), kind, size)
	if size > left-4 {
		p.printf("\n\t    Bogus length %d > %d", size, left-4)
		return 0, 0, false
	}
	return kind, size, kind != 0 && size != 0
}

const ospfRouterCapabilities = 1

var (
	ospfRouterInfoTLVs = []tok{
		{ospfRouterCapabilities, "Router Capabilities"},
	}
	ospfCapabilities = []tok{
		{1, "Reserved"},
		{2, "Reserved"},
		{4, "Reserved"},
		{8, "Reserved"},
		{16, "graceful restart capable"},
		{32, "graceful restart helper"},
		{64, "Stub router support"},
		{128, "Traffic engineering"},
		{256, "p2p over LAN"},
		{512, "path computation server"},
	}
)

// ospfRouterInfo prints what a router can do (RFC 7770 section 2) and reports
// whether it is well-formed. One that is cut ends the packet.
func (p *Printer) ospfRouterInfo(b []byte, n int) bool {
	i := 0
	// like in tcpdump, the padding of the last TLV may make this wrap around
	for left := uint32(n); left != 0; {
		need(b, i, 4)
		if left < 4 {
			p.printf("\n\t    Remaining LS length %d < 4", left)
			return false
		}
		kind, size := u16(b, i), uint32(u16(b, i+2))
		i += 4
		left -= 4
		p.printf("\n\t    %s TLV (%d), length: %d, value: ", tokStr(ospfRouterInfoTLVs, "unknown", kind), kind, size)
		if size > left {
			p.printf("\n\t    Bogus length %d > remaining LS length %d", size, left)
			return false
		}
		need(b, i, int(size))
		switch {
		case kind != ospfRouterCapabilities:
			p.ospfUndecoded(b[i:], "\n\t      ", int(size))
		case size != 4:
			p.printf("\n\t    Bogus length %d != 4", size)
			return false
		default:
			p.printf("Capabilities: %s", bitStr(ospfCapabilities, "Unknown", u32(b, i)))
		}
		i += int(ospfPadded(size))
		left -= ospfPadded(size)
	}
	return true
}

// TLVs of a graceful restart (RFC 3623 section A).
const (
	ospfGracePeriod  = 1
	ospfGraceReason  = 2
	ospfGraceAddress = 3
)

var (
	ospfGraceTLVs = []tok{
		{ospfGracePeriod, "Grace Period"},
		{ospfGraceReason, "Graceful restart Reason"},
		{ospfGraceAddress, "IPv4 interface address"},
	}
	ospfGraceReasons = []tok{
		{0, "Unknown"},
		{1, "Software Restart"},
		{2, "Software Reload/Upgrade"},
		{3, "Control Processor Switch"},
	}
)

// ospfGrace prints a graceful restart (RFC 3623 section A, RFC 5187 section
// 3.1) and reports whether it is whole and well-formed.
func (p *Printer) ospfGrace(b []byte, n int) bool {
	i := 0
	// like in tcpdump, the padding of the last TLV may make this wrap around
	for left := uint32(n); left != 0; {
		kind, size, ok := p.ospfTLV(b, i, left, "\n\t    %s TLV (%d), length %d, value: ", ospfGraceTLVs)
		i += 4
		left -= 4
		if !ok || !has(b, i, int(size)) || !p.ospfGraceTLV(kind, b[i:], int(size)) {
			return false
		}
		i += int(ospfPadded(size))
		left -= ospfPadded(size)
	}
	return true
}

// ospfGraceTLV prints the value of a TLV and reports whether its length is
// right.
func (p *Printer) ospfGraceTLV(kind uint16, b []byte, n int) bool {
	want := 4
	switch kind {
	case ospfGracePeriod, ospfGraceAddress:
	case ospfGraceReason:
		want = 1
	default:
		p.ospfUndecoded(b, "\n\t      ", n)
		return true
	}
	if n != want {
		p.printf("\n\t    Bogus length %d != %d", n, want)
		return false
	}
	switch kind {
	case ospfGracePeriod:
		p.printf("%ds", u32(b, 0))
	case ospfGraceReason:
		p.printf("%s (%d)", tokStr(ospfGraceReasons, "Unknown", b[0]), b[0])
	case ospfGraceAddress:
		p.printf("%s", ip4At(b, 0))
	}
	return true
}
