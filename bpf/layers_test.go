package bpf_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestLayers: each package of the compiler knows only those behind it, from the
// language to the machine.
func TestLayers(t *testing.T) {
	const root = "github.com/tapdump/tapdump/"
	for dir, may := range map[string][]string{
		".":               nil,
		"internal/syntax": nil,
		"internal/flow":   {"bpf"},
		"compile":         {"bpf", "bpf/internal/flow", "bpf/internal/syntax", "capture"},
	} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) < 5 {
			t.Fatalf("%d files in bpf/%s: %v", len(files), dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range f.Imports {
				if to, own := strings.CutPrefix(strings.Trim(i.Path.Value, `"`), root); own && (strings.HasPrefix(to, "bpf") || to == "capture") && !slices.Contains(may, to) {
					t.Errorf("bpf/%s imports %s: the arrows are compile -> internal/syntax, internal/flow -> bpf; lend it a function instead", name, to)
				}
			}
		}
	}
}
