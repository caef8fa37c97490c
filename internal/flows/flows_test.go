package flows

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
	"github.com/tapdump/tapdump/internal/traffic"
)

// TestColumns: names are unique, and a record of all columns is what it was made of.
func TestColumns(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Columns() {
		if seen[c.Name] || c.Meaning == "" || (c.Number == nil) == (c.Text == nil) {
			t.Errorf("column %q comes twice, or lacks something", c.Name)
		}
		seen[c.Name] = true
	}
	g := newRig(Options{})
	var line []byte
	var uid []string
	g.t = New(Options{}, func(f *Flow) error {
		line = records.AppendJSON(line[:0], Columns(), f)
		uid = append(uid, string(f.appendUID(nil)))
		return nil
	})
	d := apps.New(apps.Options{})
	g.at = "eth\"0"
	for _, s := range talk(step{0.5, 0, ".", 1101, 5201, 100, ""}, step{0.9, 0, ".", 1101, 5201, 100, ""}, step{1, 1, "R", 5201, 0, 0, ""}) {
		pkt := s.packet(t, headertest.Spec{VLAN: []uint16{100, 7}})
		var p header.Packet
		header.Decode(pkt, &p)
		if len(p.Payload) == 100 {
			copy(p.Payload, "GET / HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\nx: ")
			copy(p.Payload[96:], "\r\n\r\n")
		}
		d.Begin(pkt)
		d.Add(&p)
		g.said = d.Said()
		g.add(t, pkt)
	}
	if err := g.t.Close(); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	delete(got, "community_id")
	delete(got, "uid")
	const want = `map[conn_state:RSTR duration:1 handshake_rtt_us:30000 history:ShACDadTr http_host:example.com id_orig_h:192.0.2.1 id_orig_p:40000 ` +
		`id_resp_h:192.0.2.2 id_resp_p:80 interface:eth"0 missed_bytes:0 orig_bytes:200 orig_ip_bytes:540 orig_pkts:6 out_of_order:0 proto:tcp ` +
		`resets:1 resp_bytes:200 resp_ip_bytes:360 resp_pkts:4 retransmissions:1 rtt_max_us:100000 rtt_min_us:10000 rtt_p50_us:60000 service:http ` +
		`ts:1970-01-01T00:00:00.000000000Z vlan_id:100 zero_windows:0]`
	if text := fmt.Sprint(got); text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if len(uid) != 1 || len(uid[0]) != 18 || uid[0][0] != 'C' {
		t.Errorf("uid is %q", uid)
	}
}

// feed runs n made packets through a Tracker, and returns the records as NDJSON.
func feed(t testing.TB, seed uint64, n int, o Options, each func(r *records.Packet, followed bool)) (lines []byte, flows int, tracker *Tracker) {
	src := traffic.New(seed, n)
	var pkt capture.Packet
	g := newRig(o)
	g.t = New(o, func(f *Flow) error {
		flows++
		lines = records.AppendJSON(lines, Columns(), f)
		return nil
	})
	for src.Next(&pkt) == nil {
		before := g.t.losses.Followed
		g.add(t, &pkt)
		each(&g.r, g.t.losses.Followed > before)
	}
	if err := g.t.Close(); err != nil {
		t.Fatal(err)
	}
	return lines, flows, g.t
}

