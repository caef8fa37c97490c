package tcpanalysis

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
)

// key is two endpoints, the lower first: their addresses, IPv4's in the second half
// with a one above, and both ports.
type key struct {
	low, high [2]uint64
	ports     uint64 // of the lower endpoint in the bits from 16 on
}

// keyOf is the key of a packet, and whether the lower endpoint sent it.
func keyOf(p *header.Packet) (k key, forward bool) {
	if ip := p.IP; p.Version == 4 {
		k.low[1] = isIPv4 | uint64(binary.BigEndian.Uint32(ip[12:]))
		k.high[1] = isIPv4 | uint64(binary.BigEndian.Uint32(ip[16:]))
	} else {
		k.low = [2]uint64{binary.BigEndian.Uint64(ip[8:]), binary.BigEndian.Uint64(ip[16:])}
		k.high = [2]uint64{binary.BigEndian.Uint64(ip[24:]), binary.BigEndian.Uint64(ip[32:])}
		k.ports = isIPv6
	}
	low, high := uint64(uint16(p.SrcPort)), uint64(uint16(p.DstPort))
	forward = k.low[0] < k.high[0]
	if k.low[0] == k.high[0] {
		forward = k.low[1] < k.high[1] || k.low[1] == k.high[1] && low <= high
	}
	if !forward {
		k.low, k.high, low, high = k.high, k.low, high, low
	}
	k.ports |= low<<16 | high
	return k, forward
}

const (
	isIPv4 = 1 << 32
	isIPv6 = 1 << 32 // of ports
)

// endpoint is the lower or the higher one.
func (k *key) endpoint(higher bool) (netip.Addr, uint16) {
	a, port := k.low, uint16(k.ports>>16)
	if higher {
		a, port = k.high, uint16(k.ports)
	}
	if k.ports&isIPv6 == 0 {
		return netip.AddrFrom4([4]byte(binary.BigEndian.AppendUint32(nil, uint32(a[1])))), port
	}
	return netip.AddrFrom16([16]byte(binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, a[0]), a[1]))), port
}

// table has the connections, and finds those that packets may belong to by key:
// the last one of each. It holds no pointers into what the garbage collector would
// have to walk but one for each chunk.
type table struct {
	max    int
	seed   [2]uint64
	last   *conn  // of the packet before
	slots  []slot // a power of two of them, at most half of them used
	linked int
	chunks []*[chunk]conn
	made   int      // conns that were ever in use
	unused []uint32 // indices of those that are not
	hand   int      // where to look next for what can be forgotten
}

// chunk is how many conns are made at once.
const chunk = 64

// slot leads to a conn by the hash of its key.
type slot struct {
	hash  uint32
	index uint32 // plus 1; 0: empty
}

func (t *table) at(i uint32) *conn { return &t.chunks[i/chunk][i%chunk] }

// hash depends on a secret, so that nobody can make many keys have the same. It is
// a multiply-and-fold hash like wyhash.
func (t *table) hash(k *key) uint32 {
	h := fold(k.low[1]^t.seed[0], k.high[1]^t.seed[1])
	if k.ports&isIPv6 != 0 {
		h ^= fold(k.low[0]^t.seed[1], k.high[0]^h)
	}
	return uint32(fold(h^t.seed[0], k.ports^t.seed[1]) >> 16)
}

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// find returns the connection of a key, nil if there is none.
func (t *table) find(k *key) *conn {
	if c := t.last; c != nil && c.linked && c.key == *k {
		return c
	}
	if len(t.slots) == 0 {
		return nil
	}
	h := t.hash(k)
	for i := int(h); ; i++ {
		s := t.slots[i&(len(t.slots)-1)]
		if s.index == 0 {
			return nil
		}
		if s.hash == h {
			if c := t.at(s.index - 1); c.key == *k {
				t.last = c
				return c
			}
		}
	}
}

// add makes a connection, for which another one may have to be forgotten.
func (t *table) add(a *Analyzer, k *key, now int64) *conn {
	i := t.place(a, now)
	c := t.at(i)
	*c = conn{key: *k, used: true, linked: true, index: i}
	c.flows[0].scale, c.flows[1].scale = scaleUnknown, scaleUnknown
	c.flows[0].known, c.flows[1].known = bifValid, bifValid
	if t.linked++; t.linked*2 > len(t.slots) {
		t.grow()
	}
	t.insert(slot{t.hash(k), i + 1})
	return c
}

// place is the index of a conn that is free, or is made so.
func (t *table) place(a *Analyzer, now int64) uint32 {
	for range 2 { // so that silent ones go in time
		if c := t.next(); c != nil && a.idle > 0 && now-c.last() > a.idle {
			c.expire()
			a.forget(c)
		}
	}
	if n := len(t.unused); n > 0 {
		i := t.unused[n-1]
		t.unused = t.unused[:n-1]
		return i
	}
	if t.made < t.max {
		if t.made%chunk == 0 {
			t.chunks = append(t.chunks, new([chunk]conn))
		}
		t.made++
		return uint32(t.made - 1)
	}
	const sample = 16
	var oldest *conn
	for range sample {
		if c := t.next(); oldest == nil || c.keep(now) < oldest.keep(now) {
			oldest = c
		}
	}
	a.forget(oldest)
	i := t.unused[len(t.unused)-1]
	t.unused = t.unused[:len(t.unused)-1]
	return i
}

// next goes on to the next conn and returns it, nil where none is in use.
func (t *table) next() *conn {
	if t.made == 0 {
		return nil
	}
	if t.hand++; t.hand >= t.made {
		t.hand = 0
	}
	if c := t.at(uint32(t.hand)); c.used {
		return c
	}
	return nil
}

func (t *table) insert(s slot) {
	i := int(s.hash)
	for t.slots[i&(len(t.slots)-1)].index != 0 {
		i++
	}
	t.slots[i&(len(t.slots)-1)] = s
}

func (t *table) grow() {
	old := t.slots
	t.slots = make([]slot, max(64, 2*len(old)))
	for _, s := range old {
		if s.index != 0 {
			t.insert(s)
		}
	}
}

// unlink makes that packets do not find c any more; its summary stays.
func (t *table) unlink(c *conn) {
	if !c.linked {
		return
	}
	c.linked = false
	t.linked--
	mask := len(t.slots) - 1
	i := int(t.hash(&c.key)) & mask
	for t.slots[i].index != c.index+1 {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; t.slots[j].index != 0; j = (j + 1) & mask {
		// what lies behind moves up, unless it is before its own place then
		if home := int(t.slots[j].hash) & mask; (j-home)&mask >= (j-i)&mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = slot{}
}

// free gives the place of c back.
func (t *table) free(c *conn) {
	t.unlink(c)
	i := c.index
	*c = conn{}
	t.unused = append(t.unused, i)
}
