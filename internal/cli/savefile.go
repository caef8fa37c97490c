package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/openfile"
	"github.com/tapdump/tapdump/internal/streams"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/versions"
)

// savefile is one savefile, or several merged.
type savefile interface {
	capture.Source
	Header() pcapfile.Header
	Kinds() []pcapfile.Kind
	MayGrow() bool
}

// fileRun is a run that reads savefiles.
type fileRun struct {
	*session
	filter     *savefileFilter
	interfaces pcapfile.Interfaces                // of all savefiles
	firstLink  capture.LinkType                   // of the first savefile
	heard      []string                           // savefiles that are read for names first
	waiting    atomic.Pointer[[]*pcapfile.Reader] // those that may have to be woken
	streams    *readStreams
	times      timespan
	found      found
	progress   *progress // nil: nobody sees it
	begun      bool      // the first savefile was opened
	alone      bool      // there is one savefile
}

func newFileRun(s *session) *fileRun {
	return &fileRun{session: s, filter: newSavefileFilter(s.compiler), streams: newReadStreams(s)}
}

// readFiles runs over the savefiles of -r, or those that the files of -V list.
func (s *session) readFiles() error {
	r := newFileRun(s)
	names, err := r.listFiles()
	if err != nil {
		return err
	}
	r.alone = len(names) == 1 && !s.plan.Files.Merge
	if err := r.findSpan(names); err != nil {
		return err
	}
	names = r.inSpan(names)
	if a := s.plan.Analysis; a != nil && a.Hosts.Late {
		r.heard = names
	}
	if err := r.prepareStreams(names); err != nil {
		return err
	}
	defer r.streams.close()
	l := listening{duration: s.plan.Running.Duration, wake: r.wakeReaders, stop: func() {}}
	if r.progress = s.startProgress(names); r.progress != nil {
		defer r.progress.stop()
		l.pulse = r.progress.every
	}
	s.events.listen(l)
	if s.plan.Files.Merge {
		err = r.readMerged(names)
	} else {
		err = r.readInTurn(names)
	}
	if err != nil {
		return alsoFailed(err, s.closeSinks())
	}
	if r.dumps() {
		return nil
	}
	if s.ending() {
		s.endLine()
	}
	if err := s.closeSinks(); err != nil {
		return err
	}
	if s.plan.Lines.Count {
		s.out.buf = fmt.Appendf(s.out.buf, "%d packet%s\n", s.captured, plural(s.captured))
	}
	if !r.hintAtSpan() {
		s.sayHint(r.filter.missed)
	}
	return nil
}

// dumps reports whether the program of the filter is shown, in place of packets.
func (r *fileRun) dumps() bool { return r.plan.Dump != args.DumpNothing }

// readInTurn reads one savefile after the other.
func (r *fileRun) readInTurn(names []string) error {
	for i, name := range names {
		r.overlapping(name)
		err := r.readFile(name, names[i+1:])
		r.progress.endOf(i)
		if r.vanished(name, err) {
			continue
		}
		for err == nil && r.streams.goesOn() && !r.dumps() && !r.ending() {
			err = r.readFile(name, names[i+1:])
		}
		var failed *pcapfile.WriteError
		var records *RecordError
		if (errors.As(err, &failed) || errors.As(err, &records)) && i+1 < len(names) {
			return notRead(err)
		}
		if err != nil || r.dumps() || r.ending() {
			return err
		}
	}
	r.sayOverlaps()
	return nil
}

// notRead adds to an error of writing that the packets that it counts are not all
// that there are.
func notRead(err error) error { return fmt.Errorf("%w; what follows is not read", err) }

// readFile reads one savefile, before the rest. The first decides what packets
// go to.
func (r *fileRun) readFile(name string, rest []string) error {
	src, err := r.openSavefile(name)
	if err != nil {
		return err
	}
	first := !r.begun
	r.begun = true
	defer func() {
		r.wasRead(name, src)
		for _, remark := range src.Warnings() {
			r.warn(name + ": " + remark)
			r.analysis.reportProblem(name + ": " + remark)
		}
		src.Close()
	}()
	if first {
		r.announceFile(name, src.Kinds(), src.SnapLen())
		r.remarkOnNames(src)
	} else if r.sinks.file != nil && src.LinkType() != r.firstLink && !r.plan.AnyLinkType() {
		return errorText(name + ": new dlt does not match original\nWrite pcapng (--format pcapng).")
	}
	if err := r.filter.prepare(src.Kinds(), src.SnapLen()); err != nil {
		return err
	}
	switch {
	case r.dumps():
		return r.dumpProgram(r.filter.first)
	case first:
		if err := r.openSavefileSinks(src, rest); err != nil {
			return err
		}
	default:
		r.announceFile(name, src.Kinds(), src.SnapLen())
		r.sinks.follow(src)
	}
	r.waitFor(src)
	if r.onlyCounts() {
		return r.count(src)
	}
	if w := r.copiesInto(); w != nil {
		err = r.copy(w, src)
	} else if err = r.printBlocks(src); err == nil {
		err = r.loop(src, r)
	}
	return r.finishReading(src, err)
}

