package syntax

import (
	"strings"

	"github.com/tapdump/tapdump/versions"
)

// keywordTerm parses a term that a word of its own begins.
func (p *parser) keywordTerm() *Term {
	t := &Term{Op: TermOp(p.tok.num), Pos: p.tok.pos}
	p.advance()
	switch t.Op {
	case TermLess, TermGreater:
		t.Num = p.want(tokenNumber, "a length in bytes").num
		t.HasNum = true
	case TermByte:
		p.byteTerm(t)
	case TermIfindex:
		t.Num = p.want(tokenNumber, "the index of an interface").num
		t.HasNum = true
	case TermVLAN, TermMPLS, TermPPPoES, TermGeneve, TermVXLAN:
		var tok token
		tok, t.HasNum = p.parenNumber()
		t.Num = tok.num
	case TermLLC:
		p.llc(t)
	case TermPFIfname, TermPFRuleset:
		t.Text = p.want(tokenName, "a name").text
	case TermPFRule, TermPFSubrule:
		t.Num = p.want(tokenNumber, "the number of a rule").num
		t.HasNum = true
	case TermPFReason, TermPFAction:
		p.pf(t)
	}
	t.Pos = p.from(t.Pos.Start)
	return p.doneTerm(t)
}

// byteTerm parses `byte` OFFSET OPERATOR VALUE.
func (p *parser) byteTerm(t *Term) {
	t.Num = p.want(tokenNumber, "the offset of a byte").num
	switch p.tok.kind {
	case tokenEqual:
		t.Rel = RelEqual
	case tokenLess:
		t.Rel = RelLess
	case tokenGreater:
		t.Rel = RelGreater
	case tokenAmpersand:
		t.Rel = RelAnd
	case tokenBar:
		t.Rel = RelOr
	default:
		p.fail("`=`, `<`, `>`, `&` or `|`")
	}
	p.advance()
	t.Num2 = p.want(tokenNumber, "a value").num
}

// option is a word and what it stands for.
type option struct {
	word  string
	value uint32
}

func findOption(options []option, word string) (uint32, bool) {
	for _, o := range options {
		if strings.EqualFold(o.word, word) {
			return o.value, true
		}
	}
	return 0, false
}

func optionWords(options []option) string {
	words := make([]string, len(options))
	for i, o := range options {
		words[i] = "`" + o.word + "`"
	}
	return strings.Join(words, ", ")
}

// What `llc` may ask of the control field: num of the byte at offset 2 under
// the mask num2 (IEEE 802.2, clause 5.2).
const (
	llcSupervisoryMask = 0x0f
	llcUnnumberedMask  = 0xef
)

var llcSupervisory = []option{{"rr", 0x01}, {"rnr", 0x05}, {"rej", 0x09}}

var llcUnnumbered = []option{
	{"ui", 0x03}, {"ua", 0x63}, {"disc", 0x43}, {"dm", 0x0f},
	{"sabme", 0x6f}, {"test", 0xe3}, {"xid", 0xaf}, {"frmr", 0x87},
}

// llc parses what may follow the word. In the term, num2 is a mask over the
// control field, 0 for no test of it, and num what must be under it.
func (p *parser) llc(t *Term) {
	tok := p.tok
	word := tok.text
	switch {
	case tok.kind == tokenName:
	case tok.kind == tokenTerm && TermOp(tok.num) == TermPFRule: // the word rnr is one of PF's, too
		word = "rnr"
	default:
		return
	}
	t.Text = word
	p.llcWord(t, tok)
	p.advance()
}

func (p *parser) llcWord(t *Term, tok token) {
	var ok bool
	switch strings.ToLower(t.Text) {
	case "i":
		t.Num, t.Num2 = 0, 0x01
		return
	case "s":
		t.Num, t.Num2 = 0x01, 0x03
		return
	case "u":
		t.Num, t.Num2 = 0x03, 0x03
		return
	}
	if t.Num, ok = findOption(llcSupervisory, t.Text); ok {
		t.Num2 = llcSupervisoryMask
	} else if t.Num, ok = findOption(llcUnnumbered, t.Text); ok {
		t.Num2 = llcUnnumberedMask
	} else {
		p.failAt(tok.pos, "`i`, `s`, `u`, "+optionWords(llcSupervisory)+", "+optionWords(llcUnnumbered),
			"unknown LLC type name \"%s\"", t.Text)
	}
}

var wlanTypes = []option{
	{"data", wlanData}, {"mgt", wlanManagement}, {"management", wlanManagement}, {"ctl", WlanControl}, {"control", WlanControl},
}

