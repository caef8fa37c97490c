package live

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// backend is the part of Live that differs between systems.
type backend struct {
	stream   *stream // nil once it is merged into another
	index    int     // of the device; 0 for all
	cooked   bool
	loopback int32
	mtu      int
	drops    *dropCounts // of the interface; nil: they are not of interest
	gone     bool        // the device is
	deadline time.Time   // for reading what it has left

	mu    sync.Mutex    // guards the rest, which Stats reads
	parts []*Live       // of a merged capture, those that are gone too
	rings []*ring       // none once it is closed
	final capture.Stats // without rings
}

func open(device string, cfg Config) (*Live, error) {
	l := &Live{device: device, cfg: cfg}
	err := l.openDevice()
	if err == nil {
		err = l.addWorkers()
	}
	if err == nil {
		err = l.stampPackets()
	}
	if err == nil {
		if l.stream, err = newStream(cfg.Timeout); err != nil {
			err = &Error{Device: device, Reason: syserr.Text(err), Err: err}
		}
	}
	if err != nil {
		return nil, errors.Join(err, l.closeRings())
	}
	return l, nil
}

// addWorkers opens the sockets of the workers beyond the first.
func (l *Live) addWorkers() error {
	for len(l.rings) < l.cfg.Workers {
		r, err := newRing(l.cooked)
		if err != nil {
			return socketFailure(l.device, err)
		}
		l.rings = append(l.rings, r)
		if err := r.bind(l.index, 0); err != nil {
			return l.failure("bind", err)
		}
	}
	if len(l.rings) > 1 {
		if err := l.rings[0].stampOnArrival(); err != nil {
			return l.failure("setsockopt (SO_TIMESTAMPNS)", err)
		}
	}
	return nil
}

// openDevice opens a socket that receives nothing yet, and finds out what will
// come from the device.
func (l *Live) openDevice() error {
	if len(l.device) >= unix.IFNAMSIZ || l.device == "" {
		return &Error{Device: l.device, Reason: noSuchDevice, Detail: noSuchDevice}
	}
	if isNetfilter(l.device) {
		return &Error{Device: l.device, Reason: captureNotSupp, Err: ErrNotSupported,
			Detail: "capturing from netfilter's logs and queues is not available yet",
			Remedy: "What netfilter logs can be seen on the interface where it passes."}
	}
	l.cooked = l.device == anyDevice
	r, err := newRing(l.cooked)
	if err != nil {
		return socketFailure(l.device, err)
	}
	l.loopback = -1
	if i, err := deviceIndex(r.fd, "lo"); err == nil {
		l.loopback = int32(i)
	}
	l.checkTimestampType()
	if l.device == anyDevice {
		err = l.openAny()
	} else {
		err = l.openInterface(r.fd)
	}
	if err == nil && l.cooked && l.device != anyDevice {
		r.close()
		if r, err = newRing(true); err != nil {
			return socketFailure(l.device, err)
		}
	}
	if err == nil {
		if err = r.bind(l.index, 0); err != nil {
			err = l.failure("bind", err)
		}
	}
	if err != nil {
		r.close()
		return err
	}
	l.rings = []*ring{r}
	return nil
}

func (l *Live) openAny() error {
	if l.cfg.Monitor {
		return &Error{Device: l.device, Reason: noMonitorMode}
	}
	if l.cfg.Promiscuous {
		l.cfg.Promiscuous = false
		l.warn(l.device + ": That device doesn't support promiscuous mode\n" +
			`(Promiscuous mode not supported on the "any" device)`)
	}
	l.link = capture.LinkLINUX_SLL2
	l.links = []capture.LinkType{capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2}
	return nil
}

