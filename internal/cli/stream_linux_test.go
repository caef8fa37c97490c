package cli

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// startReader starts a program that reads a stream, in a process of its own, and waits
// until it has the header.
func startReader(t *testing.T, args ...string) (*exec.Cmd, *liveRunner) {
	t.Helper()
	r := &liveRunner{status: make(chan int, 1)}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Args[0] = "tapdump"
	cmd.Env = append(os.Environ(), asProgram+"=1")
	r.start(t, cmd)
	r.wait(t, &r.stderr, "reading from file ")
	return cmd, r
}

// stop ends a process as Ctrl-C does.
func stop(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
}

// portOf is the port that a server says it serves at.
func portOf(t *testing.T, r *liveRunner) string {
	t.Helper()
	m := regexp.MustCompile(`serving \S+ at t..://[^ ,]*:(\d+)`).FindStringSubmatch(r.stderr.String())
	if m == nil {
		t.Fatalf("it does not say where it serves:\n%s", &r.stderr)
	}
	return m[1]
}

// linesOf counts the lines of packets to a port of UDP.
func linesOf(out fmt.Stringer, port int) int {
	return strings.Count(out.String(), fmt.Sprintf(".%d: UDP", port))
}

// TestStreamLive: what one process captures others read, in their sandboxes, over IPv4
// and IPv6, each from when it came to the end; their own packets are not captured. When
// the server has gone, and another one has come, a reader goes on.
func TestStreamLive(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, format := range []string{"pcap", "pcapng"} {
		cmd, server := startProcess(t, "-i", "lo", "--print", "-n", "-w", "tcp://:0?format="+format)
		port := portOf(t, server)
		_, first := startReader(t, "-n", "-r", "tcp://127.0.0.1:"+port)
		sendUDP(t, 4001, 10)
		first.wait(t, &first.stdout, ".4001: UDP")
		url := "tcp://[::1]:" + port
		if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
			url = "tcp://127.0.0.1:" + port // there is no IPv6
		} else {
			l.Close()
		}
		_, second := startReader(t, "-n", "-r", url, "-c", "5", "udp port 4002")
		sendUDP(t, 4002, 5)
		if status := second.ended(t); status != 0 {
			t.Errorf("the second reader: status %d\n%s", status, &second.stderr)
		}
		stop(t, cmd)
		for name, r := range map[string]*liveRunner{"server": server, "first reader": first} {
			if status := r.ended(t); status != 0 {
				t.Errorf("%s: status %d\n%s", name, status, &r.stderr)
			}
		}
		if a, b, c := linesOf(&first.stdout, 4001), linesOf(&first.stdout, 4002), linesOf(&second.stdout, 4002); a != 10 || b != 5 || c != 5 {
			t.Errorf("%s: %d, %d and %d packets were read, want 10, 5 and 5", format, a, b, c)
		}
		for _, r := range []*liveRunner{server, first} {
			if n := strings.Count(r.stdout.String(), "\n"); n != 15 {
				t.Errorf("%s: %d packets, want 15 of UDP and no other:\n%s", format, n, &r.stdout)
			}
		}
		for _, want := range []string{"tapdump: reader 127.0.0.1:", ": 15 packets, ", "tapdump: served 2 readers\n15 packets captured\n"} {
			if !strings.Contains(server.stderr.String(), want) {
				t.Errorf("%s: the server does not say %q:\n%s", format, want, &server.stderr)
			}
		}
		if text := server.stderr.String() + first.stderr.String(); strings.Contains(text, "WARNING") {
			t.Errorf("%s: there are warnings:\n%s", format, text)
		}
	}
}

// TestStreamAgain: a reader outlives a server that is killed, and one that ends, in its
// sandbox.
func TestStreamAgain(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	cmd, server := startProcess(t, "-i", "lo", "-w", "tcp://:0", "udp")
	port := portOf(t, server)
	reading, reader := startReader(t, "-n", "-r", "tcp://127.0.0.1:"+port+"?reconnect=always")
	for i := range 3 {
		sendUDP(t, 4001+i, 3)
		reader.wait(t, &reader.stdout, fmt.Sprintf(".%d: UDP", 4001+i))
		if i == 2 {
			break
		}
		if i == 0 {
			cmd.Process.Kill()
		} else {
			stop(t, cmd)
		}
		server.ended(t)
		reader.wait(t, &reader.stderr, "; connecting again\n")
		cmd, server = startProcess(t, "-i", "lo", "-w", "tcp://:"+port, "udp")
		testenv.WaitFor(t, "the reader is there again", func() bool {
			return strings.Count(reader.stderr.String(), "; packets of this time are missing") == i+1
		})
	}
	stop(t, reading)
	if status := reader.ended(t); status != 0 {
		t.Errorf("the reader: status %d", status)
	}
	stop(t, cmd)
	server.ended(t)
	for i := range 3 {
		if n := linesOf(&reader.stdout, 4001+i); n != 3 {
			t.Errorf("%d packets to %d, want 3\n%s", n, 4001+i, &reader.stdout)
		}
	}
	if text := reader.stderr.String(); strings.Contains(text, "WARNING") || strings.Contains(text, "ermitted") {
		t.Errorf("the reader says\n%s", text)
	}
}

