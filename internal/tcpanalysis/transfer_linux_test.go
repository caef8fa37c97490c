package tcpanalysis

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// Loss behind the capture, on the way in: the capture is the sender's.
const loss = "nft add table ip t\n" +
	"nft add chain ip t i { type filter hook input priority 0; }\n" +
	"nft add rule ip t i iifname lo tcp dport 5001 numgen random mod 100 < %d drop"

// transfers are what TestTransfer does in a network namespace of its own.
var transfers = []struct {
	name  string
	setup string // a command a line
	size  int    // bytes
}{
	{"loss=2%", "ip link set lo mtu 1500\n" + fmt.Sprintf(loss, 2), 50_000_000},
	{"loss=5%", "ip link set lo mtu 1500\n" + fmt.Sprintf(loss, 5), 50_000_000},
	{"loss=2%,frames=1500", "ip link set lo mtu 1500 gso_max_segs 1\n" + fmt.Sprintf(loss, 2), 50_000_000},
	{"loss=5%,frames=1500", "ip link set lo mtu 1500 gso_max_segs 1\n" + fmt.Sprintf(loss, 5), 50_000_000},
	// netem drops and delays before the capture, which is then the receiver's
	{"delay,jitter", "ip link set lo mtu 1500\ntc qdisc add dev lo root netem delay 5ms 2ms", 5_000_000},
	{"reordering", "ip link set lo mtu 1500\ntc qdisc add dev lo root netem delay 2ms reorder 75% 50%", 5_000_000},
	{"duplication", "ip link set lo mtu 1500\ntc qdisc add dev lo root netem delay 1ms duplicate 5%", 5_000_000},
	{"all", "ip link set lo mtu 1500\ntc qdisc add dev lo root netem delay 5ms 2ms reorder 75% 50% duplicate 2% loss 2%", 5_000_000},
}

// TestTransfer sends data over a bad loopback interface: marks agree with tshark's,
// and the retransmitted segments with the kernel's count of them.
func TestTransfer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a network namespace")
	}
	if testing.Short() {
		t.Skip("takes seconds")
	}
	tshark := testenv.Oracle(t, "tshark")
	for i, c := range transfers {
		t.Run(c.name, func(t *testing.T) {
			for command := range strings.SplitSeq(c.setup, "\n") {
				testenv.NeedsCommand(t, strings.Fields(command)[0])
			}
			name := filepath.Join(t.TempDir(), "transfer.pcap")
			child := testenv.Self("-test.run=^TestTransferChild$", "-test.timeout=5m")
			child.Env = append(os.Environ(), fmt.Sprintf("TRANSFER=%d,%s", i, name))
			child.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
			out, err := child.CombinedOutput()
			if why, skip := strings.CutPrefix(string(out), "skip: "); skip {
				t.Skip(why)
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var kernel float64
			if _, err := fmt.Sscanf(string(out), "retransmitted: %g", &kernel); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			a := agree(t, tshark, name)
			a.check(t, 10)
			if strings.Contains(c.setup, "netem") {
				return // the sender's count is of more than came here
			}
			ours := float64(retransmitted(t, name))
			t.Logf("the kernel retransmitted %v segments; found are %v", kernel, ours)
			if kernel == 0 || ours < 0.98*kernel || ours > 1.02*kernel {
				t.Error("these differ by more than 2 %")
			}
		})
	}
}

// retransmitted is how many segments were sent again in a capture file.
func retransmitted(t *testing.T, name string) uint64 {
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	a := New(Options{})
	var p header.Packet
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := header.Innermost(pkt, &p); ok {
			a.Add(pkt, &p)
		}
	}
	return a.Totals().Retransmitted
}

// TestTransferChild is what TestTransfer starts in its namespace. It is no test.
func TestTransferChild(t *testing.T) {
	number, name, ok := strings.Cut(os.Getenv("TRANSFER"), ",")
	if !ok {
		t.Skip("TestTransfer starts it")
	}
	i, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	count, err := transfer(transfers[i].setup, transfers[i].size, name)
	if skip := (skipError{}); errors.As(err, &skip) {
		fmt.Print("skip: ", skip)
		os.Exit(0)
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("retransmitted: %d\n", count)
}

type skipError struct{ error }

// transfer sends bytes to a sink in this process, captures that, and returns how
// many segments the kernel sent again.
func transfer(setup string, size int, name string) (segments int, err error) {
	for command := range strings.SplitSeq("ip link set lo up\n"+setup, "\n") {
		f := strings.Fields(command)
		if out, err := exec.Command(f[0], f[1:]...).CombinedOutput(); err != nil {
			return 0, skipError{fmt.Errorf("needs what this kernel lacks: %s: %v %s", command, err, out)}
		}
	}
	src, err := live.Open("lo", live.Config{SnapLen: 128, BufferSize: 64 << 20})
	if err != nil {
		return 0, err
	}
	defer src.Close()
	if _, err := src.Start(nil); err != nil {
		return 0, err
	}
	written := make(chan error, 1)
	go func() { written <- record(src, name) }()
	before, err := retransSegs()
	if err != nil {
		return 0, err
	}
	if err := send(size); err != nil {
		return 0, err
	}
	time.Sleep(300 * time.Millisecond) // what comes behind the end
	after, err := retransSegs()
	if err != nil {
		return 0, err
	}
	src.Interrupt()
	if err := <-written; err != nil {
		return 0, err
	}
	if stats, err := src.Stats(); err != nil || stats.Dropped > 0 {
		return 0, skipError{fmt.Errorf("the capture lost %d packets: this machine is too busy (%v)", stats.Dropped, err)}
	}
	return after - before, nil
}

// record writes what src captures.
func record(src *live.Live, name string) error {
	w, err := pcapfile.Create(name, src.LinkType(), pcapfile.Format{Nano: true})
	if err != nil {
		return err
	}
	for pkt, err := range capture.Packets(src) {
		if err == nil {
			err = w.Write(pkt)
		}
		if err != nil {
			return errors.Join(err, w.Close())
		}
	}
	return w.Close()
}

// send sends bytes to a sink.
func send(size int) error {
	l, err := net.Listen("tcp4", "127.0.0.1:5001")
	if err != nil {
		return err
	}
	defer l.Close()
	received := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err == nil {
			_, err = io.Copy(io.Discard, conn)
			conn.Close()
		}
		received <- err
	}()
	conn, err := net.Dial("tcp4", "127.0.0.1:5001")
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.Write(make([]byte, size)); err != nil {
		return err
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		return err
	}
	return <-received
}

// retransSegs is the kernel's count of segments sent again, in this namespace.
func retransSegs() (int, error) {
	text, err := os.ReadFile("/proc/self/net/snmp")
	if err != nil {
		return 0, err
	}
	var names []string
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if f[0] != "Tcp:" {
			continue
		}
		for i, n := range names {
			if n == "RetransSegs" {
				return strconv.Atoi(f[i])
			}
		}
		names = f
	}
	return 0, errors.New("/proc/self/net/snmp has no RetransSegs")
}
