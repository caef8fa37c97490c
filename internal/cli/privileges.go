package cli

import (
	"github.com/tapdump/tapdump/internal/sandbox"
	"github.com/tapdump/tapdump/internal/syserr"
)

// dropPrivileges becomes the user of -Z.
func (c *command) dropPrivileges() error {
	if c.opts.User == nil || !c.ownsProcess {
		return nil
	}
	changed, err := sandbox.BecomeUser(*c.opts.User)
	if changed {
		c.say("dropped privs to %s\n", *c.opts.User)
	}
	return err
}

// sandboxed tells whether the process is to give up what it does not need.
func (c *command) sandboxed() bool {
	return sandbox.Available && c.ownsProcess && !c.opts.NoSandbox
}

// confine gives up what is not needed from here on: everything that is not open
// but for what is named here, and the files to read.
func (c *command) confine(files []string) {
	o := c.opts
	if !c.sandboxed() || o.PostRotate != nil && c.postRotate.runner == nil {
		return
	}
	needs := sandbox.Needs{ReadFiles: files, WriteDirs: o.writeDirs(), Resolve: o.Numeric == 0}
	if o.DumpFiles > 0 {
		needs.WriteDirs = append(needs.WriteDirs, dumpDir)
	}
	if err := sandbox.Confine(needs); err != nil {
		c.warn("running without a sandbox: " + syserr.Text(err))
	}
}
