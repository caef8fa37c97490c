package pcapfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/tapdump/tapdump/internal/features"
)

// DefaultWindow is how far back compressed input may refer, in bytes, where
// ReadOptions do not say otherwise: what gzip, lz4 and bzip2 never reach, and
// what zstd and xz write unless they are asked for more.
const DefaultWindow = 64 << 20

// A member is one of the pieces that a compressed file is made of, each of which
// can be decompressed on its own: a member of gzip (RFC 1952 section 2.2), a
// frame of Zstandard or LZ4, a stream of xz or bzip2. It reads no byte of the
// input beyond its end.
type member interface {
	// begin reads the magic number, and what else is needed to read what is
	// compressed. It makes the member ready for the next one after io.EOF.
	begin() error
	// Read gives what was compressed, as much of it as can be had of one that
	// is cut off. That is io.ErrUnexpectedEOF.
	io.Reader
}

// compression is a format that is read.
type compression struct {
	name   string
	magic  string
	frames bool // skippable frames may be among its members
	open   func(in *bufio.Reader, window int64) member
}

// longestMagic is the length in bytes of the longest magic number.
const longestMagic = 6

// StreamError says what is wrong with compressed input.
type StreamError struct {
	Compression string // gzip, zstd, lz4, xz or bzip2
	Cause       error  // io.ErrUnexpectedEOF: the input ends in the middle of the stream
}

func (e *StreamError) Error() string {
	var window *WindowError
	switch {
	case e.Cause == io.ErrUnexpectedEOF:
		return fmt.Sprintf("truncated %s stream: the compressed file is cut off before its end", e.Compression)
	case errors.As(e.Cause, &window):
		return fmt.Sprintf("the %s stream %s", e.Compression, window)
	}
	return fmt.Sprintf("damaged %s stream (%s)", e.Compression, e.Cause)
}

// Unwrap returns the cause.
func (e *StreamError) Unwrap() error { return e.Cause }

// WindowError says that decompressing needs more memory than is allowed.
type WindowError struct {
	Need  uint64 // bytes
	Limit int64  // bytes
}

func (e *WindowError) Error() string {
	return fmt.Sprintf("refers back further than memory is allowed for: %s needed, %s allowed", size(e.Need), size(uint64(e.Limit)))
}

// size words a number of bytes.
func size(n uint64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// decompressor reads what compressed input holds, member after member.
type decompressor struct {
	format   *compression
	in       *bufio.Reader
	source   *rawInput
	member   member
	within   bool // member has begun and not ended
	rubbish  bool // something else follows the last member
	finished error
}

// newDecompressor returns a reader of what src holds compressed, judged by its
// first bytes, or nil if it is not compressed. begin is what was read of src
// already, buffer how much to read at once, in bytes.
func newDecompressor(begin []byte, src io.Reader, buffer int, window int64) *decompressor {
	if compressionOf(begin) == nil && !isSkippable(begin) {
		return nil
	}
	source := &rawInput{src: io.MultiReader(bytes.NewReader(begin), src)}
	in := bufio.NewReaderSize(source, buffer)
	d := &decompressor{in: in, source: source}
	if err := d.skipFrames(); err != nil {
		d.finished = err
		return d
	}
	magic, _ := in.Peek(longestMagic) // an error comes again
	if d.format = compressionOf(magic); d.format == nil {
		d.finished = errUnknownFormat
		return d
	}
	if !features.HasCompress {
		d.finished = features.Compress.Need(d.format.name)
		return d
	}
	d.member = d.format.open(in, window)
	d.finished = d.begin()
	return d
}

// compressionOf returns the format that the first bytes of a file are of, or
// nil.
func compressionOf(begin []byte) *compression {
	for i := range compressions {
		if bytes.HasPrefix(begin, []byte(compressions[i].magic)) {
			return &compressions[i]
		}
	}
	return nil
}

// isSkippable reports whether b begins with a skippable frame, of Zstandard (RFC
// 8878 section 3.1.2) and LZ4 alike. pzstd writes one first.
func isSkippable(b []byte) bool {
	return len(b) >= 4 && binary.LittleEndian.Uint32(b)&^0xf == 0x184d2a50
}

// skipFrames skips skippable frames.
func (d *decompressor) skipFrames() error {
	for {
		head, _ := d.in.Peek(8)
		if !isSkippable(head) {
			return nil
		}
		if len(head) < 8 {
			return d.wrong(io.ErrUnexpectedEOF)
		}
		length := int64(binary.LittleEndian.Uint32(head[4:]))
		if _, err := io.CopyN(io.Discard, d.in, 8+length); err != nil {
			return d.wrong(io.ErrUnexpectedEOF)
		}
	}
}

// Read implements io.Reader. An error is a *StreamError or the input's own.
func (d *decompressor) Read(p []byte) (int, error) {
	for len(p) > 0 && d.finished == nil {
		if !d.within {
			d.finished = d.nextMember()
			continue
		}
		n, err := d.member.Read(p)
		switch {
		case err == io.EOF:
			d.within = false
		case err != nil:
			d.finished = d.wrong(err)
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, d.finished
}

// begin begins a member.
func (d *decompressor) begin() error {
	if err := d.member.begin(); err != nil {
		return d.wrong(err)
	}
	d.within = true
	return nil
}

// nextMember goes on to the member after the one that has ended. Zeros may be
// in between and at the end: tapes and disks have blocks of a certain size. What
// else follows is not part of the file.
func (d *decompressor) nextMember() error {
	if err := d.skipZeros(); err != nil {
		return err
	}
	if d.format.frames {
		if err := d.skipFrames(); err != nil {
			return err
		}
	}
	magic, err := d.in.Peek(len(d.format.magic))
	switch {
	case err == nil && string(magic) == d.format.magic:
		return d.begin()
	case err != nil && len(magic) == 0:
		return d.source.end()
	case err != nil && strings.HasPrefix(d.format.magic, string(magic)):
		return d.wrong(io.ErrUnexpectedEOF)
	}
	d.rubbish = true
	return io.EOF
}

// skipZeros skips bytes that are 0.
func (d *decompressor) skipZeros() error {
	for {
		if _, err := d.in.Peek(1); err != nil {
			return d.source.end()
		}
		buffered, _ := d.in.Peek(d.in.Buffered())
		zeros := len(buffered) - len(bytes.TrimLeft(buffered, "\x00"))
		d.in.Discard(zeros)
		if zeros < len(buffered) {
			return nil
		}
	}
}

// wrong is the error for a stream that err was found in.
func (d *decompressor) wrong(err error) error {
	if end := d.source.end(); end != io.EOF {
		return end // the input could not be read
	}
	name := "compressed"
	if d.format != nil {
		name = d.format.name
	}
	return &StreamError{Compression: name, Cause: err}
}

// rawInput remembers why the input ended.
type rawInput struct {
	src io.Reader
	err error
}

func (r *rawInput) Read(p []byte) (int, error) {
	n, err := r.src.Read(p)
	if err != nil {
		r.err = err
	}
	return n, err
}

// end is the error that ended the input, io.EOF if none but its end did.
func (r *rawInput) end() error {
	if r.err == nil {
		return io.EOF
	}
	return r.err
}
