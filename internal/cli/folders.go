package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/openfile"
	"github.com/tapdump/tapdump/internal/streams"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/pcapfile"
)

// found are savefiles that nobody named: they are in folders, or match patterns.
type found struct {
	first    map[string]capture.Timestamp // by name; of those without packets nothing
	latest   capture.Timestamp            // of the packets that were read so far
	last     string                       // the file that they were read from
	overlaps int                          // files with packets that are earlier than that
}

// foundFile is one of them.
type foundFile struct {
	name  string
	first capture.Timestamp
	empty bool // or what is in it cannot be read
}

// expand replaces folders and patterns among names by the savefiles in them, in the
// order of their first packets. Where there are none, they stay.
func (r *fileRun) expand(names []string) (all []string, err error) {
	for _, name := range names {
		in, err := listFolder(name)
		if err != nil {
			return nil, err
		}
		files := r.probe(in)
		if len(files) == 0 {
			all = append(all, name)
			continue
		}
		for _, f := range files {
			all = append(all, f.name)
		}
	}
	return all, nil
}

// listFolder returns the names of the files in a folder, or of those that match a
// pattern; none for what is a file, whatever characters its name has.
func listFolder(name string) (names []string, err error) {
	if name == "-" || streams.Is(name) {
		return nil, nil
	}
	info, err := os.Stat(name)
	switch {
	case err == nil && info.IsDir():
		entries, err := os.ReadDir(name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, syserr.Worded(err))
		}
		for _, e := range entries {
			names = append(names, filepath.Join(name, e.Name()))
		}
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(name, "*?["):
		names, _ = filepath.Glob(name) // what is no pattern is a file that is not there
	}
	hidden := strings.HasPrefix(filepath.Base(name), ".") && info == nil
	return slices.DeleteFunc(names, func(s string) bool {
		return strings.HasPrefix(filepath.Base(s), ".") && !hidden || strings.HasSuffix(s, index.Suffix)
	}), nil
}

// probe returns those of the files that are savefiles, in the order of their first
// packets, and says which are not. Folders are passed over.
func (r *fileRun) probe(names []string) (files []foundFile) {
	o := pcapfile.ReadOptions{Window: r.plan.Files.Window, Convert: parquetPackets, Like: r.like}
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case err != nil:
			err = syserr.Worded(err)
		case info.IsDir():
			continue
		case openfile.Waits(name):
			err = errors.New("no regular file")
		case r.writes(info):
			err = errors.New("it is what -w writes")
		}
		f := foundFile{name: name}
		if err == nil {
			err = canOpen(name)
		}
		if err == nil {
			var ok bool
			f.first, ok, err = o.FirstTime(name)
			f.empty = !ok
		}
		if err != nil {
			r.warn(name + ": skipped: " + syserr.Text(err))
			continue
		}
		files = append(files, f)
	}
	slices.SortStableFunc(files, func(a, b foundFile) int {
		switch {
		case a.empty != b.empty && a.empty, b.first.Before(a.first) && !b.empty:
			return 1
		case a.empty != b.empty, a.first.Before(b.first):
			return -1
		}
		return cmp.Compare(a.name, b.name)
	})
	for _, f := range files {
		if r.found.first == nil {
			r.found.first = make(map[string]capture.Timestamp)
		}
		r.found.first[f.name] = f.first
	}
	return files
}

// canOpen returns why a file cannot be opened, without its name.
func canOpen(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return syserr.Worded(err)
	}
	return f.Close()
}

// writes reports whether a file is the one that -w writes.
func (r *fileRun) writes(file os.FileInfo) bool {
	if r.plan.Write == nil {
		return false
	}
	info, err := os.Stat(r.plan.Write.Name)
	return err == nil && os.SameFile(info, file)
}

// inSpan leaves out files that were found and whose ends show that none of their packets
// is in the span; never all, as the first says what packets go to.
func (r *fileRun) inSpan(names []string) []string {
	if !r.times.known || !r.spanned() {
		return names
	}
	o := pcapfile.ReadOptions{Window: r.plan.Files.Window, Convert: parquetPackets, Like: r.like}
	rest := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		_, ok := r.found.first[name]
		return ok && o.Misses(name, r.times.span)
	})
	if len(rest) == 0 {
		return names[:1]
	}
	return rest
}

// vanished reports whether an error of opening a file is that it was found and is not
// there any more, and says so.
func (r *fileRun) vanished(name string, err error) bool {
	if _, ok := r.found.first[name]; !ok || !errors.Is(err, fs.ErrNotExist) {
		return false
	}
	r.warn(name + ": skipped: it was removed meanwhile")
	return true
}

// overlapping says that a file that was found has packets that are earlier than some
// which were read.
func (r *fileRun) overlapping(name string) {
	first, ok := r.found.first[name]
	if !ok || r.found.last == "" || !first.Before(r.found.latest) || first == (capture.Timestamp{}) {
		return
	}
	if r.found.overlaps++; r.found.overlaps == 1 {
		r.warn(name + " and " + r.found.last + " overlap in time, and are read one after the other: --merge reads them by their time stamps")
	}
}

// sayOverlaps says how many more files overlapped.
func (r *fileRun) sayOverlaps() {
	if n := uint64(max(r.found.overlaps-1, 0)); n > 0 {
		r.warn(fmt.Sprintf("%d more file%s overlap%s in time with those before", n, plural(n), map[bool]string{true: "s"}[n == 1]))
	}
}

// wasRead notes up to which time a file has packets.
func (r *fileRun) wasRead(name string, src *pcapfile.Reader) {
	if latest, ok := src.Latest(); ok && r.found.first != nil && r.found.latest.Before(latest) {
		r.found.latest, r.found.last = latest, name
	}
}
