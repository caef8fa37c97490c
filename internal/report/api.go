// Package report makes one page of a capture for people who would rather look than
// read: what was captured and whether anything was lost, what is wrong in it, packets
// over time, protocols, hosts, services and conversations. docs/report.md says what
// each part means.
//
// A Report counts packets as they come, together with what is known of them already:
//
//	r := report.New(report.Options{TCP: analyzer})
//	for each packet {
//		r.Add(pkt, &facts)
//	}
//	err := r.WriteHTML(w, report.About{...})
//
// Where nobody else asks what packets say, Alone finds that out.
//
// The page is one file with all that it needs, which loads nothing, and the same bytes
// for the same packets. Whatever packets say goes through page.text, which is the only
// way for text into it: see html.go.
//
// All memory is bounded, and so is the page (MaxPage); what is left out is counted, and
// the page says so. A Report is for one goroutine. It touches nothing but memory.
package report

import (
	"io"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// MaxPage is how many bytes a page has at most.
const MaxPage = 1 << 20

// Options are what a Report goes by. The zero value is the usual.
type Options struct {
	// TCP is the analyzer whose results come with packets, for its connections; nil:
	// nothing is known of connections.
	TCP *tcpanalysis.Analyzer
}

// Facts are what is known of a packet.
type Facts struct {
	Header  *header.Packet      // as header.Innermost fills it
	Decoded bool                // what header.Innermost returned: Header describes the packet
	Tunnels header.Tunnels      // around what Header describes
	TCP     *tcpanalysis.Result // nil: none
	Said    *apps.Said          // nil: nobody listened
	Lost    uint64              // packets that were lost just before this one, where the source says so
}

// About is what a Report is of, and what is known of that beside packets. What is not
// known stays zero.
type About struct {
	Program string   // and its version
	Command string   // the command line, as it can be shown
	Sources []Source // in their order
	Filter  string   // the expression; "": none
	// File is the file that lines with commands name; "": FILE.
	File string
	// Within is the expression that packets of File have to pass to be in the report; "":
	// all of them are.
	Within string

	Live     bool
	Began    time.Time // of a live capture
	Ended    time.Time
	Kernel   *capture.Stats // of a live capture, or of the statistics in files; nil: not known
	Losses   []string       // what had to be forgotten elsewhere, a sentence each
	Problems []string       // what was wrong with the sources, a sentence each
	Location *time.Location // of the times that are shown; nil: UTC
}

// Source is a device or a savefile.
type Source struct {
	Name      string
	LinkTypes []capture.LinkType
	SnapLen   int // bytes; 0: not known
}

// New makes a Report of nothing.
func New(o Options) *Report { return newReport(o) }

// Add takes a packet and what is known of it, in the order of capture. The packet
// need not stay.
func (r *Report) Add(pkt *capture.Packet, f *Facts) { r.add(pkt, f) }

// Learn takes what an address is called, as apps.Options.Learn is told. It belongs to
// the packet that is added next.
func (r *Report) Learn(l apps.Lesson) { r.learn(l) }

// WriteHTML writes the page as of now. The only errors are those of w.
func (r *Report) WriteHTML(w io.Writer, a About) error { return r.writeHTML(w, &a) }

// WritePlots writes the plots alone: SVG elements, for a page that has StyleSheet.
func (r *Report) WritePlots(w io.Writer, a About) error { return r.writePlots(w, &a) }

// StyleSheet is the style of the page.
func StyleSheet() string { return styleSheet }

// Alone is a Report that finds out by itself what packets say.
type Alone struct {
	*Report
	tcp   *tcpanalysis.Analyzer
	apps  *apps.Decoder
	inner header.Packet
	outer header.Packet
	facts Facts
	last  tcpanalysis.Result
}

// NewAlone makes a Report of nothing that needs no facts.
func NewAlone() *Alone {
	a := &Alone{tcp: tcpanalysis.New(tcpanalysis.Options{})}
	a.Report = New(Options{TCP: a.tcp})
	a.apps = apps.New(apps.Options{Learn: a.Report.Learn})
	return a
}

// AddPacket takes a packet, in the order of capture.
func (a *Alone) AddPacket(pkt *capture.Packet) {
	f := &a.facts
	*f = Facts{Header: &a.inner, Said: a.apps.Said()}
	a.apps.Begin(pkt)
	f.Tunnels, f.Decoded = header.Innermost(pkt, &a.inner)
	if f.Tunnels.Len() > 0 && header.Decode(pkt, &a.outer) {
		a.apps.Add(&a.outer)
	}
	if f.Decoded {
		a.apps.Add(&a.inner)
		if a.inner.Protocol == header.ProtocolTCP {
			a.last = a.tcp.Add(pkt, &a.inner)
			f.TCP = &a.last
		}
	}
	a.Report.Add(pkt, f)
}
