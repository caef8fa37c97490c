package pcapfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		name    string
		rules   Series
		packets int
		want    string
		limit   string
	}{
		{"o.pcap", Series{Size: 200}, 5, "o_00001_20260304050607.pcap:2 o_00002_20260304050609.pcap:2 o_00003_20260304050611.pcap:1", ""},
		{"o.pcap", Series{Size: 10}, 2, "o_00001_20260304050607.pcap:1 o_00002_20260304050608.pcap:1", ""},
		{"o%M%S", Series{Packets: 2}, 5, "o0607:2 o0609:2 o0611:1", ""},
		{"o%M.pcap", Series{Packets: 2}, 5, "o06.pcap:2 o06_2.pcap:2 o06_3.pcap:1", ""},
		{"o%M%S", Series{Packets: 3, Size: 200}, 5, "o0607:2 o0609:2 o0611:1", ""},
		{"o%M%S", Series{Packets: 1, KeepFiles: 2}, 5, "o0610:1 o0611:1", ""},
		{"o%M%S", Series{Packets: 1, KeepBytes: 310}, 5, "o0609:1 o0610:1 o0611:1", ""},
		{"o%M%S", Series{Packets: 1, KeepFiles: 4, KeepBytes: 250}, 5, "o0610:1 o0611:1", ""},
		{"o%M%S", Series{Packets: 2, MaxBytes: 24 + 2*76 + 24 + 76}, 9, "o0607:2 o0609:1", "the limit of 276 bytes is reached"},
		{"o%M%S.pcap", Series{MaxBytes: 200}, 9, "o%M%S.pcap:2", "the limit of 200 bytes is reached"},
	} {
		t.Run(fmt.Sprintf("%s %+v", plain(c.name), c.rules), func(t *testing.T) {
			dir, clock := t.TempDir(), newClock()
			r, err := rotate(filepath.Join(dir, c.name), capture.LinkEN10MB, ethernet, Rules{Series: c.rules, Warn: func(err error) { t.Error(err) }}, clock.now)
			if err != nil {
				t.Fatal(err)
			}
			err = nil
			for range c.packets {
				if err = r.Write(packet(60)); err != nil {
					break
				}
				clock.add(time.Second)
			}
			if c.limit == "" && err != nil || c.limit != "" && (err == nil || err.Error() != c.limit) {
				t.Errorf("Write returned %v, want %q", err, c.limit)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if got := listing(t, dir); got != c.want {
				t.Errorf("files %s, want %s", got, c.want)
			}
		})
	}
}

// TestSeriesOnTheClock checks that files turn without packets, and that an
// error there is reported.
func TestSeriesOnTheClock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	failed := make(chan error, 1)
	const every = 50 * time.Millisecond
	began := time.Now()
	f := ethernet
	f.Fail = func(err error) { failed <- err }
	r, err := Rotate(filepath.Join(dir, "o.pcap"), capture.LinkEN10MB, f, Rules{
		Series: Series{Every: every, KeepFiles: 1000},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.Write(packet(60))
	testenv.WaitFor(t, "there are three files", func() bool { return len(filesIn(t, dir)) >= 3 })
	n := len(filesIn(t, dir))
	if passed := time.Since(began); n > 2+int(passed/every) {
		t.Errorf("after %v there are %d files", passed, n)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-failed:
		t.Log(err)
	case <-time.After(testenv.Patience):
		t.Fatal("Fail was not called, though the folder has vanished")
	}
	if err := r.Write(packet(60)); err == nil {
		t.Error("Write after that: no error")
	}
	if err := r.Close(); err == nil {
		t.Error("Close after that: no error")
	}
}

// TestRotatorFlush: after Flush the packets are in each of the files, and after
// Close, or when the writing has ended, it does nothing.
func TestRotatorFlush(t *testing.T) {
	for _, name := range writtenFiles {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			f := ethernet
			f.Pcapng, f.Compression = ByName(name)
			r, err := Rotate(filepath.Join(dir, name), capture.LinkEN10MB, f, Rules{Series: Series{Packets: 2}})
			if err != nil {
				t.Fatal(err)
			}
			for n := range 5 {
				if err := r.Write(packet(60)); err != nil {
					t.Fatal(err)
				}
				if err := r.Flush(); err != nil {
					t.Fatal(err)
				}
				packets := 0
				for _, file := range filesIn(t, dir) {
					packets += readable(t, file)
				}
				if packets != n+1 {
					t.Errorf("%d packets can be read after Flush, want %d", packets, n+1)
				}
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
			if err := r.Flush(); err == nil {
				t.Error("Flush after Close: no error")
			}
		})
	}
}

