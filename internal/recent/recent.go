// Package recent has what remembers a bounded part of the past: a set that forgets its
// oldest keys, and a list of values by when they were touched last, for what filters
// and statistics have to know of earlier packets. It touches nothing but its own
// memory.
package recent

// Set is a set of the keys that were added last. When it is full, the oldest key
// is forgotten and counted. It is for one goroutine.
type Set[K comparable] struct {
	known     map[K]int // its place in order
	order     []K       // a ring once it is full
	next      int       // the oldest in it
	limit     int
	forgotten uint64
}

// New returns an empty set for up to limit keys.
func New[K comparable](limit int) *Set[K] {
	return &Set[K]{known: make(map[K]int), limit: limit}
}

// Has reports whether a key is known.
func (r *Set[K]) Has(key K) bool {
	_, ok := r.known[key]
	return ok
}

// Len is the number of keys that are known.
func (r *Set[K]) Len() int { return len(r.known) }

// Forgotten is the number of keys that were forgotten because the set was full.
func (r *Set[K]) Forgotten() uint64 { return r.forgotten }

// Add adds a key. A key that is known keeps its age.
func (r *Set[K]) Add(key K) {
	if r.Has(key) {
		return
	}
	if len(r.order) < r.limit {
		r.known[key] = len(r.order)
		r.order = append(r.order, key)
		return
	}
	oldest := r.order[r.next]
	if at, ok := r.known[oldest]; ok && at == r.next {
		delete(r.known, oldest)
		r.forgotten++
	}
	r.known[key] = r.next
	r.order[r.next] = key
	r.next = (r.next + 1) % r.limit
}

// Remove takes a key out. Its place is used again when its turn comes.
func (r *Set[K]) Remove(key K) { delete(r.known, key) }
