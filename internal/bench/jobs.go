//go:build linux

package main

import (
	"fmt"
	"strings"
)

// job is what the programs are asked to do. FILE, NG and GZ in args stand for
// the capture as pcap, pcapng and compressed pcap; OUT for a file to write.
type job struct {
	what, args string
	tcpdump    string // its arguments where they differ
	tshark     string // its arguments, "" where it is left out
	names      bool   // with the hosts file of the bench as the only source of names
	pinned     bool   // all on one core
	limit      string // what the project wants of the ratio of times, "" for nothing
}

func jobs() []job {
	hosts := make([]string, 100)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("host 10.%d.%d.%d", i%7, i%5, i+1)
	}
	heavy := strings.Join(hosts, " or ")
	return []job{
		{what: "print", args: "-nn -r FILE", tshark: "-n -r FILE", limit: "1/8"},
		{what: "print in detail", args: "-nn -v -r FILE", limit: "1/8"},
		{what: "print in every detail", args: "-nn -vvv -e -r FILE"},
		{what: "print briefly", args: "-nn -q -r FILE"},
		{what: "print with bytes", args: "-nn -X -r FILE", limit: "1/15"},
		{what: "print with text", args: "-nn -A -r FILE", limit: "1/15"},
		{what: "print with names of hosts", args: "-r FILE", names: true},
		{what: "print on one core", args: "--jobs 1 -nn -r FILE", tcpdump: "-nn -r FILE", pinned: true, limit: "1/4"},
		{what: "print with what is wrong with TCP", args: "-nn --tcp-analysis -r FILE", tcpdump: "-nn -r FILE"},
		{what: "print with what applications say", args: "-nn --app -r FILE", tcpdump: "-nn -r FILE"},
		{what: "records as JSON, headers", args: "-nn --json --columns basic -r FILE", tcpdump: "-nn -r FILE", tshark: "-n -r FILE -T ek"},
		{what: "records as JSON, with lines", args: "-nn --json --columns basic,text -r FILE", tcpdump: "-nn -r FILE"},
		{what: "records as JSON, all that is usual", args: "-nn --json -r FILE", tcpdump: "-nn -r FILE"},
		{what: "records of eight fields", tcpdump: "-nn -r FILE",
			args:   "-nn --fields timestamp,src_addr,dst_addr,ip_protocol,src_port,dst_port,tcp_flags,original_length -r FILE",
			tshark: "-n -r FILE -T fields -e frame.time_epoch -e ip.src -e ip.dst -e ip.proto -e tcp.srcport -e tcp.dstport -e tcp.flags.str -e frame.len"},
		{what: "records as Parquet, headers", args: "-r FILE -w OUT --format parquet --columns basic", tcpdump: "-nn -r FILE"},
		{what: "records as Parquet, all that is usual", args: "-r FILE -w OUT --format parquet", tcpdump: "-nn -r FILE"},
		{what: "flows as JSON", args: "-nn --table flows --json -r FILE", tcpdump: "-nn -r FILE"},
		{what: "count, light filter", args: "-nn --count -r FILE tcp", limit: "1/2"},
		{what: "count, middle filter", args: "-nn --count -r FILE tcp port 443 or udp port 53", limit: "1/2"},
		{what: "count, 100 hosts", args: "-nn --count -r FILE " + heavy, limit: "1/2"},
		{what: "count on one core, light filter", args: "-nn --count -r FILE tcp", pinned: true, limit: "1/2"},
		{what: "count on one core, middle filter", args: "-nn --count -r FILE tcp port 443 or udp port 53", pinned: true, limit: "1/2"},
		{what: "count on one core, 100 hosts", args: "-nn --count -r FILE " + heavy, pinned: true, limit: "1/2"},
		{what: "filter and print", args: "-nn -r FILE icmp or arp"},
		{what: "write all", args: "-r FILE -w OUT", limit: "1/1.3"},
		{what: "write what a filter lets pass", args: "-r FILE -w OUT tcp"},
		{what: "count from pcapng", args: "-nn --count -r NG tcp"},
		{what: "print from pcapng", args: "-nn -r NG"},
		{what: "count from gzip", args: "-nn --count -r GZ tcp", tcpdump: "GUNZIP -nn --count -r - tcp"},
	}
}
