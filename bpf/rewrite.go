package bpf

// Loops reports whether prog jumps backwards, as libpcap's protochain does. Not
// every kernel refuses that, and none may be made to loop for ever.
func Loops(prog []Instruction) bool {
	for _, ins := range prog {
		if ins.Op == JMP|JA && int32(ins.K) < 0 {
			return true
		}
	}
	return false
}

// HeaderField is a field of a header that is not in the packet that a program
// runs on, but known as ancillary data.
type HeaderField struct {
	Offset    uint32 // in the header
	Size      uint16 // B, H or W
	Ancillary uint32 // offset after AncillaryBase
}

// WithoutHeader turns a program for packets with a header of length bytes in
// front into one for the same packets without it: loads move, and those of the
// fields become ones of ancillary data. ok is false where the program looks at
// another part of the header. The length of the packet becomes that without the
// header.
func WithoutHeader(prog []Instruction, length uint32, fields []HeaderField) (out []Instruction, ok bool) {
	out = make([]Instruction, len(prog))
	for i, ins := range prog {
		if class := ins.Op & 7; class == LD || class == LDX {
			if ins, ok = withoutHeader(ins, length, fields); !ok {
				return nil, false
			}
		}
		out[i] = ins
	}
	return out, true
}

func withoutHeader(ins Instruction, length uint32, fields []HeaderField) (Instruction, bool) {
	mode := ins.Op & 0xe0
	switch {
	case mode != ABS && mode != IND && mode != MSH, ins.K >= AncillaryBase: // or ancillary data already
		return ins, true
	case ins.K >= length:
		ins.K -= length
		return ins, true
	case mode == ABS:
		for _, f := range fields {
			if f.Offset == ins.K && f.Size == ins.Op&0x18 {
				ins.K = AncillaryBase + f.Ancillary
				return ins, true
			}
		}
	}
	return ins, false
}
