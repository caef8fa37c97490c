package bpf_test

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"testing"

	xbpf "golang.org/x/net/bpf"

	. "github.com/tapdump/tapdump/bpf"
)

var testPacket = []byte("\x45\x00\x00\x34\x12\x34\x40\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
	"\x30\x39\x00\x50\x00\x00\x00\x01\x00\x00\x00\x02\x50\x18\x02\x00\x00\x00\x00\x00payload")

// programs have every instruction, with their disassembly and, where the
// verifier of Linux takes them, what they make of testPacket.
var programs = []struct {
	name string
	prog []Instruction
	text string
	want uint32
	bad  string // error of Verify
}{
	{"loads", []Instruction{
		{Op: LD | W | ABS, K: 12}, {Op: LD | H | ABS, K: 22}, {Op: LD | B | ABS, K: 9}, {Op: LDX | MSH | B},
		{Op: LD | W | IND, K: 0}, {Op: LD | H | IND, K: 2}, {Op: LD | B | IND, K: 3}, {Op: RET | A},
	}, `(000) ld       [12]
(001) ldh      [22]
(002) ldb      [9]
(003) ldxb     4*([0]&0xf)
(004) ld       [x + 0]
(005) ldh      [x + 2]
(006) ldb      [x + 3]
(007) ret      
`, 80, ""},
	{"registers", []Instruction{
		{Op: LD | IMM, K: 7}, {Op: ST, K: 1}, {Op: LDX | IMM, K: 9}, {Op: STX, K: 15}, {Op: LD | LEN}, {Op: LDX | LEN},
		{Op: MISC | TAX}, {Op: MISC | TXA}, {Op: LD | MEM, K: 15}, {Op: LDX | MEM, K: 1}, {Op: ALU | SUB | X}, {Op: RET | A},
	}, `(000) ld       #0x7
(001) st       M[1]
(002) ldx      #0x9
(003) stx      M[15]
(004) ld       #pktlen
(005) ldx      #pktlen
(006) tax      
(007) txa      
(008) ld       M[15]
(009) ldx      M[1]
(010) sub      x
(011) ret      
`, 2, ""},
	{"operators", []Instruction{
		{Op: LD | IMM, K: 100}, {Op: ALU | ADD, K: 1}, {Op: ALU | SUB, K: 2}, {Op: ALU | MUL, K: 3}, {Op: ALU | DIV, K: 4},
		{Op: ALU | MOD, K: 50}, {Op: ALU | AND, K: 0xff}, {Op: ALU | OR, K: 0x10}, {Op: ALU | XOR, K: 3}, {Op: ALU | LSH, K: 4},
		{Op: ALU | RSH, K: 1}, {Op: ALU | NEG}, {Op: ALU | NEG}, {Op: RET | A},
	}, `(000) ld       #0x64
(001) add      #1
(002) sub      #2
(003) mul      #3
(004) div      #4
(005) mod      #50
(006) and      #0xff
(007) or       #0x10
(008) xor      #0x3
(009) lsh      #4
(010) rsh      #1
(011) neg      
(012) neg      
(013) ret      
`, 216, ""},
	{"operators on x", []Instruction{
		{Op: LDX | IMM, K: 3}, {Op: LD | IMM, K: 50}, {Op: ALU | ADD | X}, {Op: ALU | SUB | X}, {Op: ALU | MUL | X}, {Op: ALU | DIV | X},
		{Op: ALU | MOD | X}, {Op: ALU | OR | X}, {Op: ALU | AND | X}, {Op: ALU | XOR | X}, {Op: ALU | LSH | X}, {Op: ALU | RSH | X},
		{Op: ALU | ADD, K: 5}, {Op: RET | A},
	}, `(000) ldx      #0x3
(001) ld       #0x32
(002) add      x
(003) sub      x
(004) mul      x
(005) div      x
(006) mod      x
(007) or       x
(008) and      x
(009) xor      x
(010) lsh      x
(011) rsh      x
(012) add      #5
(013) ret      
`, 5, ""},
	{"jumps", []Instruction{
		{Op: LD | B | ABS, K: 9}, {Op: JMP | JEQ, Jt: 1, K: 6}, {Op: RET}, {Op: JMP | JGT, Jf: 6, K: 5}, {Op: JMP | JGE, Jf: 5, K: 6},
		{Op: JMP | JSET, Jf: 4, K: 2}, {Op: MISC | TAX}, {Op: JMP | JEQ | X, Jf: 2}, {Op: JMP | JGT | X, Jt: 1}, {Op: JMP | JA, K: 1},
		{Op: RET}, {Op: JMP | JGE | X, Jf: 1}, {Op: JMP | JSET | X, Jt: 1}, {Op: RET}, {Op: RET, K: 262144},
	}, `(000) ldb      [9]
(001) jeq      #0x6             jt 3	jf 2
(002) ret      #0
(003) jgt      #0x5             jt 4	jf 10
(004) jge      #0x6             jt 5	jf 10
(005) jset     #0x2             jt 6	jf 10
(006) tax      
(007) jeq      x                jt 8	jf 10
(008) jgt      x                jt 10	jf 9
(009) ja       11
(010) ret      #0
(011) jge      x                jt 12	jf 13
(012) jset     x                jt 14	jf 13
(013) ret      #0
(014) ret      #262144
`, 262144, ""},
	{"ancillary", []Instruction{
		{Op: LD | W | ABS, K: AncillaryBase + AncPacketType}, {Op: LD | B | ABS, K: AncillaryBase + AncVLANTag},
		{Op: LD | H | ABS, K: AncillaryBase + AncVLANTagPresent}, {Op: RET | A},
	}, `(000) ld       [type]
(001) ldb      [vlan_tci]
(002) ldh      [vlanp]
(003) ret      
`, 0, ""},
	{"past the end", []Instruction{{Op: LD | W | ABS, K: 44}, {Op: RET, K: 1}}, `(000) ld       [44]
(001) ret      #1
`, 0, ""},
	{"offset that wraps", []Instruction{{Op: LD | W | ABS, K: 0xffefffff}, {Op: RET, K: 1}}, `(000) ld       [-1048577]
(001) ret      #1
`, 0, ""},
	{"division by zero", []Instruction{{Op: LDX | IMM}, {Op: LD | IMM, K: 5}, {Op: ALU | DIV | X}, {Op: RET, K: 1}},
		"(000) ldx      #0x0\n(001) ld       #0x5\n(002) div      x\n(003) ret      #1\n", 0, ""},
	{"division by constant zero", []Instruction{{Op: ALU | MOD}, {Op: RET}}, "(000) mod      #0\n(001) ret      #0\n", 0,
		"instruction 0 ((000) mod      #0): division by zero"},
	{"long shift", []Instruction{{Op: ALU | LSH, K: 32}, {Op: RET}}, "(000) lsh      #32\n(001) ret      #0\n", 0,
		"instruction 0 ((000) lsh      #32): shift by more than 31 bits"},
	{"unknown", []Instruction{{Op: LDX | B | ABS}, {Op: RET}}, "(000) unimp    0x31\n(001) ret      #0\n", 0,
		"instruction 0 ((000) unimp    0x31): unknown opcode"},
	{"unknown jump", []Instruction{{Op: JMP | 0x50, Jt: 0, Jf: 0}, {Op: RET}}, "(000) unimp    0x55             jt 1\tjf 1\n(001) ret      #0\n", 0,
		"instruction 0 ((000) unimp    0x55             jt 1\tjf 1): unknown opcode"},
	{"unknown ancillary", []Instruction{{Op: LD | ABS, K: AncillaryBase + 64}, {Op: RET}}, "(000) ld       [-4032]\n(001) ret      #0\n", 0,
		"instruction 0 ((000) ld       [-4032]): unknown ancillary data"},
	{"scratch word 16", []Instruction{{Op: ST, K: 16}, {Op: RET}}, "(000) st       M[16]\n(001) ret      #0\n", 0,
		"instruction 0 ((000) st       M[16]): no such scratch word"},
	{"unwritten scratch", []Instruction{{Op: JMP | JEQ, Jt: 1}, {Op: ST}, {Op: LD | MEM}, {Op: RET}},
		"(000) jeq      #0x0             jt 2\tjf 1\n(001) st       M[0]\n(002) ld       M[0]\n(003) ret      #0\n", 0,
		"instruction 2 ((002) ld       M[0]): scratch word read before it was written"},
	{"jump past the end", []Instruction{{Op: JMP | JA, K: 1}, {Op: RET}}, "(000) ja       2\n(001) ret      #0\n", 0,
		"instruction 0 ((000) ja       2): jump past the end"},
	{"loop", []Instruction{{Op: JMP | JA, K: 0xffffffff}, {Op: RET}}, "(000) ja       0\n(001) ret      #0\n", 0,
		"instruction 0 ((000) ja       0): jump past the end"},
	{"no return", []Instruction{{Op: LD | IMM}}, "(000) ld       #0x0\n", 0, "program does not end in a return"},
}

