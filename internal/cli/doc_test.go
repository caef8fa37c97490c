package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestManuals: every option has an entry in the manual page, and one of our own
// a line in the help; docs/ipscap.md and docs/compatibility.md have theirs.
func TestManuals(t *testing.T) {
	read := func(name string) string {
		page, err := os.ReadFile("../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(page), `\-`, "-")
	}
	var entries strings.Builder // their headings
	_, after, _ := strings.Cut(read("tapdump.1"), "\n.SH OPTIONS\n")
	for _, entry := range strings.Split(after, "\n.TP\n")[1:] {
		heading, _, _ := strings.Cut(entry, "\n")
		entries.WriteString(heading + "\n")
	}
	has := func(text, option string) bool {
		for rest := text; ; {
			i := strings.Index(rest, option)
			if i < 0 {
				return false
			}
			rest = rest[i+len(option):]
			if rest == "" || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", rune(rest[0])) {
				return true
			}
		}
	}
	help := make(map[string]int)
	for _, groups := range [][]helpGroup{ownHelp, ipscapHelp} {
		for _, g := range groups {
			for _, l := range g.lines {
				help[l.name]++
			}
		}
	}
	parser, err := kong.New(new(Options), append(mappers(persona{name: "tapdump"}, os.Stderr), kong.NoDefaultHelp())...)
	if err != nil {
		t.Fatal(err)
	}
	ipscap, compatibility := strings.ReplaceAll(read("ipscap.md"), "_", "-"), read("compatibility.md")
	for _, o := range optionTable(parser.Model, false) {
		if o.short == 'Y' {
			continue // a wrong option that has to be known
		}
		if o.short != 0 && !has(entries.String(), "-"+string(o.short)) {
			t.Errorf("docs/tapdump.1 has no entry for -%c", o.short)
		}
		if o.long != "" && !has(entries.String(), "--"+o.long) {
			t.Errorf("docs/tapdump.1 has no entry for --%s", o.long)
		}
		if !o.own {
			continue
		}
		if help[o.long] != 1 {
			t.Errorf("help.go has %d lines for --%s, want 1", help[o.long], o.long)
		}
		delete(help, o.long)
		if o.exact && !has(ipscap, "--"+o.long) {
			t.Errorf("docs/ipscap.md does not name --%s", o.long)
		}
		if !o.exact && !has(compatibility, "`--"+o.long+"`") {
			t.Errorf("docs/compatibility.md does not list --%s among the options of our own", o.long)
		}
	}
	for name := range help {
		t.Errorf("help.go has a line for --%s, which is no option of our own", name)
	}
}

// TestHelp: --help begins with the reference's lines, which are all that -h
// prints; each option of our own has one line, and so has the manual.
func TestHelp(t *testing.T) {
	run := func(option string) string {
		var stdout, stderr bytes.Buffer
		if status := runInProcess("tapdump", []string{option}, &stdout, &stderr); status != 0 || stderr.Len() > 0 {
			t.Errorf("%s: exit status %d, says %s", option, status, &stderr)
		}
		return stdout.String()
	}
	brief, long := run("-h"), run("--help")
	more, ok := strings.CutPrefix(long, brief)
	if !ok || !strings.HasSuffix(brief, " [ -Z user ] [ expression ]\n") {
		t.Errorf("--help prints\n%s\nwhich does not begin with\n%s", long, brief)
	}
	if run("--he") != long {
		t.Error("--he is not --help")
	}
	for line := range strings.Lines(more) {
		if len(line) > 120 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
	for _, part := range []string{"\n  --rotate-size=BYTES   begin another", "\n  --find-mode=MODE      STRING is", "\nManual: man tapdump"} {
		if !strings.Contains(more, part) {
			t.Errorf("--help has no %q:\n%s", part, more)
		}
	}
}
