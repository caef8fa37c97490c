package pcapfile

import (
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
)

// testFile is a savefile and how reading it ends.
type testFile struct {
	name    string
	file    []byte
	packets int
	err     string // "" at a good end
	differs string // why the reference's answer is another
}

// allFiles is the table that reading, comparing and fuzzing start from.
func allFiles() []testFile {
	var files []testFile
	for _, o := range orders {
		of := slices.Concat(pcapFiles(o), damagedPcap(o), pcapngFiles(o), damagedPcapng(o), damagedInterfaces(o), pseudoHeaderFiles(o))
		for _, f := range of {
			f.name = o.name + " " + f.name
			files = append(files, f)
		}
	}
	return append(files,
		testFile{"empty", nil, 0, "truncated dump file; tried to read 4 file header bytes, only got 0", ""},
		testFile{"3 bytes", []byte{1, 2, 3}, 0, "truncated dump file; tried to read 4 file header bytes, only got 3", ""},
		testFile{"text", []byte("hello, world, this is a text\n"), 0, "unknown file format", ""},
		testFile{"pcapng magic alone", []byte("\n\r\r\n"), 0, "unknown file format", ""},
		testFile{"text with pcapng's magic", []byte("\n\r\r\nhello, world, this is a text\n"), 0, "unknown file format", ""},
	)
}

// pcapFiles are whole pcap files.
func pcapFiles(o order) []testFile {
	three := func(f *builder) []byte {
		return f.record(1, 2, 5, 60, fill(5, 1)).record(0xfedcba98, 999999, 0, 0, nil).record(3, 4000000000, 7, 7, fill(7, 2)).b
	}
	files := []testFile{
		{"micro", three(pcapHead(o, magicMicro, 65535, 1)), 3, "", ""},
		{"nano", three(pcapHead(o, magicNano, 65535, 1)), 3, "", ""},
		{"no packets", pcapHead(o, magicMicro, 65535, 1).b, 0, "", ""},
		{"snaplen 0", three(pcapHead(o, magicMicro, 0, 1)), 3, "", ""},
		{"snaplen beyond int32", three(pcapHead(o, magicMicro, 0xffffffff, 231)), 3, "", ""},
		{"snaplen int32", three(pcapHead(o, magicMicro, 0x7fffffff, 1)), 3, "", ""},
		{"fcs length", three(pcapHead(o, magicMicro, 96, 0x44000001)), 3, "", ""},
		{"fcs length absent", three(pcapHead(o, magicMicro, 96, 0x30000001)), 3, "", ""},
		{"version 543.0", pcapVersion(o, magicMicro, 543, 0, 96, 1).record(1, 2, 60, 5, fill(5, 1)).b, 1, "", ""},
		{"version 2.2", pcapVersion(o, magicMicro, 2, 2, 96, 1).record(1, 2, 60, 5, fill(5, 1)).b, 1, "", ""},
		{"version 2.3", pcapVersion(o, magicMicro, 2, 3, 96, 1).record(1, 2, 5, 60, fill(5, 1)).record(1, 2, 60, 5, fill(5, 1)).b, 2, "", ""},
		{"longer than snaplen", pcapHead(o, magicMicro, 10, 1).record(1, 2, 30, 60, fill(30, 1)).record(1, 2, 10, 10, fill(10, 2)).b, 2, "", ""},
		{"original shorter than captured", pcapHead(o, magicMicro, 100, 1).record(1, 2, 30, 3, fill(30, 1)).b, 1, "", ""},
		{"largest packet", pcapHead(o, magicMicro, 262144, 1).record(1, 2, 262144, 262144, fill(262144, 1)).record(1, 3, 1, 1, fill(1, 1)).b, 2, "", ""},
		{"larger for D-Bus", pcapHead(o, magicMicro, 1<<27, 231).record(1, 2, 1<<20, 1<<20, fill(1<<20, 1)).record(1, 3, 1, 1, fill(1, 1)).b, 2, "", ""},
	}
	for _, link := range []uint32{0, 11, 12, 50, 100, 101, 102, 103, 106, 113, 195, 276} {
		files = append(files, testFile{fmt.Sprint("link type ", link), three(pcapHead(o, magicMicro, 65535, link)), 3, "", ""})
	}
	k := pcapHead(o, magicKuznetzov, 65535, 1)
	for i := range uint32(3) {
		k.u32(i, 5, 4, 60, 2).u16(8).bytes(4, 0, 1, 2, 3, 4)
	}
	return append(files, testFile{"kuznetzov", k.b, 3, "", ""})
}

