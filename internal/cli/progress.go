package cli

import (
	"fmt"
	"math"
	"os"
	"sync/atomic"
	"time"

	"github.com/tapdump/tapdump/internal/cli/args"
)

// pace is when progress is shown: how long after the beginning, and how often.
type pace struct{ after, every time.Duration }

func usualPace() pace { return pace{after: time.Second, every: 250 * time.Millisecond} }

// progress tells on a terminal how far the reading of files has come, on one line that
// goes before anything else is said. nil tells nothing.
type progress struct {
	*console
	pace
	total   int64 // bytes of all files; 0: nobody knows
	ends    []int64
	passed  atomic.Int64 // bytes
	packets atomic.Uint64
	unsized atomic.Bool // what is read has no bytes that could be compared with total
	done    chan struct{}
	ended   chan struct{}
}

// showsProgress reports whether somebody wants to know how far reading has come: on a
// terminal that is not kept busy by what is printed, and that a cursor can move on.
func (s *session) showsProgress() bool {
	term := os.Getenv("TERM")
	if !s.terminal || term == "" || term == "dumb" || s.plan.Dump != args.DumpNothing {
		return false
	}
	prints := s.plan.Lines.Print || s.printsViews() || s.plan.RecordsToStdout() || s.plan.ToStdout()
	return !prints || !s.out.terminal
}

// startProgress shows it from now on, of files with these names.
func (s *session) startProgress(names []string) *progress {
	if !s.showsProgress() {
		return nil
	}
	p := &progress{console: s.console, pace: s.console.pace, done: make(chan struct{}), ended: make(chan struct{})}
	for _, name := range names {
		size, ok := s.sizeOf(name)
		if !ok {
			p.unsized.Store(true)
		}
		p.total += size
		p.ends = append(p.ends, p.total)
	}
	if s.out.terminal {
		s.out.w = belowLine{s.console, s.out.w}
	}
	go p.run()
	return p
}

// sizeOf is how many bytes a regular file has; the standard input may be one.
func (s *session) sizeOf(name string) (size int64, ok bool) {
	var info os.FileInfo
	var err error
	if f, is := s.stdin.(*os.File); name == "-" && is {
		info, err = f.Stat()
	} else if name != "-" {
		info, err = os.Stat(name)
	}
	if err != nil || info == nil || !info.Mode().IsRegular() {
		return 0, false
	}
	return info.Size(), true
}

// run shows the line until stop is called.
func (p *progress) run() {
	defer close(p.ended)
	begin := time.Now()
	late := time.NewTimer(p.after)
	defer late.Stop()
	select {
	case <-p.done:
		return
	case <-late.C:
	}
	ticker := time.NewTicker(p.every)
	defer ticker.Stop()
	for last := (reached{at: begin}); ; {
		last = p.reached(last)
		p.showLine(last.line(p.whole()))
		select {
		case <-p.done:
			return
		case <-ticker.C:
		}
	}
}

// stop ends showing, and takes the line away.
func (p *progress) stop() {
	if p == nil {
		return
	}
	close(p.done)
	<-p.ended
	p.sayAsItIs(nil)
}

// whole is how many bytes there are to read; 0: nobody knows.
func (p *progress) whole() int64 {
	if p.unsized.Load() {
		return 0
	}
	return p.total
}

// pass counts bytes that were read. It may be called from several goroutines.
func (p *progress) pass(n int64) { p.passed.Add(n) }

// meter is what counts bytes; nil: nobody does.
func (p *progress) meter() func(int64) {
	if p == nil {
		return nil
	}
	return p.pass
}

// endOf is called when the file with that number has been read, whatever of it was
// needed.
func (p *progress) endOf(i int) {
	if p != nil {
		p.passed.Store(p.ends[i])
	}
}

// count says how many packets have been read.
func (p *progress) count(packets uint64) {
	if p != nil {
		p.packets.Store(packets)
	}
}

// reached is how far reading has come at a time, and how fast it was of late.
type reached struct {
	at                    time.Time
	bytes, packets        float64
	byteRate, packetsRate float64 // a second
}

// reached is the next one after the last.
func (p *progress) reached(last reached) reached {
	r := reached{at: time.Now(), bytes: float64(p.passed.Load()), packets: float64(p.packets.Load())}
	seconds := max(r.at.Sub(last.at).Seconds(), 1e-3)
	r.byteRate = max(r.bytes-last.bytes, 0) / seconds
	r.packetsRate = max(r.packets-last.packets, 0) / seconds
	if last.byteRate > 0 {
		const old = 0.8
		r.byteRate = old*last.byteRate + (1-old)*r.byteRate
		r.packetsRate = old*last.packetsRate + (1-old)*r.packetsRate
	}
	return r
}

// line is what is shown, of whole bytes; 0: nobody knows how many there are.
func (r reached) line(whole int64) string {
	text := scaled(r.bytes) + "B"
	if whole > 0 {
		part := min(r.bytes, float64(whole))
		text = fmt.Sprintf("%.0f%%, %sB of %sB", math.Floor(100*part/float64(whole)), scaled(part), scaled(float64(whole)))
		if r.byteRate > 0 {
			text += ", " + clock((float64(whole)-part)/r.byteRate) + " left"
		}
	}
	text += ", " + scaled(r.byteRate) + "B/s"
	if r.packets > 0 {
		text += fmt.Sprintf(", %.0f packets, %s packets/s", r.packets, scaledCount(r.packetsRate))
	}
	return text
}

// scaled is a number with a unit's prefix, for an amount of bytes; scaledCount, for
// packets.
func scaled(v float64) string { return scaledBy(v, " ") }

func scaledCount(v float64) string { return scaledBy(v, "") }

func scaledBy(v float64, between string) string {
	const prefixes = "kMGTPE"
	u := 0
	for v >= 999.5 && u < len(prefixes) {
		v /= 1000
		u++
	}
	switch {
	case u == 0:
		return fmt.Sprintf("%.0f%s", v, between)
	case v < 99.95:
		return fmt.Sprintf("%.1f%s%c", v, between, prefixes[u-1])
	}
	return fmt.Sprintf("%.0f%s%c", v, between, prefixes[u-1])
}

// clock is a number of seconds as minutes, with hours where there are any.
func clock(seconds float64) string {
	n := int64(math.Ceil(min(seconds, 359999)))
	if n >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}
