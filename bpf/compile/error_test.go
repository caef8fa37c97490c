package compile

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// testNames knows a few names.
var testNames = Names{
	Hosts: func(name string) []netip.Addr {
		switch name {
		case "both":
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")}
		case "four":
			return []netip.Addr{netip.MustParseAddr("10.0.0.4")}
		}
		return nil
	},
	Network: func(name string) (uint32, bool) { return 10<<8 | 1, name == "lab" },
	Port: func(name, protocol string) (uint16, bool) {
		switch name + "/" + protocol {
		case "http/tcp", "both/tcp", "both/udp":
			return 80, true
		case "tftp/udp":
			return 69, true
		}
		return 0, false
	},
	Protocol: func(name string) (uint8, bool) { return 47, name == "gre" },
	MAC: func(name string) ([6]byte, bool) {
		return [6]byte{2, 0, 0, 0, 0, 1}, name == "four"
	},
}

// TestErrors has what is said about wrong expressions, on Ethernet unless the
// case names a link type.
func TestErrors(t *testing.T) {
	const expectedQualifierLine = "expected `src`, `dst`, `host`, `net`, `port`, `portrange`, `proto`, `broadcast`, `multicast`, `[` or the end of the term"
	const expectedTermLine = "expected a primitive such as `tcp`, `host NAME`, `port 80`, `ip[8] = 1` or `not ...`"
	tests := []struct {
		link   capture.LinkType
		expr   string
		detail []string
	}{
		{0, "prot 6", []string{
			"can't parse filter expression: syntax error",
			"  prot 6",
			"  ^^^^",
			expectedTermLine,
			"did you mean: proto 6"}},
		{0, "tcp.port == 80", []string{
			"can't parse filter expression: syntax error",
			"  tcp.port == 80",
			"  ^^^^^^^^",
			expectedTermLine,
			"did you mean: tcp port 80"}},
		{0, "tcp and && udp", []string{
			"can't parse filter expression: syntax error",
			"  tcp and && udp",
			"          ^^",
			expectedTermLine,
			"did you mean: tcp or udp"}},
		{0, "tcp & udp", []string{
			"can't parse filter expression: syntax error",
			"  tcp & udp",
			"      ^",
			expectedQualifierLine,
			"did you mean: tcp or udp"}},
		{0, "tcp port 80 AND udp", []string{
			"can't parse filter expression: syntax error",
			"  tcp port 80 AND udp",
			"              ^^^",
			"expected `and`, `or` or the end",
			"did you mean: tcp port 80 or udp"}},
		{0, "(tcp or udp", []string{
			"can't parse filter expression: syntax error",
			"  (tcp or udp",
			"             ^",
			"expected `and`, `or` or `)`",
			"did you mean: (tcp or udp)"}},
		{0, "ip proto tcp", []string{
			"can't parse filter expression: syntax error",
			"  ip proto tcp",
			"           ^^^",
			"expected the name or number of a protocol",
			"did you mean: ip and tcp"}},
		{0, "ip[12 = 5", []string{
			"can't parse filter expression: syntax error",
			"  ip[12 = 5",
			"        ^",
			"expected an operator, `:` or `]`"}},
		{0, "port 80000", []string{
			"illegal port number 80000 > 65535",
			"  port 80000",
			"  ^^^^^^^^^^"}},
		{0, "tcp and (udp or port nosuch)", []string{
			"unknown port 'nosuch'",
			"  tcp and (udp or port nosuch)",
			"                  ^^^^^^^^^^^"}},
		{0, "udp port http", []string{
			"port 'http' is tcp",
			"  udp port http",
			"  ^^^^^^^^^^^^^",
			"did you mean: tcp port http"}},
		{0, "port htpp or port 80", []string{
			"unknown port 'htpp'",
			"  port htpp or port 80",
			"  ^^^^^^^^^",
			"did you mean: port http or port 80"}},
		{0, "tcp and http", []string{
			"syntax error in filter expression",
			"  tcp and http",
			"          ^^^^",
			"did you mean: tcp and port http"}},
		{0, "host 1.2.3.4:80", []string{
			"can't parse filter expression: syntax error",
			"  host 1.2.3.4:80",
			"              ^",
			"expected `and`, `or` or the end",
			"did you mean: host 1.2.3.4 and port 80"}},
		{0, "tcp[tcpflag] & 2 != 0", []string{
			"can't parse filter expression: syntax error",
			"  tcp[tcpflag] & 2 != 0",
			"      ^^^^^^^",
			"expected a number, `len`, PROTOCOL[OFFSET:SIZE], `-` or `(`",
			"did you mean: tcp[tcpflags] & 2 != 0"}},
		{0, "host 00:11:22:33:44:55", []string{
			"ethernet address used in non-ether expression",
			"  host 00:11:22:33:44:55",
			"  ^^^^^^^^^^^^^^^^^^^^^^",
			"did you mean: ether host 00:11:22:33:44:55"}},
		{0, "net 10.0.0.1/8", []string{
			`non-network bits set in "10.0.0.1/8"`,
			"  net 10.0.0.1/8",
			"  ^^^^^^^^^^^^^^",
			"did you mean: net 10.0.0.0/8"}},
		{0, "src net 2001:db8::1/32", []string{
			`non-network bits set in "2001:db8::1/32"`,
			"  src net 2001:db8::1/32",
			"  ^^^^^^^^^^^^^^^^^^^^^^",
			"did you mean: src net 2001:db8::/32"}},
		{0, "ip[0] / (3 - 3) = 1", []string{
			"division by zero",
			"  ip[0] / (3 - 3) = 1",
			"          ^^^^^^^"}},
		{0, "1 << 40 = 2", []string{
			"shift by more than 31 bits",
			"  1 << 40 = 2",
			"       ^^"}},
		{0, "number 0789", []string{
			"can't parse filter expression: syntax error",
			"  number 0789",
			"  ^^^^^^",
			expectedTermLine}},
		{0, "len = 0789", []string{
			"number 0789 contains non-octal digit",
			"  len = 0789",
			"        ^^^^"}},
		{0, "ether host 1:2:3:", []string{
			"bogus ethernet address 1:2:3:",
			"  ether host 1:2:3:",
			"             ^^^^^^"}},
		{0, "type mgt subtype bacon", []string{
			`unknown 802.11 subtype name "bacon"`,
			"  type mgt subtype bacon",
			"                   ^^^^^",
			"expected `assocreq`, `assoc-req`, `assocresp`, `assoc-resp`, `reassocreq`, `reassoc-req`, `reassocresp`, `reassoc-resp`, `probereq`, `probe-req`, " +
				"`proberesp`, `probe-resp`, `beacon`, `atim`, `disassoc`, `disassociation`, `auth`, `authentication`, `deauth`, `deauthentication`"}},
		{capture.LinkRAW, "tcp and vlan 5", []string{
			"no VLAN support for Raw IP",
			"  tcp and vlan 5",
			"          ^^^^^^"}},
		{capture.LinkRAW, "ether host 1:2:3:4:5:6", []string{
			"ethernet addresses supported only on ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel",
			"  ether host 1:2:3:4:5:6",
			"  ^^^^^^^^^^^^^^^^^^^^^^"}},

		{0, "ip and arp", []string{
			"expression rejects all packets",
			"  ip and arp",
			"         ^^^",
			"`arp` contradicts `ip`",
			"did you mean: ip or arp"}},
		{0, "tcp or (ip6 and greater 100 and host 10.0.0.1) and ip and udp port 53 and arp", []string{
			"expression rejects all packets",
			"  ...ip6 and greater 100 and host 10.0.0.1) and ip and udp port 53 and arp",
			"                                                       ^^^^^^^^^^^",
			"`udp port 53` contradicts `tcp or (ip6 and greater 100 and host 10.0.0.1)`"}},
		{0, "1 = 2", []string{
			"expression rejects all packets",
			"  1 = 2",
			"  ^^^^^",
			"`1 = 2` cannot hold"}},
		{capture.LinkRAW, "arp", []string{
			"expression rejects all packets",
			"  arp",
			"  ^^^",
			"`arp` cannot hold on this link type"}},
		// What 1.11 knows must not change the first line of what is wrong all the same.
		{capture.LinkDSA_TAG_DSA, "ip and arp", []string{
			"Marvell DSA link-layer type filtering not implemented",
			"  ip and arp",
			"         ^^^",
			"expression rejects all packets",
			"did you mean: ip or arp"}},
		{0, "gateway nosuch", []string{
			"'gateway' not supported in this configuration",
			"  gateway nosuch",
			"  ^^^^^^^^^^^^^^",
			"unknown ether host: nosuch"}},
	}
	for _, test := range tests {
		link := test.link
		if link == 0 {
			link = capture.LinkEN10MB
		}
		_, err := Compile(test.expr, link, ModeDead, Options{Names: &testNames})
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: error %v, want %q", test.expr, err, test.detail[0])
			continue
		}
		if want := strings.Join(test.detail, "\n") + "\n"; e.Detail() != want {
			t.Errorf("%s: says\n%swant\n%s", test.expr, e.Detail(), want)
		}
		if e.Error() != test.detail[0] {
			t.Errorf("%s: Error() is %q, want %q", test.expr, e.Error(), test.detail[0])
		}
	}
}

// TestCaret has expressions longer than a line.
func TestCaret(t *testing.T) {
	long := strings.Repeat("port 1 or ", 30)
	for _, expr := range []string{long + "prot 5", "prot 5 or " + long + "port 3", long + "prot 5 or " + long + "port 3", "host \x01é prot"} {
		_, err := Parse(expr)
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: error %v, want an *Error", expr, err)
		}
		lines := strings.Split(e.Detail(), "\n")
		shown, carets := []rune(lines[1]), lines[2]
		if len(shown) > 72+2 {
			t.Errorf("line of %d characters: %s", len(shown), lines[1])
		}
		at := strings.IndexByte(carets, '^')
		if got, want := string(shown[at:at+1]), []rune(expr[e.Pos:])[0]; got != string(want) && want >= ' ' {
			t.Errorf("caret under %q, want %q:\n%s\n%s", got, want, lines[1], carets)
		}
	}
}
