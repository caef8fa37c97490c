package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// udpPort matches IPv4 UDP from or to a port, on Ethernet.
func udpPort(t testing.TB, port uint32, snapLen uint32) []bpf.RawInstruction {
	t.Helper()
	program, err := bpf.Assemble([]bpf.Instruction{
		bpf.LoadAbsolute{Off: 12, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0x800, SkipTrue: 10},
		bpf.LoadAbsolute{Off: 23, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 17, SkipTrue: 8},
		bpf.LoadAbsolute{Off: 20, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpBitsSet, Val: 0x1fff, SkipTrue: 6},
		bpf.LoadMemShift{Off: 14},
		bpf.LoadIndirect{Off: 14, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: port, SkipTrue: 2},
		bpf.LoadIndirect{Off: 16, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: port, SkipTrue: 1},
		bpf.RetConstant{Val: snapLen},
		bpf.RetConstant{Val: 0},
	})
	if err != nil {
		t.Fatal(err)
	}
	return program
}

func mustOpen(t *testing.T, device string, cfg Config) *Live {
	t.Helper()
	l, err := Open(device, cfg)
	if err != nil {
		t.Fatalf("Open(%q): %v", device, err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func mustStart(t *testing.T, l *Live, filter []bpf.RawInstruction) {
	t.Helper()
	if inKernel, err := l.Start(filter); err != nil || !inKernel {
		t.Fatalf("Start on %s: in kernel: %v, error: %v, warnings: %q", l.Device(), inKernel, err, l.Warnings())
	}
}

// collect copies what comes until the end.
func collect(t *testing.T, src interface{ Next(*capture.Packet) error }) []capture.Packet {
	t.Helper()
	var all []capture.Packet
	for {
		var p capture.Packet
		err := src.Next(&p)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Errorf("Next after %d packets: %v", len(all), err)
			return all
		}
		p.Data = bytes.Clone(p.Data)
		all = append(all, p)
	}
}

// collectFrom copies what comes while send runs and until n packets are received.
// A ring has room for so many time-outs of the kernel: who sends first and reads
// then depends on the machine.
func collectFrom(t *testing.T, l *Live, n uint64, send func()) []capture.Packet {
	t.Helper()
	go func() {
		defer l.Interrupt()
		send()
		waitReceived(t, l, n)
	}()
	return collect(t, l)
}

func wantStats(t *testing.T, l *Live, want capture.Stats) {
	t.Helper()
	if got, err := l.Stats(); err != nil || got != want {
		t.Errorf("Stats of %s: %+v, %v; want %+v", l.Device(), got, err, want)
	}
}

func TestKernelFilterOnLoopback(t *testing.T) {
	inNamespace(t, func() {
		l := mustOpen(t, "lo", Config{})
		if l.LinkType() != capture.LinkEN10MB {
			t.Fatalf("link type of lo: %v", l.LinkType())
		}
		receive := func(port int) *net.UDPConn {
			c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			return c
		}
		receiver := receive(5353)
		receive(5354)
		send := func(port int) net.Conn {
			c, err := net.Dial("udp4", fmt.Sprintf("127.0.0.1:%d", port))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			return c
		}
		match, other := send(5353), send(5354)
		match.Write([]byte("before the start"))
		if _, err := receiver.Read(make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		mustStart(t, l, udpPort(t, 5353, capture.MaxSnapLen))
		const n = 500
		got := collectFrom(t, l, 2*n, func() {
			for i := 0; i < n; i++ {
				fmt.Fprintf(match, "number %03d", i)
				for k := 0; k < 9; k++ {
					fmt.Fprintf(other, "other %d %d", i, k)
				}
			}
		})
		if len(got) != n {
			t.Fatalf("%d packets, want %d", len(got), n)
		}
		for i, p := range got {
			if want := fmt.Sprintf("number %03d", i); string(p.Data[42:]) != want {
				t.Fatalf("packet %d: %q, want %q", i, p.Data[42:], want)
			}
			if p.Direction != capture.DirIn || p.Length != uint32(len(p.Data)) || time.Since(time.Unix(p.Time.Sec, p.Time.Nsec)) > time.Minute {
				t.Fatalf("packet %d: %+v", i, p)
			}
		}
		// lo shows each packet going out, too; libpcap counts those.
		wantStats(t, l, capture.Stats{Received: 2 * n})
	})
}

func TestEveryPacketOnce(t *testing.T) {
	for _, cfg := range []Config{
		{},
		{Promiscuous: true},
		{BufferSize: 8 << 20, Timeout: 10 * time.Millisecond},
		{Immediate: true},
		{Immediate: true, SnapLen: 64},
		{SnapLen: 64},
	} {
		t.Run(fmt.Sprintf("%+v", cfg), func(t *testing.T) {
			inNamespace(t, func() {
				veth(t, "tx0", "rx0")
				in, out := mustOpen(t, "rx0", cfg), mustOpen(t, "tx0", cfg)
				mustStart(t, in, nil)
				mustStart(t, out, nil)
				tx := newSender(t, "tx0")
				const n = 3000
				sent := make(chan []capture.Packet)
				go func() { sent <- collect(t, out) }()
				received := collectFrom(t, in, n, func() {
					for i := uint32(0); i < n; i++ {
						tx.send(udpFrame(7777, i, 40+int(i%1400)))
					}
				})
				out.Interrupt()
				for l, got := range map[*Live][]capture.Packet{in: received, out: <-sent} {
					if len(got) != n {
						t.Fatalf("%s: %d packets, want %d", l.Device(), len(got), n)
					}
					for i, p := range got {
						want := udpFrame(7777, uint32(i), 40+i%1400)
						if p.Length != uint32(len(want)) {
							t.Fatalf("%s: packet %d: length %d, want %d", l.Device(), i, p.Length, len(want))
						}
						if cfg.SnapLen > 0 {
							want = want[:cfg.SnapLen]
						}
						if !bytes.Equal(p.Data, want) {
							t.Fatalf("%s: packet %d:\n got %x\nwant %x", l.Device(), i, p.Data, want)
						}
						if (p.Direction == capture.DirOut) != (l == out) {
							t.Fatalf("%s: packet %d has direction %v", l.Device(), i, p.Direction)
						}
					}
					wantStats(t, l, capture.Stats{Received: n})
				}
			})
		})
	}
}

// A frame larger than a slot of the ring comes another way.
func TestImmediateLargePackets(t *testing.T) {
	inNamespace(t, func() {
		l := mustOpen(t, "lo", Config{Immediate: true})
		mustStart(t, l, nil)
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		sizes := []int{10, 60000, 20000, 100, 16300, 16400, 65507, 1}
		for i, size := range sizes {
			c.WriteTo(bytes.Repeat([]byte{byte(i)}, size), c.LocalAddr())
		}
		waitReceived(t, l, 2*uint64(len(sizes)))
		l.Interrupt()
		got := collect(t, l)
		if len(got) != len(sizes) {
			t.Fatalf("%d packets, want %d", len(got), len(sizes))
		}
		for i, p := range got {
			if want := bytes.Repeat([]byte{byte(i)}, sizes[i]); int(p.Length) != 42+sizes[i] || !bytes.Equal(p.Data[42:], want) {
				t.Errorf("packet %d: length %d, %d bytes captured, want %d bytes of %d", i, p.Length, len(p.Data), 42+sizes[i], i)
			}
		}
	})
}

func TestImmediateIsImmediate(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "rx0", Config{Immediate: true, Timeout: testenv.Patience})
		mustStart(t, l, nil)
		tx := newSender(t, "tx0")
		sent := make(chan time.Time, 1)
		go func() {
			time.Sleep(20 * time.Millisecond)
			sent <- time.Now()
			tx.send(udpFrame(1, 1, 10))
		}()
		var p capture.Packet
		if err := l.Next(&p); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(<-sent); d > testenv.Patience/2 {
			t.Errorf("packet came %v after it was sent, as if it had waited for the timeout", d)
		}
	})
}

