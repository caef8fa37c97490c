package pcapfile

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/tapdump/tapdump/capture"
)

// summing makes Counters that count all packets, and add up what they are into sum.
func summing(sum *atomic.Uint64) func(Kind) Counter {
	return func(k Kind) Counter {
		return func(data [][]byte, lengths []uint32) int {
			for i := range data {
				sum.Add(packetSum(data[i], lengths[i], k.LinkType))
			}
			return len(data)
		}
	}
}

func packetSum(data []byte, length uint32, link capture.LinkType) uint64 {
	return uint64(crc32.ChecksumIEEE(data)) + uint64(length)<<20 + uint64(link)<<40
}

// countsAsNext fails unless a file is counted as Next reads it.
func countsAsNext(t *testing.T, name string, workers ...int) {
	t.Helper()
	r, err := Open(name)
	if err != nil {
		return
	}
	defer r.Close()
	var pkt capture.Packet
	packets, want := uint64(0), uint64(0)
	var end error
	for end = r.Next(&pkt); end == nil; end = r.Next(&pkt) {
		packets++
		want += packetSum(pkt.Data, pkt.Length, pkt.LinkType)
	}
	for _, w := range workers {
		r, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var sum atomic.Uint64
		n, err := r.Count(w, summing(&sum), never)
		if fmt.Sprint(err) != fmt.Sprint(endOfInput(end)) || n != packets || sum.Load() != want {
			t.Errorf("%d workers: %d packets that add up to %#x, with the end %v; want %d, %#x and %v", w, n, sum.Load(), err, packets, want, endOfInput(end))
		}
		r.Close()
	}
}

// TestCountGuesses: packets that carry savefiles, times that jump and records of every
// size lead guesses astray, and blocks that are no packets interrupt the counting; each
// packet is counted once all the same.
func TestCountGuesses(t *testing.T) {
	inner := pcapHead(machineOrder, magicMicro, 65535, 1)
	for i := range 60 {
		inner.record(1_700_000_000, uint32(i), 100, 100, fill(100, i))
	}
	innerNG := pcapngHead(machineOrder).iface(1, 65535)
	for i := range 60 {
		innerNG.enhanced(0, 5, 100, fill(100, i))
	}
	times := map[string]func(i int) uint32{
		"steady":  func(i int) uint32 { return 1_700_000_000 + uint32(i)/1000 },
		"jumping": func(i int) uint32 { return uint32(i) * 2_654_435_761 },
	}
	for name, at := range times {
		f := pcapHead(machineOrder, magicMicro, 262144, 1)
		for i := 0; len(f.b) < 3*blockBytes+blockBytes/2; i++ {
			data := inner.b[24:]
			if i%3 > 0 {
				data = fill(i*71%3000, i)
			}
			f.record(at(i), uint32(i%1_000_000), uint32(len(data)), uint32(len(data)+i%2), data)
		}
		t.Run("pcap, "+name, func(t *testing.T) { countFile(t, f.b) })
		for at, i := 24, 0; at < blockBytes; i++ { // records that are too long, but end in the block
			n := int(f.Uint32(f.b[at+8:]))
			if i%40 == 39 {
				file := bytes.Clone(f.b)
				f.PutUint32(file[at+8:], 262144+uint32(i)*100)
				t.Run(fmt.Sprintf("pcap, %s, damaged at %d", name, at), func(t *testing.T) { countFile(t, file[:blockBytes+blockBytes/2]) })
			}
			at += 16 + n
		}
	}
	for _, every := range []int{1 << 30, 1000, 3} { // packets between other blocks
		f := pcapngHead(machineOrder).iface(1, 262144)
		for i := 0; len(f.b) < 2*blockBytes+blockBytes/2; i++ {
			data := innerNG.b[len(innerNG.b)%132:]
			if i%3 > 0 {
				data = fill(i*71%3000, i)
			}
			f.enhanced(0, uint64(i), uint32(len(data)), data)
			switch {
			case i%every != every-1:
			case i%2 == 0:
				f.block(0x0bad, fill(16, i))
			default:
				f.simple(20, fill(20, i))
			}
		}
		t.Run(fmt.Sprintf("pcapng, %d", every), func(t *testing.T) { countFile(t, f.b) })
		f.iface(113, 100).enhanced(1, 5, 60, fill(20, 1)).enhanced(0, 5, 60, fill(20, 1)).enhanced(2, 5, 60, fill(20, 1))
		t.Run(fmt.Sprintf("pcapng, %d, of two link types", every), func(t *testing.T) { countFile(t, f.b) })
	}
}

