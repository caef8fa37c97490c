package args

import (
	"cmp"
	_ "embed"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/internal/text"
)

// Completion: the scripts of --completion give the words of a command line back to the
// program, behind `--`, and it answers what may stand in the place of the last one. The
// answer's first line is a kind and, behind a tab, what of the word stays as it is; those
// behind it are candidates for the whole word, each with a description behind a tab.

// The scripts. Each is for both programs.
var (
	//go:embed completion/tapdump.bash
	bashScript string
	//go:embed completion/tapdump.zsh
	zshScript string
	//go:embed completion/tapdump.fish
	fishScript string
)

// shells are those that there is a script for.
var shells = [...]struct{ name, script string }{{"bash", bashScript}, {"zsh", zshScript}, {"fish", fishScript}}

func parseShell(s string) (string, error) {
	for _, shell := range shells {
		if s == shell.name {
			return s, nil
		}
	}
	return "", Complaint("--completion: there is no script for " + text.Quote(s) + "; there are bash, zsh and fish")
}

// Candidate is a word that may stand somewhere in a command line.
type Candidate struct{ Text, Help string }

// The kinds of answers: candidates, candidates behind which there may be more in the same
// word, or names that the shell knows.
const (
	answerWords    = "words"
	answerOpen     = "open"
	answerFiles    = "file"
	answerFolders  = "dir"
	answerUsers    = "user"
	answerCommands = "command"
)

// answer is what may stand in the place of a word.
type answer struct {
	kind       string
	front      string // of the word, what stands before the name of a file, or of the like
	candidates []Candidate
}

// completion is what --completion prints: a script, or an answer to one.
func (o *options) completion(program Program, host Host) error {
	if len(o.Expression) == 0 {
		i := slices.IndexFunc(shells[:], func(s struct{ name, script string }) bool { return s.name == o.Completion })
		return Stop{shells[i].script}
	}
	if o.Completion == "bash" {
		return Stop{completeForBash(program, host, o.Expression)}
	}
	words := o.Expression[1:]
	if o.Completion == "fish" && len(words) > 0 {
		// Its last word is as it is typed.
		last, _ := splitLine(words[len(words)-1])
		words[len(words)-1] = strings.Join(last, " ")
	}
	return Stop{complete(program, host, words).String()}
}

// String is the answer as scripts read it.
func (a answer) String() string {
	var b strings.Builder
	b.WriteString(a.kind + "\t" + a.front + "\n")
	for _, c := range a.candidates {
		help := strings.Map(func(r rune) rune {
			if r < ' ' || r == 0x7f {
				return ' '
			}
			return r
		}, c.Help)
		if !strings.ContainsFunc(c.Text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
			b.WriteString(c.Text + "\t" + help + "\n")
		}
	}
	return b.String()
}

// completer knows the options of a program.
type completer struct {
	program Program
	host    Host
	parser  *lineParser
	table   []option
	given   map[string]string // the options before the word
}

// complete finds what may stand in the place of the last of words, which are without the
// program's name and without quotes.
func complete(program Program, host Host, words []string) answer {
	none := answer{kind: answerWords}
	if len(words) == 0 {
		return none
	}
	host.Remark = func(string) {}
	before := words[:len(words)-1]
	if like, err := Follow(program, before, host); err == nil {
		program.Like = like
	}
	parser := parserOf(program, host, new(options))
	c := completer{program: program, host: host, parser: parser, table: parser.getoptTable(program)}
	flags, _, _ := getopt(before, c.table, host.Posix, true)
	c.given = givenOptions(flags)
	return c.answer(words)
}

