package args

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/tapdump/tapdump/printer/detail"
)

// tableOf is the table of options.
func tableOf(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := kong.New(new(options), append(mappers(Program{Name: "tapdump"}, nil, nil), kong.NoDefaultHelp())...)
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

// TestTable: each option with a long form has a place of its own in getopt's list,
// and each of our own a line of help below a title.
func TestTable(t *testing.T) {
	places := make(map[int]string)
	long := 0
	for _, o := range tableOf(t).Flags {
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
	for _, o := range optionTable(model, false) {
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
		if o.exact && !has(ipscap, "--"+o.long) {
			t.Errorf("docs/ipscap.md does not name --%s", o.long)
		}
		if !o.exact && !has(compatibility, "`--"+o.long+"`") {
			t.Errorf("docs/compatibility.md does not list --%s among the options of our own", o.long)
		}
	}
}
