// icmp.go: Internet Control Message Protocol (RFC 792, RFC 950, RFC 1256) with
// multi-part messages (RFC 4884, RFC 4950).

package printer

import "github.com/tapdump/tapdump/versions"

var icmpLonger = versions.Since(versions.V5_0, "ICMP", "a description ends after 163 characters", "after 511")

// Message types (IANA icmp-parameters).
const (
	icmpEchoReply      = 0
	icmpUnreachable    = 3
	icmpSourceQuench   = 4
	icmpRedirect       = 5
	icmpEcho           = 8
	icmpRouterAdvert   = 9
	icmpTimeExceeded   = 11
	icmpParameter      = 12
	icmpTimestamp      = 13
	icmpTimestampReply = 14
	icmpMaskReply      = 18
)

var icmpTypes = []tok{
	{icmpSourceQuench, "source quench"},
	{10, "router solicitation"},
	{15, "information request"},
	{16, "information reply"},
	{17, "address mask request"},
}

const (
	icmpPortUnreachable = 3
	icmpFragNeeded      = 4

	icmpHeaderLen = 8
	// The embedded packet's protocol and destination, counted from the message.
	icmpInnerProto = icmpHeaderLen + 9
	icmpInnerDst   = icmpHeaderLen + 16
	// icmpTextMax is where the reference cuts the description, since icmpLonger at
	// icmpTextLonger.
	icmpTextMax    = 163
	icmpTextLonger = 511
)

// icmpUnreachables are what is said about the destination, before and behind its
// address, for the codes that need no more than that.
var icmpUnreachables = []struct{ before, after string }{
	0:  {"net ", " unreachable"},
	1:  {"host ", " unreachable"},
	5:  {"", " unreachable - source route failed"},
	6:  {"net ", " unreachable - unknown"},
	7:  {"host ", " unreachable - unknown"},
	8:  {"", " unreachable - source host isolated"},
	9:  {"net ", " unreachable - admin prohibited"},
	10: {"host ", " unreachable - admin prohibited"},
	11: {"net ", " unreachable - tos prohibited"},
	12: {"host ", " unreachable - tos prohibited"},
	13: {"host ", " unreachable - admin prohibited filter"},
	14: {"host ", " unreachable - host precedence violation"},
	15: {"host ", " unreachable - precedence cutoff"},
}

func (p *Printer) icmp(b []byte, length int, ip ipHeader) {
	p.proto = "icmp"
	length = asInt(uint32(length))
	kind, code := u8(b, 0), u8(b, 1)
	if p.icmpProbes(kind) {
		need(b, 0, icmpProbeFlags)
	}
	if !icmpCaptured(b, kind, code) {
		p.truncSince(ipCutEnds)
		return
	}
	p.str("ICMP ")
	start := len(p.out)
	p.icmpText(b, kind, code)
	if len(p.out)-start > icmpTextMax {
		most := icmpTextMax
		if p.follows(icmpLonger) {
			most = min(len(p.out)-start, icmpTextLonger)
		}
		p.shorten(start + most)
	}
	p.str(", length ")
	p.uint(uint64(length))
	if p.vflag == 0 {
		return
	}
	if !ip.fragment && has(b, 0, length) {
		if sum := checksum(b[:length]); sum != 0 {
			is := u16(b, 2)
			start = len(p.out)
			p.printf(" (wrong icmp cksum %x (->%x)!)", is, checksumShould(is, sum))
			p.mark(PartWrong, start)
		}
	}
	switch kind {
	case icmpUnreachable, icmpTimeExceeded, icmpParameter:
		p.icmpInner(b)
		p.icmpExtensions(b, length)
	case icmpSourceQuench, icmpRedirect:
		p.icmpInner(b)
	case icmpExtendedEcho, icmpExtendedEchoReply:
		if p.follows(icmpProbed) {
			p.icmpProbe(b, code, kind == icmpExtendedEcho)
		}
	}
}

// icmpCaptured reports whether all that the description of a message shows was
// captured, and for most types ends the packet otherwise.
func icmpCaptured(b []byte, kind, code uint8) bool {
	switch kind {
	case icmpEcho, icmpEchoReply, icmpTimestamp:
		need(b, 0, icmpHeaderLen)
	case icmpUnreachable:
		if code == icmpPortUnreachable {
			if !has(b, icmpInnerProto, 1) {
				return false
			}
			need(b, icmpInnerPort(b), 2)
		}
		need(b, icmpInnerDst, 4)
	case icmpRedirect:
		need(b, icmpInnerDst, 4)
	case icmpTimeExceeded:
		return has(b, icmpInnerDst, 4)
	case icmpParameter:
		if code == 0 {
			need(b, 0, 5)
		}
	case icmpMaskReply:
		need(b, 0, 12)
	case icmpTimestampReply:
		return has(b, 0, 20)
	case icmpRouterAdvert:
		return has(b, 0, icmpHeaderLen) && (b[5] != 2 || has(b, icmpHeaderLen, int(b[4])*8))
	}
	return true
}

// icmpInnerPort is where the embedded packet has its destination port.
func icmpInnerPort(b []byte) int { return icmpHeaderLen + int(b[icmpHeaderLen]&15)*4 + 2 }

