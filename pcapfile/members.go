//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"io"
	"os"
	"runtime"
)

// memberMost is how large a member, and what it holds, may be that is decompressed
// beside others: in bytes. What we write is smaller.
const memberMost = 4 << 20

// members decompresses the members of a gzip file that stand at its front side by side, and
// leaves what follows the last good one to the decompressor, which also says what is
// wrong with it: so what is read is the same as if that had read all.
//
// Where a member ends is known before it is decompressed: of bgzip it tells its length,
// and those that we write begin with bytes that can be searched for. What is found so
// need not be true; decompressing it shows that.
type members struct {
	file   io.ReaderAt
	d      *decompressor
	passed func(n int64) // nil: nobody wants to know
	told   int64         // what passed was called with, or what was read before

	buf  []byte // of the file, from at on
	at   int64
	done bool // the file has no more than buf

	jobs  int
	spare []byte       // room for a member, or nil
	queue []*memberJob // in the order of the file
	work  chan *memberJob
}

// memberJob is a member that is decompressed, by one of several goroutines.
type memberJob struct {
	at    int64  // where it begins in the file
	in    []byte // all of it
	out   []byte // what it holds, behind headRoom bytes
	good  bool
	ready chan struct{}
}

// newMembers returns nil if the file's members are not decompressed side by side. told
// is how much of the file passed was called with.
func newMembers(file io.ReaderAt, d *decompressor, cores int, window, told int64, passed func(n int64)) *members {
	m := &members{file: file, d: d, told: told, passed: passed}
	m.jobs = min(min(cores, maxCounters)+1, int(min(window, DefaultWindow)/(2*memberMost)))
	if m.jobs < 2 || d.finished != nil || m.memberLen() == 0 {
		return nil
	}
	return m
}

// start decompresses ahead.
func (m *members) start() *readAhead {
	blocks := m.jobs + 2
	a := &readAhead{
		full: make(chan aheadBlock, blocks),
		free: make(chan []byte, blocks),
		quit: make(chan struct{}),
	}
	for range blocks {
		a.free <- nil
	}
	go func() {
		if m.run(a) {
			a.read(m.d)
		}
	}()
	return a
}

// run decompresses what can be side by side, and reports whether the reading goes on
// behind that.
func (m *members) run(a *readAhead) bool {
	m.work = make(chan *memberJob, m.jobs)
	defer close(m.work)
	for range m.jobs - 1 {
		go m.decompress()
	}
	good := int64(0) // where the last good member ends
	for m.fill(a) {
		if len(m.queue) == 0 {
			m.resume(good)
			return true
		}
		j := m.queue[0]
		m.queue = m.queue[1:]
		<-j.ready
		if !j.good {
			for _, j := range m.queue {
				<-j.ready
			}
			m.resume(j.at)
			return true
		}
		good = j.at + int64(len(j.in))
		m.tell(good)
		m.spare = j.in[:0]
		if n := len(j.out) - headRoom; n > 0 {
			a.full <- aheadBlock{buf: j.out, n: n} // as many places as blocks: never blocks
		} else {
			a.free <- j.out
		}
	}
	return false
}

// fill has as many members be decompressed as it can; it waits for a buffer if there is
// no member at all. It returns false if nobody reads any more.
func (m *members) fill(a *readAhead) bool {
	for len(m.queue) < m.jobs {
		n := m.memberLen()
		if n == 0 {
			return true
		}
		j := &memberJob{at: m.at, ready: make(chan struct{})}
		if len(m.queue) > 0 {
			select {
			case j.out = <-a.free:
			default:
				return true
			}
		} else {
			select {
			case j.out = <-a.free:
			case <-a.quit:
				return false
			}
		}
		j.in = append(m.spare, m.buf[:n]...)
		m.spare = nil
		m.buf, m.at = m.buf[n:], m.at+int64(n)
		m.queue = append(m.queue, j)
		m.work <- j
	}
	return true
}

// resume has the decompressor go on at a place between two members.
func (m *members) resume(at int64) {
	m.buf = nil
	m.d.source.src, m.d.source.err = &membersRest{m, at}, nil
	m.d.in.Reset(m.d.source)
	m.d.within, m.d.finished = false, nil
}

