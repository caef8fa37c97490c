package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestReportLive: a report of a live capture is written from within the sandbox when the
// capture ends, with what the kernel says of losses, and replaces the one that is there.
func TestReportLive(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, options := range [][]string{nil, {"-w", "x.pcapng", "--print"}} {
		dir := filepath.Join(testenv.OpenDir(t), "reports")
		if err := os.Mkdir(dir, 0o777); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "x.html")
		put(t, file, "the old one")
		line := append([]string{"-n", "-i", "lo", "--report", file, "udp dst port 5353"}, options...)
		if options != nil {
			line[6+1] = filepath.Join(dir, line[6+1])
		}
		cmd, r := startProcess(t, line...)
		sendUDP(t, 5353, 10)
		if page, err := os.ReadFile(file); err != nil || string(page) != "the old one" {
			t.Errorf("while it captures, the report is %.20q, %v", page, err)
		}
		cmd.Process.Signal(syscall.SIGINT)
		if status := r.ended(t); status != 0 || strings.Contains(r.stderr.String(), "WARNING") {
			t.Errorf("exit status %d:\n%s", status, &r.stderr)
		}
		page, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Nothing was lost.", "<bdi>lo</bdi>", "<dt>Packets</dt><dd>10</dd>", "<dt>Dropped by the kernel</dt><dd>0</dd>", "udp dst port 5353"} {
			if !bytes.Contains(page, []byte(want)) {
				t.Errorf("%q: the report lacks %q", options, want)
			}
		}
		if lines := strings.Count(r.stdout.String(), " > 127.0.0.1.5353: "); lines != 10*len(options)/3 {
			t.Errorf("%q: %d lines", options, lines)
		}
		if files := strings.Join(filesBelow(t, dir), " "); files != "x.html" && (options == nil || files != "x.html x.pcapng") {
			t.Errorf("left behind: %s", files)
		}
	}
}

// TestReportLiveFails: nothing is left of a report that cannot take its place.
func TestReportLiveFails(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	dir := testenv.OpenDir(t)
	file := filepath.Join(dir, "x.html")
	cmd, r := startProcess(t, "-n", "-i", "lo", "--report", file, "udp dst port 5353")
	if err := os.Mkdir(file, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd.Process.Signal(syscall.SIGTERM)
	if status := r.ended(t); status != 1 || !strings.Contains(r.stderr.String(), "--report "+file+": ") {
		t.Errorf("exit status %d:\n%s", status, &r.stderr)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}
