package pcapfile

import (
	"bufio"
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// inflateAll decompresses with the given buffer of input; rest is what the decoder has
// left.
func inflateAll(file []byte, buffer int, most int) (content, rest []byte, err error) {
	in := bufio.NewReaderSize(bytes.NewReader(file), buffer)
	var f inflater
	for f.start(in); err == nil && len(content) < most; {
		var b []byte
		b, err = f.next()
		content = append(content, b...)
	}
	rest, _ = io.ReadAll(in)
	return content, rest, err
}

// deflated is content compressed at a level.
func deflated(t testing.TB, content []byte, level int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(content[:len(content)/3])
	w.Flush()
	w.Write(content[len(content)/3:])
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestInflate: what compress/flate writes is read to its last byte, and no byte behind
// it, whatever the buffer.
func TestInflate(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	runs := make([]byte, 0, 600_000)
	for len(runs) < 500_000 {
		pattern := words(1 + random.IntN(40))
		runs = append(runs, bytes.Repeat(pattern, 1+random.IntN(60))...)
	}
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	skewed := make([]byte, 300_000) // codes of up to 15 bits
	for i := range skewed {
		skewed[i] = byte(min(random.ExpFloat64()*6, 255)) ^ byte(random.Uint32()&random.Uint32()&random.Uint32()&random.Uint32()&random.Uint32())
	}
	for name, content := range map[string][]byte{
		"nothing": nil, "a byte": {7}, "words": words(400_000), "runs": runs, "noise": noise, "skewed": skewed,
		"far": append(append(bytes.Clone(noise[:32<<10]), noise[:32<<10]...), noise[:100]...),
	} {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
			file := deflated(t, content, level)
			for _, buffer := range []int{32, 100, 4096, 1 << 20} {
				got, rest, err := inflateAll(append(bytes.Clone(file), "rest"...), buffer, len(content)+1)
				if err != io.EOF || string(rest) != "rest" || !bytes.Equal(got, content) {
					t.Fatalf("%s, level %d, buffer %d: %d bytes, want %d; rest %q; %v", name, level, buffer, len(got), len(content), rest, err)
				}
			}
		}
	}
}

// FuzzInflate compares with compress/flate: the same content, the same bytes of input
// taken, and an error where that has one. What is cut off gives no less.
func FuzzInflate(f *testing.F) {
	for _, level := range []int{flate.HuffmanOnly, 0, 1, 9} {
		f.Add(append(deflated(f, words(3000), level), "rest"...))
		f.Add(deflated(f, bytes.Repeat([]byte("abcdefghij"), 400), level)[3:])
	}
	f.Add([]byte{0x03, 0})
	f.Fuzz(func(t *testing.T, file []byte) {
		in := bytes.NewReader(file)
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(in), enough))
		got, rest, err := inflateAll(file, 64, enough)
		if len(want) == enough {
			if got = got[:min(len(got), enough)]; !bytes.Equal(got, want) {
				t.Fatal("other content of a long stream")
			}
			return
		}
		if wantErr == nil {
			if err != io.EOF || !bytes.Equal(got, want) || len(rest) != in.Len() {
				t.Fatalf("%d bytes, %d of input left, %v; compress/flate: %d, %d left", len(got), len(rest), err, len(want), in.Len())
			}
			return
		}
		if err == io.EOF || errors.Is(wantErr, io.ErrUnexpectedEOF) && err != io.ErrUnexpectedEOF && len(got) <= len(want) {
			t.Fatalf("%v after %d bytes; compress/flate: %v after %d", err, len(got), wantErr, len(want))
		}
		if n := min(len(got), len(want)); !bytes.Equal(got[:n], want[:n]) || len(got) < len(want) {
			t.Fatalf("%d bytes before %v, compress/flate %d before %v", len(got), err, len(want), wantErr)
		}
	})
}
