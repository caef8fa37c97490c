package bpf_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	. "github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/steer"
	"github.com/tapdump/tapdump/internal/testenv"
)

// edges are where comparisons, shifts and loads change their mind.
var edges = []uint32{0, 1, 2, 3, 4, 5, 7, 8, 31, 32, 33, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff}

// manyPackets fill a Batch: of all lengths up to 9 bytes, with bytes from edges.
func manyPackets(rnd *rand.Rand) (data [][]byte, wire []uint32) {
	bytes := []byte{0, 1, 2, 3, 4, 5, 0x45, 0x46, 0x7f, 0x80, 0xff}
	for i := range BatchSize {
		p := make([]byte, i%10)
		for j := range p {
			p[j] = bytes[rnd.IntN(len(bytes))]
		}
		data, wire = append(data, p), append(wire, edges[rnd.IntN(len(edges))])
	}
	return data, wire
}

// checkAll runs a program on packets one by one, in a batch, and step by step
// in package steer, which shares no code with the VM.
func checkAll(t *testing.T, prog []Instruction, data [][]byte, wire []uint32) {
	t.Helper()
	vm, err := NewVM(prog, Rules{Ancillary: true})
	if err != nil {
		t.Fatalf("%v\n%s", err, Disassemble(nil, prog))
	}
	take := make([]uint32, len(data))
	for i := range take {
		take[i] = 99 // of the run before
	}
	accepted := vm.NewBatch().Run(data, wire, take)
	for i, p := range data {
		want, past := steer.Answer(prog, &steer.Packet{Data: p, Wire: wire[i]})
		if past {
			want = 0
		}
		if got := vm.Run(p, wire[i], nil); got != want {
			t.Fatalf("VM answers %d, want %d, for %x of %d bytes\n%s", got, want, p, wire[i], Disassemble(nil, prog))
		}
		if take[i] != want {
			t.Fatalf("Batch answers %d, want %d, for packet %d, %x of %d bytes\n%s", take[i], want, i, p, wire[i], Disassemble(nil, prog))
		}
		if want != 0 {
			accepted--
		}
	}
	if accepted != 0 {
		t.Fatalf("a batch counts %d packets too many", accepted)
	}
}

// TestEveryPair runs each load before each jump, which the VM takes together,
// at each edge: one byte too short, equal, one beside.
func TestEveryPair(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	data, wire := manyPackets(rnd)
	data, wire = data[:60], wire[:60]
	loads := []Instruction{{Op: LD | LEN}, {Op: LDX | LEN}, {Op: LD | MEM, K: 3}, {Op: LDX | MEM, K: 4}, {Op: MISC | TAX}, {Op: MISC | TXA}, {Op: ST, K: 5}, {Op: STX, K: 6}}
	for _, off := range []uint32{0, 1, 3, 5, 0xefffffff, 0xfffffff0} {
		for _, size := range []uint16{B, H, W} {
			loads = append(loads, Instruction{Op: LD | size | IND, K: off})
			if off < AncillaryBase {
				loads = append(loads, Instruction{Op: LD | size | ABS, K: off})
			}
		}
		loads = append(loads, Instruction{Op: LDX | B | MSH, K: off})
	}
	for _, load := range loads {
		for _, jump := range []uint16{JEQ, JGT, JGE, JSET} {
			for _, k := range edges {
				for _, operand := range []uint16{K, X} {
					prog := []Instruction{
						{Op: LD | IMM, K: k ^ 1}, {Op: ST, K: 3}, {Op: LDX | IMM, K: k & 3}, {Op: STX, K: 4}, load,
						{Op: JMP | jump | operand, Jt: 3, K: k},
						{Op: ALU | OR, K: 0x40}, {Op: ALU | ADD | X}, {Op: RET | A},
						{Op: ALU | XOR, K: 0x20}, {Op: RET | A},
					}
					checkAll(t, prog, data, wire)
				}
			}
		}
	}
}

