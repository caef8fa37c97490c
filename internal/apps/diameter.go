package apps

// Diameter: RFC 6733, sections 3 and 4; credit control: RFC 8506; S6a: 3GPP TS 29.272.

import "encoding/binary"

const (
	diameterHeaderLen = 20
	// diameterWaitMax is how much of a message is waited for.
	diameterWaitMax = 32 << 10

	diameterRequest = 0x80 // flags of messages
	diameterError   = 0x20
	diameterAgain   = 0x10
	diameterVendor  = 0x80 // of attributes

	diameterUserName     = 1
	diameterSessionID    = 263
	diameterOriginHost   = 264
	diameterResultCode   = 268
	diameterExperimental = 297
	diameterExpCode      = 298
	diameterCCType       = 416
)

// diameterBegins: a header of which many bits are known, and the attribute that has to
// be the first of most messages.
func diameterBegins(t *talk, b []byte) verdict {
	if b[0] != 1 || len(b) > 3 && b[3]&3 != 0 || len(b) > 4 && !diameterFlags(b[4]) {
		return no
	}
	if len(b) < diameterHeaderLen {
		return maybe
	}
	n := diameterLength(b)
	switch {
	case n < diameterHeaderLen:
		return no
	case n == diameterHeaderLen:
		if t.likely(protocolDiameter) {
			return yes
		}
		return no
	case n < diameterHeaderLen+8:
		return no
	case len(b) < diameterHeaderLen+8:
		return maybe
	}
	first := b[diameterHeaderLen:]
	size := int(binary.BigEndian.Uint32(first[4:]) & 0xffffff)
	if first[4]&0x1f != 0 || size < 8 || diameterHeaderLen+size > n {
		return no
	}
	switch binary.BigEndian.Uint32(first) {
	case diameterSessionID, diameterOriginHost, diameterResultCode:
	default:
		if !t.likely(protocolDiameter) {
			return no
		}
	}
	if b[4]&diameterRequest != 0 {
		t.isClient()
	} else {
		t.isServer()
	}
	return yes
}

// diameterFlags reports whether flags go together: no error is asked for, and nothing
// is answered again.
func diameterFlags(flags byte) bool {
	return flags&15 == 0 && (flags&diameterRequest == 0 || flags&diameterError == 0) &&
		(flags&diameterRequest != 0 || flags&diameterAgain == 0)
}

// diameterLength is the length of the message that b begins with.
func diameterLength(b []byte) int { return int(binary.BigEndian.Uint32(b) & 0xffffff) }

func diameterRead(t *talk, b []byte) int {
	if len(b) < diameterHeaderLen {
		return 0
	}
	n := diameterLength(b)
	if b[0] != 1 || n < diameterHeaderLen || n%4 != 0 || !diameterFlags(b[4]) {
		return strange
	}
	if len(b) < min(n, diameterWaitMax) && !t.cut {
		return 0
	}
	command := binary.BigEndian.Uint32(b[4:]) & 0xffffff
	t.say("Diameter ")
	if name := diameterCommand(command); name != "" {
		t.add(name)
	} else {
		t.add("command ")
		t.addNumber(uint64(command))
	}
	if b[4]&diameterRequest != 0 {
		t.add(" Request")
	} else {
		t.add(" Answer")
	}
	if app := binary.BigEndian.Uint32(b[8:]); app != 0 {
		if name := diameterApplication(app); name != "" {
			t.itemWord("app", name)
		} else {
			t.itemNumber("app", uint64(app))
		}
	}
	for rest := b[diameterHeaderLen:min(n, len(b))]; ; {
		code, value, next, ok := diameterAttribute(rest)
		if !ok {
			return n
		}
		diameterItem(t, code, value)
		rest = next
	}
}

