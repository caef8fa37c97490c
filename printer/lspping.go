// lspping.go: MPLS LSP ping (RFC 8029, with RFC 5884 BFD discriminators).

package printer

// TLV types (RFC 8029 section 3).
const (
	lsppingTargetFEC        = 1
	lsppingDownstream       = 2
	lsppingVendorEnterprise = 5
	lsppingBFD              = 15
)

// Types of target FECs (RFC 8029 section 3.2).
const (
	lsppingLDP4          = 1
	lsppingLDP6          = 2
	lsppingRSVP4         = 3
	lsppingRSVP6         = 4
	lsppingVPN4          = 6
	lsppingVPN6          = 7
	lsppingL2Endpoint    = 8
	lsppingPseudowireOld = 9
	lsppingPseudowire    = 10
	lsppingBGP4          = 12
	lsppingBGP6          = 13
)

// Address types of downstream mappings (RFC 8029 section 3.3).
const (
	lsppingIPv4           = 1
	lsppingIPv4Unnumbered = 2
	lsppingIPv6           = 3
	lsppingIPv6Unnumbered = 4
)

const (
	lsppingVersion   = 1
	lsppingHeaderLen = 32
	lsppingTLVLen    = 4
)

var (
	lsppingMessages = []tok{
		{1, "MPLS Echo Request"},
		{2, "MPLS Echo Reply"},
	}
	lsppingReplyModes = []tok{
		{1, "Do not reply"},
		{2, "Reply via an IPv4/IPv6 UDP packet"},
		{3, "Reply via an IPv4/IPv6 UDP packet with Router Alert"},
		{4, "Reply via application level control channel"},
	}
	lsppingReturnCodes = []tok{
		{0, "No return code or return code contained in the Error Code TLV"},
		{1, "Malformed echo request received"},
		{2, "One or more of the TLVs was not understood"},
		{3, "Replying router is an egress for the FEC at stack depth"},
		{4, "Replying router has no mapping for the FEC at stack depth"},
		{5, "Reserved"},
		{6, "Reserved"},
		{7, "Reserved"},
		{8, "Label switched at stack-depth"},
		{9, "Label switched but no MPLS forwarding at stack-depth"},
		{10, "Mapping for this FEC is not the given label at stack depth"},
		{11, "No label entry at stack-depth"},
		{12, "Protocol not associated with interface at FEC stack depth"},
		{13, "Premature termination of ping due to label stack shrinking to a single label"},
	}
	lsppingTLVs = []tok{
		{lsppingTargetFEC, "Target FEC Stack"},
		{lsppingDownstream, "Downstream Mapping"},
		{3, "Pad"},
		{9, "Error Code"},
		{lsppingVendorEnterprise, "Vendor Enterprise Code"},
		{7, "Interface Label Stack"},
		{10, "Reply TOS Byte"},
		{lsppingBFD, "BFD Discriminator"},
		{0xfc00, "Vendor Private Code"},
	}
	lsppingFECs = []tok{
		{lsppingLDP4, "LDP IPv4 prefix"},
		{lsppingLDP6, "LDP IPv6 prefix"},
		{lsppingRSVP4, "RSVP IPv4 Session Query"},
		{lsppingRSVP6, "RSVP IPv6 Session Query"},
		{5, "Reserved"},
		{lsppingVPN4, "VPN IPv4 prefix"},
		{lsppingVPN6, "VPN IPv6 prefix"},
		{lsppingL2Endpoint, "L2 VPN endpoint"},
		{lsppingPseudowireOld, "FEC 128 pseudowire (old)"},
		{lsppingPseudowire, "FEC 128 pseudowire"},
		{lsppingBGP4, "BGP labeled IPv4 prefix"},
		{lsppingBGP6, "BGP labeled IPv6 prefix"},
	}
	lsppingAddressTypes = []tok{
		{lsppingIPv4, "IPv4"},
		{lsppingIPv4Unnumbered, "Unnumbered IPv4"},
		{lsppingIPv6, "IPv6"},
		{lsppingIPv6Unnumbered, "IPv6"},
	}
)

func (p *Printer) lspping(b []byte, length int) {
	p.proto = "lspping"
	if length < lsppingHeaderLen {
		p.lsppingShort()
		return
	}
	need(b, 0, lsppingHeaderLen)
	if version := u16(b, 0); version != lsppingVersion {
		p.printf("LSP-PING version %d packet not supported", version)
		return
	}
	if p.vflag < 1 {
		p.printf("LSP-PINGv%d, %s, seq %d, length: %d", lsppingVersion,
			tokStr(lsppingMessages, "unknown (%d)", u8(b, 4)), u32(b, 12), length)
		return
	}
	p.lsppingHeader(b, length)
	p.lsppingTLVs(b[lsppingHeaderLen:], length-lsppingHeaderLen)
}

