// pflog.go: log of the packet filter of BSD and macOS (OpenBSD pflog(4)).

package printer

const (
	pflogMinLen  = 61 // what a header says it has, without padding
	pflogSize    = 64
	pflogNameLen = 16

	pflogIfName  = 4
	pflogRuleset = 20
	pflogRule    = 36
	pflogSubrule = 40
	pflogDir     = 60
)

// pflogNoSubrule is the subrule of a rule that has none.
const pflogNoSubrule = 0xffffffff

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

func (p *Printer) pflogLink(b []byte, length int) {
	p.proto = "pflog"
	if len(b) == 0 {
		p.truncMark()
		return
	}
	n := int(b[0])
	if n < pflogMinLen {
		p.str("[pflog: invalid header length!]")
		p.llHdrLen += n
		return
	}
	n = (n + 3) &^ 3
	if !has(b, 0, n) || !has(b, 0, pflogSize) {
		p.truncMark()
		p.llHdrLen += n
		return
	}
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
	p.llHdrLen += n
}

func (p *Printer) pflogHeader(b []byte) {
	p.proto = "pflog"
	rule, subrule := u32(b, pflogRule), u32(b, pflogSubrule)
	if subrule == pflogNoSubrule {
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
