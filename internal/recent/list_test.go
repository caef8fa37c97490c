package recent

import (
	"math/rand/v2"
	"slices"
	"testing"
)

type aged struct {
	n     int
	links Links[aged]
}

// TestList compares the list with a slice, whatever is touched and removed.
func TestList(t *testing.T) {
	l := NewList(func(a *aged) *Links[aged] { return &a.links })
	values := make([]aged, 8)
	for i := range values {
		values[i].n = i
	}
	var want []int // the oldest first
	r := rand.New(rand.NewPCG(1, 2))
	for step := range 5000 {
		v := &values[r.IntN(len(values))]
		want = slices.DeleteFunc(want, func(n int) bool { return n == v.n })
		if r.IntN(3) == 0 {
			l.Remove(v)
		} else {
			l.Touch(v)
			want = append(want, v.n)
		}
		var got, back []int
		for a := l.Oldest; a != nil; a = a.links.newer {
			got = append(got, a.n)
		}
		for a := l.Newest; a != nil; a = a.links.older {
			back = append(back, a.n)
		}
		slices.Reverse(back)
		if !slices.Equal(got, want) || !slices.Equal(back, want) {
			t.Fatalf("step %d: %v from the oldest, %v from the newest, want %v", step, got, back, want)
		}
	}
}
