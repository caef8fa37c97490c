package triggers

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/text"
)

// Unit is what a rate counts each second.
type Unit uint8

// Units of rates.
const (
	Packets Unit = iota
	Bytes        // on the wire
	Bits         // on the wire
)

var unitNames = [...]struct {
	unit  Unit
	names []string
}{
	{Packets, []string{"", "packet", "packets"}},
	{Bytes, []string{"byte", "bytes"}},
	{Bits, []string{"bit", "bits"}},
}

// Rate is a limit for what comes in a second.
type Rate struct {
	Limit  float64 // of Unit each second
	Unit   Unit
	Below  bool // the limit is to be fallen below
	Equals bool // the limit itself counts
}

// cutRate returns what stands behind the word rate if a comparison does.
func cutRate(rule string) (comparison string, ok bool) {
	rest, has := strings.CutPrefix(rule, "rate")
	rest = strings.TrimSpace(rest)
	return rest, has && rest != "" && (rest[0] == '>' || rest[0] == '<')
}

// parseRate reads a comparison such as >5000/s, > 100mbit/s, <=1.5kbyte/s. Prefixes
// are powers of 1000, as network speeds have them.
func parseRate(s string) (r Rate, err error) {
	r.Below = s[0] == '<'
	s, r.Equals = strings.CutPrefix(s[1:], "=")
	s = strings.TrimSpace(s)
	value, has := cutSecond(s)
	if !has {
		return r, fmt.Errorf("%s has no /s at its end: write 5000/s, 100mbit/s or 10mbyte/s", text.Quote(s))
	}
	end := 0
	for end < len(value) && (value[end] >= '0' && value[end] <= '9' || value[end] == '.') {
		end++
	}
	number, unit := value[:end], strings.ToLower(strings.TrimSpace(value[end:]))
	if r.Limit, err = strconv.ParseFloat(number, 64); err != nil {
		return r, fmt.Errorf("%s does not begin with a number: write 5000/s, 100mbit/s or 10mbyte/s", text.Quote(s))
	}
	scale, name, err := cutScale(number, unit)
	if err != nil {
		return r, err
	}
	known := false
	for _, u := range unitNames {
		for _, n := range u.names {
			if n == name {
				r.Unit, known = u.unit, true
			}
		}
	}
	switch r.Limit *= scale; {
	case !known:
		return r, fmt.Errorf("there is no unit %s: there are packets (or none), bit and byte, with k, m or g in front", text.Quote(unit))
	case r.Below && r.Limit == 0:
		return r, fmt.Errorf("no rate is below 0: silence:1s is when nothing comes")
	case math.IsInf(r.Limit, 0) || r.Limit > 1e15:
		return r, fmt.Errorf("%s is more than can come", text.Quote(s))
	}
	return r, nil
}

// cutSecond returns what comes each second: of 5000/s, 5000pps, 100mbps.
func cutSecond(s string) (value string, ok bool) {
	if value, ok = strings.CutSuffix(s, "/s"); ok {
		return value, true
	}
	for short, long := range map[string]string{"pps": "packets", "bps": "bits"} {
		if at := len(s) - len(short); at >= 0 && strings.EqualFold(s[at:], short) {
			return s[:at] + long, true
		}
	}
	return s, false
}

// cutScale takes a prefix off a unit, unless it is not known of what.
func cutScale(number, unit string) (scale float64, name string, err error) {
	for prefix, scale := range map[string]float64{"k": 1e3, "m": 1e6, "g": 1e9} {
		rest, has := strings.CutPrefix(unit, prefix)
		switch {
		case !has:
			continue
		case rest == "" || rest == "b":
			return 0, "", fmt.Errorf("%s%s/s may be packets, bits or bytes: write %[1]s%[3]spackets/s, %[1]s%[3]sbit/s or %[1]s%[3]sbyte/s", number, unit, prefix)
		}
		return scale, rest, nil
	}
	if unit == "b" {
		return 0, "", fmt.Errorf("%sb/s may be bits or bytes: write %[1]sbit/s or %[1]sbyte/s", number)
	}
	return 1, unit, nil
}

// exceeds reports whether n in a second is beyond the limit; settles, whether it is
// well on the other side, so that crossing it again is news.
func (r *Rate) exceeds(n float64) bool {
	if n == r.Limit {
		return r.Equals
	}
	return (n < r.Limit) == r.Below
}

