package filters

import (
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// regexpFind is a search for a regular expression.
func regexpFind(t *testing.T, pattern string) *Find {
	t.Helper()
	f, err := NewFind(pattern, FindRegexp)
	if err != nil {
		t.Fatalf("%q: %v", pattern, err)
	}
	return f
}

// TestBytes: which bytes the parts of a pattern stand for, by all that is found
// in a payload.
func TestBytes(t *testing.T) {
	for _, c := range []struct{ pattern, payload, want string }{
		{`\x41`, "bAa", "b<A><a>"},
		{`\x7f`, "\x7e\x7f\x80", "\x7e<\x7f>\x80"},
		{`\x80`, "\x7f\x80\x81", "\x7f<\x80>\x81"},
		{`\xff`, "\xfe\xff", "\xfe<\xff>"},
		{`\xFf`, "\xfe\xff", "\xfe<\xff>"},
		{`\x{41}`, "bAa", "b<A><a>"},
		{`\x{e9}+`, "\xe9\xe9é", "<\xe9\xe9>é"},
		{`\x{ff}`, "\xfe\xff", "\xfe<\xff>"},
		{`\x{100}+`, "\u0100\u0100\x80", "<\u0100\u0100>\x80"},
		{`\x{20ac}?x`, "€x\xacx", "<€x>\xac<x>"},
		{`\x{10ffff}`, "\U0010ffff", "<\U0010ffff>"},
		{`\101`, "bAa", "b<A><a>"},
		{`\177`, "\x7e\x7f", "\x7e<\x7f>"},
		{`\200+`, "\x80\x80\x81", "<\x80\x80>\x81"},
		{`\377`, "\xfe\xff", "\xfe<\xff>"},
		{`\3511`, "\xe91\xe9", "<\xe91>\xe9"},
		{`é+`, "éé\xa9", "<éé>\xa9"},
		{`€{2}`, "€€€", "<€€>€"},
		{"\xe9+", "\xe9\xe9", "<\xe9\xe9>"}, // no UTF-8
		{`[é]`, "é", "<\xc3><\xa9>"},        // bytes
		{`[^é]`, "aéb", "<a>é<b>"},
		{`[\x80-\x8f]`, "\x7f\x80\x8f\x90", "\x7f<\x80><\x8f>\x90"},
		{`[a-\xff]`, "`az\x80\xff", "`<a><z><\x80><\xff>"},
		{`[]\xfe]`, "]\xfe[", "<]><\xfe>["},
		{`[^]\xfe]`, "]\xfea", "]\xfe<a>"},
		{`[^]é]`, "]éx", "]é<x>"},
		{`[]é]`, "]éx", "<]><\xc3><\xa9>x"},
		{`[a]\xfe]`, "a\xfe]", "<a\xfe]>"},
		{`[\]\xfe]`, "]\xfe\\", "<]><\xfe>\\"},
		{`[[:digit:]\xfe]`, "5\xfe:", "<5><\xfe>:"},
		{`[[:digit:]é]\xfe`, "5\xfe\xc3\xfe", "<5\xfe><\xc3\xfe>"},
		{`[[:\xfe]`, "[:\xfe]", "<[><:><\xfe>]"},
		{`[[a]\xfe`, "[\xfe", "<[\xfe>"},
		{`[a]é+`, "aéé\xa9", "<aéé>\xa9"},
		{`[a]é[b]é+`, "aébéé\xa9", "<aébéé>\xa9"},
		{`]\xfe`, "]\xfe", "<]\xfe>"},
		{`\[\xfe`, "[\xfe", "<[\xfe>"},
		{`\Q[\E\xfe`, "[\xfe", "<[\xfe>"},
		{`\Qa\xfe\E`, `a\xfe`, `<a\xfe>`},
		{`\Q[é]\Eé`, "[é]é", "<[é]é>"},
		{`\Q\E\xfe`, "\xfe", "<\xfe>"},
		{`\Qa`, "aA", "<a><A>"},
		{`\\\xfe`, "\\\xfe", "<\\\xfe>"},
		{`\.`, "a.", "a<.>"},
		{`.`, "\n\xff", "\n<\xff>"},
		{`\D`, "1\xff", "1<\xff>"},
		{`\w+`, "ab\xe9c", "<ab>\xe9<c>"},
		{`k`, "Kk\u212a", "<K><k>\u212a"},
		{`[^k]`, "Kk\u212a", "Kk<\xe2><\x84><\xaa>"},
	} {
		payload := []byte(c.payload)
		got, from := "", 0
		for _, h := range regexpFind(t, c.pattern).Hits(nil, payload) {
			got += c.payload[from:h.Start] + "<" + c.payload[h.Start:h.End] + ">"
			from = h.End
		}
		if got += c.payload[from:]; got != c.want {
			t.Errorf("%q: %q, want %q", c.pattern, got, c.want)
		}
	}
}

// TestPatternErrors: what is wrong is shown as it was typed.
func TestPatternErrors(t *testing.T) {
	for pattern, want := range map[string]string{
		`a\`:          "trailing backslash at end of expression: \"\"",
		`\é`:          `invalid escape sequence: "\é"`,
		"\\\xe9":      `invalid escape sequence: "\\\xe9"`,
		`\8`:          `invalid escape sequence: "\8"`,
		`\x4`:         `invalid escape sequence: "\x4"`,
		`\x{110000}`:  `invalid escape sequence: "\x{110000"`,
		`\x{`:         `invalid escape sequence: "\x{"`,
		`[\xff-\x80]`: `invalid character class range: "` + `\xff-\x80"`,
		`[é`:          `missing closing ]: "[é"`,
		`(é`:          `missing closing ): "(é"`,
		`é)`:          `unexpected ): "é)"`,
		`+`:           `missing argument to repetition operator: "+"`,
		`é{2}{1001}`:  `invalid repeat count: "{1001}"`,
	} {
		if _, err := NewFind(pattern, FindRegexp); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", pattern, err, want)
		}
	}
}

// TestRequired: what occurs in every hit is looked for first, and alone where it
// is all.
func TestRequired(t *testing.T) {
	for _, c := range []struct {
		pattern, literal string
		fold, exact      bool
	}{
		{"tea", "tea", true, true},
		{"(tea)", "tea", true, true},
		{"(?-i)Tea", "Tea", false, true},
		{"12", "12", false, true},
		{"(tea)+", "tea", true, false},
		{"(tea){2,3}", "tea", true, false},
		{"(tea){0,3}", "", false, false},
		{"(tea)*", "", false, false},
		{"(tea)?x", "x", true, false},
		{"[0-9]tea[0-9]milk[0-9]", "milk", true, false},
		{"[0-9]tea[0-9]cup", "tea", true, false}, // the first of equals
		{"tea|milk", "", false, false},
		{"[0-9]", "", false, false},
		{`é+`, "é", false, false},
		{`\xff\x00`, "\xff\x00", false, true},
		{`(?-i)\p{Greek}`, "", false, false},
	} {
		f := regexpFind(t, c.pattern)
		if string(f.literal.lower) != c.literal || f.literal.fold != c.fold || f.exact != c.exact || (f.auto == nil) != c.exact {
			t.Errorf("%q: %q, folded %t, exact %t, automaton %t", c.pattern, f.literal.lower, f.literal.fold, f.exact, f.auto != nil)
		}
	}
}

// TestLiteralPlaces: a literal is found at every place of a text of every length,
// in either case, and beside what resembles it.
func TestLiteralPlaces(t *testing.T) {
	for _, text := range []string{"a", "qe", "eq", "aab", "tea-q", "1-2", "zz", "e\x00f", "@[`{"} {
		l := newLiteral([]byte(text), true)
		other := byte('#')
		for before := range 9 {
			for after := range 4 {
				for _, written := range []string{text, strings.ToUpper(text)} {
					for from := range before + 2 {
						b := slices.Concat(slices.Repeat([]byte{other}, before), []byte(written), slices.Repeat([]byte{other}, after))
						want := before
						if from > before {
							want = -1
						}
						if got := l.index(b, from); got != want {
							t.Errorf("%q in %q from %d: %d, want %d", text, b, from, got, want)
						}
					}
				}
			}
		}
		// Parts of it, then all of it, twice.
		for n := range len(text) {
			b := []byte(text[:n] + "#" + text[n:] + text + text)
			if got, want := l.index(b, 0), strings.Index(strings.ToLower(string(b)), strings.ToLower(text)); got != want {
				t.Errorf("%q in %q: %d, want %d", text, b, got, want)
			}
		}
		if got := l.index([]byte(text[:len(text)-1]), 0); got != -1 {
			t.Errorf("%q in less than it: %d", text, got)
		}
	}
	// Only letters have another case.
	l := newLiteral([]byte("@[`{a"), true)
	for _, b := range []string{"`[`{a", "@{`{a", "@[@{a", "@[`[a"} {
		if got := l.index([]byte(b), 0); got != -1 {
			t.Errorf("%q in %q: %d", l.lower, b, got)
		}
	}
}

// TestAutomatonRemembers: what was worked out once is not worked out again: not
// for the same text, nor for bytes that the pattern does not tell apart.
func TestAutomatonRemembers(t *testing.T) {
	for _, pattern := range []string{"(ab|cd)[0-9]+x", `\bab\d?$`, "(?m)^a.c$", "[a-f]{3}z"} {
		f := regexpFind(t, pattern)
		a := f.auto
		text := []byte("abcd0123 ab\ncd99 abq ab")
		a.search(text, startOfText)
		round := a.round
		if a.search(text, startOfText); a.round != round {
			t.Errorf("%q: %d steps are worked out again", pattern, a.round-round)
		}
		// Another digit where one was.
		if a.search([]byte("abcd4567 ab\ncd00 abq ab"), startOfText); a.round != round {
			t.Errorf("%q: %d steps are worked out for other digits", pattern, a.round-round)
		}
	}
}

// TestAutomatonBounds: a pattern with more states than are kept is searched all
// the same, and the states stay within their bound.
func TestAutomatonBounds(t *testing.T) {
	f := regexpFind(t, "[ab]*a[ab]{14}c")
	f.literal = literal{}
	text := make([]byte, 0, 20_000)
	for x := uint32(1); len(text) < cap(text); x = x*1664525 + 1013904223 {
		text = append(text, "ab"[x>>31])
	}
	most := 0
	for at := 4000; at <= len(text); at += 4000 {
		if f.in(text[:at]) {
			t.Fatal("it is found where it is not")
		}
		most = max(most, len(f.auto.states))
		if len(f.auto.states) > maxStates+startStates || f.auto.size > maxStateSize+len(f.auto.prog.Inst) || len(f.auto.states) != len(f.auto.atEnd) || 256*len(f.auto.states) != len(f.auto.next) {
			t.Fatalf("%d states with %d instructions", len(f.auto.states), f.auto.size)
		}
	}
	if most < maxStates/2 {
		t.Errorf("only %d states: the bound is not tried", most)
	}
	if !f.in(append(text, "abbbbbbbbbbbbbbc"...)) {
		t.Error("it is not found where it is")
	}
}

// TestTooComplex: patterns up to the bound are taken.
func TestTooComplex(t *testing.T) {
	instructions := func(n int) *syntax.Regexp {
		// n characters take n instructions, with two more around them.
		tree, err := syntax.Parse(strings.Repeat("x", n-2)+"", syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		return tree
	}
	prog, err := syntax.Compile(instructions(100))
	if err != nil {
		t.Fatal(err)
	}
	more := len(prog.Inst) - 100
	if _, err := newAutomaton(instructions(maxInstructions - more)); err != nil {
		t.Errorf("%d instructions: %v", maxInstructions, err)
	}
	if _, err := newAutomaton(instructions(maxInstructions - more + 1)); err != errTooComplex {
		t.Errorf("%d instructions: %v", maxInstructions+1, err)
	}
}

// TestPatternLength: texts up to the bound are taken, in each mode.
func TestPatternLength(t *testing.T) {
	for mode := FindRegexp; mode <= FindHex; mode++ {
		if _, err := NewFind(strings.Repeat("a", MaxPattern), mode); err != nil {
			t.Errorf("mode %d: %v", mode, err)
		}
		want := fmt.Sprintf("a text of %d bytes is longer than %d", MaxPattern+1, MaxPattern)
		if _, err := NewFind(strings.Repeat("a", MaxPattern+1), mode); err == nil || err.Error() != want {
			t.Errorf("mode %d: %v", mode, err)
		}
	}
	if _, err := ParseConditions(strings.Repeat(" ", MaxConditions-6) + "ttl=64"); err != nil {
		t.Error(err)
	}
	want := fmt.Sprintf("conditions of %d bytes are longer than %d", MaxConditions+1, MaxConditions)
	if _, err := ParseConditions(strings.Repeat(" ", MaxConditions-5) + "ttl=64"); err == nil || err.Error() != want {
		t.Error(err)
	}
}

// TestWholePacketOfStream: what is searched in whole packets is found there
// though streams are searched.
func TestWholePacketOfStream(t *testing.T) {
	f, err := NewFind("c0000201", FindHex) // the source address
	if err != nil {
		t.Fatal(err)
	}
	filter := New(Config{Protocols: TCP, Find: f, Stream: true})
	if !filter.Match(headertest.Decode(t, headertest.Spec{Seq: 1, Payload: []byte("x")})) {
		t.Error("the address is not found")
	}
	if filter.Match(headertest.Decode(t, headertest.Spec{Src: "192.0.2.3", Dst: "192.0.2.4", Seq: 1, Payload: []byte("x")})) {
		t.Error("another address is found")
	}
	c, err := ParseConditions("ttl=9")
	if err != nil {
		t.Fatal(err)
	}
	filter = New(Config{Protocols: TCP, Find: f, Stream: true, Conditions: c})
	if filter.Match(headertest.Decode(t, headertest.Spec{Seq: 1, Payload: []byte("x")})) {
		t.Error("conditions are left out")
	}
}

// TestFilterParts: ports, addresses and protocols, each at both ends.
func TestFilterParts(t *testing.T) {
	spec := func(src, dst string, protocol uint8, sport, dport uint16) *header.Packet {
		return headertest.Decode(t, headertest.Spec{Src: src, Dst: dst, Protocol: protocol, SrcPort: sport, DstPort: dport})
	}
	const a, b, c = "192.0.2.1", "192.0.2.2", "198.51.100.1"
	ports := New(Config{Protocols: AllProtocols, Ports: []uint16{0, 63, 64, 65535}})
	for _, x := range []struct {
		sport, dport uint16
		want         bool
	}{{0, 9, true}, {9, 0, true}, {63, 9, true}, {9, 64, true}, {65535, 9, true}, {9, 9, false}, {1, 62, false}, {65, 65534, false}, {127, 128, false}} {
		if got := ports.Match(spec(a, b, 6, x.sport, x.dport)); got != x.want {
			t.Errorf("ports %d, %d: %t", x.sport, x.dport, got)
		}
	}
	if ports.Match(spec(a, b, 1, 0, 0)) {
		t.Error("ICMP has a port")
	}
	addresses := New(Config{Protocols: AllProtocols, Addresses: prefixesOfText("192.0.2.1/31", "192.0.2.128/25", "198.51.100.1/32", "2001:db8::/32", "fe80::1/128")})
	for _, x := range []struct {
		src, dst string
		want     bool
	}{
		{"192.0.2.0", "10.0.0.1", true}, {"10.0.0.1", "192.0.2.1", true}, {"192.0.2.2", "10.0.0.1", false}, {"192.0.2.127", "192.0.2.3", false},
		{"10.0.0.1", "192.0.2.200", true}, {"198.51.100.0", "198.51.100.2", false}, {c, "10.0.0.1", true},
		{"2001:db8:ffff::1", "fe80::2", true}, {"2001:db9::1", "fe80::2", false}, {"2001:db9::1", "fe80::1", true},
	} {
		if got := addresses.Match(spec(x.src, x.dst, 17, 1, 2)); got != x.want {
			t.Errorf("%s, %s: %t", x.src, x.dst, got)
		}
	}
	for protocol, set := range map[uint8]Protocols{6: TCP, 17: UDP, 1: ICMP} {
		for _, asked := range []Protocols{TCP, UDP, ICMP, TCP | UDP, UDP | ICMP, TCP | ICMP, AllProtocols} {
			if got := New(Config{Protocols: asked}).Concerns(spec(a, b, protocol, 1, 2)); got != (asked&set != 0) {
				t.Errorf("protocol %d of %b: %t", protocol, asked, got)
			}
		}
	}
}

// TestHitsInPacket: hits are ranges of the packet from its IP header on; without a
// search there is none.
func TestHitsInPacket(t *testing.T) {
	for _, c := range []struct {
		text   string
		mode   FindMode
		want   string
		stream bool
	}{
		{"ab", FindRegexp, "[{9 9} {41 43} {44 46}]", false},
		{"ab", FindLiteral, "[{9 9} {41 43} {44 46}]", true},
		{"6162", FindHex, "[{9 9} {41 43} {44 46}]", false},
		{"c000", FindHex, "[{9 9} {12 14} {16 18}]", true}, // both addresses
	} {
		f, err := NewFind(c.text, c.mode)
		if err != nil {
			t.Fatal(err)
		}
		filter := New(Config{Protocols: TCP, Find: f, Stream: c.stream})
		p := headertest.Decode(t, headertest.Spec{Seq: 1, Payload: []byte("-ab-abc")})
		if !filter.Match(p) {
			t.Errorf("%q is not found", c.text)
		}
		if got := fmt.Sprint(filter.Hits([]Range{{9, 9}}, p)); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
	if got := New(Config{Protocols: TCP}).Hits([]Range{{1, 2}}, headertest.Decode(t, headertest.Spec{})); len(got) != 1 {
		t.Errorf("without a search: %v", got)
	}
}
