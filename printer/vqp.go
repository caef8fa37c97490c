// vqp.go: Cisco VLAN Query Protocol, version 1.

package printer

const (
	vqpHeaderLen = 8
	vqpObjectLen = 6
)

var vqpMessages = []tok{
	{1, "Request, Join Port"},
	{2, "Response, VLAN"},
	{3, "Request, Reconfirm"},
	{4, "Response, Reconfirm"},
}

var vqpErrors = []tok{
	{0, "No error"},
	{3, "Access denied"},
	{4, "Shutdown port"},
	{5, "Wrong VTP domain"},
}

const (
	vqpClientIP   = 0x0c01
	vqpPortName   = 0x0c02
	vqpVLANName   = 0x0c03
	vqpVTPDomain  = 0x0c04
	vqpEthernet   = 0x0c05
	vqpMACNull    = 0x0c06
	vqpMACAddress = 0x0c08
)

var vqpObjects = []tok{
	{vqpClientIP, "Client IP Address"},
	{vqpPortName, "Port Name"},
	{vqpVLANName, "VLAN Name"},
	{vqpVTPDomain, "VTP Domain"},
	{vqpEthernet, "Ethernet Packet"},
	{vqpMACNull, "MAC Null"},
	{vqpMACAddress, "MAC Address"},
}

func (p *Printer) vqp(b []byte, length int) {
	p.proto = "vqp"
	need(b, 0, vqpHeaderLen)
	if length < vqpHeaderLen {
		p.invalid()
		return
	}
	version, code, items := b[0], b[2], int(b[3])
	if version != 1 {
		p.printf("VQP version %d packet not supported", version)
		return
	}
	message := tokStr(vqpMessages, "unknown (%d)", b[1])
	if p.vflag == 0 {
		p.printf("VQPv%d %s Message, error-code %s (%d), length %d",
			version, message, tokStr(vqpErrors, "unknown", code), code, length)
		return
	}
	p.printf("\n\tVQPv%d, %s Message, error-code %s (%d), seq 0x%08x, items %d, length %d",
		version, message, tokStr(vqpErrors, "unknown", code), code, u32(b, 4), items, length)
	for i := vqpHeaderLen; items > 0 && i < length; items-- {
		n, ok := p.vqpObject(at(b, i), length-i)
		if !ok {
			return
		}
		i += n
	}
}

// vqpObject prints an object and returns its length, and whether others may
// follow. left counts the bytes to the end of the message.
func (p *Printer) vqpObject(b []byte, left int) (int, bool) {
	need(b, 0, vqpObjectLen)
	if left < vqpObjectLen {
		p.invalid()
		return 0, false
	}
	kind, n := u32(b, 0), int(u16(b, 4))
	p.printf("\n\t  %s Object (0x%08x), length %d, value: ", tokStr(vqpObjects, "Unknown", kind), kind, n)
	if kind == 0 || n == 0 {
		return 0, false
	}
	value := bytesAt(b, vqpObjectLen, n)
	if n > left-vqpObjectLen {
		p.invalid()
		return 0, false
	}
	switch kind {
	case vqpClientIP:
		if n != 4 {
			p.invalid()
			return 0, false
		}
		p.printf("%s (0x%08x)", ip4At(value, 0), u32(value, 0))
	case vqpPortName, vqpVLANName, vqpVTPDomain, vqpEthernet:
		p.safePadded(value, n)
	case vqpMACAddress, vqpMACNull:
		if n != 6 {
			p.invalid()
			return 0, false
		}
		p.printf("%s", macAt(value, 0))
	default:
		if p.vflag == 1 {
			p.unknownData(value, "\n\t    ", n)
		}
	}
	return vqpObjectLen + n, true
}