func (c *completer) answer(words []string) answer {
	last := len(words) - 1
	var operands []string
	for i := 0; i < last; i++ {
		arg, rest := words[i], words[i+1:]
		var flags []string
		var taken int
		switch {
		case arg == "--", c.host.Posix && !isOption(arg):
			if arg == "--" {
				i++
			}
			return c.operand(append(operands, words[i:last]...), words[last])
		case !isOption(arg):
			operands = append(operands, arg)
		case arg[1] == '-':
			flags, taken, _ = getoptLong(nil, arg[2:], rest, c.table)
		default:
			flags, taken, _ = getoptShort(nil, arg[1:], rest, c.table)
		}
		if i += taken; i == last {
			key, _, _ := strings.Cut(flags[len(flags)-1], "=")
			return c.value(strings.TrimPrefix(key, "--"), "", words[last])
		}
	}
	switch word := words[last]; {
	case strings.HasPrefix(word, "--"):
		return c.long(word)
	case strings.HasPrefix(word, "-"):
		return c.short(word)
	default:
		return c.operand(operands, word)
	}
}

// isOption reports whether getopt takes a word for an option.
func isOption(arg string) bool { return len(arg) >= 2 && arg[0] == '-' }

// long completes a long option, or its value behind `=`.
func (c *completer) long(word string) answer {
	if name, value, attached := strings.Cut(word[2:], "="); attached {
		o, err := longOption(c.table, name, word[2:])
		if err != nil || !o.value {
			return answer{kind: answerWords}
		}
		return c.value(o.key, "--"+name+"=", value)
	}
	return answer{answerWords, "", matching(c.options(strings.Contains(word, "_")), word, false)}
}

// short completes a word of letters: it is whole, or it is begun by an option whose value
// follows.
func (c *completer) short(word string) answer {
	for i := 1; i < len(word); i++ {
		o := shortOption(c.table, word[i])
		switch {
		case o == nil:
			return answer{kind: answerWords}
		case o.value && i+1 < len(word):
			return c.value(o.key, word[:i+1], word[i+1:])
		case i+1 == len(word):
			return answer{answerWords, "", []Candidate{{word, c.about(o)}}}
		}
	}
	return answer{answerWords, "", c.options(false)}
}

// options are all of them, those of our own with underscores if that is how they are
// written.
func (c *completer) options(underscores bool) (all []Candidate) {
	for i := range c.table {
		o := &c.table[i]
		help := c.about(o)
		if help == "" {
			continue // nobody should give it
		}
		if o.long != "" {
			name := o.long
			if o.own && (underscores || c.program.IPScap) {
				name = strings.ReplaceAll(name, "-", "_")
			}
			all = append(all, Candidate{"--" + name, help})
		}
		if o.short != 0 {
			all = append(all, Candidate{"-" + string(o.short), help})
		}
	}
	return all
}

// row is the option with a key of getopt's table, nil if there is none.
func (c *completer) row(key string) *row {
	name, _, _ := strings.Cut(key, "=")
	return c.parser.row(name)
}

// about says what an option does, "" of those that nobody should give.
func (c *completer) about(o *option) string {
	r := c.row(o.key)
	switch r.typ {
	case "usage", "floattype", "timesize":
		return ""
	}
	if !r.here() {
		return ""
	}
	return cmp.Or(r.helpText(), r.tags.get("about"))
}

// value completes the value of an option, behind front in the same word.
func (c *completer) value(key, front, begun string) answer {
	r := c.row(key)
	switch takes := r.tags.get("takes"); takes {
	case answerFiles, answerFolders, answerUsers, answerCommands:
		return answer{kind: takes, front: front}
	case takesInterface, takesHosts:
		return c.ofHost(takes, front, begun)
	}
	switch r.typ {
	case "triggers":
		return c.trigger(front, begun)
	case "conditions":
		return condition(front, begun)
	}
	set, ok := valueSets()[r.typ]
	if !ok {
		return answer{kind: answerWords}
	}
	kind := answerWords
	if set.list {
		kind = answerOpen
		if comma := strings.LastIndexByte(begun, ','); comma >= 0 {
			front, begun = front+begun[:comma+1], begun[comma+1:]
		}
	}
	return answer{kind, "", prefixed(front, matching(set.all(c), begun, set.fold))}
}

// ofHost completes a value by what the host has.
func (c *completer) ofHost(takes, front, begun string) answer {
	switch {
	case takes == takesInterface && c.host.Interfaces != nil:
		return answer{answerWords, "", prefixed(front, matching(c.host.Interfaces(), begun, false))}
	case takes == takesHosts && c.host.HostNames != nil:
		if at := strings.LastIndexAny(begun, ",@"); at >= 0 {
			front, begun = front+begun[:at+1], begun[at+1:]
		}
		return answer{answerOpen, "", prefixed(front, matching(c.host.HostNames(), begun, true))}
	}
	return answer{kind: answerWords}
}

