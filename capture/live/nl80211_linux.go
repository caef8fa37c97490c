package live

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/netlink"
)

// nl80211 is a socket that speaks generic netlink with the kernel's cfg80211
// (linux/genetlink.h, linux/nl80211.h).
type nl80211 struct {
	netlink.Socket
	family uint16 // the type of its messages
}

// Sizes of headers: of struct genlmsghdr, and of what the kernel may answer at once.
const (
	genlHeaderLen = 4
	answerLen     = 64 << 10
)

var errNoFamily = errors.New("the kernel has no nl80211")

// openNL80211 opens a socket. The error is errNoFamily where the kernel, or a module
// that is loaded, knows nothing of Wi-Fi.
func openNL80211() (*nl80211, error) {
	fd, err := netlink.Open(unix.NETLINK_GENERIC)
	if err != nil {
		return nil, err
	}
	s := &nl80211{Socket: netlink.Socket{FD: apart(fd), Buf: make([]byte, answerLen)}}
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
		err = unix.Bind(s.FD, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Pid: rand.Uint32() | 1<<31})
		if err != unix.EADDRINUSE {
			break
		}
	}
	return err
}

func (s *nl80211) close() error { return unix.Close(s.FD) }

// request is one of generic netlink.
func request(family uint16, command uint8) netlink.Message {
	return netlink.NewMessage(nil, family, unix.NLM_F_ACK).Append(command, 0, 0, 0)
}

// ask sends a request, and returns size bytes of the attribute of a kind in the answer;
// zeros where it has none.
func (s *nl80211) ask(request netlink.Message, kind uint16, size int) (value []byte, err error) {
	value = make([]byte, size)
	err = s.Ask(request, func(m netlink.Message) {
		if b := m.Body(); len(b) >= genlHeaderLen {
			copy(value, netlink.Find(b[genlHeaderLen:], kind))
		}
	})
	return value, err
}

// findFamily asks for the number of nl80211.
func (s *nl80211) findFamily() error {
	name := request(unix.GENL_ID_CTRL, unix.CTRL_CMD_GETFAMILY).Attribute(unix.CTRL_ATTR_FAMILY_NAME, []byte(unix.NL80211_GENL_NAME+"\x00"))
	id, err := s.ask(name, unix.CTRL_ATTR_FAMILY_ID, 2)
	s.family = binary.NativeEndian.Uint16(id)
	if errors.Is(err, unix.ENOENT) || err == nil && s.family == 0 {
		return errNoFamily
	}
	return err
}

// interfaceType is the type of an interface (NL80211_IFTYPE_...), by its index.
func (s *nl80211) interfaceType(index int) (kind uint32, err error) {
	of := request(s.family, unix.NL80211_CMD_GET_INTERFACE).Attribute32(unix.NL80211_ATTR_IFINDEX, uint32(index))
	b, err := s.ask(of, unix.NL80211_ATTR_IFTYPE, 4)
	return binary.NativeEndian.Uint32(b), err
}

// addMonitor makes a monitor interface of the radio that an interface is of. It goes
// with the socket: the kernel removes it when that is closed, however the process ends
// (Linux 3.15).
func (s *nl80211) addMonitor(index int, name string) error {
	_, err := s.ask(request(s.family, unix.NL80211_CMD_NEW_INTERFACE).
		Attribute32(unix.NL80211_ATTR_IFINDEX, uint32(index)).
		Attribute(unix.NL80211_ATTR_IFNAME, []byte(name+"\x00")).
		Attribute32(unix.NL80211_ATTR_IFTYPE, unix.NL80211_IFTYPE_MONITOR).
		Attribute(unix.NL80211_ATTR_SOCKET_OWNER, nil), 0, 0)
	return err
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
