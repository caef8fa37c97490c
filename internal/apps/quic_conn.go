package apps

import "bytes"

// Encryption levels with CRYPTO frames that are read.
const (
	quicLevelInitial = iota
	quicLevelHandshake
	quicLevels
)

// quicConn is what is known of the QUIC connection between two sockets.
type quicConn struct {
	session     tlsSession
	version     uint32
	server      int          // the side that is the server; -1: not known yet
	origin      []byte       // the id of which the Initial keys are made
	initial     [2]*quicKeys // by side, as other pairs
	hands       [2]*quicKeys // of Handshake packets
	early       *quicKeys    // of 0-RTT packets
	earlyFailed int          // of them that no key fits
	running     [2]*quicKeys // of 1-RTT packets
	before      [2]*quicKeys // of the key phase before
	ids         [2]int       // lengths of the ids that a side chose; -1: not known
	http3       *http3Conn   // nil: it is another protocol, or cannot be decrypted
	crypto      [2][quicLevels]offsetBytes
	failed      [2]int  // packets whose secrets were not known
	known       bool    // some packet was QUIC for certain
	confirmed   [2]bool // the side sends 1-RTT packets
	chosen      bool    // the server's hello was seen
}

// quicSaid is what a datagram says. Slices are valid until the next one.
type quicSaid struct {
	packets     []byte // kinds of the packets, in order
	version     uint32
	dcid, scid  []byte // of the first packet
	versions    []byte
	token       []byte // of a retry
	google      []byte // the name in a hello of Q050
	client      *tlsHello
	chosen      *tlsHello
	alpn        []byte // that the server chose
	cert        *tlsCert
	closed      bool
	application bool // by the application, whose code it is
	code        uint64
	reason      []byte

	hello       tlsHello
	certificate tlsCert
	room        []byte
	http        []http3Header
	plain       []byte // data of STREAM and DATAGRAM frames, one behind the other
}

func newQUICConn(keys *Keys) *quicConn {
	return &quicConn{session: tlsSession{keys: keys}, server: -1, ids: [2]int{-1, -1}}
}

// datagram reads the packets of a datagram that a side sent, of which length bytes
// were on the wire. It reports whether it is QUIC.
func (q *quicConn) datagram(side int, b []byte, length int, said *quicSaid) bool {
	*said = quicSaid{packets: said.packets[:0], room: said.room, plain: said.plain[:0], http: said.http[:0]}
	for len(b) > 0 {
		if b[0]&0x80 == 0 {
			if q.known && b[0]&0x40 != 0 {
				q.short(side, b, length, said)
			}
			break
		}
		var h quicHeader
		if !h.parseLong(b) || h.kind != quicNegotiation && h.kind != quicRetry && h.end > length {
			break
		}
		if len(said.packets) == 0 {
			said.version, said.dcid, said.scid = h.version, h.dcid, h.scid
		} else if !bytes.Equal(h.dcid, said.dcid) {
			break // RFC 9000 12.2
		}
		if !q.long(side, b, &h, said) {
			break
		}
		length -= min(h.end, length)
		b = b[min(h.end, len(b)):]
	}
	return len(said.packets) > 0
}

// long reads one packet with a long header. It is false if it is not QUIC.
func (q *quicConn) long(side int, b []byte, h *quicHeader, said *quicSaid) bool {
	switch h.kind {
	case quicNegotiation:
		if !q.known && !quicOffersKnown(h.versions) {
			return false
		}
		said.versions = h.versions
	case quicRetry:
		q.server = side
		q.ids[side] = len(h.scid)
		said.token = h.token
	case quicInitial, quicHandshake, quicZeroRTT:
		q.ids[side] = len(h.scid)
		if h.end <= len(b) {
			q.protected(side, b[:h.end], h, said)
		}
	}
	q.known = true
	said.packets = append(said.packets, h.kind)
	return true
}

// quicOffersKnown reports whether a list has a version that is known.
func quicOffersKnown(versions []byte) bool {
	for ; len(versions) >= 4; versions = versions[4:] {
		if quicKnown(uint32(versions[0])<<24 | uint32(versions[1])<<16 | uint32(versions[2])<<8 | uint32(versions[3])) {
			return true
		}
	}
	return false
}

