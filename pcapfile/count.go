package pcapfile

import (
	"io"
	"os"
	"sync"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
)

// countBlock is how much of the file a goroutine of Count looks at at once. It
// fits into a core's second-level cache, where reading has just put it, with
// what is noted about its packets.
const countBlock = 256 << 10

// maxCounters bounds the goroutines of Count: no more can be fed from memory.
const maxCounters = 8

// A Counter counts some of the packets it is given: data[i] are the captured
// bytes of one that had lengths[i] bytes on the wire. They are valid until it
// returns.
type Counter func(data [][]byte, lengths []uint32) int

// Count reads what is left of the file and returns how many of its packets
// Counters count. workers bounds the number of goroutines; each of them has a
// Counter made for each kind of packets. They work at the same time only if the
// file has one kind. stop is called now and then; the counting ends early when it
// returns true.
//
// The error is Next's, nil at the end of the file.
func (r *Reader) Count(workers int, counter func(Kind) Counter, stop func() bool) (uint64, error) {
	n := uint64(0)
	r.in.large = false // reading takes longer than counting: handing it over would not pay
	if file, ok := unmetered(r.in.src).(*os.File); ok && r.in.ahead == nil && r.plainRecords() && r.times.within == nil {
		var err error
		one := func() Counter { return counter(Kind{LinkType: r.head.LinkType}) }
		if n, err = r.countBlocks(file, workers, one, stop); err != nil || stop() {
			return n, err
		}
	}
	rest, err := r.countInOrder(counter, stop)
	return n + rest, err
}

// batch gathers packets of a kind.
type batch struct {
	count   Counter
	data    [][]byte
	lengths []uint32
}

// maxBatch is how many packets are counted at a time.
const maxBatch = 256

func (b *batch) flush() (n uint64) {
	if len(b.data) > 0 {
		n = uint64(b.count(b.data, b.lengths))
		b.data, b.lengths = b.data[:0], b.lengths[:0]
	}
	return n
}

// countInOrder is Count on one goroutine.
func (r *Reader) countInOrder(counter func(Kind) Counter, stop func() bool) (n uint64, err error) {
	batches := make(map[Kind]*batch)
	flush := func() {
		for _, b := range batches {
			n += b.flush()
		}
	}
	r.in.moving = flush
	defer func() { r.in.moving = nil }()
	var kind Kind
	var current *batch
	pkt := capture.Packet{}
	for read := 1; ; read++ {
		if err = r.Next(&pkt); err != nil {
			flush()
			return n, endOfInput(err)
		}
		if k := (Kind{pkt.LinkType, pkt.Swapped}); current == nil || k != kind {
			kind, current = k, batches[k]
			if current == nil {
				current = &batch{count: counter(k)}
				batches[k] = current
			}
		}
		current.data, current.lengths = append(current.data, pkt.Data), append(current.lengths, pkt.Length)
		if len(current.data) == maxBatch {
			n += current.flush()
		}
		if read%maxBatch == 0 && stop() { // large packets and many kinds fill no batch
			flush()
			return n, nil
		}
	}
}

// plainRecords reports whether packets are what stands in the file, in records
// that begin with a header of fixed size.
func (r *Reader) plainRecords() bool {
	return r.err == nil && r.ng == nil && !r.swapped && r.head.LinkType != capture.LinkUSB_LINUX_MMAPPED
}

// blockCounter counts packets in a file of plain records, block by block, on
// several goroutines. Where the first record of a block begins is known once
// the headers of the block before have been followed.
type blockCounter struct {
	format  pcapFormat
	snaplen uint32
	file    *os.File
	base    int64        // of the first block
	turns   []chan int64 // by worker: where the first record of its next block starts, or done
	counter func() Counter
	stop    func() bool
	passed  func(n int64) // nil: nobody wants to know
	counted atomic.Uint64
	rest    int64 // where what cannot be counted begins
}

