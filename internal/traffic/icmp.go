package traffic

import "encoding/binary"

// sendICMP puts an ICMP or ICMPv6 header in front of the frame and sends it.
func (g *Generator) sendICMP(p *path, from int, icmpType, code uint8, rest uint32) {
	h := g.pushICMPHeader(icmpType, code, rest)
	if p.v6 {
		binary.BigEndian.PutUint16(h[2:], g.checksum(p, from, protoICMP6))
		g.send(p, from, protoICMP6)
		return
	}
	binary.BigEndian.PutUint16(h[2:], ^fold(sum(0, g.frame.bytes())))
	g.send(p, from, protoICMP)
}

func (g *Generator) pushICMPHeader(icmpType, code uint8, rest uint32) []byte {
	h := g.frame.push(8)
	h[0], h[1] = icmpType, code
	binary.BigEndian.PutUint32(h[4:], rest)
	return h
}

// pingFlow is a number of echo requests and replies.
type pingFlow struct {
	path
	id, seq uint16
	left    int
	size    int
	reply   bool
}

func openPing(g *Generator) flow {
	return &pingFlow{path: g.newPath(), id: uint16(g.rng.next()), seq: 1, left: 2 + g.rng.below(8), size: 16 + 8*g.rng.below(10)}
}

func (f *pingFlow) step(g *Generator) bool {
	request, reply := uint8(8), uint8(0)
	if f.v6 {
		request, reply = 128, 129
	}
	filler(&g.frame, int(f.seq), f.size, false)
	rest := uint32(f.id)<<16 | uint32(f.seq)
	if !f.reply {
		g.sendICMP(&f.path, 0, request, 0, rest)
		f.reply = true
		return true
	}
	g.sendICMP(&f.path, 1, reply, 0, rest)
	f.reply = false
	f.seq++
	f.left--
	return f.left > 0
}

// traceFlow is a traceroute: datagrams with few hops to live, and what the
// routers and the far end say.
type traceFlow struct {
	path
	port  uint16
	hop   uint8
	quote [64]byte // the beginning of the packet last sent
	n     int
	sent  bool
}

func openTraceroute(g *Generator) flow {
	f := &traceFlow{path: g.newPath(), port: uint16(40000 + g.rng.below(20000)), hop: 1}
	f.tunnel, f.vlan, f.outer = plain, 0, 0
	f.hops = uint8(2 + g.rng.below(5))
	return f
}

func (f *traceFlow) step(g *Generator) bool {
	if !f.sent {
		f.probe(g)
		return true
	}
	f.sent = false
	g.frame.add(f.quote[:f.n])
	back := f.path
	last := f.hop > f.hops
	icmpType, code := uint8(11), uint8(0)
	switch {
	case last && f.v6:
		icmpType, code = 1, 4
	case last:
		icmpType, code = 3, 3
	case f.v6:
		icmpType = 3
	}
	if !last {
		back.ends[1] = remoteHost(200 + int(f.hop))
		back.hops = f.hop
	}
	g.sendICMP(&back, 1, icmpType, code, 0)
	f.hop++
	return !last
}

func (f *traceFlow) probe(g *Generator) {
	filler(&g.frame, 0, 32, false)
	g.pushUDP(&f.path, 0, f.port, 33434+uint16(f.hop))
	if f.v6 {
		g.pushIP6(&f.ends[0], &f.ends[1], protoUDP, f.hop, 0)
	} else {
		g.pushIP4(&f.ends[0], &f.ends[1], protoUDP, f.hop, 0, g.nextID(), 0)
	}
	f.n = copy(f.quote[:], g.frame.bytes())
	g.sendIP(&f.path, 0)
	f.sent = true
}
