package places

import (
	"errors"
	"io/fs"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// rights are the capabilities that places take (capabilities(7)), and what for.
var rights = [...]struct {
	capability uint
	text       string
}{
	{unix.CAP_SYS_ADMIN, "CAP_SYS_ADMIN, to enter a namespace"},
	{unix.CAP_NET_RAW, "CAP_NET_RAW, to open a packet socket in it"},
	{unix.CAP_SYS_PTRACE, "CAP_SYS_PTRACE, to open the namespace of another's process"},
}

// missing lists the rights that the program does not have.
func missing() (texts []string) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var has [2]unix.CapUserData
	if err := unix.Capget(&header, &has[0]); err != nil {
		return nil
	}
	for _, r := range rights {
		if has[0].Effective&(1<<r.capability) == 0 {
			texts = append(texts, r.text)
		}
	}
	return texts
}

// noPermission is worded as for devices.
const noPermission = "You don't have permission to capture in that network namespace"

// notOpened says why a place that is there cannot be opened or entered.
func notOpened(spec Spec, err error) error {
	e := &Error{Spec: spec, Reason: reason(err), Err: err}
	switch {
	case errors.Is(err, fs.ErrPermission):
		e.Reason, e.Detail, e.Remedy = noPermission, "missing: "+strings.Join(missing(), "; "), "Run it with sudo."
		if len(missing()) == 0 {
			e.Detail = "all capabilities are there: the namespace belongs to a user namespace outside this one, or a security module forbids it"
			e.Remedy = "Run it on the host itself, with sudo."
		}
	case errors.Is(err, unix.EINVAL):
		e.Reason = "this is no network namespace"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ESRCH):
		e.Reason, e.Absent = reason(unix.ENOENT), true
	}
	return e
}

// Enter reports whether a place can be entered. The error is of type *Error. Whether
// packets can be captured there, opening a device tells: closing a socket takes the
// kernel long.
func (p *Place) Enter() error {
	if p.Namespace == nil {
		return nil
	}
	if err := p.Namespace.Do(func() error { return nil }); err != nil {
		return notOpened(p.Spec, err)
	}
	return nil
}
