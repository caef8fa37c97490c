package apps

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestDecryptEarly: early data is decrypted, which goes before the server's hello.
func TestDecryptEarly(t *testing.T) {
	openssl, proxy := openSSLServer(t, "-early_data")
	dir := t.TempDir()
	early := filepath.Join(dir, "early")
	if err := os.WriteFile(early, []byte("GET /early HTTP/1.1\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "log")
	session := filepath.Join(dir, "session")
	arguments := []string{"s_client", "-connect", proxy.address(), "-servername", "early.example", "-keylogfile", log}
	first := exec.CommandContext(t.Context(), openssl, append(arguments, "-sess_out", session)...)
	stdin, err := first.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	written := func() bool { info, err := os.Stat(session); return err == nil && info.Size() > 0 }
	for begin := time.Now(); !written(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begin) > time.Minute {
			t.Skip("this openssl keeps no session")
		}
	}
	stdin.Close()
	if err := first.Wait(); err != nil {
		t.Fatal(err)
	}
	<-proxy.done
	if out, err := exec.CommandContext(t.Context(), openssl, append(arguments, "-sess_in", session, "-early_data", early)...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	packets := segmentsOf(<-proxy.done)
	keys := NewKeys()
	if err := keys.Open(log); err != nil {
		t.Skipf("this openssl writes no key log: %v", err)
	}
	defer keys.Close()
	said, decoded := hear(header.ProtocolTCP, 20000, packets, Options{Keys: keys})
	if !slices.Contains(said, "HTTP GET /early") || !slices.Contains(said, "TLS 1.3 Finished") {
		t.Errorf("decoded: %q; said\n%s", decoded, strings.Join(said, "\n"))
	}
}

// TestDecryptQUIC: with the secrets, what streams say can be read, and what the server
// says of itself in the handshake.
func TestDecryptQUIC(t *testing.T) {
	testenv.NeedsLoopback(t)
	var log bytes.Buffer
	packets := quicConverse(t, quicServer(t), "secret.example", &log, 0)
	keys := NewKeys()
	keys.Add(log.Bytes())
	said, decoded := hear(header.ProtocolUDP, 20000, packets, Options{Keys: keys})
	if !bytes.Contains(decoded, []byte("question")) || !bytes.Contains(decoded, []byte("answer to question")) {
		t.Errorf("decoded: %q", decoded)
	}
	if !slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, "ALPN=h3, CN=quic.example, until 2057-01-31") }) {
		t.Errorf("the server's certificate is not said:\n%s", strings.Join(said, "\n"))
	}
	if _, decoded := hear(header.ProtocolUDP, 20000, packets, Options{Keys: NewKeys()}); len(decoded) > 0 {
		t.Errorf("decoded without secrets: %q", decoded)
	}
}

// TestDecryptTLS: with the secrets, the protocol inside is found, whatever the order of
// segments and also if some are lost for good.
func TestDecryptTLS(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var log bytes.Buffer
		server := &tls.Config{Certificates: []tls.Certificate{testCertificate(t, "go.example")}, NextProtos: []string{"http/1.1"}}
		client := &tls.Config{ServerName: "a.example", InsecureSkipVerify: true, KeyLogWriter: &log, MaxVersion: version, NextProtos: []string{"http/1.1"}}
		chunks := exchange(t, client, server, "GET /secret HTTP/1.1\r\nHost: a.example\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
		keys := NewKeys()
		keys.Add(log.Bytes())
		r := rand.New(rand.NewPCG(4, 4))
		for _, disorder := range disorders {
			said, decoded := hear(header.ProtocolTCP, 20000, disorder.apply(r, segmentsOf(chunks)), Options{Keys: keys})
			for _, want := range []string{"HTTP GET /secret (host=a.example)", "HTTP 200 OK"} {
				if !slices.Contains(said, want) {
					t.Errorf("%04x %s: %q is not said, but\n%s", version, disorder.name, want, strings.Join(said, "\n"))
				}
			}
			if !bytes.Contains(decoded, []byte("GET /secret")) || !bytes.Contains(decoded, []byte("\r\n\r\nhi")) {
				t.Errorf("decoded: %q", decoded)
			}
		}
	}
}

// TestDecryptLate: secrets that come after the first encrypted records serve for those
// behind them. A client writes them when it has seen the server's hello.
func TestDecryptLate(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		var log bytes.Buffer
		server := &tls.Config{Certificates: []tls.Certificate{testCertificate(t, "go.example")}}
		client := &tls.Config{ServerName: "a.example", InsecureSkipVerify: true, KeyLogWriter: &log, MaxVersion: version}
		packets := segmentsOf(exchange(t, client, server, "GET /secret HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"))
		keys := NewKeys()
		r := replay{d: New(Options{Keys: keys})}
		k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:20000"), server: netip.MustParseAddrPort("192.0.2.2:4433")}
		r.begin(&k)
		var decoded []byte
		fromServer := 0
		for _, p := range packets {
			r.packet(&k, !p.server, p.data, header.PSH)
			decoded = append(decoded, r.d.Said().Decoded()...)
			if p.server {
				if fromServer++; fromServer == 1 {
					keys.Add(log.Bytes())
				}
			}
		}
		if !bytes.Contains(decoded, []byte("GET /secret")) || !bytes.Contains(decoded, []byte("200 OK")) {
			t.Errorf("%04x: decoded %q", version, decoded)
		}
	}
}

// TestDecryptCurl: the key log that curl writes is followed while it writes it.
func TestDecryptCurl(t *testing.T) {
	testenv.NeedsLoopback(t)
	curl, err := exec.LookPath("curl")
	if err != nil {
		t.Skip("there is no curl")
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{testCertificate(t, "curl.example")}, NextProtos: []string{"http/1.1"}})
	if err != nil {
		t.Skip(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "answer to %s", r.URL.Path) })}
	go server.Serve(listener)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	keys := NewKeys()
	if err := keys.Open(file); err != nil {
		t.Fatal(err)
	}
	defer keys.Close()
	proxy := newRecorder(t, listener.Addr().String())
	for _, version := range []string{"1.2", "1.3"} {
		command := exec.CommandContext(t.Context(), curl, "-qsk", "--noproxy", "*", "--tls-max", version, "https://"+proxy.address()+"/secret/"+version)
		command.Env = append(command.Environ(), "SSLKEYLOGFILE="+file)
		if out, err := command.Output(); err != nil || string(out) != "answer to /secret/"+version {
			t.Fatalf("curl: %v: %q", err, out)
		}
		if info, err := os.Stat(file); err != nil || info.Size() == 0 {
			t.Skip("this curl writes no key log")
		}
		said, decoded := hear(header.ProtocolTCP, 20000, segmentsOf(<-proxy.done), Options{Keys: keys})
		if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, "HTTP GET /secret/"+version+" (host=") }) ||
			!bytes.Contains(decoded, []byte("answer to /secret/"+version)) {
			t.Errorf("TLS %s: %q\n%s", version, decoded, strings.Join(said, "\n"))
		}
	}
}
