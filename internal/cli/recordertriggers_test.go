package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/pcapfile"
)

// troublesTime is when the first packet of troubles is.
const troublesTime = 1_700_000_000

// troubles is a savefile with something for each trigger: a connection whose answer
// takes 300 ms, a request that is sent again after half a second, a question for a name;
// 28 s of silence; 600 packets in a tenth of a second.
func troubles(t *testing.T) string {
	t.Helper()
	client := headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: header.ProtocolTCP, SrcPort: 5000, DstPort: 80, Window: 1000}
	server := client
	server.Src, server.Dst, server.SrcPort, server.DstPort = client.Dst, client.Src, client.DstPort, client.SrcPort
	segment := func(of headertest.Spec, seq, ack uint32, flags uint8, payload string) headertest.Spec {
		of.Seq, of.Ack, of.Flags, of.Payload = seq, ack, flags, []byte(payload)
		return of
	}
	datagram := func(port uint16, payload string) headertest.Spec {
		return headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: header.ProtocolUDP, SrcPort: 6000, DstPort: port, Payload: []byte(payload)}
	}
	question := dnsmessage.Message{Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName("www.example.com."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}}}
	query, err := question.Pack()
	if err != nil {
		t.Fatal(err)
	}
	const syn, ack, psh = 2, 16, 8
	const get = "GET /secret HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
	name := filepath.Join(t.TempDir(), "troubles.pcap")
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{})
	if err != nil {
		t.Fatal(err)
	}
	add := func(ms int64, s headertest.Spec) {
		if err := w.Write(s.Packet(troublesTime+ms/1000, ms%1000*1e6)); err != nil {
			t.Fatal(err)
		}
	}
	add(0, segment(client, 100, 0, syn, ""))
	add(300, segment(server, 500, 101, syn|ack, ""))
	add(301, segment(client, 101, 501, ack, ""))
	add(1000, segment(client, 101, 501, psh|ack, get))
	add(1500, segment(client, 101, 501, psh|ack, get))
	add(2000, datagram(53, string(query)))
	add(30000, datagram(7, "after"))
	for i := range int64(600) {
		add(40000+i/6, datagram(9, "burst"))
	}
	add(50000, datagram(7, "end"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestTriggersOfSavefile: what packets and their times fire, with which reason.
func TestTriggersOfSavefile(t *testing.T) {
	t.Setenv("TZ", "GMT0")
	name := troubles(t)
	const tcp, dns = "TCP 10.0.0.1:5000 > 10.0.0.2:80", "UDP 10.0.0.1:6000 > 10.0.0.2:53"
	for what, want := range map[string][]string{
		"tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn": {"13:20.000000: RULE: " + tcp},
		"udp port 53":                  {"13:22.000000: RULE: " + dns},
		"find:secret":                  {`13:21.000000: RULE: "secret" in ` + tcp, `13:21.500000: RULE: "secret" in ` + tcp},
		"find:example.com":             {`13:21.000000: RULE: "example.com" in ` + tcp, `13:21.500000: RULE: "example.com" in ` + tcp, `13:22.000000: RULE: "example\x03com" in ` + dns},
		"condition:tcp=retransmission": {"13:21.500000: RULE: tcp=retransmission+resent in " + tcp},
		"condition:rtt>200ms":          {"13:20.300000: RULE: rtt=300ms in TCP 10.0.0.2:80 > 10.0.0.1:5000"},
		"condition:app=dns":            {`13:22.000000: RULE: app="dns" in ` + dns},
		"condition:dns=*.example.com":  {`13:22.000000: RULE: dns="www.example.com" in ` + dns},
		"condition:port=9; ttl>100":    nil,
		"silence:20s":                  {"13:42.000000: RULE: no packet for 28s"},
		"rate>500/s":                   {"14:00.100000: RULE: rate 600/s"},
		"rate>1mbit/s":                 nil,
		"rate<1/s":                     {"13:23.100000: RULE: rate 0/s", "14:01.100000: RULE: rate 0/s"},
	} {
		t.Run(what, func(t *testing.T) {
			dir := t.TempDir()
			var stdout, stderr bytes.Buffer
			status := runInProcess("tapdump", []string{"-r", name, "--trigger", what, "--before", "100ms", "--after", "50ms", "-w", filepath.Join(dir, "%s.pcapng")}, &stdout, &stderr)
			var fired []string
			for _, m := range regexp.MustCompile(`incident at 2023-11-14 22:(.*?): /.* packet`).FindAllStringSubmatch(stderr.String(), -1) {
				fired = append(fired, strings.Replace(m[1], what, "RULE", 1))
			}
			if status != 0 || stdout.Len() > 0 || strings.Join(fired, "\n") != strings.Join(want, "\n") {
				t.Errorf("status %d, fired:\n%s\nwant:\n%s\nsaid:\n%s%s", status, strings.Join(fired, "\n"), strings.Join(want, "\n"), &stdout, &stderr)
			}
			files, _ := filepath.Glob(filepath.Join(dir, "*"))
			if len(files) != len(want) {
				t.Errorf("there are the files %q", files)
			}
			for _, file := range files {
				if b, err := os.ReadFile(file); err != nil || !bytes.Contains(b, []byte("trigger: "+what+": ")) {
					t.Errorf("the file does not say what fired: %v", err)
				}
			}
		})
	}
}

// TestSeveralTriggers: each fires; what one finds out beside is not printed.
func TestSeveralTriggers(t *testing.T) {
	name, out := troubles(t), filepath.Join(t.TempDir(), "x.pcapng")
	var stdout, stderr bytes.Buffer
	if status := runInProcess("tapdump", []string{"-r", name, "-n", "--print", "--trigger", "condition:tcp=retransmission", "--trigger", "condition:app=dns",
		"--trigger", "port 80", "--after", "1s", "--incidents", "1", "-w", out}, &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, &stderr)
	}
	if strings.ContainsAny(stdout.String(), "]") && regexp.MustCompile(`\[(rtt|retransmission|handshake|dns)`).Match(stdout.Bytes()) {
		t.Errorf("printed:\n%s", &stdout)
	}
	if !strings.Contains(stderr.String(), "port 80: TCP 10.0.0.1:5000 > 10.0.0.2:80") || !strings.Contains(stderr.String(), "it fired 6 more times, also condition:tcp=retransmission, condition:app=dns") {
		t.Errorf("said:\n%s", &stderr)
	}
}

// TestSilenceOfSavefile: the incident is around the time at which it was silent for so
// long, though a packet says so only later.
func TestSilenceOfSavefile(t *testing.T) {
	name, out := troubles(t), filepath.Join(t.TempDir(), "x.pcapng")
	var stdout, stderr bytes.Buffer
	if status := runInProcess("tapdump", []string{"-r", name, "--trigger", "silence:20s", "--before", "20.6s", "--after", "5s", "-w", out}, &stdout, &stderr); status != 0 ||
		!strings.Contains(stderr.String(), "2 packets, from 20.500 s before to 20.000 s before") {
		t.Errorf("status %d, said:\n%s", status, &stderr)
	}
}

// TestWrongTriggers: what is wrong is said at once, with the remedy, and no file is made.
func TestWrongTriggers(t *testing.T) {
	name := troubles(t)
	dir := t.TempDir()
	out := filepath.Join(dir, "x.pcapng")
	for _, c := range []struct{ args, want string }{
		{"-r FILE --trigger tcp_prot_80 -w OUT", "tapdump: --trigger: can't parse filter expression: syntax error\n  tcp prot 80\n      ^^^^\n"},
		{"-r FILE --trigger host_nowhere.invalid -w OUT", "tapdump: --trigger: unknown host 'nowhere.invalid'\n  host nowhere.invalid\n"},
		{"-r FILE --trigger wlan_type_mgt -w OUT", "tapdump: --trigger: 802.11 link-layer types supported only on 802.11\n  wlan type mgt\n"},
		{"-r FILE --trigger tcp=retransmission -w OUT", `tapdump: --trigger tcp=retransmission: it is a condition, and no filter expression: write condition:tcp=retransmission`},
		{"-r FILE --trigger condition:tcp=wrong -w OUT", `tapdump: --trigger condition:tcp=wrong: "tcp=wrong": there is no "wrong"; there are`},
		{"-r FILE --trigger find:(x -w OUT", `tapdump: --trigger find:(x: missing closing ): "(x"`},
		{"-r FILE --trigger silence:5 -w OUT", `tapdump: --trigger silence:5: "5" is no time with its unit`},
		{"-r FILE --trigger drops -w OUT", "tapdump: --trigger drops is about what happens while packets are captured"},
		{"-r FILE --trigger signal -w OUT", "tapdump: --trigger signal is about"},
		{"-r FILE --trigger exit:true -w OUT", "tapdump: --trigger exit:true is about"},
		{"-r FILE --trigger file:x -w OUT", "tapdump: --trigger file:x is about"},
		{"-r FILE --trigger socket:x -w OUT", "tapdump: --trigger socket:x is about"},
		{"-i lo --trigger drops --capture-engine go-pcap -w OUT", "tapdump: --trigger drops: --capture-engine go-pcap does not count what is lost: leave one of them out"},
		{"-r FILE --trigger tcp", "tapdump: --trigger has packets be written: name the files with -w"},
		{"-r FILE --before 5s -w OUT", "are about what --trigger fires: give that too"},
		{"-r FILE --find-stream --trigger tcp -w OUT", "--find-stream is about --find: give that too"},
	} {
		var args []string
		for _, a := range strings.Fields(c.args) {
			args = append(args, strings.NewReplacer("FILE", name, "OUT", out, "_", " ").Replace(a))
		}
		var stdout, stderr bytes.Buffer
		status := runInProcess("tapdump", args, &stdout, &stderr)
		if status == 0 || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%s: status %d, said:\n%swant:\n%s", c.args, status, &stderr, c.want)
		}
	}
	if files, _ := os.ReadDir(dir); len(files) > 0 {
		t.Errorf("there are the files %v", files)
	}
}

// TestTriggerFindStream: with --find-stream a text is found across segments.
func TestTriggerFindStream(t *testing.T) {
	var stdout, stderr bytes.Buffer
	status := runInProcess("tapdump", []string{"-r", troubles(t), "--find-stream", "--find-mode", "MATCH", "--trigger", "find:/secret", "--incidents", "1", "-w", filepath.Join(t.TempDir(), "x.pcapng")}, &stdout, &stderr)
	if status != 0 || !strings.Contains(stderr.String(), `find:/secret: "/secret" in TCP`) {
		t.Errorf("status %d, said:\n%s", status, &stderr)
	}
}
