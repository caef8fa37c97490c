package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/hostile"
)

// hostileCaptures are those of package hostile, by name, in a folder that is the
// working folder now.
func hostileCaptures(t *testing.T) []string {
	t.Helper()
	t.Chdir(t.TempDir())
	return writeCaptures(t, hostile.Texts())
}

// writeCaptures writes the captures of some texts to the working folder.
func writeCaptures(t *testing.T, texts []hostile.Text) (names []string) {
	t.Helper()
	for _, c := range []struct {
		name string
		make func(io.Writer, []hostile.Text) error
	}{{"hostile.pcap", hostile.Pcap}, {"wireless.pcap", hostile.Wireless}, {"hostile.pcapng", hostile.Pcapng}} {
		var b bytes.Buffer
		if err := c.make(&b, texts); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(c.name, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, c.name)
	}
	return names
}

// netbiosName is what the reference prints of a name of NetBIOS as it stands in
// the packet, and so do we; with a line break in it, it is on two lines.
var netbiosName = regexp.MustCompile(`(?s)\nName=.{0,15} NameType=`)

// TestHostileLines: nothing that a packet or a file says reaches a terminal as a
// control character.
func TestHostileLines(t *testing.T) {
	names := hostileCaptures(t)
	for _, options := range []string{"-nn", "-vvv -A -nn", "-nn -e -XX -v", "-n --app --tcp-analysis", "-n --names=capture -v", "-n --stats text", "-n --stats json", "-n --output LINE"} {
		for _, name := range names {
			status, stdout, _ := runTapdump(append([]string{"-r", name}, strings.Fields(options)...)...)
			if status != 0 || stdout == "" && !strings.Contains(options, "--output") {
				t.Errorf("%s %s: exit status %d, %d bytes", name, options, status, len(stdout))
			}
			stdout = netbiosName.ReplaceAllString(stdout, "\nName= NameType=")
			for line := range strings.Lines(stdout) {
				if i := strings.IndexFunc(strings.TrimSuffix(line, "\n"), controls); i >= 0 {
					t.Errorf("%s %s: %q has %q", name, options, line, line[i:])
					break
				}
			}
		}
	}
}

// controls reports what terminals act on: control characters but the tabulator,
// and those that turn the direction of writing.
func controls(r rune) bool {
	return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// TestHostileRecords: records of any texts are what readers of their format expect.
func TestHostileRecords(t *testing.T) {
	for _, name := range hostileCaptures(t) {
		_, lines, _ := runTapdump("-r", name, "-n")
		packets := 0
		for line := range strings.Lines(lines) {
			if line[0] != '\t' && line[0] != ' ' {
				packets++
			}
		}
		for _, table := range []string{"packets", "flows"} {
			_, stdout, stderr := runTapdump("-n", "-r", name, "--json", "--columns=all", "--table", table)
			records := 0
			for line := range strings.Lines(stdout) {
				records++
				var v map[string]any
				if err := json.Unmarshal([]byte(line), &v); err != nil || strings.ContainsFunc(line[:len(line)-1], controls) {
					t.Errorf("%s: %s: %v: %q", name, table, err, line)
					break
				}
			}
			if table == "packets" && records != packets {
				t.Errorf("%s: %d records of %d packets\n%s", name, records, packets, stderr)
			}
			_, stdout, _ = runTapdump("-n", "-r", name, "--csv", "--columns=all", "--table", table)
			rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
			if err != nil || len(rows) != records {
				t.Errorf("%s: %s as CSV: %d rows of %d: %v", name, table, len(rows), records, err)
			}
		}
	}
}

// skeletons are the tags of a page without what stands in their attributes' values, and
// the scripts, styles and comments that it has, counted.
func skeletons(page string) map[string]bool {
	tags := map[string]bool{}
	for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(page, -1) {
		tags[regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, `""`)] = true
	}
	for _, once := range []string{"<script", "<style", "<!--", "<title"} {
		tags[fmt.Sprintf("%d of %s", strings.Count(page, once), once)] = true
	}
	return tags
}

// TestHostileReport: a report of hostile texts has no tag, and no attribute, that a
// report of the same packets with harmless words has not, and no character that is not
// seen. How browsers take it, internal/browser tries.
func TestHostileReport(t *testing.T) {
	t.Chdir(t.TempDir())
	report := func(texts []hostile.Text) (pages []string) {
		names := writeCaptures(t, texts)
		if len(texts) == 1 {
			names = names[2:] // has the packets of the others
		}
		for _, name := range names {
			if status, _, stderr := runTapdump("-n", "-r", name, "--report", "report.html"); status != 0 {
				t.Fatalf("%s: exit status %d: %s", name, status, stderr)
			}
			page, err := os.ReadFile("report.html")
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, string(page))
		}
		return pages
	}
	// All at once, as then rows are left out; and each by itself, as then it is shown.
	hostiles, harmless := [][]hostile.Text{hostile.Texts()}, [][]hostile.Text{hostile.Harmless()}
	for i, text := range hostile.Texts() {
		hostiles, harmless = append(hostiles, []hostile.Text{text}), append(harmless, hostile.Harmless()[i:i+1])
	}
	for i, texts := range hostiles {
		allowed := report(harmless[i])
		for k, page := range report(texts) {
			tags := skeletons(allowed[k])
			if len(tags) < 20 {
				t.Errorf("%d tags in a harmless report", len(tags))
			}
			for tag := range skeletons(page) {
				if !tags[tag] {
					t.Errorf("%s, capture %d: %s", texts[0].Name, k, tag)
				}
			}
			for line := range strings.Lines(page) {
				line = strings.TrimSuffix(line, "\n")
				if at := strings.IndexFunc(line, controls); at >= 0 {
					t.Errorf("%s, capture %d has a control character: %q", texts[0].Name, k, line[max(0, at-40):min(len(line), at+10)])
					break
				}
			}
		}
	}
}
