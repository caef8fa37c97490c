package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/screen"
)

// topPage is what the interactive page of --stats top shows, as it was at a time: it does
// not change while packets are counted on.
type topPage struct {
	title      string // what is captured from
	filter     string // of what is counted
	seconds    float64
	total      stats.Row
	packetRate float64
	dropped    string
	perPackets []uint64 // of each interval
	perBytes   []uint64
	interval   time.Duration
	sections   [topSections]topSection
	state      topState
}

// topSection is a table of the page.
type topSection struct {
	name string
	unit string // what bytes are
	rows []stats.Row
	all  int // of which rows are the first
}

// The sections, and the views of one alone.
const (
	topProtocols = iota
	topHosts
	topServices
	topConversations
	topSections

	topOverview = -1
)

// topState is what keys change of how the page looks.
type topState struct {
	view   int // a section, or topOverview
	first  int // row of the section that is shown alone
	paused bool
	help   bool
	editor *screen.Editor // of the filter; nil: nobody types one
	below  []string       // lines about what is typed
	note   string         // what is to be said in the last line
}

// topHelp is what the key ? shows.
var topHelp = [...]string{
	"b p r n      sort by bytes, packets, rate (bytes/s), name",
	"Tab, 1-5     next view; all, protocols, hosts, services, conversations",
	"arrows       scroll in a view; Page Up, Page Down, Home, End, too",
	"/            filter what is counted: Tab completes, Enter applies, Esc leaves",
	"             it as it is; an empty one counts all again",
	"space        pause the page; packets are counted on",
	"z            count from zero",
	"Ctrl-L       draw the page again",
	"?            this help",
	"q, Ctrl-C    end, and print the page",
}

const topKeys = "q quit  ? help  / filter  bprn sort  Tab view  space pause  z zero"

// lines are the page in so many columns and lines, and where the cursor is: at none if
// row is negative.
func (p *topPage) lines(width, height int) (all []screen.Line, row, column int) {
	st := &p.state
	all = append(all, screen.Line{Text: p.head(width), Style: screen.Reverse})
	if p.filter != "" && height >= 6 {
		all = append(all, screen.Line{Text: "Filter " + p.filter})
	}
	below := st.below[:min(len(st.below), max(height-2-len(all), 0))]
	room := height - len(all) - len(below) - 1
	switch {
	case st.help:
		for _, text := range topHelp[:min(len(topHelp), max(room, 0))] {
			all = append(all, screen.Line{Text: text})
		}
	case st.view != topOverview:
		all = append(all, p.sections[st.view].lines(width, room, st.first)...)
	default:
		if room >= 6 {
			sparks := p.sparklines(width)
			all = append(all, sparks...)
			room -= len(sparks)
		}
		all = append(all, p.overview(width, room)...)
	}
	for len(all) < height-1-len(below) {
		all = append(all, screen.Line{})
	}
	for _, text := range below {
		all = append(all, screen.Line{Text: text})
	}
	last, row, column := p.lastLine(width)
	if row >= 0 {
		row = height - 1
	}
	all = all[:min(len(all), max(height-1, 0))]
	return append(all, last), row, column
}

// head is the first line.
func (p *topPage) head(width int) string {
	parts := []string{
		p.title,
		clock(p.seconds),
		strconv.FormatUint(p.total.Packets, 10) + " packets, " + scaledCount(p.packetRate) + "/s",
		scaled(float64(p.total.Bytes)) + "B, " + scaled(p.total.Rate) + "B/s",
	}
	if p.dropped != "" {
		parts = append(parts, p.dropped+" dropped")
	}
	state := ""
	if p.state.paused {
		state = " [paused]"
	}
	text := screen.Cut(strings.Join(parts, "  "), max(width-len(state), 0))
	return text + state
}

// lastLine is the one of keys, of a note, or of what is typed, and where the cursor is.
func (p *topPage) lastLine(width int) (line screen.Line, row, column int) {
	st := &p.state
	switch {
	case st.editor != nil:
		const prompt = "Filter: "
		text, at := string(st.editor.Text), st.editor.At
		// Of a long one the part about the cursor.
		from := max(0, at-(width-len(prompt)-1))
		return screen.Line{Text: prompt + text[min(from, len(text)):]}, 0, len(prompt) + at - from
	case st.note != "":
		return screen.Line{Text: st.note, Style: screen.Reverse}, -1, 0
	}
	return screen.Line{Text: topKeys, Style: screen.Reverse}, -1, 0
}

// sparklines are the rates over time.
func (p *topPage) sparklines(width int) []screen.Line {
	return []screen.Line{
		{Text: p.sparkline("packets/s ", p.perPackets, width)},
		{Text: p.sparkline("bytes/s   ", p.perBytes, width)},
	}
}

