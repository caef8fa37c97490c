package syntax_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// checkGolden compares lines with a golden file.
func checkGolden(t *testing.T, file string, got []string) {
	t.Helper()
	testenv.Golden(t, "testdata/"+file, []byte(strings.Join(got, "\n")+"\n"))
}

// parsed is an expression as understood, or what is wrong with it, on one line.
func parsed(expr string, expected map[string]int) string {
	e, err := compile.Parse(expr)
	if err == nil {
		return e.String()
	}
	return said(err, expected)
}

// said is all of an error on one line. Long lists of what is expected are given
// numbers.
func said(err error, expected map[string]int) string {
	var e *compile.Error
	if !errors.As(err, &e) {
		return "no *compile.Error: " + err.Error()
	}
	text := fmt.Sprintf("! %s [%d+%d]", e.Msg, e.Pos, e.Len)
	if e.Note != "" {
		text += "; " + e.Note
	}
	if s := e.Expected; s != "" {
		if expected[s] == 0 {
			expected[s] = len(expected) + 1
		}
		text += fmt.Sprintf("; expected %d", expected[s])
	}
	if e.Suggestion != "" {
		text += "; mean: " + e.Suggestion
	}
	return strings.ReplaceAll(text, "\n", `\n`)
}

// numbered lists what was expected, by its number.
func numbered(expected map[string]int) (lines []string) {
	lines = make([]string, len(expected))
	for s, n := range expected {
		lines[n-1] = fmt.Sprintf("expected %d: %s", n, s)
	}
	return lines
}

// compiled is what becomes of an expression: a checksum of its program, or the
// error if it is not one of syntax.
func compiled(expr string, link capture.LinkType) string {
	p, err := compile.Compile(expr, link, compile.ModeDead, compile.Options{Names: &wordNames, NoOptimize: true})
	var e *compile.Error
	if errors.As(err, &e) {
		if _, err := compile.Parse(expr); err != nil {
			return ""
		}
		return " ! " + strings.ReplaceAll(e.Msg, "\n", `\n`)
	}
	h := fnv.New32a()
	h.Write(bpf.AppendDecimal(nil, p.Instructions))
	return fmt.Sprintf(" = %d instructions, %08x", len(p.Instructions), h.Sum32())
}

// words cuts an expression at blanks, parentheses and brackets.
func words(expr string) []string {
	for _, c := range []string{"(", ")", "[", "]", ":"} {
		expr = strings.ReplaceAll(expr, c, " "+c+" ")
	}
	return strings.Fields(expr)
}

// samples are right expressions: those of the table of words, and some more.
func samples() (list []string) {
	for _, w := range syntax.Words {
		if !strings.Contains(w.Text, "icmp6-") && !strings.Contains(w.Text, "icmp-") && !strings.Contains(w.Text, "tcp-") {
			list = append(list, w.Sample)
		}
	}
	return append(list, "src or dst port 80", "src and dst host 10.0.0.1", "dst or src net 10", "host 10.0.0.1 or 10.0.0.2 and not 10.0.0.3", "port (80 or 443 or (8080))", "not (tcp or ip[0] & 0xf > 5)",
		"net 10.1.2.0/24", "net 2001:db8::/32", "ip[ip[0] & 0xf << 2:2] = -5 + len", "((1 + 2) * 3 - 4) / 5 = 6 % 7 ^ 8 | 9 & 10 << 11 >> 12", "type data subtype qos-data", "type ctl", "dir 3",
		"wlan subtype rts", "reason 5", "action rdr", "sio (3 or 4)", "vpi >= 7", "byte 3 & 5", "byte 3 < 5", "vlan", "mpls (3)", "pppoes ((4))", "host \\tcp", "proto \\udp or 47", "ether proto \\arp", "tcp src port 80 or dst 443")
}

