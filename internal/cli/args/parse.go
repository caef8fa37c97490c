package args

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tapdump/tapdump/internal/triggers"
)

// read reads a command line: arguments without the program's name. Nothing is
// checked yet but each value.
//
// The error is a UsageError, a Complaint, a ValueError, a *triggers.Error, or a Stop.
func read(program Program, arguments []string, host Host) (*options, error) {
	opts := new(options)
	parser, err := parserOf(program, host, opts)
	if err != nil {
		return nil, err
	}
	flags, operands, wrong := getopt(arguments, optionTable(parser.Model, program), host.Posix, false)
	if _, err := parser.Parse(append(append(flags, "--"), operands...)); err != nil {
		return nil, cause(err)
	}
	// Only now: what is wrong with the value of an earlier option comes first.
	if wrong != nil {
		return nil, wrong
	}
	opts.given = givenOptions(flags)
	opts.complete()
	return opts, nil
}

// parserOf is the parser of the table of options.
func parserOf(program Program, host Host, opts *options) (parser *kong.Kong, err error) {
	table := func() []*kong.Flag { return parser.Model.Flags }
	parser, err = kong.New(opts, append(mappers(program, host.Remark, table), kong.NoDefaultHelp())...)
	if err != nil {
		return nil, fmt.Errorf("the table of options is wrong: %w", err)
	}
	return parser, nil
}

// givenOptions are the options that getopt returned, by name; "on" is the value
// of those without one.
func givenOptions(flags []string) map[string]string {
	given := make(map[string]string, len(flags))
	for _, f := range flags {
		name, value, has := strings.Cut(strings.TrimPrefix(f, "--"), "=")
		if !has {
			value = "on"
		}
		given[name] = value
	}
	return given
}

// cause takes the parser's wrapping off our own errors.
func cause(err error) error {
	var s Stop
	var wrong UsageError
	var text Complaint
	var bad *ValueError
	var trigger *triggers.Error
	if errors.As(err, &trigger) {
		return trigger
	}
	if errors.As(err, &bad) {
		return bad
	}
	if errors.As(err, &s) {
		return s
	}
	if errors.As(err, &wrong) {
		return wrong
	}
	if errors.As(err, &text) {
		return text
	}
	return err
}

// optionTable derives getopt's table from the parser's model, in the order of
// getopt's list. A flag's aliases are options without a value that stand for one
// value of it.
func optionTable(model *kong.Application, program Program) []option {
	flags := slices.Clone(model.Flags)
	slices.SortStableFunc(flags, func(a, b *kong.Flag) int { return cmp.Compare(place(a), place(b)) })
	var table []option
	for _, flag := range flags {
		there, own := program.standing(flag)
		if !there {
			continue
		}
		for _, alias := range flag.Aliases {
			table = append(table, option{key: flag.Name + "=" + alias, long: alias})
		}
		_, value := flag.Mapper.(valueMapper)
		o := option{key: flag.Name, long: flag.Name, value: value, bare: flag.Tag.Get("bare"), own: own,
			exact: flag.Tag.Has("exact") && (!program.IPScap || flag.Tag.Get("exact") == "always")}
		if flag.Short != 0 {
			o.short = byte(flag.Short)
		}
		if len(o.long) == 1 {
			o.long = ""
		}
		table = append(table, o)
	}
	return table
}

// place is an option's place in getopt's list, after all others for one without
// a long form.
func place(flag *kong.Flag) int {
	if n, err := strconv.Atoi(flag.Tag.Get("getopt")); err == nil {
		return n
	}
	return math.MaxInt
}

// action is an option without a value that acts where it stands.
type action func() error

// Decode implements kong.Mapper.
func (a action) Decode(*kong.DecodeContext, reflect.Value) error { return a() }

// valueOf makes a mapper of a function that reads one value. The value is taken
// as it stands: a file name need not be UTF-8.
func valueOf[T any](read func(string) (T, error)) kong.Mapper {
	return valueMapper(func(s string, target reflect.Value) error {
		v, err := read(s)
		if err == nil {
			target.Set(reflect.ValueOf(v))
		}
		return err
	})
}

// valueMapper is the mapper of every option that takes a value; a boolean field
// may have one too.
type valueMapper func(s string, target reflect.Value) error

// Decode implements kong.Mapper.
func (m valueMapper) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	return m(ctx.Scan.Pop().String(), target)
}

// operands takes all that is left.
type operands struct{}

