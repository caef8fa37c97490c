package apps

import (
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/recent"
	"github.com/tapdump/tapdump/internal/segments"
)

// What conversations and streams take in all tables, in bytes; what they keep of
// messages is counted apart.
const (
	conversationBytes = 640
	streamBytes       = 448
)

// key is what packets of one conversation have in common.
type key struct {
	low, high netip.AddrPort
	protocol  uint8
}

// conversation is what is known of one.
type conversation struct {
	key        key
	stream     stream // of datagrams too, whose protocol it knows
	directions *[2]segments.Direction
	begun      [2]bool // the direction's first sequence number is known
	ended      [2]bool // by FIN
	last       int64   // second in which something was said
	size       int
	links      recent.Links[conversation]
}

// conversations are all, within a bound.
type conversations struct {
	known       map[key]*conversation
	list        recent.List[conversation] // in the order in which something was said
	size, limit int
	time        int64
	losses      Losses
	forget      func(Conversation) // nil: nobody is told
}

func (x *conversations) init(limit int) {
	x.known, x.limit = make(map[key]*conversation), limit
	x.list = recent.NewList(func(c *conversation) *recent.Links[conversation] { return &c.links })
}

// now is the time of the next packet. What was silent for too long is forgotten.
func (x *conversations) now(seconds int64) {
	if seconds <= x.time {
		return // packets may be out of order
	}
	x.time = seconds
	for x.list.Oldest != nil && x.list.Oldest.last < seconds-IdleSeconds {
		x.drop(x.list.Oldest)
	}
}

// keyOf is the conversation of a packet, and the side that speaks: 0 for the lower
// address.
func keyOf(p *header.Packet) (k key, from int) {
	src, dst := endpoint(p.Src, p.SrcPort), endpoint(p.Dst, p.DstPort)
	if src.Compare(dst) <= 0 {
		return key{src, dst, p.Protocol}, 0
	}
	return key{dst, src, p.Protocol}, 1
}

// find is the conversation of a packet, made if need be, and who speaks.
func (x *conversations) find(p *header.Packet) (c *conversation, from int) {
	k, from := keyOf(p)
	c = x.known[k]
	if c == nil {
		c = x.open(k)
		c.stream.client = int8(from)
	}
	c.last = x.time
	x.list.Touch(c)
	return c, from
}

func (x *conversations) open(k key) *conversation {
	c := &conversation{key: k}
	x.known[k] = c
	x.resize(c, conversationBytes+streamBytes)
	return c
}

// resize counts n more bytes of a conversation.
func (x *conversations) resize(c *conversation, n int) {
	c.size += n
	x.size += n
}

// bound forgets the oldest conversations until all others are within the limit.
func (x *conversations) bound() {
	for x.size > x.limit && x.list.Oldest != x.list.Newest {
		if x.forget != nil {
			x.forget(Conversation{x.list.Oldest.key})
		}
		x.drop(x.list.Oldest)
		x.losses.Conversations++
	}
}

func (x *conversations) drop(c *conversation) {
	x.list.Remove(c)
	x.size -= c.size
	delete(x.known, c.key)
}
