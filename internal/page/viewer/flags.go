package viewer

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tapdump/tapdump/printer"
)

// letters are the options that a View takes, each one letter. -n goes without saying: nobody looks names up.
var letters = [...]struct {
	letter byte
	set    func(o *printer.Options)
}{
	{'n', func(*printer.Options) {}},
	{'e', func(o *printer.Options) { o.LinkHeader = true }},
	{'v', func(o *printer.Options) { o.Verbose++ }},
	{'q', func(o *printer.Options) { o.Quick++ }},
	{'t', func(o *printer.Options) { o.TimeFormat++ }},
	{'#', func(o *printer.Options) { o.Number = true }},
	{'S', func(o *printer.Options) { o.AbsoluteSeq = true }},
	{'K', func(o *printer.Options) { o.NoChecksum = true }},
	{'x', func(o *printer.Options) { o.Hex++ }},
	{'X', func(o *printer.Options) { o.HexASCII++ }},
	{'A', func(o *printer.Options) { o.ASCII++ }},
	{'b', func(o *printer.Options) { o.ASDot = true }},
	{'g', func(o *printer.Options) { o.OneLine = true }},
	{'u', func(o *printer.Options) { o.RawHandles = true }},
	{'H', func(o *printer.Options) { o.Mesh = true }},
}

// readFlags reads options such as "-n -e -vv", and "--nano".
func readFlags(flags string) (o printer.Options, err error) {
	for word := range strings.FieldsSeq(flags) {
		if word == "--nano" {
			o.Nano = true
			continue
		}
		if len(word) < 2 || word[0] != '-' {
			return o, fmt.Errorf("%q is no option", word)
		}
	next:
		for i := 1; i < len(word); i++ {
			for j := range letters {
				if l := &letters[j]; l.letter == word[i] {
					l.set(&o)
					continue next
				}
			}
			return o, fmt.Errorf("there is no option -%c here", word[i])
		}
	}
	if o.TimeFormat > 5 {
		return o, errors.New("only -t, -tt, -ttt, -tttt and -ttttt are supported")
	}
	return o, nil
}

// CommandLine is the command that prints what a View of the named file prints.
func CommandLine(o Options, name string) string {
	var b strings.Builder
	if o.Zone != "" {
		b.WriteString("TZ=" + quote(o.Zone) + " ")
	}
	b.WriteString("tapdump -n")
	for word := range strings.FieldsSeq(o.Flags) {
		if word != "-n" {
			b.WriteString(" " + quote(word))
		}
	}
	if strings.HasPrefix(name, "-") {
		name = "./" + name
	}
	b.WriteString(" -r " + quote(name))
	if strings.TrimSpace(o.Filter) != "" {
		b.WriteString(" " + quote(o.Filter))
	}
	return b.String()
}

// quote writes a word so that a shell takes it as it is.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:,+@%", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// location is the zone of a name such as Europe/Berlin; UTC for "".
func location(zone string) (*time.Location, error) {
	l, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("the zone %q is not known: %w", zone, err)
	}
	return l, nil
}
