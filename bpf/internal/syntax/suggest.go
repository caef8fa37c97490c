package syntax

import (
	"slices"
	"strings"
)

// Suggestions: what a wrong expression may stand for. Each is tried out before
// it is given: it compiles for the packets at hand, and some of them match. The
// kinds of slips are in files of their own: phrases.go has what is written
// otherwise in this language, slips.go what is misspelt or lacks a word,
// meant.go terms that make no sense as they are.

// Checker says what is wrong with an expression, nil for nothing.
type Checker func(expr string) *Error

// Expressions of more than maxSuggest bytes are not searched for what they may
// stand for, and of others as many are tried out. maxSlips is how many things
// may be wrong with one.
const (
	maxSuggest = 2000
	maxTries   = 300
	maxSlips   = 4
)

// Finish looks for what may be meant, and cuts the message to libpcap's length.
// tagsApart is for packets whose VLAN tags are kept apart from them.
func (e *Error) Finish(tagsApart bool, check Checker) {
	e.suggest(tagsApart, check)
	e.Msg = e.Msg[:min(len(e.Msg), maxMessage)]
}

// suggest looks for an expression that e's may stand for.
func (e *Error) suggest(tagsApart bool, check Checker) {
	if e.Bound || len(e.Expr) > maxSuggest {
		return
	}
	g := guesser{tagsApart: tagsApart, check: check, tried: make(map[string]bool)}
	e.Suggestion = g.better(e, maxSlips)
	if e.Note == "" {
		e.Note = g.note
	}
}

// guesser tries expressions out.
type guesser struct {
	tagsApart bool
	check     Checker
	tried     map[string]bool
	note      string // that belongs to what was found
}

// better is an expression with the slip of e mended, and those behind it; "" for
// none.
func (g *guesser) better(e *Error, slips int) string {
	s := newSuggester(e, g.tagsApart)
	var nearer []*Error // those in which only what stands farther to the right is wrong
	for _, candidate := range s.candidates() {
		if g.tried[candidate] || len(g.tried) == maxTries || strings.TrimSpace(candidate) == "" {
			continue
		}
		g.tried[candidate] = true
		problem := g.check(candidate)
		if problem == nil {
			g.note = s.note
			return candidate
		}
		if problem.rest() < e.rest() || e.Syntax && !problem.Syntax && problem.Candidates != nil {
			nearer = append(nearer, problem)
		}
	}
	if g.note == "" {
		g.note = s.note
	}
	if slips > 1 {
		for _, problem := range nearer {
			if found := g.better(problem, slips-1); found != "" {
				return found
			}
		}
	}
	return ""
}

// rest is how much stands behind the place of e.
func (e *Error) rest() int { return len(e.Expr) - e.Pos }

// suggester looks for what one wrong expression may stand for.
type suggester struct {
	src       string
	tokens    []token
	at        int // the token of the error, or the number of tokens
	err       *Error
	tagsApart bool   // VLAN tags are not in the packet
	note      string // what else is to be said

	unsayable bool // what is meant cannot be said in this language
}

func newSuggester(e *Error, tagsApart bool) *suggester {
	s := &suggester{src: e.Expr, err: e, tagsApart: tagsApart}
	lex := lexer{src: e.Expr}
	for tok := lex.next(); tok.kind != tokenEnd; tok = lex.next() {
		s.tokens = append(s.tokens, tok)
	}
	s.at = len(s.tokens)
	for i, tok := range s.tokens {
		if start := int(tok.pos.Start); start >= e.Pos && (s.at == len(s.tokens) || start < e.Pos+e.Len) {
			s.at = i // of a term that is wrong, the address
		}
	}
	return s
}

// candidates are whole expressions, the likelier ones first.
func (s *suggester) candidates() []string {
	list := append(s.characters(), s.phrases()...)
	switch {
	case s.unsayable:
		return list
	case s.err.Syntax || s.err.Word:
		list = append(list, s.err.Candidates...)
	default: // it is known which term is wrong
		list = slices.Concat(s.err.Candidates, list)
	}
	changes := wordChanges[:]
	switch {
	case s.err.Syntax:
		changes = syntaxChanges[:]
	case !s.err.Word:
		return list
	}
	for _, change := range changes {
		list = append(list, change(s)...)
	}
	return list
}

// token is token number i, or the end.
func (s *suggester) token(i int) token {
	if i < 0 || i >= len(s.tokens) {
		end := int32(len(s.src))
		return token{pos: Span{Start: end, End: end}}
	}
	return s.tokens[i]
}

func (s *suggester) word(i int) string {
	pos := s.token(i).pos
	return s.src[pos.Start:pos.End]
}

// replace puts text in the place of tokens from to to, the latter excluded.
func (s *suggester) replace(from, to int, text string) string {
	start := s.token(from).pos.Start
	end := start
	if to > from {
		end = s.token(to - 1).pos.End
	}
	return s.put(int(start), int(end), text)
}

// put writes text in the place of the bytes from start to end, with blanks
// around it where they are needed.
func (s *suggester) put(start, end int, text string) string {
	before, after := s.src[:start], s.src[end:]
	if text == "" {
		return strings.TrimSpace(strings.TrimRight(before, " ") + " " + strings.TrimLeft(after, " "))
	}
	if before != "" && !strings.ContainsAny(before[len(before)-1:], " ([!") {
		before += " "
	}
	if after != "" && !strings.ContainsAny(after[:1], " )]") && !(text[len(text)-1] == ']' && strings.ContainsAny(after[:1], "=!<>&")) {
		text += " "
	}
	return strings.TrimRight(before+text+after, " ")
}

// DoubtfulHost is a word in the place of a host that does not look like one: it
// has neither a letter and a dot nor words such as `host` before it.
func (e *Expr) DoubtfulHost() *Term {
	for _, s := range e.Steps {
		t := s.Term
		if t == nil || t.Op != TermAddress || t.Kind != AddressName || t.Qual.Typ > TypeNet {
			continue
		}
		letter := strings.ContainsFunc(t.Text, func(r rune) bool { return r > '9' })
		if dotted := strings.Contains(t.Text, "."); !letter && dotted || !dotted && t.Pos.Length() <= len(t.Text)+1 {
			return t
		}
	}
	return nil
}
