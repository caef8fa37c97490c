package args

import (
	"slices"
	"strings"

	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
	"github.com/tapdump/tapdump/internal/text"
)

// beyond are options about more than headers and lines.
type beyond struct {
	analysing       `group:"What packets mean"`
	recording       `group:"Packets as data" needs:"records"`
	flowing         `group:"Packets as data" needs:"records"`
	sharing         `group:"Beyond one machine"`
	streaming       `group:"Beyond one machine"`
	remoting        `group:"Beyond one machine" needs:"remote"`
	indexing        `group:"Finding packets in large files" needs:"index"`
	timing          `group:"When, in savefiles"`
	paging          `group:"In a browser" needs:"page"`
	flightRecording `group:"What happened before" needs:"recorder"`
	placing         `group:"Places" needs:"places"`
	owning          `group:"Who it was" needs:"owners"`
	following       `group:"Other versions"`
}

// analysing are about what packets say beyond their headers.
type analysing struct {
	TCPAnalysis bool      `name:"tcp-analysis" getopt:"74" own:"" help:"say behind lines what is wrong with TCP: [retransmission], [rtt 12.3 ms]"`
	Apps        *apps.Set `name:"app" needs:"apps" type:"apps" bare:"all" getopt:"75" own:"" placeholder:"LIST" help:"say behind lines what applications say, or those of LIST: tls,quic,http"` // nil: not given
	Names       *naming   `name:"names" type:"names" getopt:"76" own:"" placeholder:"WHAT" help:"call hosts what the capture calls them: capture, or capture,late; dns looks up, and waits not"`
	TLSKeys     *string   `name:"tls-keys" needs:"apps" type:"text" takes:"file" getopt:"77" own:"" placeholder:"FILE" help:"decrypt TLS and QUIC with the secrets that browsers write for SSLKEYLOGFILE"`
	Report      *string   `name:"report" needs:"report" type:"text" takes:"file" getopt:"114" own:"" placeholder:"FILE" help:"write a page for browsers about the packets to FILE, in place of lines: findings, plots, tables"`
}

// naming is where names of hosts come from.
type naming struct{ heard, late, dns bool }

// Analysis is what is to be known of packets beyond their headers.
type Analysis struct {
	TCP       bool      // what is wrong with connections
	CountsTCP bool      // statistics have it
	SaysTCP   bool      // behind lines
	Apps      bool      // what applications say
	Says      *apps.Set // behind lines; nil: nothing
	Facts     bool      // conditions ask for some
	Hosts     HostNames // what hosts are called
	Flows     *Flows    // nil: records are of packets
	Owners    *Owners   // nil: nobody asks whose packets are
	Drops     bool      // why packets were thrown away is asked for
	TLSKeys   string    // file with secrets; "": none
	Report    string    // file of a page about the packets, "-" for the standard output; "": none
}

// HostNames says where the names of hosts come from.
type HostNames struct {
	Heard      bool // from the capture
	Late       bool // from all of it, before anything is printed
	LookUp     bool // by DNS
	Background bool // nobody waits for DNS
}

// The facts that conditions can ask for: some of TCP, of owners, of what was thrown away,
// and one of applications, then the fields of applications.
const (
	FactTCP = iota
	FactRTT
	FactHandshake
	FactPID
	FactCommand
	FactUID
	FactUser
	FactContainer
	FactDrop
	FactDropPlace
	FactApp
	firstField
)

// FactField is the fact that is a field of applications.
func FactField(f apps.Field) int { return firstField + int(f) }

// FieldOfFact is the field that a fact is, false for one that is none.
func FieldOfFact(fact int) (f apps.Field, ok bool) {
	return apps.Field(fact - firstField), fact >= firstField
}

// facts are those that conditions can ask for.
func facts() []filters.Fact {
	var marks []string
	for _, m := range tcpanalysis.Table() {
		marks = append(marks, m.Name)
	}
	all := []filters.Fact{
		FactTCP:       {Names: []string{"tcp", "tcp_analysis"}, Kind: filters.FactWords, Words: marks},
		FactRTT:       {Names: []string{"rtt"}, Kind: filters.FactDuration},
		FactHandshake: {Names: []string{"handshake"}, Kind: filters.FactDuration},
		FactPID:       {Names: []string{"pid"}, Kind: filters.FactNumber},
		FactCommand:   {Names: []string{"comm", "process"}, Kind: filters.FactText},
		FactUID:       {Names: []string{"uid"}, Kind: filters.FactNumber},
		FactUser:      {Names: []string{"user"}, Kind: filters.FactText},
		FactContainer: {Names: []string{"container"}, Kind: filters.FactText},
		FactDrop:      {Names: []string{"drop", "drop_reason"}, Kind: filters.FactText},
		FactDropPlace: {Names: []string{"drop_place"}, Kind: filters.FactText},
		FactApp:       {Names: []string{"app"}, Kind: filters.FactText},
	}
	for i := range apps.Fields {
		f := &apps.Fields[i]
		if f.Exact {
			break // these come last
		}
		names, kind := []string{f.Name}, filters.FactText
		if f.Short != "" {
			names = []string{f.Short, f.Name}
		}
		if f.Number {
			kind = filters.FactNumber
		}
		all = append(all, filters.Fact{Names: names, Kind: kind})
	}
	return all
}

