package live

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/kernelfilter"
	"github.com/tapdump/tapdump/internal/syserr"
)

// ringEngine has the packets of a device in one or more AF_PACKET rings.
type ringEngine struct {
	*device
	cooked   bool
	loopback int32
	mtu      int
	drops    *dropCounts // of the interface; nil: they are not of interest
	monitor  *monitor    // what packets come from in its stead; nil: they come from itself
	poller   *ringPoller
	gone     bool      // the device is
	reason   string    // why, unless it disappeared
	draining bool      // no more packets are let in
	deadline time.Time // for reading what there is, when it is gone or draining

	mu    sync.Mutex    // guards the rest, which stats reads
	rings []*ring       // none once it is closed
	final capture.Stats // without rings
}

// EngineName is how the engine of this system is called: ring, bpf; "" without one.
const EngineName = "ring"

func openEngine(d *device) (engine, error) {
	if kind := sourceOf(d.name); kind != nil {
		return openSource(d, kind)
	}
	e := &ringEngine{device: d}
	err := e.openDevice()
	if err == nil {
		err = e.addWorkers()
	}
	if err == nil {
		err = e.stampPackets()
	}
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	if e.cfg.Promiscuous {
		e.drops = openDrops(e.name)
	}
	return e, nil
}

// addWorkers opens the sockets of the workers beyond the first.
func (e *ringEngine) addWorkers() error {
	for len(e.rings) < e.cfg.Workers {
		r, err := newRing(e.cooked)
		if err != nil {
			return socketFailure(e.name, err)
		}
		e.rings = append(e.rings, r)
		if err := r.bind(e.captured(), 0); err != nil {
			return e.failed("bind", err)
		}
	}
	if len(e.rings) > 1 {
		if err := e.rings[0].stampOnArrival(); err != nil {
			return e.failed("setsockopt (SO_TIMESTAMPNS)", err)
		}
	}
	return nil
}

// minCookedSnapLen is the least snapshot length of packets with a cooked header, as
// in libpcap, which does not know yet which of its headers it will be: the longer one,
// and a byte.
var minCookedSnapLen = capture.LinkLINUX_SLL2.HeaderLength() + 1

// openDevice opens a socket that receives nothing yet, and finds out what will
// come from the device.
func (e *ringEngine) openDevice() error {
	if len(e.name) >= unix.IFNAMSIZ || e.name == "" {
		return &Error{Device: e.name, Reason: noSuchDevice, Detail: noSuchDevice}
	}
	e.cooked = e.name == anyDevice
	r, err := newRing(e.cooked)
	if err != nil {
		return socketFailure(e.name, err)
	}
	e.loopback = -1
	if i, err := deviceIndex(r.fd, "lo"); err == nil {
		e.loopback = int32(i)
	}
	e.checkTimestampType()
	if e.name == anyDevice {
		err = e.openAny()
	} else {
		err = e.openInterface(r.fd)
	}
	if e.cooked {
		e.cfg.SnapLen = max(e.cfg.SnapLen, minCookedSnapLen)
	}
	if err == nil && e.cooked && e.name != anyDevice {
		var other *ring
		if other, err = newRing(true); err != nil {
			err = socketFailure(e.name, err)
		} else {
			r.close()
			r = other
		}
	}
	if err == nil {
		if err = r.bind(e.captured(), 0); err != nil {
			err = e.failed("bind", err)
		}
	}
	if err != nil {
		err = errors.Join(err, e.monitor.remove(r.fd))
		e.monitor = nil
		r.close()
		return err
	}
	e.rings = []*ring{r}
	return nil
}

func (e *ringEngine) openAny() error {
	if e.cfg.Monitor {
		return &Error{Device: e.name, Reason: noMonitorMode}
	}
	if e.cfg.Promiscuous {
		e.cfg.Promiscuous = false
		e.warn(e.name + ": That device doesn't support promiscuous mode\n" +
			`(Promiscuous mode not supported on the "any" device)`)
	}
	e.link = capture.LinkLINUX_SLL2
	e.links = []capture.LinkType{capture.LinkLINUX_SLL, capture.LinkLINUX_SLL2}
	return nil
}

func (e *ringEngine) openInterface(fd int) error {
	var err error
	if e.cfg.Monitor {
		if e.monitor, err = e.makeMonitor(fd); err != nil {
			return err
		}
	} else {
		_ = e.checkRadio() // only to know
	}
	if e.index, err = deviceIndex(fd, e.name); err != nil {
		return e.failed("SIOCGIFINDEX", err)
	}
	from := e.name
	if e.monitor != nil {
		from, e.made = e.monitor.name, e.monitor.index
	}
	arphrd, err := hardwareType(fd, from)
	if err != nil {
		return e.failed("SIOCGIFHWADDR", err)
	}
	kind := linkKindOf(arphrd, from)
	if kind.unknown {
		e.warn("arptype " + strconv.Itoa(int(arphrd)) + " not supported by libpcap - falling back to cooked socket")
	}
	e.cooked = kind.cooked
	e.link = kind.link
	e.links = kind.choices
	if e.links == nil {
		e.links = []capture.LinkType{e.link}
	}
	flags, err := deviceFlags(fd, from)
	if err != nil {
		return e.failed("SIOCGIFFLAGS", err)
	}
	if flags&unix.IFF_UP == 0 {
		return e.failed("bind", unix.ENETDOWN)
	}
	if e.mtu, err = deviceMTU(fd, from); err != nil {
		return e.failed("SIOCGIFMTU", err)
	}
	return nil
}