// waitFor has what was made of the packets so far not held back while one of
// readers keeps us waiting.
func (r *fileRun) waitFor(readers ...*pcapfile.Reader) {
	for _, reader := range readers {
		reader.OnIdle(r.whileIdle)
	}
	r.waiting.Store(&readers)
}

// wakeReaders makes a source that waits look what has happened.
func (r *fileRun) wakeReaders() {
	if readers := r.waiting.Load(); readers != nil {
		for _, reader := range *readers {
			reader.Wake()
		}
	}
}

// match implements course.
func (r *fileRun) match(pkt *capture.Packet) bool { return r.filter.match(pkt) }

// handle implements course.
func (r *fileRun) handle(events uint32) (stop bool, err error) {
	if events&eventPulse != 0 {
		r.progress.count(r.filter.seen)
	}
	return events&eventEnd != 0, nil
}

// goesOn implements course.
func (r *fileRun) goesOn(error) bool { return false }

// finishReading is called when packets of src go nowhere any more, for the reason
// err. A source that may keep us waiting is left alone.
func (r *fileRun) finishReading(src capture.Source, err error) error {
	waits := slices.ContainsFunc(*r.waiting.Load(), (*pcapfile.Reader).MayWait)
	var failed *pcapfile.WriteError
	var records *RecordError
	switch {
	case (errors.As(err, &failed) || errors.As(err, &records)) && waits:
		return notRead(err)
	case errors.As(err, &failed):
		r.countUnwritten(src, func(pkt *capture.Packet) {
			_ = r.sinks.file.packet(pkt) // the error is told at the end
		})
	case errors.As(err, &records):
		count := func(*capture.Packet) { records.Lost.Add(1) }
		if x := r.sinks.flows(); x != nil {
			count = func(pkt *capture.Packet) { _ = x.packet(pkt) } // the error is told at the end
		}
		r.countUnwritten(src, count)
	case err == nil && !waits && r.sinks.file != nil && r.plan.Pcapng():
		// After -c packets, what stands before the next one belongs to them.
		var next capture.Packet
		_ = src.Next(&next)
	}
	return err
}

// countUnwritten has the packets counted that are left for an output that has failed.
func (r *fileRun) countUnwritten(src capture.Source, count func(*capture.Packet)) {
	var pkt capture.Packet
	for left := r.limit() - int(r.captured); left != 0 && !r.ending() && src.Next(&pkt) == nil; {
		if r.matches(r, &pkt) && r.passes(&pkt) {
			count(&pkt)
			left--
		}
	}
}

// readMerged reads savefiles as one.
func (r *fileRun) readMerged(names []string) error {
	if first := slices.Index(names, "-"); first >= 0 && slices.Contains(names[first+1:], "-") {
		return errorText("the standard input (-) is named more than once")
	}
	m, err := pcapfile.Merge(names, pcapfile.MergeOptions{
		ReadOptions: r.readOptions(),
		Input:       r.openInput,
		IsInput:     streams.Is,
		Fail: func(name string, err error) {
			if !r.ending() {
				r.complain(fmt.Errorf("%s: pcap_loop: %w", name, err))
				r.analysis.reportProblem(name + ": " + syserr.Text(err))
			}
		},
		Warn: func(name, remark string) {
			r.warn(name + ": " + remark)
			r.analysis.reportProblem(name + ": " + remark)
		},
	})
	if err != nil {
		return err
	}
	defer m.Close()
	for _, f := range m.Files() {
		r.announceFile(f.Name, f.Kinds, f.SnapLen)
	}
	r.remarkOnNames(m)
	if err := r.filter.prepare(m.Kinds(), m.SnapLen()); err != nil {
		return err
	}
	if r.dumps() {
		return r.dumpProgram(r.filter.first)
	}
	if err := r.openSavefileSinks(m, m.Reopened()); err != nil {
		return err
	}
	r.waitFor(m.Readers()...)
	return r.finishReading(m, r.loop(m, r))
}

