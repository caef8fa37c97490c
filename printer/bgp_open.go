package printer

import "github.com/tapdump/tapdump/versions"

// Optional parameters and capabilities (IANA bgp-parameters,
// capability-codes).
const (
	bgpParamCapabilities = 2

	bgpCapMultiprotocol     = 1   // RFC 4760
	bgpCapRouteRefresh      = 2   // RFC 2918
	bgpCapExtendedMessage   = 6   // RFC 8654
	bgpCapSec               = 7   // RFC 8205
	bgpCapMultipleLabels    = 8   // RFC 8277
	bgpCapRole              = 9   // RFC 9234
	bgpCapGracefulRestart   = 64  // RFC 4724
	bgpCapAS4               = 65  // RFC 6793
	bgpCapAddPath           = 69  // RFC 7911
	bgpCapEnhancedRefresh   = 70  // RFC 7313
	bgpCapLongLivedRestart  = 71  // RFC 9494
	bgpCapRouteRefreshCisco = 128 // before RFC 2918
)

const (
	bgpOpenLen       = 29
	bgpParamHead     = 2
	bgpCapabilityLen = 2   // of its head
	bgpParamsLong    = 255 // a first parameter: lengths take two bytes (RFC 9072 section 2)
	bgpParamsLongLen = 3   // of what says so
)

var (
	bgpLongParams = versions.Since(versions.V5_0, "BGP", "optional parameters have lengths of one byte", "extended ones, of two bytes (RFC 9072), as well; the byte behind the first length has to be captured")
	bgpMoreCaps   = versions.Since(versions.V5_0, "BGP", "bytes of the capabilities BGP Extended Message, BGPsec, Role and Enhanced Route Refresh", "decoded")
	bgpNotified   = versions.Since(versions.V5_0, "BGP", "`Restart Flags: [R]`", "`[R, N]`: graceful restart on notifications")
)

var (
	bgpParams = []tok{
		{1, "Authentication Information"},
		{bgpParamCapabilities, "Capabilities Advertisement"},
	}
	bgpCapabilities = []tok{
		{bgpCapMultiprotocol, "Multiprotocol Extensions"},
		{bgpCapRouteRefresh, "Route Refresh"},
		{3, "Cooperative Route Filtering"},
		{4, "Multiple Routes to a Destination"},
		{5, "Extended Next Hop Encoding"},
		{bgpCapMultipleLabels, "Multiple Labels"},
		{bgpCapGracefulRestart, "Graceful Restart"},
		{bgpCapAS4, "32-Bit AS Number"},
		{67, "Dynamic Capability"},
		{68, "Multisession BGP"},
		{bgpCapAddPath, "Multiple Paths"},
		{bgpCapEnhancedRefresh, "Enhanced Route Refresh"},
		{bgpCapLongLivedRestart, "Long-lived Graceful Restart"},
		{bgpCapRouteRefreshCisco, "Route Refresh (Cisco)"},
	}
	bgpCapabilitiesRole = amended(bgpCapabilities,
		tok{bgpCapExtendedMessage, "BGP Extended Message"},
		tok{bgpCapSec, "BGPsec"},
		tok{bgpCapRole, "Role Capability"})
	// RFC 9234 section 4.1
	bgpRoles = []tok{
		{0, "Provider"},
		{1, "RS"},
		{2, "RS-Client"},
		{3, "Customer"},
		{4, "Peer"},
	}
	// RFC 4724 section 3, RFC 8538 section 2
	bgpRestartFlags = []tok{
		{0x8, "R"},
		{0x4, "N"},
	}
	bgpAddPathModes = []tok{
		{1, "Receive"},
		{2, "Send"},
		{3, "Both"},
	}
)

// bgpOpen prints an OPEN message (RFC 4271 section 4.2).
func (p *Printer) bgpOpen(b []byte, n int) bool {
	if n < bgpOpenLen {
		return false
	}
	p.printf("\n\t  Version %d, my AS %d, Holdtime %ds, ID %s", u8(b, 19), u16(b, 20), u16(b, 22), ip4At(b, 24))
	size, first, head, form := int(u8(b, 28)), bgpOpenLen, bgpParamHead, ""
	if p.follows(bgpLongParams) && u8(b, bgpOpenLen) == bgpParamsLong {
		size, first, head, form = int(u16(b, bgpOpenLen+1)), first+bgpParamsLongLen, head+1, " (Extended)"
	}
	p.printf("\n\t  Optional parameters%s, length: %d", form, size)
	params := b[min(first, len(b)):]
	left := uint32(n - first) // below zero it wraps around
	for i := 0; i < size; {
		if !has(params, i, head) || left < uint32(i+head) {
			return false
		}
		kind, length := u8(params, i), int(beUint(params, i+1, head-1))
		if i += head; i+length > size {
			p.printf("\n\t     Option %d, length: %d, goes past the end of the options", kind, length)
			return true
		}
		p.printf("\n\t    Option %s (%d), length: %d", tokStr(bgpParams, "Unknown", kind), kind, length)
		if kind == bgpParamCapabilities {
			p.bgpCapabilities(params[i:], length)
		} else {
			p.printf("\n\t      no decoder for option %d", kind)
		}
		i += length
	}
	return true
}