// diameterAttribute reads the first attribute of b, and returns what follows its
// padding. Those of vendors, whose codes are their own, have the code 0.
func diameterAttribute(b []byte) (code uint32, value, rest []byte, ok bool) {
	if len(b) < 8 {
		return 0, nil, nil, false
	}
	n, at := int(binary.BigEndian.Uint32(b[4:])&0xffffff), 8
	code = binary.BigEndian.Uint32(b)
	if b[4]&diameterVendor != 0 {
		code, at = 0, 12
	}
	if n < at || n > len(b) {
		return 0, nil, nil, false
	}
	return code, b[at:n], b[min((n+3)&^3, len(b)):], true
}

// diameterItem says an attribute.
func diameterItem(t *talk, code uint32, value []byte) {
	switch code {
	case diameterSessionID:
		t.item("session", value)
	case diameterOriginHost:
		t.item("origin", value)
	case diameterUserName:
		t.item("user", value)
	case diameterResultCode:
		if len(value) == 4 {
			result := binary.BigEndian.Uint32(value)
			t.itemNumber("result", uint64(result))
			if name := diameterResult(result); name != "" {
				t.add(" ", name)
			}
		}
	case diameterExperimental:
		// A group, in which the code of a vendor's own is.
		for {
			inner, v, rest, ok := diameterAttribute(value)
			if !ok {
				return
			}
			if inner == diameterExpCode && len(v) == 4 {
				t.itemNumber("experimental", uint64(binary.BigEndian.Uint32(v)))
			}
			value = rest
		}
	case diameterCCType:
		if kinds := [...]string{"", "initial", "update", "termination", "event"}; len(value) == 4 && value[3] > 0 && int(value[3]) < len(kinds) {
			t.itemWord("type", kinds[value[3]])
		}
	}
}

// diameterCommand is the name of a command (IANA, "Command Codes"); "" for others.
func diameterCommand(code uint32) string {
	if code >= 257 && code < 257+uint32(len(diameterCommands)) {
		return diameterCommands[code-257]
	}
	switch code {
	case 8388622:
		return "LCS-Routing-Info"
	case 8388620:
		return "Provide-Location"
	case 8388635:
		return "Spending-Limit"
	case 8388636:
		return "Spending-Status-Notification"
	case 8388645:
		return "MT-Forward-Short-Message"
	case 8388646:
		return "MO-Forward-Short-Message"
	case 8388647:
		return "Send-Routing-Info-for-SM"
	}
	return ""
}

// diameterFirst is the code of the first of diameterCommands.
const diameterFirst = 257

var diameterCommands = [...]string{
	257 - diameterFirst: "Capabilities-Exchange", 258 - diameterFirst: "Re-Auth", 265 - diameterFirst: "AA", 268 - diameterFirst: "Diameter-EAP",
	271 - diameterFirst: "Accounting", 272 - diameterFirst: "Credit-Control", 274 - diameterFirst: "Abort-Session",
	275 - diameterFirst: "Session-Termination", 280 - diameterFirst: "Device-Watchdog", 282 - diameterFirst: "Disconnect-Peer",
	283 - diameterFirst: "User-Authorization", 284 - diameterFirst: "Server-Assignment", 285 - diameterFirst: "Location-Info",
	286 - diameterFirst: "Multimedia-Auth", 287 - diameterFirst: "Registration-Termination", 288 - diameterFirst: "Push-Profile",
	300 - diameterFirst: "User-Authorization", 301 - diameterFirst: "Server-Assignment", 302 - diameterFirst: "Location-Info",
	303 - diameterFirst: "Multimedia-Auth", 304 - diameterFirst: "Registration-Termination", 305 - diameterFirst: "Push-Profile",
	306 - diameterFirst: "User-Data", 307 - diameterFirst: "Profile-Update", 308 - diameterFirst: "Subscribe-Notifications",
	309 - diameterFirst: "Push-Notification", 310 - diameterFirst: "Bootstrapping-Info", 311 - diameterFirst: "Message-Process",
	316 - diameterFirst: "Update-Location", 317 - diameterFirst: "Cancel-Location", 318 - diameterFirst: "Authentication-Information",
	319 - diameterFirst: "Insert-Subscriber-Data", 320 - diameterFirst: "Delete-Subscriber-Data", 321 - diameterFirst: "Purge-UE",
	322 - diameterFirst: "Reset", 323 - diameterFirst: "Notify", 324 - diameterFirst: "ME-Identity-Check",
}

