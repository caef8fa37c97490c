package cli

import (
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer"
)

// Options is one command line. A name tag of a single letter stands for an
// option without a long form. Those that have one are in the order in which
// getopt lists them when an abbreviation is ambiguous.
type Options struct {
	BufferSize     int                   `name:"buffer-size" short:"B" type:"kib"` // bytes, 0: not given
	ListInterfaces bool                  `name:"list-interfaces" short:"D"`
	Help           bool                  `name:"help" type:"help"`
	Interfaces     []string              `name:"interface" short:"i" type:"texts"`
	Monitor        bool                  `name:"monitor-mode" short:"I"`
	StampType      capture.TimestampType `name:"time-stamp-type" short:"j" type:"stamptype"`
	ListStampTypes bool                  `name:"list-time-stamp-types" short:"J"`
	Precision      precision             `name:"time-stamp-precision" aliases:"micro,nano" type:"precision"`
	NoChecksums    bool                  `name:"dont-verify-checksums" short:"K"`
	ListLinkTypes  bool                  `name:"list-data-link-types" short:"L"`
	NoOptimize     bool                  `name:"no-optimize" short:"O"`
	NoPromiscuous  bool                  `name:"no-promiscuous-mode" short:"p"`
	Direction      capture.Direction     `name:"direction" short:"Q" type:"direction"`
	SnapLen        int                   `name:"snapshot-length" short:"s" type:"snaplen"` // 0: not given
	AbsoluteSeq    bool                  `name:"absolute-tcp-sequence-numbers" short:"S"`
	PacketBuffered bool                  `name:"packet-buffered" short:"U"`
	LinkType       *capture.LinkType     `name:"linktype" short:"y" type:"linktype"`
	Immediate      bool                  `name:"immediate-mode"`
	User           *string               `name:"relinquish-privileges" short:"Z" type:"text"`
	Count          bool                  `name:"count"`
	FloatType      bool                  `name:"fp-type" type:"floattype"`
	Number         bool                  `name:"number" short:"#"`
	Print          bool                  `name:"print"`
	TimeSize       bool                  `name:"time-t-size" type:"timesize"`
	OneLine        bool                  `name:"ip-oneline" short:"g"`
	Version        bool                  `name:"version" type:"version"`

	OldNames     bool               `name:"a" short:"a"` // accepted, means nothing
	ASCII        int                `name:"A" short:"A" type:"counter"`
	ASDot        bool               `name:"b" short:"b"`
	MaxPackets   int                `name:"c" short:"c" type:"packets"`  // 0: no limit
	FileSize     int64              `name:"C" short:"C" type:"filesize"` // bytes, 0: not given
	DumpFilter   int                `name:"d" short:"d" type:"counter"`
	LinkHeader   bool               `name:"e" short:"e"`
	ESPSecret    *string            `name:"E" short:"E" type:"text"`
	Foreign      bool               `name:"f" short:"f"`
	FilterFile   *string            `name:"F" short:"F" type:"text"`
	FileSeconds  int                `name:"G" short:"G" type:"seconds"` // 0: not given
	Usage        bool               `name:"h" short:"h" type:"brief"`   // tcpdump's lines alone
	Mesh         bool               `name:"H" short:"H"`
	LineBuffered bool               `name:"l" short:"l"`
	Module       bool               `name:"m" short:"m" type:"module"`
	TCPSecret    *string            `name:"M" short:"M" type:"text"`
	Numeric      int                `name:"n" short:"n" type:"counter"`
	NoDomain     bool               `name:"N" short:"N"`
	Quick        int                `name:"q" short:"q" type:"counter"`
	ReadFiles    []string           `name:"r" short:"r" type:"texts"`
	TimeStamps   int                `name:"t" short:"t" type:"counter"`
	PacketType   printer.PacketType `name:"T" short:"T" type:"packettype"`
	NFSHandles   bool               `name:"u" short:"u"`
	Verbose      int                `name:"v" short:"v" type:"counter"`
	ReadLists    []string           `name:"V" short:"V" type:"texts"`
	WriteFile    *string            `name:"w" short:"w" type:"text"`
	FileCount    int                `name:"W" short:"W" type:"files"` // 0: not given
	Hex          int                `name:"x" short:"x" type:"counter"`
	HexASCII     int                `name:"X" short:"X" type:"counter"`
	ParserTrace  bool               `name:"Y" short:"Y" type:"usage"` // builds of tcpdump without it print their usage
	PostRotate   *string            `name:"z" short:"z" type:"text"`

	// Not tcpdump's.
	Align            bool          `name:"align" own:""`
	Comment          *string       `name:"comment" type:"text" own:""`
	Unpacking        int64         `name:"decompress-memory" type:"bytes" own:""` // 0: not given
	Explain          bool          `name:"explain" own:""`
	Hints            bool          `name:"hints" own:""`
	Duration         time.Duration `name:"duration" type:"duration" own:""` // 0: not given
	FollowInterfaces bool          `name:"follow-interfaces" own:""`
	Format           string        `name:"format" type:"format" own:""`                    // pcap, pcapng or not given
	InterfaceNames   *bool         `name:"interface-names" type:"yesno" bare:"yes" own:""` // nil: not given
	KeepBytes        int64         `name:"keep-bytes" type:"bytes" own:""`                 // 0: not given
	KeepFiles        int           `name:"keep-files" type:"number" own:""`                // 0: not given
	Merge            bool          `name:"merge" own:""`
	MaxBytes         int64         `name:"max-bytes" type:"bytes" own:""`      // 0: not given
	RotateCount      uint64        `name:"rotate-count" type:"count" own:""`   // 0: not given
	RotateSize       int64         `name:"rotate-size" type:"bytes" own:""`    // 0: not given
	RotateTime       time.Duration `name:"rotate-time" type:"duration" own:""` // 0: not given
	Jobs             int           `name:"jobs" type:"jobs" own:""`            // 0: not given
	NoSandbox        bool          `name:"no-sandbox" own:""`
	Workers          int           `name:"workers" type:"workers" own:""` // 0: not given

	ipscapOptions `embed:""`

	Expression []string `arg:"" optional:"" type:"operands"`

	given map[string]string // every long option of the command line, with its value
}

