package live

import "github.com/tapdump/tapdump/bpf"

// acceptAll lets all packets in, and cuts them off at the snapshot length;
// rejectAll lets none in.
func acceptAll(snapLen int) []bpf.Instruction {
	return []bpf.Instruction{{Op: bpf.RET | bpf.K, K: uint32(snapLen)}}
}

var rejectAll = []bpf.Instruction{{Op: bpf.RET | bpf.K}}

// Why a kernel does not take a filter.
const (
	loopRefusal   = "it loops (protochain), which the kernel does not"
	lengthRefusal = "it has %d instructions, and the kernel takes %d"
)

// warnFilter says why the filter does not run in the kernel.
func (d *device) warnFilter(refusal string) {
	d.warn("Kernel filter failed: " + refusal + "; all packets are fetched, and filtered here, which may lose some on a busy link")
}
