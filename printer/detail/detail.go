// Package detail renders packets over IP as views: a block of header fields with the
// payload as text, hexadecimal digits, bytes or base64, or all on a line.
//
//	v := detail.New(detail.Text, detail.Options{})
//	var p header.Packet
//	if header.Decode(pkt, &p) {
//		text = v.Append(text, &detail.Entry{Time: pkt.Time, Packet: &p})
//	}
//
// There are no errors. A Viewer is for one goroutine; functions may be called from
// several. The package is not among those whose API is kept: docs/library.md.
package detail

import (
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/text"
)

// Options say how packets are shown. They are read once, by New. The zero value is
// for files and pipes.
type Options struct {
	Verbose  bool           // more fields, at the ends of lines
	Raw      bool           // all of them, and the bytes of each in hexadecimal digits
	Location *time.Location // of times; nil: time.Local
	Terminal bool           // what could drive a terminal is made visible: set it where one may show the text
	Color    bool           // hits are highlighted
}

// Entry is a packet and what is known of it from others.
type Entry struct {
	Time      capture.Timestamp
	Packet    *header.Packet  // as header.Decode fills it; it has to be there
	Direction stats.Direction // as stats.Hosts knows it
	Passage   uint64          // what stats.Statistics.Add returned; 0: not known
	Hits      []filters.Range // in Packet.All, in any order
}

// Viewer renders packets. It is for one goroutine.
type Viewer struct {
	mode  Mode
	opts  Options
	clock clock
	hits  []filters.Range // of the packet at hand, sorted and without overlaps
	text  []byte
}

// New makes a Viewer of a mode: Header or Text, say.
func New(mode Mode, o Options) *Viewer {
	if o.Location == nil {
		o.Location = time.Local
	}
	return &Viewer{mode: mode, opts: o, clock: clock{location: o.Location}}
}

// Append appends the view of a packet to b. It does not allocate but for what
// b and hits need.
func (v *Viewer) Append(b []byte, e *Entry) []byte {
	v.sortHits(e.Hits)
	return views[v.mode].render(v, b, e)
}

const labelWidth = 16

// label begins a line of the header block.
func label(b []byte, name string) []byte {
	return text.Pad(append(b, name...), len(b), labelWidth)
}

// pad appends blanks up to width columns after start.
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
	b = v.endpoint(label(b, "Source:"), "IP: ", p, true)
	b = v.endpoint(label(b, "Destination:"), "IP: ", p, false)
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
	ip, length, ttl := p.IP, p.IP[2:4], p.IP[8:9]
	if p.Version == 6 {
		length, ttl = ip[4:6], ip[7:8]
	}
	b = append(label(b, "IP header:"), "Version: "...)
	b = append(appendInt(b, p.Version), ", IP header length: "...)
	b = append(appendInt(b, len(ip)), ", Total length: "...)
	b = append(v.rawUpper(appendInt(b, totalLength(p)), length), ", TTL: "...)
	b = append(v.rawUpper(appendInt(b, p.TTL()), ttl), ", IP protocol: "...)
	b = append(append(b, header.ProtocolName(p.Protocol)...), '[')
	b = append(appendInt(b, p.Protocol), ']')
	if v.all() && p.Version == 4 {
		h := header.IPv4(ip)
		b = v.rawUpper(appendInt(append(b, ", Identification: "...), h.Identification()), ip[4:6])
		b = v.rawUpper(hex16(append(b, ", Header checksum: "...), h.Checksum()), ip[10:12])
	} else if v.all() {
		// These two do not begin and end with bytes.
		h := header.IPv6(ip)
		b = appendInt(append(b, ", Traffic class: "...), h.TrafficClass())
		b = appendInt(append(b, ", Flow label: "...), h.FlowLabel())
		b = v.rawUpper(b, ip[:4])
	}
	return append(b, '\n')
}

// all reports whether fields are shown that are left out otherwise.
func (v *Viewer) all() bool { return v.opts.Verbose || v.opts.Raw }

// raw appends the bytes of a field in brackets, when they are to be shown.
func (v *Viewer) raw(b, field []byte) []byte { return v.rawDigits(b, field, hexDigits) }

