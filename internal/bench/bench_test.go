//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestCommands: the command line of each job for each program.
func TestCommands(t *testing.T) {
	b := bench{tools: [toolCount]string{"/bin/tapdump", "/bin/tcpdump", "/bin/tshark"}, dir: "/tmp/x"}
	var text strings.Builder
	for _, j := range jobs() {
		for i := range b.tools {
			if i < tshark || j.tshark != "" {
				fmt.Fprintf(&text, "%s: %q\n", j.what, b.command(i, j))
			}
		}
	}
	testenv.Golden(t, "testdata/commands.txt", []byte(text.String()))
}

// tool writes a stand-in for a program, which notes how it was called.
func tool(t *testing.T, dir, name, body string) string {
	t.Helper()
	file := filepath.Join(dir, name)
	script := fmt.Sprintf("#!/bin/sh\n[ \"$1\" = --version ] && { echo %s version 1; echo library 2; echo more; exit; }\necho %s \"$@\" >>%s/calls\n%s\n", name, name, dir, body)
	if err := os.WriteFile(file, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestRun: the programs are run in turn, tshark once, and what comes out stands
// between the marks of the report, whose rest stays.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	b := bench{packets: 50, runs: 3}
	for i, name := range []string{"tapdump", "tcpdump", "tshark"} {
		b.tools[i] = tool(t, dir, name, "")
	}
	report := filepath.Join(dir, "report.md")
	if err := os.WriteFile(report, []byte("before\n"+fileMarks.begin+"old\n"+fileMarks.end+"after\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := b.main("print with text", report, false); err != nil {
		t.Fatal(err)
	}
	calls, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for line := range strings.Lines(string(calls)) {
		order = append(order, strings.Fields(line)[0])
	}
	if got := strings.Join(order, " "); got != "tapdump tcpdump tapdump tcpdump tapdump tcpdump" {
		t.Errorf("the programs ran in the order %s", got)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"before\n" + fileMarks.begin, fileMarks.end + "after\n", "50 packets", "tcpdump version 1, library 2.", "| print with text | `-nn -A -r FILE` |"} {
		if !bytes.Contains(text, []byte(want)) {
			t.Errorf("the report lacks %q:\n%s", want, text)
		}
	}
	if bytes.Contains(text, []byte("old")) || bytes.Contains(text, []byte("print briefly")) {
		t.Errorf("the report has what it should not:\n%s", text)
	}
	if _, err := os.Stat(b.dir); !os.IsNotExist(err) {
		t.Errorf("%s is left behind: %v", b.dir, err)
	}
}

// TestFailures: what cannot be measured is an error that says what and why.
func TestFailures(t *testing.T) {
	dir := t.TempDir()
	ok, wrong := tool(t, dir, "ok", ""), tool(t, dir, "wrong", "echo its reason >&2; exit 3")
	marked := filepath.Join(dir, "marked.md")
	if err := os.WriteFile(marked, []byte(fileMarks.begin+fileMarks.end), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		tools [toolCount]string
		out   string
		live  bool
		want  string
	}{
		{"no tapdump", [toolCount]string{dir + "/none", ok, ok}, "", false, "run make build first"},
		{"no tcpdump", [toolCount]string{ok, dir + "/none", ok}, "", false, "apt-get install tcpdump"},
		{"no report", [toolCount]string{ok, ok, ok}, dir + "/none.md", false, "none.md"},
		{"no marks", [toolCount]string{ok, ok, ok}, ok, false, "lacks the lines"},
		{"no marks for live captures", [toolCount]string{ok, ok, ok}, marked, true, "make bench-live"},
		{"tapdump fails", [toolCount]string{wrong, ok, ok}, "", false, "exit status 3: its reason"},
		{"tcpdump fails", [toolCount]string{ok, wrong, ok}, marked, false, "exit status 3: its reason"},
		{"no tshark", [toolCount]string{ok, ok, dir + "/none"}, "", false, ""},
	} {
		b := bench{tools: c.tools, packets: 5, runs: 1}
		err := b.main("print briefly", c.out, c.live)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestMedian: the middle one counts, the largest for memory.
func TestMedian(t *testing.T) {
	if got := median([]int64{9, 1, 5}); got != 5 {
		t.Errorf("median %d, want 5", got)
	}
	if got := median([]time.Duration{4, 1, 3, 2}); got != 3 {
		t.Errorf("median %d, want 3", got)
	}
}

// TestTable: the results as they stand in the report, and on the terminal.
func TestTable(t *testing.T) {
	b := bench{tools: [toolCount]string{tcpdump: tool(t, t.TempDir(), "tcpdump", "")}, packets: 1000, runs: 5, size: 3 << 20}
	long := strings.Repeat("host 10.0.0.1 or ", 5)
	results := []result{
		{job{what: "print", args: "-nn -r FILE", tshark: "-n -r FILE", limit: "1/8"}, [toolCount]usage{
			{100 * time.Millisecond, 150 * time.Millisecond, 12 << 20}, {1500 * time.Millisecond, 1400 * time.Millisecond, 9 << 20}, {31 * time.Second, 30 * time.Second, 700 << 20}}},
		{job{what: "count", args: long[:60]}, [toolCount]usage{{time.Second, 999 * time.Millisecond, 1 << 20}, {time.Second, time.Second, 1 << 19}, {}}},
		{job{what: "count", args: long[:61]}, [toolCount]usage{{time.Second, time.Second, 1 << 20}, {time.Second, time.Second, 1 << 20}, {}}},
	}
	var text bytes.Buffer
	b.writeTable(&text, results, 250*time.Millisecond)
	_, table, _ := strings.Cut(text.String(), "processors.\n") // the machine's own stands before
	for _, r := range results {
		table += r.String() + "\n"
	}
	testenv.Golden(t, "testdata/table.txt", []byte(table))
}

// TestCaptures: the captures are the same packets in each format, and tcpdump's
// names come from the hosts file alone.
func TestCaptures(t *testing.T) {
	b := bench{packets: 100, dir: t.TempDir()}
	for name, format := range map[string]pcapfile.Format{"mixed.pcap": {}, "mixed.pcapng": {Pcapng: true}, "mixed.pcap.gz": {Compression: pcapfile.Gzip}} {
		if err := b.makeCapture(name, format); err != nil {
			t.Fatal(err)
		}
		src, err := pcapfile.Open(b.path(name))
		if err != nil {
			t.Fatal(err)
		}
		var pkt capture.Packet
		n := 0
		for src.Next(&pkt) == nil {
			n++
		}
		if n != b.packets {
			t.Errorf("%s has %d packets, want %d", name, n, b.packets)
		}
		src.Close()
	}
	if info, err := os.Stat(b.path("mixed.pcap")); err != nil || info.Size() != b.size {
		t.Errorf("mixed.pcap is taken to have %d bytes, and has %v (%v)", b.size, info, err)
	}
	if err := b.makeNames(); err != nil {
		t.Fatal(err)
	}
	hosts, err := os.ReadFile(b.path("hosts"))
	if err != nil || !bytes.Contains(hosts, []byte("10.0.0.254 host254.example.net\n")) || bytes.Count(hosts, []byte("\n")) != 1+3*254 {
		t.Errorf("the hosts file is another: %v\n%s", err, hosts)
	}
}

// TestLiveRow: the median of what was lost, and of the time a captured packet took.
func TestLiveRow(t *testing.T) {
	runs := [tshark][]liveResult{
		{{1000, 1000, time.Second / 2, time.Millisecond}, {1000, 900, time.Second / 2, 2 * time.Millisecond}, {1000, 0, time.Second / 2, time.Second}},
		{{1000, 500, time.Second / 2, 4 * time.Millisecond}, {1000, 500, time.Second / 2, 4 * time.Millisecond}, {1000, 400, time.Second / 2, 4 * time.Millisecond}},
	}
	const want = "| `-nn` | 2000 | 10.00 % | 50.00 % | 2.22 / 8.00 us |\n"
	if got := liveRow(liveJob{"-nn", 1}, runs); got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	for _, c := range []struct {
		sent, captured, share int
		want                  float64
	}{{1000, 10, 100, 0}, {1001, 11, 100, 0}, {1100, 11, 50, 0.5}, {100, 1, 100, 0}} {
		if got := (liveResult{sent: c.sent, captured: c.captured}).loss(liveJob{"", c.share}); got != c.want {
			t.Errorf("%d of %d captured, one of %d passes: lost %v, want %v", c.captured, c.sent, c.share, got, c.want)
		}
	}
}

// TestFrame: what is sent is a whole UDP packet with a right checksum.
func TestFrame(t *testing.T) {
	var s sender
	s.fill()
	const want = "020000000002020000000001" + "0800" + "45000072000040004011b677c0000201c0000202" + "9c400000005e0000"
	if got := fmt.Sprintf("%x", s.frame[:42]); got != want {
		t.Errorf("the frame begins\n%s, want\n%s", got, want)
	}
}
