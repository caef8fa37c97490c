package filters

// recent is a set of the keys that were added last; of more than limit the
// oldest is forgotten, and counted.
type recent[K comparable] struct {
	known     map[K]int // its place in order
	order     []K       // a ring once it is full
	next      int       // the oldest in it
	limit     int
	forgotten uint64
}

func newRecent[K comparable](limit int) recent[K] {
	return recent[K]{known: make(map[K]int), limit: limit}
}

func (r *recent[K]) has(key K) bool {
	_, ok := r.known[key]
	return ok
}

func (r *recent[K]) add(key K) {
	if r.has(key) {
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

// remove takes a key out. Its place is used again when its turn comes.
func (r *recent[K]) remove(key K) { delete(r.known, key) }
