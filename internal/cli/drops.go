package cli

import (
	"fmt"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/probes"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/syserr"
)

// capturesDrops reports whether packets are to be captured that the kernel throws away:
// that is asked for by a name that no interface has.
func (r *liveRun) capturesDrops() (bool, error) {
	asked := false
	for _, name := range r.chosen.names {
		asked = asked || name == args.Drops
	}
	if !asked {
		return false, nil
	}
	devices, err := live.Devices()
	if err != nil {
		return false, err
	}
	for i := range devices {
		if devices[i].Name == args.Drops {
			return false, nil
		}
	}
	if len(r.chosen.names) > 1 {
		return false, errorText("-i drops is captured from alone: leave the other -i out")
	}
	return true, nil
}

// captureDrops captures packets that the kernel throws away, or lists what there is to
// choose.
func (r *liveRun) captureDrops() error {
	if err := r.checkDrops(); err != nil {
		return err
	}
	if r.plan.Task == args.ListStampTypes {
		r.out.buf = appendStampTypes(r.out.buf, args.Drops, []capture.TimestampType{capture.TimestampHost})
		return nil
	}
	if r.plan.Task == args.ListLinkTypes {
		r.appendLinkTypes(args.Drops, []capture.LinkType{capture.LinkLINUX_SLL2})
		return nil
	}
	var source *probes.DropSource
	err := r.setID.Use(func() (err error) {
		source, err = probes.OpenDrops(r.plan.Device.SnapLen, r.plan.Device.Buffer)
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: packets that the kernel throws away cannot be seen: %w", args.Drops, syserr.Worded(err))
	}
	defer source.Close()
	if err := r.setID.Drop(false); err != nil {
		return err
	}
	p, err := r.compileFor(source, compile.SavefileMode(false))
	if err != nil {
		return err
	}
	if r.plan.Dump != args.DumpNothing {
		return r.dumpProgram(p)
	}
	r.passWarnings(source)
	f := &deviceFilter{vm: p.vm, missed: r.compiler.newMissed()}
	f.missed.watch(p)
	r.source, r.filter = source, f
	if a := r.analysis; a != nil && a.drops != nil {
		a.drops.source = func() records.Drop { return records.Drop{Reason: source.Reason(), Place: source.Place()} }
	}
	return r.run(func() ([]liveSource, error) { return []liveSource{source}, nil })
}

// checkDrops refuses what there is no sense in.
func (r *liveRun) checkDrops() error {
	d := &r.plan.Device
	for _, lack := range [...]struct {
		asked        bool
		what, option string
	}{
		{d.Engine != "", "comes from the kernel's own records", "leave out --capture-engine"},
		{d.Monitor, "is no Wi-Fi interface", "leave out -I"},
		{d.Workers > 1, "has one buffer", "leave out --workers"},
		{d.Follow, "does not come and go", "leave out --follow-interfaces"},
		{d.Direction != capture.DirUnknown, "has packets of both directions", "leave out -Q"},
		{d.StampType != capture.TimestampHost, "has the host's time stamps alone", "leave out -j"},
		{d.LinkType != nil && *d.LinkType != capture.LinkLINUX_SLL2, "has packets of LINUX_SLL2", "leave out -y"},
		{r.plan.Analysis != nil && r.plan.Analysis.Owners != nil && r.plan.Analysis.Owners.Asked, "has packets whose sockets are gone", "leave out --owner"},
	} {
		if lack.asked {
			return errorText("-i drops " + lack.what + ": " + lack.option)
		}
	}
	return nil
}
