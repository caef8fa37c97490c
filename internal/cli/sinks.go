package cli

import (
	"errors"
	"net"
	"syscall"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
)

// openSinks opens what the packets of src go to: a savefile with the given
// header, lines on the standard output, or both.
func (c *command) openSinks(head pcapfile.Header, src capture.Source) error {
	o := c.opts
	if c.inspect != nil {
		if err := c.openDumps(); err != nil {
			return err
		}
		c.inspect.started = true
	}
	if c.printsLines() || c.printsViews() {
		c.ifnames = &interfaceNames{source: src}
		c.openLines()
	}
	if o.WriteFile == nil {
		return nil
	}
	return c.openWriter(head, src)
}

// printerOptions is what the command line says about lines.
func (c *command) printerOptions() printer.Options {
	o := c.opts
	p := printer.Options{
		Verbose:     o.Verbose,
		LinkHeader:  o.LinkHeader,
		Quick:       o.Quick,
		NoNames:     o.Numeric > 0,
		Names:       c.names(),
		NoDomain:    o.NoDomain,
		ASDot:       o.ASDot,
		OneLine:     o.OneLine,
		NoChecksum:  o.NoChecksums,
		AbsoluteSeq: o.AbsoluteSeq,
		RawHandles:  o.NFSHandles,
		Mesh:        o.Mesh,
		Hex:         o.Hex,
		HexASCII:    o.HexASCII,
		ASCII:       o.ASCII,
		Number:      o.Number,
		TimeFormat:  o.TimeStamps,
		Nano:        o.Precision == nanoseconds,
		Location:    c.location(),
		Type:        o.PacketType,
		Foreign:     o.Foreign,
		TCPSecret:   textOf(o.TCPSecret),
		ESPSecret:   c.secrets,
		Tolerant:    true,

		NameInterfaces:  c.namesInterfaces(),
		SourceInterface: c.ifnames.name,
		InterfaceName:   c.host.interfaceName,

		Warn: func(message string) { c.say("%s: %s\n", c.name, message) },
	}
	if c.outOnTerminal || c.inspect != nil && c.inspect.terminal {
		p.Escape = detail.MakeVisible
	}
	if c.network.IsValid() {
		p.LocalNet = c.network.Addr().As4()
		p.LocalMask = [4]byte(net.CIDRMask(c.network.Bits(), 32))
	}
	return p
}

// deliver hands a packet to the sinks.
func (c *command) deliver(pkt *capture.Packet) error {
	if c.writer != nil {
		if err := c.writer.Write(pkt); err != nil {
			return c.outputError(err)
		}
	}
	if c.lines != nil {
		c.ifnames.know(pkt.Interface)
		return c.lines.print(pkt)
	}
	return nil
}

// whileIdle writes what was gathered. It is called when the source has no more
// packets for now, so that nobody waits for one, or for a line.
func (c *command) whileIdle() error {
	c.idleErr = c.flushWriter()
	if err := c.flushLines(); c.idleErr == nil {
		c.idleErr = err
	}
	return c.idleErr
}

// flushWriter writes packets that were gathered for a savefile. For a compressed
// one only -U asks for that: as a rule these are written in their own time.
func (c *command) flushWriter() error {
	switch {
	case c.writer == nil:
		return nil
	case c.opts.PacketBuffered:
		return c.outputError(c.writer.Flush())
	}
	return c.outputError(c.writer.Idle())
}

// flushLines writes lines that were gathered.
func (c *command) flushLines() error {
	if c.lines != nil {
		return c.lines.flush()
	}
	return c.out.flush()
}

// closeSinks writes all that is left.
func (c *command) closeSinks() error {
	var err error
	conversations := uint64(0) // that were forgotten
	if c.lines != nil {
		err = c.lines.close()
		conversations = c.lines.forgotten()
		c.lines = nil
	} else {
		err = c.out.flush()
	}
	if err == nil {
		err = c.finishInspection()
	}
	c.sayLosses(conversations)
	if c.writer == nil {
		return err
	}
	w := c.writer
	c.writer = nil
	err = alsoFailed(err, c.outputError(w.Close()))
	c.tellOmitted(w)
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

// outputError replaces the writer's error if it is about our standard output,
// whose reader has gone.
func (c *command) outputError(err error) error {
	var failed *pcapfile.WriteError
	if errors.As(err, &failed) && failed.Name == standardOutput && errors.Is(err, syscall.EPIPE) {
		return errReaderGone
	}
	return err
}
