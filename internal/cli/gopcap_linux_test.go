//go:build !nogopcap && !tapdump_small

package cli

import (
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// unknownCounts are what go-pcap does not know.
const unknownCounts = "packets received by filter: unknown\npackets dropped by kernel: unknown\n"

// TestGoPcap: a capture with go-pcap says what it cannot do, and prints no count
// that it does not know: not on a signal, not at the end, not into the file.
func TestGoPcap(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	name := t.TempDir() + "/x.pcapng"
	r := startLive(t, "-i", "lo", "--capture-engine", "go-pcap", "-w", name, "udp dst port 5353")
	signal := func(sig syscall.Signal) {
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
	}
	sendUDP(t, 5354, 3)
	sendUDP(t, 5353, 3)
	testenv.WaitFor(t, "the file has 3 packets", func() bool { return blocks(t, name)[6] == 3 })
	signal(syscall.SIGUSR1)
	r.wait(t, &r.stderr, "tapdump: 3 packets captured, packets received by filter: unknown, packets dropped by kernel: unknown\n")
	signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	said := r.stderr.String()
	if !strings.HasPrefix(said, "tapdump: capturing with go-pcap: it does not know how many packets are lost, nor which way packets go, ") ||
		!strings.HasSuffix(said, "bytes\ntapdump: 3 packets captured, packets received by filter: unknown, packets dropped by kernel: unknown\n3 packets captured\n"+unknownCounts) ||
		strings.Contains(said, "level=") {
		t.Errorf("it says\n%s", said)
	}
	if found := blocks(t, name); found[6] != 3 || found[5] != 0 {
		t.Errorf("blocks of the file, by type: %v, want 3 packets (6) and no counts (5)", found)
	}
}

// blocks counts the blocks of a pcapng file by their types, as far as it goes.
func blocks(t *testing.T, name string) map[uint32]int {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[uint32]int)
	for len(data) >= 12 {
		length := binary.NativeEndian.Uint32(data[4:])
		if int(length) > len(data) || length < 12 {
			break
		}
		found[binary.NativeEndian.Uint32(data)]++
		data = data[length:]
	}
	return found
}

// TestGoPcapConfined: in its sandbox go-pcap captures everything that comes, also
// when it has to wait, and ends when it is told to.
func TestGoPcapConfined(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	name := t.TempDir() + "/x.pcap"
	cmd, r := startProcess(t, "-i", "lo", "--capture-engine", "go-pcap", "-w", name, "udp dst port 5353")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// It says that it listens when it has given up everything.
	for _, want := range []string{"\nCapPrm:\t0000000000000000\n", "\nNoNewPrivs:\t1\n"} {
		if !strings.Contains(string(status), want) {
			t.Errorf("its status has no %q:\n%s", want, status)
		}
	}
	const fileHeader, record int64 = 24, 16 + 14 + 20 + 8 + int64(len("payload"))
	for n := int64(1); n <= 5; n++ {
		sendUDP(t, 5353, 20)
		awaitSize(t, name, fileHeader+20*n*record)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if status := r.ended(t); status != 0 || !strings.HasSuffix(r.stderr.String(), "\n100 packets captured\n"+unknownCounts) || strings.Contains(r.stderr.String(), "WARNING") {
		t.Errorf("exit status %d:\n%s", status, &r.stderr)
	}
	if n := countPackets(t, name); n != 100 {
		t.Errorf("%d packets in the file, want 100", n)
	}
}

// TestGoPcapOwnFilter: where the kernel does not take the filter, it filters here.
func TestGoPcapOwnFilter(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := startLive(t, "-i", "lo", "--capture-engine", "go-pcap", "-nn", "-t", "-c", "2", "ip6 protochain 58 or udp dst port 5353")
	sendUDP(t, 5354, 3)
	sendUDP(t, 5353, 2)
	if status := r.ended(t); status != 0 || strings.Count(r.stdout.String(), ".5353: ") != 2 || strings.Count(r.stdout.String(), "\n") != 2 ||
		strings.Count(r.stderr.String(), "WARNING: Kernel filter failed: it loops (protochain)") != 1 {
		t.Errorf("exit status %d\n%s%s", status, &r.stdout, &r.stderr)
	}
}

// TestGoPcapDevice: what go-pcap can do with a device, and what is refused.
func TestGoPcapDevice(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "pair0", "pair1")
	for line, want := range map[string]string{
		"-i lo -L":                      "Data link types for lo (use option -y to set):\n  EN10MB (Ethernet)\n",
		"-i lo -J":                      "Time stamp types for lo (use option -j to set):\n  host (Host)\n",
		"-i lo -ddd udp and ether[0]=1": "",
		"-i lo -y RAW":                  "tapdump: RAW is not one of the DLTs supported by go-pcap on this device\n",
		"-i pair*":                      "tapdump: --capture-engine go-pcap captures from one interface, not from pair",
		"-i none0":                      "tapdump: none0: No such device exists\n",
	} {
		var out, said strings.Builder
		c := newCommand("tapdump", strings.NewReader(""), &out, &said)
		c.main(append([]string{"tapdump", "--capture-engine", "go-pcap"}, strings.Fields(line)...))
		if want == "" { // as by our engine
			var other strings.Builder
			c := newCommand("tapdump", strings.NewReader(""), &other, &said)
			c.main(append([]string{"tapdump"}, strings.Fields(line)...))
			want = other.String()
		}
		if got := out.String() + said.String(); !strings.HasPrefix(got, want) || want == "" {
			t.Errorf("%s: it says\n%swant\n%s", line, got, want)
		}
	}
}
