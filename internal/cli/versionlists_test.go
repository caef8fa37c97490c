package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// TestVersionLists runs the tests that tcpdump itself lists, with --like, and
// compares what is printed, on both outputs, and the exit status with that version's
// program. A reference that was built in its sources' folder has the list beside it,
// in tests/TESTLIST, and as parts of programs in tests/TESTrun or tests/*.tests.
//
// Where 4.99.6 is there too, -v shows how many of the tests are new and how many of
// them it answers otherwise.
func TestVersionLists(t *testing.T) {
	release := testenv.Reference(t)
	for _, v := range versions.All() {
		t.Run(v.String(), func(t *testing.T) {
			program := testenv.ReferenceLike(t, v)
			if program == "" {
				t.Skip("no tcpdump of this version is named: TAPDUMP_REFERENCE_5_0, TAPDUMP_REFERENCE_4_99 and TAPDUMP_REFERENCE name them")
			}
			folder := filepath.Join(filepath.Dir(program), "tests")
			tests := listedTests(t, folder)
			if tests == nil {
				t.Skipf("%s has no TESTLIST: the tcpdump is not in the folder that it was built in", folder)
			}
			t.Chdir(folder)
			t.Setenv("TZ", "GMT0")
			counts := compareListed(t, v, program, release, tests)
			t.Logf("alike: %s", counts)
		})
	}
}

// compareListed fails for each test that is answered otherwise than by program, and
// returns how many are not, by what release makes of them.
func compareListed(t *testing.T, v versions.Version, program, release string, tests []listedTest) listedCounts {
	counts := listedCounts{}
	var known []listedTest
	if release != "" {
		known = listedTests(t, filepath.Join(filepath.Dir(release), "tests"))
	}
	for _, test := range tests {
		var stdout, stderr bytes.Buffer
		args := append([]string{"--like", v.String()}, test.args...)
		status := runInProcess(filepath.Base(program), args, &stdout, &stderr)
		want := runListed(t, program, test)
		got := fmt.Sprintf("%s-- standard error\n%s-- exit status %d\n", &stdout, &stderr, status)
		kind := "all"
		switch {
		case known == nil:
		case !slices.ContainsFunc(known, func(k listedTest) bool { return k.name == test.name }):
			kind = "new"
		case runListed(t, release, test) != want:
			kind = "changed"
		default:
			kind = "same"
		}
		counts.add(kind, got == want)
		if got != want {
			t.Errorf("%s (%s), tapdump %s: %s", test.name, kind, strings.Join(args, " "), testenv.FirstDifference([]byte(want), []byte(got)))
		}
	}
	return counts
}

// runListed is what a tcpdump answers, in the form of a golden.
func runListed(t *testing.T, program string, test listedTest) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, test.args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); cmd.ProcessState == nil || ctx.Err() != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	return fmt.Sprintf("%s-- standard error\n%s-- exit status %d\n", &stdout, &stderr, cmd.ProcessState.ExitCode())
}

// listedCounts are, by kind, how many tests are answered alike and how many there are.
type listedCounts map[string][2]int

func (c listedCounts) add(kind string, alike bool) {
	n := c[kind]
	n[1]++
	if alike {
		n[0]++
	}
	c[kind] = n
}

func (c listedCounts) String() string {
	var parts []string
	for kind, n := range c {
		parts = append(parts, fmt.Sprintf("%s %d/%d", kind, n[0], n[1]))
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// listedTest is a test of tcpdump's list: a command line, to be run in its folder.
type listedTest struct {
	name string
	args []string
}

// Of a test in a program: the block that it is, and its name, capture and options;
// and of options a word.
var (
	listedBlock = regexp.MustCompile(`(?s)\n[\t ]*\{\n(.*?)\n[\t ]*\}`)
	listedField = regexp.MustCompile(`\b(name|input|args)\s*=>\s*(?:'([^']*)'|"([^"]*)")`)
	listedWord  = regexp.MustCompile(`"[^"]*"|'[^']*'|[^\s"']+`)
)

// listedTests are the tests of a folder; nil where it has no list.
func listedTests(t *testing.T, folder string) []listedTest {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(folder, "TESTLIST"))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var tests []listedTest
	for line := range strings.Lines(string(list)) {
		if w := strings.Fields(line); len(w) >= 3 && !strings.HasPrefix(line, "#") {
			tests = append(tests, newListedTest(w[0], w[1], strings.Join(w[3:], " ")))
		}
	}
	n := len(tests)
	programs, err := filepath.Glob(filepath.Join(folder, "*.tests"))
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range append(programs, filepath.Join(folder, "TESTrun")) {
		text, err := os.ReadFile(program)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range listedBlock.FindAllStringSubmatch(string(text), -1) {
			fields := map[string]string{}
			for _, f := range listedField.FindAllStringSubmatch(block[1], -1) {
				fields[f[1]] = f[2] + f[3]
			}
			if fields["name"] != "" && fields["input"] != "" {
				tests = append(tests, newListedTest(fields["name"], fields["input"], fields["args"]))
			}
		}
	}
	if n == 0 || n == len(tests) {
		t.Fatalf("%s: %d tests in TESTLIST, %d in programs", folder, n, len(tests)-n)
	}
	return tests
}

// listedFolder puts the folder of the tests in the place of its names.
var listedFolder = strings.NewReplacer("${testsdir}", ".", "@TESTDIR@", ".")

func newListedTest(name, capture, options string) listedTest {
	args := []string{"-#", "-n", "-r", capture, "-tttt"}
	for _, w := range listedWord.FindAllString(listedFolder.Replace(options), -1) {
		if w == "SPECIAL_t" { // the options say how times are shown
			args = slices.DeleteFunc(args, func(a string) bool { return a == "-tttt" })
			continue
		}
		args = append(args, strings.Trim(w, `"'`))
	}
	return listedTest{name, args}
}
