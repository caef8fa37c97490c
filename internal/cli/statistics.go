package cli

import (
	"fmt"

	"github.com/tapdump/tapdump/capture"
)

// statisticsSink prints statistics at the end. What they count is counted when
// packets are sorted out, since those that are not shown may be among it.
type statisticsSink struct {
	*inspection
	out *output
}

func (s *session) openStatistics(opening) (sink, error) {
	if s.inspect == nil || s.plan.Inspect.Report == "" {
		return nil, nil
	}
	return &statisticsSink{s.inspect, &s.out}, nil
}

func (x *statisticsSink) packet(*capture.Packet) error { return nil }
func (x *statisticsSink) flush() error                 { return nil }

func (x *statisticsSink) close() error {
	if err := x.out.flush(); err != nil {
		return err
	}
	span := x.statistics.SpanFrom(x.began)
	switch x.plan.Report {
	case "text":
		return x.statistics.WriteText(x.out, span)
	case "json":
		return x.statistics.WriteJSON(x.out, span)
	case "csv":
		return x.statistics.WriteCSV(x.out, span)
	}
	if x.typed != "" {
		x.out.buf = append(append(append(x.out.buf, "Filter "...), plainText(x.typed)...), '\n')
	}
	return x.refresh(x.out)
}

// refresh shows the page of --stats top as it is now, over the last one if that is
// on the terminal.
func (n *inspection) refresh(out *output) error {
	if n.pageLines > 0 {
		out.buf = fmt.Appendf(out.buf, "\x1b[%dA\x1b[J", n.pageLines)
	}
	out.buf, n.pageLines = n.statistics.AppendTop(out.buf)
	return out.flush()
}

// refreshesTop reports whether --stats top is shown while packets come.
func (s *session) refreshesTop() bool {
	n := s.inspect
	return n != nil && n.plan.Report == "top" && n.terminal && !s.printsViews() && !s.plan.Lines.Print
}
