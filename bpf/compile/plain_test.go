package compile

import (
	"testing"

	"github.com/tapdump/tapdump/bpf"
)

// ipHeader is the length of the IPv4 header at 14.
func ipHeader(g *graph) *value {
	return g.alu(valueLsh, g.alu(valueAnd, g.load(1, 14), g.constant(0xf)), g.constant(2))
}

// tcpPort80 is what the generator makes of `tcp port 80` on Ethernet.
func tcpPort80(g *graph) *node {
	c := g.constant
	port := func(load func(off uint32) *value, no *node) *node {
		dst := g.test(testEq, load(2), c(80), g.accept(), no, span{})
		return g.test(testEq, load(0), c(80), g.accept(), dst, span{})
	}
	ip := port(func(off uint32) *value { return g.loadAt(ipHeader(g), 2, 14+off) }, g.reject())
	ip = g.test(testSet, g.load(2, 20), c(0x1fff), g.reject(), ip, span{})
	ip = g.test(testEq, g.load(1, 23), c(6), ip, g.reject(), span{})
	ip = g.test(testEq, g.load(2, 12), c(0x800), ip, g.reject(), span{})
	ip6 := port(func(off uint32) *value { return g.load(2, 54+off) }, ip)
	ip6 = g.test(testEq, g.load(1, 20), c(6), ip6, ip, span{})
	return g.test(testEq, g.load(2, 12), c(0x86dd), ip6, ip, span{})
}

const tcpPort80Plain = `(000) ldh      [12]
(001) jeq      #0x86dd          jt 2	jf 8
(002) ldb      [20]
(003) jeq      #0x6             jt 4	jf 8
(004) ldh      [54]
(005) jeq      #0x50            jt 20	jf 6
(006) ldh      [56]
(007) jeq      #0x50            jt 20	jf 8
(008) ldh      [12]
(009) jeq      #0x800           jt 10	jf 21
(010) ldb      [23]
(011) jeq      #0x6             jt 12	jf 21
(012) ldh      [20]
(013) jset     #0x1fff          jt 21	jf 14
(014) ldxb     4*([14]&0xf)
(015) ldh      [x + 14]
(016) jeq      #0x50            jt 20	jf 17
(017) ldxb     4*([14]&0xf)
(018) ldh      [x + 16]
(019) jeq      #0x50            jt 20	jf 21
(020) ret      #262144
(021) ret      #0
`

func TestPlain(t *testing.T) {
	g := newGraph(262144)
	c, err := selectPlain(g, tcpPort80(g))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(bpf.Disassemble(nil, c.insns)); got != tcpPort80Plain {
		t.Errorf("tcp port 80 became\n%swant\n%s", got, tcpPort80Plain)
	}
	if err := bpf.Verify(c.insns, bpf.Rules{}); err != nil {
		t.Error(err)
	}
}

// A list of 1,000 tests does not fit the eight bits of a jump.
func TestPlacesRelays(t *testing.T) {
	g := newGraph(1)
	n := g.reject()
	for i := range uint32(1000) {
		n = g.test(testEq, g.load(4, i), g.constant(i), g.accept(), n, span{})
	}
	c, err := selectPlain(g, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := bpf.Verify(c.insns, bpf.Rules{}); err != nil {
		t.Fatal(err)
	}
	if len(c.insns) > 2020 {
		t.Errorf("%d instructions for 1,000 tests, want 2,000 and a few returns", len(c.insns))
	}
}
