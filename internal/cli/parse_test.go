package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/versions"
)

// wrongLines are command lines that tcpdump refuses, or answers without
// capturing. Words are separated by blanks; ” is an empty word.
var wrongLines = []string{
	"-P", "-P", "-nY", "-vvk", "-o", "-@", "-né", "- -P", "-c", "-nc", "-B", "-W", "-z", "-E",
	"--foo", "--foo=bar", "--verb", "--m", "--list", "--l", "--time", "--time-s", "--n", "--no", "--p", "--i", "--im=x",
	"--co=3", "--count=3", "--inter", "--snap", "--=x", "--number=", "--vers=1", "--buf", "--buffer-size= -P",
	"port -P 80", "port --foo 80", "-c0", "-c 0", "-c -5", "-c ten", "-c 10x -P", "-c ''", "-c 4294967296", "-c 99999999999999999999",
	"-c 0 -P", "-P -c 0", "-c 0 -h", "-mnone -c 0", "-m none -P", "-B 0", "-B -1", "-B x", "-B 2097152", "-B 4194304", "-C 0", "-C x", "-C 1kk",
	"-C 1q", "-C -1", "-C ''", "-C 99999999999999999999", "-C 9223372036854775807", "-C 9223372036854775807k", "-C +", "-C 1",
	"-C 1K", "-C 2m", "-C 3G", "-C 0x10", "-G -1", "-G x -P", "-G 1", "-G 1 -w x -z y -P", "-z y -w x", "-z y -C 1", "-z y",
	"-W 0", "-W -1", "-W x", "-j foo", "-j ''", "-j HOST -P", "-Q up", "-Q ''", "-Q IN -P", "-s -1", "-s 262145", "-s x", "-s 0x40000 -P",
	"-s 0x40001", "-s 010 -P", "-s 08", "-s 0x", "-s ''", "-s 12z", "-s 4294967297 -P", "-T foo", "-T ''", "-T VAT -P", "-y foo", "-y ''",
	"-y en10mb -P", "-y 1", "--time-stamp-precision foo", "--time-stamp-precision=nanos -P", "--time-stamp-precision=microns -P",
	"--time-stamp-precision=nan", "--time-stamp-precision=", "--micro=x", "--nano -P",
	"-A -x -r x", "-A -X -r x", "-x -X -r x", "-AxX -r x", "-xxXX -C 1 -r x", "-C 1 -r x", "-G 1 -r x", "-C 1 -G 1 -r x",
	"-tttttt -r x", "-tttttttt -r x", "-tttttt -f -r x", "-f -r x", "-f -V x", "-V x -r x", "-f -V x -r x",
	"-AxtttttttV x", "-Axttttttt -V x", "--fp-type", "--time-t-size", "--fp -P", "--time-t -c 0", "-n --fp-type -P",
}

// verdict is what a program answers: its exit status and the first line of its
// standard error, without the name that it gives itself, and of its output.
func verdict(status int, stdout, stderr, argv0 string) string {
	line := func(s string) string { s, _, _ = strings.Cut(s, "\n"); return s }
	text := strings.ReplaceAll(line(stderr), argv0+": ", "")
	text = strings.TrimPrefix(text, filepath.Base(argv0)+": ")
	if strings.HasPrefix(text, filepath.Base(argv0)+" version ") {
		text = "(usage)"
	}
	return fmt.Sprintf("%d\t%s\t%s", status, text, line(stdout))
}

// runInProcess runs a command line with nothing on its standard input.
func runInProcess(program string, args []string, stdout, stderr *bytes.Buffer) int {
	return newTestCommand(program, strings.NewReader(""), stdout, stderr).main(append([]string{program}, args...))
}

func words(line string) []string {
	w := strings.Fields(line)
	for i := range w {
		w[i] = strings.ReplaceAll(w[i], "''", "")
	}
	return w
}

