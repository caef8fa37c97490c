package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// usbEvent is what a test has of an event; the rest of its header is zeros.
type usbEvent struct {
	event, transfer, endpoint, noData byte
	sec                               int64
	usec                              int32
	urbLen, dataLen, descriptors      uint32
	data                              []byte
}

// bytes is the event as it lies in the ring.
func (e usbEvent) bytes() []byte {
	b := make([]byte, usbMappedHeader, usbMappedHeader+len(e.data))
	b[8], b[9], b[10], b[15] = e.event, e.transfer, e.endpoint, e.noData
	binary.NativeEndian.PutUint64(b[16:], uint64(e.sec))
	binary.NativeEndian.PutUint32(b[24:], uint32(e.usec))
	binary.NativeEndian.PutUint32(b[32:], e.urbLen)
	binary.NativeEndian.PutUint32(b[36:], e.dataLen)
	binary.NativeEndian.PutUint32(b[60:], e.descriptors)
	return append(b, e.data...)
}

// isoDescriptor is a descriptor of a piece of an isochronous transfer.
func isoDescriptor(offset, length uint32) []byte {
	b := binary.NativeEndian.AppendUint32(make([]byte, 4), offset)
	b = binary.NativeEndian.AppendUint32(b, length)
	return append(b, 0, 0, 0, 0)
}

// An event is as long, and was as long, as libpcap says.
func TestMappedUSBEvents(t *testing.T) {
	ten := make([]byte, 10)
	pieces := slices.Concat(isoDescriptor(0, 3), isoDescriptor(100, 20), isoDescriptor(200, 0), ten)
	for _, c := range []struct {
		what     string
		event    usbEvent
		snapLen  int
		captured int
		length   uint32
	}{
		{"data", usbEvent{event: 'S', transfer: 3, urbLen: 10, dataLen: 10, data: ten}, 1000, 74, 74},
		{"data that the kernel cut", usbEvent{event: 'C', transfer: 3, urbLen: 5000, dataLen: 10, data: ten}, 1000, 74, 5064},
		{"data cut here", usbEvent{event: 'C', transfer: 3, urbLen: 10, dataLen: 10, data: ten}, 70, 70, 74},
		{"the header alone", usbEvent{event: 'C', transfer: 3, urbLen: 10, dataLen: 10, data: ten}, 64, 64, 74},
		{"a place for data", usbEvent{event: 'S', transfer: 3, noData: '<', urbLen: 512}, 1000, 64, 64},
		{"a length beyond all", usbEvent{event: 'S', transfer: 3, urbLen: 0xffffffff}, 1000, 64, 0xffffffff},
		{"pieces that came", usbEvent{event: 'C', endpoint: 0x81, urbLen: 23, dataLen: 58, descriptors: 3, data: pieces}, 1000, 122, 64 + 48 + 120},
		{"pieces, some of them cut", usbEvent{event: 'C', endpoint: 0x81, urbLen: 23, dataLen: 58, descriptors: 3, data: pieces}, 64 + 31, 95, 64 + 48 + 3},
		{"pieces that go", usbEvent{event: 'C', endpoint: 1, urbLen: 23, dataLen: 58, descriptors: 3, data: pieces}, 1000, 122, 87},
		{"pieces that are awaited", usbEvent{event: 'S', endpoint: 0x81, noData: '<', urbLen: 23, dataLen: 48, descriptors: 3, data: pieces[:48]}, 1000, 112, 112},
		{"more pieces than there can be", usbEvent{event: 'C', endpoint: 0x81, descriptors: 0xffffffff}, 1000, 64, 48},
		{"a piece beyond all", usbEvent{event: 'C', endpoint: 0x81, dataLen: 16, descriptors: 1, data: isoDescriptor(0xfffffff0, 0x20)}, 1000, 80, 0xffffffff},
	} {
		c.event.sec, c.event.usec = 1700000000, 123456
		const at = 8
		ring := append(make([]byte, at), c.event.bytes()...)
		var p capture.Packet
		if !mappedUSBEvent(&p, ring, at, c.snapLen) {
			t.Errorf("%s: not whole", c.what)
			continue
		}
		if len(p.Data) != c.captured || p.Length != c.length || (p.Time != capture.Timestamp{Sec: 1700000000, Nsec: 123456000}) {
			t.Errorf("%s: %d bytes of %d at %v, want %d of %d", c.what, len(p.Data), p.Length, p.Time, c.captured, c.length)
		}
		if len(p.Data) > 0 && &p.Data[0] != &ring[at] {
			t.Errorf("%s: a copy", c.what)
		}
	}
	filler := usbEvent{event: '@', dataLen: 0xffffffff}.bytes()
	p := capture.Packet{Data: ten}
	if !mappedUSBEvent(&p, filler, 0, 1000) || p.Data != nil {
		t.Error("a filler is no filler")
	}
}

