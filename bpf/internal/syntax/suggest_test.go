package syntax_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// suggestNames are those that suggestions may use.
var suggestNames = compile.Names{
	Hosts: func(name string) []netip.Addr {
		if name == "server" {
			return []netip.Addr{netip.MustParseAddr("192.0.2.1")}
		}
		return nil
	},
	Port: func(name, protocol string) (uint16, bool) {
		n, ok := map[string]uint16{"http": 80, "https": 443, "ssh": 22, "domain": 53}[name]
		return n, ok
	},
	Protocol: func(name string) (uint8, bool) {
		n, ok := map[string]uint8{"tcp": 6, "udp": 17, "icmp": 1, "gre": 47, "ospf": 89}[name]
		return n, ok
	},
}

// suggestion is a wrong expression, what is suggested, and what that is to
// select.
type suggestion struct {
	wrong, want string
	selects     meaning
	anywhere    bool // of frames with tags, too
}

// TestSuggestionsSelect holds each suggestion against frames: it compiles, and
// selects those that were meant and no others.
func TestSuggestionsSelect(t *testing.T) {
	rnd := rand.New(rand.NewPCG(12, 12))
	made := frames(rnd, 6000)
	used := make(map[string]bool) // patterns
	for _, row := range suggestions {
		got := suggested(t, row.wrong, compile.ModeSavefileLittle)
		if got != row.want {
			t.Errorf("%s: suggests %q, want %q", row.wrong, got, row.want)
			continue
		}
		if got != "" {
			row.check(t, made)
		}
		for i, re := range syntax.CompiledPhrases() {
			if re.MatchString(row.wrong) {
				used[syntax.Phrases[i].Pattern] = true
			}
		}
	}
	for _, p := range syntax.Phrases {
		if !used[p.Pattern] && !strings.HasPrefix(p.To, "inbound") && !strings.HasPrefix(p.To, "outbound") { // see TestSuggestionsLive
			t.Errorf("no row of the table has %s", p.Pattern)
		}
	}
}

// TestSuggestionsLive has what is suggested for a live capture on Linux.
func TestSuggestionsLive(t *testing.T) {
	for _, row := range []struct{ wrong, want string }{
		{"dir in", "inbound"}, {"direction out and tcp", "outbound and tcp"}, {"in port 80", "inbound and port 80"},
		{"incoming", "inbound"}, {"egress", "outbound"}, {"outbund", "outbound"}, {"ingress and port 80", "inbound and port 80"},
		{"vlan 5-10", ""}, {"vlan 5 or 6", ""}, // the tag is not in the frame
	} {
		if got := suggested(t, row.wrong, compile.ModeLive); got != row.want {
			t.Errorf("%s: suggests %q, want %q", row.wrong, got, row.want)
		}
	}
}

// suggested is what is suggested for a wrong expression.
func suggested(t *testing.T, wrong string, mode compile.Mode) string {
	t.Helper()
	_, err := compile.Compile(wrong, capture.LinkEN10MB, mode, compile.Options{Names: &suggestNames})
	var e *compile.Error
	if !errors.As(err, &e) {
		t.Errorf("%s: error %v, want an *compile.Error", wrong, err)
		return ""
	}
	return e.Suggestion
}

// check compares what the suggestion selects with what is meant.
func (row suggestion) check(t *testing.T, made []*frame) {
	t.Helper()
	p, err := compile.Compile(row.want, capture.LinkEN10MB, compile.ModeSavefileLittle, compile.Options{Names: &suggestNames})
	if err != nil {
		t.Errorf("%s: suggests %q, which does not compile: %v", row.wrong, row.want, err)
		return
	}
	vm, err := bpf.NewVM(p.Instructions, p.Rules())
	if err != nil {
		t.Fatal(err)
	}
	took := 0
	for _, f := range made {
		want := row.selects(f) && (row.anywhere || f.tags == nil && f.labels == nil && f.session < 0)
		if want {
			took++
		}
		if got := vm.Run(f.data, uint32(len(f.data)), nil) != 0; got != want {
			t.Errorf("%s: %q takes %v, want %v: %v", row.wrong, row.want, got, want, f)
			return
		}
	}
	if took == 0 || took == len(made) {
		t.Errorf("%s: %d of %d frames are meant: more kinds of frames are needed", row.wrong, took, len(made))
	}
}

var suggestions = slices.Concat(portRows, hostRows, flagRows, protocolRows, fieldRows, tagRows, slipRows)

