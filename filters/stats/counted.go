package stats

import (
	"iter"
	"net/netip"
)

// Count is a number of packets and of their bytes on the wire.
type Count struct{ Packets, Bytes uint64 }

// Total is what was counted.
func (s *Statistics) Total() Count { return Count{s.packets, s.bytes} }

// Hosts yields each host that was told apart, in no order, and what went from and to
// it. It needs a Statistics that was made for the top talkers.
func (s *Statistics) Hosts() iter.Seq2[netip.Addr, Count] {
	return func(yield func(netip.Addr, Count) bool) {
		for a, t := range s.hosts {
			if !yield(a, Count{t.packets, t.bytes}) {
				return
			}
		}
	}
}

// Service is a lower port of packets.
type Service struct {
	UDP  bool // else TCP
	Port uint16
}

// Services yields each lower port, in order. It needs a Statistics that was made for
// the top talkers.
func (s *Statistics) Services() iter.Seq2[Service, Count] {
	return func(yield func(Service, Count) bool) {
		if s.services == nil {
			return
		}
		for proto := range s.services {
			for port, t := range s.services[proto] {
				if t.packets > 0 && !yield(Service{proto == 1, uint16(port)}, Count{t.packets, t.bytes}) {
					return
				}
			}
		}
	}
}

// Transfer is what went between two ends.
type Transfer struct {
	Protocol      uint8 // a number of IANA's
	Local, Remote End   // ports are header.NoPort where there are none
	Sent          Way   // by Local
	Received      Way
}

// Way is one direction of a Transfer.
type Way struct {
	Packets uint64
	Bytes   uint64 // of payload
}

// Transfers yields each transfer that was told apart, in order of its first packet.
func (s *Statistics) Transfers() iter.Seq[Transfer] {
	return func(yield func(Transfer) bool) {
		t := s.transfers
		for n := range uint32(t.n) {
			one := t.at(n)
			local, remote := one.ports()
			x := Transfer{
				Protocol: one.protocol,
				Local:    End{one.addr(&one.local), local}, Remote: End{one.addr(&one.remote), remote},
				Sent:     Way{one.ways[0].packets, one.ways[0].size},
				Received: Way{one.ways[1].packets, one.ways[1].size},
			}
			if !yield(x) {
				return
			}
		}
	}
}
