package apps

// DHCP: RFC 2131, section 2; options: RFC 2132; names in full: RFC 4702. Lines have what
// it says already, so that there are only fields here.

import "encoding/binary"

const (
	dhcpHeaderLen = 240 // with the cookie
	dhcpCookie    = 0x63825363

	dhcpPad      = 0
	dhcpHostname = 12
	dhcpKind     = 53
	dhcpFullName = 81
	dhcpEnd      = 255
)

func dhcpDatagram(t *talk, b []byte) bool {
	if len(b) < dhcpHeaderLen || b[0] != 1 && b[0] != 2 || b[2] > 16 || binary.BigEndian.Uint32(b[236:]) != dhcpCookie {
		return false
	}
	if b[0] == 1 {
		t.isClient()
	} else {
		t.isServer()
	}
	var kind, name, full []byte
	for b = b[dhcpHeaderLen:]; len(b) >= 2 && b[0] != dhcpEnd; {
		if b[0] == dhcpPad {
			b = b[1:]
			continue
		}
		n := 2 + int(b[1])
		if n > len(b) {
			break
		}
		switch b[0] {
		case dhcpKind:
			kind = b[2:n]
		case dhcpHostname:
			name = b[2:n]
		case dhcpFullName:
			full = b[2:n]
		}
		b = b[n:]
	}
	if len(kind) == 1 && dhcpType(kind[0]) != "" {
		t.setString(FieldDHCPType, dhcpType(kind[0]))
	}
	switch {
	case len(name) > 0:
		t.set(FieldDHCPHostname, name)
	case len(full) > 3 && full[0]&4 != 0:
		dhcpSetLabels(t, full[3:])
	case len(full) > 3:
		t.set(FieldDHCPHostname, full[3:])
	}
	return true
}

// dhcpSetLabels sets the name of a host, whose labels have their lengths in front.
func dhcpSetLabels(t *talk, b []byte) {
	var text [nameMax]byte
	if name := appendLabels(text[:0], b); len(name) > 0 {
		t.set(FieldDHCPHostname, name)
	}
}

// dhcpType is the name of a type of message (IANA, "DHCP Message Type 53 Values"); "" for
// none.
func dhcpType(kind byte) string {
	names := [...]string{1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE",
		8: "INFORM", 9: "FORCERENEW", 10: "LEASEQUERY", 11: "LEASEUNASSIGNED", 12: "LEASEUNKNOWN", 13: "LEASEACTIVE",
		14: "BULKLEASEQUERY", 15: "LEASEQUERYDONE", 16: "ACTIVELEASEQUERY", 17: "LEASEQUERYSTATUS", 18: "TLS"}
	if int(kind) < len(names) {
		return names[kind]
	}
	return ""
}
