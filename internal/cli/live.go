package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

// captureLive captures from the devices of -i.
func (c *command) captureLive() error {
	o := c.opts
	devices, err := c.devices()
	if err != nil {
		return err
	}
	if o.ListStampTypes {
		return c.listStampTypes(devices)
	}
	var parts []*capture.Live
	closeAll := func() {
		for _, live := range parts {
			live.Close()
		}
	}
	defer func() { closeAll() }()
	err = c.setID.Use(func() error {
		for _, device := range devices {
			live, err := c.openDevice(device)
			if err != nil {
				return err
			}
			parts = append(parts, live)
		}
		return nil
	})
	if err == nil {
		err = c.setID.Drop()
	}
	if err != nil {
		return err
	}
	if o.ListLinkTypes {
		c.listLinkTypes(parts)
		return nil
	}
	if err := c.sameLinkType(parts); err != nil {
		return err
	}
	if o.Foreign {
		if c.network, err = localNetwork(parts[0].Device()); err != nil {
			c.warn("foreign (-f) flag used but: " + syserr.Text(err))
		}
	}
	for i, live := range parts {
		if err := c.startDevice(live, i, len(parts)); err != nil || o.DumpFilter > 0 {
			return err
		}
		c.passWarnings(live)
	}
	if err := c.dropPrivileges(); err != nil {
		return err
	}
	live := parts[0]
	if len(parts) > 1 {
		if live, err = capture.Merge(parts); err != nil {
			return err
		}
		closeAll = func() { live.Close() }
	}
	c.events.listen(listening{
		live:     true,
		tick:     o.Verbose > 0 && o.WriteFile != nil && !o.Print || c.refreshesTop(),
		duration: o.Duration,
		wake:     live.Wake,
		stop:     live.Interrupt,
		abandon:  live.Abandon,
	})
	c.events.handle()
	if err := c.openSinks(pcapfile.Header{
		LinkType: live.LinkType(),
		SnapLen:  live.SnapLen(),
		Nano:     o.Precision == nanoseconds,
	}, live); err != nil {
		return err
	}
	if err := c.announceDevices(parts); err != nil {
		return err
	}
	c.confine(live, nil)
	return c.runLive(live)
}

// holdBack is how long the kernel may hold back packets, 0 for as long as goes
// unnoticed. It hands over a block then, however little is in it, and has so
// many: where nobody waits for a packet, a longer time keeps a quiet link's
// while a slow disk or name server holds us up.
func (o *Options) holdBack() time.Duration {
	toFile := o.WriteFile != nil && *o.WriteFile != "-" && !o.Print
	if !toFile || o.PacketBuffered || o.rotation().Series != (pcapfile.Series{}) || o.inspecting() {
		return 0
	}
	if len(o.Interfaces) > 1 || o.Workers > 1 {
		return mergedHoldBack
	}
	return fileHoldBack
}

// fileHoldBack is the time where packets go into a file alone. Where several
// sources are merged, a packet waits twice as long: until it is handed over, and
// until it is known that no other source holds an earlier one.
const (
	fileHoldBack   = 250 * time.Millisecond
	mergedHoldBack = 125 * time.Millisecond
)

// openDevice opens a device as the command line asks.
func (c *command) openDevice(device string) (*capture.Live, error) {
	o := c.opts
	live, err := capture.Open(device, capture.Config{
		SnapLen:       o.SnapLen,
		Promiscuous:   !o.NoPromiscuous,
		Monitor:       o.Monitor,
		Direction:     o.Direction,
		BufferSize:    o.BufferSize,
		Immediate:     o.Immediate,
		Timeout:       o.holdBack(),
		TimestampType: o.StampType,
		Workers:       o.Workers,
	})
	if err != nil {
		return nil, err
	}
	c.passWarnings(live)
	if o.LinkType != nil && !o.ListLinkTypes {
		if err := live.SetLinkType(*o.LinkType); err != nil {
			live.Close()
			return nil, err
		}
		c.say("%s: data link type %s\n", c.name, o.LinkType)
	}
	return live, nil
}

// sameLinkType refuses to write packets of several link types into a file that
// has one.
func (c *command) sameLinkType(parts []*capture.Live) error {
	if c.opts.WriteFile == nil || c.opts.fileFormat().Pcapng {
		return nil
	}
	for _, live := range parts[1:] {
		if live.LinkType() != parts[0].LinkType() {
			return errorText(fmt.Sprintf("a pcap file cannot hold packets of both %s (%s) and %s (%s)\nWrite pcapng (--format pcapng), or capture from \"any\".",
				parts[0].Device(), parts[0].LinkType(), live.Device(), live.LinkType()))
		}
	}
	return nil
}

// startDevice compiles the filter for number i of n devices and lets packets
// in, or prints the filter.
func (c *command) startDevice(live *capture.Live, i, n int) error {
	t := target{link: live.LinkType(), snapLen: live.SnapLen(), mode: liveMode()}
	if err := c.compile(t); err != nil {
		return err
	}
	if c.opts.DumpFilter > 0 {
		return c.dumpProgram()
	}
	inKernel, err := live.Start(c.filter.prog)
	if err != nil {
		return err
	}
	var vm *bpf.VM
	if !inKernel {
		t.mode = savefileMode(false) // without what only the kernel knows of a packet
		if err := c.compile(t); err != nil {
			return err
		}
		vm = c.filter.vm
	}
	if inKernel || n > 1 {
		c.filter.missed = nil // what does not pass is not seen, or not of all devices
	}
	if n == 1 {
		c.filter.vm = vm
		return nil
	}
	c.filter.vm = nil
	if c.filter.byInterface == nil {
		c.filter.byInterface = make([]*bpf.VM, n)
	}
	c.filter.byInterface[i] = vm
	return nil
}

