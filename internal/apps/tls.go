package apps

// TLS: RFC 8446 (1.3), RFC 5246 (1.2), RFC 2246 and 4346 before it. Records are
// section 5 of RFC 8446, handshake messages section 4, alerts section 6.

// tlsState is what is known of a connection.
type tlsState struct {
	session  tlsSession
	messages [2]tlsMessages // of the client, of the server
}

// tlsMessages are the handshake messages of one side, which go over records as they
// like.
type tlsMessages struct {
	buffer []byte // the begin of a message
	skip   int    // bytes of a message that is too long
}

// tlsStateBytes is what a tlsState takes, keys and tables of ciphers included.
const tlsStateBytes = 2048

// tlsRecordLength is the length of the record that b begins with, its header
// included; 0: it begins with none. b has at least five bytes.
func tlsRecordLength(b []byte) int {
	n := int(b[3])<<8 | int(b[4])
	if b[0] < tlsChangeCipherSpec || b[0] > tlsHeartbeat || b[1] != 3 || b[2] > 4 || n > tlsMaxRecord {
		return 0
	}
	return tlsRecordHeader + n
}

// tlsBegins: a hello is certain by its lengths and versions; other records by a
// second one behind them, or where they end with the segment.
func tlsBegins(t *talk, b []byte) verdict {
	if len(b) < tlsRecordHeader {
		if b[0] < tlsChangeCipherSpec || b[0] > tlsHeartbeat || len(b) > 1 && b[1] != 3 || len(b) > 2 && b[2] > 4 {
			return no
		}
		return maybe
	}
	v := tlsBeginsRecord(t, b)
	if v != yes {
		return v
	}
	if st, ok := t.state().(*tlsState); ok && t.s.app == protocolTLS && t.s.sides[t.from].lost {
		st.session.missing(!t.toServer())
		st.messages[t.side()] = tlsMessages{}
	}
	return yes
}

func tlsBeginsRecord(t *talk, b []byte) verdict {
	n := tlsRecordLength(b)
	if n <= tlsRecordHeader {
		return no
	}
	if b[0] == tlsHandshake && n >= 11 {
		if len(b) < 11 {
			return maybe
		}
		length := int(b[6])<<16 | int(b[7])<<8 | int(b[8])
		if (b[5] == tlsClientHello || b[5] == tlsServerHello) && (b[9] == 3 && b[10] <= 4 || b[9] == 0x7f) && length >= 38 && length <= maxOffsetBytes {
			return yes
		}
	}
	known := t.s.app == protocolTLS || t.likely(protocolTLS)
	for records := 0; ; records++ {
		switch {
		case len(b) == 0, len(b) < tlsRecordHeader && (known || records > 1):
			return yes
		case len(b) < tlsRecordHeader:
			return maybe
		}
		n := tlsRecordLength(b)
		switch {
		case n == 0:
			return no
		case records > 0 || known:
			return yes
		case n > len(b) && t.cut:
			return no
		case n > len(b):
			return maybe
		}
		b = b[n:]
	}
}

// side is the index of who speaks: 0 is the client.
func (t *talk) side() int {
	if t.toServer() {
		return 0
	}
	return 1
}

func tlsStateOf(t *talk) *tlsState {
	if st, ok := t.state().(*tlsState); ok {
		return st
	}
	st := &tlsState{session: tlsSession{keys: t.d.keys}}
	t.keep(st, tlsStateBytes)
	return st
}

