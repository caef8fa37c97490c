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
//	type         how the value is read: a row of readers; a field without one is set
//	getopt       the place in the list of which getopt names those that an
//	             abbreviation may mean; the reference's come first, in its order
//	own          not one of tcpdump's: its abbreviations yield to theirs
//	exact        one of ipscap's: in tapdump only its full name means it, and with
//	             "always" in ipscap too
//	bare         the value without one, which is attached then if it is given
//	placeholder  what stands for the value in --help
//	help         the line of --help, which options of our own have
//	about        what completion says of the others
//	takes        what completion offers for a text: file, dir, interface, hosts, user, command,
//	             or nothing (free)
//	group        above these lines
//	needs        the feature of the build without which there is none
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

	Expression []string // the operands

	given map[string]string // every long option of the command line, with its value
}

// asking are options that only print something, and those that mean nothing.
type asking struct {
	ListInterfaces bool `name:"list-interfaces" short:"D" getopt:"2" about:"list the interfaces there are, and stop"`
	Help           bool `name:"help" type:"help" getopt:"4" about:"list the options, and stop"`
	ListStampTypes bool `name:"list-time-stamp-types" short:"J" getopt:"8" about:"list the time stamp types of the interface, and stop"`
	ListLinkTypes  bool `name:"list-data-link-types" short:"L" getopt:"11" about:"list the link types of the interface, and stop"`
	FloatType      bool `name:"fp-type" type:"floattype" getopt:"22" about:"print how numbers are computed, and stop"`
	TimeSize       bool `name:"time-t-size" type:"timesize" getopt:"27" about:"print the bits of a time, and stop"`
	Version        bool `name:"version" type:"version" getopt:"30" about:"print the versions, and stop"`
	Usage          bool `name:"h" short:"h" type:"brief" about:"print tcpdump's usage, and stop"` // tcpdump's lines alone
	ParserTrace    bool `name:"Y" short:"Y" type:"usage" about:"trace the parser of filters"`     // builds of tcpdump without it print their usage
	OldNames       bool `name:"a" short:"a" about:"without meaning"`                              // accepted, means nothing
	Module         bool `name:"m" short:"m" type:"module" about:"load a MIB module"`
}

// capturing are about devices, and about when to stop.
type capturing struct {
	BufferSize       int                   `name:"buffer-size" short:"B" type:"kib" getopt:"1" about:"size of the capture buffer in KiB"` // bytes, 0: not given
	Interfaces       []string              `name:"interface" short:"i" type:"texts" takes:"interface" getopt:"5" about:"capture from this interface"`
	Monitor          bool                  `name:"monitor-mode" short:"I" getopt:"6" about:"capture in monitor mode"`
	StampType        capture.TimestampType `name:"time-stamp-type" short:"j" type:"stamptype" getopt:"7" about:"who stamps the packets"`
	NoPromiscuous    bool                  `name:"no-promiscuous-mode" short:"p" getopt:"13" about:"leave the interface out of promiscuous mode"`
	Direction        capture.Direction     `name:"direction" short:"Q" type:"direction" getopt:"14" about:"packets that come in, go out, or both"`
	SnapLen          int                   `name:"snapshot-length" short:"s" type:"snaplen" getopt:"15" about:"bytes of a packet to capture"` // 0: not given
	LinkType         *capture.LinkType     `name:"linktype" short:"y" type:"linktype" getopt:"18" about:"capture with this link type"`
	Immediate        bool                  `name:"immediate-mode" getopt:"19" about:"deliver each packet as it comes"`
	MaxPackets       int                   `name:"c" short:"c" type:"packets" about:"stop after so many packets"` // 0: no limit
	FollowInterfaces bool                  `name:"follow-interfaces" getopt:"37" own:"" help:"take up interfaces of -i that appear or come back: names, and patterns such as -i 'veth*'"`
	Workers          int                   `name:"workers" type:"workers" getopt:"49" own:"" placeholder:"N" help:"share the packets of a busy interface among N buffers, one for each processor"`     // 0: not given
	Engine           string                `name:"capture-engine" type:"engine" getopt:"73" own:"" placeholder:"NAME" help:"ring (Linux), bpf (BSDs, macOS), or go-pcap, which knows less of packets"` // "": the system's
	Duration         time.Duration         `name:"duration" type:"duration" getopt:"36" own:"" placeholder:"TIME" help:"stop after TIME: 90, 1.5s, 15m, 1h30m"`                                        // 0: not given
}

