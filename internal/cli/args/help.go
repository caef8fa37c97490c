package args

import (
	"fmt"
	"strings"
)

// manuals says where there is more.
const manuals = "Manuals: man tapdump, man ipscap, man tapdump-filter, which are in docs/ of the source; more about all of it there.\n"

// help is what --help prints behind the version.
func (p Program) help(rows []row) string {
	var b strings.Builder
	if p.IPScap {
		b.WriteString("Usage: ipscap [ option ... ] [ expression ]\n")
		p.writeHelp(&b, rows, true, "_", " ")
		b.WriteString("Options of tapdump can be given too, such as -i INTERFACE, -r FILE, -w FILE, -c COUNT and -n; -v shows\n" +
			"more of the headers; tapdump --help has more. --version prints the version.\n")
	} else {
		b.WriteString(usageText(p))
		b.WriteString("\nMore than tcpdump has:\n")
		p.writeHelp(&b, rows, false, "-", "=")
		p.writeHelp(&b, rows, true, "-", "=")
	}
	b.WriteString(manuals)
	return b.String()
}

// writeHelp writes a line for each option of our own, with a title above those
// that belong together: ipscap's or the others; names with hyphen in place of
// their hyphens and assign in front of values.
func (p Program) writeHelp(b *strings.Builder, rows []row, ipscap bool, hyphen, assign string) {
	title := ""
	for i := range rows {
		o := &rows[i]
		if _, own := p.standing(o); !own || !o.here() || o.has("exact") != ipscap {
			continue
		}
		if o.group != title {
			title = o.group
			fmt.Fprintf(b, "%s\n", title)
		}
		name := "--" + strings.ReplaceAll(o.name, "-", hyphen)
		switch value := o.tags.get("placeholder"); {
		case value != "" && o.has("bare"):
			name += "[" + assign + value + "]"
		case value != "":
			name += assign + value
		}
		fmt.Fprintf(b, "  %-21s %s\n", name, o.helpText())
	}
}
