package live

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/net/bpf"

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

// TestImmediateCut: packets of which not all found room are counted.
func TestImmediateCut(t *testing.T) {
	inNamespace(t, func() {
		for _, buffer := range []int{256 << 10, 32 << 20} {
			l := mustOpen(t, "lo", Config{Immediate: true, BufferSize: buffer})
			mustStart(t, l, nil)
			c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			const n = 5 // the smaller ring has room for the first 16 KiB of each, twice
			for range n {
				if _, err := c.WriteTo(make([]byte, 60000), c.LocalAddr()); err != nil {
					t.Fatal(err)
				}
			}
			waitReceived(t, l, 2*n)
			l.Interrupt()
			got, cut := collect(t, l), uint64(0)
			for _, p := range got {
				if len(p.Data) < int(p.Length) {
					cut++
				}
			}
			if len(got) != n || l.Cut() != cut || (cut > 0) != (buffer < 1<<20) {
				t.Errorf("with room for %d bytes: %d packets, %d cut, counted %d", buffer, len(got), cut, l.Cut())
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
