// snap.go: the subnetwork access protocol (IEEE Std 802, RFC 1042; bridged
// frames RFC 2684).

package printer

const snapHeaderLen = 5

const (
	snapEthernet     = 0x000000
	snapCisco        = 0x00000c
	snapCiscoBridged = 0x0000f8
	snapBridged      = 0x0080c2
	snapAppleTalk    = 0x080007
)

// Protocol identifiers of Cisco's.
const (
	snapCiscoUDLD = 0x0111
	snapCiscoPVST = 0x010b
	snapCiscoVLAN = 0x010c
	snapCiscoCDP  = 0x2000
	snapCiscoVTP  = 0x2003
	snapCiscoDTP  = 0x2004
)

var snapCiscoNames = []tok{
	{snapCiscoCDP, "CDP"},
	{snapCiscoVTP, "VTP"},
	{snapCiscoDTP, "DTP"},
	{snapCiscoUDLD, "UDLD"},
	{snapCiscoPVST, "PVST"},
	{snapCiscoVLAN, "VLAN Bridge"},
}

// Bridged protocols (RFC 2684 section 5.2).
const (
	snapEthernetFCS  = 0x0001
	snapEthernetBare = 0x0007
	snapTokenFCS     = 0x0003
	snapTokenBare    = 0x0009
	snapFDDIFCS      = 0x0004
	snapFDDIBare     = 0x000a
	snapBPDU         = 0x000e
)

var snapBridgedNames = []tok{
	{snapEthernetFCS, "Ethernet + FCS"},
	{snapEthernetBare, "Ethernet w/o FCS"},
	{0x0002, "802.4 + FCS"},
	{0x0008, "802.4 w/o FCS"},
	{snapTokenFCS, "Token Ring + FCS"},
	{snapTokenBare, "Token Ring w/o FCS"},
	{snapFDDIFCS, "FDDI + FCS"},
	{snapFDDIBare, "FDDI w/o FCS"},
	{0x0005, "802.6 + FCS"},
	{0x000b, "802.6 w/o FCS"},
	{snapBPDU, "BPDU"},
}

// snap prints a SNAP header with its payload; bridgePad is how many bytes stand
// in front of a bridged frame. It reports whether it printed the payload.
func (p *Printer) snap(b []byte, length int, src, dst linkAddr, bridgePad int) bool {
	p.proto = "snap"
	if len(b) < snapHeaderLen || length < snapHeaderLen {
		p.truncMark()
		return true
	}
	oui, pid := u24(b, 0), u16(b, 3)
	b, length = b[snapHeaderLen:], length-snapHeaderLen
	if p.eflag {
		word := "pid"
		if oui == snapEthernet {
			word = "ethertype"
		}
		p.printf("oui %s (0x%06x), %s %s (0x%04x), length %d: ", tokStr(p.ouiTable(), "Unknown", oui), oui,
			word, tokStr(snapNames(oui), "Unknown", pid), pid, uint32(length))
	}
	switch oui {
	case snapEthernet, snapCiscoBridged:
		if p.etherType(pid, b, length, src, dst) {
			return true
		}
	case snapAppleTalk:
		if pid == etherAppleTalk && p.etherType(pid, b, length, src, dst) {
			return true
		}
	case snapCisco:
		if p.snapCisco(pid, b, length) {
			return true
		}
	case snapBridged:
		if p.snapBridged(pid, b, length, bridgePad) {
			return true
		}
	}
	if !p.eflag {
		p.snapHeader(oui, pid, length, src, dst)
	}
	return false
}

// snapNames are the names of an organization's protocols.
func snapNames(oui uint32) []tok {
	switch oui {
	case snapEthernet, snapCiscoBridged, snapAppleTalk:
		return etherTypeNames
	case snapCisco:
		return snapCiscoNames
	case snapBridged:
		return snapBridgedNames
	}
	return nil
}

func (p *Printer) snapHeader(oui uint32, pid uint16, length int, src, dst linkAddr) {
	if src.isSet() && dst.isSet() {
		p.printf("%s > %s ", src, dst)
	}
	if oui == snapEthernet {
		p.printf("SNAP, ethertype %s (0x%04x), length %d: ",
			tokStr(etherTypeNames, "Unknown", pid), pid, uint32(length))
		return
	}
	p.printf("SNAP, oui %s (0x%06x), pid %s (0x%04x), length %d: ", tokStr(p.ouiTable(), "Unknown", oui), oui,
		tokStr(snapNames(oui), "Unknown", pid), pid, uint32(length))
}

func (p *Printer) snapCisco(pid uint16, b []byte, length int) bool {
	switch pid {
	case snapCiscoCDP:
		p.cdp(b, length)
	case snapCiscoDTP:
		p.dtp(b, length)
	case snapCiscoUDLD:
		p.udld(b, length)
	case snapCiscoVTP:
		p.vtp(b, length)
	case snapCiscoPVST, snapCiscoVLAN:
		p.stp(b, length)
	default:
		return false
	}
	return true
}

// snapBridged prints a bridged frame behind its padding and reports whether
// the protocol is known.
func (p *Printer) snapBridged(pid uint16, b []byte, length, pad int) bool {
	switch pid {
	case snapFDDIFCS, snapFDDIBare:
		pad++
	case snapBPDU:
		p.stp(b, length)
		return true
	}
	switch pid {
	case snapEthernetFCS, snapEthernetBare, snapTokenFCS, snapTokenBare, snapFDDIFCS, snapFDDIBare:
	default:
		return false
	}
	if !has(b, 0, pad) {
		p.truncMark()
		return true
	}
	b, length = b[pad:], length-pad
	switch pid {
	case snapEthernetFCS, snapEthernetBare:
		p.ether(b, length)
	case snapTokenFCS, snapTokenBare:
		p.token(b, length)
	default:
		p.fddi(b, length)
	}
	return true
}
