package pcapfile

import (
	"encoding/binary"
	"io"
	"math"
	"os"
	"runtime/debug"
	"unsafe"
)

// Blocks.
//
// Where a record begins is known from the one before alone, so that who follows records
// waits for memory at each of them. Therefore a block of a file is looked at in parts, in
// turn a record of each: then the processor waits for many records at the same time.
// Where the first record of a part begins is guessed by what records look like. Whether
// the guess was right shows when the records of the parts before have been followed to
// that place; if it was not, the part is followed once more, from the right place.

const (
	// blockBytes is how much of a file is looked at at once: a multiple of a page. The
	// records' beginnings fit into a core's second-level cache.
	blockBytes = 1 << 20
	// blockParts is how many parts that has: as many records as a processor waits for.
	blockParts  = 16
	partBytes   = blockBytes / blockParts
	partRecords = partBytes / recordHeaderLen // at most; no record is shorter
)

// records are how packets stand in a file, in the machine's byte order.
type records interface {
	// sizing is how long they are.
	sizing() sizing
	// valid reports whether a record whose beginning b is, with all of the fixed header,
	// is one of these; its size is what sizing says.
	valid(b []byte) bool
	// take adds to p the packets of records that begin at some offsets of b, the last of
	// which ends at end, as far as they are valid.
	take(p *part, b []byte, offsets []uint32, end int)
	// guess is where the first record in b[from:to] seems to begin; to if there is none.
	guess(b []byte, from, to int) int
	// like has guess look for records that are like the one of which b is the beginning.
	like(b []byte)
}

// sizing is how records follow each other: the size of each is what a word says, and more.
type sizing struct {
	header int // bytes of the fixed part
	word   int // offset of the word
	more   int
}

// size is that of the record at the beginning of b.
func (s sizing) size(b []byte) int64 {
	return int64(binary.NativeEndian.Uint32(b[s.word:])) + int64(s.more)
}

// trails are where the records of a block's parts begin.
type trails struct {
	at    [blockParts]int // where the next record of a part begins
	end   [blockParts]int // there is none to follow from here on
	n     [blockParts]int
	found [blockParts][partRecords]uint32
}

// follow follows the records of all parts of b, in turn one of each, as long as they are
// whole in b.
func (t *trails) follow(b []byte, how sizing) {
	for i := range t.end { // before that, the header is in b
		t.end[i] = min(t.end[i], len(b)-how.header+1)
	}
	followTrails(t, b, how.word, how.more, how.header)
}

// followPlainly is followTrails where there is no assembler for it.
func (t *trails) followPlainly(b []byte, word, more, header int) {
	base, size := unsafe.Pointer(unsafe.SliceData(b)), uint64(len(b))
	for live := true; live; {
		live = false
		for i := range blockParts {
			at := t.at[i]
			if at >= t.end[i] {
				continue
			}
			says := (*[4]byte)(unsafe.Add(base, at+word))
			n := uint64(binary.NativeEndian.Uint32(says[:])) + uint64(more)
			if n < uint64(header) || uint64(at)+n > size {
				t.end[i] = 0
				continue
			}
			t.found[i][uint(t.n[i])%partRecords] = uint32(at)
			t.n[i]++
			t.at[i] = at + int(n)
			live = true
		}
	}
}

// part is one of a block, with the packets whose records begin in it.
type part struct {
	start   int      // where the first record begins, in the block
	at      int      // where the next one does
	limit   int      // where the part ends
	data    [][]byte // their captured bytes, up to the snapshot length
	lengths []uint32
}

// begin has the part begin with the record at start.
func (p *part) begin(start int) {
	p.start, p.at = start, start
	p.data, p.lengths = p.data[:0], p.lengths[:0]
}

// fileBlock is a part of a file in memory.
type fileBlock struct {
	file    *os.File
	whole   []byte // the file, as far as it is mapped
	records records

	offset int64
	bytes  []byte
	mapped bool
	own    []byte // read into where mapping is not possible
	err    error  // why there are less than blockBytes, but for io.EOF
	trails trails
	parts  [blockParts + 1]part // the last one has the record that ends behind the block
	tail   []byte               // that record
}

// load brings the block at offset, a multiple of blockBytes, into memory.
func (b *fileBlock) load(offset int64) {
	b.release()
	b.offset, b.err = offset, nil
	if offset < int64(len(b.whole)) {
		b.bytes = b.whole[offset:min(offset+blockBytes, int64(len(b.whole)))]
		if fetchPart(b.file, b.bytes, offset) == nil {
			b.mapped = true
			return
		}
	}
	b.read()
}

