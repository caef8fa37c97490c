package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// shiftedBy in the environment makes this test's binary the tapdump of a host whose
// clock is ahead by so many nanoseconds. The clocks of namespaces cannot be set apart:
// so what the program says of the time is changed on its way, in packets and in
// answers alike.
const shiftedBy = "TAPDUMP_TEST_SHIFTED_BY"

func runShifted(by string) (status int) {
	ns, err := strconv.ParseInt(by, 10, 64)
	if err != nil {
		return 2
	}
	os.Unsetenv(shiftedBy)
	os.Setenv(asProgram, "1")
	if os.Getenv("TAPDUMP_LEASH") != "hold" {
		fmt.Fprintln(os.Stderr, syscall.Exec("/proc/self/exe", os.Args, os.Environ()))
		return 2
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Args[0], cmd.Stdin = "tapdump", os.Stdin
	packets, err := cmd.StdoutPipe()
	if err != nil {
		return 2
	}
	lines, err := cmd.StderrPipe()
	if err != nil || cmd.Start() != nil {
		return 2
	}
	said := make(chan struct{})
	go func() {
		defer close(said)
		shiftAnswers(lines, ns)
	}()
	err = shiftPackets(packets, ns)
	<-said
	if err := errors.Join(err, cmd.Wait()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return 0
}

var clockAnswer = regexp.MustCompile("^(\x1etapdump clock [0-9]+ )([0-9]+)\\.([0-9]+)$")

// shiftAnswers passes lines on, with other times in answers.
func shiftAnswers(lines io.Reader, ns int64) {
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		line := scanner.Text()
		if m := clockAnswer.FindStringSubmatch(line); m != nil {
			sec, _ := strconv.ParseInt(m[2], 10, 64)
			nsec, _ := strconv.ParseInt(m[3], 10, 64)
			t := time.Unix(sec, nsec+ns)
			line = fmt.Sprintf("%s%d.%09d", m[1], t.Unix(), t.Nanosecond())
		}
		fmt.Fprintln(os.Stderr, line)
	}
}

// flushing has a function called before each read.
type flushing struct {
	io.Reader
	flush func()
}

func (f *flushing) Read(b []byte) (int, error) {
	f.flush()
	return f.Reader.Read(b)
}

// shiftPackets passes packets on, with other times.
func shiftPackets(packets io.Reader, ns int64) error {
	in := &flushing{packets, func() {}}
	r, err := pcapfile.NewReader(in)
	if err != nil {
		return err
	}
	w, err := pcapfile.NewWriter(os.Stdout, "-", r.LinkType(), pcapfile.Format{Pcapng: true, SnapLen: r.SnapLen(), Interfaces: r.Interfaces})
	if err != nil {
		return err
	}
	in.flush = func() { w.Flush() }
	in.flush()
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			return err
		}
		t := time.Unix(pkt.Time.Sec, pkt.Time.Nsec+ns)
		pkt.Time, pkt.Origin = capture.Timestamp{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}, nil
		if err := w.Write(pkt); err != nil {
			return err
		}
	}
	return w.Close()
}

// sshHost is a namespace with an sshd.
type sshHost struct {
	name string
	addr netip.Addr
	mark string // of its processes
	conn *net.UDPConn
}

// must runs a command.
func must(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}

