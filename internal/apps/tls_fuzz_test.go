package apps

import (
	"bytes"
	"testing"
)

// FuzzTLSMessages: hellos and certificates of any bytes make no fault, and what a
// hello has lies in it.
func FuzzTLSMessages(f *testing.F) {
	f.Add(buildClientHello(tls12, []uint16{1, 2}, serverName("a"), offered("h2", "x"), versions(tls13)), false)
	f.Add(buildClientHello(dtls12, []uint16{1, 2}, serverName("a"), list16(tlsExtSignatures, 1)), true)
	f.Add(buildServerHello(tls12, 1, tlsRetryRandom, extension{tlsExtSupportedVersions, []byte{3, 4}}), false)
	f.Add(certificateMessage(tls12, testCertificate(f, "a", "b").Certificate[0]), false)
	f.Fuzz(func(t *testing.T, b []byte, dtls bool) {
		var h tlsHello
		if h.parseClientHello(b, dtls) {
			total := len(h.random) + len(h.session) + len(h.ciphers) + len(h.extensions)
			if total > len(b) || len(h.name)+len(h.alpn)+len(h.versions) > 3*len(h.extensions) {
				t.Errorf("more than there is: %+v", h)
			}
			appendJA3(nil, &h)
			if ja4 := appendJA4(nil, &h, ja4TLS); len(ja4) != 36 {
				t.Errorf("%q", ja4)
			}
		}
		if h.parseServerHello(b) && (len(h.ciphers) != 2 || len(h.random) != 32) {
			t.Errorf("%+v", h)
		}
		var c tlsCert
		for _, version := range []uint16{tls12, tls13} {
			c.parseCertificates(b, version)
		}
		encryptedALPN(b)
	})
}

// FuzzQUICPayload: decrypted payloads of any bytes, in pieces at any offsets, stay
// within the bounds of what is kept.
func FuzzQUICPayload(f *testing.F) {
	m := rfcBytes(f, "rfc9001.hex")
	f.Add(m["client-payload"], m["server-payload"], uint16(0))
	f.Add([]byte("\x06\x43\x00\x01x\x08\x00abc"), []byte("\x06\x00\x01\x02"), uint16(5))
	f.Fuzz(func(t *testing.T, client, server []byte, at uint16) {
		q := newQUICConn(NewKeys())
		q.server = 1
		var said quicSaid
		for level := range quicLevels + 1 {
			q.frames(0, level, client, &said)
			q.frames(1, level, server, &said)
			q.frames(0, level, client[min(int(at), len(client)):], &said)
		}
		if q.size() > quicConnBytes+4*(4*maxOffsetBytes+32*maxOffsetSpans) {
			t.Errorf("%d bytes are kept", q.size())
		}
		var h quicHeader
		for b := client; h.parseLong(b) && h.end < len(b) && h.end > 0; {
			b = b[h.end:]
		}
	})
}

// FuzzOffsets: bytes that come with offsets are put together as they were, whatever
// the order.
func FuzzOffsets(f *testing.F) {
	f.Add([]byte{0, 4, 8, 4, 4, 4, 1, 9})
	f.Fuzz(func(t *testing.T, pieces []byte) {
		whole := make([]byte, 600)
		for i := range whole {
			whole[i] = byte(i * 7)
		}
		var o offsetBytes
		var got []byte
		for ; len(pieces) >= 2; pieces = pieces[2:] {
			from, n := int(pieces[0]), int(pieces[1])
			o.add(uint64(from), whole[from:from+n])
			if len(pieces)%3 == 0 {
				ready := o.ready()
				got = append(got, ready...)
				o.consume(len(ready))
			}
		}
		if got = append(got, o.ready()...); !bytes.Equal(got, whole[:len(got)]) {
			t.Errorf("%x", got)
		}
	})
}

// FuzzKeyLog: lines of any bytes, cut anywhere, are taken as they are whole.
func FuzzKeyLog(f *testing.F) {
	f.Add([]byte(keyLine("CLIENT_RANDOM", 1, "master")+keyLine("SERVER_TRAFFIC_SECRET_0", 2, "x")), uint16(70))
	f.Fuzz(func(t *testing.T, log []byte, cut uint16) {
		whole, pieces := NewKeys(), NewKeys()
		whole.Add(log)
		at := min(int(cut), len(log))
		pieces.write(log[:at])
		pieces.write(log[at:])
		pieces.write([]byte("\n"))
		if len(whole.sessions) != len(pieces.sessions) || whole.used != pieces.used {
			t.Errorf("%d sessions, in pieces %d", len(whole.sessions), len(pieces.sessions))
		}
	})
}
