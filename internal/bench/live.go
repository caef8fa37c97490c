//go:build linux

package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Live captures: a pair of interfaces in a network namespace of the bench's own,
// made packets from the one, tapdump and tcpdump in turn on the other. The sender
// has one processor, the programs another.

// liveJob is what both programs capture with.
type liveJob struct {
	args  string // FILE is a file to write
	share int    // one of this number of packets passes the filter; 0: none does
}

var liveJobs = []liveJob{
	{"-w /dev/null", 1},
	{"-w FILE", 1},
	{"-nn", 1},
	{"-nn -v", 1},
	{"-nn udp dst port 7777", 100},
	{"-w /dev/null udp dst port 7777", 100},
	{"-w /dev/null udp port 1", 0},
}

// liveRates are in packets a second; the last is more than can be sent.
var liveRates = []int{100_000, 200_000, 400_000, 10_000_000}

// liveTime is how long packets are sent.
const liveTime = time.Second

// liveResult is what one run brought.
type liveResult struct {
	sent, captured int
	took           time.Duration // to send
	cpu            time.Duration
}

func (r liveResult) loss(j liveJob) float64 {
	if j.share == 0 {
		return 0
	}
	return 1 - float64(r.captured)/float64((r.sent+j.share-1)/j.share)
}

// live runs all live jobs and puts the results into the report, if there is a
// name for it.
func (b *bench) live(out string) error {
	if os.Geteuid() != 0 {
		return errors.New("live captures need root, for a network namespace of their own: sudo")
	}
	var err error
	if b.dir, err = os.MkdirTemp("", "tapdump-bench"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	var report bytes.Buffer
	done := make(chan error)
	go func() {
		// The thread is not used again; its namespace ends with it and the children.
		runtime.LockOSThread()
		done <- b.liveIn(&report)
	}()
	if err := <-done; err != nil || out == "" {
		return err
	}
	return liveMarks.put(out, report.Bytes())
}

func (b *bench) liveIn(report io.Writer) error {
	s, err := newSender("tx0", "rx0")
	if err != nil {
		return err
	}
	defer unix.Close(s.fd)
	fmt.Fprintf(report, "\n%s. Kernel and processor: %s, %s. Frames of %d bytes for %v; the median of %d of each program.\n\n", b.version(),
		kernelRelease(), processor(), frameSize, liveTime, b.runs)
	fmt.Fprintln(report, "| options | sent, packets/s | lost by tapdump | lost by tcpdump | processor time a packet captured |\n|---|---:|---:|---:|---|")
	for _, j := range liveJobs {
		for _, rate := range liveRates {
			var runs [tshark][]liveResult
			for range b.runs {
				for i := range runs {
					r, err := b.liveRun(s, i, j, rate)
					if err != nil {
						return err
					}
					runs[i] = append(runs[i], r)
				}
			}
			row := liveRow(j, runs)
			fmt.Print(row)
			fmt.Fprint(report, row)
		}
	}
	return nil
}

func liveRow(j liveJob, runs [tshark][]liveResult) string {
	var rate, loss, cpu [tshark]float64
	for i, all := range runs {
		var rates, losses, cpus []int64
		for _, r := range all {
			rates = append(rates, int64(float64(r.sent)/r.took.Seconds()))
			losses = append(losses, int64(r.loss(j)*1e6))
			cpus = append(cpus, int64(r.cpu)/int64(max(1, r.captured)))
		}
		rate[i], loss[i], cpu[i] = float64(median(rates)), float64(median(losses))/1e4, float64(median(cpus))/1e3
	}
	return fmt.Sprintf("| `%s` | %.0f | %.2f %% | %.2f %% | %.2f / %.2f us |\n", j.args, rate[tapdump], loss[tapdump], loss[tcpdump], cpu[tapdump], cpu[tcpdump])
}

var liveCaptured = regexp.MustCompile(`(\d+) packets? captured`)

// liveRun captures with tool i while packets are sent for liveTime.
func (b *bench) liveRun(s *sender, i int, j liveJob, rate int) (liveResult, error) {
	args := strings.Fields(strings.ReplaceAll(j.args, "FILE", b.path("live.pcap")))
	cmd := exec.Command("taskset", append([]string{"-c", strconv.Itoa(runtime.NumCPU() - 1), b.tools[i], "-i", s.to}, args...)...)
	messages, stderr, err := os.Pipe()
	if err != nil {
		return liveResult{}, err
	}
	defer messages.Close()
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		return liveResult{}, err
	}
	stderr.Close()
	var said []byte
	for buf := make([]byte, 4096); !bytes.Contains(said, []byte("listening on")); {
		n, err := messages.Read(buf)
		if said = append(said, buf[:n]...); err != nil {
			return liveResult{}, fmt.Errorf("%s: %w: %s", cmd, cmd.Wait(), said)
		}
	}
	time.Sleep(100 * time.Millisecond)
	var r liveResult
	if r.sent, r.took, err = s.send(rate); err != nil {
		return r, err
	}
	time.Sleep(1300 * time.Millisecond) // tcpdump's kernel holds packets back for a second
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		return r, err
	}
	rest, err := io.ReadAll(messages)
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return r, fmt.Errorf("%s: %w", cmd, err)
	}
	r.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	m := liveCaptured.FindSubmatch(rest)
	if m == nil {
		return r, fmt.Errorf("%s did not say how many packets it captured: %s", cmd, rest)
	}
	r.captured, err = strconv.Atoi(string(m[1]))
	return r, err
}

