package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"

	"golang.org/x/sys/unix"
)

// nl80211 is a socket that speaks generic netlink with the kernel's cfg80211
// (linux/genetlink.h, linux/nl80211.h).
type nl80211 struct {
	fd     int
	family uint16 // the type of its messages
	seq    uint32
}

// Sizes of headers: of struct genlmsghdr, and of what the kernel may answer at once.
const (
	genlHeaderLen = 4
	answerLen     = 64 << 10
)

var (
	errNoFamily = errors.New("the kernel has no nl80211")
	errAnswer   = errors.New("an answer of netlink is damaged")
)

// openNL80211 opens a socket. The error is errNoFamily where the kernel, or a module
// that is loaded, knows nothing of Wi-Fi.
func openNL80211() (*nl80211, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_GENERIC)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	s := &nl80211{fd: apart(fd)}
	if err = s.bind(); err == nil {
		err = s.findFamily()
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// bind gives the socket an address that no other has, in whatever network namespace:
// by it alone the kernel knows whose an interface is. What it would give by itself is
// the number of the process, which another may have in another namespace.
func (s *nl80211) bind() (err error) {
	for range 16 {
		err = unix.Bind(s.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: rand.Uint32() | 1<<31})
		if !errors.Is(err, unix.EADDRINUSE) {
			break
		}
	}
	if err == nil {
		err = boundAnswers(s.fd)
	}
	return os.NewSyscallError("bind", err)
}

// boundAnswers bounds the wait for an answer of the kernel's, which comes at once.
func boundAnswers(fd int) error {
	return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Sec: 5})
}

func (s *nl80211) close() error { return unix.Close(s.fd) }

// findFamily asks for the number of nl80211.
func (s *nl80211) findFamily() error {
	name := attribute(nil, unix.CTRL_ATTR_FAMILY_NAME, []byte(unix.NL80211_GENL_NAME+"\x00"))
	err := s.ask(unix.GENL_ID_CTRL, unix.CTRL_CMD_GETFAMILY, name, func(kind uint16, value []byte) {
		if kind == unix.CTRL_ATTR_FAMILY_ID && len(value) >= 2 {
			s.family = binary.NativeEndian.Uint16(value)
		}
	})
	if errors.Is(err, unix.ENOENT) || err == nil && s.family == 0 {
		return errNoFamily
	}
	return err
}

// interfaceType is the type of an interface (NL80211_IFTYPE_...), by its index.
func (s *nl80211) interfaceType(index int) (kind uint32, err error) {
	err = s.ask(s.family, unix.NL80211_CMD_GET_INTERFACE, attribute32(nil, unix.NL80211_ATTR_IFINDEX, uint32(index)), func(attr uint16, value []byte) {
		if attr == unix.NL80211_ATTR_IFTYPE && len(value) >= 4 {
			kind = binary.NativeEndian.Uint32(value)
		}
	})
	return kind, err
}

// addMonitor makes a monitor interface of the radio that an interface is of. It goes
// with the socket: the kernel removes it when that is closed, however the process ends
// (Linux 3.15).
func (s *nl80211) addMonitor(index int, name string) error {
	b := attribute32(nil, unix.NL80211_ATTR_IFINDEX, uint32(index))
	b = attribute(b, unix.NL80211_ATTR_IFNAME, []byte(name+"\x00"))
	b = attribute32(b, unix.NL80211_ATTR_IFTYPE, unix.NL80211_IFTYPE_MONITOR)
	b = attribute(b, unix.NL80211_ATTR_SOCKET_OWNER, nil)
	return s.ask(s.family, unix.NL80211_CMD_NEW_INTERFACE, b, func(uint16, []byte) {})
}

// ask sends a command, and calls take for each attribute of what is answered, until
// the kernel says that it is done. The error is the kernel's own.
func (s *nl80211) ask(family uint16, command uint8, attributes []byte, take func(kind uint16, value []byte)) error {
	s.seq++
	ne := binary.NativeEndian
	b := make([]byte, unix.SizeofNlMsghdr+genlHeaderLen, unix.SizeofNlMsghdr+genlHeaderLen+len(attributes))
	b = append(b, attributes...)
	ne.PutUint32(b[0:], uint32(len(b)))
	ne.PutUint16(b[4:], family)
	ne.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_ACK)
	ne.PutUint32(b[8:], s.seq)
	b[unix.SizeofNlMsghdr] = command
	if err := unix.Sendto(s.fd, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("sendto", err)
	}
	answer := make([]byte, answerLen)
	for range 64 { // others are heard, too
		n, from, err := unix.Recvfrom(s.fd, answer, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return os.NewSyscallError("recvfrom", err)
		}
		if sa, ok := from.(*unix.SockaddrNetlink); !ok || sa.Pid != 0 {
			continue // not the kernel
		}
		if done, err := readAnswer(answer[:n], s.seq, take); done || err != nil {
			return err
		}
	}
	return errAnswer
}

