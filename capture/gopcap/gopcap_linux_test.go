//go:build !nogopcap && !tapdump_small

package gopcap_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/packetcap/go-pcap"
	"github.com/sirupsen/logrus"
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/gopcap"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/internal/traffic"
)

func TestMain(m *testing.M) {
	logrus.SetOutput(io.Discard) // TestSilenceLog looks itself
	m.Run()
}

// inNamespace runs f in a network namespace of its own, with a pair of quiet
// interfaces.
func inNamespace(t testing.TB, f func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root, to make a network namespace")
	}
	testenv.NeedsCommand(t, "ip")
	var why error
	done := make(chan struct{})
	go func() {
		defer close(done)
		// The thread ends with the goroutine, and the namespace with it.
		runtime.LockOSThread()
		if why = unix.Unshare(unix.CLONE_NEWNET); why != nil {
			return
		}
		if why = exec.Command("ip", "link", "add", "from0", "type", "veth", "peer", "name", "to0").Run(); why != nil {
			return
		}
		for _, device := range []string{"from0", "to0"} {
			os.WriteFile("/proc/sys/net/ipv6/conf/"+device+"/disable_ipv6", []byte("1"), 0)
			ip(t, "link set "+device+" mtu 9000 up")
		}
		f()
	}()
	<-done
	if why != nil {
		t.Skipf("needs a namespace with a pair of interfaces: %v", why)
	}
}

func ip(t testing.TB, arguments string) {
	t.Helper()
	if out, err := exec.Command("ip", strings.Fields(arguments)...).CombinedOutput(); err != nil {
		t.Errorf("ip %s: %v\n%s", arguments, err, out)
	}
}

// sender sends frames from an interface.
type sender struct {
	t  testing.TB
	fd int
}

func newSender(t testing.TB) *sender {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	ifr, _ := unix.NewIfreq("from0")
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr); err != nil {
		t.Fatal(err)
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: int(ifr.Uint32())}); err != nil {
		t.Fatal(err)
	}
	return &sender{t, fd}
}

func (s *sender) send(frame []byte) {
	s.t.Helper()
	if _, err := unix.Write(s.fd, frame); err != nil {
		s.t.Fatal(err)
	}
}

// frame is one with a payload behind a header that ends in a type.
func frame(header string, payload string) []byte {
	return []byte("\x02\x00\x00\x00\x00\x99\x02\x00\x00\x00\x00\x01" + header + payload + strings.Repeat(".", 46))
}

// source is what both engines are, to a test.
type source interface {
	capture.Source
	Interrupt()
}

// pull has the packets of a source come into a channel.
func pull(t testing.TB, s source) <-chan capture.Packet {
	c := make(chan capture.Packet, 100000)
	go func() {
		defer close(c)
		var p capture.Packet
		for s.Next(&p) == nil {
			p.Data = bytes.Clone(p.Data)
			c <- p
		}
	}()
	return c
}

func next(t testing.TB, c <-chan capture.Packet) capture.Packet {
	t.Helper()
	select {
	case p, ok := <-c:
		if !ok {
			t.Fatal("the capture has ended")
		}
		return p
	case <-time.After(testenv.Patience):
		t.Fatal("a packet does not come")
	}
	return capture.Packet{}
}

