package report

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// coordinate is a place in a plot.
func coordinate(v float64) string {
	s := strconv.FormatFloat(math.Round(v*100)/100, 'f', 2, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// Plots are as wide and high as their page has room for, so that lines have a width
// that is not scaled, and text stands around them.
const (
	plotWidth  = 1000.0
	plotHeight = 100.0
)

// plot is one quantity over time.
type plot struct {
	id, title, unit string
	of              func(bin) uint64
	per             float64 // what of has to be multiplied with
}

// plots writes what there is over time.
func (w *writer) plots() {
	if w.packets == 0 {
		w.one("p", "There are no packets.").line()
		return
	}
	w.plot(plot{"packets-plot", "Packets", "packets", func(b bin) uint64 { return b.packets }, 1})
	w.plot(plot{"bytes-plot", "Bits on the wire", "b", func(b bin) uint64 { return b.bytes }, 8})
	w.legend()
	w.numbers()
}

// plot writes a plot as bars, with what is missing or was sent again marked.
func (w *writer) plot(x plot) {
	l := &w.over
	all := l.bins[:l.n]
	highest, at := uint64(0), 0
	for i, b := range all {
		if x.of(b) > highest {
			highest, at = x.of(b), i
		}
	}
	top := rate(float64(highest)*x.per, float64(l.width)/1e9, x.unit)
	title, summary := x.id+"-title", x.id+"-desc"
	w.begin("figure").line()
	w.begin("figcaption").one("b", x.title).text(" each bar is " + duration(l.width) + ", the highest " + top).end().line()
	w.begin("svg", attr{"class", "plot"}, attr{"id", x.id}, attr{"role", "img"}, attr{"viewBox", "0 0 1000 100"},
		attr{"preserveAspectRatio", "none"}, attr{"aria-labelledby", title + " " + summary}).line()
	w.one("title", x.title+" over time", attr{"id", title})
	w.one("desc", "From "+stamp(l.start, w.about)+" on, "+strconv.Itoa(l.n)+" intervals of "+duration(l.width)+". The highest rate is "+top+", "+
		duration(int64(at)*l.width)+" after the first packet. The numbers stand in a table below.", attr{"id", summary}).line()
	step := plotWidth / float64(l.n)
	w.marks(step)
	for _, y := range [...]float64{25, 50, 75} {
		w.begin("path", attr{"class", "grid"}, attr{"d", "M0 " + coordinate(y) + "H1000"}).end()
	}
	w.begin("path", attr{"class", "bars"}, attr{"d", bars(all, x.of, highest, step)}).end().line()
	w.flags(all, step)
	w.end().line()
	w.axis()
	w.end().line()
}

// bars is the outline of bars.
func bars(all []bin, of func(bin) uint64, highest uint64, step float64) string {
	var b strings.Builder
	width := step
	if step > 3 {
		width = step - min(step*0.15, 2)
	}
	for i, x := range all {
		n := of(x)
		if n == 0 {
			continue
		}
		height := max(plotHeight*float64(n)/float64(max(highest, 1)), 0.7)
		b.WriteString("M" + coordinate(float64(i)*step) + " 100v-" + coordinate(height) + "h" + coordinate(width) + "V100z")
	}
	return b.String()
}

// marks draws gaps behind the bars.
func (w *writer) marks(step float64) {
	l := &w.over
	for _, s := range w.clock.gaps() {
		from := float64(s.from-l.start) / float64(l.width) * step
		to := float64(s.to-l.start) / float64(l.width) * step
		w.begin("rect", attr{"class", "gap"}, attr{"x", coordinate(from)}, attr{"y", "0"}, attr{"width", coordinate(max(to-from, 1))}, attr{"height", "100"}).end().line()
	}
}

// flags draws where packets are missing, and where TCP sent much again.
func (w *writer) flags(all []bin, step float64) {
	var lost, resent strings.Builder
	for i, b := range all {
		x := coordinate((float64(i) + 0.5) * step)
		if b.lost > 0 {
			lost.WriteString("M" + x + " 0V100")
		}
		if b.resent > 0 {
			resent.WriteString("M" + x + " 0v6")
		}
	}
	if lost.Len() > 0 {
		w.begin("path", attr{"class", "lost"}, attr{"d", lost.String()}).end()
	}
	if resent.Len() > 0 {
		w.begin("path", attr{"class", "resent"}, attr{"d", resent.String()}).end()
	}
}

// axis writes the times below a plot.
func (w *writer) axis() {
	l := &w.over
	end := l.start + int64(l.n)*l.width
	layout := "15:04:05"
	switch span := time.Duration(end - l.start); {
	case span > 48*time.Hour:
		layout = "2006-01-02 15:04"
	case span < 10*time.Second:
		layout = "15:04:05.000"
	}
	w.begin("div", attr{"class", "axis"}, attr{"aria-hidden", "true"})
	for i := range 5 {
		t := l.start + (end-l.start)/4*int64(i)
		w.one("span", w.about.local(time.Unix(0, t)).Format(layout))
	}
	w.end().line()
}

// legend says what marks mean, of those that are there.
func (w *writer) legend() {
	var resent, lost bool
	for _, b := range w.over.bins[:w.over.n] {
		resent, lost = resent || b.resent > 0, lost || b.lost > 0
	}
	gaps := len(w.clock.gaps()) > 0
	if !resent && !lost && !gaps {
		return
	}
	w.begin("ul", attr{"class", "legend"})
	for _, mark := range [...]struct {
		has         bool
		class, text string
	}{
		{gaps, "gap", "long gap without packets"},
		{lost, "lost", "packets were lost here"},
		{resent, "resent", "TCP sent segments again"},
	} {
		if mark.has {
			w.begin("li").begin("svg", attr{"class", "key"}, attr{"viewBox", "0 0 10 10"}, attr{"aria-hidden", "true"})
			w.begin("rect", attr{"class", mark.class}, attr{"width", "10"}, attr{"height", "10"}).end().end().text(" " + mark.text).end()
		}
	}
	w.end().line()
}

// numbersRows is how many rows the table of what plots show has at most.
const numbersRows = 60

// numbers writes what plots show as a table.
func (w *writer) numbers() {
	l := &w.over
	each := (l.n + numbersRows - 1) / numbersRows
	w.begin("details").one("summary", "The numbers of these plots").line()
	w.table("numbers", "Packets and bytes in intervals of "+duration(int64(each)*l.width)+".", false,
		column{head: "From"}, column{"Packets", true}, column{"Bytes", true}, column{"Lost", true}, column{"TCP sent again", true})
	for i := 0; i < l.n; i += each {
		var sum bin
		for _, b := range l.bins[i:min(i+each, l.n)] {
			sum.add(b)
		}
		w.begin("tr").one("td", stamp(l.start+int64(i)*l.width, w.about), attr{"data-v", strconv.Itoa(i)})
		w.number(thousands(sum.packets), sum.packets).number(thousands(sum.bytes), sum.bytes)
		w.number(thousands(sum.lost), sum.lost).number(thousands(sum.resent), sum.resent).end().line()
	}
	w.endTable().end().line()
}
