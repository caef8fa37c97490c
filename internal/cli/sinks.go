package cli

import (
	"errors"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// sink is what packets go to.
type sink interface {
	// packet takes a packet, which is valid until it returns.
	packet(pkt *capture.Packet) error
	// flush hands on what was gathered: the source has nothing more for now.
	flush() error
	// close writes all that is left, and what there is to say at the end.
	close() error
}

// A sink that needs to hear that packets come from another source has follow; one
// that forgets something for memory to stay bounded has lost; one that has something
// to finish although another has failed has finishes.
type (
	finishing interface{ finishes() }
	following interface{ follow(src capture.Source) }
	losing    interface{ lost(l *losses) }
)

// sinkRows opens the sinks, where the plan asks for them, in the order in which
// a packet goes to them. They are opened in the opposite order. In this order
// they end, but for the savefile, which is closed last: another sink's failure
// stands before what is said of it.
var sinkRows = [...]func(*session, opening) (sink, error){
	(*session).openFile,
	(*session).openLines,
	(*session).openRecords,
	(*session).openView,
	(*session).openStatistics,
	(*session).openDumps,
	(*session).openReport,
}

// opening is what sinks are opened for: packets of a source, with the header of a
// savefile that they go to.
type opening struct {
	head       pcapfile.Header
	src        capture.Source
	interfaces bool // lines begin with the interface, unless options say otherwise
}

// sinks are those of a run, in the order of sinkRows.
type sinks struct {
	out  *output
	file *fileSink // the first of list; nil: none
	list []sink
}

// openSinks opens what packets go to. After an error those stay that were opened
// before, and are to be closed.
func (s *session) openSinks(o opening) error {
	for i := len(sinkRows) - 1; i >= 0; i-- {
		one, err := sinkRows[i](s, o)
		if err != nil {
			s.analysis.abandonReport()
			return err
		}
		if one != nil {
			s.sinks.list = append([]sink{one}, s.sinks.list...)
		}
	}
	if s.sinks.onlyFile() != nil && s.inspect == nil && !s.plan.Write.Parquet && s.recording == nil && !s.analysis.annotates() {
		s.analysis = nil // nobody hears of it
	}
	return nil
}

// packet hands a packet to the sinks.
func (x *sinks) packet(pkt *capture.Packet) error {
	for _, s := range x.list {
		if err := s.packet(pkt); err != nil {
			return err
		}
	}
	return nil
}

// follow has packets come from another source.
func (x *sinks) follow(src capture.Source) {
	for _, s := range x.list {
		if f, ok := s.(following); ok {
			f.follow(src)
		}
	}
}

// flush has all sinks hand on what they gathered, though one fails.
func (x *sinks) flush() error {
	var err error
	if x.file != nil {
		err = x.file.flush()
	}
	if printed := x.flushPrinted(); err == nil {
		err = printed
	}
	return err
}

// flushPrinted is flush for what goes to the standard output.
func (x *sinks) flushPrinted() error {
	for _, s := range x.printing() {
		if err := s.flush(); err != nil {
			return err
		}
	}
	return x.out.flush()
}

// printing are the sinks but for the savefile.
func (x *sinks) printing() []sink {
	if x.file != nil {
		return x.list[1:]
	}
	return x.list
}

// onlyFile is the savefile, if packets go there alone; else nil.
func (x *sinks) onlyFile() *fileSink {
	if len(x.list) == 1 {
		return x.file
	}
	return nil
}

// closeSinks writes all that is left.
func (s *session) closeSinks() error {
	x := &s.sinks
	l := losses{}
	var err error
	for _, one := range x.printing() {
		if _, ok := one.(finishing); ok {
			err = alsoFailed(err, one.close())
		} else if err == nil {
			err = one.close()
		}
		if f, ok := one.(losing); ok {
			f.lost(&l)
		}
	}
	if err == nil {
		err = x.out.flush()
	}
	s.lostBeside(&l)
	if s.analysis != nil && s.analysis.keys != nil && s.analysis.keys.Err != nil {
		s.warn("--tls-keys " + s.plan.Analysis.TLSKeys + ": what was added to it is not known: " + syserr.Text(s.analysis.keys.Err))
	}
	s.sayLosses(&l)
	file := x.file
	x.file, x.list = nil, nil
	if file == nil {
		return err
	}
	err = alsoFailed(err, file.close())
	s.sayOmitted(file)
	return err
}

// alsoFailed joins the errors of two things, the second of which may have failed
// as the first had, and of which the one may be that nobody reads any more.
func alsoFailed(first, second error) error {
	if several, ok := second.(failures); ok {
		for _, err := range several {
			first = alsoFailed(first, err)
		}
		return first
	}
	switch {
	case first == nil || first == errReaderGone && second != nil:
		return second
	case second == nil || second == errReaderGone || errors.Is(first, second):
		return first
	}
	if several, ok := first.(failures); ok {
		return append(several, second)
	}
	return failures{first, second}
}

// failures are complained about one after the other.
type failures []error

func (f failures) Error() string   { return errors.Join(f...).Error() }
func (f failures) Unwrap() []error { return f }
