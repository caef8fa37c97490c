package tcpanalysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var m Median
	if m.Value() != 0 || m.Largest() != 0 || m.Count() != 0 {
		t.Errorf("of nothing: %v %v %d", m.Value(), m.Largest(), m.Count())
	}
	var few []int64
	for range 5 { // exact
		d := r.Int64N(1e9)
		m.Add(d)
		few = append(few, d)
		slices.Sort(few)
		n := len(few)
		want := time.Duration((few[(n-1)/2] + few[n/2]) / 2)
		if got := m.Value(); (got - want).Abs() > 100 {
			t.Errorf("of %d: %v, want %v", n, got, want)
		}
		if got := m.Largest(); (got-time.Duration(few[n-1])).Abs() > 100 || m.Count() != uint32(n) {
			t.Errorf("the largest of %d is %v, want %v", n, got, few[n-1])
		}
	}
	for name, next := range map[string]func() int64{
		"even":        func() int64 { return 1e6 + r.Int64N(1e6) },
		"exponential": func() int64 { return int64(r.ExpFloat64() * 1e7) },
		"long tail":   func() int64 { return int64(1e5 * math.Exp(2*r.NormFloat64())) },
		"mixed":       func() int64 { return pick[int64](r, 1e6, 2e7, 2e7, 2e7) + r.Int64N(1e6) },
		"the same":    func() int64 { return 12345 },
	} {
		var m Median
		var all []int64
		for range 10_000 {
			d := next()
			m.Add(d)
			all = append(all, d)
		}
		slices.Sort(all)
		low, high := all[4500], all[5500]
		if got := int64(m.Value()); got < low-1000 || got > high+1000 {
			t.Errorf("%s: %d is not between %d and %d", name, got, low, high)
		}
		if got, want := int64(m.Largest()), all[len(all)-1]; math.Abs(float64(got-want)) > float64(want)/1e6 {
			t.Errorf("%s: the largest is %d, want %d", name, got, want)
		}
	}
}
