package report

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

var update = flag.Bool("update", false, "rewrite testdata")

// written is the page of a report.
func written(t testing.TB, r *Report, a About) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteHTML(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ofFile is the report of a capture.
func ofFile(t testing.TB, name string) *Alone {
	t.Helper()
	src, err := pcapfile.ReadOptions{}.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	r := NewAlone()
	var pkt capture.Packet
	for src.Next(&pkt) == nil {
		r.AddPacket(&pkt)
	}
	return r
}

// TestGolden: pages of our captures, without the style and the script. Two reports of
// the same packets are the same.
func TestGolden(t *testing.T) {
	for _, name := range []string{"../../testdata/captures/lan.pcap", "../../testdata/captures/lo-sll.pcap", "../../docs/examples/office.pcap"} {
		about := About{Program: "tapdump", Command: "tapdump -r x.pcap --report x.html", File: "x.pcap",
			Sources: []Source{{Name: "x.pcap", LinkTypes: []capture.LinkType{capture.LinkEN10MB}, SnapLen: 262144}}}
		page := written(t, ofFile(t, name).Report, about)
		if again := written(t, ofFile(t, name).Report, about); !bytes.Equal(page, again) {
			t.Errorf("%s: two pages differ", name)
		}
		got := bytes.ReplaceAll(bytes.ReplaceAll(page, []byte(styleSheet), nil), []byte(script), nil)
		for _, embedded := range []string{styleSheet, script} {
			got = bytes.ReplaceAll(got, []byte(hash(embedded)), []byte("HASH"))
		}
		file := filepath.Join("testdata", strings.TrimSuffix(filepath.Base(name), ".pcap")+".html")
		if *update {
			if err := os.WriteFile(file, got, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: the page is not %s (-update rewrites it)", name, file)
		}
	}
}

// elements are those of the page, each with its attributes, and where it is wrong.
func elements(t testing.TB, page []byte) map[string]bool {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]bool)
	ids := make(map[string]bool)
	var visit func(n *html.Node)
	visit = func(n *html.Node) {
		if n.Type == html.ElementNode {
			names := []string{n.Data}
			for _, a := range n.Attr {
				names = append(names, a.Key)
				if a.Key == "id" {
					if ids[a.Val] {
						t.Errorf("id %q twice", a.Val)
					}
					ids[a.Val] = true
				}
				if a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("a link to %q", a.Val)
				}
			}
			slices.Sort(names[1:])
			all[strings.Join(names, " ")] = true
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(root)
	return all
}

// hostile are names as nobody should have them.
var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'><svg onload=alert(1)>`, `</title></style></script><h1>x`, `<!--`, `]]>`,
	"a\x00b\x01c\x1b[31m", "\u202egnp.exe\u2066", "\xff\xfe<b>\xc3", `javascript:alert(1)`, `&lt;script&gt;`, "{{.}} ${x} `x`", "<style>*{display:none}</style>", "\u2028\u2029\ufeff<base href=//x>",
}

// hostilePackets have hostile names wherever the report shows any.
func hostilePackets(names []string) (all []*capture.Packet) {
	for i, name := range names {
		h := [2]string{fmt.Sprintf("10.1.%d.1", i), fmt.Sprintf("10.2.%d.1", i)}
		message := func(flags uint16) []byte {
			b := binary.BigEndian.AppendUint16(nil, uint16(i))
			b = binary.BigEndian.AppendUint16(b, flags)
			b = append(b, 0, 1, 0, 0, 0, 0, 0, 0, byte(len(name)))
			return append(append(b, name...), 0, 0, 1, 0, 1)
		}
		query := headertest.Spec{Src: h[0], Dst: h[1], Protocol: header.ProtocolUDP, SrcPort: 40000, DstPort: 53, Payload: message(dnsQuery)}
		answer := headertest.Spec{Src: h[1], Dst: h[0], Protocol: header.ProtocolUDP, SrcPort: 53, DstPort: 40000, Payload: message(dnsAnswer | 3)}
		silent := query
		silent.SrcPort++
		web := segment(h, false, 5000, header.ACK, 7, 7, 0, 0)
		web.Payload = []byte("GET /" + name + " HTTP/1.1\r\nHost: " + name + "\r\nUser-Agent: " + name + "\r\n\r\n")
		for _, s := range []headertest.Spec{query, answer, silent, web} {
			all = append(all, s.Packet(1_000_000, int64(len(all))))
		}
	}
	last := headertest.Spec{Src: "10.1.0.1", Dst: "10.2.0.1", Protocol: header.ProtocolUDP, SrcPort: 9, DstPort: 9}
	return append(all, last.Packet(1_000_010, 0))
}

