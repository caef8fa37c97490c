package cli

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/recorder"
	"github.com/tapdump/tapdump/internal/streams"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// streamDelay is how long packets of -r tcp:// may be under way.
const streamDelay = 3 * time.Second

// recording is a flight recorder, as the savefile that packets go to. It is a recordWriter.
type recording struct {
	session  *session
	recorder *recorder.Recorder
	files    *pcapfile.Rotator
	triggers *triggering
}

// openRecorder opens the flight recorder in place of the savefile of -w.
func (s *session) openRecorder(o opening) (sink, error) {
	if !features.HasRecorder {
		return nil, features.Recorder.Need("--trigger")
	}
	p := s.plan.Recorder()
	if err := mayWriteTo(cmp.Or(fixedFolder(s.plan.Write.Name), ".")); err != nil {
		return nil, err
	}
	format := s.savefileFormat(o)
	options := recorder.Options{
		Before: p.Before, After: p.After, Cooldown: p.Cooldown, Incidents: p.Incidents,
		Size: p.Ring, Dir: p.Dir,
		Live:        s.plan.Live(),
		AnyLinkType: format.Pcapng,
		Comment:     format.Comment,
		Application: format.Application,
		Location:    s.location(),
		Say:         s.remark,
		Wake:        func() { s.events.wake() },
	}
	// Of several streams one may hold up the others for any time.
	if !s.plan.Files.Merge && slices.ContainsFunc(s.plan.Files.Names, streams.Is) {
		options.UnderWay = streamDelay
	}
	if source, ok := o.src.(*live.Live); ok && (format.Pcapng || p.Dir != "") {
		options.Lost = source.Lost
	}
	r, err := recorder.New(o.src, options)
	if err != nil {
		return nil, err
	}
	format.Interfaces, format.Lost = r.Interfaces, r.Lost
	if stats := format.Stats; stats != nil {
		format.Stats = func(iface int) (capture.Stats, bool) {
			n, ok := r.Number(iface)
			if !ok {
				return capture.Stats{}, false
			}
			return stats(n)
		}
	}
	x := &recording{session: s, recorder: r}
	if x.files, err = s.rotate(s.plan.Write, o.head.LinkType, format, nil); err == nil {
		x.triggers, err = s.newTriggers(o)
	}
	if err == nil {
		r.Begin(x.files)
		err = x.triggers.begin(r.Fire)
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	s.recording = x
	s.sinks.file = &fileSink{packetWriter: x, name: s.plan.Write.Name, records: x}
	return s.sinks.file, nil
}

// mayWriteTo tries whether files can be made in a folder: better now than when something
// happens.
func mayWriteTo(folder string) error {
	f, err := os.CreateTemp(folder, ".incident-*")
	if err != nil {
		return fmt.Errorf("-w: no files can be made in %s: %w", folder, syserr.Worded(err))
	}
	f.Close() // it is empty
	if err := os.Remove(f.Name()); err != nil {
		return syserr.Worded(err)
	}
	return nil
}

// Write implements packetWriter.
func (x *recording) Write(pkt *capture.Packet) error {
	return x.recorder.Packet(pkt, x.triggers.packet(pkt))
}

// handle does what signals and the clock ask for.
func (x *recording) handle(events uint32) error {
	if x == nil {
		return nil
	}
	if events&eventFlush != 0 {
		x.triggers.signal()
	}
	if events&eventPulse != 0 {
		x.triggers.tick()
	}
	if events&eventTick == 0 {
		return nil
	}
	x.tellFailures()
	return x.recorder.Tick()
}

// tellFailures complains about files that could not be written. The next ones may be.
func (x *recording) tellFailures() {
	for _, err := range x.recorder.Failures() {
		x.session.complain(err)
	}
}

// Flush implements packetWriter: an incident is written in its own time.
func (x *recording) Flush() error { return nil }

// Idle implements packetWriter.
func (x *recording) Idle() error { return x.recorder.Idle() }

// Follow implements packetWriter: of files that are read, incidents have packets and what
// is said of these.
func (x *recording) Follow(...*pcapfile.Reader) {}

func (x *recording) follow(src capture.Source) { x.recorder.Follow(src) }

// OmittedBlocks implements packetWriter.
func (x *recording) OmittedBlocks() string { return "" }

// lost adds what had to be left alone.
func (x *recording) lost(l *losses) {
	l.recorder = x.recorder.Losses()
	x.triggers.lost(l)
}

// Close implements packetWriter.
func (x *recording) Close() error {
	x.triggers.finish()
	err := x.triggers.close()
	x.recorder.Close()
	x.tellFailures()
	return alsoFailed(err, x.files.Close())
}

// fixedFolder is the folder that a name is in, as far as it is not named after the
// time; "": the working directory.
func fixedFolder(name string) string {
	folder := filepath.Dir(name)
	for strings.Contains(folder, "%") {
		folder = filepath.Dir(folder)
	}
	if folder == "." {
		return ""
	}
	return folder
}
