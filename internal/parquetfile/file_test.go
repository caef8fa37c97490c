package parquetfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/pcapfile"
)

func rowFormat() *Format[row] {
	return &Format[row]{Columns: rowColumns(), Meta: func() []Meta { return nil }}
}

func addRows(t *testing.T, f *File[row], from, n int) error {
	t.Helper()
	var r row
	for i := range n {
		r.fill(from + i)
		if err := f.Add(&r); err != nil {
			return err
		}
	}
	return nil
}

// rowsIn is how many rows a file says it has.
func rowsIn(t *testing.T, name string) (rows int64) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, err := readMetadata(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range m.groups {
		rows += g.rows
	}
	return rows
}

func names(t *testing.T, folder string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(folder, path)
			all = append(all, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestFile: a file has its name when it is whole, in place of one that had it; folders
// are made; without a record there is none. The next one of a format has no rows of the
// one before.
func TestFile(t *testing.T) {
	if !Available {
		t.Skip(ErrLeftOut)
	}
	folder := t.TempDir()
	name := filepath.Join(folder, "day=1", "x.parquet")
	format := rowFormat()
	for n := range 3 {
		f, err := Create(name, format)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if all := names(t, folder); all != nil {
				t.Errorf("without a record there is %q", all)
			}
			continue
		}
		if err := addRows(t, f, 0, 10*n); err != nil {
			t.Fatal(err)
		}
		all := names(t, folder)
		if want := "day=1/.x.parquet.part"; all[0] != want || len(all) != n {
			t.Errorf("while it is written there are %q, want %d with %s", all, n, want)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if all := names(t, folder); len(all) != 1 || rowsIn(t, name) != int64(10*n) {
			t.Errorf("there are %q, with %d rows, want one with %d", all, rowsIn(t, name), 10*n)
		}
		var r row
		if err := f.Add(&r); !errors.Is(err, os.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}

// fullOnce writes to a file on a disk that is full after so many bytes, until the file
// is cut.
type fullOnce struct {
	*os.File
	room int
}

func (w *fullOnce) Write(b []byte) (int, error) {
	if w.room >= 0 && len(b) > w.room {
		n, _ := w.File.Write(b[:w.room])
		w.room = -1
		return n, syscall.ENOSPC
	}
	if w.room >= 0 {
		w.room -= len(b)
	}
	return w.File.Write(b)
}

// TestFullDisk: what was written whole before the disk was full can be read; how many
// records are lost is counted.
func TestFullDisk(t *testing.T) {
	if !Available {
		t.Skip(ErrLeftOut)
	}
	var whole bytes.Buffer
	w, err := NewWriter(&whole, "", rowColumns())
	if err != nil {
		t.Fatal(err)
	}
	var r row
	for n := range groupRows {
		r.fill(n)
		if err := w.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		room    int
		written uint64
	}{{0, 0}, {1000, 0}, {whole.Len() - 1, 0}, {whole.Len() + 1, groupRows}, {whole.Len() + 100_000, groupRows}} {
		name := filepath.Join(t.TempDir(), "x.parquet")
		f, err := Create(name, rowFormat())
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Open(); err != nil {
			t.Fatal(err)
		}
		f.w.out = &fullOnce{f.out, c.room}
		_ = addRows(t, f, 0, 2*groupRows)
		for range 5 {
			_ = f.Add(&r)
		}
		err = f.Close()
		var failed *pcapfile.WriteError
		if !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("room for %d: %v", c.room, err)
		}
		taken := f.w.Rows()
		if failed.Written != c.written || failed.Written+failed.Lost < taken {
			t.Errorf("room for %d: %v, want %d written", c.room, err, c.written)
		}
		if c.written == 0 {
			if _, err := os.Stat(name); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("room for %d: a file without records has its name: %v", c.room, err)
			}
		} else if n := rowsIn(t, name); n != int64(c.written) {
			t.Errorf("room for %d: %d rows in the file, want %d", c.room, n, c.written)
		}
	}
}

// TestWrap: what is no file of ours stays open, and has its end.
func TestWrap(t *testing.T) {
	if !Available {
		t.Skip(ErrLeftOut)
	}
	var out bytes.Buffer
	f, err := Wrap(io.Writer(&out), "standard output", rowFormat())
	if err != nil {
		t.Fatal(err)
	}
	if err := addRows(t, f, 0, 3); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := readMetadata(bytes.NewReader(out.Bytes()), int64(out.Len())); err != nil {
		t.Error(err)
	}
}

// TestPlantedLink: a symbolic link where the temporary file goes does not have another file
// overwritten.
func TestPlantedLink(t *testing.T) {
	folder := t.TempDir()
	other := filepath.Join(folder, "other")
	if err := os.WriteFile(other, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(folder, "a.parquet")
	if err := os.Symlink(other, Temporary(name)); err != nil {
		t.Skip(err)
	}
	f, err := Create(name, rowFormat())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Open(); !errors.Is(err, syscall.ELOOP) {
		t.Errorf("opened through a link: %v", err)
	}
	if text, err := os.ReadFile(other); string(text) != "kept" {
		t.Errorf("the other file has %q, %v", text, err)
	}
}
