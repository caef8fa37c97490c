//go:build linux

package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// usage is what one run cost.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // bytes
}

// cost is what several runs cost: the medians, the least times, the most memory.
type cost struct{ median, least usage }

// result is what a job brought.
type result struct {
	job
	packets    int  // in what was read
	ours, them cost // zero: not run
}

func median[T int64 | time.Duration](v []T) T {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

func costOf(runs []usage) cost {
	if len(runs) == 0 {
		return cost{}
	}
	var wall, cpu []time.Duration
	var rss []int64
	for _, u := range runs {
		wall, cpu, rss = append(wall, u.wall), append(cpu, u.cpu), append(rss, u.rss)
	}
	most := slices.Max(rss)
	return cost{usage{median(wall), median(cpu), most}, usage{slices.Min(wall), slices.Min(cpu), most}}
}

// job runs one job with the programs in turn.
func (b *bench) job(j job) (result, error) {
	r := result{job: j}
	beside := j.other()
	var err error
	if r.packets, err = b.need(j.args); err != nil {
		return r, err
	}
	if _, err := b.need(beside); err != nil {
		return r, err
	}
	lines := [2]string{"tapdump " + j.args, beside}
	var runs [2][]usage
	for run := range b.times(j) {
		for i, line := range lines {
			if line == nothing || i > 0 && run > 0 && j.slow {
				continue
			}
			u, err := b.measure(b.command(line, j))
			if err != nil {
				return r, err
			}
			runs[i] = append(runs[i], u)
		}
	}
	r.ours, r.them = costOf(runs[0]), costOf(runs[1])
	return r, nil
}

// times is how often a job is run.
func (b *bench) times(j job) int {
	if j.many {
		return b.runs * manyRuns
	}
	return b.runs
}

// other is the command line that a job is compared with.
func (j job) other() string {
	if j.beside == "" {
		return withTcpdump + j.args
	}
	return j.beside
}

// missing is a program that a job wants and that is not there, "" if all are.
func (b *bench) missing(j job) string {
	if j.other() == nothing {
		return ""
	}
	for part := range strings.SplitSeq(j.other(), "|") {
		if part == "" || part[0] == '|' {
			continue
		}
		name := strings.Fields(part)[0]
		if _, err := exec.LookPath(b.program(name)); err != nil {
			return name
		}
	}
	return ""
}

// program is what the program of a name is run as, "" if an option's is not there.
func (b *bench) program(name string) string {
	for i, tool := range [toolCount]string{"tapdump", "tcpdump", "tshark"} {
		if name == tool {
			return b.tools[i]
		}
	}
	return name
}

// command is what a command line is run as.
func (b *bench) command(line string, j job) []string {
	words := strings.Fields(line)
	first := true
	pipe := false
	for k, w := range words {
		f, ok := fileOf(w)
		switch {
		case first:
			words[k] = b.program(w)
		case ok:
			words[k] = b.path(f.name)
		}
		first = w == "|"
		pipe = pipe || first
	}
	if pipe {
		for k, w := range words {
			if w != "|" {
				words[k] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
			}
		}
		words = []string{"sh", "-c", strings.Join(words, " ")}
	}
	if j.pinned {
		words = append([]string{"taskset", "-c", b.core}, words...)
	}
	if j.names {
		line := fmt.Sprintf(`mount --bind %s /etc/hosts && mount --bind %s /etc/nsswitch.conf && exec "$@"`,
			b.path("hosts"), b.path("nsswitch.conf"))
		words = append([]string{"unshare", "--mount", "sh", "-c", line, "sh"}, words...)
	}
	return words
}

// measure runs a command. Its output goes to /dev/null.
func (b *bench) measure(words []string) (usage, error) { return b.measureFed(words, nil) }

// measureFed is measure, of a command whose standard input feed writes, if it is not nil.
func (b *bench) measureFed(words []string, feed func(w io.WriteCloser) error) (usage, error) {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Env = append(os.Environ(), "TZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	var in io.WriteCloser
	if feed != nil {
		var err error
		if in, err = cmd.StdinPipe(); err != nil {
			return usage{}, err
		}
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return usage{}, err
	}
	done, peak := make(chan struct{}), make(chan int64)
	go watchMemory(cmd.Process.Pid, done, peak)
	var fed error
	if feed != nil {
		fed = feed(in)
	}
	err := cmd.Wait()
	u := usage{wall: time.Since(start)}
	close(done)
	u.rss = <-peak
	if err != nil {
		return u, fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, stderr.Bytes())
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return u, fed
}

// watchMemory sends the largest resident set of a process and its children until
// done. (The maximum that wait4 tells has this program's own in it, from before exec.)
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
			most = max(most, residentSet(pid))
			for _, child := range children(pid) {
				most = max(most, residentSet(child))
			}
		}
	}
}

// residentSet is the largest that a process had, 0 if it has just ended.
func residentSet(pid int) (bytesSet int64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := bytes.Cut(status, []byte("VmHWM:"))
	fields := bytes.Fields(after)
	if len(fields) == 0 {
		return 0
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	if err != nil {
		return 0
	}
	return kib * 1024
}

// children are the processes that a process's first thread has started.
func children(pid int) (pids []int) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "task", strconv.Itoa(pid), "children"))
	if err != nil {
		return nil // it has just ended
	}
	for word := range bytes.FieldsSeq(text) {
		if child, err := strconv.Atoi(string(word)); err == nil {
			pids = append(pids, child)
		}
	}
	return pids
}
