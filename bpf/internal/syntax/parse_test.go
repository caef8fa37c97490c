package syntax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
)

// TestString has expressions and how they are understood.
func TestString(t *testing.T) {
	tests := []struct{ expr, want string }{
		{"", ""},
		{"tcp", "tcp"},
		{"ether", "link"}, // refused for a link type, but no matter of syntax
		{"port 80 or 443", "(src or dst port 80) or (src or dst port 443)"},
		{"tcp port 80 or 443", "(tcp src or dst port 80) or (tcp src or dst port 443)"},
		{"src host 10.0.0.1 or 10.0.0.2 and not 10.0.0.3",
			"((src host 10.0.0.1) or (src host 10.0.0.2)) and not (src host 10.0.0.3)"},
		{"host (10.0.0.1 or 10.0.0.2)", "(src or dst host 10.0.0.1) or (src or dst host 10.0.0.2)"},
		{"a.b and tcp", ""}, // no address at the beginning
		{"not tcp and udp", "not (tcp) and (udp)"},
		{"not (tcp and udp)", "not ((tcp) and (udp))"},
		{"tcp and udp or icmp", "((tcp) and (udp)) or (icmp)"},
		{"tcp or udp and icmp", "((tcp) or (udp)) and (icmp)"}, // the same precedence
		{"tcp && !udp || icmp", "((tcp) and not (udp)) or (icmp)"},
		{"src or dst port 80", "src or dst port 80"},
		{"dst and src net 10/8", ""}, // a network needs two numbers before the slash
		{"src and dst net 10.0/16", "src and dst net 10.0/16"},
		{"net 10.0.0.0 mask 255.0.0.0", "src or dst net 10.0.0.0 mask 255.0.0.0"},
		{"net 2001:db8::/32", "src or dst net 2001:db8::/32"},
		{"ether src aa:bb:cc:dd:ee:ff", "link src host aa:bb:cc:dd:ee:ff"},
		{"ether host aabb.ccdd.eeff", "link src or dst host aabb.ccdd.eeff"},
		{"link host $12", "link src or dst host $12"},
		{"ip proto \\tcp", `ip proto \tcp`},
		{"ip proto 6", "ip proto 6"},
		{"ip6 protochain 0x3c", "ip6 protochain 60"},
		{"gateway snup", "gateway snup"},
		{"wlan addr2 aa:bb:cc:dd:ee:ff", "link addr2 host aa:bb:cc:dd:ee:ff"},
		{"portrange 6000-6008", "src or dst portrange 6000-6008"},
		{"ip multicast or broadcast", "(ip multicast) or (broadcast)"},
		{"less 64 or greater 1500", "(less 64) or (greater 1500)"},
		{"byte 3 & 0x80", "byte 3 & 128"},
		{"vlan 5 and vlan and mpls (7) and pppoes 0x10 and geneve and vxlan 3",
			"(((((vlan 5) and (vlan)) and (mpls 7)) and (pppoes 16)) and (geneve)) and (vxlan 3)"},
		{"llc rnr or llc i", "(llc rnr) or (llc i)"},
		{"type mgt subtype beacon", "wlan type 0 subtype 128"},
		{"subtype rts or dir tods", "(wlan type 4 subtype 176) or (wlan dir 1)"},
		{"vpi (1 or 2) and vci > 5", "((vpi = 1) or (vpi = 2)) and (vci > 5)"},
		{"sio 3 or opc != 5", "(sio = 3) or (opc != 5)"},
		{"ifname em0 and rset x and rnr 3 and reason match and action pass",
			"((((ifname em0) and (ruleset x)) and (rulenum 3)) and (reason match)) and (action pass)"},

		{"ip[0] & 0xf != 5", "ip[0:1] & 15 != 5"},
		{"tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "tcp[13:1] & (2 | 1) != 0"},
		{"1 + 2 * 3 - 4 = 5", "(1 + (2 * 3)) - 4 = 5"},
		{"1 | 2 & 3 << 4 + 5 = 6", "1 | (2 & (3 << (4 + 5))) = 6"},
		{"-1 + 2 = 1", "-1 + 2 = 1"},
		{"- 7 % 4 + 1 = 0", "-(7 % (4 + 1)) = 0"}, // % and ^ take all to their right
		{"2 * 7 % 4 * 3 = 0", "2 * (7 % (4 * 3)) = 0"},
		{"1 ^ 2 ^ 3 = 0", "1 ^ (2 ^ 3) = 0"},
		{"ip[ip[0] & 0xf << 2:2] = 0", "ip[ip[0:1] & (15 << 2):2] = 0"},
		{"(ip[2:2]) = len", "ip[2:2] = len"},
		{"((5)) = 5 and (udp)", "(5 = 5) and (udp)"},
		{"port (80) or (443 and 8080)",
			"(src or dst port 80) or ((src or dst port 443) and (src or dst port 8080))"},
		{"host 1.1.1.1 or ((1.1.1.2 or 1.1.1.3))", ""}, // one pair of parentheses around addresses
	}
	for _, test := range tests {
		e, err := compile.Parse(test.expr)
		switch {
		case err != nil && (test.want != "" || test.expr == ""):
			t.Errorf("%s: %v, want %s", test.expr, err, test.want)
		case err == nil && e.String() != test.want:
			t.Errorf("%s: is understood as %s, want %s", test.expr, e, test.want)
		}
	}
}

// TestStringParses takes what String gives for an expression of its own.
func TestStringParses(t *testing.T) {
	exprs := []string{
		"src net 10.0.0.0/8", "ether dst 01:02:03:04:05:06", "link host $5", "-1 % 7 ^ 2 = 1 << 3", "not (tcp or udp) and icmp",
		"host 2001:db8::1 or net 2001:db8::/32", "tcp[13] & 7 != 0", "wlan ta 01:02:03:04:05:06", "port (80 or not 90)",
	}
	for _, w := range syntax.Words {
		exprs = append(exprs, w.Sample)
	}
	for _, expr := range exprs {
		e, err := compile.Parse(expr)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		again, err := compile.Parse(e.String())
		if err != nil {
			t.Errorf("%s: is understood as %s, which does not parse: %v", expr, e, err)
		} else if again.String() != e.String() {
			t.Errorf("%s: is understood as %s, and that as %s", expr, e, again)
		}
	}
}

// TestDeepNesting has expressions that nest without end.
func TestDeepNesting(t *testing.T) {
	for _, unit := range []string{"(", "not ", "! ", "-", "ip[", "host (", "port 1 or (", "(-", "1+("} {
		_, err := compile.Parse(strings.Repeat(unit, 100000))
		var e *compile.Error
		if !errors.As(err, &e) {
			t.Errorf("%q repeated: error %v, want an *compile.Error", unit, err)
		}
	}
	const maxDepth = 9990 // of libpcap's 10,000
	deep := strings.Repeat("(", maxDepth-1) + "tcp" + strings.Repeat(")", maxDepth-1)
	if _, err := compile.Parse(deep); err != nil {
		t.Errorf("%d parentheses: %v", maxDepth-1, err)
	}
}
