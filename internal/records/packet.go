package records

import (
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Packet is what is known of one packet. Whoever makes records fills it for each.
type Packet struct {
	Number    uint64 // from 1 on
	Pkt       *capture.Packet
	Interface string // its name; "": not known

	Header  header.Packet // of the innermost packet
	Decoded bool          // Header is known
	Tunnels header.Tunnels

	TCP  *tcpanalysis.Result // nil: not known
	Said *apps.Said          // nil: not known
	Line []byte              // tcpdump's, without time stamp; nil: not known
}

// PacketColumns are the columns of packets. Nobody changes it.
var PacketColumns = []*Column[Packet]{
	{Name: "number", Group: "basic", Kind: Number, Meaning: "number of the packet, from 1 on",
		number: func(p *Packet) (uint64, bool) { return p.Number, true }},
	{Name: "timestamp", Group: "basic", Kind: Time, Meaning: "when it was captured",
		number: func(p *Packet) (uint64, bool) { return uint64(p.Pkt.Time.Sec*1e9 + p.Pkt.Time.Nsec), true }},
	{Name: "src_addr", Group: "basic", Kind: Text, Meaning: "source address of the innermost IP packet",
		text: func(b []byte, p *Packet) ([]byte, bool) {
			if !p.Header.Src.IsValid() {
				return b, false
			}
			return p.Header.Src.AppendTo(b), true
		}},
}
