package parquetfile_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestWhoLinksIt: of parquet-go the encoders alone are linked, by this package and the
// program, and by nothing else that others import; the tag noparquet leaves them out.
func TestWhoLinksIt(t *testing.T) {
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("needs the go tool:", err)
	}
	const module, theirs = "github.com/tapdump/tapdump/", "github.com/parquet-go/parquet-go"
	list := func(arguments ...string) []string {
		out, err := exec.Command(goTool, append([]string{"list"}, arguments...)...).Output()
		if err != nil {
			t.Skip("go list:", err)
		}
		return strings.Fields(string(out))
	}
	isTheirs := func(dep string) bool { return strings.HasPrefix(dep, theirs) }
	for _, name := range []string{"bpf/compile", "capture/live", "filters/stats", "pcapfile", "printer/detail", "internal/records"} {
		if slices.ContainsFunc(list("-deps", module+name), isTheirs) {
			t.Errorf("%s links parquet-go", name)
		}
	}
	deps := list("-deps", module+"cmd/tapdump")
	if !slices.ContainsFunc(deps, isTheirs) || slices.Contains(deps, theirs) {
		t.Error("the program links none of parquet-go, or all")
	}
	if slices.ContainsFunc(list("-deps", "-tags", "noparquet", module+"cmd/tapdump"), isTheirs) {
		t.Error("with the tag noparquet the program links parquet-go")
	}
}
