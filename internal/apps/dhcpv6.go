package apps

// DHCPv6: RFC 8415, sections 8, 9 and 21; names: RFC 4704. Lines have what it says
// already, so that there are only fields here.

import "encoding/binary"

const (
	dhcpv6HeaderLen = 4
	dhcpv6RelayLen  = 34
	// dhcpv6RelaysMax is how many relays a message may go over (HOP_COUNT_LIMIT).
	dhcpv6RelaysMax = 8

	dhcpv6RelayForward = 12
	dhcpv6RelayReply   = 13
	dhcpv6Relayed      = 9 // options
	dhcpv6FullName     = 39
)

// dhcpv6Datagram: content is too little to go by without the port.
func dhcpv6Datagram(t *talk, b []byte) bool {
	if !t.likely(protocolDHCPv6) || !dhcpv6Fills(b, t.cut) {
		return false
	}
	for range dhcpv6RelaysMax + 1 {
		if len(b) < dhcpv6HeaderLen || dhcpv6Type(b[0]) == "" {
			return true
		}
		t.setString(FieldDHCPType, dhcpv6Type(b[0]))
		var inner []byte
		for b = b[min(dhcpv6Header(b), len(b)):]; len(b) >= 4; {
			n := 4 + int(binary.BigEndian.Uint16(b[2:]))
			value := b[4:min(n, len(b))]
			switch binary.BigEndian.Uint16(b) {
			case dhcpv6Relayed:
				inner = value
			case dhcpv6FullName:
				if len(value) > 1 {
					dhcpSetLabels(t, value[1:])
				}
			}
			b = b[min(n, len(b)):]
		}
		b = inner
	}
	return true
}

// dhcpv6Header is the length of the header that b begins with.
func dhcpv6Header(b []byte) int {
	if b[0] == dhcpv6RelayForward || b[0] == dhcpv6RelayReply {
		return dhcpv6RelayLen
	}
	return dhcpv6HeaderLen
}

// dhcpv6Fills reports whether b is a message whose options fill it.
func dhcpv6Fills(b []byte, cut bool) bool {
	if len(b) < dhcpv6HeaderLen || dhcpv6Type(b[0]) == "" {
		return false
	}
	at := dhcpv6Header(b)
	for at+4 <= len(b) {
		at += 4 + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return at == len(b) || cut
}

// dhcpv6Type is the name of a type of message (IANA, "DHCPv6 Message Types"); "" for none.
func dhcpv6Type(kind byte) string {
	names := [...]string{1: "SOLICIT", 2: "ADVERTISE", 3: "REQUEST", 4: "CONFIRM", 5: "RENEW", 6: "REBIND", 7: "REPLY",
		8: "RELEASE", 9: "DECLINE", 10: "RECONFIGURE", 11: "INFORMATION-REQUEST", 12: "RELAY-FORW", 13: "RELAY-REPL",
		14: "LEASEQUERY", 15: "LEASEQUERY-REPLY", 16: "LEASEQUERY-DONE", 17: "LEASEQUERY-DATA",
		18: "RECONFIGURE-REQUEST", 19: "RECONFIGURE-REPLY", 20: "DHCPV4-QUERY", 21: "DHCPV4-RESPONSE",
		22: "ACTIVELEASEQUERY", 23: "STARTTLS"}
	if int(kind) < len(names) {
		return names[kind]
	}
	return ""
}
