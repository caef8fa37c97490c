package apps

// GTP-C: version 1: 3GPP TS 29.060, sections 6 and 7; version 2: TS 29.274, sections 5,
// 6 and 8.

import (
	"encoding/binary"
	"net/netip"
)

// gtpcDatagram: version 2 is known by its content, version 1 on its port.
func gtpcDatagram(t *talk, b []byte) bool {
	if len(b) < 8 {
		return false
	}
	switch {
	case b[0]>>5 == 2 && b[0]&3 == 0:
		return gtpcVersion2(t, b)
	case b[0]&0xf8 == 0x30 && t.likely(protocolGTPC):
		return gtpcVersion1(t, b)
	}
	return false
}

// gtpcVersion2 reads messages of version 2: one, or two of which the second rides on
// the first.
func gtpcVersion2(t *talk, b []byte) bool {
	rest, length := b, t.length
	for said := false; ; said = true {
		if len(rest) < 8 {
			return said
		}
		n := 4 + int(binary.BigEndian.Uint16(rest[2:]))
		more := rest[0]&0x10 != 0 && !said
		if n > length || !more && n != length || gtpcName2(rest[1]) == "" || rest[0]>>5 != 2 {
			return said
		}
		if !gtpcMessage2(t, rest[:min(n, len(rest))], n) {
			return said
		}
		if !more || n >= len(rest) {
			return true
		}
		rest, length = rest[n:], length-n
	}
}

// gtpcMessage2 says one message, which is n bytes long and of which b was captured.
func gtpcMessage2(t *talk, b []byte, n int) bool {
	at := 8 // a TEID may be between the length and the sequence number
	if b[0]&8 != 0 {
		at = 12
	}
	if len(b) < at || len(b) == n && !gtpcFills2(b[at:]) {
		return false
	}
	t.say("GTPv2-C ", gtpcName2(b[1]))
	if at == 12 {
		t.itemHex("TEID", uint64(binary.BigEndian.Uint32(b[4:])))
	}
	t.itemNumber("seq", uint64(binary.BigEndian.Uint32(b[at-4:])>>8))
	for rest := b[at:]; len(rest) >= 4; {
		size := 4 + int(binary.BigEndian.Uint16(rest[1:]))
		if size > len(rest) {
			break
		}
		gtpcElement2(t, rest[0], rest[4:size])
		rest = rest[size:]
	}
	return true
}

// gtpcFills2 reports whether b is information elements, at least one, to its end.
func gtpcFills2(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	for len(b) >= 4 {
		size := 4 + int(binary.BigEndian.Uint16(b[1:]))
		if size > len(b) {
			return false
		}
		b = b[size:]
	}
	return len(b) == 0
}

// gtpcElement2 says an information element of version 2.
func gtpcElement2(t *talk, kind uint8, v []byte) {
	switch kind {
	case 1:
		gtpcDigits(t, "IMSI", v)
	case 2:
		if len(v) > 0 {
			gtpcCause(t, v[0], gtpcCauses2[:])
		}
	case 71:
		gtpcLabels(t, "APN", v)
	case 76:
		gtpcDigits(t, "MSISDN", v)
	case 79:
		gtpcAllocated(t, v)
	case 87:
		gtpcTunnel(t, v)
	}
}

// gtpcAllocated says the address that a device gets, which follows a type.
func gtpcAllocated(t *talk, v []byte) {
	if len(v) < 5 {
		return
	}
	const ipv4, ipv6, both = 1, 2, 3
	switch kind := v[0] & 7; {
	case kind == ipv4:
		gtpcAddress(t, "address", v[1:5])
	case (kind == ipv6 || kind == both) && len(v) >= 18:
		gtpcAddress(t, "address", v[2:18])
		if kind == both && len(v) >= 22 {
			gtpcAddress(t, "address", v[18:22])
		}
	}
}

// gtpcTunnel says the end of a tunnel: flags, a TEID, addresses.
func gtpcTunnel(t *talk, v []byte) {
	if len(v) < 5 {
		return
	}
	t.itemHex("F-TEID", uint64(binary.BigEndian.Uint32(v[1:])))
	size := 16
	if v[0]&0x80 != 0 {
		size = 4
	}
	if len(v) < 5+size {
		return
	}
	a, _ := netip.AddrFromSlice(v[5 : 5+size])
	t.add(" ")
	t.d.said.text = a.AppendTo(t.d.said.text)
	t.end()
}

