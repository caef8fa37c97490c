// Package shard divides packets among workers by flow: each worker sees all packets
// and takes those of its shard, and every packet is in exactly one.
//
// A flow is that of the innermost packet (header.Innermost): both addresses, both
// ports, and the protocol, whichever way it goes. Protocols without ports, headers
// that were cut and ICMP go by addresses and protocol. A fragment that has no ports
// goes where the first fragment of its packet went, if that came before; else by
// addresses and protocol. What is no IP is in shard 0.
//
// The hash has no seed: workers on different machines agree. It touches packets and
// its own memory: no files, no system calls, no clock; time is that of packets.
package shard

import (
	"encoding/binary"
	"net/netip"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// Part is one of several shards. The zero value is no part: all there is.
type Part struct {
	Index int // from 0 on
	Of    int // how many there are; 0: nothing is divided
}

// MaxOf is how many shards there may be.
const MaxOf = 1 << 16

const (
	// MaxFragments is how many first fragments are remembered.
	MaxFragments = 1 << 16
	// FragmentSeconds is for how long: that is how long a receiver waits for the
	// rest (RFC 8200, section 4.5).
	FragmentSeconds = 60
)

// Divider says which packets belong to a part. It is for one goroutine, and has to
// see the packets in the order in which they were captured.
type Divider struct {
	part   Part
	firsts firsts
	strays uint64

	inner, outer header.Packet // scratch
}

// New makes a Divider for a part of several.
func New(p Part) *Divider { return &Divider{part: p} }

// Takes reports whether a packet belongs to the part. It does not allocate, but
// while the table of fragments grows.
func (d *Divider) Takes(pkt *capture.Packet) bool {
	hash, stray := d.hash(pkt)
	takes := int(hash%uint64(d.part.Of)) == d.part.Index
	if takes && stray {
		d.strays++
	}
	return takes
}

// Losses are what had to be given up.
type Losses struct {
	Strays    uint64 // fragments of the part whose first did not come before them
	Forgotten uint64 // first fragments that were forgotten before their time
}

// Losses are those so far.
func (d *Divider) Losses() Losses { return Losses{d.strays, d.firsts.forgotten} }

// hash is that of the packet's flow, 0 of what is no IP. It is a stray that should
// go where a first fragment went that is not known.
func (d *Divider) hash(pkt *capture.Packet) (hash uint64, stray bool) {
	p := &d.inner
	tunnels, ok := header.Innermost(pkt, p)
	if p.Version == 0 {
		return 0, false
	}
	outer := p
	if tunnels.Len() > 0 {
		outer = &d.outer
		header.Decode(pkt, outer)
	}
	hash = flow(p, ok)
	key, place := fragment(outer, pkt.Data)
	switch place {
	case first:
		d.firsts.add(key, hash, pkt.Time.Sec)
	case later:
		known, found := d.firsts.find(key, pkt.Time.Sec)
		if found {
			return known, false
		}
		return hash, true
	}
	return hash, false
}

// flow is the same for both directions. ports says whether p has any.
func flow(p *header.Packet, ports bool) uint64 {
	var src, dst int32
	if ports && !p.ICMP() {
		src, dst = p.SrcPort, p.DstPort
	}
	return mix(endpoint(p.Src, src) + endpoint(p.Dst, dst) + uint64(p.Protocol))
}

func endpoint(a netip.Addr, port int32) uint64 {
	b := a.As16()
	return mix(mix(binary.BigEndian.Uint64(b[:])^uint64(port)<<48) ^ binary.BigEndian.Uint64(b[8:]))
}

// mix is a bijection of which each bit of the result depends on each bit of x (the
// finalizer of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// place is where a packet stands among the fragments of one.
type place uint8

const (
	whole place = iota
	first
	later
)

// fragmentKey is what the fragments of a packet have in common (RFC 791, section
// 3.2; RFC 8200, section 4.5).
type fragmentKey struct {
	src, dst netip.Addr
	id       uint32
	protocol uint8 // of IPv4
}

// fragment reports what fragment the packet p is, whose IP header lies in data at
// p.Offset.
func fragment(p *header.Packet, data []byte) (fragmentKey, place) {
	b := data[min(p.Offset, len(data)):]
	if p.Version == 4 {
		if len(b) < 20 || binary.BigEndian.Uint16(b[6:])&0x3fff == 0 {
			return fragmentKey{}, whole
		}
		ip := header.IPv4(b)
		key := fragmentKey{p.Src, p.Dst, uint32(ip.Identification()), p.Protocol}
		if ip.FragmentOffset() > 0 {
			return key, later
		}
		return key, first
	}
	if len(b) < 40 {
		return fragmentKey{}, whole
	}
	const extFragment, extAH = 44, 51
	next := header.IPv6(b).NextHeader()
	for b = b[40:]; header.IsExtension(next) && len(b) >= 8; {
		if next == extFragment {
			where := binary.BigEndian.Uint16(b[2:])
			key := fragmentKey{p.Src, p.Dst, binary.BigEndian.Uint32(b[4:]), 0}
			switch {
			case where>>3 > 0:
				return key, later
			case where&1 > 0:
				return key, first
			}
			return fragmentKey{}, whole
		}
		size := 8 + 8*int(b[1])
		if next == extAH {
			size = 8 + 4*int(b[1])
		}
		if size > len(b) {
			break
		}
		next, b = b[0], b[size:]
	}
	return fragmentKey{}, whole
}

// firsts remembers the hashes of first fragments: a bounded number, of which it
// forgets the one that was added first.
type firsts struct {
	known     map[fragmentKey]uint32 // its number in ring
	ring      []firstFragment
	next      int // the oldest in ring, once that is full
	forgotten uint64
}

type firstFragment struct {
	key    fragmentKey
	hash   uint64
	second int64 // of its time
}

func (f *firsts) add(key fragmentKey, hash uint64, second int64) {
	if i, ok := f.known[key]; ok {
		f.ring[i].hash, f.ring[i].second = hash, second
		return
	}
	entry := firstFragment{key, hash, second}
	if len(f.ring) < MaxFragments {
		if f.known == nil {
			f.known = make(map[fragmentKey]uint32)
		}
		f.known[key] = uint32(len(f.ring))
		f.ring = append(f.ring, entry)
		return
	}
	oldest := &f.ring[f.next]
	delete(f.known, oldest.key)
	if fresh(oldest.second, second) {
		f.forgotten++
	}
	f.known[key] = uint32(f.next)
	*oldest = entry
	f.next = (f.next + 1) % MaxFragments
}

func (f *firsts) find(key fragmentKey, second int64) (hash uint64, ok bool) {
	i, ok := f.known[key]
	if !ok || !fresh(f.ring[i].second, second) {
		return 0, false
	}
	return f.ring[i].hash, true
}

// fresh reports whether fragments of these times may be of one packet. Time may go
// back, in savefiles that were joined.
func fresh(a, b int64) bool {
	a, b = min(a, b), max(a, b)
	return uint64(b)-uint64(a) <= FragmentSeconds
}
