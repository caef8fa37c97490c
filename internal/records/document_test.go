package records

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestDocument: docs/records.md has a row for each column, made of the table.
func TestDocument(t *testing.T) {
	const document = "../../docs/records.md"
	b, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, part := range []struct{ name, rows string }{{"columns", columnRows()}, {"aliases", aliasRows()}} {
		from, to := "<!-- "+part.name+" -->\n", "<!-- end of "+part.name+" -->\n"
		before, rest, ok := strings.Cut(text, from)
		_, after, ok2 := strings.Cut(rest, to)
		if !ok || !ok2 {
			t.Fatalf("%s has no lines %q and %q", document, from, to)
		}
		text = before + from + part.rows + to + after
	}
	if text == string(b) {
		return
	}
	if *testenv.Update {
		if err := os.WriteFile(document, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("%s is not of the table of columns: run go test ./internal/records -run TestDocument -update", document)
}

// columnRows are the rows of columns, a table for each group.
func columnRows() string {
	var b strings.Builder
	group := ""
	for _, c := range PacketColumns() {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "\n`%s`\n\n| column | kind | tshark's | meaning |\n|---|---|---|---|\n", group)
		}
		kind, alias := c.Kind.String(), ""
		if c.Unit != "" {
			kind += ", " + c.Unit
		}
		if c.Alias != "" {
			alias = "`" + c.Alias + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Name, kind, alias, c.Meaning)
	}
	return b.String() + "\n"
}

// aliasRows are those of tshark's names.
func aliasRows() string {
	var b strings.Builder
	b.WriteString("| name | meaning |\n|---|---|\n")
	for _, c := range Aliases() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Name, c.Meaning)
	}
	return b.String()
}
