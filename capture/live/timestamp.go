package live

import (
	"errors"
	"fmt"

	"github.com/tapdump/tapdump/capture"
)

const timestampUnsupported = "That type of time stamp is not supported by that device"

// useHostTimestamps falls back to the host's time stamps, with a warning.
func (d *device) useHostTimestamps() {
	d.unstamped = fmt.Sprintf("When trying to set timestamp type '%s' on %s: %s", d.cfg.TimestampType, d.name, timestampUnsupported)
	d.warn(d.unstamped)
	d.cfg.TimestampType = capture.TimestampHost
}

// unopened is the error of a device that cannot be opened, with that warning.
func (d *device) unopened(err error) error {
	err = d.placed(err)
	var e *Error
	if d.unstamped == "" || !errors.As(err, &e) {
		return err
	}
	warned := *e
	warned.Warning = d.unstamped
	return &warned
}