// captured is the index of the interface that packets come from, 0 for all.
func (e *ringEngine) captured() int {
	if e.made != 0 {
		return e.made
	}
	return e.index
}

// failed words a system call's error.
func (e *ringEngine) failed(what string, err error) error {
	switch {
	case errors.Is(err, unix.ENODEV):
		return &Error{Device: e.name, Reason: noSuchDevice, Detail: noSuchDevice, Err: err}
	case errors.Is(err, unix.ENETDOWN):
		return &Error{Device: e.name, Reason: notUp, Err: err,
			Remedy: e.upHint()}
	}
	return &Error{Device: e.name, Reason: what + ": " + syserr.Text(err), Err: err}
}

// upHint is how the device is brought up.
func (e *ringEngine) upHint() string {
	command := "ip link set dev " + e.name + " up"
	if e.place != "" {
		return "To bring it up, in the namespace of " + e.place + ": " + command
	}
	return "To bring it up: " + command
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
	return setcapHintFor(program)
}

// setcapHintFor is that for a program, which may have been copied for one run alone,
// and be no more.
func setcapHintFor(program string) string {
	if _, err := os.Stat(program); errors.Is(err, os.ErrNotExist) {
		return "It takes root, or a program with the capabilities cap_net_raw and cap_net_admin."
	}
	return "To capture without being root: sudo setcap cap_net_raw,cap_net_admin+ep " + program
}

func (e *ringEngine) start(filter []bpf.Instruction) (inKernel bool, err error) {
	if e.cfg.Promiscuous {
		if err := unix.SetsockoptPacketMreq(e.rings[0].fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP,
			&unix.PacketMreq{Ifindex: int32(e.captured()), Type: unix.PACKET_MR_PROMISC}); err != nil {
			return false, e.failed("setsockopt (PACKET_ADD_MEMBERSHIP)", err)
		}
		e.drops.restart()
	}
	for _, r := range e.rings {
		if err := e.mapRing(r); err != nil {
			return false, e.failed("can't create rx ring on packet socket", err)
		}
	}
	if len(e.rings) == 1 {
		if inKernel, err = e.setFilter(filter); err != nil {
			return false, err
		}
		return inKernel, e.receive()
	}
	// Until they share the packets, each ring would get all of them.
	if err := e.filterRings(kernelfilter.Reject()); err != nil {
		return false, e.failed(noKernelFilter, err)
	}
	if err := e.receive(); err != nil {
		return false, err
	}
	if err := joinFanout(e.rings); err != nil {
		return false, e.failed("can't share packets among workers (PACKET_FANOUT)", err)
	}
	return e.setFilter(filter)
}

// mapRing makes the memory of a ring, and tells it what it needs to know.
func (e *ringEngine) mapRing(r *ring) error {
	if e.index != 0 {
		r.device = e.name
	}
	if e.monitor != nil {
		r.device = e.monitor.name
	}
	r.link = e.link
	r.snapLen, r.like = e.cfg.SnapLen, e.cfg.Like
	r.direction = e.cfg.Direction
	r.loopback = e.loopback
	r.vlanOffset = vlanOffset(e.link)
	if e.cooked {
		r.cooked = cookedHeaderLen(e.link)
	}
	size := e.cfg.BufferSize
	if size == 0 {
		size = DefaultBuffer
	}
	size /= len(e.rings)
	var err error
	if e.cfg.Immediate {
		err = r.mapFrames(size, e.mtu)
	} else {
		err = r.mapBlocks(size, e.cfg.Timeout)
	}
	if err == nil && len(r.mem) < size {
		e.warn(fmt.Sprintf("%s: memory is short: the buffer has %d KiB instead of %d", e.name, len(r.mem)>>10, size>>10))
	}
	return err
}

// receive lets packets into the rings.
func (e *ringEngine) receive() error {
	for _, r := range e.rings {
		if err := r.bind(e.captured(), unix.ETH_P_ALL); err != nil {
			return e.failed("bind", err)
		}
	}
	return nil
}

// setFilter attaches the filter, or one that lets all in, to all rings.
func (e *ringEngine) setFilter(filter []bpf.Instruction) (inKernel bool, err error) {
	rewrite := func(filter []bpf.Instruction) ([]bpf.Instruction, string) {
		if e.link == capture.LinkCAN_SOCKETCAN && canFiltered.In(e.cfg.Like) {
			return inHostOrder(filter)
		}
		return withoutCooked(filter, e.link)
	}
	inKernel, err = e.device.setFilter(filter, rewrite, e.filterRings)
	if err != nil {
		return false, e.failed(noKernelFilter, err)
	}
	return inKernel, nil
}

