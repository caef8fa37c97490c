//go:build linux && (amd64 || arm64)

package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv"
)

// needsVariable in the environment is the Needs of a role, in JSON; without it
// the process is not confined.
const needsVariable = "SANDBOX_NEEDS"

// probe confines itself and tries all acts; it prints what came of each.
func probe(dir string) {
	w, err := makeWorld(dir)
	if err != nil {
		problem("the world: %v", err)
		return
	}
	if text := os.Getenv(needsVariable); text != "" {
		var needs Needs
		if err := json.Unmarshal([]byte(text), &needs); err != nil {
			problem("%v", err)
		}
		if needs.Sockets != nil {
			needs.Sockets = []int{w.packets, w.owner}
		} else if w.packets >= 0 {
			unix.Close(w.packets)
			unix.Close(w.owner)
			w.packets, w.owner = -1, -1
		}
		w.give(&needs.Sources)
		if needs.Listeners != nil {
			needs.Listeners = []int{w.local, w.listener}
		}
		if needs.Handed > 0 {
			needs.Handed = w.handed
		}
		if needs.Places > 0 {
			needs.Places = w.handed
		}
		if needs.Networks > 0 {
			needs.Networks = w.networks
		}
		if needs.Terminals != nil {
			needs.Terminals = []int{w.terminal}
		}
		if needs.Keys != nil {
			needs.Keys = []int{w.terminal}
		}
		if err := Confine(needs); err != nil {
			problem("Confine: %v", err)
		}
	}
	for _, a := range acts() {
		fmt.Printf("%s\t%s\n", a.name, a.outcome(w))
	}
}

// makeFiles makes the files that acts are about.
func makeFiles(t *testing.T) (dir string) {
	t.Helper()
	dir = testenv.OpenDir(t)
	for _, folder := range []string{"out", "else", "out/empty"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"named", "secret", "mark", "out/old", "out/gone", "out/stays", "out/moves", "else/stays", "else/gone"} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte("text"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// outcomes runs the probe in namespaces of its own, and returns what came of the
// acts.
func outcomes(t *testing.T, needs *Needs) map[string]string {
	t.Helper()
	dir := makeFiles(t)
	text := ""
	if needs != nil {
		for i := range needs.ReadFiles {
			needs.ReadFiles[i] = filepath.Join(dir, filepath.Base(needs.ReadFiles[i]))
		}
		for i := range needs.Folders {
			needs.Folders[i].Path = filepath.Join(dir, filepath.Base(needs.Folders[i].Path))
		}
		b, err := json.Marshal(needs)
		if err != nil {
			t.Fatal(err)
		}
		text = string(b)
	}
	cmd := inRole(t, "probe", dir, needsVariable+"="+text)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS}
	if os.Geteuid() != 0 {
		cmd.SysProcAttr = nil
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		t.Skipf("needs namespaces of its own: %v", err)
	}
	if err != nil {
		t.Fatalf("the probe: %v\n%s", err, out)
	}
	all := make(map[string]string)
	for line := range strings.Lines(string(out)) {
		name, outcome, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			t.Errorf("the probe says %s", line)
		}
		all[name] = outcome
	}
	return all
}

