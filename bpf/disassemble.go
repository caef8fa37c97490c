package bpf

import "strconv"

// ancillaryNames are what Disassemble calls the words of ancillary data.
var ancillaryNames = [ancillaryEnd / 4]string{
	AncProtocol / 4:       "proto",
	AncPacketType / 4:     "type",
	AncInterface / 4:      "ifidx",
	AncNetlinkAttr / 4:    "nla",
	AncNetlinkNested / 4:  "nlan",
	AncMark / 4:           "mark",
	AncQueue / 4:          "queue",
	AncHardwareType / 4:   "hatype",
	AncRXHash / 4:         "rxhash",
	AncCPU / 4:            "cpu",
	AncXorX / 4:           "xor_x",
	AncVLANTag / 4:        "vlan_tci",
	AncVLANTagPresent / 4: "vlanp",
	AncPayloadOffset / 4:  "poff",
	AncRandom / 4:         "random",
	AncVLANProtocol / 4:   "vlan_tpid",
}

var aluNames = [...]string{
	ADD >> 4: "add", SUB >> 4: "sub", MUL >> 4: "mul", DIV >> 4: "div", OR >> 4: "or", AND >> 4: "and",
	LSH >> 4: "lsh", RSH >> 4: "rsh", NEG >> 4: "neg", MOD >> 4: "mod", XOR >> 4: "xor",
}

var jumpNames = [...]string{JA >> 4: "ja", JEQ >> 4: "jeq", JGT >> 4: "jgt", JGE >> 4: "jge", JSET >> 4: "jset"}

// Disassemble appends prog to dst as tcpdump -d prints it: a line for each
// instruction with its number, mnemonic, operand and, for a conditional jump,
// the numbers of the instructions that it goes to.
func Disassemble(dst []byte, prog []Instruction) []byte {
	for i := range prog {
		dst = append(AppendInstruction(dst, prog[i], i), '\n')
	}
	return dst
}

// AppendInstruction appends the line of Disassemble for instruction n, without
// the end of the line.
func AppendInstruction(dst []byte, ins Instruction, n int) []byte {
	dst = append(dst, '(')
	dst = appendPadded(dst, n, 3)
	dst = append(dst, ") "...)
	from := len(dst)
	op, shape := mnemonic(ins.Op)
	dst = pad(append(dst, op...), from+8)
	dst = append(dst, ' ')
	from = len(dst)
	if ins.Op&7 == JMP && shape == shapeAlways {
		return strconv.AppendInt(dst, int64(n)+1+int64(int32(ins.K)), 10)
	}
	dst = appendOperand(dst, shape, ins)
	if ins.Op&7 != JMP || ins.Op&0xf0 == JA {
		return dst
	}
	dst = append(pad(dst, from+16), " jt "...)
	dst = strconv.AppendInt(dst, int64(n)+1+int64(ins.Jt), 10)
	dst = append(dst, "\tjf "...)
	return strconv.AppendInt(dst, int64(n)+1+int64(ins.Jf), 10)
}

// shape says how an operand is written.
type shape uint8

const (
	shapeNone    shape = iota
	shapeUnknown       // 0x1f: the opcode
	shapeDecimal       // #80
	shapeHex           // #0x50
	shapeX             // x
	shapeLength        // #pktlen
	shapePacket        // [12] or [vlanp]
	shapeIndexed       // [x + 14]
	shapeScratch       // M[0]
	shapeHeader        // 4*([14]&0xf)
	shapeAlways        // number of an instruction
)

func mnemonic(op uint16) (string, shape) {
	switch op & 7 {
	case LD, LDX:
		return loadMnemonic(op)
	case ALU:
		return aluMnemonic(op)
	case JMP:
		return jumpMnemonic(op)
	}
	switch op {
	case ST:
		return "st", shapeScratch
	case STX:
		return "stx", shapeScratch
	case RET | K:
		return "ret", shapeDecimal
	case RET | A:
		return "ret", shapeNone
	case MISC | TAX:
		return "tax", shapeNone
	case MISC | TXA:
		return "txa", shapeNone
	}
	return "unimp", shapeUnknown
}

