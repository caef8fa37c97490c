package names

import (
	"net/netip"
	"strings"
)

// maxAsked is how many addresses are asked for at the same time in the background.
// Of more, each is asked for when it comes again.
const maxAsked = 64

// inBackground has DNS asked for the name of an address, unless it is being asked
// already, and returns at once: there is no name for now.
func inBackground[K comparable](r *Resolver, c *cache[K], key K, addr netip.Addr) {
	if !r.mu.TryLock() {
		return
	}
	defer r.mu.Unlock()
	if r.asked[addr] || len(r.asked) >= maxAsked || c.get(key) != nil {
		return
	}
	if r.asked == nil {
		r.asked = make(map[netip.Addr]bool)
	}
	r.asked[addr] = true
	go func() {
		names, answered := r.lookupAddr(addr.String())
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.asked, addr)
		r.judge(answered)
		name := ""
		if len(names) > 0 {
			name = strings.TrimSuffix(names[0], ".")
		}
		c.put(newHost(r, key, name, name != ""))
	}()
}
