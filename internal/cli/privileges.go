package cli

import (
	"github.com/tapdump/tapdump/internal/sandbox"
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

// confine gives up what is not needed from here on: everything that is not open
// but for what is named here, and the files to read.
func (c *command) confine(files []string) {
	o := c.opts
	// The command of -z may need anything.
	if o.NoSandbox || o.PostRotate != nil || !c.ownsProcess {
		return
	}
	needs := sandbox.Needs{ReadFiles: files, WriteDirs: o.writeDirs(), Resolve: o.Numeric == 0}
	if err := sandbox.Confine(needs); err != nil {
		c.warn("running without a sandbox: " + err.Error())
	}
}
