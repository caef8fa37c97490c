package printer

import "encoding/binary"

// Most packets are TCP segments and UDP datagrams right behind an IP header without
// options, with whole headers in which nothing is wrong. What follows prints them as
// ip4, ip6, tcp and udp do, with all checks made before the first byte of text, and
// with a few stores for it. It takes none where there are colours. Each of these
// functions reports whether it took the packet; else it has printed nothing.

// ordinary4 is ip4.
func (p *Printer) ordinary4(b []byte, length int) bool {
	if len(b) < ip4MinHeader || b[0] != 4<<4|ip4MinHeader/4 || p.painter != nil || p.depth >= maxDepth {
		return false
	}
	total := int(binary.BigEndian.Uint16(b[2:]))
	if total > length || total < ip4MinHeader || binary.BigEndian.Uint16(b[6:])&(ip4OffsetMask|ip4MoreFrags) != 0 {
		return false
	}
	b = limit(b, total)
	return p.ordinaryTransport(b[9], b[ip4MinHeader:], total-ip4MinHeader, &ipHeader{b: b, version: 4, ttl: b[8]})
}

// ordinary6 is ip6.
func (p *Printer) ordinary6(b []byte, length int) bool {
	if len(b) < ip6HeaderLen || b[0]>>4 != 6 || p.painter != nil || p.depth >= maxDepth {
		return false
	}
	payload := int(binary.BigEndian.Uint16(b[4:]))
	if payload > length-ip6HeaderLen {
		return false
	}
	b = limit(b, ip6HeaderLen+payload)
	return p.ordinaryTransport(b[6], b[ip6HeaderLen:], payload, &ipHeader{b: b, version: 6, ttl: b[7]})
}

func (p *Printer) ordinaryTransport(proto uint8, b []byte, length int, ip *ipHeader) (took bool) {
	p.depth++
	switch proto {
	case protoTCP:
		took = p.ordinaryTCP(b, length, ip)
	case protoUDP:
		took = p.ordinaryUDP(b, length, ip)
	}
	p.depth--
	return took
}

// ordinaryHead prints what is in front of a transport header, and addresses and ports.
// What follows belongs behind the first n bytes of r.
func (p *Printer) ordinaryHead(proto uint8, sport, dport uint16, ip *ipHeader) (r *room, n uint) {
	r = p.room()
	if !p.eflag {
		n = r.put(n, "IP      ", 3)
		if ip.version == 6 {
			n = r.put(n-1, "6       ", 2)
		}
	}
	if p.vflag > 0 {
		r, n = p.ordinaryHeader(r, n, proto, ip)
	}
	if p.names.resolver != nil {
		p.fill(n)
		if proto == protoTCP {
			p.tcpEndpoints(sport, dport, *ip)
		} else {
			p.udpEndpoints(sport, dport, *ip)
		}
		return p.room(), 0
	}
	if ip.version == 4 {
		h := (*[ip4MinHeader]byte)(ip.b)
		n = r.ip4(n, binary.BigEndian.Uint32(h[12:]))
		n = r.short(n, uint32(sport))
		n = r.put(n, " >      ", 3)
		n = r.ip4(n, binary.BigEndian.Uint32(h[16:]))
	} else {
		h, texts := (*[ip6HeaderLen]byte)(ip.b), p.names.texts6()
		n = r.ip6(n, texts.of(addr6(h[8:24])))
		n = r.short(n, uint32(sport))
		n = r.put(n, " >      ", 3)
		n = r.ip6(n, texts.of(addr6(h[24:])))
	}
	n = r.short(n, uint32(dport))
	return r, r.put(n, ":       ", 2)
}

// ordinaryHeader prints an IP header, as -v shows it, behind the first n bytes of r. It
// returns where what follows belongs.
func (p *Printer) ordinaryHeader(r *room, n uint, proto uint8, ip *ipHeader) (*room, uint) {
	if ip.version == 6 {
		return r, r.ip6Header(n, (*[ip6HeaderLen]byte)(ip.b), ordinaryProtoName(proto))
	}
	h := (*[ip4MinHeader]byte)(ip.b)
	if h[6]&(ip4Reserved>>8) != 0 || !p.Kflag && !ordinarySum(h) {
		p.fill(n)
		p.ip4Header(ip.b, 0, ip4MinHeader, false)
		return p.room(), 0
	}
	n = r.ip4Header(n, h, ordinaryProtoName(proto))
	if p.gflag {
		return r, r.put(n, ")       ", 2)
	}
	return r, r.put(n, ")\n      ", 6)
}

