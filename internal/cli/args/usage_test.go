package args

import (
	"os"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestRelease: tests compare with the release that --version names, and
// .ci/reference builds that one.
func TestRelease(t *testing.T) {
	if testenv.ReferenceVersion != tcpdumpVersion || testenv.ReferenceLibrary != "libpcap version "+libpcapVersion {
		t.Errorf("tests compare with tcpdump %s and %s, and --version names %s and %s", testenv.ReferenceVersion, testenv.ReferenceLibrary, tcpdumpVersion, libpcapVersion)
	}
	script, err := os.ReadFile("../../../.ci/reference")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"tcpdump-" + tcpdumpVersion + "/tcpdump", "tcpdump_" + tcpdumpVersion + ".orig", "libpcap_" + libpcapVersion + ".orig"} {
		if !strings.Contains(string(script), name) {
			t.Errorf(".ci/reference does not name %s", name)
		}
	}
}
