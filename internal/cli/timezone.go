package cli

import (
	"time"

	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/zone"
)

// location is the zone of local times. What of TZ is not understood is said
// when it is first needed, which is before files cannot be read any more.
func (c *command) location() *time.Location {
	if c.zone == nil {
		var err error
		if c.zone, err = zone.Local(); err != nil {
			c.warn(syserr.Text(err))
		}
	}
	return c.zone
}
