// domain.go: Domain Name System messages over UDP, TCP and multicast (RFC 1035,
// RFC 6762, RFC 6891).

package printer

// domainMode says how a message travels.
type domainMode uint8

const (
	domainUDP       domainMode = iota
	domainTCP                  // with its length in front (RFC 1035 section 4.2.2)
	domainMulticast            // class fields have a flag (RFC 6762 section 18.12)
)

const (
	domainHeaderLen = 12
	domainInverse   = 1 // opcode of inverse queries (RFC 1035 section 6.4)
)

var domainOpcodes = [16]string{
	"", " inv_q", " stat", " op3", " notify", " update", " op6", " op7",
	" op8", " updateA", " updateD", " updateDA", " updateM", " updateMA", " zoneInit", " zoneRef",
}

var domainRcodes = []string{
	"", " FormErr", " ServFail", " NXDomain", " NotImp", " Refused", " YXDomain", " YXRRSet",
	" NXRRSet", " NotAuth", " NotZone", " Resp11", " Resp12", " Resp13", " Resp14", " NoChange",
	" BadVers", "Resp17", " Resp18", " Resp19", " Resp20", "Resp21", " Resp22", " BadCookie",
}

// domainMessage is a message and what its header says.
type domainMessage struct {
	b         []byte // from the header's first byte on; names point into it
	length    int    // on the wire
	multicast bool
	flags     uint16
	count     [4]int // of questions, answers, authority and additional records
}

func (p *Printer) domain(b []byte, length int, mode domainMode) {
	p.proto = "domain"
	if mode == domainTCP {
		if length < 2 {
			p.printf(" [DNS over TCP: length %d < 2]", length)
			p.invalid()
			return
		}
		length -= 2
		if n := u16(b, 0); int(n) != length {
			p.printf(" [prefix length(%d) != length(%d)]", n, length)
			p.invalid()
			return
		}
		b = b[2:]
		p.char(' ')
	}
	if length < domainHeaderLen {
		p.printf("%s [length %d < %d]", p.proto, length, domainHeaderLen)
		p.invalid()
		return
	}
	if !has(b, 0, domainHeaderLen) {
		p.truncMark()
		return
	}
	m := domainMessage{b: b, length: length, multicast: mode == domainMulticast, flags: u16(b, 2)}
	for i := range m.count {
		m.count[i] = int(u16(b, 4+2*i))
	}
	ok := false
	if m.flags&0x8000 != 0 {
		ok = p.domainResponse(&m)
	} else {
		ok = p.domainRequest(&m)
	}
	if !ok {
		p.truncMark()
		return
	}
	p.str(" (")
	p.uint(uint64(length))
	p.char(')')
}

// domainResponse prints a response and reports whether it was whole.
func (p *Printer) domainResponse(m *domainMessage) bool {
	p.uint(uint64(u16(m.b, 0)))
	p.str(domainOpcodes[m.flags>>11&15])
	if code := m.responseCode(); int(code) < len(domainRcodes) {
		p.str(domainRcodes[code])
	} else {
		p.printf(" Resp%d", code&0xfff)
	}
	if m.flags&0x400 != 0 { // authoritative
		p.char('*')
	}
	if m.flags&0x80 == 0 { // no recursion available
		p.char('-')
	}
	if m.flags&0x200 != 0 { // truncated
		p.char('|')
	}
	if m.flags&0x20 != 0 { // authentic
		p.char('$')
	}
	if m.count[0] != 1 {
		p.printf(" [%dq]", m.count[0])
	}
	i := domainHeaderLen
	for n := range m.count[0] {
		if n > 0 {
			p.char(',')
		}
		if p.vflag > 1 {
			p.str(" q:")
			i = p.domainQuestion(m, i)
		} else if i = domainSkipName(m.b, i); i >= 0 {
			i += 4
		}
		if i < 0 {
			return false
		}
	}
	p.char(' ')
	p.uint(uint64(m.count[1]))
	p.char('/')
	p.uint(uint64(m.count[2]))
	p.char('/')
	p.uint(uint64(m.count[3]))
	return p.domainSections(m, i, p.vflag > 1)
}

