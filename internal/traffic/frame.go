package traffic

import "encoding/binary"

// headroom is the most that headers take, tunnels included.
const headroom = 256

// frame is one packet, built from the payload outwards.
type frame struct {
	buf        [headroom + 9000]byte
	start, end int
}

func (f *frame) reset() { f.start, f.end = headroom, headroom }

func (f *frame) bytes() []byte { return f.buf[f.start:f.end] }

// grow appends n bytes of payload, all zero.
func (f *frame) grow(n int) []byte {
	b := f.buf[f.end : f.end+n]
	clear(b)
	f.end += n
	return b
}

// add appends payload.
func (f *frame) add(b []byte) { f.end += copy(f.buf[f.end:], b) }

func (f *frame) add32(v uint32) { binary.BigEndian.PutUint32(f.grow(4), v) }

// push puts n zero bytes of header in front.
func (f *frame) push(n int) []byte {
	f.start -= n
	b := f.buf[f.start : f.start+n]
	clear(b)
	return b
}

// host is a station, or one behind the router.
type host struct {
	mac [6]byte
	ip4 [4]byte
	ip6 [16]byte
}

// Hosts of the office have numbers from 1; those on the other side of the
// router too.
const (
	localHosts  = 60
	remoteHosts = 400
)

var routerMAC = [6]byte{0x02, 0, 0x5e, 0, 0, 0xfe}

func localHost(n int) host {
	h := host{mac: [6]byte{0x02, 0, 0x5e, 0x10, 0, byte(n)}, ip4: [4]byte{192, 0, 2, byte(n)}}
	h.ip6 = [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0, 0x02, 0, 0x5e, 0xff, 0xfe, 0x10, 0, byte(n)}
	return h
}

// linkLocal is the IPv6 address that a station makes of its MAC address.
func (h host) linkLocal() host {
	copy(h.ip6[:8], []byte{0xfe, 0x80, 0, 0, 0, 0, 0, 0})
	return h
}

func remoteHost(n int) host {
	h := host{mac: routerMAC, ip4: [4]byte{198, 51, 100 + byte(n>>8), byte(n)}}
	h.ip6 = [16]byte{0x20, 0x01, 0x0d, 0xb8, 0xff, byte(n), 15: byte(n%250 + 1), 14: byte(n >> 8)}
	return h
}

func multicast4(a, b, c, d byte) host {
	return host{mac: [6]byte{0x01, 0, 0x5e, b & 0x7f, c, d}, ip4: [4]byte{a, b, c, d}}
}

func multicast6(scope byte, group uint32) host {
	h := host{ip6: [16]byte{0xff, scope}}
	binary.BigEndian.PutUint32(h.ip6[12:], group)
	h.mac = [6]byte{0x33, 0x33}
	copy(h.mac[2:], h.ip6[12:])
	return h
}