// ordinarySum reports whether the checksum of a header is right.
func ordinarySum(h *[ip4MinHeader]byte) bool {
	sum := uint64(binary.LittleEndian.Uint32(h[:])) + uint64(binary.LittleEndian.Uint32(h[4:])) + uint64(binary.LittleEndian.Uint32(h[8:])) +
		uint64(binary.LittleEndian.Uint32(h[12:])) + uint64(binary.LittleEndian.Uint32(h[16:]))
	return onesFold(sum) == 0
}

// ordinaryProtoName is the name of TCP or UDP, and what is behind it.
func ordinaryProtoName(proto uint8) string {
	if proto == protoTCP {
		return "TCP (6),"
	}
	return "UDP (17)"
}

// ip4Header writes the fields of a header that has neither options nor fragments, up to
// its length. proto is of ordinaryProtoName.
func (r *room) ip4Header(n uint, h *[ip4MinHeader]byte, proto string) uint {
	n = r.put(n, "(tos 0x ", 7)
	tos := h[1]
	if tos > 0xf {
		n = r.hex(n, uint32(tos), 2)
	} else {
		n = r.hex(n, uint32(tos), 1)
	}
	n = r.text(n, ip4ECN[tos&3])
	if h[8] > 0 {
		n = r.put(n, ", ttl   ", 6)
		n = r.short(n, uint32(h[8]))
	}
	n = r.put(n, ", id    ", 5)
	n = r.short(n, uint32(binary.BigEndian.Uint16(h[4:])))
	n = r.put(n, ", offset", 8)
	n = r.put(n, " 0, flag", 8)
	n = r.put(n, "s [     ", 3)
	if h[6]&(ip4DontFrag>>8) != 0 {
		n = r.put(n, "DF      ", 2)
	} else {
		n = r.put(n, "none    ", 4)
	}
	n = r.put(n, "], proto", 8)
	n = r.put(n, "        ", 1)
	n = r.put(n, proto, 8)
	if h[9] != protoTCP {
		n = r.put(n, ",       ", 1)
	}
	n = r.put(n, " length ", 8)
	return r.short(n, uint32(binary.BigEndian.Uint16(h[2:])))
}

// ip6Header writes the fields of a header.
func (r *room) ip6Header(n uint, h *[ip6HeaderLen]byte, proto string) uint {
	n = r.put(n, "(       ", 1)
	flow := binary.BigEndian.Uint32(h[:])
	if class := flow >> 20 & 0xff; class != 0 {
		n = r.put(n, "class 0x", 8)
		n = r.hex(n, class, 2)
		n = r.put(n, ",       ", 2)
	}
	if label := flow & 0xfffff; label != 0 {
		n = r.put(n, "flowlabe", 8)
		n = r.put(n, "l 0x    ", 4)
		n = r.hex(n, label, 5)
		n = r.put(n, ",       ", 2)
	}
	n = r.put(n, "hlim    ", 5)
	n = r.short(n, uint32(h[7]))
	n = r.put(n, ", next-h", 8)
	n = r.put(n, "eader   ", 6)
	n = r.put(n, proto, 8)
	if h[6] != protoTCP {
		n = r.put(n, ",       ", 1)
	}
	n = r.put(n, " payload", 8)
	n = r.put(n, " length ", 8)
	n = r.short(n, uint32(binary.BigEndian.Uint16(h[4:])))
	return r.put(n, ")       ", 2)
}

