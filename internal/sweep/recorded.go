package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// recordedOtherwise names the captures for which the reference does not print
// what was recorded. An exact version makes it needless: it tells lines apart.
func (s *sweep) recordedOtherwise() (map[string]bool, error) {
	if s.conformance == "" || s.exact != "" {
		return nil, nil
	}
	table, err := os.ReadFile(filepath.Join(s.conformance, "cases.tsv"))
	if err != nil {
		return nil, err
	}
	apart := make(map[string]bool)
	for line := range strings.Lines(string(table)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) != 4 {
			return nil, fmt.Errorf("cases.tsv: %q has %d columns, not name, capture, exit status and arguments", line, len(fields))
		}
		name, capture := fields[0], fields[1]
		want, err := os.ReadFile(filepath.Join(s.conformance, "expected", name+".out"))
		if err != nil {
			return nil, err
		}
		// A failing run is one that prints something else: no need to look at it.
		arguments := append([]string{"-#", "-n", "-r", capture}, words(fields[3])...)
		if got := execute(filepath.Join(s.conformance, "captures"), s.reference, arguments...); !bytes.Equal(got.out, want) {
			apart[capture] = true
		}
	}
	return apart, nil
}

// words splits a command line at spaces that are not between double quotes.
func words(line string) []string {
	var all []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}
