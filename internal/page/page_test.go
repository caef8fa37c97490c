package page

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/tapdump/tapdump/internal/testenv"
)

// made are the sources of the page with something in the program's place.
func made(t testing.TB, program string) *parts {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	p := &parts{program: w.EncodeAll([]byte(program), nil), support: "support();", reports: "'sha256-a' 'sha256-b'\n'sha256-c'\n"}
	for name, to := range map[string]*string{"page.html": &p.page, "page.css": &p.style, "page.js": &p.script, "worker.js": &p.worker} {
		text, err := os.ReadFile(filepath.Join("assets", name))
		if err != nil {
			t.Fatal(err)
		}
		*to = string(text)
	}
	return p
}

// TestAssemble: the page is one file whose policy names what is in it, and nothing else.
func TestAssemble(t *testing.T) {
	program := strings.Repeat("program ", 1000)
	html, err := made(t, program).assemble(nil)
	if err != nil {
		t.Fatal(err)
	}
	page := string(html)
	if strings.Contains(page, "{{") {
		t.Error("something has not been put in")
	}
	policy := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(page)
	if policy == nil || !strings.HasPrefix(policy[1], "default-src 'none'; ") || strings.Contains(policy[1], "unsafe-inline") ||
		strings.Contains(policy[1], "'unsafe-eval'") || strings.Contains(policy[1], "connect-src") || strings.Contains(policy[1], "http") {
		t.Fatalf("the policy is %q", policy)
	}
	for _, m := range regexp.MustCompile(`(?s)<(script|style)>(.*?)</`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(policy[1], Hash(m[2])) {
			t.Errorf("the policy does not know a %s:\n%.80s", m[1], m[2])
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href|srcset|action)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if m[1] != "data:," {
			t.Errorf("the page loads %s", m[1])
		}
	}
	packed := regexp.MustCompile(`(?s)id="program">(.*?)</script>`).FindStringSubmatch(page)
	raw, err := base64.StdEncoding.DecodeString(packed[1])
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != program {
		t.Errorf("the program is %.40q, %v", got, err)
	}
	again, err := made(t, program).assemble(nil)
	if err != nil || !bytes.Equal(html, again) {
		t.Errorf("a second page is another, %v", err)
	}
	offering, err := made(t, program).assemble(&Capture{Path: "/capture/X", Name: `"><script>alert(1)</script>`})
	if err != nil || !bytes.Contains(offering, []byte("connect-src 'self'")) || bytes.Contains(offering, []byte("<script>alert")) {
		t.Errorf("the name of a file is markup, %v", err)
	}
}

