package report

import (
	"strconv"
	"time"

	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
)

// verdict is what is said of losses.
type verdict struct{ headline, class string }

// lossVerdict says whether anything was lost.
func (w *writer) lossVerdict() verdict {
	lost := w.lostPackets()
	switch {
	case w.packets == 0:
		return verdict{"Nothing was captured.", "warning"}
	case lost > 0:
		return verdict{counted(lost, "packet was lost.", "packets were lost."), "problem"}
	case w.unseen() > 0:
		return verdict{"Packets seem to be missing.", "warning"}
	case w.cut > 0:
		return verdict{counted(w.cut, "packet was cut.", "packets were cut."), "warning"}
	case w.about.Kernel != nil:
		return verdict{"Nothing was lost.", "good"}
	}
	return verdict{"No sign of lost packets.", "good"}
}

// lostPackets is how many packets are known to be missing. What stands beside packets
// and in statistics is the same.
func (w *writer) lostPackets() uint64 {
	if k := w.about.Kernel; k != nil {
		return max(w.lost, k.Dropped+k.IfDropped)
	}
	return w.lost
}

// unseen is how often TCP acknowledged what was not captured.
func (w *writer) unseen() uint64 { return w.totals.Marked(tcpanalysis.AckLostSegment) }

// captured writes what the report is of, and what is missing.
func (w *writer) captured() {
	w.section("captured", "What was captured")
	w.begin("dl", attr{"class", "facts"}).line()
	w.sources()
	w.fact("Filter", func() {
		if w.about.Filter == "" {
			w.text("none: all packets")
			return
		}
		w.begin("code").data(w.about.Filter, commandLength).end()
	})
	if w.about.Command != "" {
		w.fact("Command", func() { w.begin("code").data(w.about.Command, commandLength).end() })
	}
	if w.packets > 0 {
		w.fact("First packet", func() { w.text(stamp(w.clock.first, w.about) + " " + w.zone(w.clock.first)) })
		w.fact("Last packet", func() { w.text(stamp(w.clock.last, w.about) + " " + w.zone(w.clock.last)) })
	}
	if !w.about.Began.IsZero() {
		w.fact("Captured", func() {
			w.text(w.about.local(w.about.Began).Format("2006-01-02 15:04:05") + " to " + w.about.local(w.about.Ended).Format("2006-01-02 15:04:05"))
		})
	}
	t := w.counts.Total()
	w.fact("Packets", func() { w.text(thousands(t.Packets)) })
	w.fact("Bytes", func() {
		w.text(thousands(t.Bytes) + " on the wire")
		if w.cutBytes > 0 {
			w.text(", " + thousands(t.Bytes-w.cutBytes) + " captured")
		}
	})
	if k := w.about.Kernel; k != nil {
		w.fact("Received by the filter", func() { w.text(thousands(k.Received)) })
		w.fact("Dropped by the kernel", func() { w.text(thousands(k.Dropped)) })
		w.fact("Dropped by interfaces", func() { w.text(thousands(k.IfDropped)) })
	}
	w.end().line()
	w.one("h3", "What is missing").line()
	w.begin("ul").line()
	for i, s := range w.missing() {
		if i == w.room.sentences {
			w.one("li", "and more").line()
			break
		}
		w.begin("li").data(s, sourceLength*2).end().line()
	}
	w.end().line().end().line()
}

// zone is what the zone of a time is called.
func (w *writer) zone(ns int64) string {
	return visible(w.about.local(time.Unix(0, ns)).Format("MST"), nameLength)
}

func (w *writer) fact(name string, value func()) {
	w.begin("dt").text(name).end().begin("dd")
	value()
	w.end().line()
}

// sources writes where packets came from.
func (w *writer) sources() {
	for i, s := range w.about.Sources {
		if i == w.room.sources {
			w.fact("Sources", func() { w.text("and " + thousands(uint64(len(w.about.Sources)-i)) + " more") })
			return
		}
		w.fact("Source", func() {
			w.data(s.Name, sourceLength)
			for j, l := range s.LinkTypes {
				if j == 8 {
					w.text(", and " + thousands(uint64(len(s.LinkTypes)-j)) + " more link types")
					break
				}
				name, description := l.Name(), l.Description()
				if name == "" {
					name, description = strconv.Itoa(int(l)), "unknown"
				}
				w.text(", link type " + name + " (" + description + ")")
			}
			if s.SnapLen > 0 {
				w.text(", snapshot length " + thousands(uint64(s.SnapLen)))
			}
		})
	}
}

// missing are sentences about what is not in the capture, or not in the report.
func (w *writer) missing() (all []string) {
	lost := w.lostPackets()
	switch k := w.about.Kernel; {
	case lost > 0:
		all = append(all, counted(lost, "packet was", "packets were")+" lost before the capture had them; where that is known, the plots show it.")
	case k != nil:
		all = append(all, "Neither the kernel nor an interface lost a packet, as they say.")
	default:
		all = append(all, "Nobody counted what was lost while it was captured: the files do not say.")
	}
	if n := w.unseen(); n > 0 {
		all = append(all, counted(n, "acknowledgement of TCP is", "acknowledgements of TCP are")+" for data that is not in the capture: packets were lost, or went another way.")
	} else if w.totals.Connections > 0 {
		all = append(all, "All data that TCP acknowledges is in the capture.")
	}
	if w.cut > 0 {
		all = append(all, counted(w.cut, "packet was", "packets were")+" cut: "+size(w.cutBytes)+" are missing at their ends.")
	}
	all = append(all, w.about.Problems...)
	all = append(all, w.about.Losses...)
	transfers, hosts := w.counts.Unlisted()
	for _, loss := range [...]struct {
		n    uint64
		what string
	}{
		{transfers, "packets belong to transfers after the first " + thousands(stats.MaxTransfers) + ", and are in none of “Other traffic”."},
		{hosts, "packets belong to hosts after the first " + thousands(stats.MaxHosts) + ", and are in none."},
		{w.heard.Forgotten(), "addresses lost their names, as there were more than " + thousands(names.MaxHeard) + "."},
	} {
		if loss.n > 0 {
			all = append(all, thousands(loss.n)+" "+loss.what)
		}
	}
	return all
}
