package compile

import (
	"os"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
)

// TestManual: docs/tapdump-filter.7 has all words of the language in bold, and its
// examples compile, on Ethernet or on the link type of the comment `.\" on` in front.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/tapdump-filter.7")
	if err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(string(text), `\-`, "-")
	bold := make(map[string]bool)
	for _, part := range strings.Split(page, `\fB`)[1:] {
		words, _, _ := strings.Cut(part, `\f`)
		for word := range strings.FieldsSeq(words) {
			bold[strings.TrimRight(word, "[")] = true
		}
	}
	for line := range strings.Lines(page) { // .B, .BI and .BR have them in turn
		if macro, rest, ok := strings.Cut(line, " "); ok && strings.HasPrefix(macro, ".B") {
			for word := range strings.FieldsFuncSeq(rest, func(r rune) bool { return strings.ContainsRune(" \"[],\n", r) }) {
				bold[word] = true
			}
		}
	}
	for _, w := range syntax.Words {
		for _, word := range append([]string{w.Text}, w.Aliases...) {
			if !bold[word] {
				t.Errorf("docs/tapdump-filter.7 does not have the word %s: write \\fB%s\\fR where it says what it means", word, word)
			}
		}
	}

	link, inside, examples := capture.LinkEN10MB, false, 0
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		switch name, on := strings.CutPrefix(line, `.\" on `); {
		case on:
			var ok bool
			if link, ok = capture.LinkTypeByName(name); !ok {
				t.Errorf("%s: there is no such link type", line)
			}
		case line == ".EX":
			inside = true
		case line == ".EE":
			inside, link = false, capture.LinkEN10MB
		case inside:
			examples++
			if _, err := Compile(line, link, ModeDead, Options{Names: &testNames}); err != nil {
				t.Errorf("docs/tapdump-filter.7: %s on %v: %v", line, link, err)
			}
		}
	}
	if examples < 30 {
		t.Errorf("only %d examples found", examples)
	}
}
