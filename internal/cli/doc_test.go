package cli

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestManual: the manual page names every option.
func TestManual(t *testing.T) {
	page, err := os.ReadFile("../../docs/tapdump.1")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(page), `\-`, "-")
	has := func(option string) bool {
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
	parser, err := kong.New(new(Options), append(mappers(identity{name: "tapdump"}, os.Stderr), kong.NoDefaultHelp())...)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range optionTable(parser.Model, false) {
		if o.short == 'Y' {
			continue // a wrong option that has to be known
		}
		if o.short != 0 && !has("-"+string(o.short)) {
			t.Errorf("docs/tapdump.1 does not name -%c", o.short)
		}
		if o.long != "" && !has("--"+o.long) {
			t.Errorf("docs/tapdump.1 does not name --%s", o.long)
		}
	}
}

// TestREADME: the output shown is what the command prints.
func TestREADME(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(readme), "$ go run ./cmd/tapdump ")
	command, rest, _ := strings.Cut(rest, "\n...\n")
	shown, _, whole := strings.Cut(rest, "...\n```")
	if !found || !whole {
		t.Fatal("README.md has no screen of output between two lines of dots")
	}
	t.Chdir("../..")
	t.Setenv("TZ", "GMT0")
	var stdout, stderr bytes.Buffer
	if status := runInProcess("tapdump", words(command), &stdout, &stderr); status != 0 {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	if !strings.Contains(stdout.String(), "\n"+shown) {
		t.Errorf("tapdump %s prints something else than README.md shows:\n%s", command, &stdout)
	}
}
