// Package args reads a command line and decides what it asks for: a Plan, which
// nothing changes later. It knows neither the console nor devices; what checks
// need of the machine it asks a Host.
package args

import (
	"net/netip"
	"slices"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/shard"
	"github.com/tapdump/tapdump/internal/streams"
	"github.com/tapdump/tapdump/internal/when"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
	"github.com/tapdump/tapdump/versions"
)

// Program is whose command line it is.
type Program struct {
	Name   string           // in messages
	File   string           // the last part of how it was started, where that is not the name
	IPScap bool             // with the options and defaults of ipscap
	Like   versions.Version // the tcpdump that is followed: what Follow returns
}

// Host is what reading and checking a command line asks for.
type Host struct {
	Posix  bool              // POSIXLY_CORRECT is set
	Like   string            // TAPDUMP_LIKE, the version that is followed; "": not set
	Colors string            // TAPDUMP_COLORS, the user's own of lines; "": not set
	Remark func(text string) // says what does not end the program
	// Interfaces lists what -i can be given, with descriptions; nil: nothing.
	Interfaces func() []Candidate
	// LinkTypes lists what an interface offers, for completion: nothing where that
	// cannot be known; nil: nobody knows.
	LinkTypes func(device string) []capture.LinkType
	// HostNames lists names of hosts that completion offers; nil: none.
	HostNames func() []Candidate
	// ESPSecrets reads the value of -E, which may name a file.
	ESPSecrets func(spec string, like versions.Version) (*printer.ESPSecrets, error)
	// Diagnose is called with the level of --verbose and the file of --log, nil
	// without, once options are known to go together.
	Diagnose func(level int, log *string) error
}

// Plan is what a command line asks for. All that options decide together is
// decided in it.
type Plan struct {
	Program    Program
	Task       Task
	Dump       Dump // how the program of the filter is shown, in place of packets
	Device     Device
	Files      Files
	Filter     Filter
	Lines      Lines
	Inspect    *Inspect  // nil: nobody asks what packets are over IP
	Analysis   *Analysis // nil: nobody asks what packets say beyond their headers
	Write      *Write    // nil: packets go to no savefile
	Records    []Records // outputs of packets as data
	Running    Running
	Privileges Privileges
	Precision  Precision         // of time stamps
	Given      map[string]string // every long option, with its value or "on"
}

// Task is what is to be done.
type Task uint8

const (
	Capture         Task = iota
	Read                 // savefiles
	Compile              // the filter, without a source
	ListInterfaces       // that there are
	ListStampTypes       // of devices
	ListLinkTypes        // of devices
	MergeStatistics      // of Files.Names
	MakeIndexes          // of Files.Names
	ServePage            // with what is in Files.Names
)

// Dump is a form in which a filter is shown.
type Dump uint8

const (
	DumpNothing Dump = iota
	DumpInstructions
	DumpC
	DumpDecimal
	DumpGraph
	DumpExplanation
)

// Device is how devices are captured from.
type Device struct {
	Names       []string // names, numbers and patterns; nil: as the machine has them
	SnapLen     int      // 0: not given
	Promiscuous bool
	Monitor     bool
	Direction   capture.Direction
	Buffer      int // bytes, 0: not given
	Immediate   bool
	HoldBack    time.Duration // by the kernel, 0: as long as goes unnoticed
	StampType   capture.TimestampType
	LinkType    *capture.LinkType // nil: the device's own
	Workers     int               // 0: one
	Follow      bool              // take up interfaces that appear
	Places      []Place           // where they are; nil: where the program is
	Engine      string            // EngineRing, EngineBPF, EngineGoPcap; "": the system's own
	Remote      *Remote           // on other hosts; nil: on this one
}

// Engines that capture.
const (
	EngineRing   = "ring"
	EngineBPF    = "bpf"
	EngineGoPcap = "go-pcap"
)

// Files are the savefiles that are read.
type Files struct {
	Names    []string   // "-" is the standard input; folders and patterns stand for what is in them
	Lists    []string   // files with further names
	Merge    bool       // all as one
	Window   int64      // how far a compressed file may refer back, bytes; 0: as usual
	From, To *when.Time // of the packets; nil: all

	Credentials streams.Credentials // for those that are streams of TLS
	Serve       *netip.AddrPort     // where the page is served that shows them; nil: nowhere
}

