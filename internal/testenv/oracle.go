package testenv

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/versions"
)

// requireOracle is also set by a variable, since `go test ./...` gives a flag to
// packages that do not have it.
var requireOracle = flag.Bool("require-oracle", os.Getenv("TAPDUMP_REQUIRE_ORACLE") != "",
	"fail where a program to compare with is missing, instead of skipping (TAPDUMP_REQUIRE_ORACLE=1 for many packages)")

// ReferenceVersion is the release of tcpdump that is compared with, and
// ReferenceLibrary the line that names its libpcap.
const (
	ReferenceVersion = "4.99.6"
	ReferenceLibrary = "libpcap version 1.10.6"
)

// ReferenceLike is the path of the tcpdump of another version than ReferenceVersion,
// or "": TAPDUMP_REFERENCE_5_0 names that of 5.0. No release has these yet, so that
// nobody has to have them.
func ReferenceLike(t testing.TB, v versions.Version) string {
	t.Helper()
	if v.String() == ReferenceVersion {
		return Reference(t)
	}
	variable := "TAPDUMP_REFERENCE_" + strings.ReplaceAll(v.String(), ".", "_")
	path := os.Getenv(variable)
	if path == "" {
		return ""
	}
	checkReference(t, variable, path, "version "+v.Tcpdump()+"\n", "libpcap version "+v.Libpcap())
	return path
}

// checkReference fails where the program at a path, which a variable names, does not
// say what it is awaited to of its version.
func checkReference(t testing.TB, variable, path string, awaited ...string) {
	t.Helper()
	out, err := exec.Command(path, "--version").CombinedOutput()
	for _, s := range awaited {
		if err != nil || !strings.Contains(string(out), s) {
			t.Fatalf("%s=%s does not say %q: %s %v", variable, path, s, out, err)
		}
	}
}

// Oracle returns the path of a command to compare with. Without one the test is
// skipped; with -require-oracle it fails.
func Oracle(t testing.TB, command string) string {
	t.Helper()
	path, err := exec.LookPath(command)
	if err != nil {
		missing(t, "compares with "+command+", which is not installed")
	}
	return path
}

// NeedsReference returns the path of the reference's tcpdump, which
// TAPDUMP_REFERENCE names. Without one the test is skipped; with -require-oracle
// it fails.
func NeedsReference(t testing.TB) string {
	t.Helper()
	path := Reference(t)
	if path == "" {
		t.Skip("set TAPDUMP_REFERENCE to a tcpdump " + ReferenceVersion + " to compare with it")
	}
	return path
}

// Reference is NeedsReference for tests that also do without: it returns "" then.
func Reference(t testing.TB) string {
	t.Helper()
	path := os.Getenv("TAPDUMP_REFERENCE")
	if path == "" {
		if *requireOracle {
			t.Fatal("set TAPDUMP_REFERENCE to a tcpdump " + ReferenceVersion + " to compare with it; .ci/reference builds one")
		}
		return ""
	}
	checkReference(t, "TAPDUMP_REFERENCE", path, "version "+ReferenceVersion+"\n", ReferenceLibrary)
	return path
}

func missing(t testing.TB, why string) {
	t.Helper()
	if *requireOracle {
		t.Fatal(why)
	}
	t.Skip(why)
}
