package pcapfile_test

import (
	"bytes"
	"fmt"
	"log"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// A file is written, compressed, and read again.
func Example() {
	var file bytes.Buffer
	w, err := pcapfile.NewWriter(&file, "a buffer", capture.LinkRAW, pcapfile.Format{Pcapng: true, Compression: pcapfile.Zstd})
	if err != nil {
		log.Fatal(err)
	}
	pkt := capture.NewPacket(capture.LinkRAW, []byte{0x45, 0, 0, 20, 19: 1})
	pkt.Time = capture.Timestamp{Sec: 1700000000, Nsec: 7}
	if err := w.Write(pkt); err != nil {
		log.Fatal(err)
	}
	if err := w.Close(); err != nil {
		log.Fatal(err)
	}

	r, err := pcapfile.NewReader(&file)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(pkt.LinkType, pkt.Length, pkt.Time.Nsec)
	}
	// Output: RAW 20 7
}

func ExampleMerge() {
	m, err := pcapfile.Merge([]string{"../testdata/captures/lo-any.pcap", "../testdata/captures/lo-sll.pcap"}, pcapfile.MergeOptions{})
	if err != nil {
		log.Fatal(err)
	}
	defer m.Close()
	count := make(map[capture.LinkType]int)
	for pkt, err := range capture.Packets(m) {
		if err != nil {
			log.Fatal(err)
		}
		count[pkt.LinkType]++
	}
	fmt.Println(count)
	// Output: map[LINUX_SLL:36 LINUX_SLL2:36]
}

func ExampleWriteError() {
	_, err := pcapfile.Create("no/such/folder/out.pcap", capture.LinkEN10MB, pcapfile.Format{})
	fmt.Println(err)
	// Output: no/such/folder/out.pcap: No such file or directory
}
