package flow_test

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// subject is an expression whose optimized program is kept.
type subject struct {
	link capture.LinkType
	expr string
}

// handMade are subjects for what passes do by themselves.
var handMade = []string{
	"tcp port 80", "port 80", "tcp port 80 or udp port 53", "port 80 and not host 10.0.0.1", "geneve", "vlan and vlan and tcp",
	"host 10.0.0.1 or host 10.0.0.2", "host 2001:db8::1 or host 2001:db8::2", "src net 10.0.1.0/24 or src net 10.0.2.0/24",
	"net 10.0.0.0/8 or net 172.16.0.0/12 or net 192.168.0.0/16", "tcp portrange 0-65535", "ip[12:4] = ip[16:4]",
	"tcp[13] & 1 != 0 or tcp[13] & 2 != 0 or tcp[13] & 4 != 0", "ip[2:2] - ((ip[0] & 0xf) << 2) > 100",
	"(ether[0] & 2) > 0", "(ether[0] % 3) > 0", "(ether[0] & 2) >= 1", "(ether[0] % 3) = 1", "(ether[0] & 6) > 1", "(ether[0] & 6) > 4",
	"ip[8] > 255", "ip[0] - ip[0] = 0", "ip[0] & 0 = 0", "ip[0] ^ ip[0] = 0", "ip[0] | ip[0] = 3", "ip[0] & ip[0] = 3",
	"len > 100 and len < 200 or len > 150 and len < 300", "tcp and port 80 and port 443", "port (80 or 443 or 8080 or 8443 or 22 or 25)",
	"not (tcp or udp or icmp or icmp6 or arp)", "ip proto 1 or ip proto 2 or ip proto 6 or ip proto 17 or ip proto 47 or ip proto 50",
	"ip[ip[0] & 0xf] = 3", "ip[ip[8]:2] = ip[ip[9]:2]", "ether[ether[0] + 4] > 7 and ether[ether[0] + 5] < 3", "ip[len - 30] = 4",
	"udp[8:4] % 7 = ip[8] and udp[8:4] / 3 > 4", "ip[4:4] * 3 = 12", "ip[4:4] << 3 = 16", "ip[4:4] >> 3 = 16", "-ip[4:4] = 5",
	"1 << ip[8] = 4 or 1 << ip[8] = 8", "ip[8] * ip[9] + ip[10] = 44", "ether multicast and not ether broadcast", "ip6[40] = 6 or ip6[6] = 6",
	"tcp dst port 80 or tcp dst port 81 or tcp dst port 82 or tcp dst port 83", "udp portrange 10-20 or udp portrange 21-30",
	"ether[0:4] / 2147483648 = 1", "ether[0:4] / 65536 = 65535", "ether[0:4] / 3 = 1431655765", "ether[0:4] / 4294967295 = 1", "ether[0:4] / 5 = 858993459", "ether[0:4] / 2 > 2147483647", "ether[0:4] / 2 > 2147483646",
	"ip[ip[0]:4] & 0xffff = 5", "tcp[4:4] & 0xff = 7", "tcp[0:2] & 0xff = 3", "tcp[0:4] >> 24 = 1", "tcp[2:4] >> 16 = 2", "tcp[2:2] >> 8 = 2", "ether[2:4] & 0xffff = 5", "ether[2:4] >> 16 = 5", "ether[2:2] >> 8 = 5",
	"ether[ether[0] + 4292870143] = 1", "ether[ether[0] + 4292870144] = 1", "ether[ether[0] + 4294967290] = 1", "ether[4292870143] = 1", "ether[ether[0:4] + 5] = 1", "ether[ether[0:4] + 4 + 5] = 1", "ether[ether[0] - 4] = 1",
	"1 + ether[4294967290] = 3", "ether[4294967290] + ether[0] = 3", "ether[0] + ether[4294967290] = 3", "ether[ether[4294967290]] = 1", "tcp or -ether[4294967290] = 3", "udp or ether[4294967290] > ether[3]",
	"ip6 protochain 6", "ip protochain 50", "protochain 17 or port 80", "tcp or ip6 protochain 6 and not ip6 protochain 58", "ip6 protochain 6 and ip6[40] = 3 or ip6[40] = 4", "ip[8] = 3 and ip protochain 6 or ip[8] = 4",
	"ether[0] & ether[1] != 0", "ether[0] & ether[1] = 0", "(ether[0] | 1) & (ether[1] | 1) != 0", "(ether[0] | 1) & (ether[1] | 2) != 0", "(ether[0] & 1) & (ether[1] & 2) != 0", "ip[8] & ip[9] = ip[9]", "ether[0:2] & ether[2:2] = 0 or ether[0] & ether[2] != 0",
	"mpls and ip and tcp port 80", "pppoes and ip6 and udp", "vxlan and host 10.0.0.1 or port 53", "host 10.0.0.1 and (tcp or udp) and not port 22",
}