func (l *Live) openInterface(fd int) error {
	var err error
	if l.index, err = deviceIndex(fd, l.device); err != nil {
		return l.failure("SIOCGIFINDEX", err)
	}
	if l.cfg.Monitor {
		// Making a monitor interface is nl80211's business: iw does it.
		e := &Error{Device: l.device, Reason: noMonitorMode}
		if isWiFi(l.device) {
			e.Remedy = "Make a monitor interface with \"iw dev " + l.device +
				" interface add mon0 type monitor\", bring it up, and capture on mon0 without -I."
		}
		return e
	}
	arphrd, err := hardwareType(fd, l.device)
	if err != nil {
		return l.failure("SIOCGIFHWADDR", err)
	}
	kind := linkKindOf(arphrd, l.device)
	if kind.unknown {
		l.warn("arptype " + strconv.Itoa(int(arphrd)) + " not supported by libpcap - falling back to cooked socket")
	}
	l.cooked = kind.cooked
	l.link = kind.link
	l.links = kind.choices
	if l.links == nil {
		l.links = []capture.LinkType{l.link}
	}
	flags, err := deviceFlags(fd, l.device)
	if err != nil {
		return l.failure("SIOCGIFFLAGS", err)
	}
	if flags&unix.IFF_UP == 0 {
		return l.failure("bind", unix.ENETDOWN)
	}
	if l.mtu, err = deviceMTU(fd, l.device); err != nil {
		return l.failure("SIOCGIFMTU", err)
	}
	return nil
}

// failure words a system call's error.
func (l *Live) failure(what string, err error) error {
	switch {
	case errors.Is(err, unix.ENODEV):
		return &Error{Device: l.device, Reason: noSuchDevice, Detail: noSuchDevice, Err: err}
	case errors.Is(err, unix.ENETDOWN):
		return &Error{Device: l.device, Reason: notUp, Err: err,
			Remedy: "To bring it up: ip link set dev " + l.device + " up"}
	}
	return &Error{Device: l.device, Reason: what + ": " + syserr.Text(err), Err: err}
}

// socketFailure words the error of opening a packet socket.
func socketFailure(device string, err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return &Error{Device: device, Reason: noPermission, Err: err,
			Detail: "Attempt to create packet socket failed - CAP_NET_RAW may be required",
			Remedy: setcapHint()}
	case errors.Is(err, unix.EAFNOSUPPORT):
		return &Error{Device: device, Reason: captureNotSupp, Err: err,
			Detail: "PF_PACKET sockets not supported - is this WSL1?"}
	}
	return &Error{Device: device, Reason: "socket: " + syserr.Text(err), Err: err}
}

// setcapHint is the command that gives this program the privileges to capture.
func setcapHint() string {
	program, err := os.Executable()
	if err != nil {
		program = "PROGRAM"
	}
	return "To capture without being root: sudo setcap cap_net_raw,cap_net_admin+ep " + program
}

func (l *Live) start(filter []bpf.RawInstruction) (inKernel bool, err error) {
	if l.cfg.Promiscuous {
		if err := unix.SetsockoptPacketMreq(l.rings[0].fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
			&unix.PacketMreq{Ifindex: int32(l.index), Type: unix.PACKET_MR_PROMISC}); err != nil {
			return false, l.failure("setsockopt (PACKET_ADD_MEMBERSHIP)", err)
		}
		l.drops = openDrops(l.device)
	}
	for _, r := range l.rings {
		if err := l.mapRing(r); err != nil {
			return false, l.failure("can't create rx ring on packet socket", err)
		}
	}
	if len(l.rings) == 1 {
		if inKernel, err = l.setFilter(filter); err != nil {
			return false, err
		}
		return inKernel, l.receive()
	}
	// Until they share the packets, each ring would get all of them.
	for _, r := range l.rings {
		if err := r.filter(rejectAll); err != nil {
			return false, l.failure("can't set the kernel filter", err)
		}
	}
	if err := l.receive(); err != nil {
		return false, err
	}
	if err := joinFanout(l.rings); err != nil {
		return false, l.failure("can't share packets among workers (PACKET_FANOUT)", err)
	}
	return l.setFilter(filter)
}

