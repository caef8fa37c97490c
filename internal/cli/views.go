package cli

import (
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer/detail"
)

// viewSink prints packets as --output has it.
type viewSink struct {
	inspect *inspection
	viewer  *detail.Viewer
	out     *output
}

func (s *session) openView(opening) (sink, error) {
	if s.inspect == nil || s.plan.Inspect.View == detail.None {
		return nil, nil
	}
	return &viewSink{inspect: s.inspect, out: &s.out, viewer: detail.New(s.plan.Inspect.View, detail.Options{
		Verbose:  s.plan.Lines.Options.Verbose > 0,
		Raw:      s.plan.Inspect.Raw,
		Location: s.location(),
		Terminal: s.inspect.terminal,
		Color:    s.inspect.color,
	})}, nil
}

// printsViews reports whether packets are printed by way of inspection: in
// a view, into files, or with hits highlighted.
func (s *session) printsViews() bool {
	n := s.inspect
	return n != nil && (n.plan.View != detail.None || n.plan.DumpFiles > 0 || n.color && s.plan.Lines.Print)
}

func (v *viewSink) packet(*capture.Packet) error {
	if v.inspect.known {
		v.out.buf = v.viewer.Append(v.out.buf, &v.inspect.entry)
	}
	return v.out.flushFull()
}

func (v *viewSink) flush() error { return v.out.flush() }
func (v *viewSink) close() error { return v.out.flush() }
