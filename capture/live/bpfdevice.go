//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package live

import (
	"errors"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/syserr"

	"github.com/tapdump/tapdump/bpf"
)

// systemLayout is the layout of struct bpf_hdr on this system.
var systemLayout = bpfLayout{
	sec: bpfField{
		int(unsafe.Offsetof(unix.BpfHdr{}.Tstamp) + unsafe.Offsetof(unix.BpfHdr{}.Tstamp.Sec)),
		int(unsafe.Sizeof(unix.BpfHdr{}.Tstamp.Sec)),
	},
	usec: bpfField{
		int(unsafe.Offsetof(unix.BpfHdr{}.Tstamp) + unsafe.Offsetof(unix.BpfHdr{}.Tstamp.Usec)),
		int(unsafe.Sizeof(unix.BpfHdr{}.Tstamp.Usec)),
	},
	caplen:  int(unsafe.Offsetof(unix.BpfHdr{}.Caplen)),
	datalen: int(unsafe.Offsetof(unix.BpfHdr{}.Datalen)),
	hdrlen:  int(unsafe.Offsetof(unix.BpfHdr{}.Hdrlen)),
	flags:   bpfFlagsOffset,
	align:   unix.BPF_ALIGNMENT,
}

// bpfDevice is an open BPF device.
type bpfDevice struct {
	fd         int
	dlt        uint32 // the interface's own link type, in the system's numbers
	bufferSize int    // bytes; a read has to ask for exactly as many
}

// maxBPFDevices bounds the search on systems whose devices are numbered.
const maxBPFDevices = 256

// openBPF opens a BPF device that nobody uses. /dev/bpf is a new one each time
// it is opened; where there is none, as on macOS, the devices have numbers.
func openBPF(device string) (*bpfDevice, error) {
	fd, err := openDevice("/dev/bpf")
	for i := 0; i < maxBPFDevices && (errors.Is(err, unix.EBUSY) || errors.Is(err, unix.ENOENT) && i == 0); i++ {
		fd, err = openDevice("/dev/bpf" + strconv.Itoa(i))
	}
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return nil, &Error{Device: device, Reason: noPermission, Err: err, Detail: syserr.Text(err),
			Remedy: "Run it with sudo, or let your user read and write /dev/bpf*."}
	case errors.Is(err, unix.EBUSY):
		return nil, &Error{Device: device, Reason: "all BPF devices are in use", Err: err, Detail: syserr.Text(err),
			Remedy: "End a program that captures, or make more devices if the system lets you."}
	case errors.Is(err, unix.ENOENT):
		// Numbered devices that end mean that all before are taken.
		return nil, &Error{Device: device, Reason: "there is no free BPF device", Err: err, Detail: syserr.Text(err),
			Remedy: "The kernel has to be configured with bpf(4), and /dev made; or end a program that captures."}
	case err != nil:
		return nil, &Error{Device: device, Reason: syserr.Text(err), Err: err}
	}
	d := &bpfDevice{fd: fd}
	var v unix.BpfVersion
	if err = d.ioctl(unix.BIOCVERSION, unsafe.Pointer(&v)); err != nil {
		err = &Error{Device: device, Reason: "BIOCVERSION: " + syserr.Text(err), Err: err}
	} else if v.Major != unix.BPF_MAJOR_VERSION || v.Minor < unix.BPF_MINOR_VERSION {
		err = &Error{Device: device, Reason: "kernel bpf filter out of date"}
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return d, nil
}

// openDevice opens a file for reading; who may not write may still capture.
func openDevice(name string) (int, error) {
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EACCES) {
		fd, err = unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	}
	if err != nil {
		return -1, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return fd, nil
}

// ioctl goes by package syscall, which calls the system's library where the
// system wants that; unix has no call that takes a pointer.
func (d *bpfDevice) ioctl(request uint, arg unsafe.Pointer) error {
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(d.fd), uintptr(request), uintptr(arg)); errno != 0 {
		return errno
	}
	return nil
}

