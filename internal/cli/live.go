package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/hosts"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// liveRun is a run that captures from devices.
type liveRun struct {
	*session
	chosen chosen
	follow follower       // nil: no --follow-interfaces
	places *openPlaces    // nil: all is where the program is, or a helper has them
	filter matcher        // of the packets
	merged *mergedFilter  // filter, where several devices may be captured from; else nil
	source liveSource     // of all of them
	own    *live.Live     // source, where the engine is our own; else nil
	remote *hosts.Capture // source, where it is on other hosts; else nil
	top    *top           // nil: no page that takes keys

	shown        uint64 // the number that showProgress showed last
	progressed   bool   // it has shown one
	outputFailed bool   // what packets go to could not be written
}

// liveSource is where captured packets come from, whatever the engine.
type liveSource interface {
	capture.Source
	Device() string
	Warnings() []string
	OnIdle(f func() error)
	Wake()
	Interrupt()
	Abandon()
}

// namedSource is one whose device is known.
type namedSource interface {
	capture.Source
	Device() string
}

// matcher is the part of a filter that is asked for each packet.
type matcher interface {
	match(pkt *capture.Packet) bool
}

// captureLive captures from the devices of -i, or lists what they can do.
func (s *session) captureLive() error {
	r := &liveRun{session: s}
	if s.plan.Device.Remote != nil {
		return r.captureRemote()
	}
	err := s.checkEngine()
	if err != nil {
		return err
	}
	if r.chosen, err = s.devices(); err != nil {
		return err
	}
	if drops, err := r.capturesDrops(); drops || err != nil {
		if err != nil {
			return err
		}
		return r.captureDrops()
	}
	if s.plan.Device.Engine == args.EngineGoPcap {
		return r.captureGoPcap()
	}
	if err := r.checkPlaces(s.plan.Device.Places); err != nil {
		return err
	}
	if s.plan.Device.Follow {
		if r.follow, err = r.newFollower(); err != nil {
			return err
		}
		defer r.follow.close()
	}
	defer func() { r.places.close() }()
	parts, err := r.openAll()
	if err != nil || parts == nil {
		return err
	}
	defer func() { closeAll(parts) }()
	if err := s.listen(); err != nil {
		return err
	}
	defer s.stopServing()
	if err := r.sameLinkType(devicesOf(parts)); err != nil {
		return err
	}
	s.findNetwork(parts[0].Device())
	started, err := r.startAll(parts)
	if err != nil || !started {
		return err
	}
	return r.run(func() ([]liveSource, error) {
		if r.follow != nil {
			r.follow.begin()
		}
		r.places.begin()
		return listed(parts), nil
	})
}

// devicesOf are what captures are from.
func devicesOf(parts []*live.Live) (all []capture.Interface) {
	for _, part := range parts {
		all = append(all, part.Interfaces()[0])
	}
	return all
}

// listed are captures as what packets come from.
func listed(parts []*live.Live) []liveSource {
	all := make([]liveSource, len(parts))
	for i, part := range parts {
		all[i] = part
	}
	return all
}

// findNetwork finds the network of -f, if that is given.
func (s *session) findNetwork(device string) {
	if !s.plan.Filter.Foreign {
		return
	}
	var err error
	if s.compiler.network, err = localNetwork(device); err != nil {
		s.warn("foreign (-f) flag used but: " + syserr.Text(err))
	}
}

// openAll opens what is to be captured from. It returns nothing when it only had
// to list something.
func (r *liveRun) openAll() (parts []*live.Live, err error) {
	if r.follow != nil {
		if parts, err = r.follow.open(); err != nil {
			return nil, err
		}
		if err = r.setID.Drop(true); err != nil {
			closeAll(parts)
		}
		return parts, err
	}
	spots, err := r.spots()
	if err != nil {
		return nil, err
	}
	if r.plan.Task == args.ListStampTypes {
		return nil, r.listStampTypes(spots)
	}
	if parts, err = r.openWithRights(spots); err != nil {
		return nil, err
	}
	err = r.setID.Drop(false)
	if err == nil && r.places != nil {
		r.places.watch(parts, spots)
	}
	lists := r.plan.Task == args.ListLinkTypes
	if err == nil && lists {
		r.listLinkTypes(parts, r.plan.Device.Monitor)
	}
	if err != nil || lists {
		closeAll(parts)
		return nil, err
	}
	return parts, nil
}

// openWithRights opens devices with what a set-UID program has beyond its user.
func (r *liveRun) openWithRights(spots []spot) (parts []*live.Live, err error) {
	err = r.setID.Use(func() error {
		parts, err = r.openDevices(spots)
		return err
	})
	return parts, err
}

