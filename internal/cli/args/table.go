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
	needs   string // the feature without which it is not there
	place   int    // in getopt's list: after all others for one without a long form
	tags    tags
	reader  reader
	field   reflect.Value
}

// helpText is its line of help.
func (r *row) helpText() string {
	if r.help == theViews {
		return viewHelp()
	}
	return r.help
}

// has reports whether a tag is there, which may be empty.
func (r *row) has(tag string) bool {
	_, has := r.tags.lookup(tag)
	return has
}

// here reports whether the build has what the option needs.
func (r *row) here() bool { return r.needs == "" || features.ByName(r.needs).Here }

// tags are the tags of a field, as reflect.StructTag has them, but read once: a lookup there
// goes through all of the field's text, which the help is most of.
type tags []struct{ name, value string }

// lookup is the value of a tag, and whether it is there.
func (t tags) lookup(name string) (value string, has bool) {
	for i := range t {
		if t[i].name == name {
			return t[i].value, true
		}
	}
	return "", false
}

// get is the value of a tag, "" where it is not there.
func (t tags) get(name string) string {
	value, _ := t.lookup(name)
	return value
}

// tagsOf reads the tags of a field behind all, which go on to be valid. What does not have
// the form name:"value" ends them.
func tagsOf(all tags, field reflect.StructTag) tags {
	for s := string(field); ; {
		name, rest, ok := strings.Cut(strings.TrimLeft(s, " "), ":\"")
		if !ok {
			return all
		}
		end := strings.IndexByte(rest, '"')
		if end >= 0 && strings.IndexByte(rest[:end], '\\') < 0 {
			all = append(all, struct{ name, value string }{name, rest[:end]})
			s = rest[end+1:]
			continue
		}
		quoted, err := strconv.QuotedPrefix(`"` + rest)
		if err != nil {
			return all
		}
		value, _ := strconv.Unquote(quoted) // as its prefix is quoted it can be read
		all = append(all, struct{ name, value string }{name, value})
		s = rest[len(quoted)-1:]
	}
}

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
	const rows, each = 160, 8 // about
	p := &lineParser{options: opts, rows: make([]row, 0, rows)}
	p.addRows(reflect.ValueOf(opts).Elem(), "", "", &tableParts{p.readers(program, host.Remark), make(tags, 0, rows*each)})
	return p
}

// tableParts is what rows are made of: the readers of types, and room for tags.
type tableParts struct {
	readers map[string]reader
	tags    tags
}

// addRows adds the fields of a struct that have a name, and those of what is embedded in
// it, which are below that one's
// title, and need what it needs.
func (p *lineParser) addRows(fields reflect.Value, group, needs string, parts *tableParts) {
	t := fields.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		begin := len(parts.tags)
		parts.tags = tagsOf(parts.tags, f.Tag)
		tags := parts.tags[begin:]
		if f.Anonymous {
			p.addRows(fields.Field(i), cmp.Or(tags.get("group"), group), cmp.Or(tags.get("needs"), needs), parts)
			continue
		}
		name, ok := tags.lookup("name")
		if !ok {
			continue
		}
		r := row{name: name, typ: tags.get("type"), group: group, needs: cmp.Or(tags.get("needs"), needs), tags: tags,
			field: fields.Field(i), help: tags.get("help")}
		if short := tags.get("short"); short != "" {
			r.short = short[0]
		}
		if aliases := tags.get("aliases"); aliases != "" {
			r.aliases = strings.Split(aliases, ",")
		}
		r.place = math.MaxInt
		if n, err := strconv.Atoi(tags.get("getopt")); err == nil {
			r.place = n
		}
		r.reader = parts.readers[r.typ]
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