func (p *Printer) lsppingShort() { p.str("\n\t\t packet is too short") }

// lsppingHeader prints the fixed part (RFC 8029 section 3).
func (p *Printer) lsppingHeader(b []byte, length int) {
	message, mode := u8(b, 4), u8(b, 5)
	p.printf("\n\tLSP-PINGv%d, msg-type: %s (%d), length: %d\n\t  reply-mode: %s (%d)", lsppingVersion,
		tokStr(lsppingMessages, "unknown", message), message, length, tokStr(lsppingReplyModes, "unknown", mode), mode)
	code, subcode := u8(b, 6), u8(b, 7)
	p.printf("\n\t  Return Code: %s", tokStr(lsppingReturnCodes, "unknown", code))
	switch code {
	case 3, 4, 8, 10, 11, 12:
		// the text ends with "stack depth", which the subcode tells
		p.printf(" %d", subcode)
	}
	p.printf(" (%d)\n\t  Return Subcode: (%d)", code, subcode)
	p.printf("\n\t  Sender Handle: 0x%08x, Sequence: %d", u32(b, 8), u32(b, 12))
	p.str("\n\t  TimeStamp Sent: ")
	p.ntpTime(b, 16)
	p.str("\n\t  TimeStamp Received: ")
	if u64(b, 24) == 0 {
		p.str("no timestamp")
		return
	}
	p.ntpTime(b, 24)
}

func (p *Printer) lsppingTLVs(b []byte, left int) {
	for left != 0 {
		if left < lsppingTLVLen {
			p.lsppingShort()
			return
		}
		kind, n := u16(b, 0), int(u16(b, 2))
		p.printf("\n\t  %s TLV (%d), length: %d", tokStr(lsppingTLVs, "Unknown", kind), kind, n)
		b, left = b[lsppingTLVLen:], left-lsppingTLVLen
		if n > left {
			p.lsppingShort()
			return
		}
		switch p.lsppingTLV(kind, bytesAt(b, 0, n)) {
		case stop:
			return
		case dump:
			p.unknownData(b, "\n\t    ", n)
		default:
			if p.vflag > 1 && n > 0 {
				p.unknownData(b, "\n\t    ", n)
			}
		}
		padded := (n + 3) &^ 3
		if padded > left {
			p.lsppingShort()
			return
		}
		b, left = at(b, padded), left-padded
	}
}

func (p *Printer) lsppingTLV(kind uint16, value []byte) outcome {
	if len(value) == 0 {
		return done
	}
	switch kind {
	case lsppingTargetFEC:
		return p.lsppingTargetFECs(value)
	case lsppingDownstream:
		return p.lsppingDownstream(value)
	case lsppingBFD:
		if len(value) < 4 {
			return p.lsppingTLVShort()
		}
		p.printf("\n\t    BFD Discriminator 0x%08x", u32(value, 0))
	case lsppingVendorEnterprise:
		if len(value) < 4 {
			return p.lsppingTLVShort()
		}
		vendor := u32(value, 0)
		p.printf("\n\t    Vendor: %s (0x%04x)", tokStr(enterpriseNames, "Unknown", vendor), vendor)
	default:
		return dump
	}
	return done
}

func (p *Printer) lsppingTLVShort() outcome {
	p.str("\n\t      TLV is too short")
	return dump
}

// lsppingTargetFECs prints a stack of FECs. As in the reference, a step from one
// to the next is their length without the header, while what is left shrinks by
// both: a second FEC is looked for four bytes too early.
func (p *Printer) lsppingTargetFECs(b []byte) outcome {
	for left := len(b); left != 0; {
		if left < lsppingTLVLen {
			return p.lsppingTLVShort()
		}
		kind, n := u16(b, 0), int(u16(b, 2))
		if left < lsppingTLVLen+n {
			return p.lsppingTLVShort()
		}
		p.printf("\n\t    %s subTLV (%d), length: %d", tokStr(lsppingFECs, "Unknown", kind), kind, n)
		fec := bytesAt(b, lsppingTLVLen, n)
		known := p.lsppingFEC(kind, fec)
		if p.vflag > 1 || !known {
			p.unknownData(fec, "\n\t      ", n)
		}
		padded := (n + 3) &^ 3
		if left < lsppingTLVLen+padded {
			p.str("\n\t\t TLV is too short")
			return stop
		}
		b, left = at(b, padded), left-lsppingTLVLen-padded
	}
	return done
}

// lsppingFECLen is the length that a FEC must have, or -1 when its type is not
// decoded.
func lsppingFECLen(kind uint16) int {
	switch kind {
	case lsppingLDP4, lsppingBGP4:
		return 5
	case lsppingLDP6, lsppingBGP6:
		return 17
	case lsppingRSVP4:
		return 20
	case lsppingRSVP6:
		return 56
	case lsppingVPN4:
		return 13
	case lsppingVPN6:
		return 25
	case lsppingL2Endpoint, lsppingPseudowire:
		return 14
	case lsppingPseudowireOld:
		return 10
	}
	return -1
}

