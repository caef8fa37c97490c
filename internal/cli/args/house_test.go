package args

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestKnowsNoMachine: what checks need of the machine they ask a Host. Only the
// vocabulary of other packages is known here.
func TestKnowsNoMachine(t *testing.T) {
	allowed := map[string]bool{
		"capture": true, "filters": true, "filters/stats": true, "pcapfile": true, "printer": true, "printer/detail": true,
		"internal/syserr": true, "internal/text": true,
		"cmp": true, "errors": true, "fmt": true, "math": true, "net/netip": true, "reflect": true, "runtime": true, "slices": true, "strconv": true, "strings": true, "time": true,
		"github.com/alecthomas/kong": true,
	}
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if !allowed[strings.TrimPrefix(path, "github.com/tapdump/tapdump/")] {
				t.Errorf("%s imports %s: what it needs of that belongs into Host", name, path)
			}
		}
	}
}
