package flows

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestDocs: docs/flows.md has a row for each column, made of the table.
func TestDocs(t *testing.T) {
	const file, begin, end = "../../docs/flows.md", "<!-- columns -->\n", "<!-- /columns -->\n"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("%s lacks %q or %q", file, begin, end)
	}
	var b strings.Builder
	b.WriteString(before + begin + "| name | kind | unit | meaning |\n|---|---|---|---|\n")
	for _, c := range Columns() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Name, c.Kind, c.Unit, c.Meaning)
	}
	b.WriteString(end + after)
	testenv.Golden(t, file, []byte(b.String()))
}
