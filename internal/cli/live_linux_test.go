package cli

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// inNamespace runs the test that calls it again, in a process that has a
// network namespace of its own with the loopback up. It returns true there.
func inNamespace(t *testing.T) bool {
	t.Helper()
	const inside = "TAPDUMP_TEST_NAMESPACE"
	if os.Getenv(inside) != "" {
		loopbackUp(t)
		return true
	}
	if os.Geteuid() != 0 {
		t.Skip("needs root for a network namespace of its own: sudo go test ./internal/cli")
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.timeout", (5 * testenv.Patience).String())
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Skipf("cannot make a network namespace: %v", err)
	}
	if err != nil {
		t.Errorf("in the namespace: %v\n%s", err, out)
	}
	return false
}

func loopbackUp(t *testing.T) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		t.Fatal(err)
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr); err != nil {
		t.Fatal(err)
	}
}

// startLive starts a live capture and waits until it listens.
func startLive(t *testing.T, args ...string) *liveRunner {
	t.Helper()
	r := &liveRunner{status: make(chan int, 1)}
	go func() {
		c := newCommand("tapdump", strings.NewReader(""), &r.stdout, &r.stderr)
		r.status <- c.main(append([]string{"tapdump"}, args...))
	}()
	r.wait(t, &r.stderr, "snapshot length 262144 bytes\n")
	return r
}

func (r *liveRunner) wait(t *testing.T, s *shared, text string) {
	t.Helper()
	for end := time.Now().Add(testenv.Patience); !strings.Contains(s.String(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%q did not come\nstdout: %s\nstderr: %s", text, &r.stdout, &r.stderr)
		}
	}
}

func (r *liveRunner) ended(t *testing.T) int {
	t.Helper()
	select {
	case status := <-r.status:
		return status
	case <-time.After(testenv.Patience):
		if r.process != nil { // which says then what it waits for
			r.process.Signal(syscall.SIGABRT)
			select {
			case <-r.status:
			case <-time.After(testenv.Patience):
			}
		}
		t.Fatalf("it does not end\nstdout: %s\nstderr: %s", &r.stdout, &r.stderr)
		return -1
	}
}

