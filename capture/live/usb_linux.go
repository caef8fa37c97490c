package live

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// usbSource has what goes over USB from the binary interface of usbmon (Linux
// Documentation/usb/usbmon.rst), a character device for each bus and one for all. The
// events since it was opened come, those from before start too: among them are the
// descriptors of the devices, which tell what the others mean.
type usbSource struct {
	*device
	vm *bpf.VM // the filter; nil: none

	mu     sync.Mutex // guards the rest, which stats reads
	file   int
	ring   []byte // events, as the kernel has them; nil: they are copied
	batch  usbBatch
	copies usbCopies
	counts usbCounts
}

// usbBatch is some events at the front of the ring.
type usbBatch struct {
	places [usbBatchSize]int32 // offsets of events in the ring
	fetch  usbFetch
	len    int // of places
	taken  int // of these; the kernel gets them back with the next batch
}

const usbBatchSize = 32

// usbCopies is memory for one event.
type usbCopies struct {
	buf []byte
	get usbGet
}

// usbCounts counts events since the device was opened.
type usbCounts struct {
	given   uint64
	dropped uint64
	broken  uint64 // that were not as the kernel says
}

// The requests of usbmon, and their arguments (drivers/usb/mon/mon_bin.c).
const (
	monStats    = usbRead | unsafe.Sizeof(usbStats{})<<16 | 0x9203
	monRingSize = usbPlain | 0x9204
	monGet      = usbWrite | unsafe.Sizeof(usbGet{})<<16 | 0x9206
	monFetch    = usbRead | usbWrite | unsafe.Sizeof(usbFetch{})<<16 | 0x9207
)

// Directions of requests differ between processors; these are as in others.
const (
	usbPlain = unix.BLKGETSIZE &^ 0x1fffffff
	usbRead  = unix.TUNGETIFF &^ 0x1fffffff
	usbWrite = unix.TUNSETIFF &^ 0x1fffffff
)

type usbStats struct{ queued, dropped uint32 }

type usbGet struct {
	header, data unsafe.Pointer
	room         uintptr // for data
}

type usbFetch struct {
	places *int32
	n      int32 // how many events at most; then how many there are
	giveUp int32 // how many events of the last batch the kernel gets back
}

const usbmon = "usbmon"

// usbBus is the bus that a device stands for, 0 for all. The number is what
// strtol(3) takes.
func usbBus(device string) (bus int, ok bool) {
	digits, ok := strings.CutPrefix(device, usbmon)
	if !ok {
		return 0, false
	}
	bus, err := strconv.Atoi(strings.TrimLeft(digits, " \t\n\v\f\r"))
	return bus, err == nil && bus >= 0
}

func isUSB(device string) bool {
	_, ok := usbBus(device)
	return ok
}

// listUSB lists the buses in the order of their device files. libpcap has room for
// a bus of one digit in its descriptions.
func listUSB() (devices []Device) {
	dir, err := os.Open("/dev")
	if err != nil {
		return nil
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1) // those that could be read
	return usbDevices(names)
}

// usbDevices are the devices among the names of device files.
func usbDevices(names []string) (devices []Device) {
	for _, name := range names {
		bus, ok := usbBus(name)
		switch {
		case !ok:
		case bus == 0:
			devices = append(devices, Device{Name: usbmon + "0", Description: "Raw USB traffic, all USB buses", Connection: ConnectionNotApplicable})
		default:
			const room = 29
			text := "Raw USB traffic, bus number " + strconv.Itoa(bus)
			devices = append(devices, Device{Name: usbmon + strconv.Itoa(bus), Description: text[:min(len(text), room)]})
		}
	}
	return devices
}

func openUSB(d *device) (source, error) {
	bus, _ := usbBus(d.name)
	path := "/dev/" + usbmon + strconv.Itoa(bus)
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, usbOpenFailure(d.name, path, err)
	}
	s := &usbSource{device: d, file: apart(fd)}
	if d.cfg.Monitor {
		return nil, errors.Join(&Error{Device: d.name, Reason: noMonitorMode}, s.close())
	}
	if err := s.mapRing(); err != nil {
		if err := s.copyEvents(); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	d.links = []capture.LinkType{d.link}
	askUSBDevices(usbFolder(bus))
	return s, nil
}

// usbOpenFailure words why a device file cannot be opened.
func usbOpenFailure(device, path string, err error) error {
	e := &Error{Device: device, Err: err}
	switch {
	case errors.Is(err, unix.ENOENT):
		e.Reason, e.Detail = noSuchDevice, noSuchDevice
		if _, err := os.Stat("/dev/" + usbmon + "0"); err != nil {
			e.Remedy = "To have the kernel monitor USB: sudo modprobe usbmon"
		}
	case errors.Is(err, unix.EACCES):
		e.Reason = noPermission
		e.Detail = "Attempt to open " + path + " failed with EACCES - root privileges may be required"
		e.Remedy = "To capture without being root: sudo setfacl -m u:$USER:r " + path
	default:
		e.Reason = "Can't open USB bus file " + path + ": " + syserr.Text(err)
	}
	return e
}

