package filters

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tapdump/tapdump/internal/text"
)

// FactKind says what values of a fact are.
type FactKind uint8

// Kinds of facts.
const (
	FactText     FactKind = iota // compared without case; * stands for anything; ~ for a regular expression
	FactNumber                   // of int64
	FactDuration                 // in nanoseconds, written as in 100ms
	FactWords                    // a set of words, bit i for Words[i]; = asks for any of them
)

// Fact is something that may be known of a packet beyond its headers, and that
// conditions can ask for.
type Fact struct {
	Names []string // that conditions call it; the first is the usual one
	Kind  FactKind
	Words []string // of FactWords
}

// Facts are what is known of the packet that Filter.Match is called with. It is for
// one goroutine.
type Facts interface {
	// Fact is the n-th value of a fact, counted from 0; fact is its index among
	// those that ParseConditions was given. ok is false where there is none.
	Fact(fact, n int) (text []byte, number int64, ok bool)
	// Decoded is payload that was encrypted or compressed in the packet; empty where
	// there is none. Find searches it as well.
	Decoded() []byte
}

// maxFactText is the longest text that is compared.
const maxFactText = 4096

// factCondition is what a condition asks of a fact.
type factCondition struct {
	fact    int
	name    string // the usual one
	kind    FactKind
	words   []string         // of FactWords
	texts   [][]byte         // in lower case, of equal and notEqual
	pattern []*regexp.Regexp // of matches and matchesNot
}

// Facts are the indexes of the facts that conditions ask for.
func (all Conditions) Facts() (used []int) {
	for i := range all {
		if all[i].beyond != nil {
			used = append(used, all[i].beyond.fact)
		}
	}
	return used
}

// Exactly are texts of which a fact must be one, in lower case of ASCII as globMatch has
// it, for all conditions to hold; nil: that is not known.
func (all Conditions) Exactly(fact int) [][]byte {
	for i := range all {
		c := &all[i]
		if c.beyond == nil || c.beyond.fact != fact || c.beyond.kind != FactText || c.op != equal {
			continue
		}
		if !slices.ContainsFunc(c.beyond.texts, isPattern) {
			return c.beyond.texts
		}
	}
	return nil
}

// isPattern reports whether globMatch may find a text like several others.
func isPattern(text []byte) bool { return bytes.ContainsAny(text, "*\x00") }

// parseFact reads a condition on a fact. ok is false if there is no fact of that name.
func parseFact(name, part string, at int, facts []Fact) (c condition, ok bool, err error) {
	for i := range facts {
		f := &facts[i]
		for _, n := range f.Names {
			if strings.EqualFold(n, name) || strings.EqualFold(n, strings.ReplaceAll(name, "-", "_")) {
				c.beyond = &factCondition{fact: i, name: f.Names[0], kind: f.Kind, words: f.Words}
				return c, true, c.parseFact(f, part, at)
			}
		}
	}
	return c, false, nil
}

func (c *condition) parseFact(f *Fact, part string, at int) error {
	op, rest, err := operatorAt(part, at)
	if err != nil {
		return err
	}
	c.op = op
	isPattern := op == matches || op == matchesNot
	switch {
	case f.Kind == FactText && !isPattern && op != equal && op != notEqual:
		return fmt.Errorf("%s: text can be compared with =, !=, ~ and !~ only", text.Quote(part))
	case f.Kind == FactWords && op != equal && op != notEqual:
		return fmt.Errorf("%s: %s can be compared with = and != only", text.Quote(part), f.Names[0])
	case f.Kind != FactText && isPattern:
		return fmt.Errorf("%s: only text can be compared with ~", text.Quote(part))
	}
	values, err := splitQuoted(rest, ',')
	if err != nil || strings.TrimSpace(rest) == "" {
		return fmt.Errorf("%s: %s", text.Quote(part), valueProblem(err))
	}
	for _, v := range values {
		v = strings.TrimSpace(v)
		if v == "" {
			return fmt.Errorf("%s: a value is missing beside a comma", text.Quote(part))
		}
		if err := c.addFactValue(f, part, v); err != nil {
			return err
		}
	}
	return nil
}

func valueProblem(err error) string {
	if err != nil {
		return err.Error()
	}
	return "a value is missing at the end"
}

