package pcapfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/testenv"
)

// machineOrder is the byte order of this machine.
var machineOrder = func() order {
	if binary.NativeEndian.Uint16([]byte{1, 0}) == 1 {
		return binary.LittleEndian
	}
	return binary.BigEndian
}()

// sampleParts says which parts a sample has.
type sampleParts struct {
	notCopy  bool // custom blocks and options that are not to be copied
	foreign  bool // blocks and options of unknown kinds
	obsolete bool // a packet block; else what replaces it
	packets  func(i int) bool
}

var wholeSample = sampleParts{notCopy: true, foreign: true, obsolete: true}

// pcapngOptions makes options in a byte order.
type pcapngOptions struct{ order }

func (o pcapngOptions) text(code uint16, s string) option { return option{code, []byte(s)} }
func (o pcapngOptions) u32(code uint16, v ...uint32) option {
	return option{code, (&builder{order: o.order}).u32(v...).b}
}
func (o pcapngOptions) u64(code uint16, v uint64) option {
	return option{code, o.AppendUint64(nil, v)}
}
func (o pcapngOptions) custom(code uint16, s string) option {
	return option{code, append(o.AppendUint32(nil, 32473), s...)}
}

// common are options that any block may have.
func (o pcapngOptions) common(p sampleParts, of string) []option {
	list := []option{o.text(optionComment, "a comment of "+of), o.text(optionComment, "and another"),
		o.custom(optionCustomText, "text of "+of), o.custom(optionCustomBinary, "\x00\xff"+of)}
	if p.notCopy {
		list = append(list, o.custom(optionCustomTextNotCopy, "not to be copied"), o.custom(optionCustomBinaryNotCopy, "\x01"))
	}
	if p.foreign {
		list = append(list, o.text(99, "of an unknown kind"), o.text(0x8001, "local"))
	}
	return list
}