// sparkline is a line of blocks, as high as the rate in an interval is, and the highest
// rate.
func (p *topPage) sparkline(name string, values []uint64, width int) string {
	if p.interval <= 0 || len(values) == 0 {
		return name
	}
	highest := max(slices.Max(values), 1)
	peak := " max " + scaledCount(float64(highest)/p.interval.Seconds())
	room := max(width-len(name)-len(peak), 1)
	if len(values) > room { // the last ones
		values = values[len(values)-room:]
	}
	var b strings.Builder
	b.WriteString(name)
	for _, v := range values {
		b.WriteRune([]rune(" ▁▂▃▄▅▆▇█")[v*8/highest])
	}
	return b.String() + peak
}

// overview is all sections, beside each other where there is room.
func (p *topPage) overview(width, height int) []screen.Line {
	if width < 120 {
		return stacked(p.sections[:], width, height)
	}
	const gap = 2
	half := (width - gap) / 2
	left, right := stacked(p.sections[:topServices], half, height), stacked(p.sections[topServices:], width-gap-half, height)
	var all []screen.Line
	for i := range max(len(left), len(right)) {
		line := screen.Line{}
		if i < len(left) {
			line = left[i]
		}
		if i < len(right) {
			line.Text = padded(line.Text, half+gap) + right[i].Text
			line.Style = max(line.Style, right[i].Style)
		}
		all = append(all, line)
	}
	return all
}

// stacked are sections one below the other: each has its share of the lines, and what
// one does not need the others have.
func stacked(sections []topSection, width, height int) (all []screen.Line) {
	lines := make([]int, len(sections))
	left := height
	for i := range sections {
		if left >= 2 && len(sections[i].rows) > 0 {
			lines[i] = 2
			left -= 2
		}
	}
	for given := true; given && left > 0; {
		given = false
		for i := range sections {
			if left > 0 && lines[i] > 0 && lines[i] <= len(sections[i].rows) {
				lines[i]++
				left--
				given = true
			}
		}
	}
	for i := range sections {
		if lines[i] > 0 {
			all = append(all, sections[i].lines(width, lines[i], 0)...)
		}
	}
	return all
}

// lines are the section's title and its rows from the first on.
func (s *topSection) lines(width, height, first int) (all []screen.Line) {
	if height <= 0 {
		return nil
	}
	title := s.name
	if s.all > 0 {
		title = fmt.Sprintf("%s (%d)", s.name, s.all)
	}
	c := columnsOf(width)
	all = append(all, screen.Line{Text: c.line(title, "packets", s.unit, s.unit+"/s", ""), Style: screen.Bold})
	highest := uint64(1)
	for _, r := range s.rows {
		highest = max(highest, r.Bytes)
	}
	for _, r := range s.rows[min(first, len(s.rows)):] {
		if len(all) == height {
			break
		}
		all = append(all, screen.Line{Text: c.line(
			strings.Repeat("  ", max(r.Level-1, 0))+r.Name,
			scaledCount(float64(r.Packets)), scaledCount(float64(r.Bytes)), scaledCount(r.Rate), bar(r.Bytes, highest, c.bar),
		)})
	}
	return all
}

// topColumns are the widths of a table's columns, 0 where there is no room for one.
type topColumns struct{ name, packets, bytes, rate, bar int }

// columnsOf shares out a width: names of hosts come first, then bytes.
func columnsOf(width int) (c topColumns) {
	c.bytes = 9
	if width >= 30 {
		c.packets = 9
	}
	if width >= 56 {
		c.rate = 10
	}
	if width >= 70 {
		c.bar = 2 + max(4, (width-66)/3)
	}
	c.name = max(width-c.packets-c.bytes-c.rate-c.bar, 1)
	return c
}

func (c *topColumns) line(name, packets, bytes, rate, bar string) string {
	text := padded(screen.Cut(name, c.name), c.name)
	for _, one := range [...]struct {
		text  string
		width int
	}{{packets, c.packets}, {bytes, c.bytes}, {rate, c.rate}} {
		if one.width > 0 {
			text += fmt.Sprintf("%*s", one.width, one.text)
		}
	}
	if c.bar > 0 && bar != "" {
		text += "  " + bar
	}
	return text
}

// bar is as long as a part of the highest value.
func bar(v, highest uint64, cells int) string {
	if cells <= 2 {
		return ""
	}
	eighths := int(float64(v) / float64(highest) * float64(cells-2) * 8)
	text := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		text += string([]rune("▏▎▍▌▋▊▉")[part-1])
	}
	return text
}

// padded is text with blanks behind it, to so many cells.
func padded(text string, cells int) string {
	return text + strings.Repeat(" ", max(cells-utf8.RuneCountInString(text), 0))
}
