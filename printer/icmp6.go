// icmp6.go: Internet Control Message Protocol for IPv6 (RFC 4443, mobile IPv6
// RFC 6275 section 6.5 to 6.8).

package printer

// Message types (IANA icmpv6-parameters).
const (
	icmp6Unreachable     = 1
	icmp6TooBig          = 2
	icmp6TimeExceeded    = 3
	icmp6Parameter       = 4
	icmp6Echo            = 128
	icmp6EchoReply       = 129
	icmp6ListenerQuery   = 130
	icmp6ListenerReport  = 131
	icmp6ListenerDone    = 132
	icmp6RouterSolicit   = 133
	icmp6RouterAdvert    = 134
	icmp6NeighborSolicit = 135
	icmp6NeighborAdvert  = 136
	icmp6Redirect        = 137
	icmp6Renumbering     = 138
	icmp6NodeQuery       = 139
	icmp6NodeReply       = 140
	icmp6InverseSolicit  = 141
	icmp6InverseAdvert   = 142
	icmp6ListenerReport2 = 143
	icmp6AgentRequest    = 144
	icmp6AgentReply      = 145
	icmp6PrefixSolicit   = 146
	icmp6PrefixAdvert    = 147
	icmp6RPL             = 155
	icmp6ExtendedEcho    = 160
	icmp6ExtendedReply   = 161
)

var icmp6Types = []tok{
	{icmp6Unreachable, "destination unreachable"},
	{icmp6TooBig, "packet too big"},
	{icmp6TimeExceeded, "time exceeded in-transit"},
	{icmp6Parameter, "parameter problem"},
	{icmp6Echo, "echo request"},
	{icmp6EchoReply, "echo reply"},
	{icmp6ListenerQuery, "multicast listener query"},
	{icmp6ListenerReport, "multicast listener report"},
	{icmp6ListenerDone, "multicast listener done"},
	{icmp6RouterSolicit, "router solicitation"},
	{icmp6RouterAdvert, "router advertisement"},
	{icmp6NeighborSolicit, "neighbor solicitation"},
	{icmp6NeighborAdvert, "neighbor advertisement"},
	{icmp6Redirect, "redirect"},
	{icmp6Renumbering, "router renumbering"},
	{icmp6InverseSolicit, "inverse neighbor solicitation"},
	{icmp6InverseAdvert, "inverse neighbor advertisement"},
	{icmp6ListenerReport2, "multicast listener report v2"},
	{icmp6AgentRequest, "ha discovery request"},
	{icmp6AgentReply, "ha discovery reply"},
	{icmp6PrefixSolicit, "mobile router solicitation"},
	{icmp6PrefixAdvert, "mobile router advertisement"},
	{icmp6NodeQuery, "node information query"},
	{icmp6NodeReply, "node information reply"},
	{201, "mtrace message"},
	{200, "mtrace response"},
	{icmp6RPL, "RPL"},
}

var icmp6TypesProbed = amended(icmp6Types, tok{icmp6ExtendedEcho, "extended echo request"}, tok{icmp6ExtendedReply, "extended echo reply"})

const (
	icmp6NoRoute      = 0
	icmp6Prohibited   = 1
	icmp6BeyondScope  = 2
	icmp6NoAddress    = 3
	icmp6NoPort       = 4
	icmp6HeaderLen    = 8
	icmp6InnerSrc     = icmp6HeaderLen + 8
	icmp6InnerDst     = icmp6HeaderLen + 24
	icmp6InnerPayload = icmp6HeaderLen + 40
)

var icmp6UnreachableCodes = []tok{
	{icmp6NoRoute, "unreachable route"},
	{icmp6Prohibited, " unreachable prohibited"},
	{icmp6BeyondScope, "beyond scope"},
	{icmp6NoAddress, "unreachable address"},
	{icmp6NoPort, "unreachable port"},
}

