package cli

import (
	"encoding/binary"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// streamLoad is how many seconds, and packets a second, a stream is tried with:
// TAPDUMP_STREAMS=SECONDS asks for more than usual.
func streamLoad(t *testing.T) (seconds, rate int) {
	t.Helper()
	text := os.Getenv("TAPDUMP_STREAMS")
	if text == "" {
		return 1, 10_000
	}
	seconds, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("TAPDUMP_STREAMS: %v", err)
	}
	return seconds, 200_000
}

// sendFrames sends frames of UDP with numbers in them through an interface, so many a
// second.
func sendFrames(t *testing.T, device string, packets, rate int) {
	t.Helper()
	iface, err := net.InterfaceByName(device)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: iface.Index}); err != nil {
		t.Fatal(err)
	}
	frame := make([]byte, 100)
	copy(frame, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00\x45\x00\x00\x56\x00\x00\x00\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02\x0f\xa1\x0f\xa1\x00\x42\x00\x00")
	began := time.Now()
	for n := range packets {
		if n%100 == 0 {
			time.Sleep(time.Until(began.Add(time.Duration(n) * time.Second / time.Duration(rate))))
		}
		binary.BigEndian.PutUint32(frame[42:], uint32(n))
		for {
			if _, err := unix.Write(fd, frame); err == nil {
				break
			} else if err != unix.ENOBUFS && err != unix.EAGAIN {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d packets in %v", packets, time.Since(began))
}

// TestStreamLoad: two readers get every packet of a busy interface while a third takes
// none.
func TestStreamLoad(t *testing.T) {
	testenv.NeedsCommand(t, "ip")
	if !inNamespace(t) {
		return
	}
	seconds, rate := streamLoad(t)
	ip(t, "link add sa type veth peer name sb")
	ip(t, "link set sa up")
	ip(t, "link set sb up")
	packets := seconds * rate
	cmd, server := startProcess(t, "-i", "sb", "-B", "65536", "-w", "tcp://:0", "udp port 4001")
	port := portOf(t, server)
	stalled, err := net.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	dir := testenv.OpenDir(t)
	var readers []*liveRunner
	var names []string
	for _, name := range []string{"one", "two"} {
		names = append(names, filepath.Join(dir, name))
		_, r := startReader(t, "-r", "tcp://127.0.0.1:"+port, "-w", names[len(names)-1])
		readers = append(readers, r)
	}
	sendFrames(t, "sa", packets, rate)
	if status, err := os.ReadFile("/proc/" + strconv.Itoa(cmd.Process.Pid) + "/status"); err == nil {
		_, peak, _ := strings.Cut(string(status), "VmHWM:")
		peak, _, _ = strings.Cut(peak, "\n")
		t.Logf("memory of the server, with the ring of 64 MiB: %s", strings.TrimSpace(peak))
	}
	stop(t, cmd)
	for _, r := range append(readers, server) {
		if status := r.ended(t); status != 0 {
			t.Errorf("status %d\n%s", status, &r.stderr)
		}
	}
	t.Logf("%s", &server.stderr)
	if !strings.Contains(server.stderr.String(), "\n"+strconv.Itoa(packets)+" packets captured\n") {
		t.Errorf("not all of %d packets were captured:\n%s", packets, &server.stderr)
	}
	for _, name := range names {
		if n := countPackets(t, name); n != packets {
			t.Errorf("%s has %d packets, want %d", filepath.Base(name), n, packets)
		}
	}
}
