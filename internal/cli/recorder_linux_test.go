package cli

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// numbered sends frames with numbers, from 0 on, at a rate.
type numbered struct {
	begun  []time.Time // when those of each batch were sent
	sent   atomic.Uint64
	stop   chan struct{}
	ended  chan error
	socket int
}

// numberedBatch is how many frames are sent at a time, and numberedSize how long they are.
const (
	numberedBatch = 32
	numberedSize  = 100
	numberedType  = 0x88b5 // for experiments
)

// sendNumbered begins to send on an interface, a number of packets a second.
func sendNumbered(t *testing.T, device string, rate int) *numbered {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ifr, err := unix.NewIfreq(device)
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr)
	}
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: int(ifr.Uint32())})
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1) // it is faster
	n := &numbered{stop: make(chan struct{}), ended: make(chan error, 1), socket: fd}
	go func() { n.ended <- n.run(rate) }()
	return n
}

func (n *numbered) run(rate int) error {
	type message struct {
		head unix.Msghdr
		sent uint32
		_    [4]byte
	}
	var frames [numberedBatch][numberedSize]byte
	var vectors [numberedBatch]unix.Iovec
	var messages [numberedBatch]message
	for i := range frames {
		frames[i][0], frames[i][6] = 2, 2
		binary.BigEndian.PutUint16(frames[i][12:], numberedType)
		vectors[i].Base = &frames[i][0]
		vectors[i].SetLen(numberedSize)
		messages[i].head.Iov = &vectors[i]
		messages[i].head.SetIovlen(1)
	}
	begin := time.Now()
	for number := uint64(0); ; {
		due := begin.Add(time.Duration(float64(number) / float64(rate) * 1e9))
		select {
		case <-n.stop:
			return nil
		case <-time.After(time.Until(due)):
		}
		n.begun = append(n.begun, time.Now())
		for i := range frames {
			binary.BigEndian.PutUint64(frames[i][14:], number+uint64(i))
		}
		for done := 0; done < numberedBatch; {
			k, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(n.socket), uintptr(unsafe.Pointer(&messages[done])), uintptr(numberedBatch-done), 0, 0, 0)
			if errno != 0 && errno != unix.ENOBUFS && errno != unix.EAGAIN {
				return errno
			}
			if errno == 0 {
				done += int(k)
			}
		}
		number += numberedBatch
		n.sent.Store(number)
	}
}

// end ends the sending.
func (n *numbered) end(t *testing.T) {
	t.Helper()
	close(n.stop)
	if err := <-n.ended; err != nil {
		t.Fatal(err)
	}
	unix.Close(n.socket)
}

// numbers are those of the frames in a savefile, with the time of the first and the last.
func numbers(t *testing.T, name string) (all []uint64, first, last time.Time) {
	t.Helper()
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer r.Close()
	var pkt capture.Packet
	for {
		if err := r.Next(&pkt); err == io.EOF {
			return all, first, last
		} else if err != nil {
			t.Fatalf("%s: after %d packets: %v", name, len(all), err)
		}
		if len(pkt.Data) < 22 || binary.BigEndian.Uint16(pkt.Data[12:]) != numberedType {
			continue
		}
		if all == nil {
			first = pkt.Time.Time()
		}
		last = pkt.Time.Time()
		all = append(all, binary.BigEndian.Uint64(pkt.Data[14:]))
	}
}

// incidentTime is when an incident was, as the file's header says.
func incidentTime(t *testing.T, name string) time.Time {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`incident at (\S+)\ntrigger: signal\n`).FindSubmatch(b)
	if m == nil {
		t.Fatalf("%s says nothing of an incident", name)
	}
	at, err := time.Parse(time.RFC3339Nano, string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// highWater is the most memory that a process had so far, in bytes.
func highWater(t *testing.T, pid int) int64 {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if text, ok := strings.CutPrefix(s.Text(), "VmHWM:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return kib << 10
		}
	}
	t.Fatal("its memory is not known")
	return 0
}

// recorderLoad is what TestLiveRecorder tries; TAPDUMP_RECORDER=200000,100 tries more: the
// packets a second, and how often it fires.
func recorderLoad(t *testing.T) (rate, fires int, large bool) {
	s := os.Getenv("TAPDUMP_RECORDER")
	if s == "" {
		return 10_000, 3, false
	}
	if n, err := fmt.Sscanf(s, "%d,%d", &rate, &fires); n != 2 {
		t.Fatalf("TAPDUMP_RECORDER: %v", err)
	}
	return rate, fires, true
}