// icmpText describes a message; icmpCaptured has looked at what it reads.
func (p *Printer) icmpText(b []byte, kind, code uint8) {
	switch kind {
	case icmpEcho:
		p.icmpEcho("echo request, id ", b)
	case icmpEchoReply:
		p.icmpEcho("echo reply, id ", b)
	case icmpUnreachable:
		p.icmpUnreachable(b, code)
	case icmpRedirect:
		p.icmpRedirect(b, code)
	case icmpRouterAdvert:
		p.icmpRouterAdvert(b)
	case icmpTimeExceeded:
		switch code {
		case 0:
			p.str("time exceeded in-transit")
		case 1:
			p.str("ip reassembly time exceeded")
		default:
			p.printf("time exceeded-#%d", code)
		}
	case icmpParameter:
		if code != 0 {
			p.printf("parameter problem - code %d", code)
		} else {
			p.printf("parameter problem - octet %d", b[4])
		}
	case icmpMaskReply:
		p.printf("address mask is 0x%08x", u32(b, 8))
	case icmpTimestamp:
		p.printf("time stamp query id %d seq %d", u16(b, 4), u16(b, 6))
	case icmpTimestampReply:
		p.printf("time stamp reply id %d seq %d: org ", u16(b, 4), u16(b, 6))
		p.icmpTime(u32(b, 8))
		p.str(", recv ")
		p.icmpTime(u32(b, 12))
		p.str(", xmit ")
		p.icmpTime(u32(b, 16))
	default:
		if p.icmpProbes(kind) {
			p.icmpExtendedEcho(b, kind)
			return
		}
		p.tok(icmpTypes, "type-#%d", uint32(kind))
	}
}

func (p *Printer) icmpEcho(text string, b []byte) {
	p.str(text)
	p.uint(uint64(u16(b, 4)))
	p.str(", seq ")
	p.uint(uint64(u16(b, 6)))
}

func (p *Printer) icmpUnreachable(b []byte, code uint8) {
	dst := ip4At(b, icmpInnerDst)
	switch {
	case code == 2:
		p.printf("%s protocol %d unreachable", dst, b[icmpInnerProto])
	case code == icmpPortUnreachable:
		p.appendAddr4(dst)
		switch port, proto := u16(b, icmpInnerPort(b)), b[icmpInnerProto]; proto {
		case protoTCP:
			p.str(" tcp port ")
			p.tcpPort(port)
		case protoUDP:
			p.str(" udp port ")
			p.udpPort(port)
		default:
			p.printf(" protocol %d port %d", proto, port)
		}
		p.str(" unreachable")
	case code == icmpFragNeeded:
		p.printf("%s unreachable - need to frag", dst)
		if mtu := u16(b, 6); mtu != 0 {
			p.printf(" (mtu %d)", mtu)
		}
	case int(code) < len(icmpUnreachables):
		p.str(icmpUnreachables[code].before)
		p.appendAddr4(dst)
		p.str(icmpUnreachables[code].after)
	default:
		p.printf("%s unreachable - #%d", dst, code)
	}
}

func (p *Printer) icmpRedirect(b []byte, code uint8) {
	to := " to "
	switch code {
	case 0, 2:
		to = " to net "
	case 1, 3:
		to = " to host "
	}
	switch code {
	case 0, 1:
		p.str("redirect ")
	case 2, 3:
		p.str("redirect-tos ")
	default:
		p.printf("redirect-#%d ", code)
	}
	p.printf("%s%s%s", ip4At(b, icmpInnerDst), to, ip4At(b, 4))
}

// icmpRouterAdvert prints a router advertisement (RFC 1256 section 3).
func (p *Printer) icmpRouterAdvert(b []byte) {
	p.str("router advertisement lifetime ")
	switch lifetime := u16(b, 6); {
	case lifetime < 60:
		p.uint(uint64(lifetime))
	case lifetime < 60*60:
		p.printf("%d:%02d", lifetime/60, lifetime%60)
	default:
		p.printf("%d:%02d:%02d", lifetime/3600, lifetime%3600/60, lifetime%60)
	}
	count, size := int(b[4]), b[5]
	p.printf(" %d:", count)
	if size != 2 { // words of an entry
		p.printf(" [size %d]", size)
		return
	}
	for i := icmpHeaderLen; count > 0; i += 8 {
		p.printf(" {%s %d}", ip4At(b, i), u32(b, i+4))
		count--
	}
}

// icmpTime prints milliseconds since midnight.
func (p *Printer) icmpTime(ms uint32) {
	s := ms / 1000
	p.printf("%02d:%02d:%02d.%03d", s/3600, s/60%60, s%60, ms%1000)
}

// icmpInner prints the packet that an error message is about, which ends where
// its own length says, since extensions may follow.
func (p *Printer) icmpInner(b []byte) {
	p.str("\n\t")
	inner := at(b, icmpHeaderLen)
	inner = limit(inner, int(u16(inner, 2)))
	p.ip4(inner, int(u16(inner, 2))) // a length without itself in it ends the packet
	p.proto = "icmp"
}
