package cli

import (
	"fmt"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
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

// writeDelay is how long packets for a savefile may be gathered, even while we
// are busy. With the time for which the kernel holds them back it stays below a
// second. A compressed file gets larger with each block that is written early;
// one in that time is hardly felt.
const writeDelay = 700 * time.Millisecond

// openWriter opens the savefile of -w for the packets of src.
func (c *command) openWriter(head pcapfile.Header, src capture.Source) error {
	o := c.opts
	name := *o.WriteFile
	if name == "" {
		return errorText("an empty string is not a valid file name")
	}
	format := o.fileFormat()
	format.Header = head
	format.Application = "tapdump " + Version
	format.Interfaces = src.Interfaces
	format.Delay = writeDelay
	format.Fail = func(error) { c.events.post(eventFlush) } // flushing tells the error
	format.Stop = c.events.stopped
	if live, ok := src.(*live.Live); ok {
		format.Lost = live.Lost
		format.Stats = func(iface int) (capture.Stats, bool) {
			st, err := live.InterfaceStats(iface)
			return st, err == nil
		}
		// The kernel's stamps have nanoseconds, and so has the format.
		format.Nano = format.Nano || format.Pcapng && o.Precision == notGiven
	}
	w, err := c.newWriter(name, format)
	if err != nil {
		return err
	}
	c.writer = w
	switch src := src.(type) {
	case *pcapfile.Reader:
		w.Follow(src)
	case *pcapfile.Merged:
		w.Follow(src.Readers()...)
	}
	return nil
}

// newWriter opens one savefile, or the first of several.
func (c *command) newWriter(name string, format pcapfile.Format) (packetWriter, error) {
	o := c.opts
	switch {
	case o.severalFiles():
		rules := o.rotation()
		rules.Command = textOf(o.PostRotate)
		var err error
		if rules.Start, err = c.commandRunner(); err != nil {
			return nil, fmt.Errorf("-z %s: %w", rules.Command, err)
		}
		rules.Warn = func(err error) { c.warn(syserr.Text(err)) }
		rules.Location = c.location()
		r, err := pcapfile.Rotate(name, format, rules)
		if err != nil {
			return nil, err
		}
		if o.PostRotate != nil {
			c.postRotate.files = r
		}
		return r, nil
	case name == "-":
		return pcapfile.NewWriter(c.out.w, standardOutput, format)
	}
	return pcapfile.Create(name, format)
}

// fileFormat is the format that --format or the name of the file asks for.
func (o *Options) fileFormat() pcapfile.Format {
	f := pcapfile.Format{Comment: textOf(o.Comment), Selective: o.selective()}
	f.Pcapng, f.Compression = pcapfile.ByName(textOf(o.WriteFile))
	if o.Format != "" {
		f.Pcapng = o.Format == "pcapng"
	}
	return f
}

// selective reports whether a savefile that is written may lack packets of the
// one that is read, or hold packets of others.
func (o *Options) selective() bool {
	return len(o.Expression) > 0 || o.FilterFile != nil || o.MaxPackets > 0 || len(o.ReadLists) > 0 || len(o.ReadFiles) > 1 ||
		o.Duration > 0 || o.filtering() || o.severalFiles()
}

// tellOmitted says what of the pcapng files that were read could not be kept. In
// a pcap file nobody expects more than packets: there it is said to people who
// may want to know, and not to scripts.
func (c *command) tellOmitted(w packetWriter) {
	omitted := w.OmittedBlocks()
	switch name := textOf(c.opts.WriteFile); {
	case omitted == "":
	case c.opts.fileFormat().Pcapng:
		c.warn(name + ": left out: " + omitted)
	case c.diagnostics.level > 0 || c.errOnTerminal:
		c.warn(name + ": left out, as a pcap file has no place for it (pcapng has: --format pcapng): " + omitted)
	}
}

// rotation is what the options say about several files.
func (o *Options) rotation() pcapfile.Rules {
	classic := pcapfile.Classic{Size: o.FileSize, Seconds: int64(o.FileSeconds)}
	if classic != (pcapfile.Classic{}) {
		classic.Files = o.FileCount // on its own -W means nothing
	}
	return pcapfile.Rules{
		Classic: classic,
		Series: pcapfile.Series{
			Size:      o.RotateSize,
			Every:     o.RotateTime,
			Packets:   o.RotateCount,
			Align:     o.Align,
			KeepFiles: o.KeepFiles,
			KeepBytes: o.KeepBytes,
			MaxBytes:  o.MaxBytes,
		},
	}
}

// severalFiles tells whether a rule may end one file before the run ends.
func (o *Options) severalFiles() bool {
	rules := o.rotation()
	return rules.Classic != (pcapfile.Classic{}) || rules.Series != (pcapfile.Series{})
}

// rotatesSeries reports whether an option of our own begins new files.
func (o *Options) rotatesSeries() bool {
	return o.RotateSize > 0 || o.RotateTime > 0 || o.RotateCount > 0
}

// checkWriting refuses options of our own about savefiles that do not go
// together.
func (o *Options) checkWriting() error {
	series, rotates := o.rotation().Series, o.rotatesSeries()
	switch {
	case o.WriteFile == nil && (series != pcapfile.Series{} || o.Format != "" || o.Comment != nil):
		return errorText("--rotate-..., --keep-..., --align, --max-bytes, --format and --comment are about a file: name it with -w")
	case o.Align && series.Every == 0:
		return errorText("--align is about --rotate-time: give that too")
	case (o.KeepFiles > 0 || o.KeepBytes > 0) && !rotates:
		return errorText("--keep-files and --keep-bytes are about several files: give --rotate-size, --rotate-time or --rotate-count too")
	case o.Comment != nil && !o.fileFormat().Pcapng:
		return errorText("a pcap file has no place for --comment: give --format pcapng, or -w a name that ends in .pcapng")
	}
	return nil
}

// textOf is the text of an option, "" when it was not given.
func textOf(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