var broadcast = host{mac: [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, ip4: [4]byte{255, 255, 255, 255}}

// tunnel is how a conversation is wrapped.
type tunnel uint8

const (
	plain tunnel = iota
	overGRE
	overIP // IP in IPv4
	overVXLAN
	overGeneve
)

// path is the way of a conversation: its ends (0 opened it, 1 answers), the IP
// version, VLAN tags and tunnel.
type path struct {
	ends   [2]host
	v6     bool
	tunnel tunnel
	vlan   uint16 // 0: no tag
	outer  uint16 // 802.1ad tag in front of it, 0: none
	hops   uint8  // away from the answering end
	tos    uint8
}

// newPath chooses a way between a host of the office and one elsewhere.
func (g *Generator) newPath() path {
	p := path{
		ends: [2]host{localHost(1 + g.rng.below(localHosts)), remoteHost(1 + g.rng.below(remoteHosts))},
		v6:   g.rng.chance(35),
		hops: uint8(3 + g.rng.below(15)),
	}
	if g.rng.chance(8) {
		p.tos = [...]uint8{0x10, 0x08, 0xb8, 0x02, 0x48}[g.rng.below(5)]
	}
	switch n := g.rng.below(100); {
	case n < 8:
		p.vlan = uint16(100 + g.rng.below(4))
	case n < 9:
		p.vlan, p.outer = uint16(100+g.rng.below(4)), 1000
	case n < 13:
		p.tunnel = tunnel(1 + g.rng.below(4))
	}
	return p
}

// send wraps what is in the frame, which is of IP protocol proto, for the way
// from one end to the other.
func (g *Generator) send(p *path, from int, proto uint8) {
	ttl := uint8(64)
	if from == 1 {
		ttl -= p.hops
	}
	if p.v6 {
		g.pushIP6(&p.ends[from], &p.ends[1-from], proto, ttl, p.tos)
	} else {
		g.pushIP4(&p.ends[from], &p.ends[1-from], proto, ttl, p.tos, g.nextID(), dontFragment(proto))
	}
	g.sendIP(p, from)
}

// sendIP puts an IP packet into its tunnel and onto the wire.
func (g *Generator) sendIP(p *path, from int) {
	src, dst := &p.ends[from], &p.ends[1-from]
	ethertype := uint16(etherIP4)
	if p.v6 {
		ethertype = etherIP6
	}
	if p.tunnel != plain {
		g.pushTunnel(p.tunnel, src, dst, ethertype)
		ethertype = etherIP4
	}
	if p.vlan != 0 {
		ethertype = g.pushVLAN(p.vlan, ethertype, etherVLAN)
	}
	if p.outer != 0 {
		ethertype = g.pushVLAN(p.outer, ethertype, etherQinQ)
	}
	g.pushEthernet(src.mac, dst.mac, ethertype)
}

// pushTunnel puts the headers of a tunnel between two routers in front.
func (g *Generator) pushTunnel(t tunnel, src, dst *host, ethertype uint16) {
	// The side of the office has an even number at its end.
	outer := [2]host{remoteHost(2), remoteHost(3)}
	a, b := &outer[0], &outer[1]
	if src.mac == routerMAC {
		a, b = b, a
	}
	switch t {
	case overGRE:
		h := g.frame.push(4)
		binary.BigEndian.PutUint16(h[2:], ethertype)
		g.pushIP4(a, b, protoGRE, 60, 0, g.nextID(), 0)
		return
	case overIP:
		proto := uint8(protoIPIP)
		if ethertype == etherIP6 {
			proto = protoIP6
		}
		g.pushIP4(a, b, proto, 60, 0, g.nextID(), 0)
		return
	case overVXLAN:
		g.pushEthernet(src.mac, dst.mac, ethertype)
		h := g.frame.push(8)
		h[0] = 8
		h[6] = 42 // VNI
		g.pushUDP(&path{ends: [2]host{*a, *b}}, 0, 49152+uint16(src.ip4[3]), 4789)
	case overGeneve:
		h := g.frame.push(8)
		binary.BigEndian.PutUint16(h[2:], ethertype)
		h[6] = 43
		g.pushUDP(&path{ends: [2]host{*a, *b}}, 0, 50152+uint16(src.ip4[3]), 6081)
	}
	g.pushIP4(a, b, protoUDP, 60, 0, g.nextID(), 0)
}

// Numbers of the headers' type fields.
const (
	etherIP4  = 0x0800
	etherARP  = 0x0806
	etherVLAN = 0x8100
	etherIP6  = 0x86dd
	etherQinQ = 0x88a8

	protoICMP  = 1
	protoIGMP  = 2
	protoIPIP  = 4
	protoTCP   = 6
	protoUDP   = 17
	protoIP6   = 41
	protoFrag6 = 44
	protoGRE   = 47
	protoICMP6 = 58
)

// minFrame is the shortest Ethernet frame, without its checksum.
const minFrame = 60

func (g *Generator) pushEthernet(src, dst [6]byte, ethertype uint16) {
	f := &g.frame
	h := f.push(14)
	copy(h, dst[:])
	copy(h[6:], src[:])
	binary.BigEndian.PutUint16(h[12:], ethertype)
	if short := minFrame - len(f.bytes()); short > 0 {
		f.grow(short)
	}
}

func (g *Generator) pushVLAN(id, ethertype, tag uint16) uint16 {
	h := g.frame.push(4)
	binary.BigEndian.PutUint16(h, id)
	binary.BigEndian.PutUint16(h[2:], ethertype)
	return tag
}

// nextID is the identification of the next IPv4 packet.
func (g *Generator) nextID() uint16 {
	g.ids += 1 + uint16(g.rng.below(3))
	return g.ids
}

// dontFragment is the flag, in the word of the fragment offset, that TCP sets.
func dontFragment(proto uint8) uint16 {
	if proto == protoTCP {
		return 0x4000
	}
	return 0
}

// pushIP4 puts an IPv4 header in front; fragment is the word of flags and
// fragment offset.
func (g *Generator) pushIP4(src, dst *host, proto, ttl, tos uint8, id, fragment uint16) {
	total := 20 + len(g.frame.bytes())
	h := g.frame.push(20)
	h[0], h[1] = 0x45, tos
	binary.BigEndian.PutUint16(h[2:], uint16(total))
	binary.BigEndian.PutUint16(h[4:], id)
	binary.BigEndian.PutUint16(h[6:], fragment)
	h[8], h[9] = ttl, proto
	copy(h[12:], src.ip4[:])
	copy(h[16:], dst.ip4[:])
	binary.BigEndian.PutUint16(h[10:], ^fold(sum(0, h)))
}

func (g *Generator) pushIP6(src, dst *host, proto, ttl, tos uint8) {
	length := len(g.frame.bytes())
	h := g.frame.push(40)
	binary.BigEndian.PutUint32(h, 6<<28|uint32(tos)<<20)
	binary.BigEndian.PutUint16(h[4:], uint16(length))
	h[6], h[7] = proto, ttl
	copy(h[8:], src.ip6[:])
	copy(h[24:], dst.ip6[:])
}

// pushUDP puts a UDP header in front, with its checksum.
func (g *Generator) pushUDP(p *path, from int, sport, dport uint16) {
	length := 8 + len(g.frame.bytes())
	h := g.frame.push(8)
	binary.BigEndian.PutUint16(h, sport)
	binary.BigEndian.PutUint16(h[2:], dport)
	binary.BigEndian.PutUint16(h[4:], uint16(length))
	check := g.checksum(p, from, protoUDP)
	if check == 0 {
		check = 0xffff
	}
	binary.BigEndian.PutUint16(h[6:], check)
}

// sendUDP sends what is in the frame as one datagram.
func (g *Generator) sendUDP(p *path, from int, sport, dport uint16) {
	g.pushUDP(p, from, sport, dport)
	g.send(p, from, protoUDP)
}

// checksum is that of TCP, UDP and ICMPv6 (RFC 1071) over the frame and the
// pseudo-header of p.
func (g *Generator) checksum(p *path, from int, proto uint8) uint16 {
	b := g.frame.bytes()
	src, dst := &p.ends[from], &p.ends[1-from]
	s := uint32(proto) + uint32(len(b))
	if p.v6 {
		s = sum(sum(s, src.ip6[:]), dst.ip6[:])
	} else {
		s = sum(sum(s, src.ip4[:]), dst.ip4[:])
	}
	return ^fold(sum(s, b))
}

// sum adds the 16-bit words of b to s.
func sum(s uint32, b []byte) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		s += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		s += uint32(b[0]) << 8
	}
	return s
}

func fold(s uint32) uint16 {
	s = s>>16 + s&0xffff
	return uint16(s>>16 + s)
}
