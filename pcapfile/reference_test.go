package pcapfile

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

var (
	shared = flag.String("shared", filepath.Join("..", "..", "shared"), "folder with the captures that TestCorpus tests read")
)

// referenceCopy runs the reference's -r FILE -w -.
func referenceCopy(t *testing.T, reference, file string, nano bool) (out []byte, message string) {
	t.Helper()
	args := []string{"-r", file, "-w", "-"}
	if nano {
		args = append(args, "--time-stamp-precision=nano")
	}
	cmd := exec.Command(reference, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && stderr.Len() == 0 {
		t.Fatalf("%s: %v", cmd, err)
	}
	for line := range strings.Lines(stderr.String()) {
		if rest, ok := strings.CutPrefix(line, "tcpdump: "); ok {
			message = strings.TrimSpace(strings.TrimPrefix(rest, "pcap_loop: "))
		}
	}
	return stdout.Bytes(), message
}

// corpus returns the captures of the shared test material, or skips.
func corpus(t testing.TB) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{
		"conformance/captures/*", "bpf/savefiles/*.pcap*", "bpf/savefiles/invalid/*",
	} {
		found, err := filepath.Glob(filepath.Join(*shared, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Skipf("no captures in %s; name their folder with -shared", *shared)
	}
	sort.Strings(files)
	return files
}

// ourError is how reading the file ends.
func ourError(file []byte) string {
	if _, _, err := readAll(file); err != nil {
		return err.Error()
	}
	return ""
}

// TestCorpusAgainstReference compares copies and error texts with those of the
// reference, for all captures of the shared material.
func TestCorpusAgainstReference(t *testing.T) {
	tcpdump := testenv.NeedsReference(t)
	for _, name := range corpus(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			compareCopy(t, tcpdump, name, false)
		})
	}
}

// TestFilesAgainstReference does so with the files that the other tests build.
func TestFilesAgainstReference(t *testing.T) {
	tcpdump := testenv.NeedsReference(t)
	dir := t.TempDir()
	for i, c := range allFiles() {
		t.Run(c.name, func(t *testing.T) {
			if c.differs != "" {
				t.Skip("the reference answers otherwise:", c.differs)
			}
			name := filepath.Join(dir, fmt.Sprint(i))
			if err := os.WriteFile(name, c.file, 0o600); err != nil {
				t.Fatal(err)
			}
			compareCopy(t, tcpdump, name, false)
			compareCopy(t, tcpdump, name, true)
		})
	}
}

func compareCopy(t *testing.T, tcpdump, name string, nano bool) {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	want, message := referenceCopy(t, tcpdump, name, nano)
	if strings.HasPrefix(message, "unknown data link type") {
		t.Skip("refused by the reference's filter compiler:", message)
	}
	if got := ourError(file); got != message {
		t.Errorf("nano=%v: reading ends with %q, the reference's with %q", nano, got, message)
	}
	if got := rewrite(t, file, nano); !bytes.Equal(got, want) {
		t.Errorf("nano=%v: the copy (%d bytes) differs from the reference's (%d bytes) at byte %d",
			nano, len(got), len(want), firstDifference(got, want))
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// The hashes of testdata hold what the reference wrote, so that the comparison
// works where it is missing. It wrote on a little-endian machine.

func needLittleEndian(t *testing.T) {
	t.Helper()
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the reference writes other bytes on a big-endian machine, and its hashes were recorded on another")
	}
}

func TestFilesAgainstHashes(t *testing.T) {
	needLittleEndian(t)
	var got []hashed
	for _, c := range allFiles() {
		if c.differs == "" {
			got = append(got,
				hashed{c.name, hashOf(rewrite(t, c.file, false))},
				hashed{c.name + ", nano", hashOf(rewrite(t, c.file, true))})
		}
	}
	compareHashes(t, "files.sha256", got)
}

func TestCorpusAgainstHashes(t *testing.T) {
	needLittleEndian(t)
	var got []hashed
	for _, name := range corpus(t) {
		file, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, hashed{filepath.Base(name), hashOf(rewrite(t, file, false))})
	}
	compareHashes(t, "corpus.sha256", got)
}

type hashed struct{ name, hash string }

// hash is short enough for a readable list, and long enough to differ.
func hashOf(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b))[:16] }

// compareHashes compares with a file of lines "HASH  NAME", or writes it.
func compareHashes(t *testing.T, file string, got []hashed) {
	t.Helper()
	path := filepath.Join("testdata", file)
	if *testenv.Update {
		var b strings.Builder
		for _, h := range got {
			fmt.Fprintf(&b, "%s  %s\n", h.hash, h.name)
		}
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	list, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[hashed]bool)
	for line := range strings.Lines(string(list)) {
		h, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		want[hashed{name, h}] = true
	}
	for _, h := range got {
		if !want[h] {
			t.Errorf("the copy of %q has hash %s, which %s does not list; if the reference writes the same, run with -update",
				h.name, h.hash, path)
		}
	}
}