// mapRing makes the memory of a ring, and tells it what it needs to know.
func (l *Live) mapRing(r *ring) error {
	if l.index != 0 {
		r.device = l.device
	}
	r.link = l.link
	r.snapLen = l.cfg.SnapLen
	r.direction = l.cfg.Direction
	r.loopback = l.loopback
	r.vlanOffset = vlanOffset(l.link)
	if l.cooked {
		r.cooked = cookedHeaderLen(l.link)
	}
	size := l.cfg.BufferSize
	if size == 0 {
		size = DefaultBuffer
	}
	size /= len(l.rings)
	var err error
	if l.cfg.Immediate {
		err = r.mapFrames(size, l.mtu)
	} else {
		err = r.mapBlocks(size, l.cfg.Timeout)
	}
	if err == nil && len(r.mem) < size {
		l.warn(fmt.Sprintf("%s: memory is short: the buffer has %d KiB instead of %d", l.device, len(r.mem)>>10, size>>10))
	}
	return err
}

// receive lets packets into the rings.
func (l *Live) receive() error {
	for _, r := range l.rings {
		if err := r.bind(l.index, unix.ETH_P_ALL); err != nil {
			return l.failure("bind", err)
		}
	}
	l.stream.merging = len(l.rings) > 1
	return l.stream.add(l)
}

// setFilter attaches the filter, or one that only cuts packets off at the
// snapshot length.
func (l *Live) setFilter(filter []bpf.RawInstruction) (inKernel bool, err error) {
	acceptAll := []bpf.RawInstruction{{Op: unix.BPF_RET | unix.BPF_K, K: uint32(l.cfg.SnapLen)}}
	if filter == nil {
		filter = acceptAll
	}
	program, refusal := kernelProgram(filter, l.link)
	if refusal == "" {
		err := l.filterRings(program)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.ENOMEM):
			refusal = "the kernel has too little memory for it (sysctl net.core.optmem_max makes more)"
		default:
			refusal = syserr.Text(err)
		}
	}
	l.warnFilter(refusal)
	if err := l.filterRings(acceptAll); err != nil {
		return false, l.failure("can't set the kernel filter", err)
	}
	return false, nil
}

func (l *Live) filterRings(program []bpf.RawInstruction) error {
	for _, r := range l.rings {
		if err := r.filter(program); err != nil {
			return err
		}
	}
	return nil
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

// Await has a merged capture whose devices are all gone wait for Add instead of
// ending.
func (l *Live) Await() { l.stream.patient = true }

// Late tells how many packets of merged captures, or of one with workers, came
// too late to be put in order.
func (l *Live) Late() Late { return l.stream.merge.late }

func (l *Live) interfaces() []capture.Interface { return l.stream.interfaces }

func (l *Live) compound() bool { return l.parts != nil }

// stats counts packets since Start.
func (l *Live) stats() (capture.Stats, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	st := l.final
	for _, part := range l.parts {
		add, err := part.stats()
		if err != nil {
			return st, err
		}
		st.Received += add.Received
		st.Dropped += add.Dropped
		st.IfDropped += add.IfDropped
	}
	if l.rings == nil {
		return st, nil
	}
	st = capture.Stats{IfDropped: st.IfDropped}
	for _, r := range l.rings {
		received, dropped, err := r.stats()
		if err != nil {
			return st, statsError(err)
		}
		st.Received += received
		st.Dropped += dropped
	}
	st.IfDropped = max(st.IfDropped, l.drops.since()) // of a device that is gone what was seen last stays
	l.final = st
	return st, nil
}

// Index is the number by which the system knows the device; 0 for all, and where
// it has none.
func (l *Live) Index() int { return l.index }

// Source is the number of the device through which packets of number i of
// Interfaces come: of "any" for the interfaces in it, else i.
func (l *Live) Source(i int) int {
	return slices.Index(l.stream.owners, l.stream.owners[i])
}

// InterfaceStats is Stats for number i of Interfaces. What comes from "any" is
// counted under its own number; those of the interfaces in it have ErrNoCounts.
func (l *Live) InterfaceStats(i int) (capture.Stats, error) {
	if i < 0 || i >= len(l.stream.owners) {
		return capture.Stats{}, ErrNoCounts
	}
	if l.Source(i) != i {
		return capture.Stats{}, ErrNoCounts
	}
	return l.stream.owners[i].Stats()
}

// Lost counts the packets of number i of Interfaces that the kernel dropped
// since Lost was last asked, as far as that is known: when Next has yielded the
// packet behind a gap, the packets of the gap are, and maybe those of the next
// gap. It costs no system call.
func (l *Live) Lost(i int) uint64 {
	if i < 0 || i >= len(l.stream.owners) {
		return 0
	}
	n := uint64(0)
	for _, r := range l.stream.owners[i].rings {
		dropped := r.dropped.Load()
		n += dropped - r.told
		r.told = dropped
	}
	return n
}

func (l *Live) close() error {
	err := l.stream.close()
	for _, part := range l.parts {
		part.last, part.state = part.final, liveClosed
		err = errors.Join(err, part.closeRings())
	}
	return errors.Join(err, l.closeRings())
}

// closeRings gives back sockets and memory.
func (l *Live) closeRings() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	for _, r := range l.rings {
		err = errors.Join(err, r.close())
	}
	err = errors.Join(err, l.drops.close())
	l.rings, l.drops = nil, nil
	return err
}

