package tcpanalysis

import (
	"bufio"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/text"
)

// Report writes what an Analyzer knows at the end, or a Sum, as stats.Section has it.
// It is for one goroutine.
type Report struct{ Known }

// Known is what is known of connections.
type Known interface {
	Totals() Totals
	Connections() iter.Seq[Summary]
}

// Columns of the table for people, in bytes.
const (
	endWidth    = 24
	columnWidth = 16
)

// WriteText writes sums, and a table with a line for each connection.
func (r Report) WriteText(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	b := text.AppendBanner(nil, "TCP ANALYSIS")
	t := r.Totals()
	b = strconv.AppendUint(append(b, "\nConnections:    "...), t.Connections, 10)
	for i, n := range t.Endings {
		if n > 0 {
			b = append(strconv.AppendUint(append(b, ", "...), n, 10), ' ')
			b = append(b, Ending(i).String()...)
		}
	}
	b = strconv.AppendUint(append(b, "\nSegments:       "...), t.Packets, 10)
	b = strconv.AppendUint(append(b, "\nSent again:     "...), t.Retransmitted, 10)
	b = append(appendShare(append(b, " ("...), t.Retransmitted, t.Packets), "), "...)
	b = append(strconv.AppendUint(b, t.RetransmittedLen, 10), " bytes"...)
	b = strconv.AppendUint(append(b, "\nNo room:        "...), t.Stalls, 10)
	b = append(AppendDuration(append(b, " times, "...), t.Stalled), '\n')
	for i := range marks {
		m := &marks[i]
		if n := t.Marked(m.Bit); n > 0 && m.Text != "" {
			start := len(b)
			b = text.Pad(append(append(b, m.Text...), ':'), start, endWidth)
			b = append(strconv.AppendUint(b, n, 10), '\n')
		}
	}
	b = append(b, '\n')
	for i, title := range [...]string{"client", "server", "handshake", "rtt to server", "rtt to client", "sent again", "no room", "end"} {
		start := len(b)
		b = append(b, title...)
		width := columnWidth
		if i < 2 {
			width = endWidth
		}
		if title != "end" {
			b = append(text.Pad(b, start, width-1), ' ')
		}
	}
	out.Write(append(b, '\n')) // its error stays until Flush
	for c := range r.Connections() {
		out.Write(c.appendLine(b[:0]))
	}
	if t.Forgotten > 0 {
		b = append(strconv.AppendUint(append(b[:0], "Not listed:     "...), t.Forgotten, 10), " connections that were forgotten\n"...)
		out.Write(b)
	}
	return out.Flush()
}

// appendShare appends part of all in per cent.
func appendShare(b []byte, part, all uint64) []byte {
	share := 0.0
	if all > 0 {
		share = 100 * float64(part) / float64(all)
	}
	return append(strconv.AppendFloat(b, share, 'f', 2, 64), " %"...)
}

// appendLine is the line of a connection in the table.
func (c *Summary) appendLine(b []byte) []byte {
	column := func(width int, write func()) {
		start := len(b)
		write()
		b = append(text.Pad(b, start, width-1), ' ')
	}
	client, server := &c.Sides[0], &c.Sides[1]
	for i := range c.Sides {
		s := &c.Sides[i]
		column(endWidth, func() { b = header.AppendEndpoint(b, s.Addr, int32(s.Port)) })
	}
	column(columnWidth, func() { b = appendOr(b, c.Handshake) })
	for _, s := range [...]*Side{server, client} {
		column(columnWidth, func() {
			b = appendOr(b, s.MedianRTT)
			if s.RTTs > 1 {
				b = AppendDuration(append(b[:len(b)-len(" ms")], '/'), s.LargestRTT)
			}
		})
	}
	column(columnWidth, func() {
		again := client.Retransmitted + server.Retransmitted
		b = append(strconv.AppendUint(b, again, 10), " ("...)
		b = append(appendShare(b, again, client.Packets+server.Packets), ')')
	})
	column(columnWidth, func() {
		if n := client.Stalls + server.Stalls; n > 0 {
			b = append(strconv.AppendUint(b, uint64(n), 10), ", "...)
			b = AppendDuration(b, client.Stalled+server.Stalled)
		} else {
			b = append(b, '-')
		}
	})
	b = append(b, c.Ending.String()...)
	switch c.By {
	case 0:
		b = append(b, " by client"...)
	case 1:
		b = append(b, " by server"...)
	}
	return append(b, '\n')
}

// appendOr is AppendDuration, with a hyphen for 0: nothing was measured.
func appendOr(b []byte, d time.Duration) []byte {
	if d == 0 {
		return append(b, "-  "...) // as long as " ms"
	}
	return AppendDuration(b, d)
}