func TestVLANTags(t *testing.T) {
	for _, test := range []struct {
		device string
		link   capture.LinkType
		start  int    // of what follows the addresses
		seen   uint64 // how often it sees a frame
	}{
		{"rx0", capture.LinkEN10MB, 12, 1},
		{"any", capture.LinkLINUX_SLL, 14, 2},
	} {
		t.Run(test.link.String(), func(t *testing.T) {
			inNamespace(t, func() {
				veth(t, "tx0", "rx0")
				l := mustOpen(t, test.device, Config{Direction: capture.DirIn})
				if err := l.SetLinkType(test.link); err != nil {
					t.Fatal(err)
				}
				mustStart(t, l, nil)
				tx := newSender(t, "tx0")
				plain := udpFrame(7, 0, 60)
				tagged := func(tags ...byte) []byte {
					f := append([]byte{}, plain[:12]...)
					return append(append(f, tags...), plain[12:]...)
				}
				frames := [][]byte{
					plain,
					tagged(0x81, 0, 0, 5),
					tagged(0x81, 0, 0x60, 0),
				}
				if test.link == capture.LinkEN10MB { // the kernel mixes up the second tag of cooked packets
					frames = append(frames, tagged(0x88, 0xa8, 0, 100, 0x81, 0, 0, 5))
				}
				for _, f := range frames {
					tx.send(f)
				}
				waitReceived(t, l, test.seen*uint64(len(frames)))
				l.Interrupt()
				got := collect(t, l)
				if len(got) != len(frames) {
					t.Fatalf("%d packets, want %d", len(got), len(frames))
				}
				for i, p := range got {
					want := frames[i][12:]
					if !bytes.Equal(p.Data[test.start:], want) || int(p.Length) != test.start+len(want) {
						t.Errorf("packet %d, length %d:\n got %x\nwant %x", i, p.Length, p.Data[test.start:], want)
					}
					if added := cookedHeaderLen(test.link) + min(len(frames[i])-len(plain), vlanTagLen); int(p.Added) != added {
						t.Errorf("packet %d: %d bytes were added, want %d", i, p.Added, added)
					}
				}
			})
		})
	}
}

