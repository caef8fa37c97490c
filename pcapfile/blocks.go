package pcapfile

import (
	"errors"
	"io"
	"os"
	"sync/atomic"

	"github.com/tapdump/tapdump/capture"
)

// partSize is how much of the file a Block has. It fits into a core's second-level
// cache beside what is made of its packets.
const partSize = 128 << 10

// Blocks are what is left of a savefile, for several goroutines that take a Block
// at a time, read it, and work on it side by side. Where the first record of a
// block begins is known once the headers of the block before have been followed,
// a small part of the work.
//
// Next may be called from as many goroutines at a time as Blocks was made for.
type Blocks struct {
	reader  *Reader
	file    *os.File
	size    int   // of a block: partSize; tests set less
	base    int64 // of the first block
	claimed atomic.Int64
	turns   []chan int64 // by block, in turn: where its first record starts, or done
	stop    func() bool
	rest    int64 // where what is in no block begins, once all are taken
}

// Block is a part of a savefile in memory, with the packets that begin in it. It is for
// one goroutine. The zero value is ready for Blocks.Next.
type Block struct {
	reader  *Reader
	offset  int64  // in the file
	bytes   []byte // and more of them where a record does not end in the block
	records []int  // where in bytes they begin

	data          [][]byte // of some packets: scratch of Filter
	lengths, take []uint32
}

// Blocks divides what is left of a large file among goroutines. It returns nil if it
// cannot: the input is no plain pcap file of this machine's byte order on a disk, is
// small, or was begun to be read ahead. Then Next reads it. Next may be called again
// once End was, and goes on with what was in no block: of a damaged record it says
// what is wrong. stop is asked at each block; true ends the blocks.
func (r *Reader) Blocks(goroutines int, stop func() bool) *Blocks {
	file, ok := unmetered(r.in.src).(*os.File)
	if !ok || !r.in.large || r.in.ahead != nil || !r.plainRecords() || r.times.within != nil {
		return nil
	}
	at, err := file.Seek(0, io.SeekCurrent)
	if err != nil {
		return nil // Next finds out why
	}
	b := &Blocks{
		reader: r, file: file, size: partSize, base: at - int64(r.in.end-r.in.pos),
		turns: make([]chan int64, goroutines), stop: stop,
	}
	for i := range b.turns {
		b.turns[i] = make(chan int64, 1)
	}
	b.turns[0] <- b.base
	return b
}

// plainRecords reports whether packets are what stands in the file, in records
// that begin with a header of fixed size.
func (r *Reader) plainRecords() bool {
	return r.err == nil && r.ng == nil && !r.swapped && r.head.LinkType != capture.LinkUSB_LINUX_MMAPPED
}

// Next fills b with the next block and returns its number, from 0 on without a gap;
// ok is false when there are no more.
func (x *Blocks) Next(b *Block) (number int64, ok bool) {
	number = x.claimed.Add(1) - 1
	b.reader = x.reader
	b.records = b.records[:0]
	b.offset = x.base + number*int64(x.size)
	if cap(b.bytes) < x.size || cap(b.bytes) > 4*x.size { // a record was very long
		b.bytes = make([]byte, x.size)
	}
	// Read before it is known where the records begin: that takes longest.
	n, err := x.file.ReadAt(b.bytes[:x.size], b.offset)
	b.bytes = b.bytes[:n]
	if x.reader.passed != nil {
		x.reader.passed(int64(n))
	}
	turns := int64(len(x.turns))
	start := <-x.turns[number%turns]
	next := x.turns[(number+1)%turns]
	if start != done && (err != nil && !errors.Is(err, io.EOF) || x.stop()) {
		x.rest, start = start, done
	}
	if start == done {
		next <- done
		return 0, false
	}
	end := x.follow(b, start)
	if end < b.offset+int64(x.size) {
		x.rest, end = end, done
	}
	next <- end
	return number, true
}

// follow finds the records in b, whose first one starts at offset start of the file.
// It returns where the next one starts: in b if that is not whole or not valid.
func (x *Blocks) follow(b *Block, start int64) (end int64) {
	if start >= b.offset+int64(x.size) { // the record before is longer than the block
		return start
	}
	format := &x.reader.pcap
	at := int(start - b.offset)
	for at < x.size {
		body := at + format.recordHeader
		if body > len(b.bytes) && !b.extend(x.file, body) {
			break
		}
		caplen, _ := format.lengthsOf(b.bytes[at:])
		if caplen > format.maxCaptured {
			break
		}
		next := body + int(caplen)
		if next > len(b.bytes) && !b.extend(x.file, next) {
			break
		}
		b.records = append(b.records, at)
		at = next
	}
	return b.offset + int64(at)
}

// extend reads what follows b in the file, until it has size bytes, and reports
// whether there are that many.
func (b *Block) extend(file *os.File, size int) bool {
	const step = 1 << 20 // memory follows what is there, not what a header claims
	for len(b.bytes) < size {
		n := len(b.bytes)
		b.bytes = append(b.bytes, make([]byte, min(size-n, step))...)
		m, err := file.ReadAt(b.bytes[n:], b.offset+int64(n))
		b.bytes = b.bytes[:n+m]
		if err != nil {
			break
		}
	}
	return len(b.bytes) >= size
}

// End has the Reader go on behind the blocks. No goroutine may be in Next any more.
func (x *Blocks) End() error {
	if _, err := x.file.Seek(x.rest, io.SeekStart); err != nil {
		return err
	}
	in := &x.reader.in
	in.pos, in.end, in.large = 0, 0, false
	return nil
}

// Len is how many packets the block has.
func (b *Block) Len() int { return len(b.records) }

// Packet fills pkt with the i-th packet. Its bytes are valid until the block is
// filled again.
func (b *Block) Packet(i int, pkt *capture.Packet) {
	record := b.bytes[b.records[i]:]
	caplen, length := b.reader.pcap.lengthsOf(record)
	b.reader.plainPacket(pkt, record[:b.reader.pcap.recordHeader+int(caplen)], length)
}

// Filter keeps those packets alone for which match puts something else than 0 into
// take, which gets some at a time: data[i] are the captured bytes of one that had
// lengths[i] bytes on the wire.
func (b *Block) Filter(match func(data [][]byte, lengths, take []uint32)) {
	r := b.reader
	if b.take == nil {
		b.take = make([]uint32, maxBatch)
	}
	kept := b.records[:0]
	for rest := b.records; len(rest) > 0; {
		some := rest[:min(len(rest), maxBatch)]
		rest = rest[len(some):]
		b.data, b.lengths = b.data[:0], b.lengths[:0]
		for _, at := range some {
			caplen, length := r.pcap.lengthsOf(b.bytes[at:])
			body := at + r.pcap.recordHeader
			b.data = append(b.data, b.bytes[body:body+int(min(caplen, uint32(r.head.SnapLen)))])
			b.lengths = append(b.lengths, length)
		}
		match(b.data, b.lengths, b.take[:len(some)])
		for i, at := range some {
			if b.take[i] != 0 {
				kept = append(kept, at)
			}
		}
	}
	b.records = kept
}
