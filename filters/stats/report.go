package stats

import (
	"bufio"
	"io"
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/internal/zone"
)

// Section is more that is known at the end, behind the transfers.
type Section interface {
	WriteText(w io.Writer) error // lines
	WriteJSON(w io.Writer) error // a value
	WriteCSV(w io.Writer) error  // a table with a line of names
}

// Formats of statistics.
type format interface {
	begin(b []byte, s *Statistics, span Span) []byte
	row(b []byte, r *row, g Grouping, first bool) []byte
	end(b []byte, s *Statistics) []byte
	section(w io.Writer, name string, x Section) error
	last(b []byte) []byte
}

// WriteText writes the statistics as text for people.
func (s *Statistics) WriteText(w io.Writer, span Span) error { return s.write(w, span, plainText{}) }

// WriteJSON writes them as one JSON object on one line; docs/ipscap.md has its
// members.
func (s *Statistics) WriteJSON(w io.Writer, span Span) error { return s.write(w, span, jsonText{}) }

// WriteCSV writes the transfers as comma-separated values (RFC 4180) under a
// line of names; docs/ipscap.md has them.
func (s *Statistics) WriteCSV(w io.Writer, span Span) error { return s.write(w, span, csvText{}) }

// write writes row by row: a million transfers are not put together in memory.
func (s *Statistics) write(w io.Writer, span Span, f format) error {
	out := bufio.NewWriterSize(w, 64<<10)
	b := f.begin(nil, s, span)
	out.Write(b) // its error stays until Flush
	first := true
	s.transfers.each(s.Grouping, func(r *row) {
		b = f.row(b[:0], r, s.Grouping, first)
		first = false
		out.Write(b)
	})
	out.Write(f.end(b[:0], s))
	for _, x := range s.Sections {
		if err := f.section(out, x.Name, x.Section); err != nil {
			return err
		}
	}
	out.Write(f.last(b[:0]))
	return out.Flush()
}

// plainText is the form for people.
type plainText struct{}

func (plainText) begin(b []byte, s *Statistics, span Span) []byte {
	b = text.AppendBanner(append(b, '\n'), "TRANSFER STATISTICS")
	about := "captured transfers only. Packets that the filters left out are not in it."
	if s.All {
		about = "all transfers, whether the filters let their packets through or not."
	}
	b = append(b, "\n*The following is the statistics for "...)
	b = append(append(b, about...), "\n\n\n"...)
	b = append(b, "Begin time:     "...)
	b = s.appendTime(b, span.Begin)
	b = append(b, "\nEnd time:       "...)
	b = s.appendTime(b, span.End)
	b = append(b, "\nRunning time:   "...)
	b = strconv.AppendFloat(b, span.End.Sub(span.Begin).Seconds(), 'f', 2, 64)
	return append(b, "s\n\n\n"...)
}

func (s *Statistics) appendTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, '-')
	}
	location := s.Location
	if location == nil {
		location = time.Local
	}
	return zone.AppendFormat(b, t.In(location), time.DateTime)
}

func (plainText) row(b []byte, r *row, g Grouping, _ bool) []byte {
	start := len(b)
	local, remote := r.ports()
	b = append(append(append(b, '['), header.ProtocolName(r.protocol)...), "] "...)
	if g == Ungrouped {
		b = header.AppendEndpoint(b, r.addr(&r.local), local)
		b = append(b, " <-> "...)
		b = header.AppendEndpoint(b, r.addr(&r.remote), remote)
	} else {
		b = r.addr(&r.local).AppendTo(b)
		b = append(b, " <-> "...)
		b = r.addr(&r.remote).AppendTo(b)
		b = text.Pad(b, start, 40)
		b = append(b, " Port: "...)
		b = strconv.AppendInt(b, int64(r.port), 10)
	}
	b = appendCounts(append(b, '\n'), " SEND:      ", &r.ways[0])
	b = appendCounts(b, " RECEIVE:   ", &r.ways[1])
	if g != Ungrouped {
		b = append(b, " GROUPS:    "...)
		b = append(strconv.AppendUint(b, r.group, 10), '\n')
	}
	return append(b, '\n')
}

func appendCounts(b []byte, label string, c *counts) []byte {
	b = append(append(b, label...), "count: "...)
	b = strconv.AppendUint(b, c.packets, 10)
	b = append(b, ", unique: "...)
	b = strconv.AppendUint(b, c.turns, 10)
	b = append(b, ", size: "...)
	return append(strconv.AppendUint(b, c.size, 10), '\n')
}

func (plainText) end(b []byte, s *Statistics) []byte {
	if n := s.transfers.unlisted; n > 0 {
		b = append(b, "Not listed:     "...)
		b = strconv.AppendUint(b, n, 10)
		b = append(b, " packets of transfers after the first "...)
		b = append(strconv.AppendInt(b, int64(s.transfers.limit), 10), '\n')
	}
	return b
}

func (plainText) section(w io.Writer, _ string, x Section) error { return x.WriteText(w) }
func (plainText) last(b []byte) []byte                           { return b }

// jsonText is the JSON form. All that it writes are numbers, and names without
// characters that JSON escapes.
type jsonText struct{}

