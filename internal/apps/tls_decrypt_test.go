package apps

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// testCertificate makes a certificate for names.
func testCertificate(t testing.TB, name string, alternatives ...string) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name, Organization: []string{"Example"}}, DNSNames: alternatives,
		NotBefore: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2057, 1, 31, 23, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// chunk is what one side of a connection wrote at once.
type chunk struct {
	server bool
	data   []byte
}

// tap is a net.Conn that records what both sides write.
type tap struct {
	net.Conn
	server bool
	log    chan<- chunk
}

func (c tap) Write(b []byte) (int, error) {
	c.log <- chunk{c.server, bytes.Clone(b)}
	return c.Conn.Write(b)
}

// converse runs a TLS connection in which the client says "ping" and the server
// "pong", and returns what was written.
func converse(t testing.TB, client, server *tls.Config) []chunk {
	t.Helper()
	return exchange(t, client, server, "ping", "pong")
}

// exchange runs a TLS connection with a question and an answer.
func exchange(t testing.TB, client, server *tls.Config, question, answer string) []chunk {
	t.Helper()
	a, b := net.Pipe()
	log := make(chan chunk, 1000)
	done := make(chan error, 1)
	go func() {
		s := tls.Server(tap{b, true, log}, server)
		buf := make([]byte, 100)
		_, err := io.ReadAtLeast(s, buf, len(question))
		if err == nil {
			_, err = s.Write([]byte(answer))
		}
		done <- err
		io.Copy(io.Discard, s) // until the client closes
		b.Close()
	}()
	c := tls.Client(tap{a, false, log}, client)
	if _, err := c.Write([]byte(question)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := io.ReadAtLeast(c, buf, len(answer)); err != nil || string(buf[:n]) != answer {
		t.Fatal(n, err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	c.Close()
	close(log)
	var all []chunk
	for c := range log {
		all = append(all, c)
	}
	return all
}

// nextRecord cuts a record off.
func nextRecord(b *[]byte) (header, fragment []byte) {
	n := 5 + int((*b)[3])<<8 + int((*b)[4])
	header, fragment = (*b)[:5], (*b)[5:n]
	*b = (*b)[n:]
	return header, fragment
}

// decryptAll runs chunks through a session; skip leaves records out.
func decryptAll(t *testing.T, keys *Keys, chunks []chunk, skip func(record int) bool) (client, server string, kinds map[uint8]int) {
	t.Helper()
	s := tlsSession{keys: keys}
	room := make([]byte, 1<<15)
	kinds = make(map[uint8]int)
	record := 0
	var plainBoth [2]strings.Builder
	for _, c := range chunks {
		for b := c.data; len(b) > 0; {
			header, fragment := nextRecord(&b)
			kind, plain := header[0], fragment
			if s.encrypted(c.server, kind) {
				if record++; skip != nil && skip(record) {
					s.missing(c.server)
					continue
				}
				kind, plain = s.open(room, c.server, header, fragment)
			}
			kinds[kind]++
			var h tlsHello
			switch {
			case kind == tlsChangeCipherSpec:
				s.changeCipherSpec(c.server)
			case kind == tlsHandshake && plain[0] == tlsClientHello && h.parseClientHello(plain[4:], false):
				s.clientHello(&h)
			case kind == tlsHandshake && plain[0] == tlsServerHello && h.parseServerHello(plain[4:]):
				s.serverHello(&h)
			case kind == tlsApplicationData:
				i := 0
				if c.server {
					i = 1
				}
				plainBoth[i].Write(plain)
			}
		}
	}
	return plainBoth[0].String(), plainBoth[1].String(), kinds
}

func TestDecryptRecords(t *testing.T) {
	certificate := testCertificate(t, "kernel.org")
	for name, test := range map[string]struct {
		version uint16
		suites  []uint16
	}{
		"1.3":             {tls.VersionTLS13, nil},
		"1.2 AES-128":     {tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}},
		"1.2 AES-256":     {tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384}},
		"1.2 ChaCha20":    {tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}},
		"1.2 not an AEAD": {tls.VersionTLS12, []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			chunks := converse(t, &tls.Config{InsecureSkipVerify: true, KeyLogWriter: &log, MinVersion: test.version, MaxVersion: test.version, CipherSuites: test.suites},
				&tls.Config{Certificates: []tls.Certificate{certificate}, CipherSuites: test.suites})
			keys := NewKeys()
			keys.Add(log.Bytes())
			client, server, kinds := decryptAll(t, keys, chunks, nil)
			if name == "1.2 not an AEAD" {
				if client != "" || server != "" {
					t.Errorf("%q %q", client, server)
				}
				return
			}
			if client != "ping" || server != "pong" || kinds[tlsAlert] == 0 || kinds[0] != 0 {
				t.Errorf("%q %q, records by type: %v", client, server, kinds)
			}
			// Any record may be lost: the others are still decrypted.
			for lost := 1; lost <= 4; lost++ {
				client, server, kinds := decryptAll(t, keys, chunks, func(record int) bool { return record == lost })
				if client+server == "" || kinds[0] != 0 {
					t.Errorf("without encrypted record %d: %q %q, records by type: %v", lost, client, server, kinds)
				}
			}
			// Keys of another connection fit nothing, and nothing is claimed.
			if client, server, _ := decryptAll(t, NewKeys(), chunks, nil); client+server != "" {
				t.Errorf("without keys: %q %q", client, server)
			}
		})
	}
}

// A direction goes on with its next keys after KeyUpdate; the other does not.
func TestKeyUpdate(t *testing.T) {
	suite, _ := tlsSuiteOf(tlsAES128GCM)
	s := tlsSession{version: tls13, suite: suite, known: true, keys: NewKeys()}
	secret := bytes.Repeat([]byte{7}, 32)
	s.keys.put([32]byte{}, secretServerApplication, secret)
	s.sides[1].stage = tlsHandshaking
	seal := func(secret []byte, number uint64, plain string) (header, fragment []byte) {
		var k recordKeys
		k.use(suite, secret)
		var nonce [12]byte
		xorNonce(&nonce, k.iv, number)
		header = []byte{tlsApplicationData, 3, 3, 0, byte(len(plain) + 16)}
		return header, k.aead.Seal(nil, nonce[:], []byte(plain), header)
	}
	open := func(secret []byte, number uint64, plain string) {
		t.Helper()
		header, fragment := seal(secret, number, plain+"\x17\x00\x00")
		if kind, got := s.open(nil, true, header, fragment); kind != tlsApplicationData || string(got) != plain {
			t.Errorf("%q: type %d, %q", plain, kind, got)
		}
	}
	open(secret, 0, "a")
	open(secret, 1, "b")
	s.keyUpdate(true)
	next := expandLabel(suite.hash, secret, "traffic upd", 32)
	open(next, 0, "c")
	open(next, 1, "")
	s.keyUpdate(false)
	open(next, 2, "d")
	// What no key fits is given up, so that it costs nothing more.
	for range tlsGiveUp {
		header, fragment := seal(secret, 99, "x\x17")
		if _, got := s.open(nil, true, header, fragment); got != nil {
			t.Fatal("decrypted with the wrong key")
		}
	}
	if s.sides[1].stage != tlsGivenUp {
		t.Error("not given up")
	}
}
