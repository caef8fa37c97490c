package pcapfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/tapdump/tapdump/capture"
)

// MergeOptions are how several savefiles are read as one.
type MergeOptions struct {
	ReadOptions
	// Input, if not nil, opens what is not a regular file, such as "-", and what
	// IsInput, if that is not nil, says of a name.
	Input   func(name string) (io.Reader, error)
	IsInput func(name string) bool
	// Fail gets the error of a file that cannot be read on; nil: Next returns it.
	// Warn gets remarks on a file that was read to its end, which is read all the
	// same; nil: nobody does.
	Fail func(name string, err error)
	Warn func(name, remark string)
}

// Merged gives the packets of several savefiles by their time stamps: always the
// earliest of the next ones of all files, of those with equal stamps that of the
// file that was named first. Each file's packets stay in their order.
//
// Any number of files can be merged. Of many those are open whose time it is,
// and no more than the system lets; the rest is opened when its time comes.
//
// A Merged is for one goroutine; so are its Readers, but for Wake.
type Merged struct {
	o        MergeOptions
	files    []*mergedFile
	queue    []*mergedFile // a heap: the file with the earliest packet is in front
	given    *mergedFile   // its next packet was given
	pool     filePool
	head     Header
	kinds    []Kind
	unpacked int // of many files those that are compressed and open
	err      error
	failures []error // of files, that Next has still to return
}

var _ capture.Source = (*Merged)(nil)

// mergedFile is one of the files.
type mergedFile struct {
	name    string
	order   int
	about   FileInfo
	input   *pooledFile // nil: the file stays open
	parts   []Extent    // of it that are read; nil: all
	r       *Reader
	closed  bool // of one of many: until next's time has come
	next    capture.Packet
	problem error    // in place of the first packet
	remarks []string // when it was read to its end
}

// FileInfo is what is known of a file before its packets are read.
type FileInfo struct {
	Name    string
	Kinds   []Kind // of its packets, as far as is known
	SnapLen int    // bytes
}

const (
	// fewFiles is how many files are kept open, and read as fast as one.
	fewFiles = 16
	// manyBlock is how many bytes of each of more files are read at once.
	manyBlock = 16 << 10
	// maxUnpacked is how many of these may be open at the same time that are
	// compressed: each takes memory of its own.
	maxUnpacked = 256
)

// Merge opens the named savefiles, and reads them up to their first packets. An
// error names the file.
func Merge(names []string, o MergeOptions) (*Merged, error) {
	if o.Interfaces == nil {
		o.Interfaces = new(Interfaces)
	}
	m := &Merged{o: o}
	for i, name := range names {
		f := &mergedFile{name: name, order: i}
		m.files = append(m.files, f)
		if err := m.open(f, len(names) > fewFiles); err != nil {
			m.Close()
			return nil, named(name, err)
		}
	}
	return m, nil
}

