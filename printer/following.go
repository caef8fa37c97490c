package printer

import (
	"slices"

	"github.com/tapdump/tapdump/versions"
)

// follows reports whether the version of tcpdump that is followed has a change.
func (p *Printer) follows(c *versions.Change) bool { return c.In(p.opts.Like) }

// tableSince is the table newer where the version that is followed has a change,
// else older.
func (p *Printer) tableSince(c *versions.Change, newer, older []tok) []tok {
	if p.follows(c) {
		return newer
	}
	return older
}

// amended is a table with other entries: each takes the place of that with the same
// value, or comes behind all others. An entry without a name takes the value out.
func amended(table []tok, entries ...tok) []tok {
	table = slices.Clone(table)
	for _, e := range entries {
		at := slices.IndexFunc(table, func(t tok) bool { return t.v == e.v })
		switch {
		case at < 0:
			table = append(table, e)
		case e.s == "":
			table = slices.Delete(table, at, at+1)
		default:
			table[at] = e
		}
	}
	return table
}
