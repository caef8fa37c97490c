package pcapfile

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
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
		w, err := Create(name, f)
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
		w, err := NewWriter(&out, "out", f)
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

func TestCompressedFullDisk(t *testing.T) {
	for _, c := range writtenFormats {
		f := ethernet
		f.Compression = c.c
		w, err := NewWriter(&quota{&bytes.Buffer{}, 30}, "out", f)
		if err != nil {
			t.Fatal(err)
		}
		w.Write(packet(1000))
		err = w.Close()
		if err == nil || !strings.HasPrefix(err.Error(), "out: No space left on device") || !strings.HasSuffix(err.Error(), "some of 1 packets could not be written") {
			t.Errorf("%s: got %v", c.suffix, err)
		}
	}
}

const xzSample = "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ABEADVdAGow0ch9i/gJm62US4ry//rK1lXLwvUCJ1yq" +
	"5beYmpUYv/x27Sv57hRB74Vh9XW0125rzBoYAAAAALrMWQC/MYF2AAFRRSFskIUftvN9AQAAAAAE" +
	"WVo="

const bzip2Sample = "QlpoOTFBWSZTWW51E3gAAB9xnvYAAAJAAC8v3AAgABAACAAEAAAAoABUQgAAAGg1M1T1Bp6gG1PU" +
	"BUKWHxoAUpSUA5q8q7QTtM2hrJaJRTL1zHniRsvi7kinChINzqJvAA=="
