package live

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
)

// Bluetooth frames come from two kinds of HCI sockets of Linux: one is bound to an
// adapter and has its frames, with their direction; the monitor has those of all, and
// what becomes of the adapters (net/bluetooth/hci_sock.c, hci_mon.h).
//
// Sources: Bluetooth Core Specification, volume 4, part A (UART transport);
// https://www.tcpdump.org/linktypes/LINKTYPE_BLUETOOTH_HCI_H4_WITH_PHDR.html and
// LINKTYPE_BLUETOOTH_LINUX_MONITOR.html.

const (
	bluetoothPrefix  = "bluetooth" // a number follows
	bluetoothMonitor = "bluetooth-monitor"
)

// What Linux has for HCI sockets (include/net/bluetooth/hci_sock.h).
const (
	btprotoHCI = 1
	solHCI     = 0

	hciDataDir   = 1 // options, and types of control messages
	hciFilter    = 2
	hciTimeStamp = 3
	hciCmsgDir   = 1
	hciCmsgStamp = 2

	hciChannelRaw     = 0
	hciChannelMonitor = 2
	hciDevNone        = 0xffff
	hciMaxDev         = 16
)

// Requests of HCI sockets. They are _IOR('H', n, int), which is not the same number
// everywhere; nor is the other request with such an argument.
const (
	hciRequest    = unix.TUNGETFEATURES&^0xffff | 'H'<<8
	hciGetDevList = hciRequest | 210
	hciGetDevInfo = hciRequest | 211
)

// hciDevList is struct hci_dev_list_req.
type hciDevList struct {
	count uint16
	_     uint16
	all   [hciMaxDev]struct {
		id    uint16
		_     uint16
		flags uint32
	}
}

// hciDevInfo is struct hci_dev_info.
type hciDevInfo struct {
	id    uint16
	_     [50]byte
	stats hciDevStats
}

// hciDevStats is struct hci_dev_stats: frames, and bytes, since the adapter came.
type hciDevStats struct {
	errRx, errTx, cmdTx, evtRx, aclTx, aclRx, scoTx, scoRx, bytesRx, bytesTx uint32
}

// Lengths in bytes: what stands in front of a frame in packets of both link types,
// what does in the kernel's of the monitor, and room for control messages.
const (
	bluetoothHeaderLen = 4
	monitorHeaderLen   = 6
	bluetoothControl   = 128
)

// bluetoothSource has the packets of an HCI socket.
type bluetoothSource struct {
	*device
	sock    int
	monitor bool
	id      int    // of the adapter
	buf     []byte // a packet
	control []byte
	message unix.Msghdr // what recvmsg fills; x/sys's Recvmsg allocates an address a packet
	iovec   unix.Iovec
	gone    error // what ended it; packets may still wait
}

// bluetoothNumber is the number in the name of an adapter, as strtol(3) reads it.
func bluetoothNumber(device string) (number int, ok bool) {
	digits, ok := strings.CutPrefix(device, bluetoothPrefix)
	if !ok {
		return 0, false
	}
	digits = strings.TrimLeft(digits, " \t\n\v\f\r")
	if s, signed := strings.CutPrefix(digits, "+"); signed {
		digits = s
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	if errors.Is(err, strconv.ErrRange) {
		n, err = math.MaxInt64, nil
	}
	return int(int32(n)), err == nil
}

func isBluetooth(device string) bool {
	_, ok := bluetoothNumber(device)
	return ok || device == bluetoothMonitor
}

// listBluetooth lists the adapters, and the monitor, which is there without Bluetooth, too.
func listBluetooth() (devices []Device) {
	for i, id := range bluetoothAdapters() {
		devices = append(devices, Device{Name: bluetoothPrefix + strconv.Itoa(int(id)), Wireless: true,
			Description: "Bluetooth adapter number " + strconv.Itoa(i)})
	}
	return append(devices, Device{Name: bluetoothMonitor, Wireless: true, Connection: ConnectionNotApplicable,
		Description: "Bluetooth Linux Monitor"})
}

// bluetoothAdapters are the numbers of the adapters; none where they cannot be had.
func bluetoothAdapters() (ids []uint16) {
	fd, err := unix.Socket(unix.AF_BLUETOOTH, unix.SOCK_RAW|unix.SOCK_CLOEXEC, btprotoHCI)
	if err != nil {
		return nil
	}
	defer unix.Close(fd)
	list := hciDevList{count: hciMaxDev}
	if hciIoctl(fd, hciGetDevList, unsafe.Pointer(&list)) != nil {
		return nil
	}
	for _, d := range list.all[:min(list.count, hciMaxDev)] {
		ids = append(ids, d.id)
	}
	return ids
}

// hciIoctl asks an HCI socket.
func hciIoctl(fd int, request uint, arg unsafe.Pointer) error {
	for {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(arg))
		switch errno {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return errno
		}
	}
}

