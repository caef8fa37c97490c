package bpf_test

import (
	"testing"

	. "github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/internal/kernel"
)

// checkKernel holds verifier and VM against the kernel.
func checkKernel(t *testing.T, k *kernel.Socket, prog []Instruction, data []byte) {
	t.Helper()
	err := Verify(prog, Rules{})
	if taken := k.Attach(t, prog); taken != (err == nil) {
		t.Fatalf("kernel takes it: %t; Verify says: %v\n%s", taken, err, Disassemble(nil, prog))
	}
	if err != nil || len(data) == 0 || kernel.Differs(prog) {
		return
	}
	vm, err := NewVM(prog, Rules{Ancillary: true})
	if err != nil {
		t.Fatal(err)
	}
	want := k.Run(t, data)
	if got := min(int(vm.Run(data, uint32(len(data)), nil)), len(data)); got != want {
		t.Errorf("VM lets %d bytes through, the kernel %d, of %x\n%s", got, want, data, Disassemble(nil, prog))
	}
}

func TestKernel(t *testing.T) {
	k := kernel.New(t)
	for _, c := range programs {
		t.Run(c.name, func(t *testing.T) { checkKernel(t, k, c.prog, testPacket) })
	}
	// Linux lets a return flow into the next instruction.
	t.Run("return before scratch", func(t *testing.T) {
		prog := []Instruction{
			{Op: JMP | JEQ, Jt: 1, K: 1}, {Op: RET, K: 1}, {Op: ST}, {Op: LD | MEM}, {Op: RET, K: 2},
		}
		checkKernel(t, k, prog, testPacket)
		prog = []Instruction{
			{Op: JMP | JEQ, Jt: 2, K: 0}, {Op: ST}, {Op: JMP | JA, K: 1}, {Op: RET, K: 1}, {Op: LD | MEM}, {Op: RET, K: 2},
		}
		checkKernel(t, k, prog, testPacket)
	})
	t.Run("longest", func(t *testing.T) {
		prog := make([]Instruction, MaxInstructions+1)
		for i := range prog {
			prog[i] = Instruction{Op: RET, K: 1}
		}
		checkKernel(t, k, prog[1:], testPacket)
		checkKernel(t, k, prog, testPacket)
	})
}

func FuzzKernel(f *testing.F) {
	k := kernel.New(f)
	for _, c := range programs {
		f.Add(encode(c.prog), testPacket)
	}
	f.Fuzz(func(t *testing.T, code, data []byte) {
		if len(data) > 1<<10 || len(code) > 1<<10 {
			return
		}
		checkKernel(t, k, decodeFuzz(code), data)
	})
}