func TestAnyDevice(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "any", Config{Promiscuous: true})
		if w := l.Warnings(); len(w) != 1 || !strings.HasPrefix(w[0], "any: That device doesn't support promiscuous mode\n") {
			t.Errorf("warnings: %q", w)
		}
		if l.LinkType() != capture.LinkLINUX_SLL2 {
			t.Fatalf("link type %v", l.LinkType())
		}
		// udp[2:2] = 7777, for LINUX_SLL2.
		program, err := bpf.Assemble([]bpf.Instruction{
			bpf.LoadAbsolute{Off: 0, Size: 2},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 0x800, SkipTrue: 6},
			bpf.LoadExtension{Num: bpf.ExtLen},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 20 + 8 + 10, SkipTrue: 4}, // without the cooked header,
			bpf.LoadMemShift{Off: 20},
			bpf.LoadIndirect{Off: 22, Size: 2},
			bpf.JumpIf{Cond: bpf.JumpNotEqual, Val: 7777, SkipTrue: 1},
			bpf.RetConstant{Val: capture.MaxSnapLen},
			bpf.RetConstant{Val: 0},
		})
		if err != nil {
			t.Fatal(err)
		}
		mustStart(t, l, program)
		tx := newSender(t, "tx0")
		got := collectFrom(t, l, 200, func() {
			for i := uint32(0); i < 100; i++ {
				tx.send(udpFrame(7777, i, 10))
				tx.send(udpFrame(7777, i, 11))
				tx.send(udpFrame(7778, i, 10))
			}
		})
		if len(got) != 200 {
			t.Fatalf("%d packets, want 100 out and 100 in", len(got))
		}
		a, _ := net.InterfaceByName("tx0")
		b, _ := net.InterfaceByName("rx0")
		for i, p := range got {
			if n := frameNumber(p.Data[20:]); n != uint32(i/2) {
				t.Fatalf("packet %d has number %d", i, n)
			}
			dev, kind := a.Index, byte(4)
			if p.Direction == capture.DirIn {
				dev, kind = b.Index, 3
			}
			want := []byte{8, 0, 0, 0, 0, 0, 0, byte(dev), 0, 1, kind, 6, 2, 0, 0, 0, 0, 1, 0, 0}
			if !bytes.Equal(p.Data[:20], want) || p.Length != 58 {
				t.Fatalf("packet %d, %v: header %x, length %d; want %x and 58", i, p.Direction, p.Data[:20], p.Length, want)
			}
		}
	})
}

