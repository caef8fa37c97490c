package parquetfile

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// packetFile is a Parquet file of packets of made traffic, of two interfaces of
// different link types, and these packets.
func packetFile(t testing.TB, n int, columns string) (file []byte, pkts []capture.Packet) {
	t.Helper()
	if !Available {
		t.Skip(ErrLeftOut)
	}
	var out bytes.Buffer
	var chosen []*records.Column[records.Packet]
	for name := range strings.SplitSeq(columns, ",") {
		chosen = append(chosen, records.ByName(name))
	}
	w, err := NewWriter(&out, "", chosen)
	if err != nil {
		t.Fatal(err)
	}
	var r records.Packet
	g := traffic.New(7, n)
	for pkt := (capture.Packet{}); g.Next(&pkt) == nil; {
		pkt.Data = bytes.Clone(pkt.Data)
		pkt.Direction = capture.Direction(len(pkts) % 3)
		if len(pkts)%5 == 0 {
			pkt.Interface, pkt.LinkType, pkt.Data = 1, capture.LinkRAW, pkt.Data[14:]
		}
		pkt.Length += uint32(len(pkts) % 2 * 1000) // cut by a snapshot length
		pkts = append(pkts, pkt)
		r.Begin(uint64(len(pkts)), &pkt)
		r.Interface = [...]string{"eth0", "tun0"}[pkt.Interface]
		if err := w.Add(&r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close([]Meta{{KeyInterfaces, `[{"name":"eth0","link_type":1,"snap_len":1000}]`}}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), pkts
}

const allOfPackets = "timestamp,original_length,link_type,interface,direction,tls_sni,dns_answers,raw"

// TestPackets: packets come back as they were, with their interfaces.
func TestPackets(t *testing.T) {
	file, want := packetFile(t, 3000, allOfPackets)
	p, err := NewPackets(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(p)
	if err != nil {
		t.Fatal(err)
	}
	var pkt capture.Packet
	for i, w := range want {
		if err := src.Next(&pkt); err != nil {
			t.Fatalf("packet %d: %v", i+1, err)
		}
		name := src.Interfaces()[pkt.Interface].Name
		if pkt.Time != w.Time || !bytes.Equal(pkt.Data, w.Data) || pkt.Length != w.Length || pkt.LinkType != w.LinkType ||
			pkt.Direction != w.Direction || name != [...]string{"eth0", "tun0"}[w.Interface] {
			t.Fatalf("packet %d is %+v of %s, want %+v", i+1, pkt, name, w)
		}
	}
	if err := src.Next(&pkt); !errors.Is(err, io.EOF) {
		t.Errorf("at the end: %v", err)
	}
}

// TestLacksPackets: a file without what packets need says what is missing, and how it
// gets there.
func TestLacksPackets(t *testing.T) {
	for columns, want := range map[string]string{
		"timestamp,link_type": "column raw",
		"raw,link_type":       "column timestamp",
	} {
		file, _ := packetFile(t, 10, columns)
		if _, err := NewPackets(bytes.NewReader(file), int64(len(file))); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "--columns usual,raw") {
			t.Errorf("%s: %v, want one that has %q", columns, err, want)
		}
	}
}

// readAll reads what a file says, and returns how many packets there were.
func readAll(file []byte) int {
	p, err := NewPackets(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return 0
	}
	src, err := pcapfile.NewReader(p)
	if err != nil {
		return 0
	}
	n := 0
	for pkt := (capture.Packet{}); src.Next(&pkt) == nil; n++ {
	}
	return n
}

// TestDamagedFiles: whatever is wrong with a file, reading it ends, without a panic.
func TestDamagedFiles(t *testing.T) {
	file, _ := packetFile(t, 40, allOfPackets)
	if readAll(file) != 40 {
		t.Fatal("the whole file is not read")
	}
	for i := range file {
		if readAll(file[:i]) != 0 {
			t.Errorf("%d bytes of %d are read", i, len(file))
		}
		for _, with := range []byte{0, 0x7f, 0xff, file[i] ^ 1} {
			damaged := bytes.Clone(file)
			damaged[i] = with
			readAll(damaged)
		}
	}
}

func FuzzPackets(f *testing.F) {
	file, _ := packetFile(f, 5, allOfPackets)
	f.Add(file)
	f.Fuzz(func(_ *testing.T, file []byte) { readAll(file) })
}

// TestHybrid, TestDeltas: what is decoded is what was encoded by somebody else's code,
// for all widths.
func TestHybrid(t *testing.T) {
	var e encoder
	for width := range 21 {
		var values []int32
		for i := range 1000 {
			v := int32(i * 7919 & (1<<width - 1))
			if i > 300 && i < 500 {
				v = int32(1<<width - 1)
			}
			values = append(values, v)
		}
		b, err := e.indexes(nil, values, width)
		if err != nil {
			t.Skip(err)
		}
		got, err := hybrid(nil, b[1:], width, len(values))
		if err != nil {
			t.Fatalf("%d bits: %v", width, err)
		}
		for i, v := range values {
			if got[i] != v {
				t.Fatalf("%d bits: value %d is %d, want %d", width, i, got[i], v)
			}
		}
	}
}

func TestDeltas(t *testing.T) {
	var e encoder
	for shift := range 63 {
		for _, n := range []int{1, 2, 32, 33, 128, 129, 1000} {
			var values []int64
			for i := range n {
				values = append(values, int64(i*i*7919%1009)<<shift>>3-5)
			}
			b, err := e.delta(nil, values)
			if err != nil {
				t.Skip(err)
			}
			got, rest, err := deltas(nil, append(b, 1, 2, 3), n)
			if err != nil || len(rest) != 3 {
				t.Fatalf("shift %d, %d values: %v, %d bytes left", shift, n, err, len(rest))
			}
			for i, v := range values {
				if got[i] != v {
					t.Fatalf("shift %d, %d values: value %d is %d, want %d", shift, n, i, got[i], v)
				}
			}
		}
	}
}
