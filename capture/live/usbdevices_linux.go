package live

import (
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// usbControl is struct usbdevfs_ctrltransfer of linux/usbdevice_fs.h.
type usbControl struct {
	requestType, request uint8
	value, index, length uint16
	timeout              uint32 // milliseconds
	data                 unsafe.Pointer
}

// USBDEVFS_CONTROL.
const usbdevControl = usbRead | usbWrite | unsafe.Sizeof(usbControl{})<<16 | 'U'<<8

// Standard requests of USB (USB 2.0, sections 9.3 and 9.4).
const (
	usbToHost            = 0x80
	usbGetDescriptor     = 6
	usbDeviceDescriptor  = 1
	usbConfigDescriptor  = 2
	usbDeviceLength      = 18
	usbConfigLength      = 9
	usbAnswerTimeout     = 5000
	usbConfigTotalLength = 2 // where it stands
)

// usbFolder is where the files of the devices of a bus lie.
func usbFolder(bus int) string { return fmt.Sprintf("/dev/bus/usb/%03d", bus) }

// askUSBDevices asks the devices of a bus, whose files are in a folder, for their
// descriptors, as libpcap does, so that they are among what is captured: without
// them, what goes to and from a device cannot be decoded. A device that does not
// answer is the last.
func askUSBDevices(folder string) {
	dir, err := os.Open(folder)
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // those that could be read
	for _, name := range names {
		fd, err := unix.Open(folder+"/"+name, unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		answers := askUSBDevice(fd)
		unix.Close(fd)
		if !answers {
			return
		}
	}
}

// askUSBDevice asks a device for its descriptors.
func askUSBDevice(fd int) (answers bool) {
	ask := func(descriptor uint16, answer []byte) bool {
		if len(answer) == 0 {
			return true
		}
		c := usbControl{
			requestType: usbToHost,
			request:     usbGetDescriptor,
			value:       descriptor << 8,
			length:      uint16(len(answer)),
			timeout:     usbAnswerTimeout,
			data:        unsafe.Pointer(&answer[0]),
		}
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(usbdevControl), uintptr(unsafe.Pointer(&c)))
		return errno == 0
	}
	ask(usbDeviceDescriptor, make([]byte, usbDeviceLength))
	config := make([]byte, usbConfigLength)
	if !ask(usbConfigDescriptor, config) {
		return false
	}
	// That was to know how long it is with all that belongs to it.
	return ask(usbConfigDescriptor, make([]byte, binary.LittleEndian.Uint16(config[usbConfigTotalLength:])))
}
