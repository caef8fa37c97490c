package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv/vhci"
)

func TestBluetoothNames(t *testing.T) {
	for device, want := range map[string]int{
		"bluetooth0": 0, "bluetooth12": 12, "bluetooth007": 7, "bluetooth+3": 3, "bluetooth \t5": 5, "bluetooth65536": 65536,
		"bluetooth4294967297": 1, "bluetooth99999999999999999999": -1,
		"bluetooth": -2, "bluetooth-": -2, "bluetooth-1": -2, "bluetooth1a": -2, "bluetooth1 ": -2, "bluetooth0x1": -2, "bluetooth1_0": -2,
		"bluetooth++1": -2, "bluetooth-monitor": -2, "bluetooth-monitor0": -2, "Bluetooth0": -2, "/bluetooth0": -2, "hci0": -2,
	} {
		n, ok := bluetoothNumber(device)
		if ok != (want != -2) || ok && n != want {
			t.Errorf("%q has number %d, %v; want %d", device, n, ok, want)
		}
		if isBluetooth(device) != (ok || device == "bluetooth-monitor") {
			t.Errorf("isBluetooth(%q) = %v", device, !ok)
		}
	}
}

// The kernel's structures have these sizes (include/net/bluetooth/hci_sock.h).
func TestBluetoothStructures(t *testing.T) {
	if list, info := unsafe.Sizeof(hciDevList{}), unsafe.Sizeof(hciDevInfo{}); list != 132 || info != 92 {
		t.Errorf("struct hci_dev_list_req has %d bytes, struct hci_dev_info %d", list, info)
	}
}

// message is a control message.
func message(level, kind int32, data ...byte) []byte {
	b := make([]byte, unix.CmsgSpace(len(data)))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&b[0]))
	h.Level, h.Type = level, kind
	h.SetLen(unix.CmsgLen(len(data)))
	copy(b[unix.CmsgLen(0):], data)
	return b
}

// numbers are as the kernel has them in memory.
func numbers32(all ...uint32) (b []byte) {
	for _, n := range all {
		b = binary.NativeEndian.AppendUint32(b, n)
	}
	return b
}

func numbers64(all ...uint64) (b []byte) {
	for _, n := range all {
		b = binary.NativeEndian.AppendUint64(b, n)
	}
	return b
}

func TestAdapterPackets(t *testing.T) {
	in, stamp := message(solHCI, hciCmsgDir, numbers32(1)...), message(solHCI, hciCmsgStamp, numbers64(1700000000, 123456)...)
	at := capture.Timestamp{Sec: 1700000000, Nsec: 123456000}
	const frame = "\x04\x0e\x04\x01\x03\x0c\x00"
	for _, c := range []struct {
		name    string
		frame   string
		control [][]byte
		want    string // "": no packet
		way     capture.Direction
		time    capture.Timestamp
	}{
		{"an event", frame, [][]byte{in, stamp}, "\x00\x00\x00\x01" + frame, capture.DirIn, at},
		{"a command", frame, [][]byte{message(solHCI, hciCmsgDir, numbers32(0)...), stamp}, "\x00\x00\x00\x00" + frame, capture.DirOut, at},
		{"another truth", frame, [][]byte{stamp, message(solHCI, hciCmsgDir, numbers32(256)...)}, "\x00\x00\x00\x01" + frame, capture.DirIn, at},
		{"a time of 32-bit systems", frame, [][]byte{in, message(solHCI, hciCmsgStamp, numbers32(1700000000, 123456)...)}, "\x00\x00\x00\x01" + frame, capture.DirIn, at},
		{"nothing is told", frame, nil, "\x00\x00\x00\x00" + frame, capture.DirOut, capture.Timestamp{}},
		{"other messages", frame, [][]byte{message(unix.SOL_SOCKET, hciCmsgDir, numbers32(1)...), stamp}, "\x00\x00\x00\x00" + frame, capture.DirOut, at},
		{"short messages", frame, [][]byte{message(solHCI, hciCmsgDir, 1), message(solHCI, hciCmsgStamp, 1, 2, 3), in}, "\x00\x00\x00\x01" + frame, capture.DirIn, capture.Timestamp{}},
		{"a message that is cut off", frame, [][]byte{in[:len(in)-6]}, "\x00\x00\x00\x00" + frame, capture.DirOut, capture.Timestamp{}},
		{"one byte", "\x01", [][]byte{in}, "\x00\x00\x00\x01\x01", capture.DirIn, capture.Timestamp{}},
		{"no bytes", "", [][]byte{in, stamp}, "", 0, capture.Timestamp{}},
	} {
		p := capture.Packet{Direction: capture.DirIn}
		ok := adapterPacket(&p, []byte("old "+c.frame), slices.Concat(c.control...))
		switch {
		case ok != (c.want != ""):
			t.Errorf("%s: a packet: %v", c.name, ok)
		case ok && (string(p.Data) != c.want || p.Length != uint32(len(c.want)) || p.Direction != c.way || p.Time != c.time):
			t.Errorf("%s: %+v, want %q, %v, %v", c.name, p, c.want, c.way, c.time)
		}
	}
}

