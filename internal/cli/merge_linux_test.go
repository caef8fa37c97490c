package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestMergeConfined: files that are opened again when their time comes can be,
// by names of any kind, though the process has given up all others.
func TestMergeConfined(t *testing.T) {
	const files = 40
	dir := t.TempDir()
	args := []string{"-nt", "--merge"}
	for i := range files {
		name := writePings(t, "a.pcap", stamped{int64(i), eth}, stamped{int64(i + 2), eth})
		here := fmt.Sprintf("%02d.pcap", i)
		if i%2 == 0 {
			if err := os.Rename(name, filepath.Join(dir, here)); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Symlink(name, filepath.Join(dir, here)); err != nil {
			t.Fatal(err)
		}
		args = append(args, "-r", here)
	}
	self, err := os.Executable() // not by a name that is relative
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "tapdump"
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	if n := bytes.Count(stdout.Bytes(), []byte(pingLine)); n != 2*files {
		t.Errorf("%d packets of %d\n%s", n, 2*files, &stderr)
	}
}