// protected decrypts a packet with a long header, and reads its frames.
func (q *quicConn) protected(side int, packet []byte, h *quicHeader, said *quicSaid) {
	var payload []byte
	level := quicLevelInitial
	switch h.kind {
	case quicInitial:
		payload = q.openInitial(side, packet, h, said)
	case quicHandshake:
		level = quicLevelHandshake
		if k := q.keysOf(&q.hands, side, secretClientHandshake, secretServerHandshake); k != nil {
			payload = k.open(said.grow(len(packet)), packet, h.number)
		}
	case quicZeroRTT:
		level = quicLevels
		payload = q.openEarly(packet, h, said)
	}
	if payload != nil {
		q.frames(side, level, payload, said)
	}
}

// openInitial decrypts an Initial packet. Its keys are made of the id to which the
// client's first packet went, or, after a retry, of the one that the server chose:
// if those known do not fit, the packet's own are tried, as that of a client.
func (q *quicConn) openInitial(side int, packet []byte, h *quicHeader, said *quicSaid) (payload []byte) {
	room := said.grow(len(packet))
	if q.origin != nil {
		if h.version != q.version {
			q.version, q.initial = h.version, [2]*quicKeys{} // RFC 9368: another version, the same id
		}
		if q.initial[side] == nil {
			q.initial[side] = quicInitialKeys(q.version, q.origin, side == q.server)
		}
		if k := q.initial[side]; k != nil {
			payload = k.open(room, packet, h.number)
		}
		if payload != nil {
			return payload
		}
	}
	client := quicInitialKeys(h.version, h.dcid, false)
	if client == nil {
		return nil
	}
	if payload = client.open(room, packet, h.number); payload == nil {
		return nil
	}
	ids := q.ids
	*q = *newQUICConn(q.session.keys)
	q.ids[side], q.known = ids[side], true
	q.version, q.origin, q.server, q.initial[side] = h.version, bytes.Clone(h.dcid), 1-side, client
	return payload
}

// openEarly decrypts a 0-RTT packet. Its cipher suite is that of an earlier connection:
// those of which the secret can be are tried.
func (q *quicConn) openEarly(packet []byte, h *quicHeader, said *quicSaid) (payload []byte) {
	room := said.grow(len(packet))
	if q.early != nil {
		return q.early.open(room, packet, h.number)
	}
	if q.session.keys == nil || q.earlyFailed >= tlsGiveUp {
		return nil
	}
	secret := q.session.keys.secret(&q.session.clientRandom, secretClientEarly)
	for _, suite := range tlsEarlySuites(secret) {
		k := newQUICKeys(h.version, suite, secret)
		if k == nil {
			continue
		}
		if payload = k.open(room, packet, h.number); payload != nil {
			q.early = k
			return payload
		}
	}
	q.earlyFailed++
	return nil
}

// keysOf returns the keys of a side, made of one of two secrets when they are
// needed first; nil if they are not known.
func (q *quicConn) keysOf(keys *[2]*quicKeys, side, ofClient, ofServer int) *quicKeys {
	if keys[side] != nil || !q.chosen || !q.session.known || q.session.keys == nil || q.failed[side] >= tlsGiveUp {
		return keys[side]
	}
	label := ofClient
	if side == q.server {
		label = ofServer
	}
	if secret := q.session.keys.secret(&q.session.clientRandom, label); secret != nil {
		keys[side] = newQUICKeys(q.version, q.session.suite, secret)
	} else {
		q.failed[side]++
	}
	return keys[side]
}

// frames reads the frames of a decrypted packet.
func (q *quicConn) frames(side, level int, payload []byte, said *quicSaid) {
	if gquicIs(q.version) && level == quicLevelInitial {
		q.gquicFrames(side, payload)
		payload = nil
	}
	var f quicFrame
	for nextQUICFrame(&payload, &f) {
		switch {
		case f.kind == quicFrameCrypto && level < quicLevels:
			q.crypto[side][level].add(f.offset, f.data)
		case f.kind == quicFrameClose || f.kind == quicFrameClose+1:
			said.closed, said.application, said.code, said.reason = true, f.kind != quicFrameClose, f.code, f.data
		case f.kind&^7 == quicFrameStream || f.kind&^1 == quicFrameDatagram:
			said.plain = append(said.plain, f.data...)
			if q.http3 != nil && f.kind&^7 == quicFrameStream {
				q.http3.add(side, &f, said)
			}
		}
	}
	if level >= quicLevels {
		return
	}
	if b := q.crypto[side][level].ready(); q.version == gquicQ050 && bytes.HasPrefix(b, []byte("CHLO")) {
		said.google = gquicTag(b, "SNI\x00")
		return
	}
	for {
		kind, body, ok := q.crypto[side][level].nextMessage()
		if !ok {
			return
		}
		q.message(side, kind, body, said)
	}
}

