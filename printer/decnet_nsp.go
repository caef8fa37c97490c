// decnet_nsp.go: DECnet Network Services Protocol (AA-X439A-TK, DNA NSP
// Functional Specification, version 4.0.0).

package printer

const decnetNSPHeaderLen = 5

// Message types and, within them, subtypes (section 8).
const (
	decnetNSPType = 0x0c
	decnetNSPData = 0x00
	decnetNSPAck  = 0x04
	decnetNSPCtl  = 0x08

	decnetNSPSubtype = 0x70
)

// decnetNSPMessage is a message on the way through its fields.
type decnetNSPMessage struct {
	b        []byte
	length   int
	flags    uint8
	dst, src uint16
}

// decnetNSP prints a message and reports whether it is well-formed.
func (p *Printer) decnetNSP(b []byte, length int) bool {
	if length < decnetNSPHeaderLen {
		p.printf(" (nsplen %d < %d)", uint32(length), decnetNSPHeaderLen)
		return false
	}
	m := decnetNSPMessage{b, length, u8(b, 0), le16(b, 1), le16(b, 3)}
	switch m.flags & decnetNSPType {
	case decnetNSPData:
		return p.decnetNSPData(&m)
	case decnetNSPAck:
		return p.decnetNSPAck(&m)
	case decnetNSPCtl:
		return p.decnetNSPControl(&m)
	}
	p.decnetNSPReserved("type", &m)
	return true
}

func (p *Printer) decnetNSPReserved(what string, m *decnetNSPMessage) {
	p.printf("reserved-%s? %x %d > %d", what, m.flags, m.src, m.dst)
}

// decnetNSPPorts prints a name and the logical links.
func (p *Printer) decnetNSPPorts(name string, m *decnetNSPMessage) {
	p.printf("%s %d>%d ", name, m.src, m.dst)
}

// decnetNSPData prints data, interrupt and link service messages (8.2).
func (p *Printer) decnetNSPData(m *decnetNSPMessage) bool {
	switch m.flags & decnetNSPSubtype {
	case 0x00, 0x20, 0x40, 0x60: // middle, beginning, end of a message, all of it
		p.decnetNSPPorts("data", m)
		return p.decnetNSPSegment(m, false)
	case 0x30:
		p.str("intr ")
		return p.decnetNSPSegment(m, true)
	case 0x10:
		p.decnetNSPPorts("link-service", m)
		const fields = 11 // with both acknowledgements
		if m.length < fields+2 || !p.decnetNSPSegment(m, true) {
			return false
		}
		p.decnetNSPFlow(u8(m.b, fields), u8(m.b, fields+1))
		return true
	}
	p.decnetNSPReserved("subtype", m)
	return true
}

// decnetNSPSegment prints the acknowledgements in front of a segment and its
// number. Those of the other subchannel are named after it.
func (p *Printer) decnetNSPSegment(m *decnetNSPMessage, interrupt bool) bool {
	if m.length < 7 {
		return false
	}
	number := le16(m.b, 5)
	if number&decnetNSPIsAck != 0 {
		p.decnetNSPNumber(number)
		if m.length < 9 {
			return false
		}
		if number = le16(m.b, 7); number&decnetNSPIsOther != 0 {
			p.decnetNSPOther(number, interrupt)
			if m.length < 11 {
				return false
			}
			number = le16(m.b, 9)
		}
	}
	p.printf("seg %d ", number&decnetNSPNumberMask)
	return true
}

// Acknowledgement numbers (8.1).
const (
	decnetNSPIsAck      = 0x8000
	decnetNSPIsNak      = 0x9000
	decnetNSPIsOther    = 0xa000
	decnetNSPIsOtherNak = 0xb000
	decnetNSPNumberMask = 0x0fff
)

// decnetNSPNumber prints an acknowledgement of the message's own subchannel.
func (p *Printer) decnetNSPNumber(number uint16) {
	name := "ack"
	if number&decnetNSPIsNak == decnetNSPIsNak {
		name = "nak"
	}
	p.printf("%s %d ", name, number&decnetNSPNumberMask)
}

// decnetNSPOther prints an acknowledgement of the other subchannel, which is
// that of data when the message is an interrupt or about the link.
func (p *Printer) decnetNSPOther(number uint16, interrupt bool) {
	ack, nak := "oack", "onak"
	if interrupt {
		ack, nak = "ackdat", "nakdat"
	}
	if number&decnetNSPIsOtherNak == decnetNSPIsOtherNak {
		ack = nak
	}
	p.printf("%s %d ", ack, number&decnetNSPNumberMask)
}