// pcapngBlocks makes a file with blocks and options of every kind.
func pcapngBlocks(o order, p sampleParts) []byte {
	op := pcapngOptions{o}
	f := &builder{order: o}
	packet := func(i int, add func()) {
		if p.packets == nil || p.packets(i) {
			add()
		}
	}
	magic := f.body().u32(byteOrderMagic).u16(1, 0).u32(0xffffffff, 0xffffffff).b
	f.block(blockSection, magic, append(op.common(p, "the section"),
		op.text(2, "a machine"), op.text(3, "a system"), op.text(4, "an application"))...)
	secrets := f.body().u32(0x544c534b, 11).bytes([]byte("CLIENT keys")...).pad().b
	f.block(blockSecrets, secrets, op.common(p, "secrets")...)
	f.iface(1, 100, append(op.common(p, "an interface"), op.text(optionIfName, "eth0"), op.text(optionIfDescription, "uplink"),
		op.text(4, "\xc0\x00\x02\x01\xff\xff\xff\x00"), op.text(5, strings.Repeat("\x20", 16)+"\x40"),
		op.text(6, "\x02\x00\x00\x00\x00\x01"), op.text(7, "\x02\x00\x00\xff\xfe\x00\x00\x01"), op.u64(8, 1e9),
		tsresol(12), op.u32(10, 7200), op.text(11, "\x00tcp port 23"), op.text(12, "an interface's system"), op.text(13, "\x04"),
		tsoffset(o, 1000), op.text(15, "its hardware"), op.u64(16, 1e6), op.u64(17, 2e6), op.text(18, "Europe/Berlin"))...)
	names := f.body().u16(1, 14).bytes([]byte("\xc0\x00\x02\x01localhost\x00")...).pad().
		u16(2, 20).bytes([]byte(strings.Repeat("\x20", 16)+"six\x00")...).pad().u16(3, 10).bytes([]byte("\x02\x00\x00\x00\x00\x01mac\x00")...).pad().u16(0, 0).b
	f.block(blockNames, names, append(op.common(p, "names"), op.text(2, "a server"), op.text(3, "\xc0\x00\x02\x35"), op.text(4, strings.Repeat("\x35", 16)))...)
	f.iface(1, 100, op.text(optionIfName, "eth1")) // no unit of time: microseconds
	packet(0, func() {
		f.enhanced(0, 0x123456789abcdef0, 60, fill(5, 1), append(op.common(p, "a packet"), flags(o, 0x80000201), op.text(3, "\x02\xec\x1d\x87\x97"),
			op.u64(4, 7), op.u64(5, 0x1122334455667788), op.u32(6, 3),
			option{7, append([]byte{1}, o.AppendUint64(nil, 2)...)}, option{7, []byte{0, 5, 6}}, op.u32(8, 1234, 5678))...)
	})
	packet(1, func() { f.simple(7, fill(7, 2)) })
	packet(2, func() {
		if p.obsolete {
			body := f.body().u16(1, 3).u32(1, 2, 6, 60).bytes(fill(6, 3)...).pad().b
			f.block(blockPacket, body, flags(o, 2))
			return
		}
		f.enhanced(1, 1<<32|2, 60, fill(6, 3), flags(o, 2), op.u64(optionDropCount, 3))
	})
	f.block(blockJournal, []byte("__REALTIME_TIMESTAMP=1\nMESSAGE=x"))
	f.block(blockCustom, append(o.AppendUint32(nil, 32473), fill(8, 4)...))
	if p.notCopy {
		f.block(blockCustomNotCopy, append(o.AppendUint32(nil, 32473), fill(8, 5)...))
	}
	if p.foreign {
		f.block(0x7777, fill(8, 6))
		f.block(0x80000001, fill(4, 7))
	}
	packet(3, func() { f.enhanced(1, 5e6+7, 9, fill(9, 4)) })
	f.block(blockStatistics, f.body().u32(1, 5, 6).b, append(op.common(p, "statistics"), op.u32(2, 1, 2), op.u32(3, 3, 4),
		op.u64(4, 10), op.u64(5, 20), op.u64(6, 30), op.u64(7, 40), op.u64(8, 50))...)
	f.block(blockSection, magic, op.text(optionComment, "the second section"), op.text(optionApplication, "another application"))
	f.iface(1, 100, op.text(optionIfName, "eth2"), tsresol(0x80|20))
	packet(4, func() { f.enhanced(0, 3<<20|12345, 9, fill(9, 8), op.text(optionComment, "the last packet")) })
	return f.b
}

// copyBlocks reads files one after the other, or merged, and writes a pcapng
// file, or a series of them, of the packets that choose chooses.
func copyBlocks(t *testing.T, f Format, rules Rules, choose func(i int) bool, together bool, files ...[]byte) (out [][]byte, omitted string) {
	t.Helper()
	dir := t.TempDir()
	f.SnapLen, f.Pcapng = 100, true
	w, err := Rotate(filepath.Join(dir, "o"), capture.LinkEN10MB, f, rules)
	if err != nil {
		t.Fatal(err)
	}
	var readers []*Reader
	for _, file := range files {
		r, err := NewReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		readers = append(readers, r)
	}
	if together {
		w.Follow(readers...)
	}
	i := 0
	copyFrom := func(r *Reader, most int) (more bool) {
		for pkt := (capture.Packet{}); most > 0; most-- {
			if err := r.Next(&pkt); err != nil {
				if err != io.EOF {
					t.Fatal(err)
				}
				return false
			}
			if choose == nil || choose(i) {
				if err := w.Write(&pkt); err != nil {
					t.Fatal(err)
				}
			}
			i++
		}
		return true
	}
	if together {
		for left := readers; len(left) > 0; {
			left = slices.DeleteFunc(left, func(r *Reader) bool { return !copyFrom(r, 1) })
		}
	} else {
		for _, r := range readers {
			w.Follow(r)
			copyFrom(r, 1<<30)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range filesIn(t, dir) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b)
	}
	return out, w.OmittedBlocks()
}

