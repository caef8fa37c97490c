package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// TestVersionsTable: docs/compatibility.md has all changes between versions.
func TestVersionsTable(t *testing.T) {
	const document, from, to = "../../docs/compatibility.md", "<!-- versions -->\n", "<!-- end of versions -->\n"
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), from)
	got, after, ok2 := strings.Cut(rest, to)
	if !ok || !ok2 {
		t.Fatalf("%s has no lines %q and %q with the versions between them", document, from, to)
	}
	want := versionsTable()
	if *testenv.Update {
		if err := os.WriteFile(document, []byte(before+from+want+to+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if got != want {
		t.Errorf("%s lacks changes, or has others: run go test ./internal/cli -run TestVersionsTable -update\n%s", document,
			testenv.FirstDifference([]byte(want), []byte(got)))
	}
}

func versionsTable() string {
	var b strings.Builder
	b.WriteString("| about | since | before | from then on |\n|---|---|---|---|\n")
	for _, c := range versions.Changes() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.About(), c.Version(), c.Before(), c.From())
	}
	return b.String()
}
