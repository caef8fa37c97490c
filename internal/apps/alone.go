package apps

import (
	"encoding/binary"
	"net/netip"

	"github.com/tapdump/tapdump/capture/header"
)

// What a packet says depends on those of its conversation before it. Where Alone reports
// true it depends on no others: a Decoder that gets all packets of some conversations,
// and those alone, finds the same in them as one that gets everything; but for those that
// the latter forgot, and that went on. Those in which something was said last are forgotten
// last, so that the former forgets none that the latter still knows.

// Conversation is what packets have in common that belong together. It is comparable.
type Conversation struct{ key }

// ConversationOf is the conversation of a packet; not ok for one that Add does not look
// into.
func ConversationOf(p *header.Packet) (c Conversation, ok bool) {
	if !concerns(p) {
		return c, false
	}
	c.key, _ = keyOf(p)
	return c, true
}

// concerns reports whether applications may say something in a packet.
func concerns(p *header.Packet) bool {
	return p.Protocol == header.ProtocolUDP && p.Length > 0 || p.Protocol == header.ProtocolTCP
}

// Sum is two words that are the same for the same conversation, and hardly for another.
func (c Conversation) Sum() (high, low uint64) {
	const spread = 0x9e3779b97f4a7c15
	end := func(e netip.AddrPort) uint64 {
		a := e.Addr().As16()
		h := binary.BigEndian.Uint64(a[:])*spread ^ binary.BigEndian.Uint64(a[8:])
		return (h^h>>29)*spread + uint64(e.Port())
	}
	return end(c.low), end(c.high)*spread ^ uint64(c.protocol)
}

// Alone reports whether nothing so far was taken for what it is because of what another
// conversation had said.
func (d *Decoder) Alone() bool {
	x := &d.media
	forgotten := x.announced.Forgotten() + x.opened.Forgotten() + x.sightings.Forgotten()
	return !x.decided && forgotten == 0
}
