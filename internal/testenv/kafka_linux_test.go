package testenv_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestKafka: what docs/scale.md pipes into kcat arrives in Kafka, each record once.
func TestKafka(t *testing.T) {
	testenv.NeedsLoopback(t)
	testenv.NeedsCommand(t, "kcat")
	needsGo(t)
	dir := t.TempDir()
	module := filepath.Join(outsideDir, "kafka")
	for _, build := range []struct{ folder, program, what string }{{module, "broker", "./broker"}, {"../..", "tapdump", "./cmd/tapdump"}} {
		if out, err := goCommand(build.folder, "build", "-o", filepath.Join(dir, build.program), build.what); err != nil {
			if build.folder == module && os.Getenv("TAPDUMP_REQUIRE_MODULES") == "" {
				t.Skipf("the modules that other programs need cannot be had: %s", out)
			}
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	broker := exec.CommandContext(t.Context(), filepath.Join(dir, "broker"), "packets")
	var stderr bytes.Buffer
	broker.Stderr = &stderr
	stdin, err := broker.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := broker.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := broker.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		stdin.Close()
		if err := broker.Wait(); err != nil {
			t.Errorf("%v\n%s", err, &stderr)
		}
	}()
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatalf("no address: %s", &stderr)
	}
	address := lines.Text()
	capture, err := filepath.Abs("../../docs/examples/office.pcap")
	if err != nil {
		t.Fatal(err)
	}
	records, err := exec.Command(filepath.Join(dir, "tapdump"), "-nr", capture, "--json").Output()
	if err != nil {
		t.Fatal(err)
	}
	line := fmt.Sprintf("./tapdump -r %s --json | kcat -P -b %s -t packets -z zstd", capture, address)
	command := exec.CommandContext(t.Context(), "sh", "-c", line)
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	want := strings.Split(strings.TrimSpace(string(records)), "\n")
	var got []string
	for len(got) < len(want) && lines.Scan() {
		got = append(got, strings.Clone(lines.Text()))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%d records arrived of %d, or others", len(got), len(want))
	}
}
