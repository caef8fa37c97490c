// babel.go: the Babel routing protocol, version 2 (RFC 8966, RFC 8967), with its older source-specific routing
// (draft-boutier-babel-source-specific-01).

package printer

const (
	babelMagic     = 42
	babelHeaderLen = 4
)

const (
	babelPad1         = 0
	babelPadN         = 1
	babelAckRequest   = 2
	babelAck          = 3
	babelHello        = 4
	babelIHU          = 5
	babelRouterID     = 6
	babelNextHop      = 7
	babelUpdate       = 8
	babelRouteRequest = 9
	babelSeqnoRequest = 10
	babelTSPC         = 11
	babelHMAC         = 12
	babelSSUpdate     = 13
	babelSSRequest    = 14
	babelSSMHRequest  = 15
	babelMAC          = 16
	babelPC           = 17
	babelChallenge    = 18
	babelReply        = 19
)

// babelShort are the names of TLVs on one line.
var babelShort = []string{
	" pad1", " padN", " ack-req", " ack", " hello", " ihu", " router-id", " nh", " update", " route-request",
	" seqno-request", " tspc", " hmac", " ss-update", " ss-request", " ss-mh-request", " mac", " pc",
	" challenge_request", " challenge_reply",
}

// babelLong are their names on lines of their own.
var babelLong = []string{
	"\n\tPad 1", "\n\tPad ", "\n\tAcknowledgment Request ", "\n\tAcknowledgment ", "\n\tHello ", "\n\tIHU ",
	"\n\tRouter Id", "\n\tNext Hop", "\n\tUpdate", "\n\tRoute Request ", "\n\tSeqno Request ", "\n\tTS/PC ",
	"\n\tHMAC ", "\n\tSS-Update", "\n\tSS-Request ", "\n\tSS-MH-Request ", "\n\tMAC ", "\n\tPC",
	"\n\tChallenge Request", "\n\tChallenge Reply",
}

// babelLeast is the least length of the value of each.
var babelLeast = [...]int{
	babelAckRequest: 6, babelAck: 2, babelHello: 6, babelIHU: 6, babelRouterID: 10, babelNextHop: 2, babelUpdate: 10,
	babelRouteRequest: 2, babelSeqnoRequest: 14, babelTSPC: 6, babelHMAC: 18, babelSSUpdate: 10, babelSSRequest: 3,
	babelSSMHRequest: 14, babelPC: 4, babelReply: 0,
}

func (p *Printer) babel(b []byte, length int) {
	p.proto = "babel"
	p.str("babel")
	switch {
	case !has(b, 0, babelHeaderLen):
		p.truncMark()
		return
	case b[0] != babelMagic:
		p.str(" invalid header")
		return
	}
	p.printf(" %d", b[1])
	switch {
	case b[1] != 2:
		p.str(" unknown version")
		return
	case length < babelHeaderLen:
		p.invalid()
		return
	}
	n := int(u16(b, 2))
	p.printf(" (%d)", n)
	length -= babelHeaderLen
	if length < n {
		p.invalid()
		return
	}
	body := b[babelHeaderLen:]
	if !p.babelTLVs(body, n, length) || length == n {
		return
	}
	// a trailer (RFC 8966 section 4.2)
	if p.vflag > 0 {
		p.str("\n\t----")
	} else {
		p.str(" |")
	}
	p.babelTLVs(at(body, n), length-n, length-n)
}

// babelPrefixes are the last prefixes that updates of a packet have kept for
// those that follow (RFC 8966 section 4.5).
type babelPrefixes struct{ v4, v6 addr6 }

var babelV4Prefix = addr6{10: 0xff, 11: 0xff}

// babelTLVs prints TLVs up to length and reports whether they were all there and
// made sense. No more than left bytes of the packet remain.
func (p *Printer) babelTLVs(b []byte, length, left int) bool {
	kept := babelPrefixes{v4: babelV4Prefix}
	fits := func(n int) bool { return n <= length && n <= left }
	for i := 0; i < length; {
		if !fits(i + 1) {
			p.invalid()
			return false
		}
		kind := u8(b, i)
		if kind == babelPad1 {
			p.babelName(kind)
			i++
			continue
		}
		if !fits(i + 2) {
			p.invalid()
			return false
		}
		if !has(b, i, 2) {
			p.truncMark()
			return false
		}
		n := int(b[i+1])
		if !fits(i + 2 + n) {
			p.invalid()
			return false
		}
		if !has(b, i, 2+n) {
			p.truncMark()
			return false
		}
		if !p.babelTLV(kind, b[i+2:i+2+n], &kept) {
			p.invalid()
			return false
		}
		i += 2 + n
	}
	return true
}

