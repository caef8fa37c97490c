package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// verbosities are the options with which all is printed where no others are named.
var verbosities = []string{"-n", "-nv", "-nvvv -e"}

// timeout ends a program that does not get to its end.
const timeout = 2 * time.Minute

// tally counts lines of the reference's output.
type tally struct {
	lines      int
	comparable int // that the exact version, if there is one, prints alike
	same       int // comparable ones that tapdump prints
	exact      int // that the exact version prints as tapdump does
}

func (t *tally) add(u tally) {
	t.lines += u.lines
	t.comparable += u.comparable
	t.same += u.same
	t.exact += u.exact
}

func percent(part, whole int) float64 {
	if whole == 0 {
		return 100
	}
	return 100 * float64(part) / float64(whole)
}

func (t tally) String() string {
	text := fmt.Sprintf("%8d lines  %8.3f %% identical, %d differ", t.comparable, percent(t.same, t.comparable), t.comparable-t.same)
	if other := t.lines - t.comparable; other > 0 {
		text += fmt.Sprintf("; reference unlike exact: %d, of which %d differ from exact", other, (t.lines-t.exact)-(t.comparable-t.same))
	}
	return text
}

// comparison is what came out for one capture.
type comparison struct {
	tally
	name        string
	notes       []string
	differences []string
}

func (c *comparison) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-44s %s\n", c.name, c.tally)
	for _, n := range c.notes {
		fmt.Fprintf(&b, "    %s\n", n)
	}
	for _, d := range c.differences {
		b.WriteString(d)
	}
	return b.String()
}

// capture compares everything that is printed for one capture. A capture or a
// program that fails is noted; the error is about this program's own files.
func (s *sweep) capture(path string) (*comparison, error) {
	c := &comparison{name: filepath.Base(path)}
	cut := filepath.Join(s.dir, "cut.pcap")
	records, damage, err := cutCapture(path, cut, s.max)
	if err != nil {
		return nil, err
	}
	if damage != nil {
		c.notes = append(c.notes, fmt.Sprintf("after %d cut packets: %v", len(records), damage))
	}
	if len(records) == 0 {
		return c, nil
	}
	flags := s.flags
	if flags == nil {
		flags = verbosities
	}
	for _, options := range flags {
		arguments := append([]string{"-#", "-tt", "-r", cut}, strings.Fields(options)...)
		programs := []string{s.tapdump, s.reference}
		if s.exact != "" {
			programs = append(programs, s.exact)
		}
		results := s.runAll(programs, arguments, s.like)
		for i, r := range results {
			if r.err != nil {
				c.notes = append(c.notes, fmt.Sprintf("%s %s: %v", programs[i], options, r.err))
			}
		}
		c.compare(options, records, results, s.show)
	}
	return c, nil
}

type result struct {
	out []byte
	err error
}

// runAll runs the programs side by side with the same arguments; tapdump, the first
// one, follows a version.
func (s *sweep) runAll(programs, arguments []string, like string) []result {
	results := make([]result, len(programs))
	done := make(chan struct{})
	for i, program := range programs {
		go func() {
			arguments := arguments
			if i == 0 && like != "" {
				arguments = append([]string{"--like", like}, arguments...)
			}
			results[i] = execute("", program, arguments...)
			done <- struct{}{}
		}()
	}
	for range programs {
		<-done
	}
	return results
}

func execute(dir, program string, arguments ...string) result {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TZ=GMT0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		err = fmt.Errorf("still running after %v", timeout)
	} else if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = fmt.Errorf("%v: %s", exit, lastLine(stderr.String()))
	}
	return result{out, err}
}

func lastLine(s string) string {
	s = strings.TrimSpace(s)
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// packetLines gives the lines of each of n packets of an output with -#. A line
// belongs to the next packet if it starts with its number.
func packetLines(out []byte, n int) [][]string {
	groups := make([][]string, n)
	packet := 0
	next := "    1  "
	for line := range strings.Lines(string(out)) {
		if packet < n && strings.HasPrefix(line, next) {
			packet++
			next = fmt.Sprintf("%5d  ", packet+1)
		}
		if packet > 0 {
			groups[packet-1] = append(groups[packet-1], line)
		}
	}
	return groups
}

// compare takes the results of tapdump, the reference and perhaps the exact
// version.
func (c *comparison) compare(options string, records []record, results []result, show int) {
	got := packetLines(results[0].out, len(records))
	reference := packetLines(results[1].out, len(records))
	exact := reference
	if len(results) > 2 {
		exact = packetLines(results[2].out, len(records))
	}
	for i, r := range records {
		var t tally
		differs := ""
		for k := range max(len(got[i]), len(reference[i]), len(exact[i])) {
			g, ref, ex := lineOf(got[i], k), lineOf(reference[i], k), lineOf(exact[i], k)
			t.lines++
			if g == ex {
				t.exact++
			}
			if ref == ex {
				t.comparable++
				if g == ref {
					t.same++
				}
			}
			if g != ex && differs == "" {
				differs = fmt.Sprintf("    %s, packet %d cut at %d of %d, line %d\n        tcpdump %s\n        tapdump %s\n",
					options, r.packet, r.cut, r.all, k+1, printable(ex), printable(g))
			}
		}
		c.add(t)
		if differs != "" && len(c.differences) < show {
			c.differences = append(c.differences, differs)
		}
	}
}

// lineOf is a line with its end, or "" where there is none.
func lineOf(lines []string, k int) string {
	if k < len(lines) {
		return lines[k]
	}
	return ""
}

func printable(line string) string {
	if line == "" {
		return "(no such line)"
	}
	return fmt.Sprintf("%q", line)
}
