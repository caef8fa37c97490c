package header

import (
	"encoding/binary"

	"github.com/tapdump/tapdump/capture"
)

// Tunnel is a way to carry IP packets in others.
type Tunnel uint8

// Tunnels, with the names that String gives them.
const (
	TunnelIP     Tunnel = iota + 1 // "ip": IP in IP (RFC 2003, 2473, 4213)
	TunnelGRE                      // "gre": RFC 2784, 2890, 2637, 7637 (NVGRE)
	TunnelERSPAN                   // "erspan": mirrored frames in GRE (draft-foschiano-erspan)
	TunnelVXLAN                    // "vxlan": RFC 7348, draft-ietf-nvo3-vxlan-gpe
	TunnelGENEVE                   // "geneve": RFC 8926
	TunnelGTP                      // "gtp": GTP-U (3GPP TS 29.281)
	TunnelTeredo                   // "teredo": RFC 4380
)

// String is the name: "ip", "vxlan"; "" of none.
func (t Tunnel) String() string {
	switch t {
	case TunnelIP:
		return "ip"
	case TunnelGRE:
		return "gre"
	case TunnelERSPAN:
		return "erspan"
	case TunnelVXLAN:
		return "vxlan"
	case TunnelGENEVE:
		return "geneve"
	case TunnelGTP:
		return "gtp"
	case TunnelTeredo:
		return "teredo"
	}
	return ""
}

// MaxTunnels is how many tunnels around a packet Innermost follows.
const MaxTunnels = 8

// Tunnels are the tunnels around a packet: a value, which any goroutine may have.
// The zero value is none.
type Tunnels struct {
	n int8
	t [MaxTunnels]Tunnel
}

// Len is how many there are.
func (t Tunnels) Len() int { return int(t.n) }

// At is one of them, by its number from 0, the outermost, to Len-1.
func (t Tunnels) At(i int) Tunnel { return t.t[:t.n][i] }

// AppendTo appends the names to b, the outermost first, with commas between them,
// and returns b: "vxlan", "gre,ip".
func (t Tunnels) AppendTo(b []byte) []byte {
	for i := range t.Len() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, t.t[i].String()...)
	}
	return b
}

// String is what AppendTo appends.
func (t Tunnels) String() string { return string(t.AppendTo(nil)) }

// UDP ports of tunnels (IANA; Linux had 8472 before there was a number).
const (
	portGTP        = 2152
	portTeredo     = 3544
	portVXLAN      = 4789
	portVXLANGPE   = 4790
	portGENEVE     = 6081
	portVXLANLinux = 8472
)

// IP protocol numbers of tunnels (IANA).
const (
	protocolIPv4 = 4
	protocolIPv6 = 41
	protocolGRE  = 47
)

// EtherTypes in GRE and GENEVE.
const (
	typeEthernet = 0x6558 // a whole frame (transparent Ethernet bridging)
	typePPP      = 0x880b
	typeERSPAN2  = 0x88be
	typeERSPAN3  = 0x22eb
)

// Next protocols of VXLAN-GPE.
const (
	vxlanIPv4     = 1
	vxlanIPv6     = 2
	vxlanEthernet = 3
)

// Innermost is Decode, but follows tunnels: it fills p with the headers of the
// innermost packet that it can describe, and returns the tunnels around that. They
// are IP in IP, GRE (with PPP, Ethernet frames or ERSPAN too), VXLAN, GENEVE, GTP-U
// and Teredo; those over UDP are followed where both the port and the content are
// theirs. The slices of p lie in pkt.Data as Decode's do, and Offset is that of the
// inner IP header.
//
// Where nothing in a tunnel can be described, p is the packet around it, and the
// result is what Decode returns. Nor are tunnels followed into fragments other than
// the first, or deeper than MaxTunnels. It does not allocate.
func Innermost(pkt *capture.Packet, p *Packet) (Tunnels, bool) {
	b, wire := p.begin(pkt)
	n, total, ok := p.network(b, wire)
	if !ok {
		return Tunnels{}, false
	}
	b = b[:min(total, len(b))]
	ok = p.transport(b, n, total)
	if c := (carrier{b[n:], p.Offset + n, total - n}); p.carries(ok) {
		return p.follow(c, ok)
	}
	return Tunnels{}, ok
}

