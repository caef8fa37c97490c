package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/probes"
	"github.com/tapdump/tapdump/internal/testenv"
)

// asTalker in the environment makes the test's program one that talks, or listens.
const asTalker = "TAPDUMP_TEST_TALKER"

// talk is what such a program does: "serve PORT" answers over TCP and UDP, until its
// input ends; "say NETWORK ADDRESS TIMES" says its number and its name, and waits for the
// answer, as often as a line of its input asks it to, or so many times; a port may follow
// that it says it from.
func talk(what []string) {
	fail := func(err error) {
		if err != nil {
			fmt.Println(err)
			os.Exit(3)
		}
	}
	if what[0] == "serve" {
		l, err := net.Listen("tcp", ":"+what[1])
		fail(err)
		u, err := net.ListenPacket("udp", ":"+what[1])
		fail(err)
		go func() {
			b := make([]byte, 1000)
			for {
				if n, from, err := u.ReadFrom(b); err == nil {
					u.WriteTo(b[:n], from)
				}
			}
		}()
		go func() {
			for {
				c, err := l.Accept()
				fail(err)
				go func() { io.Copy(c, c); c.Close() }()
			}
		}()
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	var d net.Dialer
	if len(what) > 4 {
		port, err := strconv.Atoi(what[4])
		fail(err)
		d.LocalAddr = &net.UDPAddr{Port: port}
	}
	c, err := d.Dial(what[1], what[2])
	fail(err)
	text := fmt.Sprintf("pid %d of %s", os.Getpid(), filepath.Base(os.Args[0]))
	say := func() {
		_, err := c.Write([]byte(text))
		fail(err)
		c.SetReadDeadline(time.Now().Add(testenv.Patience))
		_, err = io.ReadFull(c, make([]byte, len(text)))
		fail(err)
	}
	times, _ := strconv.Atoi(what[3])
	for range times {
		say()
	}
	if times == 0 {
		fmt.Println("ready")
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			say()
			fmt.Println("said")
		}
	}
	fail(c.Close())
}

// talker is such a program at work.
type talker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// startTalker starts one under a name of its own, in a new network if that is asked for.
func startTalker(t *testing.T, dir, name, what string, newNetwork bool) *talker {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, name))
	if err := os.Symlink(testProgram(t), cmd.Path); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), asTalker+"="+what)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if newNetwork {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWNET
	}
	return startTalking(t, cmd)
}

func startTalking(t *testing.T, cmd *exec.Cmd) *talker {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	x := &talker{cmd, in, bufio.NewReader(out)}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	return x
}

