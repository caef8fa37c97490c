package cli

import (
	"errors"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// recordSink writes packets as records, to one or several outputs.
type recordSink struct {
	names    *interfaceNames
	analysis *analysis // nil: nobody asks
	needs    records.Needs
	record   records.Packet
	number   uint64
	shard    *sharder // nil: all packets are taken
	streams  records.Streams
	printer  *printer.Printer // of the column text; nil: nobody asks
	line     []byte
	pool     *recordPool // nil: records are encoded when they come
	recordOutputs[records.Packet]
}

// recordOutputs are where records of T go.
type recordOutputs[T any] struct {
	outputs []recordOutput[T]
	stdout  *output // nil: none of them
}

// recordOutput is one of them.
type recordOutput[T any] struct {
	format  args.RecordFormat
	columns []*records.Column[T]
	json    *records.JSON[T]
	file    *recordFile
	visible bool // it is shown on a terminal that values must not drive
}

// newRecordSink makes records, and has no outputs.
func (s *session) newRecordSink(o opening) *recordSink {
	return &recordSink{names: &interfaceNames{source: o.src}, analysis: s.analysis, shard: s.shard, number: s.plan.Running.Skip}
}

// openRecords opens the outputs of records.
func (s *session) openRecords(o opening) (sink, error) {
	if !features.HasRecords {
		return nil, nil // no option asks for any
	}
	switch {
	case len(s.plan.Records) == 0:
		return nil, nil
	case s.plan.Flows() != nil:
		return s.openFlows(o)
	}
	x := s.newRecordSink(o)
	if err := x.open(s, records.ByName, x.drain); err != nil {
		return nil, err
	}
	for i := range x.outputs {
		x.needs |= records.NeedsOf(x.outputs[i].columns)
	}
	if x.needs&records.NeedsLine != 0 {
		x.printer = printer.New(s.textOptions(x.names))
	}
	if jobs := s.jobs(); jobs > 1 {
		x.pool = newRecordPool(x.outputs, jobs)
	}
	return x, nil
}

// open opens all outputs of records. drain is called before others write to the
// standard output, if that is one.
func (x *recordOutputs[T]) open(s *session, column func(name string) *records.Column[T], drain func() error) error {
	for _, r := range s.plan.Records {
		out := recordOutput[T]{format: r.Format}
		for _, name := range r.Columns {
			out.columns = append(out.columns, column(name))
		}
		out.json = records.NewJSON(out.columns)
		var err error
		if out.file, err = s.openRecordFile(r.Name, r.Format == args.RecordCSV); err != nil {
			x.abandon()
			return err
		}
		if r.Name == "-" {
			x.stdout, out.visible = &s.out, s.out.terminal && r.Format == args.RecordCSV
			s.out.ahead = drain
		}
		x.outputs = append(x.outputs, out)
		if r.Header {
			out.file.buf = records.AppendNames(out.file.buf, out.columns, out.separator())
			_ = out.file.flush() // its error is that of what follows
		}
	}
	return nil
}

// textOptions are those of lines in the column text: without what other columns have.
func (s *session) textOptions(names *interfaceNames) printer.Options {
	p := s.printerOptions(names, false)
	p.TimeFormat, p.Number, p.Lengths, p.NameInterfaces, p.Escape = 1, false, false, false, nil
	p.Sampling, p.Colors = 0, nil
	p.Hex, p.HexASCII, p.ASCII = 0, 0, 0
	return p
}

func (x *recordSink) packet(pkt *capture.Packet) error {
	if x.pool != nil {
		return x.told(x.pool.add(x, pkt))
	}
	r := &x.record
	x.fill(r, pkt)
	return x.write(r)
}

// write writes a record to all of them, though one fails.
func (x *recordOutputs[T]) write(r *T) error {
	var failed error
	for i := range x.outputs {
		o := &x.outputs[i]
		o.file.buf = o.append(o.file.buf, r)
		if err := o.file.took(); err != nil {
			failed = alsoFailed(failed, err)
		}
	}
	if failed != nil {
		return x.told(failed)
	}
	return nil
}

// append appends a record in the encoding of the output.
func (o *recordOutput[T]) append(b []byte, r *T) []byte {
	from := len(b)
	if o.format == args.RecordJSON {
		b = o.json.Append(b, r)
	} else {
		b = records.AppendSeparated(b, o.columns, r, o.separator())
	}
	if o.visible {
		b = detail.MakeVisible(b, from)
	}
	return b
}

// fill makes the record of a packet, which refers to the packet and to x.
func (x *recordSink) fill(r *records.Packet, pkt *capture.Packet) {
	x.number = x.shard.number(x.number + 1)
	x.names.know(pkt.Interface)
	if a := x.analysis; a != nil {
		r.Header, r.Decoded, r.Tunnels = a.inner, a.decoded, a.tunnels
		r.BeginDecoded(x.number, pkt)
		if a.analysed {
			r.TCP = &a.result
		}
		if a.apps != nil {
			r.Said = a.apps.Said()
		}
		if a.owners != nil {
			r.Owner = a.owners.first()
		}
		if a.drops != nil {
			r.Drop = a.drops.now
		}
	} else {
		r.Begin(x.number, pkt)
	}
	r.Interface = x.names.name(pkt.Interface)
	if x.needs&records.NeedsUDP != 0 {
		x.streams.Take(r)
	}
	if x.printer != nil {
		x.line = x.printer.Print(x.line[:0], pkt)
		if n := len(x.line); n > 0 && x.line[n-1] == '\n' {
			x.line = x.line[:n-1]
		}
		r.Line = x.line
	}
}

func (x *recordSink) follow(src capture.Source) { x.names.source = src }

func (x *recordSink) lost(l *losses) {
	l.streams = x.streams.Forgotten
	if x.printer != nil {
		l.conversations = max(l.conversations, x.printer.ForgottenConversations())
	}
}

// flush hands on what was gathered.
func (x *recordSink) flush() error {
	if x.pool != nil {
		x.pool.flush()
	}
	return x.recordOutputs.flush()
}

// drain returns when all records so far are written.
func (x *recordSink) drain() error {
	if x.pool != nil {
		x.pool.drain()
	}
	return x.recordOutputs.drain()
}

// close writes all that is left.
func (x *recordSink) close() error {
	if x.pool != nil {
		x.pool.close()
		x.pool = nil
	}
	return x.recordOutputs.close()
}

// flush hands on what was gathered, to all outputs, though one fails.
func (x *recordOutputs[T]) flush() error {
	var err error
	for i := range x.outputs {
		err = alsoFailed(err, x.outputs[i].file.flush())
	}
	return x.told(err)
}

// drain returns when all that was handed on is written.
func (x *recordOutputs[T]) drain() error {
	var err error
	for i := range x.outputs {
		err = alsoFailed(err, x.outputs[i].file.drain())
	}
	return x.told(err)
}

// close writes all that is left.
func (x *recordOutputs[T]) close() error {
	var err error
	for i := range x.outputs {
		err = alsoFailed(err, x.outputs[i].file.close())
	}
	if x.stdout != nil {
		x.stdout.ahead = nil
	}
	return x.told(err)
}

// finishes implements finishing.
func (x *recordOutputs[T]) finishes() {}

// told notes that nobody reads the standard output any more, for those who look.
func (x *recordOutputs[T]) told(err error) error {
	if x.stdout != nil && errors.Is(err, errReaderGone) {
		x.stdout.err = errReaderGone
	}
	return err
}

// abandon closes the files of outputs that nothing comes of.
func (x *recordOutputs[T]) abandon() {
	for i := range x.outputs {
		_ = x.outputs[i].file.close() // another error is the one that counts
	}
}

func (o *recordOutput[T]) separator() byte {
	if o.format == args.RecordCSV {
		return records.Comma
	}
	return records.Tab
}
