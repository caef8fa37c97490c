//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package live

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// backend is the part of Live that differs between systems: here packets come
// from the BPF device (bpf(4)).
type backend struct {
	stream *bpfStream
	reader *bpfReader
	dev    *bpfDevice
	parts  []*Live // of a merged capture, which has no reader and no dev
}

func open(device string, cfg Config) (*Live, error) {
	ifs, err := net.InterfaceByName(device)
	if err != nil {
		return nil, &Error{Device: device, Reason: noSuchDevice, Detail: noSuchDevice, Err: err}
	}
	l := &Live{device: device, cfg: cfg}
	if ifs.Flags&net.FlagUp == 0 {
		return nil, l.failure("", unix.ENETDOWN)
	}
	if l.dev, err = openBPF(device); err != nil {
		return nil, err
	}
	if err := l.prepare(); err != nil {
		l.dev.close()
		return nil, err
	}
	return l, nil
}

// prepare binds the device and finds out what will come from it. What comes
// until the start is thrown away then.
func (l *Live) prepare() error {
	if err := l.bind(); err != nil {
		return err
	}
	current, list, err := l.dev.linkTypes()
	if err != nil {
		return l.failure("can't tell the link type (BIOCGDLT)", err)
	}
	l.links = bpfLinkTypes(runtime.GOOS, current, list, l.cfg.Monitor)
	if len(l.links) == 0 {
		return &Error{Device: l.device, Reason: noMonitorMode}
	}
	l.link = l.links[0]
	l.dev.dlt = current
	if l.cfg.TimestampType != TimestampHost {
		l.useHostTimestamps()
	}
	if l.cfg.Workers > 1 {
		l.warn(l.device + ": this system cannot share one device's packets among workers; one reads them all")
	}
	l.reader = newBPFReader(l.dev, &systemLayout, l.dev.bufferSize)
	l.reader.device = l.device
	l.stream = newBPFStream(l.cfg.Timeout, l.reader)
	return nil
}

// defaultBPFBuffer is the size of each of the two buffers that the system has.
const defaultBPFBuffer = 512 << 10

// minBPFBuffer is what a system has room for or nothing works.
const minBPFBuffer = 4 << 10

// bind ties the BPF device to the interface. The size of the buffers is settled
// with that, so it comes first.
func (l *Live) bind() error {
	want := l.cfg.BufferSize
	if want == 0 {
		want = defaultBPFBuffer
	}
	for size := max(want, minBPFBuffer); ; size /= 2 {
		// A size that the system does not like it replaces by one that it does.
		if err := l.dev.setUint(unix.BIOCSBLEN, uint32(size)); err != nil {
			return l.failure("can't set the buffer's size (BIOCSBLEN)", err)
		}
		err := l.dev.bind(l.device)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.ENOBUFS) || size/2 < minBPFBuffer {
			return l.failure("can't bind to the interface (BIOCSETIF)", err)
		}
	}
	size, err := l.dev.getUint(unix.BIOCGBLEN)
	if err != nil {
		return l.failure("can't tell the buffer's size (BIOCGBLEN)", err)
	}
	l.dev.bufferSize = int(size)
	if int(size) < l.cfg.BufferSize {
		l.warn(fmt.Sprintf("%s: the system limits the buffer: it has %d KiB instead of %d", l.device, size>>10, l.cfg.BufferSize>>10))
	}
	return nil
}

// failure words a system call's error.
func (l *Live) failure(what string, err error) error {
	switch {
	case errors.Is(err, unix.ENXIO):
		return &Error{Device: l.device, Reason: noSuchDevice, Detail: noSuchDevice, Err: err}
	case errors.Is(err, unix.ENETDOWN):
		return &Error{Device: l.device, Reason: notUp, Err: err,
			Remedy: "To bring it up: sudo ifconfig " + l.device + " up"}
	}
	return &Error{Device: l.device, Reason: what + ": " + syserr.Text(err), Err: err}
}

func (l *Live) start(filter []bpf.RawInstruction) (inKernel bool, err error) {
	if dlt := dltOfLink(runtime.GOOS, l.link); dlt != l.dev.dlt && l.link != capture.LinkDOCSIS {
		if err := l.dev.setUint(unix.BIOCSDLT, dlt); err != nil {
			return false, l.failure("can't set the link type (BIOCSDLT)", err)
		}
	}
	if l.cfg.Promiscuous {
		if err := l.dev.ioctl(unix.BIOCPROMISC, nil); err != nil {
			l.warn(l.device + ": That device doesn't support promiscuous mode\n(BIOCPROMISC: " + syserr.Text(err) + ")")
		}
	}
	direction := l.setDirection()
	// Without a limit to waiting, the end of the capture would wait for a packet.
	if err := l.dev.setTimeout(l.cfg.Timeout); err != nil {
		return false, l.failure("can't set the read timeout (BIOCSRTIMEOUT)", err)
	}
	if l.cfg.Immediate {
		if err := l.dev.hasten(); err != nil {
			return false, err
		}
	}
	if inKernel, err = l.setFilter(filter); err != nil {
		return false, err
	}
	l.reader.start(l.link, direction)
	return inKernel, nil
}

