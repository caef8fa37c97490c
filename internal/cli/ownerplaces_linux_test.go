package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// talkIn starts a program that talks in a network namespace, under a name of its own.
func talkIn(t *testing.T, namespace, dir, name, what string) *talker {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.Symlink(testProgram(t), path); err != nil && !os.IsExist(err) {
		t.Fatal(err)
	}
	cmd := exec.Command("ip", "netns", "exec", namespace, path)
	cmd.Env = append(os.Environ(), asTalker+"="+what)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return startTalking(t, cmd)
}

// placeWithServer makes a network namespace with a server in it, that of all others on the
// same address and port.
func placeWithServer(t *testing.T, name, dir string, port int) *talker {
	t.Helper()
	ip(t, "netns add "+name)
	ip(t, "-n "+name+" link set lo up")
	server := talkIn(t, name, dir, "server"+name, fmt.Sprintf("serve %d", port))
	server.says(t, "ready")
	return server
}

// TestOwnersInPlaces: in namespaces that have the same addresses and ports each packet is
// of a process of its own namespace: of sockets that last, and of such that are gone at
// once. What looks for sockets does not keep a namespace that is removed.
func TestOwnersInPlaces(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	needsSockets(t)
	ownFolders(t)
	dir := testenv.OpenDir(t)
	const port = 20030
	servers := map[string]*talker{}
	for _, name := range []string{"web", "db"} {
		servers[name] = placeWithServer(t, name, dir, port)
	}
	ip(t, "link set lo up")
	servers[""] = startTalker(t, dir, "server", fmt.Sprintf("serve %d", port), false)
	servers[""].says(t, "ready")
	process, r := launch(t, "--netns", "web", "--netns", "db", "--netns", ".", "-i", "lo", "-nn", "-l", "--owner", fmt.Sprintf("udp port %d", port))
	for _, name := range []string{"lo@web", "lo@db", "lo"} {
		r.wait(t, &r.stderr, "listening on "+name+",")
	}
	checkOwners(t, r, dir, port, servers)
	ip(t, "link add away type veth peer name inner netns web")
	servers["web"].in.Close()
	servers["web"].cmd.Wait()
	ip(t, "netns del web")
	awaitGone(t, "away")
	process.Signal(syscall.SIGINT)
	r.ended(t)
}

// TestOwnersFollowPlaces: a place that appears has its owners named, and lets go.
func TestOwnersFollowPlaces(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	needsSockets(t)
	ownFolders(t)
	dir := testenv.OpenDir(t)
	const port = 20031
	servers := map[string]*talker{"web": placeWithServer(t, "web", dir, port)}
	process, r := launch(t, "--netns", "all", "--follow-interfaces", "-i", "lo", "-nn", "-l", "--owner", fmt.Sprintf("udp port %d", port))
	r.wait(t, &r.stderr, "listening on lo@web,")
	servers["db"] = placeWithServer(t, "db", dir, port)
	r.wait(t, &r.stderr, "listening on lo@db,")
	checkOwners(t, r, dir, port, servers)
	ip(t, "link add away type veth peer name inner netns db")
	servers["db"].in.Close()
	servers["db"].cmd.Wait()
	ip(t, "netns del db")
	awaitGone(t, "away")
	process.Signal(syscall.SIGINT)
	r.ended(t)
}

// checkOwners has one talk to the server in each namespace, from the same port, and end;
// then one that stays.
func checkOwners(t *testing.T, r *liveRunner, dir string, port int, servers map[string]*talker) {
	t.Helper()
	for i, times := range []int{1, 0} {
		for _, name := range []string{"web", "db", ""} {
			server := servers[name]
			if server == nil {
				continue
			}
			before := strings.Count(r.stdout.String(), "\n")
			what := fmt.Sprintf("say udp4 127.0.0.1:%d %d %d", port, times, port+10+i)
			device, client := "lo", (*talker)(nil)
			if name == "" {
				client = startTalker(t, dir, "says", what, false)
			} else {
				device, client = "lo@"+name, talkIn(t, name, dir, "says"+name, what)
			}
			if times == 0 {
				client.says(t, "ready")
				client.in.Write([]byte("\n"))
				client.says(t, "said")
				client.in.Close()
			}
			client.cmd.Wait()
			testenv.WaitFor(t, "packets are printed", func() bool { return strings.Count(r.stdout.String(), "\n") >= before+2 })
			lines := strings.Split(strings.TrimSuffix(r.stdout.String(), "\n"), "\n")[before:]
			says, serves := fmt.Sprintf("says%s.%d", name, client.cmd.Process.Pid), fmt.Sprintf("server%s.%d", name, server.cmd.Process.Pid)
			for j, want := range []string{says + " > " + serves, serves + " > " + says} {
				right := regexp.MustCompile(`^\S+ ` + device + ` +\S+ +IP .*, ` + want + `$`)
				if j >= len(lines) || !right.MatchString(lines[j]) {
					if late.MatchString(r.stderr.String()) {
						t.Skipf("the machine is too slow: %s", late.FindString(r.stderr.String()))
					}
					t.Errorf("in %q, %d times: want %q in\n%s\n%s", name, times, want, strings.Join(lines, "\n"), &r.stderr)
				}
			}
		}
	}
}