// TestLiveRecorder: while packets come, what signals ask for is in files: from before each
// up to after it, without a gap, from the first moment on.
func TestLiveRecorder(t *testing.T) {
	rate, fires, large := recorderLoad(t)
	if !inNamespace(t) {
		return
	}
	for _, kind := range []string{"memory", "disk"} {
		t.Run(kind, func(t *testing.T) { tryRecorder(t, kind == "disk", rate, fires, large) })
	}
}

func tryRecorder(t *testing.T, disk bool, rate, fires int, large bool) {
	const before, after, ring = 150 * time.Millisecond, 100 * time.Millisecond, 64 << 20
	from, to := "ra"+strconv.FormatBool(disk)[:1], "rb"+strconv.FormatBool(disk)[:1]
	quietPair(t, from, to)
	dir := testenv.OpenDir(t)
	line := []string{"-i", to, "-Q", "in", "--trigger", "signal", "--before", before.String(), "--after", after.String(),
		"--ring", strconv.Itoa(ring), "-w", filepath.Join(dir, "%H%M%S.pcapng")}
	if disk {
		line = append(line, "--ring-dir", filepath.Join(dir, "ring"))
	}
	cmd, r := startProcess(t, line...)
	n := sendNumbered(t, from, rate)
	said := func() int { return strings.Count(r.stderr.String(), "incident at ") }
	complete := func() bool {
		names, _ := filepath.Glob(filepath.Join(dir, "*.pcapng"))
		return len(names) > 0 && len(names) == said()
	}
	for range fires - 1 {
		cmd.Process.Signal(syscall.SIGUSR2)
		time.Sleep(rand.N(2 * (before + after)))
	}
	testenv.WaitFor(t, "all but the last incident", complete)
	last := said()
	cmd.Process.Signal(syscall.SIGUSR2)
	testenv.WaitFor(t, "the last incident", func() bool { return said() > last && complete() })
	high := highWater(t, cmd.Process.Pid)
	cmd.Process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 {
		t.Errorf("it ended with %d", status)
	}
	sending := time.Since(n.begun[0])
	n.end(t)
	names, _ := filepath.Glob(filepath.Join(dir, "*.pcapng"))
	if len(names) == 0 || len(names) != said() || len(names) > fires {
		t.Fatalf("%d incidents in %d files: %s", said(), len(names), &r.stderr)
	}
	dropped := 0
	if m := regexp.MustCompile(`(\d+) packets? dropped by kernel`).FindStringSubmatch(r.stderr.String()); m != nil {
		dropped, _ = strconv.Atoi(m[1])
	}
	total, missing, latest := 0, 0, time.Duration(0)
	for _, name := range names {
		all, first, last := numbers(t, name)
		at := incidentTime(t, name)
		from, to := at.Add(-before), last
		if !regexp.MustCompile(regexp.QuoteMeta(name) + `: .*; it fired`).MatchString(r.stderr.String()) {
			to = at.Add(after)
		}
		const clocks = time.Millisecond // of packets and of the program
		if len(all) == 0 || first.Before(from.Add(-clocks)) || last.After(to.Add(clocks)) || !slices.IsSorted(all) {
			t.Errorf("%s: %d packets from %s to %s, of %s", name, len(all), first, last, at)
			continue
		}
		total += len(all)
		missing += max(sentWithin(n, from, to)-len(all), 0)
		// Where sending was held up, nothing came before.
		if b := int(all[0] / numberedBatch); b+1 < len(n.begun) && n.begun[b+1].Sub(n.begun[b]) < 10*time.Millisecond {
			if n.begun[b].After(from) {
				from = n.begun[b]
			}
			latest = max(latest, first.Sub(from))
		}
	}
	t.Logf("%d packets/s of %d for %.1f s, fired %d times: %d files with %d packets, %d missing, %d dropped by the kernel; the first packet is %s behind at most; memory %d MiB with a ring of %d MiB",
		int(float64(n.sent.Load())/sending.Seconds()), rate, sending.Seconds(), fires, len(names), total, missing, dropped, latest, high>>20, ring>>20)
	if missing > dropped || large && dropped == 0 && missing*1000 > total {
		t.Errorf("%d of %d packets are missing, the kernel dropped %d", missing, total+missing, dropped)
	}
	if large && (latest > 50*time.Millisecond || high > ring+64<<20) {
		t.Errorf("the first packet is %s behind, memory is %d MiB", latest, high>>20)
	}
}

