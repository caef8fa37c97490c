package apps

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/quic"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/testenv"
)

// handshakeCount is how many handshakes of each program are looked at: as many as
// TAPDUMP_HANDSHAKES says.
func handshakeCount(t *testing.T, usual int) int {
	s := os.Getenv("TAPDUMP_HANDSHAKES")
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatalf("TAPDUMP_HANDSHAKES: %v", err)
	}
	return n
}

// wire is a packet of a handshake: a TCP segment or a datagram.
type wire struct {
	chunk
	seq int // in front of data, counted from the begin of the connection
}

// segmentsOf are the TCP segments of what two sides wrote, at an MTU of 1500.
func segmentsOf(chunks []chunk) (all []wire) {
	const size = 1500 - 20 - 20
	var sent [2]int
	for _, c := range chunks {
		side := 0
		if c.server {
			side = 1
		}
		for data := range slices.Chunk(c.data, size) {
			all = append(all, wire{chunk{c.server, data}, sent[side]})
			sent[side] += len(data)
		}
	}
	return all
}

// disorders are ways in which packets come.
var disorders = []struct {
	name  string
	apply func(r *rand.Rand, packets []wire) []wire
}{
	{"in order", func(r *rand.Rand, packets []wire) []wire { return packets }},
	{"reordered", func(r *rand.Rand, packets []wire) []wire {
		all := slices.Clone(packets)
		for part := range slices.Chunk(all, 4) {
			r.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
		}
		return all
	}},
	{"lost, sent again and repeated", func(r *rand.Rand, packets []wire) (all []wire) {
		var lost []wire
		for _, p := range packets {
			switch r.IntN(4) {
			case 0:
				lost = append(lost, p)
			case 1:
				all = append(all, p, p)
			default:
				all = append(all, p)
			}
			if len(lost) > 2 {
				all, lost = append(all, lost[0]), lost[1:]
			}
		}
		return append(all, lost...)
	}},
}

// hear plays packets of a conversation, and returns all that is said.
func hear(transport uint8, port int, packets []wire, o Options) (said []string, decoded []byte) {
	r := replay{d: New(o)}
	k := talk1{transport: transport, client: netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(port)), server: netip.MustParseAddrPort("192.0.2.2:4433")}
	r.begin(&k)
	begin := r.seqs
	for _, p := range packets {
		side := 0
		if p.server {
			side = 1
		}
		r.at(&k, !p.server, begin[side]+uint32(p.seq), p.data, len(p.data), header.PSH)
		if text := r.d.Said().AppendText(nil, nil); len(text) > 0 {
			said = append(said, strings.Split(strings.TrimPrefix(string(text), ": "), "; ")...)
		}
		decoded = append(decoded, r.d.Said().Decoded()...)
	}
	return said, decoded
}

// expect plays packets in every disorder, and asks for messages that have to be said.
func expect(t *testing.T, r *rand.Rand, transport uint8, port int, packets []wire, want ...string) {
	t.Helper()
	for _, disorder := range disorders {
		said, _ := hear(transport, port, disorder.apply(r, packets), Options{})
		for _, w := range want {
			if !slices.ContainsFunc(said, func(s string) bool { return strings.HasPrefix(s, w) }) {
				t.Fatalf("%s: %q is not said, but\n%s", disorder.name, w, strings.Join(said, "\n"))
			}
		}
	}
}

// TestGoTLS: handshakes of Go's crypto/tls. Those of TLS 1.3 have key shares that
// take more than a segment.
func TestGoTLS(t *testing.T) {
	server := &tls.Config{Certificates: []tls.Certificate{testCertificate(t, "go.example")}, NextProtos: []string{"h2", "http/1.1"}}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range handshakeCount(t, 60) {
		name := fmt.Sprintf("n%d.example", i)
		client := &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: []string{"h2"}}
		hello, answer := "TLS 1.3 Client Hello (SNI="+name+", ALPN=h2)", "TLS 1.3 Server Hello (TLS_AES_"
		more := answer
		if i%3 == 2 {
			client.MaxVersion, client.NextProtos = tls.VersionTLS12, []string{"http/1.1"}
			hello, answer = "TLS 1.2 Client Hello (SNI="+name+", ALPN=http/1.1)", "TLS 1.2 Server Hello (TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ALPN=http/1.1)"
			more = "TLS 1.2 Certificate (CN=go.example, until 2057-01-31)"
		}
		packets := segmentsOf(converse(t, client, server))
		if i == 0 && len(packets[0].data) != 1460 {
			t.Fatalf("the hello of TLS 1.3 has only %d bytes, and tests nothing", len(packets[0].data))
		}
		expect(t, r, header.ProtocolTCP, 20000+i%20000, packets, hello, answer, more)
	}
}

