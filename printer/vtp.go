// vtp.go: Cisco VLAN Trunking Protocol (Cisco: Understanding VLAN Trunk
// Protocol; the TLVs of VLANs: InterSwitch Link and IEEE 802.1Q Frame Format).

package printer

import "github.com/tapdump/tapdump/versions"

var vtpChecks = versions.Since(versions.V5_0, "VTP", "a message that is too short is `(invalid)`, any version is printed",
	"`VTP` stands in front of what is too short or cut, `[length 35 < 36] (invalid)`, `[version 4 > 3] (invalid)`")

const (
	vtpSummary = 1
	vtpSubset  = 2
	vtpRequest = 3

	vtpTLVSTPType    = 3
	vtpTLVPruning    = 6
	vtpTLVBridgeType = 7
	vtpTLVHops       = 9
	vtpTLVBackupCRF  = 10
)

const (
	vtpHeaderLen    = 36
	vtpDomainMaxLen = 32
	vtpVLANLen      = 12 // of a VLAN's information: what precedes the name
)

var (
	vtpMessages = []tok{
		{vtpSummary, "Summary advertisement"},
		{vtpSubset, "Subset advertisement"},
		{vtpRequest, "Advertisement request"},
		{4, "Join message"},
	}
	// the third byte of a message means what its type says
	vtpThird = []tok{
		{vtpSummary, "Followers"},
		{vtpSubset, "Seq number"},
		{vtpRequest, "Rsvd"},
		{4, "Rsvd"},
	}
	vtpVLANTypes = []tok{
		{1, "Ethernet"},
		{2, "FDDI"},
		{3, "TrCRF"},
		{4, "FDDI-net"},
		{5, "TrBRF"},
	}
	vtpVLANStates = []tok{
		{0, "Operational"},
		{1, "Suspended"},
	}
	vtpTLVs = []tok{
		{1, "Source-Routing Ring Number TLV"},
		{2, "Source-Routing Bridge Number TLV"},
		{vtpTLVSTPType, "STP type TLV"},
		{4, "Parent VLAN TLV"},
		{5, "Translationally bridged VLANs TLV"},
		{vtpTLVPruning, "Pruning TLV"},
		{vtpTLVBridgeType, "Bridge Type TLV"},
		{8, "Max ARP Hop Count TLV"},
		{vtpTLVHops, "Max STE Hop Count TLV"},
		{vtpTLVBackupCRF, "Backup CRF Mode TLV"},
	}
	vtpSTPTypes = []tok{
		{1, "SRT"},
		{2, "SRB"},
		{3, "Auto"},
	}
)

func (p *Printer) vtp(b []byte, length int) {
	p.proto = "vtp"
	if !p.vtpAcceptable(b, length) {
		need(b, 0, length)
		return
	}
	need(b, 0, vtpHeaderLen)
	kind := b[1]
	p.printf("v%d, Message %s (0x%02x), length %d",
		b[0], tokStr(vtpMessages, "Unknown message type", kind), kind, uint32(length))
	if p.vflag == 0 {
		need(b, 0, length)
		return
	}
	p.str("\n\tDomain name: ")
	n := int(b[3])
	if n < 1 || n > vtpDomainMaxLen {
		p.printf(" [MgmtD Len %d]", n)
		p.invalid()
		need(b, 0, length)
		return
	}
	p.safePadded(b[4:], n)
	p.printf(", %s: %d", tokStr(vtpThird, "Unknown", kind), b[2])
	body := b[vtpHeaderLen:]
	switch kind {
	case vtpSummary:
		p.vtpSummary(body)
	case vtpSubset:
		p.printf(", Config Rev %x", u32(body, 0))
		if !p.vtpVLANs(body[4:], length-vtpHeaderLen-4) {
			p.invalid()
			need(b, 0, length)
		}
	case vtpRequest:
		p.printf("\n\tStart value: %d", u32(body, 0))
	}
}

// vtpAcceptable prints the protocol's name and reports whether length and version
// are possible; it says so if not.
func (p *Printer) vtpAcceptable(b []byte, length int) bool {
	if !p.follows(vtpChecks) {
		if length >= vtpHeaderLen {
			need(b, 0, vtpHeaderLen)
			p.str("VTP")
			return true
		}
		p.invalid()
		return false
	}
	p.str("VTP")
	if p.lacks("length", length, vtpHeaderLen) {
		return false
	}
	need(b, 0, vtpHeaderLen)
	switch version := int(b[0]); {
	case version < 1:
		p.refuse("version", version, "<", 1)
		return false
	case version > 3:
		p.refuse("version", version, ">", 3)
		return false
	}
	return true
}

func (p *Printer) vtpSummary(b []byte) {
	p.printf("\n\t  Config Rev %x, Updater %s", u32(b, 0), ip4At(b, 4))
	p.printf(", Timestamp 0x%08x 0x%08x 0x%08x", u32(b, 8), u32(b, 12), u32(b, 16))
	p.printf(", MD5 digest: %08x%08x%08x%08x", u32(b, 20), u32(b, 24), u32(b, 28), u32(b, 32))
}

// vtpVLANs prints the VLANs of a subset advertisement and reports whether they
// are well formed.
func (p *Printer) vtpVLANs(b []byte, length int) bool {
	for i := 0; i < length; {
		n := int(u8(b, i))
		if n == 0 {
			break
		}
		vlan := bytesAt(b, i, n)
		if n < vtpVLANLen || !p.vtpVLAN(vlan) {
			return false
		}
		i += n
	}
	return true
}

// vtpVLAN prints the information about one VLAN.
func (p *Printer) vtpVLAN(vlan []byte) bool {
	p.printf("\n\tVLAN info status %s, type %s, VLAN-id %d, MTU %d, SAID 0x%08x, Name ",
		tokStr(vtpVLANStates, "Unknown", vlan[1]), tokStr(vtpVLANTypes, "Unknown", vlan[2]),
		u16(vlan, 4), u16(vlan, 6), u32(vlan, 8))
	// names are padded to four bytes
	nameLen := int(vlan[3])
	i := vtpVLANLen + (nameLen+3)&^3
	if i > len(vlan) {
		return false
	}
	p.safePadded(vlan[vtpVLANLen:], nameLen)
	for i < len(vlan) {
		if len(vlan)-i < 2 {
			return false
		}
		// The documents give types and lengths two bytes, switches send one.
		kind, words := vlan[i], int(vlan[i+1])
		p.printf("\n\t\t%s (0x%04x) TLV", tokStr(vtpTLVs, "Unknown", kind), kind)
		if len(vlan)-i < 2+2*words {
			p.str(" (TLV goes past the end of the packet)")
			return false
		}
		if words != 1 {
			p.printf(" [TLV length %d != 1]", words)
			return false
		}
		p.vtpTLV(kind, u16(vlan, i+2), vlan[i:])
		i += 4
	}
	return true
}

// vtpTLV prints the value of the TLV at b.
func (p *Printer) vtpTLV(kind uint8, value uint16, b []byte) {
	choose := func(one, other string) {
		if value == 1 {
			other = one
		}
		p.printf(", %s (%d)", other, value)
	}
	switch kind {
	case vtpTLVHops:
		p.printf(", %d", value)
	case vtpTLVPruning:
		choose("Enabled", "Disabled")
	case vtpTLVSTPType:
		p.printf(", %s (%d)", tokStr(vtpSTPTypes, "Unknown", value), value)
	case vtpTLVBridgeType:
		choose("SRB", "SRT")
	case vtpTLVBackupCRF:
		choose("Backup", "Not backup")
	default:
		p.unknownData(b, "\n\t\t  ", 4)
	}
}