func (jsonText) begin(b []byte, s *Statistics, span Span) []byte {
	b = append(b, `{"format":1,"scope":"`...)
	if s.All {
		b = append(b, "all"...)
	} else {
		b = append(b, "shown"...)
	}
	b = appendJSONTime(append(b, `","begin":`...), span.Begin)
	b = appendJSONTime(append(b, `,"end":`...), span.End)
	b = append(b, `,"seconds":`...)
	b = strconv.AppendFloat(b, span.End.Sub(span.Begin).Seconds(), 'f', 6, 64)
	b = appendJSONTally(append(b, ','), tally{s.packets, s.bytes})
	b = append(b, `,"unlisted":`...)
	b = strconv.AppendUint(b, s.transfers.unlisted, 10)
	b = append(b, `,"protocols":[`...)
	first := true
	for kind, t := range s.protocols {
		if t.packets == 0 {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		network, transport := kindNames(protocolKind(kind))
		b = append(append(append(b, `{"network":"`...), network...), `","transport":"`...)
		b = appendJSONTally(append(append(b, transport...), `",`...), t)
		b = append(b, '}')
	}
	b = append(b, `],"rate":{"interval":`...)
	b = strconv.AppendFloat(b, float64(s.rate.width)/1e9, 'f', -1, 64)
	b = appendJSONTime(append(b, `,"start":`...), s.rate.startTime())
	b = append(b, `,"packets":[`...)
	b = appendJSONList(b, s.rate.tallies[:s.rate.n], func(t tally) uint64 { return t.packets })
	b = append(b, `],"bytes":[`...)
	b = appendJSONList(b, s.rate.tallies[:s.rate.n], func(t tally) uint64 { return t.bytes })
	return append(b, `]},"transfers":[`...)
}

func appendJSONTime(b []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(b, "null"...)
	}
	b = t.UTC().AppendFormat(append(b, '"'), time.RFC3339Nano)
	return append(b, '"')
}

// startTime is the zero time before the first packet.
func (r *rate) startTime() time.Time {
	if r.width == 0 {
		return time.Time{}
	}
	return time.Unix(0, r.start)
}

func appendJSONTally(b []byte, t tally) []byte {
	b = strconv.AppendUint(append(b, `"packets":`...), t.packets, 10)
	return strconv.AppendUint(append(b, `,"bytes":`...), t.bytes, 10)
}

func appendJSONList(b []byte, all []tally, of func(tally) uint64) []byte {
	for i, t := range all {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendUint(b, of(t), 10)
	}
	return b
}

func (jsonText) row(b []byte, r *row, g Grouping, first bool) []byte {
	if !first {
		b = append(b, ',')
	}
	local, remote := r.ports()
	b = append(append(b, `{"protocol":"`...), header.ProtocolName(r.protocol)...)
	b = r.addr(&r.local).AppendTo(append(b, `","local":"`...))
	if g == Ungrouped {
		b = append(b, `","local_port":`...)
		b = append(strconv.AppendInt(b, int64(local), 10), `,"remote":"`...)
		b = r.addr(&r.remote).AppendTo(b)
		b = append(b, `","remote_port":`...)
		b = strconv.AppendInt(b, int64(remote), 10)
	} else {
		b = append(b, `","remote":"`...)
		b = r.addr(&r.remote).AppendTo(b)
		b = append(b, `","port":`...)
		b = strconv.AppendInt(b, int64(r.port), 10)
		b = append(b, `,"groups":`...)
		b = strconv.AppendUint(b, r.group, 10)
	}
	b = appendJSONCounts(append(b, `,"send":`...), &r.ways[0])
	b = appendJSONCounts(append(b, `,"receive":`...), &r.ways[1])
	return append(b, '}')
}

func appendJSONCounts(b []byte, c *counts) []byte {
	b = strconv.AppendUint(append(b, `{"count":`...), c.packets, 10)
	b = strconv.AppendUint(append(b, `,"unique":`...), c.turns, 10)
	b = strconv.AppendUint(append(b, `,"size":`...), c.size, 10)
	return append(b, '}')
}

func (jsonText) end(b []byte, _ *Statistics) []byte { return append(b, ']') }

func (jsonText) section(w io.Writer, name string, x Section) error {
	if _, err := io.WriteString(w, `,"`+name+`":`); err != nil {
		return err
	}
	return x.WriteJSON(w)
}

func (jsonText) last(b []byte) []byte { return append(b, "}\n"...) }

// csvText is the CSV form.
type csvText struct{}

func (csvText) begin(b []byte, s *Statistics, _ Span) []byte {
	names := "protocol,local,local_port,remote,remote_port,"
	if s.Grouping != Ungrouped {
		names = "protocol,local,remote,port,groups,"
	}
	return append(append(b, names...),
		"send_count,send_unique,send_size,receive_count,receive_unique,receive_size\r\n"...)
}

func (csvText) row(b []byte, r *row, g Grouping, _ bool) []byte {
	local, remote := r.ports()
	b = append(append(b, header.ProtocolName(r.protocol)...), ',')
	b = append(r.addr(&r.local).AppendTo(b), ',')
	if g == Ungrouped {
		b = append(strconv.AppendInt(b, int64(local), 10), ',')
		b = append(r.addr(&r.remote).AppendTo(b), ',')
		b = strconv.AppendInt(b, int64(remote), 10)
	} else {
		b = append(r.addr(&r.remote).AppendTo(b), ',')
		b = append(strconv.AppendInt(b, int64(r.port), 10), ',')
		b = strconv.AppendUint(b, r.group, 10)
	}
	for i := range r.ways {
		c := &r.ways[i]
		for _, n := range [...]uint64{c.packets, c.turns, c.size} {
			b = strconv.AppendUint(append(b, ','), n, 10)
		}
	}
	return append(b, "\r\n"...)
}

func (csvText) end(b []byte, _ *Statistics) []byte { return b }

// section is a table of its own behind an empty line.
func (csvText) section(w io.Writer, _ string, x Section) error {
	if _, err := io.WriteString(w, "\r\n"); err != nil {
		return err
	}
	return x.WriteCSV(w)
}

func (csvText) last(b []byte) []byte { return b }