func (p *Printer) babelName(kind uint8) {
	names, unknown := babelShort, " unknown"
	if p.vflag > 0 {
		names, unknown = babelLong, "\n\tUnknown message type "
	}
	if s := strName(names, kind); s != "" {
		p.str(s)
		return
	}
	p.str(unknown)
	if p.vflag > 0 {
		p.uint(uint64(kind))
	}
}

// babelTLV prints a TLV with the value v and reports whether it makes sense.
func (p *Printer) babelTLV(kind uint8, v []byte, kept *babelPrefixes) bool {
	p.babelName(kind)
	if p.vflag == 0 {
		if kind == babelUpdate {
			if len(v) < babelLeast[kind] {
				return false
			}
			p.babelUpdateFlags(v[1])
		}
		return true
	}
	if int(kind) < len(babelLeast) && len(v) < babelLeast[kind] {
		return false
	}
	switch kind {
	case babelPadN:
		p.uint(uint64(len(v) + 2))
	case babelAckRequest:
		p.printf("%04x ", u16(v, 2))
		p.babelInterval(u16(v, 4))
	case babelAck:
		p.printf("%04x", u16(v, 0))
	case babelHello:
		p.babelHelloTLV(v)
	case babelIHU:
		p.babelIHUTLV(v)
	case babelRouterID:
		p.char(' ')
		p.out = appendColons(p.out, v[2:10])
	case babelNextHop:
		return p.babelNextHopTLV(v)
	case babelUpdate:
		return p.babelUpdateTLV(v, kept)
	case babelRouteRequest:
		return p.babelRouteRequestTLV(v)
	case babelSeqnoRequest:
		return p.babelSeqnoRequestTLV(v)
	case babelTSPC:
		p.printf("timestamp %d packetcounter %d", u32(v, 2), u16(v, 0))
	case babelHMAC:
		p.printf("key-id %d digest-%d ", u16(v, 0), len(v)-2)
		for _, c := range v[2:] {
			p.printf("%02X", c)
		}
	case babelSSUpdate:
		return p.babelSSUpdateTLV(v, kept)
	case babelSSRequest:
		return p.babelSSRequestTLV(v)
	case babelSSMHRequest:
		return p.babelSSMHRequestTLV(v)
	case babelMAC:
		p.printf("len %d", len(v))
	case babelPC:
		p.printf(" value %d index len %d", u32(v, 0), len(v)-4)
	case babelChallenge, babelReply:
		if len(v) > 192 {
			return false
		}
		p.printf(" len %d", len(v))
	}
	return true
}

// babelInterval prints a time in hundredths of a second.
func (p *Printer) babelInterval(v uint16) {
	if v == 0 {
		p.str("0.0s (bogus)")
		return
	}
	p.printf("%d.%02ds", v/100, v%100)
}

func (p *Printer) babelHelloTLV(v []byte) {
	if v[0]&0x80 != 0 {
		p.str("(Unicast) ")
	}
	p.printf("seqno %d ", u16(v, 2))
	if interval := u16(v, 4); interval != 0 {
		p.str("interval ")
		p.babelInterval(interval)
	} else {
		p.str("unscheduled")
	}
	p.babelSubTLVs(v[6:], babelHello)
}

func (p *Printer) babelIHUTLV(v []byte) {
	encoding := v[0]
	a, n := babelAddress(encoding, v[6:])
	if n < 0 {
		p.truncMark()
		return
	}
	if encoding == 0 {
		p.str("any")
	} else {
		p.babelPrintAddress(a)
	}
	p.printf(" rxcost %d interval ", u16(v, 2))
	p.babelInterval(u16(v, 4))
	p.babelSubTLVs(v[6+n:], babelIHU)
}

func (p *Printer) babelNextHopTLV(v []byte) bool {
	a, n := babelAddress(v[0], v[2:])
	if n < 0 {
		return false
	}
	p.char(' ')
	if v[0] == 0 {
		p.str("invalid AE 0")
	} else {
		p.babelPrintAddress(a)
	}
	return true
}

