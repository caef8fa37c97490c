// juniper.go: captures of Juniper's routers: a header with magic number, flags
// and extensions, the cookie of the interface card, then the link layer (link
// types JUNIPER_ of the pcap registry; the format has no public specification).

package printer

import "github.com/tapdump/tapdump/capture"

const (
	juniperMagic     = 0x4d4743 // "MGC"
	juniperHeaderLen = 4

	juniperFlagIn         = 0x01
	juniperFlagNoL2       = 0x02 // the link-layer header is not there
	juniperFlagExtensions = 0x80

	juniperNoL2Len = 4 // what stands between the header and the packet then
)

var juniperDirections = []tok{
	{juniperFlagIn, "In"},
	{0, "Out"},
}

var juniperFlags = []tok{
	{juniperFlagExtensions, "Ext"},
	{0x40, "Filter"},
	{0x04, "IIF"},
	{juniperFlagNoL2, "no-L2"},
	{juniperFlagIn, "In"},
}

// Extensions.
const (
	juniperExtDeviceMedia      = 3
	juniperExtEncapsulation    = 6
	juniperExtTTPMedia         = 7
	juniperExtTTPEncapsulation = 8

	juniperExtOverhead  = 2   // type and length
	juniperExtBigEndian = 128 // the first type whose values are in network order
)

var juniperExtensions = []tok{
	{1, "Device Interface Index"},
	{2, "Device Interface Name"},
	{juniperExtDeviceMedia, "Device Media Type"},
	{4, "Logical Interface Index"},
	{5, "Logical Unit Number"},
	{juniperExtEncapsulation, "Logical Interface Encapsulation"},
	{juniperExtTTPMedia, "TTP derived Device Media Type"},
	{juniperExtTTPEncapsulation, "TTP derived Logical Interface Encapsulation"},
}

// juniperFrame is a frame on the way through its headers.
type juniperFrame struct {
	b         []byte // from the first byte of the capture on
	length    int    // bytes on the wire behind the headers so far
	headerLen int    // bytes of headers so far
	link      capture.LinkType
	flags     uint8

	cookie     [juniperCookieMax]byte
	cookieLen  int
	cookieKind uint8  // juniperCookieLS, juniperCookieAS, or 0 for the card's own
	bundle     uint16 // of links, for the multilink types
	proto      uint16 // what the cookie, or the first bytes behind it, say
}

func (f *juniperFrame) skip(n int) {
	f.headerLen += n
	f.length -= n
}

// payload is what was captured behind the headers.
func (f *juniperFrame) payload() []byte { return at(f.b, f.headerLen) }

func (p *Printer) juniperLink(b []byte, length int) {
	p.proto = juniperProtocol(p.link)
	f := juniperFrame{b: b, length: length, link: p.link}
	if p.juniperHeaders(&f) {
		p.juniperPayload(&f)
	}
	p.llHdrLen += f.headerLen
}

func juniperProtocol(t capture.LinkType) string {
	switch t {
	case capture.LinkJUNIPER_ATM1:
		return "juniper_atm1"
	case capture.LinkJUNIPER_ATM2:
		return "juniper_atm2"
	case capture.LinkJUNIPER_CHDLC:
		return "juniper_chdlc"
	case capture.LinkJUNIPER_ES:
		return "juniper_es"
	case capture.LinkJUNIPER_ETHER:
		return "juniper_ether"
	case capture.LinkJUNIPER_FRELAY:
		return "juniper_frelay"
	case capture.LinkJUNIPER_GGSN:
		return "juniper_ggsn"
	case capture.LinkJUNIPER_MFR:
		return "juniper_mfr"
	case capture.LinkJUNIPER_MLFR:
		return "juniper_mlfr"
	case capture.LinkJUNIPER_MLPPP:
		return "juniper_mlppp"
	case capture.LinkJUNIPER_MONITOR:
		return "juniper_monitor"
	case capture.LinkJUNIPER_PPP:
		return "juniper_ppp"
	case capture.LinkJUNIPER_PPPOE:
		return "juniper_pppoe"
	case capture.LinkJUNIPER_PPPOE_ATM:
		return "juniper_pppoe_atm"
	}
	return "juniper_services"
}

// juniperHeaders prints everything in front of the link layer. It reports
// whether that follows.
func (p *Printer) juniperHeaders(f *juniperFrame) bool {
	f.flags = u8(f.b, 3)
	if u24(f.b, 0) != juniperMagic {
		p.str("no magic-number found!")
		return false
	}
	if p.eflag {
		p.printf("%3s ", tokStr(juniperDirections, "---", f.flags&juniperFlagIn))
	}
	if p.vflag > 1 {
		p.printf("\n\tJuniper PCAP Flags [%s]", bitStr(juniperFlags, "none", f.flags))
	}
	n := juniperHeaderLen
	if f.flags&juniperFlagExtensions != 0 {
		size := int(u16(f.b, n))
		n += 2
		if !p.juniperExtensionList(f.b[n:], size) {
			p.invalid()
			return false
		}
		n += size
	}
	if f.flags&juniperFlagNoL2 != 0 {
		p.juniperBare(f, n+juniperNoL2Len)
		return false
	}
	f.skip(n)
	if !p.juniperCookie(f) {
		return false
	}
	p.juniperCookieMeaning(f)
	if p.eflag {
		p.printf("hlen %d, proto 0x%04x, ", f.headerLen, f.proto)
	}
	return true
}

