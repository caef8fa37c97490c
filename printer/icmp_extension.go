// icmp_extension.go: extension structures of ICMP messages (RFC 4884 section 7) and
// the objects in them (RFC 4950, RFC 5837, RFC 8335).

package printer

import "github.com/tapdump/tapdump/versions"

var icmpExtensionObjects = versions.Since(versions.V5_0, "ICMP",
	"objects of classes 2 and 3 are dumped: `Interface Identification Object (2)`, `unknown Object (3)`",
	"they are decoded: `Interface Information Object (2)`, `Interface Identification Object (3)`; others are `unknown (9)`")

const (
	icmpExtensionAt      = icmpHeaderLen + 128 // where extensions begin at the earliest
	icmpExtensionMin     = 5                   // a header and something behind it
	icmpExtensionVersion = 2
	icmpObjectLen        = 4 // an object's header
	icmpMPLS             = 1 // the class of MPLS label stacks
)

var icmpObjectClasses = []tok{
	{icmpMPLS, "MPLS Stack Entry"},
	{2, "Interface Identification"},
}

// icmpExtensions prints the extension structure (RFC 4884 section 7). Old
// implementations put one there without a length of the embedded packet; a right
// checksum gives it away (section 5).
func (p *Printer) icmpExtensions(b []byte, length int) {
	if length <= icmpExtensionAt {
		return
	}
	if !has(b, icmpExtensionAt, icmpExtensionMin) {
		p.truncSince(ipCutEnds)
		return
	}
	left := length - icmpExtensionAt
	whole := has(b, icmpExtensionAt, left)
	sum := uint16(0)
	if whole {
		sum = checksum(b[icmpExtensionAt : icmpExtensionAt+left])
	}
	if b[5] == 0 && sum != 0 {
		return
	}
	version := b[icmpExtensionAt] >> 4
	p.printf("\n\tICMP Multi-Part extension v%d", version)
	if version != icmpExtensionVersion {
		p.str(" packet not supported")
		return
	}
	if whole {
		verdict := "correct"
		if sum != 0 {
			verdict = "incorrect"
		}
		p.printf(", checksum 0x%04x (%s), length %d", u16(b, icmpExtensionAt+2), verdict, left)
	}
	p.icmpObjects(at(b, icmpExtensionAt+4), left-4)
}

// icmpObjects prints the objects in the left bytes of an extension structure.
func (p *Printer) icmpObjects(b []byte, left int) {
	if p.follows(icmpExtensionObjects) {
		p.icmpExtensionObjects(b, left)
		return
	}
	for left > icmpObjectLen {
		if !has(b, 0, icmpObjectLen) {
			p.truncMark()
			return
		}
		n, class, kind := int(u16(b, 0)), b[2], b[3]
		p.printf("\n\t  %s Object (%d), Class-Type: %d, length %d",
			tokStr(icmpObjectClasses, "unknown", class), class, kind, n)
		if class == 0 || n < icmpObjectLen {
			return
		}
		b = b[icmpObjectLen:]
		n -= icmpObjectLen
		left -= icmpObjectLen
		if class == icmpMPLS && kind == 1 {
			p.icmpLabel(u32(b, 0))
		} else {
			p.unknownData(b, "\n\t    ", n)
		}
		if left < n {
			return
		}
		left -= n
		b = at(b, n)
	}
}

// icmpLabel prints an entry of an MPLS label stack (RFC 3032 section 2.1).
func (p *Printer) icmpLabel(entry uint32) {
	p.printf("\n\t    label %d, tc %d", entry>>12, entry>>9&7)
	if entry&0x100 != 0 {
		p.str(", [S]")
	}
	p.printf(", ttl %d", entry&0xff)
}

// Classes of objects.
const (
	icmpInterfaceInformation    = 2
	icmpInterfaceIdentification = 3
)

var icmpExtensionClasses = []tok{
	{icmpMPLS, "MPLS Stack Entry Object"},
	{icmpInterfaceInformation, "Interface Information Object"},
	{icmpInterfaceIdentification, "Interface Identification Object"},
}

// icmpExtensionObjects prints objects one after the other; an object as long as its
// header is the end unless another one is behind it.
func (p *Printer) icmpExtensionObjects(b []byte, left int) {
	for left > icmpObjectLen {
		n := p.icmpExtensionObject(b)
		if n < 0 || n > left {
			return
		}
		left -= n
		b = at(b, n)
	}
}

// icmpExtensionObject prints an object and returns its length, or -1 when nothing
// behind it can be found.
func (p *Printer) icmpExtensionObject(b []byte) int {
	n, class, kind := int(u16(b, 0)), u8(b, 2), u8(b, 3)
	p.printf("\n\t  %s (%d), Class-Type: %d, length %d", tokStr(icmpExtensionClasses, "unknown", class), class, kind, n)
	if class == 0 || n < icmpObjectLen {
		return -1
	}
	data, size, went := b[icmpObjectLen:], n-icmpObjectLen, dump
	switch class {
	case icmpMPLS:
		if kind == 1 {
			if went = done; icmpObjectHas(data, size, 4) {
				p.icmpLabel(u32(data, 0))
			}
		}
	case icmpInterfaceInformation:
		went = p.icmpInterface(data, size, kind)
	case icmpInterfaceIdentification:
		went = p.icmpInterfaceID(data, size, kind)
	}
	switch went {
	case bad:
		return -1
	case dump:
		p.unknownData(data, "\n\t    ", size)
	}
	return n
}

