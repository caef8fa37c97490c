package pcapfile

import (
	"errors"
	"io"
	"os"
)

// Extent is a part of a regular file that is not compressed: the bytes from offset From
// on, before offset To. It begins with a record of a pcap file or a block of a pcapng
// file, and ends with one.
type Extent struct{ From, To int64 }

// errExtents is for parts that whoever chose them mixed up.
var errExtents = errors.New("the parts of the file to read do not follow each other")

// parts reads parts of a file, as if they were all of it.
type parts struct {
	file io.ReaderAt
	list []Extent // those that are left
	at   int64    // where to go on in the first, if that is behind its beginning

	passed func(n int64) // nil: nobody wants to know
}

// newParts is for the parts of a file at offset from or behind. They must be in the
// order of the file, and not overlap.
func newParts(file io.ReaderAt, list []Extent, from int64) (*parts, error) {
	end := int64(0)
	for _, e := range list {
		if e.From < end || e.To < e.From {
			return nil, errExtents
		}
		end = e.To
	}
	return &parts{file: file, list: list, at: from}, nil
}

// size is how many bytes there are, of a file of so many bytes.
func (p *parts) size(file int64) (n int64) {
	for _, e := range p.list {
		n += max(0, min(e.To, file)-max(e.From, p.at))
	}
	return n
}

// Read implements io.Reader. It ends where the file does.
func (p *parts) Read(b []byte) (int, error) {
	before := p.at
	for len(p.list) > 0 {
		e := p.list[0]
		p.at = max(p.at, e.From)
		if p.at >= e.To {
			p.list = p.list[1:]
			continue
		}
		n, err := p.file.ReadAt(b[:min(int64(len(b)), e.To-p.at)], p.at)
		p.at += int64(n)
		if n > 0 {
			err = nil // which comes again
		}
		if p.passed != nil {
			p.passed(p.at - before)
		}
		return n, err
	}
	return 0, io.EOF
}

// selectParts has the Reader, which has read the header of a regular file, read on in
// the parts that o wants, and returns how many bytes they have.
func (r *Reader) selectParts(o ReadOptions, f *os.File, size int64) (int64, error) {
	if o.Parts == nil && o.Within == nil {
		return size, nil
	}
	at, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return size, err
	}
	list, err := r.choose(o, f, at, size)
	if err != nil || list == nil {
		return size, err
	}
	return r.readParts(f, list, at, size)
}

// readParts has the Reader read on in parts of a file of which it has got the bytes
// before offset at.
func (r *Reader) readParts(file io.ReaderAt, list []Extent, at, size int64) (int64, error) {
	p, err := newParts(file, list, at-int64(r.in.end-r.in.pos))
	if err != nil {
		return size, err
	}
	p.passed = r.passed
	r.in = window{src: p, block: r.in.block}
	return p.size(size), nil
}
