package flow_test

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
)

// packetWords are what a packet begins with: where arithmetic and comparisons change.
var packetWords = []uint32{
	0, 1, 2, 3, 5, 7, 8, 15, 16, 0x7f, 0x80, 0xff, 0x100, 0x101, 0x7fff, 0x8000, 0xff00, 0xffff, 0x10000, 0x12345678, 0x7fffffff, 0x80000000, 0x80000001, 0xff000000, 0xffff0000, 0xfffffffe, 0xffffffff,
	0x00ff0000, 0x01000000, 0x0f0f0f0f, 0xf0f0f0f0, 0x55555555, 0xaaaaaaaa,
}

var relations = []string{"=", "!=", ">", ">=", "<", "<="}

// operate is what the machine computes; ok is false for nothing.
func operate(op string, a, b uint32) (v uint32, ok bool) {
	switch op {
	case "+":
		return a + b, true
	case "-":
		return a - b, true
	case "*":
		return a * b, true
	case "/":
		return a / max(b, 1), b != 0
	case "%":
		return a % max(b, 1), b != 0
	case "&":
		return a & b, true
	case "|":
		return a | b, true
	case "^":
		return a ^ b, true
	case "<<":
		return a << (b & 31), b < 32
	}
	return a >> (b & 31), b < 32
}

func holds(rel string, a, b uint32) bool {
	switch rel {
	case "=":
		return a == b
	case "!=":
		return a != b
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "<":
		return a < b
	}
	return a <= b
}

// arithmetic checks one comparison of computed bytes on all packets, and returns
// its optimized program.
func arithmetic(t *testing.T, expr string, want func(packet []byte) bool) []byte {
	t.Helper()
	p, err := compile.Compile(expr, capture.LinkEN10MB, compile.ModeDead, compile.Options{})
	if err != nil {
		return []byte(err.Error()) // all packets are rejected, as libpcap sees it
	}
	vm, err := bpf.NewVM(p.Instructions, p.Rules())
	if err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 40)
	for _, w := range packetWords {
		binary.BigEndian.PutUint32(packet, w)
		if got := vm.Run(packet, 40, nil) != 0; got != want(packet) {
			t.Fatalf("%s: %t for a packet that begins with %#08x\n%s", expr, got, w, bpf.Disassemble(nil, p.Instructions))
		}
	}
	return bpf.AppendDecimal(nil, p.Instructions)
}

func load(packet []byte, at, size int) uint32 {
	v := uint32(0)
	for _, c := range packet[at : at+size] {
		v = v<<8 | uint32(c)
	}
	return v
}

// TestArithmetic has every operator with a constant on bytes of every size, in
// every comparison with what can come out and with what is beside it: what the
// program answers, and by a checksum what it is.
func TestArithmetic(t *testing.T) {
	constants := []uint32{0, 1, 2, 3, 4, 6, 7, 8, 15, 16, 24, 31, 0x7f, 0x80, 0xf0, 0xff, 0x100, 0xff0, 0x7fff, 0xff00, 0xffff, 0x10000, 0xff0000, 0xffffff, 0x7fffffff, 0x80000000, 0xff000000, 0xffff0000, 0xfffffff0, 0xffffffff}
	var blocks []string
	for _, size := range []int{1, 2, 4} {
		for _, op := range []string{"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"} {
			for n, c := range constants {
				if _, ok := operate(op, 1, c); !ok {
					continue
				}
				sum := fnv.New32a()
				for i, rel := range relations {
					for j := range 5 {
						x := packetWords[(n*5+i*7+j*3)%len(packetWords)] & uint32(1<<(8*size)-1)
						k, _ := operate(op, x, c)
						k += []uint32{0, 0, 1, 0xffffffff, 0}[j]
						left := fmt.Sprintf("ether[0:%d] %s %d", size, op, c)
						expr := fmt.Sprintf("%s %s %d", left, rel, k)
						if op == "%" || op == "^" { // take all to their right
							expr = fmt.Sprintf("(%s) %s %d", left, rel, k)
						}
						sum.Write(arithmetic(t, expr, func(p []byte) bool { v, _ := operate(op, load(p, 0, size), c); return holds(rel, v, k) }))
					}
				}
				blocks = append(blocks, fmt.Sprintf("# ether[0:%d] %s %#x\n%08x\n", size, op, c, sum.Sum32()))
			}
		}
	}
	rnd := rand.New(rand.NewPCG(81, 18))
	ops := []string{"+", "-", "*", "/", "%", "&", "&", "|", "^", "<<", ">>"}
	for n := range 250 { // two operators
		sum := fnv.New32a()
		for range 16 {
			size, at := []int{1, 2, 4}[rnd.IntN(3)], rnd.IntN(3)
			op1, op2, rel := ops[rnd.IntN(len(ops))], ops[rnd.IntN(len(ops))], relations[rnd.IntN(6)]
			c1, c2 := constants[rnd.IntN(len(constants))], constants[rnd.IntN(len(constants))]
			compute := func(x uint32) (uint32, bool) {
				v, ok1 := operate(op1, x, c1)
				v, ok2 := operate(op2, v, c2)
				return v, ok1 && ok2
			}
			packet := make([]byte, 8)
			binary.BigEndian.PutUint32(packet, packetWords[rnd.IntN(len(packetWords))])
			k, ok := compute(load(packet, at, size))
			if !ok {
				continue
			}
			k += []uint32{0, 0, 0, 1, 0xffffffff}[rnd.IntN(5)]
			expr := fmt.Sprintf("((ether[%d:%d] %s %d) %s %d) %s %d", at, size, op1, c1, op2, c2, rel, k)
			sum.Write(arithmetic(t, expr, func(p []byte) bool { v, _ := compute(load(p, at, size)); return holds(rel, v, k) }))
		}
		blocks = append(blocks, fmt.Sprintf("# two operators, %d\n%08x\n", n, sum.Sum32()))
	}
	compareGolden(t, "testdata/arithmetic.golden", blocks)
}

