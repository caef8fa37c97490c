package cli

import (
	"path/filepath"

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
	if o.NoSandbox || !c.ownsProcess {
		return
	}
	needs := sandbox.Needs{ReadFiles: files, Resolve: o.Numeric == 0}
	if o.WriteFile != nil && (o.FileSize != 0 || o.FileSeconds != 0) {
		needs.WriteDirs = []string{filepath.Dir(*o.WriteFile)}
	}
	if err := sandbox.Confine(needs); err != nil {
		c.warn("running without a sandbox: " + err.Error())
	}
}
