//go:build linux

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

func (r result) String() string {
	a, b := r.tools[tapdump], r.tools[tcpdump]
	s := fmt.Sprintf("%-32s %s  tcpdump %s  %5.1f x as fast", r.what, duration(a.wall), duration(b.wall), ratio(b.wall, a.wall))
	if r.limit != "" {
		s += fmt.Sprintf(" (wanted: %s of the time)", r.limit)
	}
	s += fmt.Sprintf("; cpu %s / %s; memory %.1f MiB / %.1f MiB", duration(a.cpu), duration(b.cpu), mib(a.rss), mib(b.rss))
	if c := r.tools[tshark]; c.wall > 0 {
		s += fmt.Sprintf("; tshark %s", duration(c.wall))
	}
	return s
}

// duration is d with the digits that matter.
func duration(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// marks are lines of the report between which results stand; the rest of it is
// written by hand.
type marks struct{ begin, end string }

var (
	fileMarks = marks{"<!-- written by make bench -->\n", "<!-- end of what make bench writes -->\n"}
	liveMarks = marks{"<!-- written by make bench-live -->\n", "<!-- end of what make bench-live writes -->\n"}
)

// parts is what stands before and behind the results in the report.
func (m marks) parts(name string) (before, after []byte, err error) {
	old, err := os.ReadFile(name)
	if err != nil {
		return nil, nil, err
	}
	before, rest, ok := bytes.Cut(old, []byte(m.begin))
	_, after, ok2 := bytes.Cut(rest, []byte(m.end))
	if !ok || !ok2 {
		return nil, nil, fmt.Errorf("%s lacks the lines %q and %q, between which the results go", name, m.begin, m.end)
	}
	return before, after, nil
}

// put puts results into the report.
func (m marks) put(name string, results []byte) error {
	before, after, err := m.parts(name)
	if err != nil {
		return err
	}
	return os.WriteFile(name, slices.Concat(before, []byte(m.begin), results, []byte(m.end), after), 0o644)
}

func (b *bench) writeTable(s io.Writer, results []result, copying time.Duration) {
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
		u, v := r.tools[tapdump], r.tools[tcpdump]
		fmt.Fprintf(s, "| %s | `%s` | %s | %s | %.1f | %s | %s / %s | %.0f MiB / %.0f MiB |\n",
			r.what, args, duration(u.wall), duration(v.wall), ratio(v.wall, u.wall), wanted(r.limit),
			duration(u.cpu), duration(v.cpu), mib(u.rss), mib(v.rss))
	}
	fmt.Fprintf(s, "\nProcessor time and memory: tapdump / tcpdump. Memory is the largest resident set. cp takes %s for the capture.\n",
		duration(copying))
	for _, r := range results {
		if c := r.tools[tshark]; c.wall > 0 {
			fmt.Fprintf(s, "%s: tshark (`%s`) takes %s and %.0f MiB.\n", strings.ToUpper(r.what[:1])+r.what[1:], r.tshark, duration(c.wall), mib(c.rss))
		}
	}
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
