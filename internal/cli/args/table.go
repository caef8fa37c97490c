package args

import (
	"cmp"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/features"
)

// theViews is the help of a row that lists the views.
const theViews = "${views}"

// row is a row of the table of options: a field of options, as its tags have it.
type row struct {
	name    string
	short   byte // 0: none
	aliases []string
	typ     string // "": a boolean that is set
	help    string
	group   string
	needs   string            // the feature without which it is not there
	place   int               // in getopt's list: after all others for one without a long form
	tag     reflect.StructTag // the others
	reader  reader
	field   reflect.Value
}

// has reports whether a tag is there, which may be empty.
func (r *row) has(tag string) bool {
	_, has := r.tag.Lookup(tag)
	return has
}

// here reports whether the build has what the option needs.
func (r *row) here() bool { return r.needs == "" || features.ByName(r.needs).Here }

// reader is how an option is read where it stands: with its value, if it takes one, and
// its field, which it may set.
type reader struct {
	takesValue bool
	read       func(value string, field reflect.Value) error
}

// setTrue and countUp are the readers of options without a value.
func setTrue(_ string, field reflect.Value) error {
	field.SetBool(true)
	return nil
}

func countUp(_ string, field reflect.Value) error {
	field.SetInt(field.Int() + 1)
	return nil
}

// action is an option without a value that acts where it stands.
func action(act func() error) reader {
	return reader{read: func(string, reflect.Value) error { return act() }}
}

// printed is an option that prints a text and ends the parsing.
func printed(text func() string) reader {
	return action(func() error { return Stop{text()} })
}

// valueOf makes a reader of a function that reads one value. The value is taken
// as it stands: a file name need not be UTF-8.
func valueOf[T any](read func(string) (T, error)) reader {
	return valueReader(func(s string, field reflect.Value) error {
		v, err := read(s)
		if err == nil {
			field.Set(reflect.ValueOf(v))
		}
		return err
	})
}

// valueReader is the reader of an option that takes a value; a boolean field may have
// one too.
func valueReader(read func(s string, field reflect.Value) error) reader {
	return reader{takesValue: true, read: read}
}

// lineParser reads the options of a command line, as getopt has put them in order, into their
// fields.
type lineParser struct {
	options *options
	rows    []row
}

// parserOf is the parser of the table of options.
func parserOf(program Program, host Host, opts *options) *lineParser {
	p := &lineParser{options: opts, rows: make([]row, 0, 128)}
	p.addRows(reflect.ValueOf(opts).Elem(), "", "", p.readers(program, host.Remark))
	return p
}

// addRows adds the fields of a struct that have a name, and those of what is embedded in
// it, which are below that one's
// title, and need what it needs.
func (p *lineParser) addRows(fields reflect.Value, group, needs string, readers map[string]reader) {
	t := fields.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous {
			p.addRows(fields.Field(i), cmp.Or(f.Tag.Get("group"), group), cmp.Or(f.Tag.Get("needs"), needs), readers)
			continue
		}
		name, ok := f.Tag.Lookup("name")
		if !ok {
			continue
		}
		r := row{name: name, typ: f.Tag.Get("type"), group: group, needs: cmp.Or(f.Tag.Get("needs"), needs), tag: f.Tag,
			field: fields.Field(i), help: f.Tag.Get("help")}
		if r.help == theViews {
			r.help = viewHelp()
		}
		if short := f.Tag.Get("short"); short != "" {
			r.short = short[0]
		}
		if aliases := f.Tag.Get("aliases"); aliases != "" {
			r.aliases = strings.Split(aliases, ",")
		}
		r.place = math.MaxInt
		if n, err := strconv.Atoi(f.Tag.Get("getopt")); err == nil {
			r.place = n
		}
		r.reader = readers[r.typ]
		p.rows = append(p.rows, r)
	}
}

// row is the option called name, nil if there is none.
func (p *lineParser) row(name string) *row {
	for i := range p.rows {
		if p.rows[i].name == name {
			return &p.rows[i]
		}
	}
	return nil
}

// parse reads options, each as "--name" or "--name=value", and keeps the operands. It ends
// at the first that is wrong, or that ends the parsing.
func (p *lineParser) parse(flags, operands []string) error {
	for _, flag := range flags {
		name, value, _ := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		r := p.row(name)
		if r == nil {
			return Complaint("the table of options lacks --" + name)
		}
		if r.needs != "" {
			if err := features.ByName(r.needs).Need("--" + name); err != nil {
				return err
			}
		}
		if err := r.reader.read(value, r.field); err != nil {
			return err
		}
	}
	p.options.Expression = operands
	return nil
}
