//go:build linux

// Bench runs tapdump beside tcpdump, tshark and others on captures of made traffic
// and prints how they compare in time, processor time and memory:
//
//	make bench
//	go run ./internal/bench -tapdump ./tapdump [-packets N] [-runs N] [-k TEXT] [-out FILE]
//
// With -scaling it compares numbers of packets and of processors, with -live live
// captures, which takes root:
//
//	make bench-scaling
//	make bench-live
//
// With -against it compares two builds of tapdump, job by job, on one processor, and
// fails if one has got slower:
//
//	go run ./internal/bench -tapdump ./new -against ./old [-worse 3] [-k TEXT]
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	var b bench
	flag.StringVar(&b.tools[tapdump], "tapdump", "./tapdump", "the program to measure")
	flag.StringVar(&b.tools[tcpdump], "tcpdump", "tcpdump", "the program to compare with")
	flag.StringVar(&b.tools[tshark], "tshark", "tshark", "another one, run once for some jobs if it is there")
	flag.IntVar(&b.packets, "packets", 1_000_000, "packets in the capture")
	flag.IntVar(&b.runs, "runs", 5, "how often each job is run; the median counts")
	flag.StringVar(&b.only, "k", "", "only jobs of which the table, the description or the options contain this")
	flag.StringVar(&b.mix, "mix", "", "a savefile with packets of every protocol, instead of those of testdata/packets")
	flag.StringVar(&b.core, "core", "0", "the processor of jobs on one")
	flag.StringVar(&b.against, "against", "", "compare with this build of tapdump instead")
	flag.Float64Var(&b.worse, "worse", 3, "with -against: how many percent more processor time are too many")
	out := flag.String("out", "", "put the results into this Markdown file too, between its marks")
	live := flag.Bool("live", false, "compare live captures, in a network namespace of the bench's own")
	scaling := flag.Bool("scaling", false, "compare numbers of packets, up to 100 times -packets, and of processors")
	flag.Parse()
	m := fileMode
	switch {
	case *live:
		m = liveMode
	case *scaling:
		m = scalingMode
	case b.against != "":
		m = againstMode
	}
	if err := b.main(m, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// The programs that options name.
const (
	tapdump = iota
	tcpdump
	tshark
	toolCount
)

type bench struct {
	tools         [toolCount]string
	packets, runs int
	only          string // of the jobs
	mix           string // savefile; "": there is none
	core          string
	against       string  // another tapdump
	worse         float64 // percent
	dir           string
	made          map[string]int // packets of the files that are there, by word
}

// mode is what is compared.
type mode struct {
	run   func(b *bench, out string) error
	marks marks
}

var (
	fileMode    = mode{(*bench).run, fileMarks}
	liveMode    = mode{(*bench).live, liveMarks}
	scalingMode = mode{(*bench).scaling, scalingMarks}
	againstMode = mode{(*bench).runAgainst, marks{}}
)

func (b *bench) main(m mode, out string) error {
	if err := b.findTools(); err != nil {
		return err
	}
	if out != "" {
		// Rather now than after minutes.
		if _, _, err := m.marks.parts(out); err != nil {
			return err
		}
	}
	return m.run(b, out)
}

// findTools finds the programs.
func (b *bench) findTools() error {
	for i, tool := range b.tools {
		path, err := exec.LookPath(tool)
		switch {
		case err != nil && i == tapdump:
			return fmt.Errorf("%w; run make build first", err)
		case err != nil && i == tcpdump:
			return fmt.Errorf("%w; install it (apt-get install tcpdump) or name it with -tcpdump", err)
		case err != nil:
			path = ""
		default:
			if path, err = filepath.Abs(path); err != nil {
				return err
			}
		}
		b.tools[i] = path
	}
	return nil
}

// inFolder calls f while there is a folder for captures.
func (b *bench) inFolder(f func() error) (err error) {
	if b.dir, err = os.MkdirTemp("", "tapdump-bench"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	b.made = map[string]int{}
	return f()
}

// chosen reports whether -k lets a job of a table pass.
func (b *bench) chosen(table string, j job) bool {
	return strings.Contains(table+": "+j.what+" "+j.args, b.only)
}

func (b *bench) run(out string) error {
	start := time.Now()
	var report bytes.Buffer
	err := b.inFolder(func() error {
		if err := b.makeNames(); err != nil {
			return err
		}
		b.writeHead(&report)
		for _, s := range sections() {
			results, err := b.section(s)
			if err != nil {
				return err
			}
			if len(results) > 0 {
				writeTable(&report, s, results)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Printf("%v in all\n", time.Since(start).Round(time.Second))
	if out == "" {
		return nil
	}
	return fileMarks.put(out, report.Bytes())
}

// section runs the jobs of a table.
func (b *bench) section(s section) (results []result, err error) {
	for _, j := range s.jobs {
		if !b.chosen(s.title, j) {
			continue
		}
		if name := b.missing(j); name != "" {
			fmt.Printf("%-40s left out: no %s\n", j.what, name)
			continue
		}
		r, err := b.job(j)
		if err != nil {
			return nil, err
		}
		fmt.Printf("%s: %v\n", s.title, r)
		results = append(results, r)
	}
	return results, nil
}
