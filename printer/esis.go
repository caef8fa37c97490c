// esis.go: End System to Intermediate System routing exchange protocol (ISO 9542).

package printer

const (
	esisHeaderLen = 9
	esisVersion   = 1
)

// PDU types (ISO 9542, 7.2.6).
const (
	esisESHello  = 2
	esisISHello  = 4
	esisRedirect = 6
)

// Options (ISO 9542, 7.4; ISO 10589 for the protocols).
const (
	esisOptProtocols = 129
	esisOptConfTime  = 198
)

var (
	esisTypes = []tok{
		{esisRedirect, "redirect"},
		{esisESHello, "ESH"},
		{esisISHello, "ISH"},
	}
	esisOptions = []tok{
		{esisOptProtocols, "Protocols supported"},
		{195, "QoS Maintenance"},
		{197, "Security"},
		{esisOptConfTime, "ES Configuration Time"},
		{205, "Priority"},
		{225, "Address Mask"},
		{226, "SNPA Mask"},
	}
)

// esis prints a PDU.
func (p *Printer) esis(b []byte, length int) {
	p.proto = "esis"
	comma := ""
	if !p.eflag {
		p.str("ES-IS")
		comma = ", "
	}
	if length <= 2 {
		if p.qflag > 0 {
			p.str("bad pkt!")
		} else {
			p.str("no header at all!")
		}
		return
	}
	if !has(b, 0, esisHeaderLen) {
		p.truncMark()
		return
	}
	if !p.esisCheck(b, length) {
		return
	}
	kind := b[4] & 0x1f
	if p.vflag == 0 {
		p.printf("%s%s, length %d", comma, tokStr(esisTypes, "unknown type (%d)", kind), uint32(length))
		return
	}
	p.printf("%slength %d\n\t%s (%d)", comma, uint32(length), tokStr(esisTypes, "unknown type: %d", kind), kind)
	p.printf(", v: %d, checksum: 0x%04x", b[2], u16(b, 7))
	p.isoclnsChecksum(b, u16(b, 7), 7, int(b[1]))
	p.printf(", holding time: %ds, length indicator: %d", u16(b, 5), b[1])
	if p.vflag > 1 {
		p.unknownData(b, "\n\t", esisHeaderLen)
	}

	f := esisFields{b: b, i: esisHeaderLen, left: int(b[1]) - esisHeaderLen}
	switch kind {
	case esisRedirect:
		f.kind = "redirect"
		if !p.esisRedirection(&f) {
			return
		}
	case esisESHello:
		f.kind = "esh"
		if !p.esisSources(&f) {
			return
		}
	case esisISHello:
		f.kind = "ish"
		net, ok := p.esisAddress(&f)
		if !ok {
			return
		}
		p.esisNET(": ", net)
	default:
		if rest := at(b, f.i); p.vflag <= 1 && len(rest) > 0 {
			p.unknownData(rest, "\n\t  ", len(rest))
		}
		return
	}
	p.esisOptionList(&f)
}

// esisCheck reports whether the header can be right, or prints why not.
func (p *Printer) esisCheck(b []byte, length int) bool {
	nlpid, hlen, version := b[0], int(b[1]), b[2]
	switch {
	case nlpid != nlpidESIS:
		p.printf(" nlpid 0x%02x packet not supported", nlpid)
	case version != esisVersion:
		p.printf(" version %d packet not supported", version)
	case hlen > length:
		p.printf(" length indicator(%d) > PDU size (%d)!", hlen, uint32(length))
	case hlen < esisHeaderLen+2:
		p.printf(" length indicator %d < min PDU size:", hlen)
		for _, c := range b {
			p.printf("%02X", c)
		}
	default:
		return true
	}
	return false
}

// esisFields is what of a PDU is still to be read: from b[i] on, of which left
// bytes belong to the PDU.
type esisFields struct {
	b       []byte
	i, left int
	kind    string // for complaints
}

// esisLength takes the length or number that stands in one byte in front of what
// it counts, or prints that there is none.
func (p *Printer) esisLength(f *esisFields) (n int, ok bool) {
	if !has(f.b, f.i, 1) {
		p.truncMark()
		return 0, false
	}
	if f.left < 1 {
		p.printf(", bad %s/li", f.kind)
		return 0, false
	}
	n = int(f.b[f.i])
	f.i++
	f.left--
	return n, true
}

// esisAddress takes an address with its length in front, or prints that there is
// none.
func (p *Printer) esisAddress(f *esisFields) (a []byte, ok bool) {
	n, ok := p.esisLength(f)
	if !ok {
		return nil, false
	}
	if !has(f.b, f.i, n) {
		p.truncMark()
		return nil, false
	}
	if f.left < n {
		p.printf(", bad %s/li", f.kind)
		return nil, false
	}
	a = f.b[f.i : f.i+n]
	f.i += n
	f.left -= n
	return a, true
}

// esisNET prints a network entity title.
func (p *Printer) esisNET(between string, net []byte) {
	p.printf("\n\t  NET (length: %d)%s", len(net), between)
	p.nsap(net, 0, len(net))
}

// esisRedirection prints where to send to: the destination, the subnetwork
// address for it and, when it is a router, its network entity (ISO 9542, 7.8).
func (p *Printer) esisRedirection(f *esisFields) bool {
	dst, ok := p.esisAddress(f)
	if !ok {
		return false
	}
	p.str("\n\t  ")
	p.nsap(dst, 0, len(dst))
	snpa, ok := p.esisAddress(f)
	if !ok {
		return false
	}
	// Like tcpdump, this does not count the byte with the length of the NET.
	if f.left > 0 {
		f.left++
	}
	net, ok := p.esisAddress(f)
	if !ok {
		return false
	}
	kind := linkAddrOther
	if len(snpa) == 6 {
		kind = linkAddrEther
	}
	p.printf("\n\t  SNPA (length: %d): %s", len(snpa), linkAddr{kind, snpa})
	if len(net) != 0 {
		p.esisNET(" ", net)
	}
	return true
}

// esisSources prints the addresses of an end system (ISO 9542, 7.6).
func (p *Printer) esisSources(f *esisFields) bool {
	n, ok := p.esisLength(f)
	if !ok {
		return false
	}
	p.printf("\n\t  Number of Source Addresses: %d", n)
	for ; n > 0; n-- {
		net, ok := p.esisAddress(f)
		if !ok {
			return false
		}
		p.esisNET(": ", net)
	}
	return true
}

// esisOptionList prints the options, which are all that is left.
func (p *Printer) esisOptionList(f *esisFields) {
	b := f.b
	for f.left != 0 {
		if f.left < 2 {
			p.str(", bad opts/li")
			return
		}
		code, n := u8(b, f.i), int(u8(b, f.i+1))
		f.i += 2
		f.left -= 2
		if n > f.left {
			p.printf(", opt (%d) too long", code)
			return
		}
		f.left -= n
		p.printf("\n\t  %s Option #%d, length %d, value: ", tokStr(esisOptions, "Unknown", code), code, n)
		value := at(b, f.i)
		switch {
		case code == esisOptConfTime && n != 2:
			p.str("(bad length)")
		case code == esisOptConfTime && !has(value, 0, 2):
			p.truncMark()
			return
		case code == esisOptConfTime:
			p.printf("%ds", u16(value, 0))
		case code == esisOptProtocols:
			p.isoclnsProtocols(value, n)
			n = 0 // like tcpdump, take the list itself for the next option
		default:
			p.unknownData(value, "\n\t  ", n)
		}
		if p.vflag > 1 {
			p.unknownData(value, "\n\t  ", n)
		}
		f.i += n
	}
}