// subjects are what the programs of the golden file come from.
func subjects() (list []subject) {
	for _, expr := range handMade {
		list = append(list, subject{capture.LinkEN10MB, expr})
	}
	rnd := rand.New(rand.NewPCG(21, 12))
	for range 260 {
		list = append(list, subject{capture.LinkEN10MB, steer.Comparison(rnd)})
	}
	for range 60 {
		list = append(list, subject{capture.LinkEN10MB, steer.Tests(rnd)})
	}
	for range 90 {
		list = append(list, subject{capture.LinkEN10MB, steer.Expression(rnd, 2)})
	}
	for range 50 {
		list = append(list, subject{capture.LinkEN10MB, steer.Expression(rnd, 3)})
	}
	for _, link := range []capture.LinkType{capture.LinkRAW, capture.LinkIEEE802_11_RADIO, capture.LinkPFLOG, capture.LinkIEEE802_11, capture.LinkPRISM_HEADER, capture.LinkFDDI} {
		for range 12 {
			list = append(list, subject{link, steer.Expression(rnd, 2)})
		}
	}
	return list
}

// longLists are subjects of which the golden file has a checksum: one plan does for
// the longest.
func longLists() (list []subject) {
	join := func(n int, term func(i uint32) string) {
		terms := make([]string, n)
		for i := range terms {
			terms[i] = term(uint32(i)*2654435761 ^ 0x0a0a0a0a)
		}
		list = append(list, subject{capture.LinkEN10MB, strings.Join(terms, " or ")})
	}
	for _, n := range []int{10, 35, 60, 110, 230, 1200} {
		join(n, func(i uint32) string { return fmt.Sprintf("host %d.%d.%d.%d", i>>24, i>>16&255, i>>8&255, i&255) })
		join(n, func(i uint32) string { return fmt.Sprintf("port %d", i>>16) })
		join(n, func(i uint32) string { return fmt.Sprintf("src net %d.%d.%d.0/24", i>>24, i>>16&255, i>>8&255) })
		join(n, func(i uint32) string { return fmt.Sprintf("host 2001:db8::%x:%x", i>>16, i&0xffff) })
		join(n, func(i uint32) string { return fmt.Sprintf("tcp portrange %d-%d", i>>16, i>>16+i&15) })
		join(n, func(i uint32) string {
			return fmt.Sprintf("(host 10.%d.%d.1 and port %d)", i>>24, i>>16&255, i&0xffff)
		})
		join(n, func(i uint32) string { return fmt.Sprintf("ip[%d] & %d = %d", i>>28, i>>8&255|1, i>>20&3) })
		join(n, func(i uint32) string {
			return fmt.Sprintf("ether host 02:00:00:%02x:%02x:%02x", i>>24, i>>16&255, i>>8&255)
		})
	}
	return list
}

// manyMore are subjects of which the golden file has checksums.
func manyMore() (list []subject) {
	rnd := rand.New(rand.NewPCG(33, 44))
	for range 1200 {
		list = append(list, subject{capture.LinkEN10MB, steer.Comparison(rnd)})
	}
	for range 700 {
		list = append(list, subject{capture.LinkEN10MB, steer.Tests(rnd)})
	}
	for range 350 {
		list = append(list, subject{capture.LinkEN10MB, steer.Tails(rnd)})
	}
	for range 300 {
		list = append(list, subject{capture.LinkEN10MB, steer.Expression(rnd, 3)})
	}
	for range 60 {
		list = append(list, subject{capture.LinkEN10MB, steer.Expression(rnd, 5)})
	}
	for _, link := range []capture.LinkType{capture.LinkRAW, capture.LinkIEEE802_11_RADIO, capture.LinkPFLOG, capture.LinkIEEE802_11, capture.LinkPRISM_HEADER, capture.LinkPPI, capture.LinkNETANALYZER} {
		for range 40 {
			list = append(list, subject{link, steer.Expression(rnd, 3)})
		}
	}
	return list
}