// Filter is the filter expression.
type Filter struct {
	Expression string  // unless it is in File
	File       *string // nil: none
	NoOptimize bool
	Foreign    bool // -f: it needs the device's network
	Hints      bool // asked for
	Shard      shard.Part
}

// Lines are tcpdump's lines of packets, and what else is about the standard
// output.
type Lines struct {
	Print          bool
	Options        printer.Options // as far as options say
	NoNames        bool            // numbers instead
	NoDomain       bool            // of names of hosts the first part alone
	ESPSecrets     *printer.ESPSecrets
	Coloring       Coloring
	InterfaceNames *bool // nil: where several are captured from
	Jobs           int   // 0: as many as there are processors
	Count          bool  // print the number of packets
}

// Inspect is what needs to know what packets are over IP.
type Inspect struct {
	Filters   filters.Config
	Filtering bool // packets that do not match go nowhere
	View      detail.Mode
	Raw       bool
	Report    string // text, json, csv or top; "": no statistics are printed
	Grouping  stats.Grouping
	All       bool // statistics are of all packets
	DumpFiles int  // 1: of payloads, 2: of headers too, 0: none
}

// Write is the savefile that is written, or several of them.
type Write struct {
	Name     string          // "-" is the standard output
	Format   pcapfile.Format // as far as options say
	Rules    pcapfile.Rules  // as far as options say
	Several  bool            // a rule may end one file before the run ends
	AtOnce   bool            // -U: each packet is written at once
	Index    bool            // an index is written beside each file
	Parquet  bool            // records of packets, and no savefile
	Columns  []string        // of these their names
	Served   *Served         // a stream, and no savefile; nil: none
	Recorder *Recorder       // nil: all packets are written
}

// Running is when a run ends, and what it says meanwhile.
type Running struct {
	Skip       uint64        // packets that go nowhere, before all others
	MaxPackets int           // of those that follow; 0: no limit
	Duration   time.Duration // 0: no limit
	Progress   bool          // the number of packets is shown each second
	Banner     bool          // ipscap's is shown
}

// Privileges are what the process may do.
type Privileges struct {
	User      *string // to become; nil: nobody else
	NoSandbox bool
}

// Recorder is the flight recorder that packets go to; nil: there is none.
func (p *Plan) Recorder() *Recorder {
	if p.Write == nil {
		return nil
	}
	return p.Write.Recorder
}

// ToStdout reports whether the savefile is the standard output.
func (p *Plan) ToStdout() bool { return p.Write != nil && p.Write.Name == "-" }

// RecordsToStdout reports whether records are what the standard output is for.
func (p *Plan) RecordsToStdout() bool {
	return slices.ContainsFunc(p.Records, func(r Records) bool { return r.Name == "-" })
}

// Report is the file of a page about the packets, "-" for the standard output; "": there
// is none.
func (p *Plan) Report() string {
	if p.Analysis == nil {
		return ""
	}
	return p.Analysis.Report
}

// Flows is what records of flows are to be like; nil: records are of packets.
func (p *Plan) Flows() *Flows {
	if p.Analysis == nil {
		return nil
	}
	return p.Analysis.Flows
}

// PrintsText reports whether tcpdump's lines are made, printed or in records.
func (p *Plan) PrintsText() bool {
	return p.Lines.Print || p.Write != nil && slices.Contains(p.Write.Columns, "text") ||
		slices.ContainsFunc(p.Records, func(r Records) bool { return slices.Contains(r.Columns, "text") })
}

// Pcapng reports whether a savefile is written that can hold what pcapng can.
func (p *Plan) Pcapng() bool { return p.Write != nil && p.Write.Format.Pcapng }

// AnyLinkType reports whether what is written can hold packets of several link types.
func (p *Plan) AnyLinkType() bool {
	return p.Write != nil && (p.Write.Format.Pcapng || p.Write.Parquet)
}

// Live reports whether devices are opened.
func (p *Plan) Live() bool {
	return p.Task == Capture || p.Task == ListStampTypes || p.Task == ListLinkTypes
}