// An event that does not lie in the ring is not read.
func TestBrokenUSBEvents(t *testing.T) {
	whole := usbEvent{event: 'S', transfer: 3, urbLen: 10, dataLen: 10, data: make([]byte, 10)}.bytes()
	for _, c := range []struct {
		what string
		ring []byte
		at   int32
	}{
		{"before the ring", whole, -1},
		{"far before", whole, -1 << 31},
		{"behind it", whole, int32(len(whole))},
		{"far behind", whole, 1<<31 - 1},
		{"a header that is cut", whole, 11},
		{"data that is cut", whole[:73], 0},
		{"no ring", nil, 0},
	} {
		var p capture.Packet
		if mappedUSBEvent(&p, c.ring, c.at, 1000) {
			t.Errorf("%s: an event of %d bytes", c.what, len(p.Data))
		}
	}
}

func FuzzMappedUSBEvent(f *testing.F) {
	f.Add(usbEvent{event: 'C', endpoint: 0x81, dataLen: 16, descriptors: 1, data: isoDescriptor(1, 2)}.bytes(), int32(0), 1000)
	f.Fuzz(func(t *testing.T, ring []byte, at int32, snapLen int) {
		snapLen, size := usbRing(min(max(snapLen, 0), capture.MaxSnapLen), usbMappedHeader)
		if size < minUSBRing || size > maxUSBRing {
			t.Errorf("a ring of %d bytes", size)
		}
		p := capture.Packet{Data: []byte{1}}
		if mappedUSBEvent(&p, ring, at, snapLen) && len(p.Data) > snapLen {
			t.Errorf("%d bytes, the snapshot length is %d", len(p.Data), snapLen)
		}
	})
}

// A copied event says of itself how much of its data is there.
func TestCopiedUSBEvents(t *testing.T) {
	for _, c := range []struct {
		what     string
		event    usbEvent
		room     int
		captured int
		length   uint32
	}{
		{"data", usbEvent{event: 'S', urbLen: 10, dataLen: 10}, 100, 58, 58},
		{"data cut", usbEvent{event: 'S', urbLen: 10, dataLen: 10}, 4, 52, 58},
		{"no room", usbEvent{event: 'S', urbLen: 10, dataLen: 10}, 0, 48, 58},
		{"a place for data", usbEvent{event: 'S', noData: '<', urbLen: 512}, 100, 48, 48},
	} {
		b := make([]byte, usbHeader+c.room)
		copy(b, c.event.bytes()[:usbHeader])
		var p capture.Packet
		copiedUSBEvent(&p, b)
		if said := int(binary.NativeEndian.Uint32(p.Data[36:])); len(p.Data) != c.captured || p.Length != c.length || said != c.captured-usbHeader {
			t.Errorf("%s: %d bytes of %d, the header says %d", c.what, len(p.Data), p.Length, said)
		}
	}
}