// sentWithin is how many frames were certainly sent within a time.
func sentWithin(n *numbered, from, to time.Time) (frames int) {
	for i, begun := range n.begun[:len(n.begun)-1] {
		if !begun.Before(from) && !n.begun[i+1].After(to) {
			frames += numberedBatch
		}
	}
	return frames
}

// TestLiveRingSurvives: what a ring on disk has is there when the program comes to a sudden
// end, and the next run goes on with it.
func TestLiveRingSurvives(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "ka", "kb")
	dir := testenv.OpenDir(t)
	line := []string{"-i", "kb", "-Q", "in", "--trigger", "signal", "--before", "1h", "--after", "100ms", "--incidents", "1", "--ring", "16m",
		"--ring-dir", filepath.Join(dir, "ring"), "-w", filepath.Join(dir, "incident.pcapng")}
	cmd, r := startProcess(t, line...)
	n := sendNumbered(t, "ka", 5000)
	testenv.WaitFor(t, "packets", func() bool { return n.sent.Load() > 4000 })
	cmd.Process.Kill()
	killed := time.Now()
	r.ended(t)
	n.end(t)
	segments, _ := filepath.Glob(filepath.Join(dir, "ring", "*"))
	if len(segments) == 0 {
		t.Fatal("nothing is there")
	}
	// Whoever reads it meanwhile, before it is repaired, may find that the last packet is
	// not whole.
	cmd, r = startProcess(t, line...)
	var all []uint64
	var last time.Time
	for _, name := range segments {
		some, _, end := numbers(t, name)
		all, last = append(all, some...), end
	}
	if len(all) == 0 || all[0] != 0 || !slices.IsSorted(all) || int(all[len(all)-1])+1 != len(all) {
		t.Fatalf("%d packets are there, of %d", len(all), n.sent.Load())
	}
	t.Logf("the last packet of %d is from %s before the end", len(all), killed.Sub(last))
	if os.Getenv("TAPDUMP_RECORDER") != "" && killed.Sub(last) > time.Second {
		t.Errorf("packets of the last %s are missing", killed.Sub(last))
	}
	cmd.Process.Signal(syscall.SIGUSR2)
	if status := r.ended(t); status != 0 {
		t.Errorf("it ended with %d: %s", status, &r.stderr)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "incident*.pcapng"))
	if len(names) != 1 {
		t.Fatalf("files are %q: %s", names, &r.stderr)
	}
	if again, _, _ := numbers(t, names[0]); !slices.Equal(again, all) {
		t.Errorf("the incident has %d packets, the ring %d: %s", len(again), len(all), &r.stderr)
	}
	if s := r.stderr.String(); !strings.Contains(s, "1 segment of an earlier run") || strings.Contains(s, "WARNING") {
		t.Errorf("it says %s", s)
	}
}

// TestLiveRecorderRules: in its sandbox, the recorder keeps as many files as it is told, has
// a command run on each, and ends with the last.
func TestLiveRecorderRules(t *testing.T) {
	testenv.NeedsCommand(t, "gzip")
	if !inNamespace(t) {
		return
	}
	dir := testenv.OpenDir(t)
	cmd, r := startProcess(t, "-i", "lo", "--trigger", "signal", "--before", "10s", "--after", "1ms", "--incidents", "3", "--keep-files", "2",
		"-z", "gzip", "-w", filepath.Join(dir, "x.pcapng"))
	for i := range 3 {
		sendUDP(t, 7777, 1)
		cmd.Process.Signal(syscall.SIGUSR2)
		if i < 2 {
			testenv.WaitFor(t, "an incident", func() bool { return strings.Count(r.stderr.String(), "incident at ") > i })
		}
	}
	if status := r.ended(t); status != 0 || strings.Contains(r.stderr.String(), "WARNING") {
		t.Errorf("it ended with %d: %s", status, &r.stderr)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(names) != 2 || !strings.HasPrefix(filepath.Base(names[0]), "x_00002_") || !strings.HasPrefix(filepath.Base(names[1]), "x_00003_") ||
		!strings.HasSuffix(names[1], ".gz") {
		t.Errorf("files are %q: %s", names, &r.stderr)
	}
	if _, err := exec.LookPath("gzip"); err == nil && len(names) == 2 {
		if got := countPackets(t, names[1]); got != 3 {
			t.Errorf("the last one has %d packets, want 3", got)
		}
	}
}
