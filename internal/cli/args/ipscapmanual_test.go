package args

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// ipscapEntries are the entries of docs/ipscap.1 by the options of their headings, as
// they are typed; each goes up to the heading of the next.
func ipscapEntries(t *testing.T) map[string]string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/ipscap.1")
	if err != nil {
		t.Fatal(err)
	}
	_, options, ok := strings.Cut(strings.ReplaceAll(string(page), `\-`, "-"), "\n.SH OPTIONS\n")
	options, _, ok2 := strings.Cut(options, "\n.SH ")
	if !ok || !ok2 {
		t.Fatal("docs/ipscap.1 has no section OPTIONS")
	}
	entries := make(map[string]string)
	heading := regexp.MustCompile(`(?m)^\.TP\n\.BR? (--\S+)(?: " \\fI([\w,]+)\\fR")?$`)
	at := heading.FindAllStringSubmatchIndex(options, -1)
	for i, m := range at {
		end := len(options)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		name := options[m[2]:m[3]]
		if m[4] >= 0 {
			name += " " + options[m[4]:m[5]]
		}
		entries[name] = options[m[1]:end]
	}
	return entries
}

// TestIPScapManual: the manual page of ipscap has each option of its help, with its value's
// name there and the values that it may have; each default that it names is what the program
// does without the option.
func TestIPScapManual(t *testing.T) {
	entries := ipscapEntries(t)
	program := Program{Name: "ipscap", IPScap: true}
	isDefault := regexp.MustCompile(`[Tt]he\s+default\s+is\s+\\fB([\w,]+)\\fR`)
	options, defaults := 0, 0
	for _, o := range tableOf().rows {
		if _, own := program.standing(&o); !own || !o.has("exact") {
			continue
		}
		options++
		name := "--" + strings.ReplaceAll(o.name, "-", "_")
		heading := name
		if value := o.tags.get("placeholder"); value != "" {
			heading += " " + value
		}
		text, ok := entries[heading]
		if !ok {
			t.Errorf("docs/ipscap.1 has no entry %q", heading)
			continue
		}
		delete(entries, heading)
		if m := isDefault.FindStringSubmatch(text); m != nil {
			defaults++
			checkDefault(t, name, m[1])
		}
		text = regexp.MustCompile(`\\f[BIR]`).ReplaceAllString(text, "")
		if set, fixed := valueSets()[o.typ]; fixed {
			for _, c := range set.all(&completer{program: program}) {
				for word := range strings.SplitSeq(c.Text, ",") {
					if !regexp.MustCompile(`\b` + regexp.QuoteMeta(word) + `\b`).MatchString(text) {
						t.Errorf("docs/ipscap.1: %s does not have the value %s", name, word)
					}
				}
			}
		}
	}
	for heading := range entries {
		t.Errorf("docs/ipscap.1: %s is no option of ipscap --help", heading)
	}
	if options < 20 || defaults < 6 {
		t.Errorf("only %d options and %d defaults", options, defaults)
	}
}

// checkDefault fails where a value of an option of ipscap does not decide what its absence does.
func checkDefault(t *testing.T, option, value string) {
	t.Helper()
	plan := func(more ...string) *Plan {
		words := append([]string{"ipscap", "-r", "x", "--find", "y", "--port", "1"}, more...)
		p, err := parseLine(words, testHost(t))
		if err != nil {
			t.Fatalf("%q: %v", words, err)
		}
		p.Given = nil
		return p
	}
	without, with := plan(), plan(option, value)
	if !reflect.DeepEqual(without, with) {
		t.Errorf("docs/ipscap.1: %s %s is not the default", option, value)
	}
	for _, other := range []string{"0", "1", "2", "ICMP", "never"} { // one of these makes a difference
		words := []string{"ipscap", "-r", "x", "--find", "y", "--port", "1", option, other}
		if p, err := parseLine(words, testHost(t)); err == nil {
			if p.Given = nil; !reflect.DeepEqual(p, with) {
				return
			}
		}
	}
	t.Errorf("docs/ipscap.1: no value of %s differs from its default", option)
}
