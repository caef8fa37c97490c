// igmp.go: Internet Group Management Protocol, versions 1 to 3 (RFC 1112, RFC
// 2236, RFC 3376), with multicast traceroute (draft-ietf-idmr-traceroute-ipm).

package printer

// Message types (IANA igmp-type-numbers).
const (
	igmpQuery         = 0x11
	igmpV1Report      = 0x12
	igmpDVMRP         = 0x13
	igmpPIMv1         = 0x14
	igmpV2Report      = 0x16
	igmpLeave         = 0x17
	igmpTraceResponse = 0x1e
	igmpTrace         = 0x1f
	igmpV3Report      = 0x22
)

// igmpDefaultTime is the maximum response time that is not shown: 10 s in
// tenths (RFC 2236 section 8.3).
const igmpDefaultTime = 100

// igmpRecordTypes are the group records' types (RFC 3376 section 4.2.12).
var igmpRecordTypes = []tok{
	{1, "is_in"},
	{2, "is_ex"},
	{3, "to_in"},
	{4, "to_ex"},
	{5, "allow"},
	{6, "block"},
}

func (p *Printer) igmp(b []byte, length int) {
	p.proto = "igmp"
	if p.qflag > 0 {
		p.str("igmp")
		return
	}
	length = asInt(uint32(length))
	switch kind := u8(b, 0); kind {
	case igmpQuery:
		p.str("igmp query")
		if length >= 12 {
			p.igmpV3Query(b, length)
		} else {
			p.igmpOldQuery(b, length)
		}
	case igmpV1Report:
		p.printf("igmp v1 report %s", ip4At(b, 4))
		p.igmpLength(length)
	case igmpV2Report:
		p.printf("igmp v2 report %s", ip4At(b, 4))
	case igmpV3Report:
		p.str("igmp v3 report")
		p.igmpV3Report(b, length)
	case igmpLeave:
		p.printf("igmp leave %s", ip4At(b, 4))
	case igmpDVMRP:
		p.str("igmp dvmrp")
		if length < 8 {
			p.printf(" [len %d]", length)
		} else {
			p.dvmrp(b, length)
		}
	case igmpPIMv1:
		p.str("igmp pimv1")
		p.pimV1(b, length)
	case igmpTraceResponse:
		p.igmpTraceroute("mresp", b, length)
	case igmpTrace:
		p.igmpTraceroute("mtrace", b, length)
	default:
		p.printf("igmp-%d", kind)
	}
	if p.vflag > 0 && length >= 4 && has(b, 0, length) && checksum(b[:length]) != 0 {
		p.printf(" bad igmp cksum %x!", u16(b, 2))
	}
}

// igmpLength prints a length that is not that of version 1 and 2.
func (p *Printer) igmpLength(length int) {
	if length != 8 {
		p.printf(" [len %d]", length)
	}
}

// igmpOldQuery prints a query of version 1, which has no response time, or 2.
func (p *Printer) igmpOldQuery(b []byte, length int) {
	switch t := u8(b, 1); t {
	case 0:
		p.str(" v1")
	case igmpDefaultTime:
		p.str(" v2")
	default:
		p.printf(" v2 [max resp time %d]", t)
	}
	if u32(b, 4) != 0 {
		p.printf(" [gaddr %s]", ip4At(b, 4))
	}
	p.igmpLength(length)
}

// igmpV3Query prints a query of version 3 (RFC 3376 section 4.1).
func (p *Printer) igmpV3Query(b []byte, length int) {
	p.str(" v3")
	if length&3 != 0 {
		p.printf(" [invalid len %d]", length)
		return
	}
	code := uint32(u8(b, 1))
	if code != igmpDefaultTime {
		p.str(" [max resp time ")
		if t := igmpFloat(code); t < 600 {
			p.printf("%.1fs", float64(t)*0.1)
		} else {
			p.duration(t / 10)
		}
		p.char(']')
	}
	if u32(b, 4) == 0 {
		return
	}
	p.printf(" [gaddr %s", ip4At(b, 4))
	if n := int(u16(b, 10)); n > 0 {
		if length < 12+4*n {
			p.str(" [invalid number of sources]")
		} else {
			p.igmpSources(b, 12, n)
		}
	}
	p.char(']')
}

// igmpFloat is the value of a code with exponent and mantissa (RFC 3376 section
// 4.1.1).
func igmpFloat(code uint32) uint32 {
	if code < 128 {
		return code
	}
	return (code&0xf | 0x10) << (code>>4&7 + 3)
}

// igmpSources prints the n source addresses at b[i], or with one -v how many
// there are.
func (p *Printer) igmpSources(b []byte, i, n int) {
	if p.vflag < 2 {
		p.printf(", %d source(s)", n)
		return
	}
	p.str(" {")
	for range n {
		p.printf(" %s", ip4At(b, i))
		i += 4
	}
	p.str(" }")
}

// igmpV3Report prints a report of version 3 (RFC 3376 section 4.2).
func (p *Printer) igmpV3Report(b []byte, length int) {
	if length < 16 || length&3 != 0 {
		p.printf(" [invalid len %d]", length)
		return
	}
	records := u16(b, 6)
	p.printf(", %d group record(s)", records)
	if p.vflag == 0 {
		return
	}
	i := 8
	for range records {
		if length < i+8 {
			p.str(" [invalid number of groups]")
			return
		}
		p.printf(" [gaddr %s", ip4At(b, i+4))
		p.printf(" %s", tokStr(igmpRecordTypes, " [v3-report-#%d]", u8(b, i)))
		n := int(u16(b, i+2))
		if length < i+8+4*n {
			p.printf(" [invalid number of sources %d]", n)
			return
		}
		p.igmpSources(b, i+8, n)
		i += 8 + 4*n
		p.char(']')
	}
}

// igmpTraceroute prints the query part of a multicast traceroute.
func (p *Printer) igmpTraceroute(name string, b []byte, length int) {
	if length < 24 {
		p.printf(" [invalid len %d]", length)
		return
	}
	src, dst, reply := ip4At(b, 8), ip4At(b, 12), ip4At(b, 16)
	p.printf("%s %d: %s to %s reply-to %s", name, u24(b, 21), src, dst, reply)
	if reply[0]>>4 == 14 { // a multicast group
		p.printf(" with-ttl %d", u8(b, 20))
	}
}