// TestSums: flows have all packets and bytes that went over IP, each once, also where
// records of long ones are written between, and where there is room for few; and the
// same packets make the same records.
func TestSums(t *testing.T) {
	for name, o := range map[string]Options{
		"usual":        {},
		"interval":     {Interval: time.Second},
		"few":          {MaxFlows: 20},
		"quickly idle": {Idle: 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			var packets, bytesIP uint64
			perHost := map[string]uint64{}
			count := func(r *records.Packet, followed bool) {
				offset, part := offsetColumn().Number(r)
				part = part && offset > 0
				if r.Decoded && !followed || part && !followed && (name == "usual" || name == "interval") {
					t.Errorf("a packet from %s is in no flow", r.Header.Src)
				}
				if followed {
					n := uint64(r.Pkt.Length) - uint64(r.Header.Offset) // Ethernet pads what is shorter than 60 bytes
					if r.Decoded {
						n = ipLength(r)
					} else if !part {
						t.Error("what is no fragment was taken for one")
					}
					packets++
					bytesIP += n
					perHost[r.Header.Src.String()] += n
				}
			}
			lines, n, tracker := feed(t, 5, 60000, o, count)
			again, _, _ := feed(t, 5, 60000, o, func(*records.Packet, bool) {})
			if !bytes.Equal(lines, again) {
				t.Error("the same packets make other records")
			}
			var gotPackets, gotBytes uint64
			gotPerHost := map[string]uint64{}
			for line := range bytes.Lines(lines) {
				var f struct {
					OrigH  string `json:"id_orig_h"`
					RespH  string `json:"id_resp_h"`
					OrigP  uint64 `json:"orig_pkts"`
					RespP  uint64 `json:"resp_pkts"`
					OrigIP uint64 `json:"orig_ip_bytes"`
					RespIP uint64 `json:"resp_ip_bytes"`
				}
				if err := json.Unmarshal(line, &f); err != nil {
					t.Fatal(err)
				}
				gotPackets += f.OrigP + f.RespP
				gotBytes += f.OrigIP + f.RespIP
				gotPerHost[f.OrigH] += f.OrigIP
				gotPerHost[f.RespH] += f.RespIP
			}
			for host, n := range perHost {
				if gotPerHost[host] != n {
					t.Errorf("%s sent %d bytes, flows have %d", host, n, gotPerHost[host])
				}
			}
			if gotPackets != packets || gotBytes != bytesIP {
				t.Errorf("flows have %d packets and %d bytes, want %d and %d", gotPackets, gotBytes, packets, bytesIP)
			}
			l := tracker.Losses()
			if l.Followed != packets || l.Followed+l.Outside != 60000 || (l.Early > 0) != (name == "few") {
				t.Errorf("%+v, of %d flows", l, n)
			}
		})
	}
}

// TestInterval: parts of a long flow say what each of them has.
func TestInterval(t *testing.T) {
	g := newRig(Options{Interval: 10 * time.Second})
	steps := talk()
	for i := range 40 {
		steps = append(steps, step{1 + float64(i), 0, ".", 1101 + uint32(i)*10, 5201, 10, ""})
	}
	for _, s := range steps {
		g.add(t, s.packet(t, headertest.Spec{}))
	}
	if err := g.t.Tick(60e9); err != nil {
		t.Fatal(err)
	}
	if err := g.t.Close(); err != nil {
		t.Fatal(err)
	}
	want := []string{`S1 "ShADad" 190+200 bytes 13+3 packets`, `S1 "ShADad" 100+0 bytes 10+0 packets`, `S1 "ShADad" 100+0 bytes 10+0 packets`, `S1 "ShADad" 100+0 bytes 10+0 packets`, `S1 "ShADad" 10+0 bytes 1+0 packets`}
	if got := strings.Join(g.got, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	uid := string(g.last[0].appendUID(nil))
	for _, f := range g.last {
		if got := string(f.appendUID(nil)); got != uid || f.Begun != 0 || f.Duration > 10e9 {
			t.Errorf("a record has uid %s, want %s; %+v", got, uid, f)
		}
	}
}

// TestMissed: bytes that were acknowledged and not captured count once, whether the
// acknowledgement or what follows them comes first, and not if they come late.
func TestMissed(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []step
		want  uint64
	}{
		{"in two steps", shake(step{0.1, 0, ".", 1101, 5001, 100, ""}, step{0.2, 1, ".", 5001, 1051, 0, ""}, step{0.3, 1, ".", 5001, 1201, 0, ""}), 100},
		{"an old acknowledgement between", shake(step{0.1, 0, ".", 1101, 5001, 100, ""}, step{0.2, 1, ".", 5001, 1201, 0, ""}, step{0.3, 1, ".", 5001, 1051, 0, ""}, step{0.4, 1, ".", 5001, 1201, 0, ""}), 100},
		{"the acknowledgement first", shake(step{0.1, 1, ".", 5001, 1101, 0, ""}, step{0.2, 0, ".", 1101, 5001, 100, ""}, step{0.3, 1, ".", 5001, 1201, 0, ""}), 100},
		{"twice", shake(step{0.1, 0, ".", 1101, 5001, 100, ""}, step{0.2, 1, ".", 5001, 1201, 0, ""}, step{0.3, 0, ".", 1251, 5001, 100, ""}, step{0.4, 1, ".", 5001, 1351, 0, ""}), 150},
		{"filled in time", shake(step{0.1, 0, ".", 1101, 5001, 100, ""}, step{0.101, 0, ".", 1001, 5001, 100, ""}, step{0.3, 1, ".", 5001, 1201, 0, ""}), 0},
		{"of a RST", shake(step{0.1, 1, "R.", 5001, 1301, 0, ""}), 0},
		{"in mid-stream", talk(step{0.5, 0, ".", 1301, 5301, 50, ""}, step{0.6, 1, ".", 5301, 1351, 0, ""})[3:], 0},
	} {
		g := newRig(Options{})
		for _, s := range c.steps {
			g.add(t, s.packet(t, headertest.Spec{}))
		}
		if err := g.t.Close(); err != nil {
			t.Fatal(err)
		}
		if got := g.last[0].Missed; got != c.want {
			t.Errorf("%s: %d bytes, want %d; %s", c.name, got, c.want, g.got)
		}
	}
}

