//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/testenv/vhci"
)

// sendBare sends what stands behind the link-layer header.
func (s *frames) sendBare(index int, payload []byte) error {
	err := unix.Sendto(s.bare, payload, 0, &unix.SockaddrLinklayer{
		Ifindex: index, Protocol: protocolOrder(markProtocol), Halen: 6, Addr: [8]byte{2, 0, 0, 0, 0, 9},
	})
	if errors.Is(err, unix.EINVAL) { // its addresses are longer than the structure has room for
		err = s.send(index, payload)
	}
	if errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.ENETDOWN) || errors.Is(err, unix.EPROTONOSUPPORT) { // the driver takes no such packet, but it was seen
		return nil
	}
	return err
}

// ends of traffic: addresses in the namespaces of t.
var (
	inner4 = [2]string{"198.51.100.1", "198.51.100.2"}
	inner6 = [2]string{"2001:db8:1::1", "2001:db8:1::2"}
)

// ipTraffic has echoes, datagrams, fragments and connections go both ways, of both
// versions of IP.
func ipTraffic(t *table1) error {
	return errors.Join(between(t.near, far, inner4), between(t.near, far, inner6))
}

func ipv4Traffic(t *table1) error { return between(t.near, far, inner4) }

func loopTraffic(t *table1) error {
	return errors.Join(between(t.near, t.near, [2]string{"127.0.0.1", "127.0.0.1"}), between(t.near, t.near, [2]string{"::1", "::1"}))
}

// vrfTraffic is that of processes outside a VRF: from far alone, which answers to.
func vrfTraffic(t *table1) error {
	return errors.Join(echoes(far, inner4[0], 20), echoes(far, inner6[0], 20), datagrams(far, inner4[0], 20))
}

// mplsTraffic has no connections: labels lead one way each.
func mplsTraffic(t *table1) error {
	return errors.Join(echoes(t.near, inner4[1], 20), echoes(far, inner6[0], 20), datagrams(t.near, inner4[1], 40), datagrams(far, inner6[0], 40))
}

// between has traffic between two namespaces. A network that loses packets is no error.
func between(a, b string, addresses [2]string) error {
	return errors.Join(echoes(a, addresses[1], 20), echoes(b, addresses[0], 5),
		datagrams(a, addresses[1], 40), datagrams(b, addresses[0], 40), connection(a, b, addresses[1], 200_000))
}

// oneWay is for a device that nobody answers behind.
func oneWay(t *table1) error {
	if err := sh("n neigh replace 198.51.100.2 dev dummy lladdr 02:00:00:00:00:02; n -6 neigh replace 2001:db8:1::2 dev dummy lladdr 02:00:00:00:00:02"); err != nil {
		return err
	}
	return errors.Join(echoes(t.near, inner4[1], 20), echoes(t.near, inner6[1], 20), datagrams(t.near, inner4[1], 40), datagrams(t.near, inner6[1], 40))
}

// loggedTraffic has 1,000 packets and more go by the hooks, where a connection is few.
func loggedTraffic(t *table1) error {
	return errors.Join(ipTraffic(t), echoes(t.near, inner4[1], 200), echoes(t.near, inner6[1], 200))
}

// echoes sends requests.
func echoes(namespace, to string, n int) error {
	kind := byte(8)
	if netip.MustParseAddr(to).Is6() {
		kind = 128
	}
	return sendEchoes(namespace, to, n, kind, "an echo of the table of devices")
}

// echoMark sends an answer that nobody asked for, and nobody answers: what sees packets
// of IP alone sees it, and once.
func echoMark(t *table1, text string) error { return sendEchoes(t.near, inner4[1], 1, 0, text) }

// sendEchoes sends messages of ICMP of a kind: 8 and 128 are requests, 0 is an answer.
func sendEchoes(namespace, to string, n int, kind byte, text string) error {
	address := netip.MustParseAddr(to)
	family, protocol := unix.AF_INET, unix.IPPROTO_ICMP
	var destination unix.Sockaddr
	if address.Is6() {
		family, protocol = unix.AF_INET6, unix.IPPROTO_ICMPV6
		destination = &unix.SockaddrInet6{Addr: address.As16()}
	} else {
		destination = &unix.SockaddrInet4{Addr: address.As4()}
	}
	return inside(namespace, func() error {
		fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC, protocol)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for i := range n {
			b := make([]byte, 8+56)
			b[0] = kind
			binary.BigEndian.PutUint16(b[4:], 77)
			binary.BigEndian.PutUint16(b[6:], uint16(i))
			copy(b[8:], text)
			binary.BigEndian.PutUint16(b[2:], internetSum(b))
			if err := unix.Sendto(fd, b, 0, destination); err != nil {
				return fmt.Errorf("an echo to %s: %w", to, err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		return nil
	})
}

func internetSum(b []byte) uint16 {
	sum := uint32(0)
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}

// datagrams sends some of many lengths, to a port where nobody is: some are longer than any link.
func datagrams(namespace, to string, n int) error {
	return inside(namespace, func() error {
		c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(to), 9999)))
		if err != nil {
			return err
		}
		defer c.Close()
		for i := range n {
			length := i * 31
			if i%10 == 9 {
				length = 4000
			}
			_, err := c.Write(bytes.Repeat([]byte{byte(i)}, length))
			if err != nil && !errors.Is(err, syscall.ECONNREFUSED) { // the answer to the one before
				return fmt.Errorf("a datagram of %d bytes to %s: %w", length, to, err)
			}
			time.Sleep(5 * time.Millisecond)
		}
		return nil
	})
}

