package args

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/printer"
	"github.com/tapdump/tapdump/versions"
)

// FuzzParse: no command line ends in anything but a plan or a complaint that
// says what is wrong.
func FuzzParse(f *testing.F) {
	recorded, err := os.ReadFile("../testdata/wrong.tsv")
	if err != nil {
		f.Fatal(err)
	}
	for row := range strings.Lines(string(recorded)) {
		line, _, _ := strings.Cut(row, "\t")
		words := strings.Fields(line)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "''", "")
		}
		f.Add(strings.Join(words, "\x00"), false)
	}
	f.Add("-nnvvXSs0\x00-c10\x00-w-\x00--inter\x00lo\x00port\x0080\x00--\x00-Y", false)
	f.Add("--find=a\x00--find_m\x00MATCH\x00--output=line\x00--stat_mode\x002", true)
	f.Add("--like\x005.0\x00-c\x0010x\x00--skip=0x10\x00--print-s\x003\x00--lik=4.99", false)
	f.Fuzz(func(t *testing.T, line string, ipscap bool) {
		host := testHost(t)
		host.ESPSecrets = func(string, versions.Version) (*printer.ESPSecrets, error) { return nil, nil }
		program := "tapdump"
		if ipscap {
			program = "ipscap"
		}
		plan, err := parseLine(append([]string{program}, strings.Split(line, "\x00")...), host)
		var stop Stop
		var usage UsageError
		var text Complaint
		var value *ValueError
		var unfiltered NoFilterError
		switch {
		case err == nil && plan != nil:
		case errors.As(err, &stop), errors.As(err, &usage), errors.As(err, &text), errors.As(err, &value), errors.As(err, &unfiltered):
		default:
			t.Errorf("%q: %v is not one of our complaints", line, err)
		}
	})
}

// FuzzComplete: what is offered goes on where the last word is begun, whatever stands before it.
func FuzzComplete(f *testing.F) {
	for _, line := range []string{"tapdump --condition 'flags=S,F", "tapdump --trigger condition:tcp=", "tapdump host v", "ipscap -y", "tapdump -i em0 -y d", "tapdump --columns tcp,t",
		"tapdump --trigger file:x", "tapdump -nr", "tapdump --host a@v,", "tapdump not ( src host l", `tapdump --condition "host~\"a;b`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		words, _ := splitLine(line)
		completeForBash(Program{Name: "tapdump"}, completionHost(), []string{line, words[len(words)-1]})
		a := complete(Program{Name: words[0], IPScap: words[0] == "ipscap"}, completionHost(), words[1:])
		for _, c := range a.candidates {
			if word := words[len(words)-1]; !strings.HasPrefix(strings.ToLower(c.Text), strings.ToLower(word)) {
				t.Errorf("%q: %q does not go on with %q", line, c.Text, word)
			}
		}
	})
}
