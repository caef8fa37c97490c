//go:build linux && (amd64 || arm64)

package sandbox

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sourceActs are on what packets come from beside packet sockets.
func sourceActs() []act { return slicesOf(usbActs(), bluetoothActs(), netfilterActs(), busActs()) }

// usbActs are requests to usbmon, and to devices. Whoever may make them hears from
// /dev/null that it knows none of the kind.
func usbActs() []act {
	request := func(number uintptr, of func(*world) int) func(*world) error {
		return func(w *world) error {
			_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(of(w)), number, 0)
			if errno == unix.ENOTTY {
				return nil
			}
			return errno
		}
	}
	monitor := func(w *world) int { return w.monitor }
	other := func(w *world) int { return int(w.mark.Fd()) }
	const resize, control, reset = 0x9204, 0xc0185500, 0x5514 // MON_IOCT_RING_SIZE, USBDEVFS_CONTROL, USBDEVFS_RESET
	return []act{
		{"fetch events of USB", ofUSB, nil, request(usbFetch, monitor)},
		{"copy an event of USB", ofUSB, nil, request(usbCopy, monitor)},
		{"count events of USB", ofUSB, nil, request(usbCounts, monitor)},
		{"fetch events from elsewhere", nil, nil, request(usbFetch, other)},
		{"change the ring of USB", nil, nil, request(resize, monitor)},
		{"ask a USB device", nil, nil, request(control, monitor)},
		{"reset a USB device", nil, nil, request(reset, monitor)},
		{"open a device file", slicesOf(looking, finding), reading, func(*world) error {
			fd, err := unix.Openat(unix.AT_FDCWD, "/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err == nil {
				unix.Close(fd)
			}
			return err
		}},
	}
}

// bluetoothActs are on a socket that frames of Bluetooth come from. Nothing is told to
// the adapter: neither a command nor data, nor that it go up or down.
func bluetoothActs() []act {
	reset := []byte{1, 3, 0x0c, 0} // the command
	const up, down, inquiry = 0x400448c9, 0x400448ca, 0x800448f0
	on := func(try func(fd int) error) func(*world) error {
		return func(w *world) error {
			if w.adapter < 0 {
				return errNothing
			}
			return try(w.adapter)
		}
	}
	// reached is that a call has come to the stand-in, which does not know it.
	reached := func(err error) error {
		if errors.Is(err, unix.ENOTTY) || errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL) {
			return nil
		}
		return err
	}
	request := func(number uintptr) func(*world) error {
		return on(func(fd int) error {
			var none [128]byte
			if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), number, uintptr(unsafe.Pointer(&none))); errno != 0 {
				return reached(errno)
			}
			return nil
		})
	}
	return []act{
		{"hear a frame of Bluetooth", bluetooth, nil, on(func(fd int) error {
			_, _, _, _, err := unix.Recvmsg(fd, make([]byte, 8), make([]byte, 8), unix.MSG_DONTWAIT|unix.MSG_PEEK)
			return err
		})},
		{"the counts of an adapter", bluetooth, nil, request(hciGetDevInfo)},
		{"what a socket of Bluetooth dropped", bluetooth, nil, on(func(fd int) error {
			var info [9]uint32
			size := uint32(len(info) * 4)
			if _, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
				uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0); errno != 0 {
				return errno
			}
			return nil
		})},
		{"send a command to an adapter", nil, nil, on(func(fd int) error { return unix.Sendto(fd, reset, 0, nil) })},
		{"send one as a message", nil, nil, on(func(fd int) error { return unix.Sendmsg(fd, reset, nil, nil, 0) })},
		{"write a command to an adapter", nil, nil, on(func(fd int) error { _, err := unix.Write(fd, reset); return err })},
		{"write one in pieces", nil, nil, on(func(fd int) error { _, err := unix.Writev(fd, [][]byte{reset[:1], reset[1:]}); return err })},
		{"copy a file to an adapter", nil, nil, func(w *world) error {
			return on(func(fd int) error { _, err := unix.Sendfile(fd, int(w.mark.Fd()), nil, 1); return err })(w)
		}},
		{"copy the descriptor of an adapter", nil, nil, on(func(fd int) error { _, err := unix.Dup(fd); return err })},
		{"bring an adapter up", nil, nil, request(up)},
		{"bring an adapter down", nil, nil, request(down)},
		{"look for others in the air", nil, nil, request(inquiry)},
		{"let other frames in", nil, nil, on(func(fd int) error { return reached(unix.SetsockoptString(fd, 0, 2, string(make([]byte, 16)))) })},
		{"bind it to another adapter", nil, nil, on(func(fd int) error { return reached(unix.Bind(fd, &unix.SockaddrHCI{Dev: 1})) })},
	}
}

// busActs are on a stream that messages come from: nothing is told to the other end.
func busActs() []act {
	message := []byte("message")
	on := func(try func(fd int) error) func(*world) error {
		return func(w *world) error {
			if w.bus < 0 {
				return errNothing
			}
			return try(w.bus)
		}
	}
	return []act{
		{"hear a bus", always, nil, on(func(fd int) error { _, err := unix.Read(fd, make([]byte, 1)); return err })},
		{"write to a bus", nil, nil, on(func(fd int) error { _, err := unix.Write(fd, message); return err })},
		{"write to a bus in pieces", nil, nil, on(func(fd int) error { _, err := unix.Writev(fd, [][]byte{message}); return err })},
		{"send to a bus", nil, nil, on(func(fd int) error { return unix.Sendto(fd, message, 0, nil) })},
		{"send to a bus as a message", nil, nil, on(func(fd int) error { return unix.Sendmsg(fd, message, nil, nil, 0) })},
		{"copy the descriptor of a bus", nil, nil, on(func(fd int) error { _, err := unix.Dup(fd); return err })},
		{"copy a file to a bus", nil, nil, func(w *world) error {
			return on(func(fd int) error { _, err := unix.Sendfile(fd, int(w.mark.Fd()), nil, 1); return err })(w)
		}},
	}
}
