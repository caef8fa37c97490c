package printer

import (
	"slices"

	"github.com/tapdump/tapdump/versions"
)

// follows reports whether the version of tcpdump that is followed has a change.
func (p *Printer) follows(c *versions.Change) bool { return c.In(p.opts.Like) }

// truncSince marks a protocol that ends too early. Where the version that is
// followed has a change, that ends the packet, as a read past its end does.
func (p *Printer) truncSince(c *versions.Change) {
	if p.follows(c) {
		trunc()
	}
	p.truncMark()
}

// wrongSince is wrong where the version that is followed has a change; others do not
// say what makes a header or field malformed.
func (p *Printer) wrongSince(c *versions.Change, what string, value int, relation string, bound int) {
	if p.follows(c) {
		p.wrong(what, value, relation, bound)
	}
}

// refuseSince is refuse where the version that is followed has a change; others take
// what is malformed for cut.
func (p *Printer) refuseSince(c *versions.Change, what string, value int, relation string, bound int) {
	p.wrongSince(c, what, value, relation, bound)
	p.invalidSince(c)
}

// invalidSince is invalid where the version that is followed has a change; others
// take what is malformed for cut.
func (p *Printer) invalidSince(c *versions.Change) {
	if p.follows(c) {
		p.invalid()
		return
	}
	p.truncMark()
}

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

// named prints the name of a protocol where the version that is followed has a
// change, and returns what of the name is left to print later.
func (p *Printer) named(c *versions.Change, name string) string {
	if p.follows(c) {
		p.str(name)
		return ""
	}
	return name
}
