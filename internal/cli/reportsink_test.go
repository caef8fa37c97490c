package cli

import (
	"bytes"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

const office = "../../docs/examples/office.pcap"

// absolute is the name of a file wherever one is.
func absolute(t *testing.T, name string) string {
	t.Helper()
	name, err := filepath.Abs(name)
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestReport: one file is written, and lines only where they are asked for; it takes the
// place of the one that is there, and works beside other outputs.
func TestReport(t *testing.T) {
	t.Setenv("TZ", "UTC")
	file := absolute(t, office)
	t.Chdir(t.TempDir())
	put(t, "a.html", "the old one")
	for _, c := range []struct {
		line  string
		lines int
		files string
	}{
		{"--report a.html", 0, "a.html"},
		{"--report a.html --print", 542, "a.html"},
		{"--report a.html --count", 1, "a.html"},
		{"--report a.html -w b.pcap", 0, "a.html b.pcap"},
		{"--report a.html -w b.pcapng --print", 542, "a.html b.pcap b.pcapng"},
		{"--report a.html --json=c.json", 0, "a.html b.pcap b.pcapng c.json"},
		{"--report a.html -c 3", 0, "a.html b.pcap b.pcapng c.json"},
	} {
		got := run(append([]string{"-n", "-r", file}, strings.Fields(c.line)...)...)
		if got.status != 0 || strings.Count(got.stdout, "\n") < c.lines || c.lines == 0 && got.stdout != "" {
			t.Errorf("%s: %+v", c.line, got)
		}
		page, err := os.ReadFile("a.html")
		if err != nil {
			t.Fatal(err)
		}
		packets := "<dd>542</dd>"
		if strings.Contains(c.line, "-c 3") {
			packets = "<dd>3</dd>"
		}
		if !bytes.HasPrefix(page, []byte("<!DOCTYPE html>")) || !bytes.HasSuffix(page, []byte("</html>\n")) || !bytes.Contains(page, []byte(packets)) {
			t.Errorf("%s: no report of the packets", c.line)
		}
		if files := strings.Join(filesBelow(t, "."), " "); files != c.files {
			t.Errorf("%s: files %s", c.line, files)
		}
	}
	if got := run("-r", file, "--report", "-"); !strings.HasPrefix(got.stdout, "<!DOCTYPE html>") || got.status != 0 {
		t.Errorf("--report -: %+v", got)
	}
}

// TestReportOfSeveral: all savefiles are in one report, with what was wrong with them,
// and secrets of the command line are not.
func TestReportOfSeveral(t *testing.T) {
	whole, err := os.ReadFile(absolute(t, office))
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	put(t, "a.pcap", string(whole))
	put(t, "b.pcap", string(whole[:len(whole)-5]))
	for _, merge := range []bool{false, true} {
		line := []string{"-r", "a.pcap", "-r", "b.pcap", "--merge", "--report", "x.html", "-E", "0x1@192.0.2.1 aes128-cbc:hush"}
		if !merge {
			put(t, "list", "a.pcap\nb.pcap\n")
			line = append([]string{"-V", "list"}, line[5:]...)
		}
		run(line...)
		page, err := os.ReadFile("x.html")
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"<bdi>a.pcap</bdi>", "<bdi>b.pcap</bdi>", "<dd>1,083</dd>", "truncated dump file", "-r FILE"} {
			if !bytes.Contains(page, []byte(want)) {
				t.Errorf("merged %t: the report lacks %q", merge, want)
			}
		}
		if bytes.Contains(page, []byte("hush")) {
			t.Error("the report tells a secret")
		}
	}
}

// TestReportHidesSecrets: however often and wherever they stand, and nothing else.
func TestReportHidesSecrets(t *testing.T) {
	file := absolute(t, office)
	t.Chdir(t.TempDir())
	for _, c := range []struct{ line, want string }{
		{"-E 0x1@192.0.2.1:hush -E 0x2@192.0.2.1:hush -M hush -M hush2", "-E &#39;…&#39; -E &#39;…&#39; -M &#39;…&#39; -M &#39;…&#39;"},
		{"-nMhush -vMhushhush", "&#39;-nM…&#39; &#39;-vM…&#39;"},
		{"-M e", "--report x.html -M &#39;…&#39;"},
	} {
		got := run(append([]string{"-r", file, "--report", "x.html"}, strings.Fields(c.line)...)...)
		page, err := os.ReadFile("x.html")
		if err != nil {
			t.Fatalf("%v: %+v", err, got)
		}
		if bytes.Contains(page, []byte("hush")) || !bytes.Contains(page, []byte(c.want)) {
			_, command, _ := strings.Cut(string(page), "<dt>Command</dt>")
			t.Errorf("%s: the report says %.300s", c.line, command)
		}
	}
}

// TestReportOfLosses: what a pcapng file says of losses is in the report.
func TestReportOfLosses(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, dropped := range []uint64{0, 7} {
		w, err := pcapfile.Create("x.pcapng", capture.LinkRAW, pcapfile.Format{
			SnapLen: 96, Pcapng: true, Interfaces: func() []capture.Interface { return []capture.Interface{{Name: "eth0", LinkType: capture.LinkRAW}} },
			Stats: func(int) (capture.Stats, bool) { return capture.Stats{Received: 20, Dropped: dropped}, true },
			Lost:  func(int) uint64 { return dropped },
		})
		if err != nil {
			t.Fatal(err)
		}
		pkt := capture.NewPacket(capture.LinkRAW, make([]byte, 40))
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if got := run("-r", "x.pcapng", "--report", "x.html"); got.status != 0 {
			t.Fatalf("%+v", got)
		}
		page, err := os.ReadFile("x.html")
		if err != nil {
			t.Fatal(err)
		}
		want, drawn := "Nothing was lost.", false
		if dropped > 0 {
			want, drawn = "7 packets were lost.", true
		}
		if !bytes.Contains(page, []byte(want)) || bytes.Contains(page, []byte(`<path class="lost"`)) != drawn {
			t.Errorf("%d dropped: the report does not say %q, or draws otherwise", dropped, want)
		}
	}
}

// TestReportFails: what cannot be written is said, the status is 1, and neither half of a
// report nor an empty one takes the place of another.
func TestReportFails(t *testing.T) {
	file := absolute(t, office)
	t.Chdir(t.TempDir())
	put(t, "a.html", "the old one")
	if err := os.Mkdir("folder", 0o777); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, says string }{
		{"--report none/a.html", "--report none/a.html: "},
		{"--report folder", "--report folder: "},
		{"--report a.html -w none/b.pcap", "none/b.pcap: "},
		{"--report a.html -w b.pcap -c 0x", "invalid packet count"},
	} {
		got := run(append([]string{"-r", file}, strings.Fields(c.line)...)...)
		if got.status != 1 || !strings.Contains(got.stderr, c.says) {
			t.Errorf("%s: %+v", c.line, got)
		}
	}
	if runtime.GOOS == "linux" {
		if got := run("-r", file, "--report", "/dev/full"); got.status != 1 || !strings.Contains(got.stderr, "--report /dev/full: No space left on device") {
			t.Errorf("%+v", got)
		}
	}
	old, err := os.ReadFile("a.html")
	if err != nil || string(old) != "the old one" {
		t.Errorf("a.html is %q, %v", old, err)
	}
	if files := strings.Join(filesBelow(t, "."), " "); files != "a.html" {
		t.Errorf("left behind: %s", files)
	}
}

