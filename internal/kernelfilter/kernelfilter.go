// Package kernelfilter has the kernel run a filter where it can, whoever captures.
package kernelfilter

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Accept lets all packets in, and cuts them off at the snapshot length.
func Accept(snapLen int) []bpf.Instruction {
	return []bpf.Instruction{{Op: bpf.RET | bpf.K, K: uint32(snapLen)}}
}

// Reject lets no packet in.
func Reject() []bpf.Instruction { return []bpf.Instruction{{Op: bpf.RET | bpf.K}} }

// Set has the kernel run a filter, by attach, or Accept: without a filter, and,
// with a warning for the user, when the kernel cannot run it. rewrite gives a filter
// the form that the kernel needs, or says why there is none; it may be nil. It
// fails with the error of attach when not even Accept is set.
func Set(filter []bpf.Instruction, snapLen int, rewrite func([]bpf.Instruction) (out []bpf.Instruction, refusal string),
	attach func([]bpf.Instruction) error) (warning string, err error) {
	if len(filter) == 0 {
		return "", attach(Accept(snapLen))
	}
	refusal := ""
	if bpf.Loops(filter) {
		refusal = "it loops (protochain), which the kernel does not"
	} else if rewrite != nil {
		filter, refusal = rewrite(filter)
	}
	if refusal == "" && len(filter) > bpf.MaxInstructions {
		refusal = fmt.Sprintf("it has %d instructions, and the kernel takes %d", len(filter), bpf.MaxInstructions)
	}
	if refusal == "" {
		err := attach(filter)
		if err == nil {
			return "", nil
		}
		refusal = syserr.Text(err)
	}
	return "Kernel filter failed: " + refusal + "; all packets are fetched, and filtered here, which may lose some on a busy link",
		attach(Accept(snapLen))
}
