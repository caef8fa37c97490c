package cli

import (
	"fmt"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/when"
	"github.com/tapdump/tapdump/pcapfile"
)

// timespan is the time of the packets that are read.
type timespan struct {
	known bool
	span  pcapfile.Span
	first capture.Timestamp // of the capture, for the hint; zero: not known
	last  capture.Timestamp // of the capture, if it has to be known
}

// spanned reports whether only packets of some time are read.
func (r *fileRun) spanned() bool { return r.plan.Files.From != nil || r.plan.Files.To != nil }

// findSpan finds which time --from and --to mean in the files of these names. What comes
// through a pipe tells it later.
func (r *fileRun) findSpan(names []string) error {
	from, to := r.plan.Files.From, r.plan.Files.To
	if !r.spanned() || r.dumps() {
		return nil
	}
	r.location() // whose file cannot be opened later
	o := pcapfile.ReadOptions{Window: r.plan.Files.Window, Convert: parquetPackets, Like: r.like, Stop: r.ending}
	if from.OfEnd() || to.OfEnd() {
		var err error
		if r.times.last, err = latestOf(o, names); err != nil {
			return err
		}
	}
	if r.compiler.hints() && !waits(names[0]) {
		r.times.first, _, _ = o.FirstTime(names[0]) // an error is told when it is read
	}
	first, ok := capture.Timestamp{}, !from.OfBegin() && !to.OfBegin()
	for _, name := range names {
		switch {
		case ok && !r.plan.Files.Merge, !from.OfBegin() && !to.OfBegin():
			continue
		case waits(name) && r.plan.Files.Merge:
			return errorText(name + ": --from and --to depend on the first packet, and what comes through a pipe is merged with others: give a date too, or @EPOCH")
		case waits(name):
			return nil
		}
		at, has, err := o.FirstTime(name)
		if err != nil {
			continue // which is told when it is read
		}
		if has && (!ok || at.Before(first)) {
			first, ok = at, true
		}
	}
	if !ok {
		return nil
	}
	_, err := r.within(first)
	return err
}

// latestOf is the latest time of the packets of files.
func latestOf(o pcapfile.ReadOptions, names []string) (latest capture.Timestamp, err error) {
	found := false
	for _, name := range names {
		if waits(name) {
			return latest, errorText(name + ": --from and --to depend on the last packet, and what comes through a pipe can be read once: write it to a file, or give a time of another form")
		}
		at, ok, err := o.LatestTime(name)
		if err == nil && ok && (!found || latest.Before(at)) {
			latest, found = at, true
		}
	}
	return latest, nil
}

// within is the span of time of the packets that are read, of a capture that begins with
// first.
func (r *fileRun) within(first capture.Timestamp) (pcapfile.Span, error) {
	t := &r.times
	if t.known {
		return t.span, nil
	}
	t.span = pcapfile.Span{From: pcapfile.Earliest, To: pcapfile.Latest}
	from, to := r.plan.Files.From, r.plan.Files.To
	about := when.Capture{Location: r.location(), First: first, Last: t.last}
	if from != nil {
		t.span.From = from.From(about)
	}
	if to != nil {
		t.span.To = to.To(about, from)
	}
	if !t.span.From.Before(t.span.To) {
		return t.span, errorText(fmt.Sprintf("--from is %s, and --to not later, %s: no packet is between them", r.shown(t.span.From), r.shown(t.span.To)))
	}
	t.known = true
	return t.span, nil
}

// hintAtSpan says, where a hint is given and nothing was in the span, which that is.
func (r *fileRun) hintAtSpan() bool {
	t := &r.times
	if !t.known || !r.spanned() || r.captured > 0 || !r.compiler.hints() {
		return false
	}
	bound := func(word string, at capture.Timestamp) string {
		if at == pcapfile.Earliest || at == pcapfile.Latest {
			return ""
		}
		return word + r.shown(at)
	}
	text := "nothing matched" + bound(" from ", t.span.From) + bound(" to ", t.span.To)
	if t.first != (capture.Timestamp{}) {
		text += "; the capture begins at " + r.shown(t.first)
	}
	r.say("%s: hint: %s\n", r.name, text)
	return true
}

// shown is a time in words.
func (r *fileRun) shown(t capture.Timestamp) string {
	return time.Unix(t.Sec, t.Nsec).In(r.location()).Format("2006-01-02 15:04:05.999999999 -07:00")
}
