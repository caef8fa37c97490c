package bpf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"unsafe"
)

// VM runs a verified program. It does not change while it runs, so that
// several goroutines may use one.
type VM struct {
	ops []op
}

// Ancillary is what Linux knows about a packet beside its bytes: the values
// that loads at AncillaryBase + Anc... read. The zero value is a packet that this
// host received (PACKET_HOST is 0) without a VLAN tag beside it: set PacketType
// to 4 (PACKET_OUTGOING) for one that it sent.
type Ancillary struct {
	Protocol       uint32
	PacketType     uint32
	Interface      uint32
	Mark           uint32
	Queue          uint32
	HardwareType   uint32
	RXHash         uint32
	CPU            uint32
	VLANTag        uint32
	VLANTagPresent uint32
	PayloadOffset  uint32
	Random         uint32
	VLANProtocol   uint32
}

// word is the value at offset off.
func (anc *Ancillary) word(off uint32) uint32 {
	switch off {
	case AncProtocol:
		return anc.Protocol
	case AncPacketType:
		return anc.PacketType
	case AncInterface:
		return anc.Interface
	case AncMark:
		return anc.Mark
	case AncQueue:
		return anc.Queue
	case AncHardwareType:
		return anc.HardwareType
	case AncRXHash:
		return anc.RXHash
	case AncCPU:
		return anc.CPU
	case AncVLANTag:
		return anc.VLANTag
	case AncVLANTagPresent:
		return anc.VLANTagPresent
	case AncPayloadOffset:
		return anc.PayloadOffset
	case AncRandom:
		return anc.Random
	}
	return anc.VLANProtocol
}

// op is a decoded instruction, or two that often follow each other. Operations
// point at what comes next, so that no index is left to check.
type op struct {
	code    opcode
	k       uint32 // operand
	off     uint32 // of a load
	end     uint32 // of an absolute load: first byte behind it
	yes, no *op    // what comes next: yes alone but for conditional jumps
}

type opcode uint8

const (
	opNone opcode = iota // none of these
	opReturn
	opReturnA
	opLoad1
	opLoad2
	opLoad4
	opIndexed1
	opIndexed2
	opIndexed4
	opHeaderLength
	opAncillary
	opXorX
	opConst
	opConstX
	opLength
	opLengthX
	opScratch
	opScratchX
	opStore
	opStoreX
	opToX
	opToA
	opEq
	opGt
	opGe
	opSet
	opEqX
	opGtX
	opGeX
	opSetX
	opALU  // operator in end
	opALUX // operator in end
	opBack // jump backwards

	// A load and the jump behind it.
	opLoad1Eq
	opLoad2Eq
	opLoad4Eq
	opLoad1Set
	opLoad2Set
	opLoad4Gt
	opIndexed1Eq
	opIndexed2Eq
	opIndexed4Eq
)

// maxBack is how often one run may jump backwards on a packet of n bytes. A walk
// along headers, of which none is shorter than 4 bytes, passes fewer, unless it
// goes round in circles.
func maxBack(n uint64) uint64 { return n/4 + 512 }

// NewVM verifies prog and makes it ready to run. It refuses a program that loads
// ancillary data unless the rules say that Run is given some: such a program is
// made for the kernel.
func NewVM(prog []Instruction, rules Rules) (*VM, error) {
	if err := Verify(prog, rules); err != nil {
		return nil, err
	}
	ops := make([]op, len(prog)+1) // the last one is never reached
	for i, ins := range prog {
		if ins.Op&0xe7 == LD|ABS && (ins.K == AncillaryBase+AncNetlinkAttr || ins.K == AncillaryBase+AncNetlinkNested) {
			return nil, errors.New("netlink attributes are found by the kernel alone")
		}
		if !rules.Ancillary && loadsAncillary(ins) {
			return nil, fmt.Errorf("instruction %d (%s) loads ancillary data, as programs for the kernel do: "+
				"compile the expression for packets as they are stored, or give Run the data and say so by Rules.Ancillary",
				i, AppendInstruction(nil, ins, i))
		}
		decode(ops, i, ins)
	}
	for i := len(prog) - 2; i >= 0; i-- {
		if code := fuse(ops[i].code, ops[i+1].code); code != 0 {
			next := &ops[i+1]
			ops[i].code, ops[i].k, ops[i].yes, ops[i].no = code, next.k, next.yes, next.no
		}
	}
	return &VM{ops}, nil
}

// LoadsAncillary reports whether a program needs what an Ancillary has: then it is
// for the kernel, or each VM.Run has to be given one.
func LoadsAncillary(prog []Instruction) bool { return slices.ContainsFunc(prog, loadsAncillary) }