func TestPrograms(t *testing.T) {
	for _, c := range programs {
		t.Run(c.name, func(t *testing.T) {
			if got := string(Disassemble(nil, c.prog)); got != c.text {
				t.Errorf("disassembled\n%swant\n%s", got, c.text)
			}
			got := ""
			vm, err := NewVM(c.prog, Rules{Ancillary: true})
			if err != nil {
				got = err.Error()
			}
			if got != c.bad {
				t.Fatalf("error %q, want %q", got, c.bad)
			}
			if err == nil {
				if got := vm.Run(testPacket, uint32(len(testPacket)), nil); got != c.want {
					t.Errorf("returned %d, want %d", got, c.want)
				}
			}
		})
	}
}

func TestDumps(t *testing.T) {
	prog := []Instruction{{Op: LD | H | ABS, K: 12}, {Op: JMP | JEQ, Jt: 0, Jf: 1, K: 0x86dd}, {Op: RET, K: 262144}, {Op: RET}}
	if got, want := string(AppendC(nil, prog)), "{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 1, 0x000086dd },\n{ 0x6, 0, 0, 0x00040000 },\n{ 0x6, 0, 0, 0x00000000 },\n"; got != want {
		t.Errorf("AppendC gave\n%swant\n%s", got, want)
	}
	if got, want := string(AppendDecimal(nil, prog)), "4\n40 0 0 12\n21 0 1 34525\n6 0 0 262144\n6 0 0 0\n"; got != want {
		t.Errorf("AppendDecimal gave\n%swant\n%s", got, want)
	}
}

