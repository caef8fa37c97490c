package live

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/bpf"
)

// TestSetFilter: what the kernel gets, and what is said when that is not the
// filter.
func TestSetFilter(t *testing.T) {
	type program = []bpf.Instruction
	const snapLen = 77
	all := program{{Op: bpf.RET | bpf.K, K: snapLen}}
	filter := program{{Op: bpf.LD | bpf.LEN | bpf.W}, {Op: bpf.RET | bpf.A}}
	loop := program{{Op: bpf.LD | bpf.LEN | bpf.W}, {Op: bpf.JMP | bpf.JA, K: 1<<32 - 2}}
	long := slices.Repeat(filter, bpf.MaxInstructions/2)
	refuse := func(program) (program, string) { return nil, "it is refused" }
	shorten := func(p program) (program, string) { return p[:1], "" }
	lengthen := func(p program) (program, string) { return append(p[:len(p):len(p)], p[0]), "" }
	for _, c := range []struct {
		what    string
		filter  program
		rewrite func(program) (program, string)
		fails   []error // of each time that one is attached
		want    []program
		refusal string
		err     error
	}{
		{what: "none", want: []program{all}},
		{what: "none, with what would refuse it", rewrite: refuse, want: []program{all}},
		{what: "an empty one", filter: program{}, want: []program{all}},
		{what: "one", filter: filter, want: []program{filter}},
		{what: "rewritten", filter: filter, rewrite: shorten, want: []program{filter[:1]}},
		{what: "refused", filter: filter, rewrite: refuse, want: []program{all}, refusal: "it is refused"},
		{what: "a loop", filter: loop, want: []program{all}, refusal: "it loops (protochain), which the kernel does not"},
		{what: "a loop that would be rewritten", filter: loop, rewrite: shorten, want: []program{all}, refusal: "it loops (protochain), which the kernel does not"},
		{what: "as long as may be", filter: long, want: []program{long}},
		{what: "too long", filter: append(long, filter[0]), want: []program{all}, refusal: "it has 4097 instructions, and the kernel takes 4096"},
		{what: "too long until it is rewritten", filter: append(long, filter[0]), rewrite: shorten, want: []program{filter[:1]}},
		{what: "too long once it is rewritten", filter: long, rewrite: lengthen, want: []program{all}, refusal: "it has 4097 instructions, and the kernel takes 4096"},
		{what: "the system refuses it", filter: filter, fails: []error{syscall.EINVAL}, want: []program{filter, all}, refusal: "Invalid argument"},
		{what: "the system refuses all", filter: filter, fails: []error{syscall.EINVAL, syscall.EBADF}, want: []program{filter, all}, refusal: "Invalid argument", err: syscall.EBADF},
		{what: "the system refuses none", fails: []error{syscall.EBADF}, want: []program{all}, err: syscall.EBADF},
	} {
		d := &device{cfg: Config{SnapLen: snapLen}}
		var got []program
		inKernel, err := d.setFilter(c.filter, c.rewrite, func(p program) error {
			got = append(got, p)
			if n := len(got); n <= len(c.fails) {
				return c.fails[n-1]
			}
			return nil
		})
		if !errors.Is(err, c.err) || err == nil && inKernel != (c.refusal == "") {
			t.Errorf("%s: in the kernel: %v, %v", c.what, inKernel, err)
		}
		if !slices.EqualFunc(got, c.want, slices.Equal) {
			t.Errorf("%s: %v attached, want %v", c.what, short(got), short(c.want))
		}
		var want []string
		if c.refusal != "" {
			want = []string{"Kernel filter failed: " + c.refusal + "; all packets are fetched, and filtered here, which may lose some on a busy link"}
		}
		if !slices.Equal(d.warnings, want) {
			t.Errorf("%s: warnings %q, want %q", c.what, d.warnings, want)
		}
	}
}

// short tells programs by their lengths and first instructions.
func short(programs [][]bpf.Instruction) string {
	var b strings.Builder
	for _, p := range programs {
		fmt.Fprintf(&b, " %d of %+v", len(p), p[:min(len(p), 2)])
	}
	return b.String()
}
