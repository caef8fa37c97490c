// openflow.go: OpenFlow: the framing that all versions share (ONF TS-006, OpenFlow
// Switch Specification 1.3.1, section 7.1).

package printer

const openflowHeaderLen = 8

// Wire versions whose messages are decoded.
const (
	openflowVersion10 = 1
	openflowVersion13 = 4
)

// openflowVersions are the wire versions from 1.
var openflowVersions = []string{"", "1.0", "1.1", "1.2", "1.3", "1.4", "1.5"}

// openflowExperimenters are the identifiers that ONF assigned itself; those
// below 2^24 are OUIs.
var openflowExperimenters = []tok{
	{0x4f4e4600, "ONF Extensions"},
	{0xff000001, "Budapest University of Technology and Economics"},
	{0xff000002, "NoviFlow"},
	{0xff000003, "L3+ Extensions, Vendor Neutral"},
	{0xff000004, "L4-L7 Extensions"},
	{0xff000005, "Wireless and Mobility Extensions"},
	{0xff000006, "Forwarding Abstractions Extensions"},
	{0xff000007, "Optical Transport Extensions"},
	{0xff000008, "Network Benchmarking Lab, NCTU"},
	{0xff000009, "Mobile Packet Core Extensions"},
	{0xff00000a, "MPLS-TP OpenFlow Extensions for SPTN"},
}

// openflowMessage is what is known of a message type: its name and how long
// its body is, at least or exactly.
type openflowMessage struct {
	name  string
	body  int
	exact bool
}

// openflow prints the messages of a TCP segment that is assumed to start with
// one.
func (p *Printer) openflow(b []byte, length int) {
	p.proto = "openflow"
	p.str(": OpenFlow")
	for length > 0 {
		n := p.openflowFrame(b, length)
		if n < openflowHeaderLen || n > length {
			return
		}
		b = at(b, n)
		length -= n
	}
}

// openflowFrame prints a message and returns its length, or 0 when the rest of
// the segment cannot be read. The body may go on in the next segment: what is
// here of it is printed.
func (p *Printer) openflowFrame(b []byte, length int) int {
	version := u8(b, 0)
	if name := strName(openflowVersions, version); name != "" {
		p.printf("\n\tversion %s", name)
	} else {
		p.printf("\n\tversion unknown (0x%02x)", version)
	}
	if length < 2 {
		return p.openflowPartial(b, length)
	}
	kind := u8(b, 1)
	message := openflowIdentify(version, kind)
	if message.name != "" {
		p.printf(", type %s", message.name)
	} else {
		p.printf(", type unknown (0x%02x)", kind)
	}
	if length < 4 {
		return p.openflowPartial(b, length)
	}
	n := int(u16(b, 2))
	p.printf(", length %d", n)
	if n < openflowHeaderLen {
		p.str(" (too short!)")
	}
	if length < openflowHeaderLen {
		return p.openflowPartial(b, length)
	}
	p.printf(", xid 0x%08x", u32(b, 4))
	if n < openflowHeaderLen {
		p.openflowInvalid(b, length)
		return 0
	}
	body, n := at(b, openflowHeaderLen), n-openflowHeaderLen
	switch {
	case message.name == "":
		need(body, 0, n)
	case n < message.body || message.exact && n != message.body:
		p.openflowInvalid(body, n)
	case p.vflag == 0:
		need(body, 0, n)
	case version == openflowVersion10:
		p.openflow10(kind, body, n)
	default:
		p.openflow13(kind, body, n)
	}
	return openflowHeaderLen + n
}

// openflowIdentify is the message type of a version; its name is empty when it
// is not known.
func openflowIdentify(version, kind uint8) openflowMessage {
	table := openflow10Messages
	switch version {
	case openflowVersion10:
	case openflowVersion13:
		table = openflow13Messages
	default:
		return openflowMessage{}
	}
	if int(kind) >= len(table) {
		return openflowMessage{}
	}
	return table[kind]
}

func (p *Printer) openflowPartial(b []byte, length int) int {
	p.str(" (end of TCP payload)")
	need(b, 0, length)
	return 0
}

// openflowInvalid marks what is made of length bytes at b as malformed.
func (p *Printer) openflowInvalid(b []byte, length int) {
	p.invalid()
	need(b, 0, length)
}

// openflowWrong is openflowInvalid after the reason: a number that is op (<, >
// or !=) another.
func (p *Printer) openflowWrong(b []byte, length int, what string, have int, op string, want int) {
	p.wrong(what, have, op, want)
	p.openflowInvalid(b, length)
}

// openflowVendor prints a vendor or experimenter with its name.
func (p *Printer) openflowVendor(word string, vendor uint32) {
	table := openflowExperimenters
	if vendor>>24 == 0 {
		table = p.ouiTable()
	}
	p.printf("%s 0x%08x (%s)", word, vendor, tokStr(table, "unknown", vendor))
}

// openflowFlags prints a 32-bit set of flags behind prefix.
func (p *Printer) openflowFlags(prefix string, table []tok, v, assigned uint32) {
	p.printf("%s 0x%08x", prefix, v)
	p.openflowFlagNames(table, v, assigned)
}

// openflowFlagNames prints the names of flags. Of assigned ones that are not
// in table (fields between flags) there are none.
func (p *Printer) openflowFlagNames(table []tok, v, assigned uint32) {
	if v&assigned != 0 {
		p.str(" (")
		between := ""
		for i := range table {
			if v&table[i].v != 0 {
				p.str(between)
				p.str(table[i].s)
				between = ", "
			}
		}
		p.char(')')
	}
	if v&^assigned != 0 {
		p.str(" (bogus)")
	}
}

// openflowData prints bytes without structure.
func (p *Printer) openflowData(b []byte, length int) {
	if length == 0 {
		return
	}
	p.printf("\n\t data (%d octets)", length)
	if p.vflag >= 2 {
		p.hexASCIIDump("\n\t  ", b, length)
		return
	}
	need(b, 0, length)
}

// openflowError prints the body of an ERROR message: type, code and what it is
// about (7.4.4). codes are the names of the type's codes; nil: it has none.
func (p *Printer) openflowError(b []byte, length int, types []tok, codes func(uint16) []string) {
	kind := u16(b, 0)
	p.printf("\n\t type %s", tokStr(types, "invalid (0x%04x)", kind))
	code := u16(b, 2)
	if name := strName(codes(kind), code); name != "" {
		p.printf(", code %s", name)
	} else {
		p.printf(", code invalid (0x%04x)", code)
	}
	p.openflowData(b[4:], length-4)
}

// openflowText prints text in a field of n bytes between quotes.
func (p *Printer) openflowText(prefix string, b []byte, n int) {
	p.str(prefix)
	p.str(" '")
	p.safePadded(b, n)
	p.char('\'')
}
