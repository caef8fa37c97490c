package cli

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/syserr"
)

// dropPrivileges becomes the user of -Z.
func (c *command) dropPrivileges() error {
	if c.opts.User == nil || !c.ownsProcess {
		return nil
	}
	changed, err := sandbox.BecomeUser(*c.opts.User, c.opts.FollowInterfaces)
	if changed {
		c.say("dropped privs to %s\n", *c.opts.User)
	}
	return err
}

// sandboxed tells whether the process is to give up what it does not need.
func (c *command) sandboxed() bool {
	return sandbox.Available && c.ownsProcess && !c.opts.NoSandbox
}

// confine gives up what is not needed from here on, packets coming from src and
// then from files.
func (c *command) confine(src capture.Source, files []string) {
	if !c.sandboxed() || c.opts.PostRotate != nil && c.postRotate.runner == nil {
		return
	}
	// A filter for another link type has names, too.
	if c.printsLines() && c.opts.Numeric == 0 || mayGrow(src, files) || c.opts.FollowInterfaces {
		c.names().Prepare()
	}
	needs := c.needs(src, files)
	if slices.ContainsFunc(needs.Sockets, func(fd int) bool { return fd < needs.NewSockets }) {
		c.warn(fmt.Sprintf("running without a sandbox: following interfaces in it takes descriptors from %d on (ulimit -n)", needs.NewSockets))
		return
	}
	if err := sandbox.Confine(needs); err != nil {
		c.warn("running without a sandbox: " + syserr.Text(err))
	}
}

// mayGrow reports whether packets may come from interfaces that nobody knows yet.
func mayGrow(src capture.Source, files []string) bool {
	file, ok := src.(savefile)
	return len(files) > 0 || ok && file.MayGrow()
}

// needs is what is needed from here on, beside what is open: the less, the
// better.
func (c *command) needs(src capture.Source, files []string) sandbox.Needs {
	o := c.opts
	n := sandbox.Needs{
		ReadFiles: files,
		Folders:   o.folders(),
		Resolve:   c.printsLines() && o.Numeric == 0,
		Runner:    c.postRotate.runner != nil,
	}
	if of, ok := src.(interface{ Sockets() []int }); ok {
		n.Sockets = of.Sockets()
		if o.FollowInterfaces {
			n.NewSockets = live.FirstSocket
		}
	}
	// Packets of that link type have the numbers of interfaces.
	numbered := mayGrow(src, files) || slices.ContainsFunc(src.Interfaces(), func(i capture.Interface) bool { return i.LinkType == capture.LinkLINUX_SLL2 })
	n.InterfaceNames = c.printsLines() && numbered
	return n
}

// folders are those in which files are still to be made.
func (o *Options) folders() (all []sandbox.Folder) {
	if o.WriteFile != nil && o.severalFiles() {
		dir, name := filepath.Split(*o.WriteFile)
		f := sandbox.Folder{Path: dir, Remove: o.KeepFiles > 0 || o.KeepBytes > 0}
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
	if o.DumpFiles > 0 {
		all = append(all, sandbox.Folder{Path: dumpDir, New: true})
	}
	return all
}
