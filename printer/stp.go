// stp.go: spanning tree protocols: STP (IEEE Std 802.1D), RSTP (802.1w), MSTP
// (IEEE Std 802.1Q, clause 14) and SPB (IEEE Std 802.1aq, clause 14).

package printer

const (
	stpVersionSTP  = 0
	stpVersionRSTP = 2
	stpVersionMSTP = 3
	stpVersionSPB  = 4

	stpTypeConfig = 0x00
	stpTypeRapid  = 0x02
)

// Offsets in a BPDU (IEEE Std 802.1Q, 14.4).
const (
	stpAtVersion  = 2
	stpAtType     = 3
	stpAtFlags    = 4
	stpAtRoot     = 5
	stpAtCost     = 13
	stpAtBridge   = 17 // of MSTP: the regional root
	stpAtPort     = 25
	stpAtTimers   = 27
	stpAtV1Length = 35
	stpAtV3Length = 36
	stpAtName     = 39
	stpAtRevision = 71
	stpAtDigest   = 73
	stpAtIntCost  = 89
	stpAtCISTID   = 93
	stpAtHops     = 101
	stpAtMSTIs    = 102
)

const (
	stpConfigLen      = 35
	stpRapidLen       = 36
	stpMSTPMinLen     = 102
	stpMSTILen        = 16
	stpV3ConfigLen    = 64 // of the version 3 part: what precedes the MSTIs
	stpSPBMinLen      = 87
	stpNameLen        = 32
	stpTicksPerSecond = 256
)

var (
	stpVersions = []tok{
		{stpVersionSTP, "802.1d"},
		{stpVersionRSTP, "802.1w"},
		{stpVersionMSTP, "802.1s"},
		{stpVersionSPB, "802.1aq"},
	}
	stpTypes = []tok{
		{stpTypeConfig, "Config"},
		{stpTypeRapid, "Rapid STP"},
		{0x80, "Topology Change"},
	}
	stpFlags = []tok{
		{0x01, "Topology change"},
		{0x02, "Proposal"},
		{0x10, "Learn"},
		{0x20, "Forward"},
		{0x40, "Agreement"},
		{0x80, "Topology change ACK"},
	}
	stpRoles = [4]string{"Unknown", "Alternate", "Root", "Designated"}
)

// stpRole is the port role in the flags of a rapid spanning tree BPDU.
func stpRole(flags uint8) string { return stpRoles[flags>>2&3] }

func (p *Printer) stp(b []byte, length int) {
	p.proto = "stp"
	if length < 4 {
		p.invalid()
		return
	}
	if u16(b, 0) != 0 {
		p.printf("unknown STP version, length %d", uint32(length))
		return
	}
	version := u8(b, stpAtVersion)
	p.printf("STP %s", tokStr(stpVersions, "Unknown STP protocol (0x%02x)", version))
	if tokName(stpVersions, uint32(version)) == "" {
		return
	}
	kind := u8(b, stpAtType)
	p.printf(", %s", tokStr(stpTypes, "Unknown BPDU Type (0x%02x)", kind))
	valid := true
	switch {
	case kind == stpTypeConfig:
		valid = p.stpConfig(b, length, stpConfigLen)
	case kind == stpTypeRapid && version == stpVersionRSTP:
		valid = p.stpConfig(b, length, stpRapidLen)
	case kind == stpTypeRapid && version >= stpVersionMSTP:
		valid = p.stpMultiple(b, length, version)
	}
	if !valid {
		p.invalid()
	}
}

// stpConfig prints a configuration or rapid spanning tree BPDU of at least
// minLen bytes.
func (p *Printer) stpConfig(b []byte, length, minLen int) bool {
	if length < minLen {
		return false
	}
	flags := u8(b, stpAtFlags)
	p.printf(", Flags [%s]", bitStr(stpFlags, "none", flags))
	p.printf(", bridge-id %04x.%s.%04x, length %d",
		u16(b, stpAtBridge), linkAddrAt(linkAddrOther, b, stpAtBridge+2, 6), u16(b, stpAtPort), uint32(length))
	if p.vflag == 0 {
		return true
	}
	p.stpTimers(b)
	p.printf("\n\troot-id %04x.%s, root-pathcost %d",
		u16(b, stpAtRoot), linkAddrAt(linkAddrOther, b, stpAtRoot+2, 6), u32(b, stpAtCost))
	if u8(b, stpAtVersion) == stpVersionRSTP {
		p.printf(", port-role %s", stpRole(flags))
	}
	return true
}

func (p *Printer) stpTimers(b []byte) {
	seconds := func(i int) float64 { return float64(u16(b, stpAtTimers+i)) / stpTicksPerSecond }
	p.printf("\n\tmessage-age %.2fs, max-age %.2fs, hello-time %.2fs, forwarding-delay %.2fs",
		seconds(0), seconds(2), seconds(4), seconds(6))
}

