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

// TestCommands: the command lines of each job.
func TestCommands(t *testing.T) {
	b := bench{tools: [toolCount]string{"/bin/tapdump", "/bin/tcpdump", "/bin/tshark"}, dir: "/tmp/it's", core: "7"}
	var text strings.Builder
	for _, s := range sections() {
		fmt.Fprintf(&text, "%s\n", s.title)
		for _, j := range s.jobs {
			for _, line := range []string{"tapdump " + j.args, j.other()} {
				if line == nothing {
					continue
				}
				fmt.Fprintf(&text, "\t%s: %q\n", j.what, b.command(line, j))
			}
		}
	}
	testenv.Golden(t, "testdata/commands.txt", []byte(text.String()))
}

// TestFilesAreUsed: every word that stands for a file is in a job, and those of jobs are
// files.
func TestFilesAreUsed(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sections() {
		for _, j := range s.jobs {
			for _, word := range strings.Fields(j.args + " " + j.other()) {
				if _, ok := fileOf(word); ok {
					used[word] = true
				} else if len(word) > 1 && strings.Trim(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
					t.Errorf("%s: no file is called %s", j.what, word)
				}
			}
		}
	}
	for _, f := range files() {
		if !used[f.word] {
			t.Errorf("no job has %s", f.word)
		}
	}
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
	report := filepath.Join(dir, "report.md")
	for _, c := range []struct{ only, order, row string }{
		{"All cores: print with text", "tapdump tcpdump tapdump tcpdump tapdump tcpdump", "| print with text | `-nn -A -r FILE` | tcpdump |"},
		{"records of eight", "tapdump tshark tapdump tapdump", "| records of eight fields | `-nn --fields "},
		{"compile 10,000", "tapdump tapdump tapdump", "| compile 10,000 pairs | `-nn --count -r ONE -F PAIRS` |  |"},
		{"count from our gzip", "tapdump tcpdump tapdump tcpdump tapdump tcpdump", "| `gzip -dc OWNGZ \\| tcpdump -nn --count -r - tcp` |"},
	} {
		b := bench{packets: 50, runs: 3, only: c.only, core: "0"}
		for i, name := range []string{"tapdump", "tcpdump", "tshark"} {
			b.tools[i] = tool(t, dir, name, "[ $# -lt 6 ] || cat >/dev/null")
		}
		if err := os.WriteFile(report, []byte("before\n"+fileMarks.begin+"old\n"+fileMarks.end+"after\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := b.main(fileMode, report); err != nil {
			t.Fatal(err)
		}
		if got := calls(t, dir); got != c.order {
			t.Errorf("-k %q: the programs ran in the order %s, want %s", c.only, got, c.order)
		}
		text, err := os.ReadFile(report)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"before\n" + fileMarks.begin, fileMarks.end + "after\n", "50 packets", "tcpdump version 1, library 2;", c.row} {
			if !bytes.Contains(text, []byte(want)) {
				t.Errorf("-k %q: the report lacks %q:\n%s", c.only, want, text)
			}
		}
		if bytes.Contains(text, []byte("old\n")) || bytes.Contains(text, []byte("print briefly")) {
			t.Errorf("-k %q: the report has what it should not:\n%s", c.only, text)
		}
		if _, err := os.Stat(b.dir); !os.IsNotExist(err) {
			t.Errorf("%s is left behind: %v", b.dir, err)
		}
	}
}

// calls are the programs that ran since the last time, in order.
func calls(t *testing.T, dir string) string {
	t.Helper()
	name := filepath.Join(dir, "calls")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	var order []string
	for line := range strings.Lines(string(text)) {
		order = append(order, strings.Fields(line)[0])
	}
	return strings.Join(order, " ")
}

// TestLeftOut: a job whose other program is not there is left out.
func TestLeftOut(t *testing.T) {
	dir := t.TempDir()
	b := bench{packets: 5, runs: 1, only: "records of eight", core: "0"}
	b.tools = [toolCount]string{tool(t, dir, "tapdump", ""), tool(t, dir, "tcpdump", ""), dir + "/none"}
	if err := b.main(fileMode, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "calls")); !os.IsNotExist(err) {
		t.Errorf("something ran: %v", err)
	}
	for line, want := range map[string]string{
		"tshark -r FILE": "tshark", "no-such-program -dc GZ | tcpdump -r -": "no-such-program", "cp FILE OUT": "", nothing: "", "": "",
	} {
		if got := b.missing(job{beside: line, args: "-r FILE"}); got != want {
			t.Errorf("%q: %q is missing, want %q", line, got, want)
		}
	}
}

