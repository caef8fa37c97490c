package live

import "golang.org/x/sys/unix"

func deviceIndex(fd int, device string) (int, error) {
	ifr, err := deviceIoctlNumber(fd, device, unix.SIOCGIFINDEX)
	return int(ifr.Uint32()), err
}

func deviceMTU(fd int, device string) (int, error) {
	ifr, err := deviceIoctlNumber(fd, device, unix.SIOCGIFMTU)
	return int(ifr.Uint32()), err
}

func deviceFlags(fd int, device string) (uint16, error) {
	ifr, err := deviceIoctlNumber(fd, device, unix.SIOCGIFFLAGS)
	return ifr.Uint16(), err
}

func hardwareType(fd int, device string) (uint16, error) {
	ifr, err := deviceIoctlNumber(fd, device, unix.SIOCGIFHWADDR)
	return ifr.Uint16(), err
}

// deviceIoctlNumber asks a question about a device that a number answers.
func deviceIoctlNumber(fd int, device string, request uint) (unix.Ifreq, error) {
	ifr, err := unix.NewIfreq(device)
	if err != nil {
		return unix.Ifreq{}, unix.ENODEV
	}
	err = unix.IoctlIfreq(fd, request, ifr)
	return *ifr, err
}