// membersRest is the rest of the file.
type membersRest struct {
	m  *members
	at int64
}

func (r *membersRest) Read(p []byte) (int, error) {
	n, err := r.m.file.ReadAt(p, r.at)
	r.at += int64(n)
	r.m.tell(r.at)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// tell tells that the file was read up to a place.
func (m *members) tell(at int64) {
	if at > m.told {
		if m.passed != nil {
			m.passed(at - m.told)
		}
		m.told = at
	}
}

// has reads until buf has n bytes, and reports whether it has.
func (m *members) has(n int) bool {
	for len(m.buf) < n && !m.done {
		const step = 256 << 10
		had := len(m.buf)
		m.buf = append(m.buf, make([]byte, step)...)
		got, err := m.file.ReadAt(m.buf[had:], m.at+int64(had))
		m.buf = m.buf[:had+got]
		m.done = err != nil // what it is, the decompressor says
	}
	return len(m.buf) >= n
}

// memberLen is the length of the member that buf begins with, or 0 if it is not one
// that can be decompressed beside others.
func (m *members) memberLen() int {
	if n := m.gzipLen(); n <= memberMost && m.has(n) {
		return n
	}
	return 0
}

// gzipLen is memberLen for gzip, and may be larger than what there is.
func (m *members) gzipLen() int {
	if !m.has(gzipHeaderLen+2) || string(m.buf[:3]) != m.d.format.magic || m.buf[3] != gzipExtra {
		return 0
	}
	extra := int(binary.LittleEndian.Uint16(m.buf[gzipHeaderLen:]))
	const at = gzipHeaderLen + 2
	if !m.has(at + extra) {
		return 0
	}
	if bytes.HasPrefix(m.buf[gzipHeaderLen:], gzipMark) {
		for searched := gzipHeaderLen + len(gzipMark); searched < memberMost; {
			from := searched
			if i := bytes.Index(m.buf[from:], gzipMark); i >= 0 {
				return from + i - gzipHeaderLen // 0 or more
			}
			searched = max(from, len(m.buf)-len(gzipMark))
			if !m.has(len(m.buf) + 1) {
				return len(m.buf)
			}
		}
		return 0
	}
	// SAM specification, section 4.1: the length of the member, less 1.
	for b := m.buf[at : at+extra]; len(b) >= 4; {
		n := int(binary.LittleEndian.Uint16(b[2:]))
		if n > len(b)-4 {
			return 0
		}
		if b[0] == 'B' && b[1] == 'C' && n == 2 {
			return int(binary.LittleEndian.Uint16(b[4:])) + 1
		}
		b = b[4+n:]
	}
	return 0
}

// decompress decompresses members until there are no more.
func (m *members) decompress() {
	member := &gzipMember{in: bufio.NewReaderSize(nil, 64<<10)}
	for j := range m.work {
		if cap(j.out) < headRoom {
			j.out = make([]byte, headRoom, headRoom+blockSize)
		}
		j.good = member.whole(j)
		close(j.ready)
	}
}

// whole decompresses a member, and reports whether j has all of it, and nothing else.
func (m *gzipMember) whole(j *memberJob) bool {
	src := bytes.NewReader(j.in)
	m.in.Reset(src)
	err := m.begin()
	for j.out = j.out[:headRoom]; err == nil && len(j.out) < headRoom+memberMost; {
		var b []byte
		b, err = m.next()
		j.out = append(j.out, b...)
	}
	return err == io.EOF && src.Len() == 0 && m.in.Buffered() == 0
}

// decompressAhead decompresses ahead of the reading: of a regular file several members
// at a time, where that can be.
func (r *Reader) decompressAhead(o ReadOptions, d *decompressor) *readAhead {
	cores := runtime.GOMAXPROCS(0) // on one, members in turn stay in its cache
	if file, ok := r.file.(*os.File); ok && cores > 1 && d.finished == nil && d.format.name == "gzip" {
		told, err := file.Seek(0, io.SeekCurrent)
		info, serr := file.Stat()
		if err == nil && serr == nil && info.Mode().IsRegular() {
			if m := newMembers(file, d, cores, cmp.Or(o.Window, DefaultWindow), told, r.passed); m != nil {
				return m.start()
			}
		}
	}
	return startReadAhead(d)
}
