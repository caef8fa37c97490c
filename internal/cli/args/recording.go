package args

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/internal/flows"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/internal/when"
)

// recording are about packets as data: records of named values.
type recording struct {
	JSON       *string   `name:"json" type:"text" takes:"file" bare:"-" getopt:"78" own:"" placeholder:"FILE" help:"print packets as JSON, an object a line; or write them to FILE, beside what else is done"` // nil: not given; "-": the standard output
	Fields     *[]string `name:"fields" type:"fields" getopt:"79" own:"" placeholder:"LIST" help:"print these values of packets, with tabs between: timestamp,src_addr,tls_sni, or tshark's names"`
	CSV        bool      `name:"csv" getopt:"80" own:"" help:"print them with commas instead; all columns without --fields"`
	HeaderLine bool      `name:"header" getopt:"81" own:"" help:"begin with a line of their names"`
	To         []string  `name:"to" type:"texts" takes:"file" getopt:"82" own:"" placeholder:"FILE" help:"write what --fields or --csv asks for to FILE, beside what else is done; or see --from"`
	Columns    *[]string `name:"columns" type:"columns" getopt:"83" own:"" placeholder:"LIST" help:"columns of --json, --csv, Parquet: groups such as basic,tcp,dns,tls,text; all; or single names"`
	Payload    bool      `name:"payload" getopt:"84" own:"" help:"have them contain the payload, too, in hexadecimal digits"`
	ListFields bool      `name:"list-fields" type:"listfields" getopt:"85" own:"" help:"list columns and groups, and tshark's names, and stop"`
}

// RecordFormat is an encoding of records.
type RecordFormat uint8

const (
	RecordJSON RecordFormat = iota // an object a line
	RecordTabs                     // with tabs between values
	RecordCSV                      // with commas
)

// Records is an output of records of packets.
type Records struct {
	Format  RecordFormat
	Name    string   // of the file; "-" is the standard output
	Columns []string // their names
	Header  bool     // a line of names comes first
}

// usual are the groups of columns that records have unless others are asked for: what
// is not the packet once more.
func usual(group string) bool {
	return group != "text" && group != "payload" && group != "raw" && group != "owner" && group != "drop"
}

// column is what there is to know of a column of a table here.
type column struct {
	name, group string
	needs       records.Needs
}

// tableFrom are the columns of a table.
func tableFrom[T any](columns ...[]*records.Column[T]) (table []column) {
	for _, c := range slices.Concat(columns...) {
		table = append(table, column{c.Name, c.Group, c.Needs})
	}
	return table
}

// The tables that records are of: packets, with tshark's names behind, and flows.
var (
	packetTable = sync.OnceValue(func() []column { return tableFrom(records.PacketColumns(), records.Aliases()) })
	flowTable   = sync.OnceValue(func() []column { return tableFrom(flows.Columns()) })
)

// groupOfAliases is the group of tshark's names, which only --fields has.
const groupOfAliases = "tshark"

// columnsOf are the names of the columns of a group, or of those that a condition holds
// for.
func columnsOf(table []column, is func(group string) bool) (names []string) {
	for _, c := range table {
		if c.group != groupOfAliases && is(c.group) {
			names = append(names, c.name)
		}
	}
	return names
}

// find is the column of a name, nil if there is none.
func find(table []column, name string) *column {
	if i := slices.IndexFunc(table, func(c column) bool { return c.name == name }); i >= 0 {
		return &table[i]
	}
	return nil
}

// groupsOf are the groups of a table.
func groupsOf(table []column) (groups []string) {
	for _, c := range table {
		if c.group != groupOfAliases && !slices.Contains(groups, c.group) {
			groups = append(groups, c.group)
		}
	}
	return groups
}

// parseNamesOfColumns reads the names of --fields and --columns. Which there are
// depends on --table.
func parseNamesOfColumns(s string) (*[]string, error) {
	var names []string
	for item := range strings.SplitSeq(s, ",") {
		names = append(names, strings.TrimSpace(item))
	}
	return &names, nil
}

