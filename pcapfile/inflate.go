//go:build !tapdump_small

package pcapfile

import (
	"bufio"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/flate"
)

// Sizes of the output, in bytes. It has what matches may refer to, what is given
// out at once and stays in the second-level cache, and room for what the longest
// symbols add behind that.
const (
	inflateOut   = 128 << 10
	inflateSlack = 3 + 258 + 64
	inflateAhead = 16 // bytes of input that a round of the fast loop takes at most
)

// inflater decompresses Deflate (RFC 1951). It reads no byte behind the end of it,
// and gives all that can be had of what is cut off. It works as libraries for whole
// buffers do: 64 bits of input are at hand, and a look into a table says what the
// next bits stand for, extra bits included.
type inflater struct {
	in   *bufio.Reader
	src  []byte // bytes that in has in its buffer
	pos  int    // bytes of src that went to bits
	read int64  // bytes of input before src

	bits  uint64 // input, the next bit is the lowest
	count uint   // bits of it, below 64

	out      []byte // inflateWindow and inflateOut bytes, and inflateSlack
	from, to int    // out[from:to] was not given out yet
	oldest   int    // out[oldest:to] can be referred to

	paused bool // what there is is given out before more input is waited for
	within bool // a block that is compressed has begun
	stored int  // bytes of a stored block that are left
	last   bool // no block follows
	err    error
	tables inflateTables
}

// start begins to read a stream.
func (f *inflater) start(in *bufio.Reader) {
	f.in = in
	if f.out == nil {
		f.out = make([]byte, deflateWindow+inflateOut+inflateSlack)
	}
	f.src, f.pos, f.read, f.bits, f.count = nil, 0, 0, 0, 0
	f.from, f.to, f.oldest = 0, 0, 0
	f.within, f.stored, f.last, f.err, f.paused = false, 0, false, nil, false
}

// preset has the stream refer to what stood before it, deflateWindow bytes at most.
func (f *inflater) preset(before []byte) {
	f.to = copy(f.out, before)
	f.from = f.to
}

// next returns what follows, valid until the next call, with or without an error:
// io.EOF at the end, io.ErrUnexpectedEOF where the input ends before.
func (f *inflater) next() ([]byte, error) {
	f.from, f.paused = f.to, false
	if f.to >= deflateWindow+inflateOut {
		f.oldest = max(f.oldest-(f.to-deflateWindow), 0)
		copy(f.out, f.out[f.to-deflateWindow:f.to])
		f.from, f.to = deflateWindow, deflateWindow
	}
	for f.err == nil && !f.paused && f.to < deflateWindow+inflateOut {
		switch {
		case f.stored > 0:
			f.copyStored()
		case f.within:
			f.fast()
			f.slow()
		case f.last:
			f.giveBack()
			f.in.Discard(f.pos)
			f.src, f.pos = nil, 0
			f.err = io.EOF
		default:
			if f.fill(); f.count < 3 {
				f.moreLater()
			} else {
				f.err = f.beginBlock()
			}
		}
	}
	return f.out[f.from:f.to], f.err
}

// corrupt is the error for what is not Deflate, with the place in the input.
func (f *inflater) corrupt() error {
	return flate.CorruptInputError(f.read + int64(f.pos) - int64(f.count/8))
}

// giveBack returns whole bytes to the input.
func (f *inflater) giveBack() {
	f.pos -= int(f.count / 8)
	f.count %= 8
	f.bits &= 1<<f.count - 1
}

// more gets more input, and reports whether there is any.
func (f *inflater) more() bool {
	f.giveBack()
	f.in.Discard(f.pos)
	f.read += int64(f.pos)
	left := len(f.src) - f.pos
	f.in.Peek(left + 1) // an error comes again; more than there is would be waited for
	f.src, _ = f.in.Peek(f.in.Buffered())
	f.pos = 0
	f.fill()
	return len(f.src) > left
}

// moreLater is more between symbols: where there is something to give out, that goes
// first, for who writes into a pipe may want it to be seen.
func (f *inflater) moreLater() {
	if f.to > f.from {
		f.paused = true
	} else if !f.more() {
		f.err = io.ErrUnexpectedEOF
	}
}

// need has n bits be there, 48 at most, and reports whether they are.
func (f *inflater) need(n uint) bool {
	for f.count < n {
		if f.pos == len(f.src) && !f.more() {
			return false
		}
		f.fill()
	}
	return true
}

// fill takes as many bytes as there is room for, or are there.
func (f *inflater) fill() {
	for f.count < 56 && f.pos < len(f.src) {
		f.bits |= uint64(f.src[f.pos]) << (f.count & 63)
		f.pos++
		f.count += 8
	}
}