// TestStreamMerged: streams of two servers are read as one.
func TestStreamMerged(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	one, a := startProcess(t, "-i", "lo", "-w", "tcp://:0", "udp port 4001")
	two, b := startProcess(t, "-i", "lo", "-w", "tcp://:0?format=pcapng", "udp port 4002")
	name := filepath.Join(testenv.OpenDir(t), "both.pcapng")
	r := &liveRunner{status: make(chan int, 1)}
	cmd := exec.Command(os.Args[0], "--merge", "-r", "tcp://:"+portOf(t, a), "-r", "tcp://:"+portOf(t, b), "-w", name)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	r.start(t, cmd)
	testenv.WaitFor(t, "both streams are read", func() bool {
		sendUDP(t, 4001, 1) // a merge knows of a stream when it has a packet of it
		sendUDP(t, 4002, 1)
		return strings.Count(r.stderr.String(), "reading from file") == 2
	})
	sendUDP(t, 4001, 20)
	sendUDP(t, 4002, 20)
	stop(t, one)
	stop(t, two)
	for _, r := range []*liveRunner{a, b, r} {
		if status := r.ended(t); status != 0 {
			t.Errorf("status %d\n%s", status, &r.stderr)
		}
	}
	if n := countPackets(t, name); n < 41 {
		t.Errorf("%d packets, want more than 40\n%s", n, &r.stderr)
	}
}

// TestStreamRefused: what cannot be served, or read, is said with what to do.
func TestStreamRefused(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	busy := l.Addr().String()
	for want, line := range map[string]string{
		"Address already in use: another program listens there: give another port":              "-i lo -w tcp://" + busy,
		"others than this machine could read the packets":                                       "-i lo -w tcp://0.0.0.0:0",
		"give an address that this machine has":                                                 "-i lo -w tcp://192.0.2.1:0 --insecure-listen",
		"--stream-cert nothing: No such file or directory":                                      "-i lo -w tls://:0 --stream-cert nothing --stream-key nothing",
		"Connection refused: nothing listens there: is the port right, and the server started?": "-r tcp://127.0.0.1:1",
		"only got 0: the server closed the connection at once: does it serve tls://":            "-r tcp://" + busy,
		"the server closed the connection before TLS began: does it serve tcp://":               "-r tls://" + busy,
		"packets of our own readers are left out\ntapdump: expression rejects all packets":      "-i lo -d -w tcp://0.0.0.0 tcp port 57012",
	} {
		var stdout, stderr bytes.Buffer
		if status := runInProcess("tapdump", strings.Fields(line), &stdout, &stderr); status != 1 || !strings.Contains(stderr.String(), want) {
			t.Errorf("%s: status %d, it says\n%swant %q", line, status, &stderr, want)
		}
	}
}

// TestStreamPrivileges: the port is opened before the process becomes another user, and
// who may not open it is told.
func TestStreamPrivileges(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	if _, err := user.Lookup("nobody"); err != nil {
		t.Skip("needs the user nobody")
	}
	cmd, server := startProcess(t, "-i", "lo", "-Z", "nobody", "-w", "tcp://:57", "udp")
	_, reader := startReader(t, "-n", "-r", "tcp://:57", "-c", "2")
	sendUDP(t, 4001, 2)
	if status := reader.ended(t); status != 0 || linesOf(&reader.stdout, 4001) != 2 {
		t.Errorf("status %d\n%s%s", status, &reader.stdout, &reader.stderr)
	}
	stop(t, cmd)
	if status := server.ended(t); status != 0 || !strings.Contains(server.stderr.String(), "dropped privs to nobody") || strings.Contains(server.stderr.String(), "WARNING") {
		t.Errorf("status %d\n%s", status, &server.stderr)
	}
}

