package cli

import (
	"errors"
	"net"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
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
		Warn:        func(message string) { c.say("%s: %s\n", c.name, message) },

		InterfaceName: c.host.interfaceName,
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
		return c.lines.print(pkt)
	}
	return nil
}

// flush writes what was gathered. It is called when the source has no more
// packets for now, so that nobody waits for a line; of a savefile only -U asks
// for that.
func (c *command) flush() error {
	if c.writer != nil && c.opts.PacketBuffered {
		if err := c.writer.Flush(); err != nil {
			return c.outputError(err)
		}
	}
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
	if err != nil {
		c.outputFailed = c.outputFailed || !errors.Is(err, errReaderGone)
		c.complain(err)
	}
	w := c.writer
	c.writer = nil
	err = c.outputError(w.Close())
	if c.runner != nil {
		if rerr := c.runner.Close(); rerr != nil {
			c.warn("-z: " + rerr.Error())
		}
		c.runner = nil
	}
	return err
}

// outputError replaces the writer's error if it is about our standard output,
// whose reader may have gone.
func (c *command) outputError(err error) error {
	if err != nil && c.out.err == errReaderGone {
		return errReaderGone
	}
	return err
}
