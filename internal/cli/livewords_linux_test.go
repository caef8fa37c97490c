package cli

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestLiveStamps: a live capture has microseconds in pcap, as tcpdump's, unless
// more are asked for, and all that the kernel says in pcapng.
func TestLiveStamps(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	dir := t.TempDir()
	for _, c := range []struct {
		name, options string
		nano          bool
	}{
		{"a.pcap", "", false}, {"b.pcap", "--nano", true}, {"c.pcap", "--micro", false},
		{"a.pcapng", "", true}, {"b.pcapng", "--nano", true}, {"c.pcapng", "--micro", true},
	} {
		name := filepath.Join(dir, c.name)
		r := startLive(t, append(strings.Fields("-i lo -c 4 --format "+strings.TrimPrefix(filepath.Ext(name), ".")+" "+c.options), "-w", name, "udp dst port 5353")...)
		sendUDP(t, 5353, 4)
		if status := r.ended(t); status != 0 {
			t.Fatalf("%s: exit status %d: %s", c.name, status, &r.stderr)
		}
		file, err := pcapfile.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := file.Header().Nano; got != c.nano {
			t.Errorf("%s %s: nanoseconds %v, want %v", c.name, c.options, got, c.nano)
		}
		fine := false // a stamp of whole microseconds four times is no accident
		var pkt capture.Packet
		for file.Next(&pkt) == nil {
			fine = fine || pkt.Time.Nsec%1000 != 0
		}
		if fine != c.nano {
			t.Errorf("%s %s: stamps finer than a microsecond: %v, want %v", c.name, c.options, fine, c.nano)
		}
		file.Close()
	}
}

// TestLiveHint: at the end of a live capture an odd expression is remarked on, and
// nothing is said of others.
func TestLiveHint(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, c := range []struct {
		expr string
		want bool
	}{{"udp dst port 5353", false}, {"dst 80", true}} {
		r := startLive(t, "-i", "lo", "-nn", "-l", "--hints", c.expr)
		sendUDP(t, 5353, 1)
		if !c.want {
			r.wait(t, &r.stdout, "5353: ")
		}
		if err := syscall.Kill(os.Getpid(), unix.SIGINT); err != nil {
			t.Fatal(err)
		}
		r.ended(t)
		if got := strings.Contains(r.stderr.String(), "tapdump: hint: "); got != c.want {
			t.Errorf("%s: the hint is given: %v\n%s", c.expr, got, &r.stderr)
		}
	}
}

// TestLossAdvice: where packets were lost, and the remedy; nothing where none were.
func TestLossAdvice(t *testing.T) {
	const kernel = " in the kernel's buffer, read too slowly (try a larger one with -B, a filter, a smaller -s, or -w instead of printing)"
	const device = " in the interface, which was out of buffers (ethtool -G makes more)"
	for _, c := range []struct {
		stats    capture.Stats
		captured uint64
		failed   bool
		want     string
	}{
		{capture.Stats{Received: 1}, 1, false, ""},
		{capture.Stats{Received: 9, Dropped: 1}, 2, false, "1" + kernel},
		{capture.Stats{Received: 9, IfDropped: 1}, 2, false, "1" + device},
		{capture.Stats{Received: 9, Dropped: 3, IfDropped: 4}, 0, true, "3" + kernel + "; 4" + device + "; all, as our own output failed (write to where there is room)"},
		{capture.Stats{Received: 9}, 5, true, "some of the 5 captured and all that followed, as our own output failed (write to where there is room)"},
	} {
		var stderr strings.Builder
		r := &liveRun{session: &session{command: newTestCommand("tapdump", nil, &stderr, &stderr)}, outputFailed: c.failed}
		r.captured = c.captured
		r.adviseOnLosses(c.stats)
		want := c.want
		if want != "" {
			want = "tapdump: packets lost: " + want + "\n"
		}
		if stderr.String() != want {
			t.Errorf("%+v: %qwant %q", c.stats, &stderr, want)
		}
	}
}

// TestSignalWhileCopying: SIGUSR2 has the copy of a savefile written as far as it
// is, and does not end it.
func TestSignalWhileCopying(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out.pcap")
	if err := syscall.Mkfifo(in, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &liveRunner{status: make(chan int, 1)}
	go func() {
		c := newCommand("tapdump", strings.NewReader(""), &r.stdout, &r.stderr)
		r.status <- c.main([]string{"tapdump", "-r", in, "-w", out})
	}()
	writer, err := os.OpenFile(in, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) {
		if _, err := writer.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	le := binary.LittleEndian
	head := le.AppendUint32(nil, 0xa1b2c3d4)
	head = append(head, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 101, 0, 0, 0)
	record := append([]byte{1, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 40, 0, 0, 0}, make([]byte, 40)...)
	write(append(head, record...))
	r.wait(t, &r.stderr, "reading from file")
	for range 3 {
		if err := syscall.Kill(os.Getpid(), unix.SIGUSR2); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond) // until it has come
		write(record)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d: %s", status, &r.stderr)
	}
	if got := packetsIn(out); got != 4 {
		t.Errorf("%d packets were copied, want 4: %s", got, &r.stderr)
	}
}

// TestAbsentStamps: that a device cannot stamp packets as asked is said before that it
// cannot be opened.
func TestAbsentStamps(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	var stdout, stderr strings.Builder
	command := newCommand("tapdump", strings.NewReader(""), &stdout, &stderr)
	status := command.main(strings.Fields("tapdump -i nosuch0 -j adapter"))
	want := "tapdump: WARNING: When trying to set timestamp type 'adapter' on nosuch0: That type of time stamp is not supported by that device\n" +
		"tapdump: nosuch0: No such device exists\n"
	if status != 1 || !strings.HasPrefix(stderr.String(), want) {
		t.Errorf("exit status %d, %q; want %q and a remedy", status, &stderr, want)
	}
}

// TestRaisedSnapLen: that more is kept than asked for, since a cooked header has to fit,
// is said, and that it is not with lengths that do fit.
func TestRaisedSnapLen(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, c := range []struct {
		options, want string
	}{
		{"-i any -s 1", "tapdump: WARNING: snaplen raised from 1 to 21\n"},
		{"-i any -s 20 -y LINUX_SLL", "tapdump: data link type LINUX_SLL\ntapdump: WARNING: snaplen raised from 20 to 21\n"},
		{"-i any -s 21", ""},
		{"-i any -s 0", ""},
		{"-i lo -s 1", ""},
	} {
		var stdout, stderr strings.Builder
		command := newCommand("tapdump", strings.NewReader(""), &stdout, &stderr)
		if status := command.main(append([]string{"tapdump", "-p", "-d"}, strings.Fields(c.options)...)); status != 0 || stderr.String() != c.want {
			t.Errorf("%s: exit status %d, %q; want %q", c.options, status, &stderr, c.want)
		}
	}
}
