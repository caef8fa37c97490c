package testenv_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCodeOfPages: the Go code that pages show is part of the programs that are
// built and run.
func TestCodeOfPages(t *testing.T) {
	var sources []string
	for _, pattern := range []string{"*/main.go", "*/*/main.go"} {
		names, err := filepath.Glob(filepath.Join(outsideDir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, unindented(string(text)))
		}
	}
	block := regexp.MustCompile("(?s)```go\n(.*?)```")
	for _, page := range []string{"README.md", "docs/library.md"} {
		text, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		blocks := block.FindAllStringSubmatch(string(text), -1)
		if len(blocks) == 0 {
			t.Errorf("%s shows no code", page)
		}
		for _, b := range blocks {
			found := false
			for _, source := range sources {
				found = found || strings.Contains(source, unindented(b[1]))
			}
			if !found {
				t.Errorf("%s shows code that is in no program of internal/outside:\n%s", page, b[1])
			}
		}
	}
}

// unindented is text without what lines begin with.
func unindented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.TrimLeft(line, "\t "))
	}
	return b.String()
}
