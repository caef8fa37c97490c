package cli

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// TestLivePort: while other traffic passes, --port lets the kernel hand over
// that port's packets only.
func TestLivePort(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := startLive(t, "-i", "lo", "-nn", "-c", "5", "--port=80")
	for range 5 {
		sendUDP(t, 5354, 20)
		sendUDP(t, 80, 1)
	}
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	if n := strings.Count(r.stdout.String(), " > 127.0.0.1.80: "); n != 5 {
		t.Errorf("%d packets to port 80, want 5:\n%s", n, &r.stdout)
	}
	var captured, received, dropped int
	_, counts, _ := strings.Cut(r.stderr.String(), "bytes\n")
	if _, err := fmt.Sscanf(counts, "%d packets captured\n%d packets received by filter\n%d packets dropped by kernel\n",
		&captured, &received, &dropped); err != nil {
		t.Fatalf("the counts are %q: %v", counts, err)
	}
	// The loopback shows the filter each packet twice; the 100 others do not count.
	if captured != 5 || received < 5 || received > 10 || dropped != 0 {
		t.Errorf("%d captured, %d received by filter, %d dropped; want 5, 5 to 10, 0: the kernel filters", captured, received, dropped)
	}
}

// startIPScap starts ipscap on all interfaces and waits for its banner.
func startIPScap(t *testing.T, args ...string) (*liveRunner, *command) {
	t.Helper()
	r := &liveRunner{status: make(chan int, 1)}
	c := newCommand("ipscap", strings.NewReader(""), &r.stdout, &r.stderr)
	c.ipscap = true
	go func() { r.status <- c.main(append([]string{"ipscap"}, args...)) }()
	r.wait(t, &r.stdout, "Start capture packets...\n")
	return r, c
}

// TestLiveIPScap: all interfaces, the banner, a payload split over two
// segments, statistics at the end of the time.
func TestLiveIPScap(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("needs IPv6 on the loopback: %v", err)
	}
	defer l.Close()
	port := l.Addr().(*net.TCPAddr).Port
	r, c := startIPScap(t, "--find=secret word", "--find-stream", fmt.Sprintf("--port=%d", port), "--timeout=600.5")
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, part := range []string{"a secr", "et wo", "rd, sent"} {
		if _, err := conn.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(server, make([]byte, len(part))); err != nil {
			t.Fatal(err)
		}
	}
	r.wait(t, &r.stdout, "rd, sent")
	c.events.post(eventOver)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d: %s", status, &r.stderr)
	}
	out := r.stdout.String()
	banner := fmt.Sprintf("Start capture packets...\n\nThis capture stops by itself after 600.5 seconds.\n\n[FILTERS]\nfind:         secret word\nfind_stream:  on\nport:         %d\n\n", port)
	if !strings.HasPrefix(out, banner) {
		t.Errorf("the banner is %q, want %q", out[:min(len(out), len(banner))], banner)
	}
	if !strings.Contains(out, "\nDirection:      SEND [ >>> ]\n") || !strings.Contains(out, "\n\nrd, sent\n\n") || strings.Contains(out, "et wo\n") {
		t.Errorf("not exactly the segment in which the hit ends is shown:\n%s", out)
	}
	if !strings.Contains(out, "TRANSFER STATISTICS") || !strings.Contains(out, fmt.Sprintf("<-> [::1]:%d\n SEND:      count: ", port)) {
		t.Errorf("there are no statistics:\n%s", out)
	}
	if strings.Contains(out, "Stopped by user") || r.stderr.String() != "" {
		t.Errorf("it says %s%s", out, &r.stderr)
	}
}

// TestLiveTimeout: --timeout ends a capture that nothing else ends.
func TestLiveTimeout(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r, _ := startIPScap(t, "--force", "--timeout=0.1")
	if status := r.ended(t); status != 0 || !strings.Contains(r.stdout.String(), "TRANSFER STATISTICS") || strings.Contains(r.stdout.String(), "Stopped by user") {
		t.Errorf("exit status %d:\n%s%s", status, &r.stdout, &r.stderr)
	}
}

// TestLiveStop: Ctrl-C is told, and the statistics follow.
func TestLiveStop(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r, c := startIPScap(t, "--force", "--output=LINE", "-i", "lo")
	sendUDP(t, 80, 1)
	r.wait(t, &r.stdout, "127.0.0.1:80,")
	c.events.post(eventStop)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d: %s", status, &r.stderr)
	}
	// Without a filter the banner has no list of them; nothing else is said.
	if !strings.HasPrefix(r.stdout.String(), "Start capture packets...\n\nPress `Ctrl + C` to stop.\n\n2") || r.stderr.String() != "" {
		t.Errorf("it begins with\n%s%s", &r.stdout, &r.stderr)
	}
	_, end, found := strings.Cut(r.stdout.String(), " Stopped by user...\n")
	if !found || !strings.Contains(end, "TRANSFER STATISTICS") || !strings.Contains(r.stdout.String(), "Press `Ctrl + C` to stop.\n") {
		t.Errorf("the output is\n%s", &r.stdout)
	}
}

// TestLiveVerbose: --verbose=2 says what it listens on, but nothing about
// lines, which ipscap does not print.
func TestLiveVerbose(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, args := range [][]string{{"--verbose=2"}, {"--verbose=2", "--print"}} {
		r, c := startIPScap(t, append(args, "--port=80", "--output=NONE", "-i", "lo")...)
		r.wait(t, &r.stderr, "listening on lo")
		c.events.post(eventStop)
		r.ended(t)
		if said := strings.Contains(r.stderr.String(), "verbose output suppressed"); said != (len(args) > 1) {
			t.Errorf("%v: says %s", args, &r.stderr)
		}
	}
}
