package cli

import (
	"fmt"
	"strings"
)

// helpLine is one option of our own in what --help prints.
type helpLine struct {
	name  string // as in Options
	value string // what stands for its value; "": it has none
	text  string
}

// helpGroup is options that belong together.
type helpGroup struct {
	title string
	lines []helpLine
}

// ownHelp has every option of our own that is not one of ipscap's.
var ownHelp = []helpGroup{
	{"Capturing and filtering", []helpLine{
		{"follow-interfaces", "", "take up interfaces of -i that appear or come back: names, and patterns such as -i 'veth*'"},
		{"workers", "N", "share the packets of a busy interface among N buffers, one for each processor"},
		{"duration", "TIME", "stop after TIME: 90, 1.5s, 15m, 1h30m"},
		{"explain", "", "print how the filter expression is understood, and stop"},
		{"hints", "", "say at the end why nothing matched, as on a terminal, or what is odd about the expression"},
	}},
	{"Reading savefiles (with -r, -V)", []helpLine{
		{"merge", "", "read all as one, by the time stamps of their packets; -r may be given several times then"},
		{"decompress-memory", "BYTES", "let compressed files refer back so far: 128m; the default is 64m"},
	}},
	{"Printing", []helpLine{
		{"interface-names", "", "begin lines with the interface and the direction; by itself for several -i, and not with =no"},
		{"jobs", "N", "print on N processors at the same time; all is the default"},
	}},
	{"Writing savefiles (with -w)", []helpLine{
		{"format", "FORMAT", "pcap or pcapng; a name that ends in .pcapng asks for that too"},
		{"comment", "TEXT", "put a comment into a pcapng file"},
		{"rotate-size", "BYTES", "begin another file before one gets larger: 100000, 64k, 10m, 2g"},
		{"rotate-time", "TIME", "begin another file after TIME"},
		{"rotate-count", "N", "begin another file after N packets"},
		{"align", "", "end each --rotate-time at a whole multiple of it, as on the hour"},
		{"keep-files", "N", "keep N files, and remove the oldest"},
		{"keep-bytes", "BYTES", "keep so many bytes in all files"},
		{"max-bytes", "BYTES", "stop after so many bytes"},
	}},
	{"Privileges", []helpLine{
		{"no-sandbox", "", "keep, after the start, what is not needed any more"},
	}},
}

// ipscapHelp has every option of ipscap, which tapdump takes too.
var ipscapHelp = []helpGroup{
	{"Which packets, by payload and headers", []helpLine{
		{"find", "STRING", "packets with STRING in their payload"},
		{"find-mode", "MODE", "STRING is a REGEX (the default), text to MATCH, BINARY with escapes, or HEX; or 1 to 4"},
		{"find-stream", "", "search TCP streams, put together again, instead of packets"},
		{"port", "LIST", "packets from or to one of these ports"},
		{"protocol", "LIST", "ICMP, TCP, UDP, ALL; beside other filters, and in ipscap, the default is TCP,UDP"},
		{"ip", "LIST", "packets from or to one of these addresses or prefixes"},
		{"condition", "COND", "NAME OP VALUE[,VALUE...] joined by ; as in 'port=80,443; flags=SYN; ttl<64'"},
		{"tracking", "", "also what follows between the same addresses with the same lower port"},
		{"exclude-ssh", "", "not port 22"},
		{"web-port", "", "the ports 80, 443, 53"},
		{"general-port", "", "the ports 21,22,23,25,53,80,110,143,220,443,465,990,993,995,1433,3306"},
		{"force", "", "ipscap without any filter"},
	}},
	{"How they are shown", []helpLine{
		{"output", "MODE", "NONE, HEADER, TEXT (ipscap's default), BINARY[_ALL], HEX[_ALL], LINE, or 0 to 7; BASE64[_ALL]"},
		{"output-raw", "", "all fields of headers, each with its bytes in hexadecimal digits"},
		{"color", "WHEN", "highlight what --find found: auto (on terminals), always, never"},
		{"stat-mode", "N", "statistics of nothing (0), of the packets shown (1, ipscap's default), of all packets (2)"},
		{"stat-group", "N", "by transfers (0, the default), by addresses and service port (1), by addresses (2)"},
		{"stats", "FORMAT", "only statistics: text, json, csv, top"},
		{"dumpfile", "N", "append payloads (1), headers and payloads (2) to files in ./dump_logs/"},
	}},
	{"Running", []helpLine{
		{"timeout", "SECONDS", "stop by itself"},
		{"verbose", "N", "say more on standard error: causes of errors (1), settings (2), everything (3)"},
		{"debug", "", "the same as --verbose=3"},
		{"log", "FILE", "say it to FILE"},
	}},
}

// manuals says where there is more.
const manuals = "Manual: man tapdump, or docs/tapdump.1 in the source; payloads and statistics: docs/ipscap.md there.\n"

// help is what --help prints behind the version.
func (p *persona) help() string {
	var b strings.Builder
	if p.ipscap {
		b.WriteString("Usage: ipscap [ option ... ] [ expression ]\n")
		writeHelp(&b, ipscapHelp, "_", " ")
		b.WriteString("Options of tapdump can be given too, such as -i INTERFACE, -r FILE, -w FILE, -c COUNT and -n; -v shows\n" +
			"more of the headers; tapdump --help has more. --version prints the version.\n")
	} else {
		b.WriteString(usageText(p.name))
		b.WriteString("\nMore than tcpdump has:\n")
		writeHelp(&b, ownHelp, "-", "=")
		writeHelp(&b, ipscapHelp, "-", "=")
	}
	b.WriteString(manuals)
	return b.String()
}

// writeHelp writes groups, names with hyphen in place of their hyphens and
// assign in front of values.
func writeHelp(b *strings.Builder, groups []helpGroup, hyphen, assign string) {
	for _, g := range groups {
		fmt.Fprintf(b, "%s\n", g.title)
		for _, l := range g.lines {
			option := "--" + strings.ReplaceAll(l.name, "-", hyphen)
			if l.value != "" {
				option += assign + l.value
			}
			fmt.Fprintf(b, "  %-21s %s\n", option, l.text)
		}
	}
}
