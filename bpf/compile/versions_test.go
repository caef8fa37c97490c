package compile

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// on are questions about a link type in a mode.
func on(link capture.LinkType, mode Mode, exprs ...string) (list []question) {
	for _, expr := range exprs {
		list = append(list, question{link: link, mode: mode, expr: expr})
	}
	return list
}

const (
	ethernet = capture.LinkEN10MB
	dead     = ModeDead
)

// byChange are expressions that each change of the language is about.
var byChange = map[string][]question{
	"filter: malformed addresses": on(ethernet, dead, "host 2001:db8::1.2.3.400", "host 1:2:3:"),
	"filter: messages": slices.Concat(wordings,
		on(capture.LinkMTP2, dead, "hsio 256", "dpc 16384"),
		on(capture.LinkARCNET, dead, "ip host $5", "link net $5", "link addr1 $5", "link host $5 or tcp or $6"),
		on(capture.LinkRAW, dead, "vlan", "mpls", "link host 02:00:00:00:00:01", "link host four", "multicast", "broadcast", "llc"),
		on(capture.LinkMFR, dead, "ip"), on(capture.LinkUSB_LINUX, dead, "tcp"), on(150, dead, "ip"),
		on(capture.LinkDSA_TAG_DSA, dead, "link addr3 02:00:00:00:00:01"), on(capture.LinkIEEE802_11, dead, "link host nosuch")),
	"filter: `vxlan`":           on(ethernet, dead, "host vxlan", "host \\vxlan", "port 5 or vxlan"),
	"filter: `dir`":             on(capture.LinkIEEE802_11, dead, "dir 4", "dir 3"),
	"filter: `byte`":            on(ethernet, dead, "byte 3 = 256", "byte 3 | 255"),
	"filter: `vpi`, `vci`":      on(capture.LinkSUNATM, dead, "vpi 256", "vci != 65536", "vci 65535"),
	"filter: ATM behind `lane`": on(capture.LinkSUNATM, dead, "lane and vpi 3", "lane and oamf4sc", "llc and vpi 3"),
	"filter: `inbound`, `outbound`, `ifindex`": slices.Concat(
		on(ethernet, dead, "inbound"), on(ethernet, ModeSavefileLittle, "outbound"), on(ethernet, ModeSavefileBig, "ifindex 3"), on(ethernet, ModeLive, "outbound", "ifindex 3")),
	"filter: `outbound` on SLIP": on(capture.LinkSLIP, dead, "outbound", "inbound"),
	"filter: `inbound`, `outbound` on DSA_TAG_BRCM, DSA_TAG_DSA": slices.Concat(
		on(capture.LinkDSA_TAG_BRCM, ModeLive, "inbound"), on(capture.LinkDSA_TAG_BRCM, dead, "outbound"),
		on(capture.LinkDSA_TAG_DSA, ModeSavefileLittle, "inbound"), on(capture.LinkDSA_TAG_DSA, ModeLive, "outbound", "pppoes and inbound")),
	"filter: `broadcast` on BACNET_MS_TP": on(capture.LinkBACNET_MS_TP, dead, "broadcast", "link host $12"),
	"filter: protocols on BACNET_MS_TP":   on(capture.LinkBACNET_MS_TP, dead, "ip", "link proto 5"),
	"filter: `link proto`, `ether proto`": linkProtocols,
	"filter: `ip`, `ip6` on NULL and ENC, savefiles": slices.Concat(
		on(capture.LinkNULL, ModeSavefileLittle, "ip"), on(capture.LinkNULL, ModeSavefileBig, "ip6"), on(capture.LinkENC, ModeSavefileBig, "ip"),
		on(capture.LinkLOOP, ModeSavefileLittle, "ip"), on(capture.LinkNULL, dead, "ip", "ip6")),
	"filter: `ip6` on PFLOG, savefiles": slices.Concat(on(capture.LinkPFLOG, ModeSavefileLittle, "ip6", "ip"), on(capture.LinkPFLOG, dead, "ip6")),
	"filter: `ip`, `arp` on ARCNET":     slices.Concat(on(capture.LinkARCNET, dead, "ip", "rarp"), on(capture.LinkARCNET_LINUX, dead, "arp")),
	"filter: `proto`, `protochain`":     on(ethernet, dead, "ip proto 256", "ip6 proto 256", "proto 255", "ip6 protochain 256", "iso proto 256", "isis proto 32", "isis proto 31"),
	"filter: `vlan` on NETANALYZER, live capture": slices.Concat(
		on(capture.LinkNETANALYZER, ModeLive, "vlan"), on(capture.LinkDSA_TAG_DSA, ModeLive, "vlan"), on(ethernet, ModeLive, "vlan")),
	"filter: `vxlan or ...`":            on(ethernet, dead, "vxlan or link[0] = 1"),
	"filter: contradictions":            on(ethernet, dead, "port 80 and icmp6", "tcp and arp"),
	"filter: `x & 0xffffffff`":          on(ethernet, dead, "link[0:4] & 0xffffffff = 0"),
	"filter: hosts with many addresses": on(ethernet, dead, "host many", "ip6 host many"),
	"filter: `gateway`": slices.Concat(on(capture.LinkRAW, dead, "gateway four"),
		on(ethernet, dead, "gateway four", "arp gateway four", "mpls and gateway four", "vxlan and gateway four", "ip6 gateway four", "gateway nosuch")),
	"filter: `decnet`": on(ethernet, dead, "decnet host 64.120", "decnet host 1.1024", "decnet host 256", "decnet net 1.2", "decnet net 10.0.0.0/8",
		"decnet host nosuch", "decnet host 1.2.3", "decnet addr1 1.2", "decnet src 63.1023"),
}

