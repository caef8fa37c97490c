package pcapfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"

	"github.com/tapdump/tapdump/capture"
)

// sizedMember is content as bgzip writes it, SAM specification section 4.1.
func sizedMember(t testing.TB, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Extra = []byte("BC\x02\x00\x00\x00")
	w.Write(content)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b := out.Bytes()
	binary.LittleEndian.PutUint16(b[16:], uint16(len(b)-1))
	return b
}

// bothWays reads a file of gzip side by side, if it can be, and one member after the
// other.
func bothWays(t testing.TB, file []byte) (aside bool, different string) {
	read := func(ahead *readAhead, d *decompressor) string {
		var content []byte
		for {
			b := <-ahead.full
			content = append(content, b.buf[headRoom:headRoom+b.n]...)
			ahead.free <- b.buf
			if b.err != nil || len(content) > enough {
				ahead.stop()
				if len(content) > enough {
					return string(content[:enough])
				}
				return fmt.Sprintf("%d bytes, %x; %v; rubbish %v", len(content), content, b.err, d.rubbish)
			}
		}
	}
	d := newDecompressor(bytes.Clone(file[:min(len(file), longestMagic)]), bytes.NewReader(file[min(len(file), longestMagic):]), 4096, DefaultWindow)
	if d == nil || d.format == nil || d.format.name != "gzip" {
		return false, ""
	}
	passed := int64(0)
	m := newMembers(bytes.NewReader(file), d, 2, DefaultWindow, 0, func(n int64) { passed += n })
	if m == nil {
		return false, ""
	}
	got := read(m.start(), d)
	plain := newDecompressor(bytes.Clone(file[:longestMagic]), bytes.NewReader(file[longestMagic:]), 4096, DefaultWindow)
	if want := read(startReadAhead(plain), plain); got != want {
		return true, fmt.Sprintf("%.200s; one after the other %.200s", got, want)
	}
	return true, ""
}

// TestMembersSideBySide: what is decompressed side by side is the same as one member
// after the other, whatever is wrong with it.
func TestMembersSideBySide(t *testing.T) {
	sized, marked, foreign := sizedMember(t, words(3000)), squeezed(t, Gzip, words(5000)), squeezed(t, Gzip, words(10))
	foreign = append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x00"), foreign[gzipHeaderLen+len(gzipMark):]...)
	wrong := bytes.Clone(sized)
	wrong[16]++
	for name, parts := range map[string][][]byte{
		"sized": {sized, sized, sized, sized, sized, sized}, "marked": {marked, marked, marked, marked, marked},
		"mixed": {sized, marked, foreign, marked, sized}, "wrong size": {sized, wrong, sized}, "rubbish": {marked, []byte("rubbish")},
		"zeros": {marked, make([]byte, 1000), marked, make([]byte, 10)}, "large": {marked, squeezed(t, Gzip, make([]byte, memberMost+1)), marked},
		"nothing in it":                  {sizedMember(t, nil), marked, sizedMember(t, nil)},
		"the mark in what is compressed": {marked, sizedMember(t, gzipMark), marked},
	} {
		file := bytes.Join(parts, nil)
		if aside, different := bothWays(t, file); !aside || different != "" {
			t.Errorf("%s: side by side %v; %s", name, aside, different)
		}
		if len(file) > 40_000 {
			continue
		}
		for n := 20; n < len(file); n += 97 {
			if _, different := bothWays(t, file[:n]); different != "" {
				t.Errorf("%s, cut after %d bytes: %s", name, n, different)
			}
			damaged := bytes.Clone(file)
			damaged[n] ^= 0x41
			if _, different := bothWays(t, damaged); different != "" {
				t.Errorf("%s, byte %d altered: %s", name, n, different)
			}
		}
	}
}

// FuzzMembers is TestMembersSideBySide for any file.
func FuzzMembers(f *testing.F) {
	f.Add(append(sizedMember(f, words(300)), squeezed(f, Gzip, words(500))...))
	f.Add(append(squeezed(f, Gzip, words(300)), squeezed(f, Gzip, words(500))...))
	f.Fuzz(func(t *testing.T, file []byte) {
		if _, different := bothWays(t, file); different != "" {
			t.Error(different)
		}
	})
}

// TestWritesMembers: a large file of gzip has members, all read with the packets in them.
func TestWritesMembers(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.pcap.gz")
	w, err := Create(name, capture.LinkEN10MB, Format{Compression: Gzip})
	if err != nil {
		t.Fatal(err)
	}
	const packets = 8000
	for i := range packets {
		pkt := packet(1000)
		binary.NativeEndian.PutUint32(pkt.Data, uint32(i))
		if err := w.Write(pkt); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(file, gzipMark); n != 4 {
		t.Errorf("%d members, want 4", n)
	}
	r, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var pkt capture.Packet
	for i := range packets {
		if err := r.Next(&pkt); err != nil || binary.NativeEndian.Uint32(pkt.Data) != uint32(i) {
			t.Fatalf("packet %d: %v", i, err)
		}
	}
	if err := r.Next(&pkt); err != io.EOF {
		t.Error(err)
	}
}
