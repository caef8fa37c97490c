package live

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/versions"
)

// TestCANFrames: what becomes of the header of a frame as the kernel has it.
func TestCANFrames(t *testing.T) {
	header := func(flags ...byte) []byte {
		return append(binary.NativeEndian.AppendUint32(nil, 0x80000123), flags...)
	}
	for _, c := range []struct {
		protocol uint16
		flags    []byte
		like     versions.Version
		want     []byte
	}{
		{protoCAN, []byte{0x88, 0xff, 1, 2}, versions.V4_99, []byte{0x08, 0, 0, 0}},
		{protoCAN, []byte{0x88, 0xff, 1, 2}, versions.V5_0, []byte{0x08, 0xfb, 1, 2}},
		{protoCANFD, []byte{0x88, 0xf8, 1, 2}, versions.V4_99, []byte{0x08, 0x04, 0, 0}},
		{protoCANFD, []byte{0x88, 0xf8, 1, 2}, versions.V5_0, []byte{0x08, 0xfc, 1, 2}},
		{protoCANXL, []byte{0x08, 0xf8, 1, 2}, versions.V5_0, []byte{0x88, 0xf8, 1, 2}},
		{0x0800, []byte{0x08, 0xf8, 1, 2}, versions.V5_0, []byte{0x08, 0xf8, 1, 2}},
	} {
		ll := make([]byte, 20)
		binary.BigEndian.PutUint16(ll[sllProtocol:], c.protocol)
		got := header(c.flags...)
		fixCAN(got, ll, c.like)
		if want := append([]byte{0x80, 0, 0x01, 0x23}, c.want...); !bytes.Equal(got, want) {
			t.Errorf("protocol %#x, flags % x for %s: % x, want % x", c.protocol, c.flags, c.like, got, want)
		}
	}
}

// TestCANFilters: a filter for the kernel decides about a frame there as the filter
// that it is made of does about the frame that is handed over; or there is none.
func TestCANFilters(t *testing.T) {
	there := append(binary.NativeEndian.AppendUint32(nil, 0x05000123), 8, 0, 0, 0, 1, 2, 3, 4)
	handed := append([]byte{5, 0, 1, 0x23}, there[4:]...)
	for _, c := range []struct {
		op    uint16
		k     uint32
		taken bool // on machines of the other byte order
	}{
		{bpf.LD | bpf.B | bpf.ABS, 0, true}, {bpf.LD | bpf.B | bpf.ABS, 3, true}, {bpf.LD | bpf.B | bpf.ABS, 4, true},
		{bpf.LDX | bpf.B | bpf.MSH, 0, true}, {bpf.LDX | bpf.B | bpf.MSH, 2, true},
		{bpf.LD | bpf.H | bpf.ABS, 2, false}, {bpf.LD | bpf.W | bpf.ABS, 0, false}, {bpf.LD | bpf.H | bpf.ABS, 3, false},
		{bpf.LD | bpf.H | bpf.ABS, 4, true}, {bpf.LD | bpf.W | bpf.ABS, 8, true}, {bpf.LD | bpf.B | bpf.IND, 3, false}, {bpf.LD | bpf.B | bpf.IND, 4, true},
	} {
		program := []bpf.Instruction{{Op: c.op, K: c.k}, {Op: bpf.RET | bpf.A}}
		if c.op == bpf.LDX|bpf.B|bpf.MSH {
			program = []bpf.Instruction{program[0], {Op: bpf.MISC | bpf.TXA}, program[1]}
		}
		out, refusal := inHostOrder(program)
		if (refusal == "") != (c.taken || binary.NativeEndian.Uint16([]byte{0, 1}) == 1) {
			t.Errorf("operation %#x of byte %d: refused %q", c.op, c.k, refusal)
			continue
		}
		if refusal != "" {
			continue
		}
		run := func(program []bpf.Instruction, frame []byte) uint32 {
			vm, err := bpf.NewVM(program, bpf.Rules{})
			if err != nil {
				t.Fatal(err)
			}
			return vm.Run(frame, uint32(len(frame)), nil)
		}
		if a, b := run(out, there), run(program, handed); a != b {
			t.Errorf("operation %#x of byte %d: %#x there, and %#x here", c.op, c.k, a, b)
		}
	}
}