func parseApps(s string) (*apps.Set, error) {
	set := new(apps.Set)
	for item := range strings.SplitSeq(s, ",") {
		item = strings.TrimSpace(item)
		if strings.EqualFold(item, "all") {
			for _, name := range apps.Names() {
				p, _ := apps.ByName(name)
				set.Add(p)
			}
			continue
		}
		p, ok := apps.ByName(item)
		if !ok {
			return nil, Complaint("--app: there is no protocol " + text.Quote(item) + "; there are all, " + strings.Join(apps.Names(), ", "))
		}
		set.Add(p)
	}
	return set, nil
}

func parseNames(s string) (*naming, error) {
	n := new(naming)
	for item := range strings.SplitSeq(s, ",") {
		switch strings.ToLower(strings.TrimSpace(item)) {
		case "capture":
			if err := features.Apps.Need("--names capture"); err != nil {
				return nil, err
			}
			n.heard = true
		case "late":
			n.late = true
		case "dns":
			n.dns = true
		default:
			return nil, Complaint("--names: " + text.Quote(item) + " is not one of capture, late, dns")
		}
	}
	if n.late && !n.heard {
		return nil, Complaint("--names: late is about capture: give capture,late")
	}
	return n, nil
}

// checkAnalysing refuses what does not go together.
func (o *options) checkAnalysing() error {
	switch {
	case o.Names != nil && o.Names.late && !o.reads():
		return Complaint("--names capture,late reads everything before it prints: it is about savefiles, with -r or -V")
	case o.Names != nil && o.Names.late && slices.Contains(o.ReadFiles, "-"):
		return Complaint("--names capture,late reads twice, and the standard input can be read once: write it to a file")
	case o.Names != nil && o.Names.dns && o.Numeric > 0:
		return Complaint("--names dns looks names up, -n does not: leave one of them out")
	case o.Report != nil && *o.Report == "":
		return Complaint("--report: the name of a file is awaited, or - for the standard output")
	case textOf(o.Report) == "-" && (o.Print || o.Count || o.View != nil || o.Stats != "" || textOf(o.WriteFile) == "-" || o.recordsToStdout()):
		return Complaint("--report - takes the standard output for itself: give it the name of a file")
	}
	return nil
}

// analysis is what has to be known of packets, nil where headers are enough.
func (o *options) analysis() *Analysis {
	a := &Analysis{SaysTCP: o.TCPAnalysis, TCP: o.TCPAnalysis, Says: o.Apps, Apps: o.Apps != nil, TLSKeys: textOf(o.TLSKeys)}
	for _, fact := range o.Conditions.Facts() {
		a.Facts = true
		a.find(fact)
	}
	a.Hosts.LookUp = o.Numeric == 0
	if n := o.Names; n != nil {
		a.Hosts = HostNames{Heard: n.heard, Late: n.late, LookUp: n.dns, Background: n.dns}
		a.Apps = a.Apps || n.heard
	}
	if a.TLSKeys != "" {
		a.Apps = true
	}
	a.Facts = a.Facts || a.Apps && o.Find != nil
	a.CountsTCP = a.TCP
	outputs := o.records()
	if o.writesParquet() {
		outputs = append(outputs, Records{Columns: o.columns()})
	}
	var need records.Needs
	if len(outputs) > 0 { // what records need changes nothing else
		need = needs(outputs, o.table())
	}
	a.Flows = o.flows()
	a.TCP = a.TCP || need&records.NeedsTCP != 0 || a.Flows != nil
	a.Apps = a.Apps || need&records.NeedsApps != 0
	for _, fact := range o.triggerFacts() { // nor does what triggers need
		a.find(fact)
	}
	if a.Report = textOf(o.Report); a.Report != "" { // nor what the report needs
		a.TCP, a.Apps = true, true
	}
	a.Owners = o.owners(need)
	a.Drops = a.Drops || o.drops() || need&records.NeedsDrop != 0 && o.reads()
	if !a.TCP && !a.Apps && o.Names == nil && a.Owners == nil && !a.Drops {
		return nil
	}
	return a
}

// checkBuilt fails where the build lacks what has to be known: conditions ask for it, whose
// options are there.
func (a *Analysis) checkBuilt() error {
	switch {
	case a == nil:
		return nil
	case a.Apps && !features.HasApps:
		return features.Apps.Need("a condition that asks for them")
	case a.Owners != nil && !features.HasOwners:
		return features.Owners.Need("a condition that asks for them")
	}
	return nil
}

// find has it be found out what a fact is about.
func (a *Analysis) find(fact int) {
	a.TCP = a.TCP || fact < FactPID
	a.Drops = a.Drops || fact == FactDrop || fact == FactDropPlace
	a.Apps = a.Apps || fact >= FactApp
}