// TestNoMarkupFromText: the page's scripts make no markup or code of text, and fetch
// nothing but what is offered.
func TestNoMarkupFromText(t *testing.T) {
	forbidden := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|XMLHttpRequest|WebSocket|EventSource|sendBeacon|importScripts|localStorage|\.cookie|setAttribute\("on|\.style\.cssText|createContextualFragment|DOMParser`)
	for _, name := range []string{"page.js", "worker.js", "page.html", "page.css"} {
		text, err := os.ReadFile(filepath.Join("assets", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range forbidden.FindAllString(string(text), -1) {
			t.Errorf("%s has %s", name, at)
		}
		if name == "page.html" && regexp.MustCompile(`\son[a-z]+=|\sstyle=`).Match(text) {
			t.Errorf("%s has code or style in attributes", name)
		}
		if n := strings.Count(string(text), "fetch("); n > 1 || n == 1 && (name != "page.js" || !strings.Contains(string(text), "fetch(offered.content)")) {
			t.Errorf("%s fetches", name)
		}
		if n := strings.Count(string(text), "srcdoc"); n > 0 && (n != 1 || !strings.Contains(string(text), `$("report").srcdoc = m.html`)) {
			t.Errorf("%s puts something else than the report into a frame", name)
		}
	}
	page, err := os.ReadFile(filepath.Join("assets", "page.html"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), `sandbox="allow-scripts"`) {
		t.Error("the report's frame may do more than run its scripts")
	}
}

const capturePath = "/capture/SECRET"

// served is a server whose page is "page".
func served() *Server {
	return &Server{page: []byte("page"), path: capturePath, capture: &Offered{File: strings.NewReader("packets"), Size: 7, Name: "a.pcap"}, open: make(map[net.Conn]struct{})}
}

// TestRespond: what requests get.
func TestRespond(t *testing.T) {
	s := served()
	for _, c := range []struct{ head, status, body string }{
		{"GET / HTTP/1.1\r\nHost: 127.0.0.1:8080", "200 OK", "page"},
		{"GET / HTTP/1.1\r\nhost:\t[::1]:8080 ", "200 OK", "page"},
		{"GET / HTTP/1.1\r\nHost: localhost", "200 OK", "page"},
		{"GET / HTTP/1.0\r\nHost: 192.0.2.7", "200 OK", "page"},
		{"HEAD / HTTP/1.1\r\nHost: 127.0.0.1:8080", "200 OK", ""},
		{"GET /capture/SECRET HTTP/1.1\r\nHost: 127.0.0.1:8080", "200 OK", "packets"},
		{"GET /capture/SECRET HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nSec-Fetch-Site: same-origin", "200 OK", "packets"},
		{"GET /capture/SECRET HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nSec-Fetch-Site: cross-site", "404 Not Found", "There is nothing here.\n"},
		{"GET /capture/ HTTP/1.1\r\nHost: 127.0.0.1:8080", "404 Not Found", "There is nothing here.\n"},
		{"GET /../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1:8080", "404 Not Found", "There is nothing here.\n"},
		{"POST / HTTP/1.1\r\nHost: 127.0.0.1:8080", "405 Method Not Allowed", "There is nothing to change here.\n"},
		{"GET / HTTP/1.1\r\nHost: evil.example:8080", "421 Misdirected Request", "Name this server by its address, not by a name.\n"},
		{"GET / HTTP/1.1\r\nHost: 127.0.0.1.evil.example", "421 Misdirected Request", "Name this server by its address, not by a name.\n"},
		{"GET / HTTP/1.1\r\nHost: localhost.evil.example:80", "421 Misdirected Request", "Name this server by its address, not by a name.\n"},
		{"GET / HTTP/1.1", "400 Bad Request", "This is no request that is understood here.\n"},
		{"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1", "400 Bad Request", "This is no request that is understood here.\n"},
		{"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nbad line", "400 Bad Request", "This is no request that is understood here.\n"},
		{"GET / HTTP/2\r\nHost: 127.0.0.1", "400 Bad Request", "This is no request that is understood here.\n"},
		{"GET /", "400 Bad Request", "This is no request that is understood here.\n"},
		{"", "400 Bad Request", "This is no request that is understood here.\n"},
	} {
		r := s.respond(c.head)
		var body []byte
		if r.body != nil {
			body, _ = io.ReadAll(io.NewSectionReader(r.body, 0, r.size))
		}
		if r.status != c.status || string(body) != c.body {
			t.Errorf("%q: %s, %q; want %s, %q", c.head, r.status, body, c.status, c.body)
		}
	}
}

// FuzzRespond has no request answered with the page or the capture that names the server
// otherwise than by an address.
func FuzzRespond(f *testing.F) {
	f.Add("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")
	f.Add("HEAD /capture/SECRET HTTP/1.0\r\nHost: [::1]\r\nSec-Fetch-Site: none\r\n\r\n")
	s := served()
	f.Fuzz(func(t *testing.T, request string) {
		head, err := readHead(strings.NewReader(request))
		if err != nil {
			return
		}
		r := s.respond(head)
		if strings.Count(r.head(), "\r\n\r\n") != 1 {
			t.Errorf("%q is answered with %q", request, r.head())
		}
		if r.status == "200 OK" && !strings.Contains(strings.ToLower(head), "host:") {
			t.Errorf("%q has no Host, and gets %s", request, r.status)
		}
	})
}

// ask sends a request and returns all that comes.
func ask(t *testing.T, url, request string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	all, _ := io.ReadAll(conn) // a refusal may be a reset
	return string(all)
}

// TestServe: browsers are answered at the same time, whoever sends nothing does not keep
// others waiting, too many are turned away, and Close ends all.
func TestServe(t *testing.T) {
	testenv.NeedsLoopback(t)
	s := served()
	l, err := net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	s.listener = l
	s.page = bytes.Repeat([]byte("page"), 1<<20)
	ended := make(chan struct{})
	go func() {
		s.Serve(func(text string) { t.Error(text) })
		close(ended)
	}()
	silent, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got := ask(t, s.URL(), "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
			head, body, _ := strings.Cut(got, "\r\n\r\n")
			if !strings.HasPrefix(head, "HTTP/1.1 200 OK\r\n") || body != string(s.page) || !strings.Contains(head, "X-Content-Type-Options: nosniff\r\n") {
				t.Errorf("the answer is %d bytes behind\n%s", len(body), head)
			}
		})
	}
	group.Wait()
	if got := ask(t, s.URL(), "GET /x HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", maxRequest)+"\r\n\r\n"); got != "" {
		t.Errorf("a request that is too long gets %q", got)
	}
	var all []net.Conn
	for range maxConnections + 1 {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		all = append(all, conn)
	}
	if _, err := all[maxConnections].Read(make([]byte, 1)); err == nil {
		t.Error("one connection too many is answered")
	}
	s.Close()
	<-ended
	if _, err := silent.Read(make([]byte, 1)); err == nil {
		t.Error("a connection is open after Close")
	}
}

// TestNone: a program without the page says so.
func TestNone(t *testing.T) {
	_, err := HTML(nil)
	if _, missing := os.Stat(filepath.Join("assets", Program)); missing != nil && !errors.Is(err, ErrNone) || missing == nil && err != nil {
		t.Errorf("the page: %v", err)
	}
}
