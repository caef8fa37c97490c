// m3ua.go: MTP3 User Adaptation Layer (RFC 4666), inside SCTP.

package printer

const (
	m3uaHeaderLen      = 8
	m3uaParamHeaderLen = 4
)

// m3uaClass is a class of messages with their names.
type m3uaClass struct {
	class    uint8
	name     string
	messages []tok
}

var m3uaClasses = []m3uaClass{
	{0, "Management", []tok{{0, "Error"}, {1, "Notify"}}},
	{1, "Transfer", []tok{{1, "Data"}}},
	{2, "SS7", []tok{
		{1, "Destination Unavailable"},
		{2, "Destination Available"},
		{3, "Destination State Audit"},
		{4, "Signalling Congestion"},
		{5, "Destination User Part Unavailable"},
		{6, "Destination Restricted"},
	}},
	{3, "ASP", []tok{
		{1, "Up"},
		{2, "Down"},
		{3, "Heartbeat"},
		{4, "Up Acknowledgement"},
		{5, "Down Acknowledgement"},
		{6, "Heartbeat Acknowledgement"},
	}},
	{4, "ASP", []tok{
		{1, "Active"},
		{2, "Inactive"},
		{3, "Active Acknowledgement"},
		{4, "Inactive Acknowledgement"},
	}},
	{9, "Routing Key Management", []tok{
		{1, "Registration Request"},
		{2, "Registration Response"},
		{3, "Deregistration Request"},
		{4, "Deregistration Response"},
	}},
}

const (
	m3uaRoutingContext    = 0x0006
	m3uaCorrelationID     = 0x0013
	m3uaNetworkAppearance = 0x0200
)

var m3uaParams = []tok{
	{0x0004, "INFO String"},
	{m3uaRoutingContext, "Routing Context"},
	{0x0007, "Diagnostic Info"},
	{0x0009, "Heartbeat Data"},
	{0x000b, "Traffic Mode Type"},
	{0x000c, "Error Code"},
	{0x000d, "Status"},
	{0x0011, "ASP Identifier"},
	{0x0012, "Affected Point Code"},
	{m3uaCorrelationID, "Correlation ID"},
	{m3uaNetworkAppearance, "Network Appearance"},
	{0x0204, "User/Cause"},
	{0x0205, "Congestion Indications"},
	{0x0206, "Concerned Destination"},
	{0x0207, "Routing Key"},
	{0x0208, "Registration Result"},
	{0x0209, "Deregistration Result"},
	{0x020a, "Local Routing Key Identifier"},
	{0x020b, "Destination Point Code"},
	{0x020c, "Service Indicators"},
	{0x020e, "Originating Point Code List"},
	{0x0210, "Protocol Data"},
	{0x0212, "Registration Status"},
	{0x0213, "Deregistration Status"},
}

func (p *Printer) m3ua(b []byte, length int) {
	p.proto = "m3ua"
	if length < m3uaHeaderLen {
		p.m3uaInvalid(b, length)
		return
	}
	need(b, 0, m3uaHeaderLen)
	if b[0] != 1 {
		return
	}
	p.m3uaMessage(b[2], b[3])
	if n := u32(b, 4); uint32(length) != n {
		p.printf("\n\t\t\t@@@@@@ Corrupted length %d of message @@@@@@", n)
		return
	}
	p.m3uaParameters(b[m3uaHeaderLen:], length-m3uaHeaderLen)
}

func (p *Printer) m3uaInvalid(b []byte, length int) {
	p.invalid()
	need(b, 0, length)
}

// m3uaMessage prints the name of a message.
func (p *Printer) m3uaMessage(class, kind uint8) {
	for i := range m3uaClasses {
		if c := &m3uaClasses[i]; c.class == class {
			p.printf("\n\t\t%s %s Message", c.name, tokStr(c.messages, "Unknown (0x%02x)", kind))
			return
		}
	}
	p.printf("\n\t\tUnknown message class %d", class)
}

// m3uaParameters prints parameters, each padded to four bytes (RFC 4666 section
// 3.2).
func (p *Printer) m3uaParameters(b []byte, length int) {
	for i := 0; i < length; {
		if i+m3uaParamHeaderLen > length {
			p.m3uaInvalid(b, length)
			return
		}
		tag := u16(b, i)
		p.printf("\n\t\t\t%s: ", tokStr(m3uaParams, "Unknown Parameter (0x%04x)", tag))
		n := int(u16(b, i+2))
		if n < m3uaParamHeaderLen {
			p.m3uaInvalid(b, length)
			return
		}
		padded := (i+n+3)&^3 - i
		need(b, i, padded)
		p.m3uaValue(b[i:], tag, n-m3uaParamHeaderLen)
		i += padded
	}
}

// m3uaValue prints a value of n bytes. b is the parameter: the reference takes
// its header for the value.
func (p *Printer) m3uaValue(b []byte, tag uint16, n int) {
	switch tag {
	case m3uaNetworkAppearance, m3uaRoutingContext, m3uaCorrelationID:
		if n < 4 {
			p.m3uaInvalid(b, n)
			return
		}
		p.printf("0x%08x", u32(b, 0))
	default:
		p.printf("(length %d)", n+m3uaParamHeaderLen)
	}
	need(b, 0, n)
}
