package compile

// decision maps intervals of a value to nodes.
type decision struct {
	v    *value
	runs []interval
}

// interval starts at lo and ends where the next one starts.
type interval struct {
	lo uint32
	to *node
}

// add says where the values from lo on lead.
func (d *decision) add(lo uint32, to *node) {
	if n := len(d.runs); n > 0 && d.runs[n-1].to == to {
		return
	}
	d.runs = append(d.runs, interval{lo, to})
}

// node makes the tests.
func (d *decision) node(o *optimizer) *node {
	return d.split(o, 0, len(d.runs), o.boundsOf(d.v).hi)
}

// split makes the tests for runs i to j, of which the last ends at hi.
func (d *decision) split(o *optimizer, i, j int, hi uint32) *node {
	if j-i == 1 {
		return d.runs[i].to
	}
	if n := d.linear(o, i, j, hi); n != nil {
		return n
	}
	mid := d.middle(i, j, hi)
	o.halved = true
	k := d.runs[mid].lo - 1
	low, high := d.split(o, i, mid, k), d.split(o, mid, j, hi)
	return o.branchConst(testGt, d.v, k, high, low, span{})
}

// linear asks for single values one after the other, when all runs but a few
// of one value lead to the same node. It returns nil otherwise.
func (d *decision) linear(o *optimizer, i, j int, hi uint32) *node {
	var rest *node
	points := 0
	for r := i; r < j; r++ {
		if d.single(r, j, hi) && (rest == nil || d.runs[r].to != rest) {
			if points++; points > o.linear {
				return nil
			}
			continue
		}
		if rest != nil && d.runs[r].to != rest {
			return nil
		}
		rest = d.runs[r].to
	}
	if rest == nil {
		return nil
	}
	n := rest
	for r := j - 1; r >= i; r-- {
		if d.runs[r].to != rest {
			if !d.single(r, j, hi) {
				return nil
			}
			n = o.branchConst(testEq, d.v, d.runs[r].lo, d.runs[r].to, n, span{})
		}
	}
	return n
}

// single reports whether run r, of those up to j, has one value.
func (d *decision) single(r, j int, hi uint32) bool {
	if r+1 < j {
		hi = d.runs[r+1].lo - 1
	}
	return d.runs[r].lo == hi
}

// middle is the run before which to halve runs i to j.
func (d *decision) middle(i, j int, hi uint32) int {
	total := d.weight(i, j, hi)
	best, least := i+1, 1<<30
	sum := 0
	for r := i + 1; r < j; r++ {
		sum += d.weight(r-1, r, d.runs[r].lo-1)
		off := 2*sum - total
		if off < 0 {
			off = -off
		}
		if off < least {
			best, least = r, off
		}
	}
	return best
}

// weight is about how many tests runs i to j take.
func (d *decision) weight(i, j int, hi uint32) int {
	return j - i
}
