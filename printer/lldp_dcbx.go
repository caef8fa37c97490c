package printer

// DCBX revision 1.01, as Intel, Cisco and Nuova proposed it before IEEE 802.1Qaz:
// TLVs within the TLV, with heads like those of LLDP.
const (
	lldpDCBXOld     = 1 // subtype of revision 1.0
	lldpDCBXControl = 1
	lldpDCBXGroups  = 2
	lldpDCBXPFC     = 3
	lldpDCBXApps    = 4
)

var lldpDCBXSubtypes = []tok{
	{lldpDCBXOld, "DCB Capability Exchange Protocol Rev 1"},
	{2, "DCB Capability Exchange Protocol Rev 1.01"},
}

// lldpDCBX prints a TLV of DCBX. It went as its last TLV did.
func (p *Printer) lldpDCBX(value []byte) outcome {
	if len(value) < 4 {
		return done
	}
	p.lldpSubtype(lldpDCBXSubtypes, value[3])
	if value[3] == lldpDCBXOld {
		return dump
	}
	went := done
	for b := value[4:]; len(b) >= lldpHeadLen; {
		head := u16(b, 0)
		kind, n := head>>9, int(head&lldpLenMask)
		b = b[lldpHeadLen:]
		if kind == 0 || n == 0 || n > len(b) {
			return done
		}
		if went = p.lldpDCBXTLV(kind, b[:n]); went == cut {
			return done
		}
		if p.vflag > 1 || went == dump {
			p.unknownData(b, "\n\t    ", n)
		}
		b = b[n:]
	}
	return went
}

func (p *Printer) lldpDCBXTLV(kind uint16, tlv []byte) outcome {
	switch {
	case kind == lldpDCBXControl && len(tlv) >= 10:
		p.lldpDCBXVersions("Control - Protocol Control", kind, tlv)
		p.printf("\n\t      Sequence Number: %d", u32(tlv, 2))
		p.printf("\n\t      Acknowledgement Number: %d", u32(tlv, 6))
	case kind == lldpDCBXGroups && len(tlv) >= 17:
		p.lldpDCBXFeature("Feature - Priority Group", kind, tlv)
		p.lldpDCBXGroups(tlv)
	case kind == lldpDCBXPFC && len(tlv) >= 6:
		p.lldpDCBXFeature("Feature - Priority Flow Control", kind, tlv)
		p.lldpDCBXPFC(tlv)
	case kind == lldpDCBXApps && len(tlv) >= 4:
		p.lldpDCBXFeature("Feature - Application", kind, tlv)
		p.lldpDCBXApplications(tlv[4:])
	case kind <= lldpDCBXApps:
		return cut
	default:
		return dump
	}
	return done
}

// lldpDCBXVersions prints what every TLV begins with.
func (p *Printer) lldpDCBXVersions(name string, kind uint16, tlv []byte) {
	p.printf("\n\t    %s (type 0x%x, length %d)", name, kind, len(tlv))
	p.printf("\n\t      Oper_Version: %d", tlv[0])
	p.printf("\n\t      Max_Version: %d", tlv[1])
}

// lldpDCBXFeature prints what every TLV of a feature begins with.
func (p *Printer) lldpDCBXFeature(name string, kind uint16, tlv []byte) {
	p.lldpDCBXVersions(name, kind, tlv)
	v := tlv[2]
	p.printf("\n\t      Info block(0x%02X): Enable bit: %d, Willing bit: %d, Error Bit: %d", v, v>>7, v>>6&1, v>>5&1)
	p.printf("\n\t      SubType: %d", tlv[3])
}

func (p *Printer) lldpDCBXGroups(tlv []byte) {
	p.str("\n\t      Priority Allocation")
	groups := u32(tlv, 4)
	for i := range 8 {
		p.printf("\n\t          PgId_%d: %d", i, groups>>(28-4*i)&15)
	}
	p.str("\n\t      Priority Group Allocation")
	for i := range 8 {
		p.printf("\n\t          Pg percentage[%d]: %d", i, tlv[8+i])
	}
	p.printf("\n\t      NumTCsSupported: %d", tlv[16])
}

func (p *Printer) lldpDCBXPFC(tlv []byte) {
	p.printf("\n\t      PFC Config (0x%02X)", tlv[4])
	for i := range 8 {
		state := "Disabled"
		if tlv[4]>>i&1 != 0 {
			state = "Enabled"
		}
		p.printf("\n\t          Priority Bit %d: %s", i, state)
	}
	p.printf("\n\t      NumTCPFCSupported: %d", tlv[5])
}

func (p *Printer) lldpDCBXApplications(table []byte) {
	const entryLen = 6
	for ; len(table) >= entryLen; table = table[entryLen:] {
		v := u24(table, 2)
		selector, kind := v>>22, "L2 EtherType"
		if selector != 0 {
			kind = "Socket Number"
		}
		p.printf("\n\t      Application Value\n\t          Application Protocol ID: 0x%04x", u16(table, 0))
		p.printf("\n\t          SF (0x%x) Application Protocol ID is %s", selector, kind)
		p.printf("\n\t          OUI: 0x%06x", v&0x3fffff)
		p.printf("\n\t          User Priority Map: 0x%02x", table[5])
	}
}
