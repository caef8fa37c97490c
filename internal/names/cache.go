package names

import (
	"hash/maphash"
	"sync/atomic"
)

// cache remembers what a host address is called, for a bounded number of
// addresses. Reading takes no lock and allocates nothing; writing is for one
// goroutine at a time.
//
// An address has eight places it can be in. When they are full, one of them in
// turn is given up: that costs one lookup more, should the address come again.
// The hash is seeded, so that no sender can choose addresses that collide.
type cache[K comparable] struct {
	seed maphash.Seed
	sets [cacheSets][cacheWays]atomic.Pointer[host[K]]
	next int // the place given up next
}

const (
	cacheSets = 1 << 11
	cacheWays = 8
)

// host is an answer. It does not change once it is in the cache.
type host[K comparable] struct {
	addr  K
	name  string
	named bool
}

func newCache[K comparable]() *cache[K] {
	return &cache[K]{seed: maphash.MakeSeed()}
}

func (c *cache[K]) set(addr K) *[cacheWays]atomic.Pointer[host[K]] {
	return &c.sets[maphash.Comparable(c.seed, addr)%cacheSets]
}

// get returns the answer for addr, nil if there is none yet.
func (c *cache[K]) get(addr K) *host[K] {
	set := c.set(addr)
	for i := range set {
		h := set[i].Load()
		if h == nil {
			return nil // places fill from the front and stay filled
		}
		if h.addr == addr {
			return h
		}
	}
	return nil
}

func (c *cache[K]) put(h *host[K]) {
	set := c.set(h.addr)
	for i := range set {
		if set[i].Load() == nil {
			set[i].Store(h)
			return
		}
	}
	set[c.next].Store(h)
	c.next = (c.next + 1) % cacheWays
}
