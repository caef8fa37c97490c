// bgp.go: Border Gateway Protocol 4 (RFC 4271) with its extensions: multiprotocol (RFC
// 4760), route refresh (RFC 2918, RFC 7313) and filters (RFC 5291), AS numbers of four
// bytes (RFC 6793), add-path (RFC 7911), communities, virtual private networks, roles
// (RFC 9234), BGPsec (RFC 8205), hard reset (RFC 8538) and shutdown communication (RFC
// 9003).

package printer

import "github.com/tapdump/tapdump/versions"

// Message types (RFC 4271 section 4.1, RFC 2918 section 3).
const (
	bgpOpenMessage  = 1
	bgpUpdate       = 2
	bgpNotification = 3
	bgpKeepalive    = 4
	bgpRouteRefresh = 5
)

// Error codes of notifications (RFC 4271 section 4.5).
const (
	bgpMessageError    = 1
	bgpOpenError       = 2
	bgpUpdateError     = 3
	bgpFSMError        = 5
	bgpCease           = 6
	bgpCapabilityError = 7
	bgpRefreshError    = 7 // RFC 7313 section 5, the same number
)

// Subcodes of cease that carry data (RFC 4486 section 4, RFC 9003 section 2, RFC
// 8538 section 3.1).
const (
	bgpCeaseMaxPrefixes = 1
	bgpCeaseShutdown    = 2
	bgpCeaseReset       = 4
	bgpCeaseHardReset   = 9
)

const (
	bgpMarkerLen       = 16
	bgpHeaderLen       = 19
	bgpNotificationLen = 21
	bgpRouteRefreshLen = 23
	bgpFilterHead      = 5 // when-to-refresh, type, length and one byte more
)

var (
	bgpNotifications = versions.Since(versions.V5_0, "BGP", "error 7 is `Capability Message Error`; no subcodes of errors that have no names for them",
		"error 7 is `ROUTE-REFRESH Message Error`, 8 `Send Hold Timer Expired`; cease has `Out of Resources`, `Hard Reset` with the error inside, and `BFD Down`; `subcode 3` for other errors")
	bgpRefreshSubtypes = versions.Since(versions.V5_0, "BGP", "family of a Route Refresh", "its subtype as well, and the head of an outbound route filter")
)

var (
	bgpMessages = []tok{
		{bgpOpenMessage, "Open"},
		{bgpUpdate, "Update"},
		{bgpNotification, "Notification"},
		{bgpKeepalive, "Keepalive"},
		{bgpRouteRefresh, "Route Refresh"},
	}
	bgpErrors = []tok{
		{bgpMessageError, "Message Header Error"},
		{bgpOpenError, "OPEN Message Error"},
		{bgpUpdateError, "UPDATE Message Error"},
		{4, "Hold Timer Expired"},
		{bgpFSMError, "Finite State Machine Error"},
		{bgpCease, "Cease"},
		{bgpCapabilityError, "Capability Message Error"},
	}
	bgpErrorsRefresh = amended(bgpErrors,
		tok{bgpRefreshError, "ROUTE-REFRESH Message Error"},
		tok{8, "Send Hold Timer Expired"})
	bgpMessageErrors = []tok{
		{1, "Connection Not Synchronized"},
		{2, "Bad Message Length"},
		{3, "Bad Message Type"},
	}
	bgpOpenErrors = []tok{
		{1, "Unsupported Version Number"},
		{2, "Bad Peer AS"},
		{3, "Bad BGP Identifier"},
		{4, "Unsupported Optional Parameter"},
		{5, "Authentication Failure"},
		{6, "Unacceptable Hold Time"},
		{7, "Capability Message Error"},
	}
	bgpUpdateErrors = []tok{
		{1, "Malformed Attribute List"},
		{2, "Unrecognized Well-known Attribute"},
		{3, "Missing Well-known Attribute"},
		{4, "Attribute Flags Error"},
		{5, "Attribute Length Error"},
		{6, "Invalid ORIGIN Attribute"},
		{7, "AS Routing Loop"},
		{8, "Invalid NEXT_HOP Attribute"},
		{9, "Optional Attribute Error"},
		{10, "Invalid Network Field"},
		{11, "Malformed AS_PATH"},
	}
	bgpFSMErrors = []tok{
		{0, "Unspecified Error"},
		{1, "In OpenSent State"},
		{2, "In OpenConfirm State"},
		{3, "In Established State"},
	}
	bgpCapabilityErrors = []tok{
		{1, "Invalid Action Value"},
		{2, "Invalid Capability Length"},
		{3, "Malformed Capability Value"},
		{4, "Unsupported Capability Code"},
	}
	bgpRefreshErrors = []tok{
		{1, "Invalid Message Length"},
	}
	bgpCeases = []tok{
		{bgpCeaseMaxPrefixes, "Maximum Number of Prefixes Reached"},
		{bgpCeaseShutdown, "Administrative Shutdown"},
		{3, "Peer Unconfigured"},
		{bgpCeaseReset, "Administrative Reset"},
		{5, "Connection Rejected"},
		{6, "Other Configuration Change"},
		{7, "Connection Collision Resolution"},
	}
	bgpCeasesHard = amended(bgpCeases,
		tok{8, "Out of Resources"},
		tok{bgpCeaseHardReset, "Hard Reset"},
		tok{10, "BFD Down"})
	// RFC 7313 section 3.2
	bgpSubtypes = []tok{
		{0, "Normal route refresh request"},
		{1, "Demarcation of the beginning of a route refresh"},
		{2, "Demarcation of the ending of a route refresh"},
	}
	// RFC 5291 section 4
	bgpFilterTimes = []tok{
		{1, "Immediate"},
		{2, "Defer"},
	}
	bgpFilters = []tok{
		{64, "Address Prefix ORF"}, // RFC 5292
		{65, "CP-ORF"},             // RFC 7543
	}
	// subsequent address family identifiers (IANA safi-namespace)
	bgpSAFIs = []tok{
		{0, "Reserved"},
		{bgpUnicast, "Unicast"},
		{bgpMulticast, "Multicast"},
		{bgpUnicastMulticast, "Unicast+Multicast"},
		{bgpLabeledUnicast, "labeled Unicast"},
		{64, "Tunnel"},
		{bgpVPLS, "VPLS"},
		{bgpMDT, "MDT"},
		{70, "EVPN"},
		{bgpVPNUnicast, "labeled VPN Unicast"},
		{bgpVPNMulticast, "labeled VPN Multicast"},
		{bgpVPNUnicastMulticast, "labeled VPN Unicast+Multicast"},
		{bgpRouteTarget, "Route Target Routing Information"},
		{bgpMulticastVPN, "Multicast VPN"},
	}
)

