// ldp.go: Label Distribution Protocol (RFC 5036, with RFC 3479 fault tolerance, RFC
// 3988 MTU, RFC 4906 pseudowires, RFC 5918 typed wildcards and RFC 7552 dual stack).

package printer

import "github.com/tapdump/tapdump/versions"

// Message types (RFC 5036 section 3.5).
const (
	ldpNotification    = 0x0001
	ldpHello           = 0x0100
	ldpInitialization  = 0x0200
	ldpKeepalive       = 0x0201
	ldpAddress         = 0x0300
	ldpAddressWithdraw = 0x0301
	ldpLabelMapping    = 0x0400
	ldpLabelRequest    = 0x0401
	ldpLabelWithdraw   = 0x0402
	ldpLabelRelease    = 0x0403
	ldpLabelAbort      = 0x0404
)

// TLV types (RFC 5036 section 3.4).
const (
	ldpFEC           = 0x0100
	ldpAddressList   = 0x0101
	ldpHopCount      = 0x0103
	ldpPathVector    = 0x0104
	ldpGenericLabel  = 0x0200
	ldpStatus        = 0x0300
	ldpHelloParams   = 0x0400
	ldpTransport4    = 0x0401
	ldpConfigSeq     = 0x0402
	ldpTransport6    = 0x0403
	ldpSessionParams = 0x0500
	ldpFaultTolerant = 0x0503
	ldpTypedWildcard = 0x050b
	ldpMTU           = 0x0601
	ldpDualStack     = 0x0701
)

// FEC elements (RFC 5036 section 3.4.1, RFC 4906 section 5.1).
const (
	ldpFECPrefix     = 0x02
	ldpFECPseudowire = 0x80
)

// Interface parameters of pseudowires (RFC 4446 section 3.3).
const (
	ldpInterfaceMTU         = 0x01
	ldpInterfaceDescription = 0x03
	ldpInterfaceVCCV        = 0x0c
)

const (
	ldpVersion       = 1
	ldpHeaderLen     = 10 // of a PDU; the last 6 bytes count as its content
	ldpIdentifierLen = 6
	ldpMessageLen    = 8 // of a message's header; the last 4 bytes count as its content
	ldpMessageIDLen  = 4
	ldpTLVLen        = 4
)

var (
	ldpMessages = []tok{
		{ldpNotification, "Notification"},
		{ldpHello, "Hello"},
		{ldpInitialization, "Initialization"},
		{ldpKeepalive, "Keepalive"},
		{ldpAddress, "Address"},
		{ldpAddressWithdraw, "Address Withdraw"},
		{ldpLabelMapping, "Label Mapping"},
		{ldpLabelRequest, "Label Request"},
		{ldpLabelWithdraw, "Label Withdraw"},
		{ldpLabelRelease, "Label Release"},
		{ldpLabelAbort, "Label Abort Request"},
	}
	ldpTLVs = []tok{
		{ldpFEC, "FEC"},
		{ldpAddressList, "Address List"},
		{ldpHopCount, "Hop Count"},
		{ldpPathVector, "Path Vector"},
		{ldpGenericLabel, "Generic Label"},
		{0x0201, "ATM Label"},
		{0x0202, "Frame-Relay Label"},
		{ldpStatus, "Status"},
		{0x0301, "Extended Status"},
		{0x0302, "Returned PDU"},
		{0x0303, "Returned Message"},
		{ldpHelloParams, "Common Hello Parameters"},
		{ldpTransport4, "IPv4 Transport Address"},
		{ldpConfigSeq, "Configuration Sequence Number"},
		{ldpTransport6, "IPv6 Transport Address"},
		{ldpSessionParams, "Common Session Parameters"},
		{0x0501, "ATM Session Parameters"},
		{0x0502, "Frame-Relay Session Parameters"},
		{ldpFaultTolerant, "Fault-Tolerant Session Parameters"},
		{0x0600, "Label Request Message ID"},
		{ldpMTU, "MTU"},
	}
	ldpTLVsCapable = amended(ldpTLVs,
		tok{ldpTypedWildcard, "Typed Wildcard FEC Capability"},
		tok{ldpDualStack, "Dual-Stack Capability"})
	ldpFECs = []tok{
		{0x01, "Wildcard"},
		{ldpFECPrefix, "Prefix"},
		{0x03, "Host address"},
		{ldpFECPseudowire, "Martini VC"},
	}
	ldpInterfaceParams = []tok{
		{ldpInterfaceMTU, "MTU"},
		{ldpInterfaceDescription, "Description"},
		{ldpInterfaceVCCV, "VCCV"},
	}
	// RFC 5085 section 4
	ldpControlChannels = []tok{
		{0x01, "PWE3 control word"},
		{0x02, "MPLS Router Alert Label"},
		{0x04, "MPLS inner label TTL = 1"},
	}
	ldpConnectivityChecks = []tok{
		{0x01, "ICMP Ping"},
		{0x02, "LSP Ping"},
		{0x04, "BFD"},
	}
)