var portRows = []suggestion{
	{"udp portrange 5000 6000", "udp portrange 5000-6000", all(isUDP, ports(5000, 6000)), false},
	{"portrange 5000:6000", "portrange 5000-6000", ports(5000, 6000), false},
	{"portrange 5000..6000", "portrange 5000-6000", ports(5000, 6000), false},
	{"portrange 5000, 6000", "portrange 5000-6000", ports(5000, 6000), false},
	{"src portrange 5000 to 6000", "src portrange 5000-6000", from(5000, 6000), false},
	{"portrange 5000 - 6000", "portrange 5000-6000", ports(5000, 6000), false},
	{"portrange 5000\u20136000", "portrange 5000-6000", ports(5000, 6000), false},
	{"port 5000-6000", "portrange 5000-6000", ports(5000, 6000), false},
	{"dst port 5000:6000", "dst portrange 5000-6000", to(5000, 6000), false},
	{"port range 5000-6000", "portrange 5000-6000", ports(5000, 6000), false},
	{"port between 5000 and 6000", "portrange 5000-6000", ports(5000, 6000), false},
	{"dst portrange 1024-", "dst portrange 1024-65535", to(1024, 65535), false},
	{"portrange -1024", "portrange 0-1024", ports(0, 1024), false},
	{"port > 1024", "portrange 1025-65535", ports(1025, 65535), false},
	{"tcp dst port >= 1024", "tcp dst portrange 1024-65535", all(isTCP, to(1024, 65535)), false},
	{"port < 1024", "portrange 0-1023", ports(0, 1023), false},
	{"src port <= 1024", "src portrange 0-1024", from(0, 1024), false},
	{"port != 80", "not port 80", none(all(plainFrame, ports(80, 80))), true},
	{"port 53/udp", "udp port 53", all(isUDP, ports(53, 53)), false},
	{"80/tcp", "tcp port 80", all(isTCP, ports(80, 80)), false},
	{"tcp/80", "tcp port 80", all(isTCP, ports(80, 80)), false},
	{"udp:53", "udp port 53", all(isUDP, ports(53, 53)), false},
	{"tcp 80", "tcp port 80", all(isTCP, ports(80, 80)), false},
	{"tcp src 80", "tcp src port 80", all(isTCP, from(80, 80)), false},
	{"tcp dst http", "tcp dst port http", all(isTCP, to(80, 80)), false},
	{"sport 80", "src port 80", from(80, 80), false},
	{"udp dport 53", "udp dst port 53", all(isUDP, to(53, 53)), false},
	{"src_port 80 and dst-port 443", "src port 80 and dst port 443", all(from(80, 80), to(443, 443)), false},
	{"srcport 80 or dest.port 443", "src port 80 or dst port 443", some(from(80, 80), to(443, 443)), false},
	{"source port 80", "src port 80", from(80, 80), false},
	{"port 80,443", "port (80 or 443)", onPorts(80, 443), false},
	{"port 80, 443, 22", "port (80 or 443 or 22)", onPorts(80, 443, 22), false},
	{"tcp and port 80|443", "tcp and port (80 or 443)", all(isTCP, onPorts(80, 443)), false},
	{"port http,https", "port (http or https)", onPorts(80, 443), false},
	{"port 80 443", "port (80 or 443)", onPorts(80, 443), false},
	{"udp dst port 67 68", "udp dst port (67 or 68)", all(isUDP, to(67, 68)), false},
	{"not port 80 443", "not port (80 or 443)", none(all(plainFrame, onPorts(80, 443))), true},
	{"port in (80, 443)", "port (80 or 443)", onPorts(80, 443), false},
	{"port {80 443}", "port (80 or 443)", onPorts(80, 443), false},
	{"port [80]", "port 80", onPorts(80), false},
	{"ports 80", "port 80", onPorts(80), false},
	{"http", "port http", onPorts(80), false},
	{"http or https", "port http or https", onPorts(80, 443), false},
	{"http and https", "port (http or https)", onPorts(80, 443), false},
	{"tcp and http,https", "tcp and port (http or https)", all(isTCP, onPorts(80, 443)), false},
	{"port htpp", "port http", onPorts(80), false},
	{"port dns", "port 53", onPorts(53), false},
	{"port=80", "port 80", onPorts(80), false},
	{"port = 80", "port 80", onPorts(80), false},
	{"port == 80", "port 80", onPorts(80), false},
	{"port: 80", "port 80", onPorts(80), false},
	{"80", "port 80", onPorts(80), false},
	{"tcp and 80", "tcp and port 80", all(isTCP, onPorts(80)), false},
	{"port80", "port 80", onPorts(80), false},
	{"tcpport 80", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"port tcp 80", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"port src 80", "src port 80", from(80, 80), false},
	{"ip port 80", "ip and port 80", all(isIP, onPorts(80)), false},
	{"ip6 port 80", "ip6 and port 80", all(isIP6, onPorts(80)), false},
}

