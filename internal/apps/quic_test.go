package apps

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// rfcBytes reads the bytes of an RFC's examples.
func rfcBytes(t testing.TB, name string) map[string][]byte {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	m := make(map[string][]byte)
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && key != "#" {
			if m[key], err = hex.DecodeString(value); err != nil {
				t.Fatal(err)
			}
		}
	}
	return m
}

// The packets of the appendices are what they say there: headers, packet numbers
// and payloads, the retry token, the short packet, and the next keys.
func TestQUICExamples(t *testing.T) {
	for name, version := range map[string]uint32{"rfc9001.hex": quicV1, "rfc9369.hex": quicV2} {
		want := rfcBytes(t, name)
		dcid := []byte("\x83\x94\xc8\xf0\x3e\x51\x57\x08")
		client, server := quicInitialKeys(version, dcid, false), quicInitialKeys(version, dcid, true)
		var h quicHeader
		room := make([]byte, 0, 2048)
		for side, keys := range map[string]*quicKeys{"client": client, "server": server} {
			packet := want[side+"-packet"]
			if !h.parseLong(packet) || h.kind != quicInitial || h.version != version || h.end != len(packet) {
				t.Fatalf("%s %s: %+v", name, side, h)
			}
			header, _, ok := keys.unprotect(nil, packet, h.number)
			if !ok || !bytes.Equal(header, want[side+"-header"]) {
				t.Errorf("%s %s: header %x", name, side, header)
			}
			payload := keys.open(room, packet, h.number)
			if padded := bytes.TrimRight(payload, "\x00"); !bytes.Equal(padded, bytes.TrimRight(want[side+"-payload"], "\x00")) {
				t.Errorf("%s %s: payload %x", name, side, payload)
			}
			packet = bytes.Clone(packet)
			packet[len(packet)-1] ^= 1
			if keys.open(room, packet, h.number) != nil {
				t.Errorf("%s %s: a packet that was changed is taken", name, side)
			}
		}
		if !h.parseLong(want["retry-packet"]) || h.kind != quicRetry || string(h.token) != "token" || hex.EncodeToString(h.scid) != "f067a5502a4262b5" {
			t.Errorf("%s retry: %+v", name, h)
		}
		suite, _ := tlsSuiteOf(0x1303)
		short := newQUICKeys(version, suite, want["short-secret"])
		short.largest = 654360563
		if payload := short.open(room, want["short-packet"], 1); !bytes.Equal(payload, []byte{1}) || short.largest != 654360564 {
			t.Errorf("%s short: %x, number %d", name, payload, short.largest)
		}
		if next := short.next(); !bytes.Equal(next.secret, want["short-ku"]) || !bytes.Equal(short.iv, want["short-iv"]) {
			t.Errorf("%s: next secret %x, iv %x", name, next.secret, short.iv)
		}
	}
}

// The SNI and ALPN of RFC 9001 A.2 stand in its CRYPTO frame.
func TestQUICExampleHello(t *testing.T) {
	want := rfcBytes(t, "rfc9001.hex")
	client := quicInitialKeys(quicV1, []byte("\x83\x94\xc8\xf0\x3e\x51\x57\x08"), false)
	payload := client.open(nil, want["client-packet"], 18)
	var f quicFrame
	if !nextQUICFrame(&payload, &f) || f.kind != quicFrameCrypto || f.offset != 0 || nextQUICFrame(&payload, &f) {
		t.Fatalf("%+v", f)
	}
	var h tlsHello
	if !h.parseClientHello(f.data[4:], false) || string(h.name) != "example.com" || string(h.alpn) != "\x04alpn" || !h.quic || h.best() != tls13 {
		t.Errorf("%+v", h)
	}
}

func TestQUICPacketNumber(t *testing.T) {
	for _, test := range []struct {
		largest, truncated int64
		length             int
		want               int64
	}{{0xa82f30ea, 0x9b32, 2, 0xa82f9b32}, {-1, 0, 1, 0}, {255, 0, 1, 256}, {256, 255, 1, 255}, {0xabe8b3, 0xac5c02 & 0xffff, 2, 0xac5c02}} {
		if got := quicPacketNumber(test.largest, test.truncated, test.length); got != test.want {
			t.Errorf("%x after %x: %x, want %x", test.truncated, test.largest, got, test.want)
		}
	}
}

func TestQUICFrames(t *testing.T) {
	b, err := hex.DecodeString("00000001" + // PADDING, PING
		"02" + "05" + "00" + "01" + "02" + "00" + "01" + // ACK with two ranges
		"03" + "05" + "00" + "00" + "02" + "010203" + // ACK with ECN
		"04040506" + "050102" + "0603" + "02abcd" + "0702eeee" + // RESET_STREAM, STOP_SENDING, CRYPTO, NEW_TOKEN
		"0e" + "04" + "4100" + "03616263" + // STREAM 4 at 256
		"1041ff" + "110102" + "1203" + "150102" + // limits
		"18" + "01" + "00" + "04" + "aabbccdd" + strings.Repeat("77", 16) +
		"1a" + strings.Repeat("88", 8) + "1e" + "3101ff" +
		"1c" + "0a" + "06" + "02" + "6e6f" + // CONNECTION_CLOSE
		"08" + "00" + "7a7a") // STREAM to the end
	if err != nil {
		t.Fatal(err)
	}
	want := []quicFrame{{kind: 1}, {kind: 2}, {kind: 3}, {kind: 4}, {kind: 5}, {kind: 6, offset: 3, data: []byte("\xab\xcd")}, {kind: 7},
		{kind: 0xe, stream: 4, offset: 256, data: []byte("abc")}, {kind: 0x10}, {kind: 0x11}, {kind: 0x12}, {kind: 0x15}, {kind: 0x18}, {kind: 0x1a}, {kind: 0x1e},
		{kind: 0x31, data: []byte("\xff")}, {kind: 0x1c, code: 10, data: []byte("no")}, {kind: 8, data: []byte("zz")}}
	rest := b
	for i, w := range want {
		var f quicFrame
		if !nextQUICFrame(&rest, &f) || f.kind != w.kind || f.stream != w.stream || f.offset != w.offset || f.code != w.code || !bytes.Equal(f.data, w.data) {
			t.Fatalf("frame %d: %+v, want %+v", i, f, w)
		}
	}
	if len(rest) != 0 {
		t.Errorf("left: %x", rest)
	}
	var f quicFrame
	for n := range b { // what is cut ends the walk
		for rest := b[:n]; nextQUICFrame(&rest, &f); {
		}
	}
	endless := []byte("\x02\x05\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00")
	if nextQUICFrame(&endless, &f) {
		t.Error("an ACK with 2^62 ranges is taken")
	}
}

