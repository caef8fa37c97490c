package cli

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/page"
	"github.com/tapdump/tapdump/internal/testenv"
)

// askPage sends a request to a server, and returns all that comes.
func askPage(t *testing.T, address, target string) string {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "GET "+target+" HTTP/1.1\r\nHost: "+address+"\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

// TestServePage: a process shows the page and the capture, confined, until a signal
// comes; without the page in it, it says how to get it.
func TestServePage(t *testing.T) {
	testenv.NeedsLoopback(t)
	const name = "../../testdata/captures/lan.pcap"
	if _, err := page.HTML(nil); errors.Is(err, page.ErrNone) {
		got := run("--serve", "-r", name)
		if got.status != 1 || !strings.Contains(got.stderr, "--serve: this tapdump was built without the page; `make build` builds it in") {
			t.Errorf("status %d, %s", got.status, got.stderr)
		}
		t.Skip("the page is not built: make page")
	}
	r := &liveRunner{status: make(chan int, 1)}
	cmd := exec.Command(os.Args[0], "--serve", "-r", name)
	cmd.Args[0] = "tapdump"
	cmd.Env = append(os.Environ(), asProgram+"=1")
	r.start(t, cmd)
	r.wait(t, &r.stderr, "the page is at ")
	m := regexp.MustCompile(`http://(127\.0\.0\.1:\d+)/`).FindStringSubmatch(r.stderr.String())
	if m == nil {
		t.Fatalf("it does not say where the page is:\n%s", &r.stderr)
	}
	html := askPage(t, m[1], "/")
	path := regexp.MustCompile(`name="capture" content="(/capture/\w+)" data-name="lan\.pcap"`).FindStringSubmatch(html)
	if !strings.HasPrefix(html, "HTTP/1.1 200 OK\r\n") || path == nil {
		t.Fatalf("the page is\n%.1000s", html)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if _, got, _ := strings.Cut(askPage(t, m[1], path[1]), "\r\n\r\n"); got != string(file) {
		t.Errorf("the capture has %d bytes, want %d", len(got), len(file))
	}
	if got := askPage(t, m[1], "/capture/"); !strings.HasPrefix(got, "HTTP/1.1 404 ") {
		t.Errorf("without the whole path comes\n%.200s", got)
	}
	stop(t, cmd)
	if status := <-r.status; status != 0 || strings.Contains(r.stderr.String(), "sandbox") {
		t.Errorf("status %d:\n%s", status, &r.stderr)
	}
}