// TestInjection: what packets and users say is text, whatever it is: no element and no
// attribute comes of it, and nothing that does not show or changes direction.
func TestInjection(t *testing.T) {
	page := func(names []string) []byte {
		r := NewAlone()
		for _, pkt := range hostilePackets(names) {
			r.AddPacket(pkt)
		}
		for i, name := range names { // past what decoders let through
			a := headertest.Spec{Src: fmt.Sprintf("10.1.%d.1", i), Dst: "10.0.0.1", Protocol: header.ProtocolUDP}
			r.Learn(apps.Lesson{Address: headertest.Decode(t, a).Src, Name: []byte(name)})
			r.findings.count(nameMissing, a.Packet(1, 1), &Facts{Header: headertest.Decode(t, a)}, example{src: headertest.Decode(t, a).Src, port: header.NoPort, code: -1}, []byte(name))
		}
		a := About{Program: names[0], Command: strings.Join(names, " "), Filter: names[1], File: names[2], Within: names[3], Losses: names, Problems: names,
			Location: time.FixedZone(names[0], 0)}
		for _, name := range names {
			a.Sources = append(a.Sources, Source{Name: name, LinkTypes: []capture.LinkType{1 << 20}})
		}
		return written(t, r.Report, a)
	}
	tame := make([]string, len(hostile))
	for i := range tame {
		tame[i] = fmt.Sprintf("tame%d.example", i)
	}
	got, want := page(hostile), page(tame)
	expected := elements(t, want)
	for e := range elements(t, got) {
		if !expected[e] {
			t.Errorf("an element <%s> came from names", e)
		}
	}
	for _, r := range string(got) {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffd {
			t.Errorf("the page has %U", r)
		}
	}
	if !bytes.Contains(got, []byte("&lt;script&gt;alert(1)&lt;/script&gt;")) || !bytes.Contains(got, []byte(`\u202egnp.exe\u2066`)) {
		t.Error("hostile names are not shown: what is tested?")
	}
}

// TestEmbedded: style and script end where they should, and ask for nothing.
func TestEmbedded(t *testing.T) {
	for name, text := range map[string]string{"report.css": styleSheet, "report.js": script} {
		for _, bad := range []string{"</", "<!--", "url(", "@import", "http:", "https:", "innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function(", "fetch("} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", name, bad)
			}
		}
	}
}

// TestNothingRaw: outside html.go nobody writes into a page but by its methods, and
// nothing but a constant names an element or an attribute.
func TestNothingRaw(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	set := token.NewFileSet()
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "html.go" {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, to := range n.Lhs {
					if s, ok := to.(*ast.SelectorExpr); ok && s.Sel.Name == "b" {
						t.Errorf("%s: writes what a page has", set.Position(n.Pos()))
					}
				}
			case *ast.CallExpr:
				fun, ok := n.Fun.(*ast.Ident)
				if ok && (fun.Name == "tag" || fun.Name == "attribute") {
					t.Errorf("%s: makes a name of an element", set.Position(n.Pos()))
				}
				s, ok := n.Fun.(*ast.SelectorExpr)
				if !ok || s.Sel.Name != "begin" && s.Sel.Name != "void" && s.Sel.Name != "one" || len(n.Args) == 0 {
					break
				}
				seen++
				if _, literal := n.Args[0].(*ast.BasicLit); !literal {
					t.Errorf("%s: an element without a constant for a name", set.Position(n.Pos()))
				}
			case *ast.CompositeLit:
				if id, ok := n.Type.(*ast.Ident); ok && id.Name == "attr" && len(n.Elts) == 2 {
					if _, literal := n.Elts[0].(*ast.BasicLit); !literal {
						t.Errorf("%s: an attribute without a constant for a name", set.Position(n.Pos()))
					}
				}
			}
			return true
		})
	}
	if seen < 50 {
		t.Errorf("%d elements looked at", seen)
	}
}

// TestSize: a page stays within its bound, whatever there is, and says what is left out.
func TestSize(t *testing.T) {
	r := NewAlone()
	long := strings.Repeat(`<&"'>`, 12)
	n := 140_000
	for i := range n {
		addr := fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)
		name := fmt.Sprintf("%06d%s", i, long)[:63]
		m := dnsMessage(uint16(i), dnsAnswer|3, name+"."+name)
		spec := headertest.Spec{Src: addr, Dst: "192.0.2.1", Protocol: header.ProtocolUDP, SrcPort: 53, DstPort: uint16(i), Payload: m}
		switch i % 8 {
		case 0:
			spec.Protocol, spec.Flags, spec.SrcPort, spec.Payload = header.ProtocolTCP, header.SYN, uint16(i), nil
		case 1:
			spec.SrcPort, spec.DstPort, spec.Payload = uint16(i), 53, dnsMessage(uint16(i), dnsQuery, name)
		}
		r.AddPacket(spec.Packet(1_000_000+int64(i)/100, 0))
	}
	a := About{Command: strings.Repeat(long, 1000), Filter: strings.Repeat(long, 1000), Within: strings.Repeat("host 10.0.0.1 or ", 1000) + "tcp"}
	for range 3000 {
		a.Sources = append(a.Sources, Source{Name: strings.Repeat(long, 20), LinkTypes: capture.LinkTypes()})
		a.Losses, a.Problems = append(a.Losses, long), append(a.Problems, strings.Repeat(long, 20))
	}
	page := written(t, r.Report, a)
	if len(page) > MaxPage {
		t.Errorf("%d bytes", len(page))
	}
	elements(t, page)
	for _, want := range []string{"more</p>", "of a host after the first 131,072", "of cases that were not told apart", "and 2,9"} {
		if !bytes.Contains(page, []byte(want)) {
			t.Errorf("the page does not say %q", want)
		}
	}
	t.Logf("%d bytes", len(page))
}