// ordinaryTCP is tcp.
func (p *Printer) ordinaryTCP(b []byte, length int, ip *ipHeader) bool {
	if len(b) < tcpHeaderLen || p.qflag > 0 {
		return false
	}
	h := (*[tcpHeaderLen]byte)(b)
	s := tcpSegment{
		b: b, hlen: int(h[12]>>4) * 4, flags: h[13],
		seq: binary.BigEndian.Uint32(h[4:]), ack: binary.BigEndian.Uint32(h[8:]),
	}
	s.length = length - s.hlen
	urgent := h[18] | h[19]
	switch {
	case s.hlen < tcpHeaderLen || s.length < 0 || s.flags&tcpURG != 0 || h[12]&tcpAE != 0,
		p.vflag > 1 && (urgent != 0 || s.ack != 0 && s.flags&tcpACK == 0):
		return false
	}
	sport, dport := binary.BigEndian.Uint16(h[:]), binary.BigEndian.Uint16(h[2:])
	p.proto = "tcp"
	if s.flags&tcpACK != 0 && !p.Sflag {
		p.tcpRelative(&s, sport, dport, ip) // first, since it has to wait for memory
	}
	r, n := p.ordinaryHead(protoTCP, sport, dport, ip)
	n = r.put(n, "Flags [ ", 7)
	flags := &tcpFlagTexts[s.flags]
	n = r.flags(n, flags)
	n = r.put(n, "]       ", 1)
	if p.vflag > 0 && !p.Kflag && has(b, 0, length) {
		n = r.tcpChecksum(n, binary.BigEndian.Uint16(h[16:]), p.pseudoChecksum(*ip, b, length, length, protoTCP))
	}
	if s.length > 0 || s.flags&(tcpSYN|tcpFIN|tcpRST) != 0 || p.vflag > 1 {
		n = r.put(n, ", seq   ", 6)
		n = p.ordinaryNumber(r, n, &s, s.seq, tcpNumberSeq)
		if s.length > 0 {
			n = r.put(n, ":       ", 1)
			n = p.ordinaryNumber(r, n, &s, s.seq+uint32(s.length), tcpNumberSeq)
		}
	}
	if s.flags&tcpACK != 0 {
		n = r.put(n, ", ack   ", 6)
		n = p.ordinaryNumber(r, n, &s, s.ack, tcpNumberAck)
	}
	n = r.put(n, ", win   ", 6)
	n = r.short(n, uint32(binary.BigEndian.Uint16(h[14:])))
	options := s.hlen > tcpHeaderLen
	if options {
		if s.hlen == tcpHeaderLen+tcpOnlyTimesLen && len(b) >= s.hlen && binary.BigEndian.Uint32(b[tcpHeaderLen:]) == tcpOnlyTimes {
			n = r.put(n, ", option", 8)
			n = r.put(n, "s [nop,n", 8)
			n = r.put(n, "op,TS va", 8)
			n = r.put(n, "l       ", 2)
			n = r.number(n, binary.BigEndian.Uint32(b[tcpHeaderLen+4:]))
			n = r.put(n, " ecr    ", 5)
			n = r.number(n, binary.BigEndian.Uint32(b[tcpHeaderLen+8:]))
			n = r.put(n, "]       ", 1)
		} else {
			p.fill(n)
			if !p.tcpOptions(&s, *ip) {
				return true
			}
			r, n = p.room(), 0
		}
	}
	n = r.put(n, ", length", 8)
	n = r.put(n, "        ", 1)
	p.fill(r.number(n, uint32(s.length)))
	if s.length > 0 {
		p.tcpData(&s, sport, dport, options, *ip)
	}
	return true
}

// tcpChecksum writes a checksum, and whether it is right: where sum, over all of the
// segment, is 0.
func (r *room) tcpChecksum(n uint, is, sum uint16) uint {
	n = r.put(n, ", cksum ", 8)
	n = r.put(n, "0x      ", 2)
	n = r.hex(n, uint32(is), 4)
	if sum == 0 {
		n = r.put(n, " (correc", 8)
		return r.put(n, "t)      ", 2)
	}
	n = r.put(n, " (incorr", 8)
	n = r.put(n, "ect -> 0", 8)
	n = r.put(n, "x       ", 1)
	n = r.hex(n, uint32(checksumShould(is, sum)), 4)
	return r.put(n, ")       ", 1)
}

// ordinaryNumber is tcpNumber in r.
func (p *Printer) ordinaryNumber(r *room, n uint, s *tcpSegment, v uint32, kind tcpNumberKind) uint {
	if s.deferred != deferredNone {
		p.later.number(len(p.out)+int(n), v, s.deferred, kind)
		return n
	}
	return r.number(n, v-s.bases[kind])
}

// ordinaryUDP is udp.
func (p *Printer) ordinaryUDP(b []byte, length int, ip *ipHeader) bool {
	if len(b) < udpHeaderLen || p.opts.Type != TypeNone {
		return false
	}
	h := (*[udpHeaderLen]byte)(b)
	ulen := int(binary.BigEndian.Uint16(h[4:]))
	if ulen < udpHeaderLen {
		return false
	}
	sport, dport := binary.BigEndian.Uint16(h[:]), binary.BigEndian.Uint16(h[2:])
	p.proto = "udp"
	_, n := p.ordinaryHead(protoUDP, sport, dport, ip)
	p.fill(n)
	p.udpData(sport, dport, b, length, ulen-udpHeaderLen, *ip)
	return true
}
