package pcapfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// comments are options of some size, as only many can be large.
func comments(bytes int) []option {
	var list []option
	for ; bytes > 0; bytes -= 50_000 {
		list = append(list, option{optionComment, []byte(strings.Repeat("x", 50_000))})
	}
	return list
}

// TestFollowedLargeInterfaces: interfaces whose descriptions are too large to be
// repeated in each file keep there what packets need: link type, snapshot length,
// and unit and offset of their times.
func TestFollowedLargeInterfaces(t *testing.T) {
	f := pcapngHead(machineOrder)
	for i := range uint32(3) {
		f.iface(1, 100, append(comments(6<<20), tsresol(byte(3+i)), tsoffset(machineOrder, uint64(i)), option{optionIfName, []byte{byte('a' + i)}})...)
	}
	for i := range uint32(3) {
		f.enhanced(i, 5000, 5, fill(5, int(i)))
	}
	got, omitted := copyBlocks(t, Format{}, Rules{Series: Series{Packets: 1}}, nil, false, f.b)
	if want := "1 block of an interface, of names, of secrets or of a process in the files after the one that it is in, as they are too large to be repeated"; omitted != want {
		t.Errorf("left out are %q, want %q", omitted, want)
	}
	if len(got) != 3 {
		t.Fatalf("%d files, want 3", len(got))
	}
	_, want, err := readAll(f.b)
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range got {
		r, packets, err := readAll(file)
		if err != nil || len(packets) != 1 || packets[0].Time != want[i].Time || !bytes.Equal(packets[0].Data, want[i].Data) {
			t.Errorf("file %d: %v, %v; want the time %v", i, packets, err, want[i].Time)
			continue
		}
		for n, d := range r.Interfaces() {
			if d.LinkType != capture.LinkEN10MB || d.SnapLen != 100 || (d.Name != "") != (i == 0 || n < 2) {
				t.Errorf("file %d: interface %d is %+v", i, n, d)
			}
		}
	}
}

// TestRepeatedLimit: what fills the bound of what is repeated exactly is repeated.
func TestRepeatedLimit(t *testing.T) {
	for _, more := range []int{0, 4} {
		f := pcapngHead(machineOrder).iface(1, 100)
		size := maxRepeated/2 - blockHeadLen - blockTailLen
		for _, n := range []int{size, size + more} {
			body := f.body().u32(0x544c534b, uint32(n-8)).bytes(make([]byte, n-8)...).b
			f.block(blockSecrets, body).enhanced(0, 1, 5, fill(5, 1))
		}
		got, omitted := copyBlocks(t, Format{}, Rules{Series: Series{Packets: 1}}, nil, false, f.enhanced(0, 1, 5, fill(5, 1)).b)
		if (omitted != "") != (more > 0) || len(got) != 3 || (len(got[2]) > maxRepeated) != (more == 0) {
			t.Errorf("%d bytes too many: %d files, left out are %q", more, len(got), omitted)
		}
	}
}

