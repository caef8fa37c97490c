package recorder

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// incident is what goes into a file: packets of a window.
type incident struct {
	cause    Cause
	from, to int64 // the window, in the recorder's time
	at       uint64
	end      uint64 // of what belongs to it, if it has ended
	ended    bool
	cut      bool     // the run ended before the window did
	others   []string // rules that fired later
	more     uint64   // how often something did

	short   int64  // what the ring holds of the time before, if not all of it
	lacks   bool   // it does not hold all
	missing uint64 // packets that found no room

	// Of the writer.
	until       int64 // the window's end, as far as packets are read
	packets     uint64
	foreign     uint64 // packets that the file cannot hold
	first, last int64  // times of packets
	oldest      int64  // time of the cause
}

// maxOthers is how many rules are named that fired later.
const maxOthers = 8

// again notes that something fires while the window is open.
func (in *incident) again(c Cause) {
	in.more++
	if len(in.others) < maxOthers && c.Rule != in.cause.Rule && !slices.Contains(in.others, c.Rule) {
		in.others = append(in.others, c.Rule)
	}
}

// line is what people are told of an incident that is in a file.
func (in *incident) line(name string, o *Options) string {
	var b strings.Builder
	fmt.Fprintf(&b, "incident at %s: %s: %s: ", in.cause.Time.Time().In(o.Location).Format("2006-01-02 15:04:05.000000"), in.cause.String(), name)
	switch in.packets {
	case 0:
		b.WriteString("no packets came")
	case 1:
		fmt.Fprintf(&b, "1 packet, %s", place(in.first-in.oldest))
	default:
		fmt.Fprintf(&b, "%d packets, from %s to %s", in.packets, place(in.first-in.oldest), place(in.last-in.oldest))
	}
	if in.more > 0 {
		fmt.Fprintf(&b, "; it fired %d more time%s", in.more, plural(in.more))
		if in.others != nil {
			b.WriteString(", also " + strings.Join(in.others, ", "))
		}
	}
	if in.lacks {
		b.WriteString("; " + in.shortage(o))
	}
	if in.missing > 0 {
		fmt.Fprintf(&b, "; %d packet%s missing, which found no room in the ring", in.missing, areOrIs(in.missing))
	}
	if in.foreign > 0 {
		fmt.Fprintf(&b, "; %d packet%s left out, whose link type a pcap file cannot hold beside others (pcapng can: --format pcapng)", in.foreign, areOrIs(in.foreign))
	}
	if in.cut {
		fmt.Fprintf(&b, "; the run ended before the %s after it", o.After)
	}
	return b.String()
}

// place is where a packet is, seen from the cause.
func place(d int64) string {
	if d < 0 {
		return seconds(-d) + " before"
	}
	return seconds(d) + " after"
}

func seconds(d int64) string { return fmt.Sprintf("%.3f s", time.Duration(d).Seconds()) }

func plural(n uint64) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func areOrIs(n uint64) string {
	if n == 1 {
		return " is"
	}
	return "s are"
}

// shortage says what the ring does not hold of the window.
func (in *incident) shortage(o *Options) string {
	return fmt.Sprintf("the ring (%s) reached back %s of %s", size(o.Size), seconds(in.short), o.Before)
}

// size is a number of bytes as options take it.
func size(n int64) string {
	for _, unit := range []struct {
		shift int
		name  string
	}{{30, "g"}, {20, "m"}, {10, "k"}} {
		if n >= 1<<unit.shift && n%(1<<unit.shift) == 0 {
			return fmt.Sprintf("%d%s", n>>unit.shift, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// comment is what the header of the file's section says.
func (in *incident) comment(o *Options) string {
	var lines []string
	if o.Comment != "" {
		lines = append(lines, o.Comment)
	}
	lines = append(lines,
		"incident at "+in.cause.Time.Time().In(o.Location).Format(time.RFC3339Nano),
		"trigger: "+in.cause.String(),
		fmt.Sprintf("window: %s before, %s after; what fires later is said at its packet", o.Before, o.After))
	if in.lacks {
		lines = append(lines, in.shortage(o)+": older packets had been overwritten")
	}
	return strings.Join(lines, "\n")
}
