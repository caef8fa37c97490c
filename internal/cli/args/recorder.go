package args

import (
	"time"

	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/internal/triggers"
)

// flightRecording are about packets that are remembered, of which files get those around
// what happens.
type flightRecording struct {
	Triggers  []triggers.Trigger `name:"trigger" type:"triggers" getopt:"101" own:"" placeholder:"WHAT" help:"write to -w only what was around WHAT: an expression, condition:COND, rate>N/s, drops, signal"`
	Before    time.Duration      `name:"before" type:"duration" getopt:"102" own:"" placeholder:"TIME" help:"how much before a --trigger is written: 30s is the default"`                        // 0: not given
	After     time.Duration      `name:"after" type:"duration" getopt:"103" own:"" placeholder:"TIME" help:"how much after it: 10s is the default"`                                              // 0: not given
	Ring      int64              `name:"ring" type:"bytes" getopt:"104" own:"" placeholder:"BYTES" help:"how many bytes of packets are remembered: 256m in memory, 4g in --ring-dir by default"` // 0: not given
	RingDir   *string            `name:"ring-dir" type:"text" takes:"dir" getopt:"105" own:"" placeholder:"DIR" help:"remember packets in files in DIR, in place of memory"`
	Incidents int                `name:"incidents" type:"number" getopt:"106" own:"" placeholder:"N" help:"stop after N files"`                                                    // 0: not given
	Cooldown  time.Duration      `name:"cooldown" type:"duration" getopt:"107" own:"" placeholder:"TIME" help:"take no notice of what happens within TIME after what was written"` // 0: not given
}

// Recorder is what a flight recorder remembers and writes.
type Recorder struct {
	Triggers      []triggers.Trigger
	FindMode      filters.FindMode // of triggers; 0: as usual
	FindStream    bool
	Before, After time.Duration
	Ring          int64  // bytes
	Dir           string // where the ring is; "": in memory
	Incidents     int    // 0: no limit
	Cooldown      time.Duration
}

// What a recorder does if nothing is said.
const (
	usualBefore   = 30 * time.Second
	usualAfter    = 10 * time.Second
	usualRing     = 256 << 20
	usualDiskRing = 4 << 30
	minRing       = 1 << 20 // a packet of the largest size, and some more
)

// recordsIncidents reports whether packets go to files only around what happens.
func (o *options) recordsIncidents() bool { return len(o.Triggers) > 0 }

// checkRecorder refuses what does not go together.
func (o *options) checkRecorder() error {
	if !o.recordsIncidents() {
		if o.Before > 0 || o.After > 0 || o.Ring > 0 || o.RingDir != nil || o.Incidents > 0 || o.Cooldown > 0 {
			return Complaint("--before, --after, --ring, --ring-dir, --incidents and --cooldown are about what --trigger fires: give that too")
		}
		return nil
	}
	series := o.rotation().Series
	switch {
	case o.WriteFile == nil:
		return Complaint("--trigger has packets be written: name the files with -w, as in -w 'incident-%Y%m%d-%H%M%S.pcapng'")
	case *o.WriteFile == "-":
		return Complaint("--trigger makes a file of each incident: give -w a name in place of -")
	case o.writesParquet():
		return Complaint("--trigger writes packets, and Parquet files have records: give -w a name that ends in .pcapng or .pcap")
	case o.FileSize != 0 || o.FileSeconds != 0 || o.rotatesSeries():
		return Complaint("--trigger says when a file begins, and --after when it ends: leave out -C, -G and --rotate-...")
	case series.MaxBytes > 0:
		return Complaint("--max-bytes ends a run, and --trigger has one go on: give --keep-bytes or --incidents instead")
	case o.RingDir != nil && *o.RingDir == "":
		return Complaint("--ring-dir: an empty string is not a valid folder name")
	case o.Ring > 0 && o.Ring < minRing:
		return Complaint("--ring is too small for packets: 1m is the least")
	}
	return o.checkTriggers()
}

// recorder is what a flight recorder is asked for; nil: there is none.
func (o *options) recorder() *Recorder {
	if !o.recordsIncidents() {
		return nil
	}
	r := &Recorder{
		Triggers: o.Triggers, FindMode: o.FindMode, FindStream: o.FindStream, Before: o.Before, After: o.After, Ring: o.Ring, Dir: textOf(o.RingDir),
		Incidents: o.Incidents, Cooldown: o.Cooldown,
	}
	if r.Before == 0 {
		r.Before = usualBefore
	}
	if r.After == 0 {
		r.After = usualAfter
	}
	if r.Ring == 0 {
		r.Ring = usualRing
		if r.Dir != "" {
			r.Ring = usualDiskRing
		}
	}
	return r
}