// both starts captures by our engine and by go-pcap, with the same filter, and
// waits until packets come through both that have one stamp.
func both(t testing.TB, s *sender, expression string, snapLen int) (ours, theirs <-chan capture.Packet) {
	t.Helper()
	program, err := compile.Compile(expression, capture.LinkEN10MB, compile.ModeLive, compile.Options{SnapLen: snapLen})
	if err != nil {
		t.Fatal(err)
	}
	l, err := live.Open("to0", live.Config{SnapLen: snapLen, Promiscuous: true, Timeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	g, err := gopcap.Open("to0", gopcap.Config{SnapLen: snapLen, Promiscuous: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { g.Close() })
	// A socket that wants stamps has the kernel stamp packets as they arrive, and
	// not when they are put into one buffer and then the other.
	stamps, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(stamps) })
	if err := unix.SetsockoptInt(stamps, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1); err != nil {
		t.Fatal(err)
	}
	if _, err := g.Start(program.Instructions, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Start(program.Instructions); err != nil {
		t.Fatal(err)
	}
	ours, theirs = pull(t, l), pull(t, g)
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(time.Millisecond) {
		s.send(frame("\x88\xb5", "warm up"))
		select {
		case a := <-ours:
			if b := next(t, theirs); a.Time == b.Time {
				return ours, theirs
			}
		case <-time.After(100 * time.Millisecond): // the interfaces may not carry anything yet
		}
		if time.Now().After(end) {
			t.Fatal("no packet comes with the same stamp by both")
		}
	}
}

// exchanged is a frame with the types of its VLAN tags as go-pcap writes them.
func exchanged(f []byte) []byte {
	f = bytes.Clone(f)
	if outer, inner := f[12:14], f[16:18]; string(outer) == "\x88\xa8" {
		if string(inner) == "\x81\x00" {
			copy(inner, outer)
		}
		copy(outer, "\x81\x00")
	}
	return f
}

// TestSamePackets: the same traffic through both engines gives the same packets,
// lengths and stamps, but for the types of VLAN tags.
func TestSamePackets(t *testing.T) {
	const packets, snapLen = 3000, 600
	inNamespace(t, func() {
		s := newSender(t)
		ours, theirs := both(t, s, "ether proto 0x88b5 or not tcp port 443", snapLen)
		made := traffic.New(7, packets)
		var p capture.Packet
		seen, sent := 0, 0
		drain := func() {
			for ; ; seen++ {
				x, y := next(t, ours), next(t, theirs)
				if d := x.Time.Time().Sub(y.Time.Time()); !bytes.Equal(exchanged(x.Data), y.Data) || x.Length != y.Length || x.Added != y.Added || d.Abs() > 10*time.Microsecond {
					t.Fatalf("packet %d by our engine: %+v\nby go-pcap: %+v", seen, x, y)
				}
				if bytes.HasPrefix(x.Data[12:], []byte("\x88\xb5mark")) {
					return
				}
			}
		}
		mark := frame("\x88\xb5", "mark")
		for made.Next(&p) == nil {
			// What is sent must fit into the interface's queue, and into go-pcap's buffer.
			s.send(p.Data)
			if sent++; sent%20 == 0 {
				s.send(mark)
				drain()
			}
		}
		if seen < packets/2 {
			t.Errorf("%d packets passed of %d", seen, packets)
		}
	})
}

// TestTags: what comes of VLAN tags, which is where go-pcap changes packets.
func TestTags(t *testing.T) {
	const ctag, stag = "\x81\x00", "\x88\xa8"
	inNamespace(t, func() {
		s := newSender(t)
		ours, theirs := both(t, s, "", 0)
		for _, c := range []struct{ what, sent, theirs string }{
			{"none", "\x88\xb6", "\x88\xb6"},
			{"802.1Q", ctag + "\x00\x64\x88\xb6", ctag + "\x00\x64\x88\xb6"},
			{"802.1ad", stag + "\x00\x64\x88\xb6", ctag + "\x00\x64\x88\xb6"},
			{"two of 802.1Q", ctag + "\x00\x64" + ctag + "\x00\xc8\x88\xb6", ctag + "\x00\x64" + ctag + "\x00\xc8\x88\xb6"},
			{"802.1Q in 802.1ad", stag + "\x00\x64" + ctag + "\x00\xc8\x88\xb6", ctag + "\x00\x64" + stag + "\x00\xc8\x88\xb6"},
			{"a tag that is zero", ctag + "\x00\x00\x88\xb6", "\x88\xb6"},
		} {
			f := frame(c.sent, "payload")
			s.send(f)
			a, b := next(t, ours), next(t, theirs)
			if !bytes.Equal(a.Data, f) {
				t.Errorf("%s: by our engine % x", c.what, a.Data[:24])
			}
			want := frame(c.theirs, "payload")
			if !bytes.Equal(b.Data, want) || int(b.Length) != len(want) {
				t.Errorf("%s: %d bytes, % x, want %d, % x", c.what, b.Length, b.Data[:24], len(want), want[:24])
			}
		}
	})
}

// TestBeforeFilter: a Handle that captures already has packets that the filter
// would keep out.
func TestBeforeFilter(t *testing.T) {
	inNamespace(t, func() {
		s := newSender(t)
		both(t, s, "", 0) // so that the interfaces carry packets
		h, err := pcap.OpenLive(context.Background(), "to0", capture.MaxSnapLen, true, 0, pcap.DefaultSyscalls)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			s.send(frame("\x08\x00", "no"))
			s.send(frame("\x81\x00\x00\x05\x88\xb5", "early"))
		}
		g, err := gopcap.New(h, "to0", 0)
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		s.send(frame("\x81\x00\x00\x05\x88\xb5", "in between"))
		compiled := func(mode compile.Mode) *compile.Program {
			p, err := compile.Compile("vlan 5 and ether proto 0x88b5", capture.LinkEN10MB, mode, compile.Options{})
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		again := compiled(compile.ModeSavefileLittle)
		vm, err := bpf.NewVM(again.Instructions, again.Rules())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := g.Start(compiled(compile.ModeLive).Instructions, vm); err != nil {
			t.Fatal(err)
		}
		s.send(frame("\x08\x00", "no"))
		s.send(frame("\x81\x00\x00\x05\x88\xb5", "late"))
		packets := pull(t, g)
		for _, want := range []string{"early", "early", "early", "late"} {
			if p := next(t, packets); !bytes.HasPrefix(p.Data[18:], []byte(want)) {
				t.Errorf("%q comes, want %s", p.Data, want)
			}
		}
	})
}

// TestOpen: what is refused, what is known of a Source, and that its device may go.
func TestOpen(t *testing.T) {
	inNamespace(t, func() {
		newSender(t) // a packet socket that is not the Source's
		for device, want := range map[string]string{
			"any":   "any: go-pcap knows Ethernet only, and this interface is LINUX_SLL2",
			"none0": "none0: No such device exists",
		} {
			if _, err := gopcap.Open(device, gopcap.Config{}); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s: %v", device, err)
			}
		}
		g, err := gopcap.Open("to0", gopcap.Config{BufferSize: 20 << 20})
		if err != nil {
			t.Fatal(err)
		}
		defer g.Close()
		sockets := g.Sockets()
		if len(sockets) != 1 {
			t.Fatalf("sockets %v", sockets)
		}
		sa, err := unix.Getsockname(sockets[0])
		if ll, ok := sa.(*unix.SockaddrLinklayer); !ok || ll.Ifindex == 0 {
			t.Errorf("socket %d has %+v, %v", sockets[0], sa, err)
		}
		if _, err := g.Start(nil, nil); err != nil {
			t.Fatal(err)
		}
		ip(t, "link del to0")
		if err := g.Next(new(capture.Packet)); err == nil || err.Error() != "to0: The interface went down or disappeared" {
			t.Errorf("when the interface is gone: %v", err)
		}
	})
}

// TestSilenceLog: what go-pcap logs is not seen, and what others log is.
func TestSilenceLog(t *testing.T) {
	logger := logrus.StandardLogger()
	out, formatter := logger.Out, logger.Formatter
	defer func() { logger.SetOutput(out); logger.SetFormatter(formatter) }()
	var said bytes.Buffer
	logger.SetOutput(&said)
	fail := func() {
		if _, err := pcap.OpenLive(context.Background(), "none0", 100, false, 0, pcap.DefaultSyscalls); err == nil {
			t.Error("an interface that is not there was opened")
		}
	}
	if fail(); said.Len() == 0 {
		t.Error("go-pcap says nothing by itself")
	}
	said.Reset()
	gopcap.SilenceLog()
	gopcap.SilenceLog()
	if fail(); said.Len() > 0 {
		t.Errorf("go-pcap says %s", &said)
	}
	if logrus.Error("of others"); !strings.Contains(said.String(), "of others") {
		t.Errorf("others say %q", &said)
	}
}

// BenchmarkBothEngines sends packets of an office, of mixed sizes, at 20,000 a second
// through both engines, and says what go-pcap loses and changes:
//
//	go test ./capture/gopcap -run xxx -bench BothEngines -benchtime 50000x
func BenchmarkBothEngines(b *testing.B) {
	const perMillisecond = 20
	inNamespace(b, func() {
		s := newSender(b)
		ours, theirs := both(b, s, "", 0)
		made := traffic.New(7, b.N)
		var p capture.Packet
		b.ResetTimer()
		began := time.Now()
		for i := 0; made.Next(&p) == nil; i++ {
			if i%perMillisecond == 0 {
				time.Sleep(time.Until(began.Add(time.Duration(i/perMillisecond) * time.Millisecond)))
			}
			s.send(p.Data)
		}
		b.StopTimer()
		var lost, lostByUs, changed, apart int
		var y capture.Packet
		have := false
		for i := range b.N {
			x, ok := await(ours)
			if !ok {
				lostByUs = b.N - i
				break
			}
			if !have {
				y, have = await(theirs)
			}
			if !have || !bytes.Equal(exchanged(x.Data), y.Data) || x.Length != y.Length {
				lost++
				continue
			}
			have = false
			if !bytes.Equal(x.Data, y.Data) {
				changed++
			}
			if x.Time.Time().Sub(y.Time.Time()).Abs() > 10*time.Microsecond {
				apart++
			}
		}
		b.ReportMetric(float64(lostByUs), "lost-by-ours")
		b.ReportMetric(float64(lost), "lost-by-go-pcap")
		b.ReportMetric(float64(changed), "changed")
		b.ReportMetric(float64(apart), "stamps-apart")
	})
}

// await returns the next packet, if one comes.
func await(c <-chan capture.Packet) (capture.Packet, bool) {
	select {
	case p, ok := <-c:
		return p, ok
	case <-time.After(2 * time.Second):
		return capture.Packet{}, false
	}
}
