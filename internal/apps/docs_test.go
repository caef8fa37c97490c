package apps

import (
	"os"
	"strings"
	"testing"
)

// TestDocumented: docs/apps.md has a row for each protocol and each field.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/apps.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(page)
	for _, name := range Names() {
		if !strings.Contains(text, "\n| `"+name+"` ") && name != "dtls" && name != "quic" {
			t.Errorf("docs/apps.md has no row for the protocol %s", name)
		}
	}
	for i := range Fields {
		f := &Fields[i]
		if f.Exact {
			continue // docs/records.md lists what is for fields of tshark alone
		}
		row := "\n| `" + f.Name + "` | "
		if f.Short != "" {
			row += "`" + f.Short + "`"
		}
		kind := "text"
		if f.Number {
			kind = "number"
		}
		if row += " | " + kind + " | " + f.Meaning + " |\n"; !strings.Contains(text, row) {
			t.Errorf("docs/apps.md lacks the row%s", row)
		}
	}
}