// everyNeed is a Needs for each row of the table, by the row's name, and for
// none and for all.
func everyNeed() map[string]*Needs {
	all := Needs{
		Sockets: []int{1}, NewSockets: 512, ReadFiles: []string{"named"}, Folders: []Folder{{Path: "out", Remove: true, Rename: true, Below: true}},
		Resolve: true, InterfaceNames: true, Runner: true, Listeners: []int{1}, Serve: true, Connect: []uint16{serverPort},
		Terminals: []int{1}, Keys: []int{1}, Sources: Sources{[]int{1}, []int{1}, []int{1}, []int{1}},
	}
	return map[string]*Needs{
		"run":                    {},
		"capture":                {Sockets: all.Sockets},
		"capture with go-pcap":   {Sockets: all.Sockets, GoPcap: true},
		"capture from USB":       {Sources: Sources{USB: []int{1}}},
		"capture from Bluetooth": {Sources: Sources{Bluetooth: []int{1}}},
		"open packet sockets":    {Sockets: all.Sockets, NewSockets: all.NewSockets},
		"take packet sockets":    {Sockets: all.Sockets, NewSockets: all.NewSockets, Handed: 1},
		"find places":            {NewSockets: all.NewSockets, Places: 1},
		"read files":             {ReadFiles: slices.Clone(all.ReadFiles)},
		"make files":             {Folders: []Folder{{Path: "out"}}},
		"remove files":           {Folders: []Folder{{Path: "out", Remove: true}}},
		"rename files":           {Folders: []Folder{{Path: "out", Rename: true}}},
		"make folders":           {Folders: []Folder{{Path: "out", Rename: true, Below: true}}},
		"ask name servers":       {Resolve: true},
		"name interfaces":        {InterfaceNames: true},
		"wait for commands":      {Runner: true},
		"serve readers":          {Serve: true},
		"connect to servers":     {Connect: all.Connect},
		"take connections":       {Listeners: all.Listeners},
		"look at processes":      {Processes: true},
		"give verdicts":          {Verdicts: true},
		"see the terminal":       {Terminals: all.Terminals},
		"take keys":              {Keys: all.Keys},

		"take sockets that ask":    {Processes: true, Networks: throughNetworks},
		"hand on sockets that ask": {NewSockets: all.NewSockets, Places: 1, Networks: throughNetworks},
		"all":                      &all,
		// What takes no row.
		"netfilter": {Sources: Sources{Netfilter: []int{1}}},
		"bus":       {Sources: Sources{DBus: []int{1}}},
	}
}

// TestEveryGrant: there is a Needs for each row of the table, and an act for each
// that lets something be done.
func TestEveryGrant(t *testing.T) {
	needs := everyNeed()
	for _, g := range grants(&Needs{}) {
		n := needs[g.name]
		if n == nil {
			t.Errorf("no Needs is tried that takes the row %q", g.name)
			continue
		}
		if !slices.Contains(n.Grants(), g.name) {
			t.Errorf("the Needs for row %q takes %q", g.name, n.Grants())
		}
		if g.name != "wait for commands" && !slices.ContainsFunc(acts(), func(a act) bool { return slices.Contains(a.by, g.name) }) {
			t.Errorf("no act tries what row %q lets be done", g.name)
		}
	}
	for _, n := range []Needs{{Runner: true}, {Children: true}} {
		if !slices.Equal(n.Grants(), []string{"run", "wait for commands"}) {
			t.Errorf("%+v takes %q", n, n.Grants())
		}
	}
	// Packets come by one engine, new sockets one way, and who finds places, looks at
	// processes or gives verdicts does nothing else.
	if n := len(needs["all"].Grants()); n != len(grants(&Needs{}))-7 {
		t.Errorf("all take %d rows of %d", n, len(grants(&Needs{})))
	}
}

// TestProbe: a confined process can do what its row of the table says, and
// nothing else.
func TestProbe(t *testing.T) {
	possible := make(map[string]bool)
	for name, outcome := range outcomes(t, nil) {
		possible[name] = outcome == "done"
		if outcome != "done" {
			t.Logf("without a sandbox, %s: %s", name, outcome)
		}
	}
	landlock := landlockVersion() > 0
	for row, needs := range everyNeed() {
		t.Run(row, func(t *testing.T) {
			got := outcomes(t, needs)
			grants := needs.Grants()
			for _, a := range acts() {
				allowed := slices.ContainsFunc(a.by, func(row string) bool { return slices.Contains(grants, row) })
				if !landlock {
					allowed = allowed || slices.ContainsFunc(a.bare, func(row string) bool { return slices.Contains(grants, row) })
				}
				want := "denied"
				if allowed {
					want = "done"
				}
				if possible[a.name] && got[a.name] != want && got[a.name] != "nothing" {
					t.Errorf("%s: %s, want %s", a.name, got[a.name], want)
				}
			}
		})
	}
}

// confineAndWait confines itself, says so, and waits for the end of its input.
func confineAndWait(string) {
	var needs Needs
	if err := json.Unmarshal([]byte(os.Getenv(needsVariable)), &needs); err != nil {
		problem("%v", err)
	}
	if err := Confine(needs); err != nil {
		problem("Confine: %v", err)
	}
	fmt.Println("confined")
	io.Copy(io.Discard, os.Stdin)
}

