package args

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestKnowsNoMachine: what checks need of the machine they ask a Host.
func TestKnowsNoMachine(t *testing.T) {
	machine := []string{"os", "os/exec", "os/signal", "os/user", "io", "io/fs", "io/ioutil", "path/filepath", "net", "syscall", "golang.org/x/sys/unix",
		"capture/live", "internal/cli", "internal/limits", "internal/names", "internal/openfile", "internal/sandbox", "internal/zone"}
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
			if slices.Contains(machine, strings.TrimPrefix(path, "github.com/tapdump/tapdump/")) {
				t.Errorf("%s imports %s: what it needs of that belongs into Host", name, path)
			}
		}
	}
}