// release ends a part whose device is gone. Its counts stay.
func (l *Live) release() error {
	if _, err := l.stats(); err != nil {
		return err
	}
	return l.closeRings()
}

// merge makes l the whole of parts.
func (l *Live) merge(parts []*Live) error {
	var err error
	if l.stream, err = newStream(0); err != nil {
		return &Error{Reason: syserr.Text(err), Err: err}
	}
	l.stream.merging = true
	for _, part := range parts {
		if err := l.stream.add(part); err != nil {
			return errors.Join(err, l.stream.close())
		}
	}
	for _, part := range parts {
		if err := l.takeOver(part); err != nil {
			return err
		}
	}
	return nil
}

// add takes one more part in.
func (l *Live) add(part *Live) error {
	if !l.compound() {
		return ErrStarted
	}
	if err := l.stream.add(part); err != nil {
		return err
	}
	return l.takeOver(part)
}

// takeOver makes a capture whose rings the stream has a part of l.
func (l *Live) takeOver(part *Live) error {
	l.stream.timeout = max(l.stream.timeout, part.cfg.Timeout)
	l.mu.Lock()
	l.parts = append(l.parts, part)
	l.mu.Unlock()
	return part.stream.close()
}

// Sockets are the descriptors of the sockets that packets come from. Nothing is
// ever sent through them.
func (l *Live) Sockets() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []int
	for _, part := range l.parts {
		all = append(all, part.Sockets()...)
	}
	for _, r := range l.rings {
		all = append(all, r.fd)
	}
	return all
}

// dropCounts are the counts of the packets that a device has lost for want of
// buffers. Their files stay open, since the process may give up opening files.
type dropCounts struct {
	files [2]*os.File // nil: the device has no such count
	start uint64      // the counts at first
}

func openDrops(device string) *dropCounts {
	d := &dropCounts{}
	for i, name := range [...]string{"rx_missed_errors", "rx_fifo_errors"} {
		if f, err := os.Open("/sys/class/net/" + device + "/statistics/" + name); err == nil {
			d.files[i] = f
		}
	}
	d.start = d.count()
	return d
}

func (d *dropCounts) count() (n uint64) {
	for _, f := range d.files {
		if f == nil {
			continue
		}
		var text [32]byte
		size, _ := f.ReadAt(text[:], 0) // to the end, which is an error; or nothing, when the device is gone
		v, err := strconv.ParseUint(strings.TrimSpace(string(text[:size])), 10, 64)
		if err == nil {
			n += v
		}
	}
	return n
}

// since is how many packets the device has lost since the start.
func (d *dropCounts) since() uint64 {
	if d == nil {
		return 0
	}
	if n := d.count(); n > d.start {
		return n - d.start
	}
	return 0
}

func (d *dropCounts) close() (err error) {
	if d == nil {
		return nil
	}
	for _, f := range d.files {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

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
