package live

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// address is a sockaddr_ll as the kernel puts it beside a packet.
func address(kind uint8, index int32, haType, protocol uint16) []byte {
	ll := make([]byte, sllLen)
	binary.BigEndian.PutUint16(ll[sllProtocol:], protocol)
	binary.NativeEndian.PutUint32(ll[sllIfIndex:], uint32(index))
	binary.NativeEndian.PutUint16(ll[sllHaType:], haType)
	ll[sllPktType], ll[sllHaLen] = kind, 6
	copy(ll[sllAddr:], "\x02\xaa\xbb\xcc\xdd\xee\x99\x98")
	return ll
}

// TestWanted tries all directions with packets of all kinds of devices.
func TestWanted(t *testing.T) {
	const loopback = 3
	for _, c := range []struct {
		name         string
		kind         uint8
		index        int32
		haType       uint16
		any, in, out bool
	}{
		{"received", unix.PACKET_HOST, 7, unix.ARPHRD_ETHER, true, true, false},
		{"broadcast", unix.PACKET_BROADCAST, 7, unix.ARPHRD_ETHER, true, true, false},
		{"of others", unix.PACKET_OTHERHOST, 7, unix.ARPHRD_ETHER, true, true, false},
		{"sent", unix.PACKET_OUTGOING, 7, unix.ARPHRD_ETHER, true, false, true},
		{"sent on the loopback device", unix.PACKET_OUTGOING, loopback, unix.ARPHRD_LOOPBACK, false, false, false},
		{"received on the loopback device", unix.PACKET_HOST, loopback, unix.ARPHRD_LOOPBACK, true, true, false},
		{"sent on CAN", unix.PACKET_OUTGOING, 7, unix.ARPHRD_CAN, false, false, true},
		{"received on CAN", unix.PACKET_HOST, 7, unix.ARPHRD_CAN, true, true, false},
	} {
		ll := address(c.kind, c.index, c.haType, 0x800)
		for direction, want := range map[capture.Direction]bool{capture.DirUnknown: c.any, capture.DirIn: c.in, capture.DirOut: c.out} {
			r := ring{direction: direction, loopback: loopback}
			if got := r.wanted(ll); got != want {
				t.Errorf("%s, direction %d: wanted: %v", c.name, direction, got)
			}
		}
	}
}