// TestSets has alternatives that ask for one value: numbers, ranges and masks,
// near each other, in rows and in blocks, some with a second question behind.
func TestSets(t *testing.T) {
	rnd := rand.New(rand.NewPCG(91, 19))
	var blocks []string
	for n := range 220 {
		size := []int{1, 2, 4}[rnd.IntN(3)]
		limit := uint32(1<<(8*size) - 1)
		base, step := rnd.Uint32()&limit, []uint32{1, 1, 2, 3, 16, 256, 0x10000}[rnd.IntN(7)]
		next := func() uint32 {
			base += step * uint32(1+rnd.IntN(3))
			return base & limit
		}
		text := ""
		var tests []func(v, second uint32) bool
		for range 3 + rnd.IntN(14) {
			k := next()
			var term string
			var test func(v, second uint32) bool
			switch rnd.IntN(6) {
			case 0:
				hi := min(k+uint32(rnd.IntN(20)), limit)
				term = fmt.Sprintf("ether[0:%d] >= %d and ether[0:%d] <= %d", size, k, size, hi)
				test = func(v, _ uint32) bool { return v >= k && v <= hi }
			case 1:
				mask := limit &^ (1<<rnd.IntN(8*size) - 1)
				term = fmt.Sprintf("ether[0:%d] & %d = %d", size, mask, k&mask)
				test = func(v, _ uint32) bool { return v&mask == k&mask }
			case 2:
				m := uint32(rnd.IntN(4))
				term = fmt.Sprintf("ether[0:%d] = %d and ether[4] & 3 = %d", size, k, m)
				test = func(v, second uint32) bool { return v == k && second&3 == m }
			default:
				term = fmt.Sprintf("ether[0:%d] = %d", size, k)
				test = func(v, _ uint32) bool { return v == k }
			}
			tests = append(tests, test)
			if text != "" {
				text += " or "
			}
			text += "(" + term + ")"
		}
		negated := rnd.IntN(3) == 0
		if negated {
			text = "not (" + text + ")"
		}
		p, err := compile.Compile(text, capture.LinkEN10MB, compile.ModeDead, compile.Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		vm, err := bpf.NewVM(p.Instructions, p.Rules())
		if err != nil {
			t.Fatal(err)
		}
		packet := make([]byte, 40)
		for range 600 {
			v := base - step*uint32(rnd.IntN(60)) + uint32(rnd.IntN(3)) - 1
			if rnd.IntN(8) == 0 {
				v = packetWords[rnd.IntN(len(packetWords))]
			}
			binary.BigEndian.PutUint32(packet, v<<(32-8*size))
			packet[4] = byte(rnd.IntN(256))
			want := negated
			for _, test := range tests {
				if test(load(packet, 0, size), uint32(packet[4])) {
					want = !negated
				}
			}
			if got := vm.Run(packet, 40, nil) != 0; got != want {
				t.Fatalf("%s: %t for %x, want %t\n%s", text, got, packet[:5], want, bpf.Disassemble(nil, p.Instructions))
			}
		}
		sum := fnv.New32a()
		sum.Write(bpf.AppendDecimal(nil, p.Instructions))
		blocks = append(blocks, fmt.Sprintf("# set %d: %.60s\n%d instructions, %08x\n", n, text, len(p.Instructions), sum.Sum32()))
	}
	compareGolden(t, "testdata/sets.golden", blocks)
}
