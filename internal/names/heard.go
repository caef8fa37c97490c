package names

import (
	"net/netip"
	"sync"
	"sync/atomic"
)

// Heard are names of addresses that packets themselves told. Packets are printed side
// by side, but each by what those before it and itself have told: Hear says with
// which packet a name came, Append as of which it is asked for.
//
// Hear is for one goroutine; others may call Append meanwhile.
type Heard struct {
	known     sync.Map     // of netip.Addr to *heardOf
	order     []netip.Addr // a ring once it is full: whose turn it is to be forgotten
	next      int
	names     int // in all lists
	forgotten atomic.Uint64
}

// Bounds of what is remembered.
const (
	// MaxHeard is how many addresses have names; the one that got its first name
	// longest ago is forgotten then.
	MaxHeard = 1 << 18
	// heardNames is how many names all of them have together.
	heardNames = 1 << 20
	// heardEach is how many names of an address are looked at, the newest first.
	heardEach = 64
	// heardLag is how many packets may be heard before one is printed: more than are
	// under way in a printer.Pool. Names that were newer then are still there.
	heardLag = 1 << 18
)

// heardOf are the names of an address.
type heardOf struct {
	newest atomic.Pointer[heard]
	count  int // of names
	cut    int // count after the last cut
}

// heard is one name. Nothing of it changes but that older ones are cut off.
type heard struct {
	name    string
	asker   netip.Addr // whose answer it was; not valid: anybody's
	from    uint64     // number of the packet that told it
	second  int64      // of that packet
	expires int64      // second from which it is not valid any more; 0: none
	older   atomic.Pointer[heard]
}

// Lesson is what a packet tells.
type Lesson struct {
	Address, Asker netip.Addr // an Asker that is not valid stands for anybody
	Name           []byte
	Packet         uint64 // its number, from 1 on
	Second         int64  // of its time, since 1970
	Expires        int64  // likewise; 0: it does not
}

// Hear takes note of a name.
func (h *Heard) Hear(l Lesson) {
	if l.Address.IsUnspecified() || l.Address.IsMulticast() || !printable(l.Name) {
		return
	}
	known, ok := h.known.Load(l.Address)
	if !ok {
		known = new(heardOf)
		h.make(l.Address)
		h.known.Store(l.Address, known)
	}
	of := known.(*heardOf)
	old := of.newest.Load()
	if old != nil && old.name == string(l.Name) && old.asker == l.Asker && old.expires == l.Expires {
		return
	}
	n := &heard{name: string(l.Name), asker: l.Asker, from: l.Packet, second: l.Second, expires: l.Expires}
	n.older.Store(old)
	of.newest.Store(n)
	of.count++
	h.names++
	if of.count >= 2*max(of.cut, heardEach) {
		h.names -= of.count
		of.trim(l.Packet)
		h.names += of.count
	}
	for h.names > heardNames && len(h.order) > 1 {
		h.forget(h.order[h.next%len(h.order)])
		h.next = (h.next + 1) % MaxHeard
	}
}

// trim cuts off the names that nobody looks at any more.
func (of *heardOf) trim(now uint64) {
	settled := 0
	of.count = 0
	for n := of.newest.Load(); n != nil; n = n.older.Load() {
		of.count++
		if n.from+heardLag < now {
			settled++
		}
		if settled == heardEach {
			n.older.Store(nil)
		}
	}
	of.cut = of.count
}

// make makes room for an address.
func (h *Heard) make(a netip.Addr) {
	if len(h.order) < MaxHeard {
		h.order = append(h.order, a)
		return
	}
	h.forget(h.order[h.next])
	h.order[h.next] = a
	h.next = (h.next + 1) % MaxHeard
}

// forget forgets the names of an address.
func (h *Heard) forget(a netip.Addr) {
	if known, ok := h.known.LoadAndDelete(a); ok {
		h.names -= known.(*heardOf).count
		h.forgotten.Add(1)
	}
}

// Forgotten is the number of addresses whose names had to be forgotten.
func (h *Heard) Forgotten() uint64 { return h.forgotten.Load() }

// printable reports whether a name can stand where tcpdump has one: letters, digits
// and what else names of hosts have (RFC 1123, section 2.1; RFC 8552).
func printable(name []byte) bool {
	if len(name) == 0 || len(name) > 253 {
		return false
	}
	letters := false
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			letters = true
		case c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return letters // and no number that would pass for an address
}

// As is whose names are asked for: those that a packet may know.
type As struct {
	Packet   uint64 // its number; what later ones told is not known yet
	Second   int64  // of its time: what has expired is not known any more
	Src, Dst netip.Addr
	Late     bool // what is not known yet is known by its next name
}

// Append appends the name of an address: that which one end of the packet got as an
// answer, or the newest. It is false where there is none.
func (h *Heard) Append(dst []byte, a netip.Addr, as *As) ([]byte, bool) {
	known, ok := h.known.Load(a)
	if !ok {
		return dst, false
	}
	best, later, seen := "", "", 0
	for n := known.(*heardOf).newest.Load(); n != nil && seen < heardEach; n = n.older.Load() {
		if as.Late && n.second > as.Second {
			later = n.name
			continue
		}
		if !as.Late && n.from > as.Packet {
			continue
		}
		seen++
		if n.expires != 0 && n.expires < as.Second {
			continue
		}
		if n.asker.IsValid() && (n.asker == as.Src || n.asker == as.Dst) {
			return append(dst, n.name...), true
		}
		if best == "" {
			best = n.name
		}
	}
	if best == "" {
		best = later
	}
	return append(dst, best...), best != ""
}