func openBluetooth(d *device) (source, error) {
	s := &bluetoothSource{device: d, sock: -1, monitor: d.name == bluetoothMonitor}
	s.id, _ = bluetoothNumber(d.name)
	var err error
	if s.monitor {
		err = s.openMonitor()
	} else {
		err = s.openAdapter()
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	d.links = []capture.LinkType{d.link}
	s.buf = make([]byte, max(bluetoothHeaderLen, monitorHeaderLen)+d.cfg.SnapLen)
	s.control = make([]byte, bluetoothControl)
	return s, nil
}

// openSocket makes the socket.
func (s *bluetoothSource) openSocket() error {
	fd, err := unix.Socket(unix.AF_BLUETOOTH, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, btprotoHCI)
	if err != nil {
		return s.failed("Can't create raw socket", err)
	}
	s.sock = apart(fd)
	return nil
}

// openAdapter has the frames of one adapter come.
func (s *bluetoothSource) openAdapter() error {
	s.link = capture.LinkBLUETOOTH_HCI_H4_WITH_PHDR
	if err := s.openSocket(); err != nil {
		return err
	}
	// struct hci_ufilter: the types of frames, the events, one command; all.
	filter := append([]byte(strings.Repeat("\xff", 12)), 0, 0, 0, 0)
	for _, option := range []struct {
		name  int
		value []byte
		what  string
	}{
		{hciDataDir, binary.NativeEndian.AppendUint32(nil, 1), "Can't enable data direction info"},
		{hciTimeStamp, binary.NativeEndian.AppendUint32(nil, 1), "Can't enable time stamp"},
		{hciFilter, filter, "Can't set filter"},
	} {
		if err := unix.SetsockoptString(s.sock, solHCI, option.name, string(option.value)); err != nil {
			return s.failed(option.what, err)
		}
	}
	s.enlarge()
	if err := unix.Bind(s.sock, &unix.SockaddrHCI{Dev: uint16(s.id), Channel: hciChannelRaw}); err != nil {
		return s.failed("Can't attach to device "+strconv.Itoa(s.id), err)
	}
	if s.cfg.Monitor {
		return &Error{Device: s.name, Reason: noMonitorMode}
	}
	return nil
}

// openMonitor has those of all come. The kernel begins with the adapters that are there.
func (s *bluetoothSource) openMonitor() error {
	s.link = capture.LinkBLUETOOTH_LINUX_MONITOR
	if s.cfg.Monitor {
		return &Error{Device: s.name, Reason: noMonitorMode}
	}
	if err := s.openSocket(); err != nil {
		return err
	}
	s.enlarge()
	if err := unix.Bind(s.sock, &unix.SockaddrHCI{Dev: hciDevNone, Channel: hciChannelMonitor}); err != nil {
		return s.failed("Can't attach to interface", err)
	}
	if err := unix.SetsockoptInt(s.sock, unix.SOL_SOCKET, unix.SO_TIMESTAMP, 1); err != nil {
		return s.failed("Can't enable time stamp", err)
	}
	if s.cfg.Direction != capture.DirUnknown {
		return &Error{Device: s.name, Reason: "pcap_setdirection() failed: Setting direction is not supported on this device"}
	}
	return nil
}

// enlarge makes the buffer as large as asked for, or as the system lets it be: a frame
// of a few bytes takes most of a kilobyte of it. What does not fit in is counted.
func (s *bluetoothSource) enlarge() {
	size := s.cfg.BufferSize
	if size == 0 {
		size = DefaultBuffer
	}
	if unix.SetsockoptInt(s.sock, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, size) != nil {
		_ = unix.SetsockoptInt(s.sock, unix.SOL_SOCKET, unix.SO_RCVBUF, size)
	}
}

// failed words a system call's error.
func (s *bluetoothSource) failed(what string, err error) error {
	e := &Error{Device: s.name, Reason: what + ": " + syserr.Text(err), Err: err}
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		e.Remedy = setcapHint()
	}
	return e
}

// start takes any filter: HCI sockets have none that looks into frames.
func (s *bluetoothSource) start(filter []bpf.Instruction) (inKernel bool, err error) {
	return len(filter) == 0, nil
}

func (s *bluetoothSource) fd() int { return s.sock }

func (s *bluetoothSource) next(p *capture.Packet) (ok bool, err error) {
	into := s.buf[bluetoothHeaderLen:][:s.cfg.SnapLen]
	if s.monitor {
		into = s.buf[:monitorHeaderLen+s.cfg.SnapLen]
	}
	for {
		n, controlLen, err := s.receive(into)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return false, s.gone
		case err != nil && s.gone != nil:
			return false, s.gone
		case err != nil:
			// The kernel tells of an adapter that goes before what came from it.
			s.gone = &Error{Reason: "Can't receive packet: " + syserr.Text(err), Err: err}
			continue
		}
		if s.monitor {
			ok = monitorPacket(p, into[:n], s.control[:controlLen])
		} else {
			ok = adapterPacket(p, s.buf[:bluetoothHeaderLen+n], s.control[:controlLen])
			ok = ok && (s.cfg.Direction == capture.DirUnknown || s.cfg.Direction == p.Direction)
		}
		if !ok {
			p.Data = nil
		}
		return true, nil
	}
}