// message takes a handshake message.
func (q *quicConn) message(side int, kind uint8, body []byte, said *quicSaid) {
	h := &said.hello
	switch kind {
	case tlsClientHello:
		if side != q.server && h.parseClientHello(body, false) {
			q.session.clientHello(h)
			said.client = h
			if list := h.alpn; q.session.keys != nil {
				if name, _ := nextProtocol(&list); bytes.HasPrefix(name, []byte("h3")) {
					q.http3 = new(http3Conn)
				}
			}
		}
	case tlsServerHello:
		if side == q.server && h.parseServerHello(body) {
			q.session.serverHello(h)
			q.chosen = q.chosen || !h.retry()
			said.chosen = h
		}
	case tlsEncryptedExtensions:
		said.alpn = encryptedALPN(body)
	case tlsCertificate:
		if said.certificate.parseCertificates(body, tls13) {
			said.cert = &said.certificate
		}
	}
}

// encryptedALPN is the protocol in an EncryptedExtensions message; nil if there is
// none (RFC 8446 4.3.1).
func encryptedALPN(body []byte) []byte {
	var h tlsHello
	h.parseExtensions(body)
	return h.alpn
}

// short reads a packet with a short header, the last of a datagram.
func (q *quicConn) short(side int, b []byte, length int, said *quicSaid) {
	said.packets = append(said.packets, quicOneRTT)
	if q.confirmed[side] = true; q.confirmed[1-side] && q.origin != nil && q.session.clientRandom != [32]byte{} {
		// Both sides are done with the handshake.
		q.origin, q.initial, q.hands, q.early, q.crypto = nil, [2]*quicKeys{}, [2]*quicKeys{}, nil, [2][quicLevels]offsetBytes{}
	}
	id := q.ids[1-side]
	k := q.keysOf(&q.running, side, secretClientApplication, secretServerApplication)
	if k == nil || id < 0 || len(b) < length {
		return
	}
	room := said.grow(len(b))
	header, number, ok := k.unprotect(room[:0], b, 1+id)
	if !ok {
		return
	}
	sealed := b[len(header):]
	var payload []byte
	switch phase := header[0]&4 != 0; {
	case phase == k.phase:
		payload = k.decrypt(header, sealed, number)
	case q.before[side] != nil && q.before[side].largest > number:
		payload = q.before[side].decrypt(header, sealed, number)
	default:
		next := k.next()
		if next == nil {
			return
		}
		if payload = next.decrypt(header, sealed, number); payload != nil {
			q.before[side], q.running[side] = k, next
		}
	}
	if payload != nil {
		q.frames(side, quicLevels, payload, said)
	}
}

// grow returns room for a decrypted packet.
func (said *quicSaid) grow(n int) []byte {
	if cap(said.room) < n {
		said.room = make([]byte, 0, max(n, 2048))
	}
	return said.room[:0]
}

// What a connection takes, and its keys of one direction and level, tables of ciphers
// included.
const (
	quicConnBytes = 1500
	quicKeysBytes = 1200
)

// size is how many bytes of memory the connection takes.
func (q *quicConn) size() int {
	n := quicConnBytes
	if q.early != nil {
		n += quicKeysBytes
	}
	if q.http3 != nil {
		n += q.http3.size()
	}
	for side := range q.crypto {
		for level := range q.crypto[side] {
			n += q.crypto[side][level].size()
		}
		for _, k := range []*quicKeys{q.initial[side], q.hands[side], q.running[side], q.before[side]} {
			if k != nil {
				n += quicKeysBytes
			}
		}
	}
	return n
}
