package steer

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	vm "golang.org/x/net/bpf"

	"github.com/tapdump/tapdump/bpf"
)

func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 7)) }

// numbers are where arithmetic and comparisons change their mind.
var numbers = []uint32{0, 1, 2, 3, 5, 8, 31, 32, 33, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff}

// program is one that loads two words of the packet, does something with them
// and returns 1 or 2 as a comparison goes.
func program(op uint16, jump uint16, k uint32) []bpf.Instruction {
	return []bpf.Instruction{
		{Op: bpf.LD | bpf.W | bpf.ABS, K: 4}, {Op: bpf.MISC | bpf.TAX}, {Op: bpf.LD | bpf.W | bpf.ABS, K: 0},
		{Op: bpf.ALU | op | bpf.X},
		{Op: bpf.JMP | jump, Jt: 0, Jf: 1, K: k},
		{Op: bpf.RET, K: 1}, {Op: bpf.RET, K: 2},
	}
}

var (
	operators   = []uint16{bpf.ADD, bpf.SUB, bpf.MUL, bpf.DIV, bpf.MOD, bpf.AND, bpf.OR, bpf.XOR, bpf.LSH, bpf.RSH, bpf.NEG}
	comparisons = []uint16{bpf.JEQ, bpf.JGT, bpf.JGE, bpf.JSET}
)

// TestAnswers compares Answer with the machine of golang.org/x/net/bpf, on every
// operator and comparison at the numbers where they change.
func TestAnswers(t *testing.T) {
	for _, op := range operators[:len(operators)-1] { // that machine cannot negate
		for _, jump := range comparisons {
			for _, k := range numbers {
				prog := program(op, jump, k)
				decoded, _ := vm.Disassemble(prog)
				other, err := vm.NewVM(decoded)
				if err != nil {
					t.Fatal(err)
				}
				for _, a := range numbers {
					for _, b := range numbers {
						if (op == bpf.LSH || op == bpf.RSH) && b > 31 {
							continue // Linux shifts by the low five bits, others to 0
						}
						p := &Packet{Data: []byte{byte(a >> 24), byte(a >> 16), byte(a >> 8), byte(a), byte(b >> 24), byte(b >> 16), byte(b >> 8), byte(b)}}
						want, err := other.Run(p.Data)
						if err != nil {
							t.Fatal(err)
						}
						if got, past := Answer(prog, p); !past && got != uint32(want) || past != (want == 0) {
							t.Fatalf("%s\na %#x, b %#x: %d, past %v, want %d", bpf.Disassemble(nil, prog), a, b, got, past, want)
						}
					}
				}
			}
		}
	}
}

// TestTurnsEverything: each comparison of what each operator makes can be had
// both ways, by changing the packet.
func TestTurnsEverything(t *testing.T) {
	sources := map[string][]bpf.Instruction{
		"word":      {{Op: bpf.LD | bpf.W | bpf.ABS, K: 0}},
		"half word": {{Op: bpf.LD | bpf.H | bpf.ABS, K: 2}},
		"byte":      {{Op: bpf.LD | bpf.B | bpf.ABS, K: 3}},
		"length":    {{Op: bpf.LD | bpf.LEN}},
		"ancillary": {{Op: bpf.LD | bpf.W | bpf.ABS, K: bpf.AncillaryBase + 4}},
		"index":     {{Op: bpf.LDX | bpf.B | bpf.MSH, K: 9}, {Op: bpf.LD | bpf.B | bpf.IND, K: 20}},
		"scratch":   {{Op: bpf.LDX | bpf.W | bpf.MEM, K: 3}},
	}
	sources["scratch"] = []bpf.Instruction{{Op: bpf.LD | bpf.H | bpf.ABS, K: 2}, {Op: bpf.ST, K: 3}, {Op: bpf.LDX | bpf.MEM, K: 3}, {Op: bpf.MISC | bpf.TXA}}
	for name, load := range sources {
		for _, op := range operators {
			for _, jump := range comparisons {
				prog := append([]bpf.Instruction(nil), load...)
				k, want := uint32(3), uint32(48)
				if op == bpf.RSH || op == bpf.DIV {
					k, want = 1, 16
				}
				switch op {
				case bpf.MOD:
					k, want = 100, 48
				case bpf.OR:
					if jump != bpf.JSET { // the bits of 3 are always set
						want = 51
					}
				case bpf.AND:
					k, want = 0x31, 0x30
				case bpf.NEG:
					k, want = 0, 1<<32-48
				}
				prog = append(prog, bpf.Instruction{Op: bpf.ALU | op, K: k}, bpf.Instruction{Op: bpf.JMP | jump, Jt: 0, Jf: 1, K: want},
					bpf.Instruction{Op: bpf.RET, K: 1}, bpf.Instruction{Op: bpf.RET, K: 2})
				var seen [3]bool
				Hunt(random(1), 100, func(p *Packet) bool {
					answer, past := Answer(prog, p)
					if !past {
						seen[answer] = true
					}
					return !seen[1] || !seen[2]
				}, prog)
				if !seen[1] || !seen[2] {
					t.Errorf("%s: yes %v, no %v\n%s", name, seen[1], seen[2], bpf.Disassemble(nil, prog))
				}
			}
		}
	}
}