// TestFollowedSizes: blocks that are no packets count for the size of files, and
// for the size of all.
func TestFollowedSizes(t *testing.T) {
	const packets = 20
	f := pcapngHead(machineOrder).iface(1, 100)
	for i := range packets {
		f.enhanced(0, 1, 5, fill(5, i)).block(blockJournal, fill(200, i))
	}
	const size = 1500
	got, omitted := copyBlocks(t, Format{}, Rules{Series: Series{Size: size}}, nil, false, f.b)
	n, blocks := 0, 0
	for i, file := range got {
		_, list, err := readAll(file)
		if err != nil || len(file) > size || len(file) < size-250 && i < len(got)-1 {
			t.Errorf("file %d has %d bytes, want %d at most; %v", i, len(file), size, err)
		}
		n, blocks = n+len(list), blocks+strings.Count("\n"+listBlocks(file), "\n0x9: ")
	}
	if n != packets || blocks != packets || omitted != "" {
		t.Errorf("%d packets and %d other blocks in %d files, left out are %q; want %d of each", n, blocks, len(got), omitted, packets)
	}

	r, err := NewReader(bytes.NewReader(f.b))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	dir := t.TempDir()
	format := ethernet
	format.Pcapng = true
	w, err := Rotate(filepath.Join(dir, "o"), capture.LinkEN10MB, format, Rules{Series: Series{Size: size, MaxBytes: 2 * size}})
	if err != nil {
		t.Fatal(err)
	}
	w.Follow(r)
	var limit *LimitError
	for pkt := (capture.Packet{}); ; {
		if err := r.Next(&pkt); err != nil {
			t.Fatalf("%v before the limit", err)
		}
		if err := w.Write(&pkt); errors.As(err, &limit) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	total := 0
	for _, name := range filesIn(t, dir) {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		total += int(info.Size())
	}
	if total > 2*size || total < 2*size-500 {
		t.Errorf("%d bytes, want %d at most", total, 2*size)
	}
}

// TestStrangers: packets of sources that are not followed share an interface of
// their own.
func TestStrangers(t *testing.T) {
	r, err := NewReader(bytes.NewReader(pcapngHead(machineOrder).iface(1, 50, tsresol(9)).enhanced(0, 7, 5, fill(5, 1)).b))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out bytes.Buffer
	f := ethernet
	f.Pcapng = true
	w, err := NewWriter(&out, "out", capture.LinkEN10MB, f)
	if err != nil {
		t.Fatal(err)
	}
	w.Follow(r)
	var pkt capture.Packet
	if err := errors.Join(w.Write(packet(60)), r.Next(&pkt), w.Write(&pkt), w.Write(packet(60)), w.Close()); err != nil {
		t.Fatal(err)
	}
	back, packets, err := readAll(out.Bytes())
	if err != nil || len(packets) != 3 || len(back.Interfaces()) != 2 {
		t.Fatalf("%d packets, %d interfaces, %v; want 3 and 2", len(packets), len(back.Interfaces()), err)
	}
	var snaplens []uint32
	for _, p := range packets {
		snaplens = append(snaplens, back.Interfaces()[p.Interface].SnapLen)
	}
	if want := []uint32{uint32(f.SnapLen), 50, uint32(f.SnapLen)}; !slices.Equal(snaplens, want) {
		t.Errorf("snapshot lengths of their interfaces are %d, want %d", snaplens, want)
	}
	if want := packet(60).Time; packets[0].Time != want || packets[2].Time != want || packets[1].Time.Nsec != 7 {
		t.Errorf("times %v, %v, %v", packets[0].Time, packets[1].Time, packets[2].Time)
	}
}

// TestFollowedFamilies: of the headers of BSD's loopback and IPsec interfaces the
// fields in the order of the machine that wrote them are turned.
func TestFollowedFamilies(t *testing.T) {
	for _, c := range []struct {
		link capture.LinkType
		n    int // bytes of the first packet
		head []uint32
	}{
		{capture.LinkNULL, 12, []uint32{2}},
		{capture.LinkENC, 20, []uint32{2, 0, 0x0c00}},
		{capture.LinkNULL, 3, nil},
		{capture.LinkENC, 11, []uint32{2}},
	} {
		file := func(o order) []byte {
			data := (&builder{order: o}).u32(c.head...).b
			if len(c.head) > 1 {
				copy(data[4:8], []byte{1, 2, 3, 4}) // a number of the network, not of the machine
			}
			data = append(data, fill(c.n, 3)[len(data):]...)
			return pcapngHead(o).iface(uint16(c.link.Savefile()), 100).enhanced(0, 5, 60, data).
				block(2, (&builder{order: o}).u16(0, 0).u32(0, 5, uint32(c.n), 60).bytes(data...).pad().b).b
		}
		got, _ := copyBlocks(t, Format{}, Rules{}, nil, false, file(otherOrder(machineOrder)))
		want, _ := copyBlocks(t, Format{}, Rules{}, nil, false, file(machineOrder))
		if !bytes.Equal(got[0], want[0]) {
			t.Errorf("%s, %d bytes: the copy is\n% x\nwant\n% x", c.link, c.n, got[0], want[0])
		}
		if _, packets, err := readAll(got[0]); err != nil || len(packets) != 2 {
			t.Errorf("%s: %d packets, %v", c.link, len(packets), err)
		}
	}
}

// TestReaderOfPlainInput: what is read from memory does not keep waiting, and
// has nothing to wake.
func TestReaderOfPlainInput(t *testing.T) {
	for _, ng := range []bool{false, true} {
		file := pcapHead(machineOrder, magicMicro, 100, 1).b
		if ng {
			file = pcapngHead(machineOrder).iface(1, 100).b
		}
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		r.OnIdle(func() error { return errors.New("called") })
		r.Wake()
		if err := r.Next(new(capture.Packet)); err != io.EOF || r.MayWait() || r.MayGrow() != ng || r.LinkType() != capture.LinkEN10MB || r.SnapLen() != 100 {
			t.Errorf("pcapng %t: %v, waits %t, grows %t, %s, %d", ng, err, r.MayWait(), r.MayGrow(), r.LinkType(), r.SnapLen())
		}
		r.Close()
	}
}

// TestOddOptions: options of a wrong length are not turned into the other byte
// order, as nobody knows what they say, and are counted.
func TestOddOptions(t *testing.T) {
	other := otherOrder(machineOrder)
	for _, c := range []struct {
		code  uint16
		sizes []int // that are right; others up to 12 are not
		first byte  // of the value
	}{
		{optionPacketFlags, []int{4, 8, 12}, 1},
		{3, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 1}, // hash
		{4, []int{8}, 1}, {5, []int{8}, 1}, {6, []int{4, 8, 12}, 1}, {8, []int{4, 8, 12}, 1},
		{7, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 0}, // verdict of hardware
		{7, []int{9}, 1}, {7, []int{9}, 2}, // of eBPF
		{7, []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 3},
		{optionCustomBinary, []int{4, 5, 6, 7, 8, 9, 10, 11, 12}, 1},
		{99, nil, 1},
	} {
		for n := range 13 {
			value := fill(n, 9)
			if n > 0 {
				value[0] = c.first
			}
			file := pcapngHead(other).iface(1, 100).enhanced(0, 1, 5, fill(5, 1), option{c.code, value}).b
			got, omitted := copyBlocks(t, Format{}, Rules{}, nil, false, file)
			want := ""
			if !slices.Contains(c.sizes, n) {
				want = "1 block or option of an unknown kind, which cannot be converted from the other byte order"
			}
			_, packets, err := readAll(got[0])
			if omitted != want || err != nil || len(packets) != 1 {
				t.Errorf("option %d of %d bytes, the first %d: left out are %q, want %q; %d packets, %v", c.code, n, c.first, omitted, want, len(packets), err)
			}
		}
	}
}

// TestDamagedBlocks: blocks that are damaged are left out and counted, and the
// packets stay.
func TestDamagedBlocks(t *testing.T) {
	for _, o := range orders {
		body := func() *builder { return &builder{order: o.order} }
		for _, c := range []struct {
			name string
			kind uint32
			body []byte
			good bool
		}{
			{"statistics", blockStatistics, body().u32(0, 1, 2).b, true},
			{"short statistics", blockStatistics, body().u32(0, 1).b, false},
			{"statistics of no interface", blockStatistics, body().u32(1, 1, 2).b, false},
			{"secrets", blockSecrets, body().u32(1, 4, 5).b, true},
			{"secrets, padded", blockSecrets, body().u32(1, 1, 5).b, true},
			{"short secrets", blockSecrets, body().u32(1).b, false},
			{"long secrets", blockSecrets, body().u32(1, 5, 5).b, false},
			{"longer secrets", blockSecrets, body().u32(1, 0xfffffffe, 5).b, false},
			{"names", blockNames, body().u16(1, 6).bytes(1, 2, 3, 4, 'a', 0).pad().u16(0, 0).b, true},
			{"names without an end", blockNames, body().u16(1, 6).bytes(1, 2, 3, 4, 'a', 0).pad().b, false},
			{"no names", blockNames, nil, false},
			{"long names", blockNames, body().u16(1, 60).bytes(1, 2, 3, 4, 'a', 0).pad().b, false},
			{"options that are cut", blockStatistics, body().u32(0, 1, 2).u16(optionComment, 30).u32(1).b, false},
		} {
			f := pcapngHead(o).iface(1, 100).enhanced(0, 1, 5, fill(5, 1)).block(c.kind, c.body).enhanced(0, 2, 5, fill(5, 2))
			got, omitted := copyBlocks(t, Format{}, Rules{}, nil, false, f.b)
			want := map[bool]string{true: "", false: "1 damaged block or list of options"}[c.good]
			_, packets, err := readAll(got[0])
			if omitted != want || err != nil || len(packets) != 2 {
				t.Errorf("%s, %s: left out are %q, want %q; %d packets, %v", o.name, c.name, omitted, want, len(packets), err)
			}
		}
	}
}
