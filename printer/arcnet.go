// arcnet.go: ARCNET (ANSI/ATA 878.1) with the encapsulations of RFC 1051 and RFC
// 1201, as BSD and as Linux capture it.

package printer

// System codes.
const (
	arcnetDiagnose  = 0x80
	arcnetIPv6      = 0xc4
	arcnetIP        = 212
	arcnetARP       = 213
	arcnetRARP      = 214
	arcnetAppleTalk = 221
	arcnetIPOld     = 240
	arcnetARPOld    = 241
	arcnetIPX       = 250
)

const (
	arcnetHeaderLen    = 3
	arcnetFragLen      = 6  // with the fields for fragments
	arcnetExceptionLen = 10 // with those fields twice
	arcnetException    = 0xff

	arcnetLinuxHeaderLen = 5
	arcnetLinuxFragLen   = 8
)

var arcnetTypes = []tok{
	{arcnetIPOld, "oldip"},
	{arcnetARPOld, "oldarp"},
	{arcnetIP, "ip"},
	{arcnetARP, "arp"},
	{arcnetRARP, "rarp"},
	{arcnetAppleTalk, "atalk"},
	{247, "banyan"},
	{arcnetIPX, "ipx"},
	{arcnetIPv6, "ipv6"},
	{arcnetDiagnose, "diag"},
}

// arcnetUnfragmented reports whether a system code does without the fields for
// fragments.
func arcnetUnfragmented(kind uint8) bool {
	return kind == arcnetIPOld || kind == arcnetARPOld || kind == arcnetDiagnose
}

func (p *Printer) arcnetLink(b []byte, length int) {
	p.proto = "arcnet"
	need(b, 0, arcnetHeaderLen)
	kind := b[2]
	if arcnetUnfragmented(kind) {
		if p.eflag {
			p.arcnetHeader(b, length)
		}
		p.arcnetPayload(kind, b, length, arcnetHeaderLen)
		return
	}
	if !has(b, 0, arcnetFragLen) {
		p.arcnetHeader(b, length)
		p.str(" phds")
		trunc()
	}
	n := arcnetFragLen
	if b[3] == arcnetException {
		if n = arcnetExceptionLen; !has(b, 0, n) {
			p.arcnetHeader(b, length)
			p.str(" phds extended")
			trunc()
		}
	}
	flag, sequence := b[n-3], u16(b, n-2)
	if p.eflag {
		p.arcnetFragment(b, length, flag, sequence)
	}
	if flag != 0 && flag&1 == 0 {
		// neither the first fragment nor a whole packet
		p.llHdrLen += n
		return
	}
	p.arcnetPayload(kind, b, length, n)
}

func (p *Printer) arcnetLinuxLink(b []byte, length int) {
	p.proto = "arcnet_linux"
	need(b, 0, arcnetLinuxHeaderLen)
	kind, n := b[4], arcnetLinuxFragLen
	if arcnetUnfragmented(kind) {
		n = arcnetLinuxHeaderLen
	}
	need(b, 0, n)
	if p.eflag {
		p.arcnetHeader(b, length)
	}
	p.arcnetPayload(kind, b, length, n)
}

// arcnetHeader prints the header without the fields for fragments. tcpdump
// takes the type from the same place in Linux's header, where the offset is.
func (p *Printer) arcnetHeader(b []byte, length int) {
	p.proto = "arcnet"
	p.printf("%02x %02x ", b[0], b[1])
	if p.qflag == 0 {
		p.printf("%s ", tokStr(arcnetTypes, "%02x", b[2]))
	}
	p.printf("%d: ", uint32(length))
}

func (p *Printer) arcnetFragment(b []byte, length int, flag uint8, sequence uint16) {
	if p.qflag > 0 {
		p.arcnetHeader(b, length)
		return
	}
	p.proto = "arcnet"
	p.printf("%02x %02x %s seqid %04x ", b[0], b[1], tokStr(arcnetTypes, "%02x", b[2]), sequence)
	switch {
	case flag&1 != 0:
		p.printf("(first of %d fragments) ", (int(flag)+3)/2)
	case flag != 0:
		p.printf("(fragment %d) ", int(flag)/2+1)
	}
	p.printf("%d: ", uint32(length))
}

// arcnetPayload prints what stands behind the header of n bytes.
func (p *Printer) arcnetPayload(kind uint8, b []byte, length, n int) {
	b, length = b[n:], length-n
	switch kind {
	case arcnetIPOld, arcnetIP:
		p.ip4(b, length)
	case arcnetIPv6:
		p.ip6(b, length)
	case arcnetARPOld, arcnetARP, arcnetRARP:
		p.arp(b, length)
	case arcnetAppleTalk:
		if p.vflag > 0 {
			p.str("et1 ")
		}
		p.atalk(b, length)
	case arcnetIPX:
		p.ipx(b, length)
	default:
		p.hexASCIIDump("\n\t", b, len(b))
	}
	p.llHdrLen += n
}
