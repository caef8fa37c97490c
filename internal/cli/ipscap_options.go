package cli

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/printer/detail"
)

// ipscapOptions are the options of ipscap, which tapdump takes too: then only
// under their full names, so that tcpdump's abbreviations mean what they mean
// there; exact:"always" says so of ipscap too.
type ipscapOptions struct {
	Diagnostics int                `name:"verbose" type:"level" own:"" exact:""` // 0 to 3
	Debug       bool               `name:"debug" own:"" exact:""`
	Log         *string            `name:"log" type:"text" own:"" exact:""`
	Find        *string            `name:"find" type:"find" own:"" exact:""`
	FindMode    filters.FindMode   `name:"find-mode" type:"findmode" own:"" exact:""` // 0: not given
	FindStream  bool               `name:"find-stream" own:"" exact:""`
	Ports       []uint16           `name:"port" type:"ports" own:"" exact:""`
	Protocols   filters.Protocols  `name:"protocol" type:"protocols" own:"" exact:""` // 0: not given
	Addresses   []netip.Prefix     `name:"ip" type:"prefixes" own:"" exact:""`
	Conditions  filters.Conditions `name:"condition" type:"conditions" own:"" exact:""`
	Tracking    bool               `name:"tracking" own:"" exact:""`
	View        *detail.Mode       `name:"output" type:"view" own:"" exact:""`
	OutputRaw   bool               `name:"output-raw" own:"" exact:"always"` // --out means --output
	StatMode    *int               `name:"stat-mode" type:"statmode" own:"" exact:""`
	StatGroup   stats.Grouping     `name:"stat-group" type:"statgroup" own:"" exact:""`
	DumpFiles   int                `name:"dumpfile" type:"dumpfile" own:"" exact:""`
	Timeout     time.Duration      `name:"timeout" type:"timeout" own:"" exact:""` // 0: not given
	ExcludeSSH  bool               `name:"exclude-ssh" own:"" exact:""`
	WebPort     bool               `name:"web-port" own:"" exact:""`
	GeneralPort bool               `name:"general-port" own:"" exact:""`
	Force       bool               `name:"force" own:"" exact:""`
	Color       colorWhen          `name:"color" type:"color" own:"" exact:""`
	Stats       string             `name:"stats" type:"stats" own:"" exact:""` // "": not given
}

// What --web_port and --general_port stand for.
var (
	webPorts     = []uint16{80, 443, 53}
	generalPorts = []uint16{21, 22, 23, 25, 53, 80, 110, 143, 220, 443, 465, 990, 993, 995, 1433, 3306}
)

// noSSH is what --exclude_ssh puts in front of the conditions.
const noSSH = "port!=22"

// badValue is a complaint about the value of one of ipscap's options. It makes
// the exit status 2.
type badValue string

func (e badValue) Error() string { return string(e) }

// wrongValue names the option, the value, and what is allowed.
func wrongValue(option, value, allowed string) badValue {
	return badValue("--" + option + ": wrong value " + text.Quote(value) + ": " + allowed)
}

// ipscapMappers are the types of the values of ipscapOptions.
func ipscapMappers() []kong.Option {
	return []kong.Option{
		kong.NamedMapper("level", choice("verbose", 3)),
		kong.NamedMapper("find", valueOf(parseFind)),
		kong.NamedMapper("findmode", valueOf(parseFindMode)),
		kong.NamedMapper("ports", valueOf(parsePorts)),
		kong.NamedMapper("protocols", valueOf(parseProtocols)),
		kong.NamedMapper("prefixes", valueOf(parsePrefixes)),
		kong.NamedMapper("conditions", valueOf(parseConditions)),
		kong.NamedMapper("view", valueOf(parseView)),
		kong.NamedMapper("statmode", valueOf(func(s string) (*int, error) {
			n, err := parseChoice("stat_mode", s, 2)
			return &n, err
		})),
		kong.NamedMapper("statgroup", valueOf(func(s string) (stats.Grouping, error) {
			n, err := parseChoice("stat_group", s, 2)
			return stats.Grouping(n), err
		})),
		kong.NamedMapper("dumpfile", choice("dumpfile", 2)),
		kong.NamedMapper("timeout", valueOf(parseTimeout)),
		kong.NamedMapper("color", valueOf(parseColor)),
		kong.NamedMapper("stats", valueOf(parseStats)),
	}
}

