package args

import (
	"strings"

	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/theme"
)

// ColorWhen says when there are colours.
type ColorWhen uint8

const (
	ColorAuto ColorWhen = iota // on a terminal, unless NO_COLOR or TERM=dumb is set
	ColorAlways
	ColorNever
)

var colorWhens = [...]string{ColorAuto: "auto", ColorAlways: "always", ColorNever: "never"}

// colorFlows asks for colours of conversations.
const colorFlows = "flows"

// coloring is the value of --color.
type coloring struct {
	when  ColorWhen
	theme string // "": only what --find found is highlighted
	flows bool
}

// Coloring is what is coloured, and when.
type Coloring struct {
	When  ColorWhen
	Theme *theme.Theme // of lines; nil: only what --find found is highlighted
	Flows bool         // conversations have colours
}

// parseColoring reads words with commas between, each in its place or not at all: when,
// which theme, and whether conversations have colours.
func parseColoring(s string) (c coloring, err error) {
	words := strings.Split(s, ",")
	if when, ok := colorWhen(words[0]); ok {
		c.when, words = when, words[1:]
	}
	if len(words) > 0 {
		if t, ok := theme.ByName(words[0]); ok {
			c.theme, words = t.Name, words[1:]
		}
	}
	if len(words) > 0 && strings.EqualFold(words[0], colorFlows) {
		if c.flows, words = true, words[1:]; c.theme == "" {
			c.theme = theme.All()[0].Name
		}
	}
	if len(words) > 0 {
		return coloring{}, wrongValue("color", s, "auto, always and never are allowed, for lines with a theme behind a comma or alone ("+
			themeNames()+"), and "+colorFlows+" behind that")
	}
	return c, nil
}

func colorWhen(s string) (ColorWhen, bool) {
	for i, name := range colorWhens {
		if strings.EqualFold(s, name) {
			return ColorWhen(i), true
		}
	}
	return 0, false
}

func themeNames() string {
	var names []string
	for _, t := range theme.All() {
		names = append(names, t.Name)
	}
	return strings.Join(names, ", ")
}

// coloring is what --color and the user's own colours ask for.
func (o *options) coloring(own string) (Coloring, error) {
	c := Coloring{When: o.Color.when, Flows: o.Color.flows}
	t, ok := theme.ByName(o.Color.theme)
	if !ok || own == "" {
		c.Theme = t
		return c, nil
	}
	var err error
	if c.Theme, err = t.With(own); err != nil {
		return c, &ValueError{text: "TAPDUMP_COLORS: " + syserr.Text(err), cause: err}
	}
	return c, nil
}

// colorCandidates are the values of --color.
func colorCandidates(*completer) (all []Candidate) {
	for i, help := range [...]string{
		ColorAuto:   "what --find found, on a terminal",
		ColorAlways: "what --find found, also in pipes and files",
		ColorNever:  "no colours",
	} {
		all = append(all, Candidate{colorWhens[i], help})
	}
	for _, t := range theme.All() {
		all = append(all, Candidate{t.Name, "lines on a terminal: " + t.Help},
			Candidate{t.Name + "," + colorFlows, "with a colour for each conversation"},
			Candidate{colorWhens[ColorAlways] + "," + t.Name, "also in pipes and files"})
	}
	return all
}
