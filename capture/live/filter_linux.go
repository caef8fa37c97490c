package live

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// attachFilter replaces the program that decides what enters a socket's queue.
func attachFilter(fd int, program []bpf.Instruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, ins := range program {
		code[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]})
}

// kernelProgram is the program that does in the kernel what the given one does
// on packets of a link type; or it says why there is none.
func kernelProgram(program []bpf.Instruction, link capture.LinkType) (out []bpf.Instruction, refusal string) {
	if bpf.Loops(program) {
		return nil, loopRefusal
	}
	if n := cookedHeaderLen(link); n > 0 {
		var ok bool
		if program, ok = bpf.WithoutHeader(program, uint32(n), cookedFields[link]); !ok {
			return nil, "it looks at a part of the cooked header that the kernel does not have"
		}
	}
	if len(program) > bpf.MaxInstructions {
		return nil, fmt.Sprintf(lengthRefusal, len(program), bpf.MaxInstructions)
	}
	return program, ""
}

// cookedFields are the fields of a cooked header that the kernel has as
// ancillary data.
var cookedFields = map[capture.LinkType][]bpf.HeaderField{
	capture.LinkLINUX_SLL:  {{Offset: 0, Size: bpf.H, Ancillary: bpf.AncPacketType}, {Offset: 14, Size: bpf.H, Ancillary: bpf.AncProtocol}},
	capture.LinkLINUX_SLL2: {{Offset: 0, Size: bpf.H, Ancillary: bpf.AncProtocol}, {Offset: 4, Size: bpf.W, Ancillary: bpf.AncInterface}, {Offset: 10, Size: bpf.B, Ancillary: bpf.AncPacketType}},
}