// countBlocks counts the packets in whole valid records, up to the first other
// one. There Next goes on, and says what is wrong with it.
func (r *Reader) countBlocks(file *os.File, workers int, counter func() Counter, stop func() bool) (uint64, error) {
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, nil // a pipe: Next reads it
	}
	at -= int64(r.in.end - r.in.pos)
	c := blockCounter{
		format:  r.pcap,
		snaplen: uint32(r.head.SnapLen),
		file:    file,
		base:    at,
		turns:   make([]chan int64, min(workers, maxCounters)),
		counter: counter,
		stop:    stop,
		passed:  r.passed,
	}
	for i := range c.turns {
		c.turns[i] = make(chan int64, 1)
	}
	c.turns[0] <- at
	var wg sync.WaitGroup
	for i := range c.turns {
		wg.Go(func() { c.work(i) })
	}
	wg.Wait()
	if _, err := file.Seek(c.rest, io.SeekStart); err != nil {
		return 0, err
	}
	r.in.pos, r.in.end = 0, 0
	return c.counted.Load(), nil
}

// done is what a turn is when there is nothing left to do.
const done = -1

// countedBlock is a part of the file in memory, with the packets that begin in it.
type countedBlock struct {
	offset  int64
	bytes   []byte // countBlock bytes, and more where a record does not end there
	data    [][]byte
	lengths []uint32
}

// work counts in every block whose number is i modulo the number of workers.
func (c *blockCounter) work(i int) {
	count := c.counter()
	counted := uint64(0)
	next := c.turns[(i+1)%len(c.turns)]
	b := countedBlock{offset: c.base + int64(i)*countBlock, bytes: make([]byte, countBlock)}
	for ; ; b.offset += int64(len(c.turns)) * countBlock {
		// Read before it is known where the records begin: that takes longest.
		n, err := c.file.ReadAt(b.bytes[:countBlock], b.offset)
		b.bytes = b.bytes[:n]
		if c.passed != nil {
			c.passed(int64(n))
		}
		start := <-c.turns[i]
		if start != done && (err != nil && err != io.EOF || c.stop()) {
			c.rest, start = start, done
		}
		if start == done {
			next <- done
			break
		}
		end := c.records(&b, start)
		if end < b.offset+countBlock {
			c.rest, end = end, done
		}
		next <- end
		counted += uint64(count(b.data, b.lengths))
	}
	c.counted.Add(counted)
}

// records finds the packets in b, where the first record starts at offset start
// of the file. It returns where the next record starts: in b if that is not
// whole or not valid.
func (c *blockCounter) records(b *countedBlock, start int64) (end int64) {
	b.data, b.lengths = b.data[:0], b.lengths[:0]
	if start >= b.offset+countBlock { // the record before is longer than the block
		return start
	}
	at := int(start - b.offset)
	for at < countBlock {
		body := at + c.format.recordHeader
		if body > len(b.bytes) && !c.extend(b, body) {
			break
		}
		caplen, length := c.format.lengthsOf(b.bytes[at:])
		if caplen > c.format.maxCaptured {
			break
		}
		next := body + int(caplen)
		if next > len(b.bytes) && !c.extend(b, next) {
			break
		}
		b.data = append(b.data, b.bytes[body:body+int(min(caplen, c.snaplen))])
		b.lengths = append(b.lengths, length)
		at = next
	}
	return b.offset + int64(at)
}

// extend reads what follows b in the file, until it has size bytes, and reports
// whether there are that many.
func (c *blockCounter) extend(b *countedBlock, size int) bool {
	const step = 1 << 20 // memory follows what is there, not what a header claims
	for len(b.bytes) < size {
		n := len(b.bytes)
		b.bytes = append(b.bytes, make([]byte, min(size-n, step))...)
		m, err := c.file.ReadAt(b.bytes[n:], b.offset+int64(n))
		b.bytes = b.bytes[:n+m]
		if err != nil {
			break
		}
	}
	return len(b.bytes) >= size
}
