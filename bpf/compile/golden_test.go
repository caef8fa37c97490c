package compile

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// plainCases are what each construct means, as plain programs: a link type, a
// mode where it matters, and the expression.
var plainCases = []struct {
	link capture.LinkType
	mode Mode
	expr string
}{
	{capture.LinkEN10MB, ModeDead, ""},
	{capture.LinkEN10MB, ModeDead, "ip"},
	{capture.LinkEN10MB, ModeDead, "host 10.0.0.1"},
	{capture.LinkEN10MB, ModeDead, "src net 10.0.0.0/8"},
	{capture.LinkEN10MB, ModeDead, "ip6 dst host 2001:db8::1"},
	{capture.LinkEN10MB, ModeDead, "net 2001:db8::/36"},
	{capture.LinkEN10MB, ModeDead, "tcp src port 80"},
	{capture.LinkEN10MB, ModeDead, "udp dst portrange 5000-5010"},
	{capture.LinkEN10MB, ModeDead, "host both"},
	{capture.LinkEN10MB, ModeDead, "port tftp"},
	{capture.LinkEN10MB, ModeDead, "net lab"},
	{capture.LinkEN10MB, ModeDead, "ether src 02:00:00:00:00:07"},
	{capture.LinkEN10MB, ModeDead, "gateway four"},
	{capture.LinkEN10MB, ModeDead, "ip proto \\gre"},
	{capture.LinkEN10MB, ModeDead, "ip6 proto 47"},
	{capture.LinkEN10MB, ModeDead, "ip protochain 50"},
	{capture.LinkEN10MB, ModeDead, "ip broadcast"},
	{capture.LinkEN10MB, ModeDead, "multicast"},
	{capture.LinkEN10MB, ModeDead, "ipx"},
	{capture.LinkEN10MB, ModeDead, "atalk"},
	{capture.LinkEN10MB, ModeDead, "llc rnr"},
	{capture.LinkEN10MB, ModeDead, "l2"},
	{capture.LinkEN10MB, ModeDead, "decnet src host 1.5"},
	{capture.LinkEN10MB, ModeDead, "byte 3 | 4 and less 100"},
	{capture.LinkEN10MB, ModeDead, "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0"},
	{capture.LinkEN10MB, ModeDead, "ip[2:2] - (ip[0] & 0xf << 2) > len / 2"},
	{capture.LinkEN10MB, ModeDead, "vlan 5 and arp"},
	{capture.LinkEN10MB, ModeLive, "vlan 5 and arp"},
	{capture.LinkEN10MB, ModeLive, "inbound"},
	{capture.LinkEN10MB, ModeDead, "mpls 7 and mpls and ip6"},
	{capture.LinkEN10MB, ModeDead, "pppoes 3 and ip"},
	{capture.LinkEN10MB, ModeDead, "geneve 9 and broadcast"},
	{capture.LinkEN10MB, ModeDead, "vxlan 9 and arp"},
	{capture.LinkNULL, ModeSavefileBig, "ip6 and not ip"},
	{capture.LinkLOOP, ModeDead, "ip"},
	{capture.LinkRAW, ModeDead, "udp"},
	{capture.LinkLINUX_SLL, ModeDead, "inbound and stp"},
	{capture.LinkLINUX_SLL2, ModeDead, "ifindex 4 and outbound and ip"},
	{capture.LinkIEEE802_11, ModeDead, "wlan src 02:00:00:00:00:07"},
	{capture.LinkIEEE802_11, ModeDead, "wlan ta 02:00:00:00:00:07"},
	{capture.LinkIEEE802_11, ModeDead, "1 + ip[8] > 127"},
	{capture.LinkIEEE802_11, ModeDead, "type mgt subtype beacon or dir fromds"},
	{capture.LinkIEEE802_11_RADIO, ModeDead, "arp"},
	{capture.LinkPRISM_HEADER, ModeDead, "link[0] = 8"},
	{capture.LinkPPI, ModeDead, "ip"},
	{capture.LinkSUNATM, ModeDead, "connectmsg or vci != 5"},
	{capture.LinkSUNATM, ModeDead, "lane and broadcast"},
	{capture.LinkMTP2, ModeDead, "hlssu or dpc 300 or sls > 3"},
	{capture.LinkPFLOG, ModeDead, "on em0 and action block and udp"},
	{capture.LinkPPP_BSDOS, ModeDead, "ip"},
	{capture.LinkC_HDLC, ModeDead, "iih"},
	{capture.LinkFRELAY, ModeDead, "iso"},
	{capture.LinkARCNET, ModeDead, "link src $5 and ip"},
	{capture.LinkFDDI, ModeDead, "fddi dst 02:00:00:00:00:07 and arp"},
	{capture.LinkJUNIPER_ATM1, ModeDead, "ip and outbound"},
	{capture.LinkDSA_TAG_BRCM, ModeSavefileLittle, "outbound and ip"},
}

// testNetwork has a mask of 24 bits.
var testNetwork = netip.MustParsePrefix("192.0.2.0/24")

func TestPlainPrograms(t *testing.T) {
	const file = "testdata/plain.golden"
	var b strings.Builder
	for _, c := range plainCases {
		fmt.Fprintf(&b, "# %s %s%s\n", c.link, [...]string{"", "(live) ", "(little-endian) ", "(big-endian) "}[c.mode], c.expr)
		p, err := Compile(c.expr, c.link, c.mode, Options{Network: testNetwork, NoOptimize: true, Names: &testNames})
		if err != nil {
			fmt.Fprintf(&b, "%v\n\n", err)
			continue
		}
		b.Write(bpf.Disassemble(nil, p.Instructions))
		b.WriteByte('\n')
	}
	testenv.Golden(t, file, []byte(b.String()))
}
