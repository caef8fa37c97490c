package apps

// PFCP: 3GPP TS 29.244, sections 7 and 8.

import "encoding/binary"

// pfcpDatagram reads messages, of which several may be in a datagram.
func pfcpDatagram(t *talk, b []byte) bool {
	if !pfcpCertain(b, t.length) {
		return false
	}
	for len(b) > 0 {
		n := min(4+int(binary.BigEndian.Uint16(b[2:])), len(b))
		pfcpMessage(t, b[:n])
		b = b[n:]
	}
	return true
}

// pfcpCertain reports whether messages fill a datagram of that length, and their
// elements them, as far as b has them.
func pfcpCertain(b []byte, length int) bool {
	for {
		// Version 1, and two bits that are zero.
		if len(b) < 8 || b[0]&0xf8 != 0x20 || pfcpName(b[1]) == "" {
			return false
		}
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		follows := b[0]&4 != 0 // another message
		if n > length || n < pfcpHeader(b) || !follows && n != length {
			return false
		}
		if n > len(b) {
			return len(b) >= pfcpHeader(b)
		}
		if !pfcpFills(b[pfcpHeader(b):n]) {
			return false
		}
		if !follows || n == len(b) {
			return n == length
		}
		b, length = b[n:], length-n
	}
}

// pfcpHeader is the length of the header that b begins with: it may have a SEID.
func pfcpHeader(b []byte) int {
	if b[0]&1 != 0 {
		return 16
	}
	return 8
}

// pfcpFills reports whether b is information elements to its end.
func pfcpFills(b []byte) bool {
	for len(b) >= 4 {
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return len(b) == 0
}

// pfcpMessage says a message, of which b was captured.
func pfcpMessage(t *talk, b []byte) {
	t.say("PFCP ", pfcpName(b[1]))
	at := pfcpHeader(b)
	if at == 16 {
		t.itemHex("SEID", binary.BigEndian.Uint64(b[4:]))
	}
	t.itemNumber("seq", uint64(binary.BigEndian.Uint32(b[at-4:])>>8))
	pfcpElements(t, b[at:], 0)
}

// pfcpElements says information elements, and those in the rules that are made.
func pfcpElements(t *talk, b []byte, depth int) {
	const createPDR, pdi = 1, 2
	for len(b) >= 4 {
		kind, n := binary.BigEndian.Uint16(b), 4+int(binary.BigEndian.Uint16(b[2:]))
		v := b[4:min(n, len(b))]
		switch {
		case kind == createPDR && depth == 0, kind == pdi && depth == 1:
			pfcpElements(t, v, depth+1)
		case n <= len(b):
			pfcpElement(t, kind, v)
		}
		if n >= len(b) {
			return
		}
		b = b[n:]
	}
}

// pfcpElement says an information element.
func pfcpElement(t *talk, kind uint16, v []byte) {
	switch kind {
	case 19:
		if len(v) > 0 {
			gtpcCause(t, v[0], pfcpCauses[:])
		}
	case 22:
		// Labels with their lengths, or text (section 8.2.4).
		if len(v) > 0 && int(v[0]) < len(v) && v[0] < ' ' {
			gtpcLabels(t, "instance", v)
		} else {
			t.item("instance", v)
		}
	case 39:
		pfcpReport(t, v)
	case 57:
		if len(v) >= 9 {
			t.itemHex("F-SEID", binary.BigEndian.Uint64(v[1:]))
			pfcpAddresses(t, "at", v[0]&2 != 0, v[0]&1 != 0, v[9:])
		}
	case 60:
		pfcpNode(t, v)
	case 93:
		if len(v) > 0 {
			pfcpAddresses(t, "UE", v[0]&2 != 0, v[0]&1 != 0, v[1:])
		}
	}
}

// pfcpAddresses says an IPv4 and an IPv6 address, which of them is there.
func pfcpAddresses(t *talk, name string, v4, v6 bool, b []byte) {
	if v4 {
		if len(b) < 4 {
			return
		}
		gtpcAddress(t, name, b[:4])
		b = b[4:]
	}
	if v6 && len(b) >= 16 {
		gtpcAddress(t, name, b[:16])
	}
}

// pfcpNode says which node speaks.
func pfcpNode(t *talk, v []byte) {
	if len(v) < 1 {
		return
	}
	switch kind := v[0] & 15; {
	case kind == 0 && len(v) == 5, kind == 1 && len(v) == 17:
		gtpcAddress(t, "node", v[1:])
	case kind == 2:
		gtpcLabels(t, "node", v[1:])
	}
}

// pfcpReport says what a session reports.
func pfcpReport(t *talk, v []byte) {
	if len(v) < 1 {
		return
	}
	for i, name := range [...]string{"downlink data", "usage", "error indication", "user plane inactivity"} {
		if v[0]&(1<<i) != 0 {
			t.itemWord("report", name)
		}
	}
}

// pfcpName is the name of a type of message (table 7.3-1); "" for none.
func pfcpName(kind uint8) string {
	if int(kind) < len(pfcpNames) {
		return pfcpNames[kind]
	}
	return ""
}

var pfcpNames = [...]string{
	1: "Heartbeat Request", 2: "Heartbeat Response", 3: "PFD Management Request", 4: "PFD Management Response",
	5: "Association Setup Request", 6: "Association Setup Response",
	7: "Association Update Request", 8: "Association Update Response",
	9: "Association Release Request", 10: "Association Release Response",
	11: "Version Not Supported Response", 12: "Node Report Request", 13: "Node Report Response",
	14: "Session Set Deletion Request", 15: "Session Set Deletion Response",
	16: "Session Set Modification Request", 17: "Session Set Modification Response",
	50: "Session Establishment Request", 51: "Session Establishment Response",
	52: "Session Modification Request", 53: "Session Modification Response",
	54: "Session Deletion Request", 55: "Session Deletion Response",
	56: "Session Report Request", 57: "Session Report Response",
}

// pfcpCauses are the names of causes (table 8.2.1-1).
var pfcpCauses = [...]string{
	1: "Request accepted", 2: "More Usage Report to send", 3: "Request partially accepted",
	64: "Request rejected", 65: "Session context not found", 66: "Mandatory IE missing",
	67: "Conditional IE missing", 68: "Invalid length", 69: "Mandatory IE incorrect",
	70: "Invalid Forwarding Policy", 71: "Invalid F-TEID allocation option", 72: "No established PFCP Association",
	73: "Rule creation/modification Failure", 74: "PFCP entity in congestion", 75: "No resources available",
	76: "Service not supported", 77: "System failure", 78: "Redirection Requested",
	79: "All dynamic addresses are occupied",
}
