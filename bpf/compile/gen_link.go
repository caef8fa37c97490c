package compile

import (
	"strconv"

	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/capture"
)

// firstMatching is the lowest number from which on link types whose headers libpcap
// knows nothing about are taken, so that only loads from the packet as a whole
// work; capture.MaxLinkType is the highest.
const firstMatching capture.LinkType = 104

// link is how the layers of a packet lie at a place in the expression: terms
// such as vlan change it for what stands to their right.
type link struct {
	kind, prev, outermost capture.LinkType

	hdr, prevHdr, outermostHdr offset
	payload                    offset // behind the header of the link layer
	typ                        offset // of the type of the payload; notSet: there is none
	nl, nlNoSNAP               uint32 // of the network header in the payload; without a SNAP header

	labels, vlans int  // mpls and vlan terms so far
	atm           bool // there is an ATM pseudo-header
	inTunnel      bool // the link layer is inside Geneve or, where libpcap has it so, VXLAN

	vpi, vci, atmProto, atmPayload uint32
	li, liHSL, sio, opc, dpc, sls  uint32
}

// linkName is what libpcap 1.11 calls the link type at hand.
func (g *generator) linkName() string {
	l := g.link.kind
	if g.onSwitchTag() {
		l = g.link.outermost
	}
	name, description := l.TextsIn(g.opts.Like)
	if name == "" {
		return "DLT " + strconv.FormatUint(uint64(l), 10)
	}
	if description != "" {
		name += " (" + description + ")"
	}
	return "DLT_" + name
}

func describe(l capture.LinkType) string {
	if d := l.Description(); d != "" {
		return d
	}
	return "DLT " + strconv.FormatUint(uint64(l), 10)
}

// headerLayout of a link type: offsets of the type and the payload, and of the
// network layer in the payload.
type headerLayout struct {
	typ, payload, nl, nlNoSNAP uint32
}

var noLayout = headerLayout{notSet, notSet, notSet, notSet}

// fixedLayout is the layout of link types whose header has a fixed length, or
// whose variable length starts at the offsets given.
func fixedLayout(l capture.LinkType) (lay headerLayout, ok bool) {
	header := uint32(l.HeaderLength())
	if l.EndsWithEtherType() {
		return headerLayout{header - 2, header, 0, 0}, true
	}
	switch l {
	case capture.LinkARCNET:
		return headerLayout{2, header, 0, 0}, true
	case capture.LinkARCNET_LINUX:
		return headerLayout{4, header, 0, 0}, true
	case capture.LinkEN10MB:
		return headerLayout{12, header, 0, 3}, true
	case capture.LinkSLIP:
		return headerLayout{notSet, header, 0, 0}, true
	case capture.LinkSLIP_BSDOS:
		return headerLayout{notSet, header, 0, 0}, true
	case capture.LinkNULL, capture.LinkLOOP:
		return headerLayout{0, header, 0, 0}, true
	case capture.LinkENC:
		return headerLayout{0, header, 0, 0}, true
	case capture.LinkPPP, capture.LinkPPP_PPPD, capture.LinkHDLC, capture.LinkPPP_SERIAL:
		return headerLayout{2, 4, 0, 0}, true
	case capture.LinkPPP_ETHER:
		return headerLayout{6, header, 0, 0}, true
	case capture.LinkPPP_BSDOS:
		return headerLayout{5, header, 0, 0}, true
	case capture.LinkFDDI:
		return headerLayout{13, header, 8, 3}, true
	case capture.LinkIEEE802:
		return headerLayout{14, 14, 8, 3}, true
	case capture.LinkPRISM_HEADER, capture.LinkIEEE802_11_RADIO_AVS, capture.LinkIEEE802_11_RADIO,
		capture.LinkIEEE802_11, capture.LinkPPI:
		return headerLayout{24, 0, 8, 3}, true
	case capture.LinkATM_RFC1483, capture.LinkATM_CLIP:
		return headerLayout{0, 0, 8, 3}, true
	case capture.LinkSUNATM:
		return headerLayout{4, header, 8, 3}, true
	case capture.LinkRAW, capture.LinkIPV4, capture.LinkIPV6, capture.LinkLTALK, capture.LinkFRELAY:
		return headerLayout{notSet, 0, 0, 0}, true
	case capture.LinkMFR:
		return headerLayout{notSet, 0, 4, 0}, true
	case capture.LinkLINUX_SLL:
		return headerLayout{14, header, 0, 0}, true
	case capture.LinkLINUX_SLL2:
		return headerLayout{0, header, 0, 0}, true
	case capture.LinkIP_OVER_FC:
		return headerLayout{16, header, 8, 3}, true
	case capture.LinkSYMANTEC_FIREWALL:
		return headerLayout{6, header, 0, 0}, true
	case capture.LinkPFLOG:
		return headerLayout{0, 0, 0, 0}, true
	case capture.LinkPFSYNC:
		return headerLayout{notSet, header, 0, 0}, true
	case capture.LinkIPNET:
		return headerLayout{1, header, 0, notSet}, true
	case capture.LinkNETANALYZER:
		return headerLayout{4 + 12, header, 0, 3}, true
	case capture.LinkNETANALYZER_TRANSPARENT:
		return headerLayout{12 + 12, header, 0, 3}, true
	}
	if lay, ok := juniperLayout(l); ok {
		return lay, true
	}
	switch l {
	case capture.LinkEN3MB, capture.LinkAX25, capture.LinkPRONET, capture.LinkCHAOS, capture.LinkREDBACK_SMARTEDGE, capture.LinkHHDLC:
		return noLayout, true
	}
	return noLayout, firstMatching <= l && l <= capture.MaxLinkType
}

