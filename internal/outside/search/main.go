// Search prints what matches a pattern in payloads, and statistics: search FILE PATTERN
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/pcapfile"
)

func main() {
	file, err := pcapfile.Open(os.Args[1])
	check(err)
	find, err := filters.NewFind(os.Args[2], filters.FindRegexp)
	check(err)
	filter, hosts, counts := filters.New(filters.Config{Find: find}), stats.NewHosts(nil), stats.NewStatistics(false)
	var p header.Packet
	for pkt, err := range capture.Packets(file) {
		check(err)
		if header.Decode(pkt, &p) && filter.Match(&p) {
			fmt.Printf("%s: hits at %v\n", p.Src, filter.Hits(nil, &p))
			_, way := hosts.Direction(&p)
			counts.Add(pkt, &p, way)
		}
	}
	check(counts.WriteCSV(os.Stdout, counts.Span()))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