// TestTokens takes away, doubles, swaps and replaces each token of right
// expressions: how what is left is understood, or what is said of it.
func TestTokens(t *testing.T) {
	expected := make(map[string]int)
	seen := make(map[string]bool)
	var lines []string
	add := func(w []string) {
		expr := strings.Join(w, " ")
		if !seen[expr] {
			seen[expr] = true
			lines = append(lines, expr+" => "+parsed(expr, expected))
		}
	}
	others := []string{"80", "tcp", "(", ")", "=", "foo", "10.0.0.1", "and", "[", "port", "src", "not", "-", "::1", "$7", "/", "0x1g", "type", "aa:bb:cc:dd:ee:ff", "&", "len", "vpi", "mask", "broadcast", "vlan"}
	for i, expr := range samples() {
		w := words(expr)
		lines = append(lines, "# "+expr+" => "+parsed(expr, expected))
		for k := range w {
			add(slices.Delete(slices.Clone(w), k, k+1))
			add(slices.Insert(slices.Clone(w), k, w[k]))
			if k > 0 {
				swapped := slices.Clone(w)
				swapped[k-1], swapped[k] = w[k], w[k-1]
				add(swapped)
			}
			for n := range 3 {
				replaced := slices.Clone(w)
				replaced[k] = others[(i*7+k*3+n*11)%len(others)]
				add(replaced)
			}
		}
		add(append(slices.Clone(w), others[i%len(others)]))
	}
	checkGolden(t, "tokens.golden", append(numbered(expected), lines...))
}

// TestLiterals has numbers and addresses in all their forms, and nearly so.
func TestLiterals(t *testing.T) {
	var list []string
	for n := 1; n <= 9; n++ { // groups of IPv6, `::` at any place or none, four dotted numbers at the end or not
		groups := strings.Split("1:22:333:abcd:5:6:7:8:9", ":")[:n]
		list = append(list, strings.Join(groups, ":"), strings.Join(groups, ":")+":1.2.3.4", strings.Join(groups, ":")+"::", "::"+strings.Join(groups, ":"), "::"+strings.Join(groups, ":")+":1.2.3.4")
		for k := 1; k < n; k++ {
			list = append(list, strings.Join(groups[:k], ":")+"::"+strings.Join(groups[k:], ":"))
			list = append(list, strings.Join(groups[:k], ":")+"::"+strings.Join(groups[k:], ":")+":1.2.3.4")
		}
	}
	list = append(list, "::", ":::", "::1::2", "1::2::3", "12345::", "::g", "fe80::1%eth0", "::ffff:1.2.3", "::1.2.3.4.5", "::256.1.1.1", "1:", ":1", "1:2:", "1:2:3:", "aa:bb:cc:dd:ee:", "aa::bb:", "aa:b:c:")
	for _, sep := range []string{":", "-", "."} {
		for n := 4; n <= 8; n++ {
			list = append(list, strings.Join(strings.Split("a.bb.0.1f.2.c3.d.e", ".")[:n], sep), strings.Join(strings.Split("1.22.0.10.2.3.4.5", ".")[:n], sep), strings.Join(strings.Split("a.bb.0.1f.200.c3.d.e", ".")[:n], sep))
		}
	}
	list = append(list, "aabb.ccdd.eeff", "aabb.ccd.deeff", "aabb.ccddeeeff", "aabbc.cdd.eeff", "aabb.ccdd-eeff", "aabb.ccdd.eef", "aabb.ccdd", "aabb:ccdd.eeff", "aabb.ccdd:eeff", "aabbccddeeff", "aabbccddeef", "aabbccddeeff0", "AABBCCDDEEFF", "aa:bb-cc:dd:ee:ff", "aa:bb:cc:dd:ee:fff", "112233445566", "1122.3344.5566")
	list = append(list, "$5", "$ff", "$fff", "$", "$g", "0", "00", "07", "08", "0x", "0xf", "0XF", "0xg", "0xfffffffff", "4294967295", "4294967296", "0x100000000", "037777777777", "040000000000", "99999999999", "12a", "1.2", "1.2.3", "1.2.3.4", "1.2.3.4.5",
		"1.", ".1", "1..2", "0x10.2", "1.2.3.256", "01.02.03.04", "a", "a-b", "a-", "a_b", "a_", "-a", "a.b", "a.b.", "_a", "a--b", "é", "\\a", "\\", "\\(", "\\a!b", "\\tcp", "x\ty", "x\ny", "a,b", "a;b", "a{b", "\"a\"", "1-2", "80-90", "#1", "@")
	var lines []string
	expected := make(map[string]int)
	for _, s := range list {
		for _, before := range []string{"host ", "net ", "port ", "ether host ", "1 = ", "portrange "} {
			expr := before + s
			lines = append(lines, fmt.Sprintf("%q => %s", expr, parsed(expr, expected)+compiled(expr, capture.LinkEN10MB)))
		}
	}
	for _, op := range []string{"=", "==", "!=", "<", ">", "<=", ">=", "&", "|", "<<", ">>", "+", "-", "*", "/", "%", "^", "!", "&&", "||", "=<", "=>", "<>", "===", "~", "?"} {
		for _, form := range []string{"1 %s 2 = 3", "1 %s 2", "1%s2", "tcp %s udp", "%s tcp", "1 + 2 %s 3 * 4 = 5", "vpi %s 3", "byte 3 %s 4"} {
			expr := fmt.Sprintf(form, op)
			lines = append(lines, fmt.Sprintf("%q => %s", expr, parsed(expr, expected)+compiled(expr, capture.LinkEN10MB)))
		}
	}
	checkGolden(t, "literals.golden", append(numbered(expected), lines...))
}