// checkFields refuses names of --fields that the table does not have.
func checkFields(names []string, table []column) error {
	for _, item := range names {
		if find(table, item) == nil {
			return Complaint("--fields: there is no " + text.Quote(item) + similar(item, table) + "; --list-fields lists what there is")
		}
	}
	return nil
}

// similar suggests columns whose names contain that of one which there is not, or the
// last part of it.
func similar(item string, table []column) string {
	part := strings.ToLower(item[strings.LastIndexAny(item, "._")+1:])
	if len(part) < 2 {
		return ""
	}
	var found []string
	for _, c := range table {
		if strings.Contains(c.name, part) && len(found) < 3 {
			found = append(found, c.name)
		}
	}
	if found == nil {
		return ""
	}
	return " (" + strings.Join(found, ", ") + "?)"
}

// namesOf are the columns that the items of --columns stand for: groups, and names of
// columns. They come in the order of the table, those of tshark behind.
func namesOf(items []string, table []column) ([]string, error) {
	asked := make(map[string]bool)
	for _, item := range items {
		group := columnsOf(table, func(g string) bool { return g == item })
		switch {
		case item == "all":
			group = columnsOf(table, func(g string) bool { return usual(g) || g == "text" || g == "owner" || g == "drop" })
		case item == "usual":
			group = columnsOf(table, usual)
		case group == nil && find(table, item) != nil:
			group = []string{item}
		}
		if group == nil {
			return nil, Complaint("--columns: there is no group or column " + text.Quote(item) + "; there are usual, all, " +
				strings.Join(groupsOf(table), ", ") + ", and the names of --list-fields")
		}
		for _, name := range group {
			asked[name] = true
		}
	}
	var names []string
	for _, c := range table {
		if asked[c.name] {
			names = append(names, c.name)
		}
	}
	return names, nil
}

// checkRecording refuses what does not go together.
func (o *options) checkRecording() error {
	if err := o.checkColumns(); err != nil {
		return err
	}
	separated := o.Fields != nil || o.CSV
	to := o.toFile()
	var printed []string // what writes to the standard output
	for _, p := range [...]struct {
		asked  bool
		option string
	}{
		{o.JSON != nil && *o.JSON == "-", "--json"},
		{separated && (to == nil || *to == "-"), o.separatedOption()},
	} {
		if p.asked {
			printed = append(printed, p.option)
		}
	}
	switch {
	case to != nil && !separated:
		return Complaint("--to is about --fields or --csv: give one of them too, or --json=FILE; or it is a time, such as " + when.Awaited)
	case o.HeaderLine && !separated:
		return Complaint("--header is about --fields or --csv: give one of them too")
	case (o.Columns != nil || o.Payload) && o.JSON == nil && !separated && !o.writesParquet():
		return Complaint("--columns and --payload are about --json, --csv or -w NAME.parquet: give one of them too")
	case o.Columns != nil && o.JSON == nil && o.Fields != nil && !o.writesParquet():
		return Complaint("--fields says which columns: leave out --columns")
	case o.JSON != nil && *o.JSON == "", to != nil && *to == "":
		return Complaint("an empty string is not a valid file name")
	case o.JSON != nil && to != nil && *o.JSON == *to && *to != "-":
		return Complaint("--json and --to name the same file " + text.Quote(*to))
	case len(printed) > 1:
		return Complaint(printed[0] + " and " + printed[1] + " both write to the standard output: give --json=FILE, or --to FILE")
	case len(printed) == 0:
		return nil
	}
	for _, other := range [...]struct {
		asked bool
		what  string
	}{
		{textOf(o.WriteFile) == "-", "-w -"},
		{o.Sampling > 0, "--print-sampling"},
		{o.Print, "--print"},
		{o.Count, "--count"},
		{o.View != nil, "--output"},
		{o.Stats != "" || o.StatMode != nil && *o.StatMode != 0, "statistics"},
	} {
		if other.asked {
			return Complaint(printed[0] + " and " + other.what + " both write to the standard output: give records a file, by --json=FILE or --to FILE")
		}
	}
	return nil
}

