// pflog.go: log of the packet filter of BSD and macOS (OpenBSD pflog(4)).

package printer

import "github.com/tapdump/tapdump/versions"

var (
	pflogSystems = versions.Since(versions.V5_0, "pflog", "fields, reasons, actions and directions that all systems have, the ruleset only with a subrule",
		"those of FreeBSD, OpenBSD and the others, told apart by the length of the header: `[uid 1000]`, `[ridentifier 7]`, with -v `[rewritten: ...`; the ruleset always")
	pflogLengths = versions.Since(versions.V5_0, "pflog", "`[pflog: invalid header length!]`", "`[length 60 < 61] (invalid)`, `[hdrlen 60 < 61] (invalid)`, `[hdrlen 101 > 100] (invalid)`")
)

const (
	pflogMinLen  = 61 // what a header says it has, without padding
	pflogMaxLen  = 100
	pflogSize    = 64
	pflogNameLen = 16

	pflogIfName  = 4
	pflogRuleset = 20
	pflogRule    = 36
	pflogSubrule = 40
	pflogUID     = 44
	pflogDir     = 60

	pflogRuleID = 64 // FreeBSD

	pflogIsNew     = 61 // OpenBSD
	pflogNewFamily = 62
	pflogNewSrc    = 64
	pflogNewDst    = 80
	pflogNewSport  = 96
	pflogNewDport  = 98
)

// Systems have headers of their own, which their lengths tell apart.
const (
	pflogFreeBSD = 69
	pflogOpenBSD = 100
)

// What stands for none: all ones, except that the largest user of NetBSD and macOS
// has a sign bit less.
const (
	pflogNone      = 0xffffffff
	pflogNoUserOld = 0x7fffffff
)

var (
	pflogReasons = []tok{
		{0, "0(match)"},
		{1, "1(bad-offset)"},
		{2, "2(fragment)"},
		{3, "3(short)"},
		{4, "4(normalize)"},
		{5, "5(memory)"},
		{6, "6(bad-timestamp)"},
		{7, "7(congestion)"},
		{8, "8(ip-option)"},
		{9, "9(proto-cksum)"},
		{10, "10(state-mismatch)"},
		{11, "11(state-insert)"},
		{12, "12(state-limit)"},
		{13, "13(src-limit)"},
		{14, "14(synproxy)"},
	}
	pflogActions = []tok{
		{0, "pass"},
		{1, "block"},
		{2, "scrub"},
		{3, "noscrub"},
		{4, "nat"},
		{5, "nonat"},
		{6, "binat"},
		{7, "nobinat"},
		{8, "rdr"},
		{9, "nordr"},
		{10, "synproxy-drop"},
	}
	pflogDirections = []tok{
		{0, "in/out"},
		{1, "in"},
		{2, "out"},
	}
)

var (
	pflogReasonsFreeBSD = amended(pflogReasons, tok{15, "15(map-failed)"})
	pflogReasonsOpenBSD = amended(pflogReasons, tok{15, "15(translate)"}, tok{16, "16(no-route)"})
	pflogReasonsOther   = amended(pflogReasons, tok{15, "15(state-locked (NetBSD)/dummynet(Darwin)"}, tok{16, "16(invalid-port (Darwin))"})

	pflogActionsFreeBSD = amended(pflogActions, tok{11, "defer"}, tok{12, "match"})
	pflogActionsOpenBSD = amended(pflogActionsFreeBSD, tok{13, "divert"}, tok{14, "rt"}, tok{15, "afrt"})
	pflogActionsOther   = amended(pflogActions, tok{11, "dummynet (Darwin)"}, tok{12, "nodummynet (Darwin)"},
		tok{13, "nat64 (Darwin)"}, tok{14, "nonat64 (Darwin)"})

	pflogDirectionsOpenBSD = amended(pflogDirections, tok{3, "fwd"})
)

func (p *Printer) pflogLink(b []byte, length int) {
	p.proto = "pflog"
	n := p.pflogHeaderLen(b, length)
	if n == 0 {
		return
	}
	p.llHdrLen += n
	if p.eflag {
		p.pflogHeader(b)
	}
	payload := b[n:]
	switch b[1] {
	case bsdIPv4:
		p.ip4(payload, length-n)
	case bsdIPv6, bsdIPv6FreeBSD, bsdIPv6Darwin:
		p.ip6(payload, length-n)
	default:
		if !p.eflag {
			p.pflogHeader(b)
		}
		p.defaultDump(payload, len(payload))
	}
}

