package compile

import (
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/versions"
)

// Word is a word of the language that an expression may go on with.
type Word struct {
	Text   string
	Sample string // an expression that has it; "" for words of a few terms alone
}

// Expected lists the words that may stand in the place of the one that expr ends in, from
// byte at on, and begin with it: all that may follow behind a blank. It is what completion
// offers. There are none where a name, an address or a number is expected.
func Expected(expr string, like versions.Version) (at int, words []Word) {
	at, found := syntax.Expected(expr, like)
	for _, w := range found {
		words = append(words, Word{Text: w.Text, Sample: w.Sample})
	}
	return at, words
}