// plainFrame is a frame without tags.
var hostRows = []suggestion{
	{"host 192.0.2.1/24", "net 192.0.2.0/24", with("192.0.2.0/24"), false},
	{"host 192.0.2.0/24", "net 192.0.2.0/24", with("192.0.2.0/24"), false},
	{"net 192.0.2.1/24", "net 192.0.2.0/24", with("192.0.2.0/24"), false},
	{"192.0.2.1/24", "net 192.0.2.0/24", with("192.0.2.0/24"), false},
	{"192.0.2.0/24", "net 192.0.2.0/24", with("192.0.2.0/24"), false},
	{"src 192.0.2.1/24", "src net 192.0.2.0/24", sourceIn("192.0.2.0/24"), false},
	{"dst host 192.0.2.1/24", "dst net 192.0.2.0/24", destinationIn("192.0.2.0/24"), false},
	{"host 2001:db8::1/32", "net 2001:db8::/32", with("2001:db8::/32"), false},
	{"src net 2001:db8::1/32", "src net 2001:db8::/32", sourceIn("2001:db8::/32"), false},
	{"net 192.0.2.1 mask 255.255.255.0", "net 192.0.2.0 mask 255.255.255.0", with("192.0.2.0/24"), false},
	{"host 192.0.2.1 mask 255.255.255.0", "net 192.0.2.0 mask 255.255.255.0", with("192.0.2.0/24"), false},
	{"net 192.0.2.0 255.255.255.0", "net 192.0.2.0 mask 255.255.255.0", with("192.0.2.0/24"), false},
	{"net 192.0.2.9 netmask 255.255.255.0", "net 192.0.2.0 mask 255.255.255.0", with("192.0.2.0/24"), false},
	{"net 10.0.0.0/255.0.0.0", "net 10.0.0.0 mask 255.0.0.0", with("10.0.0.0/8"), false},
	{"net 192.0.2.*", "net 192.0.2.0/24", with("192.0.2.0/24"), false},
	{"src 10.*.*.*", "src net 10.0.0.0/8", sourceIn("10.0.0.0/8"), false},
	{"dst host 192.0.2.x", "dst net 192.0.2.0/24", destinationIn("192.0.2.0/24"), false},
	{"host 192.0.2.1-192.0.2.9", "net (192.0.2.1/32 or 192.0.2.2/31 or 192.0.2.4/30 or 192.0.2.8/31)",
		some(with("192.0.2.1"), with("192.0.2.2"), with("192.0.2.9")), false},
	{"src 10.0.0.0 - 10.0.0.255", "src net 10.0.0.0/24", sourceIn("10.0.0.0/24"), false},
	{"net 10.0.0.0-3", "net 10.0.0.0/30", with("10.0.0.0/30"), false},
	{"192.0.2.1", "host 192.0.2.1", with("192.0.2.1"), false},
	{"not 192.0.2.1", "not host 192.0.2.1", none(all(plainFrame, with("192.0.2.1"))), true},
	{"10.0.0.1:80", "host 10.0.0.1 and port 80", all(with("10.0.0.1"), onPorts(80)), false},
	{"10.0.0.1.80", "host 10.0.0.1 and port 80", all(with("10.0.0.1"), onPorts(80)), false},
	{"src 10.0.0.1.443", "src host 10.0.0.1 and src port 443", all(sourceIn("10.0.0.1"), from(443, 443)), false},
	{"not dst host 10.0.0.1:80", "not (dst host 10.0.0.1 and dst port 80)", none(all(plainFrame, destinationIn("10.0.0.1"), to(80, 80))), true},
	{"arp or host 10.0.0.1:80", "arp or (host 10.0.0.1 and port 80)", some(isARP, all(with("10.0.0.1"), onPorts(80))), false},
	{"host server:80", "host server and port 80", all(with("192.0.2.1"), onPorts(80)), false},
	{"host [2001:db8::1]", "host 2001:db8::1", with("2001:db8::1"), false},
	{"dst [2001:db8::1]:443", "dst host 2001:db8::1 and dst port 443", all(destinationIn("2001:db8::1"), to(443, 443)), false},
	{"2001:db8::1.80", "host 2001:db8::1 and port 80", all(with("2001:db8::1"), onPorts(80)), false},
	{"host fe80::1%eth0", "host fe80::1", with("fe80::1"), false},
	{"tcp and src fe80::1%eth0.5 and dst port 80", "tcp and src fe80::1 and dst port 80", all(isTCP, sourceIn("fe80::1"), to(80, 80)), false},
	{"net fe80::/10%en0", "net fe80::/10", with("fe80::/10"), false},
	{"host 192.0.2.1, 192.0.2.2", "host (192.0.2.1 or 192.0.2.2)", some(with("192.0.2.1"), with("192.0.2.2")), false},
	{"host {192.0.2.1 192.0.2.2}", "host (192.0.2.1 or 192.0.2.2)", some(with("192.0.2.1"), with("192.0.2.2")), false},
	{"net 10.0.0.0/8,192.0.2.0/24", "net (10.0.0.0/8 or 192.0.2.0/24)", some(with("10.0.0.0/8"), with("192.0.2.0/24")), false},
	{"host 192.0.2.1 192.0.2.2", "host 192.0.2.1 and 192.0.2.2", all(with("192.0.2.1"), with("192.0.2.2")), false},
	{"from 192.0.2.1 to 10.0.0.1", "src 192.0.2.1 and dst 10.0.0.1", all(sourceIn("192.0.2.1"), destinationIn("10.0.0.1")), false},
	{"from 192.0.2.0/24", "src net 192.0.2.0/24", sourceIn("192.0.2.0/24"), false},
	{"tcp and to 192.0.2.1", "tcp and dst 192.0.2.1", all(isTCP, destinationIn("192.0.2.1")), false},
	{"between 192.0.2.1 and 192.0.2.2", "host 192.0.2.1 and host 192.0.2.2", all(with("192.0.2.1"), with("192.0.2.2")), false},
	{"arp or between 192.0.2.1 and 10.0.0.0/8", "arp or (host 192.0.2.1 and net 10.0.0.0/8)", some(isARP, all(with("192.0.2.1"), with("10.0.0.0/8"))), false},
	{"ip 192.0.2.1", "ip host 192.0.2.1", all(isIP, with("192.0.2.1")), false},
	{"ip 10.0.0.0/8", "ip net 10.0.0.0/8", all(isIP, with("10.0.0.0/8")), false},
	{"tcp 192.0.2.1", "tcp and host 192.0.2.1", all(isTCP, with("192.0.2.1")), false},
	{"icmp src 192.0.2.1", "icmp and src host 192.0.2.1", all(isICMP, sourceIn("192.0.2.1")), false},
	{"tcp host 192.0.2.1", "tcp and host 192.0.2.1", all(isTCP, with("192.0.2.1")), false},
	{"udp net 192.0.2.0/24", "udp and net 192.0.2.0/24", all(isUDP, with("192.0.2.0/24")), false},
	{"ip host 2001:db8::1", "host 2001:db8::1", with("2001:db8::1"), false},
	{"ip6 src host 192.0.2.1", "src host 192.0.2.1", sourceIn("192.0.2.1"), false},
	{"port 192.0.2.1", "host 192.0.2.1", with("192.0.2.1"), false},
	{"hosts 192.0.2.1", "host 192.0.2.1", with("192.0.2.1"), false},
	{"host = 192.0.2.1", "host 192.0.2.1", with("192.0.2.1"), false},
	{"src 192.0.2.1 dst 10.0.0.1", "src 192.0.2.1 and dst 10.0.0.1", all(sourceIn("192.0.2.1"), destinationIn("10.0.0.1")), false},
	{"src 192.0.2.1 port 80", "src 192.0.2.1 and port 80", all(sourceIn("192.0.2.1"), onPorts(80)), false},
	{"src 192.0.2.1 and src 10.0.0.1", "src 192.0.2.1 or src 10.0.0.1", some(sourceIn("192.0.2.1"), sourceIn("10.0.0.1")), false},
	{"src ip 192.0.2.1", "ip src 192.0.2.1", all(isIP, sourceIn("192.0.2.1")), false},
	{"src,dst 192.0.2.1", "src or dst 192.0.2.1", with("192.0.2.1"), false},
	{"host 02:00:00:00:00:01", "ether host 02:00:00:00:00:01", some(fromMAC(1), toMAC(1)), true},
	{"src 02:00:00:00:00:01", "ether src 02:00:00:00:00:01", fromMAC(1), true},
	{"02:00:00:00:00:01", "ether host 02:00:00:00:00:01", some(fromMAC(1), toMAC(1)), true},
	{"ether 02:00:00:00:00:01", "ether host 02:00:00:00:00:01", some(fromMAC(1), toMAC(1)), true},
	{"eth src host 02-00-00-00-00-01", "ether src 02-00-00-00-00-01", fromMAC(1), true},
	{"mac 02:00:00:00:00:01", "ether host 02:00:00:00:00:01", some(fromMAC(1), toMAC(1)), true},
	{"host 300.1.1.1", "", nil, false},
	{"host nosuch", "", nil, false},
	{"host nosuch.example", "", nil, false},
	{"10.0.0.1-10.255.255.254", "", nil, false}, // 46 networks
}