// TestKeptOnTheClock: the oldest files go when a file is begun, though no packet follows.
func TestKeptOnTheClock(t *testing.T) {
	dir, clock := t.TempDir(), newClock()
	r, err := rotate(filepath.Join(dir, "o%S"), capture.LinkEN10MB, ethernet, Rules{Series: Series{Every: time.Hour, KeepFiles: 2}}, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if err := r.Write(packet(60)); err != nil {
			t.Fatal(err)
		}
		clock.add(time.Hour + time.Second)
		r.tick()
		if n := len(filesIn(t, dir)); n > 2 {
			t.Errorf("there are %d files, want 2 at most", n)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if got := listing(t, dir); got != "o10:1 o11:0" {
		t.Errorf("files %s, want the last two", got)
	}
}

// TestTimerAtOnce: the first turn may be due before Rotate has returned.
func TestTimerAtOnce(t *testing.T) {
	for range 200 {
		r, err := Rotate(filepath.Join(t.TempDir(), "o"), capture.LinkEN10MB, ethernet, Rules{Series: Series{Every: 1, KeepFiles: 1}})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNextTurn(t *testing.T) {
	zone := time.FixedZone("", 5*3600+1800)
	now := time.Date(2026, 3, 4, 5, 6, 7, 8, zone)
	for _, c := range []struct {
		every time.Duration
		align bool
		want  time.Time
	}{
		{time.Hour, false, time.Date(2026, 3, 4, 6, 6, 7, 8, zone)},
		{time.Hour, true, time.Date(2026, 3, 4, 6, 0, 0, 0, zone)},
		{10 * time.Minute, true, time.Date(2026, 3, 4, 5, 10, 0, 0, zone)},
		{24 * time.Hour, true, time.Date(2026, 3, 5, 0, 0, 0, 0, zone)},
	} {
		if got := nextTurn(now, c.every, c.align); !got.Equal(c.want) {
			t.Errorf("%v, aligned %v: %v, want %v", c.every, c.align, got, c.want)
		}
	}
}

// TestKeptAlready: a file that is written again is no longer one of the old ones,
// neither by its number nor by its size.
func TestKeptAlready(t *testing.T) {
	for _, rules := range []Series{{Packets: 1, KeepFiles: 2}, {Packets: 1, KeepBytes: 200}, {Packets: 1}} {
		dir, clock := t.TempDir(), newClock()
		r, err := rotate(filepath.Join(dir, "o%S"), capture.LinkEN10MB, ethernet, Rules{Series: rules, Warn: func(err error) { t.Error(err) }}, clock.now)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if err := r.Write(packet(60)); err != nil {
				t.Fatal(err)
			}
			clock.add(30 * time.Second)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if got := listing(t, dir); got != "o07:1 o37:1" || r.Packets() != 5 {
			t.Errorf("%+v: files %s, %d packets", rules, got, r.Packets())
		}
	}
}

// TestNotRemoved: that an old file cannot be removed is told once, and what a
// compressing command made of it is removed in its place.
func TestNotRemoved(t *testing.T) {
	dir, clock := t.TempDir(), newClock()
	var warnings []string
	r, err := rotate(filepath.Join(dir, "o%S"), capture.LinkEN10MB, ethernet, Rules{
		Series: Series{Packets: 1, KeepFiles: 2}, Warn: func(err error) { warnings = append(warnings, err.Error()) },
	}, clock.now)
	if err != nil {
		t.Fatal(err)
	}
	old := filepath.Join(dir, "o07")
	write := func() {
		t.Helper()
		if err := r.Write(packet(60)); err != nil {
			t.Fatal(err)
		}
		clock.add(time.Second)
	}
	write()
	write()
	// A folder with something in it stands where the file was.
	if err := errors.Join(os.Remove(old), os.Mkdir(old, 0o700), os.WriteFile(filepath.Join(old, "x"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	write()
	if want := "removing " + old + ", to keep no more than asked for: "; len(warnings) != 1 || !strings.HasPrefix(warnings[0], want) {
		t.Errorf("told %q, want one that begins with %q", warnings, want)
	}
	for i, suffix := range []string{".gz", ".zst", ".lz4", ".xz", ".bz2", ".other"} {
		name := filepath.Join(dir, fmt.Sprintf("o%02d", 8+i))
		if err := os.Rename(name, name+suffix); err != nil {
			t.Fatal(err)
		}
		write()
		if _, err := os.Stat(name + suffix); (err == nil) != (suffix == ".other") {
			t.Errorf("%s: %v", suffix, err)
		}
	}
	if want := "removing " + filepath.Join(dir, "o13") + ", to keep"; len(warnings) != 2 || !strings.HasPrefix(warnings[1], want) {
		t.Errorf("told %q, want a second one that begins with %q", warnings, want)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestRotatorIdle: when nothing waits, packets are written at once, in each file.
func TestRotatorIdle(t *testing.T) {
	dir := t.TempDir()
	f := ethernet
	f.Delay = time.Hour
	r, err := Rotate(filepath.Join(dir, "o"), capture.LinkEN10MB, f, Rules{Series: Series{Packets: 2}})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if err := errors.Join(r.Write(packet(60)), r.Idle()); err != nil {
			t.Fatal(err)
		}
		packets := 0
		for _, file := range filesIn(t, dir) {
			packets += readable(t, file)
		}
		if packets != n+1 {
			t.Errorf("%d packets can be read, want %d", packets, n+1)
		}
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := r.Idle(); err == nil {
		t.Error("Idle after Close: no error")
	}
	if r.Busy() != 0 || r.Wait(nil) != 0 {
		t.Error("a series without a command is at work")
	}
}
