package index

import (
	"fmt"
	"os"
	"strings"

	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// File is the index of a savefile that is being written. It appears under its name when
// both are complete. It implements pcapfile.Watcher.
type File struct {
	*Writer
	savefile string
	out      *os.File
	fail     func(error)
}

var _ pcapfile.Watcher = (*File)(nil)

// Create begins the index of a savefile. That it could not be written fail is told; it
// never keeps the savefile from being written.
func Create(savefile string, fail func(error)) (*File, error) {
	if !features.HasIndex {
		return nil, features.Index.Need("")
	}
	if info, err := os.Stat(savefile); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: it is no regular file, and has no index", savefile)
	}
	// One that is there is of what the savefile was before.
	for _, old := range [...]string{Name(savefile), Temporary(savefile)} {
		if _, err := os.Lstat(old); os.IsNotExist(err) {
			continue // a sandbox allows no tries
		}
		if err := os.Remove(old); err != nil {
			return nil, fmt.Errorf("%s: %w", old, syserr.Worded(err))
		}
	}
	out, err := os.OpenFile(Temporary(savefile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Temporary(savefile), syserr.Worded(err))
	}
	return &File{Writer: NewWriter(out), savefile: savefile, out: out, fail: fail}, nil
}

// Close implements pcapfile.Watcher.
func (f *File) Close(complete bool) {
	if !complete {
		f.discard()
		return
	}
	f.settle(f.Writer.Close())
}

// CloseFor ends the index of a savefile that is there already.
func (f *File) CloseFor(file *os.File, size int64) error {
	return f.finish(f.Writer.CloseFor(file, size))
}

// settle gives the index its name, unless that failed.
func (f *File) settle(err error) {
	if err := f.finish(err); err != nil {
		f.fail(err)
	}
}

func (f *File) finish(err error) error {
	if cerr := f.out.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(Temporary(f.savefile), Name(f.savefile))
	}
	if err != nil {
		_ = os.Remove(Temporary(f.savefile)) // the first error says what is wrong
		return fmt.Errorf("%s: %w", Name(f.savefile), syserr.Worded(err))
	}
	return nil
}

// discard leaves nothing.
func (f *File) discard() {
	_ = f.out.Close() // nobody reads it
	if err := os.Remove(Temporary(f.savefile)); err != nil {
		f.fail(fmt.Errorf("%s: %w", Temporary(f.savefile), syserr.Worded(err)))
	}
}

// Make makes the index of a savefile that is there, with the names that applications say;
// decoder is what decodes them, with its version: another one may find others. stop is
// asked now and then; it makes none once that returns true. A file that cannot be read to
// its end has an index up to there, and partial says why; err says that there is no index.
// passed, if not nil, is called with how many bytes were read each time.
func Make(savefile, decoder string, stop func() bool, passed func(n int64)) (partial, err error) {
	if !features.HasIndex {
		return nil, features.Index.Need("")
	}
	return makeOf(savefile, decoder, sizes{blockBytes, apps.MaxMemory}, stop, passed)
}

// sizes are the limits of an index, in bytes: of a block, and of what the decoder keeps.
type sizes struct {
	block  int64
	memory int
}

// makeOf is Make with other limits.
func makeOf(savefile, decoder string, limits sizes, stop func() bool, passed func(n int64)) (partial, err error) {
	info, err := os.Stat(savefile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", savefile, syserr.Worded(err))
	}
	if !info.Mode().IsRegular() {
		if info.IsDir() {
			return nil, fmt.Errorf("%s: it is a folder: name its files, as in %s/*", savefile, strings.TrimSuffix(savefile, "/"))
		}
		return nil, fmt.Errorf("%s: it is no regular file, and has no index: write it to a file", savefile)
	}
	names := newNamer(decoder, limits.memory)
	src, err := pcapfile.ReadOptions{Secrets: names.secrets, Passed: passed}.Open(savefile)
	if err != nil {
		return nil, named(savefile, err)
	}
	defer src.Close()
	if src.Compressed() {
		return nil, fmt.Errorf("%s: it is compressed, and cannot be read in parts: decompress it", savefile)
	}
	f, err := Create(savefile, func(error) {})
	if err != nil {
		return nil, err
	}
	f.names, f.block = names, limits.block
	partial = src.Tell(f, stop)
	names.doubtful = names.doubtful || partial != nil
	if stop() {
		f.discard()
		return nil, fmt.Errorf("%s: interrupted, there is no index", savefile)
	}
	file, err := os.Open(savefile)
	if err != nil {
		f.discard()
		return nil, fmt.Errorf("%s: %w", savefile, syserr.Worded(err))
	}
	defer file.Close()
	if partial != nil {
		partial = named(savefile, partial)
	}
	return partial, f.CloseFor(file, info.Size())
}

// Open opens a savefile's index and finds the parts of it that q asks for; nil: there is
// no index. An error says that it cannot be used.
func Open(savefile *os.File, size int64, q Query) (*Selection, error) {
	if !features.HasIndex {
		return nil, nil // files are read as if there were none
	}
	name := Name(savefile.Name())
	info, err := os.Stat(name)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, syserr.Worded(err)
	}
	if !info.Mode().IsRegular() {
		return nil, ErrVersion
	}
	of, err := savefile.Stat()
	if err != nil {
		return nil, syserr.Worded(err)
	}
	if info.ModTime().Before(of.ModTime()) {
		return nil, ErrForeign
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, syserr.Worded(err)
	}
	defer f.Close()
	var s *Selection
	if q.Names != nil {
		s, err = selectNamed(f, info.Size(), savefile, size, q.Names)
	}
	if s == nil && err == nil {
		s, err = Select(f, info.Size(), savefile, size, q)
	}
	if err != nil {
		return nil, syserr.Worded(err)
	}
	return s, nil
}

// named is an error about a savefile, which names it as a rule.
func named(savefile string, err error) error {
	if strings.HasPrefix(syserr.Text(err), savefile+": ") {
		return err
	}
	return fmt.Errorf("%s: %w", savefile, err)
}
