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

// TestOldestFirst: of many keys those that were added last are known.
func TestOldestFirst(t *testing.T) {
	const limit = 5
	r := New[int](limit)
	for key := range 40 {
		r.Add(key)
		for old := range key + 1 {
			if got, want := r.Has(old), old > key-limit; got != want {
				t.Fatalf("after %d, key %d is known: %v", key, old, got)
			}
		}
		if want := uint64(max(key+1-limit, 0)); r.Forgotten() != want || r.Len() != min(key+1, limit) {
			t.Fatalf("after %d: %d forgotten, %d known", key, r.Forgotten(), r.Len())
		}
	}
}
