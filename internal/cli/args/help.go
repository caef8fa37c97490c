package args

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// manuals says where there is more.
const manuals = "Manual: man tapdump, or docs/tapdump.1 in the source; payloads and statistics: docs/ipscap.md there.\n"

// help is what --help prints behind the version.
func (p Program) help(options []*kong.Flag) string {
	var b strings.Builder
	if p.IPScap {
		b.WriteString("Usage: ipscap [ option ... ] [ expression ]\n")
		p.writeHelp(&b, options, true, "_", " ")
		b.WriteString("Options of tapdump can be given too, such as -i INTERFACE, -r FILE, -w FILE, -c COUNT and -n; -v shows\n" +
			"more of the headers; tapdump --help has more. --version prints the version.\n")
	} else {
		b.WriteString(usageText(p))
		b.WriteString("\nMore than tcpdump has:\n")
		p.writeHelp(&b, options, false, "-", "=")
		p.writeHelp(&b, options, true, "-", "=")
	}
	b.WriteString(manuals)
	return b.String()
}

// writeHelp writes a line for each option of our own, with a title above those
// that belong together: ipscap's or the others; names with hyphen in place of
// their hyphens and assign in front of values.
func (p Program) writeHelp(b *strings.Builder, options []*kong.Flag, ipscap bool, hyphen, assign string) {
	title := ""
	for _, o := range options {
		if _, own := p.standing(o); !own || o.Tag.Has("exact") != ipscap {
			continue
		}
		if o.Group.Title != title {
			title = o.Group.Title
			fmt.Fprintf(b, "%s\n", title)
		}
		name := "--" + strings.ReplaceAll(o.Name, "-", hyphen)
		switch value := o.PlaceHolder; {
		case value != "" && o.Tag.Has("bare"):
			name += "[" + assign + value + "]"
		case value != "":
			name += assign + value
		}
		fmt.Fprintf(b, "  %-21s %s\n", name, o.Help)
	}
}
