package filters

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/text"
)

// FindMode says how the text of a payload search is read.
type FindMode uint8

// Find modes.
const (
	FindRegexp  FindMode = iota + 1 // a regular expression over bytes, ignoring the case of ASCII letters
	FindLiteral                     // the text as it stands
	FindBinary                      // the text with Python's escapes, searched from the IP header on
	FindHex                         // pairs of hexadecimal digits, searched from the IP header on
)

// MaxPattern is the longest text of a search in bytes.
const MaxPattern = 4096

// Find is a payload search. It keeps what it learns of its pattern, and is for
// one goroutine.
type Find struct {
	mode    FindMode
	literal literal // occurs in every hit; empty: not known
	exact   bool    // and is all of it
	auto    *automaton
	re      *regexp.Regexp // over translated text, for where hits are; see translate
	scratch []byte
}

// NewFind reads the text of a search. The error says what is wrong with it, and
// where.
func NewFind(text string, mode FindMode) (*Find, error) {
	switch {
	case text == "":
		return nil, fmt.Errorf("an empty text is found everywhere")
	case len(text) > MaxPattern:
		return nil, fmt.Errorf("a text of %d bytes is longer than %d", len(text), MaxPattern)
	}
	f := &Find{mode: mode}
	var b []byte
	var err error
	switch mode {
	case FindLiteral:
		b = []byte(text)
	case FindBinary:
		b, err = unescape(text)
	case FindHex:
		b, err = unhex(text)
	default:
		return f, f.compile(text)
	}
	if err == nil && len(b) == 0 {
		err = errors.New("there are no bytes in it")
	}
	if err != nil {
		return nil, err
	}
	f.literal, f.exact = newLiteral(b, false), true
	return f, nil
}

// compile makes the automaton of a regular expression.
func (f *Find) compile(text string) error {
	pattern := translate(text)
	tree, err := syntax.Parse(pattern, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return patternError(err, text)
	}
	b, fold, exact := requiredLiteral(tree)
	if len(b) > 0 {
		f.literal, f.exact = newLiteral(b, fold), exact
	}
	if f.exact {
		return nil
	}
	if f.auto, err = newAutomaton(tree); err != nil {
		return err
	}
	f.re, err = regexp.Compile("(?i)" + pattern)
	return err
}

// patternError words an error of the parser without its package's name, and
// with the pattern as typed.
func patternError(err error, pattern string) error {
	e, ok := err.(*syntax.Error)
	if !ok {
		return err
	}
	if e.Code == syntax.ErrMissingParen || e.Code == syntax.ErrUnexpectedParen {
		return fmt.Errorf("%s: %s", e.Code, text.Quote(pattern))
	}
	wrong := untranslate(e.Expr)
	// The parser may have stopped within a character.
	if at := strings.Index(pattern, wrong); at >= 0 && !utf8.ValidString(wrong) {
		for end := at + len(wrong); end <= min(at+len(wrong)+utf8.UTFMax, len(pattern)); end++ {
			if utf8.ValidString(pattern[at:end]) {
				wrong = pattern[at:end]
				break
			}
		}
	}
	return fmt.Errorf("%s: %s", e.Code, text.Quote(wrong))
}

// wholePacket reports whether the headers are searched too.
func (f *Find) wholePacket() bool { return f.mode == FindBinary || f.mode == FindHex }

// Match reports whether a hit is in the packet. It does not allocate once the
// automaton knows its states.
func (f *Find) Match(p *header.Packet) bool {
	if f.wholePacket() {
		return f.in(p.All)
	}
	return f.in(p.Payload)
}

// in reports whether a hit is in b.
func (f *Find) in(b []byte) bool {
	if len(f.literal.lower) > 0 {
		if f.literal.index(b, 0) < 0 {
			return false
		}
		if f.exact {
			return true
		}
	}
	_, ok := f.auto.search(b, startOfText)
	return ok
}

// end returns where the first hit to end in b ends, -1 when there is none. What
// was before b is given as it is to automaton.search.
func (f *Find) end(b []byte, before rune) int {
	if len(f.literal.lower) > 0 {
		i := f.literal.index(b, 0)
		if i < 0 {
			return -1
		}
		if f.exact {
			return i + len(f.literal.lower)
		}
	}
	if end, ok := f.auto.search(b, before); ok {
		return end
	}
	return -1
}

// before is what end is given of the byte in front of what it searches.
func (f *Find) before(c byte) rune {
	if f.exact {
		return startOfText // nobody asks
	}
	return f.auto.before(c)
}

// Range is the bytes from Start to before End.
type Range struct{ Start, End int }

// Hits appends all hits in b to dst, from left to right, without overlaps and
// without empty ones. It is for what is shown, and may allocate.
func (f *Find) Hits(dst []Range, b []byte) []Range {
	if f.exact {
		n := len(f.literal.lower)
		for i := f.literal.index(b, 0); i >= 0; i = f.literal.index(b, i+n) {
			dst = append(dst, Range{i, i + n})
		}
		return dst
	}
	if !f.in(b) {
		return dst
	}
	f.scratch = f.scratch[:0]
	for _, c := range b {
		f.scratch = appendByte(f.scratch, c)
	}
	at, i := 0, 0 // the same place in scratch and in b
	forward := func(to int) int {
		for ; at < to; i++ {
			at += translatedLen(b[i])
		}
		return i
	}
	for _, hit := range f.re.FindAllIndex(f.scratch, -1) {
		if hit[0] < hit[1] {
			dst = append(dst, Range{forward(hit[0]), forward(hit[1])})
		}
	}
	return dst
}

// unhex reads pairs of hexadecimal digits, white space ignored.
func unhex(s string) ([]byte, error) {
	digits := make([]byte, 0, len(s))
	for i, c := range []byte(s) {
		switch {
		case bytes.IndexByte([]byte(" \t\n\v\f\r"), c) >= 0:
		case strings.IndexByte("0123456789abcdefABCDEF", c) >= 0:
			digits = append(digits, c)
		default:
			return nil, fmt.Errorf("%s at byte %d is no hexadecimal digit", text.Quote(s[i:i+1]), i)
		}
	}
	if len(digits) == 0 {
		return nil, fmt.Errorf("there are no hexadecimal digits in it")
	}
	if len(digits)%2 != 0 {
		return nil, fmt.Errorf("%d hexadecimal digits are an odd number; each byte takes two", len(digits))
	}
	b := make([]byte, len(digits)/2)
	for i := range b {
		n, err := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8)
		if err != nil {
			return nil, err
		}
		b[i] = byte(n)
	}
	return b, nil
}
