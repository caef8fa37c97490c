package cli

import (
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
	"github.com/tapdump/tapdump/pcapfile"
)

// analysis finds out what packets say beyond their headers: what is wrong with TCP
// connections, what applications say, what hosts are called. It is done once for a
// packet, in order, before anybody decides about it or prints it. It implements
// filters.Facts.
type analysis struct {
	plan       *args.Analysis
	tcp        *tcpanalysis.Analyzer // nil: nobody asks
	apps       *apps.Decoder         // nil: nobody asks
	keys       *apps.Keys            // of apps
	heard      *names.Heard          // nil: nobody asks
	*judgement                       // whose packets are, and why they were thrown away

	// only has the conversations that apps decodes; nil: all. Of the others not all
	// packets are read.
	only *index.Selection

	layers
	result   tcpanalysis.Result
	analysed bool // result is of this packet
	note     []byte

	pkt      *capture.Packet
	captured *uint64    // packets that were handed to sinks before this one
	report   *reporting // nil: there is no report
}

// layers are the headers of a packet.
type layers struct {
	outer, inner header.Packet
	headers      bool // somebody asks for inner
	decoded      bool // inner is known
	tunnels      header.Tunnels
}

// newAnalysis is nil where nobody asks.
func (s *session) newAnalysis() *analysis {
	p := s.plan.Analysis
	if p == nil || !p.TCP && !p.Apps && p.Owners == nil && !p.Drops {
		return nil
	}
	a := &analysis{plan: p, captured: &s.captured, judgement: newJudgement(p, s.plan.Lines.Print)}
	a.headers = p.TCP || s.plan.Inspect != nil || len(s.plan.Records) > 0 || s.plan.Write != nil && s.plan.Write.Parquet
	if p.TCP {
		a.tcp = tcpanalysis.New(tcpanalysis.Options{})
	}
	if p.Report != "" {
		a.report = newReporting(a)
	}
	if p.Hosts.Heard {
		a.heard = new(names.Heard)
	}
	if p.Apps {
		a.keys = apps.NewKeys()
		a.apps = a.newDecoder(a.heard != nil && !p.Hosts.Late)
	}
	return a
}

func (a *analysis) newDecoder(learns bool) *apps.Decoder {
	o := apps.Options{Keys: a.keys}
	switch {
	case learns:
		o.Learn = a.learn
	case a.plan.Report != "":
		o.Learn = a.report.learn
	}
	return apps.New(o)
}

// learn takes note of what a host is called.
func (a *analysis) learn(l apps.Lesson) {
	a.report.learn(l)
	heard := names.Lesson{Address: l.Address, Asker: l.Asker, Name: l.Name, Packet: *a.captured + 1, Second: a.pkt.Time.Sec}
	if l.Lifetime > 0 {
		heard.Expires = a.pkt.Time.Sec + int64(l.Lifetime/time.Second)
	}
	a.heard.Hear(heard)
}

// secrets takes those that a pcapng file has.
func (a *analysis) secrets(kind uint32, log []byte) {
	if kind == pcapfile.SecretsTLS {
		a.keys.Add(log)
	}
}

// listen takes what a packet that is not shown says about names.
func (a *analysis) listen(pkt *capture.Packet) {
	if a.heard != nil {
		a.application(pkt)
	}
}

// hear takes what a savefile says about names. That it cannot be read to its end is
// said when it is read again.
func (a *analysis) hear(src capture.Source, ending func() bool) {
	d := a.apps
	a.apps = a.newDecoder(true)
	defer func() { a.apps = d }()
	var pkt capture.Packet
	for !ending() && src.Next(&pkt) == nil {
		a.application(&pkt)
	}
}

// application finds out what applications say in a packet.
func (a *analysis) application(pkt *capture.Packet) {
	a.pkt = pkt
	a.apps.Begin(pkt)
	a.tunnels, a.decoded = header.Innermost(pkt, &a.inner)
	if a.tunnels.Len() > 0 && header.Decode(pkt, &a.outer) {
		a.decode(&a.outer)
	}
	if a.decoded {
		a.decode(&a.inner)
	}
}

// decode finds out what applications say in a packet, or in one around it.
func (a *analysis) decode(p *header.Packet) {
	if a.only != nil {
		c, ok := apps.ConversationOf(p)
		if _, decodes := a.only.Only[c]; !ok || !decodes {
			return
		}
	}
	a.apps.Add(p)
}

// look finds out what there is to know of a packet.
func (a *analysis) look(pkt *capture.Packet) {
	a.note, a.analysed = a.note[:0], false
	if a.apps != nil {
		a.application(pkt)
		if a.plan.Says != nil {
			a.note = a.apps.Said().AppendText(a.note, a.plan.Says)
		}
	} else if a.headers {
		a.tunnels, a.decoded = header.Innermost(pkt, &a.inner)
	}
	if a.tcp != nil && a.decoded && a.inner.Protocol == header.ProtocolTCP {
		a.result, a.analysed = a.tcp.Add(pkt, &a.inner), true
		if a.plan.SaysTCP {
			a.note = a.result.AppendText(a.note)
		}
	}
	a.note = a.judge(pkt, a.note)
}

// notes is what stands behind the lines of the packet; nobody asks a nil analysis.
func (a *analysis) notes() []byte {
	if a == nil {
		return nil
	}
	return a.note
}

// Fact implements filters.Facts.
func (a *analysis) Fact(fact, n int) (text []byte, number int64, ok bool) {
	if f, is := args.FieldOfFact(fact); is {
		return a.apps.Said().Value(f, n)
	}
	if fact == args.FactApp {
		app, ok := a.apps.Said().App(n)
		return []byte(app.Name()), 0, ok
	}
	if fact >= args.FactPID && fact <= args.FactDropPlace {
		return a.judged(fact, n)
	}
	if n > 0 {
		return nil, 0, false
	}
	switch fact {
	case args.FactTCP:
		return nil, int64(a.result.Marks), a.analysed
	case args.FactRTT:
		return nil, int64(a.result.AckRTT), a.analysed && a.result.HasAckRTT
	case args.FactHandshake:
		return nil, int64(a.result.Handshake), a.analysed && a.result.HasHandshake
	}
	return nil, 0, false
}

// Decoded implements filters.Facts.
func (a *analysis) Decoded() []byte {
	if a.apps == nil {
		return nil
	}
	return a.apps.Said().Decoded()
}

// lost adds what had to be forgotten.
func (a *analysis) lost(l *losses) {
	if a == nil {
		return
	}
	if a.tcp != nil {
		l.analysed = a.tcp.Totals().Forgotten
	}
	if a.apps != nil {
		l.apps = a.apps.Losses()
		if a.only != nil {
			l.apps = a.only.Losses
		}
		l.secrets = a.keys.Forgotten
	}
	if a.heard != nil {
		l.heard = a.heard.Forgotten()
	}
	if a.owners != nil {
		l.owners = a.owners.losses()
	}
}
