package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// ownFolders gives this goroutine, and processes that it starts, empty folders in
// which namespaces and containers are found.
func ownFolders(t *testing.T) {
	t.Helper()
	runtime.LockOSThread() // the thread ends with the test
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		t.Skipf("cannot make a mount namespace: %v", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		t.Skipf("cannot change mounts: %v", err)
	}
	for _, dir := range []string{"/run", "/var/lib"} {
		if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
			t.Skipf("cannot mount: %v", err)
		}
	}
}

// makePlace makes a namespace with an interface eth0, whose other end is here.
func makePlace(t *testing.T, name string) {
	t.Helper()
	ip(t, "netns add "+name+"; link add p"+name+" type veth peer name eth0 netns "+name)
	ip(t, "-n "+name+" link set eth0 up; link set p"+name+" up")
	awaitUp(t, "p"+name)
}

// awaitUp waits until frames that are sent on an interface arrive at its other end.
func awaitUp(t *testing.T, device string) {
	t.Helper()
	testenv.WaitFor(t, device+" has a carrier", func() bool {
		text, err := exec.Command("ip", "link", "show", device).Output()
		return err == nil && bytes.Contains(text, []byte("state UP"))
	})
}

// awaitGone waits until an interface is no more: its namespace has gone, then.
func awaitGone(t *testing.T, device string) {
	t.Helper()
	testenv.WaitFor(t, device+" is no more", func() bool { return exec.Command("ip", "link", "show", device).Run() != nil })
}

// namedLines are the beginnings of lines of packets, with how long the payloads are.
func namedLines(text string) (all []string) {
	line := regexp.MustCompile(`(?m)^(\S+) +\S+ +IP 192\.0\.2\.1\.1000 > 192\.0\.2\.2\.7777: UDP, length (\d+)$`)
	for _, m := range line.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1]+" "+m[2])
	}
	return all
}

// TestPlaces: three namespaces are captured in at once, from outside and in the order
// of time; one that is removed is let go, which is said, and the others go on. The
// sandbox is that of any capture.
func TestPlaces(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ownFolders(t)
	for _, name := range []string{"web", "db", "mail"} {
		makePlace(t, name)
	}
	file := filepath.Join(t.TempDir(), "x.pcapng")
	process, r := launch(t, "--netns", "web", "--netns", "db", "--netns", "/run/netns/mail", "--netns", "web", "-nn", "-t", "--print", "-w", file, "udp dst port 7777")
	const listening = "listening on eth0@%s, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
	r.wait(t, &r.stderr, fmt.Sprintf(listening+listening+listening, "web", "db", "mail"))
	await := func(device, payload string) {
		t.Helper()
		sendOn(t, device, payload)
		r.wait(t, &r.stdout, fmt.Sprintf("UDP, length %d\n", len(payload)))
	}
	await("pweb", "#1")
	await("pmail", "#22")
	confinedAs(t, process.Pid, "0000000000000000")
	ip(t, "netns del web")
	r.wait(t, &r.stderr, "tapdump: eth0@web: The namespace was removed; the capture goes on with the others\n")
	awaitGone(t, "pweb")
	await("pdb", "#333")
	await("pmail", "#4444")
	if err := process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := r.ended(t); status != 1 || !strings.Contains(r.stderr.String(), "\n4 packets captured\n4 packets received by filter\n0 packets dropped by kernel\n") {
		t.Errorf("exit status %d; it says\n%s", status, &r.stderr)
	}
	want := []string{"eth0@web 2", "eth0@mail 3", "eth0@db 4", "eth0@mail 5"}
	if got := namedLines(r.stdout.String()); !slices.Equal(got, want) {
		t.Errorf("lines are %q, want %q:\n%s", got, want, &r.stdout)
	}
	packets, _ := described(t, file)
	if want := []string{"eth0@web EN10MB #1", "eth0@mail EN10MB #22", "eth0@db EN10MB #333", "eth0@mail EN10MB #4444"}; !slices.Equal(packets, want) {
		t.Errorf("the file has %q, want %q", packets, want)
	}
}

// confinedAs checks that a process is confined, with some capabilities.
func confinedAs(t *testing.T, pid int, capabilities string) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Error(err)
	}
	for _, want := range []string{"\nCapEff:\t" + capabilities + "\n", "\nCapPrm:\t" + capabilities + "\n", "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("process %d is not confined as %q:\n%s", pid, want, text)
		}
	}
}

