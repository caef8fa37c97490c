package bpf_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/tapdump/tapdump/bpf"
)

func TestLoopsReported(t *testing.T) {
	for _, test := range []struct {
		op   uint16
		k    uint32
		want bool
	}{
		{JMP | JA, 1, false}, {JMP | JA, 0, false}, {JMP | JA, 0x7fffffff, false}, {JMP | JA, 0x80000000, true}, {JMP | JA, 0xfffffffe, true},
		{RET, 0xfffffffe, false}, {JMP | JEQ, 0xfffffffe, false},
	} {
		if got := Loops([]Instruction{{Op: LD | IMM}, {Op: test.op, K: test.k}}); got != test.want {
			t.Errorf("%#x %#x: %t, want %t", test.op, test.k, got, test.want)
		}
	}
}

// TestWithoutHeader runs programs on packets with a header, and what they become on
// the packets without.
func TestWithoutHeader(t *testing.T) {
	fields := []HeaderField{{0, H, AncProtocol}, {4, W, AncInterface}, {10, B, AncPacketType}}
	const length = 20
	same := []Instruction{{Op: RET | A}}
	for _, test := range []struct {
		ins  []Instruction
		want []Instruction // nil: there is none
	}{
		{[]Instruction{{Op: LD | H | ABS}}, []Instruction{{Op: LD | H | ABS, K: AncillaryBase + AncProtocol}}},
		{[]Instruction{{Op: LD | W | ABS, K: 4}}, []Instruction{{Op: LD | W | ABS, K: AncillaryBase + AncInterface}}},
		{[]Instruction{{Op: LD | B | ABS, K: 10}}, []Instruction{{Op: LD | B | ABS, K: AncillaryBase + AncPacketType}}},
		{[]Instruction{{Op: LD | W | ABS}}, nil},
		{[]Instruction{{Op: LD | H | ABS, K: 4}}, nil},
		{[]Instruction{{Op: LD | B | ABS, K: 11}}, nil},
		{[]Instruction{{Op: LD | B | ABS, K: 19}}, nil},
		{[]Instruction{{Op: LD | B | ABS, K: 20}}, []Instruction{{Op: LD | B | ABS}}},
		{[]Instruction{{Op: LD | W | IND, K: 36}}, []Instruction{{Op: LD | W | IND, K: 16}}},
		{[]Instruction{{Op: LD | H | IND}}, nil},
		{[]Instruction{{Op: LDX | B | MSH, K: 20}}, []Instruction{{Op: LDX | B | MSH}}},
		{[]Instruction{{Op: LDX | B | MSH}}, nil},
		{[]Instruction{{Op: LD | W | ABS, K: AncillaryBase + AncVLANTag}}, []Instruction{{Op: LD | W | ABS, K: AncillaryBase + AncVLANTag}}},
		{[]Instruction{{Op: LD | IMM, K: 5}, {Op: LD | LEN}, {Op: ST, K: 3}, {Op: LD | MEM, K: 3}}, []Instruction{{Op: LD | IMM, K: 5}, {Op: LD | LEN}, {Op: ST, K: 3}, {Op: LD | MEM, K: 3}}},
	} {
		prog := slices.Concat(test.ins, same)
		got, ok := WithoutHeader(prog, length, fields)
		if ok != (test.want != nil) || ok && !slices.Equal(got, slices.Concat(test.want, same)) {
			t.Errorf("%s became %s (%t)", Disassemble(nil, prog), Disassemble(nil, got), ok)
			continue
		}
		if !ok {
			continue
		}
		rnd := rand.New(rand.NewPCG(5, 6))
		data := make([]byte, length+60)
		for i := range data {
			data[i] = byte(rnd.IntN(256))
		}
		anc := &Ancillary{
			Protocol: uint32(data[0])<<8 | uint32(data[1]), PacketType: uint32(data[10]),
			Interface: uint32(data[4])<<24 | uint32(data[5])<<16 | uint32(data[6])<<8 | uint32(data[7]), VLANTag: 77,
		}
		one, err := NewVM(prog, Rules{Ancillary: true})
		if err != nil {
			t.Fatal(err)
		}
		other, err := NewVM(got, Rules{Ancillary: true})
		if err != nil {
			t.Fatal(err)
		}
		if want, got := one.Run(data, 9, anc), other.Run(data[length:], 9, anc); got != want {
			t.Errorf("%s answers %d without the header, want %d", Disassemble(nil, prog), got, want)
		}
	}
}
