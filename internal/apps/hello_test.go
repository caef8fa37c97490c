package apps

import (
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// extension is one to build.
type extension struct {
	kind  uint16
	value []byte
}

// buildClientHello builds the body of a ClientHello.
func buildClientHello(version uint16, ciphers []uint16, extensions ...extension) []byte {
	var b cryptobyte.Builder
	b.AddUint16(version)
	b.AddBytes([]byte(strings.Repeat("r", 32)))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte("session")) })
	if version>>8 == 0xfe {
		b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte("cookie")) })
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, c := range ciphers {
			b.AddUint16(c)
		}
	})
	b.AddBytes([]byte{1, 0})
	addExtensions(&b, extensions)
	return b.BytesOrPanic()
}

// buildServerHello builds the body of a ServerHello.
func buildServerHello(version, cipher uint16, random string, extensions ...extension) []byte {
	var b cryptobyte.Builder
	b.AddUint16(version)
	b.AddBytes([]byte(random))
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte("session")) })
	b.AddUint16(cipher)
	b.AddUint8(0)
	addExtensions(&b, extensions)
	return b.BytesOrPanic()
}

func addExtensions(b *cryptobyte.Builder, extensions []extension) {
	if len(extensions) == 0 {
		return
	}
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, e := range extensions {
			b.AddUint16(e.kind)
			b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(e.value) })
		}
	})
}

// Values of extensions.
func serverName(name string) extension {
	var b cryptobyte.Builder
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		b.AddUint8(0)
		b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(name)) })
	})
	return extension{tlsExtServerName, b.BytesOrPanic()}
}

func offered(names ...string) extension {
	var b cryptobyte.Builder
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, n := range names {
			b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes([]byte(n)) })
		}
	})
	return extension{tlsExtALPN, b.BytesOrPanic()}
}

// list16 is an extension that is a list of numbers, with its length in front.
func list16(kind uint16, values ...uint16) extension {
	var b cryptobyte.Builder
	b.AddUint16LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, v := range values {
			b.AddUint16(v)
		}
	})
	return extension{kind, b.BytesOrPanic()}
}

func versions(values ...uint16) extension {
	var b cryptobyte.Builder
	b.AddUint8LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, v := range values {
			b.AddUint16(v)
		}
	})
	return extension{tlsExtSupportedVersions, b.BytesOrPanic()}
}

