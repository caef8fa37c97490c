package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/index"
)

// TestIndexConfined: indexes are written and read in the sandbox.
func TestIndexConfined(t *testing.T) {
	dir := t.TempDir()
	source := trafficIn(t, t.TempDir(), "a.pcap", 3000)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := func(args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), self, args...)
		cmd.Args[0] = "tapdump"
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asProgram+"=1")
		out, err := cmd.CombinedOutput()
		if err != nil || strings.Contains(string(out), index.Suffix+" is not used") || strings.Contains(string(out), "--index:") {
			t.Errorf("%q: %v\n%s", args, err, out)
		}
		return string(out)
	}
	program("-r", source, "--index", "-w", "one.pcap")
	program("-r", source, "--index", "-w", "several.pcapng", "--rotate-count", "1000", "--keep-files", "2")
	made, err := filepath.Glob(filepath.Join(dir, "*"+index.Suffix))
	if err != nil || len(made) != 3 {
		t.Errorf("indexes %q, %v", made, err)
	}
	for _, name := range made {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	program(append([]string{"--make-index"}, files...)...)
	// The files behind the first are opened in the sandbox, and so are their indexes.
	out := program("--verbose=1", "-r", dir, "--count", "host", rareHost)
	if n := strings.Count(out, "blocks may have packets"); n != 3 || len(files) != 3 {
		t.Errorf("%d of %d indexes were used:\n%s", n, len(files), out)
	}
}

// TestIndexLive: a capture from an interface has an index when it ends.
func TestIndexLive(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, name := range []string{"live.pcap", "live.pcapng"} {
		name = filepath.Join(t.TempDir(), name)
		r := startLive(t, "-i", "lo", "-w", name, "--index", "-c", "20", "udp")
		sendUDP(t, 7007, 20)
		if status := r.ended(t); status != 0 {
			t.Errorf("exit status %d:\n%s", status, &r.stderr)
		}
		got := run("--verbose=1", "-r", name, "--count", "port", "7007")
		if !strings.Contains(got.stderr, "blocks may have packets") || !strings.Contains(got.stdout, "20 packets") {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
