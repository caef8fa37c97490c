package compile

import (
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestHints has what is said about expressions that compile.
func TestHints(t *testing.T) {
	tests := []struct {
		link   capture.LinkType
		mode   Mode
		expr   string
		detail []string // of all hints
	}{
		{expr: "tcp[tcpflags] & tcp-syn = 1", detail: []string{
			"no packet can match",
			"  tcp[tcpflags] & tcp-syn = 1",
			"  ^^^^^^^^^^^^^^^^^^^^^^^^^^^",
			"`tcp[tcpflags] & tcp-syn = 1` cannot hold",
			"did you mean: tcp[tcpflags] & tcp-syn != 0"}},
		{expr: "arp or tcp[13] & 16 = 1", detail: []string{
			"no packet can match a part of the expression",
			"  arp or tcp[13] & 16 = 1",
			"         ^^^^^^^^^^^^^^^^",
			"`tcp[13] & 16 = 1` cannot hold",
			"did you mean: arp or tcp[13] & 16 != 0"}},
		{expr: "ip[8] > 255", detail: []string{
			"no packet can match",
			"  ip[8] > 255",
			"  ^^^^^^^^^^^",
			"`ip[8] > 255` cannot hold"}},
		{expr: "ip[8] > 64 and ip[8] < 32", detail: []string{
			"no packet can match",
			"  ip[8] > 64 and ip[8] < 32",
			"                 ^^^^^^^^^^",
			"`ip[8] < 32` contradicts `ip[8] > 64`"}},
		{link: capture.LinkIEEE802_11, expr: "ip6 and tcp[13] = 2", detail: []string{ // libpcap refuses it elsewhere
			"no packet can match",
			"  ip6 and tcp[13] = 2",
			"          ^^^^^^^^^^^",
			"`tcp[13] = 2` contradicts `ip6`",
			"did you mean: ip6 and ip6[6] = 6 and ip6[40 + 13] = 2"}},
		{expr: "not tcp or not udp", detail: []string{
			"every packet matches",
			"  not tcp or not udp",
			"  ^^^^^^^^^^^^^^^^^^",
			"did you mean: not tcp and not udp"}},
		{expr: "tcp and dst 443", detail: []string{
			"443 is an address here: 0.0.1.187",
			"  tcp and dst 443",
			"          ^^^^^^^",
			"did you mean: tcp and dst port 443"}},
		{expr: "vlan or port 80", detail: []string{
			"`port 80` looks behind the tag that `vlan` stands for",
			"  vlan or port 80",
			"          ^^^^^^^",
			"did you mean: port 80 or vlan"}},
		{expr: "arp or (vlan 5 and tcp) or udp port 53", detail: []string{
			"`udp port 53` looks behind the tag that `vlan 5` stands for",
			"  arp or (vlan 5 and tcp) or udp port 53",
			"                             ^^^^^^^^^^^",
			"did you mean: udp port 53 or arp or (vlan 5 and tcp)"}},
		{expr: "vlan 5 or vlan 6", mode: ModeSavefileLittle, detail: []string{
			"`vlan 6` looks behind the tag that `vlan 5` stands for",
			"  vlan 5 or vlan 6",
			"            ^^^^^^",
			"did you mean: vlan and (ether[14:2] & 0xfff = 5 or ether[14:2] & 0xfff = 6)"}},
		{expr: "vlan 5 or vlan 6", mode: ModeLive, detail: []string{
			"`vlan 6` looks behind the tag that `vlan 5` stands for",
			"  vlan 5 or vlan 6",
			"            ^^^^^^"}},

		{expr: ""},
		{expr: "tcp port 80"},
		{expr: "vlan and vlan 5 and (tcp or udp)"},
		{expr: "port 80 or (vlan and port 80)"},
		{expr: "not port 80 and not port 443"},
		{expr: "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn"},
		{expr: "host 10.0.0.1 and port 80 or arp"},
		{expr: "net 10 and not host 10.1"},
		{expr: "mpls and (tcp or udp)"},
		{link: capture.LinkIEEE802_11_RADIO, expr: "tcp and (port 80 or arp)"},
	}
	for _, test := range tests {
		if test.link == 0 {
			test.link = capture.LinkEN10MB
		}
		p, err := Compile(test.expr, test.link, test.mode, Options{Hints: true})
		if err != nil {
			t.Errorf("%s: %v", test.expr, err)
			continue
		}
		var got, want string
		for _, h := range p.Hints() {
			got += h.Detail()
		}
		if test.detail != nil {
			want = strings.Join(test.detail, "\n") + "\n"
		}
		if got != want {
			t.Errorf("%s: hints are\n%swant\n%s", test.expr, got, want)
		}
		plain, err := Compile(test.expr, test.link, test.mode, Options{})
		if err != nil || len(plain.Hints()) > 0 || len(plain.Instructions) != len(p.Instructions) {
			t.Errorf("%s: hints change the program, or come unasked", test.expr)
		}
	}
}
