package compile

import (
	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// Offsets in the header of PFLOG (OpenBSD's net/if_pflog.h).
const (
	pflogFamily    = 1
	pflogAction    = 2
	pflogReason    = 3
	pflogIfname    = 4
	pflogRuleset   = 20
	pflogRule      = 36
	pflogSubrule   = 40
	pflogDirection = 60

	pflogNameSize = 16 // with a byte of zero at the end
)

// pf tests a field of the header of PFLOG.
func (g *generator) pf(t *syntax.Term) *pred {
	word := t.Op.String()
	switch t.Op {
	case syntax.TermPFRule:
		word = "rnr"
	case syntax.TermPFSubrule:
		word = "srnr"
	}
	if g.link.kind != capture.LinkPFLOG {
		g.reworded("'%s' supported only on PFLOG linktype", word)
		g.fail("%s supported only on PF linktype", word)
	}
	switch t.Op {
	case syntax.TermPFRule:
		return g.equal(atLink, pflogRule, 4, t.Num)
	case syntax.TermPFSubrule:
		return g.equal(atLink, pflogSubrule, 4, t.Num)
	case syntax.TermPFReason:
		return g.equal(atLink, pflogReason, 1, t.Num)
	case syntax.TermPFAction:
		return g.equal(atLink, pflogAction, 1, t.Num)
	case syntax.TermPFIfname:
		if len(t.Text) >= pflogNameSize {
			g.fail("ifname interface names can only be %d characters", pflogNameSize-1)
		}
		return g.bytes(atLink, pflogIfname, []byte(t.Text))
	}
	if len(t.Text) >= pflogNameSize {
		g.fail("ruleset names can only be %d characters", pflogNameSize-1)
	}
	return g.bytes(atLink, pflogRuleset, []byte(t.Text))
}

var (
	liveOnly = versions.Since(versions.V5_0, "filter: `inbound`, `outbound`, `ifindex`",
		"where the header does not say: ancillary data of Linux, for `-d` without a device, too; `inbound/outbound not supported on Ethernet when reading savefiles`",
		"`not a live capture, 'inbound' not supported on DLT_EN10MB (Ethernet)`")
	slipOutbound = versions.Since(versions.V5_0, "filter: `outbound` on SLIP", "any direction but 0", "direction 1")

	switchDirections = versions.Since(versions.V5_0, "filter: `inbound`, `outbound` on DSA_TAG_BRCM, DSA_TAG_DSA", "ancillary data of Linux", "the tag, in a live capture, too")
)

// needLive refuses words that ask for ancillary data of Linux where there is none.
func (g *generator) needLive(word string) {
	if g.follows(liveOnly) && g.mode() != ModeLive {
		g.fail("not a live capture, '%s' not supported on %s", word, g.linkName())
	}
}

// direction tests which way a packet went, where the header or the kernel says.
func (g *generator) direction(out bool) *pred {
	const linuxOutgoing = 4 // PACKET_OUTGOING of <linux/if_packet.h>
	pick := func(in, outgoing uint32) uint32 {
		if out {
			return outgoing
		}
		return in
	}
	same := func(p *pred) *pred {
		if out {
			return p
		}
		return not(p)
	}
	l := g.link.kind
	if isJuniper(l) {
		return g.maskedEqual(atLink, 3, 1, pick(1, 0), 1)
	}
	switch l {
	case capture.LinkSLIP:
		if g.follows(slipOutbound) {
			return g.equal(atLink, 0, 1, pick(0, 1))
		}
		return same(not(g.equal(atLink, 0, 1, 0)))
	case capture.LinkIPNET:
		return g.equal(atLink, 2, 2, pick(2, 1))
	case capture.LinkLINUX_SLL:
		return same(g.equal(atLink, 0, 2, linuxOutgoing))
	case capture.LinkLINUX_SLL2:
		return same(g.equal(atLink, 10, 1, linuxOutgoing))
	case capture.LinkPFLOG:
		return g.equal(atLink, pflogDirection, 1, pick(1, 2))
	case capture.LinkPPP_PPPD:
		return g.equal(atLink, 0, 1, pick(0, 1))
	}
	if g.onSwitchTag() && g.follows(switchDirections) {
		return g.switchDirection(out)
	}
	savefile := g.mode().savefile()
	if savefile && isSwitchTag(g.link.outermost) && g.newerOnly() {
		return g.switchDirection(out)
	}
	if !g.opts.directions {
		word := "inbound"
		if out {
			word = "outbound"
		}
		g.needLive(word)
	}
	if savefile && !g.opts.directions {
		g.fail("inbound/outbound not supported on %s when reading savefiles", describe(l))
	}
	return same(g.is(g.graph.Ancillary(bpf.AncPacketType), linuxOutgoing))
}

// switchDirection tests the tag of a switch: whether the packet comes from its
// CPU or goes there.
func (g *generator) switchDirection(out bool) *pred {
	fromCPU, mask := uint32(0x40), uint32(0xc0) // Marvell: command
	if g.link.outermost == capture.LinkDSA_TAG_BRCM {
		fromCPU, mask = 0x20, 0xe0 // Broadcom: opcode
	}
	if !out {
		fromCPU = 0
		if g.follows(switchDirections) && g.link.outermost == capture.LinkDSA_TAG_DSA {
			mask = 0x40 // what goes to a sniffer, too
		}
	}
	return g.maskedEqual(atLink, 12, 1, fromCPU, mask)
}

// ifindex tests the index of the interface that a packet came from.
func (g *generator) ifindex(n uint32) *pred {
	if g.link.kind == capture.LinkLINUX_SLL2 {
		return g.equal(atLink, 4, 4, n)
	}
	g.needLive("ifindex")
	if g.mode().savefile() {
		g.fail("ifindex not supported on %s when reading savefiles", describe(g.link.kind))
	}
	return g.is(g.graph.Ancillary(bpf.AncInterface), n)
}
