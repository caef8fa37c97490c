package recorder

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// source is where packets of tests come from.
type source struct{ interfaces []capture.Interface }

var ethernet = &source{[]capture.Interface{{Name: "a", LinkType: capture.LinkEN10MB, SnapLen: 262144}, {Name: "b", LinkType: capture.LinkEN10MB, SnapLen: 262144}}}

func (s *source) Next(*capture.Packet) error      { return io.EOF }
func (s *source) LinkType() capture.LinkType      { return capture.LinkEN10MB }
func (s *source) SnapLen() int                    { return 262144 }
func (s *source) Interfaces() []capture.Interface { return s.interfaces }
func (s *source) Close() error                    { return nil }

// bench is a recorder, and what it says and writes.
type bench struct {
	*Recorder
	t   *testing.T
	dir string

	mu   sync.Mutex
	said []string
}

// newBench makes a recorder that writes to a folder of the test.
func newBench(t *testing.T, o Options, format pcapfile.Format, rules pcapfile.Rules) *bench {
	t.Helper()
	b := prepareBench(t, o, format, rules)
	b.Begin(b.files)
	return b
}

// prepareBench is newBench, but nothing is written before Begin.
func prepareBench(t *testing.T, o Options, format pcapfile.Format, rules pcapfile.Rules) *bench {
	t.Helper()
	b := &bench{t: t, dir: t.TempDir()}
	o.Location, o.AnyLinkType = time.UTC, format.Pcapng
	o.Say = func(text string) {
		b.mu.Lock()
		b.said = append(b.said, text)
		b.mu.Unlock()
	}
	o.Wake = func() {}
	if o.Size == 0 {
		o.Size = 1 << 20
	}
	r, err := New(ethernet, o)
	if err != nil {
		t.Fatal(err)
	}
	format.Interfaces, format.Lost = r.Interfaces, r.Lost
	rules.OnCall, rules.Location = true, time.UTC
	files, err := pcapfile.Rotate(filepath.Join(b.dir, "%H%M%S.pcapng"), capture.LinkEN10MB, format, rules)
	if err != nil {
		t.Fatal(err)
	}
	r.files = files
	b.Recorder = r
	return b
}

// stop closes the recorder.
func (b *bench) stop() {
	b.t.Helper()
	b.Close()
	for _, err := range b.Failures() {
		b.t.Error(err)
	}
	if err := b.files.Close(); err != nil {
		b.t.Error(err)
	}
}

// at is a packet that says its time, in milliseconds.
func at(ms int64, size int) *capture.Packet {
	p := capture.NewPacket(capture.LinkEN10MB, fmt.Appendf(make([]byte, 0, size), "%d", ms)[:size])
	p.Time = capture.Timestamp{Sec: ms / 1000, Nsec: ms % 1000 * 1e6}
	return p
}

// feed has packets come, one each step, of which one fires.
func (b *bench) feed(from, to, step int64, fires ...int64) error {
	for ms := from; ms <= to; ms += step {
		var causes []Cause
		p := at(ms, 60)
		if slices.Contains(fires, ms) {
			causes = []Cause{{Rule: "test", Reason: fmt.Sprint(ms), Time: p.Time, Packet: true}}
		}
		if err := b.Packet(p, causes); err != nil {
			return err
		}
	}
	return nil
}

// files are the names of those that were written, and the packets in them by their times.
func (b *bench) contents() map[string][]int64 {
	b.t.Helper()
	names, err := filepath.Glob(filepath.Join(b.dir, "*"))
	if err != nil {
		b.t.Fatal(err)
	}
	all := make(map[string][]int64)
	for _, name := range names {
		all[filepath.Base(name)] = times(b.t, name)
	}
	return all
}

func times(t *testing.T, name string) []int64 {
	t.Helper()
	all := []int64{}
	for _, p := range packets(t, name) {
		all = append(all, p.Time.Sec*1000+p.Time.Nsec/1e6)
	}
	return all
}