// sshHosts makes namespaces with an sshd each, joined by a bridge to ours, and a
// configuration of ssh for them. A host's commands are in a folder of its own.
func sshHosts(t *testing.T, folders map[string]string, names ...string) (all []*sshHost, config string) {
	t.Helper()
	dir := t.TempDir()
	for _, key := range []string{"key", "host_key"} {
		must(t, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", filepath.Join(dir, key))
	}
	must(t, "ip", "link", "add", "tdbr", "type", "bridge")
	must(t, "ip", "addr", "add", "10.77.0.1/24", "dev", "tdbr")
	must(t, "ip", "link", "set", "tdbr", "up")
	text := fmt.Sprintf("Host *\n\tUser root\n\tIdentityFile \"%s/key\"\n\tIdentitiesOnly yes\n\tStrictHostKeyChecking no\n\tUserKnownHostsFile /dev/null\n\tGlobalKnownHostsFile /dev/null\n\tLogLevel ERROR\n", dir)
	for i, name := range names {
		h := &sshHost{name: name, addr: netip.AddrFrom4([4]byte{10, 77, 0, byte(11 + i)}), mark: name + filepath.Base(filepath.Dir(dir))}
		h.start(t, dir, folders[name])
		text = fmt.Sprintf("Host %s\n\tHostName %s\n", name, h.addr) + text
		all = append(all, h)
	}
	config = filepath.Join(dir, "config")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return all, config
}

// start makes a host's namespace with its sshd, and a socket in it.
func (h *sshHost) start(t *testing.T, dir, folder string) {
	t.Helper()
	sshd, err := exec.LookPath("sshd")
	if err != nil {
		sshd = "/usr/sbin/sshd"
	}
	config := filepath.Join(dir, "sshd_"+h.name)
	text := fmt.Sprintf("ListenAddress 0.0.0.0\nHostKey \"%s/host_key\"\nAuthorizedKeysFile \"%[1]s/key.pub\"\nPidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n"+
		"SetEnv \"PATH=%s:/usr/bin:/bin\" %s=1 %s=%s\n", dir, folder, asProgram, onHost, h.mark)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	// It wants a folder below /run, which it gets of its own.
	cmd := exec.Command("sh", "-c", `mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec "$@"`, "sh", sshd, "-D", "-e", "-f", config)
	var log shared
	cmd.Stderr, cmd.WaitDelay = &log, time.Second // others may hold it
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Skipf("cannot make a namespace: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
		if t.Failed() {
			t.Logf("sshd of %s: %s", h.name, &log)
		}
	})
	pid := strconv.Itoa(cmd.Process.Pid)
	veth := "td" + h.name
	must(t, "ip", "link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", pid)
	must(t, "ip", "link", "set", veth, "master", "tdbr", "up")
	inside := []string{"-t", pid, "-n", "ip"}
	must(t, "nsenter", append(inside, "addr", "add", h.addr.String()+"/24", "dev", "eth0")...)
	must(t, "nsenter", append(inside, "link", "set", "eth0", "up")...)
	testenv.WaitFor(t, "sshd of "+h.name+" listens", func() bool { return strings.Contains(log.String(), "Server listening") })
	if err := within("/proc/"+pid+"/ns/net", func() (err error) {
		h.conn, err = net.ListenUDP("udp4", &net.UDPAddr{IP: h.addr.AsSlice(), Port: 7777})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.conn.Close() })
}

// within does something in another network namespace. The thread comes back, since
// processes that it has started end with it.
func within(namespace string, do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	ours, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer ours.Close()
	theirs, err := os.Open(namespace)
	if err != nil {
		return err
	}
	defer theirs.Close()
	if err := unix.Setns(int(theirs.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	return errors.Join(do(), unix.Setns(int(ours.Fd()), unix.CLONE_NEWNET))
}

// send sends a numbered packet to another host.
func (h *sshHost) send(t *testing.T, to *sshHost, number int) {
	t.Helper()
	if _, err := h.conn.WriteToUDPAddrPort(fmt.Appendf(nil, "number %d", number), netip.AddrPortFrom(to.addr, 7777)); err != nil {
		t.Fatal(err)
	}
}

// sshOf is the process of ssh that a process has started for a host.
func sshOf(t *testing.T, parent int, host string) (pid int) {
	t.Helper()
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		stat, _ := os.ReadFile(name)
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(name), "cmdline"))
		_, after, _ := bytes.Cut(stat, []byte(") "))
		if fields := strings.Fields(string(after)); len(fields) > 1 && fields[1] == strconv.Itoa(parent) && bytes.Contains(line, []byte("\x00"+host+"\x00")) {
			pid, _ = strconv.Atoi(filepath.Base(filepath.Dir(name)))
			return pid
		}
	}
	t.Fatalf("there is no ssh for %s", host)
	return 0
}

