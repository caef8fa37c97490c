package args

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/printer/detail"
	"github.com/tapdump/tapdump/versions"
)

// tableOf is the table of options.
func tableOf() *lineParser { return parserOf(Program{Name: "tapdump"}, Host{}, new(options)) }

// TestTable: each option has a reader and says what it does, each with a long form has a place of its own in getopt's list,
// and each of our own a line of help below a title.
func TestTable(t *testing.T) {
	places := make(map[int]string)
	long := 0
	for _, o := range tableOf().rows {
		if o.reader.read == nil {
			t.Errorf("--%s: there is no reader of type:%q", o.name, o.typ)
		}
		if (o.help == "") != o.has("about") {
			t.Errorf("--%s has either help or about, which completion says of it", o.name)
		}
		if len(o.name) == 1 {
			continue
		}
		long++
		n, err := strconv.Atoi(o.tags.get("getopt"))
		if err != nil || places[n] != "" {
			t.Errorf("--%s: getopt:%q is no place of its own (%s has it)", o.name, o.tags.get("getopt"), places[n])
		}
		places[n] = o.name
		if own := o.has("own"); own != (o.help != "") {
			t.Errorf("--%s: own is %t, and its line of help %q", o.name, own, o.help)
		} else if own && o.group == "" {
			t.Errorf("--%s is in no group of the help", o.name)
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
	table := tableOf()
	ipscap, compatibility := strings.ReplaceAll(read("ipscap.md"), "_", "-"), read("compatibility.md")
	for _, m := range detail.Modes() {
		if !has(ipscap, "`"+strings.ReplaceAll(m.Name(), "_", "-")+"`") {
			t.Errorf("docs/ipscap.md does not name the view %s", m.Name())
		}
		if !has(page, m.Name()) {
			t.Errorf("docs/tapdump.1 does not name the view %s", m.Name())
		}
	}
	for _, o := range table.getoptTable(Program{Like: versions.V5_0}) {
		if o.short == 'Y' {
			continue // a wrong option that has to be known
		}
		if o.short != 0 && !has(entries.String(), "-"+string(o.short)) {
			t.Errorf("docs/tapdump.1 has no entry for -%c", o.short)
		}
		if o.long != "" && !has(entries.String(), "--"+o.long) {
			t.Errorf("docs/tapdump.1 has no entry for --%s", o.long)
		}
		_, own := (Program{}).standing((&completer{parser: table}).row(o.key))
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

// TestManualOrder: the help and the manual page have the titles that they share in the same
// order.
func TestManualOrder(t *testing.T) {
	page, err := os.ReadFile("../../../docs/tapdump.1")
	if err != nil {
		t.Fatal(err)
	}
	last, shared, known := 0, 0, make(map[string]bool)
	for _, o := range tableOf().rows {
		if o.group == "" || known[o.group] {
			continue
		}
		known[o.group] = true
		at := strings.Index(string(page), "\n.SS "+o.group+"\n")
		if at < 0 {
			continue // a title of its own
		}
		shared++
		if at < last {
			t.Errorf("docs/tapdump.1: %q stands before the title that is before it in the help", o.group)
		}
		last = at
	}
	if shared < 8 {
		t.Errorf("only %d titles are shared", shared)
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

// TestManualLimits: the manual page has the limits as they are.
func TestManualLimits(t *testing.T) {
	testenv.ManualLimits(t, "../../..", map[string]uint64{"args.usualRing": usualRing, "args.usualDiskRing": usualDiskRing}, nil, "")
}
