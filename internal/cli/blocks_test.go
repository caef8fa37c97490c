package cli

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/internal/testenv"
)

// TestBlocks: however many cores print a file that is large enough to be divided, what
// is printed is the same, to the message at the end of a damaged file.
func TestBlocks(t *testing.T) {
	name := makeCapture(t, 8000)
	info, err := os.Stat(name)
	if err == nil {
		err = os.Truncate(name, info.Size()-3)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, options := range []string{
		"-nn", "-nn -X", "-nn -v -A", "-n -e tcp port 443", "-nn -vvv not tcp and less 300", "-nn -#", "-ttt -nn", "-nn -c 5000", "-nn --skip 7000",
		"-nn --count --print", "-nn len > 70000", "-nn -l icmp",
	} {
		want := run(append([]string{"--jobs", "1", "-r", name}, strings.Fields(options)...)...)
		for _, jobs := range []int{2, 3, 8, 16} {
			got := run(append([]string{"--jobs", strconv.Itoa(jobs), "-r", name}, strings.Fields(options)...)...)
			if d := testenv.FirstDifference([]byte(want.stdout), []byte(got.stdout)); d != "" {
				t.Errorf("%s: %d jobs print something else: %s", options, jobs, d)
			}
			if got.stderr != want.stderr || got.status != want.status {
				t.Errorf("%s: %d jobs end with %d and say %q, want %d and %q", options, jobs, got.status, got.stderr, want.status, want.stderr)
			}
		}
	}
}

// TestBlocksOutputFails: an output that fails ends the printing of blocks, in the words
// of any other.
func TestBlocksOutputFails(t *testing.T) {
	name := makeCapture(t, 8000)
	for _, cause := range []error{syscall.ENOSPC, syscall.EPIPE} {
		var stderr [2]strings.Builder
		var status [2]int
		for i := range stderr {
			c := newTestCommand("tapdump", strings.NewReader(""), &brokenWriter{err: cause}, &stderr[i])
			status[i] = c.main([]string{"tapdump", "-nn", "--jobs", fmt.Sprint(1 + 3*i), "-r", name})
		}
		if status[0] != status[1] || stderr[0].String() != stderr[1].String() {
			t.Errorf("%v: 4 jobs end with %d and say %q, one with %d and %q", cause, status[1], &stderr[1], status[0], &stderr[0])
		}
	}
}