func (e *ringEngine) filterRings(program []bpf.Instruction) error {
	for _, r := range e.rings {
		err := r.filter(program)
		if errors.Is(err, unix.ENOMEM) {
			return &Error{Reason: "the kernel has too little memory for it (sysctl net.core.optmem_max makes more)", Err: err}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *ringEngine) lanes() int { return len(e.rings) }

func (e *ringEngine) queues() ([]queue, error) {
	if err := e.rings[0].stampOnArrival(); err != nil {
		return nil, e.failed("setsockopt (SO_TIMESTAMPNS)", err)
	}
	all := make([]queue, len(e.rings))
	for i, r := range e.rings {
		all[i] = e.poller.marks.add(r)
	}
	return all, nil
}

func (e *ringEngine) next(p *capture.Packet) (ok bool, err error) { return e.rings[0].next(p) }

func (e *ringEngine) more(pkts []capture.Packet) int { return e.rings[0].more(pkts) }

func (e *ringEngine) attach(p poller, number int, numbered func(name string) (int, bool)) error {
	e.poller = p.(*ringPoller)
	var many *interfaces
	if e.index == 0 {
		many = &interfaces{fd: e.rings[0].fd, all: number, numbered: numbered}
	}
	for _, r := range e.rings {
		r.iface, r.many = number, many
		if err := e.poller.watch(r.fd); err != nil {
			return e.failed("can't wait for packets", err)
		}
	}
	e.poller.engines = append(e.poller.engines, e)
	e.poller.timeout = max(e.poller.timeout, e.cfg.Timeout)
	return nil
}

func (e *ringEngine) lost() (n uint64) {
	for _, r := range e.rings {
		dropped := r.dropped.Load()
		n += dropped - r.told
		r.told = dropped
	}
	return n
}

// interrupt does nothing: drained sees to it once the packets that are on their
// way into the rings are there.
func (e *ringEngine) interrupt() {}

func (e *ringEngine) abandon() {}

// drained stops packets from coming in, and reports whether all that did have been
// read. What the kernel holds back it hands over when its time has passed.
func (e *ringEngine) drained() (bool, error) {
	if !e.draining {
		if !e.poller.arrived() {
			return false, nil
		}
		if err := e.filterRings(kernelfilter.Reject()); err != nil {
			return false, &Error{Reason: noKernelFilter + ": " + syserr.Text(err), Err: err}
		}
		e.draining, e.deadline = true, time.Now().Add(e.holdback())
	}
	return e.exhausted()
}

// holdback bounds how long the kernel holds packets back, by far.
func (e *ringEngine) holdback() time.Duration { return 2*e.cfg.Timeout + time.Second }

// exhausted reports whether all packets of a device that yields no more have been
// read.
func (e *ringEngine) exhausted() (bool, error) {
	for _, r := range e.rings {
		if ok, err := r.drained(); err != nil {
			return false, err
		} else if !ok && time.Now().Before(e.deadline) {
			return false, nil
		}
	}
	return true, nil
}

// failure tells a device that is down, and may come up again, from one that is
// gone.
func (e *ringEngine) failure() error {
	r := e.rings[0]
	if !r.down {
		return nil
	}
	if !e.gone {
		gone, up, err := r.deviceState()
		if err != nil {
			return err
		}
		if gone {
			e.gone, e.deadline = true, time.Now().Add(e.holdback())
		}
		r.down = gone || !up
	}
	if !e.gone {
		return nil
	}
	if done, err := e.exhausted(); !done || err != nil {
		return err
	}
	return &Error{Reason: cmp.Or(e.reason, interfaceGone)}
}

func (e *ringEngine) stats() (capture.Stats, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.rings == nil {
		return e.final, nil
	}
	var st capture.Stats
	for _, r := range e.rings {
		received, dropped, err := r.stats()
		if err != nil {
			return st, statsError(err)
		}
		st.Received += received
		st.Dropped += dropped
	}
	st.IfDropped = max(e.final.IfDropped, e.drops.since()) // of a device that is gone what was seen last stays
	e.final = st
	return st, nil
}

// cut counts the packets of which only what a frame holds was kept.
func (e *ringEngine) cut() (n uint64) {
	for _, r := range e.rings {
		n += r.cut
	}
	return n
}

// sockets has that with which a monitor interface goes, too.
func (e *ringEngine) sockets() (all []int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.rings {
		all = append(all, r.fd)
	}
	if e.monitor != nil {
		all = append(all, e.monitor.socket.FD)
	}
	return all
}

func (e *ringEngine) release() error {
	if _, err := e.stats(); err != nil {
		return err
	}
	e.poller.remove(e)
	return e.close()
}

// close gives back sockets and memory.
func (e *ringEngine) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	var err error
	if len(e.rings) > 0 {
		err = e.monitor.remove(e.rings[0].fd)
	}
	for _, r := range e.rings {
		err = errors.Join(err, r.close())
	}
	err = errors.Join(err, e.drops.close())
	e.rings, e.drops, e.monitor = nil, nil, nil
	return err
}