// setDirection has the system keep back the packets that are not wanted, and
// returns the direction of those that are, as far as that makes it known.
func (l *Live) setDirection() capture.Direction {
	want := l.cfg.Direction
	if want == capture.DirUnknown {
		return capture.DirUnknown
	}
	request, value, ok := directionRequest(want)
	if !ok {
		l.warn(l.device + ": this system can leave out the packets that are sent, not those that are received; all are captured")
		return capture.DirUnknown
	}
	if err := l.dev.setUint(request, value); err != nil {
		l.warn(l.device + ": the direction of packets cannot be set: " + syserr.Text(err) + "; all are captured")
		return capture.DirUnknown
	}
	return want
}

// setFilter sets the filter, or one that only cuts packets off at the snapshot
// length. The system empties its buffers and sets its counts to zero with that
// (bpf(4), BIOCSETF).
func (l *Live) setFilter(filter []bpf.RawInstruction) (inKernel bool, err error) {
	acceptAll := []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K, K: uint32(l.cfg.SnapLen)}}
	if len(filter) == 0 {
		filter = acceptAll
	}
	refusal := ""
	if programLoops(filter) {
		refusal = loopRefusal
	} else if len(filter) > unix.BPF_MAXINSNS {
		refusal = fmt.Sprintf(lengthRefusal, len(filter), unix.BPF_MAXINSNS)
	} else if err := l.dev.setFilter(filter); err != nil {
		refusal = syserr.Text(err)
	}
	if refusal == "" {
		return true, nil
	}
	l.warnFilter(refusal)
	if err := l.dev.setFilter(acceptAll); err != nil {
		return false, l.failure("can't set the kernel filter", err)
	}
	return false, nil
}

func (l *Live) next(pkt *capture.Packet) error { return l.stream.next(pkt) }

// OnIdle has f called whenever Next has no packet and is about to wait; what f
// returns, Next returns. It is the time to flush output.
func (l *Live) OnIdle(f func() error) { l.stream.idle = f }

// Interrupt makes Next yield everything received so far and then io.EOF.
func (l *Live) Interrupt() { l.stream.interrupt() }

// Abandon makes Next return io.EOF, whatever there still is to yield.
func (l *Live) Abandon() { l.stream.abandon() }

// Wake makes Next return ErrWake once, when it has no packet.
func (l *Live) Wake() { l.stream.wakeUp() }

// Await does nothing here: nothing tells that a device has come back.
func (l *Live) Await() {}

// Late tells of no packets here: each device is in order by itself.
func (l *Live) Late() Late { return Late{} }

func (l *Live) compound() bool { return l.parts != nil }

func (l *Live) interfaces() []capture.Interface {
	if l.parts == nil {
		return []capture.Interface{l.described()}
	}
	var all []capture.Interface
	for _, part := range l.parts {
		all = append(all, part.described())
	}
	return all
}

// stats counts packets since Start: all that the system saw on the device,
// whatever the filter said of them, and those that found its buffers full.
func (l *Live) stats() (capture.Stats, error) {
	if l.parts == nil {
		st, err := l.reader.count()
		if err != nil {
			err = &Error{Reason: "BIOCGSTATS: " + syserr.Text(err), Err: err}
		}
		return st, err
	}
	var st capture.Stats
	for _, part := range l.parts {
		add, err := part.stats()
		if err != nil {
			return st, err
		}
		st.Received += add.Received
		st.Dropped += add.Dropped
	}
	return st, nil
}

// Index is the number by which the system knows the device, 0 where nobody asks.
func (l *Live) Index() int { return 0 }

// Source is the number of the device through which packets of number i of
// Interfaces come.
func (l *Live) Source(i int) int { return i }

// InterfaceStats is Stats for number i of Interfaces.
func (l *Live) InterfaceStats(i int) (capture.Stats, error) {
	switch {
	case l.parts == nil && i == 0:
		return l.Stats()
	case i < 0 || i >= len(l.parts):
		return capture.Stats{}, ErrNoCounts
	}
	return l.parts[i].Stats()
}

// Lost counts the packets of number i of Interfaces that the system dropped
// since Lost was last asked, before the packet that Next has yielded last. It
// costs no system call.
func (l *Live) Lost(i int) uint64 { return l.stream.lost(i) }

// close waits for reading to end, for the time-out of a read at most: a
// descriptor must not be closed, and its number given to another file, under a
// read.
func (l *Live) close() error {
	l.Abandon()
	if l.parts == nil {
		l.reader.join()
		return l.dev.close()
	}
	var err error
	for _, part := range l.parts {
		part.last, _ = part.stats() // as far as they are known
		part.state = liveClosed
		err = errors.Join(err, part.close())
	}
	return err
}

func (l *Live) merge(parts []*Live) error {
	l.parts = slices.Clone(parts)
	readers := make([]*bpfReader, len(parts))
	for i, part := range parts {
		readers[i] = part.reader
	}
	l.stream = newBPFStream(l.cfg.Timeout, readers...)
	return nil
}

func (l *Live) add(*Live) error { return errors.ErrUnsupported }
