package bpf

import (
	"errors"
	"fmt"
)

// Rules are what Verify demands of a program. The zero value has the rules of
// Linux for a filter on a socket; the fields relax them for programs that run
// on a VM alone.
type Rules struct {
	AnyLength bool // more than MaxInstructions
	Loops     bool // unconditional jumps may go backwards, as libpcap's protochain makes them

	// Ancillary says that each VM.Run is given an Ancillary. Without it NewVM
	// refuses a program that loads such data, since it would reject every packet
	// that it asks about. Verify does not look at it: the kernel has the data.
	Ancillary bool
}

// maxLength bounds programs under AnyLength, so that jump offsets, which are
// signed under Loops, reach everything.
const maxLength = 1 << 24

// Verify checks that prog ends on every input: that it has only known
// instructions, that all jumps go forward to an instruction, that it ends in a
// return, that no scratch word is read before it was written, and that no
// constant divisor is 0 and no constant shift above 31. These are the checks of
// Linux (bpf_check_classic in net/core/filter.c).
//
// The error names the instruction by its number.
func Verify(prog []Instruction, rules Rules) error {
	if len(prog) == 0 {
		return errors.New("program has no instructions")
	}
	if len(prog) > MaxInstructions && !rules.AnyLength {
		return fmt.Errorf("program has %d instructions, Linux takes %d", len(prog), MaxInstructions)
	}
	if len(prog) > maxLength {
		return fmt.Errorf("program has %d instructions, more than %d", len(prog), maxLength)
	}
	for i, ins := range prog {
		if err := verifyInstruction(prog, i, rules); err != nil {
			return fmt.Errorf("instruction %d (%s): %w", i, AppendInstruction(nil, ins, i), err)
		}
	}
	if prog[len(prog)-1].Op&7 != RET {
		return errors.New("program does not end in a return")
	}
	return verifyScratch(prog)
}

func verifyInstruction(prog []Instruction, i int, rules Rules) error {
	ins := prog[i]
	if _, s := mnemonic(ins.Op); s == shapeUnknown {
		return errors.New("unknown opcode")
	}
	switch ins.Op & 7 {
	case LD, LDX:
		return verifyLoad(ins)
	case ST, STX:
		if ins.K >= ScratchWords {
			return errors.New("no such scratch word")
		}
	case ALU:
		if ins.Op&X != 0 {
			return nil
		}
		switch op := ins.Op & 0xf0; {
		case (op == DIV || op == MOD) && ins.K == 0:
			return errors.New("division by zero")
		case (op == LSH || op == RSH) && ins.K > 31:
			return errors.New("shift by more than 31 bits")
		}
	case JMP:
		return verifyJump(prog, i, rules)
	}
	return nil
}

func verifyLoad(ins Instruction) error {
	switch ins.Op & 0xe0 {
	case MEM:
		if ins.K >= ScratchWords {
			return errors.New("no such scratch word")
		}
	case ABS:
		if ins.K >= AncillaryBase && !isAncillary(ins.K) {
			return errors.New("unknown ancillary data")
		}
	}
	return nil
}

func verifyJump(prog []Instruction, i int, rules Rules) error {
	ins, room := prog[i], len(prog)-i-1
	if ins.Op != JMP|JA {
		if int(ins.Jt) >= room || int(ins.Jf) >= room {
			return errors.New("jump past the end")
		}
		return nil
	}
	switch back := -int64(int32(ins.K)); {
	case rules.Loops && back > 0:
		if back > int64(i)+1 {
			return errors.New("jump before the start")
		}
	case int64(ins.K) >= int64(room):
		return errors.New("jump past the end")
	}
	return nil
}

// verifyScratch checks that every scratch word is written on every way to a
// load of it. Like Linux it lets a return flow into what follows it.
func verifyScratch(prog []Instruction) error {
	const all = 1<<ScratchWords - 1
	var uses uint32
	for _, ins := range prog {
		if ins.Op == LD|MEM || ins.Op == LDX|MEM {
			uses |= 1 << ins.K
		}
	}
	if uses == 0 {
		return nil
	}
	written := make([]uint32, len(prog)) // on every jump to an instruction
	for i := range written {
		written[i] = all
	}
	written[0] = 0
	for again := true; again; { // once more for each loop within a loop
		again = false
		now := uint32(all)
		for i, ins := range prog {
			now &= written[i]
			flow := func(to int) {
				if written[to]&^now != 0 {
					written[to] &= now
					again = again || to <= i
				}
			}
			switch {
			case ins.Op == ST || ins.Op == STX:
				now |= 1 << ins.K
			case ins.Op == LD|MEM || ins.Op == LDX|MEM:
				if now>>ins.K&1 == 0 {
					return fmt.Errorf("instruction %d (%s): scratch word read before it was written", i, AppendInstruction(nil, ins, i))
				}
			case ins.Op == JMP|JA:
				flow(i + 1 + int(int32(ins.K)))
				now = all
			case ins.Op&7 == JMP:
				flow(i + 1 + int(ins.Jt))
				flow(i + 1 + int(ins.Jf))
				now = all
			}
		}
	}
	return nil
}