// TestFragments: those behind the first are of the same flow, of both versions of IP,
// and those of other packets are of none.
func TestFragments(t *testing.T) {
	for _, base := range []headertest.Spec{{Src: "192.0.2.1", Dst: "192.0.2.2"}, {Src: "2001:db8::1", Dst: "2001:db8::2"}} {
		g := newRig(Options{})
		base.Protocol, base.SrcPort, base.DstPort, base.ID = header.ProtocolUDP, 40000, 2049, 77
		base.Payload = make([]byte, 16)
		piece := func(id uint16, offset int, more bool) *capture.Packet {
			s := base
			s.ID = id
			pkt := s.Packet(0, 0)
			b := pkt.Data[14:]
			at := uint16(offset)
			if b[0]>>4 == 4 {
				if more {
					at |= 0x2000
				}
				binary.BigEndian.PutUint16(b[6:], at)
				binary.BigEndian.PutUint16(b[10:], 0)
				return pkt
			}
			// the fragment header goes between
			at <<= 3
			if more {
				at |= 1
			}
			h := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint16([]byte{header.ProtocolUDP, 0}, at), uint32(id))
			b[6] = 44
			binary.BigEndian.PutUint16(b[4:], binary.BigEndian.Uint16(b[4:])+8)
			pkt.Data = append(append(append([]byte(nil), pkt.Data[:54]...), h...), pkt.Data[54:]...)
			pkt.Length = uint32(len(pkt.Data))
			return pkt
		}
		g.add(t, piece(77, 0, true))
		g.add(t, piece(77, 3, true))
		g.add(t, piece(77, 6, false))
		g.add(t, piece(78, 3, false))
		if err := g.t.Close(); err != nil {
			t.Fatal(err)
		}
		want := `S0 "D" 64+0 bytes 3+0 packets`
		if got := strings.Join(g.got, "\n"); got != want || g.t.Losses().Followed != 3 || g.t.Losses().Outside != 1 {
			t.Errorf("%s: got %s, want %s; %+v", base.Src, got, want, g.t.Losses())
		}
		if n := g.last[0].Orig.IPBytes; n != 3*(20+24) && n != 3*(40+8+24) {
			t.Errorf("%d bytes of IP", n)
		}
	}
}

// TestEnds: a flow that has ended is written soon, and not before.
func TestEnds(t *testing.T) {
	g := newRig(Options{})
	for _, s := range shake(step{1, 0, "F.", 1001, 5001, 0, ""}, step{1.1, 1, "F.", 5001, 1002, 0, ""}, step{5, 0, ".", 1002, 5002, 0, ""}) {
		g.add(t, s.packet(t, headertest.Spec{}))
	}
	if len(g.got) != 0 {
		t.Errorf("written early: %s", g.got)
	}
	if err := g.t.Tick(8e9); err != nil {
		t.Fatal(err)
	}
	if len(g.got) != 1 || g.last[0].Duration != 1.1e9 || g.t.Losses().Remaining != 0 {
		t.Errorf("%s %+v", g.got, g.last)
	}
}

