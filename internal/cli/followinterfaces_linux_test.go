package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/pcapfile"
)

// ip runs the command ip; several commands are separated by semicolons.
func ip(t *testing.T, commands string) {
	t.Helper()
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("needs the command ip, to make interfaces")
	}
	for c := range strings.SplitSeq(commands, ";") {
		if out, err := exec.Command("ip", strings.Fields(c)...).CombinedOutput(); err != nil {
			t.Fatalf("ip %s: %v\n%s", c, err, out)
		}
	}
}

// quietPair makes a pair of interfaces that send nothing by themselves.
func quietPair(t *testing.T, a, b string) {
	t.Helper()
	ip(t, "link add "+a+" type veth peer name "+b)
	for _, name := range []string{a, b} {
		os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
	}
	ip(t, "link set "+a+" up; link set "+b+" up")
}

// sendOn sends a frame with a datagram to port 7777 on an interface.
func sendOn(t *testing.T, device string, payload string, tags ...uint16) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq(device)
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr)
	}
	if err == nil {
		spec := headertest.Spec{VLAN: tags, Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 17, SrcPort: 1000, DstPort: 7777, Payload: []byte(payload)}
		err = unix.Sendto(fd, spec.Bytes(), 0, &unix.SockaddrLinklayer{Ifindex: int(ifr.Uint32())})
	}
	if err != nil {
		t.Fatalf("%s: %v", device, err)
	}
}

// tunnel makes an interface that carries bare IP, and returns what has a packet
// come out of it.
func tunnel(t *testing.T, name string) *os.File {
	t.Helper()
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("needs tunnels: %v", err)
	}
	f := os.NewFile(uintptr(fd), "tun")
	ifr, err := unix.NewIfreq(name)
	if err == nil {
		ifr.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, ifr)
	}
	if err != nil {
		f.Close()
		t.Skipf("needs tunnels: %v", err)
	}
	os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0)
	ip(t, "link set "+name+" up")
	return f
}

func sendThrough(t *testing.T, tun *os.File, payload string) {
	t.Helper()
	spec := headertest.Spec{Link: capture.LinkRAW, Src: "192.0.2.1", Dst: "192.0.2.2", Protocol: 17, SrcPort: 1000, DstPort: 7777, Payload: []byte(payload)}
	if _, err := tun.Write(spec.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// launch starts the program in a process of its own.
func launch(t *testing.T, args ...string) (*os.Process, *liveRunner) {
	t.Helper()
	r := &liveRunner{status: make(chan int, 1)}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Args[0] = "tapdump"
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Stdout, cmd.Stderr = &r.stdout, &r.stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = cmd.Wait() // its status says it
		r.status <- cmd.ProcessState.ExitCode()
	}()
	return cmd.Process, r
}

// described is what is in a pcapng file: for each packet the interface, its link
// type, and the payload.
func described(t *testing.T, name string) (packets []string, interfaces []capture.Interface) {
	t.Helper()
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var pkt capture.Packet
	for r.Next(&pkt) == nil {
		d := r.Interfaces()[pkt.Interface]
		data := string(pkt.Data)
		packets = append(packets, fmt.Sprintf("%s %s %s", d.Name, d.LinkType, data[strings.LastIndex(data, "#"):]))
	}
	return packets, r.Interfaces()
}

// TestFollowInterfaces: interfaces that are not there yet, that appear, go and
// come back are captured from, of a pattern or by name, with the filter and the
// sandbox; the counts of those that are gone stay, and the file has them all.
func TestFollowInterfaces(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "other0", "other1")
	name := filepath.Join(t.TempDir(), "x.pcapng")
	process, r := launch(t, "-i", "va?", "-i", "back0", "--follow-interfaces", "-nn", "-t", "--print", "-w", name, "udp dst port 7777")
	r.wait(t, &r.stderr, "waiting for an interface: va?, back0\n")
	quietPair(t, "va0", "vb0")
	const listening = "listening on %s, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
	r.wait(t, &r.stderr, fmt.Sprintf(listening, "va0"))
	await := func(device, payload string) {
		t.Helper()
		sendOn(t, device, payload)
		r.wait(t, &r.stdout, fmt.Sprintf("UDP, length %d\n", len(payload)))
	}
	await("vb0", "#1")
	quietPair(t, "back0", "back1")
	r.wait(t, &r.stderr, fmt.Sprintf(listening, "back0"))
	sendOn(t, "other0", "#not for us")
	await("back1", "#22")
	ip(t, "link del back0")
	r.wait(t, &r.stderr, "tapdump: back0: The interface disappeared; waiting for it to come back\n")
	quietPair(t, "back0", "back1")
	r.wait(t, &r.stderr, "come back\ntapdump: "+fmt.Sprintf(listening, "back0"))
	await("back1", "#333")
	quietPair(t, "va1", "vb1")
	r.wait(t, &r.stderr, fmt.Sprintf(listening, "va1"))
	await("vb1", "#4444")
	if err := process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := r.ended(t); status != 0 || !strings.Contains(r.stderr.String(), "\n4 packets captured\n4 packets received by filter\n0 packets dropped by kernel\n") {
		t.Errorf("exit status %d; it says\n%s", status, &r.stderr)
	}
	line := regexp.MustCompile(`(?m)^(\S+ +\S+) +IP 192\.0\.2\.1\.1000 > 192\.0\.2\.2\.7777: UDP, length \d$`)
	var prefixes []string
	for _, m := range line.FindAllStringSubmatch(r.stdout.String(), -1) {
		prefixes = append(prefixes, m[1])
	}
	if want := []string{"va0   P", "back0 P", "back0 P", "va1   P"}; !slices.Equal(prefixes, want) {
		t.Errorf("lines begin with %q, want %q:\n%s", prefixes, want, &r.stdout)
	}
	packets, _ := described(t, name)
	if want := []string{"va0 EN10MB #1", "back0 EN10MB #22", "back0 EN10MB #333", "va1 EN10MB #4444"}; !slices.Equal(packets, want) {
		t.Errorf("the file has %q, want %q", packets, want)
	}
}