// stpMultiple prints an MSTP or SPB BPDU, whose parts must have room.
func (p *Printer) stpMultiple(b []byte, length int, version uint8) bool {
	if length < stpMSTPMinLen || u8(b, stpAtV1Length) != 0 {
		return false
	}
	v3Len := int(u16(b, stpAtV3Length))
	if length < stpRapidLen+2+v3Len {
		return false
	}
	p.stpMSTP(b, length, v3Len)
	if version != stpVersionSPB {
		return true
	}
	v4 := stpRapidLen + 2 + v3Len
	v4Len := int(u16(b, v4)) + 2
	if length < v4+v4Len || v4Len < stpSPBMinLen {
		return false
	}
	p.stpSPB(at(b, v4))
	return true
}

func (p *Printer) stpMSTP(b []byte, length, v3Len int) {
	flags := u8(b, stpAtFlags)
	p.printf(", CIST Flags [%s], length %d", bitStr(stpFlags, "none", flags), uint32(length))
	if p.vflag == 0 {
		return
	}
	p.printf("\n\tport-role %s, ", stpRole(flags))
	p.printf("CIST root-id %04x.%s, CIST ext-pathcost %d",
		u16(b, stpAtRoot), linkAddrAt(linkAddrOther, b, stpAtRoot+2, 6), u32(b, stpAtCost))
	p.printf("\n\tCIST regional-root-id %04x.%s, ",
		u16(b, stpAtBridge), linkAddrAt(linkAddrOther, b, stpAtBridge+2, 6))
	p.printf("CIST port-id %04x,", u16(b, stpAtPort))
	p.stpTimers(b)
	p.printf("\n\tv3len %d, ", v3Len)
	p.str("MCID Name ")
	p.safePadded(at(b, stpAtName), stpNameLen)
	p.printf(", rev %d,\n\t\tdigest %08x%08x%08x%08x, ", u16(b, stpAtRevision), u32(b, stpAtDigest),
		u32(b, stpAtDigest+4), u32(b, stpAtDigest+8), u32(b, stpAtDigest+12))
	p.printf("CIST int-root-pathcost %d,", u32(b, stpAtIntCost))
	p.printf("\n\tCIST bridge-id %04x.%s, ",
		u16(b, stpAtCISTID), linkAddrAt(linkAddrOther, b, stpAtCISTID+2, 6))
	p.printf("CIST remaining-hops %d", u8(b, stpAtHops))
	for i := stpAtMSTIs; v3Len-stpV3ConfigLen >= i-stpAtMSTIs+stpMSTILen; i += stpMSTILen {
		p.stpMSTI(at(b, i))
	}
}

// stpMSTI prints the message of one tree instance (IEEE Std 802.1Q, 14.4.1).
func (p *Printer) stpMSTI(b []byte) {
	flags, root := u8(b, 0), u16(b, 1)
	p.printf("\n\tMSTI %d, Flags [%s], port-role %s", root&0xfff, bitStr(stpFlags, "none", flags), stpRole(flags))
	p.printf("\n\t\tMSTI regional-root-id %04x.%s, pathcost %d",
		root, linkAddrAt(linkAddrOther, b, 3, 6), u32(b, 9))
	p.printf("\n\t\tMSTI bridge-prio %d, port-prio %d, hops %d", u8(b, 13)>>4, u8(b, 14)>>4, u8(b, 15))
}

// stpSPB prints the version 4 part, from its length on.
func (p *Printer) stpSPB(b []byte) {
	if p.vflag == 0 {
		return
	}
	p.printf("\n\tv4len %d, ", u16(b, 0))
	p.str("AUXMCID Name ")
	p.safePadded(at(b, 3), stpNameLen)
	p.printf(", Rev %d,\n\t\tdigest %08x%08x%08x%08x", u16(b, 35), u32(b, 37), u32(b, 41), u32(b, 45), u32(b, 49))
	agreement, format, convention := u8(b, 53), u8(b, 55), u8(b, 56)
	edges, digest := u16(b, 57), bytesAt(b, 67, 20)
	p.printf("\n\tAgreement num %d, Discarded Agreement num %d, Agreement valid-flag %d,",
		agreement>>6, agreement>>4&3, agreement>>3&1)
	p.printf("\n\tRestricted role-flag: %d, Format id %d cap %d, Convention id %d cap %d,",
		agreement>>2&1, format>>4, format, convention>>4, convention)
	p.printf("\n\tEdge count %d, Agreement digest %08x%08x%08x%08x%08x", edges,
		u32(digest, 0), u32(digest, 4), u32(digest, 8), u32(digest, 12), u32(digest, 16))
}
