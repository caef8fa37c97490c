package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// goldenDir holds goldens.txt and the outputs; the command lines run in its
// parent.
const goldenDir = "golden"

// golden is a row of goldens.txt.
type golden struct {
	name string
	args []string
}

// TestGolden runs the command lines of testdata/golden/goldens.txt and compares
// what they print, on both outputs, and their exit status with NAME.out.
//
// With TAPDUMP_REFERENCE set to a tcpdump 4.99.6, it compares with that too, and
// lines that begin with --like with a tcpdump of that version,
// but for complaints, which may say more than the reference's.
func TestGolden(t *testing.T) {
	t.Chdir("../../testdata")
	t.Setenv("TZ", "GMT0")
	for _, g := range readGoldens(t) {
		t.Run(g.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := runInProcess("tapdump", g.args, &stdout, &stderr)
			got := fmt.Appendf(nil, "$ tapdump %s\n%s-- standard error\n%s-- exit status %d\n",
				strings.Join(g.args, " "), stdout.Bytes(), stderr.Bytes(), status)
			testenv.Golden(t, filepath.Join(goldenDir, g.name+".out"), got)
			// Other programs may do the same: the compiler's own tests compare.
			tcpdump, args := referenceFor(t, g.args)
			if tcpdump != "" && !strings.HasPrefix(g.name, "filter-") {
				compareWithReference(t, tcpdump, args, stdout.Bytes(), stderr.String(), status)
			}
		})
	}
}

// referenceFor is the tcpdump that a command line is compared with, "" where there is
// none, and the line for it.
func referenceFor(t *testing.T, args []string) (tcpdump string, line []string) {
	t.Helper()
	if args[0] != "--like" {
		return testenv.Reference(t), args
	}
	v, err := versions.Parse(args[1])
	if err != nil {
		t.Fatal(err)
	}
	return testenv.ReferenceLike(t, v), args[2:]
}

func readGoldens(t *testing.T) []golden {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(goldenDir, "goldens.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	for line := range strings.Lines(string(data)) {
		if name, args, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && !strings.HasPrefix(line, "#") {
			all = append(all, golden{name, words(args)})
		}
	}
	if len(all) == 0 {
		t.Fatal("goldens.txt has no rows")
	}
	return all
}

func compareWithReference(t *testing.T, tcpdump string, args []string, stdout []byte, stderr string, status int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, tcpdump, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if d := testenv.FirstDifference(out.Bytes(), stdout); d != "" {
		t.Errorf("the reference prints something else: %s", d)
	}
	theirs := strings.ReplaceAll(errs.String(), filepath.Base(tcpdump)+": ", "tapdump: ")
	if !strings.HasPrefix(stderr, theirs) {
		t.Errorf("the reference complains otherwise: %q\n we: %q", theirs, stderr)
	}
	if cmd.ProcessState.ExitCode() != status {
		t.Errorf("the reference's exit status is %d, ours %d", cmd.ProcessState.ExitCode(), status)
	}
}
