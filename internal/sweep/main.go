// Sweep cuts every packet of captures at several lengths and compares, line by
// line, what tapdump and tcpdump print for them: it finds where a printer tells
// too much or too little of a packet that ends early.
//
//	make sweep
//	go run ./internal/sweep -tapdump ./tapdump [-reference tcpdump] [-exact BINARY] [-like VERSION] [-flags OPTIONS] [-conformance DIR] [-k TEXT] [-max N] [-show N] [CAPTURE...]
//
// The reference may be another version than the one that tapdump follows. With
// -exact, a tcpdump 4.99.6, lines are told apart by whether both print them
// alike; with -conformance, captures by whether the reference prints their
// recorded cases as recorded.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	var s sweep
	flag.StringVar(&s.tapdump, "tapdump", "./tapdump", "the program to examine")
	flag.StringVar(&s.reference, "reference", "tcpdump", "the program to compare with")
	flag.StringVar(&s.like, "like", "", "the version that tapdump follows, as --like; name that version with -reference")
	flag.StringVar(&s.exact, "exact", "", "a tcpdump 4.99.6, where the reference is another version")
	flag.StringVar(&s.conformance, "conformance", "", "a directory of recorded cases; its captures are taken if none is named")
	flag.IntVar(&s.max, "max", 0, "packets of a capture that are looked at; 0 means all")
	flag.IntVar(&s.show, "show", 3, "differences that are shown for a capture")
	flag.Float64Var(&s.want, "want", 99, "percentage of identical lines below which the exit status is 1")
	flag.Func("flags", "options of printing in place of -n, -nv and -nvvv -e; may be given several times", func(text string) error {
		s.flags = append(s.flags, text)
		return nil
	})
	only := flag.String("k", "", "only captures whose name contains this")
	flag.Parse()
	if err := s.run(flag.Args(), *only); err != nil {
		fmt.Fprintln(os.Stderr, "sweep:", err)
		os.Exit(1)
	}
}

type sweep struct {
	tapdump, reference, exact string
	like                      string
	conformance               string
	max, show                 int
	flags                     []string // with each of which all is printed; nil: verbosities
	want                      float64
	dir                       string // of the cut captures
}

func (s *sweep) run(captures []string, only string) error {
	if err := s.findPrograms(); err != nil {
		return err
	}
	if len(captures) == 0 && s.conformance != "" {
		for _, pattern := range []string{"*.pcap", "*.pcapng"} {
			found, err := filepath.Glob(filepath.Join(s.conformance, "captures", pattern))
			if err != nil {
				return err
			}
			captures = append(captures, found...)
		}
	}
	if len(captures) == 0 {
		return fmt.Errorf("no captures: name some, or a directory of recorded cases with -conformance")
	}
	apart, err := s.recordedOtherwise()
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "tapdump-sweep"); err != nil {
		return err
	}
	defer os.RemoveAll(s.dir)
	var all, other tally
	for _, path := range captures {
		if !strings.Contains(filepath.Base(path), only) {
			continue
		}
		c, err := s.capture(path)
		if err != nil {
			return err
		}
		fmt.Print(c)
		if apart[filepath.Base(path)] {
			other.add(c.tally)
		} else {
			all.add(c.tally)
		}
	}
	return s.total(all, other)
}

// findPrograms makes sure that all programs are there before hours are spent.
func (s *sweep) findPrograms() error {
	for _, p := range []struct {
		name   *string
		remedy string
	}{
		{&s.tapdump, "run make build first"},
		{&s.reference, "install it (apt-get install tcpdump) or name it with -reference"},
		{&s.exact, "name a tcpdump 4.99.6 with -exact, or leave it out"},
	} {
		if *p.name == "" {
			continue
		}
		path, err := exec.LookPath(*p.name)
		if err != nil {
			return fmt.Errorf("%w; %s", err, p.remedy)
		}
		if *p.name, err = filepath.Abs(path); err != nil {
			return err
		}
	}
	return nil
}

// total prints the sums; its error says that too few lines are identical.
func (s *sweep) total(all, other tally) error {
	fmt.Printf("\n%-10s %s\n", "total", all)
	if other.lines > 0 {
		fmt.Printf("%-10s %s: captures whose recorded cases the reference prints otherwise\n", "apart", other)
	}
	if all.lines+other.lines == 0 {
		return fmt.Errorf("nothing was compared: no capture has that name, or none can be read")
	}
	if s.exact != "" {
		all.add(other)
		fmt.Printf("%-10s %d of %d lines (%.3f %%)\n", "as exact", all.exact, all.lines, percent(all.exact, all.lines))
	}
	if got := percent(all.same, all.comparable); got < s.want {
		return fmt.Errorf("%.3f %% of the lines are identical, %g %% are wanted; look at the differences above", got, s.want)
	}
	return nil
}
