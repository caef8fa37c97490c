package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestLiveShards: two captures divide the packets of an interface.
func TestLiveShards(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	const flows = 40
	workers := []*liveRunner{
		startLive(t, "-i", "lo", "-nnt", "--shard", "0/2", "udp"),
		startLive(t, "-i", "lo", "-nnt", "--shard", "1/2", "udp"),
	}
	for i := range flows {
		sendUDP(t, 6000+i, 1)
	}
	printed := func() (lines []string) {
		for _, w := range workers {
			lines = append(lines, strings.Split(strings.TrimSuffix(w.stdout.String(), "\n"), "\n")...)
		}
		return lines
	}
	for end := time.Now().Add(testenv.Patience); len(printed()) < flows && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for i, w := range workers {
		if status := w.ended(t); status != 0 || !strings.Contains(w.stdout.String(), "UDP, length 7") {
			t.Errorf("worker %d: exit status %d, printed\n%s", i, status, &w.stdout)
		}
	}
	lines := slices.DeleteFunc(printed(), func(line string) bool { return line == "" })
	slices.Sort(lines)
	if len(lines) != flows || len(slices.Compact(lines)) != flows {
		t.Errorf("%d packets were sent, the workers have\n%s", flows, strings.Join(lines, "\n"))
	}
}

// TestMergeStatsConfined: in the sandbox the files can be read that are named, and
// what is printed is the same.
func TestMergeStatsConfined(t *testing.T) {
	dir := t.TempDir()
	const capture = "../../testdata/captures/mixed.pcap"
	for i, name := range []string{"a.json", "b.json"} {
		text := sharded(t, "-nr "+capture+" --stats json")[i]
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	self, err := os.Executable() // not by a name that is relative
	if err != nil {
		t.Fatal(err)
	}
	var outputs [2]bytes.Buffer
	for i, args := range [][]string{{"--merge-stats", "a.json", "b.json"}, {"--merge-stats", "--no-sandbox", "a.json", "b.json"}} {
		cmd := exec.Command(self, args...)
		cmd.Args[0] = "tapdump"
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asProgram+"=1")
		var stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &outputs[i], &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v\n%s", err, &stderr)
		}
	}
	if outputs[0].Len() == 0 || !bytes.Equal(outputs[0].Bytes(), outputs[1].Bytes()) {
		t.Errorf("confined it prints\n%s\nwant\n%s", &outputs[0], &outputs[1])
	}
}