// icmpObjectHas reports whether n bytes fit into the size bytes of an object. They
// have to be captured.
func icmpObjectHas(b []byte, size, n int) bool {
	need(b, 0, n)
	return size >= n
}

// Address families (IANA address-family-numbers).
const (
	icmpFamilyIPv4 = 1
	icmpFamilyIPv6 = 2
)

var icmpInterfaceRoles = [4]string{"Incoming IP Interface", "Sub-IP Component of Incoming IP Interface", "Outgoing IP Interface", "IP Next hop"}

// icmpInterface prints what is known of an interface (RFC 5837 section 4), of which
// kind says which parts there are.
func (p *Printer) icmpInterface(b []byte, size int, kind uint8) outcome {
	const hasIndex, hasAddress, hasName, hasMTU = 8, 4, 2, 1
	p.printf("\n\t    Interface Role: %s", icmpInterfaceRoles[kind>>6])
	if kind&hasIndex != 0 {
		if !icmpObjectHas(b, size, 4) {
			return done
		}
		p.printf("\n\t    Interface Index: %d", u32(b, 0))
		b, size = b[4:], size-4
	}
	if kind&hasAddress != 0 {
		n, went := p.icmpInterfaceAddress(b, size)
		if n < 0 {
			return went
		}
		b, size = b[n:], size-n
	}
	if kind&hasName != 0 {
		n := p.icmpInterfaceName(b, size)
		if n < 0 {
			return done
		}
		b, size = b[n:], size-n
	}
	if kind&hasMTU != 0 && icmpObjectHas(b, size, 4) {
		p.printf("\n\t    MTU: %d", u32(b, 0))
	}
	return done
}

// icmpInterfaceAddress prints an address and returns its length with what is in
// front of it, or -1 and how the object went.
func (p *Printer) icmpInterfaceAddress(b []byte, size int) (int, outcome) {
	p.str("\n\t    IP Address sub-object: ")
	if !icmpObjectHas(b, size, 4) {
		return -1, done
	}
	family := u16(b, 0)
	b, size = b[4:], size-4
	switch family {
	case icmpFamilyIPv4:
		if !icmpObjectHas(b, size, 4) {
			return -1, done
		}
		p.appendAddr4(ip4At(b, 0))
		return 8, done
	case icmpFamilyIPv6:
		if !icmpObjectHas(b, size, 16) {
			return -1, done
		}
		p.appendAddr6(ip6At(b, 0))
		return 20, done
	}
	p.str("Unknown Address Family Identifier")
	return -1, bad
}

// icmpInterfaceName prints a name, whose length counts itself, and returns that
// length, or -1 when it is wrong.
func (p *Printer) icmpInterfaceName(b []byte, size int) int {
	const most = 64
	if !icmpObjectHas(b, size, 1) {
		return -1
	}
	n := int(b[0])
	p.str("\n\t    Interface Name")
	switch {
	case n == 0:
		p.str(" [length 0]")
	case !icmpObjectHas(b, size, n):
		return -1
	case n%4 != 0:
		p.printf(" [length %d != N x 4]", n)
	case n > most:
		p.wrong("length", n, ">", most)
	default:
		p.printf(", length %d: ", n)
		p.safePadded(b[1:], n-1)
		return n
	}
	p.invalid()
	return -1
}

// icmpInterfaceID prints by what an interface is asked for (RFC 8335 section 2.1).
func (p *Printer) icmpInterfaceID(b []byte, size int, kind uint8) outcome {
	const byName, byIndex, byAddress = 1, 2, 3
	switch kind {
	case byName:
		p.printf("\n\t    Interface Name, length %d: ", size)
		p.safePadded(b, size)
	case byIndex:
		if icmpObjectHas(b, size, 4) {
			p.printf("\n\t    Interface Index: %d", u32(b, 0))
		}
	case byAddress:
		return p.icmpInterfaceIDAddress(b, size)
	default:
		return dump
	}
	return done
}

func (p *Printer) icmpInterfaceIDAddress(b []byte, size int) outcome {
	p.str("\n\t    IP Address sub-object: ")
	if !icmpObjectHas(b, size, 4) {
		return done
	}
	family, n := u16(b, 0), int(b[2])
	if !icmpObjectHas(b, size-4, n) { // that counts the captured bytes from the family on
		return done
	}
	b = b[4:]
	switch family {
	case icmpFamilyIPv4:
		if n != 4 {
			p.printf("[length %d != 4] ", n)
		}
		p.appendAddr4(ip4At(b, 0))
	case icmpFamilyIPv6:
		if n != 16 {
			p.printf("[length %d != 16] ", n)
		}
		p.appendAddr6(ip6At(b, 0))
	default:
		p.str("Unknown Address Family Identifier")
		return bad
	}
	return done
}
