package printer

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// TestPacketsInSavefile: the packets of all packet files, of all link types, are the same
// in one pcapng file. TAPDUMP_PACKETS names the file, for who wants to keep it: the tests
// in a browser do.
func TestPacketsInSavefile(t *testing.T) {
	names, err := filepath.Glob("../testdata/packets/*.txt")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	var packets []capture.Packet
	var interfaces []capture.Interface
	for _, name := range names {
		for _, pkt := range loadPackets(t, name).packets {
			at := slices.IndexFunc(interfaces, func(i capture.Interface) bool { return i.LinkType == pkt.LinkType })
			if at < 0 {
				at = len(interfaces)
				interfaces = append(interfaces, capture.Interface{LinkType: pkt.LinkType, SnapLen: capture.MaxSnapLen})
			}
			pkt.Interface = at
			packets = append(packets, pkt)
		}
	}
	file := os.Getenv("TAPDUMP_PACKETS")
	if file == "" {
		file = filepath.Join(t.TempDir(), "packets.pcapng")
	}
	w, err := pcapfile.Create(file, interfaces[0].LinkType, pcapfile.Format{Pcapng: true, Interfaces: func() []capture.Interface { return interfaces }})
	if err != nil {
		t.Fatal(err)
	}
	for i := range packets {
		if err := w.Write(&packets[i]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := pcapfile.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			t.Fatal(err)
		}
		if want := &packets[n]; pkt.LinkType != want.LinkType || pkt.Time != want.Time || pkt.Length != want.Length || !bytes.Equal(pkt.Data, want.Data) {
			t.Fatalf("packet %d of %s is not the same", n+1, file)
		}
		n++
	}
	if n != len(packets) {
		t.Errorf("%d of %d packets", n, len(packets))
	}
}
