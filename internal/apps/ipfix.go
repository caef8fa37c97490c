package apps

// IPFIX: RFC 7011, section 3; over TCP: section 10.4.

import "encoding/binary"

const (
	ipfixHeaderLen = 16
	ipfixVersion   = 10
	ipfixTemplate  = 2
	// ipfixWaitMax is how much of a message is waited for.
	ipfixWaitMax = 32 << 10
)

// ipfixBegins: version, a length, and a first set that fits into it.
func ipfixBegins(t *talk, b []byte) verdict {
	if b[0] != 0 || len(b) > 1 && b[1] != ipfixVersion {
		return no
	}
	if len(b) < ipfixHeaderLen+4 {
		return maybe
	}
	n, id, set := int(binary.BigEndian.Uint16(b[2:])), binary.BigEndian.Uint16(b[16:]), int(binary.BigEndian.Uint16(b[18:]))
	if set < 4 || ipfixHeaderLen+set > n || id < 256 && id != ipfixTemplate && id != ipfixTemplate+1 {
		return no
	}
	if id >= 256 && !t.likely(protocolIPFIX) {
		return no
	}
	return yes
}

func ipfixRead(t *talk, b []byte) int {
	if len(b) < ipfixHeaderLen {
		return 0
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if binary.BigEndian.Uint16(b) != ipfixVersion || n < ipfixHeaderLen {
		return strange
	}
	if len(b) < min(n, ipfixWaitMax) && !t.cut {
		return 0
	}
	ipfixMessage(t, b[:min(n, len(b))])
	return n
}

func ipfixDatagram(t *talk, b []byte) bool {
	if len(b) < ipfixHeaderLen+4 || binary.BigEndian.Uint16(b) != ipfixVersion ||
		int(binary.BigEndian.Uint16(b[2:])) != t.length || !netflowFills(b, ipfixHeaderLen, t.length, ipfixTemplate) {
		return false
	}
	ipfixMessage(t, b)
	return true
}

// ipfixMessage says a message, as far as it was captured.
func ipfixMessage(t *talk, b []byte) {
	t.say("IPFIX")
	domain := binary.BigEndian.Uint32(b[12:])
	t.itemNumber("domain", uint64(domain))
	t.itemNumber("seq", uint64(binary.BigEndian.Uint32(b[8:])))
	netflowSets(t, b[ipfixHeaderLen:], domain, true)
}

// ipfixOptionsRecord says a template of options: its id, the number of its fields, and
// how many of them are its scope. It returns what follows.
func ipfixOptionsRecord(t *talk, known *netflowTemplates, b []byte, domain uint32) []byte {
	id, fields := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	if id < 256 {
		return nil
	}
	size, rest, ok := netflowFields(b[6:], fields, true)
	netflowSay(t, "options template ", id, fields)
	if ok {
		known.add(domain, id, size)
	}
	return rest
}
