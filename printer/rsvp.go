// rsvp.go: Resource Reservation Protocol (RFC 2205) with traffic engineering (RFC 3209),
// GMPLS (RFC 3473), refresh reduction (RFC 2961), fast reroute (RFC 4090),
// point-to-multipoint (RFC 4875) and the OIF User Network Interface.

package printer

import "github.com/tapdump/tapdump/versions"

const (
	rsvpVersion   = 1
	rsvpHeaderLen = 8
	rsvpObjectLen = 4 // of an object's header
	rsvpBundle    = 12
)

var (
	rsvpMessages = []tok{
		{1, "Path"},
		{2, "Resv"},
		{3, "PathErr"},
		{4, "ResvErr"},
		{5, "PathTear"},
		{6, "ResvTear"},
		{7, "ResvConf"},
		{rsvpBundle, "Bundle"},
		{13, "Acknowledgement"},
		{14, "Hello (Old)"},
		{15, "Refresh"},
		{20, "Hello"},
	}
	rsvpHeaderFlags = []tok{
		{0x01, "Refresh reduction capable"},
	}
)

var rsvpEndsPacket = versions.Since(versions.V5_0, "RSVP", "behind a message that was cut off, what holds it goes on: `[\\|rsvp] [\\|rsvp]`", "it ends the packet: `[\\|rsvp]`")

func (p *Printer) rsvp(b []byte, length int) {
	p.proto = "rsvp"
	if !has(b, 0, rsvpHeaderLen) {
		p.truncSince(rsvpEndsPacket)
		return
	}
	if version := u8(b, 0) >> 4; version != rsvpVersion {
		p.rsvpBadVersion(version)
		return
	}
	kind := u8(b, 1)
	if p.vflag < 1 {
		p.printf("RSVPv%d %s Message, length: %d", rsvpVersion, tokStr(rsvpMessages, "unknown (%d)", kind), length)
		return
	}
	size := p.rsvpHeader("\n\t", b)
	if size < rsvpHeaderLen {
		p.printf("ERROR: common header too short %d < %d", size, rsvpHeaderLen)
		return
	}
	switch {
	case kind == rsvpBundle:
		p.rsvpBundle(b[rsvpHeaderLen:], size-rsvpHeaderLen)
	case tokName(rsvpMessages, uint32(kind)) != "":
		p.rsvpObjects("\n\t  ", b, size)
	default:
		p.unknownData(b[rsvpHeaderLen:], "\n\t    ", size-rsvpHeaderLen)
	}
}

func (p *Printer) rsvpBadVersion(version uint8) {
	p.printf("ERROR: RSVP version %d packet not supported", version)
}

// rsvpHeader prints the header of a message and returns the message's length
// (RFC 2205 section 3.1.1).
func (p *Printer) rsvpHeader(indent string, b []byte) int {
	kind, size := u8(b, 1), int(u16(b, 6))
	p.printf("%sRSVPv%d %s Message (%d), Flags: [%s], length: %d, ttl: %d, checksum: 0x%04x", indent, rsvpVersion,
		tokStr(rsvpMessages, "unknown, type: %d", kind), kind, bitStr(rsvpHeaderFlags, "none", u8(b, 0)&0xf),
		size, u8(b, 4), u16(b, 2))
	return size
}

// rsvpBundle prints the messages in a bundle (RFC 2961 section 3.1), left bytes.
func (p *Printer) rsvpBundle(b []byte, left int) {
	for left > 0 {
		if !has(b, 0, rsvpHeaderLen) {
			p.truncSince(rsvpEndsPacket)
			return
		}
		if version := u8(b, 0) >> 4; version != rsvpVersion {
			p.rsvpBadVersion(version)
			return
		}
		size := p.rsvpHeader("\n\t  ", b)
		switch {
		case size < rsvpHeaderLen:
			p.printf("ERROR: common header too short %d < %d", size, rsvpHeaderLen)
			return
		case left < size:
			p.printf("ERROR: common header too large %d > %d", size, left)
			return
		case !p.rsvpObjects("\n\t    ", b, size):
			return
		}
		b, left = at(b, size), left-size
	}
}

// rsvpObjects prints the objects of a message, size bytes at the start of b. It
// reports whether it came to their end.
func (p *Printer) rsvpObjects(indent string, b []byte, size int) bool {
	for i := rsvpHeaderLen; size-i >= rsvpObjectLen; {
		if !has(b, i, rsvpObjectLen) {
			p.truncSince(rsvpEndsPacket)
			return false
		}
		n, class, kind := int(u16(b, i)), u8(b, i+2), u8(b, i+3)
		if n%4 != 0 {
			p.printf("%sERROR: object header size %d not a multiple of 4", indent, n)
			return false
		}
		if n < rsvpObjectLen {
			p.printf("%sERROR: object header too short %d < %d", indent, n, rsvpObjectLen)
			return false
		}
		object := uint16(class)<<8 | uint16(kind)
		p.printf("%s%s Object (%d) Flags: [%s", indent, tokStr(rsvpClasses, "Unknown", class), class, rsvpUnknown(class))
		p.printf(" if unknown], Class-Type: %s (%d), length: %d", tokStr(rsvpTypes, "Unknown", object), kind, n)
		if size-i < n {
			p.printf("%sERROR: object goes past end of objects TLV", indent)
			return false
		}
		if !has(b, i, n) {
			p.truncSince(rsvpEndsPacket)
			return false
		}
		value := b[i+rsvpObjectLen : i+n]
		var went outcome
		if object == rsvpIntegrity1 {
			went = p.rsvpIntegrity(indent, value, b, i+rsvpObjectLen, size)
		} else {
			went = p.rsvpObject(object, indent, value)
		}
		if went == stop {
			return false
		}
		if p.vflag > 1 || went == dump {
			p.unknownData(value, "\n\t    ", len(value))
		}
		i += n
	}
	return true
}

// rsvpUnknown is what a node does with an object of a class that it does not
// know (RFC 2205 section 3.10).
func rsvpUnknown(class uint8) string {
	switch {
	case class&0x80 == 0:
		return "reject"
	case class&0x40 == 0:
		return "ignore silently"
	}
	return "ignore and forward"
}

// rsvpShort complains that an object is shorter than its type needs.
func (p *Printer) rsvpShort(indent string) outcome {
	p.printf("%sERROR: object is too short", indent)
	return stop
}

// rsvpIntegrity prints the signature of a message (RFC 2747 section 2), which is
// size bytes at the start of message; the object's value is at message[offset:].
func (p *Printer) rsvpIntegrity(indent string, value, message []byte, offset, size int) outcome {
	const digest = 16 // its offset in the value
	if len(value) < digest+16 {
		return p.rsvpShort(indent)
	}
	p.printf("%s  Key-ID 0x%04x%08x, Sequence 0x%08x%08x, Flags [%s]", indent, u16(value, 2), u32(value, 4),
		u32(value, 8), u32(value, 12), bitStr(rsvpIntegrityFlags, "none", u8(value, 0)))
	p.printf("%s  MD5-sum 0x%08x%08x%08x%08x ", indent, u32(value, digest), u32(value, digest+4),
		u32(value, digest+8), u32(value, digest+12))
	// the sum is over a message whose checksum counts as zero
	result := p.signature(message, size, offset+digest, 2)
	p.printf(" (%s)", result)
	return done
}