func (p *Printer) babelUpdateFlags(bits uint8) {
	if bits&0x80 != 0 {
		p.str("/prefix")
	}
	if bits&0x40 != 0 {
		p.str("/id")
	}
	if bits&0x3f != 0 {
		p.str("/unknown")
	}
}

// babelRoute prints the metric, sequence number and interval of an update.
func (p *Printer) babelRoute(v []byte) {
	p.printf(" metric %d seqno %d interval ", u16(v, 8), u16(v, 6))
	if interval := u16(v, 4); interval == 0xffff {
		p.str("infinity")
	} else {
		p.babelInterval(interval)
	}
}

func (p *Printer) babelUpdateTLV(v []byte, kept *babelPrefixes) bool {
	encoding, bits, prefixLen, omitted := v[0], v[1], int(v[2]), int(v[3])
	last := &kept.v6
	if encoding == 1 {
		last = &kept.v4
	}
	a, n := babelPrefix(encoding, prefixLen, omitted, v[10:], last)
	if n < 0 {
		return false
	}
	p.babelUpdateFlags(bits)
	p.char(' ')
	if encoding == 0 {
		p.str("any")
	} else {
		p.babelPrintPrefix(a, encoding, prefixLen)
	}
	p.babelRoute(v)
	if bits&0x80 != 0 {
		*last = a
	}
	p.babelSubTLVs(v[10+n:], babelUpdate)
	return true
}

func (p *Printer) babelRouteRequestTLV(v []byte) bool {
	a, n := babelPrefix(v[0], int(v[1]), 0, v[2:], nil)
	if n < 0 {
		return false
	}
	p.str("for ")
	if v[0] == 0 {
		p.str("any")
	} else {
		p.babelPrintPrefix(a, v[0], int(v[1]))
	}
	return true
}

func (p *Printer) babelSeqnoRequestTLV(v []byte) bool {
	a, n := babelPrefix(v[0], int(v[1]), 0, v[14:], nil)
	if n < 0 {
		return false
	}
	p.printf("(%d hops) for ", v[4])
	if v[0] == 0 {
		p.str("invalid AE 0")
	} else {
		p.babelPrintPrefix(a, v[0], int(v[1]))
	}
	p.printf(" seqno %d id ", u16(v, 2))
	p.out = appendColons(p.out, v[6:14])
	return true
}

func (p *Printer) babelSSUpdateTLV(v []byte, kept *babelPrefixes) bool {
	encoding, sourceLen, prefixLen, omitted := v[0], int(v[1]), int(v[2]), int(v[3])
	last := &kept.v6
	if encoding == 1 {
		last = &kept.v4
	}
	a, source, n := babelPrefixPair(encoding, prefixLen, sourceLen, omitted, v[10:], last)
	if n < 0 {
		return false
	}
	p.char(' ')
	p.babelPrintPrefix(a, encoding, prefixLen)
	p.str(" from ")
	p.babelPrintPrefix(source, encoding, sourceLen)
	p.babelRoute(v)
	p.babelSubTLVs(v[10+n:], babelSSUpdate)
	return true
}

func (p *Printer) babelSSRequestTLV(v []byte) bool {
	encoding, prefixLen, sourceLen := v[0], int(v[1]), int(v[2])
	a, source, n := babelPrefixPair(encoding, prefixLen, sourceLen, 0, v[3:], nil)
	if n < 0 {
		return false
	}
	if encoding == 0 {
		p.str("for any")
		return true
	}
	p.str("for (")
	p.babelPrintPrefix(a, encoding, prefixLen)
	p.str(", ")
	p.babelPrintPrefix(source, encoding, sourceLen)
	p.char(')')
	return true
}

func (p *Printer) babelSSMHRequestTLV(v []byte) bool {
	encoding, prefixLen, sourceLen := v[0], int(v[1]), int(v[5])
	a, source, n := babelPrefixPair(encoding, prefixLen, sourceLen, 0, v[14:], nil)
	if n < 0 {
		return false
	}
	p.printf("(%d hops) for (", v[4])
	p.babelPrintPrefix(a, encoding, prefixLen)
	p.str(", ")
	p.babelPrintPrefix(source, encoding, sourceLen)
	p.printf(") seqno %d id ", u16(v, 2))
	p.out = appendColons(p.out, v[6:14])
	return true
}
