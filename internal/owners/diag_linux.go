package owners

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"syscall"

	"golang.org/x/sys/unix"
)

// diagnosis asks the kernel about sockets (sock_diag(7)) and addresses (rtnetlink(7)) of
// one network, by sockets that were opened before: writing and receiving are enough.
type diagnosis struct {
	diag, route int
	sequence    uint32
	buf         []byte
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
	return &diagnosis{diag: diag, route: route, buf: make([]byte, 64<<10)}
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
	b := d.request(unix.AF_INET, protocol, 0, unix.NLM_F_DUMP)
	err := d.exchange(d.diag, b, func(*syscall.NetlinkMessage) {})
	if err != nil {
		return fmt.Errorf("the kernel says nothing of sockets of protocol %d (sock_diag): %w", protocol, err)
	}
	return nil
}

// request is a message that asks for sockets.
func (d *diagnosis) request(family, protocol uint8, states uint32, flags uint16) []byte {
	d.sequence++
	b := make([]byte, unix.NLMSG_HDRLEN+diagRequestSize)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], sockDiagByFamily)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST|flags)
	binary.NativeEndian.PutUint32(b[8:], d.sequence)
	r := b[unix.NLMSG_HDRLEN:]
	r[0], r[1] = family, protocol
	binary.NativeEndian.PutUint32(r[4:], states)
	for i := 48; i < 56; i++ {
		r[i] = 0xff // whatever its cookie
	}
	return b
}

// exchange sends a request, and calls f with each message of the answer.
func (d *diagnosis) exchange(fd int, request []byte, f func(m *syscall.NetlinkMessage)) error {
	if _, err := unix.Write(fd, request); err != nil {
		return err
	}
	dumps := binary.NativeEndian.Uint16(request[6:])&unix.NLM_F_DUMP == unix.NLM_F_DUMP
	for {
		n, from, err := unix.Recvfrom(fd, d.buf, 0)
		kernel, ok := from.(*unix.SockaddrNetlink)
		switch {
		case err == unix.EINTR:
			continue
		case err != nil:
			return err
		case !ok || kernel.Pid != 0:
			continue // a process says it
		}
		messages, err := syscall.ParseNetlinkMessage(d.buf[:n])
		if err != nil {
			return err
		}
		for i := range messages {
			m := &messages[i]
			switch {
			case m.Header.Seq != d.sequence:
				continue // of an answer that was not read to its end
			case m.Header.Type == unix.NLMSG_DONE:
				return nil
			case m.Header.Type == unix.NLMSG_ERROR && len(m.Data) >= 4:
				if code := int32(binary.NativeEndian.Uint32(m.Data)); code != 0 {
					return syscall.Errno(-code)
				}
				return nil
			}
			f(m)
			if !dumps {
				return nil
			}
		}
	}
}

// find finds the socket that packets between two addresses belong to, as the kernel
// itself does when one comes in by the interface with that number. With v4 addresses
// those of IPv6 are found too that take them.
func (d *diagnosis) find(protocol uint8, local, remote netip.AddrPort, device uint32) (s socket, ok bool, err error) {
	family := uint8(unix.AF_INET)
	if local.Addr().Is6() {
		family = unix.AF_INET6
	}
	b := d.request(family, protocol, anyState, 0)
	r := b[unix.NLMSG_HDRLEN:]
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
	err = d.exchange(d.diag, b, func(m *syscall.NetlinkMessage) {
		if len(m.Data) >= diagAnswerSize {
			s, ok = socket{inode: binary.NativeEndian.Uint32(m.Data[diagInode:]), user: binary.NativeEndian.Uint32(m.Data[diagUser:])}, true
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
	err = d.exchange(d.route, d.routeRequest(unix.RTM_GETADDR, unix.SizeofIfAddrmsg), func(m *syscall.NetlinkMessage) {
		if m.Header.Type != unix.RTM_NEWADDR {
			return
		}
		attributes, err := syscall.ParseNetlinkRouteAttr(m)
		if err != nil {
			return
		}
		var local, address netip.Addr
		for _, a := range attributes {
			ip, ok := netip.AddrFromSlice(a.Value)
			switch {
			case !ok:
			case a.Attr.Type == unix.IFA_LOCAL:
				local = ip
			case a.Attr.Type == unix.IFA_ADDRESS:
				address = ip // of a point-to-point link the other end's
			}
		}
		if !local.IsValid() {
			local = address
		}
		if local.IsValid() {
			all[local] = true
		}
	})
	if err != nil {
		return nil, nil, err
	}
	err = d.exchange(d.route, d.routeRequest(unix.RTM_GETLINK, unix.SizeofIfInfomsg), func(m *syscall.NetlinkMessage) {
		if m.Header.Type != unix.RTM_NEWLINK || len(m.Data) < unix.SizeofIfInfomsg {
			return
		}
		attributes, err := syscall.ParseNetlinkRouteAttr(m)
		if err != nil {
			return
		}
		for _, a := range attributes {
			if a.Attr.Type == unix.IFLA_IFNAME && len(a.Value) > 0 {
				devices[string(a.Value[:len(a.Value)-1])] = binary.NativeEndian.Uint32(m.Data[4:])
			}
		}
	})
	return all, devices, err
}

func (d *diagnosis) routeRequest(kind uint16, size int) []byte {
	d.sequence++
	b := make([]byte, unix.NLMSG_HDRLEN+size)
	binary.NativeEndian.PutUint32(b, uint32(len(b)))
	binary.NativeEndian.PutUint16(b[4:], kind)
	binary.NativeEndian.PutUint16(b[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	binary.NativeEndian.PutUint32(b[8:], d.sequence)
	return b
}