func (d *bpfDevice) setUint(request uint, value uint32) error {
	return d.ioctl(request, unsafe.Pointer(&value))
}

func (d *bpfDevice) getUint(request uint) (value uint32, err error) {
	err = d.ioctl(request, unsafe.Pointer(&value))
	return value, err
}

// ifreq is as large as struct ifreq of NetBSD, the largest; the requests take
// what their system's has. Only the name is of interest.
type ifreq [144]byte

func (d *bpfDevice) bind(name string) error {
	var req ifreq
	if len(name) >= unix.IFNAMSIZ {
		return unix.ENXIO
	}
	copy(req[:], name)
	return d.ioctl(unix.BIOCSETIF, unsafe.Pointer(&req))
}

// bound tells whether the interface is still there.
func (d *bpfDevice) bound() bool {
	var req ifreq
	return d.ioctl(unix.BIOCGETIF, unsafe.Pointer(&req)) == nil
}

// linkTypes are the interface's own link type and all that it has, in the
// system's numbers.
func (d *bpfDevice) linkTypes() (current uint32, list []uint32, err error) {
	if current, err = d.getUint(unix.BIOCGDLT); err != nil {
		return 0, nil, err
	}
	// Without room for a list the system tells how long it is.
	var req dltList
	err = d.ioctl(unix.BIOCGDLTLIST, unsafe.Pointer(&req))
	if errors.Is(err, unix.EINVAL) || err == nil && req.len == 0 {
		return current, nil, nil // it has no lists
	}
	if err != nil {
		return 0, nil, err
	}
	list = make([]uint32, min(req.len, 1024))
	var pinner runtime.Pinner
	defer pinner.Unpin()
	pinner.Pin(&list[0])
	req.len = uint32(len(list))
	req.point(&list[0])
	if err := d.ioctl(unix.BIOCGDLTLIST, unsafe.Pointer(&req)); err != nil {
		return 0, nil, err
	}
	return current, list[:min(int(req.len), len(list))], nil
}

func (d *bpfDevice) setTimeout(t time.Duration) error {
	tv := unix.NsecToTimeval(t.Nanoseconds())
	return d.ioctl(unix.BIOCSRTIMEOUT, unsafe.Pointer(&tv))
}

func (d *bpfDevice) setFilter(program []bpf.Instruction) error {
	code := make([]unix.BpfInsn, len(program))
	for i, ins := range program {
		code[i] = unix.BpfInsn{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K}
	}
	return d.ioctl(unix.BIOCSETF, unsafe.Pointer(&unix.BpfProgram{Len: uint32(len(code)), Insns: &code[0]}))
}

// read fills buf, which has bufferSize bytes; see bpfHandle.
func (d *bpfDevice) read(buf []byte) (n int, err error) {
	n, err = unix.Read(d.fd, buf)
	switch {
	case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
		return 0, nil
	case errors.Is(err, unix.ENXIO), errors.Is(err, unix.EIO):
		return 0, &Error{Reason: interfaceGone, Err: err}
	case err != nil:
		return 0, &Error{Reason: "read: " + syserr.Text(err), Err: err}
	case n == 0 && !d.bound():
		// NetBSD lets a read wait for packets of an interface that is gone.
		return 0, &Error{Reason: interfaceGone}
	}
	return n, nil
}

func (d *bpfDevice) hasten() error {
	if err := d.setUint(unix.BIOCIMMEDIATE, 1); err != nil {
		return &Error{Reason: "BIOCIMMEDIATE: " + syserr.Text(err), Err: err}
	}
	return nil
}

func (d *bpfDevice) counts() (received, dropped uint32, err error) {
	var st unix.BpfStat
	err = d.ioctl(unix.BIOCGSTATS, unsafe.Pointer(&st))
	return uint32(st.Recv), uint32(st.Drop), err
}

func (d *bpfDevice) close() error {
	if d.fd < 0 {
		return nil
	}
	err := unix.Close(d.fd)
	d.fd = -1
	return err
}
