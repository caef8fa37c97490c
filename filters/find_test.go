package filters

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
)

func TestFind(t *testing.T) {
	for _, c := range []struct {
		mode          FindMode
		text, payload string
		want          bool
	}{
		{FindRegexp, "get /", "GET /index", true},
		{FindRegexp, "user|pass", "PASSWORD", true},
		{FindRegexp, "^HTTP", "HTTP/1.1", true},
		{FindRegexp, "^TTP", "HTTP/1.1", false},
		{FindRegexp, `(?m)^host: \w+$`, "GET\nHost: abc\n", true},
		{FindRegexp, `\bcat\b`, "a cat.", true},
		{FindRegexp, `\bcat\b`, "concatenate", false},
		{FindRegexp, "a.c", "a\nc", false},
		{FindRegexp, "a.c", "a\xffc", true},
		{FindRegexp, `\xff\xfe`, "\x00\xff\xfe", true},
		{FindRegexp, `[\x80-\xff]{3}`, "ab\x80\xc0\xff", true},
		{FindRegexp, `[\x80-\xff]{4}`, "ab\x80\xc0\xffq", false},
		{FindRegexp, `[^a]`, "aAaA", false},
		{FindRegexp, `é+!`, "xéé!", true},
		{FindRegexp, `\xe9`, "\xc9", false}, // no case beyond ASCII
		{FindRegexp, `[\xe0-\xef]`, "\xc5", false},
		{FindRegexp, `\x{20ac}`, "10 €", true},
		{FindRegexp, `\Qa.b\E`, "A.B", true},
		{FindRegexp, `\Qa.b\E`, "axb", false},
		{FindRegexp, `[]x]`, "]", true},
		{FindRegexp, `a*`, "", true},
		{FindRegexp, `k`, "\u212a", false}, // the Kelvin sign is three bytes
		{FindLiteral, "GET", "GET /", true},
		{FindLiteral, "get", "GET /", false},
		{FindLiteral, "a.c", "abc", false},
		{FindLiteral, `\n`, "\n", false},
		{FindBinary, `\x00\x01\\`, "\x00\x01\\", true},
		{FindBinary, `\r\n\t\0`, "\r\n\t\x00", true},
		{FindBinary, `\xc0\x00\x02\x01`, "", true}, // the source address
		{FindHex, "48 54\t54 50", "xHTTP", true},
		{FindHex, "c0000201c0000202", "", true},
		{FindHex, "4a", "", false},
	} {
		f, err := NewFind(c.text, c.mode)
		if err != nil {
			t.Errorf("mode %d %q: %v", c.mode, c.text, err)
			continue
		}
		p := headertest.Decode(t, headertest.Spec{Payload: []byte(c.payload)})
		if got := f.Match(p); got != c.want {
			t.Errorf("mode %d %q in %q: %t, want %t", c.mode, c.text, c.payload, got, c.want)
		}
		region := p.Payload
		if f.wholePacket() {
			region = p.All
		}
		if hits := f.Hits(nil, region); (len(hits) > 0) != c.want && c.text != "a*" {
			t.Errorf("mode %d %q in %q: hits %v", c.mode, c.text, c.payload, hits)
		}
	}
}