// wordings are refused by all versions.
var wordings = on(ethernet, dead,
	"ip port 80", "icmp portrange 1-2", "port 65536", "addr1 port 80", "ta portrange 1-2", "addr1 host 10.0.0.1", "ra host 2001:db8::1", "ether addr2 02:00:00:00:00:01",
	"tcp host 10.0.0.1", "tcp net 10.0.0.0/8", "tcp net 10", "tcp net lab", "tcp host four", "ah host 2001:db8::1", "ah net 2001:db8::/32", "link host 10.0.0.1", "link 5",
	"port 10.0.0.1", "proto 10.0.0.0/8", "portrange 10.0.0.0 mask 255.0.0.0", "protochain 2001:db8::1", "proto 2001:db8::1", "proto 2001:db8::/32",
	"net 10.0.0.0/33", "host 10.0.0.0/8", "10.0.0.0/8", "host 2001:db8::/32", "gateway 10.0.0.1", "gateway 5", "gateway 2001:db8::1", "gateway 2001:db8::/32",
	"proto nosuch", "ip proto nosuch", "ether proto nosuch", "iso proto nosuch", "tcp proto nosuch", "tcp proto 6", "tcp protochain 6", "ip host 02:00:00:00:00:01",
	"link", "radio", "ah[0] = 1", "tcp broadcast", "tcp multicast", "vpi 3", "oamf4sc", "fisu", "hmsu", "sio 3", "hopc 3", "ifname em0", "rulenum 5", "type data", "dir tods",
	"len = 42949672960", "len = 0x1ffffffff", "len = 0777777777777777", "portrange 5-4294967296")

// linkProtocols are numbers of protocols that no link layer has.
var linkProtocols = func() (list []question) {
	for _, l := range []capture.LinkType{
		capture.LinkEN10MB, capture.LinkIEEE802, capture.LinkIEEE802_11, capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2, capture.LinkC_HDLC, capture.LinkPPP, capture.LinkPPP_BSDOS, capture.LinkRAW,
	} {
		list = append(list, on(l, dead, "link proto 300", "link proto 65536")...)
	}
	return append(list, on(ethernet, dead, "link proto 255", "link proto 65535")...)
}()

// manyNames is testNames with a host of many addresses.
var manyNames = func() *Names {
	n := testNames
	n.Hosts = func(name string) (addrs []netip.Addr) {
		if name != "many" {
			return testNames.hosts(name)
		}
		for i := range 101 {
			addrs = append(addrs, netip.AddrFrom4([4]byte{10, 0, 1, byte(i)}), netip.AddrFrom16([16]byte{0x20, 1, 15: byte(i)}))
		}
		return addrs
	}
	return &n
}()

// made is what a version makes of q: the plain program, or the error of the compiler
// or its optimizer.
func (q question) made(t *testing.T, v versions.Version) string {
	o := q.options(v, manyNames)
	p, err := compileFor(q.expr, o)
	if err == nil {
		o.NoOptimize = true
		p, err = compileFor(q.expr, o)
	}
	if err != nil {
		return "error: " + oneLine(err.Error())
	}
	return line(p.Instructions, 9)
}

// TestVersions compares what versions make of expressions with a golden file. It has
// each change of the language.
func TestVersions(t *testing.T) {
	var lines []string
	all := versions.All()
	for _, c := range versions.Changes() {
		if !strings.HasPrefix(c.About(), "filter:") {
			continue
		}
		before, since := all[slices.Index(all, c.Version())-1], c.Version()
		lines = append(lines, "# "+strings.TrimPrefix(c.About(), "filter: "))
		other := 0
		for _, q := range byChange[c.About()] {
			lines = append(lines, fmt.Sprintf("%s on %s%s", q.expr, q.link.Name(), modeNames[q.mode]))
			older, newer := q.made(t, before), q.made(t, since)
			if older == newer {
				lines = append(lines, "\t"+newer)
				continue
			}
			other++
			lines = append(lines, "\t"+before.String()+": "+older, "\t"+since.String()+": "+newer)
		}
		if other == 0 {
			t.Errorf("no expression that %s and %s make the same of shows the change of %q", before, since, c.About())
		}
	}
	checkGolden(t, "versions.golden", lines)
}
