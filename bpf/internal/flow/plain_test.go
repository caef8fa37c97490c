package flow

import (
	"testing"

	"github.com/tapdump/tapdump/bpf"
)

// ipHeader is the length of the IPv4 header at 14.
func ipHeader(g *Graph) *Value {
	return g.ALU(OpLsh, g.ALU(OpAnd, g.Load(1, 14), g.Constant(0xf)), g.Constant(2))
}

// tcpPort80 is what the generator makes of `tcp port 80` on Ethernet.
func tcpPort80(g *Graph) *Node {
	c := g.Constant
	port := func(load func(off uint32) *Value, no *Node) *Node {
		dst := g.Test(TestEq, load(2), c(80), g.Accept(), no, Span{})
		return g.Test(TestEq, load(0), c(80), g.Accept(), dst, Span{})
	}
	ip := port(func(off uint32) *Value { return g.LoadAt(ipHeader(g), 2, 14+off) }, g.Reject())
	ip = g.Test(TestSet, g.Load(2, 20), c(0x1fff), g.Reject(), ip, Span{})
	ip = g.Test(TestEq, g.Load(1, 23), c(6), ip, g.Reject(), Span{})
	ip = g.Test(TestEq, g.Load(2, 12), c(0x800), ip, g.Reject(), Span{})
	ip6 := port(func(off uint32) *Value { return g.Load(2, 54+off) }, ip)
	ip6 = g.Test(TestEq, g.Load(1, 20), c(6), ip6, ip, Span{})
	return g.Test(TestEq, g.Load(2, 12), c(0x86dd), ip6, ip, Span{})
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
	g := NewGraph(262144)
	c, err := SelectPlain(g, tcpPort80(g))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(bpf.Disassemble(nil, c.Instructions)); got != tcpPort80Plain {
		t.Errorf("tcp port 80 became\n%swant\n%s", got, tcpPort80Plain)
	}
	if err := bpf.Verify(c.Instructions, bpf.Rules{}); err != nil {
		t.Error(err)
	}
}

// A list of 1,000 tests does not fit the eight bits of a jump.
func TestPlacesRelays(t *testing.T) {
	g := NewGraph(1)
	n := g.Reject()
	for i := range uint32(1000) {
		n = g.Test(TestEq, g.Load(4, i), g.Constant(i), g.Accept(), n, Span{})
	}
	c, err := SelectPlain(g, n)
	if err != nil {
		t.Fatal(err)
	}
	if err := bpf.Verify(c.Instructions, bpf.Rules{}); err != nil {
		t.Fatal(err)
	}
	if len(c.Instructions) > 2020 {
		t.Errorf("%d instructions for 1,000 tests, want 2,000 and a few returns", len(c.Instructions))
	}
}
