package capture

import (
	"errors"
	"io"
	"testing"
	"time"
)

// few is a source of packets that ends with an error.
type few struct {
	left int
	end  error
}

func (s *few) Next(pkt *Packet) error {
	if s.left == 0 {
		return s.end
	}
	s.left--
	pkt.Length = uint32(s.left)
	return nil
}
func (s *few) LinkType() LinkType      { return LinkRAW }
func (s *few) SnapLen() int            { return MaxSnapLen }
func (s *few) Interfaces() []Interface { return nil }
func (s *few) Close() error            { return nil }

func TestPackets(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct{ end, want error }{{io.EOF, nil}, {broken, broken}} {
		src := &few{left: 5, end: c.end}
		for pkt, err := range Packets(src) {
			if err != nil || pkt.Length != 4 {
				t.Errorf("the first packet: %+v, %v", pkt, err)
			}
			break
		}
		n := 0
		var got error
		for pkt, err := range Packets(src) {
			if err != nil {
				got = err
				if pkt != nil {
					t.Error("there is a packet with the error")
				}
				continue
			}
			n++
		}
		if n != 4 || got != c.want {
			t.Errorf("%v: %d packets and %v, want 4 and %v", c.end, n, got, c.want)
		}
	}
}

// TestPacketsAllocs: ranging costs a packet for all.
func TestPacketsAllocs(t *testing.T) {
	count := func(packets int) float64 {
		return testing.AllocsPerRun(20, func() {
			src := few{left: packets, end: io.EOF}
			for _, err := range Packets(&src) {
				if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if one, many := count(1), count(1000); many > one {
		t.Errorf("%v allocations for a packet, %v for 1000", one, many)
	}
}

func TestNewPacket(t *testing.T) {
	pkt := NewPacket(LinkRAW, []byte{1, 2, 3})
	if pkt.LinkType != LinkRAW || pkt.Length != 3 || len(pkt.Data) != 3 {
		t.Errorf("%+v", pkt)
	}
}

// TestTimestampTime: also of stamps that are out of the ordinary.
func TestTimestampTime(t *testing.T) {
	for _, c := range []struct {
		stamp Timestamp
		want  string
	}{
		{Timestamp{}, "1970-01-01T00:00:00Z"},
		{Timestamp{Sec: 1700000000, Nsec: 123456789}, "2023-11-14T22:13:20.123456789Z"},
		{Timestamp{Sec: 1, Nsec: 1_500_000_000}, "1970-01-01T00:00:02.5Z"},
		{Timestamp{Sec: -1, Nsec: 1}, "1969-12-31T23:59:59.000000001Z"},
	} {
		if got := c.stamp.Time().UTC().Format(time.RFC3339Nano); got != c.want {
			t.Errorf("%+v is %s, want %s", c.stamp, got, c.want)
		}
	}
}
