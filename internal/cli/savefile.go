package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// readFiles runs over the savefile of -r, or those that the file of -V lists.
func (c *command) readFiles() error {
	names, err := c.listFiles()
	if err != nil {
		return err
	}
	c.events.listen(listening{duration: c.opts.Duration, wake: func() {}, stop: func() {}})
	defer c.events.close()
	for i, name := range names {
		if err := c.readFile(name, i == 0, names[i+1:]); err != nil {
			if closing := c.closeSinks(); closing != nil && !errors.Is(err, closing) {
				err = errors.Join(err, closing)
			}
			return err
		}
		if c.opts.DumpFilter > 0 {
			return nil
		}
		if c.ending() {
			c.endLine()
			break
		}
	}
	if err := c.closeSinks(); err != nil {
		return err
	}
	if c.opts.Count {
		c.out.buf = fmt.Appendf(c.out.buf, "%d packet%s\n", c.captured, plural(c.captured))
	}
	return nil
}

// readFile reads one savefile, before the rest. The first decides what packets
// go to.
func (c *command) readFile(name string, first bool, rest []string) error {
	r, err := c.openSavefile(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if first {
		c.announceFile(name, r)
		if r.LinkType() == capture.LinkLINUX_SLL2 {
			c.say("Warning: interface names might be incorrect\n")
		}
	} else if c.writer != nil && r.LinkType() != c.filter.target.link {
		return fmt.Errorf("%s: new dlt does not match original", name)
	}
	if err := c.compile(target{link: r.LinkType(), snapLen: r.SnapLen(), mode: savefileMode(r.Swapped())}); err != nil {
		return err
	}
	if c.opts.DumpFilter > 0 {
		return c.dumpProgram()
	}
	if first {
		head := r.Header()
		if p := c.opts.Precision; p != notGiven {
			head.Nano = p == nanoseconds
		}
		if err := c.dropPrivileges(); err != nil {
			return err
		}
		if err := c.openSinks(head, r); err != nil {
			return err
		}
		c.confine(rest)
	} else {
		c.announceFile(name, r)
	}
	if c.onlyCounts() {
		return c.count(r)
	}
	if w, ok := c.writer.(*pcapfile.Writer); ok && c.lines == nil && c.inspect == nil && !c.opts.PacketBuffered {
		return c.copy(w, r)
	}
	return c.loop(r)
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
	var pkt capture.Packet
	switch {
	case failed != nil:
		return failed
	case err == nil:
		return nil
	case errors.Is(r.Next(&pkt), err): // a Reader's error stays
		return c.sourceEnded(err)
	}
	return c.outputError(err)
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
func (c *command) announceFile(name string, r *pcapfile.Reader) {
	if c.ipscap && c.diagnostics.level < 2 {
		return
	}
	c.say("reading from file %s%s, snapshot length %d\n", name, describeLinkType(r.LinkType()), r.SnapLen())
}

// describeLinkType is the part of an announcement about the link type.
func describeLinkType(l capture.LinkType) string {
	if l.Name() == "" {
		return fmt.Sprintf(", link-type %d", uint32(l))
	}
	return fmt.Sprintf(", link-type %s (%s)", l.Name(), l.Description())
}

// openSavefile opens a savefile, "-" for the standard input. What may keep us
// waiting is read in a goroutine of its own.
func (c *command) openSavefile(name string) (*pcapfile.Reader, error) {
	if name == "-" {
		return pcapfile.NewReader(c.newPump(c.stdin))
	}
	info, err := os.Stat(name)
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeCharDevice|os.ModeSocket) == 0 {
		return pcapfile.Open(name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %s", name, syserr.Reason(err))
	}
	// The pump may still be waiting at the end of the run: f stays open.
	return pcapfile.NewReader(c.newPump(f))
}

// listFiles returns the names of the savefiles to read: that of -r, or the
// lines of the file of -V.
func (c *command) listFiles() ([]string, error) {
	if c.opts.ReadFile != nil {
		return []string{*c.opts.ReadFile}, nil
	}
	name := *c.opts.ReadList
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
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"), nil
}
