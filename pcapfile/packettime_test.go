package pcapfile

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// noted is a file of another format, which notes what becomes of it.
type noted struct {
	name    string
	packets uint64
	log     *[]string
}

func (n *noted) Write(*capture.Packet) error { n.packets++; return nil }
func (n *noted) Size() int64                 { return 10 * int64(n.packets) }
func (n *noted) Packets() uint64             { return n.packets }
func (n *noted) Flush() error                { return nil }
func (n *noted) Idle() error                 { return nil }
func (n *noted) Close() error {
	*n.log = append(*n.log, fmt.Sprintf("%s %d", n.name, n.packets))
	return nil
}

// TestPacketTime: files of another format are begun by the times of packets, and called
// after these; the command is run on those that have packets.
func TestPacketTime(t *testing.T) {
	for _, c := range []struct {
		series Series
		want   string
	}{
		{Series{Every: time.Minute, Align: true}, "00:10:00 2, 00:11:00 2, 01:00:00 1"},
		{Series{Every: time.Minute}, "00:10:30 3, 00:11:30 1, 01:00:00 1"},
		{Series{Packets: 2}, "00:10:30 2, 00:11:20 2, 01:00:00 1"},
		{Series{Size: 30}, "00:10:30 3, 00:10:40 2"},
	} {
		var mu sync.Mutex // for run: commands run side by side
		var log, run []string
		r, err := Rotate("%H:%M:%S", capture.LinkRAW, Format{}, Rules{
			Series: c.series, Location: time.UTC, PacketTime: true, Command: "command",
			Create: func(name string) (File, error) { return &noted{name: name, log: &log}, nil },
			Start: func(_, file string) (func() error, error) {
				mu.Lock()
				defer mu.Unlock()
				run = append(run, file)
				return func() error { return nil }, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []int64{630, 659, 680, 640, 3600} { // one comes late
			if c.series.Every > 0 && !c.series.Align && at == 680 {
				at = 689
			}
			if c.series.Every > 0 && !c.series.Align && at == 640 {
				at = 690
			}
			if err := r.Write(&capture.Packet{Time: capture.Timestamp{Sec: at}, LinkType: capture.LinkRAW}); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		r.Wait(nil)
		if got := strings.Join(log, ", "); got != c.want || len(run) != len(log) {
			t.Errorf("%+v: files are %q, the command ran on %q; want %s", c.series, got, run, c.want)
		}
	}
	// Of no packets there is no file.
	r, err := Rotate("%s", capture.LinkRAW, Format{}, Rules{Series: Series{Every: time.Second}, PacketTime: true,
		Create: func(name string) (File, error) { t.Errorf("%s is made", name); return &noted{log: new([]string)}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}
