package live

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/netlink"
	"github.com/tapdump/tapdump/internal/syserr"
)

// The pseudo-devices of netfilter, which may have numbers of groups, or of queues,
// behind them: nflog:5,6.
const (
	logDevice   = "nflog"
	queueDevice = "nfqueue"
)

// netfilterSource has the packets that rules of netfilter log to groups
// (linux/netfilter/nfnetlink_log.h), or hand to queues, where each waits for a verdict
// (linux/netfilter/nfnetlink_queue.h): always to go on.
type netfilterSource struct {
	*device
	sock    netlink.Socket
	queues  bool             // else logs
	filter  *bpf.VM          // nil: all pass
	waiting netlink.Messages // that are still to be looked at
	verdict []byte           // memory for one
	judges  io.WriteCloser   // who is told of packets that wait for verdicts; nil: the source gives them

	received, dropped atomic.Uint64
}

// netfilterBuffer is more than the kernel puts into a message, or into several that
// it hands over together: attributes have 64 KiB at most, and so have pages.
const netfilterBuffer = 128 << 10

// isNetfilter tells the pseudo-devices of netfilter.
func isNetfilter(device string) bool {
	name, _, _ := strings.Cut(device, ":")
	return name == logDevice || name == queueDevice
}

func listNetfilter() []Device {
	fd, err := netlink.Open(unix.NETLINK_NETFILTER)
	if err != nil {
		return nil
	}
	unix.Close(fd)
	return []Device{
		{Name: logDevice, Description: "Linux netfilter log (NFLOG) interface", Connection: ConnectionNotApplicable},
		{Name: queueDevice, Description: "Linux netfilter queue (NFQUEUE) interface", Connection: ConnectionNotApplicable},
	}
}

// maxNetfilterGroups is how many groups or queues one device may have.
const maxNetfilterGroups = 32

// netfilterGroups are the numbers behind a device's name, 0 without any. Numbers are
// as strtol(3) reads them; one that is left out is passed over.
func netfilterGroups(device string) ([]uint16, error) {
	_, list, _ := strings.Cut(device, ":")
	var groups []uint16
	for list != "" {
		if len(groups) == maxNetfilterGroups {
			return nil, &Error{Device: device, Reason: cutReason("Maximum 32 netfilter groups! dev: " + device)}
		}
		number, n := leadingNumber(list)
		if n > 0 {
			if number < 0 || number > 65535 {
				return nil, &Error{Device: device, Reason: fmt.Sprintf("Netfilter group range from 0 to 65535 (got %d)", number)}
			}
			groups = append(groups, uint16(number))
			list = list[n:]
		}
		more := false
		if list, more = strings.CutPrefix(list, ","); !more {
			break
		}
	}
	if list != "" {
		return nil, &Error{Device: device, Reason: cutReason("Can't get netfilter group(s) index from " + device)}
	}
	if len(groups) == 0 {
		groups = []uint16{0}
	}
	return groups, nil
}

// cutReason cuts off what libpcap's buffer for errors has no room for.
func cutReason(text string) string { return text[:min(len(text), 255)] }

// leadingNumber reads a number at the start of s as strtol(3) does with base 0. n is
// the length of the text that it takes, 0 where there is none.
func leadingNumber(s string) (number int64, n int) {
	digits := strings.TrimLeft(s, " \t\n\v\f\r")
	sign := ""
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		sign, digits = digits[:1], digits[1:]
	}
	base, known := 10, "0123456789"
	isHex := func(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }
	switch {
	case len(digits) > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') && isHex(digits[2]):
		base, known, digits = 16, "0123456789abcdefABCDEF", digits[2:]
	case digits != "" && digits[0] == '0':
		base, known = 8, "01234567"
	}
	left := strings.TrimLeft(digits, known)
	if len(left) == len(digits) {
		return 0, 0
	}
	number, _ = strconv.ParseInt(sign+digits[:len(digits)-len(left)], base, 64) // one that is too large is the largest
	return number, len(s) - len(left)
}

