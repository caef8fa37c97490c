package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/openfile"
	"github.com/tapdump/tapdump/internal/report"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// reporting gathers what the report of --report says.
type reporting struct {
	gathered *report.Report
	about    report.About
	facts    report.Facts

	asks    func(iface int) uint64 // how many packets were lost before one; nil: nobody knows
	told    bool                   // the savefile asks, and lost has what it was told
	lost    uint64
	readers []*pcapfile.Reader // that are open, or were the last
	counted map[*pcapfile.Reader]capture.Stats
	remarks capture.Annotation // scratch
	sink    *reportSink        // nil: it is not open
}

func newReporting(a *analysis) *reporting {
	if !features.HasReport {
		return nil // openReport says so
	}
	return &reporting{gathered: report.New(report.Options{TCP: a.tcp}), counted: make(map[*pcapfile.Reader]capture.Stats)}
}

// learn takes what a host is called; nobody asks a nil reporting.
func (r *reporting) learn(l apps.Lesson) {
	if features.HasReport && r != nil {
		r.gathered.Learn(l)
	}
}

// Bounds of what is kept of sources.
const (
	maxReported = 256 // sources that are named
	maxProblems = 64
)

// reads notes a savefile that is read.
func (a *analysis) reads(name string, kinds []pcapfile.Kind, snapLen int) {
	if a == nil || a.report == nil {
		return
	}
	source := report.Source{SnapLen: snapLen}
	if len(a.report.about.Sources) < maxReported {
		source.Name = name
		for _, k := range kinds {
			source.LinkTypes = append(source.LinkTypes, k.LinkType)
		}
	}
	a.report.about.Sources = append(a.report.about.Sources, source)
}

// reportProblem notes what is wrong with a source.
func (a *analysis) reportProblem(text string) {
	if a != nil && a.report != nil && len(a.report.about.Problems) < maxProblems {
		a.report.about.Problems = append(a.report.about.Problems, text)
	}
}

// hearLost is ask, which tells what was lost since it was asked last: the report is told
// what the savefile is.
func (a *analysis) hearLost(ask func(iface int) uint64) func(iface int) uint64 {
	if a == nil || a.report == nil || !a.report.told {
		return ask
	}
	return func(iface int) uint64 {
		n := ask(iface)
		a.report.lost += n
		return n
	}
}

// reportSink writes a report at the end. The file has another name until it is whole, so
// that there never is half of one.
type reportSink struct {
	session   *session
	reporting *reporting
	src       capture.Source
	name      string
	temporary string   // "": the file is written in place
	file      *os.File // nil: the standard output
	live      *live.Live
	began     time.Time
}

func (s *session) openReport(o opening) (sink, error) {
	name := s.plan.Report()
	if name == "" {
		return nil, nil
	}
	if !features.HasReport {
		return nil, features.Report.Need("--report")
	}
	x := &reportSink{session: s, reporting: s.analysis.report, src: o.src, name: name}
	if s.plan.Live() {
		x.began = time.Now()
	}
	if source, ok := o.src.(*live.Live); ok {
		x.live, x.reporting.asks = source, source.Lost
	}
	x.reporting.told = s.plan.Pcapng() && s.plan.Write.Recorder == nil && x.live != nil
	if name != "-" {
		if err := x.open(); err != nil {
			return nil, fmt.Errorf("--report %s: %w", name, syserr.Worded(err))
		}
	}
	x.reporting.sink = x
	return x, nil
}

// open makes the file, for what keeps it from that to be known at once.
func (x *reportSink) open() error {
	name, how, mode := x.name, os.O_TRUNC, os.FileMode(0o666)
	info, err := os.Stat(name)
	if err != nil || info.Mode().IsRegular() {
		folder, base := filepath.Split(name)
		name, how = folder+"."+base+".part", os.O_EXCL
		// One that was left behind; or somebody's link, to have another file overwritten.
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		x.temporary = name
	}
	if err == nil {
		mode = info.Mode().Perm() // whoever may not read the old one may not read this
	}
	x.file, err = openfile.Open(x.session.events.stopped, name, os.O_WRONLY|os.O_CREATE|how, mode)
	return err
}

// abandonReport gives up a report of which nothing will come.
func (a *analysis) abandonReport() {
	if a == nil || a.report == nil || a.report.sink == nil {
		return
	}
	a.report.sink.abandon()
}

// abandon leaves no file behind. That it cannot be removed changes nothing about the
// reason for it.
func (x *reportSink) abandon() {
	if x.file != nil {
		_ = x.file.Close()
		if x.temporary != "" {
			_ = os.Remove(x.temporary)
		}
	}
	x.name = ""
}