// Decode implements kong.Mapper.
func (operands) Decode(ctx *kong.DecodeContext, target reflect.Value) error {
	var all []string
	for !ctx.Scan.Peek().IsEOL() {
		all = append(all, ctx.Scan.Pop().String())
	}
	target.Set(reflect.ValueOf(all))
	return nil
}

// mappers are the types of values, by the name in the type tag.
func mappers(program Program, remark func(string), table func() []*kong.Flag) []kong.Option {
	printing := func(text func() string) kong.Mapper {
		return action(func() error { return Stop{text()} })
	}
	values := valuesIn(program.Like)
	return append(ipscapMappers(),
		kong.NamedMapper("help", printing(func() string { return VersionText(program) + program.help(table()) })),
		kong.NamedMapper("brief", printing(func() string {
			if program.IPScap {
				return VersionText(program) + program.help(table())
			}
			return VersionText(program) + usageText(program)
		})),
		kong.NamedMapper("usage", action(func() error {
			if program.IPScap {
				return UsageError("invalid option -- 'Y'")
			}
			return UsageError("")
		})),
		kong.NamedMapper("version", printing(func() string { return VersionText(program) })),
		// Two hidden options that tcpdump's tests ask: a bandwidth in single
		// precision, and the bits of a time.
		kong.NamedMapper("floattype", printing(func() string {
			return fmt.Sprintf("%.3f\n", math.Float32frombits(0x4e93312d)*8/1e6)
		})),
		kong.NamedMapper("timesize", printing(func() string { return "64\n" })),
		kong.NamedMapper("module", valueOf(func(s string) (bool, error) {
			remark("ignoring option '-m " + s + "' (no libsmi support)")
			return true, nil
		})),
		kong.NamedMapper("operands", operands{}),
		kong.NamedMapper("text", valueOf(func(s string) (*string, error) { return &s, nil })),
		kong.NamedMapper("texts", valueMapper(func(s string, target reflect.Value) error {
			target.Set(reflect.Append(target, reflect.ValueOf(s)))
			return nil
		})),
		kong.NamedMapper("triggers", valueMapper(parseTrigger)),
		kong.NamedMapper("apps", valueOf(parseApps)),
		kong.NamedMapper("names", valueOf(parseNames)),
		kong.NamedMapper("owner", valueOf(parseOwner)),
		kong.NamedMapper("like", valueOf(parseVersion)),
		kong.NamedMapper("columns", valueOf(parseNamesOfColumns)),
		kong.NamedMapper("fields", valueOf(parseNamesOfColumns)),
		kong.NamedMapper("table", valueOf(parseTable)),
		kong.NamedMapper("listfields", printing(listFields)),
		kong.NamedMapper("jobs", valueOf(parseJobs)),
		kong.NamedMapper("workers", valueOf(parseWorkers)),
		kong.NamedMapper("engine", valueOf(parseEngine)),
		kong.NamedMapper("kib", valueOf(values.bufferSize)),
		kong.NamedMapper("packets", valueOf(values.packets)),
		kong.NamedMapper("filesize", valueOf(values.fileSize)),
		kong.NamedMapper("seconds", valueOf(values.seconds)),
		kong.NamedMapper("files", valueOf(values.files)),
		kong.NamedMapper("snaplen", valueOf(values.snapLen)),
		kong.NamedMapper("skip", valueOf(parseSkip)),
		kong.NamedMapper("sampling", valueOf(parseSampling)),
		kong.NamedMapper("direction", valueOf(parseDirection)),
		kong.NamedMapper("stamptype", valueOf(parseStampType)),
		kong.NamedMapper("precision", valueOf(parsePrecision)),
		kong.NamedMapper("packettype", valueOf(values.packetType)),
		kong.NamedMapper("linktype", valueOf(values.linkType)),
		kong.NamedMapper("bytes", valueOf(parseBytes)),
		kong.NamedMapper("count", valueOf(parseCount)),
		kong.NamedMapper("number", valueOf(parseNumber)),
		kong.NamedMapper("duration", valueOf(parseDuration)),
		kong.NamedMapper("format", valueOf(parseFormat)),
		kong.NamedMapper("shard", valueOf(parseShard)),
		kong.NamedMapper("time", valueOf(parseTime)),
		kong.NamedMapper("yesno", valueOf(parseYesNo)),
		kong.NamedMapper("shell", valueOf(parseShell)),
	)
}