// testProgram is the path to the test's own program.
func testProgram(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// says waits for a line.
func (x *talker) says(t *testing.T, want string) {
	t.Helper()
	if line, err := x.out.ReadString('\n'); line != want+"\n" {
		t.Fatalf("a talker says %q, %v", line, err)
	}
}

// needsSockets skips a test where the kernel does not tell of sockets.
func needsSockets(t *testing.T) {
	t.Helper()
	s, err := probes.OpenSockets()
	if err != nil {
		t.Skipf("needs a kernel that tells of sockets: %v", err)
	}
	s.Close()
}

// ownerRecord is what is captured of a packet.
type ownerRecord struct {
	Src     string `json:"src_addr"`
	Dst     string `json:"dst_addr"`
	Sport   int    `json:"src_port"`
	Dport   int    `json:"dst_port"`
	Proto   int    `json:"ip_protocol"`
	PID     int    `json:"pid"`
	Process string `json:"process"`
	User    string `json:"user"`
	Payload []byte `json:"-"`
	Hex     string `json:"payload"`
}

func readOwnerRecords(t *testing.T, text string) (all []ownerRecord) {
	t.Helper()
	for line := range strings.Lines(text) {
		var r ownerRecord
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		fmt.Sscanf(r.Hex, "%x", &r.Payload)
		all = append(all, r)
	}
	return all
}

// balance is how many packets of flows have the right owner, none, or a wrong one.
type balance struct{ right, none, wrong int }

// judgeOwners compares the owners of packets with what those say who sent them: a flow is
// that of the process whose number is in its payload. Each has a name of its own. Those of
// other networks are not seen.
func judgeOwners(t *testing.T, all []ownerRecord, port int, server *talker, clientsHere bool) (b map[string]balance) {
	t.Helper()
	type end struct {
		addr  string
		port  int
		proto int
	}
	clients, names := make(map[end]int), make(map[int]string)
	for _, r := range all {
		var pid int
		var name string
		if n, _ := fmt.Sscanf(string(r.Payload), "pid %d of %s", &pid, &name); n == 2 && r.Dport == port {
			clients[end{r.Src, r.Sport, r.Proto}], names[pid] = pid, name
		}
	}
	b = make(map[string]balance)
	for _, r := range all {
		client, local := end{r.Src, r.Sport, r.Proto}, r.Dport == port
		if !local {
			client = end{r.Dst, r.Dport, r.Proto}
		}
		pid, known := clients[client]
		if !known {
			continue
		}
		want, wantName := pid, names[pid]
		if !clientsHere || !local && r.Src == "127.0.0.1" {
			want, wantName = server.cmd.Process.Pid, "tapserver"
		}
		one := b[names[pid]]
		switch {
		case r.PID == 0:
			one.none++
		case r.PID == want && r.Process == wantName:
			one.right++
		default:
			one.wrong++
			t.Errorf("%s.%d > %s.%d is said to be of %s.%d, and is of %s.%d", r.Src, r.Sport, r.Dst, r.Dport, r.Process, r.PID, wantName, want)
		}
		b[names[pid]] = one
	}
	return b
}

// TestOwners: processes of three networks, in which packets are captured at the same
// time; some have their sockets for long, some end at once.
func TestOwners(t *testing.T) {
	testenv.NeedsCommand(t, "nsenter")
	if !inNamespace(t) {
		return
	}
	needsSockets(t)
	testOwners(t, true)
}

// TestOwnersOfProc is TestOwners without the right to run programs in the kernel: old
// sockets have their owners all the same.
func TestOwnersOfProc(t *testing.T) {
	testenv.NeedsCommand(t, "nsenter")
	testenv.NeedsCommand(t, "setpriv")
	if !inNamespace(t) {
		return
	}
	testOwners(t, false)
}

// late is said of packets whose owners were not known when they had waited as long as
// they may.
var late = regexp.MustCompile(`\d+ not answered in time`)

func testOwners(t *testing.T, programs bool) {
	few := many(t, 3, "TAPDUMP_TEST_OWNERS")
	dir := testenv.OpenDir(t)
	const port = 20010
	servers := make([]*talker, 3)
	for i := range servers {
		servers[i] = startTalker(t, dir, "tapserver", fmt.Sprintf("serve %d", port), i > 0)
		servers[i].says(t, "ready")
		if i == 0 {
			continue
		}
		pid := servers[i].cmd.Process.Pid
		ip(t, fmt.Sprintf("link add to%d type veth peer name tapeth netns %d; addr add 192.0.%d.1/24 dev to%d; link set to%d up", i, pid, i, i, i))
		for _, c := range []string{fmt.Sprintf("ip addr add 192.0.%d.2/24 dev tapeth", i), "ip link set tapeth up", "ip link set lo up"} {
			if out, err := exec.Command("nsenter", append([]string{"-n", "-t", strconv.Itoa(pid)}, strings.Fields(c)...)...).CombinedOutput(); err != nil {
				t.Fatalf("%s: %v %s", c, err, out)
			}
		}
	}
	addresses := []string{"127.0.0.1", "192.0.1.2", "192.0.2.2"}
	networks := []string{"tcp4", "udp4"}
	var long []*talker
	for i := range few {
		x := startTalker(t, dir, fmt.Sprintf("long%d", i), fmt.Sprintf("say %s %s:%d 0", networks[i%2], addresses[i/2%3], port), false)
		x.says(t, "ready")
		long = append(long, x)
	}
	if few > 3 {
		time.Sleep(1100 * time.Millisecond) // sockets are older than a second
	}
	var runs []*liveRunner
	var cmds []*exec.Cmd
	for i, s := range servers {
		r := &liveRunner{status: make(chan int, 1)}
		line := []string{"-n", "-t", strconv.Itoa(s.cmd.Process.Pid), os.Args[0], "-i", "any", "-nn", "--owner", "--json", "--columns",
			"src_addr,dst_addr,src_port,dst_port,ip_protocol,owner,payload", fmt.Sprintf("port %d", port)}
		if !programs {
			line = slices.Insert(line, 3, "setpriv", "--bounding-set", "-bpf,-perfmon,-sys_admin")
		}
		cmd := exec.Command("nsenter", line...)
		cmd.Env = append(os.Environ(), asProgram+"=1")
		r.start(t, cmd)
		r.wait(t, &r.stderr, "listening on ")
		if said := r.stderr.String(); strings.Contains(said, "--owner: processes that end at once may have no name") == programs {
			t.Errorf("in network %d: %s", i, said)
		}
		runs, cmds = append(runs, r), append(cmds, cmd)
	}
	for i := range few {
		x := startTalker(t, dir, fmt.Sprintf("short%d", i), fmt.Sprintf("say %s %s:%d 1", networks[i%2], addresses[i/2%3], port), false)
		x.cmd.Wait()
		long[i].in.Write([]byte("\n"))
		long[i].says(t, "said")
	}
	time.Sleep(300 * time.Millisecond) // for what is held back
	for i, r := range runs {
		cmds[i].Process.Signal(unix.SIGINT)
		r.ended(t)
		var longs, shorts balance
		for name, b := range judgeOwners(t, readOwnerRecords(t, r.stdout.String()), port, servers[i], i == 0) {
			sum := &shorts
			if strings.HasPrefix(name, "long") {
				sum = &longs
			}
			sum.right, sum.none, sum.wrong = sum.right+b.right, sum.none+b.none, sum.wrong+b.wrong
		}
		t.Logf("network %d: of long sockets %+v, of short ones %+v", i, longs, shorts)
		reached := i < 1+few/3
		if late.MatchString(r.stderr.String()) {
			t.Logf("network %d: the machine is too slow to judge by: %s", i, late.FindString(r.stderr.String()))
			continue
		}
		if longs.none > 0 || programs && shorts.none*100 > shorts.right+shorts.none || reached && (longs.right == 0 || shorts.right+shorts.none == 0) {
			t.Errorf("network %d: of long sockets %+v, of short ones %+v\n%s", i, longs, shorts, &r.stderr)
		}
	}
}

// TestOwnersForOthers: who may not see the processes of others is told what is missing,
// and what they own has no process.
func TestOwnersForOthers(t *testing.T) {
	testenv.NeedsCommand(t, "setpriv")
	if !inNamespace(t) {
		return
	}
	testenv.NeedsUser(t, 65534)
	dir := testenv.OpenDir(t)
	program := filepath.Join(dir, "tapdump")
	copyFile(t, testProgram(t), program)
	if err := os.Chmod(program, 0o755); err != nil {
		t.Fatal(err)
	}
	const port = 20011
	server := startTalker(t, dir, "tapserver", fmt.Sprintf("serve %d", port), false)
	server.says(t, "ready")
	cmd := exec.Command("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw",
		program, "-i", "lo", "-nn", "-l", "--owner", fmt.Sprintf("port %d", port))
	cmd.Env = append(os.Environ(), asProgram+"=1")
	r := &liveRunner{status: make(chan int, 1)}
	r.start(t, cmd)
	r.wait(t, &r.stderr, "listening on ")
	for _, want := range []string{"--owner: sockets of other users have no process: that takes root, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH\n",
		"--owner: processes that end at once may have no name, as the kernel does not tell of them (eBPF): "} {
		if !strings.Contains(r.stderr.String(), want) {
			t.Errorf("it says\n%s\nand not %s", &r.stderr, want)
		}
	}
	x := startTalker(t, dir, "sayer", fmt.Sprintf("say udp4 127.0.0.1:%d 1", port), false)
	x.cmd.Wait()
	r.wait(t, &r.stdout, fmt.Sprintf("127.0.0.1.%d > ", port))
	cmd.Process.Signal(unix.SIGINT)
	r.ended(t)
	if out := r.stdout.String(); !strings.Contains(out, ", user root") || strings.Contains(out, "tapserver") {
		t.Errorf("it prints\n%s", out)
	}
	if !strings.Contains(r.stderr.String(), "of a process that was not found") && !late.MatchString(r.stderr.String()) {
		t.Errorf("it says\n%s", &r.stderr)
	}
}

// TestOwnersEnd: whatever ends the program, its helper ends too.
func TestOwnersEnd(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGKILL} {
		cmd, r := startProcess(t, "-i", "lo", "--owner")
		list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", cmd.Process.Pid, cmd.Process.Pid))
		children := strings.Fields(string(list))
		all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", cmd.Process.Pid))
		for _, name := range all {
			list, _ := os.ReadFile(name)
			children = append(children, strings.Fields(string(list))...)
		}
		if err != nil || len(children) == 0 {
			t.Skipf("needs to know of children: %v", err)
		}
		// It may look at processes, and has no other rights.
		status, err := os.ReadFile("/proc/" + children[0] + "/status")
		for _, want := range []string{"\nCapEff:\t0000000000080004\n", "\nSeccomp:\t2\n"} {
			if err != nil || !strings.Contains(string(status), want) {
				t.Errorf("want %q in\n%s %v", want, status, err)
			}
		}
		cmd.Process.Signal(sig)
		r.ended(t)
		testenv.WaitFor(t, "the helper has ended", func() bool {
			_, err := os.Stat("/proc/" + children[0])
			return err != nil
		})
	}
}

