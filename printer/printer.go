package printer

import (
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// PacketType is what -T forces packets to be read as.
type PacketType uint8

// Options say how packets are printed. They are read once, by New; the names
// in brackets are tcpdump's options.
type Options struct {
	Verbose    int   // [-v] 0 to 3 and more
	LinkHeader bool  // [-e] print the link-layer header
	Quick      int   // [-q] less protocol information; 2 and more still less
	Names      Names // finds names; nil: there are only numbers [-n]
	Numeric    bool  // Names are asked for hosts alone
	Foreign    bool  // [-f] no names for addresses outside LocalNet
	LocalNet   [4]byte
	LocalMask  [4]byte

	ASDot       bool // [-b] AS numbers as HIGH.LOW
	OneLine     bool // [-g] no line break after the IPv4 header
	NoChecksum  bool // [-K] do not verify IPv4, TCP and UDP checksums
	AbsoluteSeq bool // [-S] absolute TCP sequence numbers
	RawHandles  bool // [-u] NFS handles undecoded
	Mesh        bool // [-H] 802.11s draft mesh headers

	Hex      int // [-x] 1: without the link-layer header, 2: with it
	HexASCII int // [-X] likewise
	ASCII    int // [-A] likewise

	Number     bool           // [-#] number the packets
	Lengths    bool           // [--lengths] begin lines with the bytes captured, and those on the wire
	Sampling   int            // [--print-sampling] print each packet whose number is a multiple of it alone; 0: all
	Skipped    uint64         // [--skip] packets before the first, which have numbers too
	TimeFormat int            // [-t] how many times it was given, 0 to 5
	Nano       bool           // [--nano] nine digits behind the seconds
	Location   *time.Location // the zone of local times; nil: time.Local

	// Colors are what the parts of lines look like on a terminal. nil: they have
	// no colours.
	Colors *Colors

	// Like is the version of tcpdump whose lines are printed [--like].
	Like versions.Version

	Type      PacketType  // [-T]
	ESPSecret *ESPSecrets // [-E] nil: none
	TCPSecret string      // [-M]

	// NameInterfaces begins lines with the interface that the packet came through
	// and the way it went, as those of cooked packets do [--interface-names].
	NameInterfaces bool

	// SourceInterface is what the source calls an interface, by Packet.Interface;
	// "" where it does not say. nil: it never does. It may be called by several
	// goroutines at a time.
	SourceInterface func(number int) string

	// Strict printers panic at a mistake of their own, as tests want them to.
	// Others say in the line that there is one, and Warn, and go on.
	Strict bool

	// InterfaceName names the interface with an index of the host that captured,
	// which stands in LINUX_SLL2 headers, or returns "". nil: it is "?".
	InterfaceName func(index uint32) string

	// Escape rewrites what b has from a place on: the lines of a packet, before
	// anything is highlighted in them and the dump of -x, -X or -A follows, which
	// has printable bytes alone. nil: they stay.
	Escape func(b []byte, from int) []byte

	// Warn gets what does not belong into a line, such as a key file that
	// cannot be read. nil: nobody does.
	Warn func(message string)
}

// Printer turns packets into tcpdump's lines. It keeps state from packet to
// packet and is for one goroutine.
type Printer struct {
	opts Options

	// What printers ask for all the time, under the letters of the options.
	// vflag can change while a packet is printed.
	vflag, qflag                             int
	eflag, nflag, bflag, gflag, Kflag, Sflag bool
	uflag, Hflag                             bool
	suppressDump                             bool
	dumps                                    bool // there are dumps of packets

	out     []byte   // the lines so far
	start   int      // where in out this packet's lines begin
	painter *painter // of their colours; nil: there are none

	pkt      *capture.Packet
	link     capture.LinkType // of the innermost frame
	proto    string           // the innermost protocol, for the truncation mark
	llHdrLen int              // bytes of link-layer header, left out by -x, -X and -A
	depth    int              // how deep printers have called each other
	count    uint64           // packets so far, that of this included
	clock    clock
	conv     conversations
	ranges   []Range // scratch of highlighting
	scratch  []byte  // for printers that need to put bytes together
	names    nameCache
	formats  formats

	later *deferral // what is left to do in packet order; nil when this is in order
	redo  bool      // the packet is to be printed again, in order

	faulty bool // a fault has been warned of
}

// maxDepth bounds how deep packets in packets are followed.
const maxDepth = 192

// New makes a Printer.
func New(o Options) *Printer {
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.InterfaceName == nil {
		o.InterfaceName = func(uint32) string { return "" }
	}
	p := &Printer{opts: o, count: o.Skipped}
	p.vflag, p.qflag = o.Verbose, o.Quick
	p.eflag, p.nflag, p.bflag, p.gflag = o.LinkHeader, o.Names == nil || o.Numeric, o.ASDot, o.OneLine
	p.Kflag, p.Sflag, p.uflag, p.Hflag = o.NoChecksum, o.AbsoluteSeq, o.RawHandles, o.Mesh
	p.names = newNameCache(o.Names)
	p.painter = newPainter(o.Colors)
	p.dumps = o.Hex > 0 || o.HexASCII > 0 || o.ASCII > 0
	p.suppressDump = o.Quick > 0 || o.Hex > 0 || o.HexASCII > 0
	return p
}

// Sprint is the lines of one packet whose bytes are all there, with the line end:
// without a time, and without what earlier packets would add. Whoever prints more
// than one makes a Printer.
func Sprint(link capture.LinkType, data []byte, o Options) string {
	o.TimeFormat = 1
	return string(New(o).Print(nil, capture.NewPacket(link, data)))
}

// Print appends the lines of one packet to dst, with the line end, and returns the
// longer slice. It does not keep pkt.
func (p *Printer) Print(dst []byte, pkt *capture.Packet) []byte { return p.print(dst, pkt, nil, nil) }

// PrintNoted is Print with a note at the end of the last line, in front of the dump
// of -x, -X or -A. A note is text without a line end.
func (p *Printer) PrintNoted(dst []byte, pkt *capture.Packet, note []byte) []byte {
	return p.print(dst, pkt, note, nil)
}

func (p *Printer) print(dst []byte, pkt *capture.Packet, note []byte, h *Highlight) []byte {
	p.out, p.start, p.pkt = dst, len(dst), pkt
	if p.painter != nil {
		p.painter.begin(p.later)
	}
	p.count++
	if !p.sampled(p.count) {
		return p.out
	}
	if p.names.cursor != nil {
		p.names.cursor.Seek(p.count, pkt)
	}
	if p.opts.Number {
		p.printf("%5d  ", p.count)
	}
	if p.opts.Lengths {
		p.printf("caplen %d len %d ", uint32(len(pkt.Data)), pkt.Length)
	}
	start := len(p.out)
	if headerIsBad(pkt) {
		p.badHeader(pkt)
		p.mark(PartWrong, start)
		if p.opts.Escape != nil {
			p.escape()
		}
		if h != nil {
			p.highlightText(h)
		}
		p.paint(h)
		return p.out
	}
	p.timestamp(pkt.Time)
	p.mark(PartTime, start)
	if p.opts.NameInterfaces {
		start = len(p.out)
		p.interfacePrefix(pkt)
		p.mark(PartInterface, start)
	}
	p.proto, p.llHdrLen, p.depth = "", 0, 0
	p.dissect(pkt)
	if p.redo {
		return p.out
	}
	if len(note) > 0 {
		start = len(p.out)
		p.bytes(note)
		p.mark(PartNote, start)
	}
	if p.opts.Escape != nil {
		p.escape()
	}
	if !p.dumps && h == nil && p.painter == nil {
		p.char('\n')
		return p.out
	}
	form, shown := p.dumpForm(pkt.Data)
	switch {
	case h == nil:
		p.dump(form, shown)
		p.char('\n')
	default:
		p.char('\n')
		p.highlightText(h)
		if len(shown) > 0 {
			p.highlightDump(form, shown, h, len(pkt.Data)-len(shown))
			p.char('\n')
		}
	}
	if h != nil || p.painter != nil {
		p.paint(h)
	}
	return p.out
}

// sampled reports whether the packet with a number is one to print.
func (p *Printer) sampled(number uint64) bool {
	n := p.opts.Sampling
	return n <= 1 || number%uint64(n) == 0
}

// escape applies Options.Escape.
func (p *Printer) escape() {
	if p.painter != nil {
		p.escapeParts()
		return
	}
	p.out = p.opts.Escape(p.out, p.start)
}

// dissect prints the packet from its link layer on, up to where it was cut.
func (p *Printer) dissect(pkt *capture.Packet) {
	defer func() {
		switch v := recover(); v.(type) {
		case nil:
		case truncated:
			p.truncMark()
			p.llHdrLen = 0
		case outOfOrder:
			p.redo = true
		case overlong:
			start := len(p.out)
			p.str(" [too much to print]")
			p.mark(PartWrong, start)
		default:
			p.fault(v)
		}
	}()
	p.linkType(pkt.LinkType, pkt.Data, int(pkt.Length))
}

// outputMax is the most that printers say of one packet, in bytes. Only packets
// made to harm get there; what the reference prints of some has no end.
const outputMax = 1 << 20

// overlong is what bound panics with. It ends the packet.
type overlong struct{}

// bound ends a packet that has had enough said of it.
func (p *Printer) bound() {
	if len(p.out)-p.start > outputMax {
		panic(overlong{})
	}
}

// fault ends the line of a packet that a printer could not cope with. That is a
// mistake of ours: tests stop there, a capture goes on.
func (p *Printer) fault(v any) {
	if p.opts.Strict {
		panic(v)
	}
	if p.later != nil {
		p.redo = true // what is said about it is said in packet order
		return
	}
	start := len(p.out)
	p.str(" [")
	p.str(p.proto)
	p.str(": fault of the printer]")
	p.mark(PartWrong, start)
	if !p.faulty {
		p.faulty = true
		p.warn("a packet could not be printed to its end, which is a mistake of this program; please report it with the packet (protocol " + p.proto + ")")
	}
}

// headerIsBad reports whether the lengths of a packet are impossible.
func headerIsBad(pkt *capture.Packet) bool {
	caplen := uint32(len(pkt.Data))
	return caplen == 0 || pkt.Length < caplen || pkt.Length > capture.MaxSnapLen
}

// badHeader prints what is impossible about a packet's lengths.
func (p *Printer) badHeader(pkt *capture.Packet) {
	caplen, length := uint32(len(pkt.Data)), pkt.Length
	p.str("[Invalid header:")
	between := " "
	reason := func(format string, args ...any) {
		p.str(between)
		p.printf(format, args...)
		between = ", "
	}
	if caplen == 0 {
		reason("caplen==0")
	}
	if length == 0 {
		reason("len==0")
	} else if length < caplen {
		reason("len(%d) < caplen(%d)", length, caplen)
	}
	if caplen > capture.MaxSnapLen {
		reason("caplen(%d) > %d", caplen, uint32(capture.MaxSnapLen))
	}
	if length > capture.MaxSnapLen {
		reason("len(%d) > %d", length, uint32(capture.MaxSnapLen))
	}
	p.str("]\n")
}

// dumpForm is how -x, -X and -A show the packet's bytes.
type dumpForm uint8

const (
	dumpNone dumpForm = iota
	dumpHex
	dumpHexASCII
	dumpASCII
)

// dumpForm returns how the packet's bytes b are shown, and those of them that
// are: all, or what is behind the link-layer header.
func (p *Printer) dumpForm(b []byte) (dumpForm, []byte) {
	o := &p.opts
	inner := at(b, p.llHdrLen)
	switch {
	case o.HexASCII > 1:
		return dumpHexASCII, b
	case o.HexASCII == 1:
		return dumpHexASCII, inner
	case o.Hex > 1:
		return dumpHex, b
	case o.Hex == 1:
		return dumpHex, inner
	case o.ASCII > 1:
		return dumpASCII, b
	case o.ASCII == 1:
		return dumpASCII, inner
	}
	return dumpNone, nil
}

// dump appends the packet's bytes b, also of a packet that bound has ended.
func (p *Printer) dump(form dumpForm, b []byte) {
	if len(b) == 0 {
		return
	}
	switch form {
	case dumpHex:
		p.dumpLines("\n\t", b, len(b), 0, false)
	case dumpHexASCII:
		p.dumpLines("\n\t", b, len(b), 0, true)
	case dumpASCII:
		p.asciiDump(b)
	}
}

// enter counts a step into a packet within a packet, and ends the packet when
// they never end. Every enter has its leave.
func (p *Printer) enter() {
	if p.depth++; p.depth > maxDepth {
		start := len(p.out)
		p.str(" [nested too deeply]")
		p.mark(PartWrong, start)
		trunc()
	}
}

func (p *Printer) leave() { p.depth-- }

// warn tells the user something that does not belong into the line.
func (p *Printer) warn(message string) {
	p.inOrder()
	if p.opts.Warn != nil {
		p.opts.Warn(message)
	}
}
