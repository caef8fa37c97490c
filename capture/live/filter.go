package live

import (
	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/internal/kernelfilter"
)

// noKernelFilter is the failure to set any filter at all.
const noKernelFilter = "can't set the kernel filter"

// setFilter has the kernel run a filter, as kernelfilter.Set does, and warns when
// it does not.
func (d *device) setFilter(filter []bpf.Instruction, rewrite func([]bpf.Instruction) (out []bpf.Instruction, refusal string),
	attach func([]bpf.Instruction) error) (inKernel bool, err error) {
	warning, err := kernelfilter.Set(filter, d.cfg.SnapLen, rewrite, attach)
	if warning != "" {
		d.warn(warning)
	}
	return warning == "" && err == nil, err
}