// TestRemoteSSH: three hosts by ssh, whose clocks are apart, one of which gets a copy of
// the program: each packet between two of them is there twice, with the same time and
// in order; ssh's own packets are not; when a connection breaks the others go on, and
// nothing is left anywhere, whoever ends first.
func TestRemoteSSH(t *testing.T) {
	for _, name := range []string{"ssh", "ssh-keygen", "ip", "nsenter", "mount"} {
		testenv.NeedsCommand(t, name)
	}
	if _, err := os.Stat("/usr/sbin/sshd"); err != nil {
		testenv.NeedsCommand(t, "sshd")
	}
	if !inNamespace(t) {
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folders := map[string]string{"web1": t.TempDir(), "web2": t.TempDir(), "db1": t.TempDir()}
	script(t, folders["web1"], "tapdump", "exec env "+shiftedBy+"=1204000000 "+shellWord(self)+` "$@"`+"\n")
	script(t, folders["web2"], "tapdump", "exec env "+shiftedBy+"=-3600000000000 "+shellWord(self)+` "$@"`+"\n")
	script(t, folders["db1"], "tapdump", "exit 1\n") // none that fits
	all, config := sshHosts(t, folders, "web1", "web2", "db1")
	t.Setenv(sshVariable, "ssh -F "+shellWord(config))
	file := filepath.Join(t.TempDir(), "x.pcapng")
	args := []string{"--host", "web1,web2", "--host", "db1", "-i", "eth0", "-w", file}
	cmd, r := startProcess(t, args...)
	const packets = 90
	for n := range packets {
		all[n%3].send(t, all[(n+1)%3], n)
		time.Sleep(2 * time.Millisecond)
	}
	for _, want := range []string{"web1: clock is 1.", " s ahead (± ", "web2: clock is 3", " s behind (± ", "db1: clock agrees with ours", "db1: there is no tapdump there: copying"} {
		r.wait(t, &r.stderr, want)
	}
	testenv.WaitFor(t, "all packets are in the file", func() bool { return len(numberedPackets(t, file)) == packets })
	// A connection breaks.
	if err := syscall.Kill(sshOf(t, cmd.Process.Pid, "web2"), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.wait(t, &r.stderr, "tapdump: web2: it has ended (signal: killed); the capture goes on with the others\n")
	nothingLeft(t, all[1].mark)
	for n := range 30 {
		all[0].send(t, all[2], packets+n)
	}
	testenv.WaitFor(t, "the others go on", func() bool { return len(numberedPackets(t, file)) == packets+30 })
	cmd.Process.Signal(syscall.SIGINT)
	if status := r.ended(t); status != 1 {
		t.Errorf("exit status %d", status)
	}
	for _, want := range []string{"web2: counts there unknown, ", "balance of 2 of 3 hosts: ", " captured there, 0 lost on the way, "} {
		if !strings.Contains(r.stderr.String(), want) {
			t.Errorf("stderr lacks %q:\n%s", want, &r.stderr)
		}
	}
	checkHosts(t, file, packets, allowedError(t, r.stderr.String()))
	for _, h := range all {
		nothingLeft(t, h.mark)
	}
	cmd, r = startProcess(t, "--host", "web1,web2", "-i", "eth0", "-w", file)
	cmd.Process.Kill()
	r.ended(t)
	for _, h := range all {
		nothingLeft(t, h.mark)
	}
}

// allowedError is how far times may be apart: a millisecond, or as much as the program
// says that it could not find out on a busy machine.
func allowedError(t *testing.T, stderr string) time.Duration {
	allowed := time.Millisecond
	for _, m := range regexp.MustCompile(`\(± ([0-9.]+) ms\)`).FindAllStringSubmatch(stderr, -1) {
		ms, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		allowed = max(allowed, time.Duration(2*ms*float64(time.Millisecond)))
	}
	return allowed
}

// numbered are the times of the numbered packets of a file, by number.
func numberedPackets(t *testing.T, file string) map[int][]time.Time {
	t.Helper()
	src, err := pcapfile.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	all := make(map[int][]time.Time)
	for pkt, err := range capture.Packets(src) {
		if err != nil {
			break // it is being written
		}
		var n int
		if _, after, ok := bytes.Cut(pkt.Data, []byte("number ")); ok {
			if _, err := fmt.Sscan(string(after), &n); err == nil {
				all[n] = append(all[n], pkt.Time.Time())
			}
		}
	}
	return all
}

// checkHosts looks whether the packets of a file came as they went.
func checkHosts(t *testing.T, file string, packets int, allowed time.Duration) {
	t.Helper()
	for n, times := range numberedPackets(t, file) {
		if len(times) != 2 && (n < packets || len(times) > 2) {
			t.Errorf("packet %d is there %d times", n, len(times))
		} else if len(times) == 2 {
			if apart := times[1].Sub(times[0]).Abs(); apart > allowed {
				t.Errorf("packet %d has two times, %s apart", n, apart)
			}
		}
	}
	src, err := pcapfile.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	var latest time.Time
	for pkt, err := range capture.Packets(src) {
		if err != nil {
			t.Fatal(err)
		}
		const etherLen, tcp = 14, 6
		if len(pkt.Data) > etherLen+10 && pkt.Data[12] == 8 && pkt.Data[13] == 0 && pkt.Data[etherLen+9] == tcp {
			t.Errorf("a packet of ssh is there: % x", pkt.Data[etherLen:])
		}
		if now := pkt.Time.Time(); now.After(latest) {
			latest = now
		} else if latest.Sub(now) > allowed {
			t.Errorf("a packet is %s late", latest.Sub(now))
		}
	}
	var names []string
	for _, i := range src.Interfaces() {
		names = append(names, i.Name)
	}
	if got := strings.Join(names, " "); got != "eth0@web1 eth0@web2 eth0@db1" {
		t.Errorf("the interfaces are %s", got)
	}
}
