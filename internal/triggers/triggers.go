// Package triggers says when a flight recorder keeps what it has: what users ask for by
// --trigger, and whether packets, time and the outside world fulfil it.
//
//	one, err := triggers.Parse("rate>5000/s", facts)
//	set, err := triggers.New([]triggers.Trigger{one}, triggers.Config{})
//	for pkt, err := range capture.Packets(src) {
//		for _, f := range set.Packet(pkt) {
//			fmt.Printf("%s: %s\n", f.Rule, f.Reason)
//		}
//	}
//
// A Set judges packets, and the time between them. What happens outside (files,
// sockets, commands) is for package triggers/outside.
//
// The package makes no system calls and reads no clock. Memory is bounded: a Set keeps
// counts, and what filters remember of streams (package filters).
package triggers

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/text"
)

// Kind is what a trigger is about.
type Kind uint8

// Kinds of triggers.
const (
	Filter    Kind = iota // a packet passes a filter expression
	Find                  // a packet has a text in its payload
	Condition             // a packet fulfils conditions
	RateOf                // packets, bytes or bits come faster or slower than a limit
	Drops                 // the kernel or the interface loses packets
	Silence               // no packet comes
	Signal                // a signal asks for it
	Exit                  // a command fails
	File                  // a file is made, written or touched
	Socket                // somebody connects to a socket
)

// Beginning is what triggers of a kind begin with.
type Beginning struct {
	Prefix string
	Kind   Kind
	Alone  bool // it is all of them
}

// kinds are all of them but filter expressions and rates.
var kinds = [...]Beginning{
	{"find:", Find, false},
	{"condition:", Condition, false},
	{"silence:", Silence, false},
	{"exit:", Exit, false},
	{"file:", File, false},
	{"socket:", Socket, false},
	{"drops", Drops, true},
	{"signal", Signal, true},
}

// Beginnings are those of all kinds but filter expressions and rates.
func Beginnings() []Beginning { return slices.Clone(kinds[:]) }

// Usage says what there is.
const Usage = "a filter expression, find:TEXT, condition:COND, rate>N/s, silence:TIME, drops, signal, exit:COMMAND, file:PATH or socket:PATH"

// Trigger is one trigger as a user wrote it.
type Trigger struct {
	Rule       string // as it was written
	Kind       Kind
	Text       string             // the expression, what is searched, the command, or the path; "" of other kinds
	Conditions filters.Conditions // of Condition
	Rate       Rate               // of RateOf
	Time       time.Duration      // of Silence: how long; of Exit: between the end of the command and its next start
}

// String is the trigger as it was written.
func (t Trigger) String() string { return t.Rule }

// OfPackets reports whether packets and their times are all that a trigger needs, so
// that it works on savefiles.
func (t *Trigger) OfPackets() bool {
	switch t.Kind {
	case Filter, Find, Condition, RateOf, Silence:
		return true
	}
	return false
}

// Limits of what users write.
const (
	maxRule     = 1 << 16
	minSilence  = 100 * time.Millisecond
	minInterval = 100 * time.Millisecond
	maxTime     = 365 * 24 * time.Hour
	// exitInterval is the time between two runs of a command unless it is given.
	exitInterval = time.Second
)

// Parse reads a trigger. Conditions may ask for facts. What is not of a known kind is a
// filter expression, which New compiles: names and what depends on the link type are
// found out there. The error says what is wrong, and what would be right; it does not
// name the trigger. Of an expression it may be a *compile.Error.
func Parse(what string, facts []filters.Fact) (Trigger, error) {
	if !features.HasRecorder {
		return Trigger{}, features.Recorder.Need("--trigger")
	}
	rule := strings.TrimSpace(what)
	t := Trigger{Rule: rule, Text: rule}
	switch {
	case rule == "":
		return t, fmt.Errorf("nothing is said: give %s", Usage)
	case len(rule) > maxRule:
		return t, fmt.Errorf("%d bytes are more than %d", len(rule), maxRule)
	case strings.ContainsRune(rule, 0):
		return t, fmt.Errorf("it has a byte that is 0")
	}
	if limit, ok := cutRate(rule); ok {
		t.Kind, t.Text = RateOf, ""
		var err error
		t.Rate, err = parseRate(limit)
		return t, err
	}
	for _, k := range kinds {
		rest, has := strings.CutPrefix(rule, k.Prefix)
		if has && (!k.Alone || rest == "") {
			t.Kind, t.Text = k.Kind, strings.TrimSpace(rest)
			return t, t.parse(facts)
		}
	}
	if err := mistaken(rule); err != nil {
		return t, err
	}
	return t, checkExpression(rule, facts)
}