// TestMeanings has the samples of all words, in all spellings, and all words that
// may follow `llc`, `type` and the like, with what they are compiled to.
func TestMeanings(t *testing.T) {
	var lines []string
	add := func(expr string, link capture.LinkType) {
		lines = append(lines, expr+" => "+parsed(expr, make(map[string]int))+compiled(expr, link))
	}
	for _, w := range syntax.Words {
		for _, spelling := range append([]string{w.Text}, w.Aliases...) {
			add(replaceWord(w.Sample, w.Text, spelling), linkOf(t, w))
		}
	}
	for _, before := range []string{"llc", "type", "type mgt subtype", "type ctl subtype", "type data subtype", "dir", "reason", "action"} {
		link := capture.LinkIEEE802_11
		if before == "reason" || before == "action" {
			link = capture.LinkPFLOG
		}
		_, err := compile.Parse(before + " nosuch")
		var e *compile.Error
		if !errors.As(err, &e) || e.Expected == "" {
			t.Fatalf("%s nosuch: %v, want a list of what is expected", before, err)
		}
		for _, word := range append(strings.Split(strings.ReplaceAll(e.Expected, "`", ""), ", "), "bar", "ba", "0", "4", "0x10", "0xf0", "0x100") {
			add(before+" "+word, link)
			if _, subtype, ok := strings.Cut(before, " sub"); ok {
				add("sub"+subtype+" "+word, link)
			}
		}
	}
	checkGolden(t, "meanings.golden", lines)
}

// TestSideBySide has constructs that nest repeated side by side, which takes no
// depth.
func TestSideBySide(t *testing.T) {
	for _, unit := range []string{
		"host (10.0.0.1 or 10.0.0.2)", "port (80)", "port ((80) or (443))", "host (not 10.0.0.1)", "host not 10.0.0.1", "not tcp", "! (tcp)", "(tcp)", "((tcp or udp))", "(1 + 2) * 3 = 4", "-ip[0] = 1", "ip[ip[0]] = (3)", "(5) = 5",
		"vlan (5)", "mpls ((5))", "1 + 2 * 3 = 3 - 4", "sio (3 or 4)", "1 % 2 ^ 3 = 4", "80 = 80", "ip[0:(1)] = 3", "ip[(0):1] = (3)",
	} {
		_, err := compile.Parse(unit)
		_, many := compile.Parse(strings.Repeat(unit+" or ", 10100) + unit)
		if (err == nil) != (many == nil) {
			t.Errorf("%s: %v, 10,000 of it: %v", unit, err, many)
		}
	}
}