// loadsAncillary reports whether an instruction needs what an Ancillary has.
func loadsAncillary(ins Instruction) bool {
	return ins.Op&0xe7 == LD|ABS && ins.K >= AncillaryBase && ins.K != AncillaryBase+AncXorX
}

func decode(ops []op, i int, ins Instruction) {
	o := &ops[i]
	o.k, o.off, o.yes = ins.K, ins.K, &ops[i+1]
	switch ins.Op & 7 {
	case LD, LDX:
		decodeLoad(o, ins)
	case ST:
		o.code = opStore
	case STX:
		o.code = opStoreX
	case ALU:
		o.code, o.end = opALU, uint32(ins.Op&0xf0)
		if ins.Op&X != 0 {
			o.code = opALUX
		}
	case JMP:
		if ins.Op == JMP|JA {
			decodeAlways(ops, i, ins)
			return
		}
		o.code = opEq + opcode(ins.Op&0xf0-JEQ)>>4
		if ins.Op&X != 0 {
			o.code += opEqX - opEq
		}
		o.yes, o.no = &ops[i+1+int(ins.Jt)], &ops[i+1+int(ins.Jf)]
	case RET:
		o.code = opReturn
		if ins.Op == RET|A {
			o.code = opReturnA
		}
	case MISC:
		o.code = opToX
		if ins.Op == MISC|TXA {
			o.code = opToA
		}
	}
}

func decodeAlways(ops []op, i int, ins Instruction) {
	ops[i].code = opBack
	ops[i].yes = &ops[i+1+int(int32(ins.K))]
	if int32(ins.K) >= 0 { // a no-op that goes there: OR with 0
		ops[i].code, ops[i].end, ops[i].k = opALU, uint32(OR), 0
	}
}

func decodeLoad(o *op, ins Instruction) {
	toX := opcode(ins.Op & 1)
	switch ins.Op & 0xe0 {
	case IMM:
		o.code = opConst + toX
	case LEN:
		o.code = opLength + toX
	case MEM:
		o.code = opScratch + toX
	case MSH:
		o.code, o.end = opHeaderLength, ins.K+1
	case ABS:
		size := loadSize(ins.Op)
		o.code, o.end = opLoad1+opcode(size>>1), ins.K+size
		if o.end < size { // behind every packet
			o.end = 1<<32 - 1
		}
		if isAncillary(ins.K) {
			o.code, o.off = opAncillary, ins.K-AncillaryBase
		}
		if ins.K == AncillaryBase+AncXorX {
			o.code = opXorX
		}
	case IND:
		o.code = opIndexed1 + opcode(loadSize(ins.Op)>>1)
	}
}

// loadSize is the number of bytes that a load takes.
func loadSize(code uint16) uint32 {
	switch code & 0x18 {
	case B:
		return 1
	case H:
		return 2
	}
	return 4
}

// fuse is the operation that does what two do, 0 if there is none.
func fuse(load, jump opcode) opcode {
	switch {
	case jump == opEq && load >= opLoad1 && load <= opLoad4:
		return load - opLoad1 + opLoad1Eq
	case jump == opSet && load >= opLoad1 && load <= opLoad2:
		return load - opLoad1 + opLoad1Set
	case jump == opGt && load == opLoad4:
		return opLoad4Gt
	case jump == opEq && load >= opIndexed1 && load <= opIndexed4:
		return load - opIndexed1 + opIndexed1Eq
	}
	return 0
}

// Run runs the program on the captured bytes of a packet that had wireLen
// bytes on the wire, and returns the number of bytes to take, 0 to reject the
// packet. A load past the end of data and a division by zero reject it; so do,
// when anc is nil, loads of ancillary data. Run does not allocate.
func (vm *VM) Run(data []byte, wireLen uint32, anc *Ancillary) uint32 {
	return vm.run(&vm.ops[0], 0, 0, data, wireLen, anc)
}