// margin is how far a rate has to go back from its limit, as a part of that.
const margin = 0.1

func (r *Rate) settles(n float64) bool {
	if r.Below {
		return n >= r.Limit*(1+margin)
	}
	return n <= r.Limit*(1-margin)
}

// of is what a packet counts.
func (r *Rate) of(pkt *capture.Packet) uint64 {
	switch r.Unit {
	case Bytes:
		return uint64(pkt.Length)
	case Bits:
		return 8 * uint64(pkt.Length)
	}
	return 1
}

// appendTo says a rate with its unit.
func (u Unit) appendTo(b []byte, n uint64) []byte {
	b = append(b, "rate "...)
	switch u {
	case Packets:
		return append(appendGrouped(b, n), "/s"...)
	case Bytes:
		return append(appendScaled(b, n), "byte/s"...)
	}
	return append(appendScaled(b, n), "bit/s"...)
}

// appendGrouped appends a number with commas between thousands.
func appendGrouped(b []byte, n uint64) []byte {
	var digits [20]byte
	d := strconv.AppendUint(digits[:0], n, 10)
	for i, c := range d {
		if i > 0 && (len(d)-i)%3 == 0 {
			b = append(b, ',')
		}
		b = append(b, c)
	}
	return b
}

// appendScaled appends a number in thousands, with a prefix.
func appendScaled(b []byte, n uint64) []byte {
	f, prefix := float64(n), " "
	for _, p := range [...]string{" k", " M", " G", " T"} {
		if f < 1000 {
			break
		}
		f, prefix = f/1000, p
	}
	if prefix == " " {
		return append(appendGrouped(b, n), ' ')
	}
	return append(strconv.AppendFloat(b, f, 'f', 1, 64), prefix...)
}

// tenths is how many parts a second is measured in.
const tenths = 10

// meter measures a rate over the last second, each tenth of a second.
type meter struct {
	rate    *Rate
	counts  [tenths]uint64 // of the tenth at, and those before it
	sum     uint64         // of counts
	at      int64          // tenths of a second since 1970
	began   int64          // the first of them
	running bool
	crossed bool // and not back yet
}

// tenthOf is the tenth of a second that t is in. A time that no capture has is moved to
// one that can be counted with.
func tenthOf(t capture.Timestamp) int64 {
	const most = 1 << 50
	return min(max(t.Sec, -most), most)*tenths + min(max(t.Nsec, 0), 1<<62)/(1e9/tenths)
}

// timeOf is when a tenth of a second begins.
func timeOf(tenth int64) capture.Timestamp {
	sec := tenth / tenths
	if tenth%tenths < 0 {
		sec--
	}
	return capture.Timestamp{Sec: sec, Nsec: (tenth - sec*tenths) * (1e9 / tenths)}
}

// advance has time go on to a tenth of a second. It reports whether the limit was crossed
// in between, when, and with how much in the second before.
func (m *meter) advance(to int64) (when capture.Timestamp, n uint64, crosses bool) {
	// Of packets of another capture, or after the clock was set back, nothing is known.
	if !m.running || to < m.at-tenths {
		m.counts, m.sum, m.at, m.began, m.running = [tenths]uint64{}, 0, to, to, true
		return when, 0, false
	}
	for m.at < to {
		if m.at++; m.judge(m.at-m.began >= tenths) && !crosses {
			when, n, crosses = timeOf(m.at), m.sum, true
		}
		if m.sum == 0 && m.at-m.began >= tenths {
			m.at = to // nothing changes until then
			break
		}
		slot := &m.counts[uint64(m.at)%tenths]
		m.sum -= *slot
		*slot = 0
	}
	return when, n, crosses
}

// judge takes what came in a second, which was observed as a whole or from its middle
// on, and reports whether the limit was crossed.
func (m *meter) judge(whole bool) bool {
	n := float64(m.sum)
	switch {
	case !whole && m.rate.Below:
		return false
	case m.rate.exceeds(n):
		crossed := m.crossed
		m.crossed = true
		return !crossed
	case whole && m.rate.settles(n):
		m.crossed = false
	}
	return false
}

// add counts a packet in the tenth of a second that it is.
func (m *meter) add(n uint64) {
	m.counts[uint64(m.at)%tenths] += n
	m.sum += n
}
