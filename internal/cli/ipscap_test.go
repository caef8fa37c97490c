package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/cli/args"
	"github.com/tapdump/tapdump/internal/features"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// conversation is what the captures of these tests hold: a TCP connection with
// a request split over two segments and a reply that could drive a terminal, a
// DNS query, and pings; each between the same hosts.
func conversation(client, server string) []headertest.Spec {
	icmp, echo := uint8(header.ProtocolICMP), uint8(8)
	if strings.Contains(client, ":") {
		icmp, echo = header.ProtocolICMPv6, 128
	}
	tcp := func(out bool, seq, ack uint32, flags uint8, payload string) headertest.Spec {
		s := headertest.Spec{
			Src: client, Dst: server, Protocol: header.ProtocolTCP, SrcPort: 50396, DstPort: 80,
			Seq: seq, Ack: ack, Flags: flags, Window: 500, Payload: []byte(payload),
		}
		if !out {
			s.Src, s.Dst, s.SrcPort, s.DstPort, s.TTL = server, client, 80, 50396, 57
		}
		return s
	}
	syn := tcp(true, 1000, 0, header.SYN, "")
	syn.Options = []byte{2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7}
	query := headertest.Spec{Src: client, Dst: server, Protocol: header.ProtocolUDP, SrcPort: 40000, DstPort: 53, Payload: []byte("\x12\x34query")}
	return []headertest.Spec{
		syn,
		tcp(false, 5000, 1001, header.SYN|header.ACK, ""),
		tcp(true, 1001, 5001, header.PSH|header.ACK, "GET /secr"),
		tcp(true, 1010, 5001, header.PSH|header.ACK, "et HTTP/1.1\r\n\r\n"),
		tcp(false, 5001, 1025, header.PSH|header.ACK, "HTTP/1.1 200 OK\r\n\r\n\x1b[31mé\xff"),
		tcp(true, 1025, 5028, header.FIN|header.ACK, ""),
		query,
		{Src: client, Dst: server, Protocol: icmp, Type: echo, Payload: []byte("0123")},
		{Src: server, Dst: client, Protocol: icmp, Type: echo + 1, Payload: []byte("0123")},
	}
}

// ipscapCaptures writes eth4.pcap, eth6.pcap, vlan.pcap, sll.pcap, sll2.pcap,
// ssh.pcap and lan4.pcap into the working directory. The last is of hosts that
// are both private: connections from either port, a ping, a datagram in
// fragments, another protocol.
func ipscapCaptures(t testing.TB) {
	const client4, server4, client6, server6 = "10.0.2.15", "103.102.166.224", "2001:db8::15", "2001:db8:ffff::e0"
	change := func(specs []headertest.Spec, link capture.LinkType, vlan ...uint16) []headertest.Spec {
		for i := range specs {
			specs[i].Link, specs[i].VLAN = link, vlan
		}
		return specs
	}
	both := append(conversation(client4, server4), conversation(client6, server6)...)
	ssh := []headertest.Spec{
		{Src: client4, Dst: server4, Protocol: 6, SrcPort: 40000, DstPort: 22, Payload: []byte("SSH-2.0")},
		{Src: server4, Dst: client4, Protocol: 6, SrcPort: 443, DstPort: 40001, Payload: []byte("TLS")},
		{Src: client4, Dst: server4, Protocol: 6, SrcPort: 3306, DstPort: 40001, Payload: []byte("SQL")},
		{Src: "8.8.8.8", Dst: "9.9.9.9", Protocol: 17, SrcPort: 5000, DstPort: 6000, Payload: make([]byte, 3)},
	}
	const a, b = "192.168.0.5", "10.0.0.9"
	lan := []headertest.Spec{
		{Src: a, Dst: b, Protocol: 6, SrcPort: 40000, DstPort: 21, Flags: header.SYN},
		{Src: b, Dst: a, Protocol: 6, SrcPort: 21, DstPort: 40000, Flags: header.SYN | header.ACK},
		{Src: b, Dst: a, Protocol: 6, SrcPort: 20, DstPort: 40001, Flags: header.SYN},
		{Src: a, Dst: b, Protocol: 6, SrcPort: 40001, DstPort: 20, Flags: header.SYN | header.ACK},
		{Src: b, Dst: a, Protocol: 6, SrcPort: 20, DstPort: 40001, Flags: header.PSH | header.ACK, Payload: []byte("a file")},
		{Src: a, Dst: b, Protocol: 17, SrcPort: 5000, DstPort: 53, Payload: []byte("query")},
		{Src: b, Dst: a, Protocol: 17, SrcPort: 53, DstPort: 5000, Payload: []byte("answer"), Fragment: 0},
		{Src: b, Dst: a, Protocol: 17, SrcPort: 53, DstPort: 5000, Payload: []byte("its end"), Fragment: 185},
		{Src: b, Dst: a, Protocol: 1, Type: 8, Payload: []byte("ping")},
		{Src: a, Dst: b, Protocol: 1, Type: 0, Payload: []byte("pong")},
		{Src: a, Dst: b, Protocol: 47, Payload: []byte("GRE")},
	}
	for name, specs := range map[string][]headertest.Spec{
		"eth4.pcap": conversation(client4, server4),
		"eth6.pcap": conversation(client6, server6),
		"vlan.pcap": change(append([]headertest.Spec(nil), both...), capture.LinkEN10MB, 7, 9),
		"sll.pcap":  change(append([]headertest.Spec(nil), both...), capture.LinkLINUX_SLL),
		"sll2.pcap": change(append([]headertest.Spec(nil), both...), capture.LinkLINUX_SLL2),
		"ssh.pcap":  ssh,
		"lan4.pcap": lan,
	} {
		writeSpecs(t, name, specs...)
	}
}

