package live

import (
	"bytes"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// TestCookedSnapLen: with a cooked header the snapshot length is at least that of the
// longer header and a byte, whichever header it is.
func TestCookedSnapLen(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		for _, c := range []struct {
			device     string
			asked, got int
		}{
			{"any", 1, 21}, {"any", 20, 21}, {"any", 21, 21}, {"any", 22, 22}, {"any", 0, capture.MaxSnapLen}, {"rx0", 1, 1},
		} {
			for _, link := range mustOpen(t, c.device, Config{SnapLen: c.asked}).LinkTypes() {
				l := mustOpen(t, c.device, Config{SnapLen: c.asked, Direction: capture.DirIn})
				if err := l.SetLinkType(link); err != nil {
					t.Fatal(err)
				}
				if l.SnapLen() != c.got || l.Interfaces()[0].SnapLen != uint32(c.got) {
					t.Errorf("%s as %v: %d asked for, %d and %+v given, want %d", c.device, link, c.asked, l.SnapLen(), l.Interfaces(), c.got)
				}
				mustStart(t, l, nil)
				newSender(t, "tx0").send(udpFrame(7, 0, 60))
				waitReceived(t, l, 1)
				l.Interrupt()
				whole := 14 + 20 + 8 + 60 - 14 + max(link.HeaderLength(), 14)
				if link == capture.LinkDOCSIS {
					whole = 14 + 20 + 8 + 60
				}
				if got := collect(t, l); len(got) != 1 || len(got[0].Data) != min(c.got, whole) {
					t.Errorf("%s as %v, snapshot length %d: %+v", c.device, link, c.got, got)
				}
			}
		}
	})
}

// TestShortTagged: a packet that is shorter than the cooked header before the place of a
// tag does not get its tag back; one of Ethernet does, as it has the addresses.
func TestShortTagged(t *testing.T) {
	inNamespace(t, func() {
		veth(t, "tx0", "rx0")
		frame := func(payload int) []byte {
			return append([]byte{2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 5, 0x88, 0xb5}, make([]byte, payload)...)
		}
		for _, c := range []struct {
			device string
			link   capture.LinkType
			want   [][]byte // behind the addresses
		}{
			{"rx0", capture.LinkEN10MB, [][]byte{frame(2)[12:], frame(13)[12:], frame(14)[12:]}},
			{"any", capture.LinkLINUX_SLL, [][]byte{frame(2)[16:], frame(13)[16:], frame(14)[12:]}},
			{"any", capture.LinkLINUX_SLL2, [][]byte{frame(2)[18:], frame(13)[18:], frame(14)[18:]}},
		} {
			l := mustOpen(t, c.device, Config{Direction: capture.DirIn, Immediate: true})
			if err := l.SetLinkType(c.link); err != nil {
				t.Fatal(err)
			}
			mustStart(t, l, nil)
			tx := newSender(t, "tx0")
			seen := uint64(3)
			if c.device == "any" {
				seen = 6
			}
			for _, payload := range []int{2, 13, 14} {
				tx.send(frame(payload))
			}
			waitReceived(t, l, seen)
			l.Interrupt()
			got := collect(t, l)
			if len(got) != len(c.want) {
				t.Fatalf("%v: %d packets", c.link, len(got))
			}
			at := map[capture.LinkType]int{capture.LinkEN10MB: 12, capture.LinkLINUX_SLL: 14, capture.LinkLINUX_SLL2: 20}[c.link]
			for i, p := range got {
				if !bytes.Equal(p.Data[at:], c.want[i]) || int(p.Length) != len(p.Data) {
					t.Errorf("%v, packet %d, length %d: %x, want %x at its end", c.link, i, p.Length, p.Data, c.want[i])
				}
			}
		}
	})
}
