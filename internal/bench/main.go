//go:build linux

// Bench runs tapdump and tcpdump on one capture of made traffic and prints how
// they compare in time, processor time and memory:
//
//	make bench
//	go run ./internal/bench -tapdump ./tapdump [-packets N] [-runs N] [-out FILE]
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// jobs are what both programs are asked to do; FILE and OUT stand for the
// capture and for a file to write.
var jobs = []struct{ what, args string }{
	{"print every packet", "-nn -r FILE"},
	{"print in detail", "-nn -v -r FILE"},
	{"print with link layer and bytes", "-nn -e -X -r FILE"},
	{"count what a filter lets pass", "-nn --count -r FILE tcp port 443 or udp port 53"},
	{"filter and print one in a hundred", "-nn -r FILE icmp or arp"},
	{"write a savefile", "-r FILE -w OUT"},
}

// seed makes the capture that docs/performance.md speaks of.
const seed = 1

func main() {
	var b bench
	flag.StringVar(&b.tools[0], "tapdump", "./tapdump", "the program to measure")
	flag.StringVar(&b.tools[1], "tcpdump", "tcpdump", "the program to compare with")
	flag.IntVar(&b.packets, "packets", 1_000_000, "packets in the capture")
	flag.IntVar(&b.runs, "runs", 3, "how often each job is run; the fastest run counts")
	out := flag.String("out", "", "write the results to this Markdown file too")
	flag.Parse()
	if err := b.run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	tools         [2]string // tapdump, tcpdump
	packets, runs int
	dir           string
	size          int64 // of the capture, in bytes
}

func (b *bench) run(out string) error {
	for i, tool := range b.tools {
		path, err := exec.LookPath(tool)
		if err != nil && i == 1 {
			return fmt.Errorf("%w; install it (apt-get install tcpdump) or name it with -tcpdump", err)
		} else if err != nil {
			return fmt.Errorf("%w; run make build first", err)
		}
		b.tools[i] = path
	}
	var err error
	if b.dir, err = os.MkdirTemp("", "tapdump-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	if err := b.makeCapture(); err != nil {
		return err
	}
	var results []result
	for _, job := range jobs {
		r, err := b.job(job.what, strings.Fields(job.args))
		if err != nil {
			return err
		}
		fmt.Println(r)
		results = append(results, r)
	}
	if out == "" {
		return nil
	}
	return os.WriteFile(out, b.report(results), 0o644)
}

func (b *bench) captureName() string { return filepath.Join(b.dir, "mixed.pcap") }

func (b *bench) makeCapture() (err error) {
	src := traffic.New(seed, b.packets)
	w, err := pcapfile.Create(b.captureName(), pcapfile.Format{
		Header: pcapfile.Header{LinkType: src.LinkType(), SnapLen: src.SnapLen()},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var pkt capture.Packet
	for {
		if err := src.Next(&pkt); err == io.EOF {
			b.size = w.Size()
			return nil
		} else if err != nil {
			return err
		}
		if err := w.Write(&pkt); err != nil {
			return err
		}
	}
}

// usage is what one run cost.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // bytes
}

type result struct {
	what, args string
	tools      [2]usage // the fastest run of each
}

// job runs one job with both programs in turn.
func (b *bench) job(what string, args []string) (result, error) {
	r := result{what: what, args: strings.Join(args, " ")}
	for i, arg := range args {
		switch arg {
		case "FILE":
			args[i] = b.captureName()
		case "OUT":
			args[i] = filepath.Join(b.dir, "out.pcap")
		}
	}
	for round := range b.runs {
		for i, tool := range b.tools {
			u, err := measure(tool, args)
			if err != nil {
				return r, err
			}
			if round == 0 || u.wall < r.tools[i].wall {
				r.tools[i] = u
			}
		}
	}
	return r, nil
}

func measure(tool string, args []string) (usage, error) {
	cmd := exec.Command(tool, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil { // the output goes to /dev/null
		return usage{}, err
	}
	done, peak := make(chan struct{}), make(chan int64)
	go watchMemory(cmd.Process.Pid, done, peak)
	err := cmd.Wait()
	u := usage{wall: time.Since(start)}
	close(done)
	u.rss = <-peak
	if err != nil {
		return u, fmt.Errorf("%s %s: %w: %s", tool, strings.Join(args, " "), err, stderr.Bytes())
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return u, nil
}

// watchMemory sends the largest resident set of a process until done. (The
// maximum that wait4 tells has this program's own in it, from before exec.)
func watchMemory(pid int, done <-chan struct{}, peak chan<- int64) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	var most int64
	for {
		select {
		case <-done:
			peak <- most
			return
		case <-tick.C:
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if err != nil {
				continue // it has just ended
			}
			var kib int64
			if _, after, ok := bytes.Cut(status, []byte("VmHWM:")); ok {
				fmt.Sscan(string(after), &kib)
				most = max(most, kib*1024)
			}
		}
	}
}

func (r result) String() string {
	a, b := r.tools[0], r.tools[1]
	return fmt.Sprintf("%-34s %6.2f s  tcpdump %6.2f s  %4.1f x as fast; cpu %6.2f s / %6.2f s; memory %5.1f MiB / %5.1f MiB",
		r.what, a.wall.Seconds(), b.wall.Seconds(), ratio(b.wall, a.wall), a.cpu.Seconds(), b.cpu.Seconds(), mib(a.rss), mib(b.rss))
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// report is docs/performance.md.
func (b *bench) report(results []result) []byte {
	var s bytes.Buffer
	fmt.Fprintf(&s, `# Performance

Written by `+"`make bench`"+`, which makes a capture of %d packets (%.0f MiB, %.0f bytes a packet on average)
with `+"`internal/traffic`"+` (seed %d: TCP with options, HTTP, TLS, SSH, SMTP, DNS, DHCP, NTP, syslog, ICMP, ARP, neighbour
discovery, multicast groups, VLANs, tunnels, fragments; a third over IPv6) and runs both programs on it in turn,
%d times. The fastest run of each counts; output goes to /dev/null.

%s
%s on %s, %d processors

| job | options | tapdump | tcpdump | times as fast | processor time | memory |
|---|---|---|---|---|---|---|
`, b.packets, mib(b.size), float64(b.size)/float64(b.packets), seed, b.runs, b.version(), runtime.Version(), processor(), runtime.NumCPU())
	for _, r := range results {
		u, v := r.tools[0], r.tools[1]
		fmt.Fprintf(&s, "| %s | `%s` | %.2f s | %.2f s | %.1f | %.2f s / %.2f s | %.0f MiB / %.0f MiB |\n",
			r.what, r.args, u.wall.Seconds(), v.wall.Seconds(), ratio(v.wall, u.wall),
			u.cpu.Seconds(), v.cpu.Seconds(), mib(u.rss), mib(v.rss))
	}
	s.WriteString(`
Processor time and memory: tapdump / tcpdump. Memory is the largest resident set.
`)
	return s.Bytes()
}

// version is what tcpdump says of itself, on one line.
func (b *bench) version() string {
	out, err := exec.Command(b.tools[1], "--version").Output()
	if err != nil {
		return "tcpdump of unknown version"
	}
	return strings.Join(strings.Split(strings.TrimSpace(string(out)), "\n"), ", ")
}

// processor is the name of the machine's processor.
func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "model name"); ok {
			return strings.TrimLeft(name, "\t :")
		}
	}
	return runtime.GOARCH
}
