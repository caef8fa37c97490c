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
	plain := p.vflag == 0 && p.names.resolver == nil
	if !plain && p.ordinaryHeader(proto, sport, dport, ip) {
		return p.room(), 0
	}
	r = p.room()
	switch {
	case !plain || p.eflag:
	case ip.version == 4:
		n = r.put(n, "IP      ", 3)
	default:
		n = r.put(n, "IP6     ", 4)
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

// ordinaryHeader prints an IP header, and addresses and ports where they may have
// names. It reports whether they may.
func (p *Printer) ordinaryHeader(proto uint8, sport, dport uint16, ip *ipHeader) bool {
	if ip.version == 4 {
		if !p.eflag {
			p.str("IP ")
		}
		if p.vflag > 0 {
			p.ip4Header(ip.b, 0, ip4MinHeader, false)
		}
	} else {
		if !p.eflag {
			p.str("IP6 ")
		}
		if p.vflag > 0 {
			p.ip6Header(ip.b, proto, int(binary.BigEndian.Uint16(ip.b[4:])))
		}
	}
	if p.names.resolver == nil {
		return false
	}
	if proto == protoTCP {
		p.tcpEndpoints(sport, dport, *ip)
	} else {
		p.udpEndpoints(sport, dport, *ip)
	}
	return true
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
	if p.vflag > 0 && !p.Kflag {
		p.fill(n)
		p.tcpChecksum(b, length, *ip)
		r, n = p.room(), 0
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
