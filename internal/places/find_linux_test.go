package places

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/testenv"
)

// elsewhere starts a process in a network namespace of its own.
func elsewhere(t *testing.T) (pid int) {
	t.Helper()
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	return start(t, cmd)
}

func start(t *testing.T, cmd *exec.Cmd) (pid int) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a network namespace")
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("needs CAP_SYS_ADMIN, to make a network namespace: %v", err)
	}
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	return cmd.Process.Pid
}

// idOf is the namespace of a process.
func idOf(t *testing.T, pid int) live.NamespaceID {
	t.Helper()
	ns, err := live.OpenNamespace(fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer ns.Close()
	return ns.ID()
}

// write writes a file below a folder: text, or what is to be JSON.
func write(t *testing.T, root, name string, content any) {
	t.Helper()
	text, is := content.(string)
	if !is {
		b, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	name = filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// theID is an ID that begins in a way.
func theID(begin string) string { return begin + strings.Repeat("0", 64-len(begin)) }

type object map[string]any

// dockerFile is config.v2.json as Docker writes it, of what is read and what is beside.
func dockerFile(id, name string, pid int, labels object) object {
	return object{
		"StreamConfig": object{}, "State": object{"Running": pid > 0, "Paused": false, "Pid": pid, "ExitCode": 0, "StartedAt": "2026-01-02T03:04:05.6Z"},
		"ID": id, "Created": "2026-01-02T03:04:05Z", "Path": "nginx", "Args": []string{}, "Config": object{"Hostname": id[:12], "Labels": labels},
		"Image": "sha256:1", "NetworkSettings": object{"SandboxKey": "/var/run/docker/netns/1"}, "Name": "/" + name, "RestartCount": 0,
	}
}

// layouts makes up the files of the managers, for processes that run.
func layouts(t *testing.T, root string, docker, containerd, crio, podman int) {
	t.Helper()
	write(t, root, "var/lib/docker/containers/"+theID("d1")+"/config.v2.json", dockerFile(theID("d1"), "web", docker, nil))
	write(t, root, "var/lib/docker/containers/"+theID("d2")+"/config.v2.json", dockerFile(theID("d2"), "old", 0, nil))
	write(t, root, "var/lib/docker/containers/"+theID("d3")+"/config.v2.json", `{"State": {"Run`)

	task := "run/containerd/io.containerd.runtime.v2.task/k8s.io/"
	notes := object{
		"io.kubernetes.cri.container-type": "container", "io.kubernetes.cri.container-name": "nginx", "io.kubernetes.cri.image-name": "nginx:1",
		"io.kubernetes.cri.sandbox-id": theID("c0"), "io.kubernetes.cri.sandbox-name": "front-0", "io.kubernetes.cri.sandbox-namespace": "prod",
	}
	write(t, root, task+theID("c1")+"/init.pid", strconv.Itoa(containerd))
	write(t, root, task+theID("c1")+"/config.json", object{"ociVersion": "1.1.0", "process": object{}, "annotations": notes})
	notes["io.kubernetes.cri.container-type"] = "sandbox"
	delete(notes, "io.kubernetes.cri.container-name")
	write(t, root, task+theID("c0")+"/init.pid", strconv.Itoa(containerd))
	write(t, root, task+theID("c0")+"/config.json", object{"ociVersion": "1.1.0", "annotations": notes})
	// Docker has containerd run its containers.
	write(t, root, "run/containerd/io.containerd.runtime.v2.task/moby/"+theID("d1")+"/init.pid", strconv.Itoa(docker))

	storage := "storage/overlay-containers/"
	write(t, root, "var/lib/containers/"+storage+"containers.json", []object{
		{"id": theID("a1"), "names": []string{"k8s_db_back-0_prod_1_0", theID("a1")}, "image": "1", "layer": "2"},
		{"id": theID("b1"), "names": []string{"mail"}, "image": "1", "layer": "2"},
		{"id": theID("b2"), "names": []string{"idle"}, "image": "1", "layer": "2"},
	})
	write(t, root, "run/containers/"+storage+theID("a1")+"/userdata/pidfile", strconv.Itoa(crio))
	write(t, root, "run/containers/"+storage+theID("a1")+"/userdata/config.json", object{"annotations": object{
		"io.container.manager": "cri-o", "io.kubernetes.container.name": "db", "io.kubernetes.pod.name": "back-0", "io.kubernetes.pod.namespace": "prod",
		"io.kubernetes.cri-o.ContainerType": "container",
	}})
	write(t, root, "var/lib/containers/"+storage+theID("a1")+"/userdata/state.json", object{"initPid": crio, "initStartTime": "1"})
	write(t, root, "run/containers/"+storage+theID("b1")+"/userdata/pidfile", strconv.Itoa(podman)+"\n")
	write(t, root, "var/lib/containers/"+storage+theID("b1")+"/userdata/config.json", object{"annotations": object{"io.container.manager": "libpod"}})
}

// TestContainerOfUser: a user's own container, without the rights of root, is found
// in the user's folders.
func TestContainerOfUser(t *testing.T) {
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNET, Credential: &syscall.Credential{Uid: 0, Gid: 0},
		UidMappings: []syscall.SysProcIDMap{{HostID: 1234, Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: 1234, Size: 1}},
	}
	pid := start(t, cmd)
	f := &Finder{Root: t.TempDir()}
	write(t, f.Root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nann:x:1234:1234:Ann:/home/ann:/bin/sh\n")
	write(t, f.Root, "run/user/1234/containers/overlay-containers/"+theID("e1")+"/userdata/pidfile", strconv.Itoa(pid))
	write(t, f.Root, "home/ann/.local/share/containers/storage/overlay-containers/volatile-containers.json",
		[]object{{"id": theID("e1"), "names": []string{"mine"}}})
	write(t, f.Root, "home/ann/.local/share/docker/containers/"+theID("e2")+"/config.v2.json", dockerFile(theID("e2"), "too", pid, nil))
	for asked, want := range map[string]string{"mine": "mine", "e1": "mine", "too": "too", All: "mine"} {
		found, _, errs := f.Find([]Spec{{OptionContainer, asked}})
		if len(found) != 1 || errs != nil || found[0].Name != want || found[0].ID != idOf(t, pid) {
			t.Errorf("%s: found %v, %v; want %s", asked, found, errs, want)
			continue
		}
		found[0].Close()
	}
}

// TestContainers: containers are found in the files of Docker, containerd, CRI-O and
// Podman, with a user's own, by names, pods and IDs.
func TestContainers(t *testing.T) {
	pids := map[string]int{"web": elsewhere(t), "front": elsewhere(t), "back": elsewhere(t), "mail": elsewhere(t)}
	f := &Finder{Root: t.TempDir()}
	layouts(t, f.Root, pids["web"], pids["front"], pids["back"], pids["mail"])
	for _, c := range []struct{ asked, name, process string }{
		{"web", "web", "web"}, {"/web", "web", "web"}, {theID("d1"), "web", "web"}, {theID("d1")[:12], "web", "web"}, {"d1", "web", "web"},
		{"front-0", "front-0", "front"}, {"front-0/nginx", "front-0/nginx", "front"}, {"nginx", "front-0/nginx", "front"}, {"c1", "front-0/nginx", "front"},
		{"prod/front-0/nginx", "front-0/nginx", "front"}, {"prod/front-0", "front-0", "front"},
		{"back-0", "back-0", "back"}, {"db", "back-0/db", "back"}, {"mail", "mail", "mail"}, {"b1", "mail", "mail"},
		{"c", "front-0", "front"}, // both are of one pod
	} {
		found, _, errs := f.Find([]Spec{{OptionContainer, c.asked}})
		if len(errs) > 0 || len(found) != 1 || found[0].Name != c.name || found[0].ID != idOf(t, pids[c.process]) {
			t.Errorf("%s: found %v, %v; want %s", c.asked, found, errs, c.name)
			continue
		}
		found[0].Close()
	}
	all, _, errs := f.Find([]Spec{{OptionContainer, All}, {OptionContainer, "web"}, {OptionPID, strconv.Itoa(pids["mail"])}})
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
		p.Close()
	}
	if want := []string{"back-0", "front-0", "mail", "web"}; !slices.Equal(names, want) || errs != nil {
		t.Errorf("all are %q, %v; want %q, each once", names, errs, want)
	}
	for asked, want := range map[string]string{
		"wb": "--container wb: there is no such container\n(looked at /var/lib/docker/containers, /run/containerd/io.containerd.runtime.v2.task, " +
			"/run/containers/storage, /var/lib/containers/storage, /proc; " +
			"/var/lib/docker/containers/" + theID("d3") + "/config.v2.json: unexpected end of JSON input)\nDid you mean web?",
		"old":        "--container old: the container is not running\n(old (docker, d20000000000))",
		"idle":       "--container idle: the container is not running\n(idle (podman, b20000000000))",
		"x\x1b[2J\n": `--container x\x1b[2J\x0a: there is no such container`,
	} {
		if _, _, errs := f.Find([]Spec{{OptionContainer, asked}}); len(errs) != 1 || !strings.HasPrefix(errs[0].Error(), want) || !errs[0].(*Error).Absent {
			t.Errorf("%q: %v, want\n%s", asked, errs, want)
		}
	}
}

// TestAmbiguousContainers: who may be meant is listed; those that do not run are not
// meant.
func TestAmbiguousContainers(t *testing.T) {
	one, two := elsewhere(t), elsewhere(t)
	f := &Finder{Root: t.TempDir()}
	docker := "var/lib/docker/containers/"
	for id, pid := range map[string]int{"aa1": one, "aa2": two, "aa3": 0} {
		write(t, f.Root, docker+theID(id)+"/config.v2.json", dockerFile(theID(id), "n"+id, pid, object{"io.kubernetes.pod.name": "p", "io.kubernetes.container.name": "same"}))
	}
	_, _, errs := f.Find([]Spec{{OptionContainer, "same"}})
	const want = "--container same: several containers may be meant\n(p/same (docker, aa1000000000), p/same (docker, aa2000000000))\nName one by more of its ID, or as POD/CONTAINER."
	if len(errs) != 1 || errs[0].Error() != want {
		t.Errorf("%v, want %s", errs, want)
	}
	found, _, errs := f.Find([]Spec{{OptionContainer, All}})
	if len(found) != 2 || errs != nil || found[0].Name != "p" || found[1].Name != "p#"+found[1].ID.String() {
		t.Errorf("all are %v, %v", found, errs)
	}
	for _, p := range found {
		p.Close()
	}
}

// TestContainerOfOther: a number that is another process's by now, and one that is
// not a user's to name, are nobody's container.
func TestContainerOfOther(t *testing.T) {
	pid := elsewhere(t)
	f := &Finder{Root: t.TempDir()}
	name := "var/lib/docker/containers/" + theID("d1") + "/config.v2.json"
	write(t, f.Root, name, dockerFile(theID("d1"), "web", pid, nil))
	before, err := f.process(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(f.Root, name), f.startedAt(before).AddDate(0, 0, -1), f.startedAt(before).AddDate(0, 0, -1)); err != nil {
		t.Fatal(err)
	}
	write(t, f.Root, "etc/passwd", "ann:x:1234:1234::/home/ann:\n")
	write(t, f.Root, "run/user/1234/containers/overlay-containers/"+theID("e1")+"/userdata/pidfile", strconv.Itoa(pid))
	if err := unix.Mkfifo(filepath.Join(f.Root, "run/user/1234/containers/overlay-containers/volatile-containers.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, asked := range []string{"web", "e1"} {
		if found, _, errs := f.Find([]Spec{{OptionContainer, asked}}); len(errs) != 1 || !strings.Contains(errs[0].Error(), "not running") {
			t.Errorf("%s: found %v, %v", asked, found, errs)
		}
	}
}

// TestControlGroups: containers are found by the control groups of their processes,
// of both versions, and the names that systemd and others give them.
func TestControlGroups(t *testing.T) {
	for text, want := range map[string]string{
		"0::/system.slice/docker-ID.scope\n":         "docker",
		"12:net_cls:/docker/ID\n11:cpu:/docker/ID\n": "docker",
		"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-containerd-ID.scope\n": "containerd",
		"0::/kubepods.slice/kubepods-pod1.slice/crio-ID.scope/container\n":                                    "cri-o",
		"0::/machine.slice/libpod-ID.scope/container\n":                                                       "podman",
		"0::/user.slice/user-1.slice/user@1.service/user.slice/libpod-payload-ID\n":                           "podman",
		"3:cpu:/kubepods/besteffort/pod1-2-3/ID\n":                                                            "container",
		"0::/machine.slice/libpod-conmon-ID.scope\n":                                                          "",
		"0::/kubepods.slice/crio-conmon-ID.scope\n":                                                           "",
		"0::/user.slice/session-1.scope\n":                                                                    "",
		"0::/\n":                                                                                              "",
		"":                                                                                                    "",
	} {
		id := theID("ab")
		if manager, got := groups(strings.ReplaceAll(text, "ID", id)); manager != want || (got == id) != (want != "") {
			t.Errorf("%q: %s, %s; want %s", text, manager, got, want)
		}
	}

	pid := elsewhere(t)
	f := &Finder{Root: t.TempDir(), Proc: t.TempDir()}
	number := strconv.Itoa(pid)
	for _, name := range []string{"stat", number + "/stat"} {
		text, err := os.ReadFile("/proc/" + name)
		if err != nil {
			t.Fatal(err)
		}
		write(t, f.Proc, name, string(text))
	}
	write(t, f.Proc, number+"/cgroup", "0::/system.slice/cri-containerd-"+theID("ab")+".scope\n")
	if err := os.Symlink("/proc/"+number+"/ns", filepath.Join(f.Proc, number, "ns")); err != nil {
		t.Fatal(err)
	}
	for _, asked := range []string{"ab0", All} {
		found, _, errs := f.Find([]Spec{{OptionContainer, asked}})
		if len(found) != 1 || errs != nil || found[0].Name != theID("ab")[:12] || found[0].ID != idOf(t, pid) {
			t.Errorf("%s: found %v, %v", asked, found, errs)
			continue
		}
		found[0].Close()
	}
}

// TestNetNS: namespaces with names and paths, processes, the program's own, and what
// is none.
func TestNetNS(t *testing.T) {
	one, two := elsewhere(t), elsewhere(t)
	f := &Finder{Root: t.TempDir()}
	dir := filepath.Join(f.Root, "run/netns")
	write(t, f.Root, "run/netns/plain", "")
	for name, pid := range map[string]int{"web": one, "d b": two, "same": one} {
		if err := os.Symlink(fmt.Sprintf("/proc/%d/ns/net", pid), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	own, err := live.OwnNamespace()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		specs []Spec
		want  []string
	}{
		{[]Spec{{OptionNetNS, "web"}}, []string{"web"}},
		{[]Spec{{OptionNetNS, All}}, []string{`d\x20b`, "same"}},
		{[]Spec{{OptionNetNS, filepath.Join(dir, "web")}, {OptionNetNS, "same"}}, []string{"web"}},
		{[]Spec{{OptionPID, strconv.Itoa(one)}, {OptionNetNS, All}}, []string{strconv.Itoa(one), `d\x20b`}},
		{[]Spec{{OptionNetNS, fmt.Sprintf("/proc/%d/ns/net", two)}}, []string{strconv.Itoa(two)}},
		{[]Spec{{OptionNetNS, Own}, {OptionPID, strconv.Itoa(os.Getpid())}, {OptionNetNS, "web"}}, []string{"", "web"}},
		{[]Spec{{OptionPID, strconv.Itoa(os.Getpid())}}, []string{strconv.Itoa(os.Getpid())}},
	} {
		found, _, errs := f.Find(c.specs)
		var names []string
		for _, p := range found {
			names = append(names, p.Name)
			if (p.Namespace == nil) != (p.ID == own) {
				t.Errorf("%v: %s is the own one: %t", c.specs, p.Name, p.ID == own)
			}
			p.Close()
		}
		if !slices.Equal(names, c.want) || errs != nil {
			t.Errorf("%v: found %q, %v; want %q", c.specs, names, errs, c.want)
		}
	}
	gone := exec.Command("true")
	if err := gone.Run(); err != nil {
		t.Skip("needs the command true")
	}
	for spec, want := range map[Spec]string{
		{OptionNetNS, "wbe"}:                        "--netns wbe: there is no such network namespace\n(looked in /run/netns and /var/run/netns)\nDid you mean web?",
		{OptionNetNS, "x"}:                          "--netns x: there is no such network namespace\n(looked in /run/netns and /var/run/netns)\nThere are: d\\x20b, plain, same, web.",
		{OptionNetNS, "plain"}:                      "--netns plain: this is no network namespace",
		{OptionNetNS, "/nowhere"}:                   "--netns /nowhere: No such file or directory",
		{OptionPID, "12x"}:                          "--pid 12x: this is no number of a process",
		{OptionPID, "0"}:                            "--pid 0: this is no number of a process",
		{OptionPID, strconv.Itoa(gone.Process.Pid)}: fmt.Sprintf("--pid %d: there is no such process, or it has ended", gone.Process.Pid),
	} {
		if _, _, errs := f.Find([]Spec{spec}); len(errs) != 1 || errs[0].Error() != want {
			t.Errorf("%v: %v, want %s", spec, errs, want)
		}
	}
}

// TestSameNumber: a process that was asked for is no other one that has its number
// later.
func TestSameNumber(t *testing.T) {
	pid := elsewhere(t)
	f := &Finder{}
	spec := Spec{OptionPID, strconv.Itoa(pid)}
	found, _, errs := f.Find([]Spec{spec, spec})
	if len(found) != 1 || errs != nil {
		t.Fatalf("found %v, %v", found, errs)
	}
	found[0].Close()
	f.asked[pid]-- // as if it had been one before
	if found, _, errs := f.Find([]Spec{spec}); len(errs) != 1 || !errs[0].(*Error).Absent {
		t.Errorf("found %v, %v", found, errs)
	}
}

// TestEnds: that a process has ended, or a file was removed, is told.
func TestEnds(t *testing.T) {
	cmd := exec.Command("cat")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	pid := start(t, cmd)
	f := &Finder{Root: t.TempDir()}
	write(t, f.Root, "run/netns/x", "")
	file := filepath.Join(f.Root, "run/netns/web")
	if err := os.Symlink(fmt.Sprintf("/proc/%d/ns/net", elsewhere(t)), file); err != nil {
		t.Fatal(err)
	}
	found, _, errs := f.Find([]Spec{{OptionPID, strconv.Itoa(pid)}, {OptionNetNS, "web"}})
	if len(found) != 2 || errs != nil {
		t.Fatalf("found %v, %v", found, errs)
	}
	ended := make(chan *Place, 2)
	ends, err := WatchEnds(func(p *Place) { ended <- p })
	if err != nil {
		t.Fatal(err)
	}
	defer ends.Close()
	for _, p := range found {
		defer p.Close()
		if err := ends.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if p := <-ended; p != found[1] || p.Ended() != "The namespace was removed" {
		t.Errorf("%s: %s", p.Name, p.Ended())
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if p := <-ended; p != found[0] || p.Ended() != "The process has ended" {
		t.Errorf("%s: %s", p.Name, p.Ended())
	}
}

// TestMayNot: a user is told which rights are missing, before and when entering.
func TestMayNot(t *testing.T) {
	testenv.NeedsUser(t, 65534)
	pid := elsewhere(t)
	found, _, errs := new(Finder).Find([]Spec{{OptionPID, strconv.Itoa(pid)}})
	if len(found) != 1 || errs != nil {
		t.Fatalf("found %v, %v", found, errs)
	}
	defer found[0].Close()
	// Capabilities are a thread's, which ends here.
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var has, none [2]unix.CapUserData
		if err := unix.Capget(&header, &has[0]); err != nil {
			t.Error(err)
		}
		none[0].Permitted, none[1].Permitted = has[0].Permitted, has[1].Permitted
		if err := unix.Capset(&header, &none[0]); err != nil {
			t.Error(err)
		}
		const want = ": You don't have permission to capture in that network namespace\n(missing: CAP_SYS_ADMIN, to enter a namespace; " +
			"CAP_NET_RAW, to open a packet socket in it; CAP_SYS_PTRACE, to open the namespace of another's process)\nRun it with sudo."
		spec := Spec{OptionPID, "1"}
		if err := notOpened(spec, unix.EACCES); err.Error() != spec.String()+want {
			t.Errorf("%v, want %s", err, want)
		}
	}()
	<-done
	if err := found[0].Enter(); err != nil {
		t.Errorf("as root: %v", err)
	}
}
