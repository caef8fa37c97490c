package cli

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/internal/theme"
)

// sgr are SGR control sequences.
var sgr = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// colored is what tapdump prints.
func colored(t *testing.T, line string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := runIPScap("tapdump", strings.Fields(line), &stdout, &stderr); status != 0 {
		t.Fatalf("tapdump %s: status %d, %s", line, status, &stderr)
	}
	return stdout.String()
}

// TestColorGolden: what lan.pcap looks like in each theme.
func TestColorGolden(t *testing.T) {
	t.Setenv("TZ", "GMT0")
	t.Setenv("TAPDUMP_COLORS", "")
	values := []string{"flows"}
	for _, theme := range theme.All() {
		values = append(values, theme.Name)
	}
	for _, value := range values {
		got := colored(t, "-n -r ../../testdata/captures/lan.pcap --color always,"+value)
		testenv.Golden(t, filepath.Join("testdata", "color", value+".out"), []byte(got))
	}
	got := colored(t, "-n -e -vv -X -c 6 -r ../../testdata/captures/lan.pcap --tcp-analysis --find http --color always,dark tcp")
	testenv.Golden(t, filepath.Join("testdata", "color", "dark-find.out"), []byte(got))
}

// TestColorOnly: colours add sequences, which end in their lines, and change nothing
// else; several cores print what one prints.
func TestColorOnly(t *testing.T) {
	captures, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(captures) == 0 {
		t.Fatalf("no captures: %v", err)
	}
	for _, capture := range captures {
		for _, flags := range []string{"-n", "-ne", "-nvvv", "-nX", "-nAe", "-nxx", "-nttttt", "-q", "-n --tcp-analysis --app", "-n --number -S", "-nv --find http", "-n --interface-names=yes"} {
			line := flags + " -r " + capture
			want := colored(t, line+" --jobs 1")
			for _, value := range []string{"always,basic", "always,light,flows"} {
				one := colored(t, line+" --jobs 1 --color "+value)
				if sgr.ReplaceAllString(one, "") != want {
					t.Errorf("%s, %s: not the lines without colours: %s", line, value, testenv.FirstDifference([]byte(want), []byte(sgr.ReplaceAllString(one, ""))))
				}
				if !strings.Contains(one, "\x1b[") && len(want) > 0 {
					t.Errorf("%s, %s: no colours", line, value)
				}
				for text := range strings.Lines(one) {
					all := sgr.FindAllString(text, -1)
					for i, s := range all {
						if off := s == "\x1b[0m"; off != (i%2 == 1) || len(all)%2 == 1 {
							t.Fatalf("%s, %s: sequences are no pairs: %q", line, value, text)
						}
					}
				}
				if four := colored(t, line+" --jobs 4 --color "+value); four != one {
					t.Errorf("%s, %s: four cores print something else: %s", line, value, testenv.FirstDifference([]byte(one), []byte(four)))
				}
			}
		}
	}
}

// TestColorWhen: nothing but always colours a pipe, and --color without a theme no lines.
func TestColorWhen(t *testing.T) {
	for _, c := range []struct {
		line, noColor, term string
		want                bool
	}{
		{"", "", "xterm", false},
		{"--color always", "", "xterm", false},
		{"--color dark", "", "xterm", false},
		{"--color auto,dark", "", "xterm", false},
		{"--color never,dark", "", "xterm", false},
		{"--color always,dark", "", "xterm", true},
		{"--color always,dark", "1", "dumb", true},
		{"--color always,dark --color never,dark", "", "xterm", false},
	} {
		t.Setenv("NO_COLOR", c.noColor)
		t.Setenv("TERM", c.term)
		if got := colored(t, "-n -c 3 -r ../../testdata/captures/lan.pcap "+c.line); strings.Contains(got, "\x1b") != c.want {
			t.Errorf("%s, NO_COLOR=%s, TERM=%s: colours %t", c.line, c.noColor, c.term, !c.want)
		}
	}
}

// TestColorVariable: TAPDUMP_COLORS says colours of the user's, concerns nobody who
// has not asked for a theme, and gets nothing else to a terminal.
func TestColorVariable(t *testing.T) {
	const capture = "-n -c 1 -r ../../testdata/captures/lan.pcap "
	t.Setenv("TAPDUMP_COLORS", "pr=1;34:ti=:ad=:hi=4")
	if got := colored(t, capture+"--color always,basic"); strings.Count(got, "\x1b[1;34m") != 2 || strings.Count(got, "\x1b[") != 4 {
		t.Errorf("prints %q", got)
	}
	if got := colored(t, capture+"-A --color always,basic --find http"); !strings.Contains(got, "\x1b[4mHTTP\x1b[0m") {
		t.Errorf("prints %q", got)
	}
	t.Setenv("TAPDUMP_COLORS", "pr=1m\x1b[2J")
	if got := colored(t, capture); strings.Contains(got, "\x1b") {
		t.Errorf("prints %q", got)
	}
	var stdout, stderr bytes.Buffer
	status := runIPScap("tapdump", strings.Fields(capture+"--color basic"), &stdout, &stderr)
	if want := "tapdump: TAPDUMP_COLORS: \"pr=1m\\x1b[2J\": up to 8 numbers"; status != 2 || stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
		t.Errorf("status %d, says %q, want %q", status, &stderr, want)
	}
}
