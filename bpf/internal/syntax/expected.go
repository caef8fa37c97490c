package syntax

import (
	"slices"
	"strings"

	"github.com/tapdump/tapdump/versions"
)

// Expected lists the words that the parser of a version takes in the place of the word
// that expr ends in at byte at, and that begin with that, which may be empty: common ones
// first. They are found by trial, so that whatever the parser learns is known here. Rare
// words and other spellings come where nothing else does, or if they are begun; offsets
// and values of fields only behind what can be compared with them. There are none where
// only a name, an address or a number may stand, behind what is wrong already, and in an
// expression of more than 2000 bytes.
//
// What is no word elsewhere, such as those behind `type`, has only its Text.
func Expected(expr string, like versions.Version) (at int, found []Word) {
	at = len(expr)
	for at > 0 && isWordByte(expr[at-1]) {
		at--
	}
	before, begun := expr[:at], expr[at:]
	if len(expr) > maxSuggest || strings.HasSuffix(before, `\`) {
		return at, nil
	}
	takes := func(word string) bool { return takesWord(before, word, like) }
	starts := takes(termWord)
	numbers := !starts && takes(arithmeticWord)
	var others []Word
	for _, w := range Words {
		for i, spelling := range append([]string{w.Text}, w.Aliases...) {
			if !strings.HasPrefix(spelling, begun) || !takes(spelling) {
				continue
			}
			switch {
			case w.token.kind == tokenNumber && !numbers, w.near == newer && !starts: // a number, a name
			case i > 0 || w.near == rare:
				if begun != "" || i == 0 {
					others = append(others, Word{Text: spelling, Sample: w.Sample})
				}
			default:
				found = append(found, w)
			}
		}
	}
	if begun != "" || len(found) == 0 {
		found = append(found, others...)
	}
	if starts || takes(unknownName) {
		return at, found
	}
	for _, o := range optionsOfTerms() {
		if strings.HasPrefix(o, begun) && takes(o) && !slices.ContainsFunc(found, func(w Word) bool { return w.Text == o }) {
			found = append(found, Word{Text: o})
		}
	}
	return at, found
}

// What stands only where a term begins, where arithmetic does, and where any name may.
const (
	termWord       = "greater"
	arithmeticWord = "len"
	unknownName    = "no-word-at-all"
)

// takesWord reports whether the parser finds nothing wrong up to the end of a word
// behind an expression's beginning.
func takesWord(before, word string, like versions.Version) bool {
	expr := before + word
	_, err := Parse(expr, true, like)
	return err == nil || !err.Bound && err.Pos >= len(expr)
}

// isWordByte reports whether a byte may be part of a name.
func isWordByte(c byte) bool { return isAlnum(c) || c == '-' || c == '_' || c == '.' }

// optionsOfTerms are words behind some terms that are none elsewhere.
func optionsOfTerms() (words []string) {
	tables := [][]option{{{"i", 0}, {"s", 0}, {"u", 0}}, llcSupervisory, llcUnnumbered, wlanTypes, wlanDirections, wlanNewerSubtypes, pfReasons, pfActions}
	for _, typ := range [...]uint32{wlanManagement, WlanControl, wlanData} {
		tables = append(tables, wlanSubtypes(typ))
	}
	for _, table := range tables {
		for _, o := range table {
			if !slices.Contains(words, o.word) {
				words = append(words, o.word)
			}
		}
	}
	return words
}