var (
	// status codes (RFC 5036 section 4.9), with the reference's spelling
	ldpStatuses = []tok{
		{0x00, "Success"},
		{0x01, "Bad LDP Identifier"},
		{0x02, "Bad Protocol Version"},
		{0x03, "Bad PDU Length"},
		{0x04, "Unknown Message Type"},
		{0x05, "Bad Message Length"},
		{0x06, "Unknown TLV"},
		{0x07, "Bad TLV Length"},
		{0x08, "Malformted TLV Value"},
		{0x09, "Hold Timer Expired"},
		{0x0a, "Shutdown"},
		{0x0b, "Loop Detected"},
		{0x0c, "Unknown FEC"},
		{0x0d, "No Route"},
		{0x0e, "No Label Resources"},
		{0x0f, "Label Resources/Available"},
		{0x10, "Session Rejected/No Hello"},
		{0x11, "Session Rejected/Parameters Advertisement Mode"},
		{0x12, "Session Rejected/Parameters Max PDU Length"},
		{0x13, "Session Rejected/Parameters Label Range"},
		{0x14, "KeepAlive Timer Expired"},
		{0x15, "Label Request Aborted"},
		{0x16, "Missing Message Parameters"},
		{0x17, "Unsupported Address Family"},
		{0x18, "Session Rejected/Bad KeepAlive Time"},
		{0x19, "Internal Error"},
	}
	// which transport a node prefers (RFC 7552 section 6.1.1)
	ldpTransports = []tok{
		{0x40, "IPv4"},
		{0x60, "IPv6"},
	}
)

var (
	ldpStatusNames = versions.Since(versions.V5_0, "LDP", "`Status: 0x0a`; 8 bytes are enough", "`Status Code: Shutdown`, `Message Type: Hello`; it has 10 bytes")
	ldpMoreTLVs    = versions.Since(versions.V5_0, "LDP", "the bytes of Hop Count, Path Vector, Typed Wildcard FEC Capability and Dual-Stack Capability; no names of the latter two", "decoded")
	ldpMoreLabels  = versions.Since(versions.V5_0, "LDP", "the bytes of Label Request, Label Release and Label Abort Request", "their TLVs")
)

// ldp prints the PDUs of a datagram or segment; when not verbose, the first.
func (p *Printer) ldp(b []byte, length int) {
	p.proto = "ldp"
	for length > ldpHeaderLen+ldpMessageLen {
		n := p.ldpPDU(b)
		if n == 0 {
			return
		}
		if p.lacks("remaining length", length, n) {
			return
		}
		b, length = at(b, n), length-n
	}
}

// ldpPDU prints a PDU and returns its length, or 0 when nothing is to follow.
func (p *Printer) ldpPDU(b []byte) int {
	need(b, 0, ldpHeaderLen)
	if p.vflag > 0 {
		p.str("\n\t")
	}
	if version := u16(b, 0); version != ldpVersion {
		p.printf("LDP version %d packet not supported", version)
		return 0
	}
	size := u16(b, 2)
	if size < ldpIdentifierLen {
		p.printf("LDP, pdu-length: %d (too short, < %d)", size, ldpIdentifierLen)
		return 0
	}
	p.printf("LDP, Label-Space-ID: %s:%d, pdu-length: %d", ip4At(b, 4), u16(b, 8), size)
	if p.vflag < 1 {
		return 0
	}
	// A message may reach past the PDU. What is left then counts modulo 2^16, and
	// the capture's end is what stops the walk.
	i := ldpHeaderLen
	for left := size - ldpIdentifierLen; left > 0; {
		n := p.ldpMessage(at(b, i))
		if n == 0 {
			return 0
		}
		i += n
		left -= uint16(n)
	}
	return int(size) + ldpHeaderLen - ldpIdentifierLen
}