// packets are those of a savefile.
func packets(t *testing.T, name string) (all []*capture.Packet) {
	t.Helper()
	r, err := pcapfile.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		p := new(capture.Packet)
		if err := r.Next(p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p.Annotation = new(capture.Annotation)
		r.Remarks(p.Annotation)
		p.Data = slices.Clone(p.Data)
		all = append(all, p)
	}
}

// span are times from one to another.
func span(from, to, step int64) (all []int64) {
	for ms := from; ms <= to; ms += step {
		all = append(all, ms)
	}
	return all
}

// rings are the kinds of rings.
func rings(t *testing.T, test func(t *testing.T, o Options)) {
	t.Run("memory", func(t *testing.T) { test(t, Options{}) })
	t.Run("disk", func(t *testing.T) {
		needsDisk(t)
		test(t, Options{Dir: t.TempDir()})
	})
}

// TestWindow: what is in the windows is in files, and nothing else.
func TestWindow(t *testing.T) {
	for _, c := range []struct {
		name  string
		o     Options
		fires []int64
		want  map[string][]int64
	}{
		{"one", Options{}, []int64{50_000}, map[string][]int64{"000050.pcapng": span(40_000, 55_000, 100)}},
		{"at the beginning", Options{}, []int64{1000}, map[string][]int64{"000001.pcapng": span(1000, 6000, 100)}},
		{"at the end", Options{}, []int64{98_000}, map[string][]int64{"000138.pcapng": span(88_000, 100_000, 100)}},
		{"several", Options{}, []int64{20_000, 50_000, 60_000}, map[string][]int64{
			"000020.pcapng": span(10_000, 25_000, 100), "000050.pcapng": span(40_000, 55_000, 100), "000100.pcapng": span(50_000, 65_000, 100)}},
		{"overlapping", Options{}, []int64{20_000, 25_000, 29_900}, map[string][]int64{"000020.pcapng": span(10_000, 34_900, 100)}},
		{"right behind", Options{}, []int64{20_000, 25_100}, map[string][]int64{
			"000020.pcapng": span(10_000, 25_000, 100), "000025.pcapng": span(15_100, 30_100, 100)}},
		{"cooling down", Options{Cooldown: 10 * time.Second}, []int64{20_000, 26_000, 35_000, 35_100}, map[string][]int64{
			"000020.pcapng": span(10_000, 25_000, 100), "000035.pcapng": span(25_100, 40_100, 100)}},
		{"two", Options{Incidents: 2}, []int64{20_000, 50_000, 80_000}, map[string][]int64{
			"000020.pcapng": span(10_000, 25_000, 100), "000050.pcapng": span(40_000, 55_000, 100)}},
		{"the same second", Options{}, []int64{20_000, 25_100}, map[string][]int64{
			"000020.pcapng": span(10_000, 25_000, 100), "000025.pcapng": span(15_100, 30_100, 100)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			rings(t, func(t *testing.T, o Options) {
				o.Before, o.After, o.Cooldown, o.Incidents = 10*time.Second, 5*time.Second, c.o.Cooldown, c.o.Incidents
				b := newBench(t, o, pcapfile.Format{Pcapng: true}, pcapfile.Rules{})
				err := b.feed(1000, 100_000, 100, c.fires...)
				if done := errors.Is(err, ErrDone); done != (c.o.Incidents > 0) || err != nil && !done {
					t.Errorf("it ended with %v", err)
				}
				b.stop()
				if got := b.contents(); fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("files are\n%v\nwant\n%v\nand it says %q", got, c.want, b.said)
				}
				if c.name == "at the end" && !strings.HasSuffix(b.said[len(b.said)-1], "; the run ended before the 5s after it") {
					t.Errorf("it says %q", b.said)
				}
				if got := b.Losses().Cooled; c.name == "cooling down" && got != 2 {
					t.Errorf("%d causes came too soon, want 2", got)
				}
			})
		})
	}
}