func openNetfilter(d *device) (source, error) {
	groups, err := netfilterGroups(d.name)
	if err != nil {
		return nil, err
	}
	s := &netfilterSource{device: d, queues: strings.HasPrefix(d.name, queueDevice)}
	d.link, d.links = capture.LinkIPV4, []capture.LinkType{capture.LinkIPV4}
	if !s.queues {
		d.link, d.links = capture.LinkNFLOG, []capture.LinkType{capture.LinkNFLOG, capture.LinkIPV4}
	}
	fd, err := netlink.Open(unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, s.failed("Can't create raw socket", err)
	}
	s.sock = netlink.Socket{FD: apart(fd), Buf: make([]byte, netfilterBuffer), Others: s.letGo}
	if err := s.prepare(groups); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// failed words a system call's error.
func (s *netfilterSource) failed(what string, err error) error {
	e := &Error{Device: s.name, Reason: what + ": " + syserr.Text(err), Err: err}
	switch {
	case !errors.Is(err, unix.EPERM):
	case what == cannotListen:
		e.Remedy = "Another program may have it: its packets go to one."
	default:
		e.Remedy = setcapHint()
	}
	return e
}

// prepare has the kernel send what comes to the groups.
func (s *netfilterSource) prepare(groups []uint16) error {
	for _, r := range s.requests(groups) {
		if err := s.sock.Ask(r.message, s.letGo); err != nil {
			return s.failed(r.what, err)
		}
	}
	switch {
	case s.cfg.Monitor:
		return &Error{Device: s.name, Reason: noMonitorMode}
	case s.cfg.BufferSize != 0:
		if err := unix.SetsockoptInt(s.sock.FD, unix.SOL_SOCKET, unix.SO_RCVBUF, s.cfg.BufferSize); err != nil {
			return s.failed("SO_RCVBUF", err)
		}
	}
	if err := unix.SetNonblock(s.sock.FD, true); err != nil {
		return s.failed("fcntl", err)
	}
	return nil
}

// netfilterRequest is a request, and what is said when it fails.
type netfilterRequest struct {
	what    string
	message netlink.Message
}

// requests are those that have the kernel send what comes to the groups, whole up to
// the snapshot length. Old kernels need one about IPv4 first; others have no harm of it.
func (s *netfilterSource) requests(groups []uint16) (all []netfilterRequest) {
	add := func(what string, family uint8, group, attribute uint16, value ...byte) {
		kind := uint16(unix.NFNL_SUBSYS_ULOG<<8 | logConfig)
		if s.queues {
			kind = unix.NFNL_SUBSYS_QUEUE<<8 | queueConfig
		}
		all = append(all, netfilterRequest{what, newNetfilter(nil, kind, unix.NLM_F_ACK, family, group).Attribute(attribute, value)})
	}
	snapLen := binary.BigEndian.AppendUint32(nil, uint32(s.cfg.SnapLen))
	if s.queues {
		add("NFQNL_CFG_CMD_PF_UNBIND", 0, 0, configCommand, unbindFamily, 0, 0, unix.AF_INET)
		add("NFQNL_CFG_CMD_PF_BIND", 0, 0, configCommand, bindFamily, 0, 0, unix.AF_INET)
		for _, group := range groups {
			add(cannotListen, 0, group, configCommand, bindGroup, 0, 0, 0)
			add("NFQNL_COPY_PACKET", 0, group, configMode, append(slices.Clone(snapLen), copyPacket)...)
		}
		return all
	}
	add("NFULNL_CFG_CMD_PF_UNBIND", unix.AF_INET, 0, configCommand, unbindFamily)
	add("NFULNL_CFG_CMD_PF_BIND", unix.AF_INET, 0, configCommand, bindFamily)
	for _, group := range groups {
		add(cannotListen, 0, group, configCommand, bindGroup)
		add("NFULNL_COPY_PACKET", 0, group, configMode, append(slices.Clone(snapLen), copyPacket, 0)...)
	}
	return all
}

// letGo has packets go on that came to a queue before all queues are there. They are
// not captured: the kernel may have sent no more than that they came.
func (s *netfilterSource) letGo(message netlink.Message) {
	if p, err := parseNetfilter(message, s.link); err == nil && p.queued {
		_ = s.judged(p.queuedPacket) // as with others
	}
}

// start has packets be passed over that the filter does not accept: the kernel filters
// none. They go on as others do.
func (s *netfilterSource) start(filter []bpf.Instruction) (inKernel bool, err error) {
	if len(filter) == 0 {
		return true, nil
	}
	s.filter, err = bpf.NewVM(filter, bpf.Rules{AnyLength: true, Loops: true})
	return err == nil, nil
}

func (s *netfilterSource) fd() int { return s.sock.FD }

func (s *netfilterSource) next(p *capture.Packet) (ok bool, err error) {
	for {
		if !s.waiting.Next() {
			if err := netfilterText(s.waiting.Err()); err != nil {
				return false, &Error{Reason: syserr.Text(err), Err: err}
			}
			if more, err := s.receive(); !more || err != nil {
				return false, err
			}
			continue
		}
		m, err := parseNetfilter(s.waiting.Message, s.link)
		if err != nil {
			return false, &Error{Reason: syserr.Text(err), Err: err}
		}
		if m.queued {
			if err := s.judged(m.queuedPacket); err != nil {
				return false, err
			}
		}
		if m.data == nil || s.filter != nil && s.filter.Run(m.data, uint32(len(m.data)), nil) == 0 {
			*p = capture.Packet{}
			return true, nil
		}
		now := time.Now()
		*p = capture.Packet{
			Time:   capture.Timestamp{Sec: now.Unix(), Nsec: int64(now.Nanosecond())},
			Data:   m.data,
			Length: uint32(len(m.data)),
		}
		s.received.Add(1)
		return true, nil
	}
}

// receive takes what the kernel has sent; more is false when there is nothing.
func (s *netfilterSource) receive() (more bool, err error) {
	for {
		n, err := unix.Read(s.sock.FD, s.sock.Buf)
		switch err {
		case nil:
			s.waiting = netlink.NewMessages(s.sock.Buf[:n])
			return n > 0, nil
		case unix.EAGAIN:
			return false, nil
		case unix.ENOBUFS: // what came had no room, however much that was
			s.dropped.Add(1)
		case unix.EINTR:
		default:
			return false, &Error{Reason: "Can't receive packet: " + syserr.Text(err), Err: err}
		}
	}
}

// judged gives a packet of a queue its verdict. That the kernel does not want it, as
// when the queue is no more, is no failure.
func (s *netfilterSource) judged(p queuedPacket) error {
	if s.judges == nil {
		s.verdict = newVerdict(s.verdict, p)
		_, _ = unix.Write(s.sock.FD, s.verdict)
		return nil
	}
	s.verdict = binary.BigEndian.AppendUint16(s.verdict[:0], p.queue)
	s.verdict = binary.BigEndian.AppendUint32(s.verdict, p.id)
	if _, err := s.judges.Write(s.verdict); err != nil {
		return &Error{Device: s.name, Reason: "The process that lets packets go on has ended", Err: err}
	}
	return nil
}

// verdictRequest is how long a request for a verdict is: the number of the queue and
// that of the packet.
const verdictRequest = 2 + 4

// GiveVerdicts has packets of netfilter's queues be let go on by others: start has a
// process do it that runs ServeVerdicts, and returns what its requests are written to,
// which the capture closes. It comes before Next.
func (l *Live) GiveVerdicts(start func(socket *os.File) (requests io.WriteCloser, err error)) error {
	for _, e := range l.engines() {
		e, _ := e.(*sourceEngine)
		if e == nil {
			continue
		}
		s, ok := e.source.(*netfilterSource)
		if !ok || !s.queues {
			continue
		}
		if err := s.giveVerdicts(start); err != nil {
			return err
		}
	}
	return nil
}

func (s *netfilterSource) giveVerdicts(start func(socket *os.File) (io.WriteCloser, error)) error {
	fd, err := unix.FcntlInt(uintptr(s.sock.FD), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return s.failed("fcntl", err)
	}
	file := os.NewFile(uintptr(fd), "queue")
	defer file.Close()
	if s.judges, err = start(file); err != nil {
		s.judges = nil
		return err
	}
	// Who is given a file waits with it.
	if err := unix.SetNonblock(s.sock.FD, true); err != nil {
		return s.failed("fcntl", err)
	}
	return nil
}

// ServeVerdicts lets packets go on that are asked for, through the socket that they come
// from, until requests end.
func ServeVerdicts(requests *os.File, socket int) error {
	var asked [64 * verdictRequest]byte
	var verdict []byte
	for have := 0; ; {
		n, err := requests.Read(asked[have:])
		have += n
		all := asked[:have-have%verdictRequest]
		for b := all; len(b) > 0; b = b[verdictRequest:] {
			verdict = newVerdict(verdict, queuedPacket{binary.BigEndian.Uint16(b), binary.BigEndian.Uint32(b[2:])})
			_, _ = unix.Write(socket, verdict) // the queue may be no more
		}
		have = copy(asked[:], asked[len(all):have])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// stats has no count of packets that were dropped, but of how often some were.
func (s *netfilterSource) stats() (capture.Stats, error) {
	return capture.Stats{Received: s.received.Load(), Dropped: s.dropped.Load()}, nil
}

func (s *netfilterSource) close() error {
	err := unix.Close(s.sock.FD)
	if s.judges != nil {
		err = errors.Join(err, s.judges.Close())
	}
	return err
}
