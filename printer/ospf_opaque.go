package printer

// Opaque types (RFC 5250 section 5, RFC 3630, RFC 3623, RFC 7770).
const (
	ospfOpaqueTE     = 1
	ospfOpaqueGrace  = 3
	ospfOpaqueRouter = 4
	ospfOpaquePrefix = 7 // RFC 7684, as the next
	ospfOpaqueLink   = 8
)

var ospfOpaqueTypes = []tok{
	{ospfOpaqueTE, "Traffic Engineering"},
	{ospfOpaqueGrace, "Graceful restart"},
	{ospfOpaqueRouter, "Router Information"},
}

var ospfLaterOpaqueTypes = amended(ospfOpaqueTypes, tok{ospfOpaquePrefix, "Extended Prefix"}, tok{ospfOpaqueLink, "Extended Link"})

func (p *Printer) ospfOpaqueTypes() []tok {
	return p.tableSince(ospfSegments, ospfLaterOpaqueTypes, ospfOpaqueTypes)
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
	case ospfOpaquePrefix:
		if p.follows(ospfSegments) {
			return p.ospfExtendedPrefix(b, n)
		}
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
// b[i:], which has to be within left bytes with its header. It is bad when it does
// not fit or is none; nothing follows when its header is not there.
func (p *Printer) ospfTLV(b []byte, i int, left uint32, format string, names []tok) (kind uint16, size uint32, how outcome) {
	if !p.ospfHas(b, i, 4) {
		return 0, 0, stop
	}
	if left < 4 {
		p.printf("\n\t    Remaining LS length %d < 4", left)
		return 0, 0, stop
	}
	kind, size = u16(b, i), uint32(u16(b, i+2))
	p.printf(format, tokStr(names, "unknown", kind), kind, size)
	if size > left-4 {
		p.printf("\n\t    Bogus length %d > %d", size, left-4)
		return 0, 0, bad
	}
	if kind == 0 || size == 0 {
		p.ospfInvalid()
		return 0, 0, bad
	}
	return kind, size, done
}

// ospfHas is has; newer versions mark what is cut.
func (p *Printer) ospfHas(b []byte, i, n int) bool {
	if has(b, i, n) {
		return true
	}
	if p.follows(ospfChecks) {
		p.truncMark()
	}
	return false
}

// ospfInvalid marks what is malformed in newer versions. It returns false.
func (p *Printer) ospfInvalid() bool {
	if p.follows(ospfChecks) {
		p.invalid()
	}
	return false
}

// ospfPaddingFits reports whether the padding of a TLV of size bytes is within left
// bytes; it says so if not.
func (p *Printer) ospfPaddingFits(size, left uint32) bool {
	padded := ospfPadded(size)
	if padded > left {
		p.printf("\n\t    Bogus padded length %d > %d", padded, left)
	}
	return padded <= left
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
	names := p.tableSince(ospfSegments, ospfLaterRouterInfoTLVs, ospfRouterInfoTLVs)
	// in older versions, the padding of the last TLV may make this wrap around
	for left := uint32(n); left != 0; {
		p.ospfNeed(b, i, 4)
		if left < 4 {
			p.printf("\n\t    Remaining LS length %d < 4", left)
			return false
		}
		kind, size := u16(b, i), uint32(u16(b, i+2))
		i += 4
		left -= 4
		p.printf("\n\t    %s TLV (%d), length: %d, value: ", tokStr(names, "unknown", kind), kind, size)
		if size > left {
			p.printf("\n\t    Bogus length %d > remaining LS length %d", size, left)
			return false
		}
		p.ospfNeed(b, i, int(size))
		switch {
		case kind != ospfRouterCapabilities && p.follows(ospfSegments):
			if !p.ospfSegmentTLV(kind, b[i:], size) {
				return false
			}
		case kind != ospfRouterCapabilities:
			p.ospfUndecoded(b[i:], "\n\t      ", int(size))
		case size != 4:
			p.printf("\n\t    Bogus length %d != 4", size)
			return false
		default:
			p.printf("Capabilities: %s", bitStr(ospfCapabilities, "Unknown", u32(b, i)))
		}
		if p.follows(ospfChecks) && !p.ospfPaddingFits(size, left) {
			trunc()
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
	// in older versions, the padding of the last TLV may make this wrap around
	for left := uint32(n); left != 0; {
		kind, size, how := p.ospfTLV(b, i, left, "\n\t    %s TLV (%d), length %d, value: ", ospfGraceTLVs)
		i += 4
		left -= 4
		if how != done || !p.ospfHas(b, i, int(size)) || !p.ospfGraceTLV(kind, b[i:], int(size)) {
			return false
		}
		if p.follows(ospfChecks) && !p.ospfPaddingFits(size, left) {
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