// connection sends bytes each way.
func connection(a, b, to string, length int) error {
	address := netip.AddrPortFrom(netip.MustParseAddr(to), 8000)
	var listener *net.TCPListener
	err := inside(b, func() (err error) {
		listener, err = net.ListenTCP("tcp", net.TCPAddrFromAddrPort(address))
		return err
	})
	if err != nil {
		return err
	}
	defer listener.Close()
	deadline := time.Now().Add(patience)
	listener.SetDeadline(deadline)
	go func() {
		c, err := listener.AcceptTCP()
		if err != nil {
			return
		}
		c.SetDeadline(deadline)
		io.Copy(c, c)
		c.Close()
	}()
	return inside(a, func() error {
		c, err := (&net.Dialer{Deadline: deadline}).Dial("tcp", address.String())
		if err != nil {
			return err
		}
		defer c.Close()
		c.SetDeadline(deadline)
		go func() {
			c.Write(make([]byte, length))
			c.(*net.TCPConn).CloseWrite()
		}()
		n, err := io.Copy(io.Discard, c)
		if err != nil {
			return fmt.Errorf("a connection to %s, after %d bytes: %w", to, n, err)
		}
		return nil
	})
}

// canSocket is for frames of both lengths on a device of near.
func canSocket(t *table1) (fd int, err error) {
	s, err := newFrames(t.near)
	if err != nil {
		return 0, err
	}
	defer s.close()
	index := s.index("vcan")
	err = inside(t.near, func() error {
		if fd, err = unix.Socket(unix.AF_CAN, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.CAN_RAW); err != nil {
			return err
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_CAN_RAW, unix.CAN_RAW_FD_FRAMES, 1); err != nil {
			return err
		}
		return unix.Bind(fd, &unix.SockaddrCAN{Ifindex: index})
	})
	return fd, err
}

// canFrame is what the kernel takes: identifier, length, flags, data.
func canFrame(id uint32, flexible bool, data []byte) []byte {
	b := make([]byte, 16)
	if flexible {
		b = make([]byte, 72)
		b[5] = 1 // with the other rate
	}
	binary.NativeEndian.PutUint32(b, id)
	b[4] = byte(len(data))
	copy(b[8:], data)
	return b
}

func canMark(t *table1, text string) error {
	fd, err := canSocket(t)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	_, err = unix.Write(fd, canFrame(0x123, false, []byte(text)))
	return err
}

func canTraffic(t *table1) error {
	fd, err := canSocket(t)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for i := range 1000 {
		id := uint32(i)
		switch i % 4 {
		case 1:
			id |= unix.CAN_EFF_FLAG | 0x12340000
		case 2:
			id |= unix.CAN_RTR_FLAG
		}
		flexible := i%4 == 3
		length := i % 9
		if flexible {
			length = []int{0, 8, 12, 20, 32, 64}[i/4%6]
		}
		if _, err := unix.Write(fd, canFrame(id, flexible, bytes.Repeat([]byte{byte(i)}, length))); err != nil {
			return fmt.Errorf("frame %d: %w", i, err)
		}
		if i%20 == 0 {
			time.Sleep(5 * time.Millisecond)
		}
	}
	return nil
}

// netlinkTraffic asks for links and routes, which makes 1,000 messages and more.
func netlinkTraffic(t *table1) error {
	return inside(t.near, func() error {
		for i := range 250 {
			if _, err := syscall.NetlinkRIB([]int{syscall.RTM_GETLINK, syscall.RTM_GETADDR, syscall.RTM_GETROUTE}[i%3], syscall.AF_UNSPEC); err != nil {
				return err
			}
		}
		return nil
	})
}

// vsockTraffic is connections with ourselves.
func vsockTraffic(*table1) error {
	listener, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(listener)
	if err := errors.Join(unix.Bind(listener, &unix.SockaddrVM{CID: unix.VMADDR_CID_ANY, Port: 9999}), unix.Listen(listener, 5)); err != nil {
		return err
	}
	for range 10 {
		fd, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return err
		}
		if err := unix.Connect(fd, &unix.SockaddrVM{CID: unix.VMADDR_CID_LOCAL, Port: 9999}); err != nil {
			return fmt.Errorf("connect: %w", err)
		}
		other, _, err := unix.Accept(listener)
		if err != nil {
			return err
		}
		for n := range 20 {
			unix.Write(fd, make([]byte, n*100))
			unix.Write(other, make([]byte, n*50))
		}
		unix.Close(fd)
		unix.Close(other)
	}
	return nil
}