// ldpMessage prints a message and returns its length, or 0 when that is
// impossible.
func (p *Printer) ldpMessage(b []byte) int {
	need(b, 0, ldpMessageLen)
	kind, size := u16(b, 0), int(u16(b, 2))
	unknown := "ignore"
	if kind&0x8000 != 0 {
		unknown = "continue processing"
	}
	kind &= 0x7fff
	p.printf("\n\t  %s Message (0x%04x), length: %d", tokStr(ldpMessages, "Unknown", kind), kind, size)
	if size < ldpMessageIDLen {
		p.printf(" (too short, < %d)", ldpMessageIDLen)
		return 0
	}
	p.printf(", Message ID: 0x%08x, Flags: [%s if unknown]", u32(b, 4), unknown)
	need(b, 0, size)
	params, left := b[ldpMessageLen:], size-ldpMessageIDLen
	if p.ldpHasTLVs(kind) {
		p.ldpTLVs(params, left)
	} else if p.vflag <= 1 {
		p.unknownData(params, "\n\t  ", left)
	}
	if p.vflag > 1 {
		p.unknownData(params, "\n\t  ", size)
	}
	return size + ldpMessageLen - ldpMessageIDLen
}

// ldpHasTLVs reports whether the TLVs of a type of message are printed.
func (p *Printer) ldpHasTLVs(kind uint16) bool {
	switch kind {
	case ldpNotification, ldpHello, ldpInitialization, ldpKeepalive, ldpAddress, ldpAddressWithdraw,
		ldpLabelMapping, ldpLabelWithdraw:
		return true
	case ldpLabelRequest, ldpLabelRelease, ldpLabelAbort:
		return p.follows(ldpMoreLabels)
	}
	return false
}

// ldpTLVs prints the TLVs in the left bytes of a message.
func (p *Printer) ldpTLVs(b []byte, left int) {
	for left >= ldpTLVLen {
		need(b, 0, ldpTLVLen)
		kind, n := u16(b, 0), int(u16(b, 2))
		if ldpTLVLen+n > left {
			p.str("\n\t\t TLV contents go past end of message")
			return
		}
		unknown, forward := "ignore", "don't"
		if kind&0x8000 != 0 {
			unknown = "continue processing"
		}
		if kind&0x4000 != 0 {
			forward = "do"
		}
		kind &= 0x3fff
		p.printf("\n\t    %s TLV (0x%04x), length: %d, Flags: [%s and %s forward if unknown]",
			tokStr(p.tableSince(ldpMoreTLVs, ldpTLVsCapable, ldpTLVs), "Unknown", kind), kind, n, unknown, forward)
		p.ldpTLV(kind, b[ldpTLVLen:], n)
		b, left = at(b, ldpTLVLen+n), left-ldpTLVLen-n
	}
}

// ldpFits reports whether a TLV with n bytes left has as many as its type
// needs; if not, it complains.
func (p *Printer) ldpFits(n, least int) bool {
	return !p.lacks("tlv length", n, least)
}

// ldpLeast is the least length of a TLV that is decoded.
func (p *Printer) ldpLeast(kind uint16) int {
	switch kind {
	case ldpFEC:
		return 1
	case ldpHopCount, ldpTypedWildcard:
		if p.follows(ldpMoreTLVs) {
			return 1
		}
	case ldpPathVector, ldpDualStack:
		if p.follows(ldpMoreTLVs) {
			return 4
		}
	case ldpAddressList, ldpMTU:
		return 2
	case ldpHelloParams, ldpTransport4, ldpConfigSeq, ldpGenericLabel:
		return 4
	case ldpStatus:
		if p.follows(ldpStatusNames) {
			return 10
		}
		return 8
	case ldpFaultTolerant:
		return 12
	case ldpSessionParams:
		return 14
	case ldpTransport6:
		return 16
	}
	return 0
}