// startAll lets packets in from all parts. It reports false when the filter was
// only to be printed.
func (r *liveRun) startAll(parts []*live.Live) (started bool, err error) {
	filters := make([]*deviceFilter, len(parts))
	for i, source := range parts {
		p, err := r.compileFor(source, compile.CaptureMode())
		if err != nil {
			return false, err
		}
		if r.plan.Dump != args.DumpNothing {
			return false, r.dumpProgram(p)
		}
		if filters[i], err = r.startDevice(source, source.Start, p); err != nil {
			return false, err
		}
		r.passWarnings(source)
	}
	if len(parts) == 1 && r.follow == nil {
		r.own, r.source, r.filter = parts[0], parts[0], filters[0]
		return true, nil
	}
	if r.own, err = live.Merge(parts); err != nil {
		return false, err
	}
	r.source = r.own
	if r.follow != nil {
		r.own.Await()
	}
	r.merged = &mergedFilter{through: r.own.Source}
	r.filter = r.merged
	for i, f := range filters {
		r.merged.add(i, f.vm)
	}
	return true, nil
}

// compileFor compiles the filter for a device.
func (r *liveRun) compileFor(source namedSource, mode compile.Mode) (*compiled, error) {
	return r.compiler.once(target{link: source.LinkType(), snapLen: source.SnapLen(), mode: mode, readers: r.hearsReaders(source.Device())})
}

// startDevice lets packets in that pass p, and returns what filters in the
// kernel's stead.
func (r *liveRun) startDevice(source namedSource, start func([]bpf.Instruction) (inKernel bool, err error), p *compiled) (*deviceFilter, error) {
	inKernel, err := start(p.Instructions)
	if inKernel || err != nil {
		return &deviceFilter{}, err // what does not pass is not seen
	}
	// Without what only the kernel knows of a packet.
	if p, err = r.compileFor(source, compile.SavefileMode(false)); err != nil {
		return nil, err
	}
	f := &deviceFilter{vm: p.vm, missed: r.compiler.newMissed()}
	f.missed.watch(p)
	return f, nil
}

// run takes what is captured to where it goes. begin is called when all is ready;
// it returns the devices.
func (r *liveRun) run(begin func() ([]liveSource, error)) error {
	defer r.analysis.end()
	r.startOwners()
	r.places.tellOwners()
	if err := r.startVerdicts(); err != nil {
		return err
	}
	if r.analysis != nil && r.analysis.owners != nil {
		r.analysis.owners.names = &interfaceNames{source: r.source}
	}
	if err := r.dropPrivileges(); err != nil {
		return err
	}
	r.events.listen(listening{
		live:     true,
		tick:     r.plan.Running.Progress || r.refreshesTop() || r.plan.Flows() != nil || r.plan.Recorder() != nil, // flows and incidents end in time
		pulse:    r.triggerPulse(),
		duration: r.plan.Running.Duration,
		wake:     r.source.Wake,
		stop:     r.source.Interrupt,
		abandon:  r.source.Abandon,
	})
	r.events.handle()
	if err := r.openSinks(opening{
		head: pcapfile.Header{
			LinkType: r.source.LinkType(),
			SnapLen:  r.source.SnapLen(),
			Nano:     r.plan.Precision == args.Nanoseconds,
		},
		src:        r.source,
		interfaces: r.merged != nil || r.remote != nil,
	}); err != nil {
		return err
	}
	r.openTop()
	r.confine(r.source, nil)
	r.letReadersIn()
	devices, err := begin()
	if err != nil {
		return err
	}
	if err := r.announceDevices(devices); err != nil {
		return err
	}
	return r.deliver()
}

// deliver delivers packets until a signal, -c or an error ends it, and prints the
// counts.
func (r *liveRun) deliver() error {
	if r.inspect != nil {
		r.inspect.began = time.Now()
	}
	r.source.OnIdle(r.whileIdle)
	var err error
	if file := r.sinks.file; file != nil {
		// Whatever ends the program, the file is one that can be read.
		err = file.write()
	}
	if err == nil {
		err = r.loopOnScreen()
	}
	if r.remote != nil {
		r.remote.Finish()
	}
	r.endLine()
	if err = alsoFailed(err, r.closeSinks()); err != nil {
		r.outputFailed = r.outputFailed || !errors.Is(err, errReaderGone)
		r.complain(err)
	}
	r.printCounts(false)
	r.sayHint(r.missed())
	return nil
}

// loopOnScreen is loop, with the page that takes keys, if there is one.
func (r *liveRun) loopOnScreen() error {
	defer r.top.close()
	if err := r.top.begin(); err != nil {
		return err
	}
	src := r.owned(r.source)
	if w := r.copiesInto(src); w != nil {
		return r.copy(w)
	}
	return r.loop(src, r)
}

// missed is what is known of packets that do not match, where they are seen.
func (r *liveRun) missed() *missed {
	if f, ok := r.filter.(*deviceFilter); ok {
		return f.missed
	}
	return nil
}

// match implements course.
func (r *liveRun) match(pkt *capture.Packet) bool { return r.filter.match(pkt) }

// handle implements course. The source ends by itself, with what it has received.
func (r *liveRun) handle(events uint32) (stop bool, err error) {
	if events&eventInfo != 0 {
		r.printCounts(true)
	}
	if events&eventTick != 0 {
		switch {
		case r.top != nil:
			if err := r.top.tick(); err != nil {
				return true, err
			}
		case r.refreshesTop():
			if err := r.inspect.refresh(&r.out); err != nil {
				return true, err
			}
		case r.plan.Running.Progress:
			r.showProgress()
		}
	}
	if events&eventScreen != 0 {
		if err := r.top.handleKeys(); err != nil {
			return true, err
		}
	}
	if events&eventDevices != 0 {
		if r.follow != nil {
			r.follow.update()
		}
		r.places.update()
	}
	return false, nil
}

