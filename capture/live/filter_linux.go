package live

import (
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

// withoutCooked rewrites a filter for packets of a link type, which have a cooked
// header only once they are here; or it says why that cannot be.
func withoutCooked(filter []bpf.Instruction, link capture.LinkType) (out []bpf.Instruction, refusal string) {
	out, ok := bpf.WithoutHeader(filter, uint32(cookedHeaderLen(link)), cookedFields[link])
	if !ok {
		return nil, "it looks at a part of the cooked header that the kernel does not have"
	}
	return out, ""
}

// cookedFields are the fields of a cooked header that the kernel has as
// ancillary data.
var cookedFields = map[capture.LinkType][]bpf.HeaderField{
	capture.LinkLINUX_SLL:  {{Offset: 0, Size: bpf.H, Ancillary: bpf.AncPacketType}, {Offset: 14, Size: bpf.H, Ancillary: bpf.AncProtocol}},
	capture.LinkLINUX_SLL2: {{Offset: 0, Size: bpf.H, Ancillary: bpf.AncProtocol}, {Offset: 4, Size: bpf.W, Ancillary: bpf.AncInterface}, {Offset: 10, Size: bpf.B, Ancillary: bpf.AncPacketType}},
}