func TestMonitorPackets(t *testing.T) {
	stamp := message(unix.SOL_SOCKET, unix.SCM_TIMESTAMP, numbers64(1700000000, 999999)...)
	at := capture.Timestamp{Sec: 1700000000, Nsec: 999999000}
	for _, c := range []struct {
		name    string
		packet  string
		control []byte
		want    string
		time    capture.Timestamp
	}{
		{"a command", "\x02\x00\x01\x02\x03\x00\x03\x0c\x00", stamp, "\x02\x01\x00\x02\x03\x0c\x00", at},
		{"no data", "\x01\x00\xff\xff\x00\x00", stamp, "\xff\xff\x00\x01", at},
		{"another message", "\x01\x00\xff\xff\x00\x00", message(solHCI, unix.SCM_TIMESTAMP, numbers64(1, 1)...), "\xff\xff\x00\x01", capture.Timestamp{}},
		{"a short header", "\x01\x00\xff\xff\x00", stamp, "", capture.Timestamp{}},
		{"nothing", "", nil, "", capture.Timestamp{}},
	} {
		p := capture.Packet{Direction: capture.DirIn}
		ok := monitorPacket(&p, []byte(c.packet), c.control)
		switch {
		case ok != (c.want != ""):
			t.Errorf("%s: a packet: %v", c.name, ok)
		case ok && (string(p.Data) != c.want || p.Length != uint32(len(c.want)) || p.Time != c.time || p.Direction != capture.DirUnknown):
			t.Errorf("%s: %+v, want %q, %v", c.name, p, c.want, c.time)
		}
	}
}

// What comes through the socket may be anything.
func FuzzBluetooth(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x04\x0e\x04\x01\x03\x0c\x00"), message(solHCI, hciCmsgDir, 1, 0, 0, 0))
	f.Add([]byte("\x02\x00\x01\x02\x03\x00\x03\x0c\x00"), message(unix.SOL_SOCKET, unix.SCM_TIMESTAMP, numbers64(1, 1)...))
	f.Add([]byte{}, []byte{1})
	f.Fuzz(func(t *testing.T, b, control []byte) {
		for _, parse := range []func(*capture.Packet, []byte, []byte) bool{adapterPacket, monitorPacket} {
			var p capture.Packet
			if parse(&p, bytes.Clone(b), control) && (int(p.Length) != len(p.Data) || len(p.Data) > len(b) || p.Time.Nsec < 0 || p.Time.Nsec >= 1e9) {
				t.Errorf("% x, % x: %+v", b, control, p)
			}
		}
	})
}