func TestAncillary(t *testing.T) {
	anc := &Ancillary{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13}
	offsets := []uint32{AncProtocol, AncPacketType, AncInterface, AncMark, AncQueue, AncHardwareType, AncRXHash, AncCPU,
		AncVLANTag, AncVLANTagPresent, AncPayloadOffset, AncRandom, AncVLANProtocol}
	for i, off := range offsets {
		vm, err := NewVM([]Instruction{{Op: LD | W | ABS, K: AncillaryBase + off}, {Op: RET | A}}, Rules{Ancillary: true})
		if err != nil {
			t.Fatal(err)
		}
		if got := vm.Run(nil, 0, anc); got != uint32(i)+1 {
			t.Errorf("ancillary word at %d is %d, want %d", off, got, i+1)
		}
	}
	xor := []Instruction{{Op: LD | IMM, K: 6}, {Op: LDX | IMM, K: 3}, {Op: LD | W | ABS, K: AncillaryBase + AncXorX}, {Op: RET | A}}
	vm, err := NewVM(xor, Rules{})
	if err != nil {
		t.Fatal(err)
	}
	if got := vm.Run(nil, 0, anc); got != 5 {
		t.Errorf("6 xor 3 is %d, want 5", got)
	}
	if _, err := NewVM([]Instruction{{Op: LD | ABS, K: AncillaryBase + AncNetlinkAttr}, {Op: RET}}, Rules{}); err == nil {
		t.Error("NewVM takes a load of netlink attributes, which Run cannot do")
	}
}

