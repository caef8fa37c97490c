package printer

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestProtocolTable: docs/compatibility.md names every protocol's file with its
// specification and its packets, from the files themselves.
func TestProtocolTable(t *testing.T) {
	const document, from, to = "../docs/compatibility.md", "<!-- protocols -->\n", "<!-- end of protocols -->\n"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), from)
	got, after, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("%s has no lines %q and %q with the protocols between them", document, from, to)
	}
	want := protocolTable(t)
	if *testenv.Update {
		if err := os.WriteFile(document, []byte(before+from+want+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got == want {
		return
	}
	missing := ""
	for row := range strings.Lines(want) {
		if !strings.Contains(got, row) {
			missing += row
		}
	}
	t.Errorf("%s lacks these rows, or has some without a file:\n%srun go test ./printer -run TestProtocolTable -update", document, missing)
}

// protocolTable is a row for each protocol's file: name, the first paragraph
// above its package clause, packet files.
func protocolTable(t *testing.T) string {
	_, files := parsePackage(t)
	goldens, err := filepath.Glob(filepath.Join(packetDir, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	unused := make(map[string]bool)
	for _, path := range goldens {
		unused[strings.TrimSuffix(filepath.Base(path), ".txt")] = true
	}
	var names []string
	for name := range files {
		if !isCore(name) && !strings.Contains(name, "_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var table strings.Builder
	table.WriteString("| printer | protocol and specification | packets |\n|---|---|---|\n")
	for _, name := range names {
		stem := strings.TrimSuffix(name, ".go")
		about := "" // TestProtocolFiles wants it
		if c := files[name].Comments; len(c) > 0 {
			about, _, _ = strings.Cut(strings.TrimPrefix(c[0].Text(), name+": "), "\n\n")
		}
		about = strings.ReplaceAll(strings.Join(strings.Fields(about), " "), "|", `\|`)
		var covered []string
		for _, path := range goldens {
			golden := strings.TrimSuffix(filepath.Base(path), ".txt")
			if part, _, _ := strings.Cut(strings.ReplaceAll(golden, "-", "_"), "_"); part == stem {
				covered = append(covered, "`"+golden+"`")
				delete(unused, golden)
			}
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", name, strings.TrimSuffix(about, "."), strings.Join(covered, " "))
	}
	delete(unused, "unsupported") // link types without a printer
	for golden := range unused {
		t.Errorf("%s.txt in %s is named after no protocol's file: call it PROTOCOL.txt or PROTOCOL_part.txt", golden, packetDir)
	}
	return table.String()
}
