package recorder

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// SegmentPrefix is what the names of segments begin with.
const SegmentPrefix = "ring-"

// segmentName is the name of a segment whose first packet has a time: names are in the
// order of numbers.
func segmentName(number uint64, first time.Time) string {
	return fmt.Sprintf("%s%010d-%s.pcapng", SegmentPrefix, number, first.UTC().Format("20060102T150405Z"))
}

var segmentNames = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^` + SegmentPrefix + `(\d{10,19})-.*\.pcapng$`) })

// recover takes up the segments of an earlier run, as far as they are within the bound,
// and repairs the last one if that run came to a sudden end.
func (d *segments) recover() error {
	entries, err := os.ReadDir(d.dir) // sorted by name
	if err != nil {
		return named(d.dir, err)
	}
	var repaired int64
	last := ""
	for _, entry := range entries {
		if segmentNames().MatchString(entry.Name()) && entry.Type().IsRegular() {
			last = entry.Name()
		}
	}
	for _, entry := range entries {
		found := segmentNames().FindStringSubmatch(entry.Name())
		if found == nil || !entry.Type().IsRegular() {
			continue
		}
		name := filepath.Join(d.dir, entry.Name())
		number, err := strconv.ParseUint(found[1], 10, 64)
		if err != nil {
			continue
		}
		if len(d.list) == 0 && number > 1 {
			d.lacks, d.gone = true, math.MinInt64 // until it is known when
		}
		d.number = max(d.number, number)
		s := &segment{name: name, complete: true}
		if entry.Name() == last {
			n, err := s.repair()
			if err != nil {
				return err
			}
			repaired = n
		} else if err := s.begins(); err != nil {
			return err
		}
		if s.stored == 0 { // no packet is in it
			if err := os.Remove(name); err != nil {
				return named(name, err)
			}
			continue
		}
		d.add(s)
	}
	d.describe(repaired)
	d.makeRoom(0, math.MaxUint64)
	return nil
}

// add adds a segment of an earlier run. Where the one before ends is known by where it
// begins.
func (d *segments) add(s *segment) {
	if n := len(d.list); n > 0 {
		d.list[n-1].last = max(d.list[n-1].first, s.first)
	} else if d.lacks {
		d.gone = s.first - 1
	}
	s.base, s.size = d.top, s.stored
	d.top = s.end()
	d.bytes += s.stored
	d.list = append(d.list, s)
}

// describe says what there is of an earlier run.
func (d *segments) describe(repaired int64) {
	o := &d.recorder.options
	if repaired > 0 {
		o.Say(fmt.Sprintf("--ring-dir: %s: the last segment ended in the middle: %d byte%s cut off", d.dir, repaired, plural(uint64(repaired))+wereOrWas(repaired)))
	}
	if n := len(d.list); n > 0 {
		at := func(t int64) string { return time.Unix(0, t).In(o.Location).Format("2006-01-02 15:04:05") }
		o.Say(fmt.Sprintf("--ring-dir: %s: %d segment%s of an earlier run, with packets from %s to %s",
			d.dir, n, plural(uint64(n)), at(d.list[0].first), at(d.list[n-1].last)))
	}
}

func wereOrWas(n int64) string {
	if n == 1 {
		return " was"
	}
	return " were"
}

// begins fills in when a segment begins, and how long it is: 0 bytes if it has no packet.
func (s *segment) begins() error {
	info, err := os.Stat(s.name)
	if err != nil {
		return named(s.name, err)
	}
	s.first, s.stored = info.ModTime().UnixNano(), info.Size() // unless there is better
	if r, err := pcapfile.Open(s.name); err == nil {
		defer r.Close()
		var pkt capture.Packet
		if err := r.Next(&pkt); err == nil {
			s.first = nanoseconds(pkt.Time)
		} else if err == io.EOF {
			s.stored = 0
		}
	}
	s.last = s.first
	return nil
}

// repair looks at all blocks of the last segment, of which the run that wrote it may not
// have finished the last, or the system: what is behind the whole ones is cut off.
func (s *segment) repair() (cut int64, err error) {
	f, err := os.OpenFile(s.name, os.O_RDWR, 0)
	if err != nil {
		return 0, named(s.name, err)
	}
	defer func() {
		if cerr := f.Close(); err == nil && cerr != nil {
			err = named(s.name, cerr)
		}
	}()
	info, err := f.Stat()
	if err != nil {
		return 0, named(s.name, err)
	}
	found, err := s.scan(bufio.NewReaderSize(f, 256<<10))
	if err != nil {
		return 0, named(s.name, err)
	}
	cut = info.Size() - found.whole
	switch {
	case found.packets == 0 && found.torn:
		return 0, nil
	case found.torn && cut > 0:
		s.stored = found.whole
		if err := f.Truncate(found.whole); err != nil {
			return 0, named(s.name, err)
		}
		return cut, nil
	case found.packets == 0:
		s.first = info.ModTime().UnixNano()
		s.last = s.first
	}
	s.stored = info.Size()
	return 0, nil
}

// scanned is what is in a segment.
type scanned struct {
	whole   int64  // bytes of whole blocks
	packets uint64 // in them
	torn    bool   // what is behind them is the beginning of one, or was never written
}

// Blocks of pcapng, draft-ietf-opsawg-pcapng, sections 4.1 to 4.3.
const (
	blockSection        = 0x0a0d0d0a
	blockInterface      = 1
	blockEnhancedPacket = 6
	blockOverhead       = 12 // type and length in front, the length behind
	packetHead          = 20 // interface, time, lengths
	maxBlock            = 16 << 20
)

// scan reads the blocks of a segment, of this machine's byte order and with times in
// nanoseconds, as segments are. The times of its packets go into s.
func (s *segment) scan(r io.Reader) (found scanned, err error) {
	order := binary.NativeEndian
	body := make([]byte, 0, 64<<10)
	for {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			found.torn = true
			return found, unlessEnd(err)
		}
		kind, n := order.Uint32(head[:]), order.Uint32(head[4:])
		if n < blockOverhead || n%4 != 0 || n > maxBlock || found.whole == 0 && kind != blockSection {
			found.torn, err = onlyZeros(r)
			return found, err
		}
		rest := int(n) - len(head)
		if cap(body) < rest {
			body = make([]byte, 0, rest)
		}
		body = body[:rest]
		if _, err := io.ReadFull(r, body); err != nil {
			found.torn = true
			return found, unlessEnd(err)
		}
		if order.Uint32(body[rest-4:]) != n {
			found.torn, err = onlyZeros(io.MultiReader(bytes.NewReader(body[rest-4:]), r))
			return found, err
		}
		if kind == blockEnhancedPacket {
			if rest < packetHead+4 || int64(order.Uint32(body[12:])) > int64(rest-packetHead-4) {
				return found, nil
			}
			t := int64(min(uint64(order.Uint32(body[4:]))<<32|uint64(order.Uint32(body[8:])), math.MaxInt64))
			if found.packets == 0 {
				s.first, s.last = t, t
			}
			s.last = max(s.last, t)
			found.packets++
		}
		found.whole += int64(n)
	}
}

// onlyZeros reports whether nothing else comes: there the system did not write before it
// came to an end.
func onlyZeros(r io.Reader) (bool, error) {
	b := make([]byte, 4<<10)
	for {
		n, err := r.Read(b)
		for _, c := range b[:n] {
			if c != 0 {
				return false, nil
			}
		}
		if err != nil {
			return true, unlessEnd(err)
		}
	}
}

// unlessEnd is an error of reading, but for the end of the file.
func unlessEnd(err error) error {
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