// Without Bluetooth in the kernel the monitor is listed all the same, and nothing can
// be opened.
func TestWithoutBluetooth(t *testing.T) {
	if fd, err := unix.Socket(unix.AF_BLUETOOTH, unix.SOCK_RAW|unix.SOCK_CLOEXEC, btprotoHCI); !errors.Is(err, unix.EAFNOSUPPORT) {
		unix.Close(fd)
		t.Skip("this kernel has Bluetooth")
	}
	devices, err := Devices()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, d := range devices {
		if isBluetooth(d.Name) {
			lines = append(lines, d.String())
		}
	}
	if want := []string{"bluetooth-monitor (Bluetooth Linux Monitor) [Wireless]"}; !slices.Equal(lines, want) {
		t.Errorf("listed: %q, want %q", lines, want)
	}
	for device, want := range map[string]string{
		"bluetooth0":        "bluetooth0: Can't create raw socket: Address family not supported by protocol",
		"bluetooth-monitor": "bluetooth-monitor: Can't create raw socket: Address family not supported by protocol",
	} {
		if _, err := Open(device, Config{}); err == nil || err.Error() != want || !errors.Is(err, unix.EAFNOSUPPORT) {
			t.Errorf("%s: %v, want %s", device, err, want)
		}
	}
	if _, err := Open("bluetooth-monitor", Config{Monitor: true}); err == nil || err.Error() != "bluetooth-monitor: "+noMonitorMode {
		t.Errorf("with monitor mode: %v", err)
	}
}

// controller makes an adapter that is up.
func controller(t *testing.T) *vhci.Controller {
	t.Helper()
	c, err := vhci.Open()
	if errors.Is(err, vhci.ErrUnavailable) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Up(); err != nil {
		t.Fatal(err)
	}
	return c
}

func adapterName(c *vhci.Controller) string { return bluetoothPrefix + string(rune('0'+c.Adapter)) }