// TestFill makes packets of what the kernel hands over: the tag that it has cut
// out is back, the cooked header before it, and what is beyond the snapshot length
// gone.
func TestFill(t *testing.T) {
	frame := "\x01\x02\x03\x04\x05\x06\x11\x12\x13\x14\x15\x16\x08\x00payload"
	ip := "payload, whole" // no shorter than what is before a tag
	const both = unix.TP_STATUS_VLAN_VALID | unix.TP_STATUS_VLAN_TPID_VALID
	for _, c := range []struct {
		name    string
		link    capture.LinkType
		data    string
		tag     vlanTag
		snapLen int
		want    string
		added   int
	}{
		{"as it is", capture.LinkEN10MB, frame, vlanTag{}, 100, frame, 0},
		{"cut", capture.LinkEN10MB, frame, vlanTag{}, 20, frame[:20], 0},
		{"just not cut", capture.LinkEN10MB, frame, vlanTag{}, 21, frame, 0},
		{"tagged", capture.LinkEN10MB, frame, vlanTag{both, 5, 0x88a8}, 100, frame[:12] + "\x88\xa8\x00\x05" + frame[12:], 4},
		{"tagged, priority 0 of VLAN 0", capture.LinkEN10MB, frame, vlanTag{both, 0, 0x8100}, 100, frame[:12] + "\x81\x00\x00\x00" + frame[12:], 4},
		{"tagged, an old kernel", capture.LinkEN10MB, frame, vlanTag{0, 5, 0}, 100, frame[:12] + "\x81\x00\x00\x05" + frame[12:], 4},
		{"tagged, without a type", capture.LinkEN10MB, frame, vlanTag{both, 5, 0}, 100, frame[:12] + "\x00\x00\x00\x05" + frame[12:], 4},
		{"tagged and cut", capture.LinkEN10MB, frame, vlanTag{both, 5, 0x8100}, 16, frame[:12] + "\x81\x00\x00\x05", 4},
		{"tagged, with nothing but addresses", capture.LinkEN10MB, frame[:12], vlanTag{both, 5, 0x8100}, 100, frame[:12] + "\x81\x00\x00\x05", 4},
		{"tagged, without room", capture.LinkEN10MB, frame[:11], vlanTag{both, 5, 0x8100}, 100, frame[:11], 0},
		{"of no type with tags", capture.LinkRAW, ip, vlanTag{both, 5, 0x8100}, 100, ip, 0},
		{"cooked", capture.LinkLINUX_SLL, ip, vlanTag{}, 100, "\x00\x01\x00\x01\x00\x06\x02\xaa\xbb\xcc\xdd\xee\x00\x00\x08\x00" + ip, 16},
		{"cooked, tagged", capture.LinkLINUX_SLL, ip, vlanTag{both, 5, 0x8100}, 100, "\x00\x01\x00\x01\x00\x06\x02\xaa\xbb\xcc\xdd\xee\x00\x00\x81\x00\x00\x05\x08\x00" + ip, 20},
		{"cooked, tagged and short", capture.LinkLINUX_SLL, ip[:13], vlanTag{both, 5, 0x8100}, 100, "\x00\x01\x00\x01\x00\x06\x02\xaa\xbb\xcc\xdd\xee\x00\x00\x08\x00" + ip[:13], 16},
		{"cooked v2", capture.LinkLINUX_SLL2, ip, vlanTag{both, 5, 0x8100}, 100, "\x08\x00\x00\x00\x00\x00\x01\x02\x00\x01\x01\x06\x02\xaa\xbb\xcc\xdd\xee\x00\x00" + ip, 20},
		{"cooked v2, cut", capture.LinkLINUX_SLL2, ip, vlanTag{}, 22, "\x08\x00\x00\x00\x00\x00\x01\x02\x00\x01\x01\x06\x02\xaa\xbb\xcc\xdd\xee\x00\x00pa", 20},
	} {
		r := ring{link: c.link, snapLen: c.snapLen, vlanOffset: vlanOffset(c.link), cooked: cookedHeaderLen(c.link), iface: 3}
		buf := append(bytes.Repeat([]byte{0xee}, headroom), c.data...)
		p := capture.Packet{Reception: capture.ReceivedMulticast}
		r.fill(&p, buf, headroom, len(buf), 1000, address(unix.PACKET_BROADCAST, 0x102, unix.ARPHRD_ETHER, 0x800), c.tag)
		if string(p.Data) != c.want || int(p.Added) != c.added || int(p.Length) != 1000+c.added {
			t.Errorf("%s: %x, length %d, %d added; want %x, %d added", c.name, p.Data, p.Length, p.Added, c.want, c.added)
		}
		if p.LinkType != c.link || p.Interface != 3 || cap(p.Data) != len(p.Data) {
			t.Errorf("%s: %v on %d, capacity %d of %d", c.name, p.LinkType, p.Interface, cap(p.Data), len(p.Data))
		}
	}
	for kind, want := range map[uint8]capture.Packet{
		unix.PACKET_OUTGOING:  {Direction: capture.DirOut},
		unix.PACKET_HOST:      {Direction: capture.DirIn, Reception: capture.ReceivedUnicast},
		unix.PACKET_BROADCAST: {Direction: capture.DirIn, Reception: capture.ReceivedBroadcast},
		unix.PACKET_MULTICAST: {Direction: capture.DirIn, Reception: capture.ReceivedMulticast},
		unix.PACKET_OTHERHOST: {Direction: capture.DirIn, Reception: capture.ReceivedPromiscuous},
		99:                    {Direction: capture.DirIn},
	} {
		p := capture.Packet{Reception: capture.ReceivedPromiscuous}
		r := ring{link: capture.LinkRAW, snapLen: 100, vlanOffset: -1}
		r.fill(&p, []byte(ip), 0, 7, 7, address(kind, 1, 1, 0x800), vlanTag{})
		if p.Direction != want.Direction || p.Reception != want.Reception {
			t.Errorf("kind %d: direction %d, reception %d; want %d, %d", kind, p.Direction, p.Reception, want.Direction, want.Reception)
		}
	}
}

// TestFixCAN: frames in the host's byte order become frames in network byte order,
// with flags that say of which kind they are.
func TestFixCAN(t *testing.T) {
	host := func(n uint32) string { return string(binary.NativeEndian.AppendUint32(nil, n)) }
	host2 := func(n uint16) string { return string(binary.NativeEndian.AppendUint16(nil, n)) }
	for _, c := range []struct {
		name     string
		protocol uint16
		in, want string
	}{
		{"CAN", 0x0c, host(0x80000123) + "\x82\x05\x06\x07payload!", "\x80\x00\x01\x23\x02\x00\x00\x00payload!"},
		{"CAN FD", 0x0d, host(0x123) + "\x88\xf9\x06\x07payload!", "\x00\x00\x01\x23\x08\x05\x00\x00payload!"},
		{"CAN XL", 0x0e, host(0x70123) + "\x01\x45" + host2(0x0203) + host(0x01020304) + "data", "\x00\x07\x01\x23\x81\x45\x03\x02\x04\x03\x02\x01data"},
		{"CAN XL of 12 bytes", 0x0e, host(0x123) + "\x01\x45" + host2(0x0203) + host(0x01020304), "\x00\x00\x01\x23\x81\x45\x03\x02\x04\x03\x02\x01"},
		{"CAN XL, cut", 0x0e, host(0x123) + "\x01\x45\x06\x07\x08\x09\x0a", "\x00\x00\x01\x23\x81\x45\x06\x07\x08\x09\x0a"},
		{"CAN of 8 bytes", 0x0c, host(0x123) + "\x00\x05\x06\x07", "\x00\x00\x01\x23\x00\x00\x00\x00"},
		{"cut", 0x0c, host(0x123) + "\x02\x05\x06", host(0x123) + "\x02\x05\x06"},
		{"other", 0x800, host(0x123) + "\x02\x05\x06\x07", "\x00\x00\x01\x23\x02\x05\x06\x07"},
	} {
		r := ring{link: capture.LinkCAN_SOCKETCAN, snapLen: 100, vlanOffset: -1}
		var p capture.Packet
		r.fill(&p, []byte(c.in), 0, len(c.in), 0, address(unix.PACKET_HOST, 1, unix.ARPHRD_CAN, c.protocol), vlanTag{})
		if string(p.Data) != c.want {
			t.Errorf("%s: %s, want %s", c.name, hex.EncodeToString(p.Data), hex.EncodeToString([]byte(c.want)))
		}
	}
}

