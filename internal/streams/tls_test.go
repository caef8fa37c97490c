package streams

import (
	"context"
	"crypto/x509"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// signed are credentials that an authority signs, with its certificate.
func signed(t *testing.T, a *testenv.Authority, name string, change func(*x509.Certificate)) Credentials {
	t.Helper()
	cert, key := a.Sign(t, name, change)
	return Credentials{Cert: cert, Key: key, CA: a.File}
}

// secured serves with credentials.
func secured(t *testing.T, c Credentials) *service {
	t.Helper()
	config, _, err := c.Server()
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, 0, false, ServerOptions{TLS: config})
}

// connected is a Client of the server, or why there is none. With a certificate that the
// server does not like that shows only when something is read.
func (s *service) connected(t *testing.T, c Credentials, reconnect Reconnect) (*Client, error) {
	t.Helper()
	config, _, err := c.Client("127.0.0.1")
	if err != nil {
		return nil, err
	}
	a := Address{TLS: true, Host: "127.0.0.1", Port: s.port(), Reconnect: reconnect}
	client := NewClient(context.Background(), a, s.Addrs(), ClientOptions{TLS: config})
	t.Cleanup(client.Close)
	return client, client.Connect()
}

// TestTLS: packets come through TLS, with a clean end; readers show certificates where
// they have to.
func TestTLS(t *testing.T) {
	ours := testenv.NewAuthority(t, "ours")
	server := signed(t, ours, "server", nil)
	reader := signed(t, ours, "reader", nil)
	s := secured(t, server)
	c, err := s.connected(t, reader, AfterBreak)
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, 1)
	s.send(t, 0, 1000, 1000)
	go s.Close(testenv.Patience, nil)
	got, _, err := numbers(c)
	if err != nil {
		t.Error(err)
	}
	checkNumbers(t, "the reader", got, 0, 1000)
}

// TestDistrust: why one side does not trust the other is said with what to do about it.
func TestDistrust(t *testing.T) {
	ours, theirs := testenv.NewAuthority(t, "ours"), testenv.NewAuthority(t, "theirs")
	good := signed(t, ours, "good", nil)
	open := good
	open.CA = ""
	expired := func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }
	early := func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }
	other := func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"sensor.example"} }
	client := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }
	without := Credentials{CA: ours.File}
	onlyOf := func(c Credentials) Credentials { c.CA = ""; return c }
	for _, c := range []struct {
		name           string
		server, reader Credentials
		want           string // of the reader
		said           string // by the server
	}{
		{"nobody knows who signed", open, Credentials{CA: theirs.File}, "signed by nobody that is trusted here: name who signed it with --stream-ca", "TLS"},
		{"the server's is old", onlyOf(signed(t, ours, "old", expired)), without, "expired on", "TLS"},
		{"the server's is for later", onlyOf(signed(t, ours, "later", early)), without, "is the clock right?", "TLS"},
		{"the server's is for another", onlyOf(signed(t, ours, "other", other)), without, "is for sensor.example and not for 127.0.0.1", "TLS"},
		{"the server's is a reader's", onlyOf(signed(t, ours, "client", client)), without, "not made for this use", "TLS"},
		{"no certificate of the reader's", good, without, "the server wants a certificate: give --stream-cert", "TLS"},
		{"the reader's is of others", good, theirsFor(signed(t, theirs, "stranger", nil), ours.File), "", "TLS"},
		{"the reader's is old", good, signed(t, ours, "reader", expired), "renew the certificate of --stream-cert", "expired on"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := secured(t, c.server)
			client, err := s.connected(t, c.reader, Never)
			if err == nil {
				_, err = io.ReadAll(client)
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the reader says %v, want %q", err, c.want)
			}
			testenv.WaitFor(t, "the server says why", func() bool { return s.has("refused: ") })
			if !s.has(c.said) {
				t.Errorf("the server says %s, want %q", s, c.said)
			}
			if n := s.Close(testenv.Patience, nil); n.Refused != 1 || n.Served != 0 {
				t.Errorf("counts %+v", n)
			}
		})
	}
}

func theirsFor(c Credentials, ca string) Credentials { c.CA = ca; return c }

// TestHalfHandshake: connections that do not finish their handshake are bounded, and do
// not keep readers out.
func TestHalfHandshake(t *testing.T) {
	ours := testenv.NewAuthority(t, "ours")
	server := signed(t, ours, "server", nil)
	server.CA = ""
	s := secured(t, server)
	var half []net.Conn
	for range maxHandshakes / 2 {
		conn, err := net.Dial("tcp", s.Addrs()[0].String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conn.Write([]byte{22, 3, 1}) // the begin of a record of the handshake
		half = append(half, conn)
	}
	c, err := s.connected(t, Credentials{CA: ours.File}, AfterBreak)
	if err != nil {
		t.Fatal(err)
	}
	s.await(t, 1)
	s.send(t, 0, 10, 60)
	// One that does not speak TLS.
	plain, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	plain.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
	testenv.WaitFor(t, "it is refused", func() bool { return s.has("it does not speak TLS") })
	for _, conn := range half {
		conn.Close()
	}
	testenv.WaitFor(t, "all are refused", func() bool {
		s.Server.mu.Lock()
		defer s.Server.mu.Unlock()
		return s.counts.Refused == maxHandshakes/2+1 && s.shakes == 0
	})
	go s.Close(testenv.Patience, nil)
	got, _, err := numbers(c)
	if err != nil {
		t.Error(err)
	}
	checkNumbers(t, "the reader", got, 0, 10)
}

// TestCredentials: what is wrong with files is said by their options.
func TestCredentials(t *testing.T) {
	ours := testenv.NewAuthority(t, "ours")
	good := signed(t, ours, "good", nil)
	old := signed(t, ours, "old", func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) })
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]Credentials{
		"--stream-cert " + text + "x: No such file": {Cert: text + "x", Key: good.Key},
		"--stream-key " + text + "x: No such file":  {Cert: good.Cert, Key: text + "x"},
		"in PEM":                                  {Cert: good.Cert, Key: text},
		"does not match":                          {Cert: good.Cert, Key: old.Key},
		"--stream-ca " + text + ": it has no":     {Cert: good.Cert, Key: good.Key, CA: text},
		"--stream-ca " + text + "x: No such file": {Cert: good.Cert, Key: good.Key, CA: text + "x"},
	} {
		if _, _, err := c.Server(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
		if _, _, err := c.Client("x"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v, of a client: %v, want %q", c, err, want)
		}
	}
	if _, remark, err := old.Server(); err != nil || !strings.Contains(remark, "expired on") {
		t.Errorf("an old certificate: %q, %v", remark, err)
	}
}

// TestLateHandshake: who does not finish the handshake is sent away.
func TestLateHandshake(t *testing.T) {
	ours := testenv.NewAuthority(t, "ours")
	config, _, err := signed(t, ours, "server", nil).Server()
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, 0, false, ServerOptions{TLS: config, handshake: 10 * time.Millisecond})
	conn, err := net.Dial("tcp", s.Addrs()[0].String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.Write([]byte{22, 3, 1})
	if b, _ := io.ReadAll(conn); len(b) > 0 {
		t.Errorf("it got % x", b)
	}
	testenv.WaitFor(t, "it is refused", func() bool { return s.has("refused: no TLS handshake in 10ms") })
}
