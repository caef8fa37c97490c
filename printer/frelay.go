// frelay.go: frame relay (ITU-T Q.922, RFC 2427) and its fragmentation (FRF.12,
// FRF.15) and multilink (FRF.16).

package printer

const frelayUI = 0x03 // unnumbered information (Q.922)

// Flags of the address field, at their places when it is read as 32 bits.
const (
	frelayCR   = 0x02000000 // command/response
	frelayFECN = 0x00080000
	frelayBECN = 0x00040000
	frelayDE   = 0x00020000
	frelayCore = 0x00000002 // DL-CORE
)

var frelayFlags = []tok{
	{frelayCR, "C!"},
	{frelayDE, "DE"},
	{frelayBECN, "BECN"},
	{frelayFECN, "FECN"},
	{frelayCore, "sdlcore"},
}

// frelayAddress is the address field of a frame (Q.922 section 3.3).
type frelayAddress struct {
	dlci, flags uint32
	size        int
}

// frelayAddressAt reads the address at b, of which length bytes are a frame. It
// may be bad or cut.
func frelayAddressAt(b []byte, length int) (frelayAddress, outcome) {
	b = limit(b, length)
	const last = 1 // the bit of the last byte
	var a frelayAddress
	switch {
	case len(b) < 1:
		return a, cut
	case b[0]&last != 0:
		return a, bad
	case len(b) < 2:
		return a, cut
	}
	a.dlci = uint32(b[0]&0xfc)<<2 | uint32(b[1]>>4)
	a.flags = uint32(b[0]&0x02)<<24 | uint32(b[1]&0x0e)<<16
	a.size = 2
	if b[1]&last != 0 {
		return a, done
	}
	if len(b) < 3 {
		return a, cut
	}
	a.size = 3
	if b[2]&last == 0 {
		a.dlci = a.dlci<<7 | uint32(b[2]>>1)
		a.size = 4
		if len(b) < 4 {
			return a, cut
		}
	}
	end := b[a.size-1]
	if end&last == 0 {
		return a, bad
	}
	a.flags |= uint32(end & 0x02)
	a.dlci = a.dlci<<6 | uint32(end>>2)
	return a, done
}

// frelayLinkAddress appends the address b as other protocols show it.
func (p *Printer) frelayLinkAddress(b []byte) {
	switch a, went := frelayAddressAt(b, len(b)); went {
	case done:
		p.printf("DLCI %d", a.dlci)
	case bad:
		p.str("<Invalid DLCI>")
	default:
		p.str("<Truncated>")
	}
}

func (p *Printer) frelayLink(b []byte, length int) {
	p.proto = "fr"
	if len(b) < 4 {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	p.llHdrLen += p.frelay(b, length)
}

// frelay prints a frame and returns the length of its header.
func (p *Printer) frelay(b []byte, length int) int {
	p.proto = "fr"
	a, went := frelayAddressAt(b, length)
	if went == bad {
		p.str("Q.922, invalid address")
		return 0
	}
	here := limit(b, length) // what is captured of the frame
	n := a.size
	if went == cut || len(here) < n+1 {
		p.truncMark()
		return 0
	}
	if here[n] != frelayUI && a.dlci != 0 {
		if p.frelayCisco(a, b, length) {
			return n + 2
		}
		p.printf("UI %02x! ", here[n])
	}
	if len(here) < n+2 {
		p.truncMark()
		return 0
	}
	// a byte of padding makes the header even
	if n += 2; here[n-1] == 0 {
		if a.size != 3 {
			p.str("Pad! ")
		}
		n++
	} else if a.size == 3 {
		p.str("No pad! ")
	}
	if len(here) < n {
		p.truncMark()
		return 0
	}
	p.frelayPayload(a, b, length, n)
	return n
}

// frelayCisco prints a frame with an EtherType behind its address, and reports
// whether it has one that is known.
func (p *Printer) frelayCisco(a frelayAddress, b []byte, length int) bool {
	n := a.size + 2
	if len(b) < n || length < n {
		return false
	}
	t := u16(b, a.size)
	if p.eflag {
		p.frelayHeader(a, a.size, t, length)
	}
	return p.etherType(t, b[n:], length-n, linkAddr{}, linkAddr{})
}

// frelayHeader appends the header as -e shows it; protocol is a NLPID or an
// EtherType.
func (p *Printer) frelayHeader(a frelayAddress, headerLen int, protocol uint16, length int) {
	if p.qflag > 0 {
		p.printf("Q.922, DLCI %d, length %d: ", a.dlci, uint32(length))
		return
	}
	p.printf("Q.922, hdr-len %d, DLCI %d, Flags [%s], ", headerLen, a.dlci, bitStr(frelayFlags, "none", a.flags))
	if protocol <= 0xff {
		p.printf("NLPID %s (0x%02x)", tokStr(nlpidNames, "unknown", protocol), protocol)
	} else {
		p.printf("cisco-ethertype %s (0x%04x)", tokStr(etherTypeNames, "unknown", protocol), protocol)
	}
	p.printf(", length %d: ", uint32(length))
}

// frelayPayload prints what follows the header of n bytes, whose last one is
// the NLPID (RFC 2427).
func (p *Printer) frelayPayload(a frelayAddress, frame []byte, frameLen, n int) {
	nlpid := frame[n-1]
	if p.eflag {
		p.frelayHeader(a, a.size, uint16(nlpid), frameLen)
	}
	b, length := frame[n:], frameLen-n
	switch nlpid {
	case nlpidIPv4:
		p.ip4(b, length)
	case nlpidIPv6:
		p.ip6(b, length)
	case nlpidCLNP, nlpidESIS, nlpidISIS:
		p.isoclns(frame[n-1:], length+1)
	case nlpidSNAP:
		if !p.snap(b, length, linkAddr{}, linkAddr{}, 0) {
			if !p.eflag {
				p.frelayHeader(a, n, uint16(nlpid), frameLen)
			}
			p.defaultDump(frame, frameLen)
		}
	case nlpidQ933:
		p.q933(b, length)
	case nlpidFRF15:
		p.frelayFragment(b, length)
	case nlpidPPP:
		p.ppp(b, length)
	default:
		if !p.eflag {
			p.frelayHeader(a, a.size, uint16(nlpid), frameLen)
		}
		if p.opts.Hex == 0 {
			p.hexASCIIDump("\n\t", b, length)
		}
	}
}

// Flags of a fragment.
const (
	frelayBegin   = 0x80
	frelayEnd     = 0x40
	frelayControl = 0x20
	frelayFragAll = frelayBegin | frelayEnd | frelayControl
)

var frelayFragFlags = []tok{
	{frelayBegin, "Begin"},
	{frelayEnd, "End"},
	{frelayControl, "Control"},
}

func frelaySequence(b []byte) uint16 { return uint16(u8(b, 0)&0x1e)<<7 | uint16(u8(b, 1)) }

// frelayFragment prints the header of FRF.15.
func (p *Printer) frelayFragment(b []byte, length int) {
	if length < 2 {
		p.truncMark()
		return
	}
	model := "End-to-End"
	if u8(b, 0)&1 != 0 {
		model = "Interface"
	}
	p.printf("FRF.15, seq 0x%03x, Flags [%s],%s Fragmentation, length %d", frelaySequence(b),
		bitStr(frelayFragFlags, "none", u8(b, 0)&frelayFragAll), model, uint32(length))
}