// filtering are about the filter expression.
type filtering struct {
	NoOptimize bool    `name:"no-optimize" short:"O" getopt:"12" about:"leave the program of the filter as it is"`
	DumpFilter int     `name:"d" short:"d" type:"counter" about:"print the program of the filter, and stop"`
	Foreign    bool    `name:"f" short:"f" about:"print foreign addresses as numbers"`
	FilterFile *string `name:"F" short:"F" type:"text" takes:"file" about:"read the filter from a file"`
	Skip       uint64  `name:"skip" type:"skip" getopt:"29" own:"" placeholder:"N" help:"leave out the first N packets that the filter lets through; -c counts those that follow"`
	Explain    bool    `name:"explain" getopt:"34" own:"" help:"print how the filter expression is understood, and stop"`
	Hints      bool    `name:"hints" getopt:"35" own:"" help:"say at the end why nothing matched, as on a terminal, or what is odd about the expression"`
}

// reading are about savefiles that are read.
type reading struct {
	ReadFiles []string `name:"r" short:"r" type:"texts" takes:"file" about:"read packets from a savefile"`
	ReadLists []string `name:"V" short:"V" type:"texts" takes:"file" about:"read the savefiles that a file lists"`
	Merge     bool     `name:"merge" getopt:"42" own:"" help:"read all as one, by the time stamps of their packets; -r may be given several times then"`
	Unpacking int64    `name:"decompress-memory" type:"bytes" getopt:"33" own:"" placeholder:"BYTES" help:"let compressed files refer back so far: 128m; the default is 64m"` // 0: not given
}

// decoding are about what lines say of packets.
type decoding struct {
	NoChecksums bool               `name:"dont-verify-checksums" short:"K" getopt:"10" about:"do not verify checksums"`
	AbsoluteSeq bool               `name:"absolute-tcp-sequence-numbers" short:"S" getopt:"16" about:"print sequence numbers as they are"`
	OneLine     bool               `name:"ip-oneline" short:"g" getopt:"28" about:"leave IPv4 headers on one line"`
	ASDot       bool               `name:"b" short:"b" about:"print AS numbers with a dot"`
	LinkHeader  bool               `name:"e" short:"e" about:"print the header of the link layer"`
	ESPSecret   *string            `name:"E" short:"E" type:"text" takes:"free" about:"secrets that decrypt ESP"`
	Mesh        bool               `name:"H" short:"H" about:"look for 802.11s mesh headers"`
	TCPSecret   *string            `name:"M" short:"M" type:"text" takes:"free" about:"secret of the MD5 signatures of TCP"`
	Numeric     int                `name:"n" short:"n" type:"counter" about:"print addresses as numbers; twice: ports, too"`
	NoDomain    bool               `name:"N" short:"N" about:"leave domains out of names"`
	Quick       int                `name:"q" short:"q" type:"counter" about:"print less"`
	PacketType  printer.PacketType `name:"T" short:"T" type:"packettype" about:"decode packets as this type"`
	NFSHandles  bool               `name:"u" short:"u" about:"print NFS handles as they are"`
	Verbose     int                `name:"v" short:"v" type:"counter" about:"print more; up to three times"`
}

