package syntax_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/versions"
)

// expectedAfter are the words that expr may go on with.
func expectedAfter(expr string, like versions.Version) (words []string) {
	_, found := syntax.Expected(expr, like)
	for _, w := range found {
		words = append(words, w.Text)
	}
	return words
}

// TestExpected: what may stand where the parser is, and what may not.
func TestExpected(t *testing.T) {
	for _, test := range []struct {
		expr      string
		has, lack string
	}{
		{"", "tcp not host len vxlan", "and tcp-syn fisu beacon rnr"},
		{"tcp ", "port src dst and or", "tcp udp not"},
		{"tcp po", "port portrange", "protochain"},
		{"tcp port ", "not", "tcp-syn port http"},
		{"tcp port 80 ", "and or", "not port tcp"},
		{"tcp port 80 and ", "tcp not host", "and or"},
		{"src ", "host net port portrange and or", "tcp src"},
		{"src or ", "dst", "src tcp host"},
		{"(tcp or u", "udp", "tcp"},
		{"tcp[", "tcpflags len tcp-syn", "port host"},
		{"tcp[tcpfl", "tcpflags", "tcp-fin"},
		{"tcp[tcpflags] & tcp-s", "tcp-syn", "tcp-ack tcp"},
		{"tcp[tcpflags] & (tcp-syn|tcp-", "tcp-ack tcp-fin", "tcp"},
		{"host ", "not", "vxlan beacon tcp"},
		{"host v", "", "vxlan vlan"},
		{"not v", "vlan vxlan vrrp", "tcp"},
		{"net 10.0.0.0 ", "mask and", "tcp"},
		{"ether ", "broadcast multicast host proto", "tcp"},
		{"type ", "mgt ctl data", "beacon tcp"},
		{"type mgt ", "subtype and", "beacon"},
		{"type mgt subtype b", "beacon", "bar"},
		{"type ctl subtype b", "bar ba", "beacon"},
		{"dir ", "tods fromds", "tcp"},
		{"llc ", "i s u rr ui", "tcp"},
		{"llc rn", "rnr", "rulenum"},
		{"reason ", "match short", "pass tcp"},
		{"action ", "pass block", "short"},
		{"sub", "subtype subrulenum", "tcp"},
		{"fis", "fisu", "tcp"},
		{"dire", "direction", "dir"},
		{`ether proto \i`, "", "ip icmp"},
		{"tcp udp ", "", "and or"},
		{"portt ", "", "and"},
		{"host 1.2.3.4.5:: ", "", "and"},
	} {
		words := expectedAfter(test.expr, versions.V4_99_6)
		for _, w := range strings.Fields(test.has) {
			if !slices.Contains(words, w) {
				t.Errorf("%q: %q is not among %q", test.expr, w, words)
			}
		}
		for _, w := range strings.Fields(test.lack) {
			if slices.Contains(words, w) {
				t.Errorf("%q: %q is among %q", test.expr, w, words)
			}
		}
		if test.has == "" && len(words) > 0 {
			t.Errorf("%q: %q, and none are expected", test.expr, words)
		}
	}
	if words := expectedAfter(strings.Repeat("tcp or ", 1000), versions.V4_99_6); words != nil {
		t.Errorf("a long expression: %q", words)
	}
}

// TestExpectedWords: every word of the language is found where its sample has it, in
// every version, if it is begun by a letter and whole.
func TestExpectedWords(t *testing.T) {
	for _, like := range versions.All() {
		for _, w := range syntax.Words {
			at := strings.Index(replaceWord(w.Sample, w.Text, "\x00"), "\x00")
			for _, begun := range []string{w.Text[:1], w.Text} {
				from, found := syntax.Expected(w.Sample[:at]+begun, like)
				if from != at || !slices.ContainsFunc(found, func(f syntax.Word) bool { return f.Text == w.Text && f.Sample == w.Sample }) {
					t.Errorf("%s: %q: %q is not found", like, w.Sample[:at]+begun, w.Text)
				}
			}
		}
	}
}