func TestDirection(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		in, out := mustOpen(t, "rx0", Config{Direction: capture.DirIn}), mustOpen(t, "rx0", Config{Direction: capture.DirOut})
		mustStart(t, in, nil)
		mustStart(t, out, nil)
		a, b := newSender(t, "tx0"), newSender(t, "rx0")
		for i := uint32(0); i < 10; i++ {
			a.send(udpFrame(1, i, 0))
			b.send(udpFrame(2, i, 0))
		}
		for port, l := range []*Live{1: in, 2: out} {
			if l == nil {
				continue
			}
			waitReceived(t, l, 20)
			l.Interrupt()
			got := collect(t, l)
			if len(got) != 10 {
				t.Errorf("port %d: %d packets, want 10", port, len(got))
			}
			for _, p := range got {
				if binary.BigEndian.Uint16(p.Data[36:]) != uint16(port) {
					t.Errorf("packet to port %d, want %d", binary.BigEndian.Uint16(p.Data[36:]), port)
				}
			}
			wantStats(t, l, capture.Stats{Received: 20}) // libpcap counts both directions
		}
	})
}

func TestRingOverflow(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		l := mustOpen(t, "rx0", Config{BufferSize: 1})
		mustStart(t, l, nil)
		tx := newSender(t, "tx0")
		const n = 3000
		for i := uint32(0); i < n; i++ {
			tx.send(udpFrame(1, i, 400))
		}
		waitReceived(t, l, n)
		l.Interrupt()
		got := collect(t, l)
		st, err := l.Stats()
		if err != nil || st.Received != n || uint64(len(got))+st.Dropped != n || st.Dropped == 0 {
			t.Errorf("%d captured, %+v, %v: want captured + dropped = received = %d", len(got), st, err, n)
		}
	})
}

func TestInterfaceGoesAway(t *testing.T) {
	for _, immediate := range []bool{false, true} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, "rx0", Config{Immediate: immediate})
			mustStart(t, l, udpPort(t, 1, capture.MaxSnapLen)) // not waitFlowing's
			tx := newSender(t, "tx0")
			for i := uint32(0); i < 10; i++ {
				tx.send(udpFrame(1, i, 40))
			}
			waitReceived(t, l, 10)
			ip(t, "link set rx0 down")
			ip(t, "link set rx0 up")
			waitFlowing(t, "tx0", "rx0")
			for i := uint32(10); i < 20; i++ {
				tx.send(udpFrame(1, i, 40))
			}
			waitReceived(t, l, 20)
			ip(t, "link del tx0")
			var p capture.Packet
			for i := uint32(0); ; i++ {
				err := l.Next(&p)
				if err == nil && frameNumber(p.Data[14:]) == i {
					continue
				}
				if i != 20 || err == nil || err.Error() != "The interface disappeared" {
					t.Errorf("after %d packets of 20: %v", i, err)
				}
				break
			}
		})
	}
}

func TestWake(t *testing.T) {
	inNamespace(t, func() {
		l := mustOpen(t, "lo", Config{})
		idle := 0
		l.OnIdle(func() error {
			if idle++; idle == 1 {
				time.AfterFunc(10*time.Millisecond, l.Wake)
			}
			return nil
		})
		mustStart(t, l, nil)
		var p capture.Packet
		if err := l.Next(&p); err != ErrWake {
			t.Errorf("Next after Wake: %v", err)
		}
		if idle != 1 {
			t.Errorf("OnIdle's function was called %d times", idle)
		}
		l.Interrupt()
		if err := l.Next(&p); err != io.EOF {
			t.Errorf("Next after Interrupt: %v", err)
		}
	})
}