// TestTurnsTwoUnknowns: what two values of the packet make can be had both ways,
// too, by changing either.
func TestTurnsTwoUnknowns(t *testing.T) {
	for _, op := range operators {
		for _, jump := range comparisons {
			prog := program(op, jump, 0x12345)
			var seen [3]int
			Hunt(random(2), 400, func(p *Packet) bool {
				if answer, past := Answer(prog, p); !past {
					seen[answer]++
				}
				return true
			}, prog)
			if seen[1] == 0 || seen[2] == 0 {
				t.Errorf("of 400 packets %d say yes, %d no\n%s", seen[1], seen[2], bpf.Disassemble(nil, prog))
			}
		}
	}
}

// TestDifference: programs that differ in one number of one packet are told
// apart, and programs that differ in nothing are not.
func TestDifference(t *testing.T) {
	for _, op := range operators {
		for _, jump := range comparisons {
			one, other := program(op, jump, 77), program(op, jump, 78)
			p := Difference(one, other, random(3), 3000)
			if p == nil {
				t.Errorf("no packet tells these apart\n%sand\n%s", bpf.Disassemble(nil, one), bpf.Disassemble(nil, other))
				continue
			}
			a, pastA := Answer(one, p)
			if b, pastB := Answer(other, p); a == b || pastA || pastB {
				t.Errorf("the packet found is answered alike: %d, %d", a, b)
			}
			if p := Difference(one, one, random(3), 300); p != nil {
				t.Errorf("a packet is said to tell a program from itself: %x\n%s", p.Data, bpf.Disassemble(nil, one))
			}
		}
	}
}

// TestSteps: a run that never ends is given up, others count their instructions.
func TestSteps(t *testing.T) {
	if n := Steps(program(bpf.ADD, bpf.JEQ, 1), &Packet{Data: make([]byte, 8)}); n != 5 {
		t.Errorf("%d steps, want 5", n)
	}
	circle := []bpf.Instruction{{Op: bpf.JMP | bpf.JA, K: 0xffffffff}, {Op: bpf.RET}}
	if _, past := Answer(circle, &Packet{}); !past {
		t.Error("a loop without an end ended")
	}
}

// TestSameForEver: a seed makes the same expressions and packets for ever, since
// a failure is reported by its seed. A change on purpose changes these sums.
func TestSameForEver(t *testing.T) {
	sums := map[string]string{}
	for name, next := range map[string]func(*rand.Rand) string{
		"Expression": func(r *rand.Rand) string { return Expression(r, 4) }, "Comparison": Comparison, "Tests": Tests, "Tails": Tails,
		"Hunt": func(r *rand.Rand) string {
			text := ""
			Hunt(r, 30, func(p *Packet) bool { text += fmt.Sprintf("%x %d %x\n", p.Data, p.Wire, p.Ancillary); return true },
				program(bpf.AND, bpf.JGT, 5), program(bpf.ADD, bpf.JSET, 12), program(bpf.DIV, bpf.JGE, 12), program(bpf.RSH, bpf.JEQ, 1), program(bpf.LSH, bpf.JEQ, 1<<31),
				[]bpf.Instruction{{Op: bpf.LD | bpf.B | bpf.ABS, K: 3}, {Op: bpf.JMP | bpf.JEQ, K: 0}, {Op: bpf.LD | bpf.H | bpf.ABS, K: 8}, {Op: bpf.JMP | bpf.JEQ, K: 0}, {Op: bpf.RET}})
			return text
		},
	} {
		h, rnd := sha256.New(), random(4)
		for range 200 {
			fmt.Fprintln(h, next(rnd))
		}
		sums[name] = hex.EncodeToString(h.Sum(nil)[:8])
	}
	for name, want := range map[string]string{"Expression": "27b13bca35dc33f7", "Comparison": "8fcdc912fd250a3e", "Tests": "e1af7f47942a7dbe", "Tails": "c257cbd9469929e2", "Hunt": "bb38e69d5b2133a4"} {
		if sums[name] != want {
			t.Errorf("%s makes others: sum %s, want %s", name, sums[name], want)
		}
	}
}
