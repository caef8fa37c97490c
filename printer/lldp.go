// lldp.go: Link Layer Discovery Protocol (IEEE Std 802.1AB) with the TLVs of IEEE
// 802.1 and 802.3, TIA-1057 (LLDP-MED), DCBX and RFC 8520 (MUD).

package printer

// Types of TLVs (802.1AB, table 8-1).
const (
	lldpEnd             = 0
	lldpChassisID       = 1
	lldpPortID          = 2
	lldpTTL             = 3
	lldpPortDescription = 4
	lldpSystemName      = 5
	lldpSystemDescr     = 6
	lldpCapabilities    = 7
	lldpManagement      = 8
	lldpOrganization    = 127
)

// Subtypes of chassis and port identifiers that are not text.
const (
	lldpChassisMAC     = 4
	lldpChassisNetwork = 5
	lldpPortMAC        = 3
	lldpPortNetwork    = 4
)

// Organizationally unique identifiers.
const (
	lldpOUI8021 = 0x0080c2
	lldpOUI8023 = 0x00120f
	lldpOUIIANA = 0x00005e
	lldpOUITIA  = 0x0012bb
	lldpOUIDCBX = 0x001b21
)

const (
	lldpHeadLen = 2      // of a TLV
	lldpLenMask = 0x01ff // of its head; the rest is the type
)

var (
	lldpTypes = []tok{
		{lldpEnd, "End"},
		{lldpChassisID, "Chassis ID"},
		{lldpPortID, "Port ID"},
		{lldpTTL, "Time to Live"},
		{lldpPortDescription, "Port Description"},
		{lldpSystemName, "System Name"},
		{lldpSystemDescr, "System Description"},
		{lldpCapabilities, "System Capabilities"},
		{lldpManagement, "Management Address"},
		{lldpOrganization, "Organization specific"},
	}
	lldpChassisSubtypes = []tok{
		{1, "Chassis component"},
		{2, "Interface alias"},
		{3, "Port component"},
		{lldpChassisMAC, "MAC address"},
		{lldpChassisNetwork, "Network address"},
		{6, "Interface name"},
		{7, "Local"},
	}
	lldpPortSubtypes = []tok{
		{1, "Interface alias"},
		{2, "Port component"},
		{lldpPortMAC, "MAC address"},
		{lldpPortNetwork, "Network Address"},
		{5, "Interface Name"},
		{6, "Agent circuit ID"},
		{7, "Local"},
	}
	lldpCapabilityBits = []tok{
		{0x01, "Other"},
		{0x02, "Repeater"},
		{0x04, "Bridge"},
		{0x08, "WLAN AP"},
		{0x10, "Router"},
		{0x20, "Telephone"},
		{0x40, "Docsis"},
		{0x80, "Station Only"},
	}
	lldpNumberings = []tok{
		{2, "Interface Index"},
		{3, "System Port Number"},
	}
)

func (p *Printer) lldp(b []byte, length int) {
	p.proto = "lldp"
	p.printf("LLDP, length %d", uint32(length))
	for i := 0; length-i >= lldpHeadLen; {
		if !has(b, i, lldpHeadLen) {
			p.truncMark()
			return
		}
		head := u16(b, i)
		kind, n := head>>9, int(head&lldpLenMask)
		i += lldpHeadLen
		if p.vflag > 0 {
			p.printf("\n\t%s TLV (%d), length %d", tokStr(lldpTypes, "Unknown", kind), kind, n)
		}
		if kind == lldpEnd || n == 0 {
			return
		}
		if !has(b, i, n) || n > length-i {
			p.truncMark()
			return
		}
		went := p.lldpTLV(kind, b[i:i+n])
		if went == cut {
			p.truncMark()
			return
		}
		if p.vflag > 1 || p.vflag > 0 && went == dump {
			p.unknownData(b[i:], "\n\t  ", n)
		}
		i += n
	}
}

// lldpTLV prints the value of a TLV: when not verbose, only the system's name.
func (p *Printer) lldpTLV(kind uint16, value []byte) outcome {
	if kind == lldpSystemName {
		p.str(": ")
		p.safePadded(value, len(value))
		return done
	}
	if p.vflag == 0 {
		return done
	}
	switch kind {
	case lldpChassisID:
		return p.lldpID(value, lldpChassisSubtypes, lldpChassisMAC, lldpChassisNetwork)
	case lldpPortID:
		return p.lldpID(value, lldpPortSubtypes, lldpPortMAC, lldpPortNetwork)
	case lldpTTL:
		if len(value) < 2 {
			return cut
		}
		p.printf(": TTL %ds", u16(value, 0))
	case lldpPortDescription:
		p.str(": ")
		p.safePadded(value, len(value))
	case lldpSystemDescr:
		p.str("\n\t  ")
		p.safePadded(value, len(value))
	case lldpCapabilities:
		if len(value) < 4 {
			return cut
		}
		system, enabled := u16(value, 0), u16(value, 2)
		p.printf("\n\t  System  Capabilities [%s] (0x%04x)", bitStr(lldpCapabilityBits, "none", system), system)
		p.printf("\n\t  Enabled Capabilities [%s] (0x%04x)", bitStr(lldpCapabilityBits, "none", enabled), enabled)
	case lldpManagement:
		return p.lldpManagement(value)
	case lldpOrganization:
		return p.lldpOrganization(value)
	default:
		return dump
	}
	return done
}

