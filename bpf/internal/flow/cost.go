package flow

import "github.com/tapdump/tapdump/bpf"

// outcome is what to expect from an instruction on.
type outcome struct {
	ways   float64    // to a return
	chance [2]float64 // of rejecting and of accepting
	steps  [2]float64 // instructions run, times that
}

// maxWays keeps the number of ways within what a float64 tells apart.
const maxWays = 1e12

// lengthWeight is how many instructions a packet may run more for a program
// that is shorter by one.
const lengthWeight = 0.1

// score is the cost model: how good a program is; less is better. It weighs the number of
// instructions that a packet runs, the mean of packets accepted and rejected,
// and the length. All ways through the program count alike.
func (c Code) score() float64 {
	at := make([]outcome, len(c.Instructions))
	for i := len(c.Instructions) - 1; i >= 0; i-- {
		ins := c.Instructions[i]
		switch {
		case ins.Op&7 == bpf.RET:
			at[i].ways = 1
			at[i].chance[min(1, ins.K)] = 1
		case ins.Op == bpf.JMP|bpf.JA:
			if int32(ins.K) >= 0 {
				at[i] = at[i+1+int(ins.K)]
			}
		case ins.Op&7 == bpf.JMP:
			yes, no := &at[i+1+int(ins.Jt)], &at[i+1+int(ins.Jf)]
			ways := yes.ways + no.ways
			for k := range at[i].chance {
				at[i].chance[k] = (yes.ways*yes.chance[k] + no.ways*no.chance[k]) / ways
				at[i].steps[k] = (yes.ways*yes.steps[k] + no.ways*no.steps[k]) / ways
			}
			at[i].ways = min(ways, maxWays)
		default:
			at[i] = at[i+1]
		}
		for k := range at[i].chance {
			at[i].steps[k] += at[i].chance[k]
		}
	}
	mean := 0.0
	for k, chance := range at[0].chance {
		if chance > 0 {
			mean += at[0].steps[k] / chance / 2
		}
	}
	return mean + lengthWeight*float64(len(c.Instructions))
}
