package live

import (
	"errors"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/syserr"
)

// monitor is an interface that was made of a Wi-Fi device's radio to hear all frames
// in the air. What the device does goes on beside it.
type monitor struct {
	name   string
	index  int
	socket *nl80211 // with which it goes
}

// monitorTries bounds how many names are tried for a monitor interface, and
// monitorPatience how long one that was closed is waited for until it has gone.
const (
	monitorTries    = 1 << 16
	monitorPatience = 3 * time.Second
)

// checkRadio finds out whether the device is one of cfg80211, and so may have a monitor
// interface, or whether it is there at all.
func (d *device) checkRadio() (err error) {
	class := "/sys/class/net/" + d.name
	_, err = os.Readlink(class + "/phy80211")
	switch {
	case err == nil:
		d.radio = true
		return nil
	case errors.Is(err, unix.EINVAL):
		return nil // no link: not of cfg80211
	case errors.Is(err, unix.EPERM):
		return &Error{Device: d.name, Reason: noPermission, Err: err, Remedy: monitorsAtStart}
	case !errors.Is(err, unix.ENOENT):
		return d.monitorFailure("Can't readlink "+class+"/phy80211: "+syserr.Text(err), err)
	}
	_, err = os.Stat(class)
	switch {
	case errors.Is(err, unix.ENOENT):
		return &Error{Device: d.name, Reason: noSuchDevice, Detail: d.name + ": " + class + " doesn't exist", Err: err}
	case err != nil:
		return d.monitorFailure("Can't stat "+class+": "+syserr.Text(err), err)
	}
	return nil
}

// monitorsAtStart is said where the process has given up what a monitor interface takes.
const monitorsAtStart = "With -I and --follow-interfaces, an interface has to be there from the start: no monitor interface is made later."

// monitorFailure words why there is no monitor interface; libpcap names the device in it
// as well as before it.
func (d *device) monitorFailure(text string, err error) error {
	return &Error{Device: d.name, Reason: d.name + ": " + text, Err: err}
}

// makeMonitor makes a monitor interface for the device, and brings it up; nil where the
// device is one itself. fd is any socket.
func (d *device) makeMonitor(fd int) (*monitor, error) {
	if err := d.checkRadio(); err != nil {
		return nil, err
	}
	if !d.radio {
		return nil, &Error{Device: d.name, Reason: noMonitorMode}
	}
	s, err := openNL80211()
	if errors.Is(err, errNoFamily) {
		return nil, d.monitorFailure("nl80211 not found", err)
	}
	if err != nil {
		return nil, d.monitorFailure("failed to connect to generic netlink", err)
	}
	m, err := d.addMonitor(fd, s)
	if m == nil {
		return nil, errors.Join(err, s.close())
	}
	if err = d.raiseMonitor(fd, m); err != nil {
		return nil, errors.Join(err, m.remove(fd))
	}
	return m, nil
}

// addMonitor makes a monitor interface with the first name of mon0, mon1 ... that is
// free; nil where the device is one itself.
func (d *device) addMonitor(fd int, s *nl80211) (*monitor, error) {
	index, err := deviceIndex(fd, d.name)
	if err != nil {
		return nil, &Error{Device: d.name, Reason: "SIOCGIFINDEX: " + syserr.Text(err), Err: err}
	}
	kind, err := s.interfaceType(index)
	if err != nil {
		return nil, d.monitorFailure("nl_recvmsgs failed getting interface type: "+netlinkText(err), err)
	}
	if kind == unix.NL80211_IFTYPE_MONITOR {
		return nil, nil
	}
	for i := range monitorTries {
		m := &monitor{name: "mon" + strconv.Itoa(i), socket: s}
		err = s.addMonitor(index, m.name)
		switch {
		case err == nil:
			return m, nil
		case errors.Is(err, unix.ENFILE), errors.Is(err, unix.EAGAIN):
			// There is one of that name.
		case errors.Is(err, unix.EOPNOTSUPP):
			return nil, &Error{Device: d.name, Reason: noMonitorMode, Err: err}
		default:
			failure := &Error{Device: d.name, Err: err,
				Reason: d.name + ": nl_send_sync failed adding " + m.name + " interface: " + netlinkText(err)}
			if errors.Is(err, unix.EPERM) {
				failure.Remedy = setcapHint()
			}
			return nil, failure
		}
	}
	return nil, d.monitorFailure("No free monN interfaces", err)
}

// raiseMonitor brings a monitor interface up.
func (d *device) raiseMonitor(fd int, m *monitor) (err error) {
	ifr, err := deviceIoctlNumber(fd, m.name, unix.SIOCGIFFLAGS)
	if err != nil {
		return d.monitorFailure("Can't get flags for "+m.name+": "+syserr.Text(err), err)
	}
	ifr.SetUint16(ifr.Uint16() | unix.IFF_UP | unix.IFF_RUNNING)
	if err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, &ifr); err != nil {
		return d.monitorFailure("Can't set flags for "+m.name+": "+syserr.Text(err), err)
	}
	if m.index, err = deviceIndex(fd, m.name); err != nil {
		return &Error{Device: d.name, Reason: "SIOCGIFINDEX: " + syserr.Text(err), Err: err}
	}
	return nil
}

// remove has the kernel remove the interface, which takes no privileges, and waits until
// it has. fd is a packet socket, perhaps bound to it.
func (m *monitor) remove(fd int) error {
	if m == nil {
		return nil
	}
	if err := m.socket.close(); err != nil {
		return m.stays(err)
	}
	for end := time.Now().Add(monitorPatience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if m.gone(fd) {
			return nil
		}
	}
	return m.stays(unix.EBUSY)
}

func (m *monitor) stays(err error) error {
	return &Error{Reason: "Can't delete monitor interface " + m.name + " (" + syserr.Text(err) + ").\nPlease delete manually.", Err: err}
}

// gone reports whether the interface has gone. It takes no more than a capture may do
// anyway.
func (m *monitor) gone(fd int) bool {
	sa, err := unix.Getsockname(fd)
	if ll, ok := sa.(*unix.SockaddrLinklayer); err == nil && ok && ll.Ifindex != 0 {
		return ll.Ifindex == -1 // as the kernel binds a socket whose device is gone
	}
	_, err = deviceFlags(fd, m.name)
	return errors.Is(err, unix.ENODEV)
}
