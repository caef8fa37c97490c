package cli

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestTLSKeys: curl asks a server of HTTP/2 over TLS 1.2 and 1.3 and writes down its
// secrets. What a capture of that says, live with a key log that grows, and from a
// file that has the secrets, is what was asked for; and tshark sees the same in the
// file without another one.
func TestTLSKeys(t *testing.T) {
	testenv.NeedsCommand(t, "curl")
	if !inNamespace(t) {
		return
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/absent" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "a marvellous answer to %s over %s\n", r.URL.Path, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	port := server.Listener.Addr().(*net.TCPAddr).Port

	dir := t.TempDir()
	keys, file := filepath.Join(dir, "keys"), filepath.Join(dir, "x.pcapng")
	if err := os.WriteFile(keys, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	live := &liveRunner{status: make(chan int, 1)}
	c := newCommand("tapdump", strings.NewReader(""), &live.stdout, &live.stderr)
	go func() {
		live.status <- c.main([]string{"tapdump", "-i", "lo", "-nn", "--immediate-mode", "--app", "--tls-keys", keys, "-w", file, "--print", "tcp", "port", fmt.Sprint(port)})
	}()
	live.wait(t, &live.stderr, "snapshot length 262144 bytes\n")
	var paths []string
	for _, version := range []string{"1.2", "1.3"} {
		path := "/page" + version
		paths = append(paths, path, "/absent")
		curl := exec.Command("curl", "-sk", "--http2", "--tlsv"+version, "--tls-max", version,
			server.URL+path, server.URL+"/absent")
		curl.Env = append(os.Environ(), "SSLKEYLOGFILE="+keys)
		out, err := curl.CombinedOutput()
		if err != nil || !strings.Contains(string(out), "answer to "+path+" over HTTP/2.0") {
			t.Fatalf("curl: %v\n%s", err, out)
		}
	}
	if b, err := os.ReadFile(keys); err != nil || len(b) == 0 {
		t.Fatalf("curl wrote no secrets: %v", err)
	}
	server.Close() // and with it its connections
	live.wait(t, &live.stdout, "page1.3")
	c.events.post(eventStop)
	if status := live.ended(t); status != 0 {
		t.Errorf("exit status %d\n%s", status, &live.stderr)
	}

	read := func(args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		c := newTestCommand("tapdump", strings.NewReader(""), &stdout, &stderr)
		if status := c.main(append([]string{"tapdump", "-nn", "-r", file}, args...)); status != 0 {
			t.Errorf("%v: exit status %d\n%s", args, status, &stderr)
		}
		return stdout.String()
	}
	for what, lines := range map[string]string{"live": live.stdout.String(), "from the file": read("--app")} {
		for _, text := range []string{"TLS 1.2 Client Hello", "TLS 1.3 Client Hello", "ALPN=h2", "GET /page1.2", "GET /page1.3", "GET /absent", "404"} {
			if !strings.Contains(lines, text) {
				t.Errorf("%s, %q is not in\n%s", what, text, lines)
			}
		}
	}
	if n := strings.Count(read("--condition", "path=/page*"), "\n"); n != 2 {
		t.Errorf("%d packets have one of the paths, want 2", n)
	}
	if n := strings.Count(read("--condition", "http.status>=400; app=http2"), "\n"); n != 2 {
		t.Errorf("%d packets have an error, want 2", n)
	}
	if n := strings.Count(read("--find", "marvellous answer", "--app"), "\n"); n != 2 {
		t.Errorf("%d packets have the answer, want 2", n)
	}

	testenv.NeedsCommand(t, "tshark")
	tshark := exec.Command("tshark", "-2", "-n", "-r", file, "-d", fmt.Sprintf("tcp.port==%d,tls", port), "-Y", "http2.headers.path", "-T", "fields", "-e", "http2.headers.path")
	out, err := tshark.Output()
	if err != nil {
		t.Fatalf("tshark: %v", err)
	}
	if got := strings.Fields(string(out)); !slices.Equal(got, paths) {
		t.Errorf("tshark sees the paths %q, want %q", got, paths)
	}
}
