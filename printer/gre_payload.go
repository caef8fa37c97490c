package printer

import "github.com/tapdump/tapdump/versions"

var grePayloads = versions.Since(versions.V5_0, "GRE",
	"`gre-proto-0x` and a number for other payloads than IP, MPLS, IPX, AppleTalk, OSI and Ethernet",
	"also keep-alives, WCCP redirection, MPLS multicast, NSH, ERSPAN, CDP and NHRP")

// Protocol types that mean something else, or nothing, outside of GRE.
const (
	greTypeKeepalive = 0x0000
	greTypeCDP       = 0x2000
	greTypeNHRP      = 0x2001
	greTypeERSPAN3   = 0x22eb
	greTypeEoIP      = 0x6400 // Ethernet over IP, of MikroTik
	greTypeWCCP      = 0x883e // Web Cache Communication Protocol
	greTypeERSPAN    = 0x88be
)

// grePayload prints the payload of version 0 and reports whether it is as long as it
// has to be.
func (p *Printer) grePayload(flags, proto uint16, r greRest) bool {
	switch proto {
	case etherIPv4:
		p.ip4(r.b, r.length)
	case etherIPv6:
		p.ip6(r.b, r.length)
	case etherMPLS:
		p.mpls(r.b, r.length)
	case etherIPX:
		p.ipx(r.b, r.length)
	case etherAppleTalk:
		p.atalk(r.b, r.length)
	case etherGREOSI:
		p.isoclns(r.b, r.length)
	case etherTEB:
		p.ether(r.b, r.length)
	default:
		if p.follows(grePayloads) {
			return p.greLaterPayload(flags, proto, r)
		}
		p.printf("gre-proto-0x%x", proto)
	}
	return true
}

// greLaterPayload is grePayload for those of grePayloads.
func (p *Printer) greLaterPayload(flags, proto uint16, r greRest) bool {
	switch proto {
	case greTypeKeepalive: // Cisco sends them
		p.str("keep-alive")
	case greTypeWCCP:
		return p.greWCCP(r)
	case etherMPLSMulti:
		p.mpls(r.b, r.length)
	case etherNSH:
		p.nsh(r.b, r.length)
	case greTypeERSPAN:
		p.erspan(r.b, r.length, flags&greSequence != 0)
	case greTypeERSPAN3:
		p.erspanIII(r.b, r.length)
	case greTypeCDP:
		p.cdp(r.b, r.length)
	case greTypeNHRP:
		p.nhrp(r.b, r.length)
	default:
		p.printf("gre-proto-0x%x", proto)
	}
	return true
}

// greWCCP prints an IPv4 packet that was redirected to a web cache; version 2 of the
// protocol puts four bytes in front of it (draft-wilson-wrec-wccp-v2-01 section 4.12).
// Nothing but what IP begins with tells the two apart.
func (p *Printer) greWCCP(r greRest) bool {
	p.str("wccp ")
	if r.length == 0 {
		p.wrong("len", r.length, "<", 1)
		return false
	}
	if u8(r.b, 0)>>4 != 4 {
		header, ok := p.greTake(&r, 4)
		if !ok {
			return false
		}
		f := header[0]
		p.printf("T:%d A:%d U:%d SId:%d Alt:%d Pri:%d: ", f>>7, f>>6&1, f>>5&1, header[1], header[2], header[3])
	}
	p.ip4(r.b, r.length)
	return true
}
