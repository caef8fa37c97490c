package cli

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// parquetPacketsIn counts the packets in the files of a dataset, all of which must be
// whole, and says how many files there are. Files that are being written do not count.
func parquetPacketsIn(t *testing.T, dir string) (packets, files int) {
	t.Helper()
	for _, file := range filesBelow(t, dir) {
		if strings.HasPrefix(filepath.Base(file), ".") {
			continue
		}
		got := run("-r", filepath.Join(dir, file), "--count")
		var n int
		for _, c := range strings.TrimSpace(strings.TrimRight(got.stdout, " packets\n")) {
			n = 10*n + int(c-'0')
		}
		if got.status != 0 || n == 0 {
			t.Errorf("%s: %+v", file, got)
		}
		packets += n
		files++
	}
	return packets, files
}

// TestLiveParquet: a live capture in its sandbox makes folders and files of a dataset by
// the clock, has -z run on each, and writes none for times without packets; a signal
// ends the last one.
func TestLiveParquet(t *testing.T) {
	needsParquet(t)
	testenv.NeedsCommand(t, "touch")
	if !inNamespace(t) {
		return
	}
	dir := filepath.Join(testenv.OpenDir(t), "lake")
	command := filepath.Join(t.TempDir(), "done")
	script := "#!/bin/sh\nexec touch " + dir + "/../$(basename $1).seen\n"
	if err := os.WriteFile(command, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd, r := startProcess(t, "-i", "lo", "--columns", "usual,raw", "--rotate-time", "0.2s", "-z", command,
		"-w", dir+"/day=%F/%H%M%S-%s.parquet", "udp dst port 5353")
	const packets = 20
	for range 2 {
		sendUDP(t, 5353, packets/2)
		_, before := parquetPacketsIn(t, dir)
		for end := time.Now().Add(testenv.Patience); ; time.Sleep(10 * time.Millisecond) {
			if _, now := parquetPacketsIn(t, dir); now > before {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("no file comes:\n%s", &r.stderr)
			}
		}
		time.Sleep(time.Second) // some times without packets
	}
	sendUDP(t, 5353, packets/2)
	cmd.Process.Signal(syscall.SIGTERM)
	if status := r.ended(t); status != 0 || strings.Contains(r.stderr.String(), "WARNING") {
		t.Errorf("exit status %d:\n%s", status, &r.stderr)
	}
	n, files := parquetPacketsIn(t, dir)
	if n != 3*packets/2 || files < 3 || files > 6 {
		t.Errorf("%d packets in %d files, want %d in 3, or some that a turn has cut in two: %q\n%s", n, files, 3*packets/2, filesBelow(t, dir), &r.stderr)
	}
	if seen, _ := filepath.Glob(dir + "/../*.seen"); len(seen) != files {
		t.Errorf("-z ran on %d files of %d", len(seen), files)
	}
	if all := filesBelow(t, dir); len(all) != files {
		t.Errorf("something is left: %q", all)
	}
}

// TestLiveParquetKilled: whenever the process is killed, what has its name is whole.
func TestLiveParquetKilled(t *testing.T) {
	needsParquet(t)
	if !inNamespace(t) {
		return
	}
	for i := range 8 {
		dir := filepath.Join(testenv.OpenDir(t), "lake")
		cmd, r := startProcess(t, "-i", "lo", "--columns", "usual,raw", "--rotate-count", "7", "-w", dir+"/%H/x.parquet", "udp dst port 5353")
		sendUDP(t, 5353, 40+i)
		cmd.Process.Kill()
		r.ended(t)
		n, files := parquetPacketsIn(t, dir)
		if n != 7*files {
			t.Errorf("%d packets in %d files that have their names, want 7 in each: %q", n, files, filesBelow(t, dir))
		}
	}
}
