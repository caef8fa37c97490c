package records

import (
	"github.com/tapdump/tapdump/capture/header"
)

// MaxStreams is how many conversations of UDP are known at once.
const MaxStreams = 1_000_000

// Streams number conversations of UDP, from 0 on, in the order of their first packet.
// The zero value has seen none. It is for one goroutine. When there are more than
// MaxStreams, all are forgotten: what goes on gets another number.
type Streams struct {
	known     map[streamKey]uint64
	next      uint64
	Forgotten uint64 // conversations so far
	last      streamKey
	lastN     uint64
}

// streamKey is two endpoints, the lower first.
type streamKey struct {
	low, high [18]byte
	v6        bool
}

// Take fills in UDP of a packet. It looks at all its headers of UDP, those included that
// errors of ICMP quote, as tshark does.
func (s *Streams) Take(p *Packet) {
	f := p.layers()
	for i := range f.layers[:f.n] {
		l := &f.layers[i]
		if l.proto == protoUDP && !l.part && i > 0 && wellFormed(f.data[l.at:l.end]) {
			if ip := f.network(i); ip != nil {
				p.UDP = append(p.UDP, s.number(f.data[ip.at:], ip.proto == protoIPv6, f.data[l.at:]))
			}
		}
	}
}

// wellFormed reports whether the length in a header of UDP is one that there may be.
func wellFormed(h []byte) bool {
	if len(h) < 8 {
		return false
	}
	n := int(header.UDP(h).Length())
	return n == 0 || n >= 8
}

// network is the layer of IP that the i-th is in.
func (f *frame) network(i int) *layer {
	for i--; i >= 0; i-- {
		if l := &f.layers[i]; l.proto == protoIPv4 || l.proto == protoIPv6 {
			return l
		}
	}
	return nil
}

// number is the number of the conversation between the addresses of an IP header and
// the ports of one of UDP.
func (s *Streams) number(ip []byte, v6 bool, udp []byte) uint64 {
	k := streamKey{v6: v6}
	if v6 {
		copy(k.low[:16], ip[8:24])
		copy(k.high[:16], ip[24:40])
	} else {
		copy(k.low[:4], ip[12:16])
		copy(k.high[:4], ip[16:20])
	}
	copy(k.low[16:], udp[:2])
	copy(k.high[16:], udp[2:4])
	if string(k.low[:]) > string(k.high[:]) {
		k.low, k.high = k.high, k.low
	}
	if k == s.last && s.next > 0 {
		return s.lastN
	}
	n, ok := s.known[k]
	if !ok {
		if s.known == nil {
			s.known = make(map[streamKey]uint64)
		}
		if len(s.known) >= MaxStreams {
			s.Forgotten += uint64(len(s.known))
			clear(s.known)
		}
		n = s.next
		s.known[k] = n
		s.next++
	}
	s.last, s.lastN = k, n
	return n
}
