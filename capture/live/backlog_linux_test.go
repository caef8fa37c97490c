package live

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestBacklog: the time from before which no packet waits is that at which the
// processor that was empty longest ago was.
func TestBacklog(t *testing.T) {
	name := t.TempDir() + "/softnet_stat"
	fd, err := unix.Open(name, unix.O_RDWR|unix.O_CREAT, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	b := &backlog{fd: fd}
	defer b.close()
	start := time.Unix(1000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for _, step := range []struct {
		ms      int
		waiting []int // of each processor
		want    int   // ms
	}{
		{0, []int{0, 3, 0}, -100}, // not known of the second
		{1, []int{0, 0, 0}, 1},
		{2, []int{0, 2, 0}, 1},
		{3, []int{9, 2, 0}, 1},
		{4, []int{9, 0, 0}, 2},
		{5, []int{0, 0x10, 0}, 4},
		{50, []int{0, 1, 0}, 4},
		{150, []int{0, 1, 0}, 50}, // it has got through them
		{151, []int{0, 0}, 151},   // one has gone
		{152, make([]int, 200), 152},
		{153, append(make([]int, 200), 1), 53},
		{154, nil, 154}, // a kernel that does not tell
	} {
		var text strings.Builder
		for i, n := range step.waiting {
			for field := range 13 {
				v := 0x12345678
				if field == softnetWaiting {
					v = n
				} else if field == 12 {
					v = i
				}
				fmt.Fprintf(&text, "%08x ", v)
			}
			text.WriteString("00000000 00000000\n")
		}
		if step.waiting == nil {
			text.WriteString("00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000001\n")
		}
		if err := os.WriteFile(name, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, want := b.clear(at(step.ms)), at(step.want).UnixNano(); got != want {
			t.Errorf("after %d ms, waiting %v: none from before %v ms, want %d", step.ms, step.waiting,
				float64(got-start.UnixNano())/1e6, step.want)
		}
	}
	now := time.Now()
	if got := (&backlog{fd: -1}).clear(now); got != now.UnixNano() {
		t.Errorf("without the file: %v", time.Unix(0, got))
	}
}

// TestBacklogFile: the kernel's file is as it is read.
func TestBacklogFile(t *testing.T) {
	b := openBacklog()
	defer b.close()
	text := b.read()
	if len(text) == 0 {
		t.Skip("there is no /proc/net/softnet_stat")
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(line) != len(fields)*softnetField {
			t.Fatalf("fields are not of %d characters: %q", softnetField, line)
		}
		if len(fields) <= softnetWaiting {
			t.Skipf("this kernel does not tell how many packets wait: %q", line)
		}
	}
	if n := testing.AllocsPerRun(100, func() { b.clear(time.Now()) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