// mapRing has the ring of the kernel be read where it lies.
func (s *usbSource) mapRing() error {
	size, err := s.setRingSize(usbMappedHeader)
	if err != nil {
		return err
	}
	// The kernel has whole pages.
	page := os.Getpagesize()
	s.ring, err = unix.Mmap(s.file, 0, (size+page-1)/page*page, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	s.link = capture.LinkUSB_LINUX_MMAPPED
	s.batch.fetch.places = &s.batch.places[0]
	return nil
}

// copyEvents has the kernel copy each event, which has a shorter header then.
func (s *usbSource) copyEvents() error {
	if _, err := s.setRingSize(usbHeader); err != nil {
		return &Error{Device: s.name, Reason: fmt.Sprintf("Can't set ring size from fd %d: %s", s.file, syserr.Text(err)), Err: err}
	}
	s.link = capture.LinkUSB_LINUX
	s.copies.buf = make([]byte, s.cfg.SnapLen)
	s.copies.get.header = unsafe.Pointer(&s.copies.buf[0])
	if room := s.cfg.SnapLen - usbHeader; room > 0 {
		s.copies.get.data, s.copies.get.room = unsafe.Pointer(&s.copies.buf[usbHeader]), uintptr(room)
	}
	return nil
}

// The kernel's bounds for its ring, in bytes.
const (
	minUSBRing = 8 << 10
	maxUSBRing = 1200 << 10
)

// setRingSize has the kernel's ring be as large as the snapshot length takes, and
// that length one that there is a ring for.
func (s *usbSource) setRingSize(header int) (size int, err error) {
	s.cfg.SnapLen, size = usbRing(s.cfg.SnapLen, header)
	return size, unix.IoctlSetInt(s.file, uint(monRingSize), size)
}

// usbRing is the size of a ring in which data comes whole as far as the snapshot length
// goes, and the snapshot length that there is a ring for, behind a header of so many
// bytes: no event has more data than a fifth of the ring.
func usbRing(snapLen, header int) (bounded, size int) {
	snapLen = max(snapLen, header)
	size = (snapLen - header) * 5
	if size > maxUSBRing {
		return header + maxUSBRing/5, maxUSBRing
	}
	return snapLen, max(size, minUSBRing)
}

// failed words the error of a request once the capture runs.
func (s *usbSource) failed(what string, err error) error {
	return &Error{Reason: fmt.Sprintf("%s fd %d: ", what, s.file) + syserr.Text(err), Err: err}
}

func (s *usbSource) ioctl(request uintptr, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(s.file), request, uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

// start has a filter looked at here: usbmon knows of none.
func (s *usbSource) start(filter []bpf.Instruction) (inKernel bool, err error) {
	if len(filter) == 0 {
		return true, nil
	}
	if s.vm, err = bpf.NewVM(filter, bpf.Rules{}); err != nil {
		return false, nil
	}
	return true, nil
}

func (s *usbSource) fd() int { return s.file }

func (s *usbSource) next(p *capture.Packet) (ok bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var whole bool
	if s.ring != nil {
		ok, whole, err = s.nextMapped(p)
	} else {
		ok, whole, err = s.nextCopy(p)
	}
	switch {
	case !ok || err != nil:
		return false, err
	case !whole:
		s.counts.broken++
		*p = capture.Packet{}
	case p.Data == nil:
	case s.vm != nil && s.vm.Run(p.Data, p.Length, nil) == 0:
		p.Data = nil
	default:
		s.counts.given++
	}
	return true, nil
}

// nextMapped fills p with the next event in the ring; its Data is nil for one that
// fills a gap. whole is false for one that cannot be.
func (s *usbSource) nextMapped(p *capture.Packet) (ok, whole bool, err error) {
	b := &s.batch
	if b.taken == b.len {
		b.fetch.n, b.fetch.giveUp = usbBatchSize, int32(b.len)
		err := s.ioctl(monFetch, unsafe.Pointer(&b.fetch))
		b.taken, b.len = 0, 0
		switch {
		case errors.Is(err, unix.EAGAIN):
			return false, false, nil
		case err != nil:
			return false, false, s.failed("Can't mfetch", err)
		case b.fetch.n <= 0 || b.fetch.n > usbBatchSize:
			return false, false, nil
		}
		b.len = int(b.fetch.n)
	}
	at := b.places[b.taken]
	b.taken++
	return true, mappedUSBEvent(p, s.ring, at, s.cfg.SnapLen), nil
}

// nextCopy fills p with the next event, copied.
func (s *usbSource) nextCopy(p *capture.Packet) (ok, whole bool, err error) {
	err = s.ioctl(monGet, unsafe.Pointer(&s.copies.get))
	switch {
	case errors.Is(err, unix.EAGAIN):
		return false, false, nil
	case err != nil:
		return false, false, s.failed("Can't read from", err)
	}
	copiedUSBEvent(p, s.copies.buf)
	return true, true, nil
}

// stats counts as libpcap does: what has passed the filter, and what waits.
func (s *usbSource) stats() (capture.Stats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var st usbStats
	if err := s.ioctl(monStats, unsafe.Pointer(&st)); err != nil {
		return capture.Stats{}, s.failed("Can't read stats from", err)
	}
	s.counts.dropped += uint64(st.dropped) // since it was last asked
	waiting := max(int(st.queued)-s.batch.taken, 0)
	return capture.Stats{
		Received: s.counts.given + uint64(waiting),
		Dropped:  s.counts.dropped + s.counts.broken,
	}, nil
}

func (s *usbSource) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.ring != nil {
		err = unix.Munmap(s.ring)
		s.ring = nil
	}
	return errors.Join(err, unix.Close(s.file))
}