// TestMisspelt has letters dropped, doubled, swapped and replaced in words, and
// what they are taken for.
func TestMisspelt(t *testing.T) {
	rnd := rand.New(rand.NewPCG(61, 16))
	expected := make(map[string]int)
	var lines []string
	for _, w := range syntax.Words {
		link := linkOf(t, w)
		for _, spelling := range append([]string{w.Text}, w.Aliases...) {
			for n := range 5 {
				k, b := rnd.IntN(len(spelling)), []byte(spelling)
				switch n {
				case 0:
					b = slices.Delete(b, k, k+1)
				case 1:
					b = slices.Insert(b, k, b[k])
				case 2:
					if k > 0 {
						b[k-1], b[k] = b[k], b[k-1]
					}
				case 3:
					b[k] = 'a' + byte(rnd.IntN(26))
				case 4:
					b[0] -= 'a' - 'A'
				}
				if len(b) == 0 || string(b) == spelling || strings.Contains(w.Text, "icmp6-") && n != 0 {
					continue
				}
				expr := replaceWord(w.Sample, w.Text, string(b))
				if _, err := compile.Compile(expr, link, compile.ModeDead, compile.Options{Names: &wordNames}); err != nil {
					lines = append(lines, expr+" => "+said(err, expected))
				}
			}
		}
	}
	checkGolden(t, "misspelt.golden", append(numbered(expected), lines...))
}

