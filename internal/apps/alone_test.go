package apps

import (
	"net/netip"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/traffic"
)

// TestAlone: what another conversation had announced is noticed where it decides, and what
// is forgotten is told.
func TestAlone(t *testing.T) {
	end := netip.MustParseAddrPort("10.0.0.2:4000")
	for name, c := range map[string]struct {
		before func(d *Decoder)
		alone  bool
	}{
		"nothing":    {func(*Decoder) {}, true},
		"announced":  {func(d *Decoder) { d.media.announced.Add(end) }, false},
		"opened":     {func(d *Decoder) { d.media.opened.Add(end) }, false},
		"elsewhere":  {func(d *Decoder) { d.media.opened.Add(netip.AddrPortFrom(end.Addr(), 1)) }, true},
		"refused":    {func(d *Decoder) { d.media.announced.Add(end); (&talk{d: d}).refuseMedia(end) }, false},
		"seen again": {func(d *Decoder) { (&talk{d: d}).again(end, 1); (&talk{d: d}).again(end, 1) }, false},
		"too many": {func(d *Decoder) {
			for i := range maxSightings + 1 {
				(&talk{d: d}).again(end, uint32(i))
			}
		}, false},
	} {
		told := 0
		d := New(Options{MaxMemory: 3 * (conversationBytes + streamBytes), Forget: func(Conversation) { told++ }})
		c.before(d)
		for i := range 40 {
			data := traffic.Datagram(traffic.Ends{From: 1, To: 2, FromPort: uint16(5000 + i/20), ToPort: 4000}, []byte("\x80\x00what is it"))
			pkt := capture.Packet{Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
			var p header.Packet
			d.Begin(&pkt)
			if !header.Decode(&pkt, &p) {
				t.Fatal("no packet")
			}
			d.Add(&p)
			if conv, ok := ConversationOf(&p); !ok || d.conversations.known[conv.key] == nil {
				t.Fatalf("%+v is not known", conv)
			}
		}
		if d.Alone() != c.alone {
			t.Errorf("%s: alone: %t", name, d.Alone())
		}
		for i := range 4 {
			data := traffic.Segment(traffic.Ends{From: 3, To: 4, FromPort: uint16(i), ToPort: 4}, 1, 2, nil)
			pkt := capture.Packet{Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
			var p header.Packet
			d.Begin(&pkt)
			header.Decode(&pkt, &p)
			d.Add(&p)
		}
		if told == 0 || uint64(told) != d.Losses().Conversations {
			t.Errorf("%s: told of %d of %d", name, told, d.Losses().Conversations)
		}
	}
}