// tlsRead reads a record.
func tlsRead(t *talk, b []byte) int {
	if len(b) < tlsRecordHeader {
		if t.cut {
			return strange
		}
		return 0
	}
	n := tlsRecordLength(b)
	if n == 0 {
		return strange
	}
	st := tlsStateOf(t)
	kind, fragment, isWhole := b[0], b[tlsRecordHeader:min(n, len(b))], len(b) >= n
	if st.session.encrypted(!t.toServer(), kind) {
		if !st.session.decryptable(!t.toServer()) {
			if !st.session.clear(!t.toServer()) {
				return opaque
			}
			if st.session.keys == nil {
				return n // early data: a hello may still follow
			}
		}
		if !isWhole {
			if t.cut {
				st.session.missing(!t.toServer())
				t.insideLost()
				return n
			}
			return 0
		}
		kind, fragment = st.session.open(t.d.room(int(t.s.depth)), !t.toServer(), b[:tlsRecordHeader], fragment)
		if fragment == nil {
			t.insideLost()
		}
	} else if !isWhole && !t.cut {
		return 0
	}
	switch kind {
	case tlsChangeCipherSpec:
		st.session.changeCipherSpec(!t.toServer())
	case tlsAlert:
		tlsSayAlert(t, "TLS alert", fragment)
	case tlsHandshake:
		tlsMessage(t, st, fragment)
	case tlsApplicationData:
		if len(fragment) > 0 {
			t.inside(fragment)
		}
	}
	return n
}

// tlsSayAlert says what an alert says; one that is encrypted is longer.
func tlsSayAlert(t *talk, words string, b []byte) {
	if len(b) != 2 || b[0] != 1 && b[0] != 2 {
		return
	}
	t.say(words)
	if b[0] == 1 {
		t.itemWord("", "warning")
	} else {
		t.itemWord("", "fatal")
	}
	var room [32]byte
	t.item("", tlsLookup(room[:0], tlsAlerts, uint16(b[1]), ""))
}

// tlsMessage takes a piece of handshake messages.
func tlsMessage(t *talk, st *tlsState, b []byte) {
	side := t.side()
	m := &st.messages[side]
	n := min(m.skip, len(b))
	m.skip -= n
	b = b[n:]
	if len(m.buffer) > 0 {
		m.buffer = append(m.buffer, b...)
		b = m.buffer
	}
	for len(b) >= 4 {
		length := 4 + (int(b[1])<<16 | int(b[2])<<8 | int(b[3]))
		if length > len(b) && !t.cut && length <= maxOffsetBytes {
			break
		}
		body := b[4:min(length, len(b))]
		tlsSayMessage(t, &st.session, b[0], body, length > len(b))
		// What is read may have said who the client is.
		if now := t.side(); now != side {
			st.messages[0], st.messages[1] = st.messages[1], st.messages[0]
			side, m = now, &st.messages[now]
		}
		m.skip = max(length-len(b), 0)
		if t.cut {
			m.skip = 0
		}
		b = b[min(length, len(b)):]
	}
	switch {
	case len(b) == 0 || t.cut:
		m.buffer = nil
	case len(m.buffer) == 0:
		m.buffer = append([]byte(nil), b...)
	default:
		m.buffer = m.buffer[:copy(m.buffer, b)]
	}
	t.keep(st, tlsStateBytes+cap(st.messages[0].buffer)+cap(st.messages[1].buffer))
}

// tlsSayMessage says what a handshake message is, of which the end may be missing.
func tlsSayMessage(t *talk, s *tlsSession, kind uint8, body []byte, cut bool) {
	var h tlsHello
	t.setNumber(FieldTLSHandshake, int64(kind))
	switch kind {
	case tlsClientHello:
		if h.parseClientHello(body, false) {
			t.isClient()
			s.clientHello(&h)
			tlsSayClientHello(t, &h, ja4TLS)
		}
	case tlsServerHello:
		if h.parseServerHello(body) {
			t.isServer()
			s.serverHello(&h)
			tlsSayServerHello(t, &h)
		}
	case tlsCertificate:
		tlsSayCertificate(t, s.version, body)
	case tlsKeyUpdate:
		tlsSayKind(t, s.version, kind)
		s.keyUpdate(!t.toServer())
	case tlsEncryptedExtensions:
		tlsSayKind(t, s.version, kind)
		tlsSayProtocols(t, encryptedALPN(body))
	default:
		if !cut {
			tlsSayKind(t, s.version, kind)
		}
	}
}