// named puts the file's name before an error that has none.
func named(name string, err error) error {
	var path *fs.PathError
	if errors.As(err, &path) && path.Op == "open" {
		return err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// open opens a file for the first time. One of many is closed again.
func (m *Merged) open(f *mergedFile, many bool) error {
	regular := m.o.IsInput == nil || !m.o.IsInput(f.name)
	var info os.FileInfo
	var err error
	if regular {
		info, err = os.Stat(f.name)
		regular = err != nil || info.Mode().IsRegular() // what cannot be looked at cannot be opened
	}
	switch {
	case !regular && m.o.Input != nil, f.name == "-" && m.o.Input != nil:
		var src io.Reader
		if src, err = m.o.Input(f.name); err == nil {
			f.r, err = m.o.NewReader(src)
		}
	case many && f.name != "-" && regular:
		f.input = m.pool.file(f.name)
		if err := f.input.use(); err != nil {
			return fmt.Errorf("%s: %w", f.name, reason(err))
		}
		f.r = new(Reader)
		if err = m.begin(f); err == nil {
			err = m.chooseParts(f, info)
		}
	default:
		f.r, err = m.o.Open(f.name)
	}
	if err != nil {
		return err
	}
	f.about = FileInfo{Name: f.name, Kinds: f.r.Kinds(), SnapLen: f.r.SnapLen()}
	m.addHeader(f)
	if f.problem = f.r.Next(&f.next); f.problem == nil {
		m.push(f)
	}
	f.remarks = f.r.Warnings()
	if f.input != nil {
		m.close(f)
		f.next.Data = nil
	}
	return nil
}

// addHeader makes the merged files' header one that is right for f, too.
func (m *Merged) addHeader(f *mergedFile) {
	head := f.r.Header()
	if f.order == 0 {
		m.head = head
	}
	m.head.SnapLen = max(m.head.SnapLen, head.SnapLen)
	m.head.Nano = m.head.Nano || head.Nano
	if head.LinkTypeExt != m.head.LinkTypeExt {
		m.head.LinkTypeExt = 0 // what is known of some packets only
	}
	for _, k := range f.about.Kinds {
		if !slices.Contains(m.kinds, k) {
			m.kinds = append(m.kinds, k)
		}
	}
}

// begin reads one of many files from its beginning.
func (m *Merged) begin(f *mergedFile) error {
	o := m.o.ReadOptions
	o.block = manyBlock
	f.input.offset, f.closed = 0, false
	if err := f.r.reopen(o, f.input); err != nil {
		f.r.stream = nil // it does not count
		return err
	}
	if f.r.stream != nil {
		m.unpacked++
		if m.unpacked > maxUnpacked {
			return fmt.Errorf("compressed, and more than %d compressed files have packets of the same time: decompress them first", maxUnpacked)
		}
	}
	if f.parts != nil {
		_, err := f.r.readParts(f.input, f.parts, f.input.offset, 0)
		return err
	}
	return nil
}

// chooseParts has one of many files read in the parts that the options want, now and
// when it is opened again.
func (m *Merged) chooseParts(f *mergedFile, info os.FileInfo) (err error) {
	if f.r.stream != nil || info == nil {
		return nil
	}
	if f.parts, err = f.r.choose(m.o.ReadOptions, f.input.f, f.input.offset, info.Size()); err != nil || f.parts == nil {
		return err
	}
	_, err = f.r.readParts(f.input, f.parts, f.input.offset, 0)
	return err
}

// resume opens one of many files again and reads it up to its first packet.
func (m *Merged) resume(f *mergedFile) error {
	if err := m.begin(f); err != nil {
		return err
	}
	return f.r.Next(&f.next)
}

// close closes a file. One of many can be resumed.
func (m *Merged) close(f *mergedFile) {
	if f.r == nil || f.closed {
		return
	}
	f.closed = true
	f.r.Close() // of a file that was only read: its error has no meaning
	if f.input != nil {
		f.input.close()
		if f.r.stream != nil {
			m.unpacked--
		}
		f.r.in, f.r.stream = window{}, nil // they are large
	}
}

// Next implements capture.Source. An error of a file, which names it, goes to
// MergeOptions.Fail or is returned once; then the others are read on.
func (m *Merged) Next(pkt *capture.Packet) error {
	if m.err != nil {
		return m.err
	}
	if m.given == nil {
		m.tellProblems()
	} else {
		f := m.given
		m.given = nil
		m.advance(f, f.r.Next(&f.next))
	}
	for len(m.queue) > 0 && len(m.failures) == 0 {
		f := m.queue[0]
		if f.closed {
			if err := m.resume(f); err != nil {
				m.advance(f, err)
				continue
			}
		}
		*pkt = f.next
		m.given = f
		return nil
	}
	if len(m.failures) > 0 {
		err := m.failures[0]
		m.failures = m.failures[1:]
		return err
	}
	m.err = io.EOF
	return m.err
}

// tellProblems reports files that have no first packet.
func (m *Merged) tellProblems() {
	for _, f := range m.files {
		if f.problem != nil {
			m.end(f, f.problem)
			f.problem = nil
		}
	}
}

// advance puts the file in front of the queue, whose next packet was read or
// not, where it belongs now.
func (m *Merged) advance(f *mergedFile, err error) {
	if err != nil {
		last := len(m.queue) - 1
		m.queue[0] = m.queue[last]
		m.queue = m.queue[:last]
		m.end(f, err)
	}
	m.sift()
}

// end closes a file that gives no more packets.
func (m *Merged) end(f *mergedFile, err error) {
	if !f.closed {
		f.remarks = f.r.Warnings()
	}
	m.close(f)
	switch {
	case err == io.EOF:
	case m.o.Fail != nil:
		m.o.Fail(f.name, err)
	default:
		m.failures = append(m.failures, named(f.name, err))
	}
	for _, remark := range f.remarks {
		if m.o.Warn != nil {
			m.o.Warn(f.name, remark)
		}
	}
}

// before reports whether f's next packet comes before g's. A file may have
// fractions of more than a second.
func (f *mergedFile) before(g *mergedFile) bool {
	a, b := &f.next.Time, &g.next.Time
	if a.Sec == b.Sec && a.Nsec == b.Nsec {
		return f.order < g.order
	}
	const second = 1e9
	sec, other := a.Sec+a.Nsec/second, b.Sec+b.Nsec/second
	nsec, otherNsec := a.Nsec%second, b.Nsec%second
	if sec != other {
		return sec < other
	}
	return nsec < otherNsec || nsec == otherNsec && f.order < g.order
}

// push puts f into the queue.
func (m *Merged) push(f *mergedFile) {
	q := append(m.queue, f)
	for i := len(q) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q[i].before(q[parent]) {
			break
		}
		q[i], q[parent] = q[parent], q[i]
		i = parent
	}
	m.queue = q
}

// sift moves the file in front to where it belongs.
func (m *Merged) sift() {
	q := m.queue
	for i := 0; ; {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(q); child++ {
			if q[child].before(q[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		q[i], q[first] = q[first], q[i]
		i = first
	}
}

// Files describes the files that were named.
func (m *Merged) Files() []FileInfo {
	files := make([]FileInfo, len(m.files))
	for i, f := range m.files {
		files[i] = f.about
	}
	return files
}

// Reopened are the files that may still have to be opened, by name.
func (m *Merged) Reopened() []string {
	var names []string
	for _, f := range m.files {
		if f.input != nil {
			names = append(names, f.name)
		}
	}
	return names
}

// Header is the first file's link type, the largest snapshot length and the
// finest time stamps of all files, as far as these are known.
func (m *Merged) Header() Header { return m.head }

// Kinds are those of all files' packets, as far as they are known.
func (m *Merged) Kinds() []Kind { return m.kinds }

// LinkType is the first file's.
func (m *Merged) LinkType() capture.LinkType { return m.head.LinkType }

// SnapLen is the largest of the files' snapshot lengths, in bytes.
func (m *Merged) SnapLen() int { return m.head.SnapLen }

// Interfaces lists the interfaces of all files seen so far.
func (m *Merged) Interfaces() []capture.Interface { return m.o.Interfaces.list }

// MayGrow reports whether one of the files may name further interfaces.
func (m *Merged) MayGrow() bool {
	return slices.ContainsFunc(m.files, func(f *mergedFile) bool { return f.r != nil && f.r.MayGrow() })
}

// Close closes all files.
func (m *Merged) Close() error {
	for _, f := range m.files {
		m.close(f)
	}
	m.err, m.given = os.ErrClosed, nil
	return nil
}