// ldpTLV prints the value of a TLV, n bytes at the start of b.
func (p *Printer) ldpTLV(kind uint16, b []byte, n int) {
	if !p.ldpFits(n, p.ldpLeast(kind)) {
		return
	}
	switch kind {
	case ldpHelloParams:
		hold, flags := u16(b, 0), u16(b, 2)
		p.printf("\n\t      Hold Time: %ds, Flags: [%s Hello", hold, ldpFlag(flags, 0x8000, "Targeted", "Link"))
		p.printf("%s]", ldpFlag(flags, 0x4000, ", Request for targeted Hellos", ""))
	case ldpTransport4:
		p.printf("\n\t      IPv4 Transport Address: %s", ip4At(b, 0))
	case ldpTransport6:
		p.printf("\n\t      IPv6 Transport Address: %s", ip6At(b, 0))
	case ldpConfigSeq:
		p.printf("\n\t      Sequence Number: %d", u32(b, 0))
	case ldpAddressList:
		p.ldpAddresses(b, n)
	case ldpSessionParams:
		flags := u16(b, 4)
		p.printf("\n\t      Version: %d, Keepalive: %ds, Flags: [Downstream %s, Loop Detection %s]", u16(b, 0), u16(b, 2),
			ldpFlag(flags, 0x8000, "On Demand", "Unsolicited"), ldpFlag(flags, 0x4000, "Enabled", "Disabled"))
		p.printf("\n\t      Path Vector Limit %d, Max-PDU length: %d, Receiver Label-Space-ID %s:%d",
			u8(b, 5), u16(b, 6), ip4At(b, 8), u16(b, 12))
	case ldpFEC:
		p.ldpFEC(b, n)
	case ldpGenericLabel:
		p.printf("\n\t      Label: %d", u32(b, 0)&0xfffff)
	case ldpStatus:
		p.ldpStatus(b)
	case ldpFaultTolerant:
		p.ldpFaultTolerant(b)
	case ldpMTU:
		p.printf("\n\t      MTU: %d", u16(b, 0))
	default:
		if p.follows(ldpMoreTLVs) && p.ldpOtherTLV(kind, b, n) {
			return
		}
		if p.vflag <= 1 {
			p.unknownData(b, "\n\t      ", n)
		}
	}
}

// ldpOtherTLV prints the TLVs that came later to this printer. It reports whether
// the TLV is one of them.
func (p *Printer) ldpOtherTLV(kind uint16, b []byte, n int) bool {
	switch kind {
	case ldpHopCount:
		p.printf("\n\t      Hop Count: %d", u8(b, 0))
	case ldpPathVector:
		p.printf("\n\t      Path Vector: %s", ip4At(b, 0))
		for i := 4; i+4 <= n; i += 4 {
			p.printf(", %s", ip4At(b, i))
		}
	case ldpTypedWildcard:
		if u8(b, 0)&0x80 != 0 {
			p.str("\n\t      Support")
		} else {
			p.str("\n\t      No Support")
		}
	case ldpDualStack:
		p.printf("\n\t      Transport Connection Preference: %s", tokStr(ldpTransports, "Unknown", u8(b, 0)))
	default:
		return false
	}
	return true
}

// ldpFlag is what a bit of flags says.
func ldpFlag(flags, bit uint16, set, clear string) string {
	if flags&bit != 0 {
		return set
	}
	return clear
}

// ldpStatus prints the status of a notification (RFC 5036 section 3.4.6).
func (p *Printer) ldpStatus(b []byte) {
	status := u32(b, 0)
	flags := uint16(status >> 16)
	code := status & 0x3fffffff
	if p.follows(ldpStatusNames) {
		p.printf("\n\t      Status Code: %s", tokStr(ldpStatuses, "Unknown", code))
	} else {
		p.printf("\n\t      Status: 0x%02x", code)
	}
	p.printf(", Flags: [%s and %s forward]",
		ldpFlag(flags, 0x8000, "Fatal error", "Advisory Notification"), ldpFlag(flags, 0x4000, "do", "don't"))
	if id := u32(b, 4); id != 0 {
		p.printf(", causing Message ID: 0x%08x", id)
	}
	if p.follows(ldpStatusNames) {
		if kind := u16(b, 8); kind != 0 {
			p.printf(", Message Type: %s", tokStr(ldpMessages, "Unknown", kind))
		}
	}
}

// ldpFaultTolerant prints the parameters of a session that survives a failure
// of TCP (RFC 3479 section 8.2, RFC 3478 section 2).
func (p *Printer) ldpFaultTolerant(b []byte) {
	flags := u16(b, 0)
	p.printf("\n\t      Flags: [%sReconnect, %sSave State, %sAll-Label Protection, %s Checkpoint, %sRe-Learn State]",
		ldpFlag(flags, 0x8000, "", "No "), ldpFlag(flags, 0x8, "", "Don't "), ldpFlag(flags, 0x4, "", "No "),
		ldpFlag(flags, 0x2, "Sequence Numbered Label", "All Labels"), ldpFlag(flags, 0x1, "", "Don't "))
	if timeout := u32(b, 4); timeout != 0 {
		p.printf(", Reconnect Timeout: %dms", timeout)
	}
	if recovery := u32(b, 8); recovery != 0 {
		p.printf(", Recovery Time: %dms", recovery)
	}
}