// TestStreamInsecure: who lets others read is told so, and readers of all addresses are
// left out of the capture.
func TestStreamInsecure(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	cmd, server := startProcess(t, "-i", "any", "--print", "-n", "-w", "tcp://0.0.0.0:0", "--insecure-listen")
	_, reader := startReader(t, "-n", "-r", "tcp://127.0.0.2:"+portOf(t, server), "-c", "1")
	sendUDP(t, 4001, 1)
	reader.ended(t)
	stop(t, cmd)
	server.ended(t)
	if text := server.stderr.String(); !strings.Contains(text, "whoever can connect to it reads the packets, and so does whoever sees them on their way") {
		t.Errorf("it says\n%s", text)
	}
	if n := strings.Count(server.stdout.String(), "\n"); n == 0 || n != linesOf(&server.stdout, 4001) {
		t.Errorf("%d packets, want some of UDP and no others:\n%s", n, &server.stdout)
	}
}

// TestStreamTLS: packets come through TLS to who has a certificate, from all addresses,
// and a client of another kind is refused while that goes on.
func TestStreamTLS(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ours := testenv.NewAuthority(t, "ours")
	cert, key := ours.Sign(t, "server", nil)
	readerCert, readerKey := ours.Sign(t, "reader", nil)
	cmd, server := startProcess(t, "-i", "lo", "--print", "-n", "-w", "tls://0.0.0.0:0?format=pcapng", "--stream-cert", cert, "--stream-key", key, "--stream-ca", ours.File)
	port := portOf(t, server)
	_, reader := startReader(t, "-n", "-r", "tls://127.0.0.1:"+port, "--stream-cert", readerCert, "--stream-key", readerKey, "--stream-ca", ours.File)
	conn, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
	server.wait(t, &server.stderr, "refused: it does not speak TLS")
	var stdout, stderr bytes.Buffer
	if status := runInProcess("tapdump", []string{"-r", "tls://127.0.0.1:" + port + "?reconnect=never", "--stream-ca", ours.File}, &stdout, &stderr); status != 1 ||
		!strings.HasSuffix(stderr.String(), "the server wants a certificate: give --stream-cert and --stream-key\n") {
		t.Errorf("without a certificate: status %d\n%s", status, &stderr)
	}
	sendUDP(t, 4001, 10)
	stop(t, cmd)
	for _, r := range []*liveRunner{server, reader} {
		if status := r.ended(t); status != 0 || strings.Contains(r.stderr.String(), "WARNING") {
			t.Errorf("status %d\n%s", status, &r.stderr)
		}
		if n := strings.Count(r.stdout.String(), "\n"); n != 10 {
			t.Errorf("%d packets, want 10 of UDP and no others:\n%s", n, &r.stdout)
		}
	}
	if text := server.stderr.String(); !strings.Contains(text, "served 1 reader; 2 connections refused") {
		t.Errorf("it says\n%s", text)
	}
}

// TestStreamTshark: tshark reads from us the packets that we capture.
func TestStreamTshark(t *testing.T) {
	testenv.NeedsCommand(t, "tshark")
	testenv.NeedsCommand(t, "dumpcap")
	if !inNamespace(t) {
		return
	}
	const packets = 50
	cmd, server := startProcess(t, "-i", "lo", "-w", "tcp://:0", "udp dst port 4001")
	tshark := exec.Command("tshark", "-i", "TCP@127.0.0.1:"+portOf(t, server), "-n", "-c", fmt.Sprint(packets), "-T", "fields", "-e", "udp.dstport", "-e", "udp.payload")
	tshark.Env = append(os.Environ(), "HOME="+t.TempDir())
	r := &liveRunner{status: make(chan int, 1)}
	r.start(t, tshark)
	// It says that it reads before it does.
	for end := time.Now().Add(testenv.Patience); len(r.status) == 0 && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		sendUDP(t, 4001, 1)
		if strings.Count(r.stdout.String(), "\n") == 0 && strings.Contains(r.stderr.String(), "not supported") {
			t.Skipf("tshark cannot: %s", &r.stderr)
		}
	}
	if status := r.ended(t); status != 0 {
		t.Fatalf("tshark: status %d\n%s", status, &r.stderr)
	}
	stop(t, cmd)
	server.ended(t)
	if n := strings.Count(r.stdout.String(), "4001\t7061796c6f6164\n"); n != packets {
		t.Errorf("tshark has %d of our packets, want %d:\n%.300s", n, packets, &r.stdout)
	}
}

// TestStreamNetcat: what is no server of ours is read, too.
func TestStreamNetcat(t *testing.T) {
	testenv.NeedsLoopback(t)
	data, err := os.ReadFile(makeCapture(t, 20))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.Copy(conn, bytes.NewReader(data))
			conn.Close()
		}
	}()
	var stdout, stderr bytes.Buffer
	if status := runInProcess("tapdump", []string{"--count", "-r", "tcp://" + l.Addr().String()}, &stdout, &stderr); status != 0 || stdout.String() != "20 packets\n" {
		t.Errorf("status %d: %s%s", status, &stdout, &stderr)
	}
}