// frameSize is the length in bytes of the frames sent.
const frameSize = 128

// sender sends frames out of one interface of a pair.
type sender struct {
	fd    int    // socket
	to    string // the interface at the other end
	frame [frameSize]byte
}

// newSender makes a pair of interfaces in a new network namespace of this
// thread, and has the thread run on the first processor.
func newSender(from, to string) (*sender, error) {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return nil, fmt.Errorf("can't make a network namespace: %w", err)
	}
	var first unix.CPUSet
	first.Set(0)
	if err := unix.SchedSetaffinity(0, &first); err != nil {
		return nil, fmt.Errorf("can't choose a processor: %w", err)
	}
	if err := ip("link add " + from + " type veth peer name " + to); err != nil {
		return nil, err
	}
	for _, name := range []string{from, to} {
		// Without addresses it sends nothing of its own accord.
		if err := os.WriteFile("/proc/sys/net/ipv6/conf/"+name+"/disable_ipv6", []byte("1"), 0); err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if err := ip("link set " + name + " up"); err != nil {
			return nil, err
		}
	}
	dev, err := net.InterfaceByName(from)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("packet socket: %w", err)
	}
	s := &sender{fd: fd, to: to}
	if err := errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_QDISC_BYPASS, 1),
		unix.Bind(fd, &unix.SockaddrLinklayer{Ifindex: dev.Index}),
	); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("packet socket on %s: %w", from, err)
	}
	s.fill()
	return s, nil
}

// ip runs the command ip.
func ip(args string) error {
	if out, err := exec.Command("ip", strings.Fields(args)...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %s: %w: %s", args, err, out)
	}
	return nil
}

// fill makes a UDP packet between addresses for documentation, to a station
// that nobody is.
func (s *sender) fill() {
	b := s.frame[:]
	copy(b, "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01\x08\x00")
	header := b[14:]
	copy(header, "\x45\x00\x00\x00\x00\x00\x40\x00\x40\x11\x00\x00\xc0\x00\x02\x01\xc0\x00\x02\x02")
	binary.BigEndian.PutUint16(header[2:], frameSize-14)
	sum := uint32(0)
	for i := 0; i < 20; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[i:]))
	}
	binary.BigEndian.PutUint16(header[10:], ^uint16(sum+sum>>16))
	udp := header[20:]
	binary.BigEndian.PutUint16(udp, 40000)
	binary.BigEndian.PutUint16(udp[4:], frameSize-34)
}

// send sends for liveTime, rate packets a second or as many as it can. Each
// hundredth goes to port 7777.
func (s *sender) send(rate int) (sent int, took time.Duration, err error) {
	port := s.frame[36:38]
	start := time.Now()
	for took < liveTime {
		due := int(took.Seconds()*float64(rate)) + 1
		for end := min(due, sent+64); sent < end; sent++ {
			binary.BigEndian.PutUint16(port, 9)
			if sent%100 == 0 {
				binary.BigEndian.PutUint16(port, 7777)
			}
			if _, err := unix.Write(s.fd, s.frame[:]); err != nil && err != unix.ENOBUFS {
				return sent, took, fmt.Errorf("sending: %w", err)
			}
		}
		took = time.Since(start)
	}
	return sent, took, nil
}

// kernelRelease is the name and release of the kernel.
func kernelRelease() string {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return "an unknown kernel"
	}
	return unix.ByteSliceToString(u.Sysname[:]) + " " + unix.ByteSliceToString(u.Release[:])
}