// openSSLServer starts openssl s_server, and returns a proxy in front of it.
func openSSLServer(t *testing.T, more ...string) (openssl string, proxy *recorder) {
	t.Helper()
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("there is no openssl")
	}
	dir := t.TempDir()
	certificate := testCertificate(t, "openssl.example")
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{"cert": {Type: "CERTIFICATE", Bytes: certificate.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(filepath.Join(dir, file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	server := exec.CommandContext(t.Context(), openssl, append([]string{"s_server", "-accept", "127.0.0.1:0", "-cert", filepath.Join(dir, "cert"), "-key", filepath.Join(dir, "key"),
		"-alpn", "h2,http/1.1"}, more...)...)
	stdin, err := server.StdinPipe() // or it ends
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	stdout, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	address := ""
	for address == "" && lines.Scan() {
		if after, ok := strings.CutPrefix(lines.Text(), "ACCEPT "); ok {
			address = after
		}
	}
	if address == "" {
		t.Skip("openssl s_server does not say where it listens")
	}
	go io.Copy(io.Discard, stdout)
	return openssl, newRecorder(t, address)
}

// TestOpenSSL: handshakes of OpenSSL with itself.
func TestOpenSSL(t *testing.T) {
	testenv.NeedsLoopback(t)
	openssl, proxy := openSSLServer(t)
	r := rand.New(rand.NewPCG(2, 2))
	for i := range handshakeCount(t, 10) {
		name := fmt.Sprintf("o%d.example", i)
		args := []string{"s_client", "-connect", proxy.address(), "-servername", name, "-alpn", "h2", "-brief"}
		want := []string{"TLS 1.3 Client Hello (SNI=" + name + ", ALPN=h2)", "TLS 1.3 Server Hello (TLS_AES_256_GCM_SHA384)"}
		if i%3 == 2 {
			args = append(args, "-tls1_2")
			want = []string{"TLS 1.2 Client Hello (SNI=" + name + ", ALPN=h2)", "TLS 1.2 Server Hello (TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, ALPN=h2)",
				"TLS 1.2 Certificate (CN=openssl.example, until 2057-01-31)"}
		}
		if out, err := exec.CommandContext(t.Context(), openssl, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		expect(t, r, header.ProtocolTCP, 20000+i%20000, segmentsOf(<-proxy.done), want...)
	}
}

// recorder passes connections on, and gives what both sides wrote.
type recorder struct {
	listener net.Listener
	done     chan []chunk
}

func newRecorder(t *testing.T, to string) *recorder {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { listener.Close() })
	x := &recorder{listener, make(chan []chunk, 1)}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", to)
			if err != nil {
				client.Close()
				continue
			}
			x.done <- record(client, server)
		}
	}()
	return x
}

func (x *recorder) address() string { return x.listener.Addr().String() }

// record passes on until both sides are done.
func record(client, server net.Conn) (all []chunk) {
	var mu sync.Mutex
	var wait sync.WaitGroup
	pass := func(from, to net.Conn, isServer bool) {
		buf := make([]byte, 16<<10)
		for {
			n, err := from.Read(buf)
			mu.Lock()
			all = append(all, chunk{isServer, bytes.Clone(buf[:n])})
			mu.Unlock()
			if _, e := to.Write(buf[:n]); err != nil || e != nil {
				to.(*net.TCPConn).CloseWrite()
				return
			}
		}
	}
	wait.Go(func() { pass(client, server, false) })
	wait.Go(func() { pass(server, client, true) })
	wait.Wait()
	return all
}

// quicTap is the client's socket: it records datagrams, and loses some of them.
type quicTap struct {
	net.PacketConn
	mu     sync.Mutex
	random *rand.Rand
	loss   int // one in so many; 0: none
	sent   []wire
}

func (c *quicTap) take(server bool, b []byte) (lost bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sent = append(c.sent, wire{chunk: chunk{server, bytes.Clone(b)}})
	return c.loss > 0 && c.random.IntN(c.loss) == 0
}

func (c *quicTap) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.take(false, b) {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, to)
}

func (c *quicTap) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || !c.take(true, b[:n]) {
			return n, from, err
		}
	}
}

