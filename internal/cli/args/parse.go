package args

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
)

// read reads a command line: arguments without the program's name. Nothing is
// checked yet but each value.
//
// The error is a UsageError, a Complaint, a ValueError, a *triggers.Error, or a Stop.
func read(program Program, arguments []string, host Host) (*options, error) {
	opts := new(options)
	parser := parserOf(program, host, opts)
	flags, operands, wrong := getopt(arguments, parser.getoptTable(program), host.Posix, false)
	if err := parser.parse(flags, operands); err != nil {
		return nil, err
	}
	// Only now: what is wrong with the value of an earlier option comes first.
	if wrong != nil {
		return nil, wrong
	}
	opts.given = givenOptions(flags)
	opts.complete()
	return opts, nil
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
		if before, again := given[name]; again && (name == "E" || name == "M") {
			value = before + SecretsEnd + value
		}
		given[name] = value
	}
	return given
}

// SecretsEnd stands between the values of -E, or -M, in Plan.Given: whoever hides secrets
// has to hide all of them. No word of a command line has it.
const SecretsEnd = "\x00"

// getoptTable derives getopt's table, in the order of getopt's list. A row's aliases are
// options without a value that stand for one value of it.
func (p *lineParser) getoptTable(program Program) []option {
	rows := slices.Clone(p.rows)
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.place, b.place) })
	table := make([]option, 0, len(rows)+2)
	for i := range rows {
		r := &rows[i]
		there, own := program.standing(r)
		if !there {
			continue
		}
		for _, alias := range r.aliases {
			table = append(table, option{key: r.name + "=" + alias, long: alias})
		}
		o := option{key: r.name, short: r.short, long: r.name, value: r.reader.takesValue, bare: r.tags.get("bare"), own: own,
			exact: r.has("exact") && (!program.IPScap || r.tags.get("exact") == "always")}
		if len(o.long) == 1 {
			o.long = ""
		}
		table = append(table, o)
	}
	return table
}

// readers are the types of values, by the name in the type tag.
func (p *lineParser) readers(program Program, remark func(string)) map[string]reader {
	values := valuesIn(program.Like)
	help := func() string { return VersionText(program) + program.help(p.rows) }
	all := map[string]reader{
		"":        {read: setTrue},
		"counter": {read: countUp},
		"help":    printed(help),
		"brief": printed(func() string {
			if program.IPScap {
				return help()
			}
			return VersionText(program) + usageText(program)
		}),
		"usage": action(func() error {
			if program.IPScap {
				return UsageError("invalid option -- 'Y'")
			}
			return UsageError("")
		}),
		"version": printed(func() string { return versionAndBuild(program) }),
		// Two hidden options that tcpdump's tests ask: a bandwidth in single
		// precision, and the bits of a time.
		"floattype": printed(func() string {
			return fmt.Sprintf("%.3f\n", math.Float32frombits(0x4e93312d)*8/1e6)
		}),
		"timesize": printed(func() string { return "64\n" }),
		"module": valueOf(func(s string) (bool, error) {
			remark("ignoring option '-m " + s + "' (no libsmi support)")
			return true, nil
		}),
		"text": valueOf(func(s string) (*string, error) { return &s, nil }),
		"texts": valueReader(func(s string, target reflect.Value) error {
			target.Set(reflect.Append(target, reflect.ValueOf(s)))
			return nil
		}),
		"triggers":     valueReader(parseTrigger),
		"apps":         valueOf(parseApps),
		"names":        valueOf(parseNames),
		"owner":        valueOf(parseOwner),
		"like":         valueOf(parseVersion),
		"columns":      valueOf(parseNamesOfColumns),
		"fields":       valueOf(parseNamesOfColumns),
		"table":        valueOf(parseTable),
		"listfields":   printed(listFields),
		"jobs":         valueOf(parseJobs),
		"workers":      valueOf(parseWorkers),
		"engine":       valueOf(parseEngine),
		"kib":          valueOf(values.bufferSize),
		"packets":      valueOf(values.packets),
		"filesize":     valueOf(values.fileSize),
		"seconds":      valueOf(values.seconds),
		"files":        valueOf(values.files),
		"snaplen":      valueOf(values.snapLen),
		"skip":         valueOf(parseSkip),
		"sampling":     valueOf(parseSampling),
		"direction":    valueOf(parseDirection),
		"stamptype":    valueOf(parseStampType),
		"precision":    valueOf(parsePrecision),
		"packettype":   valueOf(values.packetType),
		"linktype":     valueOf(values.linkType),
		"bytes":        valueOf(parseBytes),
		"count":        valueOf(parseCount),
		"number":       valueOf(parseNumber),
		"duration":     valueOf(parseDuration),
		"format":       valueOf(parseFormat),
		"shard":        valueOf(parseShard),
		"time":         valueOf(parseTime),
		"yesno":        valueOf(parseYesNo),
		"shell":        valueOf(parseShell),
		"serveaddress": valueOf(parseServeAddress),
	}
	addIPScapReaders(all)
	return all
}
