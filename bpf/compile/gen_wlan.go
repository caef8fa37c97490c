package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// little16 is the little-endian number in the two bytes at off.
func (g *generator) little16(off uint32) *flow.Value {
	high := compute(g.graph, flow.OpLsh, load(g.graph, 1, off+1), g.graph.Constant(8))
	return compute(g.graph, flow.OpOr, high, load(g.graph, 1, off))
}

// radioLength sets hdr to the length of the header before an 802.11 frame.
func (g *generator) radioLength(typ capture.LinkType, hdr *flow.Value) *pred {
	switch typ {
	case capture.LinkIEEE802_11_RADIO, capture.LinkPPI:
		return g.set(hdr, g.little16(2))
	case capture.LinkIEEE802_11_RADIO_AVS:
		return g.set(hdr, load(g.graph, 4, 4))
	}
	// Prism: the first word says whether it is an AVS header after all, which
	// has its length in the second word; if not, it is 144 bytes.
	avs := g.maskedEqual(atPacket, 0, 4, 0x80211000, 0xfffff000)
	return or(and(avs, g.set(hdr, load(g.graph, 4, 4))), g.set(hdr, g.graph.Constant(144)))
}

// wlanLength sets payload to where the payload of an 802.11 data frame starts.
// Other frames have none; what does not ask for data frames looks behind 24
// bytes there.
func (g *generator) wlanLength(typ capture.LinkType, hdr, payload *flow.Value) *pred {
	bits := func(v *flow.Value, mask uint32) *pred { return g.compare(syntax.RelAnd, v, g.graph.Constant(mask)) }
	length := func(k uint32) *pred { return g.set(payload, g.sum(hdr, g.graph.Constant(k))) }
	control := loadAt(g.graph, hdr, 1, 0)
	data := and(not(bits(control, 0x04)), bits(control, 0x08))
	p := or(and(bits(control, 0x80), length(26)), length(24)) // two bytes more for QoS
	if typ == capture.LinkIEEE802_11_RADIO {
		p = and(p, g.wlanPadding(payload))
	}
	return or(and(data, p), length(24))
}

// wlanPadding moves payload behind the padding that makes the header a multiple
// of 4 bytes long. Radiotap's field of flags says whether there is some; it is
// the first field but for the time stamp.
func (g *generator) wlanPadding(payload *flow.Value) *pred {
	const stamp, flags, extended = 0x01000000, 0x02000000, 0x80 // of the little-endian word at 4
	bits := func(size uint8, off, mask uint32) *pred {
		return g.compare(syntax.RelAnd, load(g.graph, size, off), g.graph.Constant(mask))
	}
	padded := and(bits(4, 4, flags), not(bits(4, 4, extended)),
		or(and(bits(4, 4, stamp), bits(1, 16, 0x20)), and(not(bits(4, 4, stamp)), bits(1, 8, 0x20))))
	up := compute(g.graph, flow.OpAnd, compute(g.graph, flow.OpAdd, payload, g.graph.Constant(3)), g.graph.Constant(^uint32(3)))
	return or(and(padded, g.set(payload, up)), g.yes())
}

// wlanDataFrame tells data frames.
func (g *generator) wlanDataFrame() *pred {
	if g.follows(fewerTests) {
		return g.maskedEqual(atLink, 0, 1, 0x08, syntax.WlanTypeMask)
	}
	return and(not(g.bits(atLink, 0, 0x04)), g.bits(atLink, 0, 0x08))
}

// wlanAddress tests one of the addresses of a frame (IEEE 802.11, clause 9.2.4.3).
func (g *generator) wlanAddress(mac []byte, dir syntax.Direction) *pred {
	address := func(off uint32) *pred { return g.bytes(atLink, off, mac) }
	notControl := func() *pred { return not(g.maskedEqual(atLink, 0, 1, syntax.WlanControl, syntax.WlanTypeMask)) }
	hasTransmitter := func() *pred {
		return or(notControl(), and(
			not(g.maskedEqual(atLink, 0, 1, 0xc0, syntax.WlanSubtypeMask)),  // CTS
			not(g.maskedEqual(atLink, 0, 1, 0xd0, syntax.WlanSubtypeMask)))) // ACK
	}
	switch dir {
	case syntax.DirSrc:
		return g.wlanSource(address)
	case syntax.DirDst:
		return g.wlanDestination(address)
	case syntax.DirBoth:
		return and(g.wlanSource(address), g.wlanDestination(address))
	case syntax.DirAddr1:
		return address(4)
	case syntax.DirAddr2:
		return and(hasTransmitter(), address(10))
	case syntax.DirAddr3:
		return and(notControl(), address(16))
	case syntax.DirAddr4:
		return and(g.maskedEqual(atLink, 1, 1, syntax.WlanBothDS, syntax.WlanDirMask), address(24))
	case syntax.DirRA:
		return and(g.bits(atLink, 0, 0x08), address(4))
	case syntax.DirTA:
		return and(g.bits(atLink, 0, 0x08), hasTransmitter(), address(10))
	}
	return or(g.wlanSource(address), g.wlanDestination(address))
}

// wlanSource applies test to the place of the source address: address 2, 3 or 4
// of a data frame, by the bits to and from the distribution system, and address
// 2 of a management frame. Control frames have none.
func (g *generator) wlanSource(test func(uint32) *pred) *pred {
	return and(not(g.bits(atLink, 0, 0x04)), or(
		and(g.bits(atLink, 0, 0x08), or(
			and(g.bits(atLink, 1, syntax.WlanFromDS), or(
				and(g.bits(atLink, 1, syntax.WlanToDS), test(24)),
				and(not(g.bits(atLink, 1, syntax.WlanToDS)), test(16)))),
			and(not(g.bits(atLink, 1, syntax.WlanFromDS)), test(10)))),
		and(not(g.bits(atLink, 0, 0x08)), test(10))))
}

// wlanDestination is the same for the destination, address 3 or 1.
func (g *generator) wlanDestination(test func(uint32) *pred) *pred {
	return and(not(g.bits(atLink, 0, 0x04)), or(
		and(g.bits(atLink, 0, 0x08), or(
			and(g.bits(atLink, 1, syntax.WlanToDS), test(16)),
			and(not(g.bits(atLink, 1, syntax.WlanToDS)), test(4)))),
		and(not(g.bits(atLink, 0, 0x08)), test(4))))
}

// knowsFrameControl tells link types on which libpcap tests frame control.
func (g *generator) knowsFrameControl() bool {
	l := g.link.kind
	return l == capture.LinkIEEE802_11 || hasRadioHeader(l) || l == capture.LinkPPI && g.newerOnly()
}

func (g *generator) wlanTypeTerm(t *syntax.Term) *pred {
	if !g.knowsFrameControl() {
		g.notOnLink("type/subtype")
		g.fail("802.11 link-layer types supported only on 802.11")
	}
	return g.maskedEqual(atLink, 0, 1, t.Num, t.Num2)
}

func (g *generator) wlanDirTerm(t *syntax.Term) *pred {
	if !g.knowsFrameControl() || g.link.kind == capture.LinkPPI && t.Num > syntax.WlanDirMask {
		g.notOnLink("dir")
		g.fail("frame direction supported only with 802.11 headers")
	}
	return g.maskedEqual(atLink, 1, 1, t.Num, syntax.WlanDirMask)
}
