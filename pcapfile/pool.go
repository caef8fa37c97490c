package pcapfile

import (
	"errors"
	"io"
	"os"
	"slices"
	"syscall"
)

// filePool keeps as many files open as the system lets, up to maxOpen. Others
// are closed, and opened again when they are read.
type filePool struct {
	open []*pooledFile // the one that was read last is at the end
}

const maxOpen = 64

// pooledFile is a regular file, read from its beginning on.
type pooledFile struct {
	pool   *filePool
	name   string
	f      *os.File    // nil: closed at the moment
	info   os.FileInfo // nil: it was never open
	offset int64
}

func (p *filePool) file(name string) *pooledFile { return &pooledFile{pool: p, name: name} }

// Read implements io.Reader.
func (f *pooledFile) Read(b []byte) (int, error) {
	n, err := f.ReadAt(b, f.offset)
	f.offset += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (f *pooledFile) ReadAt(b []byte, offset int64) (int, error) {
	if err := f.use(); err != nil {
		return 0, err
	}
	return f.f.ReadAt(b, offset)
}

// use makes f open, and the last to be closed.
func (f *pooledFile) use() error {
	p := f.pool
	if f.f != nil {
		if last := len(p.open) - 1; p.open[last] != f {
			p.open = append(slices.DeleteFunc(p.open, func(g *pooledFile) bool { return g == f }), f)
		}
		return nil
	}
	if len(p.open) >= maxOpen {
		p.open[0].close()
	}
	file, err := os.Open(f.name)
	for errors.Is(err, syscall.EMFILE) && len(p.open) > 0 {
		p.open[0].close()
		file, err = os.Open(f.name)
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err == nil && f.info != nil && !os.SameFile(info, f.info) {
		err = errReplaced
	}
	if err != nil {
		file.Close()
		return err
	}
	f.f, f.info = file, info
	p.open = append(p.open, f)
	return nil
}

var errReplaced = errors.New("another file has taken the place of the one that was being read")

// close closes the file; reading opens it again.
func (f *pooledFile) close() {
	if f.f == nil {
		return
	}
	f.f.Close() // it was only read: its error has no meaning
	f.f = nil
	f.pool.open = slices.DeleteFunc(f.pool.open, func(g *pooledFile) bool { return g == f })
}