// TestAgainst: a build that takes longer is said to, after it was run more often; one
// that does not, is not.
func TestAgainst(t *testing.T) {
	dir := t.TempDir()
	const busy = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
	slow, fast := tool(t, dir, "slow", busy), tool(t, dir, "fast", "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); done")
	b := bench{tools: [toolCount]string{slow, fast, ""}, packets: 5, runs: 1, worse: 50, core: "0", only: "All cores: print briefly", against: fast}
	err := b.main(againstMode, "")
	if err == nil || !strings.Contains(err.Error(), "1 jobs take over 50 % more") || !strings.Contains(err.Error(), "print briefly") {
		t.Errorf("a slower build: %v", err)
	}
	if got, want := calls(t, dir), "slow fast slow fast slow fast slow fast"; got != want {
		t.Errorf("the builds ran in the order %s, want %s", got, want)
	}
	b.tools[tapdump], b.against = fast, slow
	if err := b.main(againstMode, ""); err != nil {
		t.Errorf("a faster build: %v", err)
	}
	if got, want := calls(t, dir), "fast slow"; got != want {
		t.Errorf("the builds ran in the order %s, want %s", got, want)
	}
	b.against = dir + "/none"
	if err := b.main(againstMode, ""); err == nil || !strings.Contains(err.Error(), "-against") {
		t.Errorf("no other build: %v", err)
	}
}

// TestScaling: each job reads so many times the capture on so many processors; what is
// fed has as many packets.
func TestScaling(t *testing.T) {
	dir := t.TempDir()
	b := bench{packets: 40, dir: dir, made: map[string]int{}}
	b.tools[tapdump] = tool(t, dir, "tapdump", "case \"$*\" in *list*) cp \"$6\" "+dir+"/listed;; *) cat >"+dir+"/fed;; esac")
	row, err := b.scale(scaleJobs[0], 3, 2)
	if err != nil || !strings.HasPrefix(row, "| count | `--jobs JOBS -nn --count -V LIST tcp` | 120 | 2 | ") {
		t.Errorf("%v, row\n%s", err, row)
	}
	if list, err := os.ReadFile(dir + "/listed"); err != nil || string(list) != strings.Repeat(b.path("mixed.pcap")+"\n", 3) {
		t.Errorf("%v, the list is\n%s", err, list)
	}
	if row, err = b.scale(scaleJobs[3], 3, 1); err != nil || !strings.HasPrefix(row, "| flows as JSON | `--jobs JOBS -nn --table flows --json -r -` | 120 | 1 | ") {
		t.Errorf("%v, row\n%s", err, row)
	}
	if n := packetsIn(t, dir+"/fed"); n != 120 {
		t.Errorf("%d packets were fed, want 120", n)
	}
	for n, want := range map[int]string{1: "[1]", 2: "[1 2]", 6: "[1 2 4 6]", 8: "[1 2 4 8]"} {
		if got := fmt.Sprint(jobNumbers(n)); got != want {
			t.Errorf("of %d processors %s are tried, want %s", n, got, want)
		}
	}
}

