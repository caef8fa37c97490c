// ipx.go: Novell's Internetwork Packet Exchange with its service advertising and routing protocols.

package printer

import "github.com/tapdump/tapdump/versions"

const ipxHeaderLen = 30

// Sockets that are dispatched or named.
const (
	ipxNCP         = 0x0451
	ipxSAP         = 0x0452
	ipxRIP         = 0x0453
	ipxNetBIOSName = 0x0455
	ipxDiagnostics = 0x0456
	ipxNWLink      = 0x0553
	ipxEIGRP       = 0x85be
)

func (p *Printer) ipx(b []byte, _ int) {
	p.proto = "ipx"
	if !p.eflag {
		p.str("IPX ")
	}
	p.ipxEndpoint(b, 18)
	p.str(" > ")
	p.ipxEndpoint(b, 6)
	p.str(": ")
	length := int(u16(b, 2))
	if length < ipxHeaderLen {
		p.printf("[length %d < %d]", length, ipxHeaderLen)
		p.invalid()
		return
	}
	p.ipxSocket(u16(b, 16), at(b, ipxHeaderLen), length-ipxHeaderLen)
}

// ipxEndpoint prints the network, node and socket at b[i].
func (p *Printer) ipxEndpoint(b []byte, i int) {
	need(b, i, 12)
	p.ipxAddress(b, i)
	p.printf(".%04x", u16(b, i+10))
}

// ipxAddress prints the network and node at b[i].
func (p *Printer) ipxAddress(b []byte, i int) {
	need(b, i, 10)
	p.printf("%08x.", u32(b, i))
	p.out = appendColons(p.out, b[i+4:i+10])
}

func (p *Printer) ipxSocket(socket uint16, b []byte, length int) {
	switch socket {
	case ipxNCP:
		p.printf("ipx-ncp %d", length)
	case ipxSAP:
		p.ipxServices(b, length)
	case ipxRIP:
		p.ipxRoutes(b, length)
	case ipxNetBIOSName:
		p.printf("ipx-netbios %d", length)
		p.ipxNetBIOS(b, length)
	case ipxDiagnostics:
		p.printf("ipx-diags %d", length)
	case ipxNWLink:
		p.printf("ipx-nwlink-dgm %d", length)
		p.ipxNetBIOS(b, length)
	case ipxEIGRP:
		p.eigrp(b, length)
	default:
		p.printf("ipx-#%x %d", socket, length)
	}
}

// ipxCommand reads the command that a message begins with.
func (p *Printer) ipxCommand(b []byte, length int) (uint16, bool) {
	command := u16(b, 0)
	if p.lacks("length", length, 2) {
		return 0, false
	}
	return command, true
}

// ipxHolds reports whether left bytes of a message hold the n at b[i]. It ends the
// packet where those were not captured; until ipxLengths also where it would report
// false.
func (p *Printer) ipxHolds(b []byte, i, n, left int) bool {
	if p.follows(ipxLengths) && left < i+n {
		p.wrong("length", left-i, "<", n)
		return false
	}
	need(b, i, n)
	return left >= i+n
}

var ipxLengths = versions.Since(versions.V5_0, "IPX", "an entry of RIP or SAP that the length cuts is ` (invalid)`", "` [length 3 < 8] (invalid)`; of SAP before bytes that were not captured are missed")

// ipxServices prints a request for servers or an answer with eight at most.
func (p *Printer) ipxServices(b []byte, length int) {
	command, ok := p.ipxCommand(b, length)
	if !ok {
		return
	}
	switch command {
	case 1:
		p.str("ipx-sap-req")
		p.ipxServiceType(b, 2)
		return
	case 3:
		p.str("ipx-sap-nearest-req")
		p.ipxServiceType(b, 2)
		return
	case 2:
		p.str("ipx-sap-resp")
	case 4:
		p.str("ipx-sap-nearest-resp")
	default:
		p.printf("ipx-sap-?%x", command)
		return
	}
	const entryLen = 64
	for i := 2; i < 2+8*entryLen && i < length; i += entryLen {
		if !p.ipxService(at(b, i), length-i) {
			p.invalid()
			return
		}
	}
}

// ipxService prints a server and reports whether the message, of which left
// bytes remain, holds all of it.
func (p *Printer) ipxService(b []byte, left int) bool {
	if !p.ipxHolds(b, 0, 2, left) {
		return false
	}
	p.ipxServiceType(b, 0)
	p.str(" '")
	if left < 50 {
		p.char('\'')
		return false
	}
	p.safePadded(b[2:], 48)
	p.char('\'')
	if !p.ipxHolds(b, 50, 10, left) {
		return false
	}
	p.str(" addr ")
	p.ipxAddress(b, 50)
	return p.ipxHolds(b, 60, 4, left)
}

// ipxServiceType prints, behind a blank, the name of the type of server at b[i],
// or its number.
func (p *Printer) ipxServiceType(b []byte, i int) {
	kind := u16(b, i)
	p.char(' ')
	if !p.nflag {
		if s := tokName(ipxServiceTypes, uint32(kind)); s != "" {
			p.str(s)
			return
		}
	}
	p.hex(uint64(kind), 4)
}

// ipxRoutes prints a request for a network or an answer with fifty at most.
func (p *Printer) ipxRoutes(b []byte, length int) {
	command, ok := p.ipxCommand(b, length)
	if !ok {
		return
	}
	most := 1
	switch command {
	case 1:
		p.str("ipx-rip-req")
	case 2:
		p.str("ipx-rip-resp")
		most = 50
	default:
		p.printf("ipx-rip-?%x", command)
		return
	}
	for i := 2; i < 2+most*8 && i < length; i += 8 {
		if length-i < 8 {
			p.wrongSince(ipxLengths, "length", length-i, "<", 8)
			p.invalid()
			return
		}
		p.printf(" %08x/%d.%d", u32(b, i), u16(b, i+4), u16(b, i+6))
	}
}