// writeSpecs writes packets of one link type into a file of the working
// directory, eight of them a second, and returns its name.
func writeSpecs(t testing.TB, name string, specs ...headertest.Spec) string {
	t.Helper()
	link := specs[0].Link
	if link == 0 {
		link = capture.LinkEN10MB
	}
	w, err := pcapfile.Create(name, link, pcapfile.Format{SnapLen: capture.MaxSnapLen})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range specs {
		if err := w.Write(s.Packet(1735943675+int64(i)/8, int64(i)%8*123_456_000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// runIPScap runs a command line of either program.
func runIPScap(program string, args []string, stdout, stderr *bytes.Buffer) int {
	c := newTestCommand(program, strings.NewReader(""), stdout, stderr)
	c.ipscap = program == "ipscap"
	return c.main(append([]string{program}, args...))
}

// ipscapLines are command lines with their names. A | stands for a blank within
// a word.
var ipscapLines = `
header: ipscap -r eth4.pcap --port=80 --output=HEADER
text: ipscap -r eth4.pcap --port=80
text6: ipscap -r eth6.pcap --port=80 --output TEXT
binary: ipscap -r eth4.pcap --port=80 --output=BINARY --stat_mode=0
binary-all: ipscap -r eth6.pcap --port=53 --output=binary_all --stat_mode=0
hex: ipscap -r sll.pcap --port=53 --output=5 --stat_mode=0
hex-all: ipscap -r sll2.pcap --port=53 --output=HEX_ALL --stat_mode=0
base64: ipscap -r vlan.pcap --port=53 --output=BASE64 --stat_mode=0
base64-all: ipscap -r vlan.pcap --port=53 --output=BASE64_ALL --stat_mode=0
line: ipscap -r sll2.pcap --protocol=ALL --output=LINE --stat_mode=0
line-vlan: ipscap -r vlan.pcap --protocol=all --output=7
none: ipscap -r eth4.pcap --force --output=NONE
verbose-view: ipscap -r eth6.pcap --force -v --output=HEADER --stat_mode=0 --protocol=ALL
icmp: ipscap -r vlan.pcap --protocol=ICMP
print-and-view: tapdump -n -r eth4.pcap --print --output HEADER --find=secr
lines-only: tapdump -n -r vlan.pcap --find=secr
count: tapdump -r sll.pcap --find=secr --count
count-ipscap: ipscap -r sll.pcap --find=secr --count
limit: tapdump -n -r sll2.pcap --port=80 -c 2
expression: tapdump -n -r sll2.pcap --port=80 ip6 and tcp[13]=2 or ip6
expression-ipscap: ipscap -r eth4.pcap udp --output=line
program: tapdump -r eth4.pcap -d --port=80 --protocol=TCP ip
find-regex: ipscap -r eth4.pcap --find=get|/[a-z]+ --output=LINE --stat_mode=0
find-regex-number: ipscap -r eth4.pcap --find=GET --find_mode=1 --output=LINE --stat_mode=0
find-regex-case: ipscap -r eth4.pcap --find=get --find-mode=regex --output=LINE --stat_mode=0
find-mode-alone: ipscap -r eth4.pcap --find_mode=HEX --port=53
find-match: ipscap -r eth6.pcap --find=HTTP/1.1 --find_mode=MATCH --output=LINE --stat_mode=0
find-match-case: ipscap -r eth6.pcap --find=http/1.1 --find_mode=2 --output=LINE --stat_mode=0
find-binary: ipscap -r eth4.pcap --find=\x0a\x00\x02\x0f --find_mode=binary --output=LINE --stat_mode=0
find-binary-python: ipscap -r eth4.pcap --find=\u0031\040\N{DIGIT|TWO}00 --find_mode=BINARY --output=LINE --stat_mode=0
find-empty: ipscap -r eth4.pcap --find= --port=53 --output=LINE --stat_mode=0
find-empty-stream: tapdump -n -r eth4.pcap --find= --find-stream udp
empty-lists: tapdump -n -r eth4.pcap --port= --ip= --condition=|| udp
find-hex: ipscap -r eth4.pcap --find=1b|5B|33 --find_mode=HEX --output=LINE --stat_mode=0
find-stream: tapdump -n -r vlan.pcap --find=secret --find-stream
find-no-stream: tapdump -n -r vlan.pcap --find=secret
ip: tapdump -n -r vlan.pcap --ip=2001:db8:ffff::/48,1.2.3.4
ip4: ipscap -r sll.pcap --ip=103.102.166.224 --output=LINE --stat_mode=0
condition: ipscap -r sll.pcap --condition=port=80,53;flags=SYN;ttl>60 --output=LINE --stat_mode=0
condition-options: ipscap -r eth4.pcap --condition=mss>=1460;wscale=7;sack=1 --output=LINE --stat_mode=0
condition-numbers: ipscap -r eth4.pcap --condition=seq=1001;ack=5001;window=500;src_port=50396;dest_port=80;client_port=50396 --output=LINE --stat_mode=0
tracking: ipscap -r eth4.pcap --find=secr --tracking --output=LINE --stat_mode=0
exclude-ssh: ipscap -r ssh.pcap --exclude_ssh --output=LINE --stat_mode=0
exclude-ssh-condition: ipscap -r ssh.pcap --exclude-ssh --condition=port>443 --output=LINE --stat_mode=0
web-port: ipscap -r ssh.pcap --web_port --output=LINE --stat_mode=0
general-port: ipscap -r ssh.pcap --general-port --output=LINE --stat_mode=0
port-list: ipscap -r ssh.pcap --port=22;|6000,5 --output=LINE --stat_mode=0
unknown-direction: ipscap -r ssh.pcap --port=6000
stat-all: ipscap -r eth4.pcap --find=secr --output=NONE --stat_mode=2
stat-all-protocol: ipscap -r lan4.pcap --protocol=UDP --output=LINE --stat_mode=2
stats-other: tapdump -r lan4.pcap --stats json
stats-other-top: tapdump -r lan4.pcap --stats top
stats-other-all: ipscap -r lan4.pcap --port=53 --stats json --stat_mode=2
private: ipscap -r lan4.pcap --force --output=LINE
output-raw: ipscap -r lan4.pcap --protocol=ALL --port=53,20 --output=HEADER --output_raw --stat_mode=0
output-raw-line: ipscap -r lan4.pcap --port=53 --output=LINE --output_raw --stat_mode=0
output-raw-print: tapdump -n -r eth6.pcap --print --output HEADER --output-raw --port=53
icmp-line: ipscap -r vlan.pcap --protocol=ICMP --output=LINE --stat_mode=0
stat-group-1: ipscap -r sll.pcap --force --output=NONE --stat_group=1
stat-group-2: ipscap -r sll.pcap --force --output=NONE --stat_group=2
stat-lines: tapdump -n -r eth4.pcap --stat_mode=1 --find=secr
stats-json: tapdump -r sll2.pcap --stats json
stats-json-ipscap: ipscap -r eth4.pcap --stats json --port=80
stats-csv: tapdump -r sll2.pcap --stats csv --stat-group 1
stats-top: tapdump -r sll2.pcap --stats top
stats-text: tapdump -r eth4.pcap --stats text --port=53
stats-and-view: tapdump -r eth4.pcap --stats csv --output=LINE --port=53
color-text: ipscap -r eth4.pcap --find=secr|200 --color=always --stat_mode=0
color-hex: ipscap -r eth6.pcap --find=\x01\xbb|HTTP --color=always --output=HEX --stat_mode=0
color-lines: tapdump -n -r vlan.pcap --find=http/1.[01]|secr --color=always
color-dump: tapdump -n -r vlan.pcap --find=http/1.[01] --color=always -X
color-dump-link: tapdump -n -r eth4.pcap --find=485454502f --find-mode=hex --color=always -xx
color-ascii: tapdump -n -r eth4.pcap --find=200|OK --color=always -A
color-stream: ipscap -r eth4.pcap --find=secret --find-stream --color=always --stat_mode=0
color-never: ipscap -r eth4.pcap --find=secr --color=never --stat_mode=0
color-auto: ipscap -r eth4.pcap --find=secr --color=auto --stat_mode=0
underscores: tapdump -n -r eth4.pcap --find_mode=MATCH --find=secr --stat_group=2 --stat_mode=1
verbose-1: ipscap -r missing.pcap --force --verbose=1
verbose-2: ipscap -r eth4.pcap --port=53 --verbose=2 --output=NONE --stat_mode=0
debug: ipscap -r ssh.pcap --port=22 --debug --output=NONE --stat_mode=0
log: ipscap -r ssh.pcap --port=22 --verbose=3 --log=log.txt --output=NONE --stat_mode=0
timeout: ipscap -r eth4.pcap --port=53 --timeout=30.5 --output=LINE
long-name-only: tapdump -r eth4.pcap --stat_m 1
abbreviation: ipscap -r eth4.pcap --stat_m 0 --prot icmp --out line
help: ipscap --help
version: ipscap --version

no-filter: ipscap -r eth4.pcap
no-filter-protocol: ipscap -r eth4.pcap --protocol=UDP --output=LINE --stat_mode=0
no-filter-empty: ipscap -r eth4.pcap --find= --condition= --port= --ip=
wrong-option: ipscap --frobnicate
wrong-option-short: ipscap -k
wrong-option-trace: ipscap -Y
wrong-verbose: ipscap --verbose=4 --force
wrong-find: ipscap -r eth4.pcap --find=a(
wrong-find-binary-byte: ipscap -r eth4.pcap --find=\u20ac --find_mode=BINARY
wrong-output-raw: tapdump -r eth4.pcap --output_raw
wrong-find-mode: ipscap -r eth4.pcap --find=x --find_mode=5
wrong-find-hex: ipscap -r eth4.pcap --find=abc --find_mode=HEX
wrong-find-hex-digit: ipscap -r eth4.pcap --find=zz --find_mode=4
wrong-find-binary: ipscap -r eth4.pcap --find=\q --find_mode=BINARY
find-stream-alone: tapdump -r eth4.pcap --find-stream
wrong-port: ipscap --port=80,http
wrong-port-number: tapdump -r eth4.pcap --port=65536
wrong-port-empty: ipscap --port=,
wrong-protocol: ipscap --protocol=TCP,SCTP
wrong-ip: ipscap --ip=10.0.0.256
wrong-ip-prefix: ipscap --ip=10.0.0.0/33
wrong-condition: ipscap --condition=port~80
wrong-condition-name: tapdump --condition=prt=80
wrong-condition-number: ipscap --condition=ttl=many
wrong-output: ipscap --output=8 --force
wrong-output-name: tapdump --output=PDF
wrong-stat-mode: ipscap --stat_mode=3 --force
wrong-stat-group: ipscap --stat_group=-1 --force
wrong-dumpfile: ipscap --dumpfile=x --force
wrong-timeout: ipscap --timeout=0 --force
wrong-timeout-text: ipscap --timeout=soon --force
wrong-color: tapdump --color=sometimes
wrong-stats: tapdump --stats=xml
wrong-log: ipscap -r eth4.pcap --force --log=missing/log.txt
stats-without: tapdump -r eth4.pcap --stats=json --stat_mode=0
output-to-stdout: tapdump -r eth4.pcap --output=HEX -w -
stats-to-stdout: tapdump -r eth4.pcap --stat_mode=1 -w -
timeout-and-duration: tapdump -r eth4.pcap --timeout=1 --duration=2
wrong-expression: ipscap -r eth4.pcap --port=80 porrt 80
missing-value: ipscap --find
`

// TestIPScapGolden runs ipscapLines on captures of every kind and compares what
// they print, on both outputs, and their exit status.
func TestIPScapGolden(t *testing.T) {
	goldens, err := filepath.Abs("testdata/ipscap")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("TZ", "GMT0")
	ipscapCaptures(t)
	for line := range strings.Lines(ipscapLines) {
		name, command, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			words := strings.Fields(command)
			for i := range words {
				words[i] = strings.ReplaceAll(words[i], "|", " ")
				if strings.HasPrefix(name, "find-regex") || strings.HasPrefix(name, "color-") {
					words[i] = strings.ReplaceAll(words[i], " ", "|")
				}
			}
			var stdout, stderr bytes.Buffer
			status := runIPScap(words[0], words[1:], &stdout, &stderr)
			got := fmt.Appendf(nil, "$ %s\n%s-- standard error\n%s-- exit status %d\n", command, stdout.Bytes(), stderr.Bytes(), status)
			if name == "log" {
				log, err := os.ReadFile("log.txt")
				if err != nil {
					t.Fatal(err)
				}
				got = fmt.Appendf(got, "-- log.txt\n%s", log)
			}
			got = bytes.ReplaceAll(got, []byte(args.VersionText(args.Program{Name: words[0]})), []byte("(version)\n")) // it is of the build
			got = bytes.ReplaceAll(got, []byte(features.Text()), []byte("(features)\n"))
			testenv.Golden(t, filepath.Join(goldens, name+".out"), got)
		})
	}
}

// TestSameOnEveryLink: the same conversation is shown alike whatever carries
// it.
func TestSameOnEveryLink(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("TZ", "GMT0")
	ipscapCaptures(t)
	for _, args := range []string{"--force --protocol ALL", "--find secret --find-stream --output HEX_ALL", "--port 53 --output LINE", "--condition flags=SYN --tracking"} {
		var want string
		for _, name := range []string{"vlan.pcap", "sll.pcap", "sll2.pcap"} {
			var stdout, stderr bytes.Buffer
			runIPScap("ipscap", append(strings.Fields(args), "-r", name), &stdout, &stderr)
			if want == "" {
				want = stdout.String()
			}
			if d := testenv.FirstDifference([]byte(want), stdout.Bytes()); d != "" || len(want) < 1000 {
				t.Errorf("ipscap %s -r %s differs from vlan.pcap: %s\n%s", args, name, d, &stderr)
			}
		}
	}
}

// TestDumpFiles: what is in them, that other files are left alone, and that
// nothing leads out of the directory.
func TestDumpFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	ipscapCaptures(t)
	run := func(args ...string) (stdout, stderr string, status int) {
		var o, e bytes.Buffer
		status = runIPScap("ipscap", append(args, "--output=NONE", "--stat_mode=0"), &o, &e)
		return o.String(), e.String(), status
	}
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join("dump_logs", name))
		if err != nil {
			t.Error(err)
		}
		return string(b)
	}
	const sent = "tcp_10.0.2.15_50396_103.102.166.224_80_send.dat"
	stdout, stderr, status := run("-r", "eth4.pcap", "--force", "--dumpfile=1")
	if status != 0 || !strings.Contains(stdout, "Captured Dump Logs") || !strings.HasSuffix(stdout, "Files:          3\n\n") {
		t.Errorf("exit status %d: %s%s", status, stdout, stderr)
	}
	if got := read(sent); got != "GET /secret HTTP/1.1\r\n\r\n" {
		t.Errorf("sent %q", got)
	}
	if got := read("tcp_10.0.2.15_50396_103.102.166.224_80_receive.dat"); got != "HTTP/1.1 200 OK\r\n\r\n\x1b[31mé\xff" {
		t.Errorf("received %q", got)
	}
	if info, err := os.Stat("dump_logs"); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("dump_logs: %v, %v", info.Mode(), err)
	}
	// With headers, over IPv6, of ICMP; a port below 32768 is a server's.
	if _, stderr, status := run("-r", "eth6.pcap", "--protocol=ALL", "--dumpfile=2"); status != 0 {
		t.Error(stderr)
	}
	if got := read("icmpv6_2001_db8__15_2001_db8_ffff__e0_send.dat"); len(got) != 44 {
		t.Errorf("%d bytes of ICMPv6 with headers, want 44", len(got))
	}
	// Again: what was there stays, and new files get numbers.
	if err := os.WriteFile("dump_logs/"+sent, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("outside", []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	numbered := strings.TrimSuffix(sent, ".dat") + ".1.dat"
	if err := os.Symlink("../outside", "dump_logs/"+numbered); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := run("-r", "eth4.pcap", "--port=80", "--dumpfile=1"); status != 0 {
		t.Error(stderr)
	}
	if outside, err := os.ReadFile("outside"); err != nil || string(outside) != "mine" || read(sent) != "mine" {
		t.Error("a file that was there was changed")
	}
	if got := read(strings.TrimSuffix(sent, ".dat") + ".2.dat"); !strings.HasPrefix(got, "GET /secret") {
		t.Errorf("sent %q", got)
	}
	// A link in place of the directory, and one that cannot be made.
	if err := os.RemoveAll("dump_logs"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(".", "dump_logs"); err != nil {
		t.Fatal(err)
	}
	if _, stderr, status := run("-r", "eth4.pcap", "--force", "--dumpfile=1"); status != 1 || !strings.Contains(stderr, "./dump_logs is there and no directory: move it away") {
		t.Errorf("exit status %d: %s", status, stderr)
	}
}

// TestManyDumpFiles: many transfers do not need many open files, and each
// file has all that is its.
func TestManyDumpFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	w, err := pcapfile.Create("many.pcap", capture.LinkEN10MB, pcapfile.Format{SnapLen: capture.MaxSnapLen})
	if err != nil {
		t.Fatal(err)
	}
	const transfers, rounds = 300, 3
	for round := range rounds {
		for i := range transfers {
			s := headertest.Spec{Src: "10.0.0.1", Dst: "9.9.9.9", Protocol: 17, SrcPort: uint16(40000 + i), DstPort: 9, Payload: []byte{byte('a' + round)}}
			if err := w.Write(s.Packet(0, 0)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	c := newTestCommand("ipscap", strings.NewReader(""), &stdout, &stderr)
	c.ipscap = true
	if status := c.main(strings.Fields("ipscap -r many.pcap --force --dumpfile=1 --output=NONE")); status != 0 {
		t.Fatalf("exit status %d: %s", status, &stderr)
	}
	files, err := fs.Glob(os.DirFS("dump_logs"), "*.dat")
	if err != nil || len(files) != transfers {
		t.Errorf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		if b, err := os.ReadFile("dump_logs/" + name); err != nil || string(b) != "abc" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

// TestNoColor: NO_COLOR stills auto, and nothing but always colours a file.
func TestNoColor(t *testing.T) {
	t.Chdir(t.TempDir())
	ipscapCaptures(t)
	for _, c := range []struct {
		noColor, when string
		want          bool
	}{{"", "auto", false}, {"1", "auto", false}, {"1", "always", true}, {"", "never", false}} {
		t.Setenv("NO_COLOR", c.noColor)
		var stdout, stderr bytes.Buffer
		runIPScap("ipscap", []string{"-r", "eth4.pcap", "--find=secr", "--color=" + c.when}, &stdout, &stderr)
		if got := strings.Contains(stdout.String(), "\x1b["); got != c.want {
			t.Errorf("NO_COLOR=%s --color=%s: colours %t", c.noColor, c.when, got)
		}
	}
}

// TestInspectionDoesNotAllocate: with filters, views and statistics a capture
// ten times as long takes hardly more allocations.
func TestInspectionDoesNotAllocate(t *testing.T) {
	const few, many = 3_000, 30_000
	short, long := makeCapture(t, few), makeCapture(t, many)
	for _, options := range []string{
		"--find=secret --count", "--find=[a-z]+@x --count", "--condition=port<1000 --count", "--output=TEXT --port=53", "--output=LINE --force",
	} {
		allocations := func(name string) float64 {
			return testing.AllocsPerRun(1, func() { runDiscarding(t, append(strings.Fields(options), "-r", name)...) })
		}
		// Transfers are remembered: those take memory, in large pieces.
		if a, b := allocations(short), allocations(long); b > a+(many-few)/50 {
			t.Errorf("tapdump %s: %.0f allocations for %d packets, %.0f for %d", options, a, few, b, many)
		}
	}
}

// BenchmarkFind compares payload searches with counting by expression.
func BenchmarkFind(b *testing.B) {
	const packets = 200_000
	name := makeCapture(b, packets)
	for _, options := range []string{
		"--count tcp", "--count --find=foobar_zz", "--count --find=foobar_zz --find-mode=MATCH", "--count --find=[a-z]+_zz[0-9]",
		"--count --find=(foo|bar)q[0-9]+x", "--count --find=foobar_zz --find-stream", "--stats csv", "--output HEX",
	} {
		b.Run(options, func(b *testing.B) {
			for b.Loop() {
				runDiscarding(b, append(strings.Fields(options), "-r", name)...)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/packets, "ns/packet")
		})
	}
}

// TestDumpErrors: a full or lost directory ends the run with the file's name.
func TestDumpErrors(t *testing.T) {
	t.Chdir(t.TempDir())
	d := &dumpLogs{files: make(map[string]*dumpLog)}
	if err := os.Mkdir(dumpDir, 0o700); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dumpDir)
	if err != nil {
		t.Fatal(err)
	}
	d.root = root
	if err := root.Close(); err != nil {
		t.Fatal(err)
	}
	spec := headertest.Spec{Src: "10.0.0.1", Dst: "9.9.9.9", Protocol: 17, SrcPort: 40000, DstPort: 9, Payload: []byte("x")}
	var p header.Packet
	header.Decode(spec.Packet(0, 0), &p)
	err = d.add(&p, 0)
	if err == nil || !strings.HasPrefix(err.Error(), "--dumpfile: ./dump_logs/udp_10.0.0.1_40000_9.9.9.9_9_send.dat: ") || errors.Is(err, fs.ErrExist) {
		t.Errorf("the error is %v", err)
	}
}
