package cli

import (
	"bytes"
	"strings"
	"testing"
)

// TestHelp: --help begins with the reference's lines, which are all that -h
// prints; each option of our own has one line, and so has the manual.
func TestHelp(t *testing.T) {
	run := func(option string) string {
		var stdout, stderr bytes.Buffer
		if status := runInProcess("tapdump", []string{option}, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit status %d, says %s", option, status, &stderr)
		}
		return stdout.String()
	}
	brief, long := run("-h"), run("--help")
	more, ok := strings.CutPrefix(long, brief)
	if !ok || !strings.HasSuffix(brief, " [ -Z user ] [ expression ]\n") {
		t.Errorf("--help prints\n%s\nwhich does not begin with\n%s", long, brief)
	}
	if run("--he") != long {
		t.Error("--he is not --help")
	}
	for line := range strings.Lines(more) {
		if len(line) > 120 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	for _, part := range []string{"\n  --rotate-size=BYTES   begin another", "\n  --find-mode=MODE      STRING is", "\nManuals: man tapdump"} {
		if !strings.Contains(more, part) {
			t.Errorf("--help has no %q:\n%s", part, more)
		}
	}
}
