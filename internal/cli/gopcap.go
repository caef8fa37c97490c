//go:build !nogopcap && !tapdump_small

package cli

import (
	"strings"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/gopcap"
	"github.com/tapdump/tapdump/internal/cli/args"
)

// goPcap says whether this system has it.
const goPcap = gopcap.Available

// captureGoPcap captures from a device with go-pcap, or lists what it can do.
func (r *liveRun) captureGoPcap() error {
	names, err := r.expandDevices(r.chosen.names)
	if err != nil {
		return err
	}
	if len(names) > 1 {
		return errorText("--capture-engine " + args.EngineGoPcap + " captures from one interface, not from " + strings.Join(names, ", "))
	}
	gopcap.SilenceLog() // it returns the same as errors
	var source *gopcap.Source
	err = r.setID.Use(func() error {
		source, err = gopcap.Open(names[0], gopcap.Config{
			SnapLen:     r.plan.Device.SnapLen,
			Promiscuous: r.chosen.promiscuous,
			BufferSize:  r.plan.Device.Buffer,
		})
		return err
	})
	if err != nil {
		return err
	}
	defer source.Close()
	if err := r.setID.Drop(false); err != nil {
		return err
	}
	if listed, err := r.listGoPcap(source); listed || err != nil {
		return err
	}
	if err := r.listen(); err != nil {
		return err
	}
	defer r.stopServing()
	r.findNetwork(source.Device())
	p, err := r.compileFor(source, compile.CaptureMode())
	if err != nil {
		return err
	}
	if r.plan.Dump != args.DumpNothing {
		return r.dumpProgram(p)
	}
	r.source = source
	r.remark("capturing with go-pcap: " + strings.Join(gopcap.Limitations(), ", "))
	// Its buffer soon overflows: packets are let in when nothing keeps the process
	// from reading any more, as giving up privileges does.
	return r.run(func() ([]liveSource, error) { return []liveSource{source}, r.startGoPcap(source, p) })
}

// listGoPcap lists what can be chosen of the device, if that was asked for. The
// only link type may be asked for.
func (r *liveRun) listGoPcap(source *gopcap.Source) (listed bool, err error) {
	switch wanted := r.plan.Device.LinkType; {
	case r.plan.Task == args.ListStampTypes:
		r.out.buf = appendStampTypes(r.out.buf, source.Device(), []capture.TimestampType{capture.TimestampHost})
		return true, nil
	case r.plan.Task == args.ListLinkTypes:
		r.appendLinkTypes(source.Device(), []capture.LinkType{source.LinkType()})
		return true, nil
	case wanted == nil:
	case *wanted != source.LinkType():
		return false, errorText(wanted.String() + " is not one of the DLTs supported by go-pcap on this device")
	default:
		r.remark("data link type " + wanted.String())
	}
	return false, nil
}

// startGoPcap lets packets in that pass p. Those from before are left out, as there
// is a gap behind them.
func (r *liveRun) startGoPcap(source *gopcap.Source, p *compiled) (err error) {
	start := func(filter []bpf.Instruction) (bool, error) { return source.Start(filter, nil) }
	r.filter, err = r.startDevice(source, start, p)
	r.passWarnings(source)
	return err
}
