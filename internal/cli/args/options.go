package args

import (
	"net/netip"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// options is one command line as it stands, and the one table of options: a
// field is a row. Its tags are
//
//	name         the long form; a single letter stands for an option without one
//	short        the letter
//	type         how the value is read: a mapper of values.go
//	getopt       the place in the list of which getopt names those that an
//	             abbreviation may mean; the reference's come first, in its order
//	own          not one of tcpdump's: its abbreviations yield to theirs
//	exact        one of ipscap's: in tapdump only its full name means it, and with
//	             "always" in ipscap too
//	bare         the value without one, which is attached then if it is given
//	placeholder  what stands for the value in --help
//	help         the line of --help, which options of our own have
//	group        above these lines
type options struct {
	asking
	capturing `group:"Capturing and filtering"`
	filtering `group:"Capturing and filtering"`
	reading   `group:"Reading savefiles (with -r, -V)"`
	decoding
	printing   `group:"Printing"`
	writing    `group:"Writing savefiles (with -w)"`
	rotating   `group:"Writing savefiles (with -w)"`
	privileges `group:"Privileges"`
	selecting  `group:"Which packets, by payload and headers"`
	showing    `group:"How they are shown"`
	beyond
	running `group:"Running"`

	Expression []string `arg:"" optional:"" type:"operands"`

	given map[string]string // every long option of the command line, with its value
}

// asking are options that only print something, and those that mean nothing.
type asking struct {
	ListInterfaces bool `name:"list-interfaces" short:"D" getopt:"2"`
	Help           bool `name:"help" type:"help" getopt:"3"`
	ListStampTypes bool `name:"list-time-stamp-types" short:"J" getopt:"7"`
	ListLinkTypes  bool `name:"list-data-link-types" short:"L" getopt:"10"`
	FloatType      bool `name:"fp-type" type:"floattype" getopt:"21"`
	TimeSize       bool `name:"time-t-size" type:"timesize" getopt:"24"`
	Version        bool `name:"version" type:"version" getopt:"26"`
	Usage          bool `name:"h" short:"h" type:"brief"` // tcpdump's lines alone
	ParserTrace    bool `name:"Y" short:"Y" type:"usage"` // builds of tcpdump without it print their usage
	OldNames       bool `name:"a" short:"a"`              // accepted, means nothing
	Module         bool `name:"m" short:"m" type:"module"`
}

// capturing are about devices, and about when to stop.
type capturing struct {
	BufferSize       int                   `name:"buffer-size" short:"B" type:"kib" getopt:"1"` // bytes, 0: not given
	Interfaces       []string              `name:"interface" short:"i" type:"texts" getopt:"4"`
	Monitor          bool                  `name:"monitor-mode" short:"I" getopt:"5"`
	StampType        capture.TimestampType `name:"time-stamp-type" short:"j" type:"stamptype" getopt:"6"`
	NoPromiscuous    bool                  `name:"no-promiscuous-mode" short:"p" getopt:"12"`
	Direction        capture.Direction     `name:"direction" short:"Q" type:"direction" getopt:"13"`
	SnapLen          int                   `name:"snapshot-length" short:"s" type:"snaplen" getopt:"14"` // 0: not given
	LinkType         *capture.LinkType     `name:"linktype" short:"y" type:"linktype" getopt:"17"`
	Immediate        bool                  `name:"immediate-mode" getopt:"18"`
	MaxPackets       int                   `name:"c" short:"c" type:"packets"` // 0: no limit
	FollowInterfaces bool                  `name:"follow-interfaces" getopt:"33" own:"" help:"take up interfaces of -i that appear or come back: names, and patterns such as -i 'veth*'"`
	Workers          int                   `name:"workers" type:"workers" getopt:"45" own:"" placeholder:"N" help:"share the packets of a busy interface among N buffers, one for each processor"`     // 0: not given
	Engine           string                `name:"capture-engine" type:"engine" getopt:"69" own:"" placeholder:"NAME" help:"ring (Linux), bpf (BSDs, macOS), or go-pcap, which knows less of packets"` // "": the system's
	Duration         time.Duration         `name:"duration" type:"duration" getopt:"32" own:"" placeholder:"TIME" help:"stop after TIME: 90, 1.5s, 15m, 1h30m"`                                        // 0: not given
}

// filtering are about the filter expression.
type filtering struct {
	NoOptimize bool    `name:"no-optimize" short:"O" getopt:"11"`
	DumpFilter int     `name:"d" short:"d" type:"counter"`
	Foreign    bool    `name:"f" short:"f"`
	FilterFile *string `name:"F" short:"F" type:"text"`
	Explain    bool    `name:"explain" getopt:"30" own:"" help:"print how the filter expression is understood, and stop"`
	Hints      bool    `name:"hints" getopt:"31" own:"" help:"say at the end why nothing matched, as on a terminal, or what is odd about the expression"`
}

// reading are about savefiles that are read.
type reading struct {
	ReadFiles []string `name:"r" short:"r" type:"texts"`
	ReadLists []string `name:"V" short:"V" type:"texts"`
	Merge     bool     `name:"merge" getopt:"38" own:"" help:"read all as one, by the time stamps of their packets; -r may be given several times then"`
	Unpacking int64    `name:"decompress-memory" type:"bytes" getopt:"29" own:"" placeholder:"BYTES" help:"let compressed files refer back so far: 128m; the default is 64m"` // 0: not given
}

// decoding are about what lines say of packets.
type decoding struct {
	NoChecksums bool               `name:"dont-verify-checksums" short:"K" getopt:"9"`
	AbsoluteSeq bool               `name:"absolute-tcp-sequence-numbers" short:"S" getopt:"15"`
	OneLine     bool               `name:"ip-oneline" short:"g" getopt:"25"`
	ASDot       bool               `name:"b" short:"b"`
	LinkHeader  bool               `name:"e" short:"e"`
	ESPSecret   *string            `name:"E" short:"E" type:"text"`
	Mesh        bool               `name:"H" short:"H"`
	TCPSecret   *string            `name:"M" short:"M" type:"text"`
	Numeric     int                `name:"n" short:"n" type:"counter"`
	NoDomain    bool               `name:"N" short:"N"`
	Quick       int                `name:"q" short:"q" type:"counter"`
	PacketType  printer.PacketType `name:"T" short:"T" type:"packettype"`
	NFSHandles  bool               `name:"u" short:"u"`
	Verbose     int                `name:"v" short:"v" type:"counter"`
}

// printing are about lines.
type printing struct {
	Precision      Precision `name:"time-stamp-precision" aliases:"micro,nano" type:"precision" getopt:"8"`
	Count          bool      `name:"count" getopt:"20"`
	Number         bool      `name:"number" short:"#" getopt:"22"`
	Print          bool      `name:"print" getopt:"23"`
	ASCII          int       `name:"A" short:"A" type:"counter"`
	LineBuffered   bool      `name:"l" short:"l"`
	TimeStamps     int       `name:"t" short:"t" type:"counter"`
	Hex            int       `name:"x" short:"x" type:"counter"`
	HexASCII       int       `name:"X" short:"X" type:"counter"`
	InterfaceNames *bool     `name:"interface-names" type:"yesno" bare:"yes" getopt:"35" own:"" help:"begin lines with the interface and the direction; by itself for several -i, and not with =no"` // nil: not given
	Jobs           int       `name:"jobs" type:"jobs" getopt:"43" own:"" placeholder:"N" help:"print on N processors at the same time; all is the default"`                                          // 0: not given
}

// writing are about savefiles that are written.
type writing struct {
	PacketBuffered bool    `name:"packet-buffered" short:"U" getopt:"16"`
	FileSize       int64   `name:"C" short:"C" type:"filesize"` // bytes, 0: not given
	FileSeconds    int     `name:"G" short:"G" type:"seconds"`  // 0: not given
	WriteFile      *string `name:"w" short:"w" type:"text"`
	FileCount      int     `name:"W" short:"W" type:"files"` // 0: not given
	PostRotate     *string `name:"z" short:"z" type:"text"`
	Format         string  `name:"format" type:"format" getopt:"34" own:"" placeholder:"FORMAT" help:"pcap, pcapng or parquet; a name that ends in .pcapng or .parquet asks for that too"` // one of them, or not given
	Comment        *string `name:"comment" type:"text" getopt:"28" own:"" placeholder:"TEXT" help:"put a comment into a pcapng file"`
}

// rotating are about several savefiles, one after the other. 0: not given.
type rotating struct {
	RotateSize  int64         `name:"rotate-size" type:"bytes" getopt:"41" own:"" placeholder:"BYTES" help:"begin another file before one gets larger: 100000, 64k, 10m, 2g"`
	RotateTime  time.Duration `name:"rotate-time" type:"duration" getopt:"42" own:"" placeholder:"TIME" help:"begin another file after TIME"`
	RotateCount uint64        `name:"rotate-count" type:"count" getopt:"40" own:"" placeholder:"N" help:"begin another file after N packets"`
	Align       bool          `name:"align" getopt:"27" own:"" help:"end each --rotate-time at a whole multiple of it, as on the hour"`
	KeepFiles   int           `name:"keep-files" type:"number" getopt:"37" own:"" placeholder:"N" help:"keep N files, and remove the oldest"`
	KeepBytes   int64         `name:"keep-bytes" type:"bytes" getopt:"36" own:"" placeholder:"BYTES" help:"keep so many bytes in all files"`
	MaxBytes    int64         `name:"max-bytes" type:"bytes" getopt:"39" own:"" placeholder:"BYTES" help:"stop after so many bytes"`
}

// privileges are about what the process may do.
type privileges struct {
	User      *string `name:"relinquish-privileges" short:"Z" type:"text" getopt:"19"`
	NoSandbox bool    `name:"no-sandbox" getopt:"44" own:"" help:"keep, after the start, what is not needed any more"`
}

// selecting are ipscap's options about which packets, showing about how they are
// shown, running about the rest.
type selecting struct {
	Find        *string            `name:"find" type:"find" getopt:"49" own:"" exact:"" placeholder:"STRING" help:"packets with STRING in their payload"`
	FindMode    filters.FindMode   `name:"find-mode" type:"findmode" getopt:"50" own:"" exact:"" placeholder:"MODE" help:"STRING is a REGEX (the default), text to MATCH, BINARY with escapes, or HEX; or 1 to 4"` // 0: not given
	FindStream  bool               `name:"find-stream" getopt:"51" own:"" exact:"" help:"search TCP streams, put together again, instead of packets"`
	Ports       []uint16           `name:"port" type:"ports" getopt:"52" own:"" exact:"" placeholder:"LIST" help:"packets from or to one of these ports"`
	Protocols   filters.Protocols  `name:"protocol" type:"protocols" getopt:"53" own:"" exact:"" placeholder:"LIST" help:"ICMP, TCP, UDP, ALL; beside other filters, and in ipscap, the default is TCP,UDP"` // 0: not given
	Addresses   []netip.Prefix     `name:"ip" type:"prefixes" getopt:"54" own:"" exact:"" placeholder:"LIST" help:"packets from or to one of these addresses or prefixes"`
	Conditions  filters.Conditions `name:"condition" type:"conditions" getopt:"55" own:"" exact:"" placeholder:"COND" help:"NAME OP VALUE[,VALUE...] joined by ; as in 'port=80,443; flags=SYN; ttl<64'"`
	Tracking    bool               `name:"tracking" getopt:"56" own:"" exact:"" help:"also what follows between the same addresses with the same lower port"`
	ExcludeSSH  bool               `name:"exclude-ssh" getopt:"63" own:"" exact:"" help:"not port 22"`
	WebPort     bool               `name:"web-port" getopt:"64" own:"" exact:"" help:"the ports 80, 443, 53"`
	GeneralPort bool               `name:"general-port" getopt:"65" own:"" exact:"" help:"the ports 21,22,23,25,53,80,110,143,220,443,465,990,993,995,1433,3306"`
	Force       bool               `name:"force" getopt:"66" own:"" exact:"" help:"ipscap without any filter"`
}

type showing struct {
	View      *detail.Mode   `name:"output" type:"view" getopt:"57" own:"" exact:"" placeholder:"MODE" help:"${views}"`
	OutputRaw bool           `name:"output-raw" getopt:"58" own:"" exact:"always" help:"all fields of headers, each with its bytes in hexadecimal digits"` // --out means --output
	Color     ColorWhen      `name:"color" type:"color" getopt:"67" own:"" exact:"" placeholder:"WHEN" help:"highlight what --find found: auto (on terminals), always, never"`
	StatMode  *int           `name:"stat-mode" type:"statmode" getopt:"59" own:"" exact:"" placeholder:"N" help:"statistics of nothing (0), of the packets shown (1, ipscap's default), of all packets (2)"`
	StatGroup stats.Grouping `name:"stat-group" type:"statgroup" getopt:"60" own:"" exact:"" placeholder:"N" help:"by transfers (0, the default), by addresses and service port (1), by addresses (2)"`
	Stats     string         `name:"stats" type:"stats" getopt:"68" own:"" exact:"" placeholder:"FORMAT" help:"only statistics: text, json, csv, top"` // "": not given
	DumpFiles int            `name:"dumpfile" type:"dumpfile" getopt:"61" own:"" exact:"" placeholder:"N" help:"append payloads (1), headers and payloads (2) to files in ./dump_logs/"`
}

type running struct {
	Timeout     time.Duration `name:"timeout" type:"timeout" getopt:"62" own:"" exact:"" placeholder:"SECONDS" help:"stop by itself"`                                                         // 0: not given
	Diagnostics int           `name:"verbose" type:"level" getopt:"46" own:"" exact:"" placeholder:"N" help:"say more on standard error: causes of errors (1), settings (2), everything (3)"` // 0 to 3
	Debug       bool          `name:"debug" getopt:"47" own:"" exact:"" help:"the same as --verbose=3"`
	Log         *string       `name:"log" type:"text" getopt:"48" own:"" exact:"" placeholder:"FILE" help:"say it to FILE"`
}