var wlanManagementSubtypes = []option{
	{"assocreq", 0x00}, {"assoc-req", 0x00}, {"assocresp", 0x10}, {"assoc-resp", 0x10},
	{"reassocreq", 0x20}, {"reassoc-req", 0x20}, {"reassocresp", 0x30}, {"reassoc-resp", 0x30},
	{"probereq", 0x40}, {"probe-req", 0x40}, {"proberesp", 0x50}, {"probe-resp", 0x50},
	{"beacon", 0x80}, {"atim", 0x90}, {"disassoc", 0xa0}, {"disassociation", 0xa0},
	{"auth", 0xb0}, {"authentication", 0xb0}, {"deauth", 0xc0}, {"deauthentication", 0xc0},
}

var wlanControlSubtypes = []option{
	{"ps-poll", 0xa0}, {"rts", 0xb0}, {"cts", 0xc0}, {"ack", 0xd0}, {"cf-end", 0xe0}, {"cf-end-ack", 0xf0},
}

var wlanDataSubtypes = []option{
	{"data", 0x00}, {"data-cf-ack", 0x10}, {"data-cf-poll", 0x20}, {"data-cf-ack-poll", 0x30},
	{"null", 0x40}, {"cf-ack", 0x50}, {"cf-poll", 0x60}, {"cf-ack-poll", 0x70},
	{"qos-data", 0x80}, {"qos-data-cf-ack", 0x90}, {"qos-data-cf-poll", 0xa0}, {"qos-data-cf-ack-poll", 0xb0},
	{"qos", 0xc0}, {"qos-cf-poll", 0xe0}, {"qos-cf-ack-poll", 0xf0},
}

var wlanDirections = []option{{"nods", wlanNoDS}, {"tods", WlanToDS}, {"fromds", WlanFromDS}, {"dstods", WlanBothDS}}

// wlanNewerSubtypes are control frames that libpcap 1.10 does not know.
var wlanNewerSubtypes = []option{{"bar", 0x80}, {"ba", 0x90}}

// findWlanSubtype finds a subtype of frames of a type.
func (p *parser) findWlanSubtype(typ uint32, word string) (uint32, bool) {
	v, ok := findOption(wlanSubtypes(typ), word)
	if !ok && p.newer && typ == WlanControl {
		v, ok = findOption(wlanNewerSubtypes, word)
		p.expr.Newer = p.expr.Newer || ok
	}
	return v, ok
}

func wlanSubtypes(typ uint32) []option {
	switch typ {
	case wlanManagement:
		return wlanManagementSubtypes
	case WlanControl:
		return wlanControlSubtypes
	case wlanData:
		return wlanDataSubtypes
	}
	return nil
}

// wlan parses `type`, `subtype` and `dir` of 802.11 frames.
func (p *parser) wlan(t *Term) {
	kind := p.tok.kind
	p.advance()
	switch kind {
	case tokenWlanDir:
		t.Op = TermWlanDir
		t.Num = p.wlanDirection()
		return
	case tokenWlanSubtype:
		t.Op, t.Num2 = TermWlanType, WlanTypeMask|WlanSubtypeMask
		t.Num = p.wlanAnySubtype()
		return
	}
	t.Op, t.Num2 = TermWlanType, WlanTypeMask
	t.Num = p.wlanType()
	if p.accept(tokenWlanSubtype) {
		t.Num2 |= WlanSubtypeMask
		t.Num |= p.wlanSubtype(t.Num)
	}
}

func (p *parser) wlanType() uint32 {
	tok := p.tok
	switch tok.kind {
	case tokenNumber:
		if tok.num&^WlanTypeMask != 0 {
			p.failAt(tok.pos, "0x00, 0x04, 0x08 or 0x0c", "invalid 802.11 type value 0x%02x", tok.num)
		}
		p.advance()
		return tok.num
	case tokenName:
		v, ok := findOption(wlanTypes, tok.text)
		if !ok {
			p.failAt(tok.pos, optionWords(wlanTypes), "unknown 802.11 type name \"%s\"", tok.text)
		}
		p.advance()
		return v
	}
	p.fail(optionWords(wlanTypes))
	return 0
}