// TestSlips has what people write who know another language, or whose shell has
// eaten something, on several link types and live.
func TestSlips(t *testing.T) {
	list := []string{
		"tcp and", "and tcp", "tcp or or udp", "tcp && || udp", "not", "tcp not", "tcp and not", "(tcp", "tcp)", "((tcp)", "()", "tcp udp", "port 80 443", "host 10.0.0.1 10.0.0.2", "TCP", "Tcp Port 80", "tcp AND Udp", "NOT tcp",
		"port80", "tcpport 80", "arpand icmp", "host10.0.0.1", "80", "10.0.0.1 and", "10.0.0.1", "::1", "2001:db8::/32", "10.0.0.0/8", "aa:bb:cc:dd:ee:ff", "foo", "foo.example", "foo and tcp", "port", "host", "net", "src", "dst", "src 80", "dst 10.0.0.1/8",
		"port tcp 80", "80 port", "80 tcp", "src host and 10.0.0.1", "port = 80", "port == 80", "port: 80", "host = 10.0.0.1", "port != 80", "not port = 80", "tcp and port != 80", "proto = tcp", "proto tcp", "ip proto udp", "proto: 6", "ip == 10.0.0.1",
		"ether[14] & 1", "tcp[13] & 2", "ip[0]", "len", "len + 4", "tcp[tcpflag] = 2", "tcp[flags] = 2", "tcp[0", "tcp[0:3", "ip[2:2 > 4", "tcp, udp", "tcp; udp", "tcp + udp", "tcp | udp", "tcp & udp", "port 80,443", "host a, b",
		"http", "dns", "gre", "ping", "dhcp", "lldp", "tcp and https", "rtp", "syn", "in", "from 10.0.0.1", "to 10.0.0.1", "between 10.0.0.1 and 10.0.0.2", "from 10.0.0.1 to 10.0.0.0/8", "src not 10.0.0.1", "no tcp",
		"tcp.port == 80", "ip.addr == 10.0.0.1", "ip.src != 10.0.0.1", "ip.addr == 10.0.0.0/8", "tcp.flags.syn == 1", "tcp.flags.syn", "tcp.port in {80 443}", "tcp.port >= 1024", "udp.port lt 53", "frame.len gt 100", "nosuch.field == 3", "eth.type == 0x800 and ip.proto == 6",
		"tcp.port ! = 80", "ip.ttl < 5 && tcp.dstport eq 80", "!(tcp.port == 80)", "tcp.port == 80 || tcp.port == 443", "ip.flags.df == 0", "ip.flags.df != true", "vlan.id == 5", "tcp.port ==", "icmp.type", "tcp.len > 0 and udp",
		"host 10.0.0.1:80", "host [::1]:80", "host ::1.80", "src 10.0.0.1.80", "net 10.0.0.0 255.0.0.0", "net 10.0.0.0/255.0.0.0", "net 10.0.*", "net 10.0.0.1-10.0.0.9", "host 10.0.0.1-9", "host 10.0.0.0-10.0.0.255", "10.0.0.5-10.0.0.4", "host 10.0.0.7-7",
		"host 10.0.0.1-10.200.0.9", "host fe80::1%eth0", "ports 80-90", "port 80-90", "port 80..90", "portrange 80 90", "portrange 80:90", "port > 1024", "port <= 1023", "port < 0", "port >= 65536", "port between 80 and 90", "portrange 80-", "portrange -90", "80/tcp", "tcp/80", "tcp:80",
		"tcp dst 80", "udp src domain", "sport 80", "dst-port 80", "port (80, 443)", "port {80,443}", "ports 80,443", "http,https", "host (a, b)", "nets 10.0.0.0/8,192.168.0.0/16", "net 10.0.0.0/8,11.0.0.0/8", "mac aa:bb:cc:dd:ee:ff", "eth src aa:bb:cc:dd:ee:ff",
		"tcp flags syn", "tcp[syn]", "tcp[syn] = 1", "tcp[syn] = 0", "tcp flags = syn", "tcp flags syn,ack", "tcp flags & (syn|ack)", "tcp flags = syn+ack", "tcp flags != rst", "tcp.flags & 2", "tcp flags = 0x12", "tcp-syn", "syn-ack", "synack and port 80",
		"tcp[tcpflags] & syn != 0", "tcp[tcpflags] = syn|ack", "tcp[13] & (syn or fin) > 0", "tcp flags is ack", "tcp flags has psh and urg", "tcp flags == reset", "tcp flags push = 1", "tcp flags push == 0",
		"protocol tcp", "protocol 47", "ip protocol gre", "ip6 proto = icmp6", "protocol host", "tcp4", "udp6", "ip version 6", "ethertype 0x800", "ether type arp", "ttl < 5", "ip ttl 5", "ip[ttl] > 3", "tos 16", "dscp 46", "ip id 77", "ip length > 100",
		"size > 100", "packet size 100 bytes", "greater than 100", "less than 60", "byte 3 & 1 = 1", "byte 3 != 4", "byte 3:2 = 5", "icmp echo request", "icmp type 8", "icmp type = unreachable", "icmp6 type neighbor solicitation", "icmp[type] = 8", "icmp6 code 3",
		"icmp packet too big", "icmp6 packet too big", "icmp6 time exceeded", "arp request", "arp who-has", "arp op 2", "rarp reply", "vlan 5-10", "vlan 5,6,7", "vlan id 5", "vlan = 5", "vlan 5 or 6", "vlan tag 5 to 9", "mpls label 5", "vxlan vni 7",
		"dir in", "direction outbound", "tcp contains foo", "tcp matches bar", "-i eth0 tcp", "tcp -n", "tcp -c 5", "tcp -nn -v", "tcp nn", "tcp --count=3", "\u201ctcp\u201d", "tcp \u2013 1", "'port 80'", "tcp\u00a0port 80", "len \u2265 100", "`tcp`",
		"type data subtype becon", "wlan type nosuch", "subtype nosuch", "reason nosuch", "action nosuch", "llc nosuch", "dir nosuch", "prot 6", "hst 10.0.0.1", "prt 80", "nett 10.0.0.0/8", "porrtange 1-2", "vlna 5", "tpc port 80", "icpm", "udpp", "ssrc port 80", "dts 10.0.0.1",
		"port htpp", "port https or htp", "udp port http", "port nosuch-service", "port dns", "port 22-tcp", "host example", "host 10.0.0.256", "host 1.2.3.4.5", "net 10.0.0.1/8", "net 10/33", "icmp[0] = 8 and ip6", "tcp and udp", "ip and arp", "port 80 and port 443 and icmp", "tcp[13] & 2 = 1",
		"tcp and 80", "tcp or 5 and udp", "icmp and 10.0.0.1/8", "tcp and foo.example", "udp and not 53", "arp or 80 and 443", "tcp and aa:bb:cc:dd:ee:ff", "tcp and ::1/128", "ip and $5", "tcp and (ip or vlan 5)", "icmp and vlan 5 and ip6", "tcp or (udp and arp)", "host 10.0.0.1 and ip6", "icmp and ip6", "tcp[0:2] = 80 and ip6", "udp[0:2] = 53 and host ::1", "host a and host b", "src host 10.0.0.1 and src host 10.0.0.2",
	}
	expected := make(map[string]int)
	var lines []string
	for _, c := range []struct {
		name string
		link capture.LinkType
		mode compile.Mode
	}{
		{"Ethernet", capture.LinkEN10MB, compile.ModeSavefileLittle},
		{"Ethernet, live", capture.LinkEN10MB, compile.ModeLive},
		{"Raw IP", capture.LinkRAW, compile.ModeDead},
		{"802.11", capture.LinkIEEE802_11, compile.ModeDead},
	} {
		lines = append(lines, "# "+c.name)
		for _, expr := range list {
			if _, err := compile.Compile(expr, c.link, c.mode, compile.Options{Names: &suggestNames}); err != nil {
				lines = append(lines, expr+" => "+said(err, expected))
			}
		}
	}
	checkGolden(t, "slips.golden", append(numbered(expected), lines...))
}

