package zone

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// timeline is which local time holds when.
type timeline struct {
	changes []change // the first at math.MinInt64
	leaps   []leap
	rules   *rules // from the last change on; nil: that is the last
}

type change struct {
	at int64 // Unix time, leap seconds counted in
	localType
}

// add appends a change, in the place of one at the same time.
func (t *timeline) add(at int64, l localType) {
	if last := len(t.changes) - 1; last >= 0 && t.changes[last].at == at {
		t.changes[last].localType = l
		return
	}
	t.changes = append(t.changes, change{at, l})
}

const (
	// firstYear is where rules without a file begin to hold; it is before all
	// times that 32 bits can tell.
	firstYear = 1900
	// lastYear is how far rules are written out that the time package cannot
	// read.
	lastYear = 2500
	// maxRuleTime is the latest time of day that it can read, in seconds.
	maxRuleTime = 167 * 3600
)

// location makes a zone of the time package.
func (t *timeline) location(name string) (*time.Location, error) {
	footer := t.writeOutRules()
	data, err := t.applyLeaps().encode(footer)
	if err != nil {
		return time.UTC, fmt.Errorf("TZ=%s: %w, times are in UTC", name, err)
	}
	loc, err := time.LoadLocationFromTZData(name, data)
	if err != nil {
		return time.UTC, fmt.Errorf("TZ=%s: %w, times are in UTC", name, err)
	}
	return loc, nil
}

// writeOutRules makes changes of the rules, up to the last leap second: behind
// that the time package may apply them, as the footer that is returned.
func (t *timeline) writeOutRules() (footer string) {
	r := t.rules
	if r == nil {
		return ""
	}
	from := max(t.changes[len(t.changes)-1].at, time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Unix())
	total, last := int64(0), from
	if n := len(t.leaps); n > 0 {
		total, last = t.leaps[n-1].total, max(from, t.leaps[n-1].at)
	}
	readable := true
	for i := range r.ends {
		s := r.ends[i].secs - total
		readable = readable && r.ends[i].day.valid() && -maxRuleTime <= s && s <= maxRuleTime
	}
	if !readable {
		r.between(t, from, lastYear)
		return ""
	}
	r.between(t, from, min(time.Unix(last, 0).UTC().Year(), lastYear))
	return r.footer(total)
}

// applyLeaps puts the leap seconds into the offsets.
func (t *timeline) applyLeaps() *timeline {
	if len(t.leaps) == 0 {
		return t
	}
	times := make([]int64, 0, len(t.changes)+len(t.leaps))
	for _, c := range t.changes {
		times = append(times, c.at)
	}
	for _, l := range t.leaps {
		times = append(times, l.at)
	}
	slices.Sort(times)
	out := &timeline{}
	now, leaps, total := 0, t.leaps, int64(0)
	for _, at := range slices.Compact(times) {
		for now+1 < len(t.changes) && t.changes[now+1].at <= at {
			now++
		}
		for len(leaps) > 0 && leaps[0].at <= at {
			total, leaps = leaps[0].total, leaps[1:]
		}
		l := t.changes[now].localType
		l.offset -= total
		out.add(at, l)
	}
	return out
}

// footer are the rules as the time package reads them, with that many leap
// seconds.
func (r *rules) footer(leaps int64) string {
	std, dst := &r.ends[0], &r.ends[1]
	text := footerTime(std, leaps)
	if std.localType == dst.localType {
		return text
	}
	text += footerTime(dst, leaps)
	for i := range r.ends {
		e := &r.ends[i]
		switch e.day.form {
		case 'J':
			text += fmt.Sprintf(",J%d", e.day.day)
		case 'M':
			text += fmt.Sprintf(",M%d.%d.%d", e.day.month, e.day.week, e.day.day)
		default:
			text += fmt.Sprintf(",%d", e.day.day)
		}
		text += "/" + footerClock(e.secs-leaps)
	}
	return text
}

// footerTime is a local time's name and offset.
func footerTime(e *ruleEnd, leaps int64) string {
	return "<" + e.name + ">" + footerClock(leaps-e.offset)
}

func footerClock(seconds int64) string {
	sign := ""
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, seconds/3600, seconds/60%60, seconds%60)
}

// encode makes a zone file without leap seconds (RFC 8536). Its 32-bit part
// holds nothing.
func (t *timeline) encode(footer string) ([]byte, error) {
	var kinds, times, types, names []byte
	var known []localType
	for _, c := range t.changes {
		kind := slices.IndexFunc(known, func(l localType) bool {
			return l.offset == c.offset && l.dst == c.dst && l.name == c.name
		})
		if kind < 0 {
			kind = len(known)
			known = append(known, c.localType)
			at := bytes.Index(names, append([]byte(c.name), 0))
			if at < 0 {
				at = len(names)
				names = append(append(names, c.name...), 0)
			}
			types = binary.BigEndian.AppendUint32(types, uint32(c.offset))
			types = append(types, byte(index(c.dst)), byte(at))
		}
		times = binary.BigEndian.AppendUint64(times, uint64(c.at))
		kinds = append(kinds, byte(kind))
	}
	if len(known) > 1<<8 || len(names) > 1<<8 {
		return nil, errors.New("too many local times, or too long names")
	}
	header := func(changes, types, names int) []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range [...]int{0, 0, 0, changes, types, names} {
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		}
		return b
	}
	data := append(header(0, 1, 4), "\x00\x00\x00\x00\x00\x00UTC\x00"...)
	data = append(data, header(len(kinds), len(known), len(names))...)
	for _, part := range [...][]byte{times, kinds, types, names} {
		data = append(data, part...)
	}
	return append(data, "\n"+footer+"\n"...), nil
}