// lldpID prints the identifier of a chassis or a port, whose subtypes for MAC
// and network addresses differ.
func (p *Printer) lldpID(value []byte, subtypes []tok, subtypeMAC, subtypeNetwork uint8) outcome {
	if len(value) < 2 {
		return cut
	}
	subtype, id := value[0], value[1:]
	p.printf("\n\t  Subtype %s (%d): ", tokStr(subtypes, "Unknown", subtype), subtype)
	switch {
	case subtype == subtypeMAC:
		if len(id) < 6 {
			return cut
		}
		p.printf("%s", macAt(id, 0))
	case subtype == subtypeNetwork:
		if !lldpIsAddress(id) {
			return cut
		}
		p.lldpAddress(id)
	case tokName(subtypes, uint32(subtype)) != "":
		p.safePadded(id, len(id))
	default:
		return dump
	}
	return done
}

// lldpIsAddress reports whether a network address has room for its family.
func lldpIsAddress(b []byte) bool {
	if len(b) == 0 {
		return false
	}
	switch n := len(b) - 1; b[0] {
	case afIPv4:
		return n >= 4
	case afIPv6:
		return n >= 16
	case af802:
		return n >= 6
	}
	return true
}

// lldpAddress prints a network address: its family, then itself.
func (p *Printer) lldpAddress(b []byte) {
	family := b[0]
	p.printf("AFI %s (%d)", tokStr(afNames, "Unknown", family), family)
	switch family {
	case afIPv4:
		p.printf(": %s", ip4At(b, 1))
	case afIPv6:
		p.printf(": %s", ip6At(b, 1))
	case af802:
		p.printf(": %s", macAt(b, 1))
	default:
		p.str(", no AF printer !")
	}
}

// lldpManagement prints a management address (802.1AB, 8.5.9): the address, an
// interface number and an object identifier.
func (p *Printer) lldpManagement(value []byte) outcome {
	const interfaceLen = 5
	n := int(value[0])
	if n > len(value)-1 || !lldpIsAddress(value[1:1+n]) {
		return cut
	}
	p.printf("\n\t  Management Address length %d, ", n)
	p.lldpAddress(value[1 : 1+n])
	value = value[1+n:]
	if len(value) < interfaceLen {
		return cut
	}
	p.printf("\n\t  %s Interface Numbering (%d): %d", tokStr(lldpNumberings, "Unknown", value[0]), value[0], u32(value, 1))
	if value = value[interfaceLen:]; len(value) == 0 {
		return done
	}
	n = int(value[0])
	if n > len(value)-1 {
		return cut
	}
	if n > 0 {
		p.printf("\n\t  OID length %d", n)
		p.safePadded(value[1:], n)
	}
	return done
}

// lldpOrganization prints a TLV that an organization has defined: its
// identifier, a subtype and what belongs to that.
func (p *Printer) lldpOrganization(value []byte) outcome {
	if len(value) < 3 {
		return cut
	}
	oui := u24(value, 0)
	p.printf(": OUI %s (0x%06x)", tokStr(p.ouiTable(), "Unknown", oui), oui)
	switch oui {
	case lldpOUI8021:
		return p.lldp8021(value)
	case lldpOUI8023:
		return p.lldp8023(value)
	case lldpOUIIANA:
		return p.lldpIANA(value)
	case lldpOUITIA:
		return p.lldpMED(value)
	case lldpOUIDCBX:
		return p.lldpDCBX(value)
	}
	return dump
}

// lldpSubtype prints the subtype of an organization's TLV.
func (p *Printer) lldpSubtype(subtypes []tok, subtype uint8) {
	p.printf("\n\t  %s Subtype (%d)", tokStr(subtypes, "unknown", subtype), subtype)
}

// lldpMUDURL is the subtype of RFC 8520 section 12.
const lldpMUDURL = 1

var lldpIANASubtypes = []tok{{lldpMUDURL, "MUD-URL"}}

// lldpIANA prints a TLV of IANA's (RFC 8520).
func (p *Printer) lldpIANA(value []byte) outcome {
	const minLen = 8
	if len(value) < minLen {
		return done
	}
	p.lldpSubtype(lldpIANASubtypes, value[3])
	if value[3] != lldpMUDURL {
		return dump
	}
	p.str("\n\t  MUD-URL=")
	p.safeN(value[4:], len(value)-4)
	return done
}