// ldpAddresses prints the addresses of a peer.
func (p *Printer) ldpAddresses(b []byte, n int) {
	family := u16(b, 0)
	p.printf("\n\t      Address Family: %s, addresses", tokStr(afNames, "Unknown (%d)", family))
	switch family {
	case afIPv4:
		for i := 2; i+4 <= n; i += 4 {
			p.printf(" %s", ip4At(b, i))
		}
	case afIPv6:
		for i := 2; i+16 <= n; i += 16 {
			p.printf(" %s", ip6At(b, i))
		}
	}
}

// ldpFEC prints the first element of a forwarding equivalence class; where it
// ends depends on its type, so further ones cannot be found.
func (p *Printer) ldpFEC(b []byte, n int) {
	element := u8(b, 0)
	p.printf("\n\t      %s FEC (0x%02x)", tokStr(ldpFECs, "Unknown", element), element)
	switch element {
	case ldpFECPrefix:
		if p.ldpFits(n-1, 2) {
			p.ldpPrefix(at(b, 1), n-1)
		}
	case ldpFECPseudowire:
		if p.ldpFits(n-1, 7) {
			p.ldpPseudowire(at(b, 1), n-1)
		}
	}
}

// ldpPrefix prints an address family and a prefix.
func (p *Printer) ldpPrefix(b []byte, n int) {
	switch family := u16(b, 0); family {
	case afIPv4:
		prefix, bits, size := prefix4At(b, 2, n-2)
		if ldpPrefixFits(size) {
			p.printf(": IPv4 prefix %s/%d", prefix, bits)
		} else {
			p.str(": IPv4 prefix (invalid length)")
		}
	case afIPv6:
		prefix, bits, size := prefix6At(b, 2, n-2)
		if ldpPrefixFits(size) {
			p.printf(": IPv6 prefix %s/%d", prefix, bits)
		} else {
			p.str(": IPv6 prefix (invalid length)")
		}
	default:
		p.printf(": Address family %d prefix", family)
	}
}

// ldpPrefixFits reports whether a prefix could be read. One that is longer than
// its TLV ends the packet.
func ldpPrefixFits(size int) bool {
	if size == prefixShort {
		trunc()
	}
	return size > 0
}

// ldpPseudowire prints the FEC of a pseudowire (RFC 4906 section 5.1).
func (p *Printer) ldpPseudowire(b []byte, n int) {
	kind, size := u16(b, 0), int(u8(b, 2))
	control := "no "
	if kind&0x8000 != 0 {
		control = ""
	}
	// without information there is no identifier either
	if size != 0 && !p.ldpFits(n, 11) {
		return
	}
	group, id := u32(b, 3), uint32(0)
	if size != 0 {
		id = u32(b, 7)
	}
	p.printf(": %s, %scontrol word, group-ID %d", tokStr(l2vpnPseudowires, "Unknown", kind&0x7fff), control, group)
	if size != 0 {
		p.printf(", VC-ID %d", id)
	}
	p.printf(", VC-info-length: %d", size)
	switch {
	case size == 0:
	case size < 4:
		p.str(" (invalid, < 4")
	case p.ldpFits(n-11, size-4):
		p.ldpInterface(at(b, 11), size-4)
	}
}

// ldpInterface prints the interface parameters of a pseudowire, left bytes.
func (p *Printer) ldpInterface(b []byte, left int) {
	for left > 2 {
		kind, n := u8(b, 0), int(u8(b, 1))
		if n < 2 || left < n {
			return
		}
		p.printf("\n\t\tInterface Parameter: %s (0x%02x), len %d", tokStr(ldpInterfaceParams, "Unknown", kind), kind, n)
		switch kind {
		case ldpInterfaceMTU:
			p.printf(": %d", u16(b, 2))
		case ldpInterfaceDescription:
			p.str(": ")
			p.safeN(b[2:], n-2)
		case ldpInterfaceVCCV:
			channels := u8(b, 2)
			p.printf("\n\t\t  Control Channels (0x%02x) = [%s]", channels, bitStr(ldpControlChannels, "none", channels))
			checks := u8(b, 3)
			p.printf("\n\t\t  CV Types (0x%02x) = [%s]", checks, bitStr(ldpConnectivityChecks, "none", checks))
		default:
			p.unknownData(b[2:], "\n\t\t  ", n-2)
		}
		b, left = at(b, n), left-n
	}
}