// printing are about lines.
type printing struct {
	Precision      Precision `name:"time-stamp-precision" aliases:"micro,nano" type:"precision" getopt:"9" about:"precision of time stamps"`
	Count          bool      `name:"count" getopt:"21" about:"print only how many packets there are"`
	Number         bool      `name:"number" short:"#" getopt:"23" about:"number the lines"`
	Print          bool      `name:"print" getopt:"24" about:"print packets beside -w"`
	Sampling       int       `name:"print-sampling" type:"sampling" getopt:"25" own:"" placeholder:"N" help:"print each Nth packet alone, as with -S and --print"` // 0: not given
	Lengths        bool      `name:"lengths" getopt:"26" own:"" help:"begin lines with the number of bytes captured, and that on the wire"`
	ASCII          int       `name:"A" short:"A" type:"counter" about:"print packets in ASCII"`
	LineBuffered   bool      `name:"l" short:"l" about:"write out each line at once"`
	TimeStamps     int       `name:"t" short:"t" type:"counter" about:"how times are printed: none, seconds, differences, dates"`
	Hex            int       `name:"x" short:"x" type:"counter" about:"print packets in hexadecimal digits"`
	HexASCII       int       `name:"X" short:"X" type:"counter" about:"print packets in hexadecimal digits and ASCII"`
	InterfaceNames *bool     `name:"interface-names" type:"yesno" bare:"yes" getopt:"39" own:"" help:"begin lines with the interface and the direction; by itself for several -i, and not with =no"` // nil: not given
	Jobs           int       `name:"jobs" type:"jobs" getopt:"47" own:"" placeholder:"N" help:"print on N processors at the same time; all is the default"`                                          // 0: not given
}

// writing are about savefiles that are written.
type writing struct {
	PacketBuffered bool    `name:"packet-buffered" short:"U" getopt:"17" about:"write out each packet at once"`
	FileSize       int64   `name:"C" short:"C" type:"filesize" about:"begin another file after so many millions of bytes"` // bytes, 0: not given
	FileSeconds    int     `name:"G" short:"G" type:"seconds" about:"begin another file after so many seconds"`            // 0: not given
	WriteFile      *string `name:"w" short:"w" type:"text" takes:"file" about:"write packets to a savefile"`
	FileCount      int     `name:"W" short:"W" type:"files" about:"number of files of -C or -G"` // 0: not given
	PostRotate     *string `name:"z" short:"z" type:"text" takes:"command" about:"run a command on each file that is complete"`
	Format         string  `name:"format" type:"format" getopt:"38" own:"" placeholder:"FORMAT" help:"pcap, pcapng or parquet; a name that ends in .pcapng or .parquet asks for that too"` // one of them, or not given
	Comment        *string `name:"comment" type:"text" takes:"free" getopt:"32" own:"" placeholder:"TEXT" help:"put a comment into a pcapng file"`
}

// rotating are about several savefiles, one after the other. 0: not given.
type rotating struct {
	RotateSize  int64         `name:"rotate-size" type:"bytes" getopt:"45" own:"" placeholder:"BYTES" help:"begin another file before one gets larger: 100000, 64k, 10m, 2g"`
	RotateTime  time.Duration `name:"rotate-time" type:"duration" getopt:"46" own:"" placeholder:"TIME" help:"begin another file after TIME"`
	RotateCount uint64        `name:"rotate-count" type:"count" getopt:"44" own:"" placeholder:"N" help:"begin another file after N packets"`
	Align       bool          `name:"align" getopt:"31" own:"" help:"end each --rotate-time at a whole multiple of it, as on the hour"`
	KeepFiles   int           `name:"keep-files" type:"number" getopt:"41" own:"" placeholder:"N" help:"keep N files, and remove the oldest"`
	KeepBytes   int64         `name:"keep-bytes" type:"bytes" getopt:"40" own:"" placeholder:"BYTES" help:"keep so many bytes in all files"`
	MaxBytes    int64         `name:"max-bytes" type:"bytes" getopt:"43" own:"" placeholder:"BYTES" help:"stop after so many bytes"`
}

// privileges are about what the process may do.
type privileges struct {
	User      *string `name:"relinquish-privileges" short:"Z" type:"text" takes:"user" getopt:"20" about:"become this user after the start"`
	NoSandbox bool    `name:"no-sandbox" getopt:"48" own:"" help:"keep, after the start, what is not needed any more"`
}