// WriteJSON writes an object with the members connections (by ending), marks (how
// many segments have each), and conversations.
func (r Report) WriteJSON(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	t := r.Totals()
	b := strconv.AppendUint([]byte(`{"connections":`), t.Connections, 10)
	b = strconv.AppendUint(append(b, `,"forgotten":`...), t.Forgotten, 10)
	b = append(b, `,"endings":{`...)
	for i, n := range t.Endings {
		b = appendMember(b, i == 0, strings.ReplaceAll(Ending(i).String(), " ", "_"), n)
	}
	b = append(b, '}')
	b = appendMember(b, false, "segments", t.Packets)
	b = appendMember(b, false, "retransmitted", t.Retransmitted)
	b = appendMember(b, false, "retransmitted_bytes", t.RetransmittedLen)
	b = appendMember(b, false, "stalls", t.Stalls)
	b = appendMember(b, false, "stalled_us", uint64(t.Stalled/time.Microsecond))
	b = append(b, `,"marks":{`...)
	for i := range marks {
		b = appendMember(b, i == 0, marks[i].Name, t.Marked(marks[i].Bit))
	}
	out.Write(append(b, `},"conversations":[`...)) // its error stays until Flush
	first := true
	for c := range r.Connections() {
		b = b[:0]
		if !first {
			b = append(b, ',')
		}
		first = false
		out.Write(c.appendJSON(b))
	}
	out.WriteString("]}")
	return out.Flush()
}

func appendMember(b []byte, first bool, name string, n uint64) []byte {
	if !first {
		b = append(b, ',')
	}
	b = append(append(append(b, '"'), name...), `":`...)
	return strconv.AppendUint(b, n, 10)
}

// appendJSON is the object of a connection.
func (c *Summary) appendJSON(b []byte) []byte {
	b = strconv.AppendUint(append(b, `{"stream":`...), c.Stream, 10)
	for i, name := range [...]string{"client", "server"} {
		s := &c.Sides[i]
		b = s.Addr.AppendTo(append(append(append(b, `,"`...), name...), `":{"address":"`...))
		b = strconv.AppendUint(append(b, `","port":`...), uint64(s.Port), 10)
		b = appendMember(b, false, "segments", s.Packets)
		b = appendMember(b, false, "bytes", s.Bytes)
		b = appendMember(b, false, "retransmitted", s.Retransmitted)
		b = appendMember(b, false, "retransmitted_bytes", s.RetransmittedLen)
		b = appendMember(b, false, "duplicate_bytes", s.Unneeded)
		b = appendMember(b, false, "stalls", uint64(s.Stalls))
		b = appendMember(b, false, "stalled_us", uint64(s.Stalled/time.Microsecond))
		b = appendMember(b, false, "rtts", uint64(s.RTTs))
		if s.RTTs > 0 {
			b = appendMember(b, false, "rtt_p50_us", uint64(max(s.MedianRTT, 0)/time.Microsecond))
			b = appendMember(b, false, "rtt_max_us", uint64(max(s.LargestRTT, 0)/time.Microsecond))
		}
		b = append(b, '}')
	}
	if c.Handshake > 0 {
		b = appendMember(b, false, "handshake_rtt_us", uint64(c.Handshake/time.Microsecond))
	}
	b = append(append(append(b, `,"end":"`...), c.Ending.String()...), '"')
	switch c.By {
	case 0:
		b = append(b, `,"by":"client"`...)
	case 1:
		b = append(b, `,"by":"server"`...)
	}
	return append(b, '}')
}

// csvNames are the names of the columns of WriteCSV.
const csvNames = "stream,client,client_port,server,server_port,handshake_rtt_us,rtt_p50_us,rtt_max_us,client_rtt_p50_us,client_rtt_max_us," +
	"segments,retransmitted,retransmitted_bytes,stalls,stalled_us,end,by\r\n"

// WriteCSV writes the conversations as comma-separated values (RFC 4180) under a
// line of names. rtt_p50_us and rtt_max_us are those to the server.
func (r Report) WriteCSV(w io.Writer) error {
	out := bufio.NewWriterSize(w, 64<<10)
	out.WriteString(csvNames) // its error stays until Flush
	var b []byte
	for c := range r.Connections() {
		b = strconv.AppendUint(b[:0], c.Stream, 10)
		for i := range c.Sides {
			b = c.Sides[i].Addr.AppendTo(append(b, ','))
			b = strconv.AppendUint(append(b, ','), uint64(c.Sides[i].Port), 10)
		}
		client, server := &c.Sides[0], &c.Sides[1]
		for _, d := range [...]time.Duration{c.Handshake, server.MedianRTT, server.LargestRTT, client.MedianRTT, client.LargestRTT} {
			b = append(b, ',')
			if d > 0 {
				b = strconv.AppendInt(b, int64(d/time.Microsecond), 10)
			}
		}
		for _, n := range [...]uint64{client.Packets + server.Packets, client.Retransmitted + server.Retransmitted,
			client.RetransmittedLen + server.RetransmittedLen, uint64(client.Stalls + server.Stalls),
			uint64((client.Stalled + server.Stalled) / time.Microsecond)} {
			b = strconv.AppendUint(append(b, ','), n, 10)
		}
		b = append(append(b, ','), c.Ending.String()...)
		b = append(append(b, ','), [...]string{"", "client", "server"}[c.By+1]...)
		out.Write(append(b, "\r\n"...))
	}
	return out.Flush()
}