func juniperLayout(l capture.LinkType) (lay headerLayout, ok bool) {
	switch l {
	case capture.LinkJUNIPER_MFR, capture.LinkJUNIPER_MLFR, capture.LinkJUNIPER_MLPPP, capture.LinkJUNIPER_PPP,
		capture.LinkJUNIPER_CHDLC, capture.LinkJUNIPER_FRELAY:
		return headerLayout{4, 4, 0, notSet}, true
	case capture.LinkJUNIPER_ATM1:
		return headerLayout{4, 4, 0, 10}, true
	case capture.LinkJUNIPER_ATM2:
		return headerLayout{8, 8, 0, 10}, true
	case capture.LinkJUNIPER_PPPOE, capture.LinkJUNIPER_ETHER:
		return headerLayout{16, 14, 18, 21}, true
	case capture.LinkJUNIPER_PPPOE_ATM:
		return headerLayout{4, 6, 0, notSet}, true
	case capture.LinkJUNIPER_GGSN:
		return headerLayout{6, 12, 0, notSet}, true
	case capture.LinkJUNIPER_MONITOR:
		return headerLayout{12, 12, 0, notSet}, true
	case capture.LinkJUNIPER_ES:
		return headerLayout{6, notSet, notSet, notSet}, true
	case capture.LinkJUNIPER_SERVICES:
		return headerLayout{12, notSet, notSet, notSet}, true
	case capture.LinkJUNIPER_VP, capture.LinkJUNIPER_ST:
		return headerLayout{18, notSet, notSet, notSet}, true
	case capture.LinkJUNIPER_ISM, capture.LinkJUNIPER_VS, capture.LinkJUNIPER_SRX_E2E,
		capture.LinkJUNIPER_FIBRECHANNEL, capture.LinkJUNIPER_ATM_CEMIC:
		return headerLayout{8, notSet, notSet, notSet}, true
	}
	return headerLayout{}, false
}

func isJuniper(l capture.LinkType) bool {
	_, ok := juniperLayout(l)
	return ok
}

// isEthernet tells link types with an Ethernet header.
func isEthernet(l capture.LinkType) bool {
	return l == capture.LinkEN10MB || l == capture.LinkNETANALYZER || l == capture.LinkNETANALYZER_TRANSPARENT
}

// hasRadioHeader tells 802.11 frames behind a header about their reception that
// libpcap can decode in full.
func hasRadioHeader(l capture.LinkType) bool {
	return l == capture.LinkPRISM_HEADER || l == capture.LinkIEEE802_11_RADIO || l == capture.LinkIEEE802_11_RADIO_AVS
}

