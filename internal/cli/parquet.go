//go:build !noparquet && !tapdump_small

package cli

import (
	"encoding/json"
	"io"
	"os"
	"strconv"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/flows"
	"github.com/tapdump/tapdump/internal/parquetfile"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

// parquetFiles are the Parquet files of -w: one, or several written one after the
// other. With Write and Follow it is a packetWriter.
type parquetFiles[T any] struct {
	session *session
	names   *interfaceNames
	format  parquetfile.Format[T]
	rotator *pcapfile.Rotator // of several; else nil
	file    *parquetfile.File[T]
	record  *T            // at hand
	written atomic.Uint64 // records so far; files are closed by another goroutine, too
}

// openParquet opens the Parquet file of -w, or the first of several.
func (s *session) openParquet(o opening) (sink, error) {
	var w recordWriter
	var err error
	if s.plan.Flows() != nil {
		w, err = s.openFlowRecords(o)
	} else {
		w, err = s.openPacketRecords(o)
	}
	if err != nil {
		return nil, err
	}
	sink := &fileSink{packetWriter: w, name: s.plan.Write.Name, atOnce: s.plan.Write.AtOnce, records: w}
	s.sinks.file = sink
	return sink, nil
}

// packetRecords has records of packets.
type packetRecords struct {
	parquetFiles[records.Packet]
	maker *recordSink // of records, without outputs of its own
}

func (s *session) openPacketRecords(o opening) (*packetRecords, error) {
	f := &packetRecords{maker: s.newRecordSink(o)}
	f.session, f.names = s, f.maker.names
	if err := f.open(o, records.ByName); err != nil {
		return nil, err
	}
	f.maker.needs = records.NeedsOf(f.format.Columns)
	if f.maker.needs&records.NeedsLine != 0 {
		f.maker.printer = printer.New(s.textOptions(f.maker.names))
	}
	return f, nil
}

// Write implements packetWriter.
func (f *packetRecords) Write(pkt *capture.Packet) error {
	f.maker.fill(&f.maker.record, pkt)
	return f.add(pkt, &f.maker.record)
}

// lost adds what had to be forgotten.
func (f *packetRecords) lost(l *losses) { f.maker.lost(l) }

// flowRecords has records of flows.
type flowRecords struct {
	parquetFiles[flows.Flow]
	flows *flowSink      // without outputs of its own
	now   capture.Packet // whose time it is
}

func (s *session) openFlowRecords(o opening) (*flowRecords, error) {
	f := &flowRecords{}
	f.flows = s.newFlowSink(o, func(r *flows.Flow) error { return f.add(&f.now, r) })
	f.session, f.names = s, f.flows.maker.names
	return f, f.open(o, flowColumn)
}

// Write implements packetWriter.
func (f *flowRecords) Write(pkt *capture.Packet) error {
	f.now.Time = pkt.Time
	return f.flows.packet(pkt)
}

// Flush and Idle implement packetWriter.
func (f *flowRecords) Flush() error { return f.flows.tick() }
func (f *flowRecords) Idle() error  { return f.flows.tick() }

// Close implements packetWriter.
func (f *flowRecords) Close() error {
	err := f.flows.tracker.Close()
	return alsoFailed(err, f.parquetFiles.Close())
}

// lost adds what had to be forgotten.
func (f *flowRecords) lost(l *losses) { f.flows.lost(l) }

// open opens the file, or the first of several.
func (f *parquetFiles[T]) open(o opening, column func(name string) *records.Column[T]) error {
	p := f.session.plan.Write
	f.format = parquetfile.Format[T]{
		CreatedBy: "tapdump version " + args.Version,
		Meta:      f.meta,
		Stop:      f.session.events.stopped,
	}
	for _, name := range p.Columns {
		f.format.Columns = append(f.format.Columns, column(name))
	}
	var err error
	switch {
	case p.Several:
		if folder := fixedFolder(p.Name); folder != "" {
			// In the sandbox it has to be there.
			if err := os.MkdirAll(folder, 0o777); err != nil {
				return syserr.Worded(err)
			}
		}
		f.rotator, err = f.session.rotate(p, o.head.LinkType, p.Format, func(name string) (pcapfile.File, error) {
			file, err := parquetfile.Create(name, &f.format)
			return &parquetPart[T]{file, f}, err
		})
		return err
	case p.Name == "-":
		f.file, err = parquetfile.Wrap(f.session.out.w, standardOutput, &f.format)
		return err
	}
	if f.file, err = parquetfile.Create(p.Name, &f.format); err != nil {
		return err
	}
	return f.file.Open()
}

// parquetPart is one of several Parquet files, which takes the record at hand.
type parquetPart[T any] struct {
	*parquetfile.File[T]
	files *parquetFiles[T]
}

func (p *parquetPart[T]) Write(*capture.Packet) error { return p.Add(p.files.record) }
func (p *parquetPart[T]) Packets() uint64             { return p.Rows() }
func (p *parquetPart[T]) Flush() error                { return nil } // a file is there when it is whole
func (p *parquetPart[T]) Idle() error                 { return nil }

// add writes a record at the time of a packet.
func (f *parquetFiles[T]) add(pkt *capture.Packet, r *T) error {
	f.written.Add(1)
	if f.rotator != nil {
		f.record = r
		return f.rotator.Write(pkt)
	}
	return f.file.Add(r)
}

// Follow implements packetWriter: blocks that are no packets have no record.
func (f *parquetFiles[T]) Follow(...*pcapfile.Reader) {}

// follow has packets come from another source.
func (f *parquetFiles[T]) follow(src capture.Source) { f.names.source = src }

// OmittedBlocks implements packetWriter.
func (f *parquetFiles[T]) OmittedBlocks() string { return "" }

// Flush and Idle implement packetWriter: a file is there when it is whole.
func (f *parquetFiles[T]) Flush() error { return nil }
func (f *parquetFiles[T]) Idle() error  { return nil }

// Close implements packetWriter.
func (f *parquetFiles[T]) Close() error {
	if f.rotator != nil {
		return f.rotator.Close()
	}
	return f.file.Close()
}

// meta is what a file says beside its records.
func (f *parquetFiles[T]) meta() []parquetfile.Meta {
	s := f.session
	filter, _ := s.compiler.expression() // it was read to capture at all
	all := []parquetfile.Meta{
		{Key: "tapdump.filter", Value: filter},
		{Key: parquetfile.KeyInterfaces, Value: describeInterfaces(f.names.source)},
		{Key: "tapdump.written", Value: strconv.FormatUint(f.written.Load(), 10)},
	}
	if source, ok := f.names.source.(interface{ Stats() (capture.Stats, error) }); ok {
		if st, err := source.Stats(); err == nil {
			all = append(all,
				parquetfile.Meta{Key: "tapdump.received", Value: strconv.FormatUint(st.Received, 10)},
				parquetfile.Meta{Key: "tapdump.dropped", Value: strconv.FormatUint(st.Dropped, 10)},
				parquetfile.Meta{Key: "tapdump.dropped_by_interface", Value: strconv.FormatUint(st.IfDropped, 10)})
		}
	}
	return all
}

// describeInterfaces is what a file says of the interfaces of its packets, as JSON.
func describeInterfaces(src capture.Source) string {
	var all []parquetfile.Interface
	for _, i := range src.Interfaces() {
		all = append(all, parquetfile.Interface{Name: i.Name, LinkType: uint32(i.LinkType), SnapLen: i.SnapLen})
	}
	b, err := json.Marshal(all)
	if err != nil {
		panic(err) // it has numbers and texts
	}
	return string(b)
}

// parquetPackets are the packets of a Parquet file, as a savefile; nil: it is another
// file.
func parquetPackets(f *os.File, size int64) (io.Reader, error) {
	var begin [4]byte
	if _, err := f.ReadAt(begin[:], 0); err != nil || !parquetfile.Begins(begin[:]) {
		return nil, nil
	}
	return parquetfile.NewPackets(f, size)
}
