package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// captureLive captures from the devices of -i.
func (c *command) captureLive() error {
	o := c.opts
	given, err := c.devices()
	if err != nil {
		return err
	}
	if o.FollowInterfaces && !o.ListStampTypes && !o.ListLinkTypes && o.DumpFilter == 0 {
		if c.follow, err = c.newFollower(given); err != nil {
			return err
		}
		defer c.follow.close()
	}
	parts, err := c.openAll(given)
	if err != nil || parts == nil {
		return err
	}
	defer func() {
		for _, live := range parts {
			live.Close()
		}
	}()
	if err := c.sameLinkType(parts[0].Interfaces()[0], parts[1:]...); err != nil {
		return err
	}
	if o.Foreign {
		if c.network, err = localNetwork(parts[0].Device()); err != nil {
			c.warn("foreign (-f) flag used but: " + syserr.Text(err))
		}
	}
	live, err := c.startAll(parts)
	if err != nil || live == nil {
		return err
	}
	if err := c.dropPrivileges(); err != nil {
		return err
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
	if c.follow != nil {
		c.follow.begin(live, parts)
	}
	return c.runLive(live)
}

// openAll opens what is to be captured from. It returns nothing when it only had
// to list something.
func (c *command) openAll(given []string) (parts []*live.Live, err error) {
	var names []string
	if c.follow != nil {
		names, err = c.follow.await()
	} else {
		names, err = c.expandDevices(given)
	}
	if err != nil {
		return nil, err
	}
	if c.opts.ListStampTypes {
		return nil, c.listStampTypes(names)
	}
	err = c.setID.Use(func() error {
		parts, err = c.openDevices(names)
		return err
	})
	if err == nil {
		err = c.setID.Drop(c.opts.FollowInterfaces)
	}
	if err == nil && c.opts.ListLinkTypes {
		c.listLinkTypes(parts)
	}
	if err != nil || c.opts.ListLinkTypes {
		for _, live := range parts {
			live.Close()
		}
		return nil, err
	}
	return parts, nil
}

// startAll lets packets in, and returns the capture of all parts: nothing when the
// filter was only to be printed.
func (c *command) startAll(parts []*live.Live) (*live.Live, error) {
	vms := make([]*bpf.VM, len(parts))
	for i, live := range parts {
		vm, err := c.startDevice(live)
		if err != nil || c.opts.DumpFilter > 0 {
			return nil, err
		}
		vms[i] = vm
		c.passWarnings(live)
	}
	c.filter.vm = vms[0]
	if len(parts) == 1 && c.follow == nil {
		return parts[0], nil
	}
	live, err := live.Merge(parts)
	if err != nil {
		return nil, err
	}
	if c.follow != nil {
		live.Await()
	}
	c.filter.missed = nil // what does not pass is not seen of all devices
	c.filter.through = live.Source
	for i, vm := range vms {
		c.filter.addInterface(i, vm)
	}
	return live, nil
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

// startDevice compiles the filter for a device and lets packets in, or prints the
// filter. vm is what filters in the kernel's stead; nil where it is not needed.
func (c *command) startDevice(live *live.Live) (vm *bpf.VM, err error) {
	t := target{link: live.LinkType(), snapLen: live.SnapLen(), mode: liveMode()}
	if err := c.compile(t); err != nil {
		return nil, err
	}
	if c.opts.DumpFilter > 0 {
		return nil, c.dumpProgram()
	}
	inKernel, err := live.Start(c.filter.prog)
	if inKernel {
		c.filter.missed = nil // what does not pass is not seen
	}
	if inKernel || err != nil {
		return nil, err
	}
	t.mode = savefileMode(false) // without what only the kernel knows of a packet
	err = c.compile(t)
	return c.filter.vm, err
}

// runLive delivers packets until a signal, -c or an error ends it, and prints
// the counts.
func (c *command) runLive(live *live.Live) error {
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

// printCounts prints how many packets there were: on one line when asked for
// by a signal, at the end on three.
func (c *command) printCounts(live *live.Live, oneLine bool) {
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
		c.adviseOnOrder(live.Late())
		c.adviseOnLosses(st)
	}
}

// adviseOnOrder says how many packets of several interfaces or workers are out of
// order, if any are.
func (c *command) adviseOnOrder(late live.Late) {
	if late.Packets > 0 {
		c.say("%s: %d packet%s came too late to be put in order, by %s at most\n",
			c.name, late.Packets, plural(late.Packets), late.By)
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