// TestClocks: one packet with a wrong time ends no flow, and packets from earlier
// are followed too.
func TestClocks(t *testing.T) {
	g := newRig(Options{})
	udp := func(at float64) *capture.Packet {
		return step{at, 0, "u", 0, 0, 30, ""}.packet(t, headertest.Spec{DstPort: 53, SrcPort: 40000})
	}
	tcp := talk()
	for _, s := range tcp {
		g.add(t, s.packet(t, headertest.Spec{}))
	}
	g.add(t, udp(1e6))
	g.add(t, udp(2))
	if len(g.got) != 0 {
		t.Errorf("a wrong time wrote %s", g.got)
	}
	g.add(t, udp(1e6))
	g.add(t, udp(1e6+1))
	if len(g.got) != 1 || g.last[0].Protocol != header.ProtocolTCP {
		t.Errorf("a million seconds later there is %s", g.got)
	}
	for _, at := range []float64{100, 101, 300, 400} { // another capture, from before
		g.add(t, udp(at))
	}
	if err := g.t.Close(); err != nil || g.t.Losses().Followed != 15 {
		t.Errorf("%v, %+v", err, g.t.Losses())
	}
}

// TestCut: packets cut at any length make records that are JSON, and are in a flow or
// counted.
func TestCut(t *testing.T) {
	for cut := 0; cut <= 120; cut++ {
		src := traffic.New(9, 1500)
		var pkt capture.Packet
		g := newRig(Options{Interval: time.Millisecond})
		var line []byte
		g.t = New(Options{Interval: time.Millisecond, MaxFlows: 50}, func(f *Flow) error {
			if line = records.AppendJSON(line[:0], Columns(), f); !json.Valid(line) {
				t.Errorf("cut at %d: %s is no JSON", cut, line)
			}
			return nil
		})
		d := apps.New(apps.Options{})
		for src.Next(&pkt) == nil {
			pkt.Data = pkt.Data[:min(len(pkt.Data), cut)]
			d.Begin(&pkt)
			var p header.Packet
			if header.Decode(&pkt, &p) {
				d.Add(&p)
			}
			g.said = d.Said()
			g.add(t, &pkt)
		}
		if err := g.t.Close(); err != nil {
			t.Fatal(err)
		}
		if l := g.t.Losses(); l.Followed+l.Outside != 1500 || l.Remaining != 0 {
			t.Errorf("cut at %d: %+v", cut, l)
		}
	}
}

// TestWriteFails: what cannot be written is said at once.
func TestWriteFails(t *testing.T) {
	full := errors.New("full")
	tr := New(Options{MaxFlows: 1}, func(*Flow) error { return full })
	r := records.Packet{Decoded: true}
	for i, want := range []error{nil, full} {
		r.Pkt = step{0, 0, "u", 0, 0, 30, ""}.packet(t, headertest.Spec{SrcPort: uint16(5000 + i), DstPort: 53})
		header.Decode(r.Pkt, &r.Header)
		if err := tr.Add(&r); err != want {
			t.Errorf("packet %d: %v, want %v", i, err, want)
		}
	}
}

// many has packets of many flows: segments of n connections by turns, set in place.
type many struct {
	tr     *Tracker
	tcp    *tcpanalysis.Analyzer
	r      records.Packet
	result tcpanalysis.Result
	pkt    *capture.Packet
	seq    []uint32
}

func newMany(tb testing.TB, conns, payload int, o Options) *many {
	m := &many{tcp: tcpanalysis.New(tcpanalysis.Options{}), seq: make([]uint32, conns)}
	m.tr = New(o, func(*Flow) error { return nil })
	m.pkt = step{0, 0, ".", 1, 1, payload, ""}.packet(tb, headertest.Spec{})
	m.r.Pkt = m.pkt
	m.r.Interface = "eth0"
	return m
}