// diameterApplication is the name of an application (IANA, "Application IDs"); "" for
// others.
func diameterApplication(id uint32) string {
	switch id {
	case 1:
		return "NASREQ"
	case 3:
		return "accounting"
	case 4:
		return "credit control"
	case 5:
		return "EAP"
	case 6:
		return "SIP"
	case 16777216:
		return "Cx"
	case 16777217:
		return "Sh"
	case 16777236:
		return "Rx"
	case 16777238:
		return "Gx"
	case 16777250:
		return "STa"
	case 16777251:
		return "S6a"
	case 16777252:
		return "S13"
	case 16777255:
		return "SLg"
	case 16777264:
		return "SWm"
	case 16777265:
		return "SWx"
	case 16777272:
		return "S6b"
	case 16777302:
		return "Sy"
	case 16777312:
		return "S6c"
	case 16777313:
		return "SGd"
	case 0xffffffff:
		return "relay"
	}
	return ""
}

// diameterResult is the name of a result; "" for others.
func diameterResult(code uint32) string {
	if class, n := code/1000, code%1000; class < uint32(len(diameterResults)) && n < uint32(len(diameterResults[class])) {
		return diameterResults[class][n]
	}
	return ""
}

// diameterResults are the names of results by their thousands (section 7.1; RFC 8506,
// section 9).
var diameterResults = [...][]string{
	1: {1: "DIAMETER_MULTI_ROUND_AUTH"},
	2: {1: "DIAMETER_SUCCESS", 2: "DIAMETER_LIMITED_SUCCESS"},
	3: {1: "DIAMETER_COMMAND_UNSUPPORTED", 2: "DIAMETER_UNABLE_TO_DELIVER", 3: "DIAMETER_REALM_NOT_SERVED",
		4: "DIAMETER_TOO_BUSY", 5: "DIAMETER_LOOP_DETECTED", 6: "DIAMETER_REDIRECT_INDICATION",
		7: "DIAMETER_APPLICATION_UNSUPPORTED", 8: "DIAMETER_INVALID_HDR_BITS", 9: "DIAMETER_INVALID_AVP_BITS",
		10: "DIAMETER_UNKNOWN_PEER"},
	4: {1: "DIAMETER_AUTHENTICATION_REJECTED", 2: "DIAMETER_OUT_OF_SPACE", 3: "ELECTION_LOST",
		10: "DIAMETER_END_USER_SERVICE_DENIED", 11: "DIAMETER_CREDIT_CONTROL_NOT_APPLICABLE",
		12: "DIAMETER_CREDIT_LIMIT_REACHED"},
	5: {1: "DIAMETER_AVP_UNSUPPORTED", 2: "DIAMETER_UNKNOWN_SESSION_ID", 3: "DIAMETER_AUTHORIZATION_REJECTED",
		4: "DIAMETER_INVALID_AVP_VALUE", 5: "DIAMETER_MISSING_AVP", 6: "DIAMETER_RESOURCES_EXCEEDED",
		7: "DIAMETER_CONTRADICTING_AVPS", 8: "DIAMETER_AVP_NOT_ALLOWED", 9: "DIAMETER_AVP_OCCURS_TOO_MANY_TIMES",
		10: "DIAMETER_NO_COMMON_APPLICATION", 11: "DIAMETER_UNSUPPORTED_VERSION", 12: "DIAMETER_UNABLE_TO_COMPLY",
		13: "DIAMETER_INVALID_BIT_IN_HEADER", 14: "DIAMETER_INVALID_AVP_LENGTH", 15: "DIAMETER_INVALID_MESSAGE_LENGTH",
		16: "DIAMETER_INVALID_AVP_BIT_COMBO", 17: "DIAMETER_NO_COMMON_SECURITY",
		30: "DIAMETER_USER_UNKNOWN", 31: "DIAMETER_RATING_FAILED"},
}
