// ether.go: Ethernet frames (IEEE Std 802.3 clause 3), with VLAN tags (IEEE Std
// 802.1Q clause 9) and the tags of switch chips.

package printer

const (
	etherAddrLen   = 6
	etherHeaderLen = 14
	etherTagLen    = 4
	// etherMaxLength is the largest length that a length/type field holds;
	// larger numbers are types (IEEE Std 802.3 3.2.6).
	etherMaxLength = 1500
)

func (p *Printer) etherLink(b []byte, length int) {
	p.proto = "ether"
	if p.etherIP(b, length) {
		p.llHdrLen += etherHeaderLen
		return
	}
	p.llHdrLen += p.ether(b, length)
}

// etherIP is ether for a frame with IP right behind its header, as nearly all are. It
// reports whether this is one.
func (p *Printer) etherIP(b []byte, length int) bool {
	if length < len(b) || len(b) < etherHeaderLen {
		return false
	}
	t := u16(b, 2*etherAddrLen)
	if t != etherIPv4 && t != etherIPv6 {
		return false
	}
	p.enter()
	if p.eflag {
		p.appendMAC(mac(b[etherAddrLen:]))
		p.str(" > ")
		p.appendMAC(mac(b))
		p.str(", ")
		p.etherTypeName(t)
		p.etherLength(length)
	}
	p.markProtocol()
	if t == etherIPv4 {
		p.ip4(b[etherHeaderLen:], length-etherHeaderLen)
	} else {
		p.ip6(b[etherHeaderLen:], length-etherHeaderLen)
	}
	p.leave()
	return true
}

// ether prints an Ethernet frame and returns the length of its headers.
func (p *Printer) ether(b []byte, length int) int {
	p.proto = "ether"
	return p.etherExtended(b, length, etherExtension{})
}

// etherExtension is what stands before or inside an Ethernet header. The zero
// value is a plain header.
type etherExtension struct {
	header      func(p *Printer, b []byte) // prints what encapsulates the frame
	headerBytes []byte
	tag         func(p *Printer, b []byte) // prints a switch's tag between source and type
	tagLen      int
}

// etherFrame is a frame on the way through its headers.
type etherFrame struct {
	b         []byte // from the next header on
	length    int
	caplen    int // captured bytes that belong to the frame: at most len(b)
	headerLen int // bytes of headers up to here
	src, dst  linkAddr

	wire    int  // length of the whole frame
	showLen bool // the length has been printed
}

func (f *etherFrame) skip(n int) {
	f.b = at(f.b, n)
	f.length -= n
	f.caplen -= n
	f.headerLen += n
}

// etherExtended is ether for a frame with something more in its header.
func (p *Printer) etherExtended(b []byte, length int, x etherExtension) int {
	p.enter()
	defer p.leave()
	if length < len(b) {
		p.printf("[length %d < caplen %d]", uint32(length), len(b))
		p.invalid()
		return length
	}
	if len(b) < etherHeaderLen+x.tagLen {
		p.truncMark()
		return len(b)
	}
	if x.header != nil {
		x.header(p, x.headerBytes)
	}
	f := etherFrame{
		b: b, length: length, caplen: len(b), wire: length,
		dst: linkAddr{linkAddrEther, b[:etherAddrLen]},
		src: linkAddr{linkAddrEther, b[etherAddrLen : 2*etherAddrLen]},
	}
	f.skip(2 * etherAddrLen)
	if p.eflag {
		p.etherAddresses(&f)
	}
	if x.tag != nil {
		x.tag(p, f.b)
		f.skip(x.tagLen)
	}
	for p.etherBody(&f) {
	}
	return f.headerLen
}

// etherBody prints the frame from its length/type field on. It reports whether
// what it printed was a header in front of another such field.
func (p *Printer) etherBody(f *etherFrame) bool {
	lengthType := u16(f.b, 0)
	f.skip(2)
	f.showLen = false
	if lengthType == etherMACsec {
		if p.eflag {
			p.etherTypeAndLength(lengthType, f)
		}
		if !p.macsec(f) {
			return false
		}
		lengthType = u16(f.b, 0)
		if f.caplen < 2 {
			p.printf(" [caplen %d < 2]", f.caplen)
			return false
		}
		f.skip(2)
	}
	for etherIsVLAN(lengthType) {
		if f.caplen < etherTagLen {
			p.proto = "vlan"
			p.truncMark()
			f.headerLen += f.caplen
			return false
		}
		if p.eflag {
			p.etherVLAN(lengthType, u16(f.b, 0), f)
		}
		lengthType = u16(f.b, 2)
		f.skip(etherTagLen)
	}
	switch {
	case lengthType <= etherMaxLength:
		p.ether8023(int(lengthType), f)
	case lengthType == etherJumbo: // draft-ietf-isis-ext-eth-01: LLC follows
		p.etherLLC(f)
	case lengthType == etherArista:
		return p.etherArista(f)
	default:
		p.etherPayload(lengthType, f)
	}
	return false
}

