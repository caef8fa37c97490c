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

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/openfile"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// savefile is one savefile, or several merged.
type savefile interface {
	capture.Source
	Header() pcapfile.Header
	Kinds() []pcapfile.Kind
	MayGrow() bool
}

// readFiles runs over the savefiles of -r, or those that the files of -V list.
func (c *command) readFiles() error {
	names, err := c.listFiles()
	if err != nil {
		return err
	}
	c.events.listen(listening{duration: c.opts.Duration, wake: c.wakeReaders, stop: func() {}})
	if c.opts.Merge {
		err = c.readMerged(names)
	} else {
		err = c.readInTurn(names)
	}
	if err != nil {
		return alsoFailed(err, c.closeSinks())
	}
	if c.opts.DumpFilter > 0 {
		return nil
	}
	if c.ending() {
		c.endLine()
	}
	if err := c.closeSinks(); err != nil {
		return err
	}
	if c.opts.Count {
		c.out.buf = fmt.Appendf(c.out.buf, "%d packet%s\n", c.captured, plural(c.captured))
	}
	c.sayHint()
	return nil
}

// readInTurn reads one savefile after the other.
func (c *command) readInTurn(names []string) error {
	for i, name := range names {
		err := c.readFile(name, i == 0, names[i+1:])
		var failed *pcapfile.WriteError
		if errors.As(err, &failed) && i+1 < len(names) {
			return notRead(err)
		}
		if err != nil || c.opts.DumpFilter > 0 || c.ending() {
			return err
		}
	}
	return nil
}

// notRead adds to an error of writing that the packets that it counts are not all
// that there are.
func notRead(err error) error { return fmt.Errorf("%w; what follows is not read", err) }

// readFile reads one savefile, before the rest. The first decides what packets
// go to.
func (c *command) readFile(name string, first bool, rest []string) error {
	r, err := c.openSavefile(name)
	if err != nil {
		return err
	}
	defer func() {
		for _, remark := range r.Warnings() {
			c.warn(name + ": " + remark)
		}
		r.Close()
	}()
	if first {
		c.announceFile(name, r.Kinds(), r.SnapLen())
		c.remarkOnNames(r)
	} else if c.writer != nil && r.LinkType() != c.firstLink && !c.opts.fileFormat().Pcapng {
		return errorText(name + ": new dlt does not match original\nWrite pcapng (--format pcapng).")
	}
	if err := c.compileForSavefile(r.Kinds(), r.SnapLen()); err != nil {
		return err
	}
	if c.opts.DumpFilter > 0 {
		return c.dumpProgram()
	}
	if !first {
		c.announceFile(name, r.Kinds(), r.SnapLen())
		if c.writer != nil {
			c.writer.Follow(r)
		}
		if c.ifnames != nil {
			c.ifnames.source = r
		}
	} else if err := c.openSavefileSinks(r, rest); err != nil {
		return err
	}
	c.waitFor(r)
	if c.onlyCounts() {
		return c.count(r)
	}
	if w, ok := c.writer.(*pcapfile.Writer); ok && c.lines == nil && c.inspect == nil && !c.opts.PacketBuffered {
		err = c.copy(w, r)
	} else {
		err = c.loop(r)
	}
	return c.finishReading(r, err)
}

// waitFor has what was made of the packets so far not held back while one of
// readers keeps us waiting.
func (c *command) waitFor(readers ...*pcapfile.Reader) {
	for _, r := range readers {
		r.OnIdle(c.whileIdle)
	}
	c.waiting.Store(&readers)
}

// wakeReaders makes a source that waits look what has happened.
func (c *command) wakeReaders() {
	if readers := c.waiting.Load(); readers != nil {
		for _, r := range *readers {
			r.Wake()
		}
	}
}