// TestRandomPrograms runs programs of all instructions, whose ways part and
// meet again.
func TestRandomPrograms(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	edge := func() uint32 { return edges[rnd.IntN(len(edges))] }
	sizes, jumps := []uint16{B, H, W}, []uint16{JEQ, JGT, JGE, JSET}
	for range 1500 {
		prog := []Instruction{{Op: ST}, {Op: STX, K: 1}, {Op: LD | sizes[rnd.IntN(3)] | ABS, K: uint32(rnd.IntN(4))}}
		n := 3 + rnd.IntN(25)
		for i := range n {
			var ins Instruction
			switch left := n - i; rnd.IntN(10) {
			case 0, 1:
				ins = Instruction{Op: LD | sizes[rnd.IntN(3)] | ABS, K: uint32(rnd.IntN(7))}
			case 2:
				ins = Instruction{Op: LD | sizes[rnd.IntN(3)] | IND, K: uint32(rnd.IntN(4))}
			case 3:
				ins = Instruction{Op: []uint16{LDX | B | MSH, LDX | IMM, LD | IMM}[rnd.IntN(3)], K: uint32(rnd.IntN(6))}
			case 4:
				ins = Instruction{Op: []uint16{LD | MEM, LDX | MEM, ST, STX}[rnd.IntN(4)], K: uint32(rnd.IntN(2))}
			case 5:
				ins = Instruction{Op: []uint16{MISC | TAX, MISC | TXA, LD | LEN, LDX | LEN}[rnd.IntN(4)]}
			case 6:
				ins = Instruction{Op: ALU | uint16(rnd.IntN(11))<<4 | []uint16{K, X}[rnd.IntN(2)], K: uint32(rnd.IntN(31)) + 1}
				if ins.Op&0xf0 == NEG {
					ins.Op = ALU | NEG
				}
			case 7:
				ins = Instruction{Op: JMP | JA, K: uint32(rnd.IntN(left))}
			default:
				ins = Instruction{Op: JMP | jumps[rnd.IntN(4)] | []uint16{K, X}[rnd.IntN(2)], Jt: uint8(rnd.IntN(left)), Jf: uint8(rnd.IntN(left)), K: edge()}
			}
			prog = append(prog, ins)
		}
		prog = append(prog, []Instruction{{Op: RET, K: 7}, {Op: RET | A}}[rnd.IntN(2)])
		if Verify(prog, Rules{}) != nil {
			continue // an unwritten scratch word or the like
		}
		data, wire := manyPackets(rnd)
		checkAll(t, prog, data, wire)
	}
}

// TestBackwards walks in a circle as often as a packet of its length may.
func TestBackwards(t *testing.T) {
	// X counts rounds; the packet says in its first two bytes how many there are.
	prog := []Instruction{
		{Op: LD | IMM}, {Op: MISC | TAX}, {Op: LD | H | ABS}, {Op: JMP | JEQ | X, Jt: 4},
		{Op: MISC | TXA}, {Op: ALU | ADD, K: 1}, {Op: MISC | TAX}, {Op: JMP | JA, K: ^uint32(5)}, {Op: RET, K: 5},
	}
	vm, err := NewVM(prog, Rules{Loops: true, Ancillary: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, length := range []int{2, 3, 4, 100, 103, 104} {
		for _, rounds := range []int{0, 1, 511, 512, 513, 514, 536, 537, 538, 539, 540} {
			p := make([]byte, length)
			p[0], p[1] = byte(rounds>>8), byte(rounds)
			want := uint32(5)
			if rounds > length/4+512 {
				want = 0
			}
			take := []uint32{0}
			vm.NewBatch().Run([][]byte{p}, []uint32{0}, take)
			if got := vm.Run(p, 0, nil); got != want || take[0] != want {
				t.Errorf("%d rounds on %d bytes: %d, in a batch %d, want %d", rounds, length, got, take[0], want)
			}
		}
	}
}

// TestOpcodes compares what is said of all opcodes, known or not, with a golden
// file: the disassembly and what Verify has against each.
func TestOpcodes(t *testing.T) {
	const file = "testdata/opcodes.golden"
	var b strings.Builder
	ks := []uint32{0, 1, 15, 16, 31, 32, 80, 0x7fffffff, 0xffffffff, AncillaryBase - 4}
	for anc := uint32(0); anc <= 68; anc += 4 {
		ks = append(ks, AncillaryBase+anc)
	}
	for op := range uint16(0x120) {
		for i, k := range ks {
			if i > 9 && op&0xe7 != LD|ABS || i > 2 && op >= 0xb0 {
				continue
			}
			ins := Instruction{Op: op, Jt: uint8(i), Jf: 1, K: k}
			fmt.Fprintf(&b, "%s", AppendInstruction(nil, ins, 98+i))
			for _, rules := range []Rules{{}, {Loops: true}} {
				prog := []Instruction{{Op: ST}, {Op: ST, K: 1}, ins, {Op: ST}, {Op: RET, K: 1}}
				err := Verify(prog, rules)
				if err == nil && !rules.Loops {
					break
				}
				text := "taken with loops"
				if err != nil {
					_, text, _ = strings.Cut(err.Error(), "): ")
				}
				fmt.Fprintf(&b, "  %s", text)
			}
			b.WriteByte('\n')
		}
	}
	testenv.Golden(t, file, []byte(b.String()))
}

// TestVerifyBounds has the limits on length.
func TestVerifyBounds(t *testing.T) {
	prog := make([]Instruction, 1<<24+1) // loads of a constant
	prog[4095], prog[4096], prog[65535] = Instruction{Op: RET}, Instruction{Op: RET}, Instruction{Op: RET}
	for _, c := range []struct {
		n     int
		rules Rules
		want  string
	}{
		{0, Rules{}, "program has no instructions"},
		{4096, Rules{}, ""}, {4097, Rules{}, "program has 4097 instructions, Linux takes 4096"}, {4097, Rules{AnyLength: true}, ""},
		{65536, Rules{AnyLength: true}, ""}, {65535, Rules{AnyLength: true}, "program does not end in a return"}, {1<<24 + 1, Rules{AnyLength: true}, "program has 16777217 instructions, more than 16777216"},
	} {
		got := ""
		if err := Verify(prog[:c.n], c.rules); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%d instructions, %+v: %q, want %q", c.n, c.rules, got, c.want)
		}
	}
}