// TestPcapngToPcapng: everything goes over, in its order, with and without a
// filter, from either byte order.
func TestPcapngToPcapng(t *testing.T) {
	odd := func(i int) bool { return i%2 == 1 }
	for _, o := range orders {
		foreign := o.order != machineOrder
		for _, c := range []struct {
			name      string
			selective bool
			choose    func(i int) bool
			omitted   string
		}{
			{"all", false, nil, ""},
			{"filtered", true, odd, "11 custom blocks and options that are not to be copied into a changed file"},
		} {
			want := sampleParts{notCopy: !c.selective && !foreign, foreign: !foreign, packets: c.choose}
			got, omitted := copyBlocks(t, Format{Selective: c.selective}, Rules{}, c.choose, false, pcapngBlocks(o, wholeSample))
			if !bytes.Equal(got[0], pcapngBlocks(machineOrder, want)) {
				t.Errorf("%s, %s: the copy is\n%s\nwant\n%s", o.name, c.name, listBlocks(got[0]), listBlocks(pcapngBlocks(machineOrder, want)))
			}
			if !foreign && omitted != c.omitted {
				t.Errorf("%s, %s: left out are %q, want %q", o.name, c.name, omitted, c.omitted)
			}
			if foreign && (!strings.Contains(omitted, "which cannot be converted from the other byte order") || !strings.Contains(omitted, "not to be copied")) {
				t.Errorf("%s, %s: left out are %q", o.name, c.name, omitted)
			}
		}
	}
}

// listBlocks lists the blocks of a file in the machine's byte order.
func listBlocks(file []byte) string {
	var s strings.Builder
	for len(file) >= 12 {
		n := binary.NativeEndian.Uint32(file[4:])
		fmt.Fprintf(&s, "%#x: %q\n", binary.NativeEndian.Uint32(file), file[8:n-4])
		file = file[n:]
	}
	return s.String()
}

// TestFollowedComment: a comment of ours, and the application, join what there
// is.
func TestFollowedComment(t *testing.T) {
	o := pcapngOptions{machineOrder}
	for _, c := range []struct{ has, want []option }{
		{nil, []option{o.text(optionComment, "ours"), o.text(optionApplication, "tapdump")}},
		{[]option{o.text(optionComment, "theirs"), o.text(3, "a system")},
			[]option{o.text(optionComment, "theirs"), o.text(3, "a system"), o.text(optionComment, "ours"), o.text(optionApplication, "tapdump")}},
		{[]option{o.text(optionApplication, "dumpcap")}, []option{o.text(optionApplication, "dumpcap"), o.text(optionComment, "ours")}},
	} {
		file := func(options []option) []byte {
			f := &builder{order: machineOrder}
			return f.block(blockSection, f.body().u32(byteOrderMagic).u16(1, 0).u32(0xffffffff, 0xffffffff).b, options...).iface(1, 100).b
		}
		got, _ := copyBlocks(t, Format{Comment: "ours", Application: "tapdump"}, Rules{}, nil, false, file(c.has))
		if !bytes.Equal(got[0], file(c.want)) {
			t.Errorf("of %v came\n%s\nwant\n%s", c.has, listBlocks(got[0]), listBlocks(file(c.want)))
		}
	}
}

// TestFollowedSeries: each file of a series has what the section began with, and
// its names and secrets.
func TestFollowedSeries(t *testing.T) {
	got, omitted := copyBlocks(t, Format{Selective: true}, Rules{Series: Series{Packets: 2}}, nil, false, pcapngBlocks(machineOrder, wholeSample))
	if len(got) != 3 || !strings.HasPrefix(omitted, "13 custom blocks") || strings.Contains(omitted, ";") {
		t.Fatalf("%d files, %q left out; want 3", len(got), omitted)
	}
	// Files begin when a packet needs them: with what stood before it the file ends.
	for i, file := range got {
		wantPackets := []int{2, 2, 1}[i]
		_, packets, err := readAll(file)
		if err != nil || len(packets) != wantPackets {
			t.Errorf("file %d: %d packets, %v; want %d", i, len(packets), err, wantPackets)
		}
		list := listBlocks(file)
		for _, want := range []string{"a comment of the section", "CLIENT keys", "localhost", `eth0`, `eth1`, "an interface's system"} {
			if has := strings.Contains(list, want); has != (i < 2) {
				t.Errorf("file %d: %q is in it: %t\n%s", i, want, has, list)
			}
		}
		for _, want := range []string{"the second section", "eth2"} {
			if has := strings.Contains(list, want); has != (i > 0) {
				t.Errorf("file %d: %q is in it: %t\n%s", i, want, has, list)
			}
		}
	}
}

