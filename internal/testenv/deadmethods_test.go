package testenv

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestDeadMethodsAreLeftOut: nothing in the program calls methods by names that it makes
// while it runs, as templates do. The linker would have to keep every exported method of
// every type, which is a tenth of the program.
func TestDeadMethodsAreLeftOut(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the go command, which the short form does not")
	}
	command := exec.Command("go", "build", "-ldflags=-dumpdep", "-o", filepath.Join(t.TempDir(), "tapdump"), module+"cmd/tapdump")
	command.Env = append(command.Environ(), "CGO_ENABLED=0")
	edges, err := command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout = command.Stderr
	if err := command.Start(); err != nil {
		t.Fatalf("go build: %v", err)
	}
	count := 0
	lines := bufio.NewScanner(edges)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		// A -> B, with attributes in angle brackets behind either.
		if strings.Contains(lines.Text(), " -> ") {
			count++
		}
		if strings.Contains(lines.Text(), "<ReflectMethod>") {
			t.Errorf("calls methods by name: %s", lines.Text())
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("go build: %v", err)
	}
	if count < 10_000 {
		t.Errorf("the linker told of %d references only", count)
	}
}
