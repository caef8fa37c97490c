package owners

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/netlink"
)

// diagnosis asks the kernel about sockets (sock_diag(7)) and addresses (rtnetlink(7)) of
// one network, by sockets that were opened before: writing and receiving are enough.
type diagnosis struct {
	diag, route netlink.Socket
}

// socket is what the kernel says of one.
type socket struct {
	inode, user uint32 // inode 0: no process holds it
}

// From linux/sock_diag.h, linux/inet_diag.h.
const (
	sockDiagByFamily = 20
	diagRequestSize  = 56
	diagAnswerSize   = 72
	diagInode        = 68
	diagUser         = 64
	anyState         = ^uint32(0)
)

func openDiagnosis() (*diagnosis, error) {
	diag, route, err := openNetlink()
	if err != nil {
		return nil, err
	}
	d := newDiagnosis(diag, route)
	for _, protocol := range [...]uint8{unix.IPPROTO_TCP, unix.IPPROTO_UDP} {
		if err := d.available(protocol); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func newDiagnosis(diag, route int) *diagnosis {
	buf := make([]byte, 64<<10)
	return &diagnosis{netlink.Socket{FD: diag, Buf: buf}, netlink.Socket{FD: route, Buf: buf}}
}

// openNetlink opens the sockets of a diagnosis, in the network of the calling thread.
// Those that are not connected write to the kernel.
func openNetlink() (diag, route int, err error) {
	const kind = unix.SOCK_RAW | unix.SOCK_CLOEXEC
	if diag, err = unix.Socket(unix.AF_NETLINK, kind, unix.NETLINK_SOCK_DIAG); err != nil {
		return -1, -1, fmt.Errorf("can't ask the kernel about sockets (sock_diag): %w", err)
	}
	if route, err = unix.Socket(unix.AF_NETLINK, kind, unix.NETLINK_ROUTE); err != nil {
		unix.Close(diag)
		return -1, -1, fmt.Errorf("can't ask the kernel about addresses: %w", err)
	}
	return diag, route, nil
}

// available fails where the kernel knows nothing of sockets of a protocol: it lists
// those in no state then.
func (d *diagnosis) available(protocol uint8) error {
	err := d.diag.Ask(diagRequest(unix.AF_INET, protocol, 0, unix.NLM_F_DUMP), func(netlink.Message) {})
	if err != nil {
		return fmt.Errorf("the kernel says nothing of sockets of protocol %d (sock_diag): %w", protocol, err)
	}
	return nil
}

// diagRequest is a message that asks for sockets.
func diagRequest(family, protocol uint8, states uint32, flags uint16) netlink.Message {
	var r [diagRequestSize]byte
	r[0], r[1] = family, protocol
	binary.NativeEndian.PutUint32(r[4:], states)
	for i := 48; i < 56; i++ {
		r[i] = 0xff // whatever its cookie
	}
	return netlink.NewMessage(nil, sockDiagByFamily, flags).Append(r[:]...)
}

// find finds the socket that packets between two addresses belong to, as the kernel
// itself does when one comes in by the interface with that number. With v4 addresses
// those of IPv6 are found too that take them.
func (d *diagnosis) find(protocol uint8, local, remote netip.AddrPort, device uint32) (s socket, ok bool, err error) {
	family := uint8(unix.AF_INET)
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	request := diagRequest(family, protocol, anyState, 0)
	r := request.Body()
	// For UDP the kernel takes the remote end first.
	from, to := local, remote
	if protocol == unix.IPPROTO_UDP {
		from, to = remote, local
	}
	binary.BigEndian.PutUint16(r[8:], from.Port())
	binary.BigEndian.PutUint16(r[10:], to.Port())
	copy(r[12:28], from.Addr().AsSlice())
	copy(r[28:44], to.Addr().AsSlice())
	binary.NativeEndian.PutUint32(r[44:], device)
	err = d.diag.Ask(request, func(m netlink.Message) {
		if b := m.Body(); len(b) >= diagAnswerSize {
			s, ok = socket{inode: binary.NativeEndian.Uint32(b[diagInode:]), user: binary.NativeEndian.Uint32(b[diagUser:])}, true
		}
	})
	if errors.Is(err, unix.ENOENT) {
		return s, false, nil
	}
	return s, ok, err
}

// addresses are those of this host, and the numbers of its interfaces.
func (d *diagnosis) addresses() (all map[netip.Addr]bool, devices map[string]uint32, err error) {
	all, devices = make(map[netip.Addr]bool), make(map[string]uint32)
	err = d.route.Ask(routeRequest(unix.RTM_GETADDR, unix.SizeofIfAddrmsg), func(m netlink.Message) {
		if m.Kind() != unix.RTM_NEWADDR || len(m.Body()) < unix.SizeofIfAddrmsg {
			return
		}
		attributes := m.Body()[unix.SizeofIfAddrmsg:]
		local, ok := netip.AddrFromSlice(netlink.Find(attributes, unix.IFA_LOCAL))
		if !ok {
			local, _ = netip.AddrFromSlice(netlink.Find(attributes, unix.IFA_ADDRESS)) // of a point-to-point link the other end's
		}
		if local.IsValid() {
			all[local] = true
		}
	})
	if err != nil {
		return nil, nil, err
	}
	err = d.route.Ask(routeRequest(unix.RTM_GETLINK, unix.SizeofIfInfomsg), func(m netlink.Message) {
		if m.Kind() != unix.RTM_NEWLINK || len(m.Body()) < unix.SizeofIfInfomsg {
			return
		}
		if name := netlink.Find(m.Body()[unix.SizeofIfInfomsg:], unix.IFLA_IFNAME); len(name) > 0 {
			devices[string(name[:len(name)-1])] = binary.NativeEndian.Uint32(m.Body()[4:])
		}
	})
	return all, devices, err
}

// routeRequest is a message that asks for a list.
func routeRequest(kind uint16, size int) netlink.Message {
	return netlink.NewMessage(nil, kind, unix.NLM_F_DUMP).Append(make([]byte, size)...)
}