// isWlan tells 802.11 frames, with or without a header before them.
func isWlan(l capture.LinkType) bool {
	return l == capture.LinkIEEE802_11 || l == capture.LinkPPI || hasRadioHeader(l)
}

// startLink is how a packet of the link type lies before any term.
func (g *generator) startLink(typ capture.LinkType) {
	lay, ok := fixedLayout(typ)
	if typ == capture.LinkDECT_NR_TAP && g.newerOnly() {
		lay, ok = noLayout, true
	}
	if !ok {
		g.fail("unknown data link type %d", typ)
	}
	l := &g.link
	*l = link{
		kind: typ, prev: typ, outermost: typ,
		payload: offset{k: lay.payload}, typ: offset{k: lay.typ}, nl: lay.nl, nlNoSNAP: lay.nlNoSNAP,
		vpi: notSet, vci: notSet, atmProto: notSet, atmPayload: notSet,
		li: notSet, liHSL: notSet, sio: notSet, opc: notSet, dpc: notSet, sls: notSet,
	}
	switch typ {
	case capture.LinkNETANALYZER:
		l.hdr.k = 4
	case capture.LinkNETANALYZER_TRANSPARENT:
		l.hdr.k = 12
	case capture.LinkSUNATM:
		l.atm = true
		l.vpi, l.vci, l.atmProto, l.atmPayload = 1, 2, 0, 4
	case capture.LinkMTP2:
		l.ss7(2)
	case capture.LinkMTP2_WITH_PHDR:
		l.ss7(6)
	case capture.LinkERF:
		l.ss7(22)
	case capture.LinkPFLOG:
		g.payload = g.graph.Variable()
		g.startPayload = g.set(g.payload, g.pflogLength())
		l.payload.base, l.payload.variable = g.payload, true
	}
	if isWlan(typ) {
		if typ != capture.LinkIEEE802_11 {
			hdr := g.graph.Variable()
			g.start = g.radioLength(typ, hdr)
			l.hdr.base, l.hdr.variable = hdr, true
		}
		g.payload = g.graph.Variable()
		g.startPayload = g.wlanLength(typ, l.hdr.base, g.payload)
		l.payload = offset{base: g.payload, variable: true}
	}
	if isSwitchTag(typ) && g.newerOnly() { // four bytes between the addresses and the type
		l.kind, l.typ.k, l.payload.k, l.nl, l.nlNoSNAP = capture.LinkEN10MB, 16, 18, 0, 3
	}
	l.prevHdr, l.outermostHdr = l.hdr, l.hdr
}

// onSwitchTag reports whether the link layer at hand has the tag of a switch.
func (g *generator) onSwitchTag() bool {
	l := &g.link
	return isSwitchTag(l.outermost) && l.hdr == l.outermostHdr && (l.kind == l.outermost || l.kind == capture.LinkEN10MB)
}

// isSwitchTag tells Ethernet with the tag that a switch adds for its CPU.
func isSwitchTag(l capture.LinkType) bool {
	return l == capture.LinkDSA_TAG_DSA || l == capture.LinkDSA_TAG_BRCM
}

// ss7 sets the offsets of the fields of MTP2 and MTP3 (ITU-T Q.703 and Q.704),
// the length indicator being at li.
func (l *link) ss7(li uint32) {
	l.li, l.liHSL, l.sio, l.opc, l.dpc, l.sls = li, li+2, li+1, li+2, li+2, li+5
}

// push enters a link layer inside the packet.
func (l *link) push(typ capture.LinkType, hdr offset) {
	l.prev, l.prevHdr = l.kind, l.hdr
	l.kind, l.hdr = typ, hdr
	l.inTunnel = false
}

// pflogLength is the length of the header of a PFLOG packet: its first byte,
// rounded up to a multiple of 4.
func (g *generator) pflogLength() *flow.Value {
	n := compute(g.graph, flow.OpAdd, load(g.graph, 1, 0), g.graph.Constant(3))
	return g.masked(n, 0xfffffffc)
}