// TestOptimized compares the optimized programs with the golden file, and what they
// answer with what the plain ones do, on packets that lead down all branches.
func TestOptimized(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 8))
	var blocks []string
	for _, s := range subjects() {
		if p := s.program(t, rnd, 80); p != nil {
			blocks = append(blocks, fmt.Sprintf("# %v %s\n%s", s.link, s.expr, bpf.Disassemble(nil, p.Instructions)))
		}
	}
	compareGolden(t, "testdata/optimized.golden", blocks)
}

// TestOptimizedSums does the same for many more programs, and for long ones.
func TestOptimizedSums(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 9))
	var blocks []string
	for i, s := range slices.Concat(manyMore(), longLists()) {
		if p := s.program(t, rnd, 20); p != nil {
			sum := sha256.Sum256(p.AppendExplanation(nil))
			blocks = append(blocks, fmt.Sprintf("# %d %v %.40s\n%d instructions, %x\n", i, s.link, s.expr, len(p.Instructions), sum[:8]))
		}
	}
	compareGolden(t, "testdata/sums.golden", blocks)
}

// program is the optimized program, which answers like the plain one. It is nil
// where the link type has no such thing.
func (s subject) program(t *testing.T, rnd *rand.Rand, tries int) *compile.Program {
	t.Helper()
	o := compile.Options{}
	optimized, err := compile.Compile(s.expr, s.link, compile.ModeDead, o)
	if err != nil {
		return nil
	}
	o.NoOptimize = true
	plain, err := compile.Compile(s.expr, s.link, compile.ModeDead, o)
	if err != nil {
		return nil
	}
	if err := bpf.Verify(optimized.Instructions, optimized.Rules()); err != nil {
		t.Errorf("%.200s (%v): %v", s.expr, s.link, err)
	}
	if len(plain.Instructions) > 3000 {
		return optimized
	}
	if bpf.Loops(plain.Instructions) {
		tries = 8 // which may go round for long
	}
	if pk := steer.Difference(plain.Instructions, optimized.Instructions, rnd, tries); pk != nil {
		t.Errorf("%.200s (%v): packet %x, length %d: answers differ\n%s\nplain:\n%s", s.expr, s.link, pk.Data[:96], pk.Wire,
			bpf.Disassemble(nil, optimized.Instructions), bpf.Disassemble(nil, plain.Instructions))
	}
	return optimized
}

// TestDumps compares the graphs after each pass, as a Dumper shows them.
func TestDumps(t *testing.T) {
	var blocks []string
	for _, expr := range []string{
		"tcp port 80 or udp port 53", "ip[2:2] - ((ip[0] & 0xf) << 2) > -ip[8] + len % 7", "host 10.0.0.1 or host 10.0.0.2 or host 10.0.0.7 or net 10.1.0.0/16", "geneve and port 53",
		"1 << ip[8] = ether[ether[0]] ^ 3 or ip[9] >> 2 >= ip[8] * 2 | 1", "ifindex 3 or inbound",
	} {
		p, err := compile.Compile(expr, capture.LinkEN10MB, compile.ModeLive, compile.Options{NoOptimize: true})
		if err != nil {
			t.Fatal(err)
		}
		g := flow.NewGraph(262144)
		last := ""
		_, err = flow.Optimize(g, lift(g, p.Instructions), func(plan, pass string, entry *flow.Node) {
			text := flow.Text(entry)
			if text == last {
				text = "the same\n"
			} else {
				last = text
			}
			blocks = append(blocks, fmt.Sprintf("# %s: %s: %s\n%s", expr, plan, pass, text))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range longLists()[:24] { // the names alone
		p, err := compile.Compile(s.expr, s.link, compile.ModeDead, compile.Options{NoOptimize: true})
		if err != nil {
			t.Fatal(err)
		}
		g := flow.NewGraph(262144)
		names := ""
		_, err = flow.Optimize(g, lift(g, p.Instructions), func(plan, pass string, _ *flow.Node) { names += plan + ": " + pass + "\n" })
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, fmt.Sprintf("# %.60s...\n%s", s.expr, names))
	}
	compareGolden(t, "testdata/dumps.golden", blocks)
}

func compareGolden(t *testing.T, file string, blocks []string) {
	t.Helper()
	testenv.Golden(t, file, []byte(strings.Join(blocks, "\n")))
}