// TestFollowedInTurn follows pcapng, pcap and pcapng of the other byte order.
func TestFollowedInTurn(t *testing.T) {
	other := orders[0].order
	if other == machineOrder {
		other = orders[1].order
	}
	pcap := pcapHead(other, magicMicro, 100, 1).record(1, 2, 5, 60, fill(5, 9)).b
	first, last := pcapngBlocks(machineOrder, wholeSample), pcapngBlocks(other, wholeSample)
	got, _ := copyBlocks(t, Format{}, Rules{}, nil, false, first, pcap, last)
	middle := pcapngHead(machineOrder).iface(1, 100, tsresol(9)).enhanced(0, 1000002000, 60, fill(5, 9)).b
	want := slices.Concat(pcapngBlocks(machineOrder, sampleParts{notCopy: true, foreign: true}), middle, pcapngBlocks(machineOrder, sampleParts{}))
	if !bytes.Equal(got[0], want) {
		t.Errorf("the copy is\n%s\nwant\n%s", listBlocks(got[0]), listBlocks(want))
	}
}

// TestFollowedTogether merges files: one section, in which interfaces have new
// numbers.
func TestFollowedTogether(t *testing.T) {
	o := pcapngOptions{machineOrder}
	section := func(f *builder, comment string) *builder {
		return f.block(blockSection, f.body().u32(byteOrderMagic).u16(1, 0).u32(0xffffffff, 0xffffffff).b,
			o.text(optionComment, comment), o.text(3, "system of "+comment))
	}
	stats := func(iface uint32) []byte { return (&builder{order: machineOrder}).u32(iface, 1, 2).b }
	a := section(&builder{order: machineOrder}, "a").iface(1, 100, o.text(optionIfName, "a0")).iface(1, 100, o.text(optionIfName, "a1")).
		enhanced(1, 1, 5, fill(5, 1)).simple(6, fill(6, 2)).block(blockStatistics, stats(1))
	b := section(&builder{order: machineOrder}, "b").iface(1, 100, o.text(optionIfName, "b0"), tsresol(9)).
		enhanced(0, 1, 5, fill(5, 3), o.text(optionComment, "of b")).simple(6, fill(6, 4)).block(blockStatistics, stats(0))
	section(b, "c").iface(1, 100, o.text(optionIfName, "c0")).enhanced(0, 7, 5, fill(5, 5))
	pcap := pcapHead(machineOrder, magicMicro, 100, 1).record(1, 2, 5, 60, fill(5, 6)).b
	got, omitted := copyBlocks(t, Format{}, Rules{}, nil, true, a.b, b.b, pcap)

	// As far as a file is read when it is opened, its blocks come first.
	want := (&builder{order: machineOrder})
	want.block(blockSection, want.body().u32(byteOrderMagic).u16(1, 0).u32(0xffffffff, 0xffffffff).b,
		o.text(optionComment, "a"), o.text(3, "system of a"), o.text(optionComment, "b"))
	want.iface(1, 100, o.text(optionIfName, "a0")).iface(1, 100, o.text(optionIfName, "a1"))
	want.iface(1, 100, o.text(optionIfName, "b0"), tsresol(9))
	want.iface(1, 100, tsresol(9)) // of the pcap file
	want.enhanced(1, 1, 5, fill(5, 1))
	want.enhanced(2, 1, 5, fill(5, 3), o.text(optionComment, "of b"))
	want.enhanced(3, 1000002000, 60, fill(5, 6))
	want.simple(6, fill(6, 2)).enhanced(2, 0, 6, fill(6, 4))
	want.block(blockStatistics, stats(1)).block(blockStatistics, stats(2))
	want.iface(1, 100, o.text(optionIfName, "c0")).enhanced(4, 7, 5, fill(5, 5))
	if !bytes.Equal(got[0], want.b) {
		t.Errorf("the merged file is\n%s\nwant\n%s", listBlocks(got[0]), listBlocks(want.b))
	}
	if omitted != "1 section's description, as merged files share a section" {
		t.Errorf("left out are %q", omitted)
	}
}

