// Package endpoints finds what belongs to two endpoints, whichever of them sent a
// packet: a connection, a flow. A Pair is the key, an Index leads from it to a number.
//
// It touches nothing but memory. An Index is for one goroutine.
package endpoints

import (
	"encoding/binary"
	"math/bits"
	"math/rand/v2"
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
)

// Pair is two endpoints, the lower first: their addresses, IPv4's in the second half
// with a one above, and both ports.
type Pair struct {
	low, high [2]uint64
	ports     uint64 // of the lower endpoint in the bits from 16 on, labels from 40 on
}

const (
	isIPv4 = 1 << 32
	isIPv6 = 1 << 32 // of ports
)

// Of is the Pair of a packet, and whether the lower endpoint sent it.
func Of(p *header.Packet) (k Pair, forward bool) {
	return WithPorts(p, uint16(p.SrcPort), uint16(p.DstPort))
}

// WithPorts is Of with other ports than those of the packet, which may have none.
func WithPorts(p *header.Packet, src, dst uint16) (k Pair, forward bool) {
	if ip := p.IP; p.Version == 4 {
		k.low[1] = isIPv4 | uint64(binary.BigEndian.Uint32(ip[12:]))
		k.high[1] = isIPv4 | uint64(binary.BigEndian.Uint32(ip[16:]))
	} else {
		k.low = [2]uint64{binary.BigEndian.Uint64(ip[8:]), binary.BigEndian.Uint64(ip[16:])}
		k.high = [2]uint64{binary.BigEndian.Uint64(ip[24:]), binary.BigEndian.Uint64(ip[32:])}
		k.ports = isIPv6
	}
	low, high := uint64(src), uint64(dst)
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

// Label tells pairs of the same endpoints apart.
func (k *Pair) Label(label uint8) { k.ports |= uint64(label) << 40 }

// Endpoint is the lower or the higher one.
func (k *Pair) Endpoint(higher bool) (netip.Addr, uint16) {
	a, port := k.low, uint16(k.ports>>16)
	if higher {
		a, port = k.high, uint16(k.ports)
	}
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], a[0])
	binary.BigEndian.PutUint64(b[8:], a[1])
	if k.ports&isIPv6 == 0 {
		return netip.AddrFrom4([4]byte(b[12:])), port
	}
	return netip.AddrFrom16(b), port
}

// Index leads from pairs to numbers. Several numbers may have the same pair.
type Index struct {
	key   func(i uint32) *Pair
	seed  [2]uint64
	slots []slot // a power of two of them, at most half of them used
	used  int
}

// slot leads to a number by the hash of its pair.
type slot struct {
	hash  uint32
	index uint32 // plus 1; 0: empty
}

// NewIndex makes an empty Index. key returns the pair of a number that is in it.
func NewIndex(key func(i uint32) *Pair) Index {
	return Index{key: key, seed: [2]uint64{rand.Uint64(), rand.Uint64()}}
}

// hash depends on a secret, so that nobody can make many pairs have the same. It is
// a multiply-and-fold hash like wyhash.
func (x *Index) hash(k *Pair) uint32 {
	h := fold(k.low[1]^x.seed[0], k.high[1]^x.seed[1])
	if k.ports&isIPv6 != 0 {
		h ^= fold(k.low[0]^x.seed[1], k.high[0]^h)
	}
	return uint32(fold(h^x.seed[0], k.ports^x.seed[1]) >> 16)
}

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// Find returns the number of a pair; ok is false where there is none.
func (x *Index) Find(k *Pair) (n uint32, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	h := x.hash(k)
	for i := int(h); ; i++ {
		s := x.slots[i&(len(x.slots)-1)]
		if s.index == 0 {
			return 0, false
		}
		if s.hash == h && *x.key(s.index - 1) == *k {
			return s.index - 1, true
		}
	}
}

// Add adds a number, whose pair key has to know.
func (x *Index) Add(n uint32) {
	if x.used++; x.used*2 > len(x.slots) {
		x.grow()
	}
	x.insert(slot{x.hash(x.key(n)), n + 1})
}

func (x *Index) insert(s slot) {
	i := int(s.hash)
	for x.slots[i&(len(x.slots)-1)].index != 0 {
		i++
	}
	x.slots[i&(len(x.slots)-1)] = s
}

func (x *Index) grow() {
	old := x.slots
	x.slots = make([]slot, max(64, 2*len(old)))
	for _, s := range old {
		if s.index != 0 {
			x.insert(s)
		}
	}
}

// Remove takes out a number that is in it.
func (x *Index) Remove(n uint32) {
	x.used--
	mask := len(x.slots) - 1
	i := int(x.hash(x.key(n))) & mask
	for x.slots[i].index != n+1 {
		i = (i + 1) & mask
	}
	for j := (i + 1) & mask; x.slots[j].index != 0; j = (j + 1) & mask {
		// what lies behind moves up, unless it is before its own place then
		if home := int(x.slots[j].hash) & mask; (j-home)&mask >= (j-i)&mask {
			x.slots[i] = x.slots[j]
			i = j
		}
	}
	x.slots[i] = slot{}
}
