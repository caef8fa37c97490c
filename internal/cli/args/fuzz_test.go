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