// TestNoAllocations: packets of what is known cost none.
func TestNoAllocations(t *testing.T) {
	r := NewAlone()
	src := traffic.New(3, 5000)
	var pkt capture.Packet
	var facts []Facts
	var all []*capture.Packet
	for src.Next(&pkt) == nil {
		one := *capture.NewPacket(pkt.LinkType, bytes.Clone(pkt.Data))
		one.Time = pkt.Time
		f := Facts{Header: new(header.Packet), Said: new(apps.Said)}
		f.Tunnels, f.Decoded = header.Innermost(&one, f.Header)
		r.Add(&one, &f)
		all, facts = append(all, &one), append(facts, f)
	}
	i := 0
	if n := testing.AllocsPerRun(len(all)-1, func() {
		r.Add(all[i], &facts[i])
		i++
	}); n > 0 {
		t.Errorf("%v allocations for a packet", n)
	}
}

// TestEmpty: there is a page of nothing, and of one packet at the ends of time.
func TestEmpty(t *testing.T) {
	elements(t, written(t, New(Options{}), About{}))
	for _, at := range []capture.Timestamp{{}, {Sec: 1<<63 - 1, Nsec: 1<<63 - 1}, {Sec: -1 << 63, Nsec: -1 << 63}, {Sec: 5, Nsec: -7}} {
		r := NewAlone()
		pkt := arp(1, 5)
		r.AddPacket(pkt)
		pkt.Time = at
		r.AddPacket(pkt)
		elements(t, written(t, r.Report, About{}))
	}
}

// TestTimeline: what was counted stays, in the order of time, whatever the order of
// packets.
func TestTimeline(t *testing.T) {
	for _, times := range [][]int64{{0, 1, 2}, {1e12, 5, 1e15, 7, 1 << 61, -1 << 61}, {100e6, 0, 240e6, 480e6, -100e6}} {
		var l timeline
		for _, now := range times {
			l.at(now).add(bin{packets: 1})
		}
		sum := uint64(0)
		for i, b := range l.bins {
			sum += b.packets
			if i >= l.n && b.packets > 0 {
				t.Errorf("%v: a packet behind the end", times)
			}
		}
		if sum != uint64(len(times)) {
			t.Errorf("%v: %d packets", times, sum)
		}
		for _, now := range times {
			if now < l.start || (now-l.start)/l.width >= int64(l.n) || l.bins[(now-l.start)/l.width].packets == 0 {
				t.Errorf("%v: nothing at %d", times, now)
			}
		}
	}
}

// TestPlots: the plots alone are SVG and a table.
func TestPlots(t *testing.T) {
	var b bytes.Buffer
	if err := ofFile(t, "../../testdata/captures/lan.pcap").WritePlots(&b, About{}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), `role="img"`); n != 2 || len(StyleSheet()) == 0 {
		t.Errorf("%d plots", n)
	}
}

// FuzzReport: any packets make a page that parses, within its bound.
func FuzzReport(f *testing.F) {
	for _, pkt := range hostilePackets(hostile) {
		f.Add(uint32(pkt.LinkType), pkt.Data, int64(1), int64(0), uint32(1500))
	}
	f.Add(uint32(capture.LinkEN10MB), arp(1, 5).Data, int64(-1), int64(1)<<62, uint32(0))
	f.Fuzz(func(t *testing.T, link uint32, data []byte, sec, nsec int64, length uint32) {
		r := NewAlone()
		pkt := capture.NewPacket(capture.LinkType(link), data)
		pkt.Length = max(pkt.Length, length)
		r.AddPacket(pkt)
		pkt.Time = capture.Timestamp{Sec: sec, Nsec: nsec}
		r.AddPacket(pkt)
		page := written(t, r.Report, About{Sources: []Source{{Name: string(data)}}, Filter: string(data)})
		if len(page) > MaxPage {
			t.Errorf("%d bytes", len(page))
		}
		elements(t, page)
	})
}