// TestBluetoothFrames: what goes through a controller comes, with its direction, from
// the adapter and from the monitor, alone and merged with others.
func TestBluetoothFrames(t *testing.T) {
	c := controller(t)
	var all []*Live
	for _, device := range []string{adapterName(c), bluetoothMonitor, "lo"} {
		l := mustOpen(t, device, Config{})
		mustStart(t, l, nil)
		all = append(all, l)
	}
	if a, m := all[0].LinkTypes(), all[1].LinkTypes(); len(a) != 1 || len(m) != 1 ||
		a[0] != capture.LinkBLUETOOTH_HCI_H4_WITH_PHDR || m[0] != capture.LinkBLUETOOTH_LINUX_MONITOR {
		t.Errorf("link types %v, %v", a, m)
	}
	merged, err := Merge(all)
	if err != nil {
		t.Fatal(err)
	}
	const echoes = 100
	go func() {
		defer merged.Interrupt()
		for i := range echoes {
			if err := c.Echo([]byte{'x', byte(i)}); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	var seen [2]map[string]int // how often each was there
	for i := range seen {
		seen[i] = map[string]int{}
	}
	for _, p := range collect(t, merged) {
		if p.Interface < 2 {
			seen[p.Interface][string(p.Data)]++
		}
	}
	for i := range byte(echoes) {
		// L2CAP behind ACL's header: 2 bytes of length, of the channel, code, number, 2 of length.
		in := "\x2a\x20\x0a\x00\x06\x00\x01\x00\x08\x01\x02\x00x" + string([]byte{i})
		out := "\x2a\x00\x0a\x00\x06\x00\x01\x00\x09\x01\x02\x00x" + string([]byte{i})
		adapter := string([]byte{0, byte(c.Adapter), 0})
		if seen[0]["\x00\x00\x00\x01\x02"+in] != 1 || seen[0]["\x00\x00\x00\x00\x02"+out] != 1 ||
			seen[1][adapter+"\x05"+in] != 1 || seen[1][adapter+"\x04"+out] != 1 {
			t.Fatalf("echo %d is not there: %v", i, seen)
		}
	}
}

// TestBluetoothDirections: frames of one direction, cut off, and filtered.
func TestBluetoothDirections(t *testing.T) {
	c := controller(t)
	for _, way := range []capture.Direction{capture.DirIn, capture.DirOut} {
		const snapLen = 12
		l := mustOpen(t, adapterName(c), Config{Direction: way, SnapLen: snapLen})
		mustStart(t, l, nil)
		for range 3 {
			if err := c.Echo([]byte("some text")); err != nil {
				t.Fatal(err)
			}
		}
		l.Interrupt()
		got := collect(t, l)
		if len(got) < 3 {
			t.Errorf("%v: %d packets", way, len(got))
		}
		for _, p := range got {
			if p.Direction != way || len(p.Data) > bluetoothHeaderLen+snapLen || int(p.Length) != len(p.Data) {
				t.Errorf("%v: %+v", way, p)
			}
		}
		if st, err := l.Stats(); err != nil || st.Received == 0 || st.Dropped != 0 {
			t.Errorf("%v: %+v, %v", way, st, err)
		}
	}
	_, err := Open(bluetoothMonitor, Config{Direction: capture.DirIn})
	if want := "bluetooth-monitor: pcap_setdirection() failed: Setting direction is not supported on this device"; err == nil || err.Error() != want {
		t.Errorf("the monitor with a direction: %v", err)
	}
}

// TestBluetoothGoes: an adapter that goes ends its capture, and is told of by the
// monitor.
func TestBluetoothGoes(t *testing.T) {
	c := controller(t)
	name := adapterName(c)
	l, monitor := mustOpen(t, name, Config{}), mustOpen(t, bluetoothMonitor, Config{})
	mustStart(t, l, nil)
	mustStart(t, monitor, nil)
	if err := c.Echo([]byte("last")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	frames := 0
	for {
		var p capture.Packet
		err := l.Next(&p)
		if err == nil {
			frames++
			continue
		}
		if want := "Can't receive packet: Broken pipe"; err.Error() != want || frames < 2 {
			t.Errorf("after %d frames: %v, want %s", frames, err, want)
		}
		break
	}
	if _, err := l.Stats(); err == nil || !strings.Contains(err.Error(), "Can't get stats via ioctl: No such device") {
		t.Errorf("counts of an adapter that is gone: %v", err)
	}
	const indexDeleted = 1
	for {
		var p capture.Packet
		if err := monitor.Next(&p); err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(p.Data, []byte{0, byte(c.Adapter), 0, indexDeleted}) {
			break
		}
	}
	_, err := Open(name, Config{})
	if want := name + ": Can't attach to device " + name[len(bluetoothPrefix):] + ": No such device"; err == nil || err.Error() != want {
		t.Errorf("opened again: %v, want %s", err, want)
	}
}

// TestBluetoothTurns: what is passed over comes one by one.
func TestBluetoothTurns(t *testing.T) {
	ends, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(ends[1])
	d := &device{cfg: Config{SnapLen: 100, Direction: capture.DirIn}}
	s := &bluetoothSource{device: d, sock: ends[0], buf: make([]byte, bluetoothHeaderLen+100), control: make([]byte, bluetoothControl)}
	defer s.close()
	for range 3 {
		if _, err := unix.Write(ends[1], []byte("\x01one that goes out")); err != nil {
			t.Fatal(err)
		}
	}
	mustPassOver(t, s, 3)
	mustHaveNone(t, s)
}

// A frame costs no allocation.
func TestBluetoothAllocations(t *testing.T) {
	c := controller(t)
	d := &device{name: adapterName(c), cfg: Config{SnapLen: capture.MaxSnapLen}}
	s, err := openBluetooth(d)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for range 40 {
		if err := c.Echo([]byte("text")); err != nil {
			t.Fatal(err)
		}
	}
	var p capture.Packet
	if n := testing.AllocsPerRun(50, func() {
		if ok, err := s.next(&p); !ok || err != nil {
			t.Error(ok, err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a frame", n)
	}
}
