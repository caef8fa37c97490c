package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Ethernet types (IEEE 802 numbers, https://www.iana.org/assignments/ieee-802-numbers).
const (
	etherNS       = 0x0600
	etherIP       = 0x0800
	etherARP      = 0x0806
	etherMOPDL    = 0x6001
	etherMOPRC    = 0x6002
	etherDECnet   = 0x6003
	etherLAT      = 0x6004
	etherSCA      = 0x6007
	etherBridging = 0x6558 // Transparent Ethernet Bridging
	etherRARP     = 0x8035
	etherATalk    = 0x809b
	etherAARP     = 0x80f3
	ether8021Q    = 0x8100
	etherIPX      = 0x8137
	etherIPv6     = 0x86dd
	etherMPLS     = 0x8847
	etherPPPoED   = 0x8863
	etherPPPoES   = 0x8864
	etherSlow     = 0x8809
	ether8021AD   = 0x88a8
	etherLLDP     = 0x88cc
	etherLoopback = 0x9000
	etherQinQ     = 0x9100

	etherMTU = 1500 // up to here an Ethernet type is a length
)

// Service access points of IEEE 802.2, which stand for a protocol as Ethernet
// types do.
const (
	sapIP      = 0x06
	sap8021D   = 0x42
	sapSNAP    = 0xaa
	sapIPX     = 0xe0
	sapNetBEUI = 0xf0
	sapISO     = 0xfe
)

// Protocol numbers of PPP (https://www.iana.org/assignments/ppp-numbers).
const (
	pppIP        = 0x0021
	pppOSI       = 0x0023
	pppNS        = 0x0025
	pppDECnet    = 0x0027
	pppAppleTalk = 0x0029
	pppIPX       = 0x002b
	pppVJ        = 0x002d // TCP/IP with compressed headers
	pppVJNone    = 0x002f
	pppBridge    = 0x0031
	pppIPv6      = 0x0057
	pppMPLS      = 0x0281
)

// Network layer protocol identifiers (ISO/IEC TR 9577).
const (
	nlpidCLNP = 0x81
	nlpidESIS = 0x82
	nlpidISIS = 0x83
	nlpidIPv6 = 0x8e
	nlpidIP   = 0xcc
)

// linkType tests whether the payload of the link layer is of a protocol, given
// as an Ethernet type or a service access point.
func (g *generator) linkType(proto uint32) *pred {
	return g.promiseType(g.testType(proto), proto)
}

// testType is linkType without what it promises.
func (g *generator) testType(proto uint32) *pred {
	l := &g.link
	if l.labels > 0 {
		return g.mplsType(proto)
	}
	switch {
	case isEthernet(l.kind):
		var inside *pred
		if !l.inTunnel {
			inside = g.insideLink()
		}
		return and(inside, g.etherType(proto))
	case isWlan(l.kind):
		return and(g.wlanDataFrame(), g.llcType(proto))
	case isJuniper(l.kind):
		return g.maskedEqual(atLink, 0, 4, 0x4d474300, 0xffffff00)
	}
	switch l.kind {
	case capture.LinkC_HDLC, capture.LinkHDLC:
		g.checkRange(linkProtoRange, "HDLC protocol", proto, 0xffff)
		if proto == sapISO {
			proto = sapISO<<8 | sapISO
		}
		return g.equal(atType, 0, 2, proto)
	case capture.LinkFDDI, capture.LinkIEEE802, capture.LinkATM_RFC1483, capture.LinkATM_CLIP, capture.LinkIP_OVER_FC:
		return g.llcType(proto)
	case capture.LinkSUNATM:
		return and(g.atmProtocol(atmLLC), g.llcType(proto))
	case capture.LinkLINUX_SLL:
		return g.sllType(proto)
	case capture.LinkSLIP, capture.LinkSLIP_BSDOS, capture.LinkRAW:
		return g.rawType(proto)
	case capture.LinkIPV4:
		return g.always(proto == etherIP)
	case capture.LinkIPV6:
		return g.always(proto == etherIPv6)
	case capture.LinkPPP, capture.LinkPPP_PPPD, capture.LinkPPP_SERIAL, capture.LinkPPP_ETHER:
		g.checkRange(linkProtoRange, "PPP protocol", proto, 0xffff)
		return g.equal(atType, 0, 2, pppType(proto))
	case capture.LinkPPP_BSDOS:
		if proto == etherIP {
			return or(g.equal(atType, 0, 2, pppIP), g.equal(atType, 0, 2, pppVJ), g.equal(atType, 0, 2, pppVJNone))
		}
		g.checkRange(linkProtoRange, "PPP protocol", proto, 0xffff)
		return g.equal(atType, 0, 2, pppType(proto))
	case capture.LinkNULL, capture.LinkLOOP, capture.LinkENC:
		return g.loopbackType(proto)
	case capture.LinkPFLOG:
		return g.pflogType(proto)
	case capture.LinkARCNET, capture.LinkARCNET_LINUX:
		return g.arcnetType(proto)
	case capture.LinkLTALK:
		return g.always(proto == etherATalk)
	case capture.LinkFRELAY:
		return g.frameRelayType(proto)
	case capture.LinkBACNET_MS_TP:
		if g.follows(bacnetProtocols) {
			break
		}
		return g.maskedEqual(atLink, 0, 4, 0x55ff0000, 0xffff0000)
	case capture.LinkIPNET:
		return g.ipnetType(proto)
	}
	if l.kind == capture.LinkMFR || l.typ.k == notSet {
		g.reworded("link-layer type filtering not implemented for %s", g.linkName())
	}
	if name := unfilterable(l.kind); name != "" && !g.follows(syntax.Reworded) {
		g.fail("%s link-layer type filtering not implemented", name)
	}
	if l.typ.k == notSet {
		g.fail("%s link-layer type filtering not implemented", describe(l.kind))
	}
	g.checkRange(linkProtoRange, "EtherType", proto, 0xffff)
	return g.equal(atType, 0, 2, proto)
}

var (
	linkProtoRange = versions.Since(versions.V5_0, "filter: `link proto`, `ether proto`",
		"`ether proto 70000`, `ether proto 300` match nothing", "refused: `EtherType 70000 greater than maximum 65535`, `LLC DSAP 300 greater than maximum 255`")
	bacnetProtocols = versions.Since(versions.V5_0, "filter: protocols on BACNET_MS_TP",
		"`ip`, `link proto 5` hold for every packet with the preamble", "refused: `link-layer type filtering not implemented for DLT_BACNET_MS_TP (...)`")
)

// checkType refuses types of Ethernet and service access points that are none.
func (g *generator) checkType(proto uint32) {
	if proto > etherMTU {
		g.checkRange(linkProtoRange, "EtherType", proto, 0xffff)
	} else {
		g.checkRange(linkProtoRange, "LLC DSAP", proto, 0xff)
	}
}

func (g *generator) always(yes bool) *pred {
	if yes {
		return g.yes()
	}
	return g.no()
}

// unfilterable names link types, or families of them, of which libpcap does not
// know how they mark the type of the payload.
func unfilterable(l capture.LinkType) string {
	switch l {
	case capture.LinkMFR:
		return "Multi-link Frame Relay"
	case capture.LinkLINUX_IRDA:
		return "IrDA"
	case capture.LinkDOCSIS:
		return "DOCSIS"
	case capture.LinkMTP2, capture.LinkMTP2_WITH_PHDR:
		return "MTP2"
	case capture.LinkERF:
		return "ERF"
	case capture.LinkPFSYNC:
		return "PFSYNC"
	case capture.LinkLINUX_LAPD:
		return "LAPD"
	case capture.LinkUSB_FREEBSD, capture.LinkUSB_LINUX, capture.LinkUSB_LINUX_MMAPPED, capture.LinkUSBPCAP:
		return "USB"
	case capture.LinkBLUETOOTH_HCI_H4, capture.LinkBLUETOOTH_HCI_H4_WITH_PHDR:
		return "Bluetooth"
	case capture.LinkCAN20B, capture.LinkCAN_SOCKETCAN:
		return "CAN"
	case capture.LinkIEEE802_15_4, capture.LinkIEEE802_15_4_LINUX, capture.LinkIEEE802_15_4_NONASK_PHY,
		capture.LinkIEEE802_15_4_NOFCS, capture.LinkIEEE802_15_4_TAP:
		return "IEEE 802.15.4"
	case capture.LinkIEEE802_16_MAC_CPS_RADIO:
		return "IEEE 802.16"
	case capture.LinkSITA:
		return "SITA"
	case capture.LinkRAIF1:
		return "RAIF1"
	case capture.LinkIPMB_KONTRON, capture.LinkIPMB_LINUX:
		return "IPMB"
	case capture.LinkAX25_KISS:
		return "AX.25"
	case capture.LinkNFLOG:
		return "NFLOG"
	}
	return ""
}

// etherType tests the type in an Ethernet header, or the LLC header behind a
// length.
func (g *generator) etherType(proto uint32) *pred {
	isType := func(want uint32) *pred { return g.equal(atType, 0, 2, want) }
	isLength := func() *pred { return g.compare(syntax.RelLessEqual, g.load(atType, 0, 2), g.graph.Constant(etherMTU)) }
	switch proto {
	case sapISO, sapIP, sapNetBEUI:
		return and(isLength(), g.equal(atLLC, 0, 2, proto<<8|proto))
	case sapIPX: // with its own type, by LLC, without LLC, and with SNAP
		return or(isType(etherIPX), and(isLength(), or(
			g.snap(0, etherIPX),
			g.equal(atLLC, 0, 1, sapIPX),
			g.equal(atLLC, 0, 2, 0xffff))))
	case etherATalk:
		return or(isType(proto), and(isLength(), g.snap(0x080007, proto)))
	case etherAARP:
		return or(isType(proto), and(isLength(), g.snap(0, proto)))
	}
	g.checkType(proto)
	if proto <= etherMTU {
		return and(isLength(), g.equal(atType, 2, 1, proto))
	}
	return isType(proto)
}

// snap tests an LLC header with SNAP (IEEE 802, clause 9.5).
func (g *generator) snap(oui, proto uint32) *pred {
	return g.bytes(atLLC, 0, []byte{
		sapSNAP, sapSNAP, 3, byte(oui >> 16), byte(oui >> 8), byte(oui), byte(proto >> 8), byte(proto)})
}

// llcType tests the LLC header of link layers that always have one.
func (g *generator) llcType(proto uint32) *pred {
	switch {
	case proto == sapIP || proto == sapISO || proto == sapNetBEUI:
		return g.equal(atLLC, 0, 2, proto<<8|proto)
	case proto == etherATalk:
		return g.snap(0x080007, etherATalk)
	}
	g.checkType(proto)
	if proto <= etherMTU {
		return g.equal(atLLC, 0, 1, proto)
	}
	return g.equal(atLLC, 6, 2, proto)
}

// sllType tests the type of a Linux cooked packet, of which 1 stands for raw
// 802.3 and 4 for LLC.
func (g *generator) sllType(proto uint32) *pred {
	const raw8023, llc = 1, 4
	isType := func(want uint32) *pred { return g.equal(atType, 0, 2, want) }
	switch proto {
	case sapISO, sapIP, sapNetBEUI:
		return and(isType(llc), g.equal(atLLC, 0, 2, proto<<8|proto))
	case sapIPX:
		return or(isType(etherIPX), isType(raw8023),
			and(isType(llc), or(g.equal(atLLC, 0, 1, sapIPX), g.snap(0, etherIPX))))
	case etherATalk:
		return or(isType(proto), and(isType(llc), g.snap(0x080007, proto)))
	case etherAARP:
		return or(isType(proto), and(isType(llc), g.snap(0, proto)))
	}
	g.checkType(proto)
	if proto <= etherMTU {
		return and(isType(llc), g.equal(atLink, g.link.payload.k, 1, proto))
	}
	return isType(proto)
}

// rawType tests the version of an IP packet.
func (g *generator) rawType(proto uint32) *pred {
	switch proto {
	case etherIP:
		return g.maskedEqual(atLink, 0, 1, 0x40, 0xf0)
	case etherIPv6:
		return g.maskedEqual(atLink, 0, 1, 0x60, 0xf0)
	}
	return g.no()
}

// Address families as they stand in BSD's loopback headers. Systems do not
// agree on IPv6.
const (
	familyInet         = 2
	familyInet6Linux   = 10
	familyInet6NetBSD  = 24 // and OpenBSD, BSD/OS
	familyInet6FreeBSD = 28
	familyInet6Darwin  = 30
)

// loopbackType tests the address family before a packet: in network byte order
// on LOOP, in that of the writing host otherwise.
func (g *generator) loopbackType(proto uint32) *pred {
	little := g.link.kind != capture.LinkLOOP && g.mode() != ModeSavefileBig
	family := func(f uint32) *pred {
		if little {
			f = f << 24 // seen as big-endian
		}
		return g.equal(atLink, 0, 4, f)
	}
	if g.link.kind != capture.LinkLOOP && g.mode().savefile() && g.follows(familyBothOrders) {
		one := g.families(proto, family)
		little = !little
		return or(one, g.families(proto, family))
	}
	return g.families(proto, family)
}

var (
	familyBothOrders = versions.Since(versions.V5_0, "filter: `ip`, `ip6` on NULL and ENC, savefiles", "the address family in the byte order of the file", "in either byte order")
	pflogFamilies    = versions.Since(versions.V5_0, "filter: `ip6` on PFLOG, savefiles", "this system's AF_INET6", "24, 28 or 30, whatever system")
)

// families tests for the address families of a protocol.
func (g *generator) families(proto uint32, family func(uint32) *pred) *pred {
	switch proto {
	case etherIP:
		return family(familyInet)
	case etherIPv6:
		if g.mode().savefile() {
			return or(family(familyInet6Darwin), family(familyInet6NetBSD), family(familyInet6FreeBSD))
		}
		return family(familyInet6Linux)
	}
	return g.no()
}

func (g *generator) pflogType(proto uint32) *pred {
	switch proto {
	case etherIP:
		return g.equal(atLink, pflogFamily, 1, familyInet)
	case etherIPv6:
		if g.follows(pflogFamilies) && g.mode().savefile() {
			return g.families(proto, func(f uint32) *pred { return g.equal(atLink, pflogFamily, 1, f) })
		}
		return g.equal(atLink, pflogFamily, 1, familyInet6Linux)
	}
	return g.no()
}

var arcnetCodes = versions.Since(versions.V5_0, "filter: `ip`, `arp` on ARCNET", "system codes of RFC 1201 and of RFC 1051: 212 or 240, 213 or 241", "of RFC 1201: 212, 213")

// arcnetType tests the system code of an ARCNET packet, by RFC 1201 and by its
// predecessor RFC 1051.
func (g *generator) arcnetType(proto uint32) *pred {
	code := func(c uint32) *pred { return g.equal(atType, 0, 1, c) }
	switch older := !g.follows(arcnetCodes); proto {
	case etherIP:
		if older {
			return or(code(212), code(240))
		}
		return code(212)
	case etherIPv6:
		return code(196)
	case etherARP:
		if older {
			return or(code(213), code(241))
		}
		return code(213)
	case etherRARP:
		return code(214)
	case etherATalk:
		return code(221)
	}
	return g.no()
}

// frameRelayType tests the control field and the NLPID (RFC 2427).
func (g *generator) frameRelayType(proto uint32) *pred {
	nlpid := func(n uint32) *pred { return g.equal(atLink, 2, 2, 3<<8|n) }
	switch proto {
	case etherIP:
		return nlpid(nlpidIP)
	case etherIPv6:
		return nlpid(nlpidIPv6)
	case sapISO:
		return or(nlpid(nlpidCLNP), nlpid(nlpidESIS), nlpid(nlpidISIS))
	}
	return g.no()
}

func (g *generator) ipnetType(proto uint32) *pred {
	switch proto {
	case etherIP:
		return g.equal(atType, 0, 1, 2)
	case etherIPv6:
		return g.equal(atType, 0, 1, 26)
	}
	return g.no()
}

// pppType is the PPP protocol number for an Ethernet type or SAP.
func pppType(proto uint32) uint32 {
	switch proto {
	case etherIP:
		return pppIP
	case etherIPv6:
		return pppIPv6
	case etherDECnet:
		return pppDECnet
	case etherATalk:
		return pppAppleTalk
	case etherNS:
		return pppNS
	case sapISO:
		return pppOSI
	case sap8021D:
		return pppBridge
	case sapIPX:
		return pppIPX
	}
	return proto
}
