package args

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestRelease: tests compare with the release that --version names, and
// .ci/reference builds that one.
func TestRelease(t *testing.T) {
	tcpdumpVersion, libpcapVersion := Program{}.Like.Tcpdump(), Program{}.Like.Libpcap()
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

// TestHelp holds what is printed of the program itself: --version, --help, -h, and
// behind a wrong option.
func TestHelp(t *testing.T) {
	var b strings.Builder
	for _, line := range []string{"tapdump --version", "tapdump --help", "tapdump -h", "ipscap --help", "ipscap --version", "tcpdump -h", "tapdump --like=5.0 --help", "tapdump --version --like 5.0", "tcpdump --like 4.99 -h"} {
		words := strings.Fields(line)
		_, err := parseLine(words, testHost(t))
		var stop Stop
		if !errors.As(err, &stop) {
			t.Errorf("%s: %v", line, err)
		}
		fmt.Fprintf(&b, "$ %s\n%s", line, stop.Text)
	}
	fmt.Fprintf(&b, "# behind a wrong option\n%s", Usage(Program{Name: "tapdump"}))
	build := fmt.Sprintf("%s %s/%s\n%d-bit build", runtime.Version(), runtime.GOOS, runtime.GOARCH, strconv.IntSize)
	testenv.Golden(t, "testdata/help.txt", []byte(strings.NewReplacer(build, "(build)", features.Text(), "(features)\n").Replace(b.String())))
}
