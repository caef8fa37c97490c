package compile

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// line is a program on one line, a long one as a checksum.
func line(prog []bpf.Instruction, most int) string {
	if len(prog) > most {
		h := fnv.New32a()
		h.Write(bpf.AppendDecimal(nil, prog))
		return fmt.Sprintf("%d instructions, %08x", len(prog), h.Sum32())
	}
	lines := make([]string, len(prog))
	for i, ins := range prog {
		text := string(bpf.AppendInstruction(nil, ins, i))
		lines[i] = strings.Join(strings.Fields(text[strings.IndexByte(text, ')')+1:]), " ")
	}
	return strings.Join(lines, "; ")
}

// understood is what becomes of an expression: its plain program, of which at
// most so many instructions are shown, or the error.
func understood(t *testing.T, expr string, o options, most int) string {
	t.Helper()
	o.SnapLen, o.Network, o.NoOptimize, o.Names = capture.MaxSnapLen, testNetwork, true, &testNames
	p, err := compileNewer(expr, &o) // without the search for suggestions
	var wrong *syntax.Error
	switch {
	case errors.As(err, &wrong):
		return "error: " + oneLine(wrong.Msg)
	case err != nil:
		t.Errorf("%s: %v", expr, err)
	}
	return line(p.Instructions, most)
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", `\n`) }

// checkGolden compares lines with a golden file.
func checkGolden(t *testing.T, file string, got []string) {
	t.Helper()
	testenv.Golden(t, "testdata/"+file, []byte(strings.Join(got, "\n")+"\n"))
}

// everyLinkType lists the link types that the compiler knows.
func everyLinkType() (list []capture.LinkType) {
	for l := range capture.LinkType(400) {
		if _, err := Compile("", l, ModeDead, Options{}); err == nil {
			list = append(list, l)
		}
	}
	return list
}

// perLinkType are primitives whose meaning is the link type's to say.
var perLinkType = []string{
	"ip", "ip6", "arp", "rarp", "atalk", "aarp", "decnet host 1.5", "lat", "sca", "moprc", "mopdl", "iso", "esis", "isis", "clnp", "iih", "l1", "stp", "ipx", "netbeui",
	"tcp port 80", "host 10.0.0.1", "ip6 net 2001:db8::/32", "ip multicast", "ip broadcast", "ip protochain 6",
	"ether src 02:00:00:00:00:07", "ether host 02:00:00:00:00:07", "ether broadcast", "ether multicast", "link host $5", "gateway four",
	"ether proto 0x0842", "ether proto 0x42", "ether proto \\lldp", "ip[8] > 5", "link[0] = 1", "radio[2] = 1", "llc", "llc ui",
	"inbound", "outbound", "ifindex 3", "vlan 5 and ip", "mpls 7 and ip", "pppoed", "pppoes 5 and ip", "geneve 9 and ip", "vxlan 9 and arp", "vlan and mpls and tcp",
	"type mgt subtype beacon", "dir tods", "wlan ta 02:00:00:00:00:07", "wlan addr4 02:00:00:00:00:07",
	"vxlan and clnp", "geneve and clnp", "vlan and clnp", "pppoes and iso", "lane and clnp", "vxlan and llc", "geneve and stp", "mpls and ip6 and tcp", "lane and ether broadcast", "mpls and clnp",
	"ifname em0", "reason short", "lane and arp", "vci 5", "connectmsg", "fisu", "hmsu", "dpc 300", "hsls 3",
}

// perMode are those whose meaning is also the mode's.
var perMode = []string{"ip", "ip6", "arp", "inbound", "outbound", "ifindex 3", "vlan 5 and ip", "vlan and mpls and tcp", "ether broadcast"}

var modeNames = [...]string{"", "/live", "/little", "/big"}

// TestEveryLinkType compares the plain program of each such primitive on every
// link type, and in the modes in which it differs from that, with a golden file.
func TestEveryLinkType(t *testing.T) {
	links := everyLinkType()
	if len(links) < 100 {
		t.Errorf("%d link types, want all", len(links))
	}
	var lines []string
	for _, expr := range perLinkType {
		lines = append(lines, "# "+expr)
		var programs []string // in the order in which they come up
		on := make(map[string][]string)
		for _, l := range links {
			dead := ""
			for mode, suffix := range modeNames {
				if mode > 0 && !slices.Contains(perMode, expr) {
					break
				}
				text := understood(t, expr, options{link: l, mode: Mode(mode)}, 10)
				if expr != "ip" && strings.HasPrefix(text, "error") { // of which one is enough
					text = strings.Replace(text, describe(l), "LINK", 1)
				}
				if mode == 0 {
					dead = text
				} else if text == dead {
					continue
				}
				if on[text] == nil {
					programs = append(programs, text)
				}
				name := l.Name()
				if name == "" {
					name = fmt.Sprint(int(l))
				}
				on[text] = append(on[text], name+suffix)
			}
		}
		for _, text := range programs {
			lines = append(lines, strings.Join(on[text], " "), "\t"+text)
		}
	}
	checkGolden(t, "linktypes.golden", lines)
}

// optionWords follow some words of the language.
var optionWords = map[string]string{
	"llc":      "i s u rr rnr rej ui ua disc dm sabme test xid frmr",
	"type":     "data mgt management ctl control 0 4 8 12",
	"type mgt": "assocreq assocresp reassocreq reassocresp probereq proberesp beacon atim disassoc auth deauth assoc-req assoc-resp reassoc-req reassoc-resp probe-req probe-resp disassociation authentication deauthentication 0xf0",
	"type ctl": "ps-poll rts cts ack cf-end cf-end-ack bar ba",
	"type data": "data data-cf-ack data-cf-poll data-cf-ack-poll null cf-ack cf-poll cf-ack-poll qos-data qos-data-cf-ack qos-data-cf-poll qos-data-cf-ack-poll " +
		"qos qos-cf-poll qos-cf-ack-poll",
	"dir":    "nods tods fromds dstods 0 1 2 3 4",
	"reason": "match bad-offset fragment short normalize memory bad-timestamp congestion ip-option proto-cksum state-mismatch state-insert state-limit src-limit synproxy 77",
	"action": "pass accept drop block scrub noscrub nat nonat binat nobinat rdr nordr synproxy-drop",
}

// TestEveryWord does the same for the sample of each word, in all spellings, and
// for the words that may follow some.
func TestEveryWord(t *testing.T) {
	var lines []string
	add := func(link, expr string) {
		l := capture.LinkEN10MB
		if link != "" {
			l, _ = capture.LinkTypeByName(link)
		}
		lines = append(lines, expr, "\t"+understood(t, expr, options{link: l}, 30))
	}
	for _, w := range syntax.Words {
		add(w.Needs, w.Sample)
		for _, alias := range w.Aliases {
			add(w.Needs, strings.Replace(w.Sample, w.Text, alias, 1))
		}
	}
	for _, before := range []string{"llc", "type", "dir", "reason", "action"} {
		link := map[string]string{"type": "IEEE802_11", "dir": "IEEE802_11", "reason": "PFLOG", "action": "PFLOG"}[before]
		for _, word := range strings.Fields(optionWords[before]) {
			add(link, before+" "+word)
			if before == "type" {
				for _, subtype := range strings.Fields(optionWords["type "+word]) {
					add(link, "type "+word+" subtype "+subtype)
					add(link, "subtype "+subtype)
				}
			}
		}
	}
	for _, field := range []string{"sio", "opc", "dpc", "sls", "hsio", "hopc", "hdpc", "hsls"} {
		for _, n := range []int{0, 1, 2, 3, 4, 12, 15, 16, 0xaa, 0x155, 255, 256, 0x2aaa, 0x1555, 16383, 16384} {
			add("MTP2", fmt.Sprintf("%s %d", field, n))
		}
	}
	for _, link := range []string{"MTP2", "MTP2_WITH_PHDR", "ERF"} {
		add(link, "hfisu or hlssu or sls 3 or sio 5 or opc 9")
	}
	for _, rel := range []string{"=", "!=", "<", "<=", ">", ">="} {
		add("SUNATM", "vpi "+rel+" 3 or vci "+rel+" 5")
		add("", "len "+rel+" ip[8]")
	}
	for _, op := range []string{"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"} {
		add("", fmt.Sprintf("ether[0] %s 3 = 5", op))
		add("", fmt.Sprintf("ip[2:2] %s tcp[4:4] > udp[2] ", op))
	}
	for _, far := range []string{"ether[4294967290]", "ip[4294967290]", "ether[ether[4294967290]]"} { // at no packet's place
		for _, form := range []string{"%s + ether[0] = 3", "ether[0] + %s = 3", "1 + %s = 1", "%s - 1 = 1", "-%s = 1", "ether[0] > %s", "tcp or %s = 0", "not %s = 0"} {
			add("", fmt.Sprintf(form, far))
		}
	}
	for _, rel := range []string{"=", "<", ">", "&", "|"} {
		add("", "byte 3 "+rel+" 5")
	}
	checkGolden(t, "words.golden", lines)
}

// TestQualifiers has every protocol before every type of address and every
// direction: what it means, by a checksum of the program, or why it means
// nothing.
func TestQualifiers(t *testing.T) {
	var lines []string
	addresses := []string{
		"host 10.0.0.1", "host 2001:db8::1", "net 10.0.0.0/8", "net 2001:db8::/32", "net lab", "host 02:00:00:00:00:07", "host $5", "host both", "host four", "host nosuch", "host 1.5",
		"port 80", "port http", "port tftp", "port both", "port nosuch", "portrange 80-90", "portrange http-tftp", "proto 6", "proto \\gre", "proto \\ip", "proto nosuch", "protochain 6", "gateway four",
		"broadcast", "multicast", "10.0.0.1",
	}
	for _, link := range []capture.LinkType{capture.LinkEN10MB, capture.LinkIEEE802_11, capture.LinkRAW, capture.LinkFDDI} {
		for _, w := range syntax.Words {
			if syntax.ProtocolByWord(w.Text) == syntax.QualDefault || link != capture.LinkEN10MB && w.Text != "ip" && w.Text != "ip6" && w.Text != "ether" && w.Text != "tcp" && w.Text != "wlan" && w.Text != "arp" {
				continue
			}
			lines = append(lines, fmt.Sprintf("# %s on %s", w.Text, link.Name()))
			said := make(map[string][]string)
			var order []string
			for _, dir := range []string{"", "src ", "dst ", "src and dst ", "src or dst ", "addr1 ", "addr2 ", "addr3 ", "addr4 ", "ra ", "ta "} {
				if (dir == "addr2 " || dir == "addr3 " || dir == "addr4 " || dir == "ra " || dir == "ta ") && w.Text != "wlan" && w.Text != "ip" {
					continue
				}
				for _, a := range addresses {
					text := understood(t, w.Text+" "+dir+a, options{link: link}, 0)
					if strings.HasSuffix(text, "syntax error") {
						continue
					}
					if said[text] == nil {
						order = append(order, text)
					}
					said[text] = append(said[text], dir+a)
				}
			}
			for _, text := range order {
				lines = append(lines, text+": "+strings.Join(said[text], ", "))
			}
		}
	}
	checkGolden(t, "qualifiers.golden", lines)
}

// wrong are expressions that the generator refuses, or on which it has something
// to say.
var wrong = []string{
	"1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1))))))))))))))))) = 3", "1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1 + (1))))))))))))) = 3",
	"host 256.1.1.1", "net 1.2.300", "src host 1.2.3.4444", "host nosuch", "net nosuch", "port nosuch", "ip proto nosuch", "ip6 host four", "ip host 2001:db8::1", "ip6 host 10.0.0.1", "ether host nosuch", "ether proto nosuch", "iso proto nosuch",
	"arp host 2001:db8::1", "net 10.0.0.1/8", "net 10.0.0.0/33", "net 2001:db8::/129", "net 2001:db8::1/64", "net 10.0.0.1 mask 255.0.0.0", "net 1.2.3 mask 255.255.0.0", "ip6 net 10.0.0.0/8",
	"ip net 2001:db8::/32", "host 10.0.0.0/8", "host 2001:db8::/32", "port 65536", "portrange 10", "portrange 10-20-30", "portrange -20", "portrange 10-", "portrange 5-nosuch", "portrange 70000-80000", "portrange 20-10",
	"portrange 4294967296-5", "portrange 5-4294967296", "portrange 08-9", "portrange 5-0x1g", "portrange 0x50-0x60", "portrange 010-020", "portrange 65536-65537", "portrange 1-65536", "portrange http-nosuch", "udp portrange http-90", "tcp portrange tftp-90", "portrange tftp-http", "udp port http", "tcp port tftp", "sctp port http", "icmp port 80", "ip port 80", "igmp host 10.0.0.1", "tcp host 10.0.0.1",
	"udp net 10.0.0.0/8", "tcp proto 6", "tcp proto \\udp", "ether port 80", "ip6 protochain nosuch", "arp protochain 6", "ip protochain 70000", "tcp protochain 5", "gateway 10.0.0.1", "gateway nosuch", "ip6 gateway four", "tcp gateway four",
	"port 10.0.0.1", "proto 10.0.0.1", "portrange 10.0.0.1", "port 2001:db8::1", "proto 2001:db8::1", "port 02:00:00:00:00:01", "net 02:00:00:00:00:01", "ip host 02:00:00:00:00:01", "ip proto 02:00:00:00:00:01", "net $5", "host $5",
	"80", "tcp or 80", "tcp and http", "http", "foo.bar", "tcp and foo", "tcp port 80 or host", "decnet host 1.2.3", "decnet host 64.1", "decnet host 1.1024", "decnet host nosuch", "decnet net 1.2", "decnet port 3",
	"vlan 4096", "mpls 1048576", "pppoes 65536", "geneve 16777216", "vxlan 16777216", "vlan 5 and vlan 4097", "ip[0:3] = 1", "ip[0:0] = 1", "ip[0:5] = 1", "ah[0] = 1", "esp[1] = 2", "radio[0] = 1", "isis[0] = 1", "stp[0] = 1", "vpi[0] = 1",
	"1 / 0 = 1", "1 % 0 = 1", "1 << 32 = 1", "1 >> 32 = 1", "ip[0] / (2 - 2) = 1", "ip[0] % (ip[1] * 0) = 1", "1 << (30 + 2) = 4", "ip[0] >> (33 & 0xff) = 1", "8 / ip[0] = 1 and 8 / (1 - 1) = 2", "ip[0] / 0 = 1 or tcp",
	"ip and arp", "ip and ip6", "tcp and udp", "tcp and arp", "icmp and ip6", "ip6 and tcp[0] = 1", "ip6 and icmp[0] = 8", "host 10.0.0.1 and host 10.0.0.1 and ip6", "port 80 and port 81 and icmp", "ip and (arp or rarp)",
	"not ip and host 10.0.0.1", "not (ip or not ip)", "not not (tcp and udp)", "tcp[13] & 2 = 1", "ip[0] & 1 = 2", "1 = 2 and tcp", "tcp and 1 = 2", "tcp and vlan and ip and arp", "ip and mpls and ip6", "arp and vlan 3 and ip",
	"src port 80 and dst port 80 and udp and tcp", "host 10.0.0.1 and not ip and not arp and not rarp", "tcp src port 53 and udp src port 53", "len < 0", "len > 4294967295", "ip[8] = 1 and ip[8] = 2", "ip broadcast and ip6",
	"src host 10.0.0.1 and src host 10.0.0.2", "ether src 02:00:00:00:00:01 and ether src 02:00:00:00:00:02", "(tcp and ip6) and (udp and ip6)", "less 10 and greater 20", "ip proto 6 and ip proto 17",
	"inbound and outbound", "ifindex 3 and ifindex 4", "llc and ip", "lane", "vpi 3", "fisu", "hfisu", "sio 3", "ifname em0", "reason short", "action pass", "rulenum 5", "dir tods", "type data", "subtype beacon", "wlan ta 02:00:00:00:00:01",
	"wlan addr1 10.0.0.1", "addr4 host 10.0.0.1", "link host 02:00:00:00:00:01", "ether host 10.0.0.1", "ether net 10.0.0.0/8", "broadcast", "multicast", "ip6 broadcast", "ip6 multicast", "tcp broadcast", "tcp multicast", "arp broadcast",
	"type 1", "type mgt subtype 1", "type icmp", "icmp type 8", "icmp6 type 128", "dir sideways", "reason nosuch", "action nosuch", "llc nosuch", "type nosuch", "subtype nosuch", "type data subtype beacon",
}

// TestWrong compares all that is said about these on several link types, and as
// hints, with a golden file.
func TestWrong(t *testing.T) {
	var lines []string
	for _, link := range []capture.LinkType{capture.LinkEN10MB, capture.LinkRAW, capture.LinkIEEE802_11, capture.LinkSUNATM, capture.LinkPFLOG, capture.LinkMTP2, capture.LinkARCNET} {
		lines = append(lines, "# on "+link.Name())
		for _, expr := range wrong {
			p, err := Compile(expr, link, ModeSavefileLittle, Options{Names: &testNames, Hints: true})
			var e *Error
			if err == nil {
				for _, h := range p.Hints() {
					lines = append(lines, expr+": hint: "+said(h))
				}
			} else if errors.As(err, &e) {
				lines = append(lines, expr+": "+said(e))
			}
		}
	}
	checkGolden(t, "wrong.golden", lines)
}

// said is all of an error on one line.
func said(e *Error) string {
	text := fmt.Sprintf("%s [%d+%d]", e.Msg, e.Pos, e.Len)
	for what, s := range map[string]string{"note": e.Note, "expected": e.Expected, "mean": e.Suggestion} {
		if s != "" {
			text += "\x00" + what + ": " + s
		}
	}
	parts := strings.Split(oneLine(text), "\x00")
	slices.Sort(parts[1:])
	return strings.Join(parts, "; ")
}

// rejected are terms of which few go together.
var rejected = []string{
	"ip", "ip6", "arp", "tcp", "udp", "icmp", "icmp6", "port 80", "tcp port 80", "udp port 80", "src port 80", "host 10.0.0.1", "src host 10.0.0.1", "ip[8] = 4", "ip[8] = 5", "ip[8] > 4", "ip[8] & 3 = 1", "1 = 1", "1 = 2",
	"3 - 1 = 2", "3 - 1 = 1", "len > 100", "len < 60", "ip[0] & 0xffffffff = 0", "ether[0] & 1 != 0", "ether proto 0x800", "ip proto 6", "7 / 2 > 3", "vlan", "mpls", "0 * ip[2] = 0", "0 / ip[2] = 0", "ip[1] & 0 = 0", "0 << ip[3] = 1",
	"ip[0] / (1 - 1) = 1", "1 << (ip[0] * 0 + 40) = 1", "tcp[13] & 2 != 0", "2 >= 2", "5 & 1 != 0", "ip multicast", "net 10.0.0.0/8", "net 0.0.0.0/0",
}

// randomRejected joins some of them, so deeply.
func randomRejected(rnd *rand.Rand, depth int) string {
	if depth == 0 || rnd.IntN(4) == 0 {
		term := rejected[rnd.IntN(len(rejected))]
		if rnd.IntN(3) == 0 {
			term = "not " + term
		}
		return term
	}
	op := [...]string{"and", "and", "or"}[rnd.IntN(3)]
	text := randomRejected(rnd, depth-1) + " " + op + " " + randomRejected(rnd, depth-1)
	if rnd.IntN(2) == 0 {
		text = "(" + text + ")"
	}
	return text
}

// TestRandomRejected has expressions of terms that contradict each other, which
// libpcap sees or not: what it refuses, and that those that it takes without an
// answer are none that a packet matches.
func TestRandomRejected(t *testing.T) {
	rnd := rand.New(rand.NewPCG(51, 15))
	var lines []string
	links := []capture.LinkType{capture.LinkEN10MB, capture.LinkEN10MB, capture.LinkRAW, capture.LinkNULL, capture.LinkLINUX_SLL}
	for i := range 2500 {
		expr, o := randomRejected(rnd, 1+rnd.IntN(4)), options{link: links[i%len(links)], mode: ModeSavefileLittle}
		p, err := compileFor(expr, o)
		var e *Error
		if errors.As(err, &e) {
			lines = append(lines, fmt.Sprintf("%s: %s", expr, said(e)))
			if e.Msg != "expression rejects all packets" {
				continue
			}
			o.NoOptimize = true
			plain, err := compileFor(expr, o)
			if err != nil || strings.Contains(expr, "0xffffffff") { // which libpcap gets wrong
				continue
			}
			steer.Hunt(rnd, 20, func(pk *steer.Packet) bool {
				if n, past := steer.Answer(plain.Instructions, pk); n != 0 && !past {
					t.Errorf("%s (%v) is refused, but matches %x", expr, o.link, pk.Data[:60])
					return false
				}
				return true
			}, plain.Instructions)
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %d", expr, len(p.Instructions)))
	}
	checkGolden(t, "rejected.golden", lines)
}