// add is segment i of connection n, a microsecond after the one before.
func (m *many) add(tb testing.TB, n int) {
	b := m.pkt.Data
	port := 1024 + n%60000
	b[14+12+3], b[14+12+2] = byte(n/60000), 7
	b[34], b[35] = byte(port>>8), byte(port)
	seq := m.seq[n]
	b[38], b[39], b[40], b[41] = byte(seq>>24), byte(seq>>16), byte(seq>>8), byte(seq)
	if m.pkt.Time.Nsec += 1000; m.pkt.Time.Nsec >= 1e9 {
		m.pkt.Time.Sec, m.pkt.Time.Nsec = m.pkt.Time.Sec+1, m.pkt.Time.Nsec-1e9
	}
	m.r.Decoded = header.Decode(m.pkt, &m.r.Header)
	m.result = m.tcp.Add(m.pkt, &m.r.Header)
	m.r.TCP = &m.result
	m.seq[n] += uint32(m.r.Header.Length)
	if err := m.tr.Add(&m.r); err != nil {
		tb.Fatal(err)
	}
}

// TestAllocations: no packet of a flow that is known allocates.
func TestAllocations(t *testing.T) {
	m := newMany(t, 1000, 1000, Options{})
	for n := range 1000 {
		m.add(t, n)
		m.add(t, n)
	}
	n := 0
	if got := testing.AllocsPerRun(5000, func() { m.add(t, n%1000); n++ }); got != 0 {
		t.Errorf("%v allocations for a packet", got)
	}
}

// TestMemory: a million flows take no more memory than is allowed, with the names of
// all of them.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a million flows")
	}
	m := newMany(t, 1_000_000, 10, Options{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	query := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", SrcPort: 4000, DstPort: 53, Protocol: header.ProtocolUDP,
		Payload: []byte("\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x3faaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x3faaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\x00\x00\x01\x00\x01")}
	d := apps.New(apps.Options{})
	pkt := query.Packet(0, 0)
	var p header.Packet
	header.Decode(pkt, &p)
	d.Begin(pkt)
	d.Add(&p)
	m.r.Said = d.Said()
	m.tcp = tcpanalysis.New(tcpanalysis.Options{MaxConnections: 100})
	for n := range 1_000_000 {
		m.add(t, n)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	l := m.tr.Losses()
	grown := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d MiB, %+v", grown>>20, l)
	if grown > 256<<20 || l.Remaining != MaxFlows || l.Early != 1_000_000-MaxFlows {
		t.Errorf("%d flows take %d MiB, %+v", l.Remaining, grown>>20, l)
	}
	if m.tr.names.size > MaxNames {
		t.Errorf("names take %d bytes", m.tr.names.size)
	}
}

// BenchmarkAdd measures what a packet takes beside decoding and the analysis of TCP:
// of one connection, and of many by turns. Their checksums are looked at.
func BenchmarkAdd(b *testing.B) {
	for _, c := range []struct {
		name    string
		conns   int
		payload int
	}{{"bulk", 1, 1448}, {"small", 1, 100}, {"flows=1000", 1000, 500}, {"flows=100000", 100_000, 500}} {
		for _, alone := range []bool{true, false} {
			name := c.name
			if !alone {
				name += ", with decoding and analysis"
			}
			b.Run(name, func(b *testing.B) {
				m := newMany(b, c.conns, c.payload, Options{})
				for n := range c.conns {
					m.add(b, n)
				}
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					if n = n + 7919; n >= c.conns {
						n %= c.conns
					}
					if alone {
						m.aim(b, n)
					} else {
						m.add(b, n)
					}
				}
			})
		}
	}
}

// aim is add without what is not ours.
func (m *many) aim(tb testing.TB, n int) {
	b := m.pkt.Data
	port := 1024 + n%60000
	b[14+12+3], b[14+12+2] = byte(n/60000), 7
	b[34], b[35] = byte(port>>8), byte(port)
	m.r.Header.SrcPort = int32(port)
	if m.pkt.Time.Nsec += 1000; m.pkt.Time.Nsec >= 1e9 {
		m.pkt.Time.Sec, m.pkt.Time.Nsec = m.pkt.Time.Sec+1, m.pkt.Time.Nsec-1e9
	}
	m.result.Marks, m.result.Place = 0, uint32(n+1)
	if err := m.tr.Add(&m.r); err != nil {
		tb.Fatal(err)
	}
}
