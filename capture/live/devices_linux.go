package live

import (
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mediumOf tells whether a network interface is wireless, and whether it has a
// link.
func mediumOf(name string) (wireless bool, c Connection) {
	if isWiFi(name) {
		wireless = true
	} else if arphrd, ok := sysfsNumber(name, "type"); ok {
		switch arphrd {
		case unix.ARPHRD_LOOPBACK:
			return false, ConnectionUnknown
		case unix.ARPHRD_IRDA, unix.ARPHRD_IEEE80211, unix.ARPHRD_IEEE80211_PRISM,
			unix.ARPHRD_IEEE80211_RADIOTAP, unix.ARPHRD_IEEE802154,
			unix.ARPHRD_IEEE802154_MONITOR, unix.ARPHRD_6LOWPAN:
			wireless = true
		}
	}
	up, err := ethtoolValue(name, unix.ETHTOOL_GLINK)
	switch {
	case err == unix.EOPNOTSUPP || err == unix.EINVAL:
		return wireless, ConnectionNotApplicable
	case err != nil:
		return wireless, ConnectionUnknown
	case up != 0:
		return wireless, Connected
	}
	return wireless, Disconnected
}

// isWiFi tells an 802.11 device from Ethernet, as which the kernel presents it.
func isWiFi(name string) bool {
	_, err := os.Stat("/sys/class/net/" + name + "/wireless")
	return err == nil
}

func sysfsNumber(device, attribute string) (n int64, ok bool) {
	text, err := os.ReadFile("/sys/class/net/" + device + "/" + attribute)
	if err != nil {
		return 0, false
	}
	n, err = strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n, err == nil
}

// pseudoDevices lists what is not a network interface.
func pseudoDevices() []Device {
	devices := []Device{{
		Name:        anyDevice,
		Description: "Pseudo-device that captures on all interfaces",
		Up:          true,
		Running:     true,
		Connection:  ConnectionNotApplicable,
	}}
	for _, kind := range sourceKinds {
		if kind.list != nil {
			devices = append(devices, kind.list()...)
		}
	}
	return devices
}

// ethtoolRequest is struct ethtool_value of linux/ethtool.h.
type ethtoolRequest struct {
	cmd  uint32
	data uint32
}

// ifreqData is struct ifreq of linux/if.h with ifr_data.
type ifreqData struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [24 - unsafe.Sizeof(uintptr(0))]byte
}

// ethtoolValue asks a driver one of the questions that a number answers.
func ethtoolValue(device string, cmd uint32) (uint32, error) {
	req := ethtoolRequest{cmd: cmd}
	err := deviceIoctl(device, unix.SIOCETHTOOL, unsafe.Pointer(&req))
	return req.data, err
}

// deviceIoctl passes arg to the driver of a device.
func deviceIoctl(device string, request uint, arg unsafe.Pointer) error {
	if len(device) >= unix.IFNAMSIZ {
		return unix.ENODEV
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ifr := ifreqData{data: arg}
	copy(ifr.name[:], device)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&ifr))); errno != 0 {
		return errno
	}
	return nil
}