func TestOpenErrors(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "eth0", "eth1")
		ip(t, "link set eth1 down")
		devices, err := Devices() // some kernels make tunnels in every namespace
		if err != nil {
			t.Fatal(err)
		}
		for _, test := range []struct{ device, want string }{
			{"eth2", "eth2: No such device exists\n(No such device exists)\nDid you mean eth0 or eth1? The option -D lists the interfaces and their numbers."},
			{"averylongnameindeed", "averylongnameindeed: No such device exists\n(No such device exists)\nInterfaces that are up: any, lo, eth0. The option -D lists the interfaces and their numbers."},
			{"eth1", "eth1: That device is not up\nTo bring it up: ip link set dev eth1 up"},
			{"nflog:5", "nflog:5: Packet capture is not supported on that device\n(capturing from netfilter's logs and queues is not available yet)\nWhat netfilter logs can be seen on the interface where it passes."},
			{"0", "Invalid adapter index 0\nThe option -D lists the interfaces and their numbers."},
			{"99", fmt.Sprintf("Invalid adapter index 99: only %d interfaces found\nThe option -D lists the interfaces and their numbers.", len(devices))},
		} {
			l, err := Open(test.device, Config{})
			if err == nil {
				l.Close()
				t.Errorf("Open(%q) succeeded", test.device)
			} else if err.Error() != test.want {
				t.Errorf("Open(%q):\n got %s\nwant %s", test.device, err, test.want)
			}
		}
		number := 1 + slices.IndexFunc(devices, func(d Device) bool { return d.Name == "lo" })
		l := mustOpen(t, fmt.Sprint(number), Config{})
		if l.Device() != "lo" {
			t.Errorf("device number %d is %s, want lo", number, l.Device())
		}
		if err := l.SetLinkType(capture.LinkLINUX_SLL); err == nil || err.Error() != "LINUX_SLL is not one of the DLTs supported by this device" {
			t.Errorf("SetLinkType(LINUX_SLL) on lo: %v", err)
		}
		if _, err := Open("any", Config{Monitor: true}); err == nil || err.Error() != "any: That device doesn't support monitor mode" {
			t.Errorf("monitor mode on any: %v", err)
		}
	})
}

func TestNoPermission(t *testing.T) {
	err := socketFailure("eth0", os.NewSyscallError("socket", unix.EPERM))
	program, _ := os.Executable()
	want := "eth0: You don't have permission to perform this capture on that device\n" +
		"(Attempt to create packet socket failed - CAP_NET_RAW may be required)\n" +
		"To capture without being root: sudo setcap cap_net_raw,cap_net_admin+ep " + program
	if err.Error() != want || !errors.Is(err, unix.EPERM) {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		for _, cfg := range []Config{{}, {Immediate: true}} {
			l := mustOpen(t, "rx0", cfg)
			mustStart(t, l, nil)
			tx := newSender(t, "tx0")
			for i := uint32(0); i < 600; i++ {
				tx.send(udpFrame(1, i, 40))
			}
			var p capture.Packet
			if n := testing.AllocsPerRun(500, func() {
				if err := l.Next(&p); err != nil {
					t.Fatal(err)
				}
			}); n != 0 {
				t.Errorf("%+v: %v allocations for each packet", cfg, n)
			}
		}
	})
}