// checkColumns refuses columns that the table does not have.
func (o *options) checkColumns() error {
	if o.Fields != nil {
		if err := checkFields(*o.Fields, o.table()); err != nil {
			return err
		}
	}
	if o.Columns != nil {
		if _, err := namesOf(*o.Columns, o.table()); err != nil {
			return err
		}
	}
	return o.checkFlowing()
}

// separatedOption is the option that asks for separated text.
func (o *options) separatedOption() string {
	if o.Fields != nil {
		return "--fields"
	}
	return "--csv"
}

// columns are those of records, unless --fields says which.
func (o *options) columns() []string {
	columns := columnsOf(o.table(), func(group string) bool {
		return usual(group) || group == "owner" && o.Owner != nil || group == "drop" && o.drops()
	})
	if o.Columns != nil {
		columns, _ = namesOf(*o.Columns, o.table()) // they were checked
	}
	if o.Payload && !slices.Contains(columns, "payload") {
		columns = append(slices.Clone(columns), "payload")
	}
	return columns
}

// records are the outputs that are asked for, beside a file of -w.
func (o *options) records() (all []Records) {
	if o.JSON == nil && o.Fields == nil && !o.CSV {
		return nil // without the table of columns, which takes time to be made
	}
	columns := o.columns()
	if o.JSON != nil {
		all = append(all, Records{Format: RecordJSON, Name: *o.JSON, Columns: columns})
	}
	if o.Fields == nil && !o.CSV {
		return all
	}
	r := Records{Format: RecordTabs, Name: "-", Columns: columns, Header: o.HeaderLine}
	if o.CSV {
		r.Format = RecordCSV
	}
	if to := o.toFile(); to != nil {
		r.Name = *to
	}
	if o.Fields != nil {
		r.Columns = *o.Fields
		if o.Payload && !slices.Contains(r.Columns, "payload") {
			r.Columns = append(slices.Clone(r.Columns), "payload")
		}
	}
	return append(all, r)
}

// recordsToStdout reports whether records are what the standard output is for.
func (o *options) recordsToStdout() bool {
	return slices.ContainsFunc(o.records(), func(r Records) bool { return r.Name == "-" })
}

// needs are what columns of records need to be known of packets.
func needs(all []Records, table []column) (n records.Needs) {
	for _, r := range all {
		for _, name := range r.Columns {
			n |= find(table, name).needs
		}
	}
	return n
}

// listFields is what --list-fields prints: a line for each column, by groups.
func listFields() string {
	var b strings.Builder
	group := ""
	for _, c := range records.PacketColumns() {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "%s\n", groupTitle(group))
		}
		b.WriteString(listColumn(c))
	}
	fmt.Fprintf(&b, "names of tshark's, with its values, for --fields\n")
	for _, c := range records.Aliases() {
		fmt.Fprintf(&b, "  %-40s %s\n", c.Name, c.Meaning)
	}
	group = ""
	for _, c := range flows.Columns() {
		if c.Group != group {
			group = c.Group
			fmt.Fprintf(&b, "%s (of flows, with --table flows)\n", group)
		}
		b.WriteString(listColumn(c))
	}
	return b.String()
}

// listColumn is the line of a column.
func listColumn[T any](c *records.Column[T]) string {
	kind, alias := c.Kind.String(), c.Alias
	if c.Unit != "" {
		kind += ", " + c.Unit
	}
	if alias == "" {
		alias = "-"
	}
	return fmt.Sprintf("  %-20s %-14s %-36s %s\n", c.Name, kind, alias, c.Meaning)
}

// groupTitle is the line above a group: its name, and whether records have it if
// nothing is said.
func groupTitle(group string) string {
	if usual(group) {
		return group
	}
	return group + " (where it is asked for)"
}