// pflogHeaderLen is the length of the header with its padding, or 0 where that
// cannot be; then that is printed.
func (p *Printer) pflogHeaderLen(b []byte, length int) int {
	if p.follows(pflogLengths) {
		if p.lacks("length", length, pflogMinLen) {
			return 0
		}
		n := int(u8(b, 0))
		if p.lacks("hdrlen", n, pflogMinLen) {
			return 0
		}
		if n > pflogMaxLen {
			p.refuse("hdrlen", n, ">", pflogMaxLen)
			return 0
		}
		n = (n + 3) &^ 3
		need(b, 0, n)
		return n
	}
	if len(b) == 0 {
		p.truncMark()
		return 0
	}
	n := int(b[0])
	if n < pflogMinLen {
		p.str("[pflog: invalid header length!]")
		p.llHdrLen += n
		return 0
	}
	n = (n + 3) &^ 3
	if !has(b, 0, n) || !has(b, 0, pflogSize) {
		p.truncMark()
		p.llHdrLen += n
		return 0
	}
	return n
}

func (p *Printer) pflogHeader(b []byte) {
	p.proto = "pflog"
	if p.follows(pflogSystems) {
		p.pflogHeaderOf(b)
		return
	}
	rule, subrule := u32(b, pflogRule), u32(b, pflogSubrule)
	if subrule == pflogNone {
		p.printf("rule %d/", rule)
	} else {
		p.printf("rule %d.", rule)
		p.safePadded(b[pflogRuleset:], pflogNameLen)
		p.printf(".%d/", subrule)
	}
	p.printf("%s: %s %s on ", tokStr(pflogReasons, "unkn(%d)", b[3]),
		tokStr(pflogActions, "unkn(%d)", b[2]), tokStr(pflogDirections, "unkn(%d)", b[pflogDir]))
	p.safePadded(b[pflogIfName:], pflogNameLen)
	p.str(": ")
}

// pflogHeaderOf prints a header in the way of the system that it comes from.
func (p *Printer) pflogHeaderOf(b []byte) {
	p.pflogRules(b)
	reasons, actions, directions := pflogReasonsOther, pflogActionsOther, pflogDirections
	switch b[0] {
	case pflogFreeBSD:
		reasons, actions = pflogReasonsFreeBSD, pflogActionsFreeBSD
	case pflogOpenBSD:
		reasons, actions, directions = pflogReasonsOpenBSD, pflogActionsOpenBSD, pflogDirectionsOpenBSD
	}
	p.tok(reasons, "unkn(%d)", uint32(b[3]))
	uid := u32(b, pflogUID)
	hasUID := uid != pflogNone
	if b[0] != pflogFreeBSD && b[0] != pflogOpenBSD {
		hasUID = hasUID && uid != pflogNoUserOld
	}
	if hasUID {
		p.printf(" [uid %d]", uid)
	}
	if b[0] == pflogFreeBSD {
		if id := u32(b, pflogRuleID); id != 0 {
			p.printf(" [ridentifier %d]", id)
		}
	}
	p.printf(": %s %s on ", tokStr(actions, "unkn(%d)", b[2]), tokStr(directions, "unkn(%d)", b[pflogDir]))
	p.safePadded(b[pflogIfName:], pflogNameLen)
	p.str(": ")
	if b[0] == pflogOpenBSD && p.vflag > 0 && b[pflogIsNew] != 0 {
		p.str("[rewritten: ")
		p.pflogRewritten(b, pflogNewSrc, pflogNewSport)
		p.str(", ")
		p.pflogRewritten(b, pflogNewDst, pflogNewDport)
		p.str("; ")
	}
}

// pflogRules prints the numbers of rule and subrule, each unless there is none, and
// the name of the ruleset between them.
func (p *Printer) pflogRules(b []byte) {
	rule, subrule := u32(b, pflogRule), u32(b, pflogSubrule)
	p.str("rule ")
	if rule != pflogNone {
		p.printf("%d", rule)
		if b[pflogRuleset] != 0 {
			p.char('.')
			p.safePadded(b[pflogRuleset:], pflogNameLen)
		}
		if subrule != pflogNone {
			p.printf(".%d", subrule)
		}
	}
	p.char('/')
}

// pflogRewritten prints an address and a port from after a translation, both as
// numbers. tcpdump calls the destination "src", too.
func (p *Printer) pflogRewritten(b []byte, addrAt, portAt int) {
	p.str("src ")
	switch b[pflogNewFamily] {
	case bsdIPv4:
		p.out = appendIPv4(p.out, ip4At(b, addrAt))
	case bsdIPv6:
		p.out = appendIPv6(p.out, ip6At(b, addrAt))
	default:
		p.char('?')
	}
	p.printf(":%d", u16(b, portAt))
}