// bgpCapabilities prints the capabilities in n bytes (RFC 5492 section 4).
func (p *Printer) bgpCapabilities(b []byte, n int) {
	for i := 0; i < n; {
		if !has(b, i, bgpCapabilityLen) {
			p.truncMark()
			return
		}
		kind, size := u8(b, i), int(u8(b, i+1))
		p.printf("\n\t      %s (%d), length: %d", tokStr(p.tableSince(bgpMoreCaps, bgpCapabilitiesRole, bgpCapabilities), "Unknown", kind), kind, size)
		if i += bgpCapabilityLen; !has(b, i, size) {
			p.truncMark()
			return
		}
		value := b[i : i+size]
		if !p.bgpCapability(kind, value) {
			return
		}
		if p.vflag > 1 && size != 0 {
			p.unknownData(value, "\n\t\t", size)
		}
		i += size
	}
}

// bgpCapability prints the value of a capability. It reports whether others can
// follow.
func (p *Printer) bgpCapability(kind uint8, value []byte) bool {
	switch kind {
	case bgpCapMultiprotocol:
		if len(value) < 4 {
			p.str(" (too short, < 4)")
			return false
		}
		p.str("\n\t\t")
		p.bgpFamily(u16(value, 0), u8(value, 3))
	case bgpCapMultipleLabels:
		for ; len(value) >= 4; value = value[4:] {
			p.str("\n\t\t")
			p.bgpFamily(u16(value, 0), u8(value, 2))
			p.printf(", Count: %d", u8(value, 3))
		}
	case bgpCapGracefulRestart:
		return p.bgpGracefulRestart(value)
	case bgpCapRouteRefresh, bgpCapLongLivedRestart, bgpCapRouteRefreshCisco:
	case bgpCapAS4:
		if len(value) < 4 {
			p.str(" (too short, < 4)")
			return false
		}
		p.str("\n\t\t 4 Byte AS ")
		p.bgpAS(u32(value, 0))
	case bgpCapAddPath:
		p.bgpAddPath(value)
	default:
		if p.follows(bgpMoreCaps) {
			if known, ok := p.bgpOtherCapability(kind, value); known {
				return ok
			}
		}
		p.printf("\n\t\tno decoder for Capability %d", kind)
		if p.vflag <= 1 {
			p.unknownData(value, "\n\t\t", len(value))
		}
	}
	return true
}

// bgpOtherCapability prints the capabilities that came later. It reports whether
// this is one of them, and whether others can follow.
func (p *Printer) bgpOtherCapability(kind uint8, value []byte) (known, ok bool) {
	switch kind {
	case bgpCapExtendedMessage, bgpCapEnhancedRefresh:
	case bgpCapSec:
		if len(value) != 3 {
			p.printf(" [%d != 3]", len(value))
			return true, false
		}
		// as in the reference, the version is not shifted, and the family is a set of bits
		version, afi := value[0], u16(value, 1)
		direction, sends := "Receive", version>>3&1
		if sends != 0 {
			direction = "Send"
		}
		p.printf("\n\t\tVersion %d, Direction %s (%d), AFI %s (%d)", version&0xf0, direction, sends, bitStr(afNames, "Unknown", afi), afi)
	case bgpCapRole:
		if len(value) < 1 {
			p.str(" (too short, < 1)")
			return true, false
		}
		p.printf("\n\t\tRole name %s (%d)", tokStr(bgpRoles, "Unassigned", value[0]), value[0])
	default:
		return false, true
	}
	return true, true
}

// bgpGracefulRestart prints RFC 4724 section 3.
func (p *Printer) bgpGracefulRestart(value []byte) bool {
	if len(value) < 2 {
		p.str(" (too short, < 2)")
		return false
	}
	flags := value[0] >> 4
	if !p.follows(bgpNotified) {
		flags &= 0x8
	}
	p.printf("\n\t\tRestart Flags: [%s], Restart Time %ds", bitStr(bgpRestartFlags, "none", flags), u16(value, 0)&0xfff)
	for value = value[2:]; len(value) >= 4; value = value[4:] {
		p.str("\n\t\t  ")
		p.bgpFamily(u16(value, 0), u8(value, 2))
		preserved := "no"
		if value[3]&0x80 != 0 {
			preserved = "yes"
		}
		p.printf(", Forwarding state preserved: %s", preserved)
	}
	return true
}

// bgpAddPath prints RFC 7911 section 4.
func (p *Printer) bgpAddPath(value []byte) {
	if len(value) == 0 {
		p.str(" (bogus)")
		return
	}
	for ; len(value) >= 4; value = value[4:] {
		p.str("\n\t\t")
		p.bgpFamily(u16(value, 0), u8(value, 2))
		p.printf(", Send/Receive: %s", tokStr(bgpAddPathModes, "Bogus (0x%02x)", value[3]))
	}
	if len(value) > 0 {
		p.invalid()
	}
}