// TestReportPlace: a link in place of the file that is written first has no other file
// overwritten, and who may not read the old report may not read the new one.
func TestReportPlace(t *testing.T) {
	file := absolute(t, office)
	t.Chdir(t.TempDir())
	put(t, "victim", "precious")
	put(t, "a.html", "the old one")
	if err := os.Chmod("a.html", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("victim", ".a.html.part"); err != nil && runtime.GOOS != "windows" { // which asks for a right
		t.Fatal(err)
	}
	if got := run("-r", file, "--report", "a.html"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	if b, err := os.ReadFile("victim"); err != nil || string(b) != "precious" {
		t.Errorf("another file is %.20q, %v", b, err)
	}
	info, err := os.Lstat("a.html")
	if err != nil || info.Size() < 1000 || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("a.html: %v, %v", info, err)
	}
}

// TestReportCommands: the commands that a report shows run, and print packets: as many as
// the finding counts where it says so.
func TestReportCommands(t *testing.T) {
	t.Setenv("TZ", "UTC")
	capture := absolute(t, office)
	t.Chdir(t.TempDir())
	whole, err := os.ReadFile(capture)
	if err != nil {
		t.Fatal(err)
	}
	put(t, "o f'fice.pcap", string(whole)) // a name that a shell would not take
	if got := run("-r", "o f'fice.pcap", "--report", "x.html", "not port 5353"); got.status != 0 {
		t.Fatalf("%+v", got)
	}
	page, err := os.ReadFile("x.html")
	if err != nil {
		t.Fatal(err)
	}
	all := regexp.MustCompile(`<article id="([^"]*)"[^>]*>\s*<h3[^>]*><span[^>]*>[^<]*</span> ([0-9]*)(?s:.*?)<code class="command">([^<]*)</code>`).FindAllStringSubmatch(string(page), -1)
	if len(all) < 6 {
		t.Fatalf("%d commands", len(all))
	}
	for _, m := range all {
		words := shellWords(t, html.UnescapeString(m[3]))
		got := run(append(words[1:], "-n", "-t")...)
		lines := 0
		for line := range strings.Lines(got.stdout) {
			if !strings.HasPrefix(line, "\t") {
				lines++
			}
		}
		if got.status != 0 || lines == 0 {
			t.Errorf("%s: %q: %+v", m[1], words, got)
		}
		if counts := m[1] == "tcp-refused" || m[1] == "tcp-reset" || m[1] == "icmp-unreachable"; counts && fmt.Sprint(lines) != m[2] {
			t.Errorf("%s: %d lines of %s packets", m[1], lines, m[2])
		}
		if m[1] == "tcp-retransmissions" && lines != 10 { // seven of them are also called out of order
			t.Errorf("%d segments were sent again", lines)
		}
	}
}

// shellWords are the words of a command, in which single quotes and backslashes have a
// meaning, as sh has them.
func shellWords(t *testing.T, line string) (words []string) {
	t.Helper()
	var word []byte
	quoted, any := false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quoted && c == '\'':
			quoted = false
		case quoted:
			word = append(word, c)
		case c == '\'':
			quoted, any = true, true
		case c == '\\':
			i++
			word, any = append(word, line[i]), true
		case c == ' ':
			words, word, any = append(words, string(word)), nil, false
		default:
			word, any = append(word, c), true
		}
	}
	if quoted {
		t.Fatalf("a quote without an end in %s", line)
	}
	if any {
		words = append(words, string(word))
	}
	return words
}

// TestReportIPScap: ipscap prints neither packets nor statistics beside a report.
func TestReportIPScap(t *testing.T) {
	file := absolute(t, office)
	t.Chdir(t.TempDir())
	testenv.OpenDir(t)
	var stdout, stderr bytes.Buffer
	if status := runIPScap("ipscap", []string{"--force", "-r", file, "--report", "x.html"}, &stdout, &stderr); status != 0 || strings.Contains(stdout.String(), "STATISTICS") {
		t.Errorf("status %d\n%s%s", status, &stdout, &stderr)
	}
	if _, err := os.Stat("x.html"); err != nil {
		t.Error(err)
	}
}
