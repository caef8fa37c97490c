// chdlc.go: Cisco HDLC (RFC 1547 section 4.3.1) with its serial line address
// resolution protocol.

package printer

import "github.com/tapdump/tapdump/versions"

var (
	chdlcInvalid = versions.Since(versions.V5_0, "Cisco HDLC", "`[\\|chdlc]` and `SLARP (length: 4),  [\\|chdlc_slarp]` for a packet that is too short", "`[length 2 < 4] (invalid)` and `SLARP [length 4 < 14] (invalid)`")
	chdlcHeader  = versions.Since(versions.V5_0, "Cisco HDLC", "`-x` dumps nothing of a frame that is too short", "it dumps what is behind the header; of a frame that was cut, all")
)

const (
	chdlcHeaderLen = 4
	chdlcUnicast   = 0x0f
	chdlcBroadcast = 0x8f

	chdlcTypeSLARP = 0x8035
)

var chdlcAddresses = []tok{
	{chdlcUnicast, "unicast"},
	{chdlcBroadcast, "bcast"},
}

func (p *Printer) chdlcLink(b []byte, length int) {
	p.proto = "chdlc"
	if p.follows(chdlcHeader) {
		need(b, 0, chdlcHeaderLen)
		p.llHdrLen += chdlcHeaderLen
		p.chdlc(b, length)
		return
	}
	p.llHdrLen += p.chdlc(b, length)
}

// chdlc prints a frame and returns the length of its header.
func (p *Printer) chdlc(b []byte, length int) int {
	p.proto = "chdlc"
	frame := b
	if uint32(length) < chdlcHeaderLen {
		p.refuseSince(chdlcInvalid, "length", length, "<", chdlcHeaderLen)
		return len(frame)
	}
	proto := u16(b, 2)
	if p.eflag {
		p.printf("%s, ethertype %s (0x%04x), length %d: ", tokStr(chdlcAddresses, "0x%02x", u8(b, 0)),
			tokStr(etherTypeNames, "Unknown", proto), proto, uint32(length))
	}
	b, length = b[chdlcHeaderLen:], length-chdlcHeaderLen
	switch proto {
	case etherIPv4:
		p.ip4(b, length)
	case etherIPv6:
		p.ip6(b, length)
	case chdlcTypeSLARP:
		p.chdlcSLARP(b, length)
	case etherMPLS, etherMPLSMulti:
		p.mpls(b, length)
	case etherISO:
		if length < 2 {
			p.refuseSince(chdlcInvalid, "length", length, "<", 2)
			return len(frame)
		}
		// a padding byte stands in front of some implementations' packets
		switch u8(b, 1) {
		case nlpidCLNP, nlpidESIS, nlpidISIS:
			b, length = b[1:], length-1
		}
		p.isoclns(b, length)
	default:
		if !p.eflag {
			p.printf("unknown CHDLC protocol (0x%04x)", proto)
		}
	}
	return chdlcHeaderLen
}

const (
	chdlcSLARPMin = 14
	chdlcSLARPMax = 18 // with the time since the link came up

	chdlcRequest   = 0
	chdlcReply     = 1
	chdlcKeepalive = 2
)

func (p *Printer) chdlcSLARP(b []byte, length int) {
	p.proto = "chdlc_slarp"
	p.str("SLARP")
	if length < chdlcSLARPMin && p.follows(chdlcInvalid) {
		p.refuse("length", length, "<", chdlcSLARPMin)
		return
	}
	p.printf(" (length: %d), ", uint32(length))
	if length < chdlcSLARPMin || !has(b, 0, chdlcSLARPMin) && !p.follows(chdlcHeader) {
		p.truncMark()
		return
	}
	need(b, 0, chdlcSLARPMin)
	data, dataLen := b, length-4
	switch code := u32(b, 0); code {
	case chdlcRequest:
		p.str("request")
	case chdlcReply:
		p.printf("reply %s/%s", ip4At(b, 4), ip4At(b, 8))
	case chdlcKeepalive:
		p.printf("keepalive: mineseen=0x%08x, yourseen=0x%08x, reliability=0x%04x",
			u32(b, 4), u32(b, 8), u16(b, 12))
		if length >= chdlcSLARPMax {
			seconds := u32(b, chdlcSLARPMin) / 1000
			p.printf(", link uptime=%dd%dh%dm%ds",
				seconds/86400, seconds/3600%24, seconds/60%60, seconds%60)
			data = b[chdlcSLARPMin:]
		}
	default:
		p.printf("0x%02x unknown", code)
		if p.vflag <= 1 {
			p.unknownData(at(data, 4), "\n\t", dataLen)
		}
	}
	if length > chdlcSLARPMax && p.vflag > 0 {
		p.printf(", (trailing junk: %d bytes)", length-chdlcSLARPMax)
	}
	if p.vflag > 1 {
		p.unknownData(at(data, 4), "\n\t", dataLen)
	}
}