func TestClientHello(t *testing.T) {
	body := buildClientHello(tls12, []uint16{0x0a0a, 0x1301, 0xc02f},
		extension{0x1a1a, nil}, serverName("kernel.org"), offered("h2", "http/1.1"), versions(0x2a2a, tls13, tls12),
		list16(tlsExtSupportedGroups, 0x3a3a, 0x11ec, 29), list16(tlsExtSignatures, 0x0403, 0x0804), extension{tlsExtECH, []byte{0, 1}},
		extension{tlsExtPointFormats, []byte{1, 0}})
	var h tlsHello
	if !h.parseClientHello(body, false) || !h.whole {
		t.Fatalf("not parsed: %+v", h)
	}
	if string(h.name) != "kernel.org" || h.best() != tls13 || !h.ech || h.version != tls12 || string(h.session) != "session" ||
		string(h.alpn) != "\x02h2\x08http/1.1" || len(h.ciphers) != 6 || len(h.groups) != 6 || len(h.signatures) != 4 || len(h.points) != 1 {
		t.Errorf("%+v", h)
	}
	if allocs := testing.AllocsPerRun(10, func() { h.parseClientHello(body, false) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
	// What was cut is read as far as it goes, and said not to be whole.
	for n := range body {
		if ok := h.parseClientHello(body[:n], false); ok && h.whole && n != 2+32+8+8+2 {
			t.Errorf("cut after %d of %d bytes and whole", n, len(body))
		}
	}
}

func TestServerHello(t *testing.T) {
	random := strings.Repeat("s", 32)
	var h tlsHello
	for name, test := range map[string]struct {
		body    []byte
		version uint16
		retry   bool
	}{
		"1.2":      {buildServerHello(tls12, 0xc02f, random, offered("h2")), tls12, false},
		"1.3":      {buildServerHello(tls12, 0xc02f, random, extension{tlsExtSupportedVersions, []byte{3, 4}}, offered("h2")), tls13, false},
		"retry":    {buildServerHello(tls12, 0xc02f, tlsRetryRandom, extension{tlsExtSupportedVersions, []byte{3, 4}}, offered("h2")), tls13, true},
		"draft 26": {buildServerHello(tls12, 0xc02f, random, extension{tlsExtSupportedVersions, []byte{0x7f, 26}}, offered("h2")), 0x7f1a, false},
		"draft 18": {append(append([]byte("\x7f\x12"+random), 0xc0, 0x2f), buildServerHello(0, 0, random, offered("h2"))[2+32+8+3:]...), 0x7f12, false},
	} {
		if !h.parseServerHello(test.body) || !h.whole || h.best() != test.version || h.retry() != test.retry ||
			string(h.ciphers) != "\xc0\x2f" || string(h.alpn) != "\x02h2" {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

// A hello without extensions is whole: TLS 1.0 needed none.
func TestHelloWithoutExtensions(t *testing.T) {
	var h tlsHello
	if !h.parseClientHello(buildClientHello(tls10, []uint16{0x002f}), false) || !h.whole || h.best() != tls10 {
		t.Errorf("%+v", h)
	}
	if !h.parseClientHello(buildClientHello(dtls12, []uint16{0x002f}, serverName("a")), true) || string(h.name) != "a" || h.best() != dtls12 {
		t.Errorf("%+v", h)
	}
}

func TestVersionNames(t *testing.T) {
	for version, want := range map[uint16]string{tls13: "TLS 1.3", tls10: "TLS 1.0", 0x0300: "SSL 3", dtls12: "DTLS 1.2", 0x7f1c: "TLS 1.3 draft 28",
		0xfb17: "TLS 1.3 draft", 0x0305: "TLS 0x0305"} {
		if got := string(tlsVersionName(nil, version)); got != want {
			t.Errorf("%04x: %s, want %s", version, got, want)
		}
	}
	// The newest of what is offered, whatever the order.
	for _, test := range []struct {
		offered []uint16
		want    uint16
	}{{[]uint16{tls12, tls13}, tls13}, {[]uint16{dtls12, dtls13}, dtls13}, {[]uint16{dtls10, dtls12}, dtls12}, {[]uint16{0x7f1c, tls12}, 0x7f1c}, {[]uint16{0xcaca, tls11}, tls11}} {
		var h tlsHello
		if h.parseClientHello(buildClientHello(tls10, []uint16{1}, versions(test.offered...)), false); h.best() != test.want {
			t.Errorf("%x: %04x, want %04x", test.offered, h.best(), test.want)
		}
	}
}

// The tables are sorted, or look-ups would miss.
func TestNamesAreSorted(t *testing.T) {
	for name, table := range map[string][]tlsName{"versions": tlsVersions, "alerts": tlsAlerts, "handshakes": tlsHandshakes, "ciphers": tlsCiphers} {
		for i := 1; i < len(table); i++ {
			if table[i-1].value >= table[i].value {
				t.Errorf("%s: %v before %v", name, table[i-1], table[i])
			}
		}
	}
}

// The values are those that the authors of JA4 publish in technical_details/JA4.md
// and its implementation's tests.
func TestJA4(t *testing.T) {
	ciphers := []uint16{0x0a0a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035}
	extensions := []extension{{0x1a1a, nil}, {0x001b, nil}, serverName("example.com"), {0x0033, nil}, offered("h2"), {0x4469, nil}, {0x0017, nil}, {0x002d, nil},
		list16(tlsExtSignatures, 0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601), {5, nil}, {0x0023, nil}, {0x0012, nil},
		versions(0x4a4a, tls13, tls12), {0xff01, nil}, {0x000b, []byte{1, 0}}, list16(tlsExtSupportedGroups, 0x2a2a, 29, 23, 24), {0x0015, nil}}
	var h tlsHello
	if !h.parseClientHello(buildClientHello(tls12, ciphers, extensions...), false) {
		t.Fatal("not parsed")
	}
	if got := string(appendJA4(nil, &h, ja4TLS)); got != "t13d1516h2_8daaf6152771_e5627efa2ab1" {
		t.Error(got)
	}
	// Without signature algorithms nothing follows the extensions; without names
	// zeros stand for the hashes.
	if h.parseClientHello(buildClientHello(tls12, []uint16{0x0a0a}), false); string(appendJA4(nil, &h, ja4QUIC)) != "q12i000000_000000000000_000000000000" {
		t.Errorf("%s", appendJA4(nil, &h, ja4QUIC))
	}
	for alpn, want := range map[string]string{"h2": "h2", "http/1.1": "h1", "x": "xx", "\xab": "ab", "\x20": "20", "\xab\xcd": "ad", "\x20\x61": "21",
		"\x30\xab": "3b", "\x61\x20": "60", "\x30\x31\xab\xcd": "3d", "\x30\xab\xcd\x31": "01"} {
		h.parseClientHello(buildClientHello(tls12, []uint16{1}, offered(alpn)), false)
		if got := string(appendJA4Protocol(nil, &h)); got != want {
			t.Errorf("%q: %s, want %s", alpn, got, want)
		}
	}
	for version, want := range map[uint16]string{0x0304: "t13", 0x0303: "t12", 0x0302: "t11", 0x0301: "t10", 0x0300: "ts3", 0x0002: "ts2", 0x0999: "t00"} {
		h.parseClientHello(buildClientHello(version, []uint16{1}), false)
		if got := string(appendJA4(nil, &h, ja4TLS)); !strings.HasPrefix(got, want) {
			t.Errorf("%04x: %s, want %s…", version, got, want)
		}
	}
	for version, want := range map[uint16]string{0xfeff: "dd1", 0xfefd: "dd2", 0xfefc: "dd3"} {
		h.parseClientHello(buildClientHello(version, []uint16{1}), true)
		if got := string(appendJA4(nil, &h, ja4DTLS)); !strings.HasPrefix(got, want) {
			t.Errorf("%04x: %s, want %s…", version, got, want)
		}
	}
	var many []uint16
	for i := range uint16(120) {
		many = append(many, i)
	}
	h.parseClientHello(buildClientHello(tls12, many), false)
	if got := string(appendJA4(nil, &h, ja4TLS)); !strings.HasPrefix(got, "t12i9900") {
		t.Error(got)
	}
}

// The text and the hash of the example in the README of JA3.
func TestJA3(t *testing.T) {
	var h tlsHello
	ciphers := []uint16{47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4}
	h.parseClientHello(buildClientHello(tls10, ciphers, extension{0, nil}, list16(10, 23, 24, 25), extension{11, []byte{1, 0}}), false)
	if got, want := string(appendJA3Text(nil, &h)), "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := string(appendJA3(nil, &h)), "ada70206e40642a3e4461f35503241d5"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	h.parseClientHello(buildClientHello(tls10, []uint16{4, 5, 10, 9, 100, 98, 3, 6, 19, 18, 99}), false)
	if got, want := string(appendJA3(nil, &h)), "de350869b8c85de67a350c8d186f11e6"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
