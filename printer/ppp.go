// ppp.go: the Point-to-Point Protocol (RFC 1661), in HDLC-like framing (RFC
// 1662) and multilink (RFC 1990).

package printer

import "github.com/tapdump/tapdump/versions"

var pppBSDOSDumped = versions.Since(versions.V5_0, "PPP of BSD/OS", "nothing of a packet", "`UNSUPPORTED` and a dump")

// Protocol numbers (IANA ppp-numbers).
const (
	pppIP          = 0x0021
	pppOSI         = 0x0023
	pppNS          = 0x0025
	pppDECnet      = 0x0027
	pppAppleTalk   = 0x0029
	pppIPX         = 0x002b
	pppVJC         = 0x002d
	pppVJNC        = 0x002f
	pppBridge      = 0x0031
	pppST2         = 0x0033
	pppVINES       = 0x0035
	pppMultilink   = 0x003d
	pppIPv6        = 0x0057
	pppCompressed  = 0x00fd
	pppHello       = 0x0201
	pppLuxcom      = 0x0231
	pppSNS         = 0x0233
	pppMPLS        = 0x0281
	pppMPLSMulti   = 0x0283
	pppIPCP        = 0x8021
	pppOSICP       = 0x8023
	pppNSCP        = 0x8025
	pppDECnetCP    = 0x8027
	pppAppleTalkCP = 0x8029
	pppIPXCP       = 0x802b
	pppST2CP       = 0x8033
	pppVINESCP     = 0x8035
	pppIPv6CP      = 0x8057
	pppCCP         = 0x80fd
	pppMPLSCP      = 0x8281
	pppLCP         = 0xc021
	pppPAP         = 0xc023
	pppLQM         = 0xc025
	pppSPAP        = 0xc027
	pppBACP        = 0xc02b
	pppBAP         = 0xc02d
	pppMLCP        = 0xc03d
	pppSPAPOld     = 0xc123
	pppCHAP        = 0xc223
	pppEAP         = 0xc227
)

var pppProtocols = []tok{
	{pppIP, "IP"},
	{pppOSI, "OSI"},
	{pppNS, "NS"},
	{pppDECnet, "DECNET"},
	{pppAppleTalk, "APPLE"},
	{pppIPX, "IPX"},
	{pppVJC, "VJC IP"},
	{pppVJNC, "VJNC IP"},
	{pppBridge, "BRPDU"},
	{pppST2, "STII"},
	{pppVINES, "VINES"},
	{pppMPLS, "MPLS"},
	{pppMPLSMulti, "MPLS"},
	{pppCompressed, "Compressed"},
	{pppMultilink, "MLPPP"},
	{pppIPv6, "IP6"},
	{pppHello, "HELLO"},
	{pppLuxcom, "LUXCOM"},
	{pppSNS, "SNS"},
	{pppIPCP, "IPCP"},
	{pppOSICP, "OSICP"},
	{pppNSCP, "NSCP"},
	{pppDECnetCP, "DECNETCP"},
	{pppAppleTalkCP, "APPLECP"},
	{pppIPXCP, "IPXCP"},
	{pppST2CP, "STIICP"},
	{pppVINESCP, "VINESCP"},
	{pppIPv6CP, "IP6CP"},
	{pppMPLSCP, "MPLSCP"},
	{pppLCP, "LCP"},
	{pppPAP, "PAP"},
	{pppLQM, "LQM"},
	{pppCHAP, "CHAP"},
	{pppEAP, "EAP"},
	{pppSPAP, "SPAP"},
	{pppSPAPOld, "Old-SPAP"},
	{pppBACP, "BACP"},
	{pppBAP, "BAP"},
	{pppMLCP, "MLPPP-CP"},
	{pppCCP, "CCP"},
}

const (
	pppHeaderLen = 4
	pppAddress   = 0xff   // all stations
	pppHDLC      = 0xff03 // address and control
	pppIn        = 0x0003 // pppd's direction in place of the address
	pppOut       = 0x0103

	pppFlag   = 0x7e // between frames
	pppEscape = 0x7d
)

