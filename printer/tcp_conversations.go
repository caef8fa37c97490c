// tcp_conversations.go: what relative TCP sequence numbers are relative to.

package printer

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
)

// tcpFlow identifies a TCP conversation, the same for both directions: the
// addresses of both sides, IPv4 ones in the first 4 of 16 bytes, their ports,
// and the IP version.
type tcpFlow struct {
	addresses [2][2]uint64
	ports     uint32
	version   uint32
}

// of makes f the conversation of a segment and returns the side, 0 or 1, that sent it.
// Side 0 has the lower port, or the lower address when the ports are the same.
func (f *tcpFlow) of(sport, dport uint16, ip *ipHeader) (side int) {
	f.version = uint32(ip.version)
	if ip.version == 6 {
		need(ip.b, 0, ip6HeaderLen)
		b := (*[ip6HeaderLen]byte)(ip.b)
		f.addresses = [2][2]uint64{
			{binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:])},
			{binary.BigEndian.Uint64(b[24:]), binary.BigEndian.Uint64(b[32:])},
		}
	} else {
		need(ip.b, 0, ip4MinHeader)
		b := (*[ip4MinHeader]byte)(ip.b)
		f.addresses = [2][2]uint64{
			{uint64(binary.BigEndian.Uint32(b[12:])) << 32}, {uint64(binary.BigEndian.Uint32(b[16:])) << 32},
		}
	}
	f.ports = uint32(sport)<<16 | uint32(dport)
	if sport > dport || sport == dport && f.descends() {
		f.addresses[0], f.addresses[1] = f.addresses[1], f.addresses[0]
		f.ports = bits.RotateLeft32(f.ports, 16)
		return 1
	}
	return 0
}

// is compares flows. Written as f == g it is a call.
func (f *tcpFlow) is(g *tcpFlow) bool {
	a, b := &f.addresses, &g.addresses
	return f.ports == g.ports && f.version == g.version &&
		a[0][0] == b[0][0] && a[1][0] == b[1][0] && a[0][1] == b[0][1] && a[1][1] == b[1][1]
}

// descends reports whether the first address is higher than the second.
func (f *tcpFlow) descends() bool {
	a, b := &f.addresses[0], &f.addresses[1]
	return a[0] > b[0] || a[0] == b[0] && a[1] > b[1]
}

// tcpFlowsMax bounds the conversations that are remembered: 1<<20 of them take
// 56 MiB, and their index 8 MiB. For each one more, one is forgotten that had no
// segment for long; when it goes on, it starts again with absolute numbers.
const tcpFlowsMax = 1 << 20

const (
	tcpChunkLen   = 1 << 10 // conversations that are allocated together
	tcpIndexFirst = 1 << 8  // slots that an index begins with
	tcpForgetFrom = 8       // conversations of which the oldest is forgotten
)

// tcpConversation is what is remembered of a conversation: for each side the
// number that its sequence numbers are shown relative to.
type tcpConversation struct {
	flow  tcpFlow
	last  uint32 // when it had a segment, by tcpConversations.now
	bases [2]uint32
}

// tcpConversations remembers the first sequence numbers of conversations, so
// that later ones can be shown relative to them. The zero value is empty.
//
// Conversations lie in chunks in the order of their arrival. The index in front
// is a hash table with open addressing and linear probing; it is at most half
// full, and doubles.
type tcpConversations struct {
	chunks []*[tcpChunkLen]tcpConversation
	count  int
	index  []tcpSlot
	seed   [5]uint64 // of hashes
	max    int       // tcpFlowsMax; tests set less
	lost   uint64    // conversations that were forgotten
	now    uint32    // segments seen, modulo 1<<32
	hand   int       // where the next conversation to forget is looked for
}

// tcpSlot is a place in chunks plus one, or 0 if it is free. Above it are bits of the
// hash of the flow there: most others are told from it without a look at them.
type tcpSlot uint32

const tcpPlaceBits = 21 // for 1 to tcpFlowsMax

func tcpNewSlot(place int, hash uint32) tcpSlot {
	return tcpSlot(hash&^(1<<tcpPlaceBits-1) | uint32(place+1))
}

func (s tcpSlot) place() uint32 { return uint32(s) & (1<<tcpPlaceBits - 1) }

// mayHold reports whether the flow with a hash can be there.
func (s tcpSlot) mayHold(hash uint32) bool { return (uint32(s)^hash)>>tcpPlaceBits == 0 }

// tcpSeen is what a conversation has to know of a segment with ACK.
type tcpSeen struct {
	flow     tcpFlow
	side     int // the sender
	syn      bool
	seq, ack uint32
}

