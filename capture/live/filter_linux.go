package live

import (
	"encoding/binary"
	"slices"

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

// inHostOrder rewrites a filter for CAN frames whose identifier, the first four bytes,
// is in the byte order of the machine as long as they are in the kernel; or it says why
// that cannot be. A field of a single byte is elsewhere then, others would be torn.
func inHostOrder(filter []bpf.Instruction) (out []bpf.Instruction, refusal string) {
	const identifier = 4
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		return filter, ""
	}
	out = slices.Clone(filter)
	for i := range out {
		switch ins := &out[i]; ins.Op {
		case bpf.LD | bpf.B | bpf.ABS, bpf.LDX | bpf.B | bpf.MSH:
			if ins.K < identifier {
				ins.K = identifier - 1 - ins.K
			}
		case bpf.LD | bpf.H | bpf.ABS, bpf.LD | bpf.W | bpf.ABS, bpf.LD | bpf.B | bpf.IND, bpf.LD | bpf.H | bpf.IND, bpf.LD | bpf.W | bpf.IND:
			if ins.K < identifier {
				return nil, "it looks at the identifier of CAN frames, which the kernel has in another byte order"
			}
		}
	}
	return out, ""
}

// cookedFields are the fields of a cooked header that the kernel has as
// ancillary data.
var cookedFields = map[capture.LinkType][]bpf.HeaderField{
	capture.LinkLINUX_SLL:  {{Offset: 0, Size: bpf.H, Ancillary: bpf.AncPacketType}, {Offset: 14, Size: bpf.H, Ancillary: bpf.AncProtocol}},
	capture.LinkLINUX_SLL2: {{Offset: 0, Size: bpf.H, Ancillary: bpf.AncProtocol}, {Offset: 4, Size: bpf.W, Ancillary: bpf.AncInterface}, {Offset: 10, Size: bpf.B, Ancillary: bpf.AncPacketType}},
}