func packetsIn(t *testing.T, name string) (n int) {
	t.Helper()
	src, err := pcapfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	for _, err := range capture.Packets(src) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
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
		mode  mode
		want  string
	}{
		{"no tapdump", [toolCount]string{dir + "/none", ok, ok}, "", fileMode, "run make build first"},
		{"no tcpdump", [toolCount]string{ok, dir + "/none", ok}, "", fileMode, "apt-get install tcpdump"},
		{"no report", [toolCount]string{ok, ok, ok}, dir + "/none.md", fileMode, "none.md"},
		{"no marks", [toolCount]string{ok, ok, ok}, ok, fileMode, "lacks the lines"},
		{"no marks for live captures", [toolCount]string{ok, ok, ok}, marked, liveMode, "make bench-live"},
		{"no marks for scaling", [toolCount]string{ok, ok, ok}, marked, scalingMode, "make bench-scaling"},
		{"tapdump fails", [toolCount]string{wrong, ok, ok}, "", fileMode, "exit status 3: its reason"},
		{"tcpdump fails", [toolCount]string{ok, wrong, ok}, marked, fileMode, "exit status 3: its reason"},
		{"scaling fails", [toolCount]string{wrong, ok, ok}, "", scalingMode, "exit status 3: its reason"},
		{"no tshark", [toolCount]string{ok, ok, dir + "/none"}, "", fileMode, ""},
	} {
		b := bench{tools: c.tools, packets: 5, runs: 1, core: "0"}
		if c.mode.marks == fileMarks {
			b.only = "All cores: print briefly"
		}
		err := b.main(c.mode, c.out)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// TestCosts: the middle one counts, and the least; the largest for memory.
func TestCosts(t *testing.T) {
	if got := median([]time.Duration{4, 1, 3, 2}); got != 3 {
		t.Errorf("median %d, want 3", got)
	}
	got := costOf([]usage{{9, 2, 4}, {1, 3, 8}, {5, 1, 6}})
	if want := (cost{usage{5, 2, 8}, usage{1, 1, 8}}); got != want {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestTable: the results as they stand in the report, and on the terminal.
func TestTable(t *testing.T) {
	both := func(u usage) cost { return cost{u, usage{u.wall / 2, u.cpu / 2, u.rss}} }
	results := []result{
		{job{what: "print", args: "-nn -r FILE", wanted: "8"}, 1_000_000,
			both(usage{100 * time.Millisecond, 150 * time.Millisecond, 12 << 20}), both(usage{1500 * time.Millisecond, 1400 * time.Millisecond, 9 << 20})},
		{job{what: "count", args: strings.Repeat("host 10.0.0.1 or ", 5)[:80], beside: "zstd -dc ZST | tcpdump -r - tcp"}, 1_000_000,
			both(usage{time.Second, 999 * time.Millisecond, 1 << 20}), both(usage{time.Second, time.Second, 1 << 19})},
		{job{what: "count", args: strings.Repeat("host 10.0.0.1 or ", 5)[:81], beside: nothing}, 1000, both(usage{time.Second, time.Second, 1 << 20}), cost{}},
		{job{what: "start", args: "-c 1 -r FILE", many: true}, 1, both(usage{5 * time.Millisecond, 0, 1 << 20}), both(usage{4 * time.Millisecond, 0, 1 << 20})},
	}
	var text bytes.Buffer
	writeTable(&text, section{title: "Some", note: "A note."}, results)
	for _, r := range results {
		fmt.Fprintln(&text, r)
	}
	testenv.Golden(t, "testdata/table.txt", text.Bytes())
}

// TestCaptures: the captures are the same packets in each format, and tcpdump's
// names come from the hosts file alone.
func TestCaptures(t *testing.T) {
	dir := t.TempDir()
	b := bench{packets: 100, dir: dir, made: map[string]int{}, mix: "../../testdata/captures/lan.pcap"}
	b.tools[tapdump] = tool(t, dir, "tapdump", "")
	for word, want := range map[string]int{"FILE": 100, "NG": 100, "OWNGZ": 100, "OWNZST": 100, "GZ": 100, "TENTH": 10, "ONE": 1, "MIX": 40, "INDEXED": 100} {
		n, err := b.need("-nn -w OUT -r " + word)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := fileOf(word)
		if got := packetsIn(t, b.path(f.name)); got != want || n != want {
			t.Errorf("%s has %d packets, and is said to have %d, want %d", f.name, got, n, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "calls")); err != nil || string(text) != "tapdump --make-index "+b.path("indexed.pcap")+"\n" {
		t.Errorf("the index is made by %q (%v)", text, err)
	}
	if err := b.makeNames(); err != nil {
		t.Fatal(err)
	}
	hosts, err := os.ReadFile(b.path("hosts"))
	if err != nil || !bytes.Contains(hosts, []byte("10.0.0.254 host254.example.net\n")) || bytes.Count(hosts, []byte("\n")) != 1+3*254 {
		t.Errorf("the hosts file is another: %v\n%s", err, hosts)
	}
}

// TestPairs: the filter of pairs is an expression with as many different pairs.
func TestPairs(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pairs")
	if err := makePairs(name, 10_000); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	pairs := map[string]bool{}
	for pair := range strings.SplitSeq(strings.TrimSpace(string(text)), " or ") {
		pairs[pair] = true
	}
	if len(pairs) != 10_000 || !pairs["(host 10.1.0.3 and port 39442)"] {
		t.Errorf("%d pairs", len(pairs))
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
	}{{1000, 10, 100, 0}, {1000, 0, 0, 0}, {1001, 11, 100, 0}, {1100, 11, 50, 0.5}, {100, 1, 100, 0}} {
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
