package viewer

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/report"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// Report makes the page of --report of a file, a step at a time.
type Report struct {
	src      *counted
	reader   *pcapfile.Reader
	filter   *filter
	report   *report.Alone
	about    report.About
	pkt      capture.Packet
	done     bool
	problems []string
}

// NewReport begins a report of the packets of a file that a filter lets through. name is
// what the file is called.
func NewReport(file io.ReaderAt, size int64, o Options, name string) (*Report, error) {
	r := &Report{src: newCounted(file, size), report: report.NewAlone()}
	zone, err := location(o.Zone)
	if err != nil {
		return nil, err
	}
	if r.reader, err = pcapfile.NewReader(r.src); err != nil {
		return nil, err
	}
	kinds := r.reader.Kinds()
	if r.filter, err = newFilter(o.Filter, kinds, r.reader.SnapLen()); err != nil {
		r.Close()
		return nil, &FilterError{err}
	}
	source := report.Source{Name: name, SnapLen: r.reader.SnapLen()}
	for _, k := range kinds {
		source.LinkTypes = append(source.LinkTypes, k.LinkType)
	}
	r.about = report.About{Program: "tapdump", Sources: []report.Source{source}, Filter: o.Filter, File: name, Within: o.Filter, Location: zone}
	return r, nil
}

// Close ends the reading.
func (r *Report) Close() {
	r.reader.Close() // it closes no file
	r.done = true
}

// Step reads until busy returns false, or to the end of the file, and reports whether
// that was reached. read is how many bytes of the file were read.
func (r *Report) Step(busy func() bool) (read int64, done bool) {
	for !r.done {
		for i := 0; i < stepPackets && !r.done; i++ {
			r.next()
		}
		if !busy() {
			break
		}
	}
	return r.src.read.Load(), r.done
}

func (r *Report) next() {
	err := r.reader.Next(&r.pkt)
	switch {
	case err == nil:
		if r.filter.match(&r.pkt) {
			r.report.AddPacket(&r.pkt)
		}
		return
	case !errors.Is(err, io.EOF):
		r.problems = append(r.problems, r.about.File+": "+syserr.Text(err))
	}
	for _, remark := range r.reader.Warnings() {
		r.problems = append(r.problems, r.about.File+": "+remark)
	}
	r.Close()
}

// HTML is the page.
func (r *Report) HTML() (string, error) {
	about := r.about
	about.Problems = r.problems
	var b bytes.Buffer
	if err := r.report.WriteHTML(&b, about); err != nil {
		return "", fmt.Errorf("the report could not be made: %w", err)
	}
	return b.String(), nil
}