// confined starts a process that confines itself, and returns its status (proc(5)).
func confined(t *testing.T, needs Needs) (status string) {
	t.Helper()
	text, err := json.Marshal(needs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := inRole(t, "confine", "", needsVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "confined\n" {
		t.Fatalf("it says %q, %v", line, err)
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCapabilities: root keeps no capability but the one to write into others'
// folders and files, and that only where it has to.
func TestCapabilities(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, for capabilities to give up")
	}
	testenv.NeedsUser(t, 65534)
	const nobody = 65534
	const none, override = "0000000000000000", "0000000000000002"
	dir := makeFiles(t)
	own, other := filepath.Join(dir, "out"), filepath.Join(dir, "else")
	if err := errors.Join(
		os.Chown(other, nobody, nobody), os.Chmod(other, 0o700),
		os.WriteFile(filepath.Join(own, "theirs.pcap"), nil, 0o600), os.Chown(filepath.Join(own, "theirs.pcap"), nobody, nobody),
	); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		what  string
		needs Needs
		want  string
	}{
		{"printing", Needs{Resolve: true, InterfaceNames: true}, none},
		{"reading files", Needs{ReadFiles: []string{filepath.Join(dir, "named")}}, none},
		{"an own folder", Needs{Folders: []Folder{{Path: own, Names: "mine", Remove: true}}}, none},
		{"an own folder with another's file that may be overwritten", Needs{Folders: []Folder{{Path: own, Names: "the"}}}, override},
		{"the same, but none is overwritten", Needs{Folders: []Folder{{Path: own, New: true}}}, none},
		{"another's folder", Needs{Folders: []Folder{{Path: other, New: true}}}, override},
		{"folders below", Needs{Folders: []Folder{{Path: own, Names: "mine", Below: true}}}, override},
		{"packet sockets", Needs{NewSockets: 512}, "0000000000002000"},
		{"packet sockets that are handed over", Needs{NewSockets: 512, Handed: 3}, none},
		{"places", Needs{NewSockets: 512, Places: 3}, "00000000002c3004"},
		{"packet sockets and another's folder", Needs{NewSockets: 512, Folders: []Folder{{Path: other, New: true}}}, "0000000000002002"},
		{"processes", Needs{Processes: true}, "0000000000080004"},
		{"logs and queues of netfilter", Needs{Sources: Sources{Netfilter: []int{9}}}, none},
		{"verdicts", Needs{Verdicts: true}, "0000000000001000"},
		{"processes, in places, too", Needs{Processes: true, Networks: 3}, "0000000000080004"},
		{"a folder that is not there", Needs{Folders: []Folder{{Path: filepath.Join(dir, "none")}}}, override},
	} {
		status := confined(t, c.needs)
		for _, set := range []string{"CapEff", "CapPrm"} {
			if !strings.Contains(status, "\n"+set+":\t"+c.want+"\n") {
				t.Errorf("%s: want %s %s:\n%s", c.what, set, c.want, status)
			}
		}
		for _, want := range []string{"\nCapInh:\t" + none + "\n", "\nCapAmb:\t" + none + "\n", "\nNoNewPrivs:\t1\n", "\nSeccomp:\t2\n"} {
			if !strings.Contains(status, want) {
				t.Errorf("%s: want %q:\n%s", c.what, want, status)
			}
		}
	}
}

// TestFileCapabilities: a program with file capabilities loses them.
func TestFileCapabilities(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root, to give a program capabilities")
	}
	testenv.NeedsUser(t, 65534)
	setcap, err := exec.LookPath("setcap")
	if err != nil {
		t.Skip("needs setcap")
	}
	dir := testenv.OpenDir(t)
	program := copyProgram(t, dir)
	if out, err := exec.Command(setcap, "cap_net_raw,cap_net_admin+ep", program).CombinedOutput(); err != nil {
		t.Skipf("setcap has no effect in %s: %s", dir, out)
	}
	cmd := as(inRole(t, "confine", "", needsVariable+"={}"), 65534, 65534)
	cmd.Path, cmd.Dir = program, "/"
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "confined\n" {
		t.Errorf("it says %q, %v", line, err)
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil || !strings.Contains(string(status), "\nCapPrm:\t0000000000000000\n") {
		t.Errorf("%v\n%s", err, status)
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// copyProgram copies this test's program into a folder.
func copyProgram(t *testing.T, dir string) string {
	t.Helper()
	data, err := os.ReadFile(os.Args[0])
	name := filepath.Join(dir, "program")
	if err := errors.Join(err, os.WriteFile(name, data, 0o755), os.Chmod(name, 0o755)); err != nil {
		t.Fatal(err)
	}
	return name
}
