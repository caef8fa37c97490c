package live

import (
	"bytes"
	"time"

	"golang.org/x/sys/unix"
)

// A packet may be stamped by one processor and wait for another, or for a thread
// of the kernel, to go on with it: it lies in a processor's backlog
// (https://docs.kernel.org/networking/scaling.html, RPS). /proc/net/softnet_stat
// tells how many packets each backlog has (net/core/net-procfs.c).
type backlog struct {
	fd    int // -1: it cannot be asked
	buf   []byte
	empty []int64 // when that of each processor was last seen empty, in nanoseconds since 1970
}

// maxBacklog bounds how long a packet is thought to wait there: a processor that
// is never seen without any is busy, and gets through them.
const maxBacklog = 100 * time.Millisecond

// Fields of a line of softnet_stat, which all have eight hexadecimal digits.
const (
	softnetField   = 9  // with the blank or line end behind it
	softnetWaiting = 11 // the number of the field that counts packets in the backlog
)

func openBacklog() *backlog {
	fd, err := unix.Open("/proc/net/softnet_stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		fd = -1
	}
	return &backlog{fd: fd}
}

// clear returns a time, in nanoseconds since 1970, from before which no packet is
// in a backlog.
func (b *backlog) clear(now time.Time) int64 {
	at := now.UnixNano()
	text := b.read()
	n := bytes.Count(text, []byte("\n"))
	if len(b.empty) != n {
		b.empty = make([]int64, n) // at the start, and when processors come or go
	}
	since := at
	for i := range b.empty {
		line := text
		line, text, _ = bytes.Cut(line, []byte("\n"))
		if !backlogged(line) {
			b.empty[i] = at
		}
		since = min(since, b.empty[i])
	}
	return max(since, at-int64(maxBacklog))
}

// backlogged reports whether a line of softnet_stat tells of packets that wait.
// Before Linux 5.10 none does.
func backlogged(line []byte) bool {
	const at = softnetWaiting * softnetField
	return len(line) >= at+softnetField-1 && string(line[at:at+softnetField-1]) != "00000000"
}

// read returns the file's text, nothing where there is none.
func (b *backlog) read() []byte {
	if b.fd < 0 {
		return nil
	}
	if b.buf == nil {
		b.buf = make([]byte, 4096)
	}
	for n := 0; ; {
		if n == len(b.buf) {
			b.buf = append(b.buf, make([]byte, len(b.buf))...)
		}
		m, err := unix.Pread(b.fd, b.buf[n:], int64(n))
		if err != nil || m <= 0 {
			return b.buf[:n]
		}
		n += m
	}
}

func (b *backlog) close() error {
	if b.fd < 0 {
		return nil
	}
	err := unix.Close(b.fd)
	b.fd = -1
	return err
}
