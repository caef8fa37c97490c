package live

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// inNamespace runs f in a network namespace of its own, in which only lo is,
// and up. Sockets that f opens stay in it, also for other goroutines.
func inNamespace(t *testing.T, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a network namespace")
	}
	var denied error
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread ends with the goroutine, and the namespace with it.
		runtime.LockOSThread()
		if denied = unix.Unshare(unix.CLONE_NEWNET); denied != nil {
			return
		}
		setUp(t, "lo")
		f()
	}()
	<-done
	if denied != nil {
		t.Skipf("needs CAP_SYS_ADMIN, to make a network namespace: %v", denied)
	}
}

// ip runs the command ip.
func ip(t *testing.T, arguments string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
		t.Fatalf("ip %s: %v\n%s", arguments, err, out)
	}
}

func setUp(t *testing.T, device string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq(device)
	if err != nil {
		t.Fatal(err)
	}
	ifr.SetUint16(unix.IFF_UP)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr); err != nil {
		t.Errorf("can't bring %s up: %v", device, err)
	}
}

// veth makes a pair of interfaces that are joined to each other, quiet and up.
func veth(t *testing.T, a, b string) {
	t.Helper()
	testenv.NeedsCommand(t, "ip")
	add := exec.Command("ip", "link", "add", a, "type", "veth", "peer", "name", b)
	if out, err := add.CombinedOutput(); err != nil {
		t.Skipf("needs interfaces of the type veth: %s: %v\n%s", add, err, out)
	}
	for _, dev := range []string{a, b} {
		// Without addresses it sends nothing of its own accord.
		os.WriteFile("/proc/sys/net/ipv6/conf/"+dev+"/disable_ipv6", []byte("1"), 0)
		setUp(t, dev)
	}
	waitFlowing(t, a, b)
	waitFlowing(t, b, a)
}

// waitFlowing waits until frames sent on one device are received on another: for
// a while after they are up, the kernel drops what is sent. None is on its way
// any more when it returns.
func waitFlowing(t *testing.T, from, to string) {
	t.Helper()
	s := newSender(t, from)
	r, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(r)
	index, err := deviceIndex(r, to)
	if err != nil {
		t.Fatalf("%s: %v", to, err)
	}
	if err := unix.Bind(r, &unix.SockaddrLinklayer{Protocol: bigEndian16(unix.ETH_P_ALL), Ifindex: index}); err != nil {
		t.Fatal(err)
	}
	// The device counts what is put into the backlog of a processor, the socket
	// what has come out of it.
	before, counted := receivedFrames(t, to), 0
	testenv.WaitFor(t, "frames flow from "+from+" to "+to, func() bool {
		if receivedFrames(t, to) == before {
			s.send(udpFrame(9, 0, 0))
		}
		st, err := unix.GetsockoptTpacketStats(r, unix.SOL_PACKET, unix.PACKET_STATISTICS)
		if err != nil {
			t.Fatal(err)
		}
		counted += int(st.Packets)
		return counted > 0 && counted == receivedFrames(t, to)-before
	})
}

// waitReceived waits until the kernel has put so many packets into the rings of
// a capture, or dropped them: what was sent may still be in the backlog of a
// processor.
func waitReceived(t *testing.T, l *Live, n uint64) {
	t.Helper()
	testenv.WaitFor(t, fmt.Sprintf("%d packets are received on %s", n, l.Device()), func() bool {
		st, err := l.Stats()
		if err != nil {
			t.Error(err)
		}
		return err != nil || st.Received >= n
	})
}

// receivedFrames counts the frames that a device has received.
func receivedFrames(t *testing.T, device string) int {
	t.Helper()
	text, err := os.ReadFile("/proc/thread-self/net/dev")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		name, counts, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == device {
			n, err := strconv.Atoi(strings.Fields(counts)[1])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("no counts of %s", device)
	return 0
}

// sender sends frames on a device.
type sender struct {
	t    *testing.T
	fd   int
	addr unix.SockaddrLinklayer
}

func newSender(t *testing.T, device string) *sender {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	index, err := deviceIndex(fd, device)
	if err != nil {
		t.Fatalf("%s: %v", device, err)
	}
	return &sender{t, fd, unix.SockaddrLinklayer{Ifindex: index, Halen: 6}}
}

func (s *sender) send(frame []byte) {
	if err := unix.Sendto(s.fd, frame, 0, &s.addr); err != nil {
		s.t.Errorf("send: %v", err)
	}
}

// udpFrame is an Ethernet frame with an IPv4 UDP datagram from port 4444. Its
// payload starts with number.
func udpFrame(dstPort uint16, number uint32, payload int) []byte {
	f := make([]byte, 14+20+8+max(payload, 4))
	copy(f, net.HardwareAddr{2, 0, 0, 0, 0, 0x99, 2, 0, 0, 0, 0, 1, 8, 0})
	ip := f[14:]
	ip[0], ip[8], ip[9] = 0x45, 64, 17
	be16(ip[2:], len(ip))
	copy(ip[12:], []byte{10, 0, 0, 1, 10, 0, 0, 2})
	sum := 0
	for i := 0; i < 20; i += 2 {
		sum += int(ip[i])<<8 | int(ip[i+1])
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	be16(ip[10:], ^sum)
	be16(ip[20:], 4444)
	be16(ip[22:], int(dstPort))
	be16(ip[24:], len(ip)-20)
	be16(ip[28:], int(number>>16))
	be16(ip[30:], int(number))
	return f
}

func be16(b []byte, v int) { b[0], b[1] = byte(v>>8), byte(v) }

// frameNumber is the inverse of udpFrame, for the Ethernet payload of a frame.
func frameNumber(ip []byte) uint32 {
	if len(ip) < 32 || ip[0] != 0x45 || ip[9] != 17 {
		return ^uint32(0)
	}
	return uint32(ip[28])<<24 | uint32(ip[29])<<16 | uint32(ip[30])<<8 | uint32(ip[31])
}
