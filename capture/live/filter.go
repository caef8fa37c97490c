package live

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/internal/syserr"
)

// acceptAll lets all packets in, and cuts them off at the snapshot length;
// rejectAll lets none in.
func acceptAll(snapLen int) []bpf.Instruction {
	return []bpf.Instruction{{Op: bpf.RET | bpf.K, K: uint32(snapLen)}}
}

var rejectAll = []bpf.Instruction{{Op: bpf.RET | bpf.K}}

// noKernelFilter is the failure to set any filter at all.
const noKernelFilter = "can't set the kernel filter"

// setFilter has the kernel run a filter, by attach, or one that only cuts packets
// off at the snapshot length: without a filter, and with a warning when the kernel
// cannot run it. rewrite gives a filter the form that the kernel needs, or says why
// there is none; it may be nil. It fails with the error of attach when not even
// that is set.
func (d *device) setFilter(filter []bpf.Instruction, rewrite func([]bpf.Instruction) (out []bpf.Instruction, refusal string),
	attach func([]bpf.Instruction) error) (inKernel bool, err error) {
	all := acceptAll(d.cfg.SnapLen)
	if len(filter) == 0 {
		return true, attach(all)
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
		if err := attach(filter); err != nil {
			refusal = syserr.Text(err)
		}
	}
	if refusal == "" {
		return true, nil
	}
	d.warn("Kernel filter failed: " + refusal + "; all packets are fetched, and filtered here, which may lose some on a busy link")
	return false, attach(all)
}
