package cli

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/filters"
)

// IPScap runs a command line of ipscap: the same program with other defaults.
// Without -i it captures from all interfaces, it shows packets as text, counts
// transfers, and wants a filter.
func IPScap(args []string) int {
	if serveCommands() {
		return 0
	}
	quitPlainly()
	c := newCommand(args[0], os.Stdin, os.Stdout, os.Stderr)
	c.ownsProcess, c.ipscap = true, true
	return c.main(args)
}

// ipscapUsage is what ipscap -h prints after the version.
const ipscapUsage = `Usage: ipscap [ option ... ] [ expression ]
What to show
  --find STRING         packets with STRING in their payload
  --find_mode MODE      STRING is a REGEX (the default), text to MATCH, BINARY with escapes, or HEX; or 1 to 4
  --find-stream         search TCP streams, put together again, instead of packets
  --port LIST           packets from or to one of these ports
  --protocol LIST       ICMP, TCP, UDP, ALL (default TCP,UDP)
  --ip LIST             packets from or to one of these addresses or prefixes
  --condition COND      NAME OP VALUE[,VALUE...] joined by ; with the names port client_port src_port dest_port ttl
                        flags seq ack window mss wscale sack and = != > < >= <=
  --tracking            also what follows between the same addresses with the same lower port
  --exclude_ssh         not port 22
  --web_port            --port=80,443,53
  --general_port        --port=21,22,23,25,53,80,110,143,220,443,465,990,993,995,1433,3306
  --force               everything, without any filter
How to show it
  --output MODE         NONE, HEADER, TEXT (the default), BINARY, BINARY_ALL, HEX, HEX_ALL, LINE, or 0 to 7; BASE64, BASE64_ALL
  --color WHEN          highlight what --find found: auto (on terminals), always, never
  --stat_mode {0,1,2}   statistics of nothing, of the packets shown (the default), of all packets
  --stat_group {0,1,2}  by transfers (the default), by addresses and service port, by addresses
  --stats FORMAT        text (the default), json, csv, top
  --dumpfile {0,1,2}    append payloads (1), headers and payloads (2) to files in ./dump_logs/
How to run
  --timeout SECONDS     stop by itself
  --verbose {0,1,2,3}   say more about what is going on; --debug is the last of them
  --log FILE            say it to FILE
  --version, -h, --help
Options of tapdump can be given too, such as -i INTERFACE, -r FILE, -w FILE, -c COUNT and -n; -v shows more of the headers.
`

// identity is what options that ask for texts are answered with.
func (c *command) identity() identity {
	return identity{name: c.name, usage: c.usage(), ipscap: c.ipscap}
}

// identity is the program that options belong to.
type identity struct {
	name   string
	usage  string
	ipscap bool
}

func (c *command) usage() string {
	if c.ipscap {
		return ipscapUsage
	}
	return usageText(c.name)
}

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
func ipscapDevice(devices []capture.Device) string {
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
	if q := filters.Quote(s); q != `"`+s+`"` {
		return q
	}
	return s
}
