package testenv

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Update has tests write their golden files anew instead of comparing with them.
var Update = flag.Bool("update", false, "write the golden files anew instead of comparing with them")

// Golden compares got with a file line by line, or writes it for -update.
func Golden(tb testing.TB, file string, got []byte) {
	tb.Helper()
	if *Update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			tb.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatalf("%v\nto write it, and read what is in it: %s", err, updates(tb))
	}
	if d := FirstDifference(want, got); d != "" {
		tb.Errorf("%s: %s\nif this is meant: %s", file, d, updates(tb))
	}
}

// FirstDifference is where got is not want, with some lines of both; "" where
// they are the same.
func FirstDifference(want, got []byte) string {
	if bytes.Equal(want, got) {
		return ""
	}
	w, g := strings.SplitAfter(string(want), "\n"), strings.SplitAfter(string(got), "\n")
	i := 0
	for i < min(len(w), len(g)) && w[i] == g[i] {
		i++
	}
	lines := func(of []string) string { return strings.Join(of[min(i, len(of)):min(i+3, len(of))], "") }
	return fmt.Sprintf("line %d is\n%s\nwant\n%s", i+1, lines(g), lines(w))
}

// updates is the command that writes the golden files of a test.
func updates(tb testing.TB) string {
	return fmt.Sprintf("go test ./%s -run %s -update", packageFolder(), tb.Name())
}

// folder is that of the package under test, before a test goes elsewhere.
var folder, _ = os.Getwd()

// packageFolder is folder as seen from the module's root.
func packageFolder() string {
	for root := folder; root != filepath.Dir(root); root = filepath.Dir(root) {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			name, _ := filepath.Rel(root, folder)
			return filepath.ToSlash(name)
		}
	}
	return "..."
}