func (c *condition) addFactValue(f *Fact, part, value string) error {
	switch f.Kind {
	case FactText:
		plain, quoted, err := unquote(value)
		if err != nil {
			return fmt.Errorf("%s: %s is no text in quotes", text.Quote(part), value)
		}
		if c.op == matches || c.op == matchesNot {
			re, err := regexp.Compile("(?i)" + plain)
			if err != nil {
				return fmt.Errorf("%s: %s is no regular expression: %w", text.Quote(part), text.Quote(plain), err)
			}
			c.beyond.pattern = append(c.beyond.pattern, re)
			return nil
		}
		lower := bytes.ToLower([]byte(plain))
		if quoted {
			lower = bytes.ReplaceAll(lower, []byte{'*'}, []byte{0}) // a star is a star then
		}
		c.beyond.texts = append(c.beyond.texts, lower)
	case FactNumber:
		n, err := strconv.ParseInt(value, 0, 64)
		if err != nil {
			return fmt.Errorf("%s: %s is no number", text.Quote(part), text.Quote(value))
		}
		c.values = append(c.values, n)
	case FactDuration:
		d, err := time.ParseDuration(value)
		if err != nil {
			return fmt.Errorf("%s: %s is no time with its unit, as in 100ms or 1.5s", text.Quote(part), text.Quote(value))
		}
		c.values = append(c.values, int64(d))
	case FactWords:
		for i, word := range f.Words {
			if strings.EqualFold(strings.ReplaceAll(value, "-", "_"), word) {
				if len(c.values) == 0 {
					c.values = append(c.values, 0)
				}
				c.values[0] |= 1 << i
				return nil
			}
		}
		return fmt.Errorf("%s: there is no %s; there are %s", text.Quote(part), text.Quote(value), strings.Join(f.Words, ", "))
	}
	return nil
}

// unquote takes double quotes off, with \" and \\ in them.
func unquote(s string) (plain string, quoted bool, err error) {
	if !strings.HasPrefix(s, `"`) {
		return s, false, nil
	}
	if len(s) < 2 || !strings.HasSuffix(s, `"`) {
		return "", true, strconv.ErrSyntax
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1]), true, nil
}

// splitQuoted splits s at separators that are in no double quotes.
func splitQuoted(s string, separator byte) (parts []string, err error) {
	from, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == separator && !quoted:
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	if quoted {
		return nil, fmt.Errorf("a quotation mark is missing at the end")
	}
	return append(parts, s[from:]), nil
}

// matchFact reports whether the condition holds for what is known. Of several values
// one has to hold, with != and !~ all of them; of a fact that is not known none does.
func (c *condition) matchFact(facts Facts) bool {
	if facts == nil {
		return false
	}
	negative := c.op == notEqual || c.op == matchesNot
	for n := 0; ; n++ {
		value, number, ok := facts.Fact(c.beyond.fact, n)
		if !ok {
			return negative && n > 0
		}
		if c.holdsFact(value, number) {
			return !negative
		}
	}
}

// holdsFact reports whether one value is as asked, without what a negative operator
// makes of it.
func (c *condition) holdsFact(value []byte, number int64) (holds bool) {
	f := c.beyond
	switch f.kind {
	case FactText:
		value = value[:min(len(value), maxFactText)]
		for _, re := range f.pattern {
			if re.Match(value) {
				return true
			}
		}
		for _, t := range f.texts {
			if globMatch(t, value) {
				return true
			}
		}
		return false
	case FactWords:
		return number&c.values[0] != 0
	}
	return c.holds(number) != (c.op == notEqual)
}

// globMatch reports whether s is like pattern, in which * stands for any bytes and 0
// for a star. Neither depends on case; pattern is in lower case. It takes time for
// the product of both lengths at most.
func globMatch(pattern, s []byte) bool {
	star, back := -1, 0
	i, j := 0, 0
	for j < len(s) {
		c := s[j]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch {
		case i < len(pattern) && pattern[i] == '*':
			star, back = i, j
			i++
		case i < len(pattern) && (pattern[i] == c || pattern[i] == 0 && c == '*'):
			i++
			j++
		case star >= 0:
			back++
			i, j = star+1, back
		default:
			return false
		}
	}
	for i < len(pattern) && pattern[i] == '*' {
		i++
	}
	return i == len(pattern)
}
