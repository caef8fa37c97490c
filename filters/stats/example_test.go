package stats_test

import (
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/pcapfile"
)

// The transfers of a savefile as comma-separated values.
func Example() {
	r, err := pcapfile.Open("../../testdata/captures/lan.pcap")
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	hosts, counts := stats.NewHosts(nil), stats.NewStatistics(false)
	counts.Location = time.UTC
	var p header.Packet
	others := 0
	for pkt, err := range capture.Packets(r) {
		if err != nil {
			log.Fatal(err)
		}
		if !header.Decode(pkt, &p) || p.ICMP() {
			others++
			continue
		}
		_, way := hosts.Direction(&p)
		counts.Add(pkt, &p, way)
	}
	var table strings.Builder
	if err := counts.WriteCSV(&table, counts.Span()); err != nil {
		log.Fatal(err)
	}
	fmt.Print(strings.ReplaceAll(table.String(), "\r\n", "\n")) // lines end as RFC 4180 has it
	fmt.Println(others)
	// Output:
	// protocol,local,local_port,remote,remote_port,send_count,send_unique,send_size,receive_count,receive_unique,receive_size
	// TCP,192.0.2.1,35230,192.0.2.2,81,1,0,0,1,0,0
	// TCP,192.0.2.1,49310,192.0.2.2,8000,6,1,48,6,1,2069
	// TCP,2001:db8::1,36916,2001:db8::2,81,1,0,0,1,0,0
	// TCP,2001:db8::1,42870,2001:db8::2,8000,6,1,48,6,1,2069
	// UDP,192.0.2.1,47885,192.0.2.2,33333,1,1,14,0,0,0
	// UDP,192.0.2.1,56910,192.0.2.2,53,1,1,33,1,1,49
	// UDP,2001:db8::1,53508,2001:db8::2,33333,1,1,14,0,0,0
	// UDP,2001:db8::1,56706,2001:db8::2,53,1,1,33,1,1,49
	// 18
}