// gtpcVersion1 reads a message of version 1.
func gtpcVersion1(t *talk, b []byte) bool {
	name := gtpcName1(b[1])
	if name == "" || 8+int(binary.BigEndian.Uint16(b[2:])) != t.length {
		return false
	}
	t.say("GTPv1-C ", name)
	t.itemHex("TEID", uint64(binary.BigEndian.Uint32(b[4:])))
	if b[0]&2 != 0 && len(b) >= 12 {
		t.itemNumber("seq", uint64(binary.BigEndian.Uint16(b[8:])))
	}
	for b, _, _ = gtpuPayload(b); len(b) > 1; {
		size, value := gtpcSize1(b)
		if size == 0 || size > len(b) {
			break
		}
		gtpcElement1(t, b[0], b[value:size])
		b = b[size:]
	}
	return true
}

// gtpcSize1 is the size of the element that b begins with, and where its value is. Those
// below 128 have sizes of their own, others say theirs (TS 29.060, section 7.7).
func gtpcSize1(b []byte) (size, value int) {
	if b[0] >= 128 {
		if len(b) < 3 {
			return 0, 0
		}
		return 3 + int(binary.BigEndian.Uint16(b[1:])), 3
	}
	switch b[0] {
	case 1, 8, 11, 13, 14, 15, 19, 20, 21, 23, 24, 29:
		return 2, 1
	case 25, 26, 27, 28:
		return 3, 1
	case 12:
		return 4, 1
	case 4, 5, 16, 17, 127:
		return 5, 1
	case 18:
		return 6, 1
	case 3:
		return 7, 1
	case 2:
		return 9, 1
	case 22:
		return 10, 1
	case 9:
		return 29, 1
	}
	return 0, 0
}

// gtpcElement1 says an information element of version 1.
func gtpcElement1(t *talk, kind uint8, v []byte) {
	switch kind {
	case 1:
		gtpcCause(t, v[0], gtpcCauses1[:])
	case 2:
		gtpcDigits(t, "IMSI", v)
	case 16, 17:
		t.itemHex([...]string{"data", "control"}[kind-16], uint64(binary.BigEndian.Uint32(v)))
	case 128:
		if len(v) == 6 || len(v) == 18 {
			gtpcAddress(t, "address", v[2:])
		}
	case 131:
		gtpcLabels(t, "APN", v)
	case 133:
		if len(v) == 4 || len(v) == 16 {
			gtpcAddress(t, "GSN", v)
		}
	case 134:
		if len(v) > 1 {
			gtpcDigits(t, "MSISDN", v[1:])
		}
	}
}

// gtpcAddress says an address of 4 or 16 bytes.
func gtpcAddress(t *talk, name string, b []byte) {
	a, _ := netip.AddrFromSlice(b)
	t.itemAddress(name, a)
}

// gtpcDigits says decimal digits, of which each byte has two, the lower half first; 15
// is none (TS 29.060, section 7.7.2).
func gtpcDigits(t *talk, name string, b []byte) {
	var digits [32]byte
	n := 0
	for _, c := range b[:min(len(b), len(digits)/2)] {
		for _, d := range [2]byte{c & 15, c >> 4} {
			if d < 10 {
				digits[n] = '0' + d
				n++
			}
		}
	}
	if n > 0 {
		t.item(name, digits[:n])
	}
}

// gtpcLabels says a name of labels.
func gtpcLabels(t *talk, name string, b []byte) {
	var text [nameMax]byte
	if labels := appendLabels(text[:0], b); len(labels) > 0 {
		t.item(name, labels)
	}
}

// gtpcCause says a cause with its name, if it has one.
func gtpcCause(t *talk, cause uint8, names []string) {
	t.itemNumber("cause", uint64(cause))
	if int(cause) < len(names) && names[cause] != "" {
		t.add(" ", names[cause])
	}
}