// juniperBare prints a packet without a link-layer header.
func (p *Printer) juniperBare(f *juniperFrame, n int) {
	if p.eflag {
		p.str("no-L2-hdr, ")
	}
	need(f.b, n, 1)
	if !p.juniperIP(f.b[n:], f.length-n) {
		p.str("no IP-hdr found!")
	}
	f.headerLen = n
}

// juniperExtensionList prints size bytes of extensions. It reports whether they
// are well formed.
func (p *Printer) juniperExtensionList(b []byte, size int) bool {
	if p.vflag > 1 {
		p.printf(", PCAP Extension(s) total length %d", size)
	}
	need(b, 0, size)
	for b = b[:size]; len(b) > juniperExtOverhead; {
		kind, n := b[0], int(b[1])
		if kind == 0 || n == 0 {
			break
		}
		if n += juniperExtOverhead; len(b) < n {
			p.wrong("extension_length", len(b), "<", n)
			return false
		}
		if p.vflag > 1 {
			p.juniperExtension(kind, b[juniperExtOverhead:n])
		}
		b = b[n:]
	}
	if p.vflag > 1 {
		p.str("\n\t-----original packet-----\n\t")
	}
	return true
}

func (p *Printer) juniperExtension(kind uint8, value []byte) {
	p.printf("\n\t  %s Extension TLV #%d, length %d, value ",
		tokStr(juniperExtensions, "Unknown", kind), kind, len(value))
	v := juniperExtensionValue(kind, value)
	if kind == 2 || v == ^uint32(0) { // a name, or no number
		return
	}
	switch kind {
	case juniperExtDeviceMedia, juniperExtTTPMedia:
		p.printf("%s (%d)", tokStr(juniperMedia, "Unknown", v), v)
	case juniperExtEncapsulation, juniperExtTTPEncapsulation:
		p.printf("%s (%d)", tokStr(juniperEncapsulations, "Unknown", v), v)
	default:
		p.uint(uint64(v))
	}
}

// juniperExtensionValue is the number in a value, all ones when its size is not
// that of one.
func juniperExtensionValue(kind uint8, value []byte) uint32 {
	if len(value) > 4 {
		return ^uint32(0)
	}
	var v uint32
	for i, c := range value {
		if kind < juniperExtBigEndian {
			v |= uint32(c) << (8 * i)
		} else {
			v = v<<8 | uint32(c)
		}
	}
	return v
}

// juniperPayload prints what follows the headers.
func (p *Printer) juniperPayload(f *juniperFrame) {
	b, length := f.payload(), f.length
	switch f.link {
	case capture.LinkJUNIPER_ATM1:
		p.juniperATM1(f)
	case capture.LinkJUNIPER_ATM2:
		p.juniperATM2(f)
	case capture.LinkJUNIPER_CHDLC:
		p.chdlc(b, length)
	case capture.LinkJUNIPER_ES:
		p.juniperES(b, length)
	case capture.LinkJUNIPER_ETHER:
		p.llHdrLen += p.ether(b, length)
	case capture.LinkJUNIPER_FRELAY:
		p.frelay(b, length)
	case capture.LinkJUNIPER_GGSN:
		p.juniperGGSN(f)
	case capture.LinkJUNIPER_MFR:
		p.juniperMFR(f)
	case capture.LinkJUNIPER_MLFR:
		p.juniperMLFR(f)
	case capture.LinkJUNIPER_MLPPP:
		p.juniperMLPPP(f)
	case capture.LinkJUNIPER_MONITOR:
		need(b, 0, 8)
		if p.eflag {
			p.printf("service-id %d, iif %d, pkt-type %d: ", u32(b, 4), u16(b, 2), b[0])
		}
		p.juniperIP(b, length)
	case capture.LinkJUNIPER_PPP:
		p.ppp(b, length)
	case capture.LinkJUNIPER_PPPOE:
		p.ether(b, length)
	case capture.LinkJUNIPER_PPPOE_ATM:
		if t := u16(b, 0); !p.etherType(t, b[2:], length-2, linkAddr{}, linkAddr{}) {
			p.printf("unknown ethertype 0x%04x", t)
		}
	case capture.LinkJUNIPER_SERVICES:
		need(b, 0, 8)
		if p.eflag {
			p.printf("service-id %d flags 0x%02x service-set-id 0x%04x iif %d: ",
				b[0], b[1], u16(b, 2), u24(b, 5))
		}
		p.juniperIP(b, length)
	}
}

// juniperIP prints an IP packet if the first byte looks like one, and reports
// whether it did.
func (p *Printer) juniperIP(b []byte, length int) bool {
	switch first := u8(b, 0); {
	case first >= 0x45 && first <= 0x4f:
		p.ip4(b, length)
	case first>>4 == 6:
		p.ip6(b, length)
	default:
		return false
	}
	return true
}
