package live

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// bpfLayouts are those of struct bpf_hdr on 64-bit machines, by the values of
// GOOS (net/bpf.h there).
var bpfLayouts = map[string]bpfLayout{
	"darwin":    {sec: bpfField{0, 4}, usec: bpfField{4, 4}, caplen: 8, datalen: 12, hdrlen: 16, align: 4},
	"dragonfly": {sec: bpfField{0, 8}, usec: bpfField{8, 8}, caplen: 16, datalen: 20, hdrlen: 24, align: 8},
	"freebsd":   {sec: bpfField{0, 8}, usec: bpfField{8, 8}, caplen: 16, datalen: 20, hdrlen: 24, align: 8},
	"netbsd":    {sec: bpfField{0, 8}, usec: bpfField{8, 8}, caplen: 16, datalen: 20, hdrlen: 24, align: 8},
	"openbsd":   {sec: bpfField{0, 4}, usec: bpfField{4, 4}, caplen: 8, datalen: 12, hdrlen: 16, flags: 22, align: 4},
}

// put writes a number of 4 or 8 bytes.
func (f bpfField) put(b []byte, v uint64) {
	if f.size == 8 {
		binary.NativeEndian.PutUint64(b[f.at:], v)
		return
	}
	binary.NativeEndian.PutUint32(b[f.at:], uint32(v))
}

// appendBPF adds a packet as the kernel does: the header is as long as lets
// what follows a link-layer header of 14 bytes be aligned.
func appendBPF(b []byte, l *bpfLayout, sec, usec uint64, data string, length uint32, flags byte) []byte {
	for len(b)%l.align != 0 {
		b = append(b, 0xee)
	}
	const linkHeader = 14
	hdrlen := (linkHeader+l.size()+l.align-1)&^(l.align-1) - linkHeader
	h := make([]byte, hdrlen)
	l.sec.put(h, sec)
	l.usec.put(h, usec)
	binary.NativeEndian.PutUint32(h[l.caplen:], uint32(len(data)))
	binary.NativeEndian.PutUint32(h[l.datalen:], length)
	binary.NativeEndian.PutUint16(h[l.hdrlen:], uint16(hdrlen))
	if l.flags > 0 {
		h[l.flags] = flags
	}
	return append(append(b, h...), data...)
}

func TestBPFBuffer(t *testing.T) {
	for system, l := range bpfLayouts {
		t.Run(system, func(t *testing.T) {
			type record struct {
				sec, usec uint64
				data      string
				length    uint32
				flags     byte
				direction capture.Direction
			}
			records := []record{
				{sec: 1700000000, usec: 1, data: "abcdefg", length: 1500, flags: 0x1a, direction: capture.DirIn},
				{sec: 1700000000, usec: 999999, data: "", length: 0, flags: 0x07},
				{sec: 4000000000, usec: 0, data: strings.Repeat("x", 1514), length: 1514, flags: 0x20, direction: capture.DirOut},
				{sec: 1, usec: 2, data: "y", length: 1},
			}
			var data []byte
			for _, r := range records {
				data = appendBPF(data, &l, r.sec, r.usec, r.data, r.length, r.flags)
			}
			b := bpfBuffer{layout: &l, data: data}
			for i, r := range records {
				p := capture.Packet{Direction: capture.DirOut}
				if ok, err := b.next(&p); !ok || err != nil {
					t.Fatalf("packet %d: ok %v, %v", i, ok, err)
				}
				if l.flags == 0 {
					r.direction = capture.DirUnknown
				}
				if want := (capture.Timestamp{Sec: int64(r.sec), Nsec: int64(r.usec) * 1000}); p.Time != want ||
					string(p.Data) != r.data || p.Length != r.length || p.Direction != r.direction {
					t.Errorf("packet %d: got %+v, want %+v", i, p, r)
				}
				if cap(p.Data) != len(p.Data) {
					t.Errorf("packet %d: appending to it would write over the next", i)
				}
			}
			if ok, err := b.next(new(capture.Packet)); ok || err != nil {
				t.Errorf("after the last packet: ok %v, %v", ok, err)
			}
		})
	}
}

// TestBPFHeaderLength has the header's lengths that the systems' kernels give
// before Ethernet.
func TestBPFHeaderLength(t *testing.T) {
	for system, want := range map[string]int{"darwin": 18, "dragonfly": 26, "freebsd": 26, "netbsd": 26, "openbsd": 26} {
		l := bpfLayouts[system]
		b := appendBPF(nil, &l, 0, 0, "", 0, 0)
		if len(b) != want {
			t.Errorf("%s: %d bytes, want %d", system, len(b), want)
		}
	}
}

