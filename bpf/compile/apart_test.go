package compile

import (
	"maps"
	"slices"

	"github.com/tapdump/tapdump/bpf"
)

// Programs that libpcap makes without its optimizer, with faults of its
// generator taken out of them (docs/bpf.md, "Faults of libpcap that are mended").
// What then selects the packets that ours selects differs by these faults alone.

// wordUse is how a program without loops uses scratch words.
type wordUse struct {
	starts []bool          // by instruction: a straight line begins
	reads  map[int]int     // by load of a word: the store that it reads, if that is in the same straight line
	passed map[int]bool    // stores that such loads read
	first  map[uint32]int  // by word: the first store
	kept   map[uint32]bool // words that are loaded in another straight line than stored
	reach  []map[int]bool  // by instruction: stores that may have written what words hold there
}

func isStore(ins bpf.Instruction) bool { return ins.Op == bpf.ST || ins.Op == bpf.STX }

func isWordLoad(ins bpf.Instruction) bool {
	return ins.Op == bpf.LD|bpf.MEM || ins.Op == bpf.LDX|bpf.MEM
}

// targets lists where instruction i leads to.
func targets(prog []bpf.Instruction, i int) []int {
	switch ins := prog[i]; {
	case ins.Op&7 == bpf.RET:
		return nil
	case ins.Op == bpf.JMP|bpf.JA:
		return []int{i + 1 + int(int32(ins.K))}
	case ins.Op&7 == bpf.JMP:
		return []int{i + 1 + int(ins.Jt), i + 1 + int(ins.Jf)}
	}
	return []int{i + 1}
}

// useOfWords is nil for a program with loops.
func useOfWords(prog []bpf.Instruction) *wordUse {
	u := &wordUse{starts: make([]bool, len(prog)), reads: map[int]int{}, passed: map[int]bool{}, first: map[uint32]int{}, kept: map[uint32]bool{}, reach: make([]map[int]bool, len(prog))}
	u.reach[0] = map[int]bool{}
	var last [bpf.ScratchWords]int // store in this straight line, plus 1
	for i, ins := range prog {
		if u.starts[i] {
			last = [bpf.ScratchWords]int{}
		}
		now := u.reach[i]
		switch {
		case isStore(ins):
			if _, ok := u.first[ins.K]; !ok {
				u.first[ins.K] = i
			}
			last[ins.K] = i + 1
			next := map[int]bool{i: true}
			for j := range now {
				if prog[j].K != ins.K {
					next[j] = true
				}
			}
			now = next
		case isWordLoad(ins) && last[ins.K] != 0:
			u.reads[i] = last[ins.K] - 1
			u.passed[last[ins.K]-1] = true
		case isWordLoad(ins):
			u.kept[ins.K] = true
		}
		for _, to := range targets(prog, i) {
			if to <= i {
				return nil
			}
			if ins.Op&7 == bpf.JMP {
				u.starts[to] = true
			}
			if u.reach[to] == nil {
				u.reach[to] = map[int]bool{}
			}
			for j := range now {
				u.reach[to][j] = true
			}
		}
	}
	return u
}

// apart is prog with words of their own for numbers that are stored and loaded
// again in a straight line, as operands of arithmetic are, so that no other load
// gets them: libpcap gives the word of a header's offset to arithmetic as well
// that stands before the first term about the header. Words that nothing wrote
// hold 0. With keepFirst, what is stored first in a word stays: such is the offset
// of a header that the program begins with. clash reports whether a load got
// what it gets no more.
func apart(prog []bpf.Instruction, keepFirst bool) (fixed []bpf.Instruction, clash bool) {
	u := useOfWords(prog)
	if u == nil {
		return nil, false
	}
	moves := func(i int) bool {
		return u.passed[i] && u.kept[prog[i].K] && !(keepFirst && u.first[prog[i].K] == i)
	}
	fixed = slices.Clone(prog)
	ends := make(map[int]int) // by store: the last load
	for load, store := range u.reads {
		ends[store] = max(ends[store], load)
	}
	var free []uint32
	to := make(map[int]uint32)
	for i, ins := range prog {
		if i == 0 || u.starts[i] {
			free = u.freeFrom(prog, i)
		}
		store, inLine := u.reads[i]
		switch {
		case isStore(ins) && moves(i):
			if len(free) == 0 {
				return nil, false
			}
			to[i], free = free[0], free[1:]
			fixed[i].K = to[i]
		case isWordLoad(ins) && inLine && moves(store):
			if fixed[i].K = to[store]; ends[store] == i {
				free = append(free, to[store])
			}
		case isWordLoad(ins) && !inLine:
			for j := range u.reach[i] {
				clash = clash || prog[j].K == ins.K && moves(j)
			}
		}
	}
	return withWords(fixed), clash
}