// read reads the block in place of mapping it.
func (b *fileBlock) read() {
	b.release()
	if b.own == nil {
		b.own = make([]byte, blockBytes)
	}
	n, err := b.file.ReadAt(b.own, b.offset)
	if b.bytes = b.own[:n]; err != io.EOF {
		b.err = err
	}
}

// release gives up the bytes.
func (b *fileBlock) release() {
	if b.mapped {
		dropPart(b.bytes)
	}
	b.bytes, b.mapped = nil, false
}

// guess follows the records of all parts from where they seem to begin.
func (b *fileBlock) guess() {
	for i := range blockParts {
		p := &b.parts[i]
		p.limit = (i + 1) * partBytes
		end := min(p.limit, len(b.bytes))
		p.begin(b.records.guess(b.bytes, min(i*partBytes, end), end))
		b.trails.at[i], b.trails.end[i] = p.start, p.limit
	}
	b.follow()
}

// follow follows the records of parts that trails are set for.
func (b *fileBlock) follow() {
	t := &b.trails
	clear(t.n[:])
	t.follow(b.bytes, b.records.sizing())
	for i := range blockParts {
		if t.n[i] > 0 {
			b.records.take(&b.parts[i], b.bytes, t.found[i][:t.n[i]], t.at[i])
		}
	}
}

// settle has the block's packets be those of the records from offset start of the file
// on, and returns where the record begins that follows them. That is in the block if it
// is not valid, or not whole in the file.
func (b *fileBlock) settle(start int64) (end int64) {
	at := int(min(start-b.offset, math.MaxInt))
	b.parts[blockParts].begin(0)
	for i := range blockParts {
		p := &b.parts[i]
		switch {
		case at >= p.limit:
			p.begin(at)
		case at != p.start:
			p.begin(at)
			clear(b.trails.end[:])
			b.trails.at[i], b.trails.end[i] = at, p.limit
			b.follow()
		}
		if len(p.data) > 0 {
			b.records.like(b.bytes[p.start:])
		}
		if at = p.at; at < p.limit {
			for j := i + 1; j < blockParts; j++ {
				b.parts[j].begin(at)
			}
			return b.offset + int64(at+b.readTail(at))
		}
	}
	return b.offset + int64(at)
}

// settleAgain is settle for bytes that guess has not seen.
func (b *fileBlock) settleAgain(start int64) {
	for i := range b.parts {
		b.parts[i].begin(blockBytes)
	}
	b.settle(start)
}

// like has records guessed that are like the one at offset at of the file.
func (b *fileBlock) like(at int64) {
	head := make([]byte, b.records.sizing().header)
	if _, err := b.file.ReadAt(head, at); err == nil { // else there is nothing to guess
		b.records.like(head)
	}
}

// readTail reads the record at offset at of the block if it does not end in it, and
// returns its size, 0 if it is not valid or not whole in the file.
func (b *fileBlock) readTail(at int) int {
	const step = 1 << 20 // memory follows what is there, not what a header claims
	b.tail = b.tail[:0]
	how := b.records.sizing()
	for want := int64(how.header); ; {
		for int64(len(b.tail)) < want {
			n := len(b.tail)
			b.tail = append(b.tail, make([]byte, min(want-int64(n), step))...)
			m, err := b.file.ReadAt(b.tail[n:], b.offset+int64(at+n))
			if b.tail = b.tail[:n+m]; err != nil && int64(len(b.tail)) < want {
				return 0
			}
		}
		if !b.records.valid(b.tail) {
			return 0
		}
		size := how.size(b.tail)
		if want == size {
			break
		}
		want = size
	}
	p := &b.parts[blockParts]
	b.records.take(p, b.tail, []uint32{0}, len(b.tail))
	return p.at
}

// memoryFault is the panic of who looks at memory that is not there, which
// debug.SetPanicOnFault makes of it: a mapped file was cut, or cannot be read.
type memoryFault interface {
	error
	Addr() uintptr
}

// faults reports whether f looked at a part of a mapped file that is not there any more.
func (b *fileBlock) faults(f func()) (fault bool) {
	if !b.mapped {
		f()
		return false
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			if _, fault = r.(memoryFault); !fault {
				panic(r)
			}
		}
	}()
	f()
	return false
}