// damagedPcap are pcap files that end with an error.
func damagedPcap(o order) []testFile {
	head := func() *builder { return pcapHead(o, magicMicro, 100, 1).record(1, 2, 5, 60, fill(5, 1)) }
	return []testFile{
		{"file header cut", pcapHead(o, magicMicro, 100, 1).b[:10], 0, "truncated dump file; tried to read 24 file header bytes, only got 6", ""},
		{"archaic", pcapVersion(o, magicMicro, 1, 4, 100, 1).b, 0, "archaic pcap savefile format", ""},
		{"version 2.5", pcapVersion(o, magicMicro, 2, 5, 100, 1).b, 0, "unsupported pcap savefile version 2.5", ""},
		{"version 543.1", pcapVersion(o, magicMicro, 543, 1, 100, 1).b, 0, "unsupported pcap savefile version 543.1", ""},
		{"reserved bits", pcapHead(o, magicMicro, 100, 0x00300001).b, 0, "savefile linktype reserved field not zero (0x00300000)", ""},
		{"unsupported magic", pcapHead(o, 0xa1b234cd, 100, 1).b, 0, "unknown file format", ""},
		{"record header cut", head().u32(1, 2, 3).b, 1, "truncated dump file; tried to read 16 header bytes, only got 12", ""},
		{"kuznetzov record header cut", pcapHead(o, magicKuznetzov, 100, 1).u32(1, 2, 3).b, 0, "truncated dump file; tried to read 24 header bytes, only got 12", ""},
		{"packet missing", head().record(1, 2, 60, 60, nil).b, 1, "truncated dump file; tried to read 60 captured bytes, only got 0", ""},
		{"packet cut", head().record(1, 2, 60, 60, fill(59, 1)).b, 1, "truncated dump file; tried to read 60 captured bytes, only got 59", ""},
		{"packet beyond snaplen cut before", head().record(1, 2, 120, 120, fill(59, 1)).b, 1, "truncated dump file; tried to read 100 captured bytes, only got 59", ""},
		{"packet beyond snaplen cut at it", head().record(1, 2, 120, 120, fill(100, 1)).b, 1, "truncated dump file; tried to read 120 captured bytes, only got 100", ""},
		{"packet beyond snaplen cut one before", head().record(1, 2, 120, 120, fill(99, 1)).b, 1, "truncated dump file; tried to read 100 captured bytes, only got 99", ""},
		{"packet beyond snaplen cut after", head().record(1, 2, 120, 120, fill(110, 1)).b, 1, "truncated dump file; tried to read 120 captured bytes, only got 110", ""},
		{"packet beyond sense", head().record(1, 2, 262145, 262145, fill(59, 1)).b, 1, "invalid packet capture length 262145, bigger than snaplen of 100", ""},
		{"packet of 4 GB", head().record(1, 2, 0xffffffff, 60, fill(59, 1)).b, 1, "invalid packet capture length 4294967295, bigger than snaplen of 100", ""},
		{"packet beyond maximum", pcapHead(o, magicMicro, 300000, 1).record(1, 2, 262145, 262145, fill(59, 1)).b, 0, "invalid packet capture length 262145, bigger than maximum of 262144", ""},
		{"packet beyond maximum, USBPcap", pcapHead(o, magicMicro, 3000000, 249).record(1, 2, 1<<20+1, 262145, fill(59, 1)).b, 0, "invalid packet capture length 1048577, bigger than maximum of 1048576", ""},
		{"large packet claimed", pcapHead(o, magicMicro, 0, 231).record(1, 2, 1<<27, 262145, fill(59, 1)).b, 0, "truncated dump file; tried to read 134217728 captured bytes, only got 59", ""},
	}
}

