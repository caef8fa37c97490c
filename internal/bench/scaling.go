//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// How time and memory grow with the number of packets and of processors.

// scaleJob reads the packets of the files in LIST, or, if fed, from a pipe.
type scaleJob struct {
	what, args string
	fed        bool // new conversations all the time, rather than the same again
}

var scaleJobs = []scaleJob{
	{"count", "--jobs JOBS -nn --count -V LIST tcp", false},
	{"print", "--jobs JOBS -nn -V LIST", false},
	{"records as JSON, headers", "--jobs JOBS -nn --json --columns basic -V LIST", false},
	{"flows as JSON", "--jobs JOBS -nn --table flows --json -r -", true},
}

// scales are how many times the capture is read.
var scales = []int{1, 10, 100}

// jobNumbers are 1, 2, 4 and so on, and as many as there are processors.
func jobNumbers(processors int) (all []int) {
	for n := 1; n < processors; n *= 2 {
		all = append(all, n)
	}
	return append(all, processors)
}

func (b *bench) scaling(out string) error {
	var report bytes.Buffer
	err := b.inFolder(func() error {
		fmt.Fprintf(&report, `
One run each. LIST names a capture of %d packets once, ten times and a hundred times, as no disk need hold the packets then; it is in
memory. Flows read from a pipe what the generator makes meanwhile on a processor of its own, since the same conversations again
would ask for no memory: the time by the clock is that of the generator too. %s on %s, %d processors.

| job | options | packets | jobs | time | processor time | a packet | memory |
|---|---|---:|---:|---:|---:|---:|---:|
`, b.packets, runtime.Version(), processor(), runtime.NumCPU())
		for _, j := range scaleJobs {
			for _, scale := range scales {
				for _, n := range jobNumbers(runtime.NumCPU()) {
					if !b.chosen("scaling", job{what: j.what, args: j.args}) {
						continue
					}
					row, err := b.scale(j, scale, n)
					if err != nil {
						return err
					}
					fmt.Print(row)
					fmt.Fprint(&report, row)
				}
			}
		}
		return nil
	})
	if err != nil || out == "" {
		return err
	}
	return scalingMarks.put(out, report.Bytes())
}

// scale runs a job on so many times the capture, and makes a row of the report.
func (b *bench) scale(j scaleJob, scale, jobs int) (string, error) {
	packets := scale * b.packets
	list := b.path("list")
	var feed func(w io.WriteCloser) error
	if j.fed {
		feed = func(w io.WriteCloser) error { return feedTraffic(w, packets) }
	} else {
		if _, err := b.need("FILE"); err != nil {
			return "", err
		}
		if err := os.WriteFile(list, []byte(strings.Repeat(b.path("mixed.pcap")+"\n", scale)), 0o644); err != nil {
			return "", err
		}
	}
	args := strings.NewReplacer("JOBS", strconv.Itoa(jobs), "LIST", list).Replace(j.args)
	u, err := b.measureFed(append([]string{b.tools[tapdump]}, strings.Fields(args)...), feed)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("| %s | `%s` | %d | %d | %s | %s | %.0f ns | %.0f MiB |\n", j.what, j.args, packets, jobs, duration(u.wall), duration(u.cpu),
		float64(u.cpu.Nanoseconds())/float64(packets), mib(u.rss)), nil
}

// feedTraffic writes a savefile of made packets.
func feedTraffic(out io.WriteCloser, packets int) error {
	src := traffic.New(seed, packets)
	w, err := pcapfile.NewWriter(out, "the pipe", src.LinkType(), pcapfile.Format{SnapLen: src.SnapLen()})
	if err != nil {
		return errors.Join(err, out.Close())
	}
	return errors.Join(writeAll(w, src), w.Close(), out.Close())
}