// TestShrunk: memory that is short makes a ring smaller, by steps; nothing else
// does.
func TestShrunk(t *testing.T) {
	var tried []int
	for _, c := range []struct {
		from, room int
		want       []int
	}{
		{32, 32, []int{32}},
		{64, 60, []int{64, 61, 58}},
		{21, 18, []int{21, 20, 19, 18}},
		{3, 1, []int{3, 2, 1}},
		{2, 0, []int{2, 1}},
	} {
		tried = nil
		n, err := shrunk(c.from, func(n int) error {
			tried = append(tried, n)
			if n > c.room {
				return unix.ENOMEM
			}
			return nil
		})
		if !slices.Equal(tried, c.want) || n != tried[len(tried)-1] || (err == nil) != (n <= c.room) {
			t.Errorf("%d with room for %d: %v, then %d, %v; want %v", c.from, c.room, tried, n, err, c.want)
		}
	}
	tried = nil
	if n, err := shrunk(9, func(n int) error { tried = append(tried, n); return unix.EINVAL }); err != unix.EINVAL || n != 9 || len(tried) != 1 {
		t.Errorf("an error that less does not mend: %v, %d, %v", tried, n, err)
	}
}

// TestRingErrors: what a socket that is gone says is worded.
func TestRingErrors(t *testing.T) {
	r := &ring{fd: -1, device: "eth0"}
	want := "failed to get statistics from socket: Bad file descriptor"
	if n, err := r.counted(); err == nil || err.Error() != want || n != 0 {
		t.Errorf("counted: %d, %v", n, err)
	}
	if _, err := (&ringEngine{rings: []*ring{r}}).stats(); err == nil || err.Error() != want || !errors.Is(err, unix.EBADF) {
		t.Errorf("stats: %v", err)
	}
	if _, _, err := r.deviceState(); err == nil || err.Error() != "getsockname failed: Bad file descriptor" {
		t.Errorf("deviceState: %v", err)
	}
	if _, err := (&ringPoller{epoll: -1}).poll(0); err == nil || err.Error() != "can't poll on packet socket: Bad file descriptor" {
		t.Errorf("poll: %v", err)
	}
	if err := (&ringPoller{}).socketError(-1); err == nil || err.Error() != "Error condition on packet socket: Bad file descriptor" {
		t.Errorf("socketError: %v", err)
	}
	e := &ringEngine{device: &device{name: "eth0"}}
	for _, c := range []struct {
		err    error
		want   string
		absent bool
	}{
		{unix.ENODEV, "eth0: No such device exists\n(No such device exists)", true},
		{unix.ENETDOWN, "eth0: That device is not up\nTo bring it up: ip link set dev eth0 up", true},
		{unix.EBADF, "eth0: bind: Bad file descriptor", false},
	} {
		var got *Error
		if err := e.failed("bind", c.err); err.Error() != c.want || !errors.As(err, &got) || got.Absent() != c.absent || !errors.Is(err, c.err) {
			t.Errorf("%v: %v, absent: %v", c.err, err, got.Absent())
		}
	}
	if err := socketFailure("eth0", unix.EAFNOSUPPORT); err.Error() != "eth0: Packet capture is not supported on that device\n(PF_PACKET sockets not supported - is this WSL1?)" {
		t.Error(err)
	}
	if err := socketFailure("eth0", unix.EMFILE); err.Error() != "eth0: socket: Too many open files" {
		t.Error(err)
	}
	if hint := setcapHintFor(filepath.Join(t.TempDir(), "gone")); strings.Contains(hint, "setcap") {
		t.Errorf("of a file that is no more: %q", hint)
	}
	if hint := setcapHint(); !strings.HasPrefix(hint, "To capture without being root: sudo setcap cap_net_raw,cap_net_admin+ep /") {
		t.Error(hint)
	}
}
