package cli

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// largeDay writes a day of traffic, of so many bytes, in which each 10,000th packet is of
// rareHost.
func largeDay(t *testing.T, name string, size int64) {
	t.Helper()
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{})
	if err != nil {
		t.Fatal(err)
	}
	const bytesEach = 318 // about, with the record's header
	step := 86400 * int64(time.Second) / (size / bytesEach)
	rare := []byte("\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00" + ping)
	copy(rare[14+12:], "\x0a\x09\x08\x07")
	g := traffic.New(17, math.MaxInt)
	var p capture.Packet
	for i := int64(0); w.Size() < size; i++ {
		if err := g.Next(&p); err != nil {
			t.Fatal(err)
		}
		if i%10_000 == 5000 {
			p.Data, p.Length = rare, uint32(len(rare))
		}
		ns := 1704067200*int64(time.Second) + i*step
		p.Time = capture.Timestamp{Sec: ns / 1e9, Nsec: ns % 1e9}
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// processorTime is how much the program took for a command line.
func processorTime(t *testing.T, args ...string) time.Duration {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "TZ=GMT0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// TestIndexLarge measures what an index costs and saves, with a capture of so many
// gigabytes as TAPDUMP_INDEX says, for a host that has 0.01 % of its packets, all over
// it, and for a minute of its day. What is found is the same as without the index.
func TestIndexLarge(t *testing.T) {
	gigabytes, err := strconv.ParseFloat(os.Getenv("TAPDUMP_INDEX"), 64)
	if err != nil {
		t.Skip("TAPDUMP_INDEX does not say how many gigabytes to measure with, such as 10")
	}
	t.Setenv("TZ", "GMT0")
	dir := t.TempDir()
	small, copied := filepath.Join(dir, "small.pcap"), filepath.Join(dir, "copy.pcap")
	largeDay(t, small, 500_000_000)
	least := [2]time.Duration{time.Hour, time.Hour}
	for range 7 {
		for i, args := range [][]string{{"-r", small, "-w", copied}, {"-r", small, "-w", copied, "--index"}} {
			least[i] = min(least[i], processorTime(t, args...))
		}
	}
	t.Logf("copying 500 MB: %v of processor time, with --index %v (%+.1f %%)", least[0], least[1], 100*(least[1].Seconds()/least[0].Seconds()-1))
	os.Remove(small)
	os.Remove(copied)

	name := filepath.Join(dir, "day.pcap")
	largeDay(t, name, int64(gigabytes*1e9))
	began := time.Now()
	if got := run("--make-index", name); got != (ran{}) {
		t.Fatalf("%+v", got)
	}
	made := time.Since(began)
	file, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	of, err := os.Stat(index.Name(name))
	if err != nil {
		t.Fatal(err)
	}
	share := 100 * float64(of.Size()) / float64(file.Size())
	t.Logf("--make-index of %d MB took %v; the index is %.2f %% of it", file.Size()/1e6, made, share)
	if share > 1 {
		t.Errorf("an index of %.2f %%", share)
	}
	asked := [][]string{
		{"host", rareHost}, {"--from", "14:30", "--to", "14:31"},
		{"--from", "14:30", "--to", "14:31", "host", rareHost}, {"host", "10.9.8.6"},
	}
	found := filepath.Join(dir, "found.pcap")
	var with [][]byte
	for _, args := range asked {
		args = append([]string{"-r", name, "-w", found}, args...)
		run(args...) // to have it in memory
		began := time.Now()
		got := run(args...)
		t.Logf("%q: %v, status %d", args[4:], time.Since(began), got.status)
		data, err := os.ReadFile(found)
		if err != nil {
			t.Fatal(err)
		}
		with = append(with, data)
	}
	os.Remove(index.Name(name))
	for i, args := range asked {
		began := time.Now()
		run(append([]string{"-r", name, "-w", found}, args...)...)
		took := time.Since(began)
		data, err := os.ReadFile(found)
		if err != nil || !bytes.Equal(data, with[i]) {
			t.Errorf("%q: %d bytes with the index, %d without, %v", args, len(with[i]), len(data), err)
		}
		t.Logf("%q: %v without the index, %d bytes", args, took, len(data))
	}
}