func (p *Printer) pppLink(b []byte, length int) {
	p.proto = "ppp"
	if len(b) < pppHeaderLen {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	p.llHdrLen += pppHeaderLen
	p.ppp(b, length)
}

// pppBSDOSLink is silent, as tcpdump is on every system but BSD/OS: the header
// depends on the kernel that wrote it. Later versions have no printer for it.
func (p *Printer) pppBSDOSLink(b []byte, _ int) {
	if p.follows(pppBSDOSDumped) {
		p.unsupportedLink(b)
	}
}

// pppHDLCLink prints a frame whose first bytes are an address and a control
// field: those of PPP or of Cisco HDLC.
func (p *Printer) pppHDLCLink(b []byte, length int) {
	p.proto = "ppp_hdlc"
	if len(b) < 2 {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	address := b[0]
	if address == chdlcUnicast || address == chdlcBroadcast {
		p.chdlcLink(b, length)
		return
	}
	if len(b) < pppHeaderLen {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	if p.eflag {
		p.printf("%02x %02x %d ", b[0], b[1], uint32(length))
	}
	if address != pppAddress {
		p.printf("unknown addr %02x; ctrl %02x", b[2], b[3])
		p.llHdrLen += 2
		return
	}
	proto := u16(b, 2)
	p.printf("%s: ", tokStr(pppProtocols, "unknown PPP protocol (0x%04x)", proto))
	p.pppPayload(proto, b[2:], 2, length-pppHeaderLen)
	p.llHdrLen += pppHeaderLen
}

// ppp prints a frame with or without address and control fields and returns
// the length of its header.
func (p *Printer) ppp(b []byte, length int) int {
	p.enter()
	defer p.leave()
	p.proto = "ppp"
	if uint32(length) < 2 {
		p.truncMark()
		return 0
	}
	n := 2
	switch u16(b, 0) {
	case pppIn:
		if p.eflag {
			p.str("In  ")
		}
	case pppOut:
		if p.eflag {
			p.str("Out ")
		}
	case pppHDLC:
	default:
		n = 0
	}
	field := b[n:]
	if uint32(length-n) < 2 {
		p.truncMark()
		return 0
	}
	proto, size := uint16(u8(field, 0)), 1
	if proto&1 == 0 { // not compressed (RFC 1661 section 6.5)
		proto, size = u16(field, 0), 2
	}
	n += size
	if p.eflag {
		name := tokName(pppProtocols, uint32(proto))
		if name == "" {
			p.printf("unknown (0x%04x), length %d", proto, uint32(length))
			return n
		}
		p.printf("%s (0x%04x), length %d: ", name, proto, uint32(length))
	}
	p.pppPayload(proto, field, size, length-n)
	return n
}

// pppPayload prints what follows the protocol field, which takes size bytes at
// the start of field; length is what is behind it.
func (p *Printer) pppPayload(proto uint16, field []byte, size, length int) {
	if proto>>8 == pppFlag {
		p.pppEscaped(field[1:], length)
		return
	}
	b := at(field, size)
	switch proto {
	case pppLCP, pppIPCP, pppOSICP, pppMPLSCP, pppIPv6CP, pppCCP, pppBACP:
		p.pppControl(proto, field, length)
	case pppMultilink:
		p.pppMultilink(b, length)
	case pppCHAP:
		p.pppCHAP(b, length)
	case pppPAP:
		p.pppPAP(b, length)
	case pppBAP: // only named, and that with -e
	case pppIP, pppVJNC, etherIPv4:
		p.ip4(b, length)
	case pppIPv6, etherIPv6:
		p.ip6(b, length)
	case pppIPX, etherIPX:
		p.ipx(b, length)
	case pppOSI:
		p.isoclns(b, length)
	case pppMPLS, pppMPLSMulti:
		p.mpls(b, length)
	case pppCompressed:
		p.str("compressed PPP data")
	default:
		p.printf("%s ", tokStr(pppProtocols, "unknown PPP protocol (0x%04x)", proto))
		p.unknownData(b, "\n\t", asInt(uint32(length)))
	}
}

// pppEscaped prints a frame that still has the escapes of asynchronous lines
// in it (RFC 1662 section 4.2); what is in front of the payload is a guess.
func (p *Printer) pppEscaped(b []byte, length int) {
	if len(b) == 0 || length == 0 {
		return
	}
	b = p.conv.ppp.unescape(b, p.count)
	if len(b) < 1 {
		p.truncMark()
		return
	}
	switch b[0] {
	case pppIP:
		p.ip4(b[1:], len(b)-1)
		return
	case pppIPv6:
		p.ip6(b[1:], len(b)-1)
		return
	}
	if len(b) < 2 {
		p.truncMark()
		return
	}
	field := b
	if u16(b, 0) == pppHDLC {
		field = b[2:]
		if len(field) < 2 {
			p.truncMark()
			return
		}
	}
	proto := u16(field, 0)
	if proto>>8 == pppFlag {
		p.printf("(protocol 0x%04x invalid)", proto)
		return
	}
	p.pppPayload(proto, field, 2, len(field)-2)
}

// pppFrames holds frames with their escapes removed, those of one packet at a
// time: a frame may be inside another.
type pppFrames struct {
	b      []byte
	packet uint64
}

func (f *pppFrames) unescape(b []byte, packet uint64) []byte {
	if f.packet != packet {
		f.packet, f.b = packet, f.b[:0]
	}
	start := len(f.b)
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c == pppEscape {
			if i++; i == len(b) {
				break
			}
			c = b[i] ^ 0x20
		}
		f.b = append(f.b, c)
	}
	return f.b[start:len(f.b):len(f.b)]
}

var pppFragmentFlags = []tok{
	{0x80, "begin"},
	{0x40, "end"},
}

// pppMultilink prints a fragment with a short sequence number (RFC 1990 section
// 3).
func (p *Printer) pppMultilink(b []byte, length int) {
	if !p.eflag {
		p.str("MLPPP, ")
	}
	if length < 2 || !has(b, 0, 2) {
		p.str("[|mlppp]")
		return
	}
	p.printf("seq 0x%03x, Flags [%s], length %d", u16(b, 0)&0xfff,
		bitStr(pppFragmentFlags, "none", b[0]&0xc0), uint32(length))
}