// rawUpper is raw in upper case: ipscap has the fields of IP so.
func (v *Viewer) rawUpper(b, field []byte) []byte { return v.rawDigits(b, field, "0123456789ABCDEF") }

func (v *Viewer) rawDigits(b, field []byte, digits string) []byte {
	if !v.opts.Raw {
		return b
	}
	b = append(b, '[')
	for _, c := range field {
		b = append(b, digits[c>>4], digits[c&15])
	}
	return append(b, ']')
}

func (v *Viewer) tcpHeader(b []byte, p *header.Packet) []byte {
	t := header.TCP(p.Transport)
	b = append(label(b, "TCP header:"), "TCP header length: "...)
	b = append(appendInt(b, t.HeaderLength()), ", Sequence: "...)
	b = append(v.raw(appendInt(b, t.Sequence()), t[4:8]), ", Acknowledgement: "...)
	b = append(v.raw(appendInt(b, t.Acknowledgement()), t[8:12]), ", Window: "...)
	b = append(v.raw(appendInt(b, t.Window()), t[14:16]), ", Flags: "...)
	b = v.raw(flags(b, t.Flags()), t[12:14])
	if v.all() {
		b = v.raw(hex16(append(b, ", Checksum: "...), t.Checksum()), t[16:18])
		b = v.raw(appendInt(append(b, ", Urgent pointer: "...), t.UrgentPointer()), t[18:20])
	}
	b = tcpOptions(label(append(b, '\n'), "TCP options:"), t, ", ")
	if v.all() {
		b = timestamps(b, t)
	}
	b = v.rawOptions(b, t)
	return append(b, '\n')
}

// rawOptions is raw for the options, where there are any.
func (v *Viewer) rawOptions(b []byte, t header.TCP) []byte {
	if n := min(t.HeaderLength(), len(t)); n > 20 {
		return v.raw(b, t[20:n])
	}
	return b
}

func (v *Viewer) udpHeader(b []byte, p *header.Packet) []byte {
	b = append(label(b, "UDP header:"), "UDP header length: 8"...)
	if v.all() {
		u := header.UDP(p.Transport)
		b = v.raw(appendInt(append(b, ", Length: "...), u.Length()), u[4:6])
		b = v.raw(hex16(append(b, ", Checksum: "...), u.Checksum()), u[6:8])
	}
	return append(b, '\n')
}

func (v *Viewer) icmpHeader(b []byte, p *header.Packet) []byte {
	i := header.ICMP(p.Transport)
	b = append(label(b, "ICMP header:"), "ICMP header length: 4, Type: "...)
	b = append(v.raw(appendInt(b, i.Type()), i[:1]), ", Code: "...)
	b = v.raw(appendInt(b, i.Code()), i[1:2])
	if v.all() {
		b = v.raw(hex16(append(b, ", Checksum: "...), i.Checksum()), i[2:4])
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
func (v *Viewer) endpoint(b []byte, name string, p *header.Packet, source bool) []byte {
	start := len(b)
	addr, port, at, portAt := p.Dst, p.DstPort, 16, 2
	if source {
		addr, port, at, portAt = p.Src, p.SrcPort, 12, 0
	}
	n := 4
	if p.Version == 6 {
		n, at = 16, 24
		if source {
			at = 8
		}
	}
	b = v.rawUpper(addr.AppendTo(append(b, name...)), p.IP[at:at+n])
	b = text.Pad(append(b, ' '), start, 30)
	b = appendInt(append(b, "Port: "...), port)
	if port != header.NoPort {
		b = v.raw(b, p.Transport[portAt:portAt+2])
	}
	return append(b, '\n')
}

func directionName(d stats.Direction) string {
	switch d {
	case stats.Send:
		return "SEND"
	case stats.Receive:
		return "RECEIVE"
	}
	return "UNKNOWN"
}

func directionArrow(d stats.Direction) string {
	switch d {
	case stats.Send:
		return " [ >>> ]"
	case stats.Receive:
		return " [ <<< ]"
	}
	return ""
}