func TestUSBRing(t *testing.T) {
	for _, c := range [][4]int{
		{1, usbMappedHeader, 64, 8192},
		{64 + 8192/5, usbMappedHeader, 64 + 8192/5, 8192},
		{96 + 8192/5, usbMappedHeader, 96 + 8192/5, (32 + 8192/5) * 5},
		{64 + 245760, usbMappedHeader, 245824, 1228800},
		{capture.MaxSnapLen, usbMappedHeader, 245824, 1228800},
		{capture.MaxSnapLen, usbHeader, 245808, 1228800},
	} {
		if snapLen, size := usbRing(c[0], c[1]); snapLen != c[2] || size != c[3] {
			t.Errorf("snapshot length %d, header of %d: %d and a ring of %d, want %d and %d", c[0], c[1], snapLen, size, c[2], c[3])
		}
	}
}

func TestUSBDevices(t *testing.T) {
	var got []string
	for _, d := range usbDevices([]string{"usbmon2", "null", "usbmon12", "usbmon", "usbmonx", "usbmon0", "xusbmon1"}) {
		got = append(got, d.String())
	}
	want := []string{
		"usbmon2 (Raw USB traffic, bus number 2)",
		"usbmon12 (Raw USB traffic, bus number 1)",
		"usbmon0 (Raw USB traffic, all USB buses) [none]",
	}
	if !slices.Equal(got, want) {
		t.Errorf("devices %q, want %q", got, want)
	}
	for device, bus := range map[string]int{"usbmon0": 0, "usbmon17": 17, "usbmon007": 7, "usbmon+3": 3, "usbmon 4": 4,
		"usbmon": -1, "usbmon-1": -1, "usbmon1x": -1, "usb1": -1, "/dev/usbmon1": -1, "usbmon1 ": -1} {
		if Watched(device) != (bus < 0) {
			t.Errorf("%q is watched: %t", device, Watched(device))
		}
		if n, ok := usbBus(device); ok != (bus >= 0) || ok && n != bus {
			t.Errorf("%q is bus %d, %t; want %d", device, n, ok, bus)
		}
	}
}

func TestUSBOpenFailures(t *testing.T) {
	for _, c := range []struct {
		err  unix.Errno
		want string
	}{
		{unix.EACCES, "usbmon1: You don't have permission to perform this capture on that device\n" +
			"(Attempt to open /dev/usbmon1 failed with EACCES - root privileges may be required)\n" +
			"To capture without being root: sudo setfacl -m u:$USER:r /dev/usbmon1"},
		{unix.EMFILE, "usbmon1: Can't open USB bus file /dev/usbmon1: Too many open files"},
	} {
		err := usbOpenFailure("usbmon1", "/dev/usbmon1", c.err)
		if err.Error() != c.want || !errors.Is(err, c.err) {
			t.Errorf("%v:\n got %s\nwant %s", c.err, err, c.want)
		}
	}
	if _, err := os.Stat("/dev/usbmon0"); err == nil {
		t.Skip("the kernel monitors USB")
	}
	const want = "usbmon1: No such device exists\n(No such device exists)\nTo have the kernel monitor USB: sudo modprobe usbmon"
	if _, err := Open("usbmon1", Config{}); err == nil || err.Error() != want || !errors.Is(err, unix.ENOENT) {
		t.Errorf("without usbmon: %v", err)
	}
}

// Of a batch what is passed over comes one by one, also what is damaged.
func TestUSBTurns(t *testing.T) {
	event := usbEvent{event: 'S', transfer: 3, urbLen: 10, dataLen: 10, sec: 1700000000, data: make([]byte, 10)}.bytes()
	filler := usbEvent{event: '@'}.bytes()
	s := &usbSource{device: &device{cfg: Config{SnapLen: 1000}}, ring: slices.Concat(event, filler, event)}
	mustRejectAll(t, s)
	places := []int32{0, int32(len(event)), int32(len(event) + len(filler)), -1, 1 << 20}
	s.batch.len = copy(s.batch.places[:], places)
	for i := range places {
		mustPassOver(t, s, 1)
		if s.batch.taken != i+1 {
			t.Fatalf("%d taken, want %d", s.batch.taken, i+1)
		}
	}
	if s.counts != (usbCounts{broken: 2}) {
		t.Errorf("counted %+v", s.counts)
	}
}