// openSavefileSinks opens what the packets of a savefile go to, and gives up
// what is not needed to read it and the rest.
func (r *fileRun) openSavefileSinks(src savefile, rest []string) error {
	head := src.Header()
	r.firstLink = head.LinkType
	if p := r.plan.Precision; p != args.NotGiven {
		head.Nano = p == args.Nanoseconds
	}
	if err := r.dropPrivileges(); err != nil {
		return err
	}
	r.events.handle()
	if err := r.openSinks(opening{head: head, src: src}); err != nil {
		return err
	}
	files := slices.Concat(r.heard, rest, r.streams.reconnecting())
	for _, name := range rest {
		if !waits(name) {
			files = append(files, index.Name(name))
		}
	}
	r.confine(src, files)
	return r.hear()
}

// hear reads what is to be read for names before anything is printed.
func (r *fileRun) hear() error {
	for _, name := range r.heard {
		if waits(name) {
			return errorText(name + ": --names capture,late reads twice, and what comes through a pipe can be read once: write it to a file")
		}
		o := pcapfile.ReadOptions{Window: r.plan.Files.Window, Convert: parquetPackets, Like: r.like}
		if r.spanned() {
			o.Within, o.Stop = r.within, r.ending
		}
		src, err := o.Open(name)
		if r.vanished(name, err) {
			continue
		}
		if err != nil {
			return err
		}
		r.analysis.hear(src, r.ending)
		src.Close()
	}
	return nil
}

// onlyCounts reports whether nobody sees the packets, just how many there are.
func (r *fileRun) onlyCounts() bool {
	return len(r.sinks.list) == 0 && r.inspect == nil && r.shard == nil && r.plan.Running.MaxPackets == 0
}

// count is loop for packets that are counted alone.
func (r *fileRun) count(src *pcapfile.Reader) error {
	n, err := src.Count(r.jobs(), r.countedBy(r.filter.counter), r.ending)
	r.captured += n
	if err != nil {
		return r.sourceEnded(err)
	}
	return nil
}

// countedBy is what counts packets, seen by who shows progress.
func (r *fileRun) countedBy(counter func(pcapfile.Kind) pcapfile.Counter) func(pcapfile.Kind) pcapfile.Counter {
	if r.progress == nil {
		return counter
	}
	return func(k pcapfile.Kind) pcapfile.Counter {
		count := counter(k)
		return func(data [][]byte, lengths []uint32) int {
			r.progress.packets.Add(uint64(len(data)))
			return count(data, lengths)
		}
	}
}

// copiesInto is the savefile that packets can go over into as they are, since they
// go nowhere else; nil: there is none.
func (r *fileRun) copiesInto() *pcapfile.Writer {
	only := r.sinks.onlyFile()
	if only == nil || only.atOnce || r.inspect != nil {
		return nil
	}
	w, _ := only.packetWriter.(*pcapfile.Writer)
	return w
}

// copy is loop from one savefile to another and nowhere else.
func (r *fileRun) copy(w *pcapfile.Writer, src *pcapfile.Reader) error {
	left := r.limit()
	var failed error
	err := pcapfile.Copy(w, src, func(pkt *capture.Packet) (write, more bool) {
		if r.events.pending.Load() != 0 {
			var stop bool
			if stop, failed = r.handleEvents(r); stop || failed != nil {
				return false, false
			}
		}
		if !r.matches(r, pkt) {
			return false, true
		}
		r.captured++
		left--
		return r.captured > r.plan.Running.Skip, left != 0
	})
	switch {
	case failed != nil:
		return failed
	case err == nil:
		return nil
	case w.Flush() == err: // a Writer's error stays
		return outputError(err)
	}
	return r.sourceEnded(err)
}

func plural(n uint64) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// announceFile says what is about to be read.
func (r *fileRun) announceFile(name string, kinds []pcapfile.Kind, snapLen int) {
	r.analysis.reads(name, kinds, snapLen)
	if r.ipscap && !r.traces(2) {
		return
	}
	r.say("reading from file %s%s, snapshot length %d\n", name, describeKinds(kinds, r.like), snapLen)
}

// remarkOnNames warns of names of interfaces, as tcpdump does, which has those of
// this host.
func (r *fileRun) remarkOnNames(src savefile) {
	if src.LinkType() == capture.LinkLINUX_SLL2 && !tellsNames(src.Interfaces()) {
		r.say("Warning: interface names might be incorrect\n")
	}
}

