package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestLiveInTime: packets are in the file though few came, nobody asks, and the
// program is killed.
func TestLiveInTime(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	dir := t.TempDir()
	for i, options := range []string{
		"-w x.pcap", "-w x.pcapng", "-w x.pcap.gz", "-w x.pcapng.zst", "-w x.pcap.lz4", "-w x.pcap.zst --print",
		"-w x.pcap -C 100", "-w x.gz -C 100 -W 3", "-w x.pcap.lz4 -G 3600", "-w x.zst --rotate-size 1m", "-w x.pcap --rotate-time 1h",
		"-w x.pcap --immediate-mode", "-w x.zst --immediate-mode", "-w x.pcapng --workers 2", "-w x.pcap.zst --workers 2", "-w x.pcap -i lo", "-w x.pcap.zst -i lo",
	} {
		t.Run(options, func(t *testing.T) {
			t.Parallel()
			port := 6000 + i
			dir := filepath.Join(dir, string(rune('a'+i)))
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			args := strings.Fields(options)
			args[1] = filepath.Join(dir, args[1]) // of -w
			cmd, r := startProcess(t, append([]string{"-i", "lo", fmt.Sprintf("udp dst port %d", port)}, args...)...)
			want := 20 * (1 + strings.Count(options, "-i "))
			sendUDP(t, port, 20)
			awaitPackets(t, dir+"/*", want)
			sendUDP(t, port, 20)
			awaitPackets(t, dir+"/*", 2*want)
			cmd.Process.Kill()
			r.ended(t)
			awaitPackets(t, dir+"/*", 2*want)
		})
	}
}

// TestLivePipe: a reader of -w - sees packets while the capture goes on.
func TestLivePipe(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	for _, options := range []string{"-w -", "-w - --format pcapng", "-w - --immediate-mode"} {
		pipe, out, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r := &liveRunner{status: make(chan int, 1)}
		go func() {
			c := newCommand("tapdump", strings.NewReader(""), out, &r.stderr)
			r.status <- c.main(append([]string{"tapdump", "-i", "lo", "udp dst port 5353"}, strings.Fields(options)...))
		}()
		r.wait(t, &r.stderr, "listening on lo")
		pipe.SetReadDeadline(time.Now().Add(testenv.Patience))
		packets, err := pcapfile.NewReader(pipe)
		if err != nil {
			t.Fatal(err)
		}
		var pkt capture.Packet
		for i := range 5 {
			sendUDP(t, 5353, 1)
			if err := packets.Next(&pkt); err != nil {
				t.Fatalf("%s: packet %d: %v", options, i, err)
			}
		}
		pipe.Close() // the next packet finds nobody
		for done := false; !done; {
			sendUDP(t, 5353, 1)
			select {
			case status := <-r.status:
				if done = true; status != 0 || strings.Contains(r.stderr.String(), "pipe") {
					t.Errorf("%s: exit status %d, want 0 and silence:\n%s", options, status, &r.stderr)
				}
			case <-time.After(50 * time.Millisecond):
			}
		}
		out.Close()
	}
}

// startPiped runs the program in a process of its own with its standard output
// connected to out, and returns its exit status and what it says.
func startPiped(t *testing.T, dir string, out *os.File, args ...string) (status int, says string) {
	t.Helper()
	var stderr strings.Builder
	cmd := exec.Command(os.Args[0], args...)
	cmd.Args[0] = "tapdump"
	cmd.Env = append(os.Environ(), asProgram+"=1")
	cmd.Dir = dir
	cmd.Stdout, cmd.Stderr = out, &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	for line := range strings.Lines(stderr.String()) {
		if !strings.HasPrefix(line, "reading from file ") && !strings.HasPrefix(line, "Warning: ") {
			says += line
		}
	}
	return cmd.ProcessState.ExitCode(), says
}

// everyOutput are command lines that print something; CAPTURE is a file.
var everyOutput = []string{
	"-D", "-D -v", "-d tcp", "-dd tcp", "-ddd tcp", "-dddd tcp", "--explain tcp", "--help", "--version", "--time-t-size", "--fp-type",
	"-nn -r CAPTURE", "-nn -r CAPTURE --jobs 1", "-nn -r CAPTURE -X", "-nn -r CAPTURE --count", "-r CAPTURE -w -", "-r CAPTURE -w - --format pcapng",
	"-r CAPTURE -U -w -", "-nn -r CAPTURE -w x.pcap --print", "-r CAPTURE --dumpfile 1", "-nn -r CAPTURE --find http --color always",
	"-r CAPTURE --stats text", "-r CAPTURE --stats json", "-r CAPTURE --stats csv", "-r CAPTURE --stats top", "-r CAPTURE --stat-mode 1 --output TEXT",
	"-nn -r CAPTURE --print --stats text", "-r CAPTURE -w x.pcap --stats json", "-r CAPTURE --output TEXT --stats csv",
	"-r CAPTURE --output HEADER", "-r CAPTURE --output TEXT", "-r CAPTURE --output BINARY", "-r CAPTURE --output BINARY_ALL", "-r CAPTURE --output HEX",
	"-r CAPTURE --output HEX_ALL", "-r CAPTURE --output LINE", "-r CAPTURE --output BASE64", "-r CAPTURE --output BASE64_ALL",
}

// TestReaderGone: whatever is printed, a reader that has gone is no failure, and
// a full disk is one, in the system's words.
func TestReaderGone(t *testing.T) {
	name := makeCapture(t, 500)
	for _, options := range everyOutput {
		args := strings.Fields(options)
		for i := range args { // the name may have blanks
			args[i] = strings.ReplaceAll(args[i], "CAPTURE", name)
		}
		reader, gone, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		status, says := startPiped(t, t.TempDir(), gone, args...)
		gone.Close()
		if status != 0 || says != "" {
			t.Errorf("tapdump %s, when nobody reads: exit status %d, %q; want 0 and silence", options, status, says)
		}
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		status, says = startPiped(t, t.TempDir(), full, args...)
		full.Close()
		want := "tapdump: Unable to write output: No space left on device\n"
		if strings.Contains(options, "-w -") {
			want = "tapdump: standard output: No space left on device: packets that could not be written: 500, packets in the file: 0\n"
		}
		if status != 1 || says != want {
			t.Errorf("tapdump %s, to a full disk: exit status %d, %q; want 1, %q", options, status, says, want)
		}
	}
}

// TestClosedFiles: no savefile, and no other file, gets in the place of a closed
// standard input, output or error.
func TestClosedFiles(t *testing.T) {
	testenv.NeedsCommand(t, "sh")
	name := makeCapture(t, 500)
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, closed := range []string{"<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"} {
		for _, options := range []string{"-w x.pcap --print -v -nn", "-w x.pcap -U --stats text", "-w x.pcap --dumpfile 1 --verbose 3 --output TEXT"} {
			dir := t.TempDir()
			cmd := exec.Command("sh", "-c", `exec "$0" "$@" `+closed, os.Args[0], "-r", name)
			cmd.Args = append(cmd.Args, strings.Fields(options)...)
			cmd.Env = append(os.Environ(), asProgram+"=1")
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			got, rerr := os.ReadFile(filepath.Join(dir, "x.pcap"))
			if err != nil || rerr != nil || string(got) != string(want) {
				t.Errorf("tapdump %s %s: %v, %v; the copy is not what was copied (%d bytes of %d)\n%.500s", options, closed, err, rerr, len(got), len(want), out)
			}
			if b, err := os.ReadFile(name); err != nil || string(b) != string(want) {
				t.Fatalf("tapdump %s %s: the file that was read has changed", options, closed)
			}
		}
	}
}
