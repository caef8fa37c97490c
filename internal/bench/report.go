//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

func (r result) String() string {
	a, b := r.tools[0], r.tools[1]
	s := fmt.Sprintf("%-30s %6.2f s  tcpdump %6.2f s  %5.1f x as fast", r.what, a.wall.Seconds(), b.wall.Seconds(), ratio(b.wall, a.wall))
	if r.limit != "" {
		s += fmt.Sprintf(" (wanted: %s of the time)", r.limit)
	}
	return s + fmt.Sprintf("; cpu %.2f s / %.2f s; memory %.1f MiB / %.1f MiB", a.cpu.Seconds(), b.cpu.Seconds(), mib(a.rss), mib(b.rss))
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// The results stand between these lines of the report; the rest of it is written
// by hand.
const (
	reportBegin = "<!-- written by make bench -->\n"
	reportEnd   = "<!-- end of what make bench writes -->\n"
)

func (b *bench) writeReport(name string, results []result, copying time.Duration) error {
	old, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	before, rest, ok := bytes.Cut(old, []byte(reportBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(reportEnd))
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks the lines %q and %q, between which the results go", name, reportBegin, reportEnd)
	}
	var s bytes.Buffer
	s.Write(before)
	s.WriteString(reportBegin)
	b.writeTable(&s, results, copying)
	s.WriteString(reportEnd)
	s.Write(after)
	return os.WriteFile(name, s.Bytes(), 0o644)
}

func (b *bench) writeTable(s *bytes.Buffer, results []result, copying time.Duration) {
	fmt.Fprintf(s, `
%d packets, %.0f MiB, %.0f bytes a packet on average; the median of %d runs of each program in turn, output to
/dev/null. %s. %s on %s, %d processors.

| job | options | tapdump | tcpdump | times as fast | wanted | processor time | memory |
|---|---|---|---|---|---|---|---|
`, b.packets, mib(b.size), float64(b.size)/float64(b.packets), b.runs, b.version(), runtime.Version(), processor(), runtime.NumCPU())
	for _, r := range results {
		args := r.args
		if len(args) > 60 {
			args = args[:57] + "..."
		}
		u, v := r.tools[0], r.tools[1]
		fmt.Fprintf(s, "| %s | `%s` | %.2f s | %.2f s | %.1f | %s | %.2f s / %.2f s | %.0f MiB / %.0f MiB |\n",
			r.what, args, u.wall.Seconds(), v.wall.Seconds(), ratio(v.wall, u.wall), wanted(r.limit),
			u.cpu.Seconds(), v.cpu.Seconds(), mib(u.rss), mib(v.rss))
	}
	fmt.Fprintf(s, `
Processor time and memory: tapdump / tcpdump. Memory is the largest resident set. cp takes %.2f s for the capture.
`, copying.Seconds())
}

// wanted is a limit as a number of times as fast.
func wanted(limit string) string {
	if _, times, ok := strings.Cut(limit, "/"); ok {
		return times
	}
	return ""
}

// version is what tcpdump says of itself, on one line.
func (b *bench) version() string {
	out, err := exec.Command(b.tools[1], "--version").Output()
	if err != nil {
		return "tcpdump of unknown version"
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[:min(2, len(lines))], ", ")
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
