// tcp_conversations.go: what relative TCP sequence numbers are relative to.

package printer

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
)

// tcpFlow identifies a TCP conversation, the same for both directions: the
// addresses of both sides, IPv4 ones in the first 4 of 16 bytes, their ports,
// and the IP version.
type tcpFlow [37]byte

// tcpFlowOf is the conversation of a segment and the side, 0 or 1, that sent it.
// Side 0 has the lower port, or the lower address when the ports are the same.
func tcpFlowOf(sport, dport uint16, ip ipHeader) (flow tcpFlow, side int) {
	first, size := 12, 4
	if ip.version == 6 {
		first, size = 8, 16
	}
	source, destination := bytesAt(ip.b, first, size), bytesAt(ip.b, first+size, size)
	if sport > dport || sport == dport && bytes.Compare(source, destination) > 0 {
		source, destination = destination, source
		sport, dport = dport, sport
		side = 1
	}
	copy(flow[:16], source)
	copy(flow[16:32], destination)
	binary.BigEndian.PutUint16(flow[32:], sport)
	binary.BigEndian.PutUint16(flow[34:], dport)
	flow[36] = byte(ip.version)
	return flow, side
}

// tcpFlowsMax bounds the conversations that are remembered: 1<<20 of them take
// 52 MiB, and their index 8 MiB. For each one more, one is forgotten that had no
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
// is a hash table with open addressing and linear probing whose slots hold
// their places; it is at most half full, and doubles.
type tcpConversations struct {
	chunks []*[tcpChunkLen]tcpConversation
	count  int
	index  []uint32 // place in chunks plus one; 0: free
	seed   maphash.Seed
	max    int    // tcpFlowsMax; tests set less
	lost   uint64 // conversations that were forgotten
	now    uint32 // segments seen, modulo 1<<32
	hand   int    // where the next conversation to forget is looked for
}

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
		c.index = make([]uint32, tcpIndexFirst)
		c.seed = maphash.MakeSeed()
		if c.max == 0 {
			c.max = tcpFlowsMax
		}
	}
	slot := c.find(flow)
	if c.index[slot] == 0 {
		slot = c.add(slot, flow)
		syn = true
	}
	conv := c.at(c.index[slot])
	conv.last = c.now
	c.now++
	if syn {
		conv.bases[side], conv.bases[1-side] = seq, ack-1
	}
	return conv.bases, syn
}

// at is the conversation that a slot with place+1 stands for.
func (c *tcpConversations) at(place uint32) *tcpConversation {
	place--
	return &c.chunks[place/tcpChunkLen][place%tcpChunkLen]
}

// home is the slot where the search for flow begins.
func (c *tcpConversations) home(flow *tcpFlow) int {
	return int(maphash.Bytes(c.seed, flow[:])) & (len(c.index) - 1)
}

// find is the slot of flow, or the free one where it belongs.
func (c *tcpConversations) find(flow *tcpFlow) int {
	slot := c.home(flow)
	for c.index[slot] != 0 && c.at(c.index[slot]).flow != *flow {
		slot = (slot + 1) & (len(c.index) - 1)
	}
	return slot
}

// add puts flow into a free slot and returns the slot, which is another one when
// the index had to grow or a conversation had to be forgotten.
func (c *tcpConversations) add(slot int, flow *tcpFlow) int {
	place := c.count
	if c.count == c.max {
		place = c.forget()
		slot = c.find(flow)
	} else {
		if place == len(c.chunks)*tcpChunkLen {
			c.chunks = append(c.chunks, new([tcpChunkLen]tcpConversation))
		}
		c.count++
		if c.count > len(c.index)/2 {
			c.grow()
			slot = c.find(flow)
		}
	}
	c.index[slot] = uint32(place + 1)
	*c.at(uint32(place + 1)) = tcpConversation{flow: *flow}
	return slot
}

// grow doubles the index.
func (c *tcpConversations) grow() {
	old := c.index
	c.index = make([]uint32, 2*len(old))
	for _, place := range old {
		if place != 0 {
			c.index[c.find(&c.at(place).flow)] = place
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
	c.remove(c.find(&c.at(uint32(place + 1)).flow))
	c.lost++
	return place
}

// remove frees a slot and moves up those behind it that the search would no
// longer reach.
func (c *tcpConversations) remove(slot int) {
	mask := len(c.index) - 1
	for next := (slot + 1) & mask; c.index[next] != 0; next = (next + 1) & mask {
		home := c.home(&c.at(c.index[next]).flow)
		if (next-home)&mask >= (next-slot)&mask {
			c.index[slot] = c.index[next]
			slot = next
		}
	}
	c.index[slot] = 0
}
