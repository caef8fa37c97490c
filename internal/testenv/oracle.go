package testenv

import (
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"
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
	out, err := exec.Command(path, "--version").CombinedOutput()
	version := string(out)
	if err != nil || !strings.Contains(version, "version "+ReferenceVersion+"\n") || !strings.Contains(version, ReferenceLibrary) {
		t.Fatalf("TAPDUMP_REFERENCE=%s is not tcpdump %s with %s: %s %v", path, ReferenceVersion, ReferenceLibrary, version, err)
	}
	return path
}

func missing(t testing.TB, why string) {
	t.Helper()
	if *requireOracle {
		t.Fatal(why)
	}
	t.Skip(why)
}
