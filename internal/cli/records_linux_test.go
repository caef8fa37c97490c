package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tapdump/tapdump/internal/testenv"
)

// recordProcess is the program as a process of its own, in its sandbox, with a pipe as
// descriptor 3 of which the other end is returned.
func recordProcess(t *testing.T, args ...string) (cmd *exec.Cmd, fd3 *os.File, stderr *bytes.Buffer) {
	t.Helper()
	fd3, inherited, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer inherited.Close()
	stderr = new(bytes.Buffer)
	cmd = exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env, cmd.Stderr, cmd.ExtraFiles = append(os.Environ(), asProgram+"=1"), stderr, []*os.File{inherited}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, fd3, stderr
}

// TestRecordDescriptors: records go to a descriptor that is open, and to a named pipe,
// at once.
func TestRecordDescriptors(t *testing.T) {
	const packets = 3000
	name, fifo := makeCapture(t, packets), filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd, fd3, stderr := recordProcess(t, "-n", "-r", name, "--json=/dev/fd/3", "--fields", "number,src_addr,text", "--to", fifo)
	defer fd3.Close()
	lines := make(chan int)
	go func() {
		data, err := os.ReadFile(fifo)
		if err != nil {
			t.Error(err)
		}
		lines <- bytes.Count(data, []byte("\n"))
	}()
	n := 0
	for s := bufio.NewScanner(fd3); s.Scan(); n++ {
		if !json.Valid(s.Bytes()) {
			t.Fatalf("record %d is %s", n+1, s.Bytes())
		}
	}
	if m := <-lines; n != packets || m != packets {
		t.Errorf("%d records of JSON and %d lines for %d packets", n, m, packets)
	}
	if err := cmd.Wait(); err != nil || strings.Contains(stderr.String(), "WARNING") {
		t.Errorf("%v: %s", err, stderr)
	}
}

// TestRecordReaderGone: a reader of a pipe that goes away ends the run with an error
// that counts, as of a savefile.
func TestRecordReaderGone(t *testing.T) {
	cmd, fd3, stderr := recordProcess(t, "-n", "-r", makeCapture(t, 30000), "--json=/dev/fd/3", "--count")
	if _, err := io.ReadFull(fd3, make([]byte, 10)); err != nil {
		t.Fatal(err)
	}
	fd3.Close()
	err := cmd.Wait()
	if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "/dev/fd/3: Broken pipe: records that could not be written: ") {
		t.Errorf("%v: %s", err, stderr)
	}
}

// TestSlowReader: a reader that stalls is waited for, which is said, and loses nothing.
func TestSlowReader(t *testing.T) {
	const packets = 30000 // more than there is room for
	fd3, inherited, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer fd3.Close()
	var stderr shared
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-n", "-r", makeCapture(t, packets), "--json=/dev/fd/3", "--count")
	cmd.Env, cmd.Stderr, cmd.ExtraFiles = append(os.Environ(), asProgram+"=1"), &stderr, []*os.File{inherited}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	inherited.Close()
	for end := time.Now().Add(testenv.Patience); !strings.Contains(stderr.String(), "WARNING: /dev/fd/3 takes records slowly: all else waits for it"); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("nothing is said: %s", &stderr)
		}
	}
	var out bytes.Buffer
	if _, err := io.Copy(&out, fd3); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != packets {
		t.Errorf("%d records for %d packets, %v: %s", bytes.Count(out.Bytes(), []byte("\n")), packets, err, &stderr)
	}
}

// TestInterruptedRecords: an interrupt while packets come through a pipe ends records
// with a whole one, and without the empty line that ends lines.
func TestInterruptedRecords(t *testing.T) {
	data, err := os.ReadFile(makeCapture(t, 10))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-n", "-r", "-", "--json")
	cmd.Env = append(os.Environ(), asProgram+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(data[:len(data)-10]); err != nil { // nine packets and a bit
		t.Fatal(err)
	}
	watchdog := time.AfterFunc(testenv.Patience, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	s := bufio.NewScanner(out)
	for range 9 {
		if !s.Scan() || !json.Valid(s.Bytes()) {
			t.Fatalf("a record is %s", s.Bytes())
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if s.Scan() {
		t.Errorf("behind the records stands %q", s.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// TestLiveRecords: of a capture, in the sandbox, records are there as soon as no packet
// waits, on the standard output and in a file.
func TestLiveRecords(t *testing.T) {
	if !inNamespace(t) {
		return
	}
	file := filepath.Join(t.TempDir(), "records.tsv")
	cmd, r := startProcess(t, "-n", "-i", "lo", "--json", "--columns", "basic,link,text", "--fields", "number,udp.dstport,flow", "--to", file, "udp dst port 5353")
	const packets = 3
	sendUDP(t, 5353, packets)
	for end := time.Now().Add(testenv.Patience); ; time.Sleep(time.Millisecond) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(r.stdout.String(), "\n") == packets && bytes.Count(b, []byte("\n")) == packets {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d packets are\n%s%s%s", packets, &r.stdout, b, &r.stderr)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case status := <-r.status:
		if status != 0 || strings.Count(r.stdout.String(), "\n") != packets || !strings.Contains(r.stdout.String(), `"interface":"lo","direction":"in"`) {
			t.Errorf("exit status %d, %s%s", status, &r.stdout, &r.stderr)
		}
	case <-time.After(testenv.Patience):
		t.Fatal("it does not end")
	}
}