// TestFollowLinkTypes: interfaces of other link types are taken up with a filter
// and a description of their own, and refused where the file has one link type.
func TestFollowLinkTypes(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "va0", "vb0")
	dir := t.TempDir()
	ng, classic := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "x.pcap")
	args := []string{"-i", "va0", "-i", "tun*", "--follow-interfaces", "udp dst port 7777", "-w"}
	first, toNg := launch(t, append(args, ng)...)
	second, toClassic := launch(t, append(args, classic)...)
	for _, r := range []*liveRunner{toNg, toClassic} {
		r.wait(t, &r.stderr, "listening on va0")
	}
	tun := tunnel(t, "tun0")
	defer tun.Close()
	toNg.wait(t, &toNg.stderr, "listening on tun0, link-type RAW (Raw IP), ")
	toClassic.wait(t, &toClassic.stderr, "tapdump: a pcap file cannot hold packets of both va0 (EN10MB) and tun0 (RAW)\n"+
		"Write pcapng (--format pcapng), or capture from \"any\".\n")
	sendThrough(t, tun, "#1")
	sendOn(t, "vb0", "#2")
	time.Sleep(10 * time.Millisecond) // so that the order is one of time
	sendThrough(t, tun, "#3")
	for process, r := range map[*os.Process]*liveRunner{first: toNg, second: toClassic} {
		if err := process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		want := 0
		if r == toClassic {
			want = 1
		}
		if status := r.ended(t); status != want {
			t.Errorf("exit status %d, want %d:\n%s", status, want, &r.stderr)
		}
	}
	if n := strings.Count(toClassic.stderr.String(), "cannot hold"); n != 1 {
		t.Errorf("it is said %d times:\n%s", n, &toClassic.stderr)
	}
	if n := countPackets(t, classic); n != 1 {
		t.Errorf("%d packets in the pcap file, want 1", n)
	}
	if !strings.Contains(toNg.stderr.String(), "\n3 packets captured\n") {
		t.Errorf("want 3 packets:\n%s", &toNg.stderr)
	}
}

// TestLivePatterns: a pattern stands for the interfaces that are up; others are
// named, and where there is none that is said.
func TestLivePatterns(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "va0", "vb0")
	quietPair(t, "va1", "vb1")
	ip(t, "link set vb1 down; link set va1 down")
	for _, c := range []struct{ pattern, want string }{
		{"x*", "tapdump: x*: No interface that is up has such a name\nThe option -D lists the interfaces; --follow-interfaces waits for one.\n"},
		{"v[a]1", "tapdump: v[a]1: No interface that is up has such a name\n(not up: va1)\nThe option -D lists the interfaces; --follow-interfaces waits for one.\n"},
		{"v[", "tapdump: v[: not a pattern for names of interfaces\n"},
		{"an?", "tapdump: an?: No interface that is up has such a name\nThe option -D lists the interfaces; --follow-interfaces waits for one.\n"},
	} {
		r := &liveRunner{}
		c2 := newCommand("tapdump", strings.NewReader(""), &r.stdout, &r.stderr)
		if status := c2.main([]string{"tapdump", "-i", c.pattern}); status != 1 || r.stderr.String() != c.want {
			t.Errorf("-i '%s': exit status %d, %q; want 1, %q", c.pattern, status, &r.stderr, c.want)
		}
	}
	r := startLive(t, "-i", "v[!x]*", "-i", "va0", "-nn", "-t", "-c", "2", "udp dst port 7777")
	sendOn(t, "vb0", "#")
	if status := r.ended(t); status != 0 {
		t.Errorf("exit status %d:\n%s", status, &r.stderr)
	}
	if want := "WARNING: va1, vb1: not up, and not captured from (with --follow-interfaces, once up)\n"; !strings.Contains(r.stderr.String(), want) {
		t.Errorf("it does not say %q:\n%s", want, &r.stderr)
	}
	lines := strings.Split(r.stdout.String(), "\n")
	slices.Sort(lines)
	const packet = " IP 192.0.2.1.1000 > 192.0.2.2.7777: UDP, length 1"
	if want := []string{"", "va0   P  " + packet, "vb0   Out" + packet}; !slices.Equal(lines, want) {
		t.Errorf("printed %q, want %q", lines, want)
	}
}