// TestFollowedMany merges more files than may be open, so that they are closed and opened again.
func TestFollowedMany(t *testing.T) {
	const many = 2 * fewFiles
	o := pcapngOptions{machineOrder}
	dir := t.TempDir()
	var names []string
	for i := range many {
		f := &builder{order: machineOrder}
		f.block(blockSection, f.body().u32(byteOrderMagic).u16(1, 0).u32(0xffffffff, 0xffffffff).b, o.text(optionComment, fmt.Sprint("section ", i)))
		f.block(blockSecrets, f.body().u32(0x544c534b, 4).u32(uint32(i)).b)
		f.iface(1, 100, o.text(optionIfName, fmt.Sprint("if", i)))
		for n := range 3 {
			f.block(blockNames, f.body().u16(0, 0).b, o.text(optionComment, "names")) // before each packet
			f.enhanced(0, uint64(1+i+n*many), 8, (&builder{order: machineOrder}).u32(uint32(i), uint32(n)).b)
		}
		names = append(names, filepath.Join(dir, fmt.Sprint(i)))
		if err := os.WriteFile(names[i], f.b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := Merge(names, MergeOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var out bytes.Buffer
	w, err := NewWriter(&out, "out", m.Header().LinkType, pcapngOf(m.Header()))
	if err != nil {
		t.Fatal(err)
	}
	w.Follow(m.Readers()...)
	var pkt capture.Packet
	for err = m.Next(&pkt); err == nil; err = m.Next(&pkt) {
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	if cerr := w.Close(); err != io.EOF || cerr != nil {
		t.Fatal(err, cerr)
	}
	list := listBlocks(out.Bytes())
	for what, want := range map[string]int{"\n0xa: ": many, "\n0x1: ": many, "\n0x4: ": 3 * many, "\n0x6: ": 3 * many, "section ": many} {
		if n := strings.Count("\n"+list, what); n != want {
			t.Errorf("%d times %q, want %d", n, what, want)
		}
	}
	r, packets, err := readAll(out.Bytes())
	if err != nil || len(packets) != 3*many {
		t.Fatalf("%d packets, %v", len(packets), err)
	}
	for i, p := range packets {
		file := machineOrder.Uint32(p.Data)
		if name := r.Interfaces()[p.Interface].Name; name != fmt.Sprint("if", file) || int(file) != i%many {
			t.Errorf("packet %d of file %d has interface %s", i, file, name)
		}
	}
}

// TestPcapngToPcap: a pcap file takes packets alone, and reports what else there
// was.
func TestPcapngToPcap(t *testing.T) {
	r, err := NewReader(bytes.NewReader(pcapngBlocks(machineOrder, wholeSample)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w, err := NewWriter(io.Discard, "out", capture.LinkEN10MB, ethernet)
	if err != nil {
		t.Fatal(err)
	}
	w.Follow(r)
	var pkt capture.Packet
	for r.Next(&pkt) == nil {
		pkt.Time.Sec = 1 // of the sample's times not all fit
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	const want = "8 comments; 1 block of decryption secrets; 1 block of names; 1 block of statistics; 5 other blocks"
	if got := w.OmittedBlocks(); got != want || w.Packets() != 5 {
		t.Errorf("%d packets, left out are %q; want 5, %q", w.Packets(), got, want)
	}
}

// TestFollowedBounds: what is too large to be kept, or to be repeated, is
// counted.
func TestFollowedBounds(t *testing.T) {
	large := func(f *builder, kind uint32) *builder {
		body := f.body().u32(0x544c534b, 6<<20).bytes(make([]byte, 6<<20)...).b
		return f.block(kind, body)
	}
	f := pcapngHead(machineOrder)
	for range 3 {
		large(f, blockSecrets)
	}
	f.iface(1, 100).enhanced(0, 1, 5, fill(5, 1))
	got, omitted := copyBlocks(t, Format{}, Rules{}, nil, false, f.b)
	if want := "1 block before the first interface, where they are too large to be kept"; omitted != want || len(got[0]) < 12<<20 {
		t.Errorf("%d bytes, left out are %q; want %q", len(got[0]), omitted, want)
	}
	f = pcapngHead(machineOrder).iface(1, 100)
	for range 3 {
		large(f, blockSecrets).enhanced(0, 1, 5, fill(5, 1))
	}
	got, omitted = copyBlocks(t, Format{}, Rules{Series: Series{Packets: 1}}, nil, false, f.b)
	if want := "1 block of an interface, of names, of secrets or of a process in the files after the one that it is in, as they are too large to be repeated"; omitted != want || len(got) != 3 {
		t.Errorf("%d files, left out are %q; want %q", len(got), omitted, want)
	}
}

// TestFollowedFile: what was copied is read like what it was copied from, by us
// and by others.
func TestFollowedFile(t *testing.T) {
	for _, c := range allFiles() {
		checkFollowed(t, c.name, c.file)
	}
	for _, o := range orders {
		checkFollowed(t, "mixed", mixedFile(o))
	}
	tshark := testenv.Oracle(t, "tshark")
	read := func(file []byte) string {
		name := filepath.Join(t.TempDir(), "file.pcapng")
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(tshark, "-r", name, "-T", "fields")
		for _, field := range []string{"interface_name", "interface_description", "comment", "time_epoch", "len", "packet_id", "packet_flags", "drop_count"} {
			cmd.Args = append(cmd.Args, "-e", "frame."+field)
		}
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("tshark: %v", err)
		}
		return string(out)
	}
	// Wireshark does not know the drop count of the obsolete kind of packets.
	sample := pcapngBlocks(machineOrder, sampleParts{notCopy: true, foreign: true})
	copied, _ := copyBlocks(t, Format{}, Rules{}, nil, false, sample)
	if want, got := read(sample), read(copied[0]); got != want || !strings.Contains(want, "a comment of a packet,and another") {
		t.Errorf("of the copy tshark says\n%s\nand of the file\n%s", got, want)
	}
}

// checkFollowed copies a pcapng file, damaged perhaps, and reads the copy.
func checkFollowed(t testing.TB, name string, file []byte) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil || r.ng == nil {
		return
	}
	defer r.Close()
	var out bytes.Buffer
	w, err := NewWriter(&out, "copy", r.Header().LinkType, pcapngOf(r.Header()))
	if err != nil {
		return
	}
	w.Follow(r)
	var pkt capture.Packet
	for r.Next(&pkt) == nil {
		if err := w.Write(&pkt); err != nil {
			t.Fatal(err)
		}
	}
	size := w.Size()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if size != int64(out.Len()) {
		t.Errorf("%s: Size says %d, written were %d bytes", name, size, out.Len())
	}
	_, want, _ := readAll(file)
	again, got, err := readAll(out.Bytes())
	if err != nil || len(got) != len(want) {
		t.Fatalf("%s: %d packets are read from the copy, %v; want %d", name, len(got), err, len(want))
	}
	for i := range want {
		if want[i].Swapped { // the copy has the machine's byte order
			want[i].Swapped = false
			swapFamily(want[i].LinkType, want[i].Data)
		}
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("%s: packet %d is %+v in the copy, want %+v", name, i, got[i], want[i])
		}
	}
	if a, b := r.Interfaces(), again.Interfaces(); !slices.Equal(a, b) {
		t.Errorf("%s: interfaces %v became %v", name, a, b)
	}
}

// FuzzFollow copies damaged files: no panic, and the copy is read as they are.
func FuzzFollow(f *testing.F) {
	for _, o := range orders {
		f.Add(pcapngBlocks(o, wholeSample))
	}
	for _, c := range allFiles() {
		if len(c.file) < 1<<16 {
			f.Add(c.file)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) { checkFollowed(t, "file", file) })
}
