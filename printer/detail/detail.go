// Package detail renders packets over IP as views: a block of header fields with
// the payload as text, hexadecimal digits, bytes or base64, or all on a line.
package detail

import (
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/internal/header"
)

// Mode is a view.
type Mode uint8

// Views. Those called All have the IP and transport headers in front of the
// payload.
const (
	None Mode = iota
	Header
	Text
	Binary
	BinaryAll
	Hex
	HexAll
	Line
	Base64
	Base64All
)

// Options say how packets are shown. They are read once, by New.
type Options struct {
	Mode     Mode
	Verbose  bool           // more fields, at the ends of lines
	Location *time.Location // of times
	Terminal bool           // what could drive a terminal is made visible
	Color    bool           // hits are highlighted
}

// Entry is a packet and what is known of it from others.
type Entry struct {
	Time      capture.Timestamp
	Packet    *header.Packet
	Direction filters.Direction
	Passage   uint64
	Hits      []filters.Range // in Packet.All, in any order
}

// Viewer renders packets. It is for one goroutine.
type Viewer struct {
	opts  Options
	clock clock
	hits  []filters.Range // of the packet at hand, sorted and without overlaps
	text  []byte
}

// New makes a Viewer.
func New(o Options) *Viewer { return &Viewer{opts: o, clock: clock{location: o.Location}} }

// Append appends the view of a packet to b. It does not allocate but for what
// b and hits need.
func (v *Viewer) Append(b []byte, e *Entry) []byte {
	v.sortHits(e.Hits)
	switch v.opts.Mode {
	case None:
		return b
	case Line:
		return v.line(b, e)
	}
	b = v.header(b, e)
	p := e.Packet
	from := len(p.IP) + len(p.Transport)
	switch v.opts.Mode {
	case BinaryAll, HexAll, Base64All:
		from = 0
	case Header:
		return b
	}
	return v.payload(b, p.All, from)
}

const labelWidth = 16

// label begins a line of the header block.
func label(b []byte, name string) []byte {
	return pad(append(b, name...), len(b), labelWidth)
}

// pad appends blanks up to width columns after start.
func pad(b []byte, start, width int) []byte {
	for len(b) < start+width {
		b = append(b, ' ')
	}
	return b
}

func appendInt[T ~int | ~int32 | ~uint8 | ~uint16 | ~uint32](b []byte, n T) []byte {
	return strconv.AppendInt(b, int64(n), 10)
}

func (v *Viewer) header(b []byte, e *Entry) []byte {
	p := e.Packet
	b = v.clock.append(label(b, "Time:"), e.Time)
	b = append(b, " / "...)
	b = appendFraction(strconv.AppendInt(b, e.Time.Sec, 10), e.Time)
	b = append(b, ", Passage number: "...)
	b = append(strconv.AppendUint(b, e.Passage, 10), '\n')
	b = v.ipHeader(b, p)
	switch {
	case p.Protocol == header.ProtocolTCP:
		b = v.tcpHeader(b, p)
	case p.Protocol == header.ProtocolUDP:
		b = v.udpHeader(b, p)
	default:
		b = v.icmpHeader(b, p)
	}
	b = endpoint(label(b, "Source:"), "IP: ", p, true)
	b = endpoint(label(b, "Destination:"), "IP: ", p, false)
	b = append(label(b, "Direction:"), directionName(e.Direction)...)
	b = append(b, directionArrow(e.Direction)...)
	b = append(b, '\n')
	if !p.ICMP() {
		b = appendInt(label(b, "Data length:"), p.Length)
		b = append(b, " byte\n"...)
	}
	b = v.hexBytes(label(b, "IP-H data:"), p.All, 0, len(p.IP))
	b = append(b, '\n')
	b = label(b, transportName(p)+"-H data:")
	b = v.hexBytes(b, p.All, len(p.IP), len(p.IP)+len(p.Transport))
	return append(b, "\n\n"...)
}

// transportName is how labels call a protocol: both versions of ICMP the same.
func transportName(p *header.Packet) string {
	if p.ICMP() {
		return "ICMP"
	}
	return header.ProtocolName(p.Protocol)
}

// totalLength is the length of the IP packet, as its header says.
func totalLength(p *header.Packet) int {
	if p.Version == 4 {
		return header.IPv4(p.IP).TotalLength()
	}
	return 40 + header.IPv6(p.IP).PayloadLength()
}

func (v *Viewer) ipHeader(b []byte, p *header.Packet) []byte {
	b = append(label(b, "IP header:"), "Version: "...)
	b = append(appendInt(b, p.Version), ", IP header length: "...)
	b = append(appendInt(b, len(p.IP)), ", Total length: "...)
	b = append(appendInt(b, totalLength(p)), ", TTL: "...)
	b = append(appendInt(b, p.TTL()), ", IP protocol: "...)
	b = append(append(b, header.ProtocolName(p.Protocol)...), '[')
	b = append(appendInt(b, p.Protocol), ']')
	if v.opts.Verbose && p.Version == 4 {
		ip := header.IPv4(p.IP)
		b = append(appendInt(append(b, ", Identification: "...), ip.Identification()), ", Header checksum: "...)
		b = hex16(b, ip.Checksum())
	} else if v.opts.Verbose {
		ip := header.IPv6(p.IP)
		b = append(appendInt(append(b, ", Traffic class: "...), ip.TrafficClass()), ", Flow label: "...)
		b = appendInt(b, ip.FlowLabel())
	}
	return append(b, '\n')
}