func (p *Printer) icmp6(b []byte, length int, ip ipHeader) {
	p.proto = "icmp6"
	length = asInt(uint32(length))
	if length == 0 {
		p.str("ICMP6, length 0")
		p.invalid()
		return
	}
	if p.vflag > 0 && !ip.fragment && has(b, 0, length) {
		is, sum := u16(b, 2), p.pseudoChecksum(ip, b, length, length, protoICMPv6)
		if sum != 0 {
			start := len(p.out)
			p.printf("[bad icmp6 cksum 0x%04x -> 0x%04x!] ", is, checksumShould(is, sum))
			p.mark(PartWrong, start)
		} else {
			p.str("[icmp6 sum ok] ")
		}
	}
	kind := u8(b, 0)
	p.str("ICMP6, ")
	p.tok(p.tableSince(icmpProbed, icmp6TypesProbed, icmp6Types), "unknown icmp6 type (%d)", uint32(kind))
	if p.vflag > 0 && icmp6HasLines(kind) {
		p.str(", length ")
		p.int(int64(length))
	}
	if p.icmp6Body(b, length, kind, u8(b, 1)) && p.vflag == 0 {
		p.str(", length ")
		p.int(int64(length))
	}
}

// icmp6HasLines reports whether -v prints lines behind the first one, which then
// says the length.
func icmp6HasLines(kind uint8) bool {
	switch kind {
	case icmp6RouterSolicit, icmp6RouterAdvert, icmp6NeighborAdvert, icmp6NeighborSolicit,
		icmp6Redirect, icmp6AgentReply, icmp6PrefixAdvert:
		return true
	}
	return false
}

// icmp6Body prints what a message of its kind has, and reports whether the
// length is to follow.
func (p *Printer) icmp6Body(b []byte, length int, kind, code uint8) bool {
	switch kind {
	case icmp6Unreachable:
		return p.icmp6Unreachable(b, length, code)
	case icmp6TooBig:
		p.printf(", mtu %d", u32(b, 4))
	case icmp6TimeExceeded:
		p.icmp6TimeExceeded(b, code)
	case icmp6Parameter:
		return p.icmp6Parameter(b, code)
	case icmp6Echo, icmp6EchoReply:
		p.printf(", id %d, seq %d", u16(b, 4), u16(b, 6))
	case icmp6ListenerQuery:
		p.icmp6ListenerQuery(b, length)
	case icmp6ListenerReport, icmp6ListenerDone:
		p.icmp6Listener(b)
	case icmp6ListenerReport2:
		p.icmp6ListenerReport2(b, length)
	case icmp6RouterSolicit, icmp6RouterAdvert, icmp6NeighborSolicit, icmp6NeighborAdvert, icmp6Redirect:
		return p.icmp6Neighbor(b, length, kind)
	case icmp6Renumbering:
		p.icmp6Renumbering(b)
	case icmp6NodeQuery:
		p.icmp6NodeQuery(b)
	case icmp6NodeReply:
		p.icmp6NodeReply(b, length)
	case icmp6InverseSolicit, icmp6InverseAdvert:
	case icmp6PrefixSolicit, icmp6AgentRequest:
		p.printf(", id 0x%04x", u16(b, 4))
	case icmp6AgentReply:
		p.icmp6AgentReply(b, length)
	case icmp6PrefixAdvert:
		return p.icmp6PrefixAdvert(b, length)
	case icmp6RPL:
		p.icmp6RPL(at(b, 4), uint32(length)-4, code)
	default:
		if (kind == icmp6ExtendedEcho || kind == icmp6ExtendedReply) && p.follows(icmpProbed) {
			p.icmp6ExtendedEcho(b, kind, code)
			return true
		}
		p.printf(", length %d", length)
		if p.vflag <= 1 {
			p.unknownData(b, "\n\t", length)
		}
		return false
	}
	return true
}

func (p *Printer) icmp6ExtendedEcho(b []byte, kind, code uint8) {
	p.printf(", id %d, seq %d", u16(b, 4), u8(b, 6))
	if p.vflag > 0 {
		p.icmpProbe(b, code, kind == icmp6ExtendedEcho)
	}
}

