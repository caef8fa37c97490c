package pcapfile

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// TestClassicAgainstReference runs the reference and a Rotator on the same
// stream of packets. The reference goes by the system's clock: each packet is
// given to it when it waits for one, and to the Rotator with the time of that.
func TestClassicAgainstReference(t *testing.T) {
	tcpdump := testenv.NeedsReference(t)
	for _, c := range []struct {
		name  string
		args  []string
		rules Classic
		pause time.Duration
	}{
		{"o", []string{"-C", "1k"}, Classic{Size: 1024}, 0},
		{"o", []string{"-C", "1k", "-W", "1"}, Classic{Size: 1024, Files: 1}, 0},
		{"o", []string{"-C", "1k", "-W", "3"}, Classic{Size: 1024, Files: 3}, 0},
		{"o", []string{"-C", "1k", "-W", "11"}, Classic{Size: 1024, Files: 11}, 0},
		{"o", []string{"-W", "3"}, Classic{Files: 3}, 0},
		{"o%d%%", []string{"-C", "1k"}, Classic{Size: 1024}, 0},
		{"o", []string{"-G", "1"}, Classic{Seconds: 1}, 60 * time.Millisecond},
		{"o%S", []string{"-G", "1"}, Classic{Seconds: 1}, 60 * time.Millisecond},
		{"o%S", []string{"-G", "1", "-W", "2"}, Classic{Seconds: 1, Files: 2}, 60 * time.Millisecond},
		{"o%S", []string{"-G", "1", "-C", "1k"}, Classic{Seconds: 1, Size: 1024}, 60 * time.Millisecond},
		{"o%S", []string{"-G", "1", "-C", "1k", "-W", "2"}, Classic{Seconds: 1, Size: 1024, Files: 2}, 60 * time.Millisecond},
		{"o%S", []string{"-G", "1", "-C", "1k", "-W", "20"}, Classic{Seconds: 1, Size: 1024, Files: 20}, 60 * time.Millisecond},
		{"o", []string{"-G", "0", "-C", "1k"}, Classic{Size: 1024}, 0},
	} {
		t.Run(plain(c.name)+" "+strings.Join(c.args, " "), func(t *testing.T) {
			t.Parallel()
			for end := time.Now().Add(testenv.Patience); ; {
				ours, theirs := t.TempDir(), t.TempDir()
				args := append([]string{"-r", "-", "-w", filepath.Join(theirs, c.name)}, c.args...)
				if !side(t, exec.Command(tcpdump, args...), filepath.Join(ours, c.name), c.rules, c.pause) {
					if time.Now().After(end) {
						t.Skip("the machine is too busy: packets take longer than the rest of a second again and again")
					}
					continue
				}
				if got, want := listing(t, ours), listing(t, theirs); got != want {
					t.Errorf("files %s, the reference wrote %s", got, want)
				}
				return
			}
		})
	}
}

// side gives 40 packets to a command and to a Rotator, side by side. It reports
// whether they have the same time of each, in seconds.
func side(t *testing.T, cmd *exec.Cmd, name string, rules Classic, pause time.Duration) (same bool) {
	t.Helper()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), "TZ=UTC")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	now := secondAt()
	began := now
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdin.Write(pcapHead(orders[0], magicMicro, 262144, 1).b)
	awaitSleep(t, cmd, stdin)
	same = time.Now().Unix() == began.Unix()
	r, err := rotate(name, capture.LinkEN10MB, ethernet, Rules{Classic: rules}, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	head := &builder{order: orders[0]}
	for range 40 {
		data := packet(60)
		now = secondAt()
		stdin.Write(head.record(1, 2, 60, 60, data.Data).b)
		head.b = head.b[:0]
		r.Write(data)
		awaitSleep(t, cmd, stdin)
		same = same && time.Now().Unix() == now.Unix()
		if pause > 0 && !same {
			break
		}
		time.Sleep(pause)
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil && same {
		t.Errorf("%s: %v, %s", cmd, err, &stderr)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	return same || pause == 0
}

// secondAt is the time, a while after a second began: time(2) lags behind by a
// tick of the kernel.
func secondAt() time.Time {
	const tick = 20 * time.Millisecond
	now := time.Now().UTC()
	if early := tick - time.Duration(now.Nanosecond()); early > 0 {
		time.Sleep(early)
		now = time.Now().UTC()
	}
	return now
}

// awaitSleep waits until a command has read its input and sleeps, which it does
// when it waits for more.
func awaitSleep(t *testing.T, cmd *exec.Cmd, stdin io.WriteCloser) {
	t.Helper()
	testenv.WaitFor(t, "the reference waits for its input", func() bool {
		if n, err := unix.IoctlGetInt(int(stdin.(*os.File).Fd()), unix.TIOCINQ); err != nil || n > 0 {
			return err != nil
		}
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", cmd.Process.Pid))
		if err != nil {
			return true
		}
		state := status[bytes.LastIndexByte(status, ')')+2]
		return state == 'S' || state == 'Z'
	})
}
