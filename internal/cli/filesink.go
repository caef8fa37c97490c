package cli

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// packetWriter is one savefile, or several written one after the other.
type packetWriter interface {
	Write(pkt *capture.Packet) error
	Follow(readers ...*pcapfile.Reader)
	OmittedBlocks() string
	Flush() error
	Idle() error // no packet is waiting
	Close() error
}

// interfaceCounter is a source that counts the packets of each interface.
type interfaceCounter interface {
	InterfaceStats(i int) (capture.Stats, error)
}

// writeDelay is how long packets for a savefile may be gathered, even while we
// are busy. With the time for which the kernel holds them back it stays below a
// second. A compressed file gets larger with each block that is written early;
// one in that time is hardly felt.
const writeDelay = 700 * time.Millisecond

// recordWriter is a packetWriter that writes records.
type recordWriter interface {
	packetWriter
	following
	losing
}

// fileSink writes packets into a savefile.
type fileSink struct {
	packetWriter
	name    string
	atOnce  bool         // each packet is written at once
	records recordWriter // what records are made by; nil: packets are written
}

func (f *fileSink) packet(pkt *capture.Packet) error { return outputError(f.packetWriter.Write(pkt)) }

// flush writes packets that were gathered. For a compressed file only -U asks for
// that: as a rule these are written in their own time.
func (f *fileSink) flush() error {
	if f.atOnce {
		return f.write()
	}
	return outputError(f.Idle())
}

// write writes packets that were gathered, whatever the file.
func (f *fileSink) write() error { return outputError(f.Flush()) }

func (f *fileSink) close() error { return outputError(f.Close()) }

// follow has blocks that are no packets come from savefiles, too.
func (f *fileSink) follow(src capture.Source) {
	if f.records != nil {
		f.records.follow(src)
	}
	switch src := src.(type) {
	case *pcapfile.Reader:
		f.Follow(src)
	case *pcapfile.Merged:
		f.Follow(src.Readers()...)
	}
}

// outputError replaces the writer's error if it is about our standard output,
// whose reader has gone.
func outputError(err error) error {
	if err == nil {
		return nil // before failed takes memory, for it is asked for each packet
	}
	var failed *pcapfile.WriteError
	if errors.As(err, &failed) && failed.Name == standardOutput && errors.Is(err, syscall.EPIPE) {
		return errReaderGone
	}
	return err
}

// openFile opens the savefile of -w.
func (s *session) openFile(o opening) (sink, error) {
	p := s.plan.Write
	switch {
	case p == nil:
		return nil, nil
	case p.Name == "":
		return nil, errorText("an empty string is not a valid file name")
	}
	if p.Parquet {
		return s.openParquet(o)
	}
	if p.Recorder != nil {
		return s.openRecorder(o)
	}
	format := s.savefileFormat(o)
	format.Delay = writeDelay
	format.Fail = func(error) { s.events.post(eventFlush) } // flushing tells the error
	w, err := s.newWriter(p, o.head.LinkType, format)
	if err != nil {
		return nil, err
	}
	f := &fileSink{packetWriter: w, name: p.Name, atOnce: p.AtOnce}
	f.follow(o.src)
	s.sinks.file = f
	return f, nil
}

// savefileFormat is how savefiles are written of packets of a source.
func (s *session) savefileFormat(o opening) pcapfile.Format {
	format := s.plan.Write.Format
	format.SnapLen, format.Nano, format.LinkTypeExt = o.head.SnapLen, o.head.Nano, o.head.LinkTypeExt
	format.Application, format.Like = "tapdump "+args.Version, s.like
	format.Interfaces = o.src.Interfaces
	format.Stop = s.events.stopped
	if s.keyLog != nil {
		format.Secrets = s.keyLog.secrets
	}
	if source, ok := o.src.(*live.Live); ok {
		format.Lost = s.analysis.hearLost(source.Lost)
		format.KeepTurn = true
	}
	if source, ok := o.src.(interfaceCounter); ok {
		format.Stats = func(iface int) (capture.Stats, bool) {
			st, err := source.InterfaceStats(iface)
			return st, err == nil
		}
	}
	if s.plan.Write.Index {
		format.Watch = s.watcher
	}
	return format
}

// newWriter opens one savefile, or the first of several.
func (s *session) newWriter(p *args.Write, link capture.LinkType, format pcapfile.Format) (packetWriter, error) {
	switch {
	case p.Served != nil:
		return s.serve(p, link, format)
	case p.Several:
		return s.rotate(p, link, format, nil)
	case p.Name == "-":
		return pcapfile.NewWriter(s.out.w, standardOutput, link, format)
	}
	return pcapfile.Create(p.Name, link, format)
}

// rotate opens the first of several savefiles, or of the files that create makes.
func (s *session) rotate(p *args.Write, link capture.LinkType, format pcapfile.Format, create func(name string) (pcapfile.File, error)) (*pcapfile.Rotator, error) {
	rules := p.Rules
	var err error
	if rules.Start, err = s.commandRunner(); err != nil {
		return nil, fmt.Errorf("-z %s: %w", rules.Command, err)
	}
	rules.Warn = func(err error) { s.warn(syserr.Text(err)) }
	rules.Location = s.location()
	rules.Create = create
	if p.Index {
		rules.Beside = index.Suffix
	}
	r, err := pcapfile.Rotate(p.Name, link, format, rules)
	if err != nil {
		return nil, err
	}
	if rules.Command != "" {
		s.postRotate.command, s.postRotate.files = rules.Command, r
	}
	return r, nil
}

// sayOmitted says what of the pcapng files that were read could not be kept. In
// a pcap file nobody expects more than packets: there it is said to people who
// may want to know, and not to scripts.
func (s *session) sayOmitted(f *fileSink) {
	if s.keyLog != nil {
		if problem := s.keyLog.problem(); problem != "" {
			s.warn("--tls-keys: " + s.plan.Analysis.TLSKeys + " " + problem)
		}
	}
	switch omitted := f.OmittedBlocks(); {
	case omitted == "":
	case s.plan.Pcapng():
		s.warn(f.name + ": left out: " + omitted)
	case s.traces(1) || s.terminal:
		s.warn(f.name + ": left out, as a pcap file has no place for it (pcapng has: --format pcapng): " + omitted)
	}
}
