package filters

import (
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/headertest"
)

// known are facts of a test, as Facts has them.
type known struct {
	texts   map[int][]string
	numbers map[int][]int64
	decoded string
}

func (k *known) Fact(fact, n int) ([]byte, int64, bool) {
	if t := k.texts[fact]; n < len(t) {
		return []byte(t[n]), 0, true
	}
	if v := k.numbers[fact]; n < len(v) {
		return nil, v[n], true
	}
	return nil, 0, false
}

func (k *known) Decoded() []byte { return []byte(k.decoded) }

var someFacts = []Fact{
	{Names: []string{"sni", "tls_sni"}, Kind: FactText},
	{Names: []string{"http.status", "http_status"}, Kind: FactNumber},
	{Names: []string{"rtt"}, Kind: FactDuration},
	{Names: []string{"tcp"}, Kind: FactWords, Words: []string{"retransmission", "zero_window", "keep_alive"}},
}

func TestFacts(t *testing.T) {
	k := &known{
		texts:   map[int][]string{0: {"www.Example.com", "b.example"}},
		numbers: map[int][]int64{1: {200, 503}, 2: {150e6}, 3: {1 << 1}},
	}
	p := headertest.Decode(t, headertest.Spec{SrcPort: 1000, DstPort: 443})
	for text, want := range map[string]bool{
		"sni=www.example.com":                   true,
		"sni=WWW.EXAMPLE.COM":                   true,
		"tls_sni=www.example.com":               true,
		"tls-sni=*.example.com":                 true,
		"sni=*.example":                         true,
		"sni=*":                                 true,
		"sni=example.com":                       false,
		"sni=w*e*.com":                          true,
		"sni=w*x.com":                           false,
		`sni="*.example.com"`:                   false, // a star is a star
		"sni=a.example,b.example":               true,
		"sni!=a.example":                        true,
		"sni!=b.example":                        false, // one of them is
		"sni!=*.example.com,x":                  false,
		`sni~"^b\."`:                            true,
		`sni~^B\.example$`:                      true,
		`sni~"(a|b),;"`:                         false,
		`sni~"a;b|example"`:                     true,
		`sni!~"^c"`:                             true,
		`sni!~"^b"`:                             false,
		"http.status=503":                       true,
		"http.status>=500":                      true,
		"http-status>=504":                      false,
		"http.status!=404":                      true,
		"http.status!=200":                      false,
		"http.status<300; http.status>500":      true, // two answers are in it
		"rtt>100ms":                             true,
		"rtt>0.2s":                              false,
		"rtt<=150ms":                            true,
		"tcp=zero_window":                       true,
		"tcp=zero-window,keep_alive":            true,
		"tcp=Retransmission":                    false,
		"tcp!=retransmission":                   true,
		"tcp!=retransmission,zero_window":       false,
		"dest_port=443; sni=*":                  true,
		"dest_port=80; sni=*":                   false,
		"sni=*; sni!~" + `"\\.invalid$"; ttl>0`: true,
	} {
		c, err := ParseConditions(text, someFacts...)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := New(Config{Conditions: c, Facts: k}).Match(p); got != want {
			t.Errorf("%s: %t, want %t", text, got, want)
		}
		if got := New(Config{Conditions: c, Facts: &known{}}).Match(p); got {
			t.Errorf("%s: holds for a packet of which nothing is known", text)
		}
		if len(c.Facts()) == 0 || c.Match(p) {
			t.Errorf("%s: uses the facts %v, holds without any %t", text, c.Facts(), c.Match(p))
		}
	}
}

func TestFactErrors(t *testing.T) {
	for text, want := range map[string]string{
		"sni>a":          `"sni>a": text can be compared with =, !=, ~ and !~ only`,
		"sni=":           `"sni=": a value is missing at the end`,
		"sni":            `"sni": an operator is missing behind "sni"; there are = != > < >= <=`,
		"sni=a,,b":       `"sni=a,,b": a value is missing beside a comma`,
		`sni="a`:         `a quotation mark is missing at the end`,
		`sni=a;sni="b"c`: `"sni="b"c": "b"c is no text in quotes`,
		"sni~(":          "\"sni~(\": \"(\" is no regular expression: error parsing regexp: missing closing ): `(?i)(`",
		"http.status=a":  `"http.status=a": "a" is no number`,
		"http.status~4":  `"http.status~4": only text can be compared with ~`,
		"rtt>5":          `"rtt>5": "5" is no time with its unit, as in 100ms or 1.5s`,
		"tcp>keep_alive": `"tcp>keep_alive": tcp can be compared with = and != only`,
		"tcp=reset":      `"tcp=reset": there is no "reset"; there are retransmission, zero_window, keep_alive`,
		"ttl~5":          `"ttl~5": only text can be compared with ~`,
		"sna=b":          `"sna=b": there is no "sna"; there are port, client_port, src_port, dest_port, ttl, flags, seq, ack, window, mss, wscale, sack, sni, http.status, rtt, tcp`,
	} {
		if _, err := ParseConditions(text, someFacts...); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}

// TestFindDecoded: what was decrypted is searched as well.
func TestFindDecoded(t *testing.T) {
	find, err := NewFind("secret", FindRegexp)
	if err != nil {
		t.Fatal(err)
	}
	k := &known{}
	p := headertest.Decode(t, headertest.Spec{SrcPort: 1000, DstPort: 443, Payload: []byte("x")})
	for _, stream := range []bool{false, true} {
		f := New(Config{Find: find, Facts: k, Stream: stream})
		for _, decoded := range []string{"", "a SECRET", "none"} {
			k.decoded = decoded
			if got, want := f.Match(p), strings.Contains(decoded, "SECRET"); got != want {
				t.Errorf("decoded %q: %t, want %t", decoded, got, want)
			}
		}
	}
}

// TestGlobTime: a pattern of many stars takes no time that grows with their number.
func TestGlobTime(t *testing.T) {
	pattern := []byte(strings.Repeat("*a", 2000) + "*b")
	if globMatch(pattern, []byte(strings.Repeat("a", maxFactText))) {
		t.Error("a text without b is like one that ends with it")
	}
}
