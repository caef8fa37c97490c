package pcapfile

import (
	"io"
	"math"
	"os"
	"sync"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
)

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
func (r *Reader) Count(workers int, counter func(Kind) Counter, stop func() bool) (n uint64, err error) {
	r.in.large = false // reading takes longer than counting: handing it over would not pay
	most := uint64(minInOrder)
	for {
		file, isFile := unmetered(r.in.src).(*os.File)
		records, ok := r.records()
		if isFile && ok && r.in.ahead == nil {
			one := func() Counter { return counter(Kind{LinkType: r.head.LinkType}) }
			inBlocks, err := r.countBlocks(file, records, workers, one, stop)
			if n += inBlocks; err != nil || stop() {
				return n, err
			}
			if inBlocks < most { // blocks hardly pay
				most *= 2
			}
		} else {
			most = math.MaxUint64
		}
		inOrder, more, err := r.countInOrder(most, counter, stop)
		if n += inOrder; !more {
			return n, err
		}
	}
}

// minInOrder is how many packets are counted in order behind what cannot be counted
// in blocks.
const minInOrder = 256

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

// countInOrder is Count on one goroutine, for most packets. There may be more then.
func (r *Reader) countInOrder(most uint64, counter func(Kind) Counter, stop func() bool) (n uint64, more bool, err error) {
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
	for read := uint64(1); ; read++ {
		if err = r.Next(&pkt); err != nil {
			flush()
			return n, false, endOfInput(err)
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
			return n, false, nil
		}
		if read >= most {
			flush()
			return n, true, nil
		}
	}
}

// records are the packets as they stand in the rest of the file, if that can be told
// without the Reader.
func (r *Reader) records() (make func() records, ok bool) {
	link := r.head.LinkType
	if r.err != nil || r.swapped || link == capture.LinkUSB_LINUX_MMAPPED || r.times.within != nil || r.pcap.lengths == smallerFirst {
		return nil, false
	}
	if r.ng == nil {
		one := pcapRecords{pcapFormat: r.pcap, snaplen: uint32(r.head.SnapLen)}
		return func() records { one := one; return &one }, true
	}
	for _, in := range r.ng.interfaces {
		if in.link != link {
			return nil, false
		}
	}
	one := enhancedPackets{uint32(len(r.ng.interfaces)), uint32(r.head.SnapLen), r.ng.maxBlock}
	return func() records { return &one }, true
}

// blockCounter counts packets in a file, block by block, on several goroutines. Each
// guesses where the records of its block begin; whether it was right is known once the
// block before has been followed.
type blockCounter struct {
	file    *os.File
	whole   []byte // the file, as far as it is mapped
	base    int64  // of the first block
	first   int64  // where the first record begins
	records func() records
	turns   []chan int64 // by worker: where the first record of its next block starts, or done
	counter func() Counter
	stop    func() bool
	passed  func(n int64) // nil: nobody wants to know
	counted atomic.Uint64
	rest    int64 // where what cannot be counted begins
}

// countBlocks counts the packets in whole valid records, up to the first other
// one. There Next goes on, and says what is wrong with it.
func (r *Reader) countBlocks(file *os.File, records func() records, workers int, counter func() Counter, stop func() bool) (uint64, error) {
	at, whole, ok := r.mapped(file)
	if !ok {
		return 0, nil // a pipe: Next reads it
	}
	c := blockCounter{
		file:    file,
		whole:   whole,
		base:    at &^ (blockBytes - 1),
		first:   at,
		records: records,
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
	return c.counted.Load(), r.goOn(file, whole, at, c.rest)
}

// mapped maps a file if that can be done, and returns where in it the next record is;
// not ok if it is read from its beginning to its end.
func (r *Reader) mapped(file *os.File) (at int64, whole []byte, ok bool) {
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, nil, false
	}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > 0 {
		if whole, err = mapFile(file, info.Size()); err != nil {
			whole = nil // it is read
		}
	}
	return at - int64(r.in.end-r.in.pos), whole, true
}

// goOn has Next go on at offset rest of a file, in place of at.
func (r *Reader) goOn(file *os.File, whole []byte, at, rest int64) error {
	if whole != nil {
		unmapFile(whole)
	}
	if _, err := file.Seek(rest, io.SeekStart); err != nil {
		return err
	}
	r.in.had += rest - at - int64(r.in.end-r.in.pos)
	r.in.pos, r.in.end, r.in.err = 0, 0, nil
	return nil
}

// done is what a turn is when there is nothing left to do.
const done = -1

// work counts in every block whose number is i modulo the number of workers.
func (c *blockCounter) work(i int) {
	count := c.counter()
	counted := uint64(0)
	next := c.turns[(i+1)%len(c.turns)]
	b := fileBlock{file: c.file, whole: c.whole, records: c.records()}
	defer b.release()
	b.like(c.first)
	for at := c.base + int64(i)*blockBytes; ; at += int64(len(c.turns)) * blockBytes {
		// Looked at before it is known where the records begin: that takes longest.
		b.load(at)
		lost := b.faults(b.guess)
		if c.passed != nil {
			c.passed(int64(len(b.bytes)))
		}
		start := <-c.turns[i]
		if start != done && (b.err != nil || c.stop()) {
			c.rest, start = start, done
		}
		if start == done {
			next <- done
			break
		}
		var end int64
		if lost = lost || b.faults(func() { end = b.settle(start) }); lost {
			c.rest, end = start, done // Next says why
		} else if end < at+blockBytes {
			c.rest, end = end, done
		}
		next <- end
		if !lost {
			counted += b.count(count, start)
		}
	}
	c.counted.Add(counted)
}

// count counts the packets from offset start of the file on. If the file was cut in the
// meantime, those that are left are counted.
func (b *fileBlock) count(count Counter, start int64) (n uint64) {
	all := func() {
		n = 0
		for i := range b.parts {
			if p := &b.parts[i]; len(p.data) > 0 {
				n += uint64(count(p.data, p.lengths))
			}
		}
	}
	if b.faults(all) {
		b.read()
		b.settleAgain(start)
		all()
	}
	return n
}
