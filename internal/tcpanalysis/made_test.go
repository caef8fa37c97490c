package tcpanalysis

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/testenv"
	"github.com/tapdump/tapdump/pcapfile"
)

// talk makes segments of one connection, most of them as they would be, others as
// they are when something goes wrong.
type talk struct {
	r      *rand.Rand
	port   uint16
	now    int64 // microseconds
	side   [2]talker
	packet []headertest.Spec
	times  []int64
}

type talker struct {
	seq, next, ack uint32
	window         uint16
	scale          int
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

// emit sends a segment; the numbers are those of the wire.
func (k *talk) emit(from int, seq, ack uint32, flags uint8, window uint16, length int, options []byte) {
	s := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", SrcPort: k.port, DstPort: 80}
	if from == 1 {
		s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
	}
	s.Protocol, s.Seq, s.Ack, s.Flags, s.Window, s.Options = header.ProtocolTCP, seq, ack, flags, window, options
	s.Payload = make([]byte, length)
	k.packet, k.times = append(k.packet, s), append(k.times, k.now)
	k.now += pick[int64](k.r, 5, 20, 200, 900, 1100, 4000, 19000, 21000, 300000)
}

func (k *talk) handshake() {
	c, s := &k.side[0], &k.side[1]
	c.seq, s.seq = k.r.Uint32(), k.r.Uint32()
	if k.r.IntN(4) == 0 {
		c.seq = 0xffffff00 // wraps around soon
	}
	var offer, answer []byte
	c.scale, s.scale = 0, 0
	if k.r.IntN(4) > 0 {
		offer, c.scale = []byte{1, 3, 3, 7}, 7
	}
	if k.r.IntN(4) > 0 {
		answer, s.scale = []byte{1, 3, 3, 2}, 2
	}
	if offer == nil || answer == nil {
		c.scale, s.scale = 0, 0
	}
	c.window, s.window = 1000, 2000
	for range pick(k.r, 1, 1, 1, 2, 3) {
		k.emit(0, c.seq, 0, header.SYN, 1000, 0, offer)
	}
	for range pick(k.r, 1, 1, 1, 2) {
		k.emit(1, s.seq, c.seq+1, header.SYN|header.ACK, 2000, 0, answer)
	}
	c.next, s.next = c.seq+1, s.seq+1
	c.ack, s.ack = s.next, c.next
	k.emit(0, c.next, c.ack, header.ACK, 1000, 0, nil)
}

// step sends something from either side.
func (k *talk) step() {
	from := k.r.IntN(2)
	f, v := &k.side[from], &k.side[1-from]
	switch k.r.IntN(26) {
	case 0, 1, 2, 3, 4, 5, 6, 7: // data
		n := pick(k.r, 1, 2, 100, 1000)
		k.emit(from, f.next, f.ack, header.ACK|header.PSH, f.window, n, nil)
		f.next += uint32(n)
	case 8, 9, 10, 11: // all is acknowledged
		f.ack = v.next
		k.emit(from, f.next, f.ack, header.ACK, f.window, 0, nil)
	case 12: // one is lost before the capture
		f.next += pick[uint32](k.r, 1, 100, 1000)
	case 13, 14: // from before
		n := pick(k.r, 1, 50, 100, 1000)
		k.emit(from, f.next-pick[uint32](k.r, 1, 100, 200, 1000, 2000), f.ack, header.ACK, f.window, n, nil)
	case 15, 16: // what was acknowledged last is asked for
		for range k.r.IntN(4) {
			k.emit(from, f.next, f.ack, header.ACK, f.window, 0, nil)
		}
		if k.r.IntN(2) == 0 {
			k.emit(1-from, f.ack, v.ack, header.ACK, v.window, pick(k.r, 100, 1000), nil)
		}
	case 17:
		f.window = pick[uint16](k.r, 0, 0, 1000, 2000, 100)
		k.emit(from, f.next, f.ack, header.ACK, f.window, 0, nil)
	case 18: // probe
		k.emit(from, f.next, f.ack, header.ACK, f.window, 1, nil)
		if k.r.IntN(2) == 0 {
			k.emit(1-from, v.next, v.ack, header.ACK, v.window, 0, nil)
		}
	case 19: // keep-alive
		k.emit(from, f.next-1, f.ack, header.ACK, f.window, k.r.IntN(2), nil)
		if k.r.IntN(2) == 0 {
			k.emit(1-from, v.next, v.ack, header.ACK, v.window, 0, nil)
		}
	case 20: // up to the edge of the window
		n := int32(v.ack + uint32(v.window)<<v.scale - f.next)
		if n > 0 && n < 60000 {
			k.emit(from, f.next, f.ack, header.ACK, f.window, int(n), nil)
			f.next += uint32(n)
		}
	case 21:
		if k.r.IntN(10) == 0 {
			k.emit(from, f.next, f.ack, pick[uint8](k.r, header.FIN|header.ACK, header.RST, header.RST|header.ACK), f.window, 0, nil)
			f.next++
		}
	case 22: // what was never seen is acknowledged
		f.ack = v.next + pick[uint32](k.r, 1, 500)
		k.emit(from, f.next, f.ack, header.ACK, f.window, 0, nil)
	case 23:
		if k.r.IntN(20) == 0 {
			k.handshake()
		}
	case 24: // a SYN comes again, or its answer with another number
		if k.r.IntN(4) == 0 {
			k.emit(0, k.side[0].seq, 0, header.SYN, 1000, 0, nil)
		} else if k.r.IntN(4) == 0 {
			k.emit(1, k.side[1].seq, k.side[0].next, header.SYN|header.ACK, 2000, 0, nil)
		}
	case 25: // data with FIN, or that is urgent
		k.emit(from, f.next, f.ack, pick[uint8](k.r, header.ACK|header.URG, header.ACK|header.FIN), f.window, 100, nil)
		f.next += 101
	}
}

// made writes n connections into a file.
func made(t *testing.T, n int) (name string) {
	name = filepath.Join(t.TempDir(), "made.pcap")
	w, err := pcapfile.Create(name, capture.LinkEN10MB, pcapfile.Format{})
	if err != nil {
		t.Fatal(err)
	}
	k := talk{r: rand.New(rand.NewPCG(15, 3)), now: 1e15}
	for i := range n {
		k.port = uint16(10000 + i)
		if i%4 == 0 {
			for i := range k.side {
				k.side[i] = talker{next: k.r.Uint32(), ack: k.r.Uint32(), window: 500}
			}
		} else {
			k.handshake()
		}
		for range 100 {
			k.step()
		}
	}
	for i, s := range k.packet {
		if err := w.Write(s.Packet(k.times[i]/1e6, k.times[i]%1e6*1000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestTsharkMade compares with tshark on connections in which all goes wrong.
func TestTsharkMade(t *testing.T) {
	tshark := testenv.Oracle(t, "tshark")
	a := agree(t, tshark, made(t, 200))
	a.check(t, 10_000)
}
