//go:build linux

// Bench runs tapdump and tcpdump, and tshark if there is one, on one capture of
// made traffic and prints how they compare in time, processor time and memory:
//
//	make bench
//	go run ./internal/bench -tapdump ./tapdump [-packets N] [-runs N] [-k TEXT] [-out FILE]
//
// With -live it compares live captures instead, which takes root:
//
//	make bench-live
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// seed makes the capture that docs/performance.md speaks of.
const seed = 1

func main() {
	var b bench
	flag.StringVar(&b.tools[tapdump], "tapdump", "./tapdump", "the program to measure")
	flag.StringVar(&b.tools[tcpdump], "tcpdump", "tcpdump", "the program to compare with")
	flag.StringVar(&b.tools[tshark], "tshark", "tshark", "another one, run once for some jobs if it is there")
	flag.IntVar(&b.packets, "packets", 1_000_000, "packets in the capture")
	flag.IntVar(&b.runs, "runs", 5, "how often each job is run; the median counts")
	only := flag.String("k", "", "only jobs whose description or options contain this")
	out := flag.String("out", "", "put the results into this Markdown file too, between its marks")
	live := flag.Bool("live", false, "compare live captures, in a network namespace of the bench's own")
	flag.Parse()
	if err := b.main(*only, *out, *live); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// The programs.
const (
	tapdump = iota
	tcpdump
	tshark
	toolCount
)

type bench struct {
	tools         [toolCount]string
	packets, runs int
	dir           string
	size          int64 // of the capture, in bytes
}

func (b *bench) main(only, out string, live bool) error {
	if err := b.findTools(); err != nil {
		return err
	}
	if err := checkReport(out, live); err != nil {
		return err
	}
	if live {
		return b.live(out)
	}
	return b.run(only, out)
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

// checkReport finds out rather now than after minutes that results cannot be put
// into the report.
func checkReport(name string, live bool) error {
	m := fileMarks
	if live {
		m = liveMarks
	}
	if name == "" {
		return nil
	}
	_, _, err := m.parts(name)
	return err
}

func (b *bench) run(only, out string) error {
	var err error
	if b.dir, err = os.MkdirTemp("", "tapdump-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	for name, format := range map[string]pcapfile.Format{
		"mixed.pcap":    {},
		"mixed.pcapng":  {Pcapng: true},
		"mixed.pcap.gz": {Compression: pcapfile.Gzip},
	} {
		if err := b.makeCapture(name, format); err != nil {
			return err
		}
	}
	if err := b.makeNames(); err != nil {
		return err
	}
	var results []result
	for _, j := range jobs() {
		if !strings.Contains(j.what+" "+j.args, only) {
			continue
		}
		r, err := b.job(j)
		if err != nil {
			return err
		}
		fmt.Println(r)
		results = append(results, r)
	}
	copying, err := b.copyTime()
	if err != nil {
		return err
	}
	fmt.Printf("%-32s %s\n", "cp of the capture", duration(copying))
	if out == "" {
		return nil
	}
	var report bytes.Buffer
	b.writeTable(&report, results, copying)
	return fileMarks.put(out, report.Bytes())
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

func (b *bench) makeCapture(name string, format pcapfile.Format) (err error) {
	src := traffic.New(seed, b.packets)
	format.SnapLen = src.SnapLen()
	if format.Pcapng {
		format.Interfaces = src.Interfaces
	}
	w, err := pcapfile.Create(b.path(name), src.LinkType(), format)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var pkt capture.Packet
	for {
		if err := src.Next(&pkt); err == io.EOF {
			if name == "mixed.pcap" {
				b.size = w.Size()
			}
			return nil
		} else if err != nil {
			return err
		}
		if err := w.Write(&pkt); err != nil {
			return err
		}
	}
}

// makeNames writes a hosts file with names for part of what the capture holds,
// and the setting that names come from nowhere else.
func (b *bench) makeNames() error {
	var hosts strings.Builder
	fmt.Fprintln(&hosts, "127.0.0.1 localhost")
	for i := 1; i < 255; i++ {
		fmt.Fprintf(&hosts, "10.0.0.%d host%d.example.net\n192.0.2.%d server%d.example.net\n2001:db8:1::%x host6-%d.example.net\n", i, i, i, i, i, i)
	}
	return errors.Join(
		os.WriteFile(b.path("hosts"), []byte(hosts.String()), 0o644),
		os.WriteFile(b.path("nsswitch.conf"), []byte("hosts: files\n"), 0o644))
}

// copyTime is how long cp takes for the capture: the limit for writing all of it.
func (b *bench) copyTime() (time.Duration, error) {
	var times []time.Duration
	for range b.runs {
		start := time.Now()
		if out, err := exec.Command("cp", b.path("mixed.pcap"), b.path("copy")).CombinedOutput(); err != nil {
			return 0, fmt.Errorf("cp: %w: %s", err, out)
		}
		times = append(times, time.Since(start))
	}
	return median(times), nil
}
