// arp.go: address resolution: ARP (RFC 826), reverse ARP (RFC 903), inverse ARP
// (RFC 2390) and ATMARP (RFC 2225).

package printer

// Hardware types (IANA arp-parameters).
const (
	arpEthernet   = 1
	arpIEEE802    = 6
	arpARCNET     = 7
	arpFrameRelay = 15
	arpATM        = 19
	arpStrip      = 23
	arpIEEE1394   = 24
	arpInfiniBand = 32
)

var arpHardware = []tok{
	{arpEthernet, "Ethernet"},
	{arpIEEE802, "TokenRing"},
	{arpARCNET, "ArcNet"},
	{arpFrameRelay, "FrameRelay"},
	{arpStrip, "Strip"},
	{arpIEEE1394, "IEEE 1394"},
	{arpATM, "ATM"},
	{arpInfiniBand, "InfiniBand"},
}

const (
	arpRequest        = 1
	arpReply          = 2
	arpReverseRequest = 3
	arpReverseReply   = 4
	arpInverseRequest = 8
	arpInverseReply   = 9
	arpNAK            = 10 // ATM only
)

var arpOperations = []tok{
	{arpRequest, "Request"},
	{arpReply, "Reply"},
	{arpReverseRequest, "Reverse Request"},
	{arpReverseReply, "Reverse Reply"},
	{arpInverseRequest, "Inverse Request"},
	{arpInverseReply, "Inverse Reply"},
	{arpNAK, "NACK Reply"},
}

// arpPacket says where the addresses stand.
type arpPacket struct {
	b             []byte
	kind          linkAddrKind
	protocol      uint16
	hardwareLen   int
	protocolLen   int
	senderIP      int
	target        int
	targetIP      int
	senderAddress linkAddr
	targetAddress linkAddr
}

const arpHeaderLen = 8

// arp prints any of the family by its hardware type and operation.
func (p *Printer) arp(b []byte, length int) {
	p.proto = "arp"
	need(b, 0, arpHeaderLen)
	hardware, operation := u16(b, 0), u16(b, 6)
	if hardware == arpATM {
		p.arpATM(b, length)
		return
	}
	a := arpPacket{
		b: b, kind: linkAddrEther, protocol: u16(b, 2),
		hardwareLen: int(b[4]), protocolLen: int(b[5]),
	}
	if hardware == arpFrameRelay {
		a.kind = linkAddrFrame
	}
	a.senderIP = arpHeaderLen + a.hardwareLen
	a.target = a.senderIP + a.protocolLen
	a.targetIP = a.target + a.hardwareLen
	need(b, a.targetIP, a.protocolLen)
	a.senderAddress = linkAddrAt(a.kind, b, arpHeaderLen, a.hardwareLen)
	a.targetAddress = linkAddrAt(a.kind, b, a.target, a.hardwareLen)
	if !p.eflag {
		p.str("ARP, ")
	}
	if !arpIsIP(a.protocol) || a.protocolLen != 4 || a.hardwareLen == 0 || p.vflag > 0 {
		p.printf("%s (len %d), %s (len %d)",
			tokStr(arpHardware, "Unknown Hardware (%d)", hardware), a.hardwareLen,
			tokStr(etherTypeNames, "Unknown Protocol (0x%04x)", a.protocol), a.protocolLen)
		if p.vflag == 0 {
			p.arpLength(length)
			return
		}
	}
	p.arpOperation(operation)
	if !p.arpBody(operation, &a) {
		p.hexASCIIDump("\n\t", b, len(b))
		return
	}
	p.arpLength(length)
}

func (p *Printer) arpLength(length int) {
	p.str(", length ")
	p.uint(uint64(uint32(length)))
}

func (p *Printer) arpOperation(operation uint16) {
	if p.vflag > 0 {
		p.str(", ")
	}
	p.tok(arpOperations, "Unknown (%d)", uint32(operation))
	p.char(' ')
}

// arpIsIP reports whether protocol addresses are those of IPv4.
func arpIsIP(protocol uint16) bool { return protocol == etherIPv4 || protocol == etherTrail }

// arpIP appends the protocol address at b[i].
func (p *Printer) arpIP(a *arpPacket, i int) {
	switch {
	case !arpIsIP(a.protocol):
		p.str("<wrong proto type>")
	case a.protocolLen != 4:
		p.str("<wrong len>")
	default:
		p.appendAddr4(ip4At(a.b, i))
	}
}

// arpBody appends who asks what, and reports whether the operation is known.
func (p *Printer) arpBody(operation uint16, a *arpPacket) bool {
	switch operation {
	case arpRequest:
		p.str("who-has ")
		p.arpIP(a, a.targetIP)
		if arpNonZero(a.targetAddress.b) {
			p.printf(" (%s)", a.targetAddress)
		}
		p.str(" tell ")
		p.arpIP(a, a.senderIP)
	case arpReply:
		p.arpIP(a, a.senderIP)
		p.str(" is-at ")
		p.appendLinkAddr(a.senderAddress)
	case arpReverseRequest, arpInverseRequest:
		p.printf("who-is %s tell %s", a.targetAddress, a.senderAddress)
	case arpReverseReply:
		p.printf("%s at ", a.targetAddress)
		p.arpIP(a, a.targetIP)
	case arpInverseReply:
		p.printf("%s at ", a.senderAddress)
		p.arpIP(a, a.senderIP)
	default:
		return false
	}
	return true
}

func arpNonZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return true
		}
	}
	return false
}