// word is a word that is all of a trigger, or in front of a colon.
var word = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z][\w-]*(:|$)`) })

// checkExpression refuses what cannot be a filter expression, with what was meant if that
// can be said.
func checkExpression(rule string, facts []filters.Fact) error {
	_, err := compile.Parse(rule)
	if err == nil {
		return nil
	}
	if _, wrong := filters.ParseConditions(rule, facts...); wrong == nil {
		return fmt.Errorf("it is a condition, and no filter expression: write condition:%s", rule)
	}
	if word().MatchString(rule) {
		return fmt.Errorf("it is no filter expression, nor anything else that fires: give %s", Usage)
	}
	return err
}

// parse reads what is behind the prefix.
func (t *Trigger) parse(facts []filters.Fact) (err error) {
	value := t.Text
	if value == "" && t.Kind != Drops && t.Kind != Signal {
		return fmt.Errorf("%s", missing(t.Kind))
	}
	switch t.Kind {
	case Condition:
		t.Conditions, err = filters.ParseConditions(value, facts...)
	case Find:
		_, err = filters.NewFind(value, filters.FindLiteral) // its length; New reads it as the mode says
	case Silence:
		t.Text = ""
		t.Time, err = parseTime(value, minSilence)
	case Exit:
		t.Time = exitInterval
		every, command, has := strings.Cut(value, ":")
		if _, known := time.ParseDuration(every); has && known == nil {
			if t.Text = strings.TrimSpace(command); t.Text == "" {
				return fmt.Errorf("%s", missing(Exit))
			}
			t.Time, err = parseTime(every, minInterval)
		}
	case File, Socket:
		if strings.HasSuffix(value, "/") {
			return fmt.Errorf("%s names a folder: name a file in it", text.Quote(value))
		}
	}
	return err
}

// missing says what has to stand behind a colon.
func missing(k Kind) string {
	switch k {
	case Find:
		return "a text is missing behind the colon, as in find:password"
	case Condition:
		return "a condition is missing behind the colon, as in condition:tcp=retransmission"
	case Silence:
		return "a time is missing behind the colon, as in silence:10s"
	case Exit:
		return "a command is missing behind the colon, as in 'exit:curl -sf http://localhost/health'"
	case Socket:
		return "a path is missing behind the colon, as in socket:/run/tapdump.sock"
	}
	return "a path is missing behind the colon, as in file:/run/incident"
}

// parseTime reads a time with its unit.
func parseTime(s string, least time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(strings.TrimSpace(s))
	switch {
	case err != nil:
		return 0, fmt.Errorf("%s is no time with its unit, as in 10s, 500ms or 1h30m", text.Quote(s))
	case d < least || d > maxTime:
		return 0, fmt.Errorf("%s is not from %s to %s", text.Quote(s), least, maxTime)
	}
	return d, nil
}

// almost is what looks like one of the kinds, and would hardly be an expression.
var almost = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?i:(find|condition|silence|exit|file|socket|rate)\s*[:=]|(drop|drops|signal|sigusr2|usr2|silence|condition|find|exit)$)`)
})

// mistaken refuses what is meant as another kind than a filter expression.
func mistaken(rule string) error {
	found := almost().FindStringSubmatch(rule)
	if found == nil {
		return nil
	}
	name := strings.ToLower(found[1] + found[2])
	switch name {
	case "drop", "drops":
		return fmt.Errorf("write drops")
	case "signal", "usr2", "sigusr2":
		return fmt.Errorf("write signal")
	case "rate":
		return fmt.Errorf("a rate is compared with > or <, as in rate>5000/s")
	}
	for _, k := range kinds {
		if name == strings.TrimSuffix(k.Prefix, ":") {
			return fmt.Errorf("write %s in small letters, with a colon: %s", name, missing(k.Kind))
		}
	}
	return nil
}
