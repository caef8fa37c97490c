// Package bpf is the machine that packet filters run on: classic BPF instructions as
// Linux and libpcap define them, a disassembler in tcpdump's formats, a verifier
// with the rules of Linux, and a virtual machine for packets that did not pass a
// filter in the kernel. Package compile makes programs of filter expressions.
//
//	vm, err := bpf.NewVM(program, bpf.Rules{})
//	if err != nil {
//		return err
//	}
//	accepted := vm.Run(data, wireLen, nil) != 0
//
// An Instruction is a RawInstruction of golang.org/x/net/bpf, so that programs go to
// and come from other packages as they are. SetBPF of packages that open sockets takes
// a program. Who has a socket of his own copies it,
//
//	for _, ins := range program {
//		filter = append(filter, unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K})
//	}
//
// and converters to eBPF take what ins.Disassemble() gives, the method; the function
// Disassemble makes text.
//
// # Errors
//
// Errors of Verify and NewVM name the instruction by number and text. Running has no
// errors: what a kernel would reject is rejected.
//
// # Goroutines
//
// Functions may be called from several goroutines. A VM may be shared; a Batch is
// for one goroutine.
//
// # Versions
//
// The package keeps its API as semantic versioning has it: docs/library.md.
package bpf

import "golang.org/x/net/bpf"

// Instruction is one instruction: an opcode, how many instructions a
// conditional jump skips when it is taken and when not, and a constant.
type Instruction = bpf.RawInstruction

// Instruction classes, the low three bits of an opcode. All constants of
// opcodes have the values and, without the prefix BPF_, the names of McCanne
// and Jacobson's paper and of <linux/bpf_common.h>.
const (
	LD   uint16 = 0x00
	LDX  uint16 = 0x01
	ST   uint16 = 0x02
	STX  uint16 = 0x03
	ALU  uint16 = 0x04
	JMP  uint16 = 0x05
	RET  uint16 = 0x06
	MISC uint16 = 0x07
)

// Sizes and addressing modes of loads.
const (
	W uint16 = 0x00 // four bytes
	H uint16 = 0x08 // two bytes
	B uint16 = 0x10 // a byte

	IMM uint16 = 0x00 // the constant k
	ABS uint16 = 0x20 // the packet at k
	IND uint16 = 0x40 // the packet at X + k
	MEM uint16 = 0x60 // scratch word k
	LEN uint16 = 0x80 // the length on the wire
	MSH uint16 = 0xa0 // 4 * (the low four bits of the packet's byte at k)
)

// Operators of ALU instructions.
const (
	ADD uint16 = 0x00
	SUB uint16 = 0x10
	MUL uint16 = 0x20
	DIV uint16 = 0x30
	OR  uint16 = 0x40
	AND uint16 = 0x50
	LSH uint16 = 0x60
	RSH uint16 = 0x70
	NEG uint16 = 0x80
	MOD uint16 = 0x90
	XOR uint16 = 0xa0
)

// Jumps.
const (
	JA   uint16 = 0x00 // always, k instructions
	JEQ  uint16 = 0x10
	JGT  uint16 = 0x20
	JGE  uint16 = 0x30
	JSET uint16 = 0x40
)

// Operands of ALU and JMP, of RET, and the operators of MISC.
const (
	K   uint16 = 0x00 // the constant k
	X   uint16 = 0x08 // the index register
	A   uint16 = 0x10 // RET: the accumulator
	TAX uint16 = 0x00
	TXA uint16 = 0x80
)

// Limits of Linux.
const (
	MaxInstructions = 4096 // of a program
	ScratchWords    = 16
)

// AncillaryBase is where Linux's ancillary data starts: an absolute load from
// AncillaryBase plus one of the Anc offsets does not read the packet but what
// the kernel knows about it (SKF_AD_OFF in <linux/filter.h>).
const AncillaryBase uint32 = 0xfffff000

// Offsets of the ancillary data, after AncillaryBase.
const (
	AncProtocol       uint32 = 0  // EtherType in host byte order
	AncPacketType     uint32 = 4  // PACKET_HOST and so on
	AncInterface      uint32 = 8  // index of the interface
	AncNetlinkAttr    uint32 = 12 // where the netlink attribute of type X is, from A on
	AncNetlinkNested  uint32 = 16 // the same within the attribute at A
	AncMark           uint32 = 20
	AncQueue          uint32 = 24
	AncHardwareType   uint32 = 28 // ARPHRD_ETHER and so on
	AncRXHash         uint32 = 32
	AncCPU            uint32 = 36
	AncXorX           uint32 = 40 // A ^ X, from the time before XOR
	AncVLANTag        uint32 = 44 // TCI
	AncVLANTagPresent uint32 = 48 // 1 when the kernel took a VLAN tag off
	AncPayloadOffset  uint32 = 52
	AncRandom         uint32 = 56
	AncVLANProtocol   uint32 = 60 // TPID

	ancillaryEnd uint32 = 64
)

// isAncillary reports whether an absolute load from k reads ancillary data
// that Linux knows.
func isAncillary(k uint32) bool {
	return k >= AncillaryBase && k-AncillaryBase < ancillaryEnd && k%4 == 0
}