// decnetNSPFlow prints what a link service message says about flow control
// (8.2.3).
func (p *Printer) decnetNSPFlow(flags, value uint8) {
	switch flags & 0x0c {
	case 0x00:
		p.printf("dat seg count %d ", value)
		switch flags & 0x03 {
		case 1:
			p.str("donotsend-data ")
		case 2:
			p.str("send-data ")
		case 3:
			p.printf("reserved-fcmod? %x", flags)
		}
	case 0x04:
		p.printf("intr req count %d ", value)
	default:
		p.printf("reserved-fcval-int? %x", flags)
	}
}

// decnetNSPAck prints acknowledgement messages (8.3).
func (p *Printer) decnetNSPAck(m *decnetNSPMessage) bool {
	const size = 9
	interrupt := false
	switch m.flags & decnetNSPSubtype {
	case 0x00:
		p.decnetNSPPorts("data-ack", m)
	case 0x10:
		p.decnetNSPPorts("ils-ack", m)
		interrupt = true
	case 0x20:
		p.printf("conn-ack %d", m.dst)
		return true
	default:
		p.decnetNSPReserved("acktype", m)
		return true
	}
	if m.length < size {
		return false
	}
	need(m.b, 0, size)
	if number := le16(m.b, 5); number&decnetNSPIsAck != 0 {
		p.decnetNSPNumber(number)
		if number = le16(m.b, 7); number&decnetNSPIsOther != 0 {
			p.decnetNSPOther(number, interrupt)
		}
	}
	return true
}

// decnetNSPControl prints messages that set up and end logical links (8.4).
func (p *Printer) decnetNSPControl(m *decnetNSPMessage) bool {
	switch m.flags & decnetNSPSubtype {
	case 0x10:
		p.decnetNSPPorts("conn-initiate", m)
		return p.decnetNSPConnect(m, 9)
	case 0x60:
		p.decnetNSPPorts("retrans-conn-initiate", m)
		return p.decnetNSPConnect(m, 9)
	case 0x20:
		p.decnetNSPPorts("conn-confirm", m)
		return p.decnetNSPConnect(m, 10)
	case 0x30:
		p.decnetNSPPorts("disconn-initiate", m)
		if m.length < 8 {
			return false
		}
		reason, data := le16(m.b, 5), u8(m.b, 7)
		p.decnetNSPReason(reason)
		p.decnetNSPOptional(data)
	case 0x40:
		p.decnetNSPPorts("disconn-confirm", m)
		p.decnetNSPReason(le16(m.b, 5))
	default:
		p.decnetNSPReserved("ctltype", m)
	}
	return true
}

var (
	decnetNSPServices = [...]string{"", "seg ", "msg ", ""}
	decnetNSPVersions = [...]string{"3.2", "3.1", "4.0", "4.1"}
)

// decnetNSPConnect prints a connect message of which size bytes are decoded:
// with the tenth, it says how much optional data follows.
func (p *Printer) decnetNSPConnect(m *decnetNSPMessage, size int) bool {
	if m.length < size {
		return false
	}
	need(m.b, 0, size)
	p.str(decnetNSPServices[m.b[5]>>2&3])
	p.printf("ver %s segsize %d ", decnetNSPVersions[m.b[6]&3], le16(m.b, 7))
	if size > 9 {
		p.decnetNSPOptional(m.b[9])
	}
	return true
}

func (p *Printer) decnetNSPOptional(n uint8) {
	if n != 0 {
		p.printf("optlen %d ", n)
	}
}

var decnetNSPReasons = []tok{
	{0, "object rejected connect"},
	{1, "insufficient resources"},
	{2, "unrecognized node name"},
	{3, "node is shutting down"},
	{4, "unrecognized object"},
	{5, "invalid object name format"},
	{6, "object too busy"},
	{7, "protocol error discovered"},
	{8, "third party abort"},
	{9, "user abort"},
	{10, "invalid node name format"},
	{11, "local node shutting down"},
	{32, "insufficient local resources"},
	{33, "insufficient remote user resources"},
	{34, "invalid access control information"},
	{36, "bad ACCOUNT information"},
	{38, "no response from object"},
	{39, "node unreachable"},
	{41, "no link terminate"},
	{42, "disconnect complete"},
	{43, "bad image data in connect"},
	{54, "cryptographic service mismatch"},
}

func (p *Printer) decnetNSPReason(reason uint16) {
	p.printf("%s ", tokStr(decnetNSPReasons, "reason-%d", reason))
}