// take takes n bits, which are there.
func (f *inflater) take(n uint) int {
	v := f.bits & (1<<n - 1)
	f.bits >>= n
	f.count -= n
	return int(v)
}

// beginBlock reads a block's header, section 3.2.3, of which 3 bits are there.
func (f *inflater) beginBlock() error {
	f.last = f.take(1) == 1
	switch f.take(2) {
	case 0:
		return f.beginStored()
	case 1:
		f.tables.fix()
	case 2:
		if err := f.readCodes(); err != nil {
			return err
		}
	default:
		return f.corrupt()
	}
	f.within = true
	return nil
}

// beginStored reads the length of a stored block, section 3.2.4.
func (f *inflater) beginStored() error {
	f.take(f.count % 8)
	if !f.need(32) {
		return io.ErrUnexpectedEOF
	}
	n, complement := f.take(16), f.take(16)
	if n != complement^0xffff {
		return f.corrupt()
	}
	f.stored = n
	return nil
}

// copyStored gives out bytes of a stored block.
func (f *inflater) copyStored() {
	f.giveBack()
	if f.pos == len(f.src) {
		f.moreLater()
		f.giveBack()
	}
	n := copy(f.out[f.to:deflateWindow+inflateOut], f.src[f.pos:min(len(f.src), f.pos+f.stored)])
	f.pos += n
	f.to += n
	f.stored -= n
}

// codeOrder is the order in which the lengths of the code for lengths come, section
// 3.2.7.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the codes of a block, section 3.2.7.
func (f *inflater) readCodes() error {
	if !f.need(14) {
		return io.ErrUnexpectedEOF
	}
	literals, distances, n := f.take(5)+257, f.take(5)+1, f.take(4)+4
	if literals > 286 || distances > 30 {
		return f.corrupt()
	}
	var lengths [286 + 30]uint8
	for _, at := range codeOrder[:n] {
		if !f.need(3) {
			return io.ErrUnexpectedEOF
		}
		lengths[at] = uint8(f.take(3))
	}
	if !f.tables.setCode(lengths[:19]) {
		return f.corrupt()
	}
	clear(lengths[:19])
	for i := 0; i < literals+distances; {
		f.need(7 + 7) // fewer may do at the end
		e := f.tables.code[f.bits&(1<<codeTableBits-1)]
		length, extra, symbol := uint(e&inflateTotal), uint(0), e>>16
		switch symbol {
		case 16:
			extra = 2
		case 17:
			extra = 3
		case 18:
			extra = 7
		}
		if f.count < max(length, 1)+extra {
			return io.ErrUnexpectedEOF
		}
		if e&inflateSpecial != 0 {
			return f.corrupt()
		}
		f.take(length)
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		repeated, times := uint8(0), f.take(extra)+3
		switch symbol {
		case 16:
			if i == 0 {
				return f.corrupt()
			}
			repeated = lengths[i-1]
		case 18:
			times += 8
		}
		if i+times > literals+distances {
			return f.corrupt()
		}
		for range times {
			lengths[i] = repeated
			i++
		}
	}
	if !f.tables.set(lengths[:literals], lengths[literals:literals+distances]) {
		return f.corrupt()
	}
	return nil
}

// slow reads a symbol, and others until the fast loop has enough input again.
func (f *inflater) slow() {
	for more := true; more && f.err == nil && f.within && f.to < deflateWindow+inflateOut; more = f.pos+inflateAhead > len(f.src) {
		if f.fill(); f.symbol() {
			continue
		}
		if f.moreLater(); f.paused {
			return
		}
	}
}

// symbol reads a symbol, if all of its bits are there, and reports whether they were.
func (f *inflater) symbol() bool {
	e, used := f.tables.literal(f.bits)
	total := used + uint(e&inflateTotal)
	switch {
	case total > f.count:
		return false
	case e&inflateLiteral != 0:
		f.take(total)
		f.out[f.to] = byte(e >> 16)
		f.to++
		return true
	case e&inflateEnd != 0:
		f.take(total)
		f.within = false
		return true
	case e&inflateSpecial != 0:
		return f.noCode(f.count)
	}
	length := int(e>>16) + extraBits(f.bits>>used, e)
	d, before := f.tables.distance(f.bits >> total)
	all := total + before + uint(d&inflateTotal)
	switch {
	case all > f.count:
		return false
	case d&inflateSpecial != 0:
		return f.noCode(f.count - total)
	}
	distance := int(d>>16) + extraBits(f.bits>>(total+before), d)
	if distance > f.to-f.oldest {
		f.err = f.corrupt()
		return true
	}
	f.take(all)
	repeat(f.out, f.to, distance, length)
	f.to += length
	return true
}

