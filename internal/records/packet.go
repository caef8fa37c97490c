package records

import (
	"encoding/binary"
	"net/netip"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// Packet is what is known of one packet. Whoever makes records calls Begin for each,
// and fills in what its columns need: see Need.
type Packet struct {
	Number    uint64 // from 1 on
	Pkt       *capture.Packet
	Interface string // its name; "": not known

	Header  header.Packet // of the innermost packet, as header.Innermost has it
	Decoded bool          // Header is known
	Tunnels header.Tunnels

	TCP  *tcpanalysis.Result // nil: not known, or not TCP
	Said *apps.Said          // nil: not known
	Line []byte              // tcpdump's, without time stamp; nil: not known
	UDP  []uint64            // numbers of the UDP conversations of the frame, from outside in; see Streams

	Owner *capture.Owner // nil: not known
	Drop  Drop

	walked bool
	frame  frame
	known  bool // inner is
	inner  network
}

// Begin takes the next packet; everything else is not known of it then but what
// header.Innermost says.
func (p *Packet) Begin(number uint64, pkt *capture.Packet) {
	p.Tunnels, p.Decoded = header.Innermost(pkt, &p.Header)
	p.BeginDecoded(number, pkt)
}

// BeginDecoded is Begin for a packet of which Header, Decoded and Tunnels are filled
// in.
func (p *Packet) BeginDecoded(number uint64, pkt *capture.Packet) {
	p.Number, p.Pkt, p.Interface = number, pkt, ""
	p.TCP, p.Said, p.Line, p.UDP = nil, nil, nil, p.UDP[:0]
	p.Owner, p.Drop = nil, Drop{}
	p.walked, p.known = false, false
}

// Keep has p refer to a copy of its packet, whose bytes are elsewhere.
func (p *Packet) Keep(pkt *capture.Packet) {
	p.Pkt, p.known, p.frame.data = pkt, false, pkt.Data
	if !p.Decoded {
		return
	}
	h := &p.Header
	all := pkt.Data[h.Offset : h.Offset+len(h.All)]
	n := len(h.IP)
	t := n + len(h.Transport)
	h.All, h.IP, h.Transport = all, all[:n:n], all[n:t:t]
	if h.Payload != nil {
		h.Payload = all[t:]
	}
}

// network is the innermost packet over IP.
type network struct {
	version   uint8 // 0: there is none
	protocol  uint8
	later     bool // a fragment other than the first
	src, dst  netip.Addr
	ip        []byte // its header, as far as it was captured; of IPv6 the first 40 bytes
	extension []byte // the fragment header of IPv6; nil: none
	transport []byte // what was captured behind; nil: nothing
}

// net is the innermost packet over IP, nil where there is none.
func (p *Packet) net() *network {
	if !p.known {
		p.findNetwork()
	}
	if p.inner.version == 0 {
		return nil
	}
	return &p.inner
}

func (p *Packet) findNetwork() {
	h, n := &p.Header, &p.inner
	p.known = true
	*n = network{}
	if p.Decoded {
		*n = network{version: h.Version, protocol: h.Protocol, src: h.Src, dst: h.Dst, ip: h.IP, transport: h.All[len(h.IP):]}
		if h.Version == 6 && len(h.IP) > 40 {
			n.extension = fragmentHeader(h.IP)
		}
		return
	}
	f := p.layers()
	for i := f.n - 1; i >= 0; i-- {
		l := &f.layers[i]
		if l.quoted || l.proto != protoIPv4 && l.proto != protoIPv6 {
			continue
		}
		b := f.data[l.at:l.end]
		switch {
		case l.proto == protoIPv4 && len(b) >= 20:
			ip := header.IPv4(b)
			*n = network{version: 4, protocol: ip.Protocol(), ip: b[:20], later: ip.FragmentOffset() != 0,
				src: netip.AddrFrom4([4]byte(b[12:])), dst: netip.AddrFrom4([4]byte(b[16:]))}
			if size := ip.HeaderLength(); !n.later && size >= 20 && size <= len(b) {
				n.transport = b[size:]
			}
		case l.proto == protoIPv6 && len(b) >= 40:
			*n = network{version: 6, protocol: header.IPv6(b).NextHeader(), ip: b[:40],
				src: netip.AddrFrom16([16]byte(b[8:])), dst: netip.AddrFrom16([16]byte(b[24:]))}
			n.extensions(b)
		}
		return
	}
}

// extensions goes behind the extension headers of b, a packet of IPv6.
func (n *network) extensions(b []byte) {
	at := 40
	for header.IsExtension(n.protocol) && at+8 <= len(b) {
		h, size := b[at:], 8+8*int(b[at+1])
		switch extension(n.protocol) {
		case protoFragment:
			size, n.extension = 8, h[:8]
			n.later = binary.BigEndian.Uint16(h[2:])>>3 != 0
		case protoAH:
			size = 8 + 4*int(h[1])
		}
		n.protocol = h[0]
		if at += size; n.later {
			return
		}
	}
	if !header.IsExtension(n.protocol) && at <= len(b) {
		n.transport = b[at:]
	}
}

// fragmentHeader is that of a whole header of IPv6; nil if there is none.
func fragmentHeader(ip []byte) []byte {
	n := network{protocol: header.IPv6(ip).NextHeader()}
	n.extensions(ip)
	return n.extension
}

// layers are those of the frame.
func (p *Packet) layers() *frame {
	if !p.walked {
		p.walk()
	}
	return &p.frame
}

func (p *Packet) walk() {
	p.walked = true
	p.frame.walk(p.Pkt)
}

// first is the outermost layer of a protocol of which n bytes were captured, nil if
// there is none.
func (p *Packet) first(of proto, n int) []byte {
	f := p.layers()
	for i := range f.layers[:f.n] {
		if l := &f.layers[i]; l.proto == of && !l.quoted {
			if l.len() < n {
				return nil
			}
			return f.data[l.at:l.end]
		}
	}
	return nil
}

// ethernet is first of protoEthernet.
func (p *Packet) ethernet(n int) []byte {
	f := p.layers()
	if f.frame == 0 {
		return nil
	}
	l := &f.layers[f.frame-1]
	if l.len() < n {
		return nil
	}
	return f.data[l.at:l.end]
}

// tcp is the TCP header of the innermost packet, nil where it has none.
func (p *Packet) tcp() header.TCP {
	if p.Decoded && p.Header.Protocol == header.ProtocolTCP {
		return header.TCP(p.Header.Transport)
	}
	return nil
}