// childOf finds the process that another one has started.
func childOf(t *testing.T, pid int) int {
	t.Helper()
	found := 0
	testenv.WaitFor(t, "there is a helper", func() bool {
		all, err := filepath.Glob("/proc/[0-9]*/stat")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range all {
			text, _ := os.ReadFile(name) // some have ended since
			fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
			if len(fields) > 1 && fields[1] == strconv.Itoa(pid) {
				found, _ = strconv.Atoi(filepath.Base(filepath.Dir(name)))
			}
		}
		return found > 0
	})
	return found
}

// TestFollowPlaces: namespaces and a container that begin while the capture runs are
// taken up by a helper, with rights that the capture does not have; those that end
// are let go and may come back; nothing is left in the end.
func TestFollowPlaces(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ownFolders(t)
	process, r := launch(t, "--netns", "all", "--container", "web", "--netns", ".", "--follow-interfaces", "-i", "eth*", "-i", "lo", "-nn", "-t", "udp dst port 7777")
	r.wait(t, &r.stderr, "tapdump: waiting for --netns all, --container web\n")
	r.wait(t, &r.stderr, "listening on lo, ")
	helper := childOf(t, process.Pid)
	const listening = "tapdump: listening on %s, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n"
	makePlace(t, "db")
	r.wait(t, &r.stderr, fmt.Sprintf(listening, "eth0@db"))
	await := func(device, payload string) {
		t.Helper()
		sendOn(t, device, payload)
		r.wait(t, &r.stdout, fmt.Sprintf("UDP, length %d\n", len(payload)))
	}
	await("pdb", "#1")
	confinedAs(t, process.Pid, "0000000000000000")
	confinedAs(t, helper, "00000000002c3004")

	id := strings.Repeat("ab", 32)
	container := exec.Command("cat")
	container.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	in, err := container.StdinPipe()
	if err == nil {
		err = container.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	dir := "/var/lib/docker/containers/" + id
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	state := fmt.Sprintf(`{"State": {"Running": true, "Pid": %d}, "ID": %q, "Name": "/web"}`, container.Process.Pid, id)
	if err := os.WriteFile(filepath.Join(dir, "config.v2.json"), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(container.Process.Pid)
	ip(t, "link add pweb type veth peer name eth1 netns "+pid+"; link set pweb up")
	if out, err := exec.Command("nsenter", "-t", pid, "-n", "ip", "link", "set", "eth1", "up").CombinedOutput(); err != nil {
		t.Skipf("needs nsenter: %v %s", err, out)
	}
	r.wait(t, &r.stderr, fmt.Sprintf(listening, "eth1@web"))
	await("pweb", "#22")
	in.Close()
	container.Wait()
	r.wait(t, &r.stderr, "tapdump: eth1@web: The container has ended; waiting for it to come back\n")
	ip(t, "netns del db")
	r.wait(t, &r.stderr, "tapdump: eth0@db: The namespace was removed; waiting for it to come back\n")
	awaitGone(t, "pdb")
	makePlace(t, "db")
	r.wait(t, &r.stderr, "come back\n"+fmt.Sprintf(listening, "eth0@db"))
	await("pdb", "#333")
	if err := process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if status := r.ended(t); status != 0 || !strings.Contains(r.stderr.String(), "\n3 packets captured\n3 packets received by filter\n0 packets dropped by kernel\n") {
		t.Errorf("exit status %d; it says\n%s", status, &r.stderr)
	}
	if got, want := namedLines(r.stdout.String()), []string{"eth0@db 2", "eth1@web 3", "eth0@db 4"}; !slices.Equal(got, want) {
		t.Errorf("lines are %q, want %q:\n%s", got, want, &r.stdout)
	}
	testenv.WaitFor(t, "the helper has ended", func() bool {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", helper))
		return err != nil || bytes.Contains(text, []byte(") Z "))
	})
}

// TestPlacesWords: what is not in places, and what is there, is said; interfaces of
// "any" are called by the place's own names.
func TestPlacesWords(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ownFolders(t)
	makePlace(t, "web")
	ip(t, "netns add db")
	say := func(line ...string) (status int, stdout, stderr string) {
		r := &liveRunner{}
		c := newCommand("tapdump", strings.NewReader(""), &r.stdout, &r.stderr)
		status = c.main(append([]string{"tapdump"}, line...))
		return status, r.stdout.String(), r.stderr.String()
	}
	for _, c := range []struct {
		line   string
		status int
		want   string // of what is said, the beginning
	}{
		{"--netns wbe", 1, "tapdump: --netns wbe: there is no such network namespace\n(looked in /run/netns and /var/run/netns)\nDid you mean "},
		{"--netns web -i eth7", 1, "tapdump: eth7: not in web\nThe option -D lists"},
		{"--netns web --netns db -i v*", 1, "tapdump: v*: not in web, db\n"},
		{"--netns db", 1, "tapdump: db: no interface is up but loopbacks\n"},
		{"--netns db -i lo", 1, "tapdump: WARNING: lo@db: not up, and not captured from"},
		{"--netns web --netns db -i eth0 -L", 0, "tapdump: eth0: not in db\n"},
		{"--container web", 1, "tapdump: --container web: there is no such container\n(looked at "},
		{"--container all", 1, "tapdump: --container all: no container is running\n"},
		{"--netns web -i v[", 1, "tapdump: v[: not a pattern for names of interfaces\n"},
	} {
		status, _, stderr := say(strings.Fields(c.line)...)
		if status != c.status || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%s: exit status %d, %q; want %d, %q", c.line, status, stderr, c.status, c.want)
		}
	}
	if status, stdout, stderr := say("-D", "--netns", "all"); status != 0 || !strings.Contains(stdout, "eth0@web [Up, Running, Connected]\n") || !strings.Contains(stdout, "lo@db [Loopback]\n") {
		t.Errorf("-D: exit status %d\n%s%s", status, stdout, stderr)
	}
	if status, stdout, _ := say("-J", "--netns", "web", "-i", "any"); status != 0 || !strings.HasPrefix(stdout, "Time stamp types for any@web ") {
		t.Errorf("-J: exit status %d\n%s", status, stdout)
	}
	_, r := launch(t, "--netns", "web", "-i", "any", "-nn", "-t", "-c", "1", "udp dst port 7777")
	r.wait(t, &r.stderr, "listening on any@web, ")
	sendOn(t, "pweb", "#")
	if status := r.ended(t); status != 0 || !strings.HasPrefix(r.stdout.String(), "eth0@web P ") {
		t.Errorf("any: exit status %d\n%s%s", status, &r.stdout, &r.stderr)
	}
	// The end that is here is the one in the place.
	ip(t, "-n web addr add 192.0.2.2/24 dev eth0")
	for _, follow := range []string{"-n", "--follow-interfaces"} {
		_, r = launch(t, "--netns", "web", "--output=LINE", "--port=7777", "-c", "1", follow)
		r.wait(t, &r.stderr, "listening on eth0@web, ")
		sendOn(t, "pweb", "#")
		if status := r.ended(t); status != 0 || !strings.Contains(r.stdout.String(), "RECEIVE") {
			t.Errorf("a view with %s: exit status %d\n%s%s", follow, status, &r.stdout, &r.stderr)
		}
	}
}

// TestPlacesAsUser: a user is told what rights are missing, and what to do.
func TestPlacesAsUser(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	testenv.NeedsUser(t, 65534)
	ownFolders(t)
	makePlace(t, "web")
	data, err := os.ReadFile(os.Args[0])
	program := filepath.Join(testenv.OpenDir(t), "tapdump")
	if err == nil {
		err = os.WriteFile(program, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	const words = "You don't have permission to capture in that network namespace\n(missing: CAP_SYS_ADMIN, to enter a namespace; " +
		"CAP_NET_RAW, to open a packet socket in it; CAP_SYS_PTRACE, to open the namespace of another's process)\nRun it with sudo.\n"
	for _, line := range []string{"--netns web", "--pid " + strconv.Itoa(os.Getpid()), "--netns web --follow-interfaces"} {
		cmd := exec.Command(program, strings.Fields(line)...)
		cmd.Dir, cmd.Env = "/", append(os.Environ(), asProgram+"=1")
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		option := strings.Join(strings.Fields(line)[:2], " ")
		if want := "tapdump: " + option + ": " + words; err == nil || string(out) != want {
			t.Errorf("%s: %v, %q; want %q", line, err, out, want)
		}
	}
}

// TestPlacesHelperGone: without its helper a capture goes on with what it has, which
// is said.
func TestPlacesHelperGone(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	ownFolders(t)
	makePlace(t, "web")
	process, r := launch(t, "--netns", "all", "--follow-interfaces", "-nn", "-t", "-c", "1", "udp dst port 7777")
	r.wait(t, &r.stderr, "listening on eth0@web, ")
	if err := syscall.Kill(childOf(t, process.Pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	r.wait(t, &r.stderr, "tapdump: the process that finds places has ended; what is captured from goes on\n")
	sendOn(t, "pweb", "#")
	if status := r.ended(t); status != 1 || !slices.Equal(namedLines(r.stdout.String()), []string{"eth0@web 1"}) {
		t.Errorf("exit status %d\n%s%s", status, &r.stdout, &r.stderr)
	}
}
