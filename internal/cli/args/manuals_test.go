package args

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/tapdump/tapdump/printer/detail"
	"github.com/tapdump/tapdump/versions"
)

// flagOf is the option with a key of getopt's table.
func flagOf(model *kong.Application, key string) *kong.Flag {
	name, _, _ := strings.Cut(key, "=")
	for _, f := range model.Flags {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// tableOf is the table of options.
func tableOf(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(new(options), append(mappers(Program{Name: "tapdump"}, nil, nil), kong.NoDefaultHelp())...)
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// TestTable: each option says what it does, each with a long form has a place of its own in getopt's list,
// and each of our own a line of help below a title.
func TestTable(t *testing.T) {
	places := make(map[int]string)
	long := 0
	for _, o := range tableOf(t).Flags {
		if (o.Help == "") != o.Tag.Has("about") {
			t.Errorf("--%s has either help or about, which completion says of it", o.Name)
		}
		if len(o.Name) == 1 {
			continue
		}
		long++
		n, err := strconv.Atoi(o.Tag.Get("getopt"))
		if err != nil || places[n] != "" {
			t.Errorf("--%s: getopt:%q is no place of its own (%s has it)", o.Name, o.Tag.Get("getopt"), places[n])
		}
		places[n] = o.Name
		if own := o.Tag.Has("own"); own != (o.Help != "") {
			t.Errorf("--%s: own is %t, and its line of help %q", o.Name, own, o.Help)
		} else if own && o.Group == nil {
			t.Errorf("--%s is in no group of the help", o.Name)
		}
	}
	for n := range long {
		if places[n+1] == "" {
			t.Errorf("no option has place %d in getopt's list", n+1)
		}
	}
}

// TestManuals: every option has an entry in the manual page, and every view its
// name; docs/ipscap.md and docs/compatibility.md have theirs.
func TestManuals(t *testing.T) {
	read := func(name string) string {
		page, err := os.ReadFile("../../../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.ReplaceAll(string(page), `\-`, "-")
	}
	var entries strings.Builder // their headings
	page := read("tapdump.1")
	_, after, _ := strings.Cut(page, "\n.SH OPTIONS\n")
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
	model := tableOf(t)
	ipscap, compatibility := strings.ReplaceAll(read("ipscap.md"), "_", "-"), read("compatibility.md")
	for _, m := range detail.Modes() {
		if !has(ipscap, "`"+strings.ReplaceAll(m.Name(), "_", "-")+"`") {
			t.Errorf("docs/ipscap.md does not name the view %s", m.Name())
		}
		if !has(page, m.Name()) {
			t.Errorf("docs/tapdump.1 does not name the view %s", m.Name())
		}
	}
	for _, o := range optionTable(model, Program{Like: versions.V5_0}) {
		if o.short == 'Y' {
			continue // a wrong option that has to be known
		}
		if o.short != 0 && !has(entries.String(), "-"+string(o.short)) {
			t.Errorf("docs/tapdump.1 has no entry for -%c", o.short)
		}
		if o.long != "" && !has(entries.String(), "--"+o.long) {
			t.Errorf("docs/tapdump.1 has no entry for --%s", o.long)
		}
		_, own := (Program{}).standing(flagOf(model, o.key))
		if !own {
			continue
		}
		if o.exact && !has(ipscap, "--"+o.long) {
			t.Errorf("docs/ipscap.md does not name --%s", o.long)
		}
		if !o.exact && !has(compatibility, "`--"+o.long+"`") {
			t.Errorf("docs/compatibility.md does not list --%s among the options of our own", o.long)
		}
	}
}

// TestOutputFormat: each line that the manual page gives as an example of the output is
// printed of a capture or a packet in testdata.
func TestOutputFormat(t *testing.T) {
	const from, to = ".SH OUTPUT FORMAT\n", "\n.SH "
	page, err := os.ReadFile("../../../docs/tapdump.1")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(strings.ReplaceAll(string(page), `\-`, "-"), from)
	section, _, ok2 := strings.Cut(section, to)
	if !ok || !ok2 {
		t.Fatalf("docs/tapdump.1 has no section between %q and %q", from, to)
	}
	printed := make(map[string]bool)
	for _, pattern := range []string{"golden/*.out", "packets/*.out"} {
		files, err := filepath.Glob("../../../testdata/" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				printed[line] = true
			}
		}
	}
	inside, examples := false, 0
	for line := range strings.Lines(section) {
		switch {
		case line == ".EX\n":
			inside = true
		case line == ".EE\n":
			inside = false
		case inside:
			examples++
			if !printed[line] {
				t.Errorf("docs/tapdump.1: nothing in testdata is printed as %q", line)
			}
		}
	}
	if examples < 30 {
		t.Errorf("only %d examples found", examples)
	}
}