// noCode is symbol's result for bits that no symbol has, if there are enough of them to
// tell.
func (f *inflater) noCode(count uint) bool {
	if count < maxCodeLength {
		return false
	}
	f.err = f.corrupt()
	return true
}

// fast reads symbols as long as there is input for two of them.
func (f *inflater) fast() {
	src, out, pos, to := f.src, f.out, f.pos, f.to
	bits, count := f.bits, uint64(f.count)
	t := &f.tables
	for pos+inflateAhead <= len(src) && to < deflateWindow+inflateOut {
		bits |= binary.LittleEndian.Uint64(src[pos:]) << (count & 63)
		pos += int(63-count) >> 3
		count |= 56
		e := t.literals[bits&(1<<literalTableBits-1)]
		if e&inflateLiteral != 0 { // of up to 11 bits
			out[to] = byte(e >> 16)
			bits >>= e & 63
			count -= uint64(e & 63)
			e = t.literals[bits&(1<<literalTableBits-1)]
			if e&inflateLiteral != 0 {
				out[to+1] = byte(e >> 16)
				bits >>= e & 63
				count -= uint64(e & 63)
				to += 2
				continue
			}
			to++
			bits |= binary.LittleEndian.Uint64(src[pos:]) << (count & 63)
			pos += int(63-count) >> 3
			count |= 56
		}
		if e&inflateSpecial != 0 {
			if e&inflateDeeper == 0 { // the end, or wrong: for the slow loop
				break
			}
			deeper := t.literals[uint64(e>>16)+bits>>literalTableBits&(1<<(maxCodeLength-literalTableBits)-1)]
			if deeper&inflateSpecial != 0 {
				break
			}
			bits >>= literalTableBits
			count -= literalTableBits
			e = deeper
			if e&inflateLiteral != 0 {
				out[to] = byte(e >> 16)
				to++
				bits >>= e & 63
				count -= uint64(e & 63)
				continue
			}
		}
		length := int(e>>16) + extraBits(bits, e)
		bits >>= e & 63
		count -= uint64(e & 63)
		d := t.distances[bits&(1<<distanceTableBits-1)]
		if d&inflateSpecial != 0 {
			if d&inflateDeeper == 0 {
				f.err = f.corruptAt(pos, count)
				break
			}
			bits >>= distanceTableBits
			count -= distanceTableBits
			d = t.distances[uint64(d>>16)+bits&(1<<(maxCodeLength-distanceTableBits)-1)]
		}
		distance := int(d>>16) + extraBits(bits, d)
		if d&inflateSpecial != 0 || distance > to-f.oldest {
			f.err = f.corruptAt(pos, count)
			break
		}
		bits >>= d & 63
		count -= uint64(d & 63)
		repeat(out, to, distance, length)
		to += length
	}
	f.pos, f.to = pos, to
	f.count = uint(count)
	f.bits = bits & (1<<f.count - 1)
}

func (f *inflater) corruptAt(pos int, count uint64) error {
	return flate.CorruptInputError(f.read + int64(pos) - int64(count/8))
}

// extraBits are the extra bits that follow a code, both of which e describes.
func extraBits(bits uint64, e uint32) int {
	return int((bits & (1<<(e&63) - 1)) >> (e >> 8 & 15))
}

// repeat appends length bytes, from what is distance before, to b[:to], and may write
// up to 40 bytes behind them.
func repeat(b []byte, to, distance, length int) {
	from, end := to-distance, to+length
	if distance >= 8 {
		if length > 64 && distance >= length {
			copy(b[to:end], b[from:])
			return
		}
		for {
			binary.LittleEndian.PutUint64(b[to:], binary.LittleEndian.Uint64(b[from:]))
			if to += 8; to >= end {
				return
			}
			from += 8
		}
	}
	if distance == 1 {
		word := uint64(b[from]) * 0x0101010101010101
		for ; to < end; to += 8 {
			binary.LittleEndian.PutUint64(b[to:], word)
		}
		return
	}
	// What is repeated, several times, is 8 bytes long or more.
	long := (distance + 7) / distance * distance
	for range long - distance {
		b[to] = b[from]
		from++
		to++
	}
	for ; to < end; to += 8 {
		binary.LittleEndian.PutUint64(b[to:], binary.LittleEndian.Uint64(b[to-long:]))
	}
}