// bgp prints the messages that a segment holds. Segments do not start where
// messages do, so each is looked for by its marker of ones.
func (p *Printer) bgp(b []byte, _ int) {
	p.proto = "bgp"
	p.str(": BGP")
	if p.vflag < 1 {
		return
	}
	end := 0 // of the message before
	for i := 0; has(b, i, bgpMarkerLen); {
		if !bgpIsMarker(b[i : i+bgpMarkerLen]) {
			i++
			continue
		}
		if !has(b, i, bgpHeaderLen) {
			p.truncMark()
			return
		}
		if i != end {
			p.truncMark()
		}
		n, kind := int(u16(b, i+bgpMarkerLen)), u8(b, i+18)
		if n < bgpHeaderLen {
			p.printf("\nmessage length %d < %d", n, bgpHeaderLen)
			p.invalid()
			return
		}
		if !has(b, i, n) {
			p.printf("\n[|BGP %s]", tokStr(bgpMessages, "Unknown Message Type", kind))
			return
		}
		p.printf("\n\t%s Message (%d), length: %d", tokStr(bgpMessages, "Unknown", kind), kind, n)
		p.bgpMessage(kind, b[i:], n)
		i += n
		end = i
	}
}

func bgpIsMarker(b []byte) bool {
	for _, c := range b {
		if c != 0xff {
			return false
		}
	}
	return true
}

// bgpMessage prints a message of n bytes, which were all captured. A length within
// it that is wrong may make it read on into what follows.
func (p *Printer) bgpMessage(kind uint8, b []byte, n int) {
	whole := true
	switch kind {
	case bgpOpenMessage:
		whole = p.bgpOpen(b, n)
	case bgpUpdate:
		whole = p.bgpUpdate(b, n)
	case bgpNotification:
		whole = p.bgpNotification(b, n)
	case bgpKeepalive:
	case bgpRouteRefresh:
		whole = p.bgpRouteRefresh(b, n)
	default:
		p.printf("\n\t  no Message %d decoder", kind)
		p.unknownData(b, "\n\t  ", n)
	}
	if !whole {
		p.truncMark()
	}
}