func choice(option string, last int) kong.Mapper {
	return valueOf(func(s string) (int, error) { return parseChoice(option, s, last) })
}

// parseChoice reads a number from 0 to last.
func parseChoice(option, s string, last int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > last {
		return 0, wrongValue(option, s, fmt.Sprintf("a number from 0 to %d is allowed", last))
	}
	return n, nil
}

// An empty value of --find, --port, --ip or --condition is none: it comes from
// an empty variable of a script.

func parseFind(s string) (*string, error) {
	if s == "" {
		return nil, nil
	}
	return &s, nil
}

func parseFindMode(s string) (filters.FindMode, error) {
	for i, name := range [...]string{"REGEX", "MATCH", "BINARY", "HEX"} {
		if strings.EqualFold(s, name) || s == strconv.Itoa(i+1) {
			return filters.FindMode(i + 1), nil
		}
	}
	return 0, wrongValue("find_mode", s, "REGEX, MATCH, BINARY, HEX or 1 to 4 are allowed")
}

func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

// list splits a list at commas, semicolons and blanks.
func list(option, s, what string) ([]string, error) {
	items := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",; \t", r) })
	if len(items) == 0 {
		return nil, wrongValue(option, s, "it has no "+what)
	}
	return items, nil
}

func parsePorts(s string) ([]uint16, error) {
	if isBlank(s) {
		return nil, nil
	}
	items, err := list("port", s, "port")
	if err != nil {
		return nil, err
	}
	var ports []uint16
	for _, item := range items {
		n, err := strconv.ParseUint(item, 10, 16)
		if err != nil {
			return nil, wrongValue("port", s, text.Quote(item)+" is no port from 0 to 65535")
		}
		ports = append(ports, uint16(n))
	}
	return ports, nil
}

func parseProtocols(s string) (filters.Protocols, error) {
	items, err := list("protocol", s, "protocol")
	if err != nil {
		return 0, err
	}
	var all filters.Protocols
	for _, item := range items {
		switch strings.ToUpper(item) {
		case "TCP":
			all |= filters.TCP
		case "UDP":
			all |= filters.UDP
		case "ICMP":
			all |= filters.ICMP
		case "ALL":
			all |= filters.AllProtocols
		default:
			return 0, wrongValue("protocol", s, text.Quote(item)+" is not one of ICMP, TCP, UDP, ALL")
		}
	}
	return all, nil
}

func parsePrefixes(s string) ([]netip.Prefix, error) {
	if isBlank(s) {
		return nil, nil
	}
	items, err := list("ip", s, "address")
	if err != nil {
		return nil, err
	}
	var prefixes []netip.Prefix
	for _, item := range items {
		p, err := netip.ParsePrefix(item)
		if a, aerr := netip.ParseAddr(item); aerr == nil && a.Zone() == "" {
			p, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, wrongValue("ip", s, text.Quote(item)+" is no IPv4 or IPv6 address, nor a prefix such as 10.0.0.0/8")
		}
		prefixes = append(prefixes, p)
	}
	return prefixes, nil
}

func parseConditions(s string) (filters.Conditions, error) {
	if isBlank(s) {
		return nil, nil
	}
	all, err := filters.ParseConditions(s)
	if err != nil {
		return nil, wrongValue("condition", s, syserr.Text(err))
	}
	return all, nil
}

// viewNames are the names of --output; those with numbers come in their order.
var viewNames = [...]string{
	detail.None: "NONE", detail.Header: "HEADER", detail.Text: "TEXT", detail.Binary: "BINARY", detail.BinaryAll: "BINARY_ALL",
	detail.Hex: "HEX", detail.HexAll: "HEX_ALL", detail.Line: "LINE", detail.Base64: "BASE64", detail.Base64All: "BASE64_ALL",
}

