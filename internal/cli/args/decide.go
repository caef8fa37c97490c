package args

import (
	"strings"
	"time"

	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// Parse reads a command line, arguments without the program's name, and decides
// what it asks for. The version that is followed is what Follow returns.
//
// The error is a UsageError, a Complaint, a ValueError, a *triggers.Error, a
// NoFilterError, a Stop, or what the host answered.
func Parse(program Program, arguments []string, host Host) (*Plan, error) {
	o, err := read(program, arguments, host)
	if err != nil {
		return nil, err
	}
	if o.Completion != "" {
		return nil, o.completion(program, host)
	}
	if o.MergeStats {
		return o.merging(program)
	}
	if o.MakeIndex {
		return o.makingIndexes(program)
	}
	if o.Serve != nil {
		return o.servingPage(program)
	}
	if err := o.checkTogether(program.Like); err != nil {
		return nil, err
	}
	p := &Plan{Program: program, Task: o.task(), Given: o.given}
	p.Lines.Options, p.Lines.NoNames, p.Lines.NoDomain = o.lineOptions(), o.Numeric > 0, o.NoDomain
	p.Lines.Options.Like = program.Like
	if err := o.checkPlaces(); err != nil {
		return nil, err
	}
	if err := o.checkRemote(); err != nil {
		return nil, err
	}
	p.Device.Places = o.placesHere()
	if p.Task == ListInterfaces {
		return p, nil // whatever else there is
	}
	if o.RemoteSource != nil {
		return nil, Complaint("pcap_findalldevs_ex() is not supported")
	}
	if err := o.checkReading(); err != nil {
		return nil, err
	}
	if err := o.checkEngine(); err != nil {
		return nil, err
	}
	if o.ESPSecret != nil {
		if p.Lines.ESPSecrets, err = host.ESPSecrets(*o.ESPSecret, program.Like); err != nil {
			return nil, err
		}
	}
	if err := o.checkInspecting(program.IPScap); err != nil {
		return nil, err
	}
	if program.IPScap && o.lacksFilter() {
		return nil, NoFilterError{}
	}
	for _, check := range [...]func() error{o.checkAnalysing, o.checkRecording, o.checkIndexing, o.checkStreaming, o.checkRecorder, o.checkOwning} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	level := o.Diagnostics
	if o.Debug {
		level = 3
	}
	if err := host.Diagnose(level, o.Log); err != nil {
		return nil, err
	}
	if program.IPScap || o.inspects() {
		if p.Inspect, err = o.inspect(program.IPScap); err != nil {
			return nil, err
		}
	}
	if p.Lines.Coloring, err = o.coloring(host.Colors); err != nil {
		return nil, err
	}
	p.Analysis = o.analysis()
	if err := p.Analysis.checkBuilt(); err != nil {
		return nil, err
	}
	o.decide(p)
	return p, nil
}

// task is what is to be done.
func (o *options) task() Task {
	switch {
	case o.MergeStats:
		return MergeStatistics
	case o.MakeIndex:
		return MakeIndexes
	case o.Serve != nil:
		return ServePage
	case o.ListInterfaces:
		return ListInterfaces
	case o.reads():
		return Read
	case o.dump() != DumpNothing && (o.Interfaces == nil || o.isRemote()):
		return Compile
	case o.ListStampTypes:
		return ListStampTypes
	case o.ListLinkTypes:
		return ListLinkTypes
	}
	return Capture
}

// dump is how the filter is shown.
func (o *options) dump() Dump {
	if o.Explain {
		return DumpExplanation
	}
	return Dump(min(o.DumpFilter, int(DumpGraph)))
}

// decide fills in what needs no further checks.
func (o *options) decide(p *Plan) {
	p.Dump = o.dump()
	p.Precision = o.Precision
	p.Device = o.device(p)
	p.Device.Remote.ask(p.Analysis)
	p.Files = Files{Names: o.ReadFiles, Lists: o.ReadLists, Merge: o.Merge, Window: o.Unpacking, From: o.From, To: o.toTime(), Credentials: o.credentials()}
	p.Filter = Filter{
		Expression: strings.Join(o.Expression, " "),
		File:       o.FilterFile,
		NoOptimize: o.NoOptimize,
		Foreign:    o.Foreign,
		Hints:      o.Hints,
		Shard:      o.Shard,
	}
	p.Lines.Print = o.printsLines(p.Program.IPScap)
	p.Lines.InterfaceNames = o.InterfaceNames
	p.Lines.Jobs = o.Jobs
	p.Lines.Count = o.Count
	p.Records = o.records()
	if o.WriteFile != nil {
		rules := o.rotation()
		rules.Command = textOf(o.PostRotate)
		p.Write = &Write{
			Name: *o.WriteFile, Format: o.fileFormat(), Rules: rules, Several: o.severalFiles(), AtOnce: o.PacketBuffered,
			Index: o.Index, Parquet: o.writesParquet(), Served: o.served(),
		}
		if p.Write.Parquet {
			p.Write.Columns = o.columns()
		}
		p.Write.Recorder = o.recorder()
		p.Write.Rules.PacketTime = p.Write.Parquet && p.Task == Read && o.rotatesSeries()
	}
	p.Running = Running{
		Skip:       o.Skip,
		MaxPackets: o.MaxPackets,
		Duration:   max(o.Duration, o.Timeout), // one of them is not given
		Progress:   o.Verbose > 0 && o.WriteFile != nil && !o.Print,
		Banner:     p.Program.IPScap && textOf(o.WriteFile) != "-" && !o.recordsToStdout() && o.Stats != "json" && o.Stats != "csv" && textOf(o.Report) != "-",
	}
	p.Privileges = Privileges{User: o.User, NoSandbox: o.NoSandbox}
}

func (o *options) device(p *Plan) Device {
	d := Device{
		Names:       o.Interfaces,
		SnapLen:     o.SnapLen,
		Promiscuous: !o.NoPromiscuous,
		Monitor:     o.Monitor,
		Direction:   o.Direction,
		Buffer:      o.BufferSize,
		Immediate:   o.Immediate,
		HoldBack:    o.holdBack(),
		StampType:   o.StampType,
		LinkType:    o.LinkType,
		Workers:     o.Workers,
		Follow:      o.FollowInterfaces && p.Task == Capture && p.Dump == DumpNothing && !o.isRemote(),
		Engine:      o.Engine,
		Places:      o.placesHere(),
		Remote:      o.remote(p.Program.Like),
	}
	if p.Task == ListLinkTypes {
		d.LinkType = nil // it lists those that can be chosen
	}
	return d
}

// FileHoldBack is for how long the kernel may hold back packets that go into a
// file alone. Where several sources are merged, a packet waits twice as long:
// until it is handed over, and until it is known that no other source holds an
// earlier one.
const (
	FileHoldBack   = 250 * time.Millisecond
	MergedHoldBack = 125 * time.Millisecond
)

// holdBack is how long the kernel may hold back packets, 0 for as long as goes
// unnoticed. It hands over a block then, however little is in it, and has so
// many: where nobody waits for a packet, a longer time keeps a quiet link's
// while a slow disk or name server holds us up.
func (o *options) holdBack() time.Duration {
	toFile := o.WriteFile != nil && *o.WriteFile != "-" && !o.servesStream() && !o.Print
	if !toFile || o.recordsToStdout() || o.PacketBuffered || o.rotation().Series != (pcapfile.Series{}) || o.inspects() {
		return 0
	}
	if len(o.Interfaces) > 1 || o.Workers > 1 || o.places() != nil {
		return MergedHoldBack
	}
	return FileHoldBack
}

// printsLines reports whether tcpdump's lines are printed.
func (o *options) printsLines(ipscap bool) bool {
	switch {
	case o.WriteFile != nil:
		return o.Print
	case o.Count, o.recordsToStdout():
		return false
	case o.Report != nil:
		return o.Print
	}
	return o.Print || !ipscap && o.View == nil && o.Stats == ""
}

// lineOptions are what options say about lines.
func (o *options) lineOptions() printer.Options {
	return printer.Options{
		Verbose:     o.Verbose,
		LinkHeader:  o.LinkHeader,
		Quick:       o.Quick,
		ASDot:       o.ASDot,
		OneLine:     o.OneLine,
		NoChecksum:  o.NoChecksums,
		AbsoluteSeq: o.AbsoluteSeq,
		RawHandles:  o.NFSHandles,
		Mesh:        o.Mesh,
		Hex:         o.Hex,
		HexASCII:    o.HexASCII,
		ASCII:       o.ASCII,
		Number:      o.Number,
		TimeFormat:  o.TimeStamps,
		Nano:        o.Precision == Nanoseconds,
		Type:        o.PacketType,
		Foreign:     o.Foreign,
		TCPSecret:   textOf(o.TCPSecret),
		Lengths:     o.Lengths,
		Sampling:    o.Sampling,
		Skipped:     o.Skip,
	}
}

// inspect is what ipscap's options ask for, or, in ipscap, what goes without
// saying.
func (o *options) inspect(ipscap bool) (*Inspect, error) {
	cfg, err := o.filterConfig()
	if err != nil {
		return nil, err
	}
	n := &Inspect{
		Filtering: ipscap || o.sortsOut(),
		Raw:       o.OutputRaw,
		Grouping:  o.StatGroup,
		All:       o.StatMode != nil && *o.StatMode == 2,
		DumpFiles: o.DumpFiles,
	}
	if cfg.Protocols == 0 {
		cfg.Protocols = filters.AllProtocols
		if n.Filtering {
			cfg.Protocols = filters.TCP | filters.UDP
		}
	}
	n.Filters = cfg
	n.View, n.Report = o.viewAndReport(ipscap)
	return n, nil
}

// viewAndReport are the view and the form of statistics that are asked for, or
// what goes without saying.
func (o *options) viewAndReport(ipscap bool) (view detail.Mode, report string) {
	toStdout := textOf(o.WriteFile) == "-" || o.recordsToStdout() || o.Report != nil
	if ipscap && !o.Count && !toStdout {
		report = "text"
	}
	if o.StatMode != nil {
		report = ""
		if *o.StatMode > 0 {
			report = "text"
		}
	}
	if o.Stats != "" {
		report = o.Stats
	}
	switch {
	case o.View != nil:
		view = *o.View
	case ipscap && !o.Count && !toStdout && (o.Stats == "" || o.Stats == "text"):
		view = detail.Text
	}
	return view, report
}

// filterConfig is what the options say about filters.
func (o *options) filterConfig() (filters.Config, error) {
	cfg := filters.Config{
		Protocols:  o.Protocols,
		Ports:      o.Ports,
		Addresses:  o.Addresses,
		Conditions: o.Conditions,
		Stream:     o.FindStream,
		Tracking:   o.Tracking,
	}
	if o.WebPort {
		cfg.Ports = append(cfg.Ports, webPorts...)
	}
	if o.GeneralPort {
		cfg.Ports = append(cfg.Ports, generalPorts...)
	}
	if o.ExcludeSSH {
		first, err := filters.ParseConditions(noSSH)
		if err != nil {
			return cfg, err
		}
		cfg.Conditions = append(first, cfg.Conditions...)
	}
	if o.Find == nil {
		return cfg, nil
	}
	var err error
	if cfg.Find, err = filters.NewFind(*o.Find, max(o.FindMode, filters.FindRegexp)); err != nil {
		return cfg, WrongValue("find", *o.Find, err)
	}
	return cfg, nil
}

// fileFormat is the format that --format or the name of the file asks for.
func (o *options) fileFormat() pcapfile.Format {
	f := pcapfile.Format{Comment: textOf(o.Comment), Selective: o.selective()}
	if served := o.served(); served != nil {
		f.Pcapng = served.Address.Format == "pcapng"
	} else {
		f.Pcapng, f.Compression = pcapfile.ByName(textOf(o.WriteFile))
	}
	if o.Format != "" {
		f.Pcapng = o.Format == "pcapng"
	}
	return f
}

// formatParquet is the format of --format that is no savefile.
const formatParquet = "parquet"

// writesParquet reports whether records are written, in place of a savefile.
func (o *options) writesParquet() bool {
	if o.Format != "" {
		return o.Format == formatParquet
	}
	return strings.HasSuffix(textOf(o.WriteFile), ".parquet") && !o.servesStream()
}

// selective reports whether a savefile that is written may lack packets of the
// one that is read, or hold packets of others.
func (o *options) selective() bool {
	return len(o.Expression) > 0 || o.FilterFile != nil || o.MaxPackets > 0 || len(o.ReadLists) > 0 || len(o.ReadFiles) > 1 ||
		o.Skip > 0 || o.Duration > 0 || o.Timeout > 0 || o.sortsOut() || o.severalFiles() || o.Shard.Of > 0 || o.From != nil || o.toTime() != nil
}

// rotation is what the options say about several files.
func (o *options) rotation() pcapfile.Rules {
	classic := pcapfile.Classic{Size: o.FileSize, Seconds: int64(o.FileSeconds)}
	if classic != (pcapfile.Classic{}) {
		classic.Files = o.FileCount // on its own -W means nothing
	}
	return pcapfile.Rules{
		OnCall:  o.recordsIncidents(),
		Classic: classic,
		Series: pcapfile.Series{
			Size:      o.RotateSize,
			Every:     o.RotateTime,
			Packets:   o.RotateCount,
			Align:     o.Align,
			KeepFiles: o.KeepFiles,
			KeepBytes: o.KeepBytes,
			MaxBytes:  o.MaxBytes,
		},
	}
}

// severalFiles reports whether a rule may end one file before the run ends.
func (o *options) severalFiles() bool {
	rules := o.rotation()
	return rules.Classic != (pcapfile.Classic{}) || rules.Series != (pcapfile.Series{}) || rules.OnCall
}
