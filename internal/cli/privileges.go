package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/recorder"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/streams"
	"github.com/tapdump/tapdump/internal/syserr"
)

// dropPrivileges becomes the user of -Z.
func (s *session) dropPrivileges() error {
	if s.plan.Privileges.User == nil || !s.ownsProcess {
		return nil
	}
	changed, err := sandbox.BecomeUser(*s.plan.Privileges.User, s.plan.Device.Follow && s.handed == 0)
	if changed {
		s.say("dropped privs to %s\n", *s.plan.Privileges.User)
	}
	return err
}

// startVerdicts starts helpers that let packets of queues go on, which takes rights that
// the process is about to give up.
func (r *liveRun) startVerdicts() error {
	if !features.HasDevices || r.own == nil || !r.sandboxed() && r.setID == nil && (r.plan.Privileges.User == nil || !r.ownsProcess) {
		return nil
	}
	return r.own.GiveVerdicts(sandbox.StartVerdicts)
}

// sandboxed tells whether the process is to give up what it does not need.
func (s *session) sandboxed() bool {
	return sandbox.Available && s.ownsProcess && !s.plan.Privileges.NoSandbox
}

// confine gives up what is not needed from here on, packets coming from src and
// then from files.
func (s *session) confine(src capture.Source, files []string) {
	if !s.sandboxed() || s.runsCommand() && s.postRotate.runner == nil {
		return
	}
	// A filter for another link type has names, too.
	if s.printsNames() || mayGrow(src, files) || s.plan.Device.Follow {
		s.names.Prepare()
	}
	s.confineTo(s.needs(src, files))
}

// confineTo gives up what is not needed.
func (s *session) confineTo(needs sandbox.Needs) {
	if slices.ContainsFunc(needs.Sockets, func(fd int) bool { return fd < needs.NewSockets }) {
		s.warn(fmt.Sprintf("running without a sandbox: following interfaces in it takes descriptors from %d on (ulimit -n)", needs.NewSockets))
		return
	}
	if err := sandbox.Confine(needs); err != nil {
		s.warn("running without a sandbox: " + syserr.Text(err))
	}
}

// mayGrow reports whether packets may come from interfaces that nobody knows yet.
func mayGrow(src capture.Source, files []string) bool {
	file, ok := src.(savefile)
	return len(files) > 0 || ok && file.MayGrow()
}

// needs is what is needed from here on, beside what is open: the less, the
// better. src is nil where no packets come.
func (s *session) needs(src capture.Source, files []string) sandbox.Needs {
	n := sandbox.Needs{
		Children: s.plan.Device.Remote != nil,
		Folders:  folders(s.plan),
		Resolve:  s.looksUp(),
		Runner:   s.postRotate.runner != nil,
	}
	for _, name := range files {
		if a, err := streams.ParseRead(name); err == nil {
			n.Connect = append(n.Connect, a.Port)
		} else {
			n.ReadFiles = append(n.ReadFiles, name)
		}
	}
	n.Serve, n.Listeners = len(s.listeners) > 0, slices.Clone(s.listeners)
	if r := s.plan.Recorder(); r != nil && r.Dir != "" {
		n.Folders = append(n.Folders, sandbox.Folder{Path: r.Dir, Names: recorder.SegmentPrefix, Remove: true})
		n.ReadFiles = append(n.ReadFiles, r.Dir)
	}
	if source, ok := src.(interface{ Sockets() []int }); ok {
		n.Sockets = source.Sockets()
		n.GoPcap = s.plan.Device.Engine == args.EngineGoPcap
		if s.plan.Device.Follow {
			n.NewSockets, n.Handed = live.FirstSocket, s.handed
		}
	}
	if source, ok := src.(interface{ Sources() live.Sources }); ok {
		n.Sources = sandbox.Sources(source.Sources())
	}
	// Packets of that link type have the numbers of interfaces, which are this host's.
	numbered := mayGrow(src, files) || src != nil && slices.ContainsFunc(src.Interfaces(), func(i capture.Interface) bool { return i.LinkType == capture.LinkLINUX_SLL2 })
	n.InterfaceNames = s.plan.PrintsText() && s.plan.Device.Remote == nil && numbered
	if s.recording != nil {
		s.recording.triggers.needs(&n)
	}
	switch {
	case s.interactive():
		n.Terminals, n.Keys = descriptorsOf(s.out.w), descriptorsOf(s.stdin)
	case !s.plan.Live() && s.showsProgress():
		n.Terminals = descriptorsOf(s.console.w)
	}
	return n
}

// printsNames reports whether names of hosts and ports are printed.
func (s *session) printsNames() bool { return s.plan.PrintsText() && !s.plan.Lines.NoNames }

// looksUp reports whether name servers are asked.
func (s *session) looksUp() bool {
	return s.printsNames() && (s.plan.Analysis == nil || s.plan.Analysis.Hosts.LookUp)
}

// runsCommand reports whether there is a command of -z.
func (s *session) runsCommand() bool { return s.plan.Write != nil && s.plan.Write.Rules.Command != "" }

// folders are those in which files are still to be made.
func folders(p *args.Plan) (all []sandbox.Folder) {
	if p.Write != nil && (p.Write.Several || p.Write.Index || p.Write.Parquet && p.Write.Name != "-") {
		dir, name := filepath.Split(p.Write.Name)
		series := p.Write.Rules.Series
		f := sandbox.Folder{Path: dir, Remove: series.KeepFiles > 0 || series.KeepBytes > 0 || p.Write.Index, Rename: p.Write.Parquet || p.Write.Index}
		// A folder may be named after the time: then all beside it.
		for strings.Contains(f.Path, "%") {
			f.Path, f.Below = filepath.Dir(filepath.Clean(f.Path)), true
		}
		if f.Path == "" {
			f.Path = "."
		}
		f.Names, _, _ = strings.Cut(name, "%")
		// A number may come before the ending.
		f.Names, _, _ = strings.Cut(f.Names, ".")
		all = append(all, f)
	}
	if name := p.Report(); name != "" && name != "-" {
		dir, base := filepath.Split(name)
		if dir == "" {
			dir = "."
		}
		all = append(all, sandbox.Folder{Path: dir, Names: base, Remove: true, Rename: true})
	}
	if p.Inspect != nil && p.Inspect.DumpFiles > 0 {
		all = append(all, sandbox.Folder{Path: dumpDir, New: true})
	}
	return all
}
