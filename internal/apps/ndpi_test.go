package apps

import (
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/pcapfile"
)

// ndpiFlow is a flow as nDPI's recorded results have it.
type ndpiFlow struct {
	line      string
	sni, ja4  string
	transport uint8
	ends      key
}

var (
	ndpiLine = regexp.MustCompile(`^\s+\d+\t(TCP|UDP) (\S+) <?->? (\S+) `)
	ndpiItem = regexp.MustCompile(`\[(Hostname/SNI|JA4): ([^\]]*)\]`)
	ndpiKind = regexp.MustCompile(`\[proto: [^\]]*(TLS|QUIC)[./\]]`)
)

// ndpiFlows are the flows of a result that nDPI knows to be TLS, DTLS or QUIC.
func ndpiFlows(t *testing.T, file string) (flows []ndpiFlow) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		m := ndpiLine.FindStringSubmatch(line)
		if m == nil || !ndpiKind.MatchString(line) && !strings.Contains(line, "[JA4: ") {
			continue
		}
		f := ndpiFlow{line: line, transport: header.ProtocolTCP}
		if m[1] == "UDP" {
			f.transport = header.ProtocolUDP
		}
		a, err1 := netip.ParseAddrPort(m[2])
		b, err2 := netip.ParseAddrPort(m[3])
		if err1 != nil || err2 != nil {
			continue
		}
		if a.Compare(b) > 0 {
			a, b = b, a
		}
		f.ends = key{a, b, f.transport}
		for _, item := range ndpiItem.FindAllStringSubmatch(line, -1) {
			if item[1] == "JA4" {
				f.ja4 = item[2]
			} else {
				f.sni = item[2]
			}
		}
		flows = append(flows, f)
	}
	return flows
}

// heard is a hello: its name, and its fingerprint as nDPI writes it.
type heard struct{ sni, ja4 string }

// ndpiForm is a JA4 as nDPI 4.11 writes it. Its first part is not what the authors
// of JA4 say in three places: i stands for a server that is asked for by its address,
// d for all others; the two letters are the first two of the protocols with commas
// between them, without the last character; versions are compared as numbers, so that
// drafts of TLS 1.3 are higher (00), and so is the oldest DTLS. Where there are no
// extensions the hash is that of nothing.
func ndpiForm(ja4, sni, alpn string) string {
	b := []byte(ja4)
	b[3] = 'd'
	if _, err := netip.ParseAddr(sni); err == nil {
		b[3] = 'i'
	}
	alpn = (alpn + "\x00")[:max(len(alpn)-1, 0)] + "00"
	b[8], b[9] = alpn[0], alpn[1]
	return strings.ReplaceAll(string(b), "000000000000", "e3b0c44298fc")
}

// hearAll reads a capture, and returns the hellos of its conversations, with JA4 in a
// form.
func hearAll(t *testing.T, file string, form func(ja4, sni, alpn string) string) (map[key][]heard, error) {
	r, err := pcapfile.Open(file)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	all := make(map[key][]heard)
	d := New(Options{})
	var pkt capture.Packet
	var p header.Packet
	for {
		if err := r.Next(&pkt); err == io.EOF {
			return all, nil
		} else if err != nil {
			return all, err
		}
		d.Begin(&pkt)
		if _, ok := header.Innermost(&pkt, &p); !ok {
			continue
		}
		d.Add(&p)
		sni, _, named := d.Said().Value(FieldTLSSNI, 0)
		ja4, _, fingerprint := d.Said().Value(FieldJA4, 0)
		if !named && !fingerprint {
			continue
		}
		var alpn []string
		for n := 0; ; n++ {
			name, _, ok := d.Said().Value(FieldTLSALPN, n)
			if !ok {
				break
			}
			alpn = append(alpn, string(name))
		}
		h := heard{sni: string(sni)}
		if fingerprint {
			h.ja4 = form(string(ja4), h.sni, strings.Join(alpn, ","))
		}
		k, _ := keyOf(&p)
		all[k] = append(all[k], h)
	}
}

// TestNDPI: names and fingerprints are those that nDPI recorded for the captures of
// its own tests. TAPDUMP_NDPI is the folder tests/cfgs/default of its sources.
func TestNDPI(t *testing.T) {
	dir := os.Getenv("TAPDUMP_NDPI")
	if dir == "" {
		t.Skip("TAPDUMP_NDPI is not set: the folder tests/cfgs/default of nDPI's sources, with its captures and results")
	}
	results, err := filepath.Glob(dir + "/result/*.out")
	if err != nil || len(results) == 0 {
		t.Fatalf("%s has no results: %v", dir, err)
	}
	flows, equal := 0, 0
	for _, result := range results {
		capture := strings.TrimSuffix(filepath.Base(result), ".out")
		want := ndpiFlows(t, result)
		if len(want) == 0 {
			continue
		}
		got, err := hearAll(t, dir+"/pcap/"+capture, ndpiForm)
		if os.IsNotExist(err) {
			t.Logf("%s is not there: %d flows are not compared", capture, len(want))
			continue
		}
		for _, f := range want {
			flows++
			if problem := f.differs(got[f.ends]); problem != "" {
				t.Logf("%s: %v %v: %s", capture, f.ends.low, f.ends.high, problem)
			} else {
				equal++
			}
		}
	}
	t.Logf("%d of %d flows are equal: %.2f %%", equal, flows, 100*float64(equal)/float64(flows))
	if equal*100 < flows*99 {
		t.Error("too few flows are equal")
	}
}

// differs says in what a conversation is not what nDPI recorded.
func (f *ndpiFlow) differs(got []heard) string {
	if len(got) == 0 && f.sni == "" && f.ja4 == "" {
		return ""
	}
	for _, h := range got {
		// It records no fingerprint of hellos that are too long for it.
		if strings.EqualFold(h.sni, f.sni) && (f.ja4 == "" || sameJA4(h.ja4, f.ja4)) {
			return ""
		}
	}
	return fmt.Sprintf("%q, nDPI %q", got, heard{f.sni, f.ja4})
}

// sameJA4 compares what is known to be comparable.
func sameJA4(ours, ndpi string) bool {
	if len(ours) < 3 || len(ndpi) < 3 || ours[0] != ndpi[0] {
		return ours == ndpi
	}
	return ours[3:] == ndpi[3:] && (ours[1:3] == ndpi[1:3] || ndpi[1:3] == "00" || ours[0] == ja4DTLS)
}
