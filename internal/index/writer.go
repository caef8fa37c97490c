package index

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"math/bits"

	"github.com/tapdump/tapdump/capture"
)

// Writer makes the index of a file from what is put into it, in its order. It is for one
// goroutine.
type Writer struct {
	out     *bufio.Writer
	sum     hash.Hash
	headers headers
	names   *namer // nil: names are not looked for
	block   int64  // blockBytes, but in tests
	current block
	times   span // of current
	ended   []block
	at      int64 // where current begins
	first   int64 // of the block before that has a time, in nanoseconds
	packets uint64
	blocks  uint64
	err     error

	identity *identity
}

// block is one that has ended, or the current one.
type block struct {
	length  int64
	packets uint64
	flags   byte
	times   []byte // as they are written
	filter  []byte // the same
}

// span are the times of packets, in nanoseconds since 1970.
type span struct{ first, last int64 }

// maxPending is how many blocks wait before they are written: as long they can get
// longer.
const maxPending = 16

// NewWriter writes to out.
func NewWriter(out io.Writer) *Writer {
	w := &Writer{sum: sha256.New(), identity: newIdentity(), block: blockBytes}
	w.out = bufio.NewWriterSize(io.MultiWriter(out, w.sum), 64<<10)
	w.write([]byte(magic))
	w.begin()
	return w
}

func (w *Writer) write(b []byte) {
	if _, err := w.out.Write(b); w.err == nil {
		w.err = err
	}
}

// begin begins a block.
func (w *Writer) begin() {
	w.current = block{}
	w.times = span{math.MaxInt64, math.MinInt64}
	w.headers.begin()
}

// Packet says that the next n bytes are a packet.
func (w *Writer) Packet(pkt *capture.Packet, n int) {
	c := &w.current
	mixed := c.flags&flagOther != 0
	if c.packets > 0 && c.length+int64(n) > w.block || mixed && (c.length >= mixedBytes || w.at == 0) {
		w.end()
	}
	c.length += int64(n)
	c.packets++
	w.packets++
	w.time(pkt.Time)
	w.headers.add(pkt)
	if w.names != nil {
		w.names.add(pkt, &w.headers.keySet)
	}
}

// time takes the time of a packet.
func (w *Writer) time(t capture.Timestamp) {
	const limit = math.MaxInt64/1_000_000_000 - 1
	if t.Sec < 0 || t.Sec > limit || t.Nsec < 0 || t.Nsec >= 1_000_000_000 {
		w.current.flags |= flagTimeless // of a damaged record
		return
	}
	ns := t.Sec*1_000_000_000 + t.Nsec
	w.times.first, w.times.last = min(w.times.first, ns), max(w.times.last, ns)
}

// Other says that the next n bytes are no packet.
func (w *Writer) Other(n int) {
	if n == 0 {
		return
	}
	if w.current.flags&flagOther == 0 && w.current.length >= mixedBytes {
		w.end()
	}
	w.current.flags |= flagOther
	w.current.length += int64(n)
}

var errInsert = errors.New("what is put in front of packets is too far in front")

// Insert says that n bytes that are no packet come in at offset at.
func (w *Writer) Insert(at int64, n int) {
	b, from := &w.current, w.at
	for i := len(w.ended) - 1; at < from && i >= 0; i-- {
		b = &w.ended[i]
		from -= b.length
	}
	if at < from {
		w.err = errInsert
		return
	}
	if b != &w.current {
		w.at += int64(n)
	}
	b.length += int64(n)
	b.flags |= flagOther
}

// Written takes the bytes of the file.
func (w *Writer) Written(b []byte) {
	w.identity.Write(b)
}

// end ends the current block.
func (w *Writer) end() {
	if w.current.length == 0 {
		return
	}
	c := &w.current
	if c.packets > 0 {
		if c.flags&flagTimeless == 0 {
			w.times.first -= w.times.first % 1000 // a file may be without nanoseconds
			c.times = binary.AppendVarint(c.times, w.times.first-w.first)
			c.times = binary.AppendUvarint(c.times, uint64(w.times.last-w.times.first))
			w.first = w.times.first
		}
		w.filter()
	}
	w.ended = append(w.ended, *c)
	w.at += c.length
	if len(w.ended) > 2*maxPending {
		w.flush(maxPending)
	}
	w.begin()
}

// filter makes the filter of the current block. It is the longest part of an index.
func (w *Writer) filter() {
	c := &w.current
	if w.headers.opaque {
		c.flags |= flagOpaque
		if w.names == nil {
			return
		}
	}
	words := w.headers.shortened()
	if len(words) == 0 {
		return
	}
	c.flags |= flagFilter
	c.filter = make([]byte, 0, 1+8*len(words))
	c.filter = append(c.filter, byte(bits.TrailingZeros(uint(len(words)))))
	for _, word := range words {
		c.filter = binary.LittleEndian.AppendUint64(c.filter, word)
	}
}

// flush writes the blocks that have ended, but for so many.
func (w *Writer) flush(but int) {
	n := len(w.ended) - but
	for i := range w.ended[:n] {
		w.put(&w.ended[i])
	}
	w.ended = append(w.ended[:0], w.ended[n:]...)
}

func (w *Writer) put(b *block) {
	var head [2*binary.MaxVarintLen64 + 1]byte
	h := binary.AppendUvarint(head[:0], uint64(b.length))
	h = append(binary.AppendUvarint(h, b.packets), b.flags)
	w.write(h)
	w.write(b.times)
	w.write(b.filter)
	w.blocks++
}

// Close ends the index of a file whose bytes Written has got. Errors are those of
// writing.
func (w *Writer) Close() error {
	if size := w.at + w.current.length; w.err == nil && w.identity.size != size {
		w.err = fmt.Errorf("%d bytes were told of, and %d written", size, w.identity.size)
	}
	return w.close(w.identity.sum())
}

// CloseFor ends the index of a file of size bytes. What was not told of is always read.
func (w *Writer) CloseFor(file io.ReaderAt, size int64) error {
	for left := size - w.at - w.current.length; left > 0; {
		n := int(min(left, math.MaxInt32))
		w.Other(n)
		left -= int64(n)
	}
	id, err := identityOf(file, size)
	if err != nil {
		return err
	}
	return w.close(id)
}

func (w *Writer) close(id [sha256.Size]byte) error {
	w.end()
	w.flush(0)
	w.write([]byte{0})
	tail := binary.LittleEndian.AppendUint64(nil, uint64(w.at))
	tail = binary.LittleEndian.AppendUint64(tail, w.packets)
	tail = binary.LittleEndian.AppendUint64(tail, w.blocks)
	tail = binary.LittleEndian.AppendUint64(tail, w.headers.links)
	names := w.names.summary(w.at)
	w.write(names.restarted)
	for _, n := range [...]uint64{names.decoder, names.losses.Conversations, names.losses.Messages, names.double} {
		tail = binary.LittleEndian.AppendUint64(tail, n)
	}
	w.write(append(tail, id[:]...))
	if err := w.out.Flush(); w.err == nil {
		w.err = err
	}
	w.write(w.sum.Sum(nil))
	if err := w.out.Flush(); w.err == nil {
		w.err = err
	}
	return w.err
}
