package filters_test

import (
	"fmt"
	"log"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/pcapfile"
)

// Payloads are searched, and the hits shown.
func Example() {
	find, err := filters.NewFind(`server: \w+`, filters.FindRegexp)
	if err != nil {
		log.Fatal(err)
	}
	f := filters.New(filters.Config{Find: find, Protocols: filters.TCP})
	r, err := pcapfile.Open("../testdata/captures/lan.pcap")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	var p header.Packet
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			log.Fatal(err)
		}
		if !header.Decode(pkt, &p) || !f.Concerns(&p) || !f.Match(&p) {
			continue
		}
		for _, hit := range f.Hits(nil, &p) {
			fmt.Printf("%s: %s\n", p.Src, p.All[hit.Start:hit.End])
		}
	}
	// Output:
	// 192.0.2.2: Server: SimpleHTTP
	// 2001:db8::2: Server: SimpleHTTP
}

func ExampleParseConditions() {
	conditions, err := filters.ParseConditions("port=80,443; ttl<64")
	if err != nil {
		log.Fatal(err)
	}
	data := []byte{0x45, 0, 0, 28, 0, 0, 0, 0, 63, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0xc0, 0, 1, 187, 0, 8, 0, 0}
	var p header.Packet
	if header.Decode(capture.NewPacket(capture.LinkRAW, data), &p) {
		fmt.Println(conditions.Match(&p))
	}
	_, err = filters.ParseConditions("prt=80")
	fmt.Println(err)
	// Output:
	// true
	// "prt=80": there is no "prt"; there are port, client_port, src_port, dest_port, ttl, flags, seq, ack, window, mss, wscale, sack
}
