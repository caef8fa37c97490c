package apps

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
)

// TestSmallNumbers: protocols that nobody knows, of lengths, small numbers and short
// texts, are hardly ever claimed on a port that is nobody's.
func TestSmallNumbers(t *testing.T) {
	const packets = 50_000
	random := rand.New(rand.NewPCG(7, 4))
	claimed, example := map[string]int{}, map[string][]byte{}
	for range packets {
		data := smallNumbers(random)
		pkt := headertest.Spec{Src: "192.0.2.1", Dst: "192.0.2.2", SrcPort: 45000, DstPort: 9000,
			Protocol: header.ProtocolTCP, Seq: 1, Payload: data}.Packet(1_700_000_000, 0)
		var p header.Packet
		if !header.Decode(pkt, &p) {
			t.Fatal("a packet of the test is wrong")
		}
		d := New(Options{})
		d.Begin(pkt)
		d.Add(&p)
		if name := d.Said().Protocol.Name(); name != "" {
			claimed[name]++
			example[name] = data
		}
	}
	for name, n := range claimed {
		if n > packets/2000 {
			t.Errorf("%d of %d packets are claimed for %s, as %x", n, packets, name, example[name])
		}
	}
}

// smallNumbers are some messages, with or without a length in front.
func smallNumbers(random *rand.Rand) (data []byte) {
	little := random.IntN(2) == 0
	number := func(b []byte, size int, v uint64) []byte {
		if little {
			return append(b, binary.LittleEndian.AppendUint64(nil, v)[:size]...)
		}
		return append(b, binary.BigEndian.AppendUint64(nil, v)[8-size:]...)
	}
	size := []int{0, 1, 2, 4}[random.IntN(4)]
	for range 1 + random.IntN(3) {
		var body []byte
		for range 1 + random.IntN(8) {
			v := []uint64{0, uint64(random.IntN(4)), uint64(random.IntN(20)), uint64(random.IntN(300)), ^uint64(0)}[random.IntN(5)]
			body = number(body, []int{1, 1, 2, 2, 4, 8}[random.IntN(6)], v)
		}
		if random.IntN(3) == 0 {
			text := "some text here"[:random.IntN(14)]
			body = append(number(body, []int{1, 2, 4}[random.IntN(3)], uint64(len(text))), text...)
		}
		if size > 0 {
			data = number(data, size, uint64(len(body)+size*random.IntN(2)))
		}
		data = append(data, body...)
	}
	return data
}
