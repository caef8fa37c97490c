package records

import (
	"encoding/csv"
	"encoding/json"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

// everything are all columns, tshark's included.
var everything = append(append([]*Column[Packet]{}, PacketColumns()...), Aliases()...)

// checkRecord fails where a record is not what another parser reads.
func checkRecord(t *testing.T, encoder *JSON[Packet], b []byte, r *Packet) []byte {
	t.Helper()
	b = encoder.Append(b[:0], r)
	if !utf8.Valid(b) || !json.Valid(b) || strings.Count(string(b), "\n") != 1 {
		t.Fatalf("no line of JSON: %q", b)
	}
	return b
}

// TestCutCaptures: each record of each capture is valid JSON, wherever the packet was
// cut; of captures beside the repository, long packets are cut at 200 lengths, unless
// -all asks for each up to 4096.
func TestCutCaptures(t *testing.T) {
	names := captures(t, "../../testdata/captures")
	ours := len(names)
	if !testing.Short() {
		names = append(names, captures(t, shared)...)
	}
	encoder := NewJSON(everything)
	records := 0
	for i, name := range names {
		src, err := pcapfile.Open(name)
		if err != nil {
			continue // no capture at all, or one of a kind that cannot be read
		}
		m := newMaker()
		lines := printer.New(printer.Options{TimeFormat: 1})
		var b, line []byte
		var pkt capture.Packet
		for number := uint64(1); src.Next(&pkt) == nil; number++ {
			whole := pkt.Data
			step := 1
			if i >= ours && (!*allCaptures || len(whole) > 4096) {
				step += len(whole) / 60 // some have 256 KiB
			}
			for n := len(whole); n >= 0; n -= step {
				pkt.Data = whole[:n:n]
				r := m.make(number, &pkt)
				line = lines.Print(line[:0], &pkt)
				r.Line = line
				b = checkRecord(t, encoder, b, r)
				records++
			}
		}
		src.Close()
	}
	t.Logf("%d records", records)
}

// TestNames: names in packets with everything that an encoding has to escape are read
// back by other parsers as they were, but for what is not UTF-8.
func TestNames(t *testing.T) {
	for _, name := range []string{`quote" back\slash`, "tab\tline\nreturn\r", "\x00\x1b[31m\x7f", "\u202egnp.exe\u2066", "\u0085\u009b", "comma, semicolon;", "\xff\xfe\xc3", "日本語", "'"} {
		want := strings.ToValidUTF8(name, "\ufffd")
		if name == "\xff\xfe\xc3" {
			want = "\ufffd\ufffd\ufffd" // each byte
		}
		p := &Packet{Pkt: capture.NewPacket(capture.LinkEN10MB, nil), Line: []byte(name)}
		columns := named("text", "number")
		b := AppendJSON(nil, columns, p)
		var got struct{ Text string }
		if err := json.Unmarshal(b, &got); err != nil || got.Text != want {
			t.Errorf("%q in JSON is %q: %v", name, got.Text, err)
		}
		for _, r := range string(b[:len(b)-1]) {
			if r < ' ' || r >= 0x7f && r < 0xa0 || control(r) {
				t.Errorf("%q in JSON has %U", name, r)
			}
		}
		rows, err := csv.NewReader(strings.NewReader(string(AppendSeparated(nil, columns, p, Comma)))).ReadAll()
		if err != nil || len(rows) != 1 || rows[0][0] != want {
			t.Errorf("%q in CSV is %q: %v", name, rows, err)
		}
		line := string(AppendSeparated(nil, columns, p, Tab))
		if strings.Count(line, "\t") != 1 || strings.Count(line, "\n") != 1 || strings.ContainsAny(line, "\x00\x1b\r\u202e") {
			t.Errorf("%q with tabs is %q", name, line)
		}
	}
}

// FuzzPacket: whatever a frame holds, its record is valid in each encoding.
func FuzzPacket(f *testing.F) {
	for _, name := range captures(f, "../../testdata/captures") {
		src, err := pcapfile.Open(name)
		if err != nil {
			f.Fatal(err)
		}
		var pkt capture.Packet
		for i := 0; i < 40 && src.Next(&pkt) == nil; i++ {
			f.Add(uint16(pkt.LinkType), pkt.Length, pkt.Data)
		}
		src.Close()
	}
	encoder := NewJSON(everything)
	f.Fuzz(func(t *testing.T, link uint16, length uint32, data []byte) {
		pkt := capture.Packet{LinkType: capture.LinkType(link), Length: max(length, uint32(len(data))), Data: data}
		m := newMaker()
		r := m.make(1, &pkt)
		checkRecord(t, encoder, nil, r)
		for _, separator := range []byte{Tab, Comma} {
			if b := AppendSeparated(nil, everything, r, separator); !utf8.Valid(b) {
				t.Fatalf("no UTF-8: %q", b)
			}
		}
	})
}

// TestLinkTypes: random frames of every link type have valid records.
func TestLinkTypes(t *testing.T) {
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	encoder := NewJSON(everything)
	m := newMaker()
	random := rand.New(rand.NewPCG(1, 2))
	var b []byte
	for link := capture.LinkType(0); link <= capture.MaxLinkType; link++ {
		for range rounds {
			data := make([]byte, random.IntN(120))
			for i := range data {
				data[i] = byte(random.Uint32())
			}
			if len(data) > 40 {
				copy(data[random.IntN(20):], []byte{8, 0, 0x45, 0, 0, 60})
			}
			b = checkRecord(t, encoder, b, m.make(1, capture.NewPacket(link, data)))
		}
	}
}

// TestTable: the table of columns is one that encodings can use.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range everything {
		if seen[c.Name] {
			t.Errorf("there are two columns %s", c.Name)
		}
		seen[c.Name] = true
		if c.Name == "" || c.Group == "" || c.Meaning == "" || strings.ContainsAny(c.Name, "\" \\,") {
			t.Errorf("the row of %q lacks something", c.Name)
		}
		found := 0
		for _, has := range []bool{c.Number != nil, c.Text != nil, c.Item != nil} {
			if has {
				found++
			}
		}
		byNumber := c.Kind == Number || c.Kind == Time || c.Kind == Interval || c.Kind == Flag
		if found != 1 || byNumber != (c.Number != nil) || (c.Kind == List) != (c.Item != nil) {
			t.Errorf("%s is of kind %v, and found by %d functions", c.Name, c.Kind, found)
		}
	}
	for _, c := range PacketColumns() {
		alias := strings.TrimSuffix(c.Alias, "*")
		if c.Alias != "" && !seen[c.Alias] && !(alias != c.Alias && seen[alias+"retransmission"]) {
			t.Errorf("%s names %s of tshark's, which is no column", c.Name, c.Alias)
		}
	}
}