// precision is that of time stamps.
type precision uint8

const (
	notGiven precision = iota
	microseconds
	nanoseconds
)

// check refuses options that do not go together, in tcpdump's order. What
// depends on the system (-D) comes between its two halves.
func (o *Options) check() error {
	switch {
	case o.ASCII > 0 && o.Hex > 0:
		return errorText("-A and -x[x] are mutually exclusive.")
	case o.ASCII > 0 && o.HexASCII > 0:
		return errorText("-A and -X[X] are mutually exclusive.")
	case o.Hex > 0 && o.HexASCII > 0:
		return errorText("-x[x] and -X[X] are mutually exclusive.")
	case o.FileSize != 0 && o.WriteFile == nil:
		return errorText("-C cannot be used without -w.")
	case o.FileSeconds != 0 && o.WriteFile == nil:
		return errorText("-G cannot be used without -w.")
	case o.PostRotate != nil && (o.WriteFile == nil || o.FileSize == 0 && o.FileSeconds == 0 && !o.rotatesSeries()):
		return errorText("-z cannot be used without -w and (-C or -G).")
	}
	return nil
}

// checkReading is the second half of check.
func (o *Options) checkReading() error {
	switch {
	case o.TimeStamps > 5:
		return errorText("only -t, -tt, -ttt, -tttt and -ttttt are supported")
	case o.Foreign && o.reads():
		return errorText("-f cannot be used with -V or -r.")
	case o.ReadLists != nil && o.ReadFiles != nil:
		return errorText("-V and -r are mutually exclusive.")
	case o.Merge && !o.reads():
		return errorText("--merge is about savefiles: name them with -r or -V")
	case len(o.ReadFiles) > 1 && !o.Merge:
		return errorText("-r is given more than once: give --merge to read all by their time stamps, or list them in a file for -V to read one after the other")
	case len(o.ReadLists) > 1 && !o.Merge:
		return errorText("-V is given more than once: give --merge to read all by their time stamps, or make one list to read one after the other")
	}
	return nil
}

// reads tells whether savefiles are read.
func (o *Options) reads() bool { return o.ReadFiles != nil || o.ReadLists != nil }

// errorText is a complaint to the user, complete but for the program's name.
type errorText string

func (e errorText) Error() string { return string(e) }
