//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package live

import (
	"errors"
	"fmt"
	"net"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// bpfEngine has the packets of a BPF device (bpf(4)).
type bpfEngine struct {
	*device
	bpfSource
	dev *bpfDevice
}

// EngineName is how the engine of this system is called: ring, bpf; "" without one.
const EngineName = "bpf"

func openEngine(d *device) (engine, error) {
	ifs, err := net.InterfaceByName(d.name)
	if err != nil {
		return nil, &Error{Device: d.name, Reason: noSuchDevice, Detail: noSuchDevice, Err: err}
	}
	e := &bpfEngine{device: d}
	if ifs.Flags&net.FlagUp == 0 {
		return nil, e.failed("", unix.ENETDOWN)
	}
	if e.dev, err = openBPF(d.name); err != nil {
		return nil, err
	}
	if err := e.prepare(); err != nil {
		e.dev.close()
		return nil, err
	}
	return e, nil
}

// prepare binds the device and finds out what will come from it. What comes
// until the start is thrown away then.
func (e *bpfEngine) prepare() error {
	if err := e.bind(); err != nil {
		return err
	}
	current, list, err := e.dev.linkTypes()
	if err != nil {
		return e.failed("can't tell the link type (BIOCGDLT)", err)
	}
	e.links = bpfLinkTypes(runtime.GOOS, current, list, e.cfg.Monitor)
	if len(e.links) == 0 {
		return &Error{Device: e.name, Reason: noMonitorMode}
	}
	e.link = e.links[0]
	e.dev.dlt = current
	if e.cfg.TimestampType != capture.TimestampHost {
		e.useHostTimestamps()
	}
	if e.cfg.Workers > 1 {
		e.warn(e.name + ": this system cannot share one device's packets among workers; one reads them all")
	}
	r := newBPFReader(e.dev, &systemLayout, e.dev.bufferSize)
	r.timeout = e.cfg.Timeout
	e.bpfSource = newBPFSource(r)
	return nil
}

// defaultBPFBuffer is the size of each of the two buffers that the system has.
const defaultBPFBuffer = 512 << 10

// minBPFBuffer is what a system has room for or nothing works.
const minBPFBuffer = 4 << 10

// bind ties the BPF device to the interface. The size of the buffers is settled
// with that, so it comes first.
func (e *bpfEngine) bind() error {
	want := e.cfg.BufferSize
	if want == 0 {
		want = defaultBPFBuffer
	}
	for size := max(want, minBPFBuffer); ; size /= 2 {
		// A size that the system does not like it replaces by one that it does.
		if err := e.dev.setUint(unix.BIOCSBLEN, uint32(size)); err != nil {
			return e.failed("can't set the buffer's size (BIOCSBLEN)", err)
		}
		err := e.dev.bind(e.name)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOBUFS) || size/2 < minBPFBuffer {
			return e.failed("can't bind to the interface (BIOCSETIF)", err)
		}
	}
	size, err := e.dev.getUint(unix.BIOCGBLEN)
	if err != nil {
		return e.failed("can't tell the buffer's size (BIOCGBLEN)", err)
	}
	e.dev.bufferSize = int(size)
	if int(size) < e.cfg.BufferSize {
		e.warn(fmt.Sprintf("%s: the system limits the buffer: it has %d KiB instead of %d", e.name, size>>10, e.cfg.BufferSize>>10))
	}
	return nil
}

// failed words a system call's error.
func (e *bpfEngine) failed(what string, err error) error {
	switch {
	case errors.Is(err, unix.ENXIO):
		return &Error{Device: e.name, Reason: noSuchDevice, Detail: noSuchDevice, Err: err}
	case errors.Is(err, unix.ENETDOWN):
		return &Error{Device: e.name, Reason: notUp, Err: err,
			Remedy: "To bring it up: sudo ifconfig " + e.name + " up"}
	}
	return &Error{Device: e.name, Reason: what + ": " + syserr.Text(err), Err: err}
}

func (e *bpfEngine) start(filter []bpf.Instruction) (inKernel bool, err error) {
	if dlt := dltOfLink(runtime.GOOS, e.link); dlt != e.dev.dlt && e.link != capture.LinkDOCSIS {
		if err := e.dev.setUint(unix.BIOCSDLT, dlt); err != nil {
			return false, e.failed("can't set the link type (BIOCSDLT)", err)
		}
	}
	if e.cfg.Promiscuous {
		if err := e.dev.ioctl(unix.BIOCPROMISC, nil); err != nil {
			e.warn(e.name + ": That device doesn't support promiscuous mode\n(BIOCPROMISC: " + syserr.Text(err) + ")")
		}
	}
	direction := e.setDirection()
	// Without a limit to waiting, the end of the capture would wait for a packet.
	if err := e.dev.setTimeout(e.cfg.Timeout); err != nil {
		return false, e.failed("can't set the read timeout (BIOCSRTIMEOUT)", err)
	}
	if e.cfg.Immediate {
		if err := e.dev.hasten(); err != nil {
			return false, err
		}
	}
	// With that the system empties its buffers and sets its counts to zero (bpf(4),
	// BIOCSETF).
	if inKernel, err = e.setFilter(filter, nil, e.dev.setFilter); err != nil {
		return false, e.failed(noKernelFilter, err)
	}
	e.reader.start(e.link, direction)
	return inKernel, nil
}

// setDirection has the system keep back the packets that are not wanted, and
// returns the direction of those that are, as far as that makes it known.
func (e *bpfEngine) setDirection() capture.Direction {
	want := e.cfg.Direction
	if want == capture.DirUnknown {
		return capture.DirUnknown
	}
	request, value, ok := directionRequest(want)
	if !ok {
		e.warn(e.name + ": this system can leave out the packets that are sent, not those that are received; all are captured")
		return capture.DirUnknown
	}
	if err := e.dev.setUint(request, value); err != nil {
		e.warn(e.name + ": the direction of packets cannot be set: " + syserr.Text(err) + "; all are captured")
		return capture.DirUnknown
	}
	return want
}

func (e *bpfEngine) stats() (capture.Stats, error) {
	st, err := e.reader.count()
	if err != nil {
		err = &Error{Reason: "BIOCGSTATS: " + syserr.Text(err), Err: err}
	}
	return st, err
}

// close waits for reading to end, for the time-out of a read at most: a
// descriptor must not be closed, and its number given to another file, under a
// read.
func (e *bpfEngine) close() error {
	e.abandon()
	e.reader.join()
	return e.dev.close()
}