// TestOwnersInFiles: owners go into pcapng files, in their blocks and in comments, and come
// back from there into lines, conditions and records.
func TestOwnersInFiles(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	needsSockets(t)
	dir := testenv.OpenDir(t)
	const port = 20012
	server := startTalker(t, dir, "tapserver", fmt.Sprintf("serve %d", port), false)
	server.says(t, "ready")
	name := filepath.Join(dir, "owners.pcapng")
	cmd, r := startProcess(t, "-i", "lo", "-nn", "--owner=comment", "-w", name, "--print", "--condition", "comm=say*,tap*", fmt.Sprintf("udp port %d", port))
	x := startTalker(t, dir, "sayer", fmt.Sprintf("say udp4 127.0.0.1:%d 3", port), false)
	pid := x.cmd.Process.Pid
	x.cmd.Wait()
	testenv.WaitFor(t, "all packets are printed", func() bool { return strings.Count(r.stdout.String(), "\n") >= 6 })
	cmd.Process.Signal(unix.SIGINT)
	r.ended(t)
	out := r.stdout.String()
	if both := fmt.Sprintf(", sayer.%d > tapserver.%d\n", pid, server.cmd.Process.Pid); strings.Count(out, both) != 3 {
		t.Errorf("no three lines with %q in\n%s", both, out)
	}
	status, out, says := runTapdump("-nn", "-r", name, "--owner", "--condition", fmt.Sprintf("pid=%d; user=root; uid=0", pid))
	if want := fmt.Sprintf(", sayer.%d\n", pid); status != 0 || strings.Count(out, want) != 3 || strings.Count(out, "\n") != 3 {
		t.Errorf("%d, %s\nno three lines with %q in\n%s", status, says, want, out)
	}
	_, out, says = runTapdump("-nn", "-r", name, "--fields", "dst_port,pid,process,uid,user", "--condition", "process=sayer")
	if want := strings.Repeat(fmt.Sprintf("%d\t%d\tsayer\t0\troot\n", port, pid), 3); out != want {
		t.Errorf("%s\n%q, want %q", says, out, want)
	}
	data, err := os.ReadFile(name)
	if want := fmt.Sprintf("sayer.%d, user root", pid); err != nil || strings.Count(string(data), want) != 3 {
		t.Errorf("no three comments %q are in the file", want)
	}
}
