package live

import (
	"fmt"

	"github.com/tapdump/tapdump/capture"
)

const timestampUnsupported = "That type of time stamp is not supported by that device"

// useHostTimestamps falls back to the host's time stamps, with a warning.
func (d *device) useHostTimestamps() {
	d.warn(fmt.Sprintf("When trying to set timestamp type '%s' on %s: %s", d.cfg.TimestampType, d.name, timestampUnsupported))
	d.cfg.TimestampType = capture.TimestampHost
}
