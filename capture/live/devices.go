package live

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/text"
)

// Connection says whether a device has a network at its other end.
type Connection uint8

// Connection states.
const (
	ConnectionUnknown Connection = iota
	Connected
	Disconnected
	ConnectionNotApplicable
)

// Device is something that can be captured from.
type Device struct {
	Name        string
	Description string
	Up          bool
	Running     bool
	Loopback    bool
	Wireless    bool
	Connection  Connection
	Addresses   []netip.Prefix
	Pseudo      bool // not one network interface
}

// WatchedLink is a network interface that a Watcher knows.
type WatchedLink struct {
	Index    int // no other interface ever has it
	Name     string
	Up       bool
	Loopback bool
}

// Devices lists what there is to capture from, the most promising first, in
// libpcap's order. It needs no privileges.
func Devices() ([]Device, error) {
	ifs, err := net.Interfaces()
	if err != nil {
		return nil, &Error{Reason: "can't list the network interfaces: " + syserr.Text(err), Err: err}
	}
	var devices []Device
	for i := range ifs {
		d := Device{
			Name:     ifs[i].Name,
			Up:       ifs[i].Flags&net.FlagUp != 0,
			Running:  ifs[i].Flags&net.FlagRunning != 0,
			Loopback: ifs[i].Flags&net.FlagLoopback != 0,
		}
		// An interface that has gone since it was listed has no addresses.
		addrs, _ := ifs[i].Addrs()
		for _, a := range addrs {
			if p, err := netip.ParsePrefix(a.String()); err == nil {
				d.Addresses = append(d.Addresses, p)
			}
		}
		if d.Loopback {
			d.Connection = ConnectionNotApplicable
		} else {
			d.Wireless, d.Connection = mediumOf(d.Name)
		}
		devices = insertDevice(devices, d)
	}
	for _, d := range pseudoDevices() {
		d.Pseudo = true
		devices = insertDevice(devices, d)
	}
	return devices, nil
}

// insertDevice puts d behind the last device that is no less promising.
func insertDevice(devices []Device, d Device) []Device {
	i := 0
	for i < len(devices) && devices[i].demerit() <= d.demerit() {
		i++
	}
	devices = append(devices, Device{})
	copy(devices[i+1:], devices[i:])
	devices[i] = d
	return devices
}

// demerit orders devices: smaller is more promising.
func (d *Device) demerit() int {
	n := 0
	for _, bad := range [...]bool{
		!d.Running,
		!d.Up,
		!d.Wireless && d.Connection == Disconnected,
		d.Loopback,
		d.Name == anyDevice,
	} {
		n <<= 1
		if bad {
			n |= 1
		}
	}
	return n
}

// anyDevice is the name of the pseudo-device that captures on all interfaces.
const anyDevice = "any"

// String describes the device as a line of -D does, without its number.
func (d *Device) String() string {
	s := d.Name
	if d.Description != "" {
		s += " (" + d.Description + ")"
	}
	flags := d.flags()
	if flags == "" {
		return s
	}
	return s + " [" + flags + "]"
}

func (d *Device) flags() string {
	var f []string
	if d.Up {
		f = append(f, "Up")
	}
	if d.Running {
		f = append(f, "Running")
	}
	if d.Loopback {
		f = append(f, "Loopback")
	}
	if d.Wireless {
		f = append(f, "Wireless")
	}
	if len(f) == 0 {
		if d.Connection == ConnectionUnknown {
			return ""
		}
		f = append(f, "none")
	}
	switch {
	case d.Connection == ConnectionNotApplicable:
	case d.Wireless:
		f = append(f, [...]string{"Association status unknown", "Associated", "Not associated"}[d.Connection])
	default:
		f = append(f, [...]string{"Connection status unknown", "Connected", "Disconnected"}[d.Connection])
	}
	return strings.Join(f, ", ")
}

// DeviceName is the name of the device that has a number in the list of Devices;
// what is no number is a name already.
func DeviceName(device string) (string, error) {
	if _, err := net.InterfaceByName(device); err == nil {
		return device, nil
	}
	if name, isNumber, err := deviceByNumber(device); isNumber {
		return name, err
	}
	return device, nil
}

// deviceByNumber resolves a number of the list of devices. isNumber is false
// when s is no number at all.
func deviceByNumber(s string) (name string, isNumber bool, err error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return "", false, nil
	}
	if n <= 0 {
		return "", true, &Error{Reason: "Invalid adapter index " + s, Remedy: listHint}
	}
	devices, err := Devices()
	if err != nil {
		return "", true, err
	}
	if n > len(devices) {
		plural := "s"
		if len(devices) == 1 {
			plural = ""
		}
		return "", true, &Error{
			Reason: fmt.Sprintf("Invalid adapter index %d: only %d interface%s found", n, len(devices), plural),
			Remedy: listHint,
		}
	}
	return devices[n-1].Name, true, nil
}

const listHint = "The option -D lists the interfaces and their numbers."

// similarDevices is a sentence naming devices whose names are close to name, or
// those that are up when none is.
func similarDevices(name string) string {
	devices, err := Devices()
	if err != nil {
		return listHint
	}
	var near, up []string
	for i := range devices {
		d := &devices[i]
		if text.Distance(d.Name, name) <= 2 || len(name) > 2 && strings.HasPrefix(d.Name, name) {
			near = append(near, d.Name)
		}
		if d.Up && len(up) < 5 {
			up = append(up, d.Name)
		}
	}
	switch {
	case len(near) > 0:
		return "Did you mean " + strings.Join(near, " or ") + "? " + listHint
	case len(up) > 0:
		return "Interfaces that are up: " + strings.Join(up, ", ") + ". " + listHint
	}
	return listHint
}
