package filters

import (
	"bytes"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// escapes are texts of BINARY with the bytes that they stand for, or what is
// wrong with them.
var escapes = []struct{ text, hex, err string }{
	{`plain`, "706c61696e", ""},
	{`\r\n\t\0\\\x00\xFfg`, "0d0a09005c00ff67", ""},
	{`\a\b\f\v\'\"`, "07080c0b2722", ""},
	{`\1\12\101\1012\377`, "010a414132ff", ""},
	{"a\\\nb", "6162", ""},
	{`\u0041\u00e9\U0000007e`, "41e97e", ""},
	{`é`, "c3a9", ""},
	{`\N{LATIN SMALL LETTER A}\N{line feed}\N{Esc}\N{PILCROW SIGN}`, "610a1bb6", ""},
	{`\`, "", `"\" at byte 0: a \ at the end escapes nothing; write \\ for the character`},
	{`ab\q`, "", `"\q" at byte 2: no escape; there are `},
	{`\8`, "", `"\8" at byte 0: no escape; `},
	{`\x1`, "", `"\x1" at byte 0: \x takes 2 hexadecimal digits`},
	{`\x+1`, "", `\x takes 2 hexadecimal digits`},
	{`\u12`, "", `\u takes 4 hexadecimal digits`},
	{`\U001`, "", `\U takes 8 hexadecimal digits`},
	{`\400`, "", `"\400" at byte 0: more than a byte can hold`},
	{`\u20ac`, "", `"\u20ac" at byte 0: more than a byte can hold; write the bytes, such as \xe2\x82\xac`},
	{`\N{EURO SIGN}`, "", `"\N{EURO SIGN}" at byte 0: no name of a character up to U+00FF`},
	{`\N{`, "", `\N takes a name in braces`},
	{`\N`, "", `\N takes a name in braces`},
	{`\N{}`, "", `no name of a character`},
}

func TestEscapes(t *testing.T) {
	for _, c := range escapes {
		b, err := unescape(c.text)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: %x, error %v, want %s", c.text, b, err, c.err)
			}
			continue
		}
		if err != nil || hex.EncodeToString(b) != c.hex {
			t.Errorf("%q: %x, error %v, want %s", c.text, b, err, c.hex)
		}
	}
}

// TestEscapesLikePython: the escapes stand for what they stand for in Python,
// all names of characters too. What Python keeps as it stands, with a warning,
// is an error here.
func TestEscapesLikePython(t *testing.T) {
	python := testenv.Oracle(t, "python3")
	var texts []string
	for _, c := range escapes {
		texts = append(texts, c.text)
	}
	for _, names := range charNames {
		for name := range strings.SplitSeq(names, "|") {
			texts = append(texts, `\N{`+name+`}`)
		}
	}
	var in bytes.Buffer
	for _, text := range texts {
		in.WriteString(hex.EncodeToString([]byte(text)) + "\n")
	}
	cmd := exec.Command(python, "-W", "ignore", "-c", `
import codecs, sys
for line in sys.stdin:
    text = bytes.fromhex(line.strip()).decode()
    try:
        print(codecs.decode(text, 'unicode_escape').encode('latin1').hex())
    except Exception:
        print('-')
`)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v", python, err)
	}
	answers := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	for i, text := range texts {
		b, err := unescape(text)
		got := hex.EncodeToString(b)
		if err != nil {
			got = "-"
		}
		kept := err != nil && strings.Contains(err.Error(), "no escape")
		if got != answers[i] && !kept {
			t.Errorf("%q: %s, in Python %s", text, got, answers[i])
		}
	}
}