// receive has the next packet put into a buffer and what tells of it into control, and
// returns how many bytes both have; it does not wait.
func (s *bluetoothSource) receive(into []byte) (n, control int, err error) {
	s.iovec.Base = &into[0]
	s.iovec.SetLen(len(into))
	s.message = unix.Msghdr{Iov: &s.iovec, Control: &s.control[0]}
	s.message.SetIovlen(1)
	s.message.SetControllen(len(s.control))
	got, _, errno := unix.Syscall(unix.SYS_RECVMSG, uintptr(s.sock), uintptr(unsafe.Pointer(&s.message)), unix.MSG_DONTWAIT)
	if errno != 0 {
		return 0, 0, errno
	}
	return min(int(got), len(into)), min(int(s.message.Controllen), len(s.control)), nil
}

// adapterPacket fills p with a frame of an adapter, which has room for a header in
// front, and whose control messages tell its direction and time; ok is false for none.
func adapterPacket(p *capture.Packet, b, control []byte) (ok bool) {
	if len(b) <= bluetoothHeaderLen {
		return false
	}
	*p = capture.Packet{Data: b, Length: uint32(len(b)), Direction: capture.DirOut}
	for len(control) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			break
		}
		switch {
		case h.Level != solHCI:
		case h.Type == hciCmsgDir && len(data) >= 4:
			if binary.NativeEndian.Uint32(data) != 0 {
				p.Direction = capture.DirIn
			}
		case h.Type == hciCmsgStamp:
			p.Time = timevalStamp(data)
		}
		control = rest
	}
	var incoming uint32
	if p.Direction == capture.DirIn {
		incoming = 1
	}
	binary.BigEndian.PutUint32(b, incoming)
	return true
}

// monitorPacket fills p with a packet of the monitor; ok is false when it is none. Its
// header, the code, the adapter and the length in the order of little-endian machines,
// becomes that of the link type in its place: the adapter and the code in network order.
func monitorPacket(p *capture.Packet, b, control []byte) (ok bool) {
	if len(b) < monitorHeaderLen {
		return false
	}
	code, adapter := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
	b = b[monitorHeaderLen-bluetoothHeaderLen:]
	binary.BigEndian.PutUint16(b, adapter)
	binary.BigEndian.PutUint16(b[2:], code)
	*p = capture.Packet{Data: b, Length: uint32(len(b))}
	for len(control) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(control)
		if err != nil {
			break
		}
		if h.Level == unix.SOL_SOCKET && h.Type == unix.SCM_TIMESTAMP {
			p.Time = timevalStamp(data)
		}
		control = rest
	}
	return true
}

// timevalStamp is the time in a struct timeval, whose numbers have 4 or 8 bytes.
func timevalStamp(b []byte) capture.Timestamp {
	switch {
	case len(b) >= 16:
		return capture.Timestamp{Sec: int64(binary.NativeEndian.Uint64(b)), Nsec: int64(binary.NativeEndian.Uint64(b[8:])%1e6) * 1000}
	case len(b) >= 8:
		return capture.Timestamp{Sec: int64(int32(binary.NativeEndian.Uint32(b))), Nsec: int64(binary.NativeEndian.Uint32(b[4:])%1e6) * 1000}
	}
	return capture.Timestamp{}
}

// stats are, as libpcap's, those of the adapter since it came, and none of the monitor;
// but that packets count as dropped for which the socket had no room.
func (s *bluetoothSource) stats() (st capture.Stats, err error) {
	if !s.monitor {
		info := hciDevInfo{id: uint16(s.id)}
		if err := hciIoctl(s.sock, hciGetDevInfo, unsafe.Pointer(&info)); err != nil {
			return st, &Error{Reason: "Can't get stats via ioctl: " + syserr.Text(err), Err: err}
		}
		n := &info.stats
		st.Received = uint64(n.evtRx + n.aclRx + n.scoRx + n.cmdTx + n.aclTx + n.scoTx)
		st.Dropped = uint64(n.errRx + n.errTx)
	}
	st.Dropped += uint64(socketDrops(s.sock))
	return st, nil
}

// socketDrops is how many packets a socket had no room for; 0 where it does not say.
func socketDrops(fd int) uint32 {
	const drops = 8 // SK_MEMINFO_DROPS
	var info [drops + 1]uint32
	size := uint32(unsafe.Sizeof(info))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return 0
	}
	return info[drops]
}

func (s *bluetoothSource) close() error {
	if s.sock < 0 {
		return nil
	}
	fd := s.sock
	s.sock = -1
	return unix.Close(fd)
}
