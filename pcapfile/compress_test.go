package pcapfile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"syscall"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

func TestByName(t *testing.T) {
	for _, c := range []struct {
		name   string
		pcapng bool
		c      Compression
	}{
		{"a.pcap", false, Uncompressed}, {"a.pcapng", true, Uncompressed}, {"a.gz", false, Gzip},
		{"a.pcap.zst", false, Zstd}, {"a.pcapng.lz4", true, LZ4}, {"-", false, Uncompressed}, {"gz", false, Uncompressed},
	} {
		if pcapng, compression := ByName(c.name); pcapng != c.pcapng || compression != c.c {
			t.Errorf("ByName(%q) = %v, %v; want %v, %v", c.name, pcapng, compression, c.pcapng, c.c)
		}
	}
}

var writtenFormats = []struct {
	suffix string
	c      Compression
}{{".gz", Gzip}, {".zst", Zstd}, {".lz4", LZ4}}

func TestCompressedWriteRead(t *testing.T) {
	for _, c := range writtenFormats {
		name := filepath.Join(t.TempDir(), "out.pcap"+c.suffix)
		f := ethernet
		f.Compression = c.c
		w, err := Create(name, capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2000 {
			if err := w.Write(packet(i)); err != nil {
				t.Fatal(err)
			}
			if i != 1000 {
				continue
			}
			// All packets so far can be read after Flush, then the file ends too
			// early.
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			file, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			var cut *StreamError
			if _, got, err := readAll(file); len(got) != 1001 || !errors.As(err, &cut) || cut.Cause != io.ErrUnexpectedEOF {
				t.Errorf("%s: after Flush %d packets can be read, then %v; want 1001, then that the stream is cut off", c.suffix, len(got), err)
			}
		}
		size := w.Size()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(name); err != nil || info.Size() > size/2 {
			t.Errorf("%s: %d bytes were stored as %d (%v)", c.suffix, size, info.Size(), err)
		}
		r, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := drain(r)
		if err != nil || len(got) != 2000 || !bytes.Equal(got[1999].Data, packet(1999).Data) {
			t.Errorf("%s: read %d packets, %v", c.suffix, len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestReadOnlyCompressions reads formats that are not written: a pcap file with
// one packet, as xz and bzip2 stored it.
func TestReadOnlyCompressions(t *testing.T) {
	for name, text := range map[string]string{"xz": xzSample, "bzip2": bzip2Sample} {
		file, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		_, got, err := readAll(file)
		if err != nil || len(got) != 1 || string(got[0].Data) != "a packet in a compressed file" {
			t.Errorf("%s: read %+v, %v", name, got, err)
		}
	}
}

// TestDamagedCompression cuts and alters compressed files at every fifth byte:
// packets before the damage come out unharmed, then an error unless all came
// out.
func TestDamagedCompression(t *testing.T) {
	for _, c := range writtenFormats {
		var out bytes.Buffer
		f := ethernet
		f.Compression = c.c
		w, err := NewWriter(&out, "out", capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 20 {
			w.Write(packet(i))
			w.Flush()
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		file := out.Bytes()
		_, want, err := readAll(file)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(file); n += 5 {
			_, got, err := readAll(file[:n])
			if err == nil {
				t.Errorf("%s: cut at %d of %d bytes, no error", c.suffix, n, len(file))
			}
			if len(got) > 0 && !reflect.DeepEqual(got, want[:len(got)]) {
				t.Errorf("%s: cut at %d, packets differ", c.suffix, n)
			}
			damaged := bytes.Clone(file)
			damaged[n] ^= 0x41
			if _, got, err := readAll(damaged); err == nil && !reflect.DeepEqual(got, want) {
				t.Errorf("%s: byte %d altered, other packets (%d) and no error", c.suffix, n, len(got))
			}
		}
	}
}

// TestCompressedFullDisk fills a disk at many bytes of a compressed file: what is
// told to be in it can be read, and nothing more.
func TestCompressedFullDisk(t *testing.T) {
	for _, name := range writtenFiles {
		f := ethernet
		f.Pcapng, f.Compression = ByName(name)
		if f.Compression == Uncompressed {
			continue // TestNoHalfRecord, TestPcapngHalfBlock
		}
		const packets = 1500
		write := func(out io.Writer) error {
			w, err := NewWriter(out, "out", capture.LinkEN10MB, f)
			if err != nil {
				t.Fatal(err)
			}
			for i := range packets {
				w.Write(numbered(i))
				if i == 100 || i == 1300 {
					w.Flush()
				}
			}
			return w.Close()
		}
		var whole bytes.Buffer
		if err := write(&whole); err != nil {
			t.Fatal(err)
		}
		before := 0
		for room := 0; room < whole.Len(); room += 1 + whole.Len()/60 {
			var out bytes.Buffer
			err := write(&quota{&out, room})
			var failed *WriteError
			if !errors.As(err, &failed) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("%s, %d bytes of room: %v", name, room, err)
			}
			_, got, _ := readAll(out.Bytes())
			if failed.Written != uint64(len(got)) || failed.Written+failed.Lost != packets {
				t.Errorf("%s, %d bytes of room: %v; %d can be read, and %d were to be written", name, room, err, len(got), packets)
			}
			for i, pkt := range got {
				if !bytes.Equal(pkt.Data, numbered(i).Data) {
					t.Fatalf("%s, %d bytes of room: packet %d of %d differs", name, room, i, len(got))
				}
			}
			if len(got) < before {
				t.Errorf("%s, %d bytes of room: %d packets, %d with less room", name, room, len(got), before)
			}
			before = len(got)
		}
		if before < packets-100 {
			t.Errorf("%s: at most %d packets came through, of %d", name, before, packets)
		}
	}
}

// TestCutStream: of a compressed file that nobody flushed a cut costs what lies
// behind it, and with Zstandard a block at most.
func TestCutStream(t *testing.T) {
	for _, c := range writtenFormats {
		var out bytes.Buffer
		f := ethernet
		f.Compression = c.c
		w, err := NewWriter(&out, "out", capture.LinkEN10MB, f)
		if err != nil {
			t.Fatal(err)
		}
		const packets = 180 // of 1016 bytes, as they are stored: less than what is gathered
		random := rand.New(rand.NewPCG(1, 2))
		for range packets {
			pkt := packet(1000)
			for i := range 500 { // compresses to a half
				pkt.Data[i] = byte(random.Uint32())
			}
			if err := w.Write(pkt); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		for percent := 5; percent < 100; percent += 5 {
			_, got, err := readAll(out.Bytes()[:out.Len()*percent/100])
			if err == nil {
				t.Errorf("%s: cut at %d %%, no error", c.suffix, percent)
			}
			least := packets*percent/100 - 2
			if c.c == Zstd {
				least -= zstdBlock/1016 + 1
			}
			if len(got) < least {
				t.Errorf("%s: cut at %d %%, %d of %d packets can be read, want %d", c.suffix, percent, len(got), packets, least)
			}
		}
	}
}

// TestSmallBlocks: flushing once a second, as a slow link's packets are, keeps
// the compression.
func TestSmallBlocks(t *testing.T) {
	for _, c := range writtenFormats {
		sizes := map[bool]int{}
		for _, flushed := range []bool{false, true} {
			var out bytes.Buffer
			f := ethernet
			f.Compression = c.c
			w, err := NewWriter(&out, "out", capture.LinkEN10MB, f)
			if err != nil {
				t.Fatal(err)
			}
			for i := range 2000 {
				w.Write(numbered(i))
				if flushed && i%10 == 0 {
					w.Flush()
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			sizes[flushed] = out.Len()
		}
		// A block of LZ4 knows nothing of those before it.
		most := map[Compression]float64{Gzip: 1.5, Zstd: 1.5, LZ4: 3}[c.c]
		if float64(sizes[true]) > most*float64(sizes[false]) {
			t.Errorf("%s: %d bytes, %d when every tenth packet is flushed", c.suffix, sizes[false], sizes[true])
		}
		t.Logf("%s: %d bytes, %d when every tenth packet is flushed", c.suffix, sizes[false], sizes[true])
	}
}

const xzSample = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABEADVdAGow0ch9i/gJm62US4ry//rK1lXLwvUCJ1yq" +
	"5beYmpUYv/x27Sv57hRB74Vh9XW0125rzBoYAAAAALrMWQC/MYF2AAFRRSFskIUftvN9AQAAAAAE" +
	"WVo="

const bzip2Sample = "QlpoOTFBWSZTWW51E3gAAB9xnvYAAAJAAC8v3AAgABAACAAEAAAAoABUQgAAAGg1M1T1Bp6gG1PU" +
	"BUKWHxoAUpSUA5q8q7QTtM2hrJaJRTL1zHniRsvi7kinChINzqJvAA=="