// run is Run from o on, before which nothing has been stored.
func (vm *VM) run(o *op, a, x uint32, data []byte, wireLen uint32, anc *Ancillary) uint32 {
	var scratch [ScratchWords]uint32
	// The jumps and scratch words are verified; the loads are checked here.
	base, n := unsafe.Pointer(unsafe.SliceData(data)), uint64(len(data))
	back := uint64(0)
	for {
		next := o.yes
		switch o.code {
		case opReturn:
			return o.k
		case opReturnA:
			return a
		case opLoad1, opLoad1Eq, opLoad1Set:
			if uint64(o.end) > n {
				return 0
			}
			a = load1(base, uint64(o.off))
			if o.code == opLoad1Eq && a != o.k || o.code == opLoad1Set && a&o.k == 0 {
				next = o.no
			}
		case opLoad2:
			if uint64(o.end) > n {
				return 0
			}
			a = load2(base, uint64(o.off))
		case opLoad2Eq:
			if uint64(o.end) > n {
				return 0
			}
			if a = load2(base, uint64(o.off)); a != o.k {
				next = o.no
			}
		case opLoad2Set:
			if uint64(o.end) > n {
				return 0
			}
			if a = load2(base, uint64(o.off)); a&o.k == 0 {
				next = o.no
			}
		case opLoad4:
			if uint64(o.end) > n {
				return 0
			}
			a = load4(base, uint64(o.off))
		case opLoad4Eq:
			if uint64(o.end) > n {
				return 0
			}
			if a = load4(base, uint64(o.off)); a != o.k {
				next = o.no
			}
		case opLoad4Gt:
			if uint64(o.end) > n {
				return 0
			}
			if a = load4(base, uint64(o.off)); a <= o.k {
				next = o.no
			}
		case opIndexed1, opIndexed1Eq:
			off := uint64(o.off) + uint64(x)
			if off+1 > n {
				return 0
			}
			if a = load1(base, off); o.code == opIndexed1Eq && a != o.k {
				next = o.no
			}
		case opIndexed2:
			off := uint64(o.off) + uint64(x)
			if off+2 > n {
				return 0
			}
			a = load2(base, off)
		case opIndexed2Eq:
			off := uint64(o.off) + uint64(x)
			if off+2 > n {
				return 0
			}
			if a = load2(base, off); a != o.k {
				next = o.no
			}
		case opIndexed4, opIndexed4Eq:
			off := uint64(o.off) + uint64(x)
			if off+4 > n {
				return 0
			}
			if a = load4(base, off); o.code == opIndexed4Eq && a != o.k {
				next = o.no
			}
		case opHeaderLength:
			if uint64(o.off) >= n {
				return 0
			}
			x = load1(base, uint64(o.off)) & 0xf << 2
		case opAncillary:
			if anc == nil {
				return 0
			}
			a = anc.word(o.off)
		case opXorX:
			if anc == nil {
				return 0
			}
			a ^= x
		case opConst:
			a = o.k
		case opConstX:
			x = o.k
		case opLength:
			a = wireLen
		case opLengthX:
			x = wireLen
		case opScratch:
			a = scratch[o.k%ScratchWords]
		case opScratchX:
			x = scratch[o.k%ScratchWords]
		case opStore:
			scratch[o.k%ScratchWords] = a
		case opStoreX:
			scratch[o.k%ScratchWords] = x
		case opToX:
			x = a
		case opToA:
			a = x
		case opEq:
			if a != o.k {
				next = o.no
			}
		case opGt:
			if a <= o.k {
				next = o.no
			}
		case opGe:
			if a < o.k {
				next = o.no
			}
		case opSet:
			if a&o.k == 0 {
				next = o.no
			}
		case opEqX:
			if a != x {
				next = o.no
			}
		case opGtX:
			if a <= x {
				next = o.no
			}
		case opGeX:
			if a < x {
				next = o.no
			}
		case opSetX:
			if a&x == 0 {
				next = o.no
			}
		case opALU:
			a, _ = alu(uint16(o.end), a, o.k)
		case opALUX:
			var ok bool
			if a, ok = alu(uint16(o.end), a, x); !ok {
				return 0
			}
		case opBack:
			if back++; back > maxBack(n) {
				return 0
			}
		}
		o = next
	}
}

// load1, load2 and load4 are the number of that many bytes at off behind base,
// where the caller knows that they are there.
func load1(base unsafe.Pointer, off uint64) uint32 {
	return uint32(*(*byte)(unsafe.Add(base, off)))
}

func load2(base unsafe.Pointer, off uint64) uint32 {
	return uint32(binary.BigEndian.Uint16((*[2]byte)(unsafe.Add(base, off))[:]))
}

func load4(base unsafe.Pointer, off uint64) uint32 {
	return binary.BigEndian.Uint32((*[4]byte)(unsafe.Add(base, off))[:])
}

// alu is a op b; ok is false for a division by zero. Shifts by more than 31
// give 0, as in libpcap; kernels look at the low five bits of b alone.
func alu(op uint16, a, b uint32) (v uint32, ok bool) {
	switch op {
	case ADD:
		return a + b, true
	case SUB:
		return a - b, true
	case MUL:
		return a * b, true
	case DIV:
		if b == 0 {
			return 0, false
		}
		return a / b, true
	case MOD:
		if b == 0 {
			return 0, false
		}
		return a % b, true
	case OR:
		return a | b, true
	case AND:
		return a & b, true
	case XOR:
		return a ^ b, true
	case LSH:
		return a << b, true
	case RSH:
		return a >> b, true
	}
	return -a, true // NEG
}