// domainRequest prints a request and reports whether it was whole.
func (p *Printer) domainRequest(m *domainMessage) bool {
	p.uint(uint64(u16(m.b, 0)))
	opcode := m.flags >> 11 & 15
	p.str(domainOpcodes[opcode])
	if m.flags&0x100 != 0 { // recursion desired
		p.char('+')
	}
	if m.flags&0x10 != 0 { // checking disabled
		p.char('%')
	}
	if m.flags&0x6cf != 0 { // what a request should not have
		p.printf(" [b2&3=0x%x]", m.flags)
	}
	p.domainRequestCounts(m, opcode == domainInverse)
	i := domainHeaderLen
	for n := range m.count[0] {
		if n > 0 && i >= len(m.b) {
			return false
		}
		if i = p.domainQuestion(m, i); i < 0 {
			return false
		}
	}
	return p.vflag < 2 || p.domainSections(m, i, true)
}

// domainRequestCounts prints the numbers of records that are not the usual
// ones: a question, or for inverse queries an answer, and nothing else.
func (p *Printer) domainRequestCounts(m *domainMessage, inverse bool) {
	questions, answers := m.count[0], m.count[1]
	if inverse {
		if questions != 0 {
			p.printf(" [%dq]", questions)
		}
		if answers != 1 {
			p.printf(" [%da]", answers)
		}
	} else {
		if answers != 0 {
			p.printf(" [%da]", answers)
		}
		if questions != 1 {
			p.printf(" [%dq]", questions)
		}
	}
	if n := m.count[2]; n != 0 {
		p.printf(" [%dn]", n)
	}
	if n := m.count[3]; n != 0 {
		p.printf(" [%dau]", n)
	}
}

// domainSections prints the answers at m.b[i], and with all the authority and
// additional records behind them. It reports whether all of them were there.
func (p *Printer) domainSections(m *domainMessage, i int, all bool) bool {
	i = p.domainSection(m, i, m.count[1], "", true)
	if i < 0 || !all {
		return i >= 0
	}
	if i = p.domainSection(m, i, m.count[2], " ns:", false); i < 0 {
		return false
	}
	return p.domainSection(m, i, m.count[3], " ar:", false) >= 0
}

// domainSection prints count records, the first even at the end of the capture
// when begin is set. It returns the index behind them, or -1.
func (p *Printer) domainSection(m *domainMessage, i, count int, label string, begin bool) int {
	for n := range count {
		switch {
		case i >= len(m.b) && (n > 0 || !begin):
			return -1
		case n > 0:
			p.char(',')
		default:
			p.str(label)
		}
		if i = p.domainRecord(m, i); i < 0 {
			return -1
		}
	}
	return i
}

// domainQuestion prints the question at m.b[i] and returns the index behind it,
// or -1.
func (p *Printer) domainQuestion(m *domainMessage, i int) int {
	fixed := domainSkipName(m.b, i)
	if fixed < 0 || !has(m.b, fixed, 4) {
		return -1
	}
	p.char(' ')
	p.domainType(u16(m.b, fixed))
	class := u16(m.b, fixed+2)
	unicast := m.multicast && class&0x8000 != 0
	if m.multicast {
		class &^= 0x8000
	}
	p.domainClass(class)
	if unicast {
		p.str(" (QU)")
	} else if m.multicast {
		p.str(" (QM)")
	}
	p.str("? ")
	if i = p.domainName(m.b, i, 0); i < 0 {
		return -1
	}
	return i + 4
}

// responseCode is the response code with the upper bits that an OPT record
// among the additional ones has (RFC 6891 section 6.1.3).
func (m *domainMessage) responseCode() uint16 {
	b, i := m.b, domainHeaderLen
	code := m.flags & 15
	for range m.count[0] {
		if i = domainSkipName(b, i); i < 0 || i+4 >= len(b) {
			return code
		}
		i += 4
	}
	for range m.count[1] + m.count[2] {
		if i = domainSkipName(b, i); i < 0 || !has(b, i+8, 2) {
			return code
		}
		if i += 10 + int(u16(b, i+8)); i >= len(b) {
			return code
		}
	}
	for range m.count[3] {
		if i = domainSkipName(b, i); i < 0 || !has(b, i, 5) {
			return code
		}
		if u16(b, i) == domainOPT {
			return code | uint16(b[i+4])<<4
		}
		if !has(b, i+8, 2) {
			return code
		}
		if i += 10 + int(u16(b, i+8)); i >= len(b) {
			return code
		}
	}
	return code
}
