// Package versions lists the versions of tcpdump, each with the libpcap beside it,
// that printers, filters and messages can follow, and the changes between them.
//
// A change is a variable beside the line that it is about, and the line asks it:
//
//	var greSequence = versions.Since(versions.V5_0, "GRE", "`seq#1`", "`seq 1`")
//
//	if greSequence.In(version) {
//		...
//	}
//
// Changes lists those of all packages that are linked in.
package versions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Version is a version of tcpdump. Later ones are greater. The zero value is the
// one that is followed where nobody asks for another.
type Version int8

// The versions that can be followed. One that is older than the zero value gets a
// number below it.
const (
	V4_99_6 Version = 0 // the release
	V4_99   Version = 1 // the head of the branch tcpdump-4.99
	V5_0    Version = 2 // the head of the branch master
)

// row is what is known of a version.
type row struct {
	version          Version
	name             string // that Parse reads
	tcpdump, libpcap string // what the programs call themselves
}

// rows are all versions, in their order.
var rows = [...]row{
	{V4_99_6, "4.99.6", "4.99.6", "1.10.6"},
	{V4_99, "4.99", "4.99.7-PRE-GIT", "1.10.7-PRE-GIT"},
	{V5_0, "5.0", "5.0.0-PRE-GIT", "1.11.0-PRE-GIT"},
}

func (v Version) row() row {
	for _, r := range rows {
		if r.version == v {
			return r
		}
	}
	name := fmt.Sprintf("Version(%d)", int8(v))
	return row{v, name, name, name}
}

// String is the name that Parse reads.
func (v Version) String() string { return v.row().name }

// Tcpdump is what tcpdump calls the version in its own words.
func (v Version) Tcpdump() string { return v.row().tcpdump }

// Libpcap is the version of the libpcap beside it, in its own words.
func (v Version) Libpcap() string { return v.row().libpcap }

// All are the versions that can be followed, oldest first.
func All() []Version {
	all := make([]Version, len(rows))
	for i, r := range rows {
		all[i] = r.version
	}
	return all
}

// Parse reads the name of a version. The error names all that there are.
func Parse(name string) (Version, error) {
	var names []string
	for _, r := range rows {
		if r.name == name {
			return r.version, nil
		}
		names = append(names, r.name)
	}
	return 0, fmt.Errorf("not one of %s", strings.Join(names, ", "))
}

// A Change is what a version does that those before it do not. Changes do not
// change: any number of goroutines may ask them.
type Change struct {
	since               Version
	about, before, from string
}

// changes are those that Since has made.
var changes []*Change

// Since registers a change: the version that came with it, what it is about (a
// protocol, an option, a part of the filter language), what was before and what is
// from then on, in the form of Markdown and short. It is for package variables.
func Since(v Version, about, before, from string) *Change {
	c := &Change{v, about, before, from}
	changes = append(changes, c)
	return c
}

// In reports whether a version has the change.
func (c *Change) In(v Version) bool { return v >= c.since }

// Version is the first version that has the change.
func (c *Change) Version() Version { return c.since }

// About, Before and From are what Since was told.
func (c *Change) About() string { return c.about }

// Before is what versions do that do not have the change.
func (c *Change) Before() string { return c.before }

// From is what versions do that have it.
func (c *Change) From() string { return c.from }

// Changes are all changes, by what they are about.
func Changes() []*Change {
	return slices.SortedStableFunc(slices.Values(changes), func(a, b *Change) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.about), strings.ToLower(b.about)), cmp.Compare(a.since, b.since), strings.Compare(a.from, b.from))
	})
}
