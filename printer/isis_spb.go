package printer

// Shortest path bridging (RFC 6329), in TLVs of RFC 6165.

// Sub-TLVs of a port's capabilities (RFC 6329 sections 13.1 to 13.3) and of a
// bridge's (sections 14.1 and 16.1).
const (
	isisSPBMCID        = 4
	isisSPBMCIDLen     = 51
	isisSPBDigest      = 5
	isisSPBDigestLen   = 33
	isisSPBBVID        = 6
	isisSPBInstance    = 1
	isisSPBInstanceLen = 19
	isisSPBVLANLen     = 8
	isisSPBService     = 3
	isisSPBServiceLen  = 8
)

var (
	isisSPBPortSubTLVs = []tok{
		{isisSPBMCID, "SPB MCID"},
		{isisSPBDigest, "SPB Digest"},
		{isisSPBBVID, "SPB BVID"},
	}
	isisSPBSubTLVs = []tok{
		{isisSPBInstance, "SPB Instance"},
		{isisSPBService, "SPBM Service Identifier and Unicast Address"},
	}
)

// isisMTPortCapability prints what a port can do (RFC 6165 section 2.1).
func (p *Printer) isisMTPortCapability(t *isisTLV) {
	if t.n < 2 {
		return
	}
	v := u16(t.b, 0)
	p.printf("\n\t       RES: %d, MTID(s): %d", v>>12, v&0x0fff)
	p.isisSPBSubTLVs("\n\t       ", isisSPBPortSubTLVs, t)
}

// isisMTCapability prints what a bridge can do (RFC 6329 section 14).
func (p *Printer) isisMTCapability(t *isisTLV) {
	if t.n < 2 {
		return
	}
	v := u16(t.b, 0)
	p.printf("\n\t      O: %d, RES: %d, MTID(s): %d", v>>15, v>>12&7, v&0x0fff)
	p.isisSPBSubTLVs("\n\t      ", isisSPBSubTLVs, t)
}

// isisSPBSubTLVs prints the sub-TLVs of a capability.
func (p *Printer) isisSPBSubTLVs(indent string, names []tok, t *isisTLV) {
	b := t.b
	for i := 2; t.n-i > 2; {
		kind, n := u8(b, i), int(u8(b, i+1))
		i += 2
		p.printf("%s%s subTLV #%d, length: %d", indent, tokStr(names, "unknown", kind), kind, n)
		if n > t.n-i {
			p.str(" (> containing TLV length)")
			return
		}
		if !has(b, i, n) {
			p.truncMark()
			return
		}
		switch p.isisSPBSubTLV(t.kind, kind, b[i:i+n]) {
		case bad:
			p.str(" (too short)")
			return
		case cut:
			p.truncMark()
			return
		}
		i += n
	}
}

func (p *Printer) isisSPBSubTLV(tlv, kind uint8, value []byte) outcome {
	if tlv == isisTLVMTPortCap {
		switch kind {
		case isisSPBMCID:
			return p.isisSPBConfigurations(value)
		case isisSPBDigest:
			return p.isisSPBAgreement(value)
		case isisSPBBVID:
			return p.isisSPBBaseVLANs(value)
		}
		return done
	}
	switch kind {
	case isisSPBInstance:
		return p.isisSPBBridge(value)
	case isisSPBService:
		return p.isisSPBServices(value)
	}
	return done
}

// isisSPBConfigurations prints the multiple spanning tree configuration and the one
// to come (RFC 6329 section 13.1, IEEE Std 802.1Q 13.8).
func (p *Printer) isisSPBConfigurations(b []byte) outcome {
	if len(b) < 2*isisSPBMCIDLen {
		return bad
	}
	p.str("\n\t         MCID: ")
	p.isisSPBConfiguration(b[:isisSPBMCIDLen])
	p.str("\n\t         AUX-MCID: ")
	p.isisSPBConfiguration(b[isisSPBMCIDLen:])
	return done
}

func (p *Printer) isisSPBConfiguration(b []byte) {
	p.printf("ID: %d, Name: ", b[0])
	p.safePadded(b[1:], 32)
	p.printf("\n\t              Lvl: %d, Digest: ", u16(b, 33))
	for _, c := range b[35:isisSPBMCIDLen] {
		p.printf("%02x ", c)
	}
}

// isisSPBAgreement prints the digest of the topology (RFC 6329 section 13.2).
func (p *Printer) isisSPBAgreement(b []byte) outcome {
	if len(b) < isisSPBDigestLen {
		return bad
	}
	p.printf("\n\t        RES: %d V: %d A: %d D: %d", b[0]>>5, b[0]>>4&1, b[0]>>2&3, b[0]&3)
	p.str("\n\t         Digest: ")
	for i := range 8 {
		if i == 4 {
			p.str("\n\t                 ")
		}
		p.printf("%08x ", u32(b, 1+4*i))
	}
	return done
}

// isisSPBBaseVLANs prints the base VLANs and their algorithms (RFC 6329 section
// 13.3).
func (p *Printer) isisSPBBaseVLANs(b []byte) outcome {
	for i := 0; i < len(b); i += 6 {
		if len(b)-i < 4 {
			return bad
		}
		p.printf("\n\t           ECT: %08x", u32(b, i))
		if len(b)-i < 6 {
			return bad
		}
		v := u16(b, i+4)
		p.printf(" BVID: %d, U:%x M:%x ", v>>4, v>>3&1, v>>2&1)
	}
	return done
}

// isisSPBBridge prints a bridge and its trees (RFC 6329 section 14.1).
func (p *Printer) isisSPBBridge(b []byte) outcome {
	if len(b) < isisSPBInstanceLen {
		return bad
	}
	p.printf("\n\t        CIST Root-ID: %08x %08x, Path Cost: %08x, Prio: %d", u32(b, 0), u32(b, 4), u32(b, 8), u16(b, 12))
	v, trees := u32(b, 14), b[18]
	p.printf("\n\t        RES: %d, V: %d, SPSource-ID: %d, No of Trees: %x", v>>21, v>>20&1, v&0xfffff, trees)
	for i := isisSPBInstanceLen; trees > 0; trees-- {
		if len(b)-i < isisSPBVLANLen {
			return cut
		}
		flags, vids := b[i], u24(b, i+5)
		p.printf("\n\t         U:%d, M:%d, A:%d, RES:%d", flags>>7, flags>>6&1, flags>>5&1, flags&0x1f)
		p.printf(", ECT: %08x, BVID: %d, SPVID: %d", u32(b, i+1), vids>>12, vids&0xfff)
		i += isisSPBVLANLen
	}
	return done
}

// isisSPBServices prints the services behind a bridge (RFC 6329 section 16.1).
func (p *Printer) isisSPBServices(b []byte) outcome {
	if len(b) < isisSPBServiceLen {
		return cut
	}
	p.printf("\n\t        BMAC: %012x, RES: %d, VID: %d", u48(b, 0), u16(b, 6)>>12, u16(b, 6)&0x0fff)
	for i := isisSPBServiceLen; i+4 <= len(b); i += 4 {
		v := u32(b, i)
		p.printf("\n\t        T: %d, R: %d, RES: %d, ISID: %d", v>>31, v>>30&1, v>>24&0x3f, v&0xffffff)
	}
	return done
}
