//go:build linux

// Profile makes the profile that releases are compiled with: where processor time goes
// while made traffic is printed, counted and written.
//
//	make profile
//	go run -trimpath ./internal/bench/profile -out FILE [-packets N] [-rounds N]
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/cli"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// jobs are options; what users do most is there more than once, and what is on all cores
// is measured there, too.
var jobs = []string{
	"--jobs 1 -nn", "--jobs 1 -nn", "-nn", "--jobs 1 -nn -v", "-nn -v", "--jobs 1 -nn -vvv -e", "-nn -vvv -e",
	"--jobs 1 -nn -X", "--jobs 1 -nn -A", "-nn -q", "--count", "--jobs 1 --count", "-w /dev/null", "--json",
}

// seed is not that of make bench: nothing is compiled for the packets that are measured.
const seed = 2

func main() {
	out := flag.String("out", "", "where the profile goes")
	packets := flag.Int("packets", 1_000_000, "packets in the capture")
	rounds := flag.Int("rounds", 4, "how often each job is run; there are 100 samples a second")
	into := flag.String("into", "", "run tapdump with the arguments, and write its profile here")
	flag.Parse()
	if *into != "" {
		status, err := profiled(*into, flag.Args())
		if err != nil {
			fmt.Fprintln(os.Stderr, "profile:", err)
			status = 1
		}
		os.Exit(status)
	}
	if err := run(*out, *packets, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

// profiled is tapdump, with a profile.
func profiled(name string, args []string) (status int, err error) {
	f, err := os.Create(name)
	if err != nil {
		return 1, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return 1, errors.Join(err, f.Close())
	}
	// In the sandbox no timer sends signals.
	status = cli.Run(cli.Tapdump, append([]string{"tapdump", "--no-sandbox"}, args...))
	pprof.StopCPUProfile()
	return status, f.Close()
}

// run runs all jobs and puts their profiles together.
func run(out string, packets, rounds int) (err error) {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "profile")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "capture")
	if err := write(file, packets); err != nil {
		return err
	}
	merge := []string{"tool", "pprof", "-proto", "-output", out}
	for i := range rounds * len(jobs) {
		job, into := jobs[i%len(jobs)], filepath.Join(dir, strconv.Itoa(i))
		cmd := exec.Command(self, append([]string{"-into", into, "--", "-r", file}, strings.Fields(job)...)...)
		var said strings.Builder
		cmd.Stderr = &said
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", job, err, &said)
		}
		merge = append(merge, into)
	}
	if said, err := exec.Command("go", merge...).CombinedOutput(); err != nil {
		return fmt.Errorf("go tool pprof: %w\n%s", err, said)
	}
	return nil
}

// write makes the capture.
func write(name string, packets int) (err error) {
	src := traffic.New(seed, packets)
	w, err := pcapfile.Create(name, src.LinkType(), pcapfile.Format{SnapLen: src.SnapLen()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var pkt capture.Packet
	for {
		if err := src.Next(&pkt); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := w.Write(&pkt); err != nil {
			return err
		}
	}
}
