//go:build linux

// Devicetable has devices of each kind that Linux has, in the machine that it runs
// on, and compares what two programs capture of them. It is for virtual machines:
// it makes network namespaces and loads modules, and leaves them there.
//
//	.ci/vm table | walk SECONDS | workers
//	devicetable -tapdump FILE -reference FILE [-out FILE] table [DEVICE...]
//	devicetable -tapdump FILE -reference FILE -seconds N walk
//	devicetable -tapdump FILE -tests FILE workers
//	devicetable -in FILE -out docs/compatibility.md update
//
// The status is 1 where something differs that no row gives the reason of.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"
)

// options are what the command line says.
type options struct {
	tapdump, reference, tests string // programs
	in, out                   string // files of rows
	dry                       bool
	seconds                   int
	seed                      uint64
	arguments                 []string
}

func main() {
	var o options
	flag.StringVar(&o.tapdump, "tapdump", "./tapdump", "the program to examine")
	flag.StringVar(&o.reference, "reference", "tcpdump", "the program to compare with")
	flag.StringVar(&o.tests, "tests", "", "the compiled tests of capture/live")
	flag.StringVar(&o.in, "in", "", "rows that table has written")
	flag.StringVar(&o.out, "out", "", "where rows go to; the document that has the table")
	flag.BoolVar(&o.dry, "dry", false, "make devices and traffic, and compare nothing")
	flag.IntVar(&o.seconds, "seconds", 60, "how long to walk")
	flag.Uint64Var(&o.seed, "seed", uint64(time.Now().UnixNano()), "of the walk's chances")
	flag.Parse()
	command := flag.Arg(0)
	if flag.NArg() > 0 {
		o.arguments = flag.Args()[1:]
	}
	commands := map[string]func(options) error{"table": table, "walk": walk, "workers": workers, "update": update}
	run, ok := commands[command]
	if !ok {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "devicetable:", err)
		os.Exit(1)
	}
}