func TestFindHits(t *testing.T) {
	for _, c := range []struct{ text, payload, want string }{
		{"ab", "xabABa", "x<ab><AB>a"},
		{`\xff+`, "\xff\xffa\xff", "<\xff\xff>a<\xff>"},
		{`é.`, "aéxéy", "a<éx><éy>"},
		{`\b\w`, "one two", "<o>ne <t>wo"},
		{`x*`, "axx", "a<xx>"},
	} {
		f, err := NewFind(c.text, FindRegexp)
		if err != nil {
			t.Fatal(err)
		}
		got, from := "", 0
		for _, h := range f.Hits(nil, []byte(c.payload)) {
			got += c.payload[from:h.Start] + "<" + c.payload[h.Start:h.End] + ">"
			from = h.End
		}
		if got += c.payload[from:]; got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFindErrors(t *testing.T) {
	for _, c := range []struct {
		mode       FindMode
		text, want string
	}{
		{FindRegexp, "", "an empty text is found everywhere"},
		{FindRegexp, "a(b", `missing closing ): "a(b"`},
		{FindRegexp, "é)", `unexpected ): "é)"`},
		{FindRegexp, `(a)\1`, `invalid escape sequence: "\1"`},
		{FindRegexp, "(?=a)", "invalid or unsupported Perl syntax: \"(?=\""},
		{FindRegexp, "a**", `invalid nested repetition operator: "**"`},
		{FindRegexp, strings.Repeat("x{999}", 20), "the pattern is too complex: repeated parts take more than 10000 steps"},
		{FindRegexp, strings.Repeat("x", MaxPattern+1), "a text of 4097 bytes is longer than 4096"},
		{FindBinary, `a\`, `"\" at byte 1: a \ at the end escapes nothing; write \\ for the character`},
		{FindBinary, "\\\n", "there are no bytes in it"},
		{FindBinary, `a\q`, `"\q" at byte 1: no escape; there are \\ \' \" \a \b \f \n \r \t \v \ooo \xNN \uNNNN \UNNNNNNNN and \N{NAME}`},
		{FindBinary, `\xg1`, `"\xg1" at byte 0: \x takes 2 hexadecimal digits`},
		{FindBinary, `ab\x1`, `"\x1" at byte 2: \x takes 2 hexadecimal digits`},
		{FindHex, "123", "3 hexadecimal digits are an odd number; each byte takes two"},
		{FindHex, "12 3x", `"x" at byte 4 is no hexadecimal digit`},
		{FindHex, " ", "there are no hexadecimal digits in it"},
	} {
		_, err := NewFind(c.text, c.mode)
		if err == nil || err.Error() != c.want {
			t.Errorf("mode %d %.20q: %v, want %s", c.mode, c.text, err, c.want)
		}
	}
}

// TestFindIsLinear: patterns that are slow elsewhere, or whose automaton does
// not fit, take their time per byte and no more.
func TestFindIsLinear(t *testing.T) {
	payload := []byte(strings.Repeat("ab", 30_000))
	for _, text := range []string{"(a*)*c", "(a|b|ab)*c", "(.*)(.*)(.*)(.*)c", "(a|b)*a(a|b){14}c", "[ab]{900}c"} {
		f, err := NewFind(text, FindRegexp)
		if err != nil {
			t.Fatal(err)
		}
		f.literal = literal{} // the automaton has to do it
		start := time.Now()
		if f.in(payload) {
			t.Errorf("%q is found", text)
		}
		if d := time.Since(start); d > testenv.Patience {
			t.Errorf("%q takes %v for %d bytes", text, d, len(payload))
		}
	}
}

// FuzzFind: a text ends in a search or an error, and the search finds what the
// standard library's finds.
func FuzzFind(f *testing.F) {
	for _, text := range []string{"a", "(a|b)*c", `\x80.`, "[^é]", `\bx\B`, "(?m)^$", "(?s:.)", "a{3,5}?", `\Q[\E`, "[[:alpha:]]", `[\]]`, `\x{20ac}`, "(?-i)A", "(?i:k)"} {
		f.Add(uint8(FindRegexp), text, []byte("abc\xff\x80 xé\nA€"))
	}
	f.Add(uint8(FindHex), "61 62", []byte("ab"))
	f.Add(uint8(FindBinary), `\x61\0`, []byte("a\x00"))
	f.Fuzz(func(t *testing.T, mode uint8, text string, payload []byte) {
		find, err := NewFind(text, FindMode(mode%4+1))
		if err != nil {
			return
		}
		payload = payload[:min(len(payload), 2000)]
		got := find.in(payload)
		if hits := find.Hits(nil, payload); len(hits) > 0 && !got {
			t.Errorf("%q in %q: hits %v, but no match", text, payload, hits)
		} else if find.exact && got != (len(hits) > 0) {
			t.Errorf("%q in %q: match %t, hits %v", text, payload, got, hits)
		}
		if find.mode != FindRegexp {
			return
		}
		re, err := regexp.Compile("(?i)" + translate(text))
		if err != nil {
			t.Fatalf("%q is accepted, %v", text, err)
		}
		var mapped []byte
		for _, c := range payload {
			mapped = appendByte(mapped, c)
		}
		if want := re.Match(mapped); got != want {
			t.Errorf("%q in %q: %t, the standard library says %t", text, payload, got, want)
		}
	})
}
