// Package theme has the colours of lines on terminals: those that tapdump comes with,
// and how users say their own.
package theme

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/printer"
)

// Theme is what lines look like.
type Theme struct {
	Name string
	Help string

	parts [printer.Parts]string
	flows []string
	hit   string
}

// Hit are the parameters of SGR for what --find found.
func (t *Theme) Hit() string { return t.hit }

// Colors are the colours of the parts; flows asks for those of conversations.
func (t *Theme) Colors(flows bool) *printer.Colors {
	c := &printer.Colors{Of: t.parts}
	if flows {
		c.Flows = t.flows
	}
	return c
}

// All are the themes; the first is the one that goes without saying. Those of the 16
// colours have none that is hard to read on a light or a dark background: no yellow,
// blue, white or black. dark and light are of the 256 (ECMA-48 8.3.117 with 38;5).
func All() []Theme {
	return []Theme{
		{
			Name: "basic", Help: "of 16 colours, for light and dark backgrounds",
			parts: parts{
				time: "2", device: "2", protocol: "1", address: "36", port: "36", station: "2",
				syn: "1;32", fin: "35", rst: "1;31", note: "35", wrong: "31", offset: "2",
			}.list(),
			flows: []string{"32", "35", "36", "1;32", "1;35", "1;36", "4;32", "4;35", "4;36"},
			hit:   "7",
		},
		{
			Name: "dark", Help: "of 256 colours, for dark backgrounds",
			parts: parts{
				time: "38;5;246", device: "38;5;246", protocol: "1;38;5;117", address: "38;5;151", port: "38;5;180", station: "38;5;246",
				syn: "1;38;5;114", fin: "38;5;215", rst: "1;38;5;210", push: "38;5;153", note: "38;5;183", wrong: "1;38;5;203", offset: "38;5;246",
			}.list(),
			flows: []string{"38;5;117", "38;5;114", "38;5;215", "38;5;183", "38;5;229", "38;5;80", "38;5;218", "38;5;147"},
			hit:   "1;38;5;16;48;5;220",
		},
		{
			Name: "light", Help: "of 256 colours, for light backgrounds",
			parts: parts{
				time: "38;5;241", device: "38;5;241", protocol: "1;38;5;25", address: "38;5;23", port: "38;5;94", station: "38;5;241",
				syn: "1;38;5;22", fin: "38;5;125", rst: "1;38;5;124", push: "38;5;24", note: "38;5;90", wrong: "1;38;5;160", offset: "38;5;241",
			}.list(),
			flows: []string{"38;5;25", "38;5;22", "38;5;94", "38;5;90", "38;5;58", "38;5;23", "38;5;125", "38;5;54"},
			hit:   "1;38;5;16;48;5;222",
		},
		{
			Name: "mono", Help: "without colours: bold, underlined, faint",
			parts: parts{time: "2", device: "2", protocol: "1", station: "2", syn: "1", fin: "4", rst: "1;4", note: "4", wrong: "1;4", offset: "2"}.list(),
			flows: []string{"1", "2", "4", "1;4", "2;4"},
			hit:   "7",
		},
	}
}

// parts are what of a theme is given to which part; "" is nothing.
type parts struct {
	time, device, protocol, address, port, station string
	syn, fin, rst, push, ack                       string
	note, wrong, offset                            string
}

func (p parts) list() [printer.Parts]string {
	return [printer.Parts]string{
		printer.PartTime: p.time, printer.PartInterface: p.device, printer.PartProtocol: p.protocol,
		printer.PartAddress: p.address, printer.PartPort: p.port, printer.PartStation: p.station,
		printer.PartSYN: p.syn, printer.PartFIN: p.fin, printer.PartRST: p.rst, printer.PartPush: p.push, printer.PartACK: p.ack,
		printer.PartNote: p.note, printer.PartWrong: p.wrong, printer.PartOffset: p.offset,
	}
}

// ByName finds a theme, in any case of letters.
func ByName(name string) (*Theme, bool) {
	for _, t := range All() {
		if strings.EqualFold(name, t.Name) {
			return &t, true
		}
	}
	return nil, false
}

// hitKey is the key of what --find found.
const hitKey = "hi"

// keys are the names of parts where users say colours of their own.
var keys = [printer.Parts]string{
	printer.PartTime: "ti", printer.PartInterface: "if", printer.PartProtocol: "pr", printer.PartAddress: "ad", printer.PartPort: "po", printer.PartStation: "ma",
	printer.PartSYN: "fs", printer.PartFIN: "ff", printer.PartRST: "fr", printer.PartPush: "fp", printer.PartACK: "fa",
	printer.PartNote: "no", printer.PartWrong: "wr", printer.PartOffset: "of",
}

// Keys are the names of all that has a colour.
func Keys() []string { return append(keys[:len(keys):len(keys)], hitKey) }

// With is the theme with colours of the user's: KEY=SGR, with colons between. An SGR is
// up to 8 numbers from 0 to 255 with semicolons between, or nothing, which leaves the
// part as it is.
func (t *Theme) With(definitions string) (*Theme, error) {
	own := *t
	for _, d := range strings.Split(definitions, ":") {
		if d == "" {
			continue
		}
		key, sgr, ok := strings.Cut(d, "=")
		if !ok {
			return nil, errors.New(text.Quote(d) + ": KEY=SGR is meant, as in pr=1;34")
		}
		if !isSGR(sgr) {
			return nil, errors.New(text.Quote(d) + ": up to 8 numbers from 0 to 255 with ; between are allowed, as in pr=1;34")
		}
		to := own.at(key)
		if to == nil {
			return nil, errors.New(text.Quote(d) + ": there is no such key; there are " + strings.Join(Keys(), ", "))
		}
		*to = sgr
	}
	return &own, nil
}

// at is what a key stands for; nil: nothing.
func (t *Theme) at(key string) *string {
	if key == hitKey {
		return &t.hit
	}
	for i, k := range keys {
		if k == key {
			return &t.parts[i]
		}
	}
	return nil
}

// isSGR reports whether s is parameters of SGR, or nothing: nothing else gets to a
// terminal.
func isSGR(s string) bool {
	if s == "" {
		return true
	}
	numbers := strings.Split(s, ";")
	for _, n := range numbers {
		for _, c := range []byte(n) {
			if c < '0' || c > '9' {
				return false
			}
		}
		if v, err := strconv.Atoi(n); err != nil || v > 255 || len(n) > 3 {
			return false
		}
	}
	return len(numbers) <= 8
}