// selecting are ipscap's options about which packets, showing about how they are
// shown, running about the rest.
type selecting struct {
	Find        *string            `name:"find" type:"find" getopt:"53" own:"" exact:"" placeholder:"STRING" help:"packets with STRING in their payload"`
	FindMode    filters.FindMode   `name:"find-mode" type:"findmode" getopt:"54" own:"" exact:"" placeholder:"MODE" help:"STRING is a REGEX (the default), text to MATCH, BINARY with escapes, or HEX; or 1 to 4"` // 0: not given
	FindStream  bool               `name:"find-stream" getopt:"55" own:"" exact:"" help:"search TCP streams, put together again, instead of packets"`
	Ports       []uint16           `name:"port" type:"ports" getopt:"56" own:"" exact:"" placeholder:"LIST" help:"packets from or to one of these ports"`
	Protocols   filters.Protocols  `name:"protocol" type:"protocols" getopt:"57" own:"" exact:"" placeholder:"LIST" help:"ICMP, TCP, UDP, ALL; beside other filters, and in ipscap, the default is TCP,UDP"` // 0: not given
	Addresses   []netip.Prefix     `name:"ip" type:"prefixes" getopt:"58" own:"" exact:"" placeholder:"LIST" help:"packets from or to one of these addresses or prefixes"`
	Conditions  filters.Conditions `name:"condition" type:"conditions" getopt:"59" own:"" exact:"" placeholder:"COND" help:"NAME OP VALUE[,VALUE...] joined by ; as in 'port=80,443; flags=SYN; ttl<64'"`
	Tracking    bool               `name:"tracking" getopt:"60" own:"" exact:"" help:"also what follows between the same addresses with the same lower port"`
	ExcludeSSH  bool               `name:"exclude-ssh" getopt:"67" own:"" exact:"" help:"not port 22"`
	WebPort     bool               `name:"web-port" getopt:"68" own:"" exact:"" help:"the ports 80, 443, 53"`
	GeneralPort bool               `name:"general-port" getopt:"69" own:"" exact:"" help:"the ports 21,22,23,25,53,80,110,143,220,443,465,990,993,995,1433,3306"`
	Force       bool               `name:"force" getopt:"70" own:"" exact:"" help:"ipscap without any filter"`
}

type showing struct {
	View      *detail.Mode   `name:"output" type:"view" getopt:"61" own:"" exact:"" placeholder:"MODE" help:"${views}"`
	OutputRaw bool           `name:"output-raw" getopt:"62" own:"" exact:"always" help:"all fields of headers, each with its bytes in hexadecimal digits"` // --out means --output
	Color     coloring       `name:"color" type:"color" getopt:"71" own:"" exact:"" placeholder:"WHEN,THEME" help:"highlight what --find found: auto, always, never; colour lines: basic, dark, light, mono; flows"`
	StatMode  *int           `name:"stat-mode" type:"statmode" getopt:"63" own:"" exact:"" placeholder:"N" help:"statistics of nothing (0), of the packets shown (1, ipscap's default), of all packets (2)"`
	StatGroup stats.Grouping `name:"stat-group" type:"statgroup" getopt:"64" own:"" exact:"" placeholder:"N" help:"by transfers (0, the default), by addresses and service port (1), by addresses (2)"`
	Stats     string         `name:"stats" type:"stats" getopt:"72" own:"" exact:"" placeholder:"FORMAT" help:"only statistics: text, json, csv, top"` // "": not given
	DumpFiles int            `name:"dumpfile" type:"dumpfile" getopt:"65" own:"" exact:"" placeholder:"N" help:"append payloads (1), headers and payloads (2) to files in ./dump_logs/"`
}

type running struct {
	Completion  string        `name:"completion" type:"shell" getopt:"113" own:"" exact:"always" placeholder:"SHELL" help:"print the script that completes command lines in bash, zsh or fish, and stop"` // "": not given
	Timeout     time.Duration `name:"timeout" type:"timeout" getopt:"66" own:"" exact:"" placeholder:"SECONDS" help:"stop by itself"`                                                                     // 0: not given
	Diagnostics int           `name:"verbose" type:"level" getopt:"50" own:"" exact:"" placeholder:"N" help:"say more on standard error: causes of errors (1), settings (2), everything (3)"`             // 0 to 3
	Debug       bool          `name:"debug" getopt:"51" own:"" exact:"" help:"the same as --verbose=3"`
	Log         *string       `name:"log" type:"text" takes:"file" getopt:"52" own:"" exact:"" placeholder:"FILE" help:"say it to FILE"`
}
