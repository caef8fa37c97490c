package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/index"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// namesIn writes a capture of internal/traffic into dir in which few packets say names: a
// hello in pieces that come out of order, requests with what would be one in a body, and
// questions. They are far from each other.
func namesIn(t *testing.T, dir, name string, n int) string {
	t.Helper()
	name = filepath.Join(dir, name)
	pcapng, _ := pcapfile.ByName(name)
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{Pcapng: pcapng})
	if err != nil {
		t.Fatal(err)
	}
	rare := rarePackets()
	every := n / len(rare)
	g := traffic.New(4, n)
	var p capture.Packet
	for i := 0; g.Next(&p) == nil; i++ {
		if i%every == every/2 && i/every < len(rare) {
			p.Data = rare[i/every]
			p.Length = uint32(len(p.Data))
		}
		if err := w.Write(&p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

func rarePackets() [][]byte {
	const syn, push = 2, 0x18
	tls := traffic.Ends{From: 1, To: 2, FromPort: 40001, ToPort: 443}
	http := traffic.Ends{From: 1, To: 3, FromPort: 40002, ToPort: 80}
	dns := traffic.Ends{From: 1, To: 4, FromPort: 40003, ToPort: 53}
	hello := traffic.ClientHello("shop.example")
	body := "xyz" + "GET /in HTTP/1.1\r\nHost: bank.example\r\n\r\n"
	post := fmt.Appendf(nil, "POST /up HTTP/1.1\r\nHost: upload.example\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	cut := bytes.Index(post, []byte("GET"))
	get := []byte("GET / HTTP/1.1\r\nHost: Bank.Example\r\n\r\n")
	return [][]byte{
		traffic.Segment(tls, 99, syn, nil),
		traffic.Segment(http, 9, syn, nil),
		traffic.Segment(tls, 300, push, hello[200:]),
		traffic.Segment(http, 10, push, post[:cut]),
		traffic.Segment(tls, 100, push, hello[:200]),
		traffic.Segment(http, uint32(10+cut), push, post[cut:]),
		traffic.Datagram(dns, traffic.Question("once.example")),
		traffic.Segment(http, uint32(10+len(post)), push, get),
		traffic.Datagram(dns, traffic.Question("twice.example")),
		traffic.Datagram(dns.Back(), traffic.Question("Twice.example")),
		traffic.Segment(tls, uint32(100+len(hello)), push, []byte("\x17\x03\x03\x00\x02ab")),
		traffic.Segment(http, uint32(10+len(post)+len(get)), push, get),
	}
}

// nameRuns are command lines behind -r FILE that ask for names.
var nameRuns = []struct {
	line string
	used bool // the index leaves out blocks
}{
	{"-n --condition sni=shop.example", true},
	{"-n -v --app --condition sni=SHOP.example", true},
	{"-n --app=tls --condition tls_sni=shop.example;port=443", true},
	{"-n --app --condition host=bank.example", true},
	{"-n -# -ttt --condition host=upload.example,bank.example", true},
	{"-n --app -c 1 --condition host=bank.example", true},
	{"--count --condition dns=once.example", true},
	{"-n -X --condition dns=twice.example,once.example", true},
	{`-n --condition dns="twice.example"`, true},
	{"-n --find GET --condition host=bank.example", true},
	{"-n --condition sni=nowhere.example", true},
	{"-n --condition sni=shop.example;dns=once.example", true},
	{"-n --condition sni=shop.example;ttl>100", true},
	{"-n --condition sni=*.example", false},
	{"-n --condition sni!=shop.example", false},
	{"-n --condition host~bank", false},
	{"-n --condition app=tls;alpn=h2", false},
	{"-n --condition sni=shop.example --tracking", false},
	{"-n --condition sni=shop.example --find-stream --find shop", false},
	{"-n --condition sni=shop.example --tcp-analysis", false},
	{"-n --condition sni=shop.example;tcp=retransmission", false},
	{"-n --condition host=bank.example --names capture", false},
	{"-n --condition sni=shop.example --from +0.02", false},
	{"-n --condition sni=shop.example --shard 0/2", false},
	{"-n --condition sni=shop.example --stats text", false},
	{"-n --condition sni=shop.example --json", false},
	{"-n --condition sni=shop.example less 1000", false},
	{"-n --condition sni=shop.example tcp port 443", false},
}

// TestIndexNames: what conditions on names select, and all that is said of it, is the same
// with an index and without.
func TestIndexNames(t *testing.T) {
	t.Setenv("TZ", "GMT0")
	dir := t.TempDir()
	for _, name := range []string{namesIn(t, dir, "a.pcap", 6000), namesIn(t, dir, "b.pcapng", 6000)} {
		copied := filepath.Join(dir, "copy.pcapng")
		all := func() (out []ran) {
			for _, c := range nameRuns {
				out = append(out, run(append([]string{"-r", name}, strings.Fields(c.line)...)...))
			}
			out = append(out, run("-r", name, "-w", copied, "--condition", "host=bank.example"))
			data, err := os.ReadFile(copied)
			if err != nil {
				t.Fatal(err)
			}
			return append(out, ran{stdout: string(data)})
		}
		want := all()
		if got := run("--make-index", name); got != (ran{}) {
			t.Fatalf("%+v", got)
		}
		for i, got := range all() {
			if got != want[i] {
				t.Errorf("%s, run %d: with an index\n%.2000s%s\nwithout\n%.2000s%s", name, i, got.stdout, got.stderr, want[i].stdout, want[i].stderr)
			}
		}
		for _, c := range nameRuns {
			if got := leftOut(t, name, strings.Fields(c.line)...); got != c.used {
				t.Errorf("%s: blocks were left out: %t", c.line, got)
			}
		}
		if got := run("-r", name, "--count", "--condition", "host=bank.example"); got.stdout != "2 packets\n" {
			t.Errorf("%+v", got)
		}
	}
}

// leftOut reports whether some blocks were left out by an index.
func leftOut(t *testing.T, name string, args ...string) bool {
	t.Helper()
	got := run(append([]string{"--verbose=1", "-r", name}, args...)...)
	_, said, ok := strings.Cut(got.stderr, index.Name(name)+": ")
	if !ok {
		return false
	}
	var chosen, blocks int
	if _, err := fmt.Sscanf(said, "%d of %d blocks", &chosen, &blocks); err != nil {
		t.Fatalf("%q: %v", got.stderr, err)
	}
	return chosen < blocks
}

// TestIndexNamesDoubtful: names are not used where what is said may depend on more than the
// packets of a conversation, or on other files.
func TestIndexNamesDoubtful(t *testing.T) {
	dir := t.TempDir()
	at := func(name string, packets [][]byte, seconds func(i int) int64) string {
		name = filepath.Join(dir, name)
		w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{})
		if err != nil {
			t.Fatal(err)
		}
		for i, data := range packets {
			p := capture.Packet{Time: capture.Timestamp{Sec: seconds(i)}, Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
			if err := w.Write(&p); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return name
	}
	packets := rarePackets()
	filler := traffic.Datagram(traffic.Ends{From: 9, To: 9, FromPort: 9, ToPort: 9}, make([]byte, 1400))
	packets = append(packets, slices.Repeat([][]byte{filler}, 600)...)
	const hour = 3600
	for _, c := range []struct {
		name    string
		seconds func(int) int64
		used    bool
	}{
		{"ordered.pcap", func(i int) int64 { return int64(i) * hour }, true},
		{"near.pcap", func(i int) int64 { return 1e9 - int64(i) }, true},
		{"mixed.pcap", func(i int) int64 { return 1e9 + int64(i*7%29)*hour }, false},
	} {
		name := at(c.name, packets, c.seconds)
		line := []string{"-n", "-r", name, "--app", "--condition", "sni=shop.example"}
		want := run(line...)
		if got := run("--make-index", name); got != (ran{}) {
			t.Fatalf("%+v", got)
		}
		if got := run(line...); got != want {
			t.Errorf("%s: with an index\n%+v\nwithout\n%+v", name, got, want)
		}
		if got := leftOut(t, name, "--condition", "dns=once.example"); got != c.used {
			t.Errorf("%s: blocks were left out: %t", name, got)
		}
	}
	// A hello that begins in one file and ends in the next.
	two := rarePackets()
	first := at("two1.pcap", append(two[:3:3], packets[12:]...), func(int) int64 { return 1 })
	second := at("two2.pcap", append(two[3:], packets[12:]...), func(int) int64 { return 2 })
	if got := run("--make-index", first, second); got != (ran{}) {
		t.Fatalf("%+v", got)
	}
	for _, read := range [][]string{{"-r", filepath.Join(dir, "two?.pcap")}, {"--merge", "-r", first, "-r", second}} {
		if got := run(append(read, "--count", "--condition", "sni=shop.example")...); got.stdout != "1 packet\n" {
			t.Errorf("%q: %+v", read, got)
		}
	}
	if got := run("-r", second, "--count", "--condition", "sni=shop.example"); got.stdout != "0 packets\n" {
		t.Errorf("%+v", got)
	}
}
