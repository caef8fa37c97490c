package testenv

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestContributing: the tests and files that CONTRIBUTING.md sends people to exist.
func TestContributing(t *testing.T) {
	root := filepath.Join("..", "..")
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	tests := testFunctions(t, root)
	named := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(string(text), -1)
	folder := ""
	for _, n := range named {
		switch name := n[1]; {
		case strings.HasPrefix(name, "Test"):
			if !tests[name] {
				t.Errorf("CONTRIBUTING.md names %s, which is no test: name the one that took its place", name)
			}
		case strings.ContainsAny(name, "* "):
		case strings.HasSuffix(name, ".go") || strings.Contains(name, "/"):
			// A file without a folder lies beside the one before.
			if !strings.Contains(name, "/") {
				name = filepath.Join(folder, name)
			}
			folder = filepath.Dir(name)
			if _, err := os.Stat(filepath.Join(root, name)); err != nil && !strings.Contains(name, "NAME") {
				t.Errorf("CONTRIBUTING.md names %s: %v", name, err)
			}
		}
	}
	if len(named) < 50 {
		t.Errorf("only %d names found", len(named))
	}
}

// testFunctions are the names of all tests.
func testFunctions(t *testing.T, root string) map[string]bool {
	t.Helper()
	tests := make(map[string]bool)
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(file string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, "_test.go") {
			return err
		}
		text, err := os.ReadFile(file)
		for _, m := range function.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}
