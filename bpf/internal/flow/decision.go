package flow

import (
	"cmp"
	"math/bits"
	"slices"
)

// decision maps intervals of a value to nodes.
type decision struct {
	v    *Value
	hi   uint32 // greatest value
	runs []interval
	unit uint32 // the bounds are multiples of it, and the bits below do not matter
}

// interval starts at lo and ends where the next one starts.
type interval struct {
	lo  uint32
	to  *Node
	pos Span // the term that asks for it
}

// add says where the values from lo on lead.
func (d *decision) add(lo uint32, to *Node, pos Span) {
	if n := len(d.runs); n > 0 && d.runs[n-1].to == to {
		return
	}
	d.runs = append(d.runs, interval{lo, to, pos})
}

// node makes the tests.
func (d *decision) node(o *optimizer) *Node {
	d.hi, d.unit = o.boundsOf(d.v).hi, 1
	if part, shift := d.narrow(o); shift > 0 {
		d.v, d.hi = part, d.hi>>shift
		for i := range d.runs {
			d.runs[i].lo >>= shift
		}
	}
	masking := 1 // instructions
	if d.v.Op == OpAnd && d.v.Right.IsConst() {
		masking = 0
	}
	if low := d.free(); low > 0 && masking+d.tests(1<<low) < d.tests(1) {
		d.unit = 1 << low
		d.v = o.alu(OpAnd, d.v, o.g.Constant(d.hi&^(d.unit-1)))
	}
	return d.split(o, d.runs, d.hi)
}

// free is the number of low bits that do not matter.
func (d *decision) free() int {
	if d.hi&(d.hi+1) != 0 {
		return 0
	}
	low := bits.Len32(d.hi)
	for _, r := range d.runs {
		if r.lo != 0 {
			low = min(low, bits.TrailingZeros32(r.lo))
		}
	}
	return low
}

// narrow is the load of the upper bytes of v, if the others do not matter.
func (d *decision) narrow(o *optimizer) (part *Value, shift int) {
	low := d.free()
	if d.v.Op != OpLoad || len(d.runs) < 2 {
		return d.v, 0
	}
	for size := uint8(1); size < d.v.Size; size *= 2 {
		if shift = 8 * int(d.v.Size-size); low >= shift {
			return o.part(d.v, 0, size), shift
		}
	}
	return d.v, 0
}

// tests is the number of tests that the intervals take when those of unit
// values count as single ones.
func (d *decision) tests(unit uint32) int {
	return len(d.runs) - 1 - d.saved(d.points(d.runs, unit))
}

// points finds the runs of a single value that part runs which lead to the same
// node, if need be several in a row: tests for equality sort them out. They are
// numbered such that those in a row follow each other.
func (d *decision) points(runs []interval, unit uint32) []int {
	var found []int
	for i := 1; i+1 < len(runs); i++ {
		j := i
		for j+1 < len(runs) && runs[j+1].lo-runs[j].lo == unit && runs[j].to != runs[i-1].to {
			j++
		}
		if j > i && runs[j].to == runs[i-1].to {
			for ; i < j; i++ {
				found = append(found, i)
			}
		}
	}
	return found
}

// saved is how many tests fewer points take than other runs: one for each row.
func (d *decision) saved(points []int) int {
	n := 0
	for i := range points {
		if i == 0 || points[i-1]+1 != points[i] {
			n++
		}
	}
	return n
}

// split makes the tests for runs, of which the last ends at hi.
func (d *decision) split(o *optimizer, runs []interval, hi uint32) *Node {
	if len(runs) == 1 {
		return runs[0].to
	}
	points := d.points(runs, d.unit)
	if 0 < len(points) && len(points) <= o.linear {
		return d.pick(o, runs, points, hi)
	}
	if len(points) > 0 {
		o.halved = true
	}
	mid := len(runs) / 2
	if len(points) > 0 {
		mid = points[len(points)/2]
	}
	low, high := d.split(o, runs[:mid], runs[mid].lo-1), d.split(o, runs[mid:], hi)
	pos := runs[mid].pos
	if pos == (Span{}) {
		pos = runs[mid-1].pos
	}
	return d.test(o, TestGt, runs[mid].lo-d.unit, high, low, pos)
}

// pick asks for the single values at points one after the other, first for
// those that lead where few others do, and then for what is left of runs.
func (d *decision) pick(o *optimizer, runs []interval, points []int, hi uint32) *Node {
	var rest []interval
	count := make(map[*Node]int)
	for i := range runs {
		switch {
		case slices.Contains(points, i):
			count[runs[i].to]++
		case len(rest) == 0 || rest[len(rest)-1].to != runs[i].to:
			rest = append(rest, runs[i])
		}
	}
	slices.SortStableFunc(points, func(a, b int) int {
		return cmp.Or(count[runs[a].to]-count[runs[b].to], int(runs[a].pos.Start-runs[b].pos.Start))
	})
	n := d.split(o, rest, hi)
	for _, i := range slices.Backward(points) {
		n = d.test(o, TestEq, runs[i].lo, runs[i].to, n, runs[i].pos)
	}
	return n
}

func (d *decision) test(o *optimizer, op TestOp, k uint32, yes, no *Node, pos Span) *Node {
	if d.unit == 1 {
		return o.branchConst(op, d.v, k, yes, no, pos)
	}
	return o.make(Node{Kind: NodeTest, Op: op, Left: d.v, Right: o.g.Constant(k), Yes: yes, No: no, pos: pos})
}