// controlTransfer is struct usbdevfs_ctrltransfer.
type controlTransfer struct {
	requestType, request uint8
	value, index, length uint16
	timeout              uint32 // in ms
	data                 unsafe.Pointer
}

const usbdevfsControl = 0xc0185500 // USBDEVFS_CONTROL

// control has requests go to the first device that is no hub.
func control(n int, transfer controlTransfer) error {
	names, err := filepath.Glob("/dev/bus/usb/001/*")
	if err != nil || len(names) < 2 {
		return errors.New("there is no USB device on bus 1")
	}
	f, err := os.OpenFile(names[1], os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	for range n {
		// The device may refuse it: the request was seen all the same.
		unix.Syscall(unix.SYS_IOCTL, f.Fd(), usbdevfsControl, uintptr(unsafe.Pointer(&transfer)))
	}
	return nil
}

// usbTraffic reads the device's descriptor, and one that is not there, 1,000 transfers in all.
func usbTraffic(*table1) error {
	data := make([]byte, 64)
	read := controlTransfer{requestType: 0x80, request: 6, value: 0x100, length: 64, timeout: 1000, data: unsafe.Pointer(&data[0])}
	missing := read
	missing.value = 0x7700
	return errors.Join(control(900, read), control(100, missing))
}

// usbMark sends a request of nobody's with the text.
func usbMark(_ *table1, text string) error {
	data := []byte(text)
	return control(1, controlTransfer{requestType: 0x40, request: 0x99, length: uint16(len(data)), timeout: 1000, data: unsafe.Pointer(&data[0])})
}

// bluetoothAdapter has the kernel have one, whose controller we are.
func bluetoothAdapter(t *table1) error {
	c, err := vhci.Open()
	if err != nil {
		return err
	}
	t.adapter = c
	t.closers = append(t.closers, func() { c.Close() })
	if c.Adapter != 0 {
		return fmt.Errorf("it is adapter %d, not the first", c.Adapter)
	}
	return c.Up()
}

func bluetoothMark(t *table1, text string) error { return t.adapter.Echo([]byte(text)) }

// bluetoothTraffic is 1,000 packets: data both ways, commands, their events.
func bluetoothTraffic(t *table1) error {
	for i := range 200 {
		if err := errors.Join(t.adapter.Echo(make([]byte, i)), t.adapter.Ask()); err != nil {
			return err
		}
		time.Sleep(5 * time.Millisecond) // a socket has room for few
	}
	return nil
}

// tunPair has a device in near and one in far, and what comes out of one goes into the other.
func tunPair(t *table1) error { return t.tunnels("tun", unix.IFF_TUN) }

func tapPair(t *table1) error { return t.tunnels("tap", unix.IFF_TAP) }

func (t *table1) tunnels(name string, mode uint16) error {
	var files [2]*os.File
	for i, namespace := range []string{t.near, far} {
		err := inside(namespace, func() error {
			fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
			if err != nil {
				return err
			}
			r, err := unix.NewIfreq(name)
			if err != nil {
				return err
			}
			r.SetUint16(mode | unix.IFF_NO_PI)
			if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, r); err != nil {
				return err
			}
			files[i] = os.NewFile(uintptr(fd), name)
			return nil
		})
		if err != nil {
			return err
		}
	}
	carry := func(from, to *os.File) {
		b := make([]byte, 70000)
		for {
			n, err := from.Read(b)
			if errors.Is(err, os.ErrClosed) || errors.Is(err, io.EOF) {
				return
			}
			if n > 0 {
				to.Write(b[:n]) // a mark is refused
			}
			if err != nil {
				time.Sleep(10 * time.Millisecond) // it is down
			}
		}
	}
	go carry(files[0], files[1])
	go carry(files[1], files[0])
	t.closers = append(t.closers, func() { files[0].Close(); files[1].Close() })
	return nil
}

// pppPair has two daemons talk through a pseudo-terminal.
func pppPair(t *table1) error {
	common := "noauth nodefaultroute local nodetach noccp novj persist ipv6cp-accept-local +ipv6"
	c := exec.Command("ip", append(strings.Fields("netns exec near pppd "+common+" "+inner4[0]+":"+inner4[1]+" ipv6 ::1,::2"),
		"pty", "ip netns exec far pppd notty "+common+" "+inner4[1]+":"+inner4[0])...)
	if err := c.Start(); err != nil {
		return err
	}
	t.closers = append(t.closers, func() { c.Process.Signal(os.Interrupt); c.Wait() })
	return sh(`for i in {1..300}; do n -4 addr show dev ppp0 2> /dev/null | grep -q inet && f -4 addr show dev ppp0 2> /dev/null | grep -q inet && break; sleep 0.2; done
n addr add 2001:db8:1::1/64 dev ppp0 nodad; f addr add 2001:db8:1::2/64 dev ppp0 nodad`)
}
