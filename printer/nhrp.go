// nhrp.go: Next Hop Resolution Protocol (RFC 2332), with the traffic indication of
// dynamic multipoint VPNs (draft-detienne-dmvpn).

package printer

import "github.com/tapdump/tapdump/versions"

// nhrpPrinted is about the IP protocol; that GRE carries it is among grePayloads.
var nhrpPrinted = versions.Since(versions.V5_0, "NHRP", "`ip-proto-54` and a number", "type, request, addresses and client information entries")

const (
	nhrpVersion = 1

	nhrpFixedLen     = 20 // RFC 2332 section 5.2.0.1
	nhrpMandatoryLen = 8  // section 5.2.0.2, without the addresses
	nhrpEntryLen     = 12 // a client information entry, without the addresses
	nhrpE164         = 0x40
	nhrpErrorPacket  = 7
	nhrpTraffic      = 8 // draft-detienne-dmvpn section 4.2
)

var nhrpTypes = []tok{
	{1, "res request"},
	{2, "res reply"},
	{3, "reg request"},
	{4, "reg reply"},
	{5, "purge request"},
	{6, "purge reply"},
	{nhrpErrorPacket, "error indication"},
	{nhrpTraffic, "traffic indication"},
}

// nhrpErrors are the codes of error indications (RFC 2332 section 5.2.7).
var nhrpErrors = []tok{
	{1, "unrecognized extension"},
	{3, "NHRP loop detected"},
	{6, "protocol address unreachable"},
	{7, "protocol error"},
	{8, "NHRP SDU size exceeded"},
	{9, "invalid extension"},
	{10, "invalid NHRP resolution reply received"},
	{11, "authentication failure"},
	{15, "hop count exceeded"},
}

var nhrpTrafficCodes = []tok{{0, "NHRP traffic redirect/indirection"}}

// nhrpFamilies are the kinds of addresses that a packet is about.
type nhrpFamilies struct {
	nbma  uint16 // an address family number (IANA)
	proto uint16 // an EtherType
}

// nbmaSize is the size of an address of the network below, or 0 where the family
// is unknown.
func (f nhrpFamilies) nbmaSize() int {
	switch f.nbma {
	case afIPv4:
		return 4
	case afIPv6:
		return 16
	case af802:
		return 6
	}
	return 0
}

// protoSize is nbmaSize for the protocol whose next hops are resolved.
func (f nhrpFamilies) protoSize() int {
	switch f.proto {
	case etherIPv4:
		return 4
	case etherIPv6:
		return 16
	}
	return 0
}

// nhrpRest is what is left of the mandatory part. The size has 16 bits, and wraps
// round where a subaddress is longer than it.
type nhrpRest struct {
	b    []byte
	size uint16
}

func (r *nhrpRest) skip(n int) { r.b, r.size = at(r.b, n), r.size-uint16(n) }

func (p *Printer) nhrp(b []byte, length int) {
	p.proto = "nhrp"
	p.str("NHRP: ")
	if p.lacks("length", length, nhrpFixedLen) {
		return
	}
	if version := u8(b, 16); version != nhrpVersion {
		p.printf("unknown-version-%02x", version)
		return
	}
	if r, ok := p.nhrpMandatory(b, length); ok {
		p.nhrpAddresses(b, r)
	}
}

// nhrpMandatory prints the packet's type and returns the mandatory part, or false
// where its size is wrong.
func (p *Printer) nhrpMandatory(b []byte, length int) (nhrpRest, bool) {
	size, extensions := int(u16(b, 10)), int(u16(b, 14))
	if p.lacks("pktsz", size, nhrpFixedLen) {
		return nhrpRest{}, false
	}
	p.tok(nhrpTypes, "unknown-op-type-%04x", uint32(u8(b, 17)))
	if extensions != 0 {
		if extensions > size {
			p.refuse("extoff", extensions, ">", size)
			return nhrpRest{}, false
		}
		if p.lacks("extoff", extensions, nhrpFixedLen) {
			return nhrpRest{}, false
		}
		size = extensions
	}
	size = int(min(uint32(size), uint32(length))) - nhrpFixedLen
	need(b, 0, nhrpFixedLen)
	if p.lacks("mand_part_len", size, nhrpMandatoryLen) {
		return nhrpRest{}, false
	}
	need(b, nhrpFixedLen, nhrpMandatoryLen)
	return nhrpRest{b[nhrpFixedLen:], uint16(size)}, true
}