func (p *parser) wlanSubtype(typ uint32) uint32 {
	tok, options := p.tok, wlanSubtypes(typ)
	switch tok.kind {
	case tokenNumber:
		if tok.num&^WlanSubtypeMask != 0 {
			p.failAt(tok.pos, "a multiple of 16 up to 0xf0", "invalid 802.11 subtype value 0x%02x", tok.num)
		}
		p.advance()
		return tok.num
	case tokenName:
		if options == nil {
			p.failAt(tok.pos, "", "unknown 802.11 type")
			return 0
		}
		v, ok := p.findWlanSubtype(typ, tok.text)
		if !ok {
			p.failAt(tok.pos, optionWords(options), "unknown 802.11 subtype name \"%s\"", tok.text)
		}
		p.advance()
		return v
	}
	p.fail("a subtype: " + optionWords(options))
	return 0
}

// wlanAnySubtype is a subtype with the type that it belongs to.
func (p *parser) wlanAnySubtype() uint32 {
	tok := p.tok
	if tok.kind != tokenName {
		p.fail("the name of a subtype")
		return 0
	}
	for _, typ := range [...]uint32{wlanManagement, WlanControl, wlanData} {
		if v, ok := p.findWlanSubtype(typ, tok.text); ok {
			p.advance()
			return v | typ
		}
	}
	p.failAt(tok.pos, "the name of a subtype such as `beacon`, `rts` or `qos-data`", "unknown 802.11 type name")
	return 0
}

var directionRange = versions.Since(versions.V5_0, "filter: `dir`", "`dir 4` matches nothing", "refused: `invalid 802.11 direction value 0x4`")

func (p *parser) wlanDirection() uint32 {
	tok := p.tok
	switch tok.kind {
	case tokenNumber:
		if tok.num > WlanDirMask && directionRange.In(p.like) {
			p.failAt(tok.pos, "0 to 3", "invalid 802.11 direction value 0x%x", tok.num)
		}
		p.advance()
		return tok.num
	case tokenName:
		v, ok := findOption(wlanDirections, tok.text)
		if !ok {
			p.failAt(tok.pos, optionWords(wlanDirections), "unknown 802.11 direction")
		}
		p.advance()
		return v
	}
	p.fail(optionWords(wlanDirections))
	return 0
}

// Reasons and actions of OpenBSD's PF, net/pfvar.h.
var pfReasons = []option{
	{"match", 0}, {"bad-offset", 1}, {"fragment", 2}, {"short", 3}, {"normalize", 4}, {"memory", 5},
	{"bad-timestamp", 6}, {"congestion", 7}, {"ip-option", 8}, {"proto-cksum", 9}, {"state-mismatch", 10},
	{"state-insert", 11}, {"state-limit", 12}, {"src-limit", 13}, {"synproxy", 14},
}

var pfActions = []option{
	{"pass", 0}, {"accept", 0}, {"drop", 1}, {"block", 1}, {"scrub", 2}, {"noscrub", 3}, {"nat", 4}, {"nonat", 5},
	{"binat", 6}, {"nobinat", 7}, {"rdr", 8}, {"nordr", 9}, {"synproxy-drop", 10},
}

// pf parses what follows `reason` and `action`.
func (p *parser) pf(t *Term) {
	options, what := pfReasons, "reason"
	if t.Op == TermPFAction {
		options, what = pfActions, "action"
	}
	tok := p.tok
	switch {
	case tok.kind == tokenName:
		var ok bool
		if t.Num, ok = findOption(options, tok.text); !ok {
			p.failAt(tok.pos, optionWords(options), "unknown PF %s \"%s\"", what, tok.text)
		}
		t.Text = tok.text
	case tok.kind == tokenNumber && t.Op == TermPFReason:
		t.Num, t.HasNum = tok.num, true
	default:
		p.fail(optionWords(options))
	}
	p.advance()
}

// field parses a field of ATM or SS7 with what it is compared with: a number, a
// comparison, or numbers in parentheses with or between them.
func (p *parser) field() *Term {
	word := p.tok
	p.advance()
	one := func(rel Relation, tok token) *Term {
		return p.doneTerm(&Term{Op: TermOp(word.num), Rel: rel, Num: tok.num, Pos: p.from(word.pos.Start)})
	}
	number := func() *Term {
		tok := p.want(tokenNumber, "a number")
		return one(RelEqual, tok)
	}
	if rel, ok := p.comparison(); ok {
		return one(rel, p.want(tokenNumber, "a number"))
	}
	if p.tok.kind != tokenLeftParen {
		return number()
	}
	p.advance()
	t := number()
	for p.accept(tokenOr) {
		t = join(TermOr, t, number())
	}
	p.want(tokenRightParen, "`or` or `)`")
	if p.err == nil {
		t.Pos = p.from(word.pos.Start)
	}
	return t
}