// packet and close are kept by whoever has any sink, so they ask, too.
func (x *reportSink) packet(pkt *capture.Packet) error {
	if !features.HasReport {
		return nil
	}
	a, r := x.session.analysis, x.reporting
	f := &r.facts
	*f = report.Facts{Header: &a.inner, Decoded: a.decoded, Tunnels: a.tunnels, Said: a.apps.Said()}
	if a.analysed {
		f.TCP = &a.result
	}
	switch from, ok := pkt.Origin.(*pcapfile.Reader); {
	case ok:
		f.Lost = from.Remarks(&r.remarks)
		if len(r.readers) == 0 || r.readers[len(r.readers)-1] != from {
			r.reader(from)
		}
	case r.told:
		f.Lost, r.lost = r.lost, 0
	case r.asks != nil:
		f.Lost = r.asks(pkt.Interface)
	}
	r.gathered.Add(pkt, f)
	return nil
}

// reader notes that packets come from a file. Of several that are merged the counts are
// asked for at the end.
func (r *reporting) reader(from *pcapfile.Reader) {
	if _, known := r.counted[from]; !known && len(r.counted) < maxReported {
		r.counted[from] = capture.Stats{}
	}
	r.readers = append(r.readers[:0], from)
}

func (x *reportSink) flush() error              { return nil }
func (x *reportSink) follow(src capture.Source) { x.src = src }

// finishes: a report is written although something else failed.
func (x *reportSink) finishes() {}

// close writes the report.
func (x *reportSink) close() error {
	if !features.HasReport || x.name == "" {
		return nil
	}
	x.describe()
	var page bytes.Buffer
	if err := x.reporting.gathered.WriteHTML(&page, x.reporting.about); err != nil {
		return err
	}
	if x.file == nil {
		_, err := x.session.out.Write(page.Bytes())
		return err
	}
	err := x.write(page.Bytes())
	if err != nil {
		if x.temporary != "" {
			_ = os.Remove(x.temporary) // what went wrong was something else
		}
		return fmt.Errorf("--report %s: %w", x.name, syserr.Worded(err))
	}
	return nil
}

func (x *reportSink) write(page []byte) error {
	_, err := x.file.Write(page)
	if end := x.file.Close(); err == nil {
		err = end
	}
	if err == nil && x.temporary != "" {
		err = os.Rename(x.temporary, x.name)
	}
	return err
}

// describe says what the report is of.
func (x *reportSink) describe() {
	s, a := x.session, &x.reporting.about
	a.Program = "tapdump " + args.Version
	a.Command = s.shownCommand()
	a.Filter, _ = s.compiler.expression() // it was read to capture at all
	a.Location = s.location()
	a.Began = x.began
	a.File, a.Within = "", a.Filter
	switch {
	case !x.began.IsZero():
		a.Live, a.Ended = true, time.Now()
		for _, i := range x.src.Interfaces() {
			a.Sources = append(a.Sources, report.Source{Name: i.Name, LinkTypes: []capture.LinkType{i.LinkType}, SnapLen: x.src.SnapLen()})
		}
		if w := s.plan.Write; w != nil && w.Recorder == nil && !w.Several && !w.Parquet && w.Served == nil {
			a.File, a.Within = w.Name, ""
		}
	case len(a.Sources) == 1:
		a.File = a.Sources[0].Name
	}
	x.count(a)
	l := s.losses()
	a.Losses = l.lines()
}

// count finds out what was lost before packets came here.
func (x *reportSink) count(a *report.About) {
	switch source := x.src.(type) {
	case interface{ Stats() (capture.Stats, error) }:
		if st, err := source.Stats(); err == nil {
			a.Kernel = &st
		}
		return
	case interface{ Stats() capture.Stats }:
		st := source.Stats()
		a.Kernel = &st
		return
	}
	var sum capture.Stats
	for from := range x.reporting.counted {
		st, ok := from.Counted()
		if !ok {
			return
		}
		sum.Received += st.Received
		sum.Dropped += st.Dropped
		sum.IfDropped += st.IfDropped
	}
	if len(x.reporting.counted) > 0 && len(x.reporting.counted) == len(a.Sources) {
		a.Kernel = &sum
	}
}

// shownCommand is the command line as it can be shown to others: without secrets.
func (s *session) shownCommand() string {
	var secrets []string
	for _, option := range [...]string{"E", "M"} {
		secrets = append(secrets, strings.Split(s.plan.Given[option], args.SecretsEnd)...)
	}
	// One may be the end of another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	words := []string{s.name}
	for _, word := range s.line {
		words = append(words, report.Quoted(hidden(word, secrets)))
	}
	return strings.Join(words, " ")
}

// hidden is a word without the secret that it is, or that stands behind an option's letter.
func hidden(word string, secrets []string) string {
	for _, secret := range secrets {
		rest, has := strings.CutSuffix(word, secret)
		if has && secret != "" && (rest == "" || rest[0] == '-') {
			return rest + "…"
		}
	}
	return word
}
