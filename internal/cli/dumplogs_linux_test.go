package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestDumpFileLimit: --dumpfile makes do with the files that may be open.
func TestDumpFileLimit(t *testing.T) {
	testenv.NeedsCommand(t, "sh")
	name := makeCapture(t, 700)
	sizes := make(map[string]map[string]int64) // by limit, by name
	for _, limit := range []string{"500", "24"} {
		dir := t.TempDir()
		cmd := exec.Command("sh", "-c", `ulimit -n `+limit+`; exec "$0" "$@"`, os.Args[0], "-r", name, "--dumpfile", "1")
		cmd.Env = append(os.Environ(), asProgram+"=1")
		cmd.Dir = dir
		cmd.Stdout = io.Discard
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("with %s open files: %v\n%s", limit, err, &stderr)
		}
		entries, err := os.ReadDir(filepath.Join(dir, dumpDir))
		if err != nil {
			t.Fatal(err)
		}
		sizes[limit] = make(map[string]int64)
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			sizes[limit][e.Name()] = info.Size()
		}
	}
	if len(sizes["500"]) < 100 {
		t.Fatalf("only %d files", len(sizes["500"]))
	}
	for file, size := range sizes["500"] {
		if sizes["24"][file] != size {
			t.Errorf("%s has %d bytes where 24 files may be open, else %d", file, sizes["24"][file], size)
		}
	}
}