// quicServer runs a server that answers what it reads from streams.
func quicServer(t *testing.T) (address string) {
	config := &quic.Config{TLSConfig: &tls.Config{Certificates: []tls.Certificate{testCertificate(t, "quic.example")}, NextProtos: []string{"h3"}, MinVersion: tls.VersionTLS13}}
	server, err := quic.Listen("udp", "127.0.0.1:0", config)
	if err != nil {
		t.Skip(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(func() {
		stop()
		server.Close(ctx)
	})
	go func() {
		for {
			conn, err := server.Accept(ctx)
			if err != nil {
				return
			}
			go func() {
				stream, err := conn.AcceptStream(ctx)
				if err != nil {
					return
				}
				if b, err := io.ReadAll(stream); err == nil {
					stream.Write(append([]byte("answer to "), b...))
				}
				stream.Close()
				conn.Wait(ctx)
			}()
		}
	}()
	return server.LocalAddr().String()
}

// quicConverse asks a server, and returns the datagrams.
func quicConverse(t *testing.T, address, name string, log io.Writer, loss int) []wire {
	t.Helper()
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skip(err)
	}
	tap := &quicTap{PacketConn: socket, loss: loss, random: rand.New(rand.NewPCG(7, 7))}
	config := &quic.Config{TLSConfig: &tls.Config{ServerName: name, InsecureSkipVerify: true, NextProtos: []string{"h3"}, MinVersion: tls.VersionTLS13, KeyLogWriter: log}}
	endpoint, err := quic.NewEndpoint(tap, config)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	defer endpoint.Close(ctx)
	conn, err := endpoint.Dial(ctx, "udp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := conn.NewStream(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	stream.CloseWrite()
	if b, err := io.ReadAll(stream); err != nil || string(b) != "answer to question" {
		t.Fatalf("%q, %v", b, err)
	}
	conn.Abort(nil)
	tap.mu.Lock()
	defer tap.mu.Unlock()
	return tap.sent
}

// TestGoQUIC: handshakes of golang.org/x/net/quic, whose hello takes two datagrams.
func TestGoQUIC(t *testing.T) {
	testenv.NeedsLoopback(t)
	address := quicServer(t)
	r := rand.New(rand.NewPCG(3, 3))
	for i := range handshakeCount(t, 10) {
		name := fmt.Sprintf("q%d.example", i)
		loss := 0
		if i%10 == 9 {
			loss = 8
		}
		packets := quicConverse(t, address, name, nil, loss)
		expect(t, r, header.ProtocolUDP, 20000+i%20000, packets, "QUIC v1 Initial (SNI="+name+", ALPN=h3, dcid=", "QUIC v1 Initial")
		if i > 0 {
			continue
		}
		if said, _ := hear(header.ProtocolUDP, 20000, packets, Options{}); strings.Contains(said[0], "SNI") {
			t.Fatalf("the hello fits into a datagram, and tests nothing: %q", said)
		}
	}
}

// TestCutHello: of a hello whose end was not captured the name is said, but neither a
// version nor a fingerprint.
func TestCutHello(t *testing.T) {
	body := buildClientHello(tls12, []uint16{0x1301}, serverName("kernel.org"), versions(tls13), offered("h2"))
	record := append([]byte{tlsHandshake, 3, 1, 0, byte(len(body) + 4), tlsClientHello, 0, 0, byte(len(body))}, body...)
	for _, test := range []struct {
		missing int
		want    string
	}{{0, ": TLS 1.3 Client Hello (SNI=kernel.org, ALPN=h2)"}, {1, ": TLS Client Hello (SNI=kernel.org)"}, {len(record) - 60, ": TLS Client Hello"}} {
		r := replay{d: New(Options{})}
		k := talk1{transport: header.ProtocolTCP, client: netip.MustParseAddrPort("192.0.2.1:20000"), server: netip.MustParseAddrPort("192.0.2.2:4433")}
		r.begin(&k)
		r.at(&k, true, r.seqs[0], record, len(record)-test.missing, header.PSH)
		_, _, fingerprint := r.d.Said().Value(FieldJA4, 0)
		if got := string(r.d.Said().AppendText(nil, nil)); got != test.want || fingerprint != (test.missing == 0) {
			t.Errorf("%d bytes missing: %q, want %q; fingerprint: %v", test.missing, got, test.want, fingerprint)
		}
	}
}

// TestQUICGo: handshakes of quic-go, which a program of another module makes; every
// third is of version 2.
func TestQUICGo(t *testing.T) {
	testenv.NeedsLoopback(t)
	program := quicGo(t)
	n := handshakeCount(t, 30)
	out, err := exec.CommandContext(t.Context(), program, strconv.Itoa(n)).Output()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	all := strings.Split(strings.TrimSuffix(string(out), "\n\n"), "\n\n")
	if len(all) != n {
		t.Fatalf("%d handshakes, want %d", len(all), n)
	}
	for i, text := range all {
		var packets []wire
		for line := range strings.SplitSeq(text, "\n") {
			arrow, digits, _ := strings.Cut(line, " ")
			data, err := hex.DecodeString(digits)
			if err != nil {
				t.Fatal(err)
			}
			packets = append(packets, wire{chunk: chunk{arrow == "<", data}})
		}
		version := "v1"
		if i%3 == 2 {
			version = "v2"
		}
		expect(t, r, header.ProtocolUDP, 20000+i%20000, packets, fmt.Sprintf("QUIC %s Initial (SNI=g%d.example, ALPN=h3, dcid=", version, i), "QUIC "+version+" Initial")
	}
}

// quicGo builds the program that uses quic-go.
func quicGo(t *testing.T) (program string) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the go command, which the short form does not")
	}
	program = filepath.Join(t.TempDir(), "handshakes")
	build := exec.Command("go", "build", "-o", program, "./handshakes")
	build.Dir = filepath.Join("..", "outside", "quicgo")
	build.Env = append(build.Environ(), "GOFLAGS=", "GOWORK=off", "GOOS=", "GOARCH=")
	if out, err := build.CombinedOutput(); err != nil {
		if os.Getenv("TAPDUMP_REQUIRE_MODULES") != "" {
			t.Fatalf("%v: %s", err, out)
		}
		t.Skipf("github.com/quic-go/quic-go cannot be had: %s", out)
	}
	return program
}

