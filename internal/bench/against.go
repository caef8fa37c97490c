//go:build linux

package main

import (
	"fmt"
	"strings"
	"time"
)

// runAgainst runs two builds of tapdump in turn, each job on one processor, and
// compares the least processor times: they change least from run to run. A job that
// seems to have got slower is run again, more often, before that is said.
func (b *bench) runAgainst(string) error {
	old := *b
	old.tools[tapdump] = b.against
	if err := old.findTools(); err != nil {
		return fmt.Errorf("-against: %w", err)
	}
	var worse []string
	err := b.inFolder(func() error {
		if err := b.makeNames(); err != nil {
			return err
		}
		for _, s := range sections() {
			for _, j := range s.jobs {
				if !b.chosen(s.title, j) {
					continue
				}
				slower, err := b.compareBuilds(s.title, j, old.tools[tapdump])
				if err != nil {
					return err
				}
				if slower {
					worse = append(worse, s.title+": "+j.what)
				}
			}
		}
		return nil
	})
	if err == nil && len(worse) > 0 {
		return fmt.Errorf("%d jobs take over %v %% more processor time than with %s: %s", len(worse), b.worse, b.against, strings.Join(worse, "; "))
	}
	return err
}

// compareBuilds prints a row, and reports whether the new build is slower than it may be.
func (b *bench) compareBuilds(table string, j job, old string) (slower bool, err error) {
	packets, err := b.need(j.args)
	if err != nil {
		return false, err
	}
	j.pinned = true
	var least [2]time.Duration
	change := 0.0
	for _, rounds := range []int{1, 3} {
		for range rounds * b.times(j) {
			for i, tool := range []string{b.tools[tapdump], old} {
				build := *b
				build.tools[tapdump] = tool
				u, err := build.measure(build.command("tapdump "+j.args, j))
				if err != nil {
					return false, err
				}
				if least[i] == 0 || u.cpu < least[i] {
					least[i] = u.cpu
				}
			}
		}
		change = 100 * (float64(least[0])/float64(max(least[1], 1)) - 1)
		if slower = change > b.worse; !slower {
			break
		}
	}
	sign := ""
	if slower {
		sign = "  slower"
	}
	perPacket := float64(max(packets, 1))
	fmt.Printf("%-70s %9.1f ns  %9.1f ns  %+5.1f %%%s\n", table+": "+j.what,
		float64(least[0].Nanoseconds())/perPacket, float64(least[1].Nanoseconds())/perPacket, change, sign)
	return slower, nil
}
