// Package kernel runs filter programs in the kernel, for tests: as filters of a
// datagram socket, which takes no privileges.
package kernel

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
)

// Socket is a pair of sockets, one of which filters what the other sends.
type Socket struct{ out, in int }

// New makes a pair of sockets, or skips the test where there are none.
func New(tb testing.TB) *Socket {
	tb.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		tb.Skipf("no unix datagram sockets to attach filters to: %v", err)
	}
	tb.Cleanup(func() {
		unix.Close(fds[0])
		unix.Close(fds[1])
	})
	return &Socket{fds[0], fds[1]}
}

// Attach reports whether the kernel takes prog.
func (s *Socket) Attach(tb testing.TB, prog []bpf.Instruction) bool {
	tb.Helper()
	if len(prog) > 1<<16-1 {
		return false
	}
	insns := make([]unix.SockFilter, len(prog)+1)
	for i, ins := range prog {
		insns[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	fprog := unix.SockFprog{Len: uint16(len(prog)), Filter: &insns[0]}
	// The filter before counts until the next one is there.
	_ = unix.SetsockoptInt(s.in, unix.SOL_SOCKET, unix.SO_DETACH_FILTER, 0)
	err := unix.SetsockoptSockFprog(s.in, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &fprog)
	switch err {
	case nil:
		return true
	case unix.EINVAL:
		return false
	}
	tb.Skipf("cannot attach a filter to a socket: %v", err)
	return false
}

// Run returns how many bytes of data, which is not empty, the attached program
// lets through.
func (s *Socket) Run(tb testing.TB, data []byte) int {
	tb.Helper()
	if _, err := unix.Write(s.out, data); err != nil {
		tb.Fatal(err)
	}
	n, err := unix.Read(s.in, make([]byte, len(data)+1))
	if err == unix.EAGAIN {
		return 0
	}
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// Differs reports whether prog has what the kernel does in its own way:
// ancillary data, loads from its headers (offsets above 2^31), shifts by X, and
// offsets that may wrap.
func Differs(prog []bpf.Instruction) bool {
	bounded := true // X is a constant or the length of a header
	for _, ins := range prog {
		switch {
		case ins.Op&7 == bpf.LDX:
			bounded = bounded && (ins.Op == bpf.LDX|bpf.MSH|bpf.B || ins.Op == bpf.LDX|bpf.IMM && ins.K < 1<<16)
		case ins.Op == bpf.MISC|bpf.TAX:
			bounded = false
		}
	}
	for _, ins := range prog {
		mode := ins.Op & 0xe0
		switch {
		case ins.Op&7 <= bpf.LDX && (mode == bpf.ABS || mode == bpf.MSH) && ins.K >= 1<<31:
			return true
		case ins.Op&7 == bpf.LD && mode == bpf.IND && (!bounded || ins.K >= 1<<31):
			return true
		case ins.Op == bpf.ALU|bpf.LSH|bpf.X, ins.Op == bpf.ALU|bpf.RSH|bpf.X:
			return true
		}
	}
	return false
}