func tsresol(v byte) option { return option{optionIfTsresol, []byte{v}} }

func tsoffset(o order, v uint64) option {
	return option{optionIfTsoffset, o.AppendUint64(nil, v)}
}

func flags(o order, v uint32) option { return option{optionPacketFlags, o.AppendUint32(nil, v)} }

// pcapngFiles are whole pcapng files.
func pcapngFiles(o order) []testFile {
	ng := func() *builder { return pcapngHead(o) }
	comment := option{1, []byte("a comment")}
	every := ng().block(0xbad, fill(8, 0)).iface(1, 100, option{optionIfName, []byte("eth0")}, tsresol(9)).
		enhanced(0, 1e18+5, 60, fill(5, 1), comment, flags(o, 1)).
		block(5, fill(12, 0)).
		simple(7, fill(7, 2)).
		obsolete(0, 1e18+6, 60, fill(6, 3), flags(o, 2)).
		iface(1, 100, option{optionIfName, []byte("eth1")}, option{optionIfDescription, []byte("second")}, tsoffset(o, 1000)).
		enhanced(1, 5e6+7, 9, fill(9, 4)).
		section().iface(1, 100, option{optionIfName, []byte("eth1")}, tsoffset(o, ^uint64(99))).
		enhanced(0, 2e6, 3, fill(3, 5), flags(o, 0)).b
	files := []testFile{
		{"every block", every, 5, "", ""},
		{"no packets", ng().iface(1, 100).b, 0, "", ""},
		{"simple packet cut to snaplen", ng().iface(1, 4).simple(60, fill(4, 1)).b, 1, "", ""},
		{"snaplen 0", ng().iface(231, 0).enhanced(0, 5, 5, fill(5, 1)).iface(231, 1<<27).b, 1, "", ""},
		{"packet options damaged", ng().iface(1, 0).block(6, ng().body().u32(0, 0, 7, 4, 4).bytes(1, 2, 3, 4).u16(2, 400).b).b, 1, "", ""},
		{"minor version 2", append(ng().body().u32(blockSection, 28, byteOrderMagic).u16(1, 2).u32(0, 0, 28).b,
			ng().iface(1, 0).enhanced(0, 5, 5, fill(5, 1)).b...), 1, "", ""},
		{"block of 1 MiB", ng().iface(1, 0).block(99, fill(1<<20, 0)).enhanced(0, 5, 5, fill(5, 1)).b, 1, "", ""},
		{"interfaces of two link types", ng().iface(1, 100).iface(113, 200).iface(1, 60).enhanced(1, 5, 5, fill(5, 1)).
			enhanced(0, 6, 150, fill(150, 1)).enhanced(2, 7, 5, fill(5, 1)).b, 3, "", "it refuses other link types and snapshot lengths than the first interface's"},
		{"another interface late", ng().iface(1, 100).enhanced(0, 5, 5, fill(5, 1)).iface(113, 200).enhanced(1, 5, 5, fill(5, 1)).b, 2, "",
			"it refuses other link types than the first interface's"},
		{"simple packet with several snapshot lengths", ng().iface(1, 4).iface(1, 96).simple(60, fill(4, 1)).b, 1, "",
			"it refuses other snapshot lengths than the first interface's"},
		{"sections of both byte orders", append(ng().iface(0, 100).enhanced(0, 5, 5, fill(5, 1)).b,
			pcapngHead(otherOrder(o)).iface(0, 100).enhanced(0, 6, 5, fill(5, 1)).b...), 2, "", "it refuses them"},
		{"two raw interfaces", ng().iface(101, 0).iface(101, 0).enhanced(1, 5, 5, fill(5, 1)).b, 1, "",
			"it compares its own number of the link type, 12, with the file's, 101"},
		{"finest binary resolution", ng().iface(1, 0, tsresol(0x80|50)).enhanced(0, 3<<50|1<<49, 5, fill(5, 1)).b, 1, "",
			"its multiplication overflows and gives another fraction than a half"},
	}
	for _, res := range []byte{0, 3, 6, 7, 9, 12, 19, 0x80, 0x80 | 10, 0x80 | 30, 0x80 | 34} {
		f := ng().iface(1, 0, tsresol(res))
		for _, stamp := range []uint64{0, 1, 123456789, 1<<34 - 1, 1e15 + 1, 1<<62 + 12345678901234567} {
			f.enhanced(0, stamp, 5, fill(5, 1))
		}
		files = append(files, testFile{fmt.Sprintf("resolution %#x", res), f.b, 6, "", ""})
	}
	return files
}