func TestLoops(t *testing.T) {
	count := []Instruction{ // to the A of the packet's first byte
		{Op: LD | IMM}, {Op: ST}, {Op: LD | MEM}, {Op: ALU | ADD, K: 1}, {Op: ST}, {Op: MISC | TAX}, {Op: LD | B | ABS},
		{Op: JMP | JEQ | X, Jt: 1}, {Op: JMP | JA, K: ^uint32(6)}, {Op: RET | A},
	}
	if err := Verify(count, Rules{AnyLength: true}); err == nil {
		t.Error("Verify takes a loop without Rules.Loops")
	}
	vm, err := NewVM(count, Rules{Loops: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := vm.Run([]byte{77}, 1, nil); got != 77 {
		t.Errorf("loop returned %d, want 77", got)
	}
	vm, err = NewVM([]Instruction{{Op: LD | IMM}, {Op: JMP | JA, K: ^uint32(1)}, {Op: RET, K: 1}}, Rules{Loops: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := vm.Run(nil, 0, nil); got != 0 {
		t.Errorf("endless loop returned %d, want 0", got)
	}
	unwritten := []Instruction{{Op: JMP | JA, K: 1}, {Op: LD | MEM}, {Op: JMP | JEQ, Jt: 1}, {Op: JMP | JA, K: ^uint32(2)}, {Op: RET}}
	if err := Verify(unwritten, Rules{Loops: true}); err == nil {
		t.Error("Verify takes a loop that reads a scratch word nobody wrote")
	}
}

func TestRunDoesNotAllocate(t *testing.T) {
	for _, c := range programs {
		vm, err := NewVM(c.prog, Rules{Ancillary: true})
		if err != nil {
			continue
		}
		if n := testing.AllocsPerRun(10, func() { vm.Run(testPacket, 1, nil) }); n != 0 {
			t.Errorf("%s: %v allocations a run, want 0", c.name, n)
		}
		batch := vm.NewBatch()
		data, wire, take := [][]byte{testPacket, nil}, []uint32{1, 2}, make([]uint32, 2)
		if n := testing.AllocsPerRun(10, func() { batch.Run(data, wire, take) }); n != 0 {
			t.Errorf("%s: %v allocations a run of a batch, want 0", c.name, n)
		}
	}
}

// encode and decodeFuzz turn programs into the bytes that fuzzing works on.
func encode(prog []Instruction) []byte {
	var b []byte
	for _, ins := range prog {
		b = append(b, byte(ins.Op), ins.Jt, ins.Jf)
		b = binary.BigEndian.AppendUint32(b, ins.K)
	}
	return b
}

func decodeFuzz(b []byte) []Instruction {
	var prog []Instruction
	for ; len(b) >= 7; b = b[7:] {
		prog = append(prog, Instruction{Op: uint16(b[0]), Jt: b[1], Jf: b[2], K: binary.BigEndian.Uint32(b[3:])})
	}
	return prog
}

// FuzzVM runs programs here and in the VM of golang.org/x/net/bpf, with loops
// here alone.
func FuzzVM(f *testing.F) {
	for _, c := range programs {
		f.Add(encode(c.prog), testPacket)
	}
	f.Fuzz(func(t *testing.T, code, data []byte) {
		if len(data) > 1<<12 || len(code) > 1<<12 {
			return
		}
		prog := decodeFuzz(code)
		Disassemble(nil, prog)
		if vm, err := NewVM(prog, Rules{Loops: true, Ancillary: true}); err == nil {
			vm.Run(data, 0, &Ancillary{})
		}
		vm, err := NewVM(prog, Rules{Ancillary: true})
		if err != nil {
			return
		}
		got := vm.Run(bytes.Clone(data), uint32(len(data)), nil)
		if want, ok := runReference(prog, data); ok && got != want {
			t.Errorf("VM returned %d, x/net/bpf %d, for %x\n%s", got, want, data, Disassemble(nil, prog))
		}
		checkBatch(t, vm, data)
	})
}

// checkBatch runs a program on parts of data: in a batch it answers as one by
// one.
func checkBatch(t *testing.T, vm *VM, data []byte) {
	var packets [][]byte
	var wire []uint32
	for i := range min(2*len(data)+1, BatchSize) {
		packets = append(packets, data[i/2:][:(len(data)-i/2)*(1+i%2)/2])
		wire = append(wire, uint32(i*7))
	}
	take := make([]uint32, BatchSize)
	batch := vm.NewBatch()
	for range 2 { // nothing stays behind
		accepted := batch.Run(packets, wire, take)
		for i, p := range packets {
			want := vm.Run(p, wire[i], nil)
			if want != 0 {
				accepted--
			}
			if take[i] != want {
				t.Fatalf("packet %d of a batch, %x of %d bytes: %d, want %d", i, p, wire[i], take[i], want)
			}
		}
		if accepted != 0 {
			t.Fatalf("a batch counts %d packets too many", accepted)
		}
	}
}

// TestBatch runs the programs in batches, and one that is too long for lists.
func TestBatch(t *testing.T) {
	long := make([]Instruction, MaxInstructions+1)
	for i := range long {
		long[i] = Instruction{Op: LD | B | ABS, K: uint32(i % 60)}
	}
	long[MaxInstructions] = Instruction{Op: RET | A}
	progs := [][]Instruction{long}
	for _, c := range programs {
		progs = append(progs, c.prog)
	}
	for _, prog := range progs {
		if vm, err := NewVM(prog, Rules{AnyLength: true, Ancillary: true}); err == nil {
			checkBatch(t, vm, testPacket)
		}
	}
}

// runReference runs prog in the VM of golang.org/x/net/bpf; ok is false when
// that does not have an instruction.
func runReference(prog []Instruction, data []byte) (ret uint32, ok bool) {
	insns, ok := xbpf.Disassemble(prog)
	if !ok {
		return 0, false
	}
	for _, ins := range insns {
		if _, neg := ins.(xbpf.NegateA); neg {
			return 0, false
		}
	}
	vm, err := xbpf.NewVM(insns)
	if err != nil {
		return 0, false
	}
	if strconv.IntSize == 32 { // it panics at offsets that do not fit then
		defer func() { ok = recover() == nil && ok }()
	}
	n, err := vm.Run(data)
	return uint32(n), err == nil
}
