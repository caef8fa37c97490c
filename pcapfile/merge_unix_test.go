//go:build unix

package pcapfile

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestMergeFewDescriptors: the system lets less files be open than there are
// places in the pool. The limit is another process's.
func TestMergeFewDescriptors(t *testing.T) {
	const variable = "PCAPFILE_MERGED_FILES"
	if list := os.Getenv(variable); list != "" {
		limit := syscall.Rlimit{Cur: 20, Max: 20}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			t.Skip("the limit cannot be set:", err)
		}
		names := strings.Split(list, "\n")
		checkMany(t, names, len(names)*300)
		return
	}
	files, _ := manyFiles(40, 300)
	cmd := testenv.Self("-test.run=^TestMergeFewDescriptors$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+strings.Join(writeFiles(t, files...), "\n"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if strings.Contains(string(out), "--- SKIP") {
		t.Skip(string(out))
	}
}
