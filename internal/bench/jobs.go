//go:build linux

package main

import (
	"fmt"
	"strings"
)

// section is a table of the report.
type section struct {
	title string
	note  string // what the reader has to know, beside what all tables have in common
	jobs  []job
}

// job is a row: what tapdump is asked to do, and what it is compared with. Words in
// capitals stand for files; captures.go has them. A "|" is a pipe.
type job struct {
	what   string
	args   string // tapdump's
	beside string // the other command line; "": tcpdump with the same arguments; nothing: none
	wanted string // times as fast that are wanted, or what else; "": nothing
	pinned bool   // all on one core
	names  bool   // with the hosts file of the bench as the only source of names
	slow   bool   // the other program takes long, and is run once
	many   bool   // it is over in milliseconds, and run manyRuns times as often
}

const (
	nothing  = "-"
	manyRuns = 8
)

// The programs of beside that this package has options for.
const (
	withTcpdump = "tcpdump "
	withTshark  = "tshark "
)

func sections() []section {
	return []section{
		{"One core", "All runs of both programs on one processor.", oneCore()},
		{"All cores", "", allCores()},
		{"Every protocol", "The packets of testdata/packets that are Ethernet, one after the other, again and again: nearly each of another\nprotocol, and many of them wrong on purpose. One processor.", everyProtocol()},
		{"Compressed files", "What `gzip` (level 6) and `zstd` (level 3) wrote, and what tapdump writes. tcpdump reads from a pipe; the processor\ntime is that of both programs.", compressed()},
		{"Start", "Least times beside the median ones: a command line that is over at once.", starts()},
		{"Records, flows, reports", "tshark is given the option that comes nearest, and run once. A tenth: of the first packets of the capture.", recordJobs()},
		{"Index and diagnosis", "Without an index the others read all of the file. tapdump prints the lines of all packets with what is wrong with\nTCP, tshark with `-Y` only those with something wrong.", diagnosis()},
	}
}

func oneCore() []job {
	jobs := []job{
		{what: "print", args: "-nn -r FILE", wanted: "11, 300 ns"},
		{what: "print in detail", args: "-nn -v -r FILE", wanted: "8"},
		{what: "print in every detail", args: "-nn -vvv -e -r FILE", wanted: "10"},
		{what: "print briefly", args: "-nn -q -r FILE"},
		{what: "print with bytes", args: "-nn -X -r FILE"},
		{what: "print with text", args: "-nn -A -r FILE"},
		{what: "count, light filter", args: "-nn --count -r FILE tcp", wanted: "2.5, 40 ns"},
		{what: "count, middle filter", args: "-nn --count -r FILE tcp port 443 or udp port 53", wanted: "2"},
		{what: "count, 100 hosts", args: "-nn --count -r FILE " + hundredHosts(), wanted: "2"},
		{what: "count from pcapng", args: "-nn --count -r NG tcp", wanted: "2.5"},
		{what: "write what a filter lets pass", args: "-r FILE -w OUT tcp"},
	}
	for i := range jobs {
		jobs[i].pinned = true
	}
	return jobs
}

func hundredHosts() string {
	hosts := make([]string, 100)
	for i := range hosts {
		hosts[i] = fmt.Sprintf("host 10.%d.%d.%d", i%7, i%5, i+1)
	}
	return strings.Join(hosts, " or ")
}

func allCores() []job {
	return []job{
		{what: "print", args: "-nn -r FILE", wanted: "8"},
		{what: "print in detail", args: "-nn -v -r FILE", wanted: "8"},
		{what: "print in every detail", args: "-nn -vvv -e -r FILE"},
		{what: "print briefly", args: "-nn -q -r FILE"},
		{what: "print with bytes", args: "-nn -X -r FILE", wanted: "30"},
		{what: "print with text", args: "-nn -A -r FILE", wanted: "30"},
		{what: "print with names of hosts", args: "-r FILE", names: true},
		{what: "print from pcapng", args: "-nn -r NG"},
		{what: "filter and print", args: "-nn -r FILE icmp or arp"},
		{what: "count, light filter", args: "-nn --count -r FILE tcp", wanted: "2.5"},
		{what: "count, middle filter", args: "-nn --count -r FILE tcp port 443 or udp port 53", wanted: "2"},
		{what: "count, 100 hosts", args: "-nn --count -r FILE " + hundredHosts(), wanted: "2"},
		{what: "count from pcapng", args: "-nn --count -r NG tcp", wanted: "2.5"},
		{what: "write all", args: "-r FILE -w OUT", wanted: "1.3"},
		{what: "write what a filter lets pass", args: "-r FILE -w OUT tcp", wanted: "2.5"},
		{what: "copy", args: "-r FILE -w OUT", beside: "cp FILE OUT"},
	}
}

func everyProtocol() []job {
	return []job{
		{what: "print", args: "-nn -r MIX", wanted: "6", pinned: true},
		{what: "print in detail", args: "-nn -v -r MIX", wanted: "6", pinned: true},
		{what: "print in every detail", args: "-nn -vvv -e -r MIX", wanted: "6", pinned: true},
	}
}

