package live

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// TestWithoutCooked: offsets are those that the kernel has, and cooked fields are
// its ancillary data.
func TestWithoutCooked(t *testing.T) {
	const (
		ldb, ldh, ldw  = unix.BPF_LD | unix.BPF_ABS | unix.BPF_B, unix.BPF_LD | unix.BPF_ABS | unix.BPF_H, unix.BPF_LD | unix.BPF_ABS | unix.BPF_W
		ldhInd, ldxMsh = unix.BPF_LD | unix.BPF_IND | unix.BPF_H, unix.BPF_LDX | unix.BPF_MSH | unix.BPF_B
		ldLen, ldxLen  = unix.BPF_LD | unix.BPF_LEN | unix.BPF_W, unix.BPF_LDX | unix.BPF_LEN | unix.BPF_W
		jeq, ret       = unix.BPF_JMP | unix.BPF_JEQ, unix.BPF_RET
		ldImm, ldM     = unix.BPF_LD | unix.BPF_IMM, unix.BPF_LD | unix.BPF_MEM
	)
	type program = []bpf.Instruction
	for _, test := range []struct {
		name     string
		link     capture.LinkType
		in, want program // want is nil where the kernel cannot do it
	}{
		{"Ethernet as it is", capture.LinkEN10MB, program{{Op: ldh, K: 12}, {Op: ldLen}}, program{{Op: ldh, K: 12}, {Op: ldLen}}},
		{"SLL2 protocol", capture.LinkLINUX_SLL2, program{{Op: ldh, K: 0}}, program{{Op: ldh, K: bpf.AncillaryBase + bpf.AncProtocol}}},
		{"SLL2 interface", capture.LinkLINUX_SLL2, program{{Op: ldw, K: 4}}, program{{Op: ldw, K: bpf.AncillaryBase + bpf.AncInterface}}},
		{"SLL2 packet type", capture.LinkLINUX_SLL2, program{{Op: ldb, K: 10}}, program{{Op: ldb, K: bpf.AncillaryBase + bpf.AncPacketType}}},
		{"SLL2 half a protocol", capture.LinkLINUX_SLL2, program{{Op: ldb, K: 0}}, nil},
		{"SLL2 address", capture.LinkLINUX_SLL2, program{{Op: ldw, K: 12}}, nil},
		{"SLL protocol", capture.LinkLINUX_SLL, program{{Op: ldh, K: 14}}, program{{Op: ldh, K: bpf.AncillaryBase + bpf.AncProtocol}}},
		{"SLL packet type", capture.LinkLINUX_SLL, program{{Op: ldh, K: 0}}, program{{Op: ldh, K: bpf.AncillaryBase + bpf.AncPacketType}}},
		{"payload", capture.LinkLINUX_SLL2, program{{Op: ldb, K: 29}, {Op: ldxMsh, K: 20}, {Op: ldhInd, K: 22}}, program{{Op: ldb, K: 9}, {Op: ldxMsh, K: 0}, {Op: ldhInd, K: 2}}},
		{"indirect into the header", capture.LinkLINUX_SLL2, program{{Op: ldhInd, K: 0}}, nil},
		{"ancillary data", capture.LinkLINUX_SLL2, program{{Op: ldh, K: 0xffff_f02c}}, program{{Op: ldh, K: 0xffff_f02c}}},
		{"no packet data", capture.LinkLINUX_SLL2, program{{Op: ldImm, K: 1}, {Op: ldM, K: 1}}, program{{Op: ldImm, K: 1}, {Op: ldM, K: 1}}},
		{"length", capture.LinkLINUX_SLL2, program{{Op: ldLen}, {Op: jeq, Jt: 0, Jf: 1, K: 9}, {Op: ret}}, program{{Op: ldLen}, {Op: jeq, Jt: 0, Jf: 1, K: 9}, {Op: ret}}},
		{"length into X", capture.LinkLINUX_SLL2, program{{Op: ldxLen}}, program{{Op: ldxLen}}},
	} {
		got, refusal := withoutCooked(test.in, test.link)
		if (refusal == "") != (test.want != nil) || !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, %q; want %v", test.name, got, refusal, test.want)
		}
	}
}
