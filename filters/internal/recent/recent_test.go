package recent

import "testing"

func TestRecent(t *testing.T) {
	r := New[int](3)
	for _, key := range []int{1, 2, 3, 2} {
		r.Add(key)
	}
	r.Remove(1)
	r.Add(1) // in the place of itself, which was taken out: nothing is forgotten
	if r.Forgotten() != 0 || !r.Has(1) || !r.Has(2) || !r.Has(3) {
		t.Errorf("%d forgotten of %v", r.Forgotten(), r.known)
	}
	r.Add(4)
	r.Add(5)
	if r.Forgotten() != 2 || r.Has(2) || r.Has(3) || !r.Has(1) || !r.Has(4) || !r.Has(5) {
		t.Errorf("%d forgotten, known are %v", r.Forgotten(), r.known)
	}
}
