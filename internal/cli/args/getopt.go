package args

import (
	"fmt"
	"strings"
)

// option is what getopt has to know of one option.
type option struct {
	key   string // the parser's name of it
	short byte   // 0: none
	long  string // "": none
	value bool   // takes a value
	bare  string // the value without one, which is attached then if it is given
	own   bool   // not one of tcpdump's: its abbreviations yield to theirs
	exact bool   // has no abbreviations
}

// getopt reads args as GNU getopt_long does: clustered short options, attached
// and separate values, abbreviated long options, options after operands, and
// "--" as the end of options. posix (POSIXLY_CORRECT) makes the first operand
// the end of options too.
//
// It returns the options as "--key" or "--key=value", in order, up to the first
// wrong one, which err describes; if it is lenient, those behind a wrong one too.
func getopt(args []string, table []option, posix, lenient bool) (flags, operands []string, err error) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		var n int
		switch {
		case arg == "--":
			return flags, append(operands, args...), nil
		case len(arg) < 2 || arg[0] != '-':
			if posix {
				return flags, append(append(operands, arg), args...), nil
			}
			operands = append(operands, arg)
			continue
		case arg[1] == '-':
			flags, n, err = getoptLong(flags, arg[2:], args, table)
		default:
			flags, n, err = getoptShort(flags, arg[1:], args, table)
		}
		if err != nil && !lenient {
			return flags, nil, err
		}
		args = args[n:]
	}
	return flags, operands, nil
}

// getoptShort appends the options of one cluster, and says how many of the
// following arguments it took.
func getoptShort(flags []string, cluster string, rest []string, table []option) ([]string, int, error) {
	for i := 0; i < len(cluster); i++ {
		o := shortOption(table, cluster[i])
		switch {
		case o == nil:
			// The byte as it stands: half a character is what the user typed.
			return flags, 0, UsageError("invalid option -- '" + cluster[i:i+1] + "'")
		case !o.value:
			flags = append(flags, "--"+o.key)
		case i+1 < len(cluster):
			return append(flags, "--"+o.key+"="+cluster[i+1:]), 0, nil
		case len(rest) > 0:
			return append(flags, "--"+o.key+"="+rest[0]), 1, nil
		default:
			return flags, 0, UsageError("option requires an argument -- '" + cluster[i:i+1] + "'")
		}
	}
	return flags, 0, nil
}

// getoptLong appends one long option, written as arg without its two dashes,
// and says how many of the following arguments it took.
func getoptLong(flags []string, arg string, rest []string, table []option) ([]string, int, error) {
	name, value, attached := strings.Cut(arg, "=")
	o, err := longOption(table, name, arg)
	switch {
	case err != nil:
		return flags, 0, err
	case !o.value && attached:
		return flags, 0, UsageError(fmt.Sprintf("option '--%s' doesn't allow an argument", o.long))
	case !o.value:
		return append(flags, "--"+o.key), 0, nil
	case attached:
		return append(flags, "--"+o.key+"="+value), 0, nil
	case o.bare != "":
		return append(flags, "--"+o.key+"="+o.bare), 0, nil
	case len(rest) > 0:
		return append(flags, "--"+o.key+"="+rest[0]), 1, nil
	}
	return flags, 0, UsageError(fmt.Sprintf("option '--%s' requires an argument", o.long))
}

func shortOption(table []option, c byte) *option {
	for i := range table {
		if table[i].short == c {
			return &table[i]
		}
	}
	return nil
}

// longOption finds the option called name, or the only one whose name begins
// so. arg is the argument as it stands, for the message.
func longOption(table []option, name, arg string) (*option, error) {
	for _, own := range []bool{false, true} {
		var found []*option
		for i := range table {
			o := &table[i]
			name := name
			if o.own {
				name = strings.ReplaceAll(name, "_", "-")
			}
			if o.long == name && name != "" {
				return o, nil
			}
			if o.long != "" && o.own == own && !o.exact && strings.HasPrefix(o.long, name) {
				found = append(found, o)
			}
		}
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			msg := "option '--" + arg + "' is ambiguous; possibilities:"
			for _, o := range found {
				msg += " '--" + o.long + "'"
			}
			return nil, UsageError(msg)
		}
	}
	return nil, UsageError("unrecognized option '--" + arg + "'")
}
