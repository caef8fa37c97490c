package tcpanalysis

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// frames makes packets of a connection for speed and memory: IPv4 without a
// link-layer header, with 12 bytes of options.
type frames struct {
	pkt capture.Packet
	p   header.Packet
	b   [52]byte
}

func newFrames() *frames {
	f := &frames{}
	f.b = [52]byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, 6, 32: 0x80}
	copy(f.b[40:], []byte{1, 1, 8, 10})
	f.pkt = capture.Packet{LinkType: capture.LinkRAW, Data: f.b[:]}
	f.set(0, false, 0, 0, 0, header.ACK, 0)
	return f
}

// set makes a segment of connection n, from the client or from the server.
func (f *frames) set(n uint32, server bool, at int64, seq, ack uint32, flags uint8, length int) {
	b := f.b[:]
	binary.BigEndian.PutUint16(b[2:], uint16(52+length))
	client, port := 0x0a000000|n>>14, uint16(n&0x3fff)+1024
	src, dst, sport, dport := client, uint32(0xc0000201), port, uint16(443)
	if server {
		src, dst, sport, dport = dst, src, dport, sport
	}
	binary.BigEndian.PutUint32(b[12:], src)
	binary.BigEndian.PutUint32(b[16:], dst)
	binary.BigEndian.PutUint16(b[20:], sport)
	binary.BigEndian.PutUint16(b[22:], dport)
	binary.BigEndian.PutUint32(b[24:], seq)
	binary.BigEndian.PutUint32(b[28:], ack)
	b[33] = flags
	binary.BigEndian.PutUint16(b[34:], 500)
	f.pkt.Time = capture.Timestamp{Sec: at / 1e9, Nsec: at % 1e9}
	f.pkt.Length = uint32(52 + length)
	header.Decode(&f.pkt, &f.p)
}

// aim is set without decoding, for a frame that set made before.
func (f *frames) aim(n uint32, server bool, at int64, seq, ack uint32, length int) {
	client, here, port := 0x0a000000|n>>14, uint32(0xc0000201), int32(n&0x3fff)+1024
	f.p.SrcPort, f.p.DstPort = port, 443
	if server {
		client, here = here, client
		f.p.SrcPort, f.p.DstPort = 443, port
	}
	binary.BigEndian.PutUint32(f.b[12:], client)
	binary.BigEndian.PutUint32(f.b[16:], here)
	binary.BigEndian.PutUint32(f.b[24:], seq)
	binary.BigEndian.PutUint32(f.b[28:], ack)
	f.p.Length, f.pkt.Time = length, capture.Timestamp{Nsec: at}
}

// open has connection n shake hands and send 100 bytes, which nobody acknowledges.
func (f *frames) open(a *Analyzer, n uint32, at int64) {
	f.set(n, false, at, 99, 0, header.SYN, 0)
	a.Add(&f.pkt, &f.p)
	f.set(n, true, at+1000, 199, 100, header.SYN|header.ACK, 0)
	a.Add(&f.pkt, &f.p)
	f.set(n, false, at+2000, 100, 200, header.ACK, 0)
	a.Add(&f.pkt, &f.p)
	f.set(n, false, at+3000, 100, 200, header.ACK, 100)
	a.Add(&f.pkt, &f.p)
}

// BenchmarkAdd measures what a packet takes beside decoding: of one connection that
// sends, every other packet of it an acknowledgement, and of many by turns.
func BenchmarkAdd(b *testing.B) {
	for _, c := range []struct {
		name  string
		conns uint32
	}{{"bulk", 1}, {"connections=1000", 1000}, {"connections=100000", 100_000}} {
		b.Run(c.name, func(b *testing.B) {
			a, f := New(Options{}), newFrames()
			for n := range c.conns {
				f.open(a, n, int64(n))
			}
			seq := make([]uint32, c.conns)
			data, ack := newFrames(), newFrames()
			b.ReportAllocs()
			n, at := uint32(0), int64(1e9)
			for i := 0; b.Loop(); i++ {
				f := data
				if i%2 == 0 {
					n = uint32(uint64(i/2) * 7919 % uint64(c.conns))
					f.aim(n, false, at, 200+seq[n], 200, 1448)
					seq[n] += 1448
				} else {
					f = ack
					f.aim(n, true, at, 200, 200+seq[n], 0)
				}
				at += 1000
				a.Add(&f.pkt, &f.p)
			}
		})
	}
}