// see takes note of a segment and returns what its numbers are relative to, by
// tcpNumberKind. The segment that begins a conversation shows its own as they
// are, but selective acknowledgements relative to itself.
func (c *tcpConversations) see(s *tcpSeen) [3]uint32 {
	bases, fresh := c.bases(&s.flow, s.side, s.syn, s.seq, s.ack)
	if fresh {
		return [3]uint32{tcpNumberSACK: bases[1-s.side]}
	}
	return [3]uint32{bases[s.side], bases[1-s.side], bases[1-s.side]}
}

// bases finds what the numbers of a flow are relative to, by side. A segment of
// an unknown flow, or one with SYN, begins the conversation: it is fresh. side
// is the segment's sender; syn, seq and ack are of its header.
func (c *tcpConversations) bases(flow *tcpFlow, side int, syn bool, seq, ack uint32) (bases [2]uint32, fresh bool) {
	if c.index == nil {
		c.begin()
	}
	slot, hash := c.find(flow)
	if c.index[slot] == 0 {
		slot = c.add(slot, flow, hash)
		syn = true
	}
	conv := c.at(c.index[slot].place())
	conv.last = c.now
	c.now++
	if syn {
		conv.bases[side], conv.bases[1-side] = seq, ack-1
	}
	return conv.bases, syn
}

// begin makes the first index. Which flows share a slot cannot be known in advance.
func (c *tcpConversations) begin() {
	c.index = make([]tcpSlot, tcpIndexFirst)
	seed := maphash.MakeSeed()
	for i := range c.seed {
		c.seed[i] = maphash.Bytes(seed, []byte{byte(i)})
	}
	if c.max == 0 {
		c.max = tcpFlowsMax
	}
}

// at is the conversation that a slot with place+1 stands for.
func (c *tcpConversations) at(place uint32) *tcpConversation {
	place--
	return &c.chunks[place/tcpChunkLen][place%tcpChunkLen]
}

// hash mixes a flow with the seed.
func (c *tcpConversations) hash(flow *tcpFlow) uint32 {
	a, b := &flow.addresses[0], &flow.addresses[1]
	h := tcpMix(a[0]^c.seed[0], a[1]^c.seed[1]) ^ tcpMix(b[0]^c.seed[2], b[1]^c.seed[3])
	return uint32(tcpMix(h^c.seed[4], uint64(flow.ports)<<8|uint64(flow.version)^c.seed[0]))
}

// tcpMix has every bit of the factors change half of the result's.
func tcpMix(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// find is the slot of flow, or the free one where it belongs, and its hash.
func (c *tcpConversations) find(flow *tcpFlow) (slot int, hash uint32) {
	hash = c.hash(flow)
	mask := len(c.index) - 1
	for slot = int(hash) & mask; ; slot = (slot + 1) & mask {
		s := c.index[slot]
		if s == 0 || s.mayHold(hash) && c.at(s.place()).flow.is(flow) {
			return slot, hash
		}
	}
}

// add puts flow, with its hash, into a free slot and returns the slot, which is
// another one when the index had to grow or a conversation had to be forgotten.
func (c *tcpConversations) add(slot int, flow *tcpFlow, hash uint32) int {
	place := c.count
	if c.count == c.max {
		place = c.forget()
		slot, _ = c.find(flow)
	} else {
		if place == len(c.chunks)*tcpChunkLen {
			c.chunks = append(c.chunks, new([tcpChunkLen]tcpConversation))
		}
		c.count++
		if c.count > len(c.index)/2 {
			c.grow()
			slot, _ = c.find(flow)
		}
	}
	c.index[slot] = tcpNewSlot(place, hash)
	*c.at(uint32(place + 1)) = tcpConversation{flow: *flow}
	return slot
}

// grow doubles the index.
func (c *tcpConversations) grow() {
	old := c.index
	c.index = make([]tcpSlot, 2*len(old))
	for _, s := range old {
		if s != 0 {
			slot, _ := c.find(&c.at(s.place()).flow)
			c.index[slot] = s
		}
	}
}

// forget frees the place of the conversation that is silent for longest among the
// next few. That is close to the oldest of all, in constant time.
func (c *tcpConversations) forget() int {
	place, age := 0, uint32(0)
	for range tcpForgetFrom {
		if a := c.now - c.at(uint32(c.hand+1)).last; a >= age {
			place, age = c.hand, a
		}
		c.hand = (c.hand + 1) % c.count
	}
	slot, _ := c.find(&c.at(uint32(place + 1)).flow)
	c.remove(slot)
	c.lost++
	return place
}

// remove frees a slot and moves up those behind it that the search would no
// longer reach.
func (c *tcpConversations) remove(slot int) {
	mask := len(c.index) - 1
	for next := (slot + 1) & mask; c.index[next] != 0; next = (next + 1) & mask {
		home := int(c.hash(&c.at(c.index[next].place()).flow))
		if (next-home)&mask >= (next-slot)&mask {
			c.index[slot] = c.index[next]
			slot = next
		}
	}
	c.index[slot] = 0
}