func TestQUICHeaders(t *testing.T) {
	var h quicHeader
	negotiation, _ := hex.DecodeString("8000000000" + "02aabb" + "01cc" + "00000001" + "6b3343cf" + "0a1a2a3a")
	if !h.parseLong(negotiation) || h.kind != quicNegotiation || len(h.versions) != 12 || len(h.dcid) != 2 || len(h.scid) != 1 {
		t.Errorf("%+v", h)
	}
	for name, hexes := range map[string]string{
		"unknown version": "c0000000ff" + "00" + "00" + "00" + "4100" + strings.Repeat("00", 256),
		"no fixed bit":    "8000000001" + "00" + "00" + "00" + "4100" + strings.Repeat("00", 256),
		"long id":         "c000000001" + "15" + strings.Repeat("00", 300),
		"short":           "c000000001" + "0000",
		"token too long":  "c000000001" + "00" + "00" + "7fff" + "4100" + strings.Repeat("00", 256),
	} {
		b, err := hex.DecodeString(hexes)
		if err != nil {
			t.Fatal(err)
		}
		if h.parseLong(b) {
			t.Errorf("%s: %+v", name, h)
		}
	}
	for version, want := range map[uint32]string{quicV1: "v1", quicV2: "v2", 0xff00001d: "draft-29", 0x1a2a3a4a: "0x1a2a3a4a"} {
		if got := string(appendQUICVersion(nil, version)); got != want {
			t.Errorf("%08x: %s, want %s", version, got, want)
		}
	}
}

// What is held is counted: bytes that are done with are not kept for those behind them.
func TestOffsetsRoom(t *testing.T) {
	var o offsetBytes
	o.add(1, make([]byte, maxOffsetBytes))
	o.add(0, []byte{0})
	if n := len(o.ready()); n != maxOffsetBytes || o.size() < n || o.size() > 2*n {
		t.Fatalf("%d bytes are ready, %d held", n, o.size())
	}
	o.consume(maxOffsetBytes - 1)
	if len(o.ready()) != 1 || o.size() > 1024 || cap(o.data) > 1024 {
		t.Errorf("%d bytes are ready, %d held, in an array of %d", len(o.ready()), o.size(), cap(o.data))
	}
	o.consume(1)
	if o.size() != 0 || o.ready() != nil {
		t.Errorf("%d bytes are held of nothing", o.size())
	}
	o.add(maxOffsetBytes+10, []byte("later")) // beyond a gap
	if o.ready() != nil || len(o.spans) != 1 {
		t.Errorf("%+v", o)
	}
}

// seal makes a packet with a long header of which the packet number takes a byte.
func (k *quicKeys) seal(kind byte, dcid string, number byte, payload string) []byte {
	b := append([]byte{0xc0 | kind<<4, 0, 0, 0, 1, byte(len(dcid))}, dcid...)
	b = append(b, 0, 0x40, byte(1+len(payload)+quicTagLength), number)
	var nonce [12]byte
	xorNonce(&nonce, k.iv, uint64(number))
	at := len(b) - 1
	b = k.aead.Seal(b, nonce[:], []byte(payload), b)
	var mask [5]byte
	k.mask(&mask, b[at+4:])
	b[0] ^= mask[0] & 0x0f
	b[at] ^= mask[1]
	return b
}

// TestQUICEarly: 0-RTT packets are decrypted, whose cipher suite only the secret tells.
func TestQUICEarly(t *testing.T) {
	for _, id := range []uint16{tlsAES128GCM, tlsAES256GCM, tlsChaCha20} {
		suite, _ := tlsSuiteOf(id)
		secret := bytes.Repeat([]byte{byte(id)}, suite.hash().Size())
		sealing := newQUICKeys(quicV1, suite, secret)
		q := newQUICConn(NewKeys())
		var said quicSaid
		for number := range byte(3) {
			packet := sealing.seal(quicZeroRTT, "12345678", number, "\x0a\x00\x05early\x00\x00")
			if number == 1 {
				q.session.clientRandom = [32]byte{1} // as the hello says
				q.session.keys.put(q.session.clientRandom, secretClientEarly, secret)
			}
			if !q.datagram(0, packet, len(packet), &said) || said.packets[0] != quicZeroRTT || (string(said.plain) == "early") != (number > 0) {
				t.Errorf("%04x, packet %d: %q", id, number, said.plain)
			}
		}
	}
}