// TestLiveInterfaceNames: lines name the interface when there are several, or
// that is asked for, and not when it is not wanted; those of "any" are in the
// file, and shown where it is read, though there the number is another's or
// nobody's.
func TestLiveInterfaceNames(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "va0", "vb0")
	dir := t.TempDir()
	const packet = "IP 192.0.2.1.1000 > 192.0.2.2.7777: UDP, length 1\n"
	both := []string{"va0   P   " + packet, "vb0   Out " + packet}
	for _, c := range []struct {
		args string
		want []string
	}{
		{"-i va0", []string{packet}},
		{"-i va0 --interface-names", both[:1]},
		{"-i va0 -i vb0", both},
		{"-i va0 -i vb0 --interface-names=no", []string{packet, packet}},
		{"-i any", both},
		{"-i any -y LINUX_SLL", []string{packet, packet}},
		{"-i any -y LINUX_SLL --interface-names", both},
		{"-i any -i lo", both},
	} {
		file := filepath.Join(dir, "x.pcapng")
		r := startLive(t, append(strings.Fields(c.args), "-nn", "-t", "-c", fmt.Sprint(len(c.want)), "-w", file, "--print", "udp dst port 7777")...)
		sendOn(t, "vb0", "#")
		if status := r.ended(t); status != 0 {
			t.Errorf("%s: exit status %d:\n%s", c.args, status, &r.stderr)
		}
		lines := slices.Sorted(strings.Lines(r.stdout.String()))
		if !slices.Equal(lines, c.want) {
			t.Errorf("%s: printed %q, want %q", c.args, lines, c.want)
		}
		var out, errors strings.Builder
		args := []string{"tapdump", "-nn", "-t", "-r", file}
		if strings.Contains(c.args, "-i va0 -i") || strings.Contains(c.args, "names") {
			args = append(args, "--interface-names="+map[bool]string{true: "no", false: "yes"}[strings.HasSuffix(c.args, "no")])
		}
		newCommand("tapdump", strings.NewReader(""), &out, &errors).main(args)
		if read := slices.Sorted(strings.Lines(out.String())); !slices.Equal(read, c.want) {
			t.Errorf("%s: of the file %q is printed, want %q; %s", c.args, read, c.want, &errors)
		}
	}

	// Elsewhere an interface of that number has another name, or there is none.
	file := filepath.Join(dir, "any.pcapng")
	r := startLive(t, "-i", "any", "-c", "2", "-w", file, "udp dst port 7777")
	sendOn(t, "vb0", "#")
	r.ended(t)
	ip(t, "link set va0 down; link set va0 name else0; link del else0")
	var out, errors strings.Builder
	newCommand("tapdump", strings.NewReader(""), &out, &errors).main([]string{"tapdump", "-nn", "-t", "-r", file})
	if lines := slices.Sorted(strings.Lines(out.String())); !slices.Equal(lines, both) {
		t.Errorf("elsewhere %q is printed, want %q", lines, both)
	}
	if strings.Contains(errors.String(), "names might be incorrect") {
		t.Errorf("the names are in the file, yet it says %q", &errors)
	}
	_, interfaces := described(t, file)
	var names []string
	for _, d := range interfaces {
		names = append(names, d.Name+" "+d.LinkType.String())
	}
	if want := []string{"any LINUX_SLL2", "va0 LINUX_SLL2", "vb0 LINUX_SLL2"}; len(names) != 3 || !slices.Equal(slices.Sorted(slices.Values(names)), want) {
		t.Errorf("the file has the interfaces %q, want %q", names, want)
	}
}

// TestLiveQinQViews: the views of "any" show packets with tags as those of the
// device itself.
func TestLiveQinQViews(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	quietPair(t, "va0", "vb0")
	for _, device := range []string{"-i va0", "-i any -Q in", "-i any -Q in -y LINUX_SLL"} {
		r := startLive(t, append(strings.Fields(device), "--output=LINE", "--port=7777", "-c", "4")...)
		for n := range uint16(4) {
			sendOn(t, "vb0", "#", []uint16{100, 0x4005, 7}[:n%4]...)
		}
		if status := r.ended(t); status != 0 {
			t.Errorf("%s: exit status %d:\n%s", device, status, &r.stderr)
		}
		if n := strings.Count(r.stdout.String(), "192.0.2.2:7777,"); n != 4 {
			t.Errorf("%s: %d packets are shown, want 4:\n%s", device, n, &r.stdout)
		}
	}
}
