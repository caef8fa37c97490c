package cli

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/probes"
	"github.com/tapdump/tapdump/internal/testenv"
)

// needsDrops skips a test where the kernel does not show what it throws away.
func needsDrops(t *testing.T) {
	t.Helper()
	s, err := probes.OpenDrops(0, 0)
	if err != nil {
		t.Skipf("needs packets that the kernel throws away: %v", err)
	}
	s.Close()
}

// many is how many packets a test sends, unless a variable of the environment asks for
// more.
func many(t *testing.T, few int, variable string) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// datagram is a packet of UDP over IPv4, whose checksum is wrong if that is asked for.
func datagram(ttl byte, src, dst string, port int, wrong bool) []byte {
	b := make([]byte, 32)
	b[0], b[3], b[8], b[9] = 0x45, byte(len(b)), ttl, header.ProtocolUDP
	copy(b[12:], net.ParseIP(src).To4())
	copy(b[16:], net.ParseIP(dst).To4())
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	binary.BigEndian.PutUint16(b[10:], ^uint16(sum+sum>>16))
	binary.BigEndian.PutUint16(b[20:], 1000)
	binary.BigEndian.PutUint16(b[22:], uint16(port))
	binary.BigEndian.PutUint16(b[24:], 12)
	if wrong {
		b[26] = 1
	}
	return b
}

// TestDrops: packets that the kernel throws away, each for its reason.
func TestDrops(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	needsDrops(t)
	n := many(t, 20, "TAPDUMP_TEST_DROPS")
	const nft, closed, checksum, full, hops = 20001, 20002, 20003, 20004, 20005
	reasons := map[int]string{closed: "NO_SOCKET", checksum: "UDP_CSUM", full: "SOCKET_RCVBUFF", hops: "IP_INHDR"}
	if _, err := exec.LookPath("nft"); err == nil {
		rules := exec.Command("nft", "-f", "-")
		rules.Stdin = strings.NewReader(fmt.Sprintf("table ip t { chain c { type filter hook input priority 0; udp dport %d drop; }; }\n", nft))
		if out, err := rules.CombinedOutput(); err != nil {
			t.Logf("no nft rules: %s", out)
		} else {
			reasons[nft] = "NETFILTER_DROP"
		}
	}
	tun := tunnel(t, "tapdump0")
	defer tun.Close()
	ip(t, "addr add 192.0.2.2/24 dev tapdump0; route add 198.51.100.0/24 dev tapdump0")
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0); err != nil {
		t.Fatal(err)
	}
	small, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: full})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	small.SetReadBuffer(1)
	open, err := net.ListenUDP("udp4", &net.UDPAddr{Port: checksum})
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()

	cmd, r := startProcess(t, "-i", "drops", "-nn", "-l", "--jobs", "1", "udp")
	sender, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for range n {
		for _, port := range []int{nft, closed} {
			sender.WriteToUDP([]byte("x"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		}
		tun.Write(datagram(64, "192.0.2.1", "192.0.2.2", checksum, true))
		tun.Write(datagram(1, "192.0.2.1", "198.51.100.1", hops, false))
	}
	for range n + 20 { // some are taken before it is full
		sender.WriteToUDP(make([]byte, 1000), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: full})
	}
	line := regexp.MustCompile(`(?m)^\S+ (lo +|tapdump0 )In  IP \S+ > \S+\.(\d+): UDP, (?:bad )?length \d+ \[dropped: (\S+) ([a-z_0-9]+)\]$`)
	counts := func() map[int]map[string]int {
		all := make(map[int]map[string]int)
		for _, m := range line.FindAllStringSubmatch(r.stdout.String(), -1) {
			port, _ := strconv.Atoi(m[2])
			if all[port] == nil {
				all[port] = make(map[string]int)
			}
			all[port][m[3]]++
		}
		return all
	}
	defer func() {
		if t.Failed() {
			t.Logf("%v\n%s\n%s", counts(), &r.stdout, &r.stderr)
		}
	}()
	testenv.WaitFor(t, "all packets are printed", func() bool {
		all := counts()
		for port, reason := range reasons {
			if all[port][reason] < n {
				return false
			}
		}
		return true
	})
	cmd.Process.Signal(unix.SIGINT)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	for port, all := range counts() {
		for reason, got := range all {
			if port != nft && (reason != reasons[port] || port != full && got != n) {
				t.Errorf("port %d: %d packets for %s, want %d for %s", port, got, reason, n, reasons[port])
			}
		}
	}
	if got := r.stderr.String(); !strings.Contains(got, "listening on drops, link-type LINUX_SLL2") || !strings.Contains(got, "\n0 packets dropped by kernel\n") {
		t.Errorf("it says\n%s", got)
	}
	t.Log(counts())
}

// TestDropsInFiles: the reason goes into pcapng files and records, and comes back from
// files; conditions ask for it.
func TestDropsInFiles(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	needsDrops(t)
	name := filepath.Join(t.TempDir(), "drops.pcapng")
	cmd, r := startProcess(t, "-i", "drops", "-nn", "-w", name, "--print", "-U", "--condition", "drop=NO_*", "udp port 20002")
	sender, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	for range 3 {
		sender.WriteToUDP([]byte("x"), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 20002})
	}
	testenv.WaitFor(t, "all packets are printed", func() bool {
		return strings.Count(r.stdout.String(), "[dropped: NO_SOCKET ") == 3
	})
	cmd.Process.Signal(unix.SIGINT)
	r.ended(t)
	status, out, says := runTapdump("-nn", "-r", name, "--condition", "drop=no_socket", "--fields", "dst_port,drop_reason")
	if want := strings.Repeat("20002\tNO_SOCKET\n", 3); out != want || status != 0 {
		t.Errorf("%q\nwant %q\n%s", out, want, says)
	}
	if n := countPackets(t, name); n != 3 {
		t.Errorf("%d packets are in the file", n)
	}
}

// TestDropsIsAnInterface: an interface of that name is one.
func TestDropsIsAnInterface(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	tun := tunnel(t, "drops")
	defer tun.Close()
	cmd, r := startProcess(t, "-i", "drops", "-nn")
	if !strings.Contains(r.stderr.String(), "listening on drops, link-type RAW") {
		t.Errorf("it says\n%s", &r.stderr)
	}
	cmd.Process.Signal(unix.SIGINT)
	r.ended(t)
}