func (v *Viewer) tcpHeader(b []byte, p *header.Packet) []byte {
	t := header.TCP(p.Transport)
	b = append(label(b, "TCP header:"), "TCP header length: "...)
	b = append(appendInt(b, t.HeaderLength()), ", Sequence: "...)
	b = append(appendInt(b, t.Sequence()), ", Acknowledgement: "...)
	b = append(appendInt(b, t.Acknowledgement()), ", Window: "...)
	b = append(appendInt(b, t.Window()), ", Flags: "...)
	b = flags(b, t.Flags())
	if v.opts.Verbose {
		b = hex16(append(b, ", Checksum: "...), t.Checksum())
		b = appendInt(append(b, ", Urgent pointer: "...), t.UrgentPointer())
	}
	b = tcpOptions(label(append(b, '\n'), "TCP options:"), t, ", ")
	if v.opts.Verbose {
		b = timestamps(b, t)
	}
	return append(b, '\n')
}

func (v *Viewer) udpHeader(b []byte, p *header.Packet) []byte {
	b = append(label(b, "UDP header:"), "UDP header length: 8"...)
	if v.opts.Verbose {
		u := header.UDP(p.Transport)
		b = append(appendInt(append(b, ", Length: "...), u.Length()), ", Checksum: "...)
		b = hex16(b, u.Checksum())
	}
	return append(b, '\n')
}

func (v *Viewer) icmpHeader(b []byte, p *header.Packet) []byte {
	i := header.ICMP(p.Transport)
	b = append(label(b, "ICMP header:"), "ICMP header length: 4, Type: "...)
	b = append(appendInt(b, i.Type()), ", Code: "...)
	b = appendInt(b, i.Code())
	if v.opts.Verbose {
		b = hex16(append(b, ", Checksum: "...), i.Checksum())
	}
	return append(b, '\n')
}

func hex16(b []byte, n uint16) []byte {
	return append(b, '0', 'x', hexDigits[n>>12], hexDigits[n>>8&15], hexDigits[n>>4&15], hexDigits[n&15])
}

// flags appends the names of the flags that are set.
func flags(b []byte, set uint8) []byte {
	b = append(b, '[')
	first := true
	for i, name := range header.FlagNames {
		if set>>i&1 == 0 {
			continue
		}
		if !first {
			b = append(b, ", "...)
		}
		first = false
		b = append(append(append(b, '\''), name...), '\'')
	}
	return append(b, ']')
}

// tcpOptions appends the options that have a place in the views, each kind
// once, joined by between; "-" when there are none.
func tcpOptions(b []byte, t header.TCP, between string) []byte {
	start := len(b)
	var seen [256]bool
	for o := t.Options(); o.Next(); {
		name := ""
		switch o.Kind {
		case header.OptionNop:
			name = "nop"
		case header.OptionMSS:
			name = "mss"
		case header.OptionWindowScale:
			name = "wscale"
		case header.OptionSACKPermitted:
			name = "sack"
		}
		if name == "" || seen[o.Kind] {
			continue
		}
		seen[o.Kind] = true
		if len(b) > start {
			b = append(b, between...)
		}
		b = append(b, name...)
		if n, ok := o.Number(); ok {
			b = strconv.AppendUint(append(b, ':'), uint64(n), 10)
		}
	}
	if len(b) == start {
		b = append(b, '-')
	}
	return b
}

// timestamps appends TSval and TSecr (RFC 7323).
func timestamps(b []byte, t header.TCP) []byte {
	for o := t.Options(); o.Next(); {
		if o.Kind == header.OptionTimestamps && len(o.Value) == 8 {
			value, echo := header.Options{Value: o.Value[:4]}, header.Options{Value: o.Value[4:]}
			n, _ := value.Number()
			b = strconv.AppendUint(append(b, ", timestamp:"...), uint64(n), 10)
			n, _ = echo.Number()
			return strconv.AppendUint(append(b, '/'), uint64(n), 10)
		}
	}
	return b
}

// endpoint appends a line with one end's address and port.
func endpoint(b []byte, name string, p *header.Packet, source bool) []byte {
	start := len(b)
	addr, port := p.Dst, p.DstPort
	if source {
		addr, port = p.Src, p.SrcPort
	}
	b = addr.AppendTo(append(b, name...))
	b = pad(append(b, ' '), start, 30)
	b = append(b, "Port: "...)
	return append(appendInt(b, port), '\n')
}

func directionName(d filters.Direction) string {
	switch d {
	case filters.Send:
		return "SEND"
	case filters.Receive:
		return "RECEIVE"
	}
	return "UNKNOWN"
}

func directionArrow(d filters.Direction) string {
	switch d {
	case filters.Send:
		return " [ >>> ]"
	case filters.Receive:
		return " [ <<< ]"
	}
	return ""
}
