package args

import (
	"strconv"
	"sync"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/printer/detail"
	"github.com/tapdump/tapdump/versions"
)

// takesInterface is the tag of an option whose value is an interface.
const takesInterface = "interface"

// takesHosts is the tag of one whose value is a list of hosts.
const takesHosts = "hosts"

// valueSet is what values a type of options has.
type valueSet struct {
	all  func(*completer) []Candidate
	list bool // several, with commas between
	fold bool // in any case of letters
}

// valueSets has every type that has a fixed set of values, by the name in the type tag.
var valueSets = sync.OnceValue(func() map[string]valueSet {
	return map[string]valueSet{
		"apps":       {all: candidatesOf(append([]string{"all"}, apps.Names()...)...), list: true},
		"color":      {all: colorCandidates, fold: true},
		"columns":    {all: columnCandidates, list: true},
		"direction":  {all: directionCandidates, fold: true},
		"dumpfile":   {all: numbers("nothing", "payloads", "headers and payloads")},
		"engine":     {all: candidatesOf(engines[:]...)},
		"fields":     {all: fieldCandidates, list: true},
		"findmode":   {all: candidatesOf(findModes[:]...), fold: true},
		"format":     {all: candidatesOf(formats[:]...)},
		"level":      {all: numbers("nothing more", "causes of errors", "settings", "everything")},
		"like":       {all: versionCandidates},
		"linktype":   {all: linkTypeCandidates, fold: true},
		"names":      {all: candidatesOf("capture", "late", "dns"), list: true, fold: true},
		"owner":      {all: candidatesOf("lines", "comment"), list: true, fold: true},
		"packettype": {all: packetTypeCandidates, fold: true},
		"precision":  {all: candidatesOf("micro", "nano")},
		"protocols":  {all: candidatesOf("ICMP", "TCP", "UDP", "ALL"), list: true, fold: true},
		"shell":      {all: shellCandidates},
		"stamptype":  {all: stampTypeCandidates, fold: true},
		"statgroup":  {all: numbers("by transfers", "by addresses and service port", "by addresses")},
		"statmode":   {all: numbers("none", "of the packets shown", "of all packets")},
		"stats":      {all: candidatesOf(statsFormats[:]...), fold: true},
		"table":      {all: candidatesOf(tablePackets, tableFlows)},
		"view":       {all: viewCandidates, fold: true},
		"yesno":      {all: candidatesOf("yes", "no")},
	}
})

// candidatesOf are values that say all by themselves.
func candidatesOf(names ...string) func(*completer) []Candidate {
	return func(*completer) (all []Candidate) {
		for _, name := range names {
			all = append(all, Candidate{Text: name})
		}
		return all
	}
}

// numbers are values from 0 on, with what they stand for.
func numbers(help ...string) func(*completer) []Candidate {
	return func(*completer) (all []Candidate) {
		for i, h := range help {
			all = append(all, Candidate{strconv.Itoa(i), h})
		}
		return all
	}
}

// columnCandidates are the groups and columns of the table that is asked for.
func columnCandidates(c *completer) (all []Candidate) {
	for _, group := range groupsOf(c.columns()) {
		all = append(all, Candidate{group, "the columns of a group"})
	}
	all = append(all, Candidate{"usual", "those that there are without --columns"}, Candidate{"all", "all columns"})
	return append(all, fieldCandidates(c)...)
}

// fieldCandidates are the columns alone.
func fieldCandidates(c *completer) (all []Candidate) {
	for _, column := range c.columns() {
		all = append(all, Candidate{column.name, column.group})
	}
	return all
}

// columns are those of the table that is asked for.
func (c *completer) columns() []column {
	if c.given["table"] == tableFlows {
		return flowTable()
	}
	return packetTable()
}

func directionCandidates(*completer) (all []Candidate) {
	for _, d := range directions {
		all = append(all, Candidate{Text: d.name})
	}
	return all
}

// linkTypeCandidates are those that the interface offers, or all.
func linkTypeCandidates(c *completer) (all []Candidate) {
	types := capture.LinkTypes()
	if device := c.given["interface"]; device != "" && c.host.LinkTypes != nil {
		if offered := c.host.LinkTypes(device); len(offered) > 0 {
			types = offered
		}
	}
	for _, l := range types {
		if name, description := l.TextsIn(c.program.Like); name != "" {
			all = append(all, Candidate{name, description})
		}
	}
	return all
}

func packetTypeCandidates(c *completer) (all []Candidate) {
	for _, name := range printer.PacketTypeNames() {
		if name != "quic" || quicPackets.In(c.program.Like) {
			all = append(all, Candidate{Text: name})
		}
	}
	return all
}

func shellCandidates(*completer) (all []Candidate) {
	for _, s := range shells {
		all = append(all, Candidate{Text: s.name})
	}
	return all
}

func stampTypeCandidates(*completer) (all []Candidate) {
	for _, t := range capture.TimestampTypes() {
		all = append(all, Candidate{t.String(), t.Description()})
	}
	return all
}

func versionCandidates(*completer) (all []Candidate) {
	for _, v := range versions.All() {
		all = append(all, Candidate{v.String(), "tcpdump " + v.Tcpdump() + ", libpcap " + v.Libpcap()})
	}
	return all
}

func viewCandidates(*completer) (all []Candidate) {
	for _, m := range detail.Modes() {
		all = append(all, Candidate{Text: m.Name()})
	}
	return all
}
