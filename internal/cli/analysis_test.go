package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
)

// dnsAnswer is the answer to client that name has the address for ttl seconds.
func dnsAnswer(t testing.TB, client, name string, address [4]byte, ttl uint32) headertest.Spec {
	t.Helper()
	n := dnsmessage.MustNewName(name + ".")
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: 7, Response: true},
		Questions: []dnsmessage.Question{{Name: n, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{{
			Header: dnsmessage.ResourceHeader{Name: n, Class: dnsmessage.ClassINET, TTL: ttl},
			Body:   &dnsmessage.AResource{A: address},
		}},
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return headertest.Spec{Src: "192.0.2.53", Dst: client, Protocol: header.ProtocolUDP, SrcPort: 53, DstPort: 40053, Payload: b}
}

// troubled is a conversation of HTTP in which segments are lost, sent again, refused,
// and its host gets another name.
func troubled(t testing.TB) []headertest.Spec {
	const client, other, server = "192.0.2.1", "192.0.2.2", "192.0.2.7"
	address := [4]byte{192, 0, 2, 7}
	tcp := func(out bool, seq, ack uint32, flags uint8, window uint16, payload string) headertest.Spec {
		s := headertest.Spec{Src: client, Dst: server, Protocol: header.ProtocolTCP, SrcPort: 50396, DstPort: 8081,
			Seq: seq, Ack: ack, Flags: flags, Window: window, Payload: []byte(payload)}
		if !out {
			s.Src, s.Dst, s.SrcPort, s.DstPort = server, client, 8081, 50396
		}
		return s
	}
	const ack, push = header.ACK, header.ACK | header.PSH
	return []headertest.Spec{
		tcp(true, 999, 0, header.SYN, 500, ""),
		tcp(true, 999, 0, header.SYN, 500, ""),
		dnsAnswer(t, client, "www.example.com", address, 1),
		tcp(false, 4999, 1000, header.SYN|ack, 500, ""),
		tcp(true, 1000, 5000, ack, 500, ""),
		tcp(true, 1000, 5000, push, 500, "GET /slow HTTP/1.1\r\nHost: www.example.com\r\n\r\n"),
		tcp(true, 1000, 5000, push, 500, "GET /slow HTTP/1.1\r\nHost: www.example.com\r\n\r\n"),
		dnsAnswer(t, other, "cdn.example.net", address, 600),
		tcp(false, 5000, 1045, push, 0, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"),
		tcp(true, 1045, 5055, ack, 500, ""),
		tcp(true, 1045, 5055, ack, 500, ""),
		tcp(true, 1045, 5055, ack, 500, ""),
		dnsAnswer(t, client, "www.example.org", address, 600),
		tcp(false, 5300, 1045, push, 500, "later"),
		tcp(false, 5055, 1045, push, 500, "HTTP/1.1 200 OK\r\n\r\n"),
		tcp(false, 5305, 1045, header.RST, 0, ""),
		tcp(true, 2000, 0, header.SYN, 500, ""),
		{Src: other, Dst: server, Protocol: header.ProtocolTCP, SrcPort: 40000, DstPort: 8082, Flags: header.SYN, Seq: 1},
		{Src: server, Dst: other, Protocol: header.ProtocolTCP, SrcPort: 8082, DstPort: 40000, Flags: header.RST | header.ACK, Ack: 2},
	}
}

// analysisLines are command lines with their names. A | stands for a blank within a
// word.
const analysisLines = `
tcp: tapdump -nr x.pcap --tcp-analysis tcp
app: tapdump -nr x.pcap --app
app-list: tapdump -nr x.pcap --app=dns tcp
both-verbose: tapdump -nvX -c 9 -r x.pcap --tcp-analysis --app
names: tapdump -r x.pcap --names capture -t tcp
names-late: tapdump -nr x.pcap --names capture,late -t tcp
condition-tcp: tapdump -nr x.pcap --condition tcp=retransmission,zero_window
condition-status: tapdump -nr x.pcap --app --condition http.status>=500
condition-host: tapdump -nr x.pcap --condition host~"^www\."
condition-rtt: tapdump -nr x.pcap --tcp-analysis --condition rtt>100ms;app=http
condition-dns: tapdump -nr x.pcap --condition dns=*.example.com
stats: tapdump -nr x.pcap --tcp-analysis --stats text
stats-json: tapdump -nr x.pcap --tcp-analysis --stats json
stats-csv: tapdump -nr x.pcap --tcp-analysis --stats csv
explain: tapdump -r x.pcap --explain --condition sni=*.example.com;ttl<9 --find x --tcp-analysis --app port 443
wrong-app: tapdump -r x.pcap --app=tsl
wrong-names: tapdump -r x.pcap --names dsn
wrong-late: tapdump -i lo --names capture,late
wrong-dns: tapdump -nr x.pcap --names dns
late-pipe: tapdump -r - --names capture,late
`

func TestAnalysisGolden(t *testing.T) {
	goldens, err := filepath.Abs("testdata/analysis")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	t.Setenv("TZ", "GMT0")
	writeSpecs(t, "x.pcap", troubled(t)...)
	for line := range strings.Lines(analysisLines) {
		name, command, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			words := strings.Fields(command)
			var stdout, stderr bytes.Buffer
			status := runIPScap(words[0], words[1:], &stdout, &stderr)
			got := fmt.Appendf(nil, "$ %s\n%s-- standard error\n%s-- exit status %d\n", command, stdout.Bytes(), stderr.Bytes(), status)
			testenv.Golden(t, filepath.Join(goldens, name+".out"), got)
			if name == "stats-json" && !json.Valid(stdout.Bytes()) {
				t.Error("this is no JSON")
			}
			for _, jobs := range []string{"1", "3"} {
				var out, says bytes.Buffer
				runIPScap(words[0], append([]string{"--jobs", jobs}, words[1:]...), &out, &says)
				if d := testenv.FirstDifference(stdout.Bytes(), out.Bytes()); d != "" {
					t.Errorf("with --jobs %s, %s", jobs, d)
				}
			}
		})
	}
}

// TestAnalysisJobs: what lines say of earlier packets does not depend on how many
// print them, in a capture of many batches.
func TestAnalysisJobs(t *testing.T) {
	t.Chdir(t.TempDir())
	var specs []headertest.Spec
	for i := range 200 {
		for _, s := range troubled(t) {
			if s.Protocol == header.ProtocolTCP {
				s.Seq += uint32(i) << 12
				s.Ack += uint32(i) << 12
			}
			specs = append(specs, s)
		}
	}
	writeSpecs(t, "x.pcap", specs...)
	var want []byte
	for _, jobs := range []string{"1", "2", "5"} {
		var stdout, stderr bytes.Buffer
		if status := runIPScap("tapdump", []string{"-r", "x.pcap", "--jobs", jobs, "--tcp-analysis", "--app", "--names", "capture"}, &stdout, &stderr); status != 0 {
			t.Fatalf("exit status %d: %s", status, &stderr)
		}
		if want == nil {
			want = stdout.Bytes()
		}
		if d := testenv.FirstDifference(want, stdout.Bytes()); d != "" {
			t.Errorf("with --jobs %s, %s", jobs, d)
		}
	}
	for _, text := range []string{"[retransmission]", "www.example.com", "www.example.org", "HTTP 503"} {
		if !bytes.Contains(want, []byte(text)) {
			t.Errorf("no line has %q: the test is of no use", text)
		}
	}
}
