package live

import (
	"bytes"
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"github.com/tapdump/tapdump/capture"
)

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