func compressed() []job {
	var jobs []job
	for _, of := range []struct{ what, word, program, wanted string }{
		{"gzip", "GZ", "gzip", "2.5"}, {"our gzip", "OWNGZ", "gzip", "2.5"},
		{"zstd", "ZST", "zstd", ""}, {"our zstd", "OWNZST", "zstd", "5"},
	} {
		for _, do := range []struct{ what, before, after string }{{"count", "-nn --count", " tcp"}, {"print", "-nn", ""}} {
			jobs = append(jobs, job{
				what: do.what + " from " + of.what, args: do.before + " -r " + of.word + do.after, wanted: of.wanted,
				beside: of.program + " -dc " + of.word + " | tcpdump " + do.before + " -r -" + do.after,
			})
		}
	}
	return jobs
}

func starts() []job {
	return []job{
		{what: "start to first line", args: "-nn -c 1 -r FILE", wanted: "2 ms", many: true},
		{what: "compile a filter", args: "-d -r ONE tcp port 443 or udp port 53", many: true},
		{what: "compile 500 pairs of host and port", args: "-nn --count -r ONE -F SOMEPAIRS"},
		{what: "compile 10,000 pairs", args: "-nn --count -r ONE -F PAIRS", beside: nothing, wanted: "0.5 s"},
	}
}

// headerFields are tshark's names for columns of the group basic, and eightFields for
// the columns of a row.
const (
	headerFields = "-e frame.number -e frame.time_epoch -e frame.cap_len -e frame.len -e frame.protocols -e eth.src -e eth.dst -e eth.type" +
		" -e vlan.id -e ip.version -e ip.src -e ip.dst -e ipv6.src -e ipv6.dst -e ip.proto -e ip.ttl -e tcp.srcport -e tcp.dstport" +
		" -e udp.srcport -e udp.dstport -e tcp.flags.str -e tcp.seq_raw -e tcp.ack_raw -e tcp.len"
	eightFields = "-e frame.time_epoch -e ip.src -e ip.dst -e ip.proto -e tcp.srcport -e tcp.dstport -e tcp.flags.str -e frame.len"
)

func recordJobs() []job {
	jobs := []job{
		{what: "lines", args: "-nn -r FILE", beside: "tshark -n -r FILE"},
		{what: "lines with what applications say", args: "-nn --app -r FILE", beside: "tshark -n -r FILE"},
		{what: "records as JSON, headers", args: "-nn --json --columns basic -r FILE", beside: "tshark -n -r FILE -T ek " + headerFields, wanted: "350 ns"},
		{what: "records as JSON, with lines", args: "-nn --json --columns basic,text -r FILE", beside: "tshark -n -r FILE -T ek -e _ws.col.Info " + headerFields},
		{what: "records as JSON, all that is usual, a tenth", args: "-nn --json -r TENTH", beside: "tshark -n -r TENTH -T ek"},
		{what: "records of eight fields", args: "-nn --fields timestamp,src_addr,dst_addr,ip_protocol,src_port,dst_port,tcp_flags,original_length -r FILE",
			beside: "tshark -n -r FILE -T fields " + eightFields},
		{what: "records as Parquet, headers", args: "-r FILE -w OUT --format parquet --columns basic", beside: "tshark -n -r FILE -T fields " + headerFields},
		{what: "records as Parquet, all that is usual", args: "-r FILE -w OUT --format parquet", beside: nothing},
		{what: "flows as JSON", args: "-nn --table flows --json -r FILE", beside: "tshark -n -q -r FILE -z conv,tcp -z conv,udp"},
		{what: "report", args: "--report OUT -r FILE",
			beside: "tshark -n -q -r FILE -z io,phs -z conv,ip -z endpoints,ip -z dns,tree -z http,tree -z expert -z io,stat,1"},
		{what: "report, beside what only counts", args: "--report OUT -r FILE", beside: "capinfos FILE"},
	}
	for i := range jobs {
		jobs[i].slow = strings.HasPrefix(jobs[i].beside, withTshark)
	}
	return jobs
}

func diagnosis() []job {
	return []job{
		{what: "write an index", args: "--make-index FILE", beside: "tcpdump -nn -r FILE -w OUT host 10.0.0.1"},
		{what: "write with an index", args: "-r FILE -w OUT --index", beside: "tcpdump -r FILE -w OUT"},
		{what: "search for a host that is not there", args: "-nn -r INDEXED host 203.0.113.200", beside: "tcpdump -nn -r INDEXED host 203.0.113.200", many: true},
		{what: "search by time", args: "-nn -r INDEXED --from +5 --to +5.1", beside: "tshark -n -r FILE -Y frame.time_relative>=5&&frame.time_relative<5.1", slow: true},
		{what: "search by time and host", args: "-nn -r INDEXED --from +5 --to +6 host 198.51.100.32",
			beside: "tshark -n -r FILE -Y frame.time_relative>=5&&frame.time_relative<6&&ip.addr==198.51.100.32", slow: true},
		{what: "what is wrong with TCP", args: "-nn --tcp-analysis -r FILE", beside: "tshark -n -r FILE -Y tcp.analysis.flags", slow: true},
		{what: "what is wrong, in figures", args: "--report OUT -r FILE", beside: "tshark -n -q -r FILE -z expert", slow: true},
	}
}
