package recorder

import (
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// limitFiles has no file become longer than some bytes, as on a disk that is full.
func limitFiles(t *testing.T, size uint64) {
	t.Helper()
	signal.Ignore(syscall.SIGXFSZ)
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: old.Max}); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
			t.Error(err)
		}
		signal.Reset(syscall.SIGXFSZ)
	})
}

// TestFull: all packets of the window are counted that a file on a full disk lacks; while
// the window is open it is said that there are some.
func TestFull(t *testing.T) {
	limitFiles(t, 200<<10)
	b := newBench(t, Options{Before: time.Second, After: time.Hour}, pcapfile.Format{}, pcapfile.Rules{})
	const packets = 400
	cause := []Cause{{Rule: "test", Time: at(1000, 60).Time, Packet: true}}
	for ms := int64(1000); ms < 1000+packets; ms++ {
		b.Packet(at(ms, 2000), cause)
		cause = nil
	}
	var failed []error
	testenv.WaitFor(t, "a failure", func() bool {
		failed = append(failed, b.Failures()...)
		return len(failed) > 0
	})
	if text := failed[0].Error(); len(failed) > 1 || !strings.HasSuffix(text, "/000001.pcapng: File too large; at the end of the window it is said what is missing") {
		t.Errorf("while the window is open it says %v", failed)
	}
	b.Close()
	failed = b.Failures()
	const want = "/000001.pcapng: File too large: packets that could not be written: 299, packets in the file: 101"
	if len(failed) != 1 || !strings.HasSuffix(failed[0].Error(), want) {
		t.Errorf("at the end it says %v, want %s", failed, want)
	}
	if err := b.files.Close(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(b.dir + "/000001.pcapng"); err != nil || info.Size() > 200<<10 {
		t.Errorf("%v, %v", info, err)
	}
	for name, got := range b.contents() {
		if len(got) != 101 {
			t.Errorf("%s has %d packets", name, len(got))
		}
	}
}

// TestFullRing: on a full disk the ring becomes smaller, for the youngest packets, and all
// that it lacks are counted.
func TestFullRing(t *testing.T) {
	const ours = "TAPDUMP_TEST_MOUNTS"
	if os.Getenv(ours) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFullRing$", "-test.v")
		cmd.Env = append(os.Environ(), ours+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		switch {
		case strings.Contains(string(out), "--- SKIP"), os.IsPermission(err):
			t.Skipf("needs to mount: %v\n%s", err, out)
		case err != nil:
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	disk := t.TempDir()
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Unmount(disk, 0) }) // with the namespace at the latest
	b := newBench(t, Options{Before: time.Hour, After: time.Millisecond, Dir: filepath.Join(disk, "ring"), Size: 4 << 20}, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
	const first, packets = 1000, 6000
	for ms := int64(first); ms < first+packets; ms++ {
		b.Packet(at(ms, 1000), nil)
	}
	lost := b.Losses().Unstored
	b.feed(first+packets, first+packets, 1, first+packets)
	b.Close()
	failed := b.Failures()
	if len(failed) == 0 || len(failed) > 3 || !strings.Contains(failed[0].Error(), "No space left on device") ||
		!strings.Contains(failed[0].Error(), "; from now on the ring has ") {
		t.Errorf("it says %v", failed)
	}
	if err := b.files.Close(); err != nil {
		t.Error(err)
	}
	contents := b.contents()
	if len(contents) != 1 {
		t.Fatalf("files are %v", contents)
	}
	for _, got := range contents {
		young := slices.Index(got, first+packets-1000)
		if young < 0 || !slices.Equal(got[young:], span(first+packets-1000, first+packets, 1)) {
			t.Errorf("of the last 1000 packets it has %d", len(got)-young)
		}
		if missing := uint64(got[len(got)-1]-got[0]) + 1 - uint64(len(got)); lost == 0 || lost > 300 || missing > lost {
			t.Errorf("%d packets are missing, and %d counted", missing, lost)
		}
	}
	t.Logf("%d lost: %v; %q", lost, failed, b.said)
}