// tellsNames reports whether savefiles have the names of the interfaces that
// cooked packets have the numbers of. Beside those, and before them, stands what
// was captured from.
func tellsNames(interfaces []capture.Interface) bool {
	named := false
	for _, d := range interfaces {
		if d.LinkType != capture.LinkLINUX_SLL2 {
			continue
		}
		if d.Name == "" {
			return false
		}
		named = named || d.Name != anyDevice
	}
	return named
}

func linkTypeText(l capture.LinkType, like versions.Version) string {
	name, description := l.TextsIn(like)
	if name == "" {
		return strconv.FormatUint(uint64(l), 10)
	}
	return fmt.Sprintf("%s (%s)", name, description)
}

// describeKinds is the part of an announcement about the link types.
func describeKinds(kinds []pcapfile.Kind, like versions.Version) string {
	if len(kinds) == 1 {
		return ", link-type " + linkTypeText(kinds[0].LinkType, like)
	}
	const most = 8
	var b strings.Builder
	for i, k := range kinds {
		switch {
		case i == most:
			fmt.Fprintf(&b, " and %d more", len(kinds)-most)
			return b.String()
		case i == 0:
			b.WriteString(", link-types ")
		case i == len(kinds)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(linkTypeText(k.LinkType, like))
	}
	return b.String()
}

// readOptions are how savefiles are read.
func (r *fileRun) readOptions() pcapfile.ReadOptions {
	o := pcapfile.ReadOptions{Window: r.plan.Files.Window, Interfaces: &r.interfaces, Convert: r.packetsOf, Like: r.like, Passed: r.progress.meter()}
	o.Parts = func(f *os.File, size int64, head pcapfile.Header, _ bool) ([]pcapfile.Extent, error) {
		return r.indexed(f, size, head.SnapLen), nil
	}
	if r.analysis != nil && r.analysis.keys != nil {
		o.Secrets = r.analysis.secrets
	}
	if (r.spanned() || r.found.first != nil && !r.plan.Files.Merge && !r.plan.Lines.Count) && !r.dumps() {
		o.Within, o.Stop = r.within, r.ending
	}
	if r.analysis != nil && r.analysis.owners != nil {
		o.Processes = r.analysis.owners.learn
	}
	return o
}

// packetsOf are those of a file that is no savefile: nobody knows how far in it the
// reading is.
func (r *fileRun) packetsOf(f *os.File, size int64) (io.Reader, error) {
	src, err := parquetPackets(f, size)
	if src != nil && r.progress != nil {
		r.progress.unsized.Store(true)
	}
	return src, err
}

// openSavefile opens a savefile, "-" for the standard input.
func (r *fileRun) openSavefile(name string) (*pcapfile.Reader, error) {
	if !waits(name) {
		return r.readOptions().Open(name)
	}
	src, err := r.openInput(name)
	if err != nil {
		return nil, err
	}
	file, err := r.readOptions().NewReader(src)
	if err != nil && streams.Is(name) {
		err = r.streams.unreadable(name, err)
	}
	return file, err
}

// waits reports whether opening or reading a savefile may keep us waiting.
func waits(name string) bool {
	return name == "-" || streams.Is(name) || openfile.Waits(name)
}

// openInput opens a file that may keep us waiting, or the standard input. It is
// read in a goroutine of its own.
func (r *fileRun) openInput(name string) (io.Reader, error) {
	switch {
	case name == "-":
		return r.newPump(r.stdin), nil
	case streams.Is(name):
		client, err := r.streams.open(name)
		if err != nil {
			return nil, err
		}
		return r.newPump(client), nil
	}
	f, err := openfile.Open(r.events.stopped, name, os.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, syserr.Worded(err))
	}
	// The pump may still be waiting at the end of the run: f stays open.
	return r.newPump(f), nil
}

// listFiles returns the names of the savefiles to read: those of -r, with what is in
// folders and matches patterns, or the lines of the files of -V.
func (r *fileRun) listFiles() ([]string, error) {
	names, err := r.expand(r.plan.Files.Names)
	if err != nil {
		return nil, err
	}
	for _, list := range r.plan.Files.Lists {
		more, err := r.readList(list)
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	return names, nil
}

// readList returns the lines of a file. As in tcpdump a name ends at a byte that
// is 0, which no name has.
func (r *fileRun) readList(name string) ([]string, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(r.stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", "Unable to open file", syserr.Worded(err))
	}
	if len(data) == 0 {
		return nil, errorText("Nothing in " + name)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		r.warn(name + " is no list of file names: savefiles are read with -r")
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i, line := range lines {
		lines[i], _, _ = strings.Cut(line, "\x00")
	}
	return lines, nil
}