// TestLost: behind a gap it is known how many packets are missing. Those of the
// next gap may be counted already.
func TestLost(t *testing.T) {
	nothing := errors.New("nothing there")
	for _, immediate := range []bool{false, true} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, "rx0", Config{BufferSize: 1, Immediate: immediate})
			mustStart(t, l, udpPort(t, 1, capture.MaxSnapLen))
			l.OnIdle(func() error { return nothing })
			tx := newSender(t, "tx0")
			number, next := uint32(0), uint32(0)
			missing, lost := uint64(0), uint64(0)
			deadline := time.Now().Add(testenv.Patience)
			// In the end one after the other, until one is not lost.
			for round := 0; round < 2 || next != number; round++ {
				if time.Now().After(deadline) {
					t.Fatalf("immediate %v: of %d packets, %d came or are told to be lost", immediate, number, next)
				}
				for range []int{2000, 1500, 1}[min(round, 2)] {
					tx.send(udpFrame(1, number, 400))
					number++
				}
				time.Sleep(3 * defaultTimeout) // for the kernel to hand over most blocks
				for {
					var p capture.Packet
					err := l.Next(&p)
					if err == nothing {
						break
					}
					if err != nil {
						t.Fatal(err)
					}
					gap, told := frameNumber(p.Data[14:])-next, l.Lost(0)
					missing += uint64(gap)
					lost += told
					if lost < missing || told > 0 && gap == 0 {
						t.Errorf("immediate %v: %d packets are missing before number %d, %d in all; Lost says %d, %d in all",
							immediate, gap, next+gap, missing, told, lost)
					}
					next += gap + 1
				}
			}
			if lost == 0 || lost != missing {
				t.Errorf("immediate %v: of %d packets %d are missing; Lost says %d", immediate, number, missing, lost)
			}
			wantStats(t, l, capture.Stats{Received: uint64(number), Dropped: lost})
		})
	}
}

// TestKernelRefuses: what the kernel does not run is left to the caller.
func TestKernelRefuses(t *testing.T) {
	accept := bpf.RawInstruction{Op: unix.BPF_RET | unix.BPF_K, K: capture.MaxSnapLen}
	load := bpf.RawInstruction{Op: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS}
	for _, c := range []struct {
		program []bpf.RawInstruction
		why     string
	}{
		{[]bpf.RawInstruction{{Op: unix.BPF_JMP | unix.BPF_JA, K: 1}, accept, {Op: unix.BPF_JMP | unix.BPF_JA, K: 0xffff_fffe}}, "it loops (protochain), which the kernel does not"},
		{append(slices.Repeat([]bpf.RawInstruction{load}, 5000), accept), "it has 5001 instructions, and the kernel takes 4096"},
		{[]bpf.RawInstruction{{Op: 0xffff}, accept}, "Invalid argument"},
	} {
		inNamespace(t, func() {
			veth(t, "tx0", "rx0")
			l := mustOpen(t, "rx0", Config{})
			inKernel, err := l.Start(c.program)
			want := "Kernel filter failed: " + c.why + "; all packets are fetched"
			if w := l.Warnings(); inKernel || err != nil || len(w) != 1 || !strings.HasPrefix(w[0], want) {
				t.Fatalf("Start: in kernel: %v, %v, warnings %q; want %q", inKernel, err, w, want)
			}
			newSender(t, "tx0").send(udpFrame(1, 0, 10))
			waitReceived(t, l, 1)
			l.Interrupt()
			if got := collect(t, l); len(got) != 1 {
				t.Errorf("%d packets, want 1", len(got))
			}
		})
	}
}

// TestAbandon: what there still is to read is given up, by merged captures too.
func TestAbandon(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		single, first, second := mustOpen(t, "rx0", Config{}), mustOpen(t, "rx0", Config{}), mustOpen(t, "tx0", Config{})
		for _, l := range []*Live{single, first, second} {
			mustStart(t, l, nil)
		}
		merged, err := Merge([]*Live{first, second})
		if err != nil {
			t.Fatal(err)
		}
		tx := newSender(t, "tx0")
		for i := range uint32(100) {
			tx.send(udpFrame(1, i, 10))
		}
		for _, l := range []*Live{single, merged} {
			var p capture.Packet
			if err := l.Next(&p); err != nil {
				t.Fatal(err)
			}
			l.Interrupt()
			l.Abandon()
			if err := l.Next(&p); err != io.EOF {
				t.Errorf("%s: after Abandon: %v", l.Device(), err)
			}
		}
	})
}
