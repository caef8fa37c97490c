package flow_test

import (
	"bufio"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/bpf/internal/flow"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/capture"
)

// TestEveryPlan compares the programs of all plans, not only of the best one,
// with the plain program.
func TestEveryPlan(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	compared := 0
	for _, link := range []capture.LinkType{capture.LinkEN10MB, capture.LinkRAW, capture.LinkIEEE802_11_RADIO, capture.LinkPFLOG} {
		for range 15 {
			expr := steer.Expression(rnd, 3)
			p, err := compile.Compile(expr, link, compile.ModeDead, compile.Options{NoOptimize: true})
			if err != nil {
				continue // nothing that this link type has
			}
			plain := p.Instructions
			build := func() (*flow.Graph, *flow.Node) {
				g := flow.NewGraph(capture.MaxSnapLen)
				return g, lift(g, plain)
			}
			flow.EveryPlan(build, func(plan string, tails bool, c flow.Code, err error) {
				if err == nil {
					err = bpf.Verify(c.Instructions, bpf.Rules{AnyLength: true})
				}
				if err != nil {
					t.Fatalf("%s (%v, plan %q): %v\n%s", expr, link, plan, err, bpf.Disassemble(nil, c.Instructions))
				}
				compared++
				if pk := steer.Difference(plain, c.Instructions, rnd, 60); pk != nil {
					t.Fatalf("%s (%v, plan %q, tails merged: %t): packet %x, length %d: answers differ\n%s\nplain:\n%s", expr, link, plan, tails,
						pk.Data[:96], pk.Wire, bpf.Disassemble(nil, c.Instructions), bpf.Disassemble(nil, plain))
				}
			})
		}
	}
	if compared < 500 {
		t.Errorf("%d programs were compared, want hundreds", compared)
	}
}

// TestLift turns recorded programs of libpcap into graphs and these into
// programs, which must answer alike.
func TestLift(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "..", "shared", "bpf", "known.jsonl"))
	if err != nil {
		t.Skipf("no recorded answers of libpcap to compare with: %v", err)
	}
	defer f.Close()
	rnd := rand.New(rand.NewPCG(9, 9))
	dec := json.NewDecoder(bufio.NewReader(f))
	for i := 0; dec.More(); i++ {
		var e struct {
			Num     uint32 `json:"dlt_num"`
			Expr    string
			SnapLen int
			Noopt   [][4]uint32 // op, jt, jf, k
		}
		if err := dec.Decode(&e); err != nil {
			t.Fatal(err)
		}
		if i%41 != 0 || len(e.Noopt) == 0 || e.SnapLen == 0 {
			continue
		}
		prog := make([]bpf.Instruction, len(e.Noopt))
		for i, ins := range e.Noopt {
			prog[i] = bpf.Instruction{Op: uint16(ins[0]), Jt: uint8(ins[1]), Jf: uint8(ins[2]), K: ins[3]}
		}
		if bpf.Verify(prog, bpf.Rules{AnyLength: true}) != nil {
			continue
		}
		g := flow.NewGraph(uint32(e.SnapLen))
		c, err := flow.Optimize(g, lift(g, prog), nil)
		if err != nil {
			t.Errorf("%s (link type %d): %v", e.Expr, e.Num, err)
			continue
		}
		if pk := steer.Difference(prog, c.Instructions, rnd, 100); pk != nil {
			t.Errorf("%s (link type %d): packet %x, length %d: answers differ\n%s", e.Expr, e.Num, pk.Data[:96], pk.Wire, bpf.Disassemble(nil, c.Instructions))
		}
	}
}