// countFile is countsAsNext for a file, and for its beginning.
func countFile(t *testing.T, file []byte) {
	for _, size := range []int{len(file), len(file) - 1, min(len(file), 2*blockBytes), blockBytes + 7} {
		name := filepath.Join(t.TempDir(), fmt.Sprint(size))
		if err := os.WriteFile(name, file[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		countsAsNext(t, name, 1, 2, 3)
	}
}

// TestCountCutFile: a file that is cut while it is counted ends where it was cut, or
// with what was in memory already.
func TestCountCutFile(t *testing.T) {
	f := pcapHead(machineOrder, magicMicro, 262144, 1)
	packets := uint64(0)
	for ; len(f.b) < 6*blockBytes; packets++ {
		f.record(1, 0, 1000, 1000, fill(1000, int(packets)))
	}
	for _, workers := range []int{1, 3} {
		name := filepath.Join(t.TempDir(), "cut.pcap")
		if err := os.WriteFile(name, f.b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		var sum atomic.Uint64
		n, err := r.Count(workers, func(k Kind) Counter {
			count := summing(&sum)(k)
			return func(data [][]byte, lengths []uint32) int {
				if err := os.Truncate(name, blockBytes/2); err != nil {
					t.Error(err)
				}
				return count(data, lengths)
			}
		}, never)
		if n == 0 || n >= packets {
			t.Errorf("%d workers: counted %d of %d packets (%v)", workers, n, packets, err)
		}
		r.Close()
	}
}

// FuzzCount: what repeats in a file is counted as Next reads it.
func FuzzCount(f *testing.F) {
	f.Add(pcapHead(machineOrder, magicMicro, 262144, 1).record(5, 0, 60, 60, fill(60, 0)).b, 24)
	f.Add(pcapHead(machineOrder, magicNano, 100, 1).record(5, 0, 160, 160, fill(160, 0)).record(5, 0, 0, 60, nil).b, 24)
	f.Add(pcapVersion(machineOrder, magicMicro, 543, 0, 262144, 1).record(5, 0, 60, 60, fill(60, 0)).b, 24)
	f.Add(pcapVersion(machineOrder, magicMicro, 2, 3, 262144, 1).record(5, 0, 60, 50, fill(50, 0)).b, 24)
	f.Add(pcapngHead(machineOrder).iface(1, 1000).enhanced(0, 5, 100, fill(99, 0)).b, 48)
	f.Add(pcapngHead(machineOrder).iface(1, 1000).enhanced(0, 5, 100, fill(99, 0)).simple(9, fill(9, 0)).b, 48)
	f.Fuzz(func(t *testing.T, file []byte, head int) {
		if head < 0 || head > len(file) || len(file) > 4096 {
			return
		}
		again := bytes.Repeat(file[head:], 1+3*partBytes/(1+len(file)-head))
		name := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(name, append(bytes.Clone(file), again...), 0o600); err != nil {
			t.Fatal(err)
		}
		countsAsNext(t, name, 2)
	})
}

// FuzzTrails: the assembler follows records as the plain form does.
func FuzzTrails(f *testing.F) {
	b := pcapHead(machineOrder, magicMicro, 262144, 1)
	for i := range 500 {
		b.record(5, 0, uint32(i), uint32(i), fill(i, i))
	}
	f.Add(b.b[24:], 16, 8, 16)
	f.Add(bytes.Repeat(pcapngHead(machineOrder).enhanced(0, 5, 100, fill(99, 0)).b[28:], 100), 32, 4, 0)
	f.Add(fill(3000, 1), 24, 12, 24)
	f.Fuzz(func(t *testing.T, b []byte, header, word, more int) {
		if header < recordHeaderLen || header > 64 || word < 0 || word > header-4 || more < 0 || more > header || len(b) > blockBytes {
			return
		}
		var one, two trails
		for i := range blockParts {
			one.at[i] = i * len(b) / blockParts
			one.end[i] = max(0, min((i+1)*len(b)/blockParts, len(b)-header+1))
		}
		two = one
		followTrails(&one, b, word, more, header)
		two.followPlainly(b, word, more, header)
		if one != two {
			t.Error("the assembler and the plain form differ")
		}
	})
}