func loadMnemonic(op uint16) (string, shape) {
	switch op {
	case LD | W | ABS:
		return "ld", shapePacket
	case LD | H | ABS:
		return "ldh", shapePacket
	case LD | B | ABS:
		return "ldb", shapePacket
	case LD | W | IND:
		return "ld", shapeIndexed
	case LD | H | IND:
		return "ldh", shapeIndexed
	case LD | B | IND:
		return "ldb", shapeIndexed
	case LD | IMM:
		return "ld", shapeHex
	case LDX | IMM:
		return "ldx", shapeHex
	case LD | MEM:
		return "ld", shapeScratch
	case LDX | MEM:
		return "ldx", shapeScratch
	case LD | LEN:
		return "ld", shapeLength
	case LDX | LEN:
		return "ldx", shapeLength
	case LDX | MSH | B:
		return "ldxb", shapeHeader
	}
	return "unimp", shapeUnknown
}

func aluMnemonic(op uint16) (string, shape) {
	if op == ALU|NEG {
		return "neg", shapeNone
	}
	code := op & 0xf0
	if op > 0xff || int(code>>4) >= len(aluNames) || code == NEG {
		return "unimp", shapeUnknown
	}
	name := aluNames[code>>4]
	switch {
	case op&X != 0:
		return name, shapeX
	case code == AND || code == OR || code == XOR:
		return name, shapeHex
	}
	return name, shapeDecimal
}

func jumpMnemonic(op uint16) (string, shape) {
	code := op & 0xf0
	switch {
	case op > 0xff || int(code>>4) >= len(jumpNames) || op == JMP|JA|X:
		return "unimp", shapeUnknown
	case code == JA:
		return "ja", shapeAlways
	case op&X != 0:
		return jumpNames[code>>4], shapeX
	}
	return jumpNames[code>>4], shapeHex
}

func appendOperand(dst []byte, s shape, ins Instruction) []byte {
	number := func(dst []byte) []byte { return strconv.AppendInt(dst, int64(int32(ins.K)), 10) }
	switch s {
	case shapeUnknown:
		return strconv.AppendUint(append(dst, "0x"...), uint64(ins.Op), 16)
	case shapeDecimal:
		return number(append(dst, '#'))
	case shapeHex:
		return strconv.AppendUint(append(dst, "#0x"...), uint64(ins.K), 16)
	case shapeX:
		return append(dst, 'x')
	case shapeLength:
		return append(dst, "#pktlen"...)
	case shapePacket:
		dst = append(dst, '[')
		if isAncillary(ins.K) {
			dst = append(dst, ancillaryNames[(ins.K-AncillaryBase)/4]...)
		} else {
			dst = number(dst)
		}
		return append(dst, ']')
	case shapeIndexed:
		return append(number(append(dst, "[x + "...)), ']')
	case shapeScratch:
		return append(number(append(dst, "M["...)), ']')
	case shapeHeader:
		return append(number(append(dst, "4*(["...)), "]&0xf)"...)
	}
	return dst
}

// AppendC appends prog as tcpdump -dd prints it: the elements of an array of
// struct bpf_insn in C.
func AppendC(dst []byte, prog []Instruction) []byte {
	const digits = "0123456789abcdef"
	for _, ins := range prog {
		dst = strconv.AppendUint(append(dst, "{ 0x"...), uint64(ins.Op), 16)
		dst = strconv.AppendUint(append(dst, ", "...), uint64(ins.Jt), 10)
		dst = strconv.AppendUint(append(dst, ", "...), uint64(ins.Jf), 10)
		dst = append(dst, ", 0x"...)
		for shift := 28; shift >= 0; shift -= 4 {
			dst = append(dst, digits[ins.K>>shift&0xf])
		}
		dst = append(dst, " },\n"...)
	}
	return dst
}

// AppendDecimal appends prog as tcpdump -ddd prints it: the number of
// instructions, then a line of four decimal numbers for each.
func AppendDecimal(dst []byte, prog []Instruction) []byte {
	dst = append(strconv.AppendInt(dst, int64(len(prog)), 10), '\n')
	for _, ins := range prog {
		dst = append(strconv.AppendUint(dst, uint64(ins.Op), 10), ' ')
		dst = append(strconv.AppendUint(dst, uint64(ins.Jt), 10), ' ')
		dst = append(strconv.AppendUint(dst, uint64(ins.Jf), 10), ' ')
		dst = append(strconv.AppendUint(dst, uint64(ins.K), 10), '\n')
	}
	return dst
}

// appendPadded appends n with leading zeros to at least width digits.
func appendPadded(dst []byte, n, width int) []byte {
	for limit := 10; width > 1; width-- {
		if n < limit {
			dst = append(dst, '0')
		}
		limit *= 10
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// pad appends spaces up to the given length.
func pad(dst []byte, length int) []byte {
	for len(dst) < length {
		dst = append(dst, ' ')
	}
	return dst
}
