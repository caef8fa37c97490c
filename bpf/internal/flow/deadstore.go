package flow

import (
	"slices"

	"github.com/tapdump/tapdump/bpf"
)

// dropDeadStores is dead store elimination: it removes stores to words that
// nobody reads afterwards. Blocks come before their successors.
func dropDeadStores(blocks []block) {
	for i := len(blocks) - 1; i >= 0; i-- {
		b := &blocks[i]
		now := b.yes.live() | b.no.live()
		b.words = now // what some entry needs
		dead := false
		for j := len(b.body) - 1; j >= 0; j-- {
			switch ins := &b.body[j]; {
			case ins.Op&7 == bpf.JMP: // a walk along headers keeps its own words
				now = ^uint32(0)
			case ins.Op == bpf.ST || ins.Op == bpf.STX:
				if now>>ins.K&1 == 0 {
					dead = true
					ins.Jt = deadStore
				}
				now &^= 1 << ins.K
			case ins.Op == bpf.LD|bpf.MEM || ins.Op == bpf.LDX|bpf.MEM:
				now |= 1 << ins.K
			}
			b.words |= now
		}
		b.dead = dead
	}
	for i := range blocks {
		blocks[i].yes.passDead()
		blocks[i].no.passDead()
	}
	for i := range blocks {
		if b := &blocks[i]; b.dead {
			b.body = slices.DeleteFunc(b.body, func(ins bpf.Instruction) bool { return isDead(ins) })
		}
	}
}

// deadStore marks a store that goes, in a field that stores do not have.
const deadStore = 255

func isDead(ins bpf.Instruction) bool {
	return ins.Jt == deadStore && (ins.Op == bpf.ST || ins.Op == bpf.STX)
}

func (e edge) live() uint32 {
	if e.to == nil {
		return 0
	}
	return e.to.words
}

// passDead lowers the number of instructions that e skips by the dead stores
// among them.
func (e *edge) passDead() {
	if e.to == nil || !e.to.dead {
		return
	}
	skip := e.skip
	for _, ins := range e.to.body[:skip] {
		if isDead(ins) {
			e.skip--
		}
	}
}
