package parquetfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tapdump/tapdump/internal/openfile"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// Format is how files are written.
type Format[T any] struct {
	Columns   []*records.Column[T]
	CreatedBy string // the name and version of the program
	// Meta is called at the end of a file, for what it says beside its records.
	Meta func() []Meta
	// Stop, if it is not nil, is closed when a pipe that nobody reads is not to be
	// waited for any more.
	Stop <-chan struct{}

	spare *Writer[T] // of a file that is closed, with its memory
}

// File is a Parquet file that appears under its name when it is whole: until then it
// is called after Temporary. What is no regular file, such as a pipe, is written as it
// is. A file is made with its first record, and the folders that it is in.
//
// After an error all methods return that. It is a *pcapfile.WriteError, which counts
// the records that follow.
type File[T any] struct {
	name   string
	format *Format[T]
	out    *os.File // nil: not made yet
	whole  bool     // out has its name already
	w      *Writer[T]
	err    error
}

// Temporary is what a file is called while it is written. Engines leave out what begins
// with a dot, and patterns such as *.parquet what ends otherwise.
func Temporary(name string) string {
	folder, base := filepath.Split(name)
	return folder + "." + base + ".part"
}

// Create is a file of a name that has records by and by. The format is of one file at a
// time.
func Create[T any](name string, f *Format[T]) (*File[T], error) {
	file := &File[T]{name: name, format: f}
	var err error
	if file.w, f.spare = f.spare, nil; file.w != nil {
		file.w.Reset(nil)
	} else if file.w, err = NewWriter(nil, f.CreatedBy, f.Columns); err != nil {
		return nil, err
	}
	return file, nil
}

// Wrap is a file that goes to out, which errors call by name and which stays open.
func Wrap[T any](out io.Writer, name string, f *Format[T]) (*File[T], error) {
	file, err := Create(name, f)
	if err != nil {
		return nil, err
	}
	file.whole = true
	file.w.Reset(out)
	return file, nil
}

// Open makes the file now, for what keeps it from that to be known at once.
func (f *File[T]) Open() error {
	if f.err != nil || f.out != nil || f.whole {
		return f.err
	}
	if err := f.open(); err != nil {
		f.err = fmt.Errorf("%s: %w", f.name, syserr.Worded(err))
	}
	return f.err
}

func (f *File[T]) open() error {
	name, how := f.name, 0
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		f.whole = true
	} else {
		name, how = Temporary(name), openfile.NoFollow
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
	}
	var err error
	if f.out, err = openfile.Open(f.format.Stop, name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|how, 0o666); err != nil {
		return err
	}
	f.w.Reset(f.out)
	return nil
}

// fail keeps the first error. What is left is a file of the groups of rows that were
// written whole, if there is room to say so.
func (f *File[T]) fail(cause error) {
	rows, written := f.w.Rows(), uint64(0)
	if f.out != nil && !f.whole && f.salvage() == nil {
		written = f.w.Written()
	}
	f.err = &pcapfile.WriteError{Name: f.name, Err: cause, Lost: rows - written, Written: written}
}

// salvage cuts off a group of rows that is not whole, and ends the file.
func (f *File[T]) salvage() error {
	end := f.w.salvage()
	if end == 0 {
		return io.ErrUnexpectedEOF
	}
	if err := f.out.Truncate(end); err != nil {
		return err
	}
	if _, err := f.out.Seek(end, io.SeekStart); err != nil {
		return err
	}
	if err := f.w.Close(f.format.Meta()); err != nil {
		return err
	}
	return os.Rename(Temporary(f.name), f.name)
}

// Add takes a record.
func (f *File[T]) Add(r *T) error {
	if f.err == nil && f.out == nil && !f.whole {
		if err := f.open(); err != nil {
			f.fail(err)
		}
	}
	if f.err == nil {
		if err := f.w.Add(r); err != nil {
			f.fail(err)
		}
		return f.err
	}
	var failed *pcapfile.WriteError
	if errors.As(f.err, &failed) {
		failed.Lost++
	}
	return f.err
}

// Size is how many bytes the file has, about; Rows how many records.
func (f *File[T]) Size() int64  { return f.w.Size() }
func (f *File[T]) Rows() uint64 { return f.w.Rows() }

// Close writes the end of the file and gives it its name. Without any records and
// without Open there is no file.
func (f *File[T]) Close() error {
	if f.err == nil && (f.out != nil || f.whole) {
		if err := f.w.Close(f.format.Meta()); err != nil {
			f.fail(err)
		}
	}
	if f.out != nil {
		if err := f.out.Close(); err != nil && f.err == nil {
			f.fail(err)
		}
		if f.err == nil && !f.whole {
			if err := os.Rename(Temporary(f.name), f.name); err != nil {
				f.fail(err)
			}
		}
	}
	err := f.err
	if f.err == nil {
		f.format.spare = f.w
		f.err = fmt.Errorf("%s: %w", f.name, os.ErrClosed)
	}
	return err
}