// finishReading is called when packets of src go nowhere any more, for the reason
// err. A source that may keep us waiting is left alone.
func (c *command) finishReading(src capture.Source, err error) error {
	waits := slices.ContainsFunc(*c.waiting.Load(), (*pcapfile.Reader).MayWait)
	var failed *pcapfile.WriteError
	switch {
	case errors.As(err, &failed) && waits:
		return notRead(err)
	case errors.As(err, &failed):
		c.countUnwritten(src)
	case err == nil && !waits && c.writer != nil && c.opts.fileFormat().Pcapng:
		// After -c packets, what stands before the next one belongs to them.
		var next capture.Packet
		_ = src.Next(&next)
	}
	return err
}

// countUnwritten has the writer, which has failed, count the packets that are
// left.
func (c *command) countUnwritten(src capture.Source) {
	var pkt capture.Packet
	for left := c.opts.MaxPackets - int(c.captured); left != 0 && !c.ending() && src.Next(&pkt) == nil; {
		if c.filter.match(&pkt) && c.matches(&pkt) {
			_ = c.writer.Write(&pkt) // the error is told at the end
			left--
		}
	}
}

// readMerged reads savefiles as one.
func (c *command) readMerged(names []string) error {
	if first := slices.Index(names, "-"); first >= 0 && slices.Contains(names[first+1:], "-") {
		return errorText("the standard input (-) is named more than once")
	}
	m, err := pcapfile.Merge(names, pcapfile.MergeOptions{
		ReadOptions: c.readOptions(),
		Input:       c.openInput,
		Fail: func(name string, err error) {
			if !c.ending() {
				c.complain(fmt.Errorf("%s: pcap_loop: %w", name, err))
			}
		},
		Warn: func(name, remark string) { c.warn(name + ": " + remark) },
	})
	if err != nil {
		return err
	}
	defer m.Close()
	for _, f := range m.Files() {
		c.announceFile(f.Name, f.Kinds, f.SnapLen)
	}
	c.remarkOnNames(m)
	if err := c.compileForSavefile(m.Kinds(), m.SnapLen()); err != nil {
		return err
	}
	if c.opts.DumpFilter > 0 {
		return c.dumpProgram()
	}
	if err := c.openSavefileSinks(m, m.Reopened()); err != nil {
		return err
	}
	c.waitFor(m.Readers()...)
	return c.finishReading(m, c.loop(m))
}

// openSavefileSinks opens what the packets of a savefile go to, and gives up
// what is not needed to read it and the rest.
func (c *command) openSavefileSinks(src savefile, rest []string) error {
	head := src.Header()
	c.firstLink = head.LinkType
	if p := c.opts.Precision; p != notGiven {
		head.Nano = p == nanoseconds
	}
	if err := c.dropPrivileges(); err != nil {
		return err
	}
	c.events.handle()
	if err := c.openSinks(head, src); err != nil {
		return err
	}
	c.confine(src, rest)
	return nil
}

// onlyCounts tells whether nobody sees the packets, just how many there are.
func (c *command) onlyCounts() bool {
	return c.writer == nil && c.lines == nil && c.inspect == nil && c.opts.MaxPackets == 0
}

// count is loop for packets that are counted alone.
func (c *command) count(r *pcapfile.Reader) error {
	n, err := r.Count(c.jobs(), c.filter.counter, c.ending)
	c.captured += n
	if err != nil {
		return c.sourceEnded(err)
	}
	return nil
}

// copy is loop from one savefile to another and nowhere else, so that records
// can go over as they are.
func (c *command) copy(w *pcapfile.Writer, r *pcapfile.Reader) error {
	left := c.opts.MaxPackets
	var failed error
	err := pcapfile.Copy(w, r, func(pkt *capture.Packet) (write, more bool) {
		if c.events.pending.Load() != 0 {
			var stop bool
			if stop, failed = c.handleEvents(r); stop || failed != nil {
				return false, false
			}
		}
		if !c.filter.match(pkt) {
			return false, true
		}
		c.captured++
		left--
		return true, left != 0
	})
	switch {
	case failed != nil:
		return failed
	case err == nil:
		return nil
	case w.Flush() == err: // a Writer's error stays
		return c.outputError(err)
	}
	return c.sourceEnded(err)
}

