package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

// captureLive captures from a device.
func (c *command) captureLive() error {
	o := c.opts
	device, err := c.device()
	if err != nil {
		return err
	}
	if o.ListStampTypes {
		return c.listStampTypes(device)
	}
	live, err := capture.Open(device, capture.Config{
		SnapLen:       o.SnapLen,
		Promiscuous:   !o.NoPromiscuous,
		Monitor:       o.Monitor,
		Direction:     o.Direction,
		BufferSize:    o.BufferSize,
		Immediate:     o.Immediate,
		TimestampType: o.StampType,
	})
	if err != nil {
		return err
	}
	defer live.Close()
	warned := c.passWarnings(live, 0)
	if o.ListLinkTypes {
		return c.listLinkTypes(live)
	}
	if o.LinkType != nil {
		if err := live.SetLinkType(*o.LinkType); err != nil {
			return err
		}
		c.say("%s: data link type %s\n", c.name, o.LinkType)
	}
	if o.Foreign {
		if c.network, err = localNetwork(live.Device()); err != nil {
			c.warn("foreign (-f) flag used but: " + err.Error())
		}
	}
	if err := c.compile(target{link: live.LinkType(), snapLen: live.SnapLen()}); err != nil {
		return err
	}
	if o.DumpFilter > 0 {
		return c.dumpProgram()
	}
	inKernel, err := live.Start(c.filter.prog)
	if err != nil {
		return err
	}
	c.passWarnings(live, warned)
	if inKernel {
		c.filter.vm = nil
	}
	if err := c.openSinks(pcapfile.Header{
		LinkType: live.LinkType(),
		SnapLen:  live.SnapLen(),
		Nano:     o.Precision == nanoseconds,
	}); err != nil {
		return err
	}
	c.announceDevice(live)
	return c.runLive(live)
}

// runLive delivers packets until a signal, -c or an error ends it, and prints
// the counts.
func (c *command) runLive(live *capture.Live) error {
	progress := c.opts.Verbose > 0 && c.writer != nil && c.printer == nil
	c.events.listen(true, progress, live.Wake, live.Interrupt)
	defer c.events.close()
	live.OnIdle(c.flush)
	err := c.loop(live)
	if c.interrupted() {
		c.endLine()
	}
	if err := errors.Join(err, c.closeSinks()); err != nil {
		c.complain(err)
	}
	c.printCounts(live, false)
	return nil
}

// device is the name or number given with -i, else the first device there is.
func (c *command) device() (string, error) {
	if c.opts.Interface != nil {
		return *c.opts.Interface, nil
	}
	devices, err := capture.Devices()
	if err != nil {
		return "", err
	}
	if len(devices) == 0 {
		return "", errorText("no interfaces available for capture")
	}
	return devices[0].Name, nil
}

// passWarnings prints the warnings of a device from number on, and returns how
// many there are.
func (c *command) passWarnings(live *capture.Live, number int) int {
	all := live.Warnings()
	for _, w := range all[number:] {
		c.warn(w)
	}
	return len(all)
}

// announceDevice says what is captured from.
func (c *command) announceDevice(live *capture.Live) {
	c.say("%s: ", c.name)
	if c.opts.Verbose == 0 && c.opts.WriteFile == nil {
		c.say("verbose output suppressed, use -v[v]... for full protocol decode\n")
	}
	c.say("listening on %s%s, snapshot length %d bytes\n", live.Device(), describeLinkType(live.LinkType()), live.SnapLen())
}

// printCounts prints how many packets there were: on one line when asked for
// by a signal, at the end on three.
func (c *command) printCounts(live *capture.Live, oneLine bool) {
	st, err := live.Stats()
	if err != nil {
		c.say("pcap_stats: %s\n", err)
		return
	}
	prefix, between := "", "\n"
	if oneLine {
		prefix, between = c.name+": ", ", "
	}
	c.say("%s%d packet%s captured%s%d packet%s received by filter%s%d packet%s dropped by kernel",
		prefix, c.captured, plural(c.captured), between, st.Received, plural(st.Received), between, st.Dropped, plural(st.Dropped))
	if st.IfDropped > 0 {
		c.say("%s%d packet%s dropped by interface", between, st.IfDropped, plural(st.IfDropped))
	}
	c.say("\n")
}

// printProgress prints the number of packets so far over the last such line,
// when it has changed.
func (c *command) printProgress() {
	if c.progress == nil || *c.progress != c.captured {
		c.say("Got %d\r", c.captured)
		shown := c.captured
		c.progress = &shown
	}
}

// listInterfaces prints what there is to capture from, with the numbers that
// -i takes.
func (c *command) listInterfaces() error {
	devices, err := capture.Devices()
	if err != nil {
		return err
	}
	for i := range devices {
		c.out.buf = fmt.Appendf(c.out.buf, "%d.%s\n", i+1, &devices[i])
	}
	return nil
}

func (c *command) listStampTypes(device string) error {
	types, err := capture.TimestampTypes(device)
	if err != nil {
		return err
	}
	if len(types) == 0 {
		c.say("Time stamp type cannot be set for %s\n", device)
		return nil
	}
	c.out.buf = fmt.Appendf(c.out.buf, "Time stamp types for %s (use option -j to set):\n", device)
	for _, t := range types {
		c.out.buf = fmt.Appendf(c.out.buf, "  %s (%s)\n", t, t.Description())
	}
	return nil
}

func (c *command) listLinkTypes(live *capture.Live) error {
	c.out.buf = fmt.Appendf(c.out.buf, "Data link types for %s (use option -y to set):\n", live.Device())
	for _, l := range live.LinkTypes() {
		unprintable := ""
		if !printable(l) {
			unprintable = " (printing not supported)"
		}
		if l.Name() == "" {
			c.out.buf = fmt.Appendf(c.out.buf, "  DLT %d%s\n", uint32(l), unprintable)
		} else {
			c.out.buf = fmt.Appendf(c.out.buf, "  %s (%s)%s\n", l.Name(), l.Description(), unprintable)
		}
	}
	return nil
}

// printable asks the printer whether it knows a link type.
func printable(l capture.LinkType) bool {
	line := printer.New(printer.Options{NoNames: true, TimeFormat: 1}).Print(nil, &capture.Packet{
		LinkType: l, Data: []byte{0}, Length: 1,
	})
	return !bytes.HasPrefix(line, []byte("UNSUPPORTED"))
}

// localNetwork is the network of -f: the device's first IPv4 network.
func localNetwork(device string) (netip.Prefix, error) {
	devices, err := capture.Devices()
	if err != nil {
		return netip.Prefix{}, err
	}
	for i := range devices {
		if devices[i].Name != device {
			continue
		}
		for _, p := range devices[i].Addresses {
			if p.Addr().Is4() {
				return p.Masked(), nil
			}
		}
	}
	return netip.Prefix{}, errorText(device + ": no IPv4 address assigned")
}