// TestNoAllocationsEncrypted: what is encrypted costs none: records of a connection
// whose handshake was seen, and QUIC packets with short headers.
func TestNoAllocationsEncrypted(t *testing.T) {
	record := append([]byte{tlsApplicationData, 3, 3, 4, 0}, make([]byte, 1024)...)
	hello := func(kind byte, body []byte) []byte {
		n := len(body)
		return append([]byte{tlsHandshake, 3, 1, 0, byte(n + 4), kind, 0, 0, byte(n)}, body...)
	}
	for _, test := range []struct {
		transport      uint8
		client, server []byte
		then           []byte
	}{
		{header.ProtocolTCP, hello(tlsClientHello, buildClientHello(tls12, []uint16{0x1301}, versions(tls13))),
			hello(tlsServerHello, buildServerHello(tls12, 0x1301, strings.Repeat("s", 32), extension{tlsExtSupportedVersions, []byte{3, 4}})), record},
		{header.ProtocolUDP, rfcBytes(t, "rfc9001.hex")["client-packet"], rfcBytes(t, "rfc9001.hex")["server-packet"], append([]byte{0x41}, make([]byte, 1200)...)},
	} {
		r := replay{d: New(Options{})}
		k := talk1{transport: test.transport, client: netip.MustParseAddrPort("192.0.2.1:40000"), server: netip.MustParseAddrPort("192.0.2.2:443")}
		r.begin(&k)
		r.packet(&k, true, test.client, header.PSH)
		r.packet(&k, false, test.server, header.PSH)
		for range 10 {
			r.packet(&k, true, test.then, header.PSH)
			r.packet(&k, false, test.then, header.PSH)
		}
		if name := r.d.Said().Protocol.Name(); name != "tls" && name != "quic" {
			t.Fatalf("the protocol is %q", name)
		}
		seq := r.seqs[1]
		if n := testing.AllocsPerRun(100, func() {
			if test.transport == header.ProtocolTCP {
				binary.BigEndian.PutUint32(r.p.Transport[4:], seq)
				seq += uint32(len(test.then))
			}
			r.d.Begin(&r.pkt)
			r.d.Add(&r.p)
		}); n > 0 {
			t.Errorf("%s: %.1f allocations a packet", header.ProtocolName(test.transport), n)
		}
	}
}

func BenchmarkHello(b *testing.B) {
	for name, text := range map[string]func(t *talk1) []byte{
		"TLS": func(k *talk1) []byte {
			k.transport = header.ProtocolTCP
			body := buildClientHello(tls12, []uint16{0x1301, 0x1302, 0xc02f}, serverName("kernel.org"), offered("h2"), versions(tls13), list16(tlsExtSignatures, 0x403))
			return append([]byte{tlsHandshake, 3, 1, 0, byte(len(body) + 4), tlsClientHello, 0, 0, byte(len(body))}, body...)
		},
		"QUIC": func(k *talk1) []byte {
			k.transport = header.ProtocolUDP
			return rfcBytes(b, "rfc9001.hex")["client-packet"]
		},
	} {
		b.Run(name, func(b *testing.B) {
			k := talk1{client: netip.MustParseAddrPort("192.0.2.1:40000"), server: netip.MustParseAddrPort("192.0.2.2:443")}
			data := text(&k)
			r := replay{d: New(Options{})}
			r.begin(&k)
			r.packet(&k, true, data, header.PSH)
			b.ReportAllocs()
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				d := r.d
				for c := d.conversations.list.Newest; c != nil; c = d.conversations.list.Newest {
					d.conversations.drop(c)
				}
				d.Begin(&r.pkt)
				d.Add(&r.p)
			}
		})
	}
}
