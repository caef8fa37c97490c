package syntax_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/bpf/internal/syntax"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// linkOf is the link type that the sample of a word compiles on.
func linkOf(t *testing.T, w syntax.Word) capture.LinkType {
	t.Helper()
	if w.Needs == "" {
		return capture.LinkEN10MB
	}
	l, ok := capture.LinkTypeByName(w.Needs)
	if !ok {
		t.Errorf("syntax.Words: %q needs %q, which is no link type: name one as option -y has it", w.Text, w.Needs)
	}
	return l
}

var wordNames = compile.Names{
	Hosts: func(name string) []netip.Addr {
		if name == "four" {
			return []netip.Addr{netip.MustParseAddr("192.0.2.4")}
		}
		return nil
	},
	MAC: func(name string) ([6]byte, bool) {
		return [6]byte{2, 0, 0, 0, 0, 1}, name == "four"
	},
}

// TestWords is the gate for a new word: its row has a sample that holds the word
// and compiles, and a misspelling leads back to it.
func TestWords(t *testing.T) {
	for _, w := range syntax.Words {
		link := linkOf(t, w)
		if !contains(w.Sample, w.Text) {
			t.Errorf("syntax.Words: the sample of %q, %q, does not hold the word: give it one that does", w.Text, w.Sample)
			continue
		}
		for _, spelling := range append([]string{w.Text}, w.Aliases...) {
			expr := replaceWord(w.Sample, w.Text, spelling)
			if _, err := compile.Compile(expr, link, compile.ModeDead, compile.Options{Names: &wordNames}); err != nil {
				t.Errorf("syntax.Words: the sample of %q, `%s`, does not compile for %v: %v: mend it, or name the link type it needs", w.Text, expr, link, err)
			}
			if len(spelling) < 5 {
				continue // too short to be told from others
			}
			if !slices.ContainsFunc(misspellings(w, spelling), func(wrong string) bool { return sameText(suggestedFor(wrong, link), expr) }) {
				t.Errorf("syntax.Words: no letter of %q can be missing so that it is suggested: say `common` or `rare` in its row", spelling)
			}
		}
	}
}

// sameText reports whether two expressions are the same but for blanks.
func sameText(a, b string) bool {
	return strings.ReplaceAll(a, " ", "") == strings.ReplaceAll(b, " ", "")
}

// contains reports whether word stands in expr as a word of its own.
func contains(expr, word string) bool { return replaceWord(expr, word, "\x00") != expr }

// replaceWord puts to in the place of the last word in expr that is word.
func replaceWord(expr, word, to string) string {
	for i := len(expr) - len(word); i >= 0; i-- {
		end := i + len(word)
		if expr[i:end] == word && !isWord(expr, i-1) && !isWord(expr, end) {
			return expr[:i] + to + expr[end:]
		}
	}
	return expr
}

func isWord(s string, i int) bool {
	return i >= 0 && i < len(s) && (s[i] == '-' || s[i] >= '0' && s[i] <= '9' || s[i] >= 'a' && s[i] <= 'z')
}

func suggestedFor(wrong string, link capture.LinkType) string {
	_, err := compile.Compile(wrong, link, compile.ModeDead, compile.Options{Names: &wordNames})
	if e, ok := err.(*compile.Error); ok {
		return e.Suggestion
	}
	return ""
}

// misspellings are the sample of w with a spelling of it that lacks a letter.
func misspellings(w syntax.Word, spelling string) (list []string) {
	for i := 1; i < len(spelling); i++ {
		list = append(list, replaceWord(w.Sample, w.Text, spelling[:i]+spelling[i+1:]))
	}
	return list
}

// TestWordsAreListed is the gate for docs/bpf.md, which has a line for each word;
// -update writes them.
func TestWordsAreListed(t *testing.T) {
	const file, begin, end = "../../../docs/bpf.md", "| word | example | on |\n|---|---|---|\n", "\n\n"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	if !ok {
		t.Fatalf("%s has no table that begins with %q: put it back, and have its lines written by -update", file, begin)
	}
	list, after, _ := strings.Cut(rest, end)
	lines := make([]string, len(syntax.Words))
	for i, w := range syntax.Words {
		words := "`" + strings.Join(append([]string{w.Text}, w.Aliases...), "`, `") + "`"
		lines[i] = fmt.Sprintf("| %s | `%s` | %s |", words, strings.ReplaceAll(w.Sample, "|", `\|`), w.Needs)
	}
	if *testenv.Update {
		if err := os.WriteFile(file, []byte(before+begin+strings.Join(lines, "\n")+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	has := strings.Split(list, "\n")
	for i, line := range lines {
		if !slices.Contains(has, line) {
			t.Errorf("docs/bpf.md has no line %q for syntax.Words[%d]: go test ./bpf/internal/syntax -run Words -update writes it", line, i)
		}
	}
	if len(has) != len(lines) {
		t.Errorf("docs/bpf.md lists %d words, syntax.Words has %d: -update drops those that are gone", len(has), len(lines))
	}
}