func parseView(s string) (*detail.Mode, error) {
	for i, name := range viewNames {
		if mode := detail.Mode(i); strings.EqualFold(s, name) || mode <= detail.Line && s == strconv.Itoa(i) {
			return &mode, nil
		}
	}
	return nil, wrongValue("output", s, strings.Join(viewNames[:], ", ")+" or 0 to 7 are allowed")
}

func parseTimeout(s string) (time.Duration, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || f > math.MaxInt64/1e9 {
		return 0, wrongValue("timeout", s, "a number of seconds above 0 is allowed, such as 10 or 0.5")
	}
	return max(time.Duration(f*1e9), 1), nil
}

// colorWhen says when hits are highlighted.
type colorWhen uint8

const (
	colorAuto colorWhen = iota // on a terminal, unless NO_COLOR is set
	colorAlways
	colorNever
)

func parseColor(s string) (colorWhen, error) {
	for i, name := range [...]string{"auto", "always", "never"} {
		if strings.EqualFold(s, name) {
			return colorWhen(i), nil
		}
	}
	return 0, wrongValue("color", s, "auto, always and never are allowed")
}

func parseStats(s string) (string, error) {
	for _, name := range [...]string{"text", "json", "csv", "top"} {
		if strings.EqualFold(s, name) {
			return name, nil
		}
	}
	return "", wrongValue("stats", s, "text, json, csv and top are allowed")
}

// filtering tells whether an option of ipscap sorts out packets.
func (o *ipscapOptions) filtering() bool {
	return o.Find != nil || o.Ports != nil || o.Protocols != 0 || o.Addresses != nil || o.Conditions != nil ||
		o.ExcludeSSH || o.WebPort || o.GeneralPort
}

// inspecting tells whether an option of ipscap needs to know what packets are.
func (o *ipscapOptions) inspecting() bool {
	return o.filtering() || o.Tracking || o.View != nil || o.StatMode != nil || o.DumpFiles > 0 || o.Stats != ""
}

// checkIPScap refuses options of ipscap that do not go together.
func (o *Options) checkIPScap(ipscap bool) error {
	toStdout := textOf(o.WriteFile) == "-"
	_, finds := o.given["find"]
	switch {
	case o.OutputRaw && o.View == nil && !ipscap:
		return badValue("--output_raw is about --output: give that too")
	case o.FindStream && !finds:
		return badValue("--find-stream is about --find: give that too")
	case o.Stats != "" && o.StatMode != nil && *o.StatMode == 0:
		return badValue("--stats asks for statistics, --stat_mode=0 for none: leave one of them out")
	case toStdout && o.View != nil && *o.View != detail.None:
		return badValue("--output and -w - both write to the standard output: give -w a file")
	case toStdout && (o.Stats != "" || o.StatMode != nil && *o.StatMode != 0):
		return badValue("statistics and -w - both write to the standard output: give -w a file")
	case o.Timeout > 0 && o.Duration > 0:
		return badValue("--timeout and --duration are the same: leave one of them out")
	}
	return nil
}

// filterConfig is what the options say about filters.
func (o *ipscapOptions) filterConfig() (filters.Config, error) {
	cfg := filters.Config{
		Protocols:  o.Protocols,
		Ports:      o.Ports,
		Addresses:  o.Addresses,
		Conditions: o.Conditions,
		Stream:     o.FindStream,
		Tracking:   o.Tracking,
	}
	if o.WebPort {
		cfg.Ports = append(cfg.Ports, webPorts...)
	}
	if o.GeneralPort {
		cfg.Ports = append(cfg.Ports, generalPorts...)
	}
	if o.ExcludeSSH {
		first, err := filters.ParseConditions(noSSH)
		if err != nil {
			return cfg, err
		}
		cfg.Conditions = append(first, cfg.Conditions...)
	}
	if o.Find == nil {
		return cfg, nil
	}
	var err error
	if cfg.Find, err = filters.NewFind(*o.Find, max(o.FindMode, filters.FindRegexp)); err != nil {
		return cfg, wrongValue("find", *o.Find, syserr.Text(err))
	}
	return cfg, nil
}
