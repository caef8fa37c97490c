package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/internal/text"
)

// persona is the program that options belong to.
type persona struct {
	name   string
	ipscap bool
}

func (c *command) persona() persona { return persona{name: c.name, ipscap: c.ipscap} }

// noFilter is said, without the program's name, when ipscap would show
// everything and was not told to.
const noFilter = "Any filters are not specified. Set any filter option or `--force` option.\n"

// lacksFilter tells whether ipscap was given no filter, and should have been.
func (c *command) lacksFilter() bool {
	o := c.opts
	asks := o.ListStampTypes || o.ListLinkTypes || o.DumpFilter > 0
	return c.ipscap && !o.Force && !asks && !o.filtering() && o.FilterFile == nil &&
		strings.TrimSpace(strings.Join(o.Expression, " ")) == ""
}

// anyDevice captures from all interfaces.
const anyDevice = "any"

// ipscapDevice is what ipscap captures from when -i does not say: all
// interfaces at once, where the system can do that.
func ipscapDevice(devices []live.Device) string {
	for i := range devices {
		if devices[i].Name == anyDevice {
			return anyDevice
		}
	}
	return devices[0].Name
}

// announceIPScap prints ipscap's banner: how to stop it, and its filters.
func (c *command) announceIPScap() error {
	o := c.opts
	b := append(c.out.buf, "Start capture packets...\n\n"...)
	if o.Duration > 0 {
		b = append(b, "This capture stops by itself after "...)
		b = strconv.AppendFloat(b, o.Duration.Seconds(), 'f', -1, 64)
		b = append(b, " seconds.\n"...)
	} else {
		b = append(b, "Press `Ctrl + C` to stop.\n"...)
	}
	if given := c.givenFilters(); len(given) > 0 {
		b = append(b, "\n[FILTERS]\n"...)
		for _, f := range given {
			b = fmt.Appendf(b, "%-14s%s\n", f[0]+":", f[1])
		}
	}
	c.out.buf = append(b, '\n')
	return c.out.flush()
}

// givenFilters are the names and texts of the filters of the command line.
func (c *command) givenFilters() [][2]string {
	var all [][2]string
	for _, name := range [...]string{
		"find", "find-mode", "find-stream", "port", "protocol", "ip", "condition", "tracking", "exclude-ssh", "web-port", "general-port",
	} {
		if text, given := c.opts.given[name]; given && text != "" && (name == "find" || !isBlank(text)) {
			all = append(all, [2]string{strings.ReplaceAll(name, "-", "_"), asTyped(text)})
		}
	}
	if text := strings.TrimSpace(textOf(c.filter.text)); text != "" {
		all = append(all, [2]string{"expression", asTyped(text)})
	}
	return all
}

// asTyped is text of the command line for people, quoted where it would not
// show as it stands.
func asTyped(s string) string {
	if q := text.Quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}
