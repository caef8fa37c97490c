package live

import (
	"fmt"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// attachFilter replaces the program that decides what enters a socket's queue.
func attachFilter(fd int, program []bpf.RawInstruction) error {
	code := make([]unix.SockFilter, len(program))
	for i, ins := range program {
		code[i] = unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]})
}

// maxKernelProgram is BPF_MAXINSNS of linux/bpf_common.h.
const maxKernelProgram = 4096

// Offsets of ancillary data that a program reads as if they were in the packet
// (linux/filter.h).
const (
	adProtocol = 0xffff_f000
	adPktType  = 0xffff_f004
	adIfIndex  = 0xffff_f008
)

// kernelProgram is the program that does in the kernel what the given one does
// on packets of a link type; or it says why there is none.
func kernelProgram(program []bpf.RawInstruction, link capture.LinkType) (out []bpf.RawInstruction, refusal string) {
	if programLoops(program) {
		return nil, loopRefusal
	}
	if cookedHeaderLen(link) > 0 {
		var ok bool
		if program, ok = bareProgram(program, link); !ok {
			return nil, "it looks at a part of the cooked header that the kernel does not have"
		}
	}
	if len(program) > maxKernelProgram {
		return nil, fmt.Sprintf(lengthRefusal, len(program), maxKernelProgram)
	}
	return program, ""
}

// bareProgram turns a program for a cooked link type into one for what the
// kernel has: a packet without the cooked header, whose fields are ancillary
// data. ok is false when the program looks at a part of the header that the
// kernel cannot tell. The length of the packet is the kernel's, as it is for
// libpcap: without the header.
func bareProgram(program []bpf.RawInstruction, link capture.LinkType) (out []bpf.RawInstruction, ok bool) {
	headerLen := uint32(cookedHeaderLen(link))
	for _, ins := range program {
		if class := ins.Op & 7; class == unix.BPF_LD || class == unix.BPF_LDX {
			if ins, ok = cookedLoad(ins, link, headerLen); !ok {
				return nil, false
			}
		}
		out = append(out, ins)
	}
	return out, true
}

// cookedLoad moves a load's offset from the cooked packet to the bare one.
func cookedLoad(ins bpf.RawInstruction, link capture.LinkType, headerLen uint32) (bpf.RawInstruction, bool) {
	mode := ins.Op & 0xe0
	if mode != unix.BPF_ABS && mode != unix.BPF_IND && mode != unix.BPF_MSH {
		return ins, true
	}
	if ins.K >= adProtocol {
		return ins, true // ancillary data already
	}
	if ins.K >= headerLen {
		ins.K -= headerLen
		return ins, true
	}
	if mode != unix.BPF_ABS {
		return ins, false
	}
	type field struct {
		link capture.LinkType
		at   uint32
		size uint16
	}
	switch (field{link, ins.K, ins.Op & 0x18}) {
	case field{capture.LinkLINUX_SLL2, 0, unix.BPF_H}, field{capture.LinkLINUX_SLL, 14, unix.BPF_H}:
		ins.K = adProtocol
	case field{capture.LinkLINUX_SLL2, 4, unix.BPF_W}:
		ins.K = adIfIndex
	case field{capture.LinkLINUX_SLL2, 10, unix.BPF_B}, field{capture.LinkLINUX_SLL, 0, unix.BPF_H}:
		ins.K = adPktType
	default:
		return ins, false
	}
	return ins, true
}