// wrongLinesOf are those that a version is asked.
func wrongLinesOf(v versions.Version) []string {
	lines := wrongLines
	if v >= versions.V4_99 {
		lines = append(lines[:len(lines):len(lines)], "--count", "--count -i lo", "--count -w x", "--count -G 1", "--count -z x", "--count -A -x", "--count -tttttt -c 0")
	}
	if v < versions.V5_0 {
		return lines
	}
	lines = append(lines,
		"-m", "-nmx", "--s", "--sk", "--le -P", "--le=x", "--pri", "--print-", "--li", "--list-r",
		"--list-remote-interfaces", "--list-remote-interfaces x", "--list-r= -tttttt", "--list-r x -c 0", "-i rpcap://x", "-i rpcaps://x/1 -L", "-i rpcap://x -J", "-y IPMB_LINUX", "-y I2C_LINUX -P", "-y ax25 -P", "-y DECT_NR_TAP -P", "-T quicx")
	for _, option := range []string{"-B", "-c", "-C", "-G", "-W", "-s", "--skip", "--print-sampling"} {
		for _, value := range []string{"''", "0", "-1", "10x", "0x10", "010", "+5", "+", "1.5", "2147483647", "2147483648", "9223372036854775807", "99999999999999999999", "1kk"} {
			lines = append(lines, option+" "+value+" -P")
		}
	}
	return append(lines, "-B 2097151 -P", "-s 262144 -P", "-s 262145 -P", "-c 2147483647 --skip 1", "--skip 2147483647 -c 1 -D", "--skip 08 -P", "--skip 0x -P", "--print-sampling 3 -P")
}

// TestWrongLines compares the answers to wrong command lines with those
// recorded, and those with the reference's where it is installed, for each version.
func TestWrongLines(t *testing.T) {
	for _, v := range versions.All() {
		t.Run(v.String(), func(t *testing.T) { answersWrongLines(t, v) })
	}
}

// answersWrongLines is TestWrongLines for one version.
func answersWrongLines(t *testing.T, v versions.Version) {
	golden := "testdata/wrong.tsv"
	if v != 0 {
		golden = "testdata/wrong-" + v.String() + ".tsv"
	}
	lines, tcpdump := wrongLinesOf(v), testenv.ReferenceLike(t, v)
	if *testenv.Update {
		if tcpdump == "" {
			t.Skipf("-update records what tcpdump %s says: set TAPDUMP_REFERENCE (TAPDUMP_REFERENCE_5_0 ...) to that binary", v)
		}
		var b strings.Builder
		for _, line := range lines {
			fmt.Fprintf(&b, "%s\t%s\n", line, askReference(t, tcpdump, words(line)))
		}
		if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("TAPDUMP_LIKE", v.String())
	want := readAnswers(t, golden)
	for _, line := range lines {
		var stdout, stderr bytes.Buffer
		status := runInProcess("./tapdump", words(line), &stdout, &stderr)
		got := verdict(status, stdout.String(), stderr.String(), "./tapdump")
		if w, ok := want[line]; !ok {
			t.Errorf("%q is not in %s: record it with TAPDUMP_REFERENCE=BINARY go test ./internal/cli -run WrongLines -update", line, golden)
		} else if got != w {
			t.Errorf("tapdump %s\n got  %q\n want %q", line, got, w)
		}
		if tcpdump != "" && askReference(t, tcpdump, words(line)) != want[line] {
			t.Errorf("%s says something else to %q than %s has", tcpdump, line, golden)
		}
	}
}

func readAnswers(t *testing.T, name string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	answers := make(map[string]string)
	for row := range strings.Lines(string(data)) {
		line, answer, _ := strings.Cut(strings.TrimSuffix(row, "\n"), "\t")
		answers[line] = answer
	}
	return answers
}

func askReference(t *testing.T, tcpdump string, args []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, tcpdump, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); ctx.Err() != nil || cmd.ProcessState == nil {
		t.Fatalf("%s %q: %v: not a wrong command line", tcpdump, args, err)
	}
	return verdict(cmd.ProcessState.ExitCode(), stdout.String(), stderr.String(), tcpdump)
}