// goesOn implements course: the capture goes on although an interface has gone,
// which it says.
func (r *liveRun) goesOn(err error) bool {
	if r.remote != nil {
		return r.goesOnRemotely(err)
	}
	var e *live.Error
	if !errors.As(err, &e) || !e.GoesOn {
		return false
	}
	if r.follow != nil {
		r.say("%s: %s; waiting for it to come back\n", r.name, e)
		r.follow.lose(e.Device)
		return true
	}
	r.complain(fmt.Errorf("%w; the capture goes on with the others", e))
	return true
}

// printCounts prints how many packets there were: on one line when asked for
// by a signal, at the end on three.
func (r *liveRun) printCounts(oneLine bool) {
	if r.remote != nil {
		r.printRemoteCounts(oneLine)
		return
	}
	c, err := r.counts()
	if err != nil {
		r.say("pcap_stats: %s\n", syserr.Text(err))
		return
	}
	if r.leash != nil && !oneLine {
		r.leash.Counts(r.captured, c.Stats, r.countsOfEach())
		r.adviseOnLosses(c.Stats)
		return
	}
	if r.ipscap && !oneLine && !r.traces(1) {
		r.adviseOnLosses(c.Stats)
		return
	}
	prefix, between := "", "\n"
	if oneLine {
		prefix, between = r.name+": ", ", "
	}
	r.say("%s%s\n", prefix, strings.Join(c.lines(r.captured), between))
	if !oneLine {
		r.adviseOnOrder()
		r.adviseOnCut()
		r.adviseOnLosses(c.Stats)
	}
}

// counts are those of the engine, if it has any.
type counts struct {
	capture.Stats
	known bool
}

func (r *liveRun) counts() (counts, error) {
	if counted, ok := r.source.(interface{ Stats() capture.Stats }); ok {
		return counts{counted.Stats(), true}, nil
	}
	if r.own == nil {
		return counts{}, nil
	}
	st, err := r.own.Stats()
	return counts{st, true}, err
}

// lines say how many packets there were.
func (c counts) lines(captured uint64) []string {
	all := []string{fmt.Sprintf("%d packet%s captured", captured, plural(captured))}
	if !c.known {
		return append(all, "packets received by filter: unknown", "packets dropped by kernel: unknown")
	}
	all = append(all,
		fmt.Sprintf("%d packet%s received by filter", c.Received, plural(c.Received)),
		fmt.Sprintf("%d packet%s dropped by kernel", c.Dropped, plural(c.Dropped)))
	if c.IfDropped > 0 {
		all = append(all, fmt.Sprintf("%d packet%s dropped by interface", c.IfDropped, plural(c.IfDropped)))
	}
	return all
}

// adviseOnOrder says how many packets of several interfaces or workers are out of
// order, if any are.
func (r *liveRun) adviseOnOrder() {
	if r.own == nil {
		return
	}
	if late := r.own.Late(); late.Packets > 0 {
		r.sayLate(late.Packets, late.By)
	}
}

// adviseOnCut says how many packets are not whole for want of room, if any are.
func (r *liveRun) adviseOnCut() {
	if r.own == nil {
		return
	}
	if n := r.own.Cut(); n > 0 {
		r.say("%s: packets cut: %d, as there was no room for the rest (try a larger buffer with -B, or no --immediate-mode)\n", r.name, n)
	}
}

func (r *liveRun) sayLate(packets uint64, by time.Duration) {
	r.say("%s: %d packet%s came too late to be put in order, by %s at most\n", r.name, packets, plural(packets), by)
}

// adviseOnLosses says in one line where packets were lost, if any were, and
// what to do.
func (r *liveRun) adviseOnLosses(st capture.Stats) {
	var lost []string
	if st.Dropped > 0 {
		lost = append(lost, fmt.Sprintf("%d in the kernel's buffer, read too slowly (try a larger one with -B, a filter, a smaller -s, or -w instead of printing)", st.Dropped))
	}
	if st.IfDropped > 0 {
		lost = append(lost, fmt.Sprintf("%d in the interface, which was out of buffers (ethtool -G makes more)", st.IfDropped))
	}
	if r.outputFailed {
		some := "all"
		if r.captured > 0 {
			some = fmt.Sprintf("some of the %d captured and all that followed", r.captured)
		}
		lost = append(lost, some+", as our own output failed (write to where there is room)")
	}
	if lost != nil {
		r.say("%s: packets lost: %s\n", r.name, strings.Join(lost, "; "))
	}
}

// showProgress shows the number of packets so far over the last one, when it has
// changed.
func (r *liveRun) showProgress() {
	if !r.progressed || r.shown != r.captured {
		r.sayAsItIs(fmt.Appendf(nil, "Got %d\r", r.captured))
		r.shown, r.progressed = r.captured, true
	}
}
