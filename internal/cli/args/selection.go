package args

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/text"
	"github.com/tapdump/tapdump/printer/detail"
)

// What --web_port and --general_port stand for.
var (
	webPorts     = []uint16{80, 443, 53}
	generalPorts = []uint16{21, 22, 23, 25, 53, 80, 110, 143, 220, 443, 465, 990, 993, 995, 1433, 3306}
)

// noSSH is what --exclude_ssh puts in front of the conditions.
const noSSH = "port!=22"

// addIPScapReaders adds the types of the values of ipscap's options.
func addIPScapReaders(all map[string]reader) {
	all["level"] = choice("verbose", 3)
	all["find"] = valueOf(parseFind)
	all["findmode"] = valueOf(parseFindMode)
	all["ports"] = valueOf(parsePorts)
	all["protocols"] = valueOf(parseProtocols)
	all["prefixes"] = valueOf(parsePrefixes)
	all["conditions"] = valueOf(parseConditions)
	all["view"] = valueOf(parseView)
	all["statmode"] = valueOf(func(s string) (*int, error) {
		n, err := parseChoice("stat_mode", s, 2)
		return &n, err
	})
	all["statgroup"] = valueOf(func(s string) (stats.Grouping, error) {
		n, err := parseChoice("stat_group", s, 2)
		return stats.Grouping(n), err
	})
	all["dumpfile"] = choice("dumpfile", 2)
	all["timeout"] = valueOf(parseTimeout)
	all["color"] = valueOf(parseColoring)
	all["stats"] = valueOf(parseStats)
}

func choice(option string, last int) reader {
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

var findModes = [...]string{"REGEX", "MATCH", "BINARY", "HEX"} // from 1 on

func parseFindMode(s string) (filters.FindMode, error) {
	for i, name := range findModes {
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
	all, err := filters.ParseConditions(s, facts()...)
	if err != nil {
		return nil, WrongValue("condition", s, err)
	}
	return all, nil
}

// viewHelp says which views there are: X[_ALL] is X and X_ALL.
func viewHelp() string {
	var numbered, others []string
	last := ""
	for _, m := range detail.Modes() {
		list := &others
		if m.Number() != "" {
			list, last = &numbered, m.Number()
		}
		switch name, all := strings.CutSuffix(m.Name(), "_ALL"); {
		case all:
			(*list)[len(*list)-1] = name + "[_ALL]"
		case m == detail.Text:
			*list = append(*list, name+" (ipscap's default)")
		default:
			*list = append(*list, name)
		}
	}
	return strings.Join(numbered, ", ") + ", or 0 to " + last + "; " + strings.Join(others, ", ")
}

func parseView(s string) (*detail.Mode, error) {
	mode, ok := detail.ModeByName(s)
	if !ok {
		return nil, wrongValue("output", s, detail.ModeNames()+" are allowed")
	}
	return &mode, nil
}

func parseTimeout(s string) (time.Duration, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || f > math.MaxInt64/1e9 {
		return 0, wrongValue("timeout", s, "a number of seconds above 0 is allowed, such as 10 or 0.5")
	}
	return max(time.Duration(f*1e9), 1), nil
}

var statsFormats = [...]string{"text", "json", "csv", "top"}

func parseStats(s string) (string, error) {
	for _, name := range statsFormats {
		if strings.EqualFold(s, name) {
			return name, nil
		}
	}
	return "", wrongValue("stats", s, "text, json, csv and top are allowed")
}