// TestElsewhereTexts has the expressions for packets elsewhere.
func TestElsewhereTexts(t *testing.T) {
	var lines []string
	for _, expr := range []string{
		"tcp", "udp port 53", "src port 80", "dst port 80", "src and dst port 80", "port 80 or port 443", "portrange 80-90", "tcp src portrange 90-80", "src and dst portrange 1-2", "port http", "port nosuch and tcp", "sctp", "icmp6", "pim", "vrrp", "icmp", "arp",
		"tcp[0:2] = 80", "tcp[13] & 2 != 0", "udp[8:4] > tcp[0]", "icmp6[0] = 128", "sctp[0:2] = 5", "icmp[icmptype] = icmp-echo", "icmp[0] != 3", "icmp[1] = 3", "icmp[0] = 77", "tcp[tcp[12] >> 2] = 1", "tcp[(tcp[12])] = 1", "-tcp[0] = 1", "(tcp[0] + 1) * 2 = len - udp[1]", "ip[8] = tcp[1]",
		"not tcp", "not (tcp or udp)", "tcp and (udp or icmp6) or not sctp", "(tcp) and (port 80)", "(tcp or udp) and (ip6 or ip)", "tcp or udp and port 80", "((tcp or udp))", "ip", "len > 5", "", "port 0x50", "tcp port 443 and host 10.0.0.1", "vpi[0] = 1",
	} {
		p, err := compile.Compile(expr, capture.LinkEN10MB, compile.ModeDead, compile.Options{Names: &suggestNames})
		if err != nil {
			continue
		}
		lines = append(lines, "# "+expr)
		for i, e := range p.Elsewhere(&suggestNames) {
			if i < 9 && expr != "tcp" && i != 1 {
				continue // the same in front of each
			}
			lines = append(lines, e.Packets+": "+e.Expr)
		}
	}
	checkGolden(t, "elsewhere.golden", lines)
}