// withWords is prog where words that nothing wrote hold 0.
func withWords(prog []bpf.Instruction) []bpf.Instruction {
	zeroed := []bpf.Instruction{{Op: bpf.LD | bpf.IMM}}
	for w := range uint32(bpf.ScratchWords) {
		zeroed = append(zeroed, bpf.Instruction{Op: bpf.ST, K: w})
	}
	return append(zeroed, prog...)
}

// freeFrom lists the words that hold nothing for others and are not in use in the
// straight line from instruction i on.
func (u *wordUse) freeFrom(prog []bpf.Instruction, i int) (free []uint32) {
	used := maps.Clone(u.kept)
	for j := i; j < len(prog) && (j == i || !u.starts[j]); j++ {
		if isStore(prog[j]) || isWordLoad(prog[j]) {
			used[prog[j].K] = true
		}
	}
	for w := range uint32(bpf.ScratchWords) {
		if !used[w] {
			free = append(free, w)
		}
	}
	return free
}

// outsideAncillary is prog with the words of Linux's ancillary data that
// `inbound`, `outbound` and `ifindex` ask for, where libpcap adds the offset of the
// link layer to theirs.
func outsideAncillary(prog []bpf.Instruction) (fixed []bpf.Instruction, some bool) {
	fixed = slices.Clone(prog)
	for i := range fixed {
		ins := &fixed[i]
		mode := ins.Op & 0xe0
		if ins.Op&7 != bpf.LD || ins.K < bpf.AncillaryBase || mode != bpf.ABS && mode != bpf.IND {
			continue
		}
		if ins.Op&0x18 == bpf.B || ins.K == bpf.AncillaryBase+bpf.AncVLANTag {
			continue // of `vlan`
		}
		k := bpf.AncillaryBase + bpf.AncPacketType
		if ins.Op&0x18 == bpf.W {
			k = bpf.AncillaryBase + bpf.AncInterface
		}
		some = some || ins.K != k || mode == bpf.IND
		*ins = bpf.Instruction{Op: bpf.LD | bpf.W | bpf.ABS, K: k}
	}
	return fixed, some
}

// isisTypes is prog with the types of IS-IS compared without the reserved bits, and
// taken from where they stand, four bytes behind the protocol's number. It is nil if
// a jump does not reach.
func isisTypes(prog []bpf.Instruction) (fixed []bpf.Instruction, some bool) {
	const (
		isis   = 0x83
		frelay = 0x0383 // behind the control byte of Frame Relay
	)
	place := make([]int, len(prog)+1) // by instruction: where it gets
	masked := make([]bool, len(prog))
	fixed = slices.Clone(prog)
	for i, ins := range prog {
		place[i+1] = place[i] + 1
		before := i - 1
		if before >= 0 && prog[before].Op == bpf.LDX|bpf.MEM {
			before--
		}
		if ins.Op&^0xe0 != bpf.LD|bpf.B || before < 1 || prog[before].Op != bpf.JMP|bpf.JEQ|bpf.K {
			continue
		}
		protocol := prog[before-1]
		switch {
		case prog[before].K == frelay:
		case prog[before].K == isis && protocol.Op == ins.Op && (ins.K == protocol.K+4 || ins.K == protocol.K+3):
			fixed[i].K = protocol.K + 4
		default:
			continue
		}
		masked[i], some = true, true
		place[i+1]++
	}
	var out []bpf.Instruction
	for i, ins := range fixed {
		if ins.Op&7 == bpf.JMP {
			at := place[i] + 1
			to := targets(prog, i)
			if ins.Op == bpf.JMP|bpf.JA {
				ins.K = uint32(place[to[0]] - at)
			} else {
				yes, no := place[to[0]]-at, place[to[1]]-at
				if yes > 255 || no > 255 {
					return nil, false
				}
				ins.Jt, ins.Jf = uint8(yes), uint8(no)
			}
		}
		out = append(out, ins)
		if masked[i] {
			out = append(out, bpf.Instruction{Op: bpf.ALU | bpf.AND | bpf.K, K: 0x1f})
		}
	}
	return out, some
}