var flagRows = []suggestion{
	{"tcp[tcpflags]=syn", "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn", flagged(flagSYN|flagACK, flagSYN), false},
	{"tcp[13] = ack", "tcp[tcpflags] = tcp-ack", flagged(0xff, flagACK), false},
	{"tcp[tcpflags] == rst", "tcp[tcpflags] & tcp-rst != 0", anyFlag(flagRST), false},
	{"tcp[tcpflags] & syn", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"tcp[tcpflags] & tcp-syn", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"tcp[tcpflags] & (syn|fin)", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", anyFlag(flagSYN | flagFIN), false},
	{"tcp[tcpflags] & (syn|ack) = syn|ack", "tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)", flagged(flagSYN|flagACK, flagSYN|flagACK), false},
	{"tcp[tcpflags] = syn+ack", "tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)", flagged(flagSYN|flagACK, flagSYN|flagACK), false},
	{"tcp[tcpflags] & syn = 0", "tcp[tcpflags] & tcp-syn = 0", flagged(flagSYN, 0), false},
	{"tcp[tcpflags] & syn != 0 and dst port 80", "tcp[tcpflags] & tcp-syn != 0 and dst port 80", all(anyFlag(flagSYN), to(80, 80)), false},
	{"tcp[tcpflags] != syn", "tcp[tcpflags] & tcp-syn = 0", flagged(flagSYN, 0), false},
	{"tcp[13] & 2", "tcp[13] & 2 != 0", anyFlag(flagSYN), false},
	{"tcp[flags] & 2 != 0", "tcp[tcpflags] & 2 != 0", anyFlag(flagSYN), false},
	{"tcp[tcpflag] & tcp-syn != 0", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"tcp flags syn", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"tcp flags = syn", "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn", flagged(flagSYN|flagACK, flagSYN), false},
	{"tcp flags syn,ack", "tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)", flagged(flagSYN|flagACK, flagSYN|flagACK), false},
	{"tcp flags & reset", "tcp[tcpflags] & tcp-rst != 0", anyFlag(flagRST), false},
	{"tcp flag psh", "tcp[tcpflags] & tcp-push != 0", anyFlag(flagPUSH), false},
	{"tcp-flags fin", "tcp[tcpflags] & tcp-fin != 0", anyFlag(flagFIN), false},
	{"tcpflags syn", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"tcp syn", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"port 80 and tcp fin", "port 80 and tcp[tcpflags] & tcp-fin != 0", all(onPorts(80), anyFlag(flagFIN)), false},
	{"tcp syn-ack", "tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)", flagged(flagSYN|flagACK, flagSYN|flagACK), false},
	{"tcp[syn]", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"tcp[syn] = 1", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"tcp.flags & 2", "tcp[tcpflags] & 2 != 0", anyFlag(flagSYN), false},
	{"tcp flags = 18", "tcp[tcpflags] = 18", flagged(0xff, 18), false},
	{"tcp-syn", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"syn", "tcp[tcpflags] & tcp-syn != 0", anyFlag(flagSYN), false},
	{"not syn", "not tcp[tcpflags] & tcp-syn != 0", none(all(plainFrame, anyFlag(flagSYN))), true},
	{"synack", "tcp[tcpflags] & (tcp-syn|tcp-ack) = (tcp-syn|tcp-ack)", flagged(flagSYN|flagACK, flagSYN|flagACK), false},
	{"tcp and rst", "tcp and tcp[tcpflags] & tcp-rst != 0", anyFlag(flagRST), false},
	// Loads from the header of TCP are those behind that of IPv4.
	{"ip6 and tcp[13]=2", "ip6 and ip6[6] = 6 and ip6[40 + 13]=2", all(isIP6, isTCP, func(f *frame) bool { return f.flags == flagSYN }), false},
	{"tcp[tcpflags] & tcp-syn != 0 and ip6", "ip6[6] = 6 and ip6[40 + tcpflags] & tcp-syn != 0 and ip6", all(isIP6, isTCP, func(f *frame) bool { return f.flags&flagSYN != 0 }), false},
	{"ip6 and (tcp[tcpflags] & tcp-syn == tcp-syn)", "ip6 and (ip6[6] = 6 and ip6[40 + tcpflags] & tcp-syn == tcp-syn)", all(isIP6, isTCP, func(f *frame) bool { return f.flags&flagSYN != 0 }), false},
	{"host 2001:db8::1 and udp[2:2] = 53", "host 2001:db8::1 and ip6[6] = 17 and ip6[40 + 2:2] = 53", all(isIP6, isUDP, with("2001:db8::1"), to(53, 53)), false},
	{"ip6 and icmp", "ip6 and icmp6", isICMP6, false},
	{"ip6 and icmp[icmptype] = icmp-echo", "ip6 and icmp6[icmp6type] = icmp6-echo", icmp6Is(128), false},
	{"ip6 and icmp[0] != 8", "ip6 and icmp6[icmp6type] != icmp6-echo", all(isICMP6, none(icmp6Is(128))), false},
}

var protocolRows = []suggestion{
	{"protocol tcp", "tcp", isTCP, false},
	{"proto tcp", "tcp", isTCP, false},
	{"proto: icmp", "icmp", isICMP, false},
	{"ip protocol tcp", "ip and tcp", all(isIP, isTCP), false},
	{"ip proto udp", "ip and udp", all(isIP, isUDP), false},
	{"ip6 proto tcp", "ip6 and tcp", all(isIP6, isTCP), false},
	{"ip protocol 6", "ip proto 6", all(isIP, isTCP), false},
	{"protocol = 89", "proto 89", isProto(89), false},
	{"protocol ospf", "proto 89", isProto(89), false},
	{"prot 6", "proto 6", isTCP, false},
	{"tcp4", "ip and tcp", all(isIP, isTCP), false},
	{"udp6", "ip6 and udp", all(isIP6, isUDP), false},
	{"tcp6 and port 80", "ip6 and tcp and port 80", all(isIP6, isTCP, onPorts(80)), false},
	{"arp or tcp6", "arp or (ip6 and tcp)", some(isARP, all(isIP6, isTCP)), false},
	{"ip version 4", "ip", isIP, false},
	{"ip version 6", "ip6", isIP6, false},
	{"ether type 0x88cc", "ether proto 0x88cc", ofType(0x88cc), false},
	{"ethertype = 0x806", "ether proto 0x806", isARP, false},
	{"ethertype ip", `ether proto \ip`, isIP, false},
	{"ether proto arp", `ether proto \arp`, isARP, false},
	{"ipv6 and icmpv6", "ip6 and icmp6", isICMP6, false},
	{"icmp6 or ospf", "icmp6 or proto 89", some(isICMP6, isProto(89)), false},
	{"tcp udp", "tcp or udp", some(isTCP, isUDP), false},
	{"tcp, udp", "tcp or udp", some(isTCP, isUDP), false},
	{"tcp; udp", "tcp or udp", some(isTCP, isUDP), false},
	{"tcp & port 80", "tcp and port 80", all(isTCP, onPorts(80)), false},
	{"tcp | udp", "tcp or udp", some(isTCP, isUDP), false},
	{"tcp + udp", "tcp or udp", some(isTCP, isUDP), false},
	{"tcp and udp", "tcp or udp", some(isTCP, isUDP), false},
	{"ip and ip6", "ip or ip6", some(isIP, isIP6), false},
	{"arp and tcp port 80", "arp or tcp port 80", some(isARP, all(isTCP, onPorts(80))), false},
	{"tcp port 80 and udp port 53", "tcp port 80 or udp port 53", some(all(isTCP, onPorts(80)), all(isUDP, onPorts(53))), false},
	{"tcp port 80 udp port 53", "tcp port 80 or udp port 53", some(all(isTCP, onPorts(80)), all(isUDP, onPorts(53))), false},
	{"rtp", "", nil, false},
	{"ip6 and host 192.0.2.1", "", nil, false},
}

var fieldRows = []suggestion{
	{"ttl 64", "ip[8] = 64", ip4(func(f *frame) bool { return f.ttl == 64 }), false},
	{"ip ttl < 64", "ip[8] < 64", ip4(func(f *frame) bool { return f.ttl < 64 }), false},
	{"ip[ttl] = 1", "ip[8] = 1", ip4(func(f *frame) bool { return f.ttl == 1 }), false},
	{"ip tos 0x10", "ip[1] = 0x10", ip4(func(f *frame) bool { return f.tos == 0x10 }), false},
	{"dscp 46", "ip[1] >> 2 = 46", ip4(func(f *frame) bool { return f.tos>>2 == 46 }), false},
	{"ip id 77", "ip[4:2] = 77", ip4(func(f *frame) bool { return f.id == 77 }), false},
	{"ip length > 100", "ip[2:2] > 100", ip4(func(f *frame) bool { return binaryLength(f) > 100 }), false},
	{"packet length > 100", "len > 100", size(func(n int) bool { return n > 100 }), true},
	{"size >= 100 bytes", "len >= 100", size(func(n int) bool { return n >= 100 }), true},
	{"len > 100 bytes", "len > 100", size(func(n int) bool { return n > 100 }), true},
	{"length 60", "len = 60", size(func(n int) bool { return n == 60 }), true},
	{"greater than 100", "len > 100", size(func(n int) bool { return n > 100 }), true},
	{"udp and less than 62", "udp and len < 62", all(isUDP, size(func(n int) bool { return n < 62 })), false},
	{"byte 14 & 0x0f = 5", "ether[14] & 0x0f = 5", func(f *frame) bool { return f.data[14]&15 == 5 }, true},
	{"byte 14 != 0x45", "ether[14] != 0x45", func(f *frame) bool { return f.data[14] != 0x45 }, true},
	{"byte 12:2 = 0x800", "ether[12:2] = 0x800", isIP, false},
	{"ether[14] & 1", "ether[14] & 1 != 0", func(f *frame) bool { return f.data[14]&1 != 0 }, true},
	{"icmp echo", "icmp[icmptype] = icmp-echo", icmpIs(8), false},
	{"icmp echo-request", "icmp[icmptype] = icmp-echo", icmpIs(8), false},
	{"icmp echo reply", "icmp[icmptype] = icmp-echoreply", icmpIs(0), false},
	{"icmp unreachable", "icmp[icmptype] = icmp-unreach", icmpIs(3), false},
	{"icmp type destination-unreachable", "icmp[icmptype] = icmp-unreach", icmpIs(3), false},
	{"icmp time-exceeded", "icmp[icmptype] = icmp-timxceed", icmpIs(11), false},
	{"icmp[icmptype] = echo", "icmp[icmptype] = icmp-echo", icmpIs(8), false},
	{"icmp[icmptype] == icmp-echo-request", "icmp[icmptype] = icmp-echo", icmpIs(8), false},
	{"icmp6 echo-reply", "icmp6[icmp6type] = icmp6-echoreply", icmp6Is(129), false},
	{"icmp6 neighbor solicitation", "icmp6[icmp6type] = icmp6-neighborsolicit", icmp6Is(135), false},
	{"icmp6 packet-too-big", "icmp6[icmp6type] = icmp6-packettoobig", icmp6Is(2), false},
	{"icmp6 router-advertisement", "icmp6[icmp6type] = icmp6-routeradvert", icmp6Is(134), false},
	{"icmp type 8", "icmp[icmptype] = 8", icmpIs(8), false},
	{"icmp type = 8 and host 192.0.2.1", "icmp[icmptype] = 8 and host 192.0.2.1", all(icmpIs(8), with("192.0.2.1")), false},
	{"icmp6 type 135", "icmp6[icmp6type] = 135", icmp6Is(135), false},
	{"icmp code 1", "icmp[icmpcode] = 1", all(isICMP, func(f *frame) bool { return f.code == 1 }), false},
	{"icmp[type]=8", "icmp[icmptype]=8", icmpIs(8), false},
	{"icmp[code]=1", "icmp[icmpcode]=1", all(isICMP, func(f *frame) bool { return f.code == 1 }), false},
	{"arp request", "arp[6:2] = 1", arpOp(1), false},
	{"arp who-has", "arp[6:2] = 1", arpOp(1), false},
	{"arp reply", "arp[6:2] = 2", arpOp(2), false},
	{"arp opcode 2", "arp[6:2] = 2", arpOp(2), false},
	{"rarp request", "rarp[6:2] = 3", all(isRARP, func(f *frame) bool { return f.op == 3 }), false},
	{"rarp reply", "rarp[6:2] = 4", all(isRARP, func(f *frame) bool { return f.op == 4 }), false},
	{"tcp contains \"GET\"", "", nil, false},
}

var tagRows = []suggestion{
	{"vlan id 5", "vlan 5", inVLAN(5), true},
	{"vlan=5", "vlan 5", inVLAN(5), true},
	{"vlan 5 or 6", "vlan and (ether[14:2] & 0xfff = 5 or ether[14:2] & 0xfff = 6)", inVLAN(5, 6), true},
	{"vlan 5,6,10", "vlan and (ether[14:2] & 0xfff = 5 or ether[14:2] & 0xfff = 6 or ether[14:2] & 0xfff = 10)", inVLAN(5, 6, 10), true},
	{"vlan 5-10", "vlan and ether[14:2] & 0xfff >= 5 and ether[14:2] & 0xfff <= 10", inVLAN(5, 6, 10), true},
	{"port 80 and vlan 5", "vlan 5 and port 80", all(inVLAN(5), onPorts(80)), true},
	{"ip and vlan", "vlan and ip", all(inVLAN(4, 5, 6, 10, 11), isIP), true},
	{"tcp and host 192.0.2.1 and mpls", "mpls and tcp and host 192.0.2.1", all(func(f *frame) bool { return f.labels != nil }, isTCP, isIP, with("192.0.2.1")), true},
	{"tcp and pppoes 1", "pppoes 1 and tcp", all(func(f *frame) bool { return f.session == 1 }, isTCP), true},
	{"mpls label 5", "mpls 5", labelled(5), true},
}

var slipRows = []suggestion{
	{"tcp prt 80", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"tcp prot 80", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"hsot 192.0.2.1", "host 192.0.2.1", with("192.0.2.1"), false},
	{"host 192.0.2.1 adn port 80", "host 192.0.2.1 and port 80", all(with("192.0.2.1"), onPorts(80)), false},
	{"TCP PORT 80", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"tcp AND port 80", "tcp and port 80", all(isTCP, onPorts(80)), false},
	{"\u201ctcp port 80\u201d", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"'tcp port 80'", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"tcp\u00a0port 80", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"len \u2265 100", "len >= 100", size(func(n int) bool { return n >= 100 }), true},
	{"tcp && && port 80", "tcp && port 80", all(isTCP, onPorts(80)), false},
	{"and port 80", "port 80", onPorts(80), false},
	{"tcp and", "tcp", isTCP, false},
	{"tcp and not", "tcp", isTCP, false},
	{"tcp port 80)", "tcp port 80", all(isTCP, onPorts(80)), false},
	{"tcp and (port 80 or port 22", "tcp and (port 80 or port 22)", all(isTCP, onPorts(80, 22)), false},
	{"tcp not port 80", "tcp and not port 80", all(isTCP, none(onPorts(80))), false},
	{"tcp !port 80", "tcp and !port 80", all(isTCP, none(onPorts(80))), false},
	{"not arpand not port 22", "not arp and not port 22", none(all(plainFrame, some(isARP, onPorts(22)))), true},
	{"no arp", "not arp", none(all(plainFrame, isARP)), true},
	{"tcp without port 80", "tcp and not port 80", all(isTCP, none(onPorts(80))), false},
	{"port 80 -n", "port 80", onPorts(80), false},
	{"port 80 -w out.pcap", "port 80", onPorts(80), false},
	{"port 80 -A vv", "port 80", onPorts(80), false},
	{"-nn port 80", "port 80", onPorts(80), false},
	{"port 80 --count", "port 80", onPorts(80), false},
	{"tcp prot 80 adn hsot 192.0.2.1", "tcp port 80 and host 192.0.2.1", all(isTCP, onPorts(80), with("192.0.2.1")), false},
	{"tcp.port == 80 && ip.addr == 192.0.2.1 && tcp.flags.syn == 1", "tcp port 80 && host 192.0.2.1 && tcp[tcpflags] & tcp-syn != 0",
		all(isTCP, onPorts(80), with("192.0.2.1"), anyFlag(flagSYN)), false},
	{"tcp and or port 80", "tcp and port 80", all(isTCP, onPorts(80)), false},
	{"inbund", "", nil, false}, // of a savefile no direction is known
	{"ospff", "", nil, false},
	{"host 192.0.2.1 foo", "", nil, false},
	{"len > 100 foo", "", nil, false},
	{"(", "", nil, false},
	{"or", "", nil, false},
	{"tcp payload", "", nil, false},
}

// TestOtherNames holds the words that none of the language are against frames
// with what they stand for.
func TestOtherNames(t *testing.T) {
	tcp := func(list ...int) meaning { return all(isTCP, onPorts(list...)) }
	udp := func(list ...int) meaning { return all(isUDP, onPorts(list...)) }
	echo := some(icmpIs(8), icmpIs(0))
	fragment := ip4(func(f *frame) bool { return f.mf })
	meanings := map[string]meaning{
		"ipv4": isIP, "ip4": isIP, "ipv6": isIP6, "icmpv6": isICMP6, "icmp4": isICMP, "ndp": isICMP6, "mld": isICMP6, "ping": echo,
		"dns": onPorts(53), "mdns": udp(5353), "llmnr": udp(5355), "ssdp": udp(1900), "ntp": udp(123), "dhcp": onPorts(67, 68),
		"bootp": onPorts(67, 68), "dhcp6": onPorts(546, 547), "dhcpv6": onPorts(546, 547), "tls": tcp(443), "ssl": tcp(443),
		"quic": udp(443), "http2": tcp(443), "http3": udp(443), "ftp": onPorts(21), "smb": tcp(445), "cifs": tcp(445), "rdp": onPorts(3389),
		"vnc": tcp(5900), "ike": udp(500), "openvpn": onPorts(1194), "wireguard": udp(51820), "l2tp": udp(1701), "pptp": tcp(1723),
		"ipsec": some(isProto(50), isProto(51), udp(500, 4500)), "mqtt": tcp(1883), "redis": tcp(6379), "postgres": tcp(5432),
		"mongodb": tcp(27017), "netflow": udp(2055), "sflow": udp(6343), "gtp": udp(2152), "gre": isProto(47), "ospf": isProto(89),
		"eigrp": isProto(88), "ipip": isProto(4), "rsvp": isProto(46), "l2tpv3": isProto(115), "lldp": ofType(0x88cc), "lacp": ofType(0x8809),
		"eapol": ofType(0x888e), "dot1x": ofType(0x888e), "macsec": ofType(0x88e5), "ptp": some(ofType(0x88f7), udp(319, 320)), "wol": ofType(0x842),
		"syn": anyFlag(flagSYN), "fin": anyFlag(flagFIN), "rst": anyFlag(flagRST), "reset": anyFlag(flagRST), "ack": anyFlag(flagACK),
		"psh": anyFlag(flagPUSH), "push": anyFlag(flagPUSH), "urg": anyFlag(flagURG), "fragment": fragment, "fragments": fragment, "frag": fragment,
	}
	// Words that are qualifiers and the like, with what may stand around them.
	around := map[string]suggestion{
		"eth": {wrong: "eth src 02:00:00:00:00:01", selects: fromMAC(1), anywhere: true}, "ethernet": {wrong: "ethernet src 02:00:00:00:00:01", selects: fromMAC(1), anywhere: true},
		"mac":  {wrong: "mac 02:00:00:00:00:01", selects: some(fromMAC(1), toMAC(1)), anywhere: true},
		"wifi": {wrong: "wifi src 02:00:00:00:00:01", selects: fromMAC(1), anywhere: true}, "bcast": {}, "mcast": {}, "cdp": {},
		"subnet": {wrong: "subnet 10.0.0.0/8", selects: with("10.0.0.0/8")}, "network": {wrong: "network 10.0.0.0/8", selects: with("10.0.0.0/8")},
		"nets": {wrong: "nets 10.0.0.0/8", selects: with("10.0.0.0/8")}, "networks": {wrong: "networks 10.0.0.0/8", selects: with("10.0.0.0/8")},
		"address": {wrong: "src address 192.0.2.1", selects: sourceIn("192.0.2.1")}, "addr": {wrong: "addr 192.0.2.1", selects: with("192.0.2.1")},
		"ipaddr": {wrong: "ipaddr 192.0.2.1", selects: with("192.0.2.1")}, "hosts": {wrong: "hosts 192.0.2.1", selects: with("192.0.2.1")},
		"source": {wrong: "source 192.0.2.1", selects: sourceIn("192.0.2.1")}, "saddr": {wrong: "saddr 192.0.2.1", selects: sourceIn("192.0.2.1")},
		"destination": {wrong: "destination 192.0.2.1", selects: destinationIn("192.0.2.1")}, "dest": {wrong: "dest 192.0.2.1", selects: destinationIn("192.0.2.1")},
		"daddr": {wrong: "daddr 192.0.2.1", selects: destinationIn("192.0.2.1")}, "sip": {},
		"ports": {wrong: "ports 80", selects: onPorts(80)}, "service": {wrong: "service 80", selects: onPorts(80)},
		"range": {wrong: "range 5000-6000", selects: ports(5000, 6000)}, "protocol": {wrong: "protocol 6", selects: isTCP},
		"length": {}, "size": {wrong: "size > 100", selects: size(func(n int) bool { return n > 100 }), anywhere: true},
		"no": {wrong: "tcp and no port 80", selects: all(isTCP, none(onPorts(80)))}, "without": {wrong: "tcp without port 80", selects: all(isTCP, none(onPorts(80)))},
		"except": {wrong: "tcp except port 80", selects: all(isTCP, none(onPorts(80)))}, "but": {wrong: "tcp but not port 80", selects: all(isTCP, none(onPorts(80)))},
		"plus": {wrong: "tcp plus port 80", selects: all(isTCP, onPorts(80))}, "xor": {},
		"in": {}, "incoming": {}, "ingress": {}, "out": {}, "outgoing": {}, "egress": {}, "interface": {},
		"pppoe":           {wrong: "pppoe", selects: func(f *frame) bool { return f.session >= 0 || plainFrame(f) && f.etherType == 0x8863 }, anywhere: true},
		"pppoe-discovery": {wrong: "pppoe-discovery", selects: ofType(0x8863)},
		"qinq":            {}, "dot1q": {wrong: "dot1q", selects: func(f *frame) bool { return f.tags != nil }, anywhere: true},
	}
	var numbers []int
	for _, o := range syntax.OtherNames {
		for _, word := range strings.FieldsFunc(o.Meaning, func(r rune) bool { return r < '0' || r > '9' }) {
			var n int
			if _, err := fmt.Sscan(word, &n); err == nil && n < 65536 {
				numbers = append(numbers, n)
			}
		}
	}
	made := frames(rand.New(rand.NewPCG(5, 5)), 8000, numbers...)
	for _, o := range syntax.OtherNames {
		row, special := around[o.Name]
		switch selects := meanings[o.Name]; {
		case selects != nil:
			row = suggestion{wrong: o.Name, selects: selects}
		case o.Meaning == "" || special && row.wrong == "":
			continue
		case !special:
			t.Errorf("%s: not said what it is to select", o.Name)
			continue
		}
		if row.want = suggested(t, row.wrong, compile.ModeSavefileLittle); row.want == "" {
			t.Errorf("%s: nothing is suggested", row.wrong)
			continue
		}
		row.check(t, made)
	}
}

// TestDisplayFields does the same for fields of display filters.
func TestDisplayFields(t *testing.T) {
	flag := func(bit int) meaning { return anyFlag(bit) }
	tests := []suggestion{
		{"tcp.port == 80", "", all(isTCP, onPorts(80)), false},
		{"tcp.srcport eq 80", "", all(isTCP, from(80, 80)), false},
		{"tcp.dstport != 80", "", none(all(plainFrame, isTCP, to(80, 80))), true},
		{"udp.port == 53", "", all(isUDP, onPorts(53)), false},
		{"udp.srcport >= 1024", "", all(isUDP, from(1024, 65535)), false},
		{"udp.dstport lt 1024", "", all(isUDP, to(0, 1023)), false},
		{"tcp.port in {80, 443}", "", all(isTCP, onPorts(80, 443)), false},
		{"sctp.port == 80", "", all(isSCTP, onPorts(80)), false},
		{"sctp.srcport == 80", "", all(isSCTP, from(80, 80)), false},
		{"sctp.dstport == 80", "", all(isSCTP, to(80, 80)), false},
		{"ip.addr == 192.0.2.1", "", with("192.0.2.1"), false},
		{"ip.addr == 192.0.2.0/24", "", with("192.0.2.0/24"), false},
		{"!(ip.addr == 192.0.2.1)", "", none(all(plainFrame, with("192.0.2.1"))), true},
		{"ip.addr != 192.0.2.1", "", none(all(plainFrame, with("192.0.2.1"))), true},
		{"ip.src == 192.0.2.1 && ip.dst == 10.0.0.0/8", "", all(sourceIn("192.0.2.1"), destinationIn("10.0.0.0/8")), false},
		{"ip.host == 192.0.2.1", "", with("192.0.2.1"), false},
		{"ip.src_host == 192.0.2.1", "", sourceIn("192.0.2.1"), false},
		{"ip.dst_host == 192.0.2.1", "", destinationIn("192.0.2.1"), false},
		{"ipv6.addr == 2001:db8::1", "", with("2001:db8::1"), false},
		{"ipv6.src == 2001:db8::/32", "", sourceIn("2001:db8::/32"), false},
		{"ipv6.dst == 2001:db8::1", "", destinationIn("2001:db8::1"), false},
		{"ipv6.host == 2001:db8::1", "", with("2001:db8::1"), false},
		{"eth.addr == 02:00:00:00:00:01", "", some(fromMAC(1), toMAC(1)), true},
		{"eth.src == 02:00:00:00:00:01", "", fromMAC(1), true},
		{"eth.dst == 02:00:00:00:00:01", "", toMAC(1), true},
		{"eth.type == 0x806", "", isARP, false},
		{"arp.opcode == 2", "", arpOp(2), false},
		{"arp.src.proto_ipv4 == 192.0.2.1", "", all(isARP, sourceIn("192.0.2.1")), false},
		{"arp.dst.proto_ipv4 == 192.0.2.1", "", all(isARP, destinationIn("192.0.2.1")), false},
		{"vlan.id == 5", "", inVLAN(5), true},
		{"mpls.label == 5", "", labelled(5), true},
		{"pppoe.session_id == 1", "", func(f *frame) bool { return f.session == 1 }, true},
		{"ip.proto == 6", "", all(isIP, isTCP), false},
		{"ip.ttl < 64", "", ip4(func(f *frame) bool { return f.ttl < 64 }), false},
		{"ip.len > 100", "", ip4(func(f *frame) bool { return binaryLength(f) > 100 }), false},
		{"ip.id == 77", "", ip4(func(f *frame) bool { return f.id == 77 }), false},
		{"ip.version == 4", "", isIP, false},
		{"ip.dsfield.dscp == 46", "", ip4(func(f *frame) bool { return f.tos>>2 == 46 }), false},
		{"ip.flags.df == 1", "", ip4(func(f *frame) bool { return f.df }), false},
		{"ip.flags.mf", "", ip4(func(f *frame) bool { return f.mf }), false},
		{"ip.frag_offset == 0", "", isIP, false},
		{"ipv6.nxt == 6", "", all(isIP6, isTCP), false},
		{"ipv6.hlim > 63", "", all(isIP6, func(f *frame) bool { return f.ttl > 63 }), false},
		{"frame.len > 100", "", size(func(n int) bool { return n > 100 }), true},
		{"frame.cap_len <= 60", "", size(func(n int) bool { return n <= 60 }), true},
		{"icmp.type == 8", "", icmpIs(8), false},
		{"icmp.code == 1", "", all(isICMP, func(f *frame) bool { return f.code == 1 }), false},
		{"icmpv6.type == 135", "", icmp6Is(135), false},
		{"tcp.flags == 0x12", "", flagged(0xff, 0x12), false},
		{"tcp.flags.syn == 1", "", flag(flagSYN), false},
		{"tcp.flags.syn == 0", "", flagged(flagSYN, 0), false},
		{"tcp.flags.syn", "", flag(flagSYN), false},
		{"tcp.flags.ack != 1", "", flagged(flagACK, 0), false},
		{"tcp.flags.fin == true", "", flag(flagFIN), false},
		{"tcp.flags.reset == 1", "", flag(flagRST), false},
		{"tcp.flags.push == 1", "", flag(flagPUSH), false},
		{"tcp.flags.urg == 1", "", flag(flagURG), false},
		{"tcp.window_size == 0", "", all(isIP, isTCP, func(f *frame) bool { return f.window == 0 }), false},
		{"tcp.window_size_value gt 1000", "", all(isIP, isTCP, func(f *frame) bool { return f.window > 1000 }), false},
		{"tcp.seq_raw == 9", "", all(isIP, isTCP), false},
		{"tcp.len > 0", "", all(isIP, isTCP, func(f *frame) bool { return f.payload > 0 }), false},
		{"udp.length > 40", "", all(isIP, isUDP, func(f *frame) bool { return 8+f.payload > 40 }), false},
	}
	made := frames(rand.New(rand.NewPCG(6, 6)), 6000)
	for _, row := range tests {
		if row.want = suggested(t, row.wrong, compile.ModeSavefileLittle); row.want == "" {
			t.Errorf("%s: nothing is suggested", row.wrong)
			continue
		}
		row.check(t, made)
	}
	for _, d := range syntax.DisplayFields {
		named := func(row suggestion) bool {
			return slices.Contains(strings.FieldsFunc(row.wrong, func(r rune) bool { return strings.ContainsRune(" !()&", r) }), d.Name)
		}
		if d.Name[:4] != "wlan" && d.Name != "vxlan.vni" && !slices.ContainsFunc(tests, named) {
			t.Errorf("no row of the table has %s", d.Name)
		}
	}
}