// readAnswer goes through messages, and calls take for each attribute of those that
// answer number seq. done tells that there is no more; the error is what the kernel
// answers, or errAnswer.
func readAnswer(b []byte, seq uint32, take func(kind uint16, value []byte)) (done bool, err error) {
	ne := binary.NativeEndian
	for len(b) >= unix.SizeofNlMsghdr {
		size := int(ne.Uint32(b))
		if size < unix.SizeofNlMsghdr || size > len(b) {
			return false, errAnswer
		}
		kind, body := ne.Uint16(b[4:]), b[unix.SizeofNlMsghdr:size]
		switch {
		case ne.Uint32(b[8:]) != seq, kind == unix.NLMSG_NOOP:
		case kind == unix.NLMSG_ERROR:
			if len(body) < 4 {
				return false, errAnswer
			}
			if code := -int32(ne.Uint32(body)); code != 0 {
				return true, unix.Errno(code)
			}
			return true, nil
		case kind == unix.NLMSG_DONE:
			return true, nil
		case len(body) >= genlHeaderLen:
			readAttributes(body[genlHeaderLen:], take)
		}
		b = b[min(alignedLen(size), len(b)):]
	}
	return false, nil
}

// readAttributes calls take for each attribute, up to one that is damaged.
func readAttributes(b []byte, take func(kind uint16, value []byte)) {
	ne := binary.NativeEndian
	for len(b) >= unix.SizeofNlAttr {
		size := int(ne.Uint16(b))
		if size < unix.SizeofNlAttr || size > len(b) {
			return
		}
		take(ne.Uint16(b[2:])&^(unix.NLA_F_NESTED|unix.NLA_F_NET_BYTEORDER), b[unix.SizeofNlAttr:size])
		b = b[min(alignedLen(size), len(b)):]
	}
}

// alignedLen rounds up to NLMSG_ALIGNTO, which is NLA_ALIGNTO, too.
func alignedLen(n int) int { return (n + unix.NLMSG_ALIGNTO - 1) &^ (unix.NLMSG_ALIGNTO - 1) }

// attribute appends an attribute.
func attribute(b []byte, kind uint16, value []byte) []byte {
	b = binary.NativeEndian.AppendUint16(b, uint16(unix.SizeofNlAttr+len(value)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	return append(b, bytes.Repeat([]byte{0}, alignedLen(len(value))-len(value))...)
}

func attribute32(b []byte, kind uint16, value uint32) []byte {
	return attribute(b, kind, binary.NativeEndian.AppendUint32(nil, value))
}

// netlinkText words an error as libnl does, which libpcap makes monitor interfaces with.
func netlinkText(err error) string {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return "Unable to parse object"
	}
	for _, row := range [...]struct {
		text   string
		errnos []unix.Errno
	}{
		{"Operation not permitted", []unix.Errno{unix.EPERM}},
		{"Object not found", []unix.Errno{unix.ENOENT, unix.ESRCH}},
		{"Interrupted system call", []unix.Errno{unix.EINTR}},
		{"Bad socket", []unix.Errno{unix.EBADF, unix.ENOTSOCK}},
		{"Try again", []unix.Errno{unix.EAGAIN}},
		{"Out of memory", []unix.Errno{unix.ENOMEM, unix.ENOBUFS}},
		{"No Access", []unix.Errno{unix.EACCES}},
		{"Invalid input data or parameter", []unix.Errno{unix.EFAULT, unix.EINVAL, unix.ENOPROTOOPT}},
		{"Object busy", []unix.Errno{unix.EBUSY}},
		{"Object exists", []unix.Errno{unix.EEXIST, unix.EADDRINUSE}},
		{"No such device", []unix.Errno{unix.ENODEV}},
		{"Input data out of range", []unix.Errno{unix.ERANGE}},
		{"Protocol mismatch", []unix.Errno{unix.EPROTONOSUPPORT}},
		{"Operation not supported", []unix.Errno{unix.EOPNOTSUPP}},
		{"Address family not supported", []unix.Errno{unix.EAFNOSUPPORT}},
		{"Invalid address for specified address family", []unix.Errno{unix.EADDRNOTAVAIL}},
	} {
		for _, e := range row.errnos {
			if e == errno {
				return row.text
			}
		}
	}
	return "Unspecific failure"
}