// needsUSB is a bus of this machine on which there is a device, and the folder of its
// devices. They are kept awake during the test: a device that is asked for its
// descriptors wakes up, and a while later is put to sleep again, by requests too.
func needsUSB(t *testing.T) (device, folder string) {
	t.Helper()
	for _, d := range listUSB() {
		bus, _ := usbBus(d.Name)
		folder := usbFolder(bus)
		if all, _ := os.ReadDir(folder); bus != 0 && len(all) > 0 {
			fd, err := unix.Open("/dev/"+d.Name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err != nil {
				t.Skipf("needs the right to read /dev/%s", d.Name)
			}
			unix.Close(fd)
			for _, one := range all {
				if f, err := os.Open(folder + "/" + one.Name()); err == nil {
					t.Cleanup(func() { f.Close() })
				}
			}
			return d.Name, folder
		}
	}
	t.Skip("needs a USB bus with a device, and a kernel that monitors it (usbmon)")
	return "", ""
}

// The descriptors of the devices of a bus are asked for when it is opened, and are what
// comes first. What is counted has come, or came after the end.
func TestCaptureUSB(t *testing.T) {
	name, folder := needsUSB(t)
	l := mustOpen(t, name, Config{})
	if l.LinkType() != capture.LinkUSB_LINUX_MMAPPED || len(l.LinkTypes()) != 1 || l.SnapLen() != 245824 {
		t.Errorf("link type %v of %v, snapshot length %d", l.LinkType(), l.LinkTypes(), l.SnapLen())
	}
	mustStart(t, l, nil)
	askUSBDevices(folder)
	end := time.Now().UnixNano()
	l.Interrupt()
	got := collect(t, l)
	asked := 0
	for _, p := range got {
		if p.Data[8] == 'S' && bytes.Equal(p.Data[40:44], []byte{usbToHost, usbGetDescriptor, 0, usbDeviceDescriptor}) {
			asked++
		}
	}
	if asked < 2 {
		t.Errorf("of %d events %d ask for a descriptor, want 2 at least", len(got), asked)
	}
	src := l.engine.(*sourceEngine).source.(*usbSource)
	if n := src.counts.given - uint64(len(got)); n > 1 { // the first that came too late is taken, to see that
		t.Errorf("%d events were taken, and did not come", n)
	}
	st, err := l.Stats()
	if err != nil || st.Received < src.counts.given || st.Dropped != 0 {
		t.Errorf("of %d events it counts %+v, %v", len(got), st, err)
	}
	var p capture.Packet
	for n := src.counts.given; n < st.Received; n++ {
		// The clock for stamps has microseconds.
		if ok, err := src.next(&p); !ok || err != nil || nanoseconds(p.Time) < end-1000 {
			t.Fatalf("of %d events that it counts %d came; then %t, %v: %x", st.Received, n, ok, err, p.Data)
		}
	}
}

// Events come alike from the ring and copied, but for the header; a filter is looked at
// before they are counted; nothing is allocated for them.
func TestUSBWays(t *testing.T) {
	name, folder := needsUSB(t)
	const rounds = 100
	for range rounds {
		if usbWays(t, name, folder) {
			return
		}
	}
	t.Skipf("needs a bus that nobody else uses: in each of %d rounds somebody did", rounds)
}

// usbWays is a round of TestUSBWays; alone is false if others had the bus do something
// between two looks at it.
func usbWays(t *testing.T, name, folder string) (alone bool) {
	open := func() *usbSource {
		fd, err := unix.Open("/dev/"+name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		return &usbSource{device: &device{name: name, cfg: Config{SnapLen: 1 << 16}}, file: fd}
	}
	received := func(s *usbSource) uint64 {
		st, err := s.stats()
		if err != nil || st.Dropped != 0 {
			t.Errorf("counts %+v, %v", st, err)
		}
		return st.Received
	}
	mapped, copied, filtered := open(), open(), open()
	defer func() { _, _, _ = mapped.close(), copied.close(), filtered.close() }()
	if err := errors.Join(mapped.mapRing(), copied.copyEvents(), filtered.mapRing()); err != nil {
		t.Fatal(err)
	}
	if copied.link != capture.LinkUSB_LINUX {
		t.Errorf("copied events are of link type %v", copied.link)
	}
	submits := []bpf.Instruction{{Op: bpf.LD | bpf.B | bpf.ABS, K: 8}, {Op: bpf.JMP | bpf.JEQ, Jf: 1, K: 'S'}, {Op: bpf.RET, K: 1 << 18}, {Op: bpf.RET}}
	if inside, err := filtered.start(submits); !inside || err != nil {
		t.Fatalf("the filter: %t, %v", inside, err)
	}
	if received(mapped)+received(copied)+received(filtered) > 0 {
		return false
	}
	for range 20 {
		askUSBDevices(folder)
	}
	before, waiting := received(mapped), received(filtered)
	var one capture.Packet
	n, asks := compareUSB(t, mapped, copied, before)
	if n < 2*usbBatchSize {
		t.Fatalf("only %d events", n)
	}
	if a := testing.AllocsPerRun(int(asks)-2, func() { skipping(filtered, &one) }); a != 0 {
		t.Errorf("%v allocations for an event", a)
	}
	for ok := true; ok; {
		ok, _ = skipping(filtered, &one)
	}
	matched := received(filtered)
	if received(mapped) > n {
		return false
	}
	if waiting != n || matched != asks {
		t.Errorf("of %d events, %d of which match, it counts %d before they are read, then %d", n, asks, waiting, matched)
	}
	return true
}

// compareUSB compares the next events that come from the ring and copied, and counts
// them and those that ask.
func compareUSB(t *testing.T, mapped, copied *usbSource, upTo uint64) (n, asks uint64) {
	var one, other capture.Packet
	for ; n < upTo; n++ {
		ok1, err1 := skipping(mapped, &one)
		ok2, err2 := skipping(copied, &other)
		if !ok1 || !ok2 || err1 != nil || err2 != nil {
			t.Fatalf("after %d events of %d: %t, %t, %v, %v", n, upTo, ok1, ok2, err1, err2)
		}
		if one.Data[8] == 'S' {
			asks++
		}
		if !bytes.Equal(one.Data[:16], other.Data[:16]) || !bytes.Equal(one.Data[28:36], other.Data[28:36]) || !bytes.Equal(one.Data[usbMappedHeader:], other.Data[usbHeader:]) {
			t.Fatalf("event %d:\n%x mapped\n%x copied", n, one.Data, other.Data)
		}
	}
	return n, asks
}

// A bus and an interface are captured from together.
func TestUSBMerged(t *testing.T) {
	name, folder := needsUSB(t)
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		tx := newSender(t, "tx0")
		bus, ring := mustOpen(t, name, Config{}), mustOpen(t, "rx0", Config{})
		mustStart(t, bus, nil)
		mustStart(t, ring, nil)
		all, err := Merge([]*Live{bus, ring})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			askUSBDevices(folder)
			tx.send(udpFrame(1, uint32(i), 40))
		}
		time.AfterFunc(100*time.Millisecond, all.Interrupt)
		var p capture.Packet
		var last capture.Timestamp
		count := map[int]int{}
		for err = all.Next(&p); err == nil; err = all.Next(&p) {
			if p.Time.Before(last) {
				t.Errorf("packet with stamp %v behind %v", p.Time, last)
			}
			last = p.Time
			count[p.Interface]++
		}
		if err != io.EOF || count[0] < 20 || count[1] != 5 {
			t.Errorf("packets of each: %v, %v", count, err)
		}
	})
}
