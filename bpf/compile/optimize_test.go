package compile

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	xbpf "golang.org/x/net/bpf"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/kernel"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// TestLengths holds the optimizer to what it has reached.
func TestLengths(t *testing.T) {
	ports := make([]string, 100)
	for i := range ports {
		ports[i] = fmt.Sprint(1000 + 7*i)
	}
	for _, c := range []struct {
		expr string
		most int
	}{
		{"ip", 4},
		{"geneve", 18},
		{list(100, host), 276},
		{"port (" + strings.Join(ports, " or ") + ")", 284},
		{"tcp or udp", 12},
		{"net 10.0.0.0/8 or net 172.16.0.0/12 or net 192.168.0.0/16", 26},
		{"src net 10.0.1.0/24 or src net 10.0.2.0/24", 11},
		{"src net 10.1.0.0/16 or src net 10.2.0.0/16", 11},
		{"host 2001:db8::1 or host 2001:db8::2", 22},
		{"tcp portrange 0-65535", 11},
		{"dst port 88 or tcp dst port 80 or dst port 53", 29},
		{"ip[2:2] - ((ip[0] & 0xf) << 2) > 100", 8},
		{"ip[12:4] == ip[16:4]", 8},
		{"tcp[tcpflags] & tcp-syn != 0 or tcp[tcpflags] & tcp-fin != 0 or tcp[tcpflags] & tcp-rst != 0", 11},
		{"ip[0] & 0 = 0", 4},
		{"ip[0] - ip[0] = 0", 4},
		{"ip[8] > 255", 1},
		{"ip[0:4] & 0xff = 1", 6},
		{"ip[8] / 4 = 3 and ip[8] % 4 = 1", 9},
		{"ip[0] * 2 = 5", 1},
		{"ether[0] & 3 = 1", 5},
	} {
		p, err := Compile(c.expr, capture.LinkEN10MB, ModeDead, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		if got := len(p.Instructions); got != c.most {
			t.Errorf("%.60s became %d instructions, was %d; if that is on purpose, change the table:\n%s",
				c.expr, got, c.most, bpf.Disassemble(nil, p.Instructions))
		}
	}
}

// What divides by a constant 0 rejects, also within other operators. libpcap
// does not optimize behind radio headers, and so does not refuse it there.
func TestDivisionByZero(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for _, expr := range []string{
		"ip[0] | 3 % (3 & 0) = 1", "ip[0] % (3 & 0) = 0", "ip[0] + ip[1] / (4 & 8) = 1 or ip6", "- (ip[8] / (4 & 8)) = 0 or ip",
		"ip[ip[0] % (4 & 8)] >= 0", "not ip[8] / (4 & 8) = 0",
	} {
		o := options{link: capture.LinkIEEE802_11_RADIO}
		p, err := compileFor(expr, o)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		o.NoOptimize = true
		plain, err := compileFor(expr, o)
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		if pk := steer.Difference(plain.Instructions, p.Instructions, rnd, 300); pk != nil {
			t.Errorf("%s: packet %x: answers differ\n%splain:\n%s", expr, pk.Data[:96],
				bpf.Disassemble(nil, p.Instructions), bpf.Disassemble(nil, plain.Instructions))
		}
	}
}

// A packet runs about log2 n comparisons for each address that is looked at.
func TestSetsAreTrees(t *testing.T) {
	p, err := Compile(list(1000, host), capture.LinkEN10MB, ModeDead, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(p.Instructions); n > bpf.MaxInstructions {
		t.Errorf("1,000 hosts take %d instructions, Linux takes %d", n, bpf.MaxInstructions)
	}
	most := 0
	steer.Hunt(rand.New(rand.NewPCG(1, 1)), 500, func(pk *steer.Packet) bool {
		most = max(most, steer.Steps(p.Instructions, pk))
		return true
	}, p.Instructions)
	if most < 20 || most > 40 { // two trees of 9 or 10 levels with up to 3 values at the end, and what is around
		t.Errorf("packets run up to %d instructions among 1,000 hosts, want about 30", most)
	}
}

// Long lists take time in proportion to n log n, and memory to n.
func TestLongLists(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, term := range []func(int) string{host, port, network, host6} {
		expr := list(10000, term)
		p, err := Compile(expr, capture.LinkEN10MB, ModeDead, Options{})
		if err != nil {
			t.Fatalf("%.40s...: %v", expr, err)
		}
		if n := len(p.Instructions); n > 130000 {
			t.Errorf("%.40s...: %d instructions for 10,000 terms", expr, n)
		}
		if _, err := bpf.NewVM(p.Instructions, p.Rules()); err != nil {
			t.Errorf("%.40s...: %v", expr, err)
		}
	}
}

// mixedTerms are terms of lists that programs make.
var mixedTerms = []func(i int) string{
	func(i int) string { return fmt.Sprintf("(%s and %s)", host(i), port(i)) },
	func(i int) string { return fmt.Sprintf("(src %s and dst %s)", host(i), port(i)) },
	func(i int) string { return fmt.Sprintf("(%s and not %s)", network(i), port(i)) },
	func(i int) string { return fmt.Sprintf("(%s and (%s or %s))", host(i), port(i), port(7*i)) },
	func(i int) string { return fmt.Sprintf("(%s and %s)", host6(i), port(i)) },
	func(i int) string { return fmt.Sprintf("(vlan %d and %s)", i%4096, host(i)) },
	func(i int) string { return fmt.Sprintf("(%s and %s)", host(i), host(7*i+3)) },
	func(i int) string {
		return fmt.Sprintf("(tcp and src %s and src %s and dst %s and dst %s)", host(i), port(i), host(3*i), port(3*i))
	},
	func(i int) string {
		return fmt.Sprintf("(%s and tcp[tcpflags] & tcp-syn != 0 and len > %d)", host(i), 60+i%1400)
	},
	func(i int) string { return fmt.Sprintf("%s and not %s", host(i), host(5*i)) }, // from the left on
}

// Lists of terms of several kinds answer as their terms do.
func TestMixedLists(t *testing.T) {
	const n = 1500
	rnd := rand.New(rand.NewPCG(9, 10))
	for k, term := range mixedTerms {
		p, err := Compile(list(n, term), capture.LinkEN10MB, ModeDead, Options{})
		if err != nil {
			t.Fatalf("%s ...: %v", term(0), err)
		}
		if k == 5 || k == len(mixedTerms)-1 {
			continue // what terms ask for depends on those before
		}
		for range 5 {
			one, err := Compile(term(rnd.IntN(n)), capture.LinkEN10MB, ModeDead, Options{})
			if err != nil {
				t.Fatal(err)
			}
			steer.Hunt(rnd, 60, func(pk *steer.Packet) bool {
				if a, past := steer.Answer(one.Instructions, pk); a != 0 && !past {
					if b, past := steer.Answer(p.Instructions, pk); b == 0 && !past {
						t.Errorf("%s ...: a packet that a term takes is not taken: %x", term(0), pk.Data[:80])
						return false
					}
				}
				return true
			}, one.Instructions)
		}
	}
}

// A way to acceptance is found soon however long a list is.
func TestWayIsShort(t *testing.T) {
	for _, term := range mixedTerms {
		o := options{link: capture.LinkEN10MB, Options: Options{SnapLen: capture.MaxSnapLen, Names: &Names{}}}
		e, problem := syntax.Parse(list(3000, term), true, versions.V4_99_6)
		if problem != nil {
			t.Fatal(problem)
		}
		g := generator{opts: &o, expr: e, graph: flow.NewGraph(1), newer: true}
		formula, err := g.generate(true)
		if err != nil {
			t.Fatal(err)
		}
		w := way{answers: make(map[comparison]bool), equal: make(map[*flow.Value]bool)}
		steps := 0
		for n := lower(g.graph, formula); n.Kind != flow.NodeReturn || n.SnapLen == 0; steps++ {
			if next := w.next(n); next != nil {
				n = next
			} else if n = w.turn(); n == nil {
				t.Fatalf("%s ...: no way after %d steps", term(0), steps)
			}
		}
		if steps > 6*3000 { // a term is five tests at most
			t.Errorf("%s ...: %d steps", term(0), steps)
		}
	}
}

// Each header of a list of nested ones asks for values of its own.
func TestManyValues(t *testing.T) {
	list := "pppoes 0"
	for i := 1; i < 1200; i++ {
		list += fmt.Sprintf(" or pppoes %d", i)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Compile(list, capture.LinkEN10MB, ModeDead, Options{}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 400<<20 {
		t.Errorf("1,200 terms take %d MB", n>>20)
	}
}

// TestMachines runs optimized programs on packets that lead through them: in
// the VM of package bpf, one by one and many at once, in that of golang.org/x/net/bpf, in the kernel and in
// the tracer of this test.
func TestMachines(t *testing.T) {
	socket := kernel.New(t)
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		expr := steer.Expression(rnd, 3)
		p, err := Compile(expr, capture.LinkEN10MB, ModeDead, Options{})
		if err != nil {
			continue
		}
		vm, err := bpf.NewVM(p.Instructions, bpf.Rules{})
		if err != nil {
			t.Fatalf("%s: %v", expr, err)
		}
		other := otherMachine(p.Instructions)
		if !socket.Attach(t, p.Instructions) {
			t.Fatalf("the kernel does not take the program of %s:\n%s", expr, bpf.Disassemble(nil, p.Instructions))
		}
		differs := kernel.Differs(p.Instructions)
		var data [][]byte
		var wire, all []uint32
		steer.Hunt(rnd, 60, func(pk *steer.Packet) bool {
			pk.Wire = uint32(len(pk.Data))
			want, _ := steer.Answer(p.Instructions, pk)
			data, wire, all = append(data, slices.Clone(pk.Data)), append(wire, pk.Wire), append(all, want)
			answers := map[string]uint32{"VM": vm.Run(pk.Data, pk.Wire, &bpf.Ancillary{})}
			if other != nil {
				n, err := other.Run(pk.Data)
				if err != nil {
					t.Fatalf("%s: %v", expr, err)
				}
				answers["x/net/bpf"] = uint32(n)
			}
			if !differs {
				answers["kernel"] = 0
				if n := socket.Run(t, pk.Data); n > 0 {
					answers["kernel"] = want | 1
					if want > 0 {
						answers["kernel"] = want
					}
				}
			}
			for who, got := range answers {
				if got != want {
					t.Errorf("%s: %s answers %d, want %d, for %x\n%s", expr, who, got, want, pk.Data[:96], bpf.Disassemble(nil, p.Instructions))
					return false
				}
			}
			return true
		}, p.Instructions)
		batch := vm.NewBatch()
		got := make([]uint32, len(data))
		for i := 0; i < len(data); i += bpf.BatchSize {
			end := min(i+bpf.BatchSize, len(data))
			batch.Run(data[i:end], wire[i:end], got[i:])
		}
		if !slices.Equal(got, all) {
			t.Errorf("%s: Batch answers %v, want %v\n%s", expr, got, all, bpf.Disassemble(nil, p.Instructions))
		}
	}
}

// TestKernelTakesAll attaches the program of every recorded expression to a
// socket. Only loops, which classic BPF has not, are left out.
func TestKernelTakesAll(t *testing.T) {
	socket := kernel.New(t)
	names := referenceNames(t)
	attached := make(map[string]bool)
	for _, e := range referenceEntries(t, "known.jsonl") {
		if e.Error != nil || e.SnapLen == 0 {
			continue
		}
		p, err := compileFor(e.Expr, e.options(names))
		if err != nil || bpf.Loops(p.Instructions) {
			continue
		}
		key := string(bpf.AppendDecimal(nil, p.Instructions))
		if attached[key] {
			continue
		}
		attached[key] = true
		if !socket.Attach(t, p.Instructions) {
			t.Errorf("%s (link type %d): the kernel does not take\n%s", e.Expr, e.Num, bpf.Disassemble(nil, p.Instructions))
		}
	}
	t.Logf("%d programs", len(attached))
}

// otherMachine is the VM of golang.org/x/net/bpf, nil where that lacks an
// instruction.
func otherMachine(prog []bpf.Instruction) *xbpf.VM {
	insns, ok := xbpf.Disassemble(prog)
	for _, ins := range insns {
		switch ins := ins.(type) {
		case xbpf.NegateA:
			return nil
		case xbpf.LoadExtension:
			if ins.Num != xbpf.ExtLen {
				return nil
			}
		}
	}
	if !ok {
		return nil
	}
	vm, err := xbpf.NewVM(insns)
	if err != nil {
		return nil
	}
	return vm
}

// TestDifferenceFinds changes programs in one place and expects the search to
// notice.
func TestDifferenceFinds(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	found, all := 0, 0
	for _, expr := range []string{"tcp port 80", "host 10.0.0.1 and not udp", "ip[2:2] - ((ip[0] & 0xf) << 2) > 100", "tcp[13] & 18 = 2 or len > 900"} {
		p, err := Compile(expr, capture.LinkEN10MB, ModeDead, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, ins := range p.Instructions {
			if ins.Op&7 == bpf.RET || ins.Op&bpf.X != 0 || ins.Op&7 == bpf.MISC {
				continue
			}
			altered := slices.Clone(p.Instructions)
			altered[i].K++
			all++
			if steer.Difference(p.Instructions, altered, rnd, 1500) != nil {
				found++
			}
		}
	}
	if found < all*95/100 {
		t.Errorf("the search found %d of %d altered programs, want 95 %%", found, all)
	}
}
