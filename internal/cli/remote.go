package cli

import (
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/hosts"
	"github.com/tapdump/tapdump/internal/limits"
)

// sshVariable in the environment is what ssh is called by, with options: words of a
// shell.
const sshVariable = "TAPDUMP_SSH"

// captureRemote captures on other hosts.
func (r *liveRun) captureRemote() error {
	if !features.HasRemote {
		return features.Remote.Need("--host and --via")
	}
	if runtime.GOOS == "windows" {
		return errorText("--host and --via: not on this system, as they take a POSIX shell: run tapdump in a Unix-like one")
	}
	if err := r.setID.Drop(false); err != nil {
		return err
	}
	filter, err := r.remoteFilter()
	if err != nil {
		return err
	}
	if err := limits.Commands(); err != nil {
		return err
	}
	plan := r.plan.Device.Remote
	o := hosts.Options{
		Filter: filter, Tapdump: plan.Tapdump, Tcpdump: plan.Tcpdump, Lacks: plan.Lacks, KeepClocks: plan.KeepClocks, Owners: plan.Owners,
		InTurn: hasTerminal(), Connecting: r.events.letGo,
		Say: func(host, text string) { r.say("%s: %s\n", host, text) },
	}
	if o.Program, err = os.Executable(); err != nil {
		return fmt.Errorf("the file of this program: %w", err)
	}
	for _, place := range plan.Hosts {
		o.Targets = append(o.Targets, targetOf(place))
	}
	if err := r.listen(); err != nil {
		return err
	}
	defer r.stopServing()
	source, failed := hosts.Start(o)
	r.events.letGo(nil)
	for i, err := range failed {
		if source == nil && i == len(failed)-1 {
			return err
		}
		r.complain(err)
	}
	defer source.Close()
	r.remote, r.source, r.filter = source, source, &deviceFilter{}
	if r.analysis != nil && r.analysis.owners != nil {
		r.analysis.owners.remote = true
	}
	if err := r.sameLinkType(source.Interfaces()); err != nil {
		return err
	}
	return r.run(func() ([]liveSource, error) { return remoteDevices(source), nil })
}

// hasTerminal reports whether somebody can be asked for a password.
func hasTerminal() bool {
	f, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	f.Close() // nothing was written
	return true
}

// targetOf is how a place is reached. That a network has gone ssh notices only if it
// looks, whatever its configuration says.
func targetOf(place args.RemoteHost) hosts.Target {
	if place.Host == "" {
		return hosts.Target{Name: place.Name, Command: place.Command, Words: []string{"sh"}, Local: true}
	}
	ssh := os.Getenv(sshVariable)
	if ssh == "" {
		ssh = "ssh"
	}
	return hosts.Target{Name: place.Name, Command: "exec " + ssh, Words: []string{
		"-T", "-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=15", "-o", "ServerAliveCountMax=3", "--", place.Host, "sh",
	}}
}

// remoteFilter is the expression for other hosts, if it is right for one of the link
// types that there may be: what is wrong with it is said once, here. What filters can
// say in the language is not in it, as that depends on the link type.
func (r *liveRun) remoteFilter() (string, error) {
	var first error
	for _, link := range [...]capture.LinkType{
		capture.LinkEN10MB, capture.LinkLINUX_SLL2, capture.LinkRAW, capture.LinkIEEE802_11_RADIO, capture.LinkNULL, capture.LinkPPP,
		capture.LinkNFLOG, capture.LinkIPNET, capture.LinkPFLOG,
	} {
		p, err := r.compiler.compile(target{link: link, snapLen: capture.MaxSnapLen, mode: compile.SavefileMode(false)})
		if err == nil {
			return p.text, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// remoteDevice is an interface of another host, to be announced.
type remoteDevice struct {
	*hosts.Capture
	about capture.Interface
}

func (d remoteDevice) Device() string             { return d.about.Name }
func (d remoteDevice) LinkType() capture.LinkType { return d.about.LinkType }
func (d remoteDevice) SnapLen() int               { return int(d.about.SnapLen) }

func remoteDevices(source *hosts.Capture) (all []liveSource) {
	for _, about := range source.Interfaces() {
		all = append(all, remoteDevice{source, about})
	}
	return all
}

// goesOnRemotely reports whether packets come after an error: a host has gone, which it
// says.
func (r *liveRun) goesOnRemotely(err error) bool {
	var gone *hosts.GoneError
	if errors.As(err, &gone) {
		r.complain(err)
		return true
	}
	return errors.Is(err, hosts.ErrWake)
}

// countsOfEach are the counts of each interface that has them, for whoever captures
// from remote.
func (r *liveRun) countsOfEach() (all []capture.Stats) {
	if r.own == nil {
		return nil
	}
	for i := range r.own.Interfaces() {
		st, err := r.own.InterfaceStats(i)
		if err != nil {
			return nil
		}
		all = append(all, st)
	}
	return all
}

// printRemoteCounts prints how many packets there were on all hosts together, then on each, and
// what has become of them.
func (r *liveRun) printRemoteCounts(oneLine bool) {
	all := r.remote.Counts()
	var sum capture.Stats
	var captured, lost, received, receivedKnown uint64
	known := 0
	for _, h := range all {
		received += h.Received
		if !h.Known {
			continue
		}
		known++
		captured += h.Captured
		receivedKnown += h.Received
		lost += h.Captured - min(h.Captured, h.Received)
		sum.Received += h.There.Received
		sum.Dropped += h.There.Dropped
		sum.IfDropped += h.There.IfDropped
	}
	if oneLine {
		r.say("%s: %d packet%s captured, of %d received from %d hosts\n", r.name, r.captured, plural(r.captured), received, len(all))
		return
	}
	if r.ipscap && !r.traces(1) {
		r.adviseOnLosses(sum)
		return
	}
	for _, line := range (counts{sum, known == len(all)}).lines(r.captured) {
		r.say("%s\n", line)
	}
	for _, h := range all {
		there := "counts there unknown"
		if h.Known {
			there = fmt.Sprintf("%d captured there, %d received by filter, %d dropped", h.Captured, h.There.Received, h.There.Dropped+h.There.IfDropped)
		}
		r.say("%s: %s, %d received here\n", h.Name, there, h.Received)
	}
	of := fmt.Sprint(len(all))
	if known < len(all) {
		of = fmt.Sprintf("%d of %d", known, len(all))
	}
	r.say("balance of %s host%s: %d captured there, %d lost on the way, %d received here; %d captured here of all\n",
		of, plural(uint64(len(all))), captured, lost, receivedKnown, r.captured)
	if late := r.remote.Late(); late.Packets > 0 {
		r.sayLate(late.Packets, late.By)
	}
	r.adviseOnLosses(sum)
}