// sendUDP sends packets over the loopback, and returns when they have arrived:
// the kernel has seen them both ways then.
func sendUDP(t *testing.T, port, packets int) {
	t.Helper()
	receiver, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	conn, err := net.Dial("udp", receiver.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	receiver.SetReadDeadline(time.Now().Add(testenv.Patience))
	for range packets {
		if _, err := conn.Write([]byte("payload")); err != nil {
			t.Fatal(err)
		}
		if _, err := receiver.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLiveFilter: while other traffic passes, exactly the matching packets are
// seen, and the kernel hands over no others.
func TestLiveFilter(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := startLive(t, "-i", "lo", "-nn", "-c", "5", "udp port 5353")
	for range 5 {
		sendUDP(t, 5354, 20)
		sendUDP(t, 5353, 1)
	}
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	lines := strings.Split(strings.TrimSuffix(r.stdout.String(), "\n"), "\n")
	line := regexp.MustCompile(`^\d\d:\d\d:\d\d\.\d{6} IP 127\.0\.0\.1\.\d+ > 127\.0\.0\.1\.5353: `)
	for _, l := range lines {
		if !line.MatchString(l) {
			t.Errorf("printed %q, want a packet to port 5353", l)
		}
	}
	if len(lines) != 5 {
		t.Errorf("%d lines, want 5:\n%s", len(lines), &r.stdout)
	}
	var captured, received, dropped int
	_, counts, _ := strings.Cut(r.stderr.String(), "bytes\n")
	if _, err := fmt.Sscanf(counts, "%d packets captured\n%d packets received by filter\n%d packets dropped by kernel\n",
		&captured, &received, &dropped); err != nil {
		t.Fatalf("the counts are %q: %v", counts, err)
	}
	// The loopback shows the filter each packet twice, going and coming.
	if captured != 5 || received < 5 || received > 10 || dropped != 0 {
		t.Errorf("%d captured, %d received by filter, %d dropped; want 5, 5 to 10, 0: the kernel filters", captured, received, dropped)
	}
}

// TestLiveSignals: SIGUSR1 prints the counts, SIGINT ends the capture with
// everything received in the file.
func TestLiveSignals(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	name := t.TempDir() + "/x.pcap"
	r := startLive(t, "-i", "lo", "-w", name, "udp dst port 5353")
	signal := func(sig syscall.Signal) {
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
	}
	const fileHeader, record int64 = 24, 16 + 14 + 20 + 8 + int64(len("payload"))
	sendUDP(t, 5353, 3)
	awaitSize(t, name, fileHeader+3*record)
	signal(syscall.SIGUSR1)
	r.wait(t, &r.stderr, "tapdump: 3 packets captured, ")
	sendUDP(t, 5353, 2)
	// timeout(1) sends it to the process and again to its group.
	signal(syscall.SIGINT)
	time.Sleep(time.Millisecond)
	signal(syscall.SIGINT)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d after SIGINT, want 0", status)
	}
	if !strings.Contains(r.stderr.String(), "\n5 packets captured\n") {
		t.Errorf("want 5 packets captured:\n%s", &r.stderr)
	}
	if size := fileSize(t, name); size != fileHeader+5*record {
		t.Errorf("the file has %d bytes, want %d", size, fileHeader+5*record)
	}
	if r.stdout.String() != "" {
		t.Errorf("-w prints %q", &r.stdout)
	}
}

// TestLiveMaxBytes: the packet that no longer fits into the file does not count
// as captured.
func TestLiveMaxBytes(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	name := t.TempDir() + "/x.pcap"
	r := startLive(t, "-i", "lo", "-w", name, "--max-bytes", "300", "udp dst port 5353")
	sendUDP(t, 5353, 6)
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	const fileHeader, record int64 = 24, 16 + 14 + 20 + 8 + int64(len("payload"))
	fit := (300 - fileHeader) / record
	if size := fileSize(t, name); size != fileHeader+fit*record {
		t.Errorf("the file has %d bytes, want %d", size, fileHeader+fit*record)
	}
	if want := fmt.Sprintf("\n%d packets captured\n", fit); !strings.Contains(r.stderr.String(), want) {
		t.Errorf("want %q:\n%s", want, &r.stderr)
	}
}

// awaitSize waits until a file has so many bytes.
func awaitSize(t *testing.T, name string, want int64) {
	t.Helper()
	testenv.WaitFor(t, fmt.Sprintf("%s has %d bytes", name, want), func() bool { return fileSize(t, name) == want })
}

func fileSize(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// TestLiveInterruptedLine: as tcpdump, an interrupted capture that prints ends
// with an empty line.
func TestLiveInterruptedLine(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	r := startLive(t, "-i", "lo", "-nn", "-t", "udp dst port 5353")
	sendUDP(t, 5353, 1)
	r.wait(t, &r.stdout, ".5353: ") // though nobody asked for -l and nothing is full
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d after SIGINT, want 0", status)
	}
	if out := r.stdout.String(); !strings.HasSuffix(out, "\n\n") {
		t.Errorf("the output ends in %q, want an empty line", out[max(0, len(out)-40):])
	}
}

// TestLiveOwnFilter: a program that the kernel does not take filters all the
// same, on every device, and is told of once.
func TestLiveOwnFilter(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, devices := range []string{"-i lo", "-i lo -i any"} {
		args := append(strings.Fields(devices), "-nn", "-t", "-c", "4", "ip6 protochain 58 or udp dst port 5353")
		r := startLive(t, args...)
		for range 4 {
			sendUDP(t, 5354, 3)
			sendUDP(t, 5353, 1)
		}
		if status := r.ended(t); status != 0 {
			t.Errorf("%s: exit status %d, want 0", devices, status)
		}
		for line := range strings.Lines(r.stdout.String()) {
			if !strings.Contains(line, ".5353: ") {
				t.Errorf("%s: printed %q, want packets to port 5353", devices, line)
			}
		}
		if n := strings.Count(r.stdout.String(), "\n"); n != 4 {
			t.Errorf("%s: %d lines, want 4", devices, n)
		}
		if n := strings.Count(r.stderr.String(), "WARNING: Kernel filter failed: it loops (protochain)"); n != 1 {
			t.Errorf("%s: told %d times that the kernel does not filter:\n%s", devices, n, &r.stderr)
		}
	}
}

// TestLiveLength: what a live filter says about the length is about the packet
// without the cooked header, as with libpcap; in the kernel, and where the
// kernel does not take the filter. From files it is about all that is there.
func TestLiveLength(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	const datagram = 20 + 8 + len("payload")
	file := t.TempDir() + "/any.pcap"
	for _, link := range []string{"LINUX_SLL", "LINUX_SLL2"} {
		for _, expression := range []string{
			fmt.Sprintf("udp dst port 5353 and less %d and greater %d", datagram, datagram),
			fmt.Sprintf("(ip6 protochain 58 or udp dst port 5353) and len = %d", datagram),
		} {
			r := startLive(t, "-i", "any", "-y", link, "-c", "1", "-w", file, expression)
			sendUDP(t, 5353, 1)
			if status := r.ended(t); status != 0 || !strings.Contains(r.stderr.String(), "\n1 packet captured\n") {
				t.Errorf("%s, %s: exit status %d:\n%s", link, expression, status, &r.stderr)
			}
			header := map[string]int{"LINUX_SLL": 16, "LINUX_SLL2": 20}[link]
			var out, errors strings.Builder
			c := newCommand("tapdump", strings.NewReader(""), &out, &errors)
			if c.main([]string{"tapdump", "-r", file, "--count", fmt.Sprintf("len = %d", header+datagram)}); out.String() != "1 packet\n" {
				t.Errorf("%s: of the file: %s%s", link, &out, &errors)
			}
		}
	}
}

// TestLiveOutputFails: output that fails is told once, with what is lost.
func TestLiveOutputFails(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, c := range []struct{ args, failure, lost string }{
		{"-nn", "Unable to write output: No space left on device", "some of the 3 captured and all that followed"},
		{"-nn --jobs 1", "Unable to write output: No space left on device", "some of the 3 captured and all that followed"},
		{"-w /dev/full", "/dev/full: No space left on device: packets that could not be written: 0, packets in the file: 0", "all"},
	} {
		r := &liveRunner{status: make(chan int, 1)}
		go func() {
			command := newCommand("tapdump", strings.NewReader(""), &brokenWriter{err: syscall.ENOSPC}, &r.stderr)
			r.status <- command.main(append([]string{"tapdump", "-i", "lo", "udp dst port 5353"}, strings.Fields(c.args)...))
		}()
		r.wait(t, &r.stderr, "listening on lo")
		time.Sleep(10 * time.Millisecond) // so that it waits
		sendUDP(t, 5353, 3)
		if status := r.ended(t); status != 1 {
			t.Errorf("%s: exit status %d, want 1", c.args, status)
		}
		told := r.stderr.String()
		want := "tapdump: packets lost: " + c.lost + ", as our own output failed (write to where there is room)\n"
		if strings.Count(told, c.failure) != 1 || strings.Contains(told, "pcap_loop") || !strings.HasSuffix(told, want) {
			t.Errorf("%s: it says\n%s\nwant %q once, and %q at the end", c.args, told, c.failure, want)
		}
	}
}
