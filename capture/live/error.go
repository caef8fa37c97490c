package live

import (
	"errors"
	"strings"
)

// ErrNotSupported is returned on systems without live capture.
var ErrNotSupported = errors.New("live capture is not available on this system")

// ErrWake is what Next returns once after Wake.
var ErrWake = errors.New("woken")

// Errors of calls that come too early or too late.
var (
	ErrNotStarted = errors.New("the capture has not been started")
	ErrStarted    = errors.New("the capture has been started already")
	ErrMerged     = errors.New("the capture is part of another")
	ErrClosed     = errors.New("the capture is closed")
	ErrRead       = errors.New("packets of the capture have been read already")
	ErrNoParts    = errors.New("there is no capture to merge")
	ErrNoCounts   = errors.New("nothing is counted under that number")
)

// Error is a failure of live capture. Its text is worded as libpcap words it.
type Error struct {
	Device string // the device asked for; may be empty
	Reason string // what is wrong
	Detail string // particulars, shown in parentheses; may be empty
	Remedy string // what to do about it; may be empty
	Err    error  // the system's error; may be nil
	GoesOn bool   // the capture goes on with other devices, or waits for some

	Warning string // that the device does not stamp packets as asked, said before; may be empty
}

// Reasons, in libpcap's words, that more than one place knows.
const (
	noSuchDevice   = "No such device exists"
	noPermission   = "You don't have permission to perform this capture on that device"
	notUp          = "That device is not up"
	noMonitorMode  = "That device doesn't support monitor mode"
	captureNotSupp = "Packet capture is not supported on that device"
	interfaceGone  = "The interface disappeared"
)

func (e *Error) Error() string {
	var b strings.Builder
	if e.Device != "" {
		b.WriteString(e.Device + ": ")
	}
	b.WriteString(e.Reason)
	if e.Detail != "" {
		b.WriteString("\n(" + e.Detail + ")")
	}
	if e.Remedy != "" {
		b.WriteString("\n" + e.Remedy)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Absent reports whether the device is not there, or not up.
func (e *Error) Absent() bool { return e.Reason == noSuchDevice || e.Reason == notUp }

// NoMonitor reports whether the device has no monitor mode.
func (e *Error) NoMonitor() bool { return e.Reason == noMonitorMode }

// departed is err, why one of several devices has ended, as what Next returns.
func departed(err error, device string, goesOn bool) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	named := *e
	if named.Device == "" {
		named.Device = device
	}
	named.GoesOn = goesOn
	return &named
}