// endLine is printed after an interrupt, which may have come in the middle of a
// line in tcpdump.
func (c *command) endLine() {
	switch {
	case !c.interrupted():
	case c.ipscap:
		c.out.buf = append(c.out.buf, " Stopped by user...\n"...)
	case c.opts.WriteFile == nil:
		c.out.buf = append(c.out.buf, '\n')
	}
}

func plural(n uint64) string {
	if n == 1 {
		return ""
	}
	return "s"
}

// announceFile says what is about to be read.
func (c *command) announceFile(name string, kinds []pcapfile.Kind, snapLen int) {
	if c.ipscap && c.diagnostics.level < 2 {
		return
	}
	c.say("reading from file %s%s, snapshot length %d\n", name, describeKinds(kinds), snapLen)
}

// remarkOnNames warns of names of interfaces, as tcpdump does, which has those of
// this host.
func (c *command) remarkOnNames(src savefile) {
	if src.LinkType() == capture.LinkLINUX_SLL2 && !tellsNames(src.Interfaces()) {
		c.say("Warning: interface names might be incorrect\n")
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

// describeLinkType is the part of an announcement about the link type.
func describeLinkType(l capture.LinkType) string { return ", link-type " + linkTypeText(l) }

func linkTypeText(l capture.LinkType) string {
	if l.Name() == "" {
		return strconv.FormatUint(uint64(l), 10)
	}
	return fmt.Sprintf("%s (%s)", l.Name(), l.Description())
}

// describeKinds is the part of an announcement about the link types.
func describeKinds(kinds []pcapfile.Kind) string {
	if len(kinds) == 1 {
		return describeLinkType(kinds[0].LinkType)
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
		b.WriteString(linkTypeText(k.LinkType))
	}
	return b.String()
}

// readOptions are how savefiles are read.
func (c *command) readOptions() pcapfile.ReadOptions {
	return pcapfile.ReadOptions{Window: c.opts.Unpacking, Interfaces: &c.interfaces}
}

// openSavefile opens a savefile, "-" for the standard input.
func (c *command) openSavefile(name string) (*pcapfile.Reader, error) {
	if name != "-" && !openfile.Waits(name) {
		return c.readOptions().Open(name)
	}
	src, err := c.openInput(name)
	if err != nil {
		return nil, err
	}
	return c.readOptions().NewReader(src)
}

// openInput opens a file that may keep us waiting, or the standard input. It is
// read in a goroutine of its own.
func (c *command) openInput(name string) (io.Reader, error) {
	if name == "-" {
		return c.newPump(c.stdin), nil
	}
	f, err := openfile.Open(c.events.stopped, name, os.O_RDONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, syserr.Worded(err))
	}
	// The pump may still be waiting at the end of the run: f stays open.
	return c.newPump(f), nil
}

// listFiles returns the names of the savefiles to read: those of -r, or the
// lines of the files of -V.
func (c *command) listFiles() ([]string, error) {
	names := c.opts.ReadFiles
	for _, list := range c.opts.ReadLists {
		more, err := c.readList(list)
		if err != nil {
			return nil, err
		}
		names = append(names, more...)
	}
	return names, nil
}

// readList returns the lines of a file. As in tcpdump a name ends at a byte that
// is 0, which no name has.
func (c *command) readList(name string) ([]string, error) {
	var data []byte
	var err error
	if name == "-" {
		data, err = io.ReadAll(c.stdin)
	} else {
		data, err = os.ReadFile(name)
	}
	if err != nil {
		return nil, errorText("Unable to open file: " + syserr.Reason(err))
	}
	if len(data) == 0 {
		return nil, errorText("Nothing in " + name)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		c.warn(name + " is no list of file names: savefiles are read with -r")
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for i, line := range lines {
		lines[i], _, _ = strings.Cut(line, "\x00")
	}
	return lines, nil
}