// matching are the candidates that go on where a word is begun; with fold in small letters
// behind small ones, where there are none otherwise.
func matching(all []Candidate, begun string, fold bool) (found []Candidate) {
	for _, c := range all {
		if strings.HasPrefix(c.Text, begun) {
			found = append(found, c)
		}
	}
	if len(found) > 0 || !fold {
		return found
	}
	for _, c := range all {
		if lower := strings.ToLower(c.Text); strings.HasPrefix(lower, begun) {
			found = append(found, Candidate{lower, c.Help})
		}
	}
	return found
}

// prefixed puts front before candidates.
func prefixed(front string, all []Candidate) []Candidate {
	for i := range all {
		all[i].Text = front + all[i].Text
	}
	return all
}

// operand completes a word of the filter expression, behind others; or the name of a file
// where operands are that.
func (c *completer) operand(before []string, word string) answer {
	if c.given["make-index"] != "" || c.given["merge-stats"] != "" {
		return answer{kind: answerFiles}
	}
	expr := ""
	if len(before) > 0 {
		expr = strings.Join(before, " ") + " "
	}
	return answer{answerWords, "", c.filterWords(expr, word)}
}

// filterWords are those that a filter expression goes on with.
func (c *completer) filterWords(before, word string) (all []Candidate) {
	at, words := compile.Expected(before+word, c.program.Like)
	for _, w := range words {
		all = append(all, Candidate{word[:at-len(before)] + w.Text, w.Sample})
	}
	if names, front := c.hostNames(before + word); len(front) >= len(before) {
		all = append(all, prefixed(front[len(before):], names)...)
	}
	return all
}

// assignment is a word that sets a variable for a command.
var assignment = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z_][A-Za-z_0-9]*\+?=`) })

// completeForBash answers to bash, which gives a command line up to the cursor and what it
// will put the candidate in the place of: it cuts words at characters such as `=` and `:`.
func completeForBash(program Program, host Host, operands []string) string {
	words, open := splitLine(operands[0])
	for len(words) > 0 && assignment().MatchString(words[0]) {
		words = words[1:]
	}
	if len(words) < 2 || len(operands) < 2 {
		return ""
	}
	word := words[len(words)-1]
	replaced, _ := splitLine(operands[1])
	tail := strings.Join(replaced, " ")
	kept, _ := strings.CutSuffix(word, tail) // in front of that
	a := complete(program, host, words[1:])
	a.front = strings.TrimPrefix(a.front, kept)
	for i := range a.candidates {
		a.candidates[i].Text = strings.TrimPrefix(a.candidates[i].Text, kept)
		if !open {
			a.candidates[i].Text = special().ReplaceAllString(a.candidates[i].Text, `\$0`)
		}
	}
	return a.String()
}

// special are characters that a shell takes for something else without a backslash.
var special = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile("[][ (){}&|<>;'\"\\\\$`*?]") })

// splitLine splits a command line into words, without quotes, as shells do: the last one is
// empty behind a blank. open says that it stands in quotes that do not end.
func splitLine(line string) (words []string, open bool) {
	var word strings.Builder
	quote := byte(0)
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case ch == '\\' && quote != '\'' && i+1 < len(line) && (quote == 0 || strings.IndexByte("\"\\$`", line[i+1]) >= 0):
			i++
			word.WriteByte(line[i])
		case quote != 0 && ch == quote:
			quote = 0
		case quote == 0 && (ch == '\'' || ch == '"'):
			quote = ch
		case quote == 0 && (ch == ' ' || ch == '\t' || ch == '\n'):
			if i > 0 && !isBlank(line[i-1:i]) {
				words = append(words, word.String())
				word.Reset()
			}
		default:
			word.WriteByte(ch)
		}
	}
	return append(words, word.String()), quote != 0
}
