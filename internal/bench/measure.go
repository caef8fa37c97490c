//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// usage is what one run cost.
type usage struct {
	wall, cpu time.Duration
	rss       int64 // bytes
}

type result struct {
	job
	tools [toolCount]usage // medians; zero for one that was not run
}

func median[T int64 | time.Duration](v []T) T {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[len(v)/2]
}

// job runs one job with the programs in turn.
func (b *bench) job(j job) (result, error) {
	r := result{job: j}
	var runs [toolCount][]usage
	for run := range b.runs {
		for i, tool := range b.tools {
			if i == tshark && (tool == "" || j.tshark == "" || run > 0) { // it takes long
				continue
			}
			u, err := b.measure(i, j)
			if err != nil {
				return r, err
			}
			runs[i] = append(runs[i], u)
		}
	}
	for i, all := range runs {
		if len(all) == 0 {
			continue
		}
		var wall, cpu []time.Duration
		var rss []int64
		for _, u := range all {
			wall, cpu, rss = append(wall, u.wall), append(cpu, u.cpu), append(rss, u.rss)
		}
		r.tools[i] = usage{median(wall), median(cpu), slices.Max(rss)}
	}
	return r, nil
}

// command is the command line of a job for tool i.
func (b *bench) command(i int, j job) []string {
	args := j.args
	switch {
	case i == tcpdump && j.tcpdump != "":
		args = j.tcpdump
	case i == tshark:
		args = j.tshark
	}
	words := strings.Fields(args)
	for k, w := range words {
		switch w {
		case "FILE":
			words[k] = b.path("mixed.pcap")
		case "NG":
			words[k] = b.path("mixed.pcapng")
		case "GZ":
			words[k] = b.path("mixed.pcap.gz")
		case "OUT":
			words[k] = b.path("out.pcap")
		}
	}
	if words[0] == "GUNZIP" {
		line := fmt.Sprintf(`gunzip -c %s | exec %s "$@"`, b.path("mixed.pcap.gz"), b.tools[i])
		return append([]string{"sh", "-c", line, "sh"}, words[1:]...)
	}
	words = append([]string{b.tools[i]}, words...)
	if j.pinned {
		words = append([]string{"taskset", "-c", "0"}, words...)
	}
	if j.names {
		line := fmt.Sprintf(`mount --bind %s /etc/hosts && mount --bind %s /etc/nsswitch.conf && exec "$@"`,
			b.path("hosts"), b.path("nsswitch.conf"))
		words = append([]string{"unshare", "--mount", "sh", "-c", line, "sh"}, words...)
	}
	return words
}

func (b *bench) measure(i int, j job) (usage, error) {
	words := b.command(i, j)
	cmd := exec.Command(words[0], words[1:]...)
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
		return u, fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, stderr.Bytes())
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
