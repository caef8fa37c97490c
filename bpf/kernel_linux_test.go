package bpf

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel runs programs in the kernel: as filters of a datagram socket, which
// takes no privileges.
type kernel struct{ out, in int }

func newKernel(tb testing.TB) *kernel {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		tb.Skipf("no unix datagram sockets to attach filters to: %v", err)
	}
	tb.Cleanup(func() {
		unix.Close(fds[0])
		unix.Close(fds[1])
	})
	return &kernel{fds[0], fds[1]}
}

// attach reports whether the kernel takes prog.
func (k *kernel) attach(tb testing.TB, prog []Instruction) bool {
	insns := make([]unix.SockFilter, len(prog)+1)
	for i, ins := range prog {
		insns[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &insns[0]}
	err := unix.SetsockoptSockFprog(k.in, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog)
	switch err {
	case nil:
		return true
	case unix.EINVAL:
		return false
	}
	tb.Skipf("cannot attach a filter to a socket: %v", err)
	return false
}

// run returns how many bytes of data the attached program lets through.
func (k *kernel) run(tb testing.TB, data []byte) int {
	if _, err := unix.Write(k.out, data); err != nil {
		tb.Fatal(err)
	}
	buf := make([]byte, len(data)+1)
	n, _, errno := unix.Syscall(unix.SYS_READ, uintptr(k.in), uintptr(unsafe.Pointer(&buf[0])), uintptr(len(buf)))
	if errno == unix.EAGAIN {
		return 0
	}
	if errno != 0 {
		tb.Fatal(errno)
	}
	return int(n)
}

// checkKernel holds verifier and VM against the kernel.
func checkKernel(t *testing.T, k *kernel, prog []Instruction, data []byte) {
	t.Helper()
	err := Verify(prog, Rules{})
	if taken := k.attach(t, prog); taken != (err == nil) {
		t.Fatalf("kernel takes it: %t; Verify says: %v\n%s", taken, err, Disassemble(nil, prog))
	}
	if err != nil || len(data) == 0 || kernelDiffers(prog) {
		return
	}
	vm, err := NewVM(prog, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	want := k.run(t, data)
	if got := min(int(vm.Run(data, uint32(len(data)), nil)), len(data)); got != want {
		t.Errorf("VM lets %d bytes through, the kernel %d, of %x\n%s", got, want, data, Disassemble(nil, prog))
	}
}

// kernelDiffers reports whether prog has what the kernel does in its own way:
// ancillary data, loads from its headers (offsets above 2^31), offsets that
// wrap, and shifts by X.
func kernelDiffers(prog []Instruction) bool {
	for _, ins := range prog {
		switch {
		case ins.Op&7 == LD && ins.Op&0xe0 == ABS && ins.K >= 1<<31, ins.Op == LDX|MSH|B && ins.K >= 1<<31:
			return true
		case ins.Op&7 == LD && ins.Op&0xe0 == IND:
			return true
		case ins.Op == ALU|LSH|X, ins.Op == ALU|RSH|X:
			return true
		}
	}
	return false
}

func TestKernel(t *testing.T) {
	k := newKernel(t)
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
	k := newKernel(f)
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
