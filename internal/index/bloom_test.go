package index

import "testing"

// TestBloom: what was added is there; of what was not, one in twenty at most.
func TestBloom(t *testing.T) {
	filter := make(bloom, 1<<10)
	const n = 5000 // of 13 bits each
	for i := range uint64(n) {
		filter.add(finalized(2 * i))
	}
	wrong := 0
	for i := range uint64(n) {
		if !filter.test(finalized(2 * i)) {
			t.Fatalf("key %d is lost", i)
		}
		if filter.test(finalized(2*i + 1)) {
			wrong++
		}
	}
	if wrong == 0 || wrong > n/20 {
		t.Errorf("of %d others %d are taken to be there", n, wrong)
	}
}

// finalized is a hash of a number (the finalizer of SplitMix64).
func finalized(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
