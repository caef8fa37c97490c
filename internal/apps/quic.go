package apps

// QUIC: RFC 9000, RFC 9001 (its TLS), RFC 9369 (version 2), RFC 8999 (what all
// versions have in common).

import "encoding/hex"

// quicDatagram: a version of 32 bits, ids and a length that fit; short headers are
// known by the connection alone.
func quicDatagram(t *talk, b []byte) bool {
	q, _ := t.state().(*quicConn)
	if q == nil {
		var h quicHeader
		if _, known := t.state().(gquicState); known || !h.parseLong(b) {
			return gquicDatagram(t, b, known)
		}
		if h.kind <= quicHandshake && h.end > t.length {
			return false
		}
		q = newQUICConn(t.d.keys)
	}
	said := &t.d.quic
	if !q.datagram(t.from, b, t.length, said) {
		return false
	}
	t.keep(q, q.size())
	if q.server >= 0 {
		t.s.client = int8(1 - q.server)
	}
	quicSay(t, said)
	for i := range said.http {
		http3Say(t, &said.http[i])
	}
	t.decrypted(said.plain)
	return true
}

// quicSay says what a datagram says; nothing if it has only a packet with a short
// header.
func quicSay(t *talk, said *quicSaid) {
	if said.packets[0] == quicOneRTT {
		if said.closed {
			t.say("QUIC close")
			quicSayClose(t, said)
		}
		return
	}
	var room [64]byte
	t.say("QUIC ")
	if said.packets[0] == quicNegotiation {
		t.add("Version Negotiation")
		quicSayVersions(t, said.versions)
	} else {
		version := appendQUICVersion(room[:0], said.version)
		t.set(FieldQUICVersion, version)
		t.setNumber(FieldQUICVersionNumber, int64(said.version))
		t.addName(version)
		quicSayPackets(t, said.packets)
	}
	if said.client != nil {
		t.setNumber(FieldTLSHandshake, tlsClientHello)
		tlsSayClientHello(t, said.client, ja4QUIC)
	}
	gquicSayName(t, said.google)
	if said.chosen != nil {
		if said.chosen.retry() {
			t.itemWord("", "Hello Retry Request")
		}
		t.setNumber(FieldTLSHandshake, tlsServerHello)
		tlsSayChoice(t, said.chosen)
	}
	tlsSayProtocols(t, said.alpn)
	if said.cert != nil {
		tlsSayOwner(t, said.cert)
	}
	if said.closed {
		quicSayClose(t, said)
	}
	id := hex.AppendEncode(room[:0], said.dcid[:min(len(said.dcid), quicMaxID)])
	if len(id) > 0 {
		t.set(FieldQUICDCID, id)
		t.item("dcid", id)
	}
	if len(said.scid) > 0 {
		t.item("scid", hex.AppendEncode(room[:0], said.scid[:min(len(said.scid), quicMaxID)]))
	}
}

// quicSayPackets says the types of the packets of a datagram.
func quicSayPackets(t *talk, kinds []byte) {
	const last = quicOneRTT
	names := [last + 1]string{quicInitial: "Initial", quicZeroRTT: "0-RTT", quicHandshake: "Handshake", quicRetry: "Retry", quicOneRTT: "1-RTT"}
	between := " "
	for i, kind := range kinds {
		if kind <= last && (i == 0 || kinds[i-1] != kind) {
			t.add(between, names[kind])
			between = ", "
		}
	}
}

// quicSayVersions says the versions that a server offers.
func quicSayVersions(t *talk, list []byte) {
	for n := 0; len(list) >= 4 && n < 16; n, list = n+1, list[4:] {
		version := uint32(list[0])<<24 | uint32(list[1])<<16 | uint32(list[2])<<8 | uint32(list[3])
		if quicIsReserved(version) {
			continue
		}
		var room [16]byte
		t.item("", appendQUICVersion(room[:0], version))
	}
}

// quicSayClose says why the connection is closed: an alert of TLS (RFC 9001 4.8), or
// another error.
func quicSayClose(t *talk, said *quicSaid) {
	var room [64]byte
	if said.application {
		t.itemHex("application error", said.code)
	} else if said.code>>8 == 1 {
		t.item("alert", tlsLookup(room[:0], tlsAlerts, uint16(said.code&0xff), ""))
	} else if said.code < uint64(len(quicErrors)) {
		t.itemWord("error", quicErrors[said.code])
	} else {
		t.itemHex("error", said.code)
	}
	if len(said.reason) > 0 {
		t.item("reason", said.reason)
	}
}

// quicErrors are the transport errors of RFC 9000 20.1 by number.
var quicErrors = [...]string{"no error", "internal error", "connection refused", "flow control error", "stream limit error", "stream state error",
	"final size error", "frame encoding error", "transport parameter error", "connection id limit error", "protocol violation", "invalid token",
	"application error", "crypto buffer exceeded", "key update error", "AEAD limit reached", "no viable path"}
