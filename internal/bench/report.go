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
	s := fmt.Sprintf("%-40s %s", r.what, duration(r.ours.median.wall))
	if r.them.median.wall > 0 {
		s += fmt.Sprintf("; %s %s; %s times as fast", r.program(), duration(r.them.median.wall), r.faster())
	}
	if r.wanted != "" {
		s += " (wanted: " + r.wanted + ")"
	}
	return s + "; processor time " + r.aPacket() + "; memory " + r.memory()
}

// program is the name of the one that a job is compared with.
func (r result) program() string {
	other := r.other()
	if _, behind, ok := strings.Cut(other, "| "); ok {
		other = behind
	}
	return strings.Fields(other)[0]
}

// faster is how many times as fast it is by the clock, and by processor time.
func (r result) faster() string {
	wall, cpu := times(r.them.median.wall, r.ours.median.wall), times(r.them.median.cpu, r.ours.median.cpu)
	if wall == "" || cpu == "" {
		return wall
	}
	return wall + ", " + cpu
}

// aPacket is what both take of processor time for a packet.
func (r result) aPacket() string {
	return r.pair(func(u usage) string {
		if r.many || r.packets < 1000 { // there is nothing to divide by
			return duration(u.cpu)
		}
		return fmt.Sprintf("%.0f ns", float64(u.cpu.Nanoseconds())/float64(r.packets))
	})
}

func (r result) memory() string {
	return r.pair(func(u usage) string { return fmt.Sprintf("%.0f MiB", mib(u.rss)) })
}

// pair is a value of ours and of theirs.
func (r result) pair(of func(u usage) string) string {
	if r.them.median.wall == 0 {
		return of(r.ours.median)
	}
	return of(r.ours.median) + " / " + of(r.them.median)
}

// duration is d with the digits that matter.
func duration(d time.Duration) string {
	if d < 20*time.Millisecond {
		return fmt.Sprintf("%.1f ms", d.Seconds()*1000)
	}
	if d < time.Second {
		return fmt.Sprintf("%.0f ms", d.Seconds()*1000)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}

// times is how many times as long a is as b.
func times(a, b time.Duration) string {
	if a == 0 || b == 0 {
		return "" // not run, or too short for the system's clock
	}
	return fmt.Sprintf("%.1f", float64(a)/float64(b))
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }

// marks are lines of the report between which results stand; the rest of it is
// written by hand.
type marks struct{ begin, end string }

var (
	fileMarks    = marks{"<!-- written by make bench -->\n", "<!-- end of what make bench writes -->\n"}
	scalingMarks = marks{"<!-- written by make bench-scaling -->\n", "<!-- end of what make bench-scaling writes -->\n"}
	liveMarks    = marks{"<!-- written by make bench-live -->\n", "<!-- end of what make bench-live writes -->\n"}
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

// writeHead says what the tables have in common.
func (b *bench) writeHead(s io.Writer) {
	fmt.Fprintf(s, `
%d packets; the median of %d runs of both programs in turn, output to /dev/null. Of two values the first is tapdump's. Times as fast:
by the clock, and by processor time. Memory is the largest resident set, of one process if there are several. Files are in memory
when they are read. FILE is the capture, NG the same as pcapng, OUT what is written. tapdump has %.1f MiB; %s; %s.
%s on %s, %d processors.
`, b.packets, b.runs, mib(size(b.tools[tapdump])), b.version(), b.tsharkVersion(), runtime.Version(), processor(), runtime.NumCPU())
}

// size is that of a file, 0 if it is not there.
func size(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}

// writeTable writes the results of a section.
func writeTable(s io.Writer, of section, results []result) {
	fmt.Fprintf(s, "\n### %s\n\n", of.title)
	if of.note != "" {
		fmt.Fprintf(s, "%s\n\n", of.note)
	}
	fmt.Fprint(s, "| job | options | beside | time | times as fast | wanted | processor time a packet | memory |\n|---|---|---|---:|---:|---:|---:|---:|\n")
	for _, r := range results {
		fmt.Fprintf(s, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", r.what, code(r.args), r.besideText(), r.time(), r.faster(), r.wanted, r.aPacket(), r.memory())
	}
}

// time is how long both take, of jobs that are over at once with the least.
func (r result) time() string {
	if !r.many {
		return r.pair(func(u usage) string { return duration(u.wall) })
	}
	text := fmt.Sprintf("%s (%s)", duration(r.ours.median.wall), duration(r.ours.least.wall))
	if r.them.median.wall > 0 {
		text += fmt.Sprintf(" / %s (%s)", duration(r.them.median.wall), duration(r.them.least.wall))
	}
	return text
}

// besideText is what a job is compared with: tcpdump with the same options needs no more.
func (r result) besideText() string {
	switch r.beside {
	case "":
		return "tcpdump"
	case nothing:
		return ""
	}
	return code(r.beside)
}

// code is a command line in a cell of a table, not all of it if it is long.
func code(line string) string {
	if len(line) > 80 {
		line = line[:77] + "..."
	}
	return "`" + strings.ReplaceAll(line, "|", "\\|") + "`"
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

// tsharkVersion is the first line of what tshark says of itself.
func (b *bench) tsharkVersion() string {
	if b.tools[tshark] == "" {
		return "no tshark"
	}
	out, err := exec.Command(b.tools[tshark], "--version").Output()
	line, _, _ := strings.Cut(string(out), "\n")
	if err != nil || line == "" {
		return "tshark of unknown version"
	}
	return strings.TrimSuffix(line, ".")
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
