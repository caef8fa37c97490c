package kernel

import (
	"testing"

	"github.com/tapdump/tapdump/bpf"
)

// TestRun: the kernel takes programs, lets as many bytes through as they say,
// and refuses what is no program.
func TestRun(t *testing.T) {
	s := New(t)
	some := []byte{5, 6, 7, 8}
	for _, c := range []struct {
		k    uint32
		data []byte
		want int
	}{
		{0, some, 0}, {1, some, 1}, {3, some, 3}, {4, some, 4}, {9, some, 4}, {1 << 18, some[:1], 1},
	} {
		if !s.Attach(t, []bpf.Instruction{{Op: bpf.RET, K: c.k}}) {
			t.Fatalf("the kernel refuses ret #%d", c.k)
		}
		if got := s.Run(t, c.data); got != c.want {
			t.Errorf("ret #%d lets %d bytes of %d through, want %d", c.k, got, len(c.data), c.want)
		}
	}
	byteIs6 := []bpf.Instruction{{Op: bpf.LD | bpf.B | bpf.ABS, K: 1}, {Op: bpf.JMP | bpf.JEQ, K: 6, Jf: 1}, {Op: bpf.RET, K: 2}, {Op: bpf.RET}}
	if !s.Attach(t, byteIs6) {
		t.Fatal("the kernel refuses a comparison")
	}
	if got := s.Run(t, some); got != 2 {
		t.Errorf("%d bytes, want 2", got)
	}
	if got := s.Run(t, []byte{6, 5}); got != 0 {
		t.Errorf("%d bytes, want none", got)
	}
	for name, prog := range map[string][]bpf.Instruction{
		"no return":    {{Op: bpf.LD | bpf.IMM}},
		"empty":        {},
		"a jump out":   {{Op: bpf.JMP | bpf.JA, K: 5}, {Op: bpf.RET}},
		"no such code": {{Op: 0xff}, {Op: bpf.RET}},
		"too long":     make([]bpf.Instruction, 1<<16),
	} {
		if s.Attach(t, prog) {
			t.Errorf("the kernel takes a program with %s", name)
		}
	}
}

// TestDiffers: what the kernel does in its own way, each at its edge.
func TestDiffers(t *testing.T) {
	ret := bpf.Instruction{Op: bpf.RET}
	x := func(k uint32) bpf.Instruction { return bpf.Instruction{Op: bpf.LDX | bpf.IMM, K: k} }
	index := func(k uint32) bpf.Instruction { return bpf.Instruction{Op: bpf.LD | bpf.B | bpf.IND, K: k} }
	for _, c := range []struct {
		name string
		prog []bpf.Instruction
		want bool
	}{
		{"a load", []bpf.Instruction{{Op: bpf.LD | bpf.W | bpf.ABS, K: 1<<31 - 1}, ret}, false},
		{"a load from the kernel's headers", []bpf.Instruction{{Op: bpf.LD | bpf.W | bpf.ABS, K: 1 << 31}, ret}, true},
		{"a header's length", []bpf.Instruction{{Op: bpf.LDX | bpf.MSH | bpf.B, K: 1<<31 - 1}, index(1<<31 - 1), ret}, false},
		{"a header's length from the kernel's headers", []bpf.Instruction{{Op: bpf.LDX | bpf.MSH | bpf.B, K: 1 << 31}, ret}, true},
		{"an index from the kernel's headers", []bpf.Instruction{x(1), index(1 << 31), ret}, true},
		{"an index by a small constant", []bpf.Instruction{x(1<<16 - 1), index(14), ret}, false},
		{"an index by a large constant", []bpf.Instruction{x(1 << 16), index(14), ret}, true},
		{"an index by a number of the packet", []bpf.Instruction{{Op: bpf.MISC | bpf.TAX}, index(14), ret}, true},
		{"a number of the packet in X, not used", []bpf.Instruction{{Op: bpf.MISC | bpf.TAX}, ret}, false},
		{"an index by the scratch memory", []bpf.Instruction{{Op: bpf.LDX | bpf.MEM}, index(14), ret}, true},
		{"X loaded twice", []bpf.Instruction{{Op: bpf.LDX | bpf.MEM}, x(1), index(14), ret}, true},
		{"a shift by a constant", []bpf.Instruction{{Op: bpf.ALU | bpf.LSH, K: 3}, {Op: bpf.ALU | bpf.RSH, K: 3}, ret}, false},
		{"a shift left by X", []bpf.Instruction{{Op: bpf.ALU | bpf.LSH | bpf.X}, ret}, true},
		{"a shift right by X", []bpf.Instruction{{Op: bpf.ALU | bpf.RSH | bpf.X}, ret}, true},
		{"a jump with a large constant", []bpf.Instruction{{Op: bpf.JMP | bpf.JEQ, K: 1 << 31}, ret}, false},
	} {
		if got := Differs(c.prog); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