func TestBPFBufferDamaged(t *testing.T) {
	for system, l := range bpfLayouts {
		whole := appendBPF(nil, &l, 5, 6, "first", 5, 0)
		second := (len(whole) + l.align - 1) &^ (l.align - 1)
		whole = appendBPF(whole, &l, 7, 8, "second", 6, 0)
		change := func(at int, v uint32, size int) []byte {
			b := append([]byte(nil), whole...)
			if size == 2 {
				binary.NativeEndian.PutUint16(b[second+at:], uint16(v))
			} else {
				binary.NativeEndian.PutUint32(b[second+at:], v)
			}
			return b
		}
		for _, test := range []struct {
			name string
			data []byte
			want string
		}{
			{"cut header", whole[:second+l.size()-1], "bytes are left of a header"},
			{"cut packet", whole[:len(whole)-1], "bytes are left"},
			{"no header length", change(l.hdrlen, 0, 2), "header's length is given as 0"},
			{"short header length", change(l.hdrlen, uint32(l.size())-1, 2), "header's length"},
			{"long header length", change(l.hdrlen, 0xffff, 2), "a header of 65535 bytes"},
			{"captured length", change(l.caplen, 0xffffffff, 4), "a packet of 4294967295"},
			{"captured length one too many", change(l.caplen, 7, 4), "a packet of 7"},
		} {
			b := bpfBuffer{layout: &l, data: test.data}
			var p capture.Packet
			if ok, err := b.next(&p); !ok || err != nil || string(p.Data) != "first" {
				t.Errorf("%s, %s: the packet before: ok %v, %v", system, test.name, ok, err)
			}
			ok, err := b.next(&p)
			if ok || err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s, %s: ok %v, error %v, want %q", system, test.name, ok, err, test.want)
			}
			if ok, err := b.next(&p); ok || err != nil {
				t.Errorf("%s, %s: it goes on after the error: ok %v, %v", system, test.name, ok, err)
			}
		}
	}
}

func FuzzBPFBuffer(f *testing.F) {
	for _, l := range bpfLayouts {
		f.Add(appendBPF(appendBPF(nil, &l, 1, 2, "abc", 3, 0x10), &l, 3, 4, "defgh", 50, 0x20))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for system, l := range bpfLayouts {
			b := bpfBuffer{layout: &l, data: data}
			for before := -1; ; {
				var p capture.Packet
				ok, err := b.next(&p)
				if !ok || err != nil {
					if ok, _ := b.next(&p); ok {
						t.Fatalf("%s: a packet after the end", system)
					}
					break
				}
				if b.pos <= before || b.pos%l.align != 0 {
					t.Fatalf("%s: from %d on to %d", system, before, b.pos)
				}
				before = b.pos
				if len(p.Data) > len(data)-l.size() {
					t.Fatalf("%s: %d bytes of packet in %d", system, len(p.Data), len(data))
				}
			}
		}
	})
}

func TestBPFLinkTypes(t *testing.T) {
	for _, test := range []struct {
		system  string
		current uint32
		list    []uint32
		monitor bool
		want    string
	}{
		{"freebsd", 1, []uint32{1}, false, "EN10MB DOCSIS"},
		{"freebsd", 1, []uint32{127, 105, 1}, false, "EN10MB IEEE802_11_RADIO IEEE802_11"},
		{"freebsd", 0, []uint32{0}, false, "NULL"},
		{"freebsd", 121, nil, false, "PFSYNC"},
		{"freebsd", 1, []uint32{127, 1}, true, ""},
		{"netbsd", 14, []uint32{14, 13, 9}, false, "PPP_BSDOS SLIP_BSDOS PPP"},
		{"dragonfly", 1, nil, false, "EN10MB DOCSIS"},
		{"openbsd", 12, []uint32{12, 14}, false, "LOOP RAW"},
		{"openbsd", 13, []uint32{13}, false, "ENC"},
		{"openbsd", 18, nil, false, "PFSYNC"},
		{"darwin", 12, []uint32{12}, false, "RAW"},
		{"darwin", 149, []uint32{149}, false, "PKTAP"},
		{"darwin", 1, []uint32{1, 127, 105}, false, "EN10MB"},
		{"darwin", 1, []uint32{1, 105, 119, 127}, true, "IEEE802_11_RADIO PRISM_HEADER IEEE802_11"},
		{"darwin", 1, []uint32{1}, true, ""},
	} {
		var names []string
		for _, link := range bpfLinkTypes(test.system, test.current, test.list, test.monitor) {
			names = append(names, link.Name())
			if dlt := dltOfLink(test.system, link); linkOfDLT(test.system, dlt) != link {
				t.Errorf("%s: %s is %d there, which is %s", test.system, link, dlt, linkOfDLT(test.system, dlt))
			}
		}
		if got := strings.Join(names, " "); got != test.want {
			t.Errorf("%s, DLT %d of %v, monitor %v: got %q, want %q", test.system, test.current, test.list, test.monitor, got, test.want)
		}
	}
}
