package traffic

import (
	"encoding/binary"
	"fmt"
)

// ntpFlow is an NTP request and its answer (RFC 5905).
type ntpFlow struct {
	path
	sent bool
}

func openNTP(g *Generator) flow { return &ntpFlow{path: g.newPath()} }

func (f *ntpFlow) step(g *Generator) bool {
	const ntpEpoch = 2208988800 // seconds from 1900 to 1970
	b := g.frame.grow(48)
	b[2], b[3] = 6, 0xe9
	binary.BigEndian.PutUint32(b[4:], 0x0a00)
	binary.BigEndian.PutUint32(b[8:], 0x0c00)
	stamp := func(at int) {
		binary.BigEndian.PutUint32(b[at:], uint32(g.now.Sec+ntpEpoch))
		binary.BigEndian.PutUint32(b[at+4:], uint32(g.now.Nsec<<2))
	}
	stamp(40)
	if !f.sent {
		b[0] = 4<<3 | 3 // version, client
		g.sendUDP(&f.path, 0, 123, 123)
		f.sent = true
		return true
	}
	b[0], b[1] = 4<<3|4, 2 // version, server, stratum
	copy(b[12:], []byte{203, 0, 113, 1})
	for _, at := range [...]int{16, 24, 32} {
		stamp(at)
	}
	g.sendUDP(&f.path, 1, 123, 123)
	return false
}

// dhcpFlow is the four messages by which a station gets an address (RFC 2131).
type dhcpFlow struct {
	client host
	xid    uint32
	next   uint8
}

func openDHCP(g *Generator) flow {
	return &dhcpFlow{client: localHost(1 + g.rng.below(localHosts)), xid: uint32(g.rng.next()), next: 1}
}

func (f *dhcpFlow) step(g *Generator) bool {
	const discover, request, ack = 1, 3, 5
	server := host{mac: routerMAC, ip4: [4]byte{192, 0, 2, 254}}
	fromClient := f.next == discover || f.next == request
	b := g.frame.grow(240)
	b[0] = 2
	if fromClient {
		b[0] = 1
	} else {
		copy(b[16:], f.client.ip4[:])
		copy(b[20:], server.ip4[:])
	}
	b[1], b[2] = 1, 6
	binary.BigEndian.PutUint32(b[4:], f.xid)
	copy(b[28:], f.client.mac[:])
	binary.BigEndian.PutUint32(b[236:], 0x63825363)
	option := func(code byte, value ...byte) {
		g.frame.add([]byte{code, byte(len(value))})
		g.frame.add(value)
	}
	option(53, f.next)
	if fromClient {
		option(61, append([]byte{1}, f.client.mac[:]...)...)
		option(12, fmt.Appendf(nil, "desk-%d", f.client.ip4[3])...)
		option(55, 1, 3, 6, 15, 42, 119)
	} else {
		option(54, server.ip4[:]...)
		option(51, 0, 0, 0x0e, 0x10)
		option(1, 255, 255, 255, 0)
		option(3, server.ip4[:]...)
		option(6, 192, 0, 2, 53)
	}
	g.frame.add([]byte{255})
	p := path{ends: [2]host{{mac: f.client.mac}, broadcast}}
	sport, dport := uint16(68), uint16(67)
	if !fromClient {
		p.ends[0] = server
		sport, dport = dport, sport
	}
	g.sendUDP(&p, 0, sport, dport)
	done := f.next == ack
	// DISCOVER 1, OFFER 2, REQUEST 3, ACK 5
	if f.next++; f.next == 4 {
		f.next = ack
	}
	return !done
}

// syslogFlow is a few messages to one collector (RFC 3164).
type syslogFlow struct {
	path
	port uint16
	left int
}

func openSyslog(g *Generator) flow {
	f := &syslogFlow{path: g.newPath(), port: uint16(40000 + g.rng.below(20000)), left: 1 + g.rng.below(6)}
	f.ends[1] = remoteHost(9)
	return f
}

func (f *syslogFlow) step(g *Generator) bool {
	g.frame.add(fmt.Appendf(nil, "<%d>Jan  1 00:00:%02d desk-%d sshd[%d]: Connection closed by 192.0.2.%d port %d",
		30+g.rng.below(120), g.now.Sec%60, f.ends[0].ip4[3], 1000+g.rng.below(9000), f.ends[0].ip4[3], f.port))
	g.sendUDP(&f.path, 0, f.port, 514)
	f.left--
	return f.left > 0
}

// datagramFlow is a stream of datagrams in both directions that no printer
// looks into.
type datagramFlow struct {
	path
	ports [2]uint16
	left  int
}

func openDatagrams(g *Generator) flow {
	return &datagramFlow{
		path:  g.newPath(),
		ports: [2]uint16{uint16(32768 + g.rng.below(28000)), [...]uint16{443, 443, 443, 3480, 27015}[g.rng.below(5)]},
		left:  5 + g.rng.below(40),
	}
}

func (f *datagramFlow) step(g *Generator) bool {
	from := 0
	if g.rng.chance(70) {
		from = 1
	}
	filler(&g.frame, f.left, 30+g.rng.below(1200), false)
	g.sendUDP(&f.path, from, f.ports[from], f.ports[1-from])
	f.left--
	return f.left > 0
}

// fragmentFlow is one datagram in several fragments.
type fragmentFlow struct {
	path
	id   uint32
	data []byte // the whole datagram
	sent int
}

func openFragmented(g *Generator) flow {
	f := &fragmentFlow{path: g.newPath(), id: uint32(g.rng.next())}
	f.tunnel = plain
	return f
}

func (f *fragmentFlow) step(g *Generator) bool {
	const most = 1448 // a multiple of 8
	if f.data == nil {
		filler(&g.frame, 0, 1600+g.rng.below(3000), false)
		g.pushUDP(&f.path, 0, uint16(1024+g.rng.below(1000)), 2049)
		f.data = append(f.data, g.frame.bytes()...)
		g.frame.reset()
	}
	n := min(most, len(f.data)-f.sent)
	more := f.sent+n < len(f.data)
	g.frame.add(f.data[f.sent : f.sent+n])
	if f.v6 {
		h := g.frame.push(8)
		h[0] = protoUDP
		offset := uint16(f.sent)
		if more {
			offset |= 1
		}
		binary.BigEndian.PutUint16(h[2:], offset)
		binary.BigEndian.PutUint32(h[4:], f.id)
		g.pushIP6(&f.ends[0], &f.ends[1], protoFrag6, 64, 0)
	} else {
		offset := uint16(f.sent / 8)
		if more {
			offset |= 0x2000
		}
		g.pushIP4(&f.ends[0], &f.ends[1], protoUDP, 64, 0, uint16(f.id), offset)
	}
	g.sendIP(&f.path, 0)
	f.sent += n
	return more
}