// runLive delivers packets until a signal, -c or an error ends it, and prints
// the counts.
func (c *command) runLive(live *capture.Live) error {
	if c.inspect != nil {
		c.inspect.began = time.Now()
	}
	live.OnIdle(c.whileIdle)
	var err error
	if c.writer != nil {
		// Whatever ends the program, the file is one that can be read.
		err = c.outputError(c.writer.Flush())
	}
	if err == nil {
		err = c.loop(live)
	}
	c.endLine()
	if err = alsoFailed(err, c.closeSinks()); err != nil {
		c.outputFailed = c.outputFailed || !errors.Is(err, errReaderGone)
		c.complain(err)
	}
	c.printCounts(live, false)
	c.sayHint()
	return nil
}

// devices are the names or numbers given with -i, else the first device there
// is.
func (c *command) devices() ([]string, error) {
	if c.opts.Interfaces != nil {
		return c.opts.Interfaces, nil
	}
	devices, err := capture.Devices()
	if err != nil {
		return nil, err
	}
	if len(devices) == 0 {
		return nil, errorText("no interfaces available for capture")
	}
	if c.ipscap {
		name := ipscapDevice(devices)
		// All interfaces at once cannot be made promiscuous.
		c.opts.NoPromiscuous = c.opts.NoPromiscuous || name == anyDevice
		return []string{name}, nil
	}
	return []string{devices[0].Name}, nil
}

// passWarnings prints the warnings of a device, each only once.
func (c *command) passWarnings(live *capture.Live) {
	if c.warned == nil {
		c.warned = make(map[string]bool)
	}
	for _, w := range live.Warnings() {
		if !c.warned[w] {
			c.warned[w] = true
			c.warn(w)
		}
	}
}

// announceDevices says what is captured from.
func (c *command) announceDevices(all []*capture.Live) error {
	if c.ipscap && textOf(c.opts.WriteFile) != "-" && c.opts.Stats != "json" && c.opts.Stats != "csv" {
		if err := c.announceIPScap(); err != nil {
			return err
		}
	}
	if c.ipscap && c.diagnostics.level < 2 {
		return nil
	}
	c.say("%s: ", c.name)
	if c.opts.Verbose == 0 && c.opts.WriteFile == nil && (c.inspect == nil || c.printsLines()) {
		c.say("verbose output suppressed, use -v[v]... for full protocol decode\n")
	}
	for _, live := range all {
		c.say("listening on %s%s, snapshot length %d bytes\n", live.Device(), describeLinkType(live.LinkType()), live.SnapLen())
	}
	return nil
}

// printCounts prints how many packets there were: on one line when asked for
// by a signal, at the end on three.
func (c *command) printCounts(live *capture.Live, oneLine bool) {
	st, err := live.Stats()
	if err != nil {
		c.say("pcap_stats: %s\n", syserr.Text(err))
		return
	}
	if c.ipscap && !oneLine && c.diagnostics.level < 1 {
		c.adviseOnLosses(st)
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
	if !oneLine {
		c.adviseOnLosses(st)
	}
}

// adviseOnLosses says in one line where packets were lost, if any were, and
// what to do.
func (c *command) adviseOnLosses(st capture.Stats) {
	var lost []string
	if st.Dropped > 0 {
		lost = append(lost, fmt.Sprintf("%d in the kernel's buffer, read too slowly (try a larger one with -B, a filter, a smaller -s, or -w instead of printing)", st.Dropped))
	}
	if st.IfDropped > 0 {
		lost = append(lost, fmt.Sprintf("%d in the interface, which was out of buffers (ethtool -G makes more)", st.IfDropped))
	}
	if c.outputFailed {
		some := "all"
		if c.captured > 0 {
			some = fmt.Sprintf("some of the %d captured and all that followed", c.captured)
		}
		lost = append(lost, some+", as our own output failed (write to where there is room)")
	}
	if lost != nil {
		c.say("%s: packets lost: %s\n", c.name, strings.Join(lost, "; "))
	}
}

// printProgress prints the number of packets so far over the last such line,
// when it has changed.
func (c *command) printProgress() {
	if c.progress == nil || *c.progress != c.captured {
		c.sayAsItIs(fmt.Appendf(nil, "Got %d\r", c.captured))
		shown := c.captured
		c.progress = &shown
	}
}

// listInterfaces prints what there is to capture from, with the numbers that
// -i takes, and with -v the addresses.
func (c *command) listInterfaces() error {
	devices, err := capture.Devices()
	if err != nil {
		return err
	}
	for i := range devices {
		c.out.buf = fmt.Appendf(c.out.buf, "%d.%s\n", i+1, &devices[i])
		if c.opts.Verbose > 0 {
			for _, p := range devices[i].Addresses {
				c.out.buf = fmt.Appendf(c.out.buf, "\t%s\n", p)
			}
		}
	}
	return nil
}

func (c *command) listStampTypes(devices []string) error {
	for _, device := range devices {
		types, err := capture.TimestampTypes(device)
		if err != nil {
			return err
		}
		c.out.buf = fmt.Appendf(c.out.buf, "Time stamp types for %s (use option -j to set):\n", device)
		for _, t := range types {
			c.out.buf = fmt.Appendf(c.out.buf, "  %s (%s)\n", t, t.Description())
		}
	}
	return nil
}

func (c *command) listLinkTypes(all []*capture.Live) {
	for _, live := range all {
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
	}
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