// carries reports whether p may be around another packet, by protocol and port.
// ok is what transport reported.
func (p *Packet) carries(ok bool) bool {
	switch p.Protocol {
	case protocolIPv4, protocolIPv6, protocolGRE:
		return true
	case ProtocolUDP:
		if !ok {
			return false
		}
		switch p.DstPort {
		case portGTP, portTeredo, portVXLAN, portVXLANGPE, portGENEVE, portVXLANLinux:
			return true
		}
		return p.SrcPort == portTeredo
	}
	return false
}

// carrier is what an IP header is around.
type carrier struct {
	b      []byte
	offset int // of b in the captured packet
	wire   int // its length on the wire
}

// tail is what c has from b on, which lies in c.b.
func (c carrier) tail(b []byte) carrier {
	skip := len(c.b) - len(b)
	return carrier{b, c.offset + skip, c.wire - skip}
}

// follow goes from p, around which there is no tunnel, to the innermost packet that
// can be described. c is what p is around.
func (p *Packet) follow(c carrier, ok bool) (around Tunnels, described bool) {
	described = ok
	q, path := *p, around
	for q.carries(ok) && path.Len() < MaxTunnels {
		var t Tunnel
		over := q.Protocol == ProtocolUDP // where the length has to agree
		t, c = q.open(c)
		if t == 0 {
			break
		}
		path.t[path.n] = t
		path.n++
		cut := over && q.Fragment()
		q.Offset = c.offset
		n, total, isIP := q.network(c.b, c.wire)
		if !isIP || over && !cut && total > c.wire {
			break
		}
		b := c.b[:min(total, len(c.b))]
		c = carrier{b[n:], c.offset + n, total - n}
		if ok = q.transport(b, n, total); ok {
			*p, around, described = q, path, true
		}
	}
	return around, described
}

// open returns the tunnel in c, which p is around, and the IP header in it with what
// follows; 0 if there is none.
func (p *Packet) open(c carrier) (t Tunnel, inner carrier) {
	var b []byte
	switch p.Protocol {
	case protocolIPv4:
		t, b = TunnelIP, ofVersion(4, c.b)
	case protocolIPv6:
		t, b = TunnelIP, ofVersion(6, c.b)
	case protocolGRE:
		t, b = gre(c.b)
	default:
		if len(c.b) < 8 {
			return 0, c
		}
		t, b = p.openUDP(c.b[8:])
	}
	if len(b) == 0 {
		return 0, c
	}
	return t, c.tail(b)
}

func (p *Packet) openUDP(b []byte) (Tunnel, []byte) {
	switch p.DstPort {
	case portVXLAN, portVXLANLinux:
		return TunnelVXLAN, vxlan(b)
	case portVXLANGPE:
		return TunnelVXLAN, vxlanGPE(b)
	case portGENEVE:
		return TunnelGENEVE, geneve(b)
	case portGTP:
		return TunnelGTP, gtp(b)
	}
	return TunnelTeredo, teredo(b)
}

// byTunnelType follows an EtherType of GRE or GENEVE.
func byTunnelType(t uint16, b []byte) []byte {
	switch t {
	case typeEthernet:
		return ethernet(capture.LinkEN10MB, b)
	case typePPP:
		return pppFramed(0, b)
	}
	return byEtherType(t, b)
}

