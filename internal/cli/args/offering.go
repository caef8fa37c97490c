package args

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/triggers"
)

// What completion offers within values that have a form of their own: conditions and
// triggers; and the names of hosts.

// comparing are the characters of the operators of conditions.
const comparing = "=!<>~"

// condition completes the last of conditions: its name, or one of its values where these
// are known.
func condition(front, begun string) answer {
	if strings.Count(begun, `"`)%2 != 0 {
		return answer{kind: answerWords} // a value of the user's own
	}
	if i := strings.LastIndexByte(begun, ';'); i >= 0 {
		for i++; i < len(begun) && begun[i] == ' '; i++ {
		}
		front, begun = front+begun[:i], begun[i:]
	}
	at := strings.IndexAny(begun, comparing)
	if at < 0 {
		return answer{answerOpen, "", prefixed(front, matching(conditionNames(), begun, false))}
	}
	name, value := strings.TrimSpace(begun[:at]), strings.TrimLeft(begun[at:], comparing+" ")
	if comma := strings.LastIndexByte(value, ','); comma >= 0 {
		value = value[comma+1:]
	}
	front += strings.TrimSuffix(begun, value)
	return answer{answerOpen, "", prefixed(front, matching(conditionValues(name), value, true))}
}

// conditionNames are the names of conditions, each with the operator that it mostly has.
func conditionNames() (all []Candidate) {
	for _, name := range filters.Fields() {
		all = append(all, Candidate{name + "=", "of headers"})
	}
	for _, f := range facts() {
		operator, help := "=", "text; also ~ and a regular expression"
		switch f.Kind {
		case filters.FactDuration:
			operator, help = ">", "a time: 100ms"
		case filters.FactNumber:
			help = "a number"
		case filters.FactWords:
			help = "one of some words"
		}
		all = append(all, Candidate{f.Names[0] + operator, help})
	}
	return all
}

// conditionValues are the values of a condition that are known, if any.
func conditionValues(name string) []Candidate {
	switch name {
	case "flags":
		return candidatesOf(header.FlagNames[:]...)(nil)
	case "app":
		return candidatesOf(apps.Names()...)(nil)
	}
	for _, f := range facts() {
		if slices.Contains(f.Names, name) {
			return candidatesOf(f.Words...)(nil)
		}
	}
	return nil
}

// triggerHelp says what triggers are about.
var triggerHelp = map[triggers.Kind]string{
	triggers.Find:      "packets with a text in their payload",
	triggers.Condition: "packets that a condition holds for",
	triggers.Silence:   "no packet came for so long",
	triggers.Exit:      "a command fails",
	triggers.File:      "a file is made, written or touched",
	triggers.Socket:    "somebody connects to a socket",
	triggers.Drops:     "packets that were lost",
	triggers.Signal:    "SIGUSR2",
}

// trigger completes the value of --trigger: a filter expression, or a word that begins
// what is none, and what may stand behind that.
func (c *completer) trigger(front, begun string) answer {
	all := matching([]Candidate{{"rate>", "more packets, bits or bytes in a second"}, {"rate<", "fewer of them"}}, begun, false)
	for _, b := range triggers.Beginnings() {
		rest, behind := strings.CutPrefix(begun, b.Prefix)
		switch {
		case !behind && strings.HasPrefix(b.Prefix, begun), b.Alone && rest == "":
			all = append(all, Candidate{b.Prefix, triggerHelp[b.Kind]})
		case !behind:
		case b.Kind == triggers.Condition:
			return condition(front+b.Prefix, rest)
		case b.Kind == triggers.File, b.Kind == triggers.Socket:
			return answer{kind: answerFiles, front: front + b.Prefix}
		case b.Kind == triggers.Exit:
			return answer{kind: answerCommands, front: front + b.Prefix}
		case !b.Alone:
			return answer{kind: answerWords}
		}
	}
	return answer{answerOpen, "", prefixed(front, append(all, c.filterWords("", begun)...))}
}

// hostPlace is the end of an expression behind which the name of a host may stand; what
// is about other addresses is not.
var (
	hostPlace = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(^|[ (!])(host|gateway|src|dst|src (or|and) dst)( host)? +$`)
	})
	otherPlace = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`(ether|fddi|tr|wlan|link|proto) +(host|src|dst|src (or|and) dst)( host)? +$`)
	})
	lastName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`[\w.-]*$`) })
)

// hostNames are the names of hosts that an expression may go on with, with what of its
// last word stands in front.
func (c *completer) hostNames(expr string) (all []Candidate, front string) {
	if c.host.HostNames == nil {
		return nil, ""
	}
	begun := lastName().FindString(expr)
	before := strings.TrimSuffix(expr, begun)
	if !hostPlace().MatchString(before) || otherPlace().MatchString(before) {
		return nil, ""
	}
	// Behind a fault nothing helps.
	trial := before + "a.name" + strings.Repeat(")", max(strings.Count(before, "(")-strings.Count(before, ")"), 0))
	if _, err := compile.Parse(trial); err != nil {
		return nil, ""
	}
	return matching(c.host.HostNames(), begun, true), before
}