// lsppingFEC prints a FEC (RFC 8029 section 3.2) and reports whether it could.
func (p *Printer) lsppingFEC(kind uint16, b []byte) bool {
	want := lsppingFECLen(kind)
	if want < 0 {
		return false
	}
	if len(b) != want {
		p.printf("\n\t      invalid subTLV length, should be %d", want)
		return false
	}
	switch kind {
	case lsppingLDP4, lsppingBGP4:
		p.printf("\n\t      %s/%d", ip4At(b, 0), u8(b, 4))
	case lsppingLDP6, lsppingBGP6:
		p.printf("\n\t      %s/%d", ip6At(b, 0), u8(b, 16))
	case lsppingRSVP4:
		p.printf("\n\t      tunnel end-point %s, tunnel sender %s, lsp-id 0x%04x", ip4At(b, 0), ip4At(b, 12), u16(b, 18))
		p.printf("\n\t      tunnel-id 0x%04x, extended tunnel-id %s", u16(b, 6), ip4At(b, 8))
	case lsppingRSVP6:
		p.printf("\n\t      tunnel end-point %s, tunnel sender %s, lsp-id 0x%04x", ip6At(b, 0), ip6At(b, 36), u16(b, 54))
		p.printf("\n\t      tunnel-id 0x%04x, extended tunnel-id %s", u16(b, 18), ip6At(b, 20))
	case lsppingVPN4:
		p.lsppingDistinguisher(b)
		p.printf(", %s/%d", ip4At(b, 8), u8(b, 12))
	case lsppingVPN6:
		p.lsppingDistinguisher(b)
		p.printf(", %s/%d", ip6At(b, 8), u8(b, 24))
	case lsppingL2Endpoint:
		p.lsppingDistinguisher(b)
		kind := u16(b, 12)
		p.printf(", Sender VE ID: %d, Receiver VE ID: %d\n\t      Encapsulation Type: %s (%d)",
			u16(b, 8), u16(b, 10), tokStr(l2vpnPseudowires, "unknown", kind), kind)
	case lsppingPseudowireOld:
		p.printf("\n\t      Remote PE: %s", ip4At(b, 0))
		p.lsppingPseudowire(b[4:])
	case lsppingPseudowire:
		p.printf("\n\t      Sender PE: %s, Remote PE: %s", ip4At(b, 0), ip4At(b, 4))
		p.lsppingPseudowire(b[8:])
	}
	return true
}

func (p *Printer) lsppingDistinguisher(b []byte) {
	p.str("\n\t      RD: ")
	p.bgpDistinguisher(b)
}

func (p *Printer) lsppingPseudowire(b []byte) {
	kind := u16(b, 4)
	p.printf("\n\t      PW ID: 0x%08x, PW Type: %s (%d)", u32(b, 0), tokStr(l2vpnPseudowires, "unknown", kind), kind)
}

// lsppingDownstream prints where a packet goes next (RFC 8029 section 3.3). What
// follows the addresses is left to the dump.
func (p *Printer) lsppingDownstream(b []byte) outcome {
	if len(b) < 4 {
		return p.lsppingTLVShort()
	}
	kind := u8(b, 2)
	p.printf("\n\t    MTU: %d, Address-Type: %s (%d)", u16(b, 0), tokStr(lsppingAddressTypes, "unknown", kind), kind)
	size := 0
	switch kind {
	case lsppingIPv4, lsppingIPv4Unnumbered:
		size = 12
	case lsppingIPv6:
		size = 36
	case lsppingIPv6Unnumbered:
		size = 24
	}
	if len(b) < size {
		return p.lsppingTLVShort()
	}
	switch kind {
	case lsppingIPv4:
		p.printf("\n\t    Downstream IP: %s\n\t    Downstream Interface IP: %s", ip4At(b, 4), ip4At(b, 8))
	case lsppingIPv4Unnumbered:
		p.printf("\n\t    Downstream IP: %s\n\t    Downstream Interface Index: 0x%08x", ip4At(b, 4), u32(b, 8))
	case lsppingIPv6:
		p.printf("\n\t    Downstream IP: %s\n\t    Downstream Interface IP: %s", ip6At(b, 4), ip6At(b, 20))
	case lsppingIPv6Unnumbered:
		p.printf("\n\t    Downstream IP: %s\n\t    Downstream Interface Index: 0x%08x", ip6At(b, 4), u32(b, 20))
	}
	if len(b) < size+4 {
		return p.lsppingTLVShort()
	}
	return dump
}