// nhrpAddresses prints what the mandatory part holds.
func (p *Printer) nhrpAddresses(b []byte, r nhrpRest) {
	kind := b[17]
	switch kind {
	case nhrpErrorPacket:
		p.printf(", error <%s>", tokStr(nhrpErrors, "unknown-err-code-%d", u16(r.b, 4)))
	case nhrpTraffic:
		p.printf(", code <%s>", tokStr(nhrpTrafficCodes, "unknown-traffic-code-%d", u16(r.b, 4)))
	case 1, 2, 3, 4, 5, 6:
		p.printf(", id %d", u32(r.b, 4))
	}
	nbmaLen, subLen := b[18], b[19]
	if p.vflag > 0 {
		p.printf(", hopcnt %d", b[9])
		if nbmaLen&0x80 != 0 {
			p.str(" (shtl bit 7 set)")
		}
		if nbmaLen&nhrpE164 != 0 {
			p.str(" (nbma E.154)")
		}
	}
	families := nhrpFamilies{nbma: u16(b, 0), proto: u16(b, 2)}
	sourceLen, destinationLen := r.b[0], r.b[1]
	r.skip(nhrpMandatoryLen)
	if nbmaLen != 0 {
		if !p.nhrpFits(r, "mand_part_len", nbmaLen) {
			return
		}
		p.nhrpNBMA(&r, ", src nbma ", nbmaLen, families)
	}
	if subLen != 0 {
		if !p.nhrpFits(r, "mand_part_len", subLen) {
			return
		}
		need(r.b, 0, int(subLen))
		r.skip(int(subLen))
	}
	p.str(", ")
	if sourceLen != 0 {
		if !p.nhrpFits(r, "mand_part_len", sourceLen) {
			return
		}
		if families.protoSize() == 0 {
			p.printf("proto type %04x ", families.proto)
		}
		p.nhrpAddress(&r, "", sourceLen, families.protoSize())
		p.char(' ')
	}
	p.str("->")
	if destinationLen != 0 {
		if !p.nhrpFits(r, "mand_part_len", destinationLen) {
			return
		}
		p.nhrpAddress(&r, " ", destinationLen, families.protoSize())
	}
	if kind >= 1 && kind < nhrpErrorPacket {
		p.nhrpEntries(r, families)
	}
}

// nhrpFits reports whether n bytes are left; if not, it complains.
func (p *Printer) nhrpFits(r nhrpRest, name string, n uint8) bool {
	return !p.lacks(name, int(r.size), int(n))
}

// nhrpNBMA prints an address of the network below behind a label.
func (p *Printer) nhrpNBMA(r *nhrpRest, label string, n uint8, families nhrpFamilies) {
	if families.nbmaSize() != 0 {
		p.nhrpAddress(r, label, n, families.nbmaSize())
		return
	}
	need(r.b, 0, int(n))
	p.printf(", unknown-nbma-addr-family-%04x (", families.nbma)
	p.nhrpAddress(r, "", n, 0)
	p.char(')')
}

// nhrpAddress prints an address of n bytes behind a label; one that has not the
// size that its family wants is printed as bytes.
func (p *Printer) nhrpAddress(r *nhrpRest, label string, n uint8, want int) {
	need(r.b, 0, int(n))
	p.str(label)
	switch size := int(n); {
	case size != want:
		p.out = appendColons(p.out, r.b[:size])
	case size == 4:
		p.appendAddr4(ip4At(r.b, 0))
	case size == 16:
		p.appendAddr6(ip6At(r.b, 0))
	default:
		p.appendMAC(macAt(r.b, 0))
	}
	r.skip(int(n))
}

// nhrpEntries prints client information entries, which fill the rest of the
// mandatory part (RFC 2332 section 5.2.0.1).
func (p *Printer) nhrpEntries(r nhrpRest, families nhrpFamilies) {
	for r.size != 0 {
		p.bound()
		if !p.nhrpEntry(&r, families) {
			return
		}
	}
}

// nhrpEntry prints a client information entry and reports whether it fits.
func (p *Printer) nhrpEntry(r *nhrpRest, families nhrpFamilies) bool {
	const left = "remaining mandatory part length"
	if !p.nhrpFits(*r, left, nhrpEntryLen) {
		return false
	}
	e := r.b
	p.printf(" (code %d", u8(e, 0))
	if p.vflag > 0 {
		p.printf(", pl %d, mtu %d, htime %d, pref %d", u8(e, 1), u16(e, 4), u16(e, 6), u8(e, 11))
	}
	nbmaLen, subLen, protoLen := u8(e, 8), u8(e, 9), u8(e, 10)
	if nbmaLen&nhrpE164 != 0 {
		p.str(", nbma E.154")
	}
	r.skip(nhrpEntryLen)
	if nbmaLen != 0 {
		if !p.nhrpFits(*r, left, nbmaLen) {
			return false
		}
		p.nhrpNBMA(r, ", nbma ", nbmaLen, families)
	}
	if subLen != 0 {
		// it is the address in front that is asked about once more
		if !p.nhrpFits(*r, left, nbmaLen) {
			return false
		}
		p.str(", unknown-nbma-saddr-family")
		need(r.b, 0, int(subLen))
		r.skip(int(subLen))
	}
	if protoLen != 0 {
		if !p.nhrpFits(*r, left, protoLen) {
			return false
		}
		if families.protoSize() != 0 {
			p.nhrpAddress(r, ", proto ", protoLen, families.protoSize())
		} else {
			need(r.b, 0, int(protoLen))
			p.printf(", unknown-proto-family-%04x (", families.proto)
			p.nhrpAddress(r, "", protoLen, 0)
			p.char(')')
		}
	}
	p.char(')')
	return true
}