func etherIsVLAN(t uint16) bool {
	return t == etherVLAN || t == etherVLAN9100 || t == etherVLAN9200 || t == etherQinQ
}

// etherPayload prints what follows an EtherType.
func (p *Printer) etherPayload(t uint16, f *etherFrame) {
	if p.eflag {
		if f.showLen {
			p.etherTypeName(t)
			p.str(", ")
		} else {
			p.etherTypeAndLength(t, f)
		}
	}
	if p.etherType(t, f.b, f.length, f.src, f.dst) {
		return
	}
	if !p.eflag {
		p.etherAddresses(f)
		p.etherTypeAndLength(t, f)
	}
	p.defaultDump(f.b, f.caplen)
}

// ether8023 prints what follows a length field (IEEE Std 802.3).
func (p *Printer) ether8023(n int, f *etherFrame) {
	if n < f.length {
		f.length = n
		f.caplen = min(f.caplen, n)
	}
	f.b = limit(f.b, f.length)
	if p.eflag {
		p.str("802.3")
		if !f.showLen {
			p.etherLength(f.length)
		}
	}
	p.etherLLC(f)
}

func (p *Printer) etherLLC(f *etherFrame) {
	b := f.b
	// A MACsec tag may say that the frame ends within the header; what follows
	// a whole header is read to the end of the packet all the same.
	if f.caplen < 3 || f.caplen == 3 && f.b[2]&llcUnnumbered != llcUnnumbered {
		b = limit(b, f.caplen)
	}
	n := p.llc(b, f.length, f.src, f.dst)
	if n < 0 {
		p.defaultDump(f.b, f.caplen)
		n = -n
	}
	f.headerLen += n
}

// etherArista prints a header of Arista's and reports whether a frame follows
// it.
func (p *Printer) etherArista(f *etherFrame) bool {
	if f.caplen < 2 {
		p.str("[|arista]")
		f.headerLen += f.caplen
		return false
	}
	p.etherTypeAndLength(etherArista, f)
	if n := p.arista(f.b); n > 0 {
		f.skip(n)
		return true
	}
	if !p.eflag {
		p.etherAddresses(f)
		p.etherTypeAndLength(etherArista, f)
	}
	p.defaultDump(f.b, f.caplen)
	return false
}

func (p *Printer) etherAddresses(f *etherFrame) {
	p.appendMAC(mac(f.src.b))
	p.str(" > ")
	p.appendMAC(mac(f.dst.b))
	p.str(", ")
}

// etherTypeName appends an EtherType by name and number.
func (p *Printer) etherTypeName(t uint16) {
	if p.qflag > 0 {
		p.tok(etherTypeNames, "Unknown Ethertype (0x%04x)", uint32(t))
		return
	}
	p.str("ethertype ")
	start := len(p.out)
	p.tok(etherTypeNames, "Unknown", uint32(t))
	p.mark(PartProtocol, start)
	p.str(" (0x")
	p.hex(uint64(t), 4)
	p.char(')')
}

func (p *Printer) etherTypeAndLength(t uint16, f *etherFrame) {
	p.etherTypeName(t)
	p.etherLength(f.wire)
	f.showLen = true
}

func (p *Printer) etherLength(length int) {
	p.str(", length ")
	p.uint(uint64(uint32(length)))
	p.str(": ")
}

// etherVLAN appends a VLAN tag of the EtherType t.
func (p *Printer) etherVLAN(t, tci uint16, f *etherFrame) {
	if f.showLen {
		p.etherTypeName(t)
		p.str(", ")
	} else {
		p.etherTypeAndLength(t, f)
	}
	p.vlanTag(tci)
	p.str(", ")
}