// gre is RFC 2784 with the key and sequence number of RFC 2890, or the enhanced
// one of PPTP (RFC 2637, section 4.1).
func gre(b []byte) (Tunnel, []byte) {
	if len(b) < 4 {
		return 0, nil
	}
	const checksum, routing, key, sequence, acknowledgement, version = 0x8000, 0x4000, 0x2000, 0x1000, 0x80, 7
	flags, t, n := binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:]), 4
	for _, optional := range [...]uint16{checksum, key, sequence} {
		if flags&optional != 0 {
			n += 4
		}
	}
	switch flags & version {
	case 0:
		if flags&(routing|0x0ff8) != 0 {
			return 0, nil
		}
	case 1:
		if t != typePPP || flags&key == 0 || flags&(checksum|routing) != 0 {
			return 0, nil
		}
		if flags&acknowledgement != 0 {
			n += 4
		}
	default:
		return 0, nil
	}
	b = tail(b, n)
	switch {
	case t == typeERSPAN2 && flags&sequence != 0:
		return TunnelERSPAN, ethernet(capture.LinkEN10MB, erspan(b, 1, 8))
	case t == typeERSPAN2: // type I has no header
		return TunnelERSPAN, ethernet(capture.LinkEN10MB, b)
	case t == typeERSPAN3:
		if n = 12; len(b) >= n && b[11]&1 != 0 {
			n += 8 // platform specific
		}
		return TunnelERSPAN, ethernet(capture.LinkEN10MB, erspan(b, 2, n))
	}
	return TunnelGRE, byTunnelType(t, b)
}

// erspan skips a header of n bytes and a version.
func erspan(b []byte, version uint8, n int) []byte {
	if len(b) < n || b[0]>>4 != version {
		return nil
	}
	return b[n:]
}

// vxlan has the I flag, and perhaps the G flag of group policies.
func vxlan(b []byte) []byte {
	if len(b) < 8 || b[0]&0x7f != 8 || b[7] != 0 {
		return nil
	}
	return ethernet(capture.LinkEN10MB, b[8:])
}

// vxlanGPE says what follows if it has the P flag.
func vxlanGPE(b []byte) []byte {
	if len(b) < 8 || b[0]&4 == 0 {
		return vxlan(b)
	}
	if b[0]>>4 != 0 || b[7] != 0 {
		return nil
	}
	switch b[3] {
	case vxlanIPv4:
		return ofVersion(4, b[8:])
	case vxlanIPv6:
		return ofVersion(6, b[8:])
	case vxlanEthernet:
		return ethernet(capture.LinkEN10MB, b[8:])
	}
	return nil
}

// geneve is version 0 with any options.
func geneve(b []byte) []byte {
	if len(b) < 8 || b[0]>>6 != 0 || b[1]&0x3f != 0 || b[7] != 0 {
		return nil
	}
	return byTunnelType(binary.BigEndian.Uint16(b[2:]), tail(b, 8+4*int(b[0]&0x3f)))
}

// gtp is a G-PDU of version 1, with any extension headers (3GPP TS 29.281, section 5).
func gtp(b []byte) []byte {
	const gpdu = 255
	if len(b) < 8 || b[0]>>4 != 3 || b[1] != gpdu {
		return nil
	}
	n := 8
	if b[0]&7 != 0 {
		n = 12
		if len(b) < n {
			return nil
		}
	}
	if b[0]&4 != 0 {
		for next := b[11]; next != 0; {
			if n >= len(b) || b[n] == 0 || n+4*int(b[n]) > len(b) {
				return nil
			}
			n += 4 * int(b[n])
			next = b[n-1]
		}
	}
	if b = tail(b, n); ofVersion(4, b) == nil {
		return ofVersion(6, b)
	}
	return b
}

// teredo is IPv6, one address of which is Teredo's, behind indicators of
// authentication and origin (RFC 4380, section 5.1.1).
func teredo(b []byte) []byte {
	if len(b) >= 13 && b[0] == 0 && b[1] == 1 {
		b = tail(b, 13+int(b[2])+int(b[3]))
	}
	if len(b) >= 8 && b[0] == 0 && b[1] == 0 {
		b = b[8:]
	}
	const prefix = 0x20010000
	if len(b) < 40 || b[0]>>4 != 6 || binary.BigEndian.Uint32(b[8:]) != prefix && binary.BigEndian.Uint32(b[24:]) != prefix {
		return nil
	}
	return b
}