// TestCommunityID holds the published examples of the specification (baseline/README.md
// and baseline_deflt.json there).
func TestCommunityID(t *testing.T) {
	for _, e := range []struct {
		protocol         uint8
		src, dst         string
		srcPort, dstPort uint16
		ports            bool
		want             string
	}{
		{6, "1.2.3.4", "5.6.7.8", 1122, 3344, true, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
		{6, "5.6.7.8", "1.2.3.4", 3344, 1122, true, "1:wCb3OG7yAFWelaUydu0D+125CLM="},
		{17, "1.2.3.4", "5.6.7.8", 1122, 3344, true, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg="},
		{17, "5.6.7.8", "1.2.3.4", 3344, 1122, true, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg="},
		{132, "1.2.3.4", "5.6.7.8", 1122, 3344, true, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8="},
		{132, "5.6.7.8", "1.2.3.4", 3344, 1122, true, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8="},
		{1, "1.2.3.4", "5.6.7.8", 8, 0, true, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0="},
		{1, "5.6.7.8", "1.2.3.4", 0, 0, true, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0="},
		{1, "1.2.3.4", "5.6.7.8", 11, 0, true, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk="},
		{58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 128, 0, true, "1:0bf7hyMJUwt3fMED7z8LIfRpBeo="},
		{58, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 129, 0, true, "1:0bf7hyMJUwt3fMED7z8LIfRpBeo="},
		{58, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 146, 0, true, "1:fYC8+pz24E+EhANP1EZhpX0Dw10="},
		{46, "1.2.3.4", "5.6.7.8", 0, 0, false, "1:ikv3kmf89luf73WPz1jOs49S768="},
		{46, "5.6.7.8", "1.2.3.4", 0, 0, false, "1:ikv3kmf89luf73WPz1jOs49S768="},
		{46, "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", 0, 0, false, "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0="},
		{46, "fe80:1011:1213:1415:1617:1819:1a1b:1c1d", "fe80:0001:0203:0405:0607:0809:0a0b:0c0d", 0, 0, false, "1:wQ/2mwrnXP4lmJcHdGL5ePjR+e0="},
		{58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 136, true, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 135, true, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="},
		{58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 136, true, "1:zavyT/cezQr1fmImYCwYnMXbgck="},
		{58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 136, 135, true, "1:zavyT/cezQr1fmImYCwYnMXbgck="},
		{58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, true, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="},
		{58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4, true, "1:hLZd0XGWojozrvxqE0dWB1iM6R0="},
		{58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 129, true, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
		{58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 128, true, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg="},
		{58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 134, true, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0="},
		{58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 133, true, "1:pkvHqCL88/tg1k4cPigmZXUtL00="},
		{1, "192.168.0.89", "192.168.0.1", 8, 0, true, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{1, "192.168.0.1", "192.168.0.89", 0, 8, true, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="},
		{1, "10.0.0.1", "10.0.0.2", 11, 0, true, "1:YHxtAirCG//0OzkcVAukqKQN9xM="},
		{6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25, true, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
		{6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943, true, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="},
		{132, "192.168.170.8", "192.168.170.56", 7, 7, true, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
		{132, "192.168.170.56", "192.168.170.8", 7, 7, true, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="},
		{6, "128.232.110.120", "66.35.250.204", 34855, 80, true, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{6, "66.35.250.204", "128.232.110.120", 80, 34855, true, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="},
		{17, "192.168.1.52", "8.8.8.8", 54585, 53, true, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{17, "8.8.8.8", "192.168.1.52", 53, 54585, true, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="},
		{46, "10.1.12.1", "10.1.12.2", 0, 0, false, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
		{46, "10.1.12.2", "10.1.12.1", 0, 0, false, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="},
	} {
		if got := string(AppendCommunityID(nil, netip.MustParseAddr(e.src), netip.MustParseAddr(e.dst), e.protocol, e.srcPort, e.dstPort, e.ports)); got != e.want {
			t.Errorf("%d %s:%d > %s:%d: %s, want %s", e.protocol, e.src, e.srcPort, e.dst, e.dstPort, got, e.want)
		}
	}
}