func (p *Printer) icmp6Unreachable(b []byte, length int, code uint8) bool {
	p.printf(", %s", tokStr(icmp6UnreachableCodes, "unknown unreach code (%d)", code))
	switch code {
	case icmp6NoRoute, icmp6Prohibited, icmp6NoAddress:
		p.printf(" %s", ip6At(b, icmp6InnerDst))
	case icmp6BeyondScope:
		p.printf(" %s, source address %s", ip6At(b, icmp6InnerDst), ip6At(b, icmp6InnerSrc))
	case icmp6NoPort:
		proto, i := icmp6InnerTransport(b)
		if i < 0 {
			p.truncMark()
			return false
		}
		port := u16(b, i+2)
		if proto == protoTCP {
			p.printf(", %s tcp port ", ip6At(b, icmp6InnerDst))
			p.tcpPort(port)
		} else {
			p.printf(", %s udp port ", ip6At(b, icmp6InnerDst))
			p.udpPort(port)
		}
	default:
		if p.vflag <= 1 {
			p.unknownData(b, "\n\t", length)
			return false
		}
	}
	return true
}

// icmp6InnerTransport finds the TCP or UDP header of the embedded packet behind
// its extension headers. The index is negative when there is none with its
// ports.
func icmp6InnerTransport(b []byte) (proto uint8, i int) {
	if !has(b, icmp6HeaderLen+6, 1) {
		return 0, -1
	}
	proto = b[icmp6HeaderLen+6]
	for i, n := icmp6HeaderLen, 40; i < len(b); {
		i += n
		switch proto {
		case protoUDP, protoTCP:
			if !has(b, i, 4) {
				return 0, -1
			}
			return proto, i
		case protoHopByHop, protoDstOpts, protoRouting:
			if !has(b, i, 2) {
				return 0, -1
			}
			proto, n = b[i], (int(b[i+1])+1)*8
		case protoFragment:
			if !has(b, i, 4) || u16(b, i+2)&0xfff8 != 0 {
				return 0, -1
			}
			proto, n = b[i], 8
		case protoAH:
			if !has(b, i, 2) {
				return 0, -1
			}
			proto, n = b[i], (int(b[i+1])+2)*4
		default:
			return 0, -1
		}
	}
	return 0, -1
}

func (p *Printer) icmp6TimeExceeded(b []byte, code uint8) {
	switch code {
	case 0:
		p.printf(" for %s", ip6At(b, icmp6InnerDst))
	case 1:
		p.str(" (reassembly)")
	default:
		p.printf(", unknown code (%d)", code)
	}
}

// icmp6ParameterCodes name what is wrong (RFC 4443 section 3.4, RFC 7112).
var icmp6ParameterCodes = []string{"erroneous", "next header", "option", "incomplete header chain"}

func (p *Printer) icmp6Parameter(b []byte, code uint8) bool {
	if !has(b, icmp6InnerDst, 16) {
		p.truncMark()
		return false
	}
	if what := strName(icmp6ParameterCodes, code); what != "" {
		p.printf(", %s - octet %d", what, u32(b, 4))
	} else {
		p.printf(", code-#%d", code)
	}
	return true
}

// icmp6AgentReply prints a home agent address discovery reply (RFC 6275 section
// 6.6).
func (p *Printer) icmp6AgentReply(b []byte, length int) {
	if p.vflag == 0 {
		return
	}
	p.printf(", id 0x%04x", u16(b, 4))
	for i := icmp6HeaderLen; i < min(length, len(b)); i += 16 {
		p.printf(", %s", ip6At(b, i))
	}
}

// icmp6PrefixAdvert prints a mobile prefix advertisement (RFC 6275 section 6.8).
func (p *Printer) icmp6PrefixAdvert(b []byte, length int) bool {
	if p.vflag == 0 {
		return true
	}
	p.printf(", id 0x%04x", u16(b, 4))
	flags := u16(b, 6)
	if flags&0xc000 != 0 {
		p.char(' ')
	}
	if flags&0x8000 != 0 {
		p.char('M')
	}
	if flags&0x4000 != 0 {
		p.char('O')
	}
	return p.icmp6Options(b, icmp6HeaderLen, length)
}