// TestAllocations: no packet of a known connection allocates, lossy ones included.
func TestAllocations(t *testing.T) {
	a, f := New(Options{}), newFrames()
	f.open(a, 1, 0)
	seq, at := uint32(200), int64(1e9)
	round := func() {
		for i := range uint32(100) {
			at += 10_000
			f.set(1, false, at, seq+i*100, 200, header.ACK, 100)
			if i%10 != 3 {
				a.Add(&f.pkt, &f.p)
			}
		}
		for i := range uint32(100) {
			at += 10_000
			f.set(1, false, at, seq+i*100, 200, header.ACK, 100)
			if i%10 == 3 {
				a.Add(&f.pkt, &f.p)
			}
		}
		seq += 10_000
		f.set(1, true, at, 200, seq, header.ACK, 0)
		r := a.Add(&f.pkt, &f.p)
		if !r.HasAckRTT {
			t.Fatal("no round-trip time")
		}
	}
	round()
	if n := testing.AllocsPerRun(100, round); n != 0 {
		t.Errorf("%v allocations in 101 packets", n)
	}
}

// TestMemory: a million connections take less than 512 MiB, be they what they are,
// and of more the others are forgotten and counted.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 512 MiB and seconds")
	}
	const most, limit = 1_000_000, 512 << 20
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	for _, c := range []struct {
		name string
		n    uint32 // connections
		more func(f *frames, a *Analyzer, n uint32)
	}{
		{"data that nobody acknowledges", most + most/10, func(*frames, *Analyzer, uint32) {}},
		{"gaps both ways, and answers that come again", most, func(f *frames, a *Analyzer, n uint32) {
			for i := range uint32(6) {
				f.set(n, i%2 == 0, int64(n)*1000, 500+200*i, 0, 0, 100)
				a.Add(&f.pkt, &f.p)
				f.set(n, i%2 == 0, int64(n)*1000, 300, 0, 0, 100)
				a.Add(&f.pkt, &f.p)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := heap()
			a, f := New(Options{}), newFrames()
			for i := range c.n {
				f.open(a, i, int64(i)*1000)
				c.more(f, a, i)
			}
			used := heap() - before
			t.Logf("%d connections take %d MiB, %d bytes each", most, used>>20, used/most)
			if used > limit {
				t.Errorf("%d connections take %d bytes, more than %d", most, used, limit)
			}
			if got := a.Forgotten(); got != uint64(c.n-most) {
				t.Errorf("%d were forgotten, want %d", got, c.n-most)
			}
			if total := a.Totals(); total.Connections != uint64(c.n) || total.Packets < 4*uint64(c.n) || total.Bytes < 100*uint64(c.n) {
				t.Errorf("totals leave out what was forgotten: %+v", total)
			}
			runtime.KeepAlive(a)
		})
	}
}

// FuzzAdd adds packets made of bytes, each 16 of which are one of a few connections.
func FuzzAdd(f *testing.F) {
	f.Add([]byte("0123456789abcdef0123456789abcdef"), []byte{0x45})
	f.Add(bytes.Repeat([]byte{0, 0x10, 0, 1, 0, 1, 0, 1, 100, 0, 0, 0, 0, 0, 0, 0}, 40), []byte{})
	f.Add([]byte{0, 2, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9, 1, 0x12, 0, 1, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8}, headertest.Spec{Src: "10.0.0.1", Dst: "10.0.0.2", Protocol: header.ProtocolTCP, Flags: header.SYN}.Bytes())
	f.Fuzz(func(t *testing.T, script, raw []byte) {
		a := New(Options{MaxConnections: 5, MaxSegments: 64, IdleTime: time.Second})
		var p header.Packet
		added := uint64(0)
		for i := 0; i < len(raw); i += 60 {
			pkt := capture.NewPacket(capture.LinkEN10MB, raw[i:])
			if _, ok := header.Innermost(pkt, &p); ok && p.Protocol == header.ProtocolTCP {
				r := a.Add(pkt, &p)
				r.AppendText(nil)
				if !p.Fragment() {
					added++
				}
			}
		}
		fr := newFrames()
		at := int64(0)
		for ; len(script) >= 16; script = script[16:] {
			at += int64(binary.BigEndian.Uint16(script[14:])) << script[13]
			fr.set(uint32(script[0]>>4), script[0]&1 != 0, at,
				uint32(binary.BigEndian.Uint16(script[2:]))<<(script[12]&31), uint32(binary.BigEndian.Uint16(script[4:]))<<(script[11]&31),
				script[1], int(script[8])*int(script[9]))
			copy(fr.b[40:], script[:12])
			binary.BigEndian.PutUint16(fr.b[34:], binary.BigEndian.Uint16(script[6:]))
			fr.p.Payload = nil
			r := a.Add(&fr.pkt, &fr.p)
			r.AppendText(nil)
			added++
		}
		total := a.Totals()
		n := uint64(0)
		for s := range a.Connections() {
			if s.Sides[0].Packets+s.Sides[1].Packets == 0 {
				t.Errorf("a connection without packets: %+v", s)
			}
			n++
		}
		if total.Packets != added || total.Connections != n+a.Forgotten() || n > 5 {
			t.Errorf("%d packets were added; %d connections are known: %+v", added, n, total)
		}
		if a.pool.free < 0 {
			t.Errorf("there is room for %d segments", a.pool.free)
		}
	})
}