func (p *Printer) bgpRouteRefresh(b []byte, n int) bool {
	if p.follows(bgpRefreshSubtypes) && n < bgpRouteRefreshLen {
		return true
	}
	if !has(b, 0, bgpRouteRefreshLen) {
		return false
	}
	if n < bgpRouteRefreshLen {
		return true
	}
	p.str("\n\t  ")
	p.bgpFamily(u16(b, 19), u8(b, 22))
	if p.follows(bgpRefreshSubtypes) {
		subtype := u8(b, 21)
		p.printf(", Subtype %s (%d)", tokStr(bgpSubtypes, "Unknown", subtype), subtype)
		if n >= bgpRouteRefreshLen+bgpFilterHead {
			time, kind := u8(b, 23), u8(b, 24)
			p.printf("\n\t  ORF refresh %s (%d), ORF type %s (%d), ORF length %d",
				tokStr(bgpFilterTimes, "Unknown", time), time, tokStr(bgpFilters, "Unknown", kind), kind, u16(b, 25))
		}
	}
	if p.vflag > 1 {
		p.unknownData(b, "\n\t  ", n)
	}
	return true
}

// bgpFamily prints an address family and its part.
func (p *Printer) bgpFamily(afi uint16, safi uint8) {
	p.printf("AFI %s (%d), SAFI %s (%d)", tokStr(afNames, "Unknown", afi), afi, tokStr(bgpSAFIs, "Unknown", safi), safi)
}

// bgpSubcodes is the table of an error's subcodes, and what stands before them.
func (p *Printer) bgpSubcodes(code uint8) ([]tok, string) {
	switch code {
	case bgpMessageError:
		return bgpMessageErrors, ", subcode"
	case bgpOpenError:
		return bgpOpenErrors, ", subcode"
	case bgpUpdateError:
		return bgpUpdateErrors, ", subcode"
	case bgpFSMError:
		return bgpFSMErrors, " subcode"
	case bgpCease:
		return p.tableSince(bgpNotifications, bgpCeasesHard, bgpCeases), ", subcode"
	case bgpCapabilityError:
		return p.tableSince(bgpNotifications, bgpRefreshErrors, bgpCapabilityErrors), " subcode"
	}
	return nil, ""
}

func (p *Printer) bgpNotification(b []byte, n int) bool {
	if !has(b, 0, bgpNotificationLen) {
		return false
	}
	if n < bgpNotificationLen {
		return true
	}
	data := bytesAt(b, bgpHeaderLen, n-bgpHeaderLen)
	for p.bgpError(data[0], data[1], data[2:]) {
		// a hard reset says why (RFC 8538 section 3.1)
		data = data[2:]
		p.bound()
	}
	return true
}

// bgpError prints an error, its subcode and data. It reports whether the data are
// another error.
func (p *Printer) bgpError(code, subcode uint8, data []byte) bool {
	p.printf(", %s (%d)", tokStr(p.tableSince(bgpNotifications, bgpErrorsRefresh, bgpErrors), "Unknown Error", code), code)
	table, label := p.bgpSubcodes(code)
	switch {
	case table != nil:
		p.printf("%s %s (%d)", label, tokStr(table, "Unknown", subcode), subcode)
	case subcode != 0 && p.follows(bgpNotifications):
		p.printf(", subcode %d", subcode)
	}
	if code != bgpCease {
		return false
	}
	switch subcode {
	case bgpCeaseMaxPrefixes:
		if len(data) >= 7 {
			p.str(", ")
			p.bgpFamily(u16(data, 0), u8(data, 2))
			p.printf(", Max Prefixes: %d", u32(data, 3))
		}
	case bgpCeaseShutdown, bgpCeaseReset:
		if len(data) > 0 {
			p.bgpShutdown(data)
		}
	case bgpCeaseHardReset:
		return len(data) >= 2 && p.follows(bgpNotifications)
	}
	return false
}

// bgpShutdown prints what an administrator says about a shutdown (RFC 9003
// section 2).
func (p *Printer) bgpShutdown(data []byte) {
	taken, size := uint8(0), data[0]
	switch {
	case int(size) > len(data)-1:
		p.str(", invalid Shutdown Communication length")
	case size == 0:
		p.str(", empty Shutdown Communication")
		taken = 1
	default:
		p.printf(", Shutdown Communication (length: %d): \"", size)
		p.safe(data[1 : 1+int(size)])
		p.char('"')
		taken = size + 1 // counted in a byte: after the longest text, all data follows
	}
	if rest := data[taken:]; len(rest) > 0 {
		p.printf(", Data: (length: %d)", len(rest))
		p.hexDump("\n\t\t", rest, len(rest))
	}
}