// tlsSayKind says the version and the type of a handshake message.
func tlsSayKind(t *talk, version uint16, kind uint8) {
	var room [64]byte
	b := room[:0]
	if version != 0 {
		b = tlsVersionName(b, version)
	} else {
		b = append(b, "TLS"...)
	}
	t.say(string(tlsLookup(append(b, ' '), tlsHandshakes, uint16(kind), "handshake message ")))
}

// tlsSayClientHello says what a client asks for. The version and the fingerprints
// are certain only if nothing is missing.
func tlsSayClientHello(t *talk, h *tlsHello, transport byte) {
	t.setNumber(FieldTLSHelloVersion, int64(h.version))
	version := uint16(0)
	if h.whole {
		version = h.best()
	}
	switch {
	case transport == ja4DTLS && version == 0:
		t.say("DTLS Client Hello")
	case transport != ja4QUIC:
		tlsSayKind(t, version, tlsClientHello)
	}
	if version != 0 {
		var room [64]byte
		t.set(FieldTLSVersion, tlsVersionName(room[:0], version))
		t.set(FieldJA3, appendJA3(room[:0], h))
		t.set(FieldJA4, appendJA4(room[:0], h, transport))
	}
	if len(h.name) > 0 {
		t.item("SNI", h.name)
		t.set(FieldTLSSNI, h.name)
		t.learnServer(h.name)
	}
	tlsSayProtocols(t, h.alpn)
	if h.ech {
		t.itemWord("", "ECH")
	}
}

// tlsSayProtocols says the protocols of ALPN.
func tlsSayProtocols(t *talk, list []byte) {
	for first := true; ; first = false {
		name, ok := nextProtocol(&list)
		if !ok {
			return
		}
		if first {
			t.item("ALPN", name)
		} else {
			t.add(",")
			t.addName(name)
		}
		t.set(FieldTLSALPN, name)
	}
}

// tlsSayServerHello says what a server chose.
func tlsSayServerHello(t *talk, h *tlsHello) {
	version := h.version
	if h.whole {
		version = h.best()
	}
	var room [96]byte
	switch {
	case h.retry():
		t.say(string(tlsVersionName(room[:0], version)), " Hello Retry Request")
	default:
		tlsSayKind(t, version, tlsServerHello)
	}
	tlsSayChoice(t, h)
}

// tlsSayChoice says what a server chose beside the version.
func tlsSayChoice(t *talk, h *tlsHello) {
	t.setNumber(FieldTLSHelloVersion, int64(h.version))
	var room [96]byte
	cipher := tlsLookup(room[:0], tlsCiphers, uint16(h.ciphers[0])<<8|uint16(h.ciphers[1]), "")
	t.item("", cipher)
	t.set(FieldTLSCipher, cipher)
	if h.whole {
		t.set(FieldTLSVersion, tlsVersionName(room[:0], h.best()))
	}
	tlsSayProtocols(t, h.alpn)
}

// tlsSayCertificate says whose the certificate of the peer is. A client may have none.
func tlsSayCertificate(t *talk, version uint16, body []byte) {
	tlsSayKind(t, version, tlsCertificate)
	var c tlsCert
	switch {
	case c.parseCertificates(body, version):
		tlsSayOwner(t, &c)
	case string(body) == "\x00\x00\x00" || string(body) == "\x00\x00\x00\x00":
		t.itemWord("", "none")
	}
}

// tlsSayOwner says whose a certificate is, and until when.
func tlsSayOwner(t *talk, c *tlsCert) {
	switch {
	case len(c.name) > 0:
		t.item("CN", c.name)
	case len(c.alternative) > 0:
		t.item("SAN", c.alternative)
	}
	if !c.notAfter.IsZero() {
		var room [32]byte
		t.item("", c.notAfter.AppendFormat(append(room[:0], "until "...), "2006-01-02"))
	}
}

// room is room for a decrypted record of a stream at a depth.
func (d *Decoder) room(depth int) []byte {
	if d.rooms[depth] == nil {
		d.rooms[depth] = make([]byte, 0, tlsMaxRecord)
	}
	return d.rooms[depth]
}
