package apps

import "github.com/tapdump/tapdump/capture/header"

// datagram takes the payload of UDP.
func (d *Decoder) datagram(p *header.Packet) {
	c, from := d.conversations.find(p)
	s := &c.stream
	t := &d.talk
	*t = talk{d: d, conv: c, s: s, p: p, from: from, cut: len(p.Payload) < p.Length, length: p.Length}
	if s.app == 0 || !d.rows[s.app].datagram(t, p.Payload) {
		t.findDatagram(p)
	}
	d.said.Protocol = s.app
	d.conversations.bound()
}

// findDatagram looks for the protocol of a datagram.
func (t *talk) findDatagram(p *header.Packet) {
	s := t.s
	was := s.app
	if was != 0 && t.d.rows[was].sticky {
		return // it was one of its own that says nothing
	}
	late := s.tries >= maxUnknown
	if !late {
		s.tries++
	}
	for i := range t.d.rows {
		row := &t.d.rows[i]
		if row.datagram == nil || Protocol(i) == was || late && !row.late && !t.likely(Protocol(i)) {
			continue
		}
		s.app = Protocol(i) // in whose name it speaks
		state, size := s.state, s.stateSize
		if was != 0 {
			s.state, s.stateSize = nil, 0
		}
		if row.datagram(t, p.Payload) {
			if was != 0 {
				t.d.conversations.resize(t.conv, -size)
			}
			return
		}
		s.state, s.stateSize = state, size
	}
	s.app = was
}