// TestDepths has how deep each construct may nest: libpcap's parser gives up at
// 10,000 symbols, of which some constructs take several.
func TestDepths(t *testing.T) {
	var lines []string
	for _, c := range [][4]string{ // what opens, what is inside, what closes, what follows
		{"(", "tcp", ")", ""}, {"not ", "tcp", "", ""}, {"! ", "tcp", "", ""}, {"-", "1", "", " = 1"}, {"1 = -", "1", "", ""}, {"ip[", "0", "]", " = 1"}, {"(", "1", ")", " = 1"}, {"(", "1 + 1", ")", " = 1"}, {"1 + (", "1", ")", " = 1"}, {"1 * ", "1", "", " = 1"},
		{"1 % ", "1", "", " = 1"}, {"1 | 1 & 1 << 1 + 1 * (", "1", ")", " = 1"}, {"tcp or (", "udp", ")", ""}, {"port 1 and (", "2", ")", ""}, {"tcp or not (", "udp", ")", ""}, {"1 = 1 + (", "1", ")", ""}, {"(-", "1", ")", " = 1"}, {"tcp and (not ", "udp", ")", ""},
	} {
		parses := func(n int) error {
			_, err := compile.Parse(strings.Repeat(c[0], n) + c[1] + strings.Repeat(c[2], n) + c[3])
			return err
		}
		if c[0] == "1 = -" || c[0] == "1 = 1 + (" { // on the right side alone
			inner := strings.TrimPrefix(c[0], "1 = ")
			parses = func(n int) error {
				_, err := compile.Parse("1 = " + strings.Repeat(inner, n) + c[1] + strings.Repeat(c[2], n))
				return err
			}
		}
		n := sort.Search(12000, func(n int) bool { return parses(n+1) != nil })
		lines = append(lines, fmt.Sprintf("%d times %q: %v", n, c[0], parses(n+1)))
	}
	for _, c := range [][3]string{{"host (", "1.1.1.1", ")"}, {"port (", "80", ")"}, {"port (not ", "80", ")"}, {"vlan (", "5", ")"}, {"port (1 or (", "80", "))"}, {"host not ", "1.1.1.1", ""}} {
		word, inner, _ := strings.Cut(c[0], " ")
		parses := func(n int) error {
			_, err := compile.Parse(word + " " + strings.Repeat(inner, n) + c[1] + strings.Repeat(c[2], n))
			return err
		}
		n := sort.Search(12000, func(n int) bool { return parses(n+1) != nil })
		lines = append(lines, fmt.Sprintf("%d times %q: %v", n, c[0], parses(n+1)))
	}
	checkGolden(t, "depths.golden", lines)
}

// TestDetails has what is said on several lines.
func TestDetails(t *testing.T) {
	long := strings.Repeat("port 1 or ", 30)
	var lines []string
	for _, expr := range []string{
		"", "prot 5", "tcp and", long + "prot 5", "prot 5 or " + long + "port 3", long + "prot 5 or " + long + "port 3", "host \x01\u00e9 prot", "tcp\nudp", long + "tcp.port == " + strings.Repeat("8", 300), "port 80 " + strings.Repeat("a", 200), "vlan 5-10 or " + long + "tcp",
		"type mgt subtype bacon", "net 10.0.0.0/8,11.0.0.0/8", strings.Repeat(" ", 100) + "foo", strings.Repeat("\u00e9", 100), "reason nosuch", strings.Repeat("(", 100), "1 = " + strings.Repeat("9", 300), "tcp contains foo", "ether host 1:2:3:", "number 0789 = 1", "len = 0x1ffffffff",
		strings.Repeat("tcp or ", 20) + "prot 6 or " + strings.Repeat("udp or ", 300) + "ip", "wlan host nosuch\x7f and (", "tcp and host fe80::1%eth0",
		"(" + long + "tcp", "((" + long + "tcp)", long + "(tcp", long + "ip[0", long + "tcp and", // what is meant begins as it does
		"type 12 subtype beacon", "type 8 subtype 0x80", "type 8 subtype 0x8f", "type 3 subtype 0", "net 10.1.2.3 mask 255.255.0.0", "net 10.1.2.3 mask 0.0.0.5", "net 10.1.2.3/16",
	} {
		for _, link := range []capture.LinkType{capture.LinkEN10MB, capture.LinkRAW} {
			_, err := compile.Compile(expr, link, compile.ModeDead, compile.Options{Names: &wordNames})
			var e *compile.Error
			if errors.As(err, &e) {
				lines = append(lines, fmt.Sprintf("# %v: %.40q\n%s%s", link, expr, e.Detail(), e.Error()))
			}
		}
	}
	_, err := compile.Parse(strings.Repeat("x", syntax.MaxLength+1))
	var e *compile.Error
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	lines = append(lines, "# too long\n"+e.Detail())
	if _, err := compile.Parse(strings.Repeat(" ", syntax.MaxLength)); err != nil {
		t.Errorf("%d bytes: %v", syntax.MaxLength, err)
	}
	checkGolden(t, "details.golden", strings.Split(strings.Join(lines, "\n"), "\n"))
}