// otherOrder is the byte order that o is not.
func otherOrder(o order) order {
	if o.Uint16([]byte{1, 0}) == 1 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// damagedPcapng are pcapng files that end with an error about blocks or packets.
func damagedPcapng(o order) []testFile {
	ng := func() *builder { return pcapngHead(o) }
	one := func() *builder { return ng().iface(1, 100).enhanced(0, 5, 5, fill(5, 1)) }
	cut := func(f *builder, n int) []byte { return f.b[:len(f.b)-n] }
	bad := ng().iface(1, 100)
	bad.b[len(bad.b)-1] ^= 1
	bad.b[len(bad.b)-4] ^= 1
	shb := func(length uint32, major, minor uint16) []byte {
		return ng().body().u32(blockSection, length, byteOrderMagic).u16(major, minor).u32(0, 0, length).b
	}
	const insane = "Section Header Block in pcapng dump file has invalid length 28 < _%d_ < 1048576 (BT_SHB_INSANE_MAX)"
	return []testFile{
		{"section too short", shb(24, 1, 0), 0, fmt.Sprintf(insane, 24), ""},
		{"section too long", shb(2<<20, 1, 0), 0, fmt.Sprintf(insane, 2<<20), ""},
		{"section cut", cut(ng(), 1), 0, "truncated pcapng dump file; tried to read 16 bytes, only got 15", ""},
		{"version 1.1", shb(28, 1, 1), 0, "unsupported pcapng savefile version 1.1", ""},
		{"version 2.0", shb(28, 2, 0), 0, "unsupported pcapng savefile version 2.0", ""},
		{"no interface", ng().block(5, nil).b, 0, "the capture file has no Interface Description Blocks", ""},
		{"packet before interface", ng().enhanced(0, 5, 5, nil).b, 0, "the capture file has a packet block before any Interface Description Blocks", ""},
		{"block header cut", one().u32(6).b, 1, "truncated pcapng dump file; tried to read 8 bytes, only got 4", ""},
		{"block cut", cut(one().enhanced(0, 5, 5, fill(5, 1)), 1), 1, "truncated pcapng dump file; tried to read 32 bytes, only got 31", ""},
		{"block too short", one().u32(6, 8, 8).b, 1, "block in pcapng dump file has a length of 8 < 12", ""},
		{"block length odd", one().u32(6, 33).b, 1, "block in pcapng dump file has a length of 33 that is not a multiple of 4", ""},
		{"block too large", one().u32(6, 16<<20+4).b, 1, "pcapng block size 16777220 > maximum 16777216", ""},
		{"block too large, D-Bus", ng().iface(231, 0).u32(6, 1<<28).b, 0, "pcapng block size 268435456 > maximum 134348832", ""},
		{"large block claimed", one().u32(6, 16<<20).b, 1, "truncated pcapng dump file; tried to read 16777208 bytes, only got 0", ""},
		{"trailer differs", bad.b, 0, "block total length in header and trailer don't match", ""},
		{"enhanced packet too short", one().block(6, fill(16, 0)).b, 1, "block of type 6 in pcapng dump file is too short", ""},
		{"obsolete packet too short", one().block(2, fill(16, 0)).b, 1, "block of type 2 in pcapng dump file is too short", ""},
		{"simple packet too short", one().block(3, nil).b, 1, "block of type 3 in pcapng dump file is too short", ""},
		{"simple packet's data too short", one().simple(9, fill(8, 0)).b, 1, "block of type 3 in pcapng dump file is too short", ""},
		{"packet's data too short", one().block(6, ng().body().u32(0, 0, 0, 5, 5, 0).b).b, 1, "block of type 6 in pcapng dump file is too short", ""},
		{"packet beyond snaplen", one().enhanced(0, 5, 101, fill(101, 1)).b, 1, "invalid packet capture length 101, bigger than snaplen of 100", ""},
		{"unknown interface", one().enhanced(1, 5, 5, fill(5, 1)).b, 1, "a packet arrived on interface 1, but there's no Interface Description Block for that interface", ""},
		{"section without interface", one().section().enhanced(0, 5, 5, fill(5, 1)).b, 1, "a packet arrived on interface 0, but there's no Interface Description Block for that interface", ""},
		{"second section too short", one().block(blockSection, ng().body().u32(byteOrderMagic, 1, 0).b).b, 1, "block of type 168627466 in pcapng dump file is too short", ""},
		{"second section in other order", one().block(blockSection, ng().body().u32(0x4d3c2b1a).u16(1, 0).u32(0, 0).b).b, 1, "the file has sections with different byte orders", ""},
		{"second section without magic", one().block(blockSection, ng().body().u32(5).u16(1, 0).u32(0, 0).b).b, 1, "the file has a section with a bad byte order magic field", ""},
		{"second section's version", one().block(blockSection, ng().body().u32(byteOrderMagic).u16(2, 0).u32(0, 0).b).b, 1, "unknown pcapng savefile major version number 2", ""},
	}
}

// damagedInterfaces are pcapng files with an interface that is refused.
func damagedInterfaces(o order) []testFile {
	ng := func() *builder { return pcapngHead(o) }
	one := func() *builder { return ng().iface(1, 100).enhanced(0, 5, 5, fill(5, 1)) }
	const idb = "Interface Description Block "
	return []testFile{
		{"interface too short", ng().block(1, fill(4, 0)).b, 0, "block of type 1 in pcapng dump file is too short", ""},
		{"second interface too short", one().block(1, fill(4, 0)).b, 1, "block of type 1 in pcapng dump file is too short", ""},
		{"end of options with a value", ng().iface(1, 0, option{0, []byte{1}}).b, 0, idb + "has opt_endofopt option with length 1 != 0", ""},
		{"tsresol's length", ng().iface(1, 0, option{9, []byte{6, 0}}).b, 0, idb + "has if_tsresol option with length 2 != 1", ""},
		{"tsresol twice", ng().iface(1, 0, tsresol(6), tsresol(6)).b, 0, idb + "has more than one if_tsresol option", ""},
		{"tsresol 2^-64", ng().iface(1, 0, tsresol(0x80|64)).b, 0, idb + "if_tsresol option resolution 2^-64 is too high", ""},
		{"tsresol 10^-20", ng().iface(1, 0, tsresol(20)).b, 0, idb + "if_tsresol option resolution 10^-20 is too high", ""},
		{"tsoffset's length", ng().iface(1, 0, option{14, []byte{6, 0, 0, 0}}).b, 0, idb + "has if_tsoffset option with length 4 != 8", ""},
		{"tsoffset twice", ng().iface(1, 0, tsoffset(o, 1), tsoffset(o, 1)).b, 0, idb + "has more than one if_tsoffset option", ""},
		{"option value cut", ng().block(1, ng().body().u16(1, 0).u32(0).u16(2, 8).u32(0).b).b, 0, "block of type 1 in pcapng dump file is too short", ""},
	}
}

// pseudoHeaderFiles hold packets with fields in the writing host's byte order.
func pseudoHeaderFiles(o order) []testFile {
	body := func() *builder { return &builder{order: o} }
	usb := func(transfer, endpoint byte, ndesc, length uint32) []byte {
		f := body().u32(1, 2).bytes('C', transfer, endpoint, 1).u16(3).bytes(0, 0).u32(4, 5, 6, 7, length, 9)
		f.u32(10, 11, 12, 13, 14, ndesc)
		for i := range uint32(3) {
			f.u32(15, i*20, 10+i, 0)
		}
		return f.bytes(fill(40, 0)...).b
	}
	usbFix := func(data []byte, length uint32) []byte {
		return pcapHead(o, magicMicro, 65535, 220).record(1, 2, uint32(len(data)), length, data).b
	}
	cooked := func(n, at int, protocol uint16) []byte {
		b := fill(n+16, 3)
		binary.BigEndian.PutUint16(b[at:], protocol)
		return b
	}
	pflog := fill(80, 1)
	pflog[0] = 61
	short := fill(80, 1)
	short[0] = 50
	nflog := body().bytes(2, 0, 0, 0).u16(8, 1).u32(0).u16(7, 2).bytes(1, 2, 3, 0).u16(3, 3).u32(0).b
	files := []testFile{
		{"usb mapped, wrong length", usbFix(usb(0, 0x81, 3, 500), 64+48+500), 1, "", ""},
		{"usb mapped, wrong length but outgoing", usbFix(usb(0, 1, 3, 500), 64+48+500), 1, "", ""},
		{"usb mapped, length below captured", usbFix(usb(0, 0x81, 3, 1), 64+48+1), 1, "", ""},
	}
	cut := func(name string, link uint16, data []byte) { files = append(files, cutPackets(o, name, link, data)...) }
	cut("pflog", 117, pflog)
	cut("pflog with a short header", 117, short)
	cut("nflog", 239, nflog)
	cut("nflog of another version", 239, append([]byte{2, 1, 0, 0}, nflog[4:]...))
	cut("usb", 189, usb(0, 0x81, 3, 50))
	cut("usb bulk", 189, usb(3, 0x81, 3, 50))
	cut("usb mapped", 220, usb(0, 0x81, 3, 50))
	cut("usb mapped bulk", 220, usb(3, 0x81, 3, 50))
	cut("usb mapped, many descriptors", 220, usb(0, 0x81, 0xffffffff, 50))
	for _, protocol := range []uint16{0x0800, 0x000c, 0x000d, 0x000e} {
		cut(fmt.Sprintf("cooked, protocol %#x", protocol), 113, cooked(16, 14, protocol))
		cut(fmt.Sprintf("cooked v2, protocol %#x", protocol), 276, cooked(20, 0, protocol))
	}
	return files
}

// cutPackets are a pcap file and a pcapng file with a packet of which the first
// bytes were captured, and one whose length is as short, for some 40 lengths.
func cutPackets(o order, name string, link uint16, data []byte) []testFile {
	pcap, ng := pcapHead(o, magicMicro, 65535, uint32(link)), pcapngHead(o).iface(link, 65535)
	packets := 0
	for n := 0; n <= len(data); n += max(1, len(data)/40) {
		pcap.record(1, 2, uint32(n), uint32(len(data)), data[:n]).record(1, 2, uint32(len(data)), uint32(n), data)
		ng.enhanced(0, 1000002, uint32(len(data)), data[:n]).enhanced(0, 1000002, uint32(n), data)
		packets += 2
	}
	return []testFile{{name, pcap.b, packets, "", ""}, {name + ", pcapng", ng.b, packets, "", ""}}
}

// TestFiles reads every file of the table to its end.
func TestFiles(t *testing.T) {
	for _, c := range allFiles() {
		t.Run(c.name, func(t *testing.T) {
			_, packets, err := readAll(c.file)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != c.err || len(packets) != c.packets {
				t.Errorf("%d packets, then error %q; want %d packets, then %q", len(packets), got, c.packets, c.err)
			}
		})
	}
}
