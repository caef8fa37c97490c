package printer

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/tapdump/tapdump/capture"
)

// fuzzLinks are the link types that FuzzPrint chooses from.
var fuzzLinks = func() []capture.LinkType {
	var all []capture.LinkType
	for n := capture.LinkType(0); n < 304; n++ {
		if CanPrint(n) {
			all = append(all, n)
		}
	}
	return all
}()

// FuzzPrint feeds arbitrary bytes to every printer: a packet may end early but
// not panic, not run long and not print without bound.
func FuzzPrint(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(packetDir, "*.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range files {
		for _, pkt := range loadPackets(f, path).packets {
			f.Add(uint16(pkt.LinkType), uint16(3), uint16(0), pkt.Data)
		}
	}
	f.Fuzz(func(t *testing.T, link, flags, extra uint16, data []byte) {
		if len(data) == 0 || len(data) > 65535 {
			return
		}
		lt := capture.LinkType(link)
		if !CanPrint(lt) {
			lt = fuzzLinks[int(link)%len(fuzzLinks)]
		}
		p := New(Options{
			NoNames: true, Verbose: int(flags & 7), LinkHeader: flags&8 != 0, Quick: int(flags >> 4 & 1),
			HexASCII: int(flags >> 5 & 1), Type: PacketType((flags >> 6) % uint16(len(packetTypeNames))), Location: time.UTC,
		})
		pkt := capture.Packet{Data: data[:len(data):len(data)], Length: uint32(len(data)) + uint32(extra), LinkType: lt}
		start := time.Now()
		var out []byte
		for range 2 {
			out = p.Print(out[:0], &pkt)
			if len(out) > 1<<20 {
				t.Errorf("%d bytes of output for a packet of %d", len(out), len(data))
			}
		}
		if d := time.Since(start); d > 100*time.Millisecond {
			t.Errorf("two prints took %v", d)
		}
	})
}
